"""Give opaque grey noise, one level a cell. Twin of shaders/draw/noise.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.affine import I32, affine_at
from wavyte_gpu.ops.shared.noise import hash3
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["source"]


def source(p: np.void, x: I32, y: I32, image: U32 | None) -> U32:
    """Return the grey of the cells that the canvas pixels' centres fall in.

    Args:
        p: the shader's `Params`.
        x, y: canvas pixels, int32 (1, w) and (h, 1).
        image: unused.

    Returns:
        (h, w) uint32, opaque.
    """
    column = (affine_at(p["u"], x, y) >> 16).view(np.uint32)
    row = (affine_at(p["v"], x, y) >> 16).view(np.uint32)
    grey = hash3(p["seed"][:1], column, row) >> 24
    return grey * np.uint32(0x00010101) | np.uint32(0xFF000000)
