"""Weigh a surface by a mask. Twin of shaders/passes/mask.wgsl."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.mask import mask_weight
from wavyte_gpu.ops.shared.pixel import U32, scale_pixel
from wavyte_gpu.ops.shared.pixelwise import run

__all__ = ["execute"]


def execute(params: np.void, dest: U32, inputs: Sequence[U32]) -> None:
    """Write `content * weight(mask)`, rounded once.

    Args:
        params: the shader's `Params`.
        dest: (H, W) uint32, written in place.
        inputs: content and mask, (h, w) uint32, premultiplied.
    """

    def pixel(x: I32, y: I32, content: U32, mask: U32) -> U32:
        return scale_pixel(content, mask_weight(params["rule"], mask))

    run(params, dest, inputs, pixel)
