// Find the backdrop of every tile, and which are drawn and how. Twin: wavyte_gpu/ops/shapes/tiles.py.
//#include shapes/layout

@group(0) @binding(0) var<storage, read_write> bins: array<i32>;
@group(0) @binding(1) var<storage, read> input: array<i32>;
@group(0) @binding(2) var<storage, read_write> made: array<vec4<u32>>;

const NONE: u32 = 0xffffffffu;

fn full(heights: vec4<i32>, even_odd: bool) -> bool {
    return all(select(abs(heights) >= vec4<i32>(1024), (heights & vec4<i32>(2047)) == vec4<i32>(1024), vec4<bool>(even_odd)));
}

@compute @workgroup_size($LANES)
fn main(@builtin(global_invocation_id) lane: vec3<u32>) {
    let head = header();
    if lane.x >= head.rows { return; }
    let shape = shape_of(u32(input[head.rows_at + lane.x]));
    let row = i32(lane.x) - shape.row;
//#for Q QUADS
    var sum_$Q = vec4<i32>(0);
//#end
    for (var x = 0; x < shape.size.x; x++) {
        let cell = shape.cell + row * shape.size.x + x;
        let at = bin_of(cell);
        let whole = bins[at + 1u] * 1024;
//#for Q QUADS
        sum_$Q += vec4<i32>(
            bins[at + 2u + 4u * $Qu], bins[at + 3u + 4u * $Qu], bins[at + 4u + 4u * $Qu], bins[at + 5u + 4u * $Qu]) + whole;
//#end
        let first = u32(bins[at]);
        var inside = first == 0u;
        var none = inside;
//#for Q QUADS
        inside = inside && full(sum_$Q, shape.even_odd);
        none = none && all(sum_$Q == vec4<i32>(0));
        made[head.backdrops_at + $QUADSu * u32(cell) + $Qu] = vec4<u32>(sum_$Q);
//#end
        let code = select(shape.layer | (u32(row) << 11u) | u32(x), NONE, none);
        let backdrop = head.sheet_at + head.backdrops_at + $QUADSu * u32(cell);
        made[head.tiles_at + u32(cell)] = vec4<u32>(code, first, 0u, select(backdrop, NONE, inside));
    }
}
