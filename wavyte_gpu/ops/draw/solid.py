"""Give one colour everywhere. Twin of shaders/draw/solid.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["source"]


def source(p: np.void, x: I32, y: I32, image: U32 | None) -> U32:
    """Return the premultiplied pixel `color[0]` at every canvas pixel.

    Args:
        p: the shader's `Params`.
        x, y: canvas pixels, int32 (1, w) and (h, 1).
        image: unused.

    Returns:
        (h, w) uint32, premultiplied, sRGB-encoded.
    """
    return np.full((y.shape[0], x.shape[1]), p["color"][0], np.uint32)
