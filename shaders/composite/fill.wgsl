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
// its first entry in `nodes` or 0.
@group(0) @binding(4) var<storage, read_write> nodes: array<vec2<u32>>;
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

// A lane draws a tile: what an edge needs in a row or at a side of a column is worked out once for eight pixels.
@compute @workgroup_size($WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
    let index = (group.x + group.y * 32768u) * $WIDTHu + lane.x;
    if index >= u32(draw.origin.w) { return; }
    let tile = texel(u32(draw.origin.z) + index);
//#if LINKED
    if tile.x == NONE { return; }
//#end
    let origin = draw.origin.xy;
    let layer = draw.layers[tile.x >> 22u];
    let region = layer.bounds;
    let x = region.x + i32((tile.x & 0x7ffu) * $TILEu);
    let top = region.y + i32(((tile.x >> 11u) & 0x7ffu) * $TILEu);
    let whole = tile.w == NONE;
    // A texel holds four rows: of all columns, or of one.
//#if LINKED
    let stride = 0u;
    let unit = 2048;
//#else
    let summed = tile.y == NONE;
    let stride = select(0u, $TILEu / 4u, summed);
    let unit = select(2048, 1, summed);
//#end
    let rows = select(tile.w, 0u, whole);
//#for Q TWO
//#for H TWO
//#for C FOUR
    let column_$Q_$H_$C = select(vec4<i32>(texel(rows + $Qu + ($Hu * 4u + $Cu) * stride)), vec4<i32>(1024), whole) * unit;
//#end
//#for R FOUR
    var area_$Q_$R_$H = vec4<i32>(column_$Q_$H_0[$R], column_$Q_$H_1[$R], column_$Q_$H_2[$R], column_$Q_$H_3[$R]);
//#end
//#end
//#end
//#for H TWO
    let left_$H = ((x + $H * 4) << 10u) + vec4<i32>(0, 1024, 2048, 3072);
    let right_$H = left_$H + 1024;
//#end
    var flipped = 0;  // how many sums lack one
    var entry = tile.y;
//#if LINKED
    var more = entry != 0u;
//#else
    var more = tile.z != 0u;
//#end
    if more {
        // Software drivers test at a loop's end only whether any lane goes on: a condition at its head would cost a round.
        loop {
//#if LINKED
            let both = nodes[entry];
            let e = both.x;
            entry = both.y;
            more = entry != 0u;
//#else
            let e = texel(entry / 4u)[entry & 3u];
            entry++;
            more = entry != tile.y + tile.z;
//#end
            let edge = Edge(vec4<i32>(texel(e)), vec4<i32>(texel(e + 1u)), vec4<i32>(texel(e + 2u)));

            // edge_row for 64 pixels, with less work. Of a row from y to z, an edge that runs right as it goes down is left of a side,
            // which it crosses at v, on the height min(v, z) - min(v, y). One that runs left is taken upside down: all bits of its
            // heights are flipped. Where the sign is negative, so are those of the sum, which then lacks one.
            let reach = edge_reach(edge);
            let step = line_step(edge.line);
            let rise = line_step(edge.column);
            let mirror = select(0, -1, edge.span.z < edge.span.x);
            let negative = (edge.line.w ^ mirror) >> 31u;
            flipped -= negative;
            var beside = line_position(edge.column, x);
//#for N NINE
            let side_$N = edge_y(edge, x + $N, beside) ^ mirror;
            beside += rise;
//#end
            let before_0 = vec4<i32>(side_0, side_1, side_2, side_3);
            let behind_0 = vec4<i32>(side_1, side_2, side_3, side_4);
            let before_1 = vec4<i32>(side_4, side_5, side_6, side_7);
            let behind_1 = vec4<i32>(side_5, side_6, side_7, side_8);
            var at = line_position(edge.line, top);
            var across = vec4<i32>(edge_x(at, reach));
            var height = vec4<i32>(clamp(top << 10u, edge.span.y, edge.span.w) ^ mirror);
//#for H TWO
            var enter_$H = min(across, right_$H) - min(across, left_$H);
            var upper_before_$H = min(before_$H, height);
            var upper_behind_$H = min(behind_$H, height);
//#end
//#for Q TWO
//#for R FOUR
            at += step;
            across = vec4<i32>(edge_x(at, reach));
            height = vec4<i32>(clamp((top + (4 * $Q + $R + 1)) << 10u, edge.span.y, edge.span.w) ^ mirror);
//#for H TWO
            {
                let leave = min(across, right_$H) - min(across, left_$H);
                let lower_before = min(before_$H, height);
                let lower_behind = min(behind_$H, height);
                let rest = lower_behind - upper_behind_$H;
                let gain = lower_before - upper_before_$H - rest;
                area_$Q_$R_$H += (rest * 2048 + gain * (enter_$H + leave)) ^ vec4<i32>(negative);
                enter_$H = leave;
                upper_before_$H = lower_before;
                upper_behind_$H = lower_behind;
            }
//#end
//#end
//#end
            if !more { break; }
        }
    }
//#for Q TWO
//#for R FOUR
    var row_$Q_$R = vec2<u32>();
//#for H TWO
    {
        let a = area_$Q_$R_$H + flipped;
        row_$Q_$R[$H] = pack(vec4<u32>($RULE(a.x), $RULE(a.y), $RULE(a.z), $RULE(a.w)));
    }
//#end
//#end
//#end
    var y = top;
    loop {
//#for H TWO
//#for C FOUR
        if x + (4 * $H + $C) < region.z && y < region.w {
            let t = vec2<i32>(x + (4 * $H + $C), y) - origin;
            let weight = mul8((row_0_0[$H] >> (8u * $Cu)) & 255u, layer.weight.x);
            let s = scale_pixel(paint(layer.source, x + (4 * $H + $C), y), weight);
            let d = textureLoad(dest, t).x;
            // Without the select a software driver works out the end of the blend lane by lane, as it stores.
            let pixel = select(blend_$BLEND(s, d), d, s == 0u);
            if s != 0u { textureStore(dest, t, vec4<u32>(pixel, 0u, 0u, 0u)); }
        }
//#end
//#end
        // An array that a loop indexes would lie in memory: the rows move up.
        row_0_0 = row_0_1;
        row_0_1 = row_0_2;
        row_0_2 = row_0_3;
        row_0_3 = row_1_0;
        row_1_0 = row_1_1;
        row_1_1 = row_1_2;
        row_1_2 = row_1_3;
        y++;
        if y == top + 8 { break; }
    }
}
