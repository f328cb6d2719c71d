"""The frame of a pass that sums texels around its own: bindings and reads. Twin of shaders/shared/neighbours.wgsl."""

from __future__ import annotations

from typing import Any

import numpy as np

from wavyte_gpu.ops.shared.head import Array, cut
from wavyte_gpu.ops.shared.wide import is_alpha, to_wide

__all__ = ["load"]


def load(params: np.void, dest: Array, inputs: Any, x0: int, y0: int, x1: int, y1: int) -> Any:
    """Return the texels [x0, x1) x [y0, y1) of the input in 8.8, 0 beyond its bounds; of an alpha if `dest` is one."""
    return to_wide(cut(params, inputs, 0, x0, y0, x1, y1), is_alpha(dest))
