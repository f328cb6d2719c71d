// Exact area of a polygon of a few edges inside each pixel. Twin: wavyte_gpu/ops/shared/coverage.py.

struct Edge {
    span: vec4<i32>,  // x_top, y_top, x_bottom, y_bottom in 22.10 canvas px; an unused edge has y_top = y_bottom
    line: vec4<i32>,  // x at row 0 and x per row in 16.16, their lower 16 bits (x at row 0 in bits 0..15), direction +1 or -1
}

fn inverse_of(w: u32) -> f32 {
    return 1.0 / f32(w);
}

// h * n / w, rounded, for h <= 1024 and n <= w <= 2^20: the float is a hint that integers correct.
fn height_at(h: u32, n: u32, w: u32, inverse: f32) -> i32 {
    let t = h * n + (w >> 1u);
    var q = i32(f32(t) * inverse);
    let r = i32(t) - q * i32(w);
    if r < 0 { q--; }
    if r >= i32(w) { q++; }
    return q;
}

// x of the edge at the top of row y, in 22.10.
fn crossing(e: Edge, y: i32) -> i32 {
    let f = y * ((e.line.z >> 16u) & 0xffff) + (e.line.z & 0xffff);
    let p = y * e.line.y + e.line.x + (f >> 16u);
    return (p + 32) >> 6u;
}

// Twice the signed area right of the edge inside pixel (x, y); a full pixel is 2^21.
fn edge_area(e: Edge, x: i32, y: i32) -> i32 {
    let row = y << 10u;
    let dy = min(row + 1024, e.span.w) - max(row, e.span.y);
    let a = select(crossing(e, y), e.span.x, e.span.y >= row) - (x << 10u);
    let b = select(crossing(e, y + 1), e.span.z, e.span.w <= row + 1024) - (x << 10u);
    let left = min(a, b);
    let right = max(a, b);
    let s = select(0u, 6u, right - left >= 0x100000);
    let w = max(u32(right - left) >> s, 1u);
    let inverse = inverse_of(w);
    let h = u32(max(dy, 0));
    // The part of the height where the edge is left of the pixel's left side, and left of its right side.
    let n0 = min(u32(clamp(-left, 0, right - left)) >> s, w);
    let n1 = min(u32(clamp(1024 - left, 0, right - left)) >> s, w);
    var y0 = height_at(h, n0, w, inverse);
    var y1 = height_at(h, n1, w, inverse);
    if left == right {
        y0 = select(0, i32(h), left < 0);
        y1 = select(0, i32(h), left < 1024);
    }
    let area = 2048 * y0 + (y1 - y0) * (2048 - clamp(left, 0, 1024) - clamp(right, 0, 1024));
    return area * e.line.w;
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
