"""Apply a colour matrix. Twin of shaders/passes/color_matrix.wgsl."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wavyte_gpu.ops.shared.head import cut, region, window
from wavyte_gpu.ops.shared.matrix import MATRICES
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["execute"]


def execute(params: np.void, dest: U32, inputs: Sequence[U32], *, form: str) -> None:
    """Write the matrix applied to a surface.

    Args:
        params: the shader's `Params`.
        dest: (H, W) uint32, written in place.
        inputs: one surface, (h, w) uint32, premultiplied.
        form: a key of `shared.matrix.MATRICES`.
    """
    window(params, dest)[...] = MATRICES[form](params["matrix"], cut(params, inputs, 0, *region(params)))
