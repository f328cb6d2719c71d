"""Read an image at whole-pixel offsets. Twin of shaders/draw/image_copy.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["source"]


def source(p: np.void, x: I32, y: I32, image: U32 | None) -> U32:
    """Return the texels at canvas pixel + `offset`.

    Args:
        p: the shader's `Params`; all reads lie inside the image.
        x, y: canvas pixels, int32 (1, w) and (h, 1), consecutive.
        image: (H, W) uint32, the page or surface that is read.

    Returns:
        (h, w) uint32.
    """
    assert image is not None
    dx, dy = int(p["offset"][0]), int(p["offset"][1])
    x0, y0 = int(x[0, 0]) + dx, int(y[0, 0]) + dy
    assert x0 >= 0 and y0 >= 0 and x0 + x.shape[1] <= image.shape[1] and y0 + y.shape[0] <= image.shape[0]
    return image[y0 : y0 + y.shape[0], x0 : x0 + x.shape[1]]
