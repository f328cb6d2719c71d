"""The twelve blend modes of W3C Compositing-1 over premultiplied integers. Twin of shaders/shared/blend.wgsl.

Every mode takes and returns whole pixels, `s` over the backdrop `d`; `sa` and `da` are their alphas. With
`P = s * (255 - da) + d * (255 - sa)` the composited channel is `(P + T) / 255`, rounded once; only `T` differs between
modes. Written for colour <= alpha: then `P + T <= 65025`, and two channels fit one word ("pair", bits 0..15 and 16..31).
The alpha channel follows the same formula with `T = sa * da`, which most modes give of their own.
"""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.pixel import U32, channels, div255, div_round, isqrt, mul8, pack, scale_pixel

__all__ = [
    "blend_color_burn",
    "blend_color_dodge",
    "blend_darken",
    "blend_difference",
    "blend_exclusion",
    "blend_hard_light",
    "blend_lighten",
    "blend_multiply",
    "blend_normal",
    "blend_overlay",
    "blend_screen",
    "blend_soft_light",
]

_PAIR = np.uint32(0x00FF00FF)
_LOW = np.uint32(0x0000FFFF)
_HIGH = np.uint32(0xFFFF0000)
_255 = np.uint32(255)
_1 = np.uint32(1)


def low(p: U32) -> U32:
    """Return channels 0 and 2 as a pair."""
    return p & _PAIR


def high(p: U32) -> U32:
    """Return channels 1 and 3 as a pair."""
    return (p >> 8) & _PAIR


def join_pairs(low_pair: U32, high_pair: U32) -> U32:
    """Return the pixel of two pairs."""
    return low_pair | (high_pair << 8)


def pair_product(s: U32, d: U32) -> U32:
    """Return the product of two pairs, channel by channel."""
    return ((s & 255) * (d & 255)) | (((s >> 16) * (d >> 16)) << 16)


def pair_min(a: U32, b: U32) -> U32:
    """Return the smaller channels."""
    return np.minimum(a & _LOW, b & _LOW) | np.minimum(a & _HIGH, b & _HIGH)


def pair_max(a: U32, b: U32) -> U32:
    """Return the larger channels."""
    return np.maximum(a & _LOW, b & _LOW) | np.maximum(a & _HIGH, b & _HIGH)


def pair_blend(s: U32, d: U32, sa: U32, da: U32, t: U32) -> U32:
    """Return (P + T) / 255 for a pair."""
    n = s * (_255 - da) + d * (_255 - sa) + t + np.uint32(0x00800080)
    return ((n + ((n >> 8) & _PAIR)) >> 8) & _PAIR


def blend_normal(s: U32, d: U32) -> U32:
    """Return s over d."""
    return s + scale_pixel(d, _255 - (s >> 24))


def pair_multiply(s: U32, d: U32, sa: U32, da: U32) -> U32:
    """T = s * d."""
    return pair_blend(s, d, sa, da, pair_product(s, d))


def blend_multiply(s: U32, d: U32) -> U32:
    """Return s multiplied with d."""
    sa = s >> 24
    da = d >> 24
    return join_pairs(pair_multiply(low(s), low(d), sa, da), pair_multiply(high(s), high(d), sa, da))


def pair_screen(s: U32, d: U32, sa: U32, da: U32) -> U32:
    """T = s * da + d * sa - s * d."""
    return pair_blend(s, d, sa, da, s * da + d * sa - pair_product(s, d))


def blend_screen(s: U32, d: U32) -> U32:
    """Return the complement of the product of the complements."""
    sa = s >> 24
    da = d >> 24
    return join_pairs(pair_screen(low(s), low(d), sa, da), pair_screen(high(s), high(d), sa, da))


def hard_light(s: U32, d: U32, sa: U32, da: U32) -> U32:
    """Return T: 2sd, or sa * da - 2(da - d)(sa - s) where 2s > sa."""
    return np.where(np.uint32(2) * s <= sa, np.uint32(2) * s * d, sa * da - np.uint32(2) * (da - d) * (sa - s))


def pair_hard_light(s: U32, d: U32, sa: U32, da: U32) -> U32:
    """T = hard_light."""
    t = hard_light(s & 255, d & 255, sa, da) | (hard_light(s >> 16, d >> 16, sa, da) << 16)
    return pair_blend(s, d, sa, da, t)


def blend_hard_light(s: U32, d: U32) -> U32:
    """Return multiply or screen, by the source."""
    sa = s >> 24
    da = d >> 24
    return join_pairs(pair_hard_light(low(s), low(d), sa, da), pair_hard_light(high(s), high(d), sa, da))


def blend_overlay(s: U32, d: U32) -> U32:
    """Return hard light with the layers exchanged; P is symmetric."""
    return blend_hard_light(d, s)


def pair_darken(s: U32, d: U32, sa: U32, da: U32) -> U32:
    """T = min(s * da, d * sa)."""
    return pair_blend(s, d, sa, da, pair_min(s * da, d * sa))


def blend_darken(s: U32, d: U32) -> U32:
    """Return the darker channels."""
    sa = s >> 24
    da = d >> 24
    return join_pairs(pair_darken(low(s), low(d), sa, da), pair_darken(high(s), high(d), sa, da))


