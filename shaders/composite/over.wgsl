// Draw layers of one kind over a surface: a run of them, in painter's order, or one a tile. Twin: wavyte_gpu/ops/composite/over.py.
//#include shared/pixel
//#include shared/blend
//#if EDGES
//#include shared/coverage
//#end
//#if MATRIX
//#include shared/matrix
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
    region: vec4<i32>,  // canvas px, end exclusive: what a run may write
    origin: vec4<i32>,  // x, y: canvas position of the target's first texel; z: the pixel that a new surface starts with
//#if MATRIX
    matrix: Matrix,  // of every layer, before coverage and weight
//#end
    layers: array<Layer, $COUNT>,
}

@group(0) @binding(0) var<uniform> draw: Draw;
@group(0) @binding(1) var dest: texture_storage_2d<r32uint, read_write>;
//#if IMAGE
@group(0) @binding(2) var image: texture_storage_2d<r32uint, read>;
//#end
//#if TILES
@group(0) @binding(3) var<storage, read> tiles: array<u32>;
//#end

fn paint(p: Params, x: i32, y: i32) -> u32 {
//#if MATRIX
    return matrix_keep(draw.matrix, source(p, x, y));
//#else
    return source(p, x, y);
//#end
}

fn inside(b: vec4<i32>, x: i32, y: i32) -> bool {
    return x >= b.x && y >= b.y && x < b.z && y < b.w;
}

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
//#if TILES
    // A tile: layer << 22 | row << 11 | column, counted from the corner of what that layer may write.
    let tile = tiles[group.x];
    let layer_0 = draw.layers[tile >> 22u];
    let region = layer_0.bounds;
    let x = region.x + i32((tile & 0x7ffu) * 32u + (lane.x & 31u));
    let top = region.y + i32(((tile >> 11u) & 0x7ffu) * 32u + (lane.x >> 5u) * $ROWSu);
//#else
    let region = draw.region;
    let x = region.x + i32(group.x * $WIDTHu + lane.x);
    let top = region.y + i32(group.y * $ROWSu);
//#for L LAYERS
    let layer_$L = draw.layers[$L];
//#end
//#end
    if x >= region.z { return; }
//#if EDGES
    // Where no edge passes a lane's rows, their coverage is the same.
    var even = true;
//#for L LAYERS
    var area_$L = 0;
//#for E EDGES
    let edge_$L_$E = layer_$L.edges[$E];
    let beside_$L_$E = line_position(edge_$L_$E.column, x);
    let left_$L_$E = edge_y(edge_$L_$E, x, beside_$L_$E);
    let right_$L_$E = edge_y(edge_$L_$E, x + 1, beside_$L_$E + line_step(edge_$L_$E.column));
    {
        let all = edge_part(edge_$L_$E, left_$L_$E, right_$L_$E, top, top + $ROWS);
        even = even && all.y == 0 && (all.x == 0 || abs(all.x) == $ROWS * 1024);
        area_$L += select(2048 * 1024, 0, all.x == 0) * sign(all.x) * edge_sign(edge_$L_$E);
    }
//#end
    let weight_$L = mul8(coverage_of(area_$L), layer_$L.weight.x);
//#end
    // Loops of rounds or none: software drivers run both sides of an `if`.
    for (var y = select(top + $ROWS, top, even); y < top + $ROWS; y += $STEP) {
//#else
//#for L LAYERS
    let weight_$L = layer_$L.weight.x;
//#end
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
            var s = scale_pixel(paint(layer_$L.source, x, y + $R), weight_$L);
//#if FULL
//#else
            s = select(0u, s, inside(layer_$L.bounds, x, y + $R));
//#end
            pixel_$R = blend_$BLEND(s, pixel_$R);
        }
//#end
//#end
//#for R STEP
        if y + $R < region.w {
            textureStore(dest, vec2<i32>(x, y + $R) - draw.origin.xy, vec4<u32>(pixel_$R, 0u, 0u, 0u));
        }
//#end
    }
//#if EDGES
//#for L LAYERS
//#for E EDGES
    let reach_$L_$E = reach_in(edge_reach(edge_$L_$E), x);
    var at_$L_$E = line_position(edge_$L_$E.line, top);
    var enter_$L_$E = edge_x(at_$L_$E, reach_$L_$E);
//#end
//#end
    // Unrolling all rows of all edges would take seconds to compile.
    for (var y = select(top, top + $ROWS, even); y < min(top + $ROWS, region.w); y++) {
        let t = vec2<i32>(x, y) - draw.origin.xy;
//#if INIT
        var pixel = u32(draw.origin.z);
//#else
        var pixel = textureLoad(dest, t).x;
//#end
//#for L LAYERS
        {
            var area = 0;
//#for E EDGES
            at_$L_$E += line_step(edge_$L_$E.line);
            let leave_$E = edge_x(at_$L_$E, reach_$L_$E);
            area += edge_row(edge_$L_$E, left_$L_$E, right_$L_$E, y, enter_$L_$E + leave_$E - (x << 11u));
            enter_$L_$E = leave_$E;
//#end
            var s = scale_pixel(paint(layer_$L.source, x, y), mul8(coverage_of(area), layer_$L.weight.x));
//#if FULL
//#else
            s = select(0u, s, inside(layer_$L.bounds, x, y));
//#end
            pixel = blend_$BLEND(s, pixel);
        }
//#end
        textureStore(dest, t, vec4<u32>(pixel, 0u, 0u, 0u));
    }
//#end
}
