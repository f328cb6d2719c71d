// The twelve blend modes of W3C Compositing-1 over premultiplied integers. Twin: wavyte_gpu/ops/shared/blend.py.

// Every mode takes and returns whole pixels, s over the backdrop d; sa and da are their alphas. With
// P = s * (255 - da) + d * (255 - sa) the composited channel is (P + T) / 255, rounded once; only T differs between modes. Written for
// colour <= alpha: then P + T <= 65025, and two channels fit one u32 ("pair", bits 0..15 and 16..31). The alpha channel follows the same
// formula with T = sa * da, which most modes give of their own.

const PAIR: u32 = 0x00ff00ffu;

fn low(p: u32) -> u32 {
    return p & PAIR;
}

fn high(p: u32) -> u32 {
    return (p >> 8u) & PAIR;
}

fn join_pairs(low_pair: u32, high_pair: u32) -> u32 {
    return low_pair | (high_pair << 8u);
}

// The product of two pairs, channel by channel.
fn pair_product(s: u32, d: u32) -> u32 {
    return ((s & 255u) * (d & 255u)) | (((s >> 16u) * (d >> 16u)) << 16u);
}

fn pair_min(a: u32, b: u32) -> u32 {
    return min(a & 0xffffu, b & 0xffffu) | min(a & 0xffff0000u, b & 0xffff0000u);
}

fn pair_max(a: u32, b: u32) -> u32 {
    return max(a & 0xffffu, b & 0xffffu) | max(a & 0xffff0000u, b & 0xffff0000u);
}

// (P + T) / 255 for a pair.
fn pair_blend(s: u32, d: u32, sa: u32, da: u32, t: u32) -> u32 {
    let n = s * (255u - da) + d * (255u - sa) + t + 0x00800080u;
    return ((n + ((n >> 8u) & PAIR)) >> 8u) & PAIR;
}

fn blend_normal(s: u32, d: u32) -> u32 {
    return s + scale_pixel(d, 255u - (s >> 24u));
}

fn pair_multiply(s: u32, d: u32, sa: u32, da: u32) -> u32 {
    return pair_blend(s, d, sa, da, pair_product(s, d));
}

fn blend_multiply(s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    return join_pairs(pair_multiply(low(s), low(d), sa, da), pair_multiply(high(s), high(d), sa, da));
}

fn pair_screen(s: u32, d: u32, sa: u32, da: u32) -> u32 {
    return pair_blend(s, d, sa, da, s * da + d * sa - pair_product(s, d));
}

fn blend_screen(s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    return join_pairs(pair_screen(low(s), low(d), sa, da), pair_screen(high(s), high(d), sa, da));
}

// T of hard light: 2sd, or sa * da - 2(da - d)(sa - s) where 2s > sa.
fn hard_light(s: u32, d: u32, sa: u32, da: u32) -> u32 {
    return select(sa * da - 2u * (da - d) * (sa - s), 2u * s * d, 2u * s <= sa);
}

fn pair_hard_light(s: u32, d: u32, sa: u32, da: u32) -> u32 {
    let t = hard_light(s & 255u, d & 255u, sa, da) | (hard_light(s >> 16u, d >> 16u, sa, da) << 16u);
    return pair_blend(s, d, sa, da, t);
}

fn blend_hard_light(s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    return join_pairs(pair_hard_light(low(s), low(d), sa, da), pair_hard_light(high(s), high(d), sa, da));
}

// Hard light with the layers exchanged; P is symmetric.
fn blend_overlay(s: u32, d: u32) -> u32 {
    return blend_hard_light(d, s);
}

fn pair_darken(s: u32, d: u32, sa: u32, da: u32) -> u32 {
    return pair_blend(s, d, sa, da, pair_min(s * da, d * sa));
}

fn blend_darken(s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    return join_pairs(pair_darken(low(s), low(d), sa, da), pair_darken(high(s), high(d), sa, da));
}

fn pair_lighten(s: u32, d: u32, sa: u32, da: u32) -> u32 {
    return pair_blend(s, d, sa, da, pair_max(s * da, d * sa));
}

fn blend_lighten(s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    return join_pairs(pair_lighten(low(s), low(d), sa, da), pair_lighten(high(s), high(d), sa, da));
}

