"""Colour matrices over premultiplied integers. Twin of shaders/shared/matrix.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.pixel import U32, channels, div_round, pack

__all__ = ["MATRICES", "matrix_any", "matrix_keep"]


def matrix_row(row: I32, c: list[I32], half: int, shift: int, a: I32) -> U32:
    """Return one channel."""
    v = (row[0] * c[0] + row[1] * c[1] + row[2] * c[2] + row[3] * a + half) >> shift
    return np.clip(v, 0, a).astype(np.uint32)


def matrix_keep(m: np.void, pixel: U32) -> U32:
    """Apply a matrix that keeps alpha and feeds nothing of it into the colours: the fourth entry of a row is its bias."""
    c = [v.astype(np.int32) for v in channels(pixel)]
    shift = int(m["shift"][0])
    half = 1 << (shift - 1)
    r, g, b = (matrix_row(m[row], c, half, shift, c[3]) for row in "rgb")
    return r | (g << 8) | (b << 16) | (pixel & np.uint32(0xFF000000))


def matrix_value(row: I32, bias: int, c: list[I32], one: int) -> U32:
    """Return a row's value for straight colour, 0..2^shift. 2^19 keeps what is divided above 0."""
    a = np.maximum(c[3], 1).astype(np.uint32)
    n = (row[0] * c[0] + row[1] * c[1] + row[2] * c[2]).astype(np.uint32) + (a << 19)
    q = div_round(n, a).astype(np.int32) - (1 << 19)
    alpha = (((row[3] * c[3] + 255 * (1 << 19)).astype(np.uint32) + np.uint32(127)) // np.uint32(255)).astype(np.int32)
    return np.clip(q + alpha - (1 << 19) + bias, 0, one).astype(np.uint32)


def matrix_any(m: np.void, pixel: U32) -> U32:
    """Apply any matrix: colours are divided by alpha after summing."""
    c = [v.astype(np.int32) for v in channels(pixel)]
    s = int(m["shift"][0])
    one, half = 1 << s, np.uint32((1 << s) >> 1)
    bias = [int(v) for v in m["bias"]]
    a = (np.uint32(255) * matrix_value(m["a"], bias[3], c, one) + half) >> s
    r, g, b = ((matrix_value(m[row], bias[i], c, one) * a + half) >> s for i, row in enumerate("rgb"))
    return pack(r, g, b, a)


MATRICES = {"keep": matrix_keep, "any": matrix_any}
