// Draw a run of layers of one kind over a surface, in painter's order. Twin: wavyte_gpu/ops/composite/over.py.
//#include shared/pixel
//#include shared/blend
//#if EDGES
//#include shared/coverage
//#end
//#source

struct Layer {
    bounds: vec4<i32>,  // canvas px, end exclusive
    weight: vec4<u32>,  // x: opacity 0..255
    source: Params,
//#if EDGES
    edges: array<Edge, $EDGES>,
//#end
}

struct Draw {
    region: vec4<i32>,  // canvas px, end exclusive: what this dispatch may write
    origin: vec4<i32>,  // x, y: canvas position of the target's first texel; z: the pixel that a new surface starts with
    layers: array<Layer, $LAYERS>,
}

@group(0) @binding(0) var<uniform> draw: Draw;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, read_write>;
//#if IMAGE
@group(0) @binding(2) var image: texture_storage_2d<r32uint, read>;
//#end
//#if TILES
@group(0) @binding(3) var<storage, read> tiles: array<u32>;
//#end

fn inside(b: vec4<i32>, x: i32, y: i32) -> bool {
    return x >= b.x && y >= b.y && x < b.z && y < b.w;
}

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
//#if TILES
    let tile = tiles[group.x + group.y * 65535u];
    let x = draw.region.x + i32((tile & 0xffffu) * 32u + (lane.x & 31u));
    let top = draw.region.y + i32((tile >> 16u) * 32u + (lane.x >> 5u) * $ROWSu);
//#else
    let x = draw.region.x + i32(group.x * $WIDTHu + lane.x);
    let top = draw.region.y + i32(group.y * $ROWSu);
//#end
    if x >= draw.region.z { return; }
//#for L LAYERS
    let layer_$L = draw.layers[$L];
//#end
//#if EDGES
    // Unrolling all rows of all edges would take seconds to compile.
    for (var y = top; y < top + $ROWS; y += $STEP) {
//#else
    {
        let y = top;
//#end
//#for R STEP
//#if INIT
        var pixel_$R = u32(draw.origin.z);
//#else
        var pixel_$R = textureLoad(dest, vec2<i32>(x, y + $R) - draw.origin.xy).x;
//#end
//#end
//#for L LAYERS
//#for R STEP
        {
            var s = source(layer_$L.source, x, y + $R);
//#if EDGES
            var area = 0;
//#for E EDGES
            area += edge_area(layer_$L.edges[$E], x, y + $R);
//#end
            s = scale_pixel(s, mul8(coverage_of(area), layer_$L.weight.x));
//#else
            s = scale_pixel(s, layer_$L.weight.x);
//#end
//#if FULL
//#else
            s = select(0u, s, inside(layer_$L.bounds, x, y + $R));
//#end
            pixel_$R = blend_$BLEND(s, pixel_$R);
        }
//#end
//#end
//#for R STEP
        if y + $R < draw.region.w {
            textureStore(dest, vec2<i32>(x, y + $R) - draw.origin.xy, vec4<u32>(pixel_$R, 0u, 0u, 0u));
        }
//#end
    }
}
