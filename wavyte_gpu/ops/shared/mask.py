"""How a mask's pixel becomes a weight. Twin of shaders/shared/mask.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.pixel import U32, channels

__all__ = ["mask_weight"]


def mask_weight(m: np.void, pixel: U32) -> U32:
    """Return weights 0..255 of a mask's pixels; where the mask has no pixel, give 0."""
    r, g, b, a = channels(pixel)
    f = m["factors"]
    w = (r * f[0] + g * f[1] + b * f[2] + a * f[3] + np.uint32(128)) >> 8
    least, inverted = m["rule"][0], m["rule"][1]
    if least > 0:
        w = np.where(w >= least, np.uint32(255), np.uint32(0))
    return w ^ inverted
