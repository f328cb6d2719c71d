// Make edges from spans, and sort them into tiles. Twin: wavyte_gpu/ops/shapes/edges.py.
//#include shared/coverage
//#include shapes/layout

@group(0) @binding(0) var<storage, read_write> bins: array<atomic<i32>>;
@group(0) @binding(1) var<storage, read> input: array<i32>;
@group(0) @binding(2) var<storage, read_write> made: array<vec4<u32>>;
// Entries of lists: the texel where an edge begins, and the next entry or 0. Entry 1 + i is the first one of edge i; others follow.
@group(0) @binding(3) var<storage, read_write> nodes: array<vec2<u32>>;

// Whole numbers of 64 bits: x is the upper half.
fn add64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = a.y + b.y;
    return vec2<u32>(a.x + b.x + select(0u, 1u, low < a.y), low);
}

fn negate64(a: vec2<u32>) -> vec2<u32> {
    return add64(~a, vec2<u32>(0u, 1u));
}

fn product64(a: u32, b: u32) -> vec2<u32> {
    let al = a & 0xffffu;
    let ah = a >> 16u;
    let bl = b & 0xffffu;
    let bh = b >> 16u;
    let low = al * bl;
    let middle = ah * bl + (low >> 16u);
    let other = al * bh + (middle & 0xffffu);
    return vec2<u32>(ah * bh + (middle >> 16u) + (other >> 16u), (other << 16u) | (low & 0xffffu));
}

// The next 16 bits of rest / run, below 1; what is over stays in `rest`. An estimate, put right.
fn digits(rest: ptr<function, u32>, run: u32) -> u32 {
    let guess = u32(f32(*rest) * (65536.0 / f32(run)));  // off by one at most
    var over = i32((*rest << 16u) - guess * run);  // what wraps cancels
    let down = over < 0;
    over += select(0, i32(run), down);
    let up = over >= i32(run);
    *rest = u32(over - select(0, i32(run), up));
    return guess + select(0u, 1u, up) - select(0u, 1u, down);
}

// The line that passes `start` at `at` (24.8) and rises by `rise` on each `run` > 0, as three words of an Edge. The slope is
// rise * 2^32 / run, rounded half up; the line's position is 16.32 fixed point modulo 2^48.
fn line_words(rise: i32, run: u32, start: i32, at: i32) -> vec3<u32> {
    let size = u32(abs(rise));
    let whole = size / u32(run);
    var rest = size - whole * run;
    let upper = digits(&rest, run);
    let fraction = (upper << 16u) | digits(&rest, run);
    // Half up: of negative slopes a half goes towards zero.
    let up = select(2u * rest >= run, 2u * rest > run, rise < 0);
    var slope = add64(vec2<u32>(whole, fraction), vec2<u32>(0u, select(0u, 1u, up)));
    slope = select(slope, negate64(slope), rise < 0);
    var product = product64(slope.y, u32(at));
    product.x += slope.x * u32(at) - select(0u, slope.y, at < 0);
    product = add64(product, vec2<u32>(0u, 128u));
    let shifted = vec2<u32>(u32(i32(product.x) >> 8u), (product.x << 24u) | (product.y >> 8u));
    let origin = add64(vec2<u32>(u32(start >> 8u), u32(start) << 24u), negate64(shifted));
    return vec3<u32>(
        (origin.x << 16u) | (origin.y >> 16u),
        (slope.x << 16u) | (slope.y >> 16u),
        (slope.y << 16u) | (origin.y & 0xffffu),
    );
}

@compute @workgroup_size($LANES)
fn main(@builtin(global_invocation_id) lane: vec3<u32>) {
    let head = header();
    let i = lane.x;
    if i >= head.edges { return; }
    let at = head.spans_at + i;
    let a = vec2<i32>(input[at], input[at + head.edges]);
    let b = vec2<i32>(input[at + 2u * head.edges], input[at + 3u * head.edges]);
    let shape = shape_of(u32(input[head.owners_at + i]));
    let down = a.y <= b.y;
    let top = select(b, a, down);
    let bottom = select(a, b, down);
    let upper = shape.corner * 256;
    let lower = upper + shape.size * $TILE * 256;
    if top.y == bottom.y || bottom.y <= upper.y || top.y >= lower.y || min(top.x, bottom.x) >= lower.x { return; }
    let d = bottom - top;
    let column = line_words(select(d.y, -d.y, d.x < 0), max(u32(abs(d.x)), 1u), top.y, top.x);
    let direction = select(-1, 1, down);
    let line = vec4<i32>(vec4<u32>(line_words(d.x, u32(d.y), top.x, top.y), u32(direction)));
    made[3u * i] = vec4<u32>(vec4<i32>(top, bottom) << vec4<u32>(2u));
    made[3u * i + 1u] = vec4<u32>(line);
    made[3u * i + 2u] = vec4<u32>(column, 0u);
    var own = i + 1u;  // its entry, until it is taken
    let first = max((top.y - upper.y) >> $SPANu, 0);
    let last = min((bottom.y - 1 - upper.y) >> $SPANu, shape.size.y - 1);
    var enter = top.x << 2u;
    if (shape.corner.y + first * $TILE) * 256 > top.y { enter = line_value(line_position(line, shape.corner.y + first * $TILE)); }
    for (var row = first; row <= last; row++) {
        let below = shape.corner.y + (row + 1) * $TILE;
        var leave = line_value(line_position(line, below));
        if below * 256 >= bottom.y { leave = bottom.x << 2u; }
        let left = max((min(enter, leave) - $MARGIN - shape.corner.x * 1024) >> $SIZEu, 0);
        let right = min((max(enter, leave) + $MARGIN - shape.corner.x * 1024) >> $SIZEu, shape.size.x - 1);
        let cells = shape.cell + row * shape.size.x;
        let others = right - left + select(0, 1, own == 0u);
        var other = head.edges + 1u;
        if others > 0 { other += u32(atomicAdd(&bins[0], others)); }
        for (var x = left; x <= right; x++) {
            let node = select(own, other, own == 0u);
            other += select(0u, 1u, own == 0u);
            own = 0u;
            let next = atomicExchange(&bins[bin_of(cells + x)], i32(node));
            nodes[node] = vec2<u32>(head.sheet_at + 3u * i, u32(next));
        }
        if right + 1 < shape.size.x {
            let behind = bin_of(cells + max(right + 1, 0));
            let ceiling = (below - $TILE) << 10u;
            let begin = max((top.y << 2u) - ceiling, 0);
            let end = min((bottom.y << 2u) - ceiling, $TILE << 10u);
            if end - begin == $TILE << 10u {
                atomicAdd(&bins[behind + 1u], direction);
            } else {
                for (var y = begin >> 10u; y << 10u < end; y++) {
                    let part = min(end, (y + 1) << 10u) - max(begin, y << 10u);
                    atomicAdd(&bins[behind + 2u + u32(y)], part * direction);
                }
            }
        }
        enter = leave;
    }
}
