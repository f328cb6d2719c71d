"""Apply a colour matrix. Twin of shaders/passes/color_matrix.wgsl."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.matrix import MATRICES
from wavyte_gpu.ops.shared.pixel import U32
from wavyte_gpu.ops.shared.pixelwise import run

__all__ = ["execute"]


def execute(params: np.void, dest: U32, inputs: Sequence[U32], *, form: str) -> None:
    """Write the matrix applied to a surface.

    Args:
        params: the shader's `Params`.
        dest: (H, W) uint32, written in place.
        inputs: one surface, (h, w) uint32, premultiplied.
        form: a key of `shared.matrix.MATRICES`.
    """

    def pixel(x: I32, y: I32, s: U32) -> U32:
        return MATRICES[form](params["matrix"], s)

    run(params, dest, inputs, pixel)
