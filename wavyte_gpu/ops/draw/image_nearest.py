"""Read an image under an affine map, nearest texel. Twin of shaders/draw/image_nearest.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.affine import I32, affine_at
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["source"]


def source(p: np.void, x: I32, y: I32, image: U32 | None) -> U32:
    """Return the texels that the canvas pixels' centres fall in.

    Args:
        p: the shader's `Params`.
        x, y: canvas pixels, int32 (1, w) and (h, 1).
        image: (H, W) uint32, the page or surface that is read.

    Returns:
        (h, w) uint32.
    """
    assert image is not None
    x0, y0, x1, y1 = p["rect"]
    tx = x0 + (affine_at(p["u"], x, y) >> 16)
    ty = y0 + (affine_at(p["v"], x, y) >> 16)
    return image[np.clip(ty, y0, y1), np.clip(tx, x0, x1)]