fn pair_difference(s: u32, d: u32, sa: u32, da: u32) -> u32 {
    let a = s * da;
    let b = d * sa;
    return pair_blend(s, d, sa, da, pair_max(a, b) - pair_min(a, b));
}

fn blend_difference(s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    let c = join_pairs(pair_difference(low(s), low(d), sa, da), pair_difference(high(s), high(d), sa, da));
    return with_alpha(c, sa, da);
}

fn pair_exclusion(s: u32, d: u32, sa: u32, da: u32) -> u32 {
    return pair_blend(s, d, sa, da, s * da + d * sa - 2u * pair_product(s, d));
}

fn blend_exclusion(s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    let c = join_pairs(pair_exclusion(low(s), low(d), sa, da), pair_exclusion(high(s), high(d), sa, da));
    return with_alpha(c, sa, da);
}

// Replace the alpha of c by that of s over d.
fn with_alpha(c: u32, sa: u32, da: u32) -> u32 {
    return (c & 0x00ffffffu) | ((sa + mul8(da, 255u - sa)) << 24u);
}

fn color_dodge(s: u32, d: u32, sa: u32, da: u32) -> u32 {
    let p = s * (255u - da) + d * (255u - sa);
    let e = sa - s;
    let part = div_round(p * e + d * sa * sa, 255u * max(e, 1u));
    let whole = div255(p + select(sa * da, 0u, d == 0u));
    return select(part, whole, d == 0u || d * sa >= da * e);
}

fn blend_color_dodge(s: u32, d: u32) -> u32 {
    let cs = channels(s);
    let cd = channels(d);
    let r = color_dodge(cs.x, cd.x, cs.w, cd.w);
    let g = color_dodge(cs.y, cd.y, cs.w, cd.w);
    let b = color_dodge(cs.z, cd.z, cs.w, cd.w);
    return with_alpha(pack(vec4<u32>(r, g, b, 0u)), cs.w, cd.w);
}

fn color_burn(s: u32, d: u32, sa: u32, da: u32) -> u32 {
    let p = s * (255u - da) + d * (255u - sa);
    let e = da - d;
    let part = div_round(p * s + sa * da * s - e * sa * sa, 255u * max(s, 1u));
    let whole = div255(p + select(0u, sa * da, e == 0u));
    return select(part, whole, e == 0u || e * sa >= da * s);
}

fn blend_color_burn(s: u32, d: u32) -> u32 {
    let cs = channels(s);
    let cd = channels(d);
    let r = color_burn(cs.x, cd.x, cs.w, cd.w);
    let g = color_burn(cs.y, cd.y, cs.w, cd.w);
    let b = color_burn(cs.z, cd.z, cs.w, cd.w);
    return with_alpha(pack(vec4<u32>(r, g, b, 0u)), cs.w, cd.w);
}

fn soft_light(s: u32, d: u32, sa: u32, da: u32) -> u32 {
    let p = s * (255u - da) + d * (255u - sa);
    let k = 2u * s - sa;  // signed
    let darker = i32(k) <= 0;
    let deep = darker || 4u * d <= da;
    // Numerators are never negative, so the sums may wrap on the way.
    let dark = p * da + d * sa * da + k * d * (da - d);
    let light = (p + d * sa) * da * da + k * d * (16u * d * d + 3u * da * da - 12u * d * da);
    let high_light = 256u * (p + d * sa) + k * (isqrt((d * da) << 16u) - 256u * d);
    let n = select(high_light, select(light, dark, darker), deep);
    let w = max(da, 1u);
    let q = div_round(n, select(65280u, select(255u * w * w, 255u * w, darker), deep));
    return select(q, div255(p), da == 0u);
}

fn blend_soft_light(s: u32, d: u32) -> u32 {
    let cs = channels(s);
    let cd = channels(d);
    let r = soft_light(cs.x, cd.x, cs.w, cd.w);
    let g = soft_light(cs.y, cd.y, cs.w, cd.w);
    let b = soft_light(cs.z, cd.z, cs.w, cd.w);
    return with_alpha(pack(vec4<u32>(r, g, b, 0u)), cs.w, cd.w);
}
