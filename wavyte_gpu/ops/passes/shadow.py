"""Colour a moved alpha as a shadow, under its content, or inside it. Twin of shaders/passes/shadow.wgsl."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wavyte_gpu.ops.shared.blend import blend_normal
from wavyte_gpu.ops.shared.head import Array, cut, region, window
from wavyte_gpu.ops.shared.pixel import U32, channels, pack, scale_pixel
from wavyte_gpu.ops.shared.wide import to_wide

__all__ = ["execute"]

_PAIR = np.uint32(0x00FF00FF)
_HALF = np.uint32(0x00800080)


def shade(c: U32, a: U32) -> U32:
    """Return one channel of the colour, weighed by an alpha in 8.8."""
    return (c * a + np.uint32(32640)) // np.uint32(65280)


def atop(s: U32, c: U32) -> U32:
    """Return s where c is, over c."""
    v = c >> 24
    w = np.uint32(255) - (s >> 24)
    low = (s & _PAIR) * v + (c & _PAIR) * w + _HALF
    high = ((s >> 8) & _PAIR) * v + ((c >> 8) & _PAIR) * w + _HALF
    return (((low + ((low >> 8) & _PAIR)) >> 8) & _PAIR) | ((high + ((high >> 8) & _PAIR)) & np.uint32(0xFF00FF00))


def execute(params: np.void, dest: U32, inputs: Sequence[Array], *, content: int, inner: int, only: int) -> None:
    """Write a shadow.

    Args:
        params: the shader's `Params`.
        dest: (H, W) uint32, written in place.
        inputs: the alpha, (h, w) uint16 in 8.8 or a surface that holds it; with `content` the content, (h, w) uint32.
        content: lay the content over the shadow. inner: the shadow of what is outside, kept where the content is.
        only: of an inner shadow, leave the content out.
    """
    x0, y0, x1, y1 = region(params)
    dx, dy, right, down = (int(v) for v in params["offset"])
    alpha: Any = to_wide(cut(params, inputs, 0, x0 - dx - 1, y0 - dy - 1, x1 - dx, y1 - dy), True)
    row = alpha[:, :-1] * np.uint32(right) + alpha[:, 1:] * np.uint32(256 - right)
    a = (row[:-1] * np.uint32(down) + row[1:] * np.uint32(256 - down) + np.uint32(32768)) >> 16
    if inner:
        a = np.uint32(65280) - a
    s = pack(*(shade(c, a) for c in channels(params["color"][0])))
    if content:
        c = cut(params, inputs, 1, x0, y0, x1, y1)
        if not inner:
            s = blend_normal(c, s)
        else:
            s = scale_pixel(s, c >> 24) if only else atop(s, c)
    window(params, dest)[...] = s
