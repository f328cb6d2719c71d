"""Read an image under an affine map, bilinear. Twin of shaders/draw/image_bilinear.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.affine import I32, affine_at
from wavyte_gpu.ops.shared.pixel import U32, channels, pack

__all__ = ["source"]


def source(p: np.void, x: I32, y: I32, image: U32 | None) -> U32:
    """Return the mix of the four texels around each canvas pixel's centre, rounded once.

    Args:
        p: the shader's `Params`.
        x, y: canvas pixels, int32 (1, w) and (h, 1).
        image: (H, W) uint32, the page or surface that is read.

    Returns:
        (h, w) uint32.
    """
    assert image is not None
    x0, y0, x1, y1 = p["rect"]
    u = affine_at(p["u"], x, y) + 128  # weights are 8 bits: round by 1/512 texel
    v = affine_at(p["v"], x, y) + 128
    tx = x0 + (u >> 16)
    ty = y0 + (v >> 16)
    ax, ay = np.clip(tx, x0, x1), np.clip(ty, y0, y1)
    bx, by = np.clip(tx + 1, x0, x1), np.clip(ty + 1, y0, y1)
    wx = (u.view(np.uint32) >> 8) & 255
    wy = (v.view(np.uint32) >> 8) & 255
    p00 = image[ay, ax]
    p10 = image[ay, bx]
    p01 = image[by, ax]
    p11 = image[by, bx]
    w11 = wx * wy
    w10 = wx * np.uint32(256) - w11
    w01 = wy * np.uint32(256) - w11
    w00 = np.uint32(65536) - w10 - w01 - w11
    mixed = (
        (c00 * w00 + c10 * w10 + c01 * w01 + c11 * w11 + np.uint32(32768)) >> 16
        for c00, c10, c01, c11 in zip(channels(p00), channels(p10), channels(p01), channels(p11), strict=True)
    )
    return pack(*mixed)
