"""Weigh a surface by a mask. Twin of shaders/passes/mask.wgsl."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wavyte_gpu.ops.shared.head import cut, region, window
from wavyte_gpu.ops.shared.mask import mask_weight
from wavyte_gpu.ops.shared.pixel import U32, scale_pixel

__all__ = ["execute"]


def execute(params: np.void, dest: U32, inputs: Sequence[U32]) -> None:
    """Write `content * weight(mask)`, rounded once.

    Args:
        params: the shader's `Params`.
        dest: (H, W) uint32, written in place.
        inputs: content and mask, (h, w) uint32, premultiplied.
    """
    s = cut(params, inputs, 0, *region(params))
    m = cut(params, inputs, 1, *region(params))
    window(params, dest)[...] = scale_pixel(s, mask_weight(params["rule"], m))
