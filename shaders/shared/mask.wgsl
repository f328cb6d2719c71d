// How a mask's pixel becomes a weight. Twin: wavyte_gpu/ops/shared/mask.py.

struct Mask {
    factors: vec4<u32>,  // of R, G, B, A in 1/256
    rule: vec4<u32>,     // x: the least weight that counts as 255, all else as 0; 0 keeps weights. y: 255 inverts
}

// 0..255; where the mask has no pixel, of 0.
fn mask_weight(m: Mask, pixel: u32) -> u32 {
    let c = channels(pixel) * m.factors;
    let w = (c.x + c.y + c.z + c.w + 128u) >> 8u;
    return select(w, select(0u, 255u, w >= m.rule.x), m.rule.x > 0u) ^ m.rule.y;
}
