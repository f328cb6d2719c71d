// The twelve blend modes of W3C Compositing-1 over premultiplied integers. Twin: wavyte_gpu/ops/shared/blend.py.
// s, d: source and backdrop channel; sa, da: their alphas; every mode returns the composited channel.

fn blend_normal(s: u32, d: u32) -> u32 {
    let w = 255u - (s >> 24u);
    return s + scale_pixel(d, w);
}
