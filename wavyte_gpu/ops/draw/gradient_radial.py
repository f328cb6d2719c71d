"""Give a radial gradient, held beyond its radius. Twin of shaders/draw/gradient_radial.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.affine import I32, affine_at
from wavyte_gpu.ops.shared.gradient import table_entry
from wavyte_gpu.ops.shared.pixel import U32, isqrt

__all__ = ["source"]


def radial_position(a: np.void, x: I32, y: I32, bits: int) -> U32:
    """Return the distance from the centre along one axis, 2^15 at the radius and beyond."""
    n = (affine_at(a, x, y) + ((1 << bits) >> 1)) >> bits
    return np.minimum(np.abs(n), 32768).astype(np.uint32)


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
    u = radial_position(p["u"], x, y, int(table[3]))
    v = radial_position(p["v"], x, y, int(table[3]))
    k = (isqrt(u * u + v * v) << int(table[2])) >> 15
    return table_entry(image, table, np.minimum(k.astype(np.int32), (1 << int(table[2])) - 1))
