// Premultiplied RGBA8 in one u32 (R in bits 0..7): exact products and mixes. Twin: wavyte_gpu/ops/shared/pixel.py.

// Round n / 255, exact for n <= 65662.
fn div255(n: u32) -> u32 {
    let t = n + 128u;
    return (t + (t >> 8u)) >> 8u;
}

fn mul8(a: u32, b: u32) -> u32 {
    return div255(a * b);
}

// Multiply two channels (bits 0..7 and 16..23) by w in 0..255, each rounded once.
fn scale_pair(pair: u32, w: u32) -> u32 {
    let t = pair * w + 0x00800080u;
    return ((t + ((t >> 8u) & 0x00ff00ffu)) >> 8u) & 0x00ff00ffu;
}

// Multiply all four channels by w in 0..255.
fn scale_pixel(p: u32, w: u32) -> u32 {
    let t = ((p >> 8u) & 0x00ff00ffu) * w + 0x00800080u;  // scale_pair, its result left where it belongs
    return scale_pair(p & 0x00ff00ffu, w) | ((t + ((t >> 8u) & 0x00ff00ffu)) & 0xff00ff00u);
}

fn channels(p: u32) -> vec4<u32> {
    return vec4<u32>(p & 255u, (p >> 8u) & 255u, (p >> 16u) & 255u, p >> 24u);
}

fn pack(c: vec4<u32>) -> u32 {
    return c.x | (c.y << 8u) | (c.z << 16u) | (c.w << 24u);
}

// (n + d / 2) / d for 0 < d < 2^30 and a quotient below 2^20: the float is a hint that integers correct.
fn div_round(n: u32, d: u32) -> u32 {
    let t = n + (d >> 1u);
    var q = u32(f32(t) * (1.0 / f32(d)));
    let r = i32(t - q * d);
    if r < 0 { q--; }
    if r >= i32(d) { q++; }
    return q;
}

// The whole part of the square root: the float is a hint that integers correct.
fn isqrt(n: u32) -> u32 {
    var r = min(u32(sqrt(f32(n))), 65535u);
    let over = r * r > n;
    if !over && n - r * r >= 2u * r + 1u { r++; }
    if over { r--; }
    return r;
}
