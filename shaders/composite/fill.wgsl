// Draw layers through the coverage of a shape each, tile by tile, over a surface. Twin: wavyte_gpu/ops/composite/fill.py.
//#include shared/pixel
//#include shared/blend
//#include shared/coverage
//#if MATRIX
//#include shared/matrix
//#end
//#source

struct Layer {
    bounds: vec4<i32>,  // canvas px, end exclusive: what it may write
    weight: vec4<u32>,  // x: opacity 0..255
    source: Params,
}

struct Draw {
    region: vec4<i32>,  // not read
    origin: vec4<i32>,  // x, y: canvas position of the target's first texel; z: where in `shapes` the tiles begin; w: their number
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
// Texels of four words, SHEET to a row. A tile is one: layer << 22 | row << 11 | column, counted from the corner of what the layer may
// write; where its list of edges begins, in words; how many they are; where its backdrop begins, one word for each row of pixels, or
// NONE if it lies wholly inside. A list is one word an edge: the texel where the edge begins. An edge is three.
// A tile whose list would be too long has none: NONE, 0, and where its areas begin, one word a pixel, column by column.
//#if LINKED
// Made by shapes/edges and shapes/tiles: every tile of the region is there, NONE for what is not drawn, and in the place of a list is
// the texel of its first entry or 0; of an entry, where its edge begins and the next one.
//#end
@group(0) @binding(3) var shapes: texture_storage_2d<rgba32uint, read>;

fn paint(p: Params, x: i32, y: i32) -> u32 {
//#if MATRIX
    return matrix_keep(draw.matrix, source(p, x, y));
//#else
    return source(p, x, y);
//#end
}

const NONE: u32 = 0xffffffffu;

fn texel(i: u32) -> vec4<u32> {
    return textureLoad(shapes, vec2<u32>(i % $SHEETu, i / $SHEETu));
}

@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let index = group.x + group.y * 32768u;
    if index >= u32(draw.origin.w) { return; }
    let tile = texel(u32(draw.origin.z) + index);
//#if LINKED
    if tile.x == NONE { return; }
//#end
    let layer = draw.layers[tile.x >> 22u];
    let region = layer.bounds;
    let x = region.x + i32((tile.x & 0x7ffu) * $TILEu + lane.x);
    if x >= region.z { return; }
    let top = region.y + i32(((tile.x >> 11u) & 0x7ffu) * $TILEu);
    let bottom = min(top + $TILE, region.w);
    let whole = tile.w == NONE;
    var first = top;
//#if COLOR
//#if NORMAL
    // Only stores, where nothing shows through. A loop of no rounds: software drivers run both sides of an `if`.
    let color = paint(layer.source, x, top);
    if whole && layer.weight.x == 255u && color >> 24u == 255u { first = bottom; }
    for (var y = select(bottom, top, first == bottom); y < bottom; y++) {
        textureStore(dest, vec2<i32>(x, y) - draw.origin.xy, vec4<u32>(color, 0u, 0u, 0u));
    }
//#end
//#end
//#if LINKED
    let backdrop = select(tile.w, 0u, whole);
    let unit = 2048;
//#else
    let summed = tile.y == NONE;
    let backdrop = select(tile.w, 0u, whole) + select(0u, $QUARTERSu * lane.x, summed);
    let unit = select(2048, 1, summed);
//#end
//#for Q QUARTERS
    var area_$Q = select(vec4<i32>(texel(backdrop + $Qu)), vec4<i32>(1024), whole) * unit;
//#end
//#if LINKED
    for (var entry = tile.y; entry != 0u;) {
        let both = texel(entry);
        let e = both.x;
        entry = both.y;
//#else
    for (var i = tile.y; i < tile.y + tile.z; i++) {
        let e = texel(i / 4u)[i & 3u];
//#end
        let edge = Edge(vec4<i32>(texel(e)), vec4<i32>(texel(e + 1u)), vec4<i32>(texel(e + 2u)));
        let left = edge_y(edge, x);
        let right = edge_y(edge, x + 1);
        let reach = edge_reach(edge, x);
        let step = edge_step(edge);
        var at = edge_position(edge, x, top);
        var enter = edge_across(at, reach);
        // All rows: a test for those that the edge misses costs more than they do.
//#for Q QUARTERS
//#for C FOUR
        {
            at += step;
            let leave = edge_across(at, reach);
            area_$Q[$C] += edge_row(edge, left, right, top + 4 * $Q + $C, enter + leave);
            enter = leave;
        }
//#end
//#end
    }
    for (var y = first; y < bottom; y += 4) {
        // Rows that the shape misses stay as they are. A loop of one round or none, again.
        for (var drawn = any(area_0 != vec4<i32>()); drawn; drawn = false) {
//#for C FOUR
            if y + $C < bottom {
                let t = vec2<i32>(x, y + $C) - draw.origin.xy;
//#if EVENODD
                let coverage = coverage_even_odd(area_0[$C]);
//#else
                let coverage = coverage_of(area_0[$C]);
//#end
                let s = scale_pixel(paint(layer.source, x, y + $C), mul8(coverage, layer.weight.x));
                textureStore(dest, t, vec4<u32>(blend_$BLEND(s, textureLoad(dest, t).x), 0u, 0u, 0u));
            }
//#end
        }
        // An array that a loop indexes would lie in memory: the quarters move up.
        area_0 = area_1;
        area_1 = area_2;
        area_2 = area_3;
    }
}
