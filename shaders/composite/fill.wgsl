// Draw one layer through the coverage of a shape, tile by tile, over a surface. Twin: wavyte_gpu/ops/composite/fill.py.
//#include shared/pixel
//#include shared/blend
//#include shared/coverage
//#source

struct Layer {
    bounds: vec4<i32>,  // canvas px, end exclusive
    weight: vec4<u32>,  // x: opacity 0..255
    source: Params,
}

struct Draw {
    region: vec4<i32>,  // canvas px, end exclusive: what this dispatch may write; tiles count from its corner
    origin: vec4<i32>,  // x, y: canvas position of the target's first texel; z: where in `shapes` the tiles begin; w: their number
    layers: array<Layer, 1>,
}

@group(0) @binding(0) var<uniform> draw: Draw;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, read_write>;
//#if IMAGE
@group(0) @binding(2) var image: texture_storage_2d<r32uint, read>;
//#end
// Texels of four words, SHEET to a row. A tile is one: row << 16 | column; where its edges begin; how many they are; where its
// backdrop begins, one word for each row of pixels. An edge is two.
@group(0) @binding(3) var shapes: texture_2d<u32>;

fn texel(i: u32) -> vec4<u32> {
    return textureLoad(shapes, vec2<u32>(i % $SHEETu, i / $SHEETu), 0);
}

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let layer = draw.layers[0];
    let at = group.x + group.y * 32768u;
    if at >= u32(draw.origin.w) { return; }
    let tile = texel(u32(draw.origin.z) + at);
    let rows = lane.x / $TILEu * $ROWSu;
    let x = draw.region.x + i32((tile.x & 0xffffu) * $TILEu + lane.x % $TILEu);
    let top = draw.region.y + i32((tile.x >> 16u) * $TILEu + rows);
//#for Q QUARTERS
    var area_$Q = vec4<i32>(texel(tile.w + rows / 4u + $Qu)) * 2048;
//#end
    for (var i = tile.y; i < tile.y + 2u * tile.z; i += 2u) {
        let edge = Edge(vec4<i32>(texel(i)), vec4<i32>(texel(i + 1u)));
//#for Q QUARTERS
//#for C FOUR
        area_$Q[$C] += edge_area(edge, x, top + 4 * $Q + $C);
//#end
//#end
    }
    if x >= draw.region.z { return; }
//#for Q QUARTERS
//#for C FOUR
    if top + 4 * $Q + $C < draw.region.w {
        let y = top + 4 * $Q + $C;
        let t = vec2<i32>(x, y) - draw.origin.xy;
//#if EVENODD
        let coverage = coverage_even_odd(area_$Q[$C]);
//#else
        let coverage = coverage_of(area_$Q[$C]);
//#end
        let s = scale_pixel(source(layer.source, x, y), mul8(coverage, layer.weight.x));
        textureStore(dest, t, vec4<u32>(blend_$BLEND(s, textureLoad(dest, t).x), 0u, 0u, 0u));
    }
//#end
//#end
}