def pair_lighten(s: U32, d: U32, sa: U32, da: U32) -> U32:
    """T = max(s * da, d * sa)."""
    return pair_blend(s, d, sa, da, pair_max(s * da, d * sa))


def blend_lighten(s: U32, d: U32) -> U32:
    """Return the lighter channels."""
    sa = s >> 24
    da = d >> 24
    return join_pairs(pair_lighten(low(s), low(d), sa, da), pair_lighten(high(s), high(d), sa, da))


def pair_difference(s: U32, d: U32, sa: U32, da: U32) -> U32:
    """T = |s * da - d * sa|."""
    a = s * da
    b = d * sa
    return pair_blend(s, d, sa, da, pair_max(a, b) - pair_min(a, b))


def blend_difference(s: U32, d: U32) -> U32:
    """Return the distance of the channels."""
    sa = s >> 24
    da = d >> 24
    c = join_pairs(pair_difference(low(s), low(d), sa, da), pair_difference(high(s), high(d), sa, da))
    return with_alpha(c, sa, da)


def pair_exclusion(s: U32, d: U32, sa: U32, da: U32) -> U32:
    """T = s * da + d * sa - 2sd."""
    return pair_blend(s, d, sa, da, s * da + d * sa - np.uint32(2) * pair_product(s, d))


def blend_exclusion(s: U32, d: U32) -> U32:
    """Return difference with less contrast."""
    sa = s >> 24
    da = d >> 24
    c = join_pairs(pair_exclusion(low(s), low(d), sa, da), pair_exclusion(high(s), high(d), sa, da))
    return with_alpha(c, sa, da)


def with_alpha(c: U32, sa: U32, da: U32) -> U32:
    """Replace the alpha of c by that of s over d."""
    return (c & np.uint32(0x00FFFFFF)) | ((sa + mul8(da, _255 - sa)) << 24)


def color_dodge(s: U32, d: U32, sa: U32, da: U32) -> U32:
    """Return one channel: the backdrop divided by the complement of the source."""
    p = s * (_255 - da) + d * (_255 - sa)
    e = sa - s
    part = div_round(p * e + d * sa * sa, _255 * np.maximum(e, _1))
    whole = div255(p + np.where(d == 0, np.uint32(0), sa * da))
    return np.where((d == 0) | (d * sa >= da * e), whole, part)


def blend_color_dodge(s: U32, d: U32) -> U32:
    """Brighten the backdrop by the source."""
    sr, sg, sb, sa = channels(s)
    dr, dg, db, da = channels(d)
    r = color_dodge(sr, dr, sa, da)
    g = color_dodge(sg, dg, sa, da)
    b = color_dodge(sb, db, sa, da)
    return with_alpha(pack(r, g, b, np.zeros_like(sa)), sa, da)


def color_burn(s: U32, d: U32, sa: U32, da: U32) -> U32:
    """Return one channel: the backdrop's complement divided by the source."""
    p = s * (_255 - da) + d * (_255 - sa)
    e = da - d
    part = div_round(p * s + sa * da * s - e * sa * sa, _255 * np.maximum(s, _1))
    whole = div255(p + np.where(e == 0, sa * da, np.uint32(0)))
    return np.where((e == 0) | (e * sa >= da * s), whole, part)


def blend_color_burn(s: U32, d: U32) -> U32:
    """Darken the backdrop by the source."""
    sr, sg, sb, sa = channels(s)
    dr, dg, db, da = channels(d)
    r = color_burn(sr, dr, sa, da)
    g = color_burn(sg, dg, sa, da)
    b = color_burn(sb, db, sa, da)
    return with_alpha(pack(r, g, b, np.zeros_like(sa)), sa, da)


def soft_light(s: U32, d: U32, sa: U32, da: U32) -> U32:
    """Return one channel: a softer hard light."""
    p = s * (_255 - da) + d * (_255 - sa)
    k = np.uint32(2) * s - sa  # signed
    darker = k.view(np.int32) <= 0
    deep = darker | (np.uint32(4) * d <= da)
    # Numerators are never negative, so the sums may wrap on the way.
    dark = p * da + d * sa * da + k * d * (da - d)
    light = (p + d * sa) * da * da + k * d * (np.uint32(16) * d * d + np.uint32(3) * da * da - np.uint32(12) * d * da)
    high_light = np.uint32(256) * (p + d * sa) + k * (isqrt((d * da) << 16) - np.uint32(256) * d)
    n = np.where(deep, np.where(darker, dark, light), high_light)
    w = np.maximum(da, _1)
    q = div_round(n, np.where(deep, np.where(darker, _255 * w, _255 * w * w), np.uint32(65280)))
    return np.where(da == 0, div255(p), q)


def blend_soft_light(s: U32, d: U32) -> U32:
    """Darken or lighten the backdrop, by the source."""
    sr, sg, sb, sa = channels(s)
    dr, dg, db, da = channels(d)
    r = soft_light(sr, dr, sa, da)
    g = soft_light(sg, dg, sa, da)
    b = soft_light(sb, db, sa, da)
    return with_alpha(pack(r, g, b, np.zeros_like(sa)), sa, da)
