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
    return scale_pair(p & 0x00ff00ffu, w) | (scale_pair((p >> 8u) & 0x00ff00ffu, w) << 8u);
}

fn channels(p: u32) -> vec4<u32> {
    return vec4<u32>(p & 255u, (p >> 8u) & 255u, (p >> 16u) & 255u, p >> 24u);
}

fn pack(c: vec4<u32>) -> u32 {
    return c.x | (c.y << 8u) | (c.z << 16u) | (c.w << 24u);
}
