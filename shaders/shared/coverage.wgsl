// Area of a polygon inside each pixel, edge by edge and without a division. Twin: wavyte_gpu/ops/shared/coverage.py.

// An edge is known by where it crosses the lines between rows and the lines between columns of pixels, each rounded to 1/1024 px. The
// crossings depend on the line alone, not on the pixel beside it: what neighbours add up to has neither gaps nor overlaps.
struct Edge {
    span: vec4<i32>,    // x_top, y_top, x_bottom, y_bottom in 22.10 canvas px; an unused edge has y_top = y_bottom
    line: vec4<i32>,    // x at row 0, x per row, in 16.16; their lower 16 bits (x at row 0 in bits 0..15); direction +1 or -1
    column: vec4<i32>,  // y at column 0, y per column, in the same form; upright edges do without
}

// A line's words at row or column n: whole 16.16, rounded to 1/1024, and the bits below. One on, both grow by line_step.
fn line_position(line: vec4<i32>, n: i32) -> vec2<i32> {
    return vec2<i32>(n * line.y + line.x + 32, n * ((line.z >> 16u) & 0xffff) + (line.z & 0xffff));
}

fn line_step(line: vec4<i32>) -> vec2<i32> {
    return vec2<i32>(line.y, (line.z >> 16u) & 0xffff);
}

// The same in 22.10.
fn line_value(position: vec2<i32>) -> i32 {
    return (position.x + (position.y >> 16u)) >> 6u;
}

// y of an edge at the left side of column x, where its line of columns has a position; beside the edge that of its end.
fn edge_y(e: Edge, x: i32, position: vec2<i32>) -> i32 {
    let leftward = e.span.z < e.span.x;
    let last = select(e.span.w, e.span.y, leftward);
    let inside = select(line_value(position), last, x << 10u >= max(e.span.x, e.span.z));
    return select(inside, select(e.span.y, e.span.w, leftward), x << 10u <= min(e.span.x, e.span.z));
}

// How far left and right an edge reaches.
fn edge_reach(e: Edge) -> vec2<i32> {
    return vec2<i32>(min(e.span.x, e.span.z), max(e.span.x, e.span.z));
}

// The part of a reach that lies in column x.
fn reach_in(reach: vec2<i32>, x: i32) -> vec2<i32> {
    return clamp(reach, vec2<i32>(x << 10u), vec2<i32>((x + 1) << 10u));
}

// x of an edge where its line of rows has a position, held within a reach. Only meaningful on the edge's height.
fn edge_x(position: vec2<i32>, reach: vec2<i32>) -> i32 {
    return clamp(line_value(position), reach.x, reach.y);
}

// Of rows top .. bottom of a column, what the edge leaves to the right of the column, and the part of that which it gains inside; in
// 1/1024 px, before the direction.
fn edge_part(e: Edge, left: i32, right: i32, top: i32, bottom: i32) -> vec2<i32> {
    let upper = clamp(top << 10u, e.span.y, e.span.w);
    let lower = clamp(bottom << 10u, e.span.y, e.span.w);
    let l = clamp(left, upper, lower);
    let r = clamp(right, upper, lower);
    return vec2<i32>(select(upper, lower, e.span.z < e.span.x) - r, l - r);
}

// What turns edge_part into area: the direction, for edges to the left as they are and for others negated.
fn edge_sign(e: Edge) -> i32 {
    return select(-e.line.w, e.line.w, e.span.z < e.span.x);
}

// Twice the signed area right of an edge inside a pixel of row y; a full pixel is 2^21.
// left, right: edge_y at the pixel's sides. across: from the pixel's left side to edge_x at the top of the row and of the next one, in sum.
fn edge_row(e: Edge, left: i32, right: i32, y: i32, across: i32) -> i32 {
    let part = edge_part(e, left, right, y, y + 1);
    return ((part.x << 11u) - part.y * across) * edge_sign(e);
}

// The same for pixel (x, y), from the edge alone.
fn edge_area(e: Edge, x: i32, y: i32) -> i32 {
    let reach = reach_in(edge_reach(e), x);
    let at = line_position(e.line, y);
    let across = edge_x(at, reach) + edge_x(at + line_step(e.line), reach) - (x << 11u);
    let beside = line_position(e.column, x);
    return edge_row(e, edge_y(e, x, beside), edge_y(e, x + 1, beside + line_step(e.column)), y, across);
}

// Coverage 0..255 of a signed double area (nonzero rule).
fn coverage_of(area: i32) -> u32 {
    return (min(u32(abs(area)), 0x200000u) * 255u + 0x100000u) >> 21u;
}

// Coverage 0..255 of a signed double area (even-odd rule).
fn coverage_even_odd(area: i32) -> u32 {
    let a = u32(area) & 0x3fffffu;
    return (min(a, 0x400000u - a) * 255u + 0x100000u) >> 21u;
}
