"""Give a conic gradient: one turn of the table around a centre. Twin of shaders/draw/gradient_conic.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.affine import I32, affine_at
from wavyte_gpu.ops.shared.gradient import table_entry
from wavyte_gpu.ops.shared.pixel import U32, div_round

__all__ = ["source", "turn"]


def turn(u: I32, v: I32) -> U32:
    """Return the angle of (u, v) in 2^-18 turns, at most 1e-5 turn off."""
    au = np.abs(u).view(np.uint32)
    av = np.abs(v).view(np.uint32)
    long = np.maximum(au, av)
    s = np.maximum(np.frexp(long.astype(np.float64))[1] - 17, 0).astype(np.uint32)  # 17 bits are left
    short = np.minimum(np.minimum(au, av) >> s, np.uint32(131070))
    q = div_round(short << 15, np.maximum(long >> s, np.uint32(1))).astype(np.int32)
    # atan(q) / 2 pi by an odd polynomial: q in Q15, the first coefficient in Q18, the others in Q20.
    q2 = (q * q + 16384) >> 15
    r = -14211 + ((3478 * q2 + 16384) >> 15)
    r = 30065 + ((r * q2 + 16384) >> 15)
    r = -55123 + ((r * q2 + 16384) >> 15)
    r = (r * q2 + 16384) >> 15
    angle = ((41716 * q + ((r * q + 2) >> 2) + 16384) >> 15).astype(np.uint32)
    angle = np.where(av > au, np.uint32(0x10000) - angle, angle)
    angle = np.where(u < 0, np.uint32(0x20000) - angle, angle)
    angle = np.where(v < 0, np.uint32(0x40000) - angle, angle)
    return angle & np.uint32(0x3FFFF)


def source(p: np.void, x: I32, y: I32, image: U32 | None) -> U32:
    """Return the table's entries at the canvas pixels' centres.

    Args:
        p: the shader's `Params`.
        x, y: canvas pixels, int32 (1, w) and (h, 1).
        image: (H, W) uint32, the page that holds the table.

    Returns:
        (h, w) uint32.
    """
    assert image is not None
    table = p["table"]
    angle = turn(affine_at(p["u"], x, y), affine_at(p["v"], x, y))
    return table_entry(image, table, (angle >> (18 - int(table[2]))).astype(np.int32))
