"""Double a surface by (5, 10, 1) and (1, 10, 5) / 16 along one axis or both. Twin of shaders/passes/blur_up.wgsl."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wavyte_gpu.ops.shared.head import Array, region, window
from wavyte_gpu.ops.shared.neighbours import load
from wavyte_gpu.ops.shared.wide import from_wide

__all__ = ["execute"]


def line(v: Any, axis: int, first: int, last: int) -> Any:
    """Return the three-tap sums at texels first .. last - 1 of an axis; the axis of `v` begins at (first >> 1) - 1."""
    at = np.arange(first, last)
    i = (at >> 1) - (first >> 1)
    odd = (at & 1).astype(np.uint32)
    odd = (
        odd.reshape((-1, 1) if axis == 0 else (1, -1))
        if v.ndim == 2
        else odd.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    )
    before, here, after = (np.take(v, i + k, axis) for k in range(3))
    four = np.uint32(4) * odd
    return (np.uint32(5) - four) * before + np.uint32(10) * here + (np.uint32(1) + four) * after


def execute(params: np.void, dest: Array, inputs: Sequence[Array], *, x: int, y: int, pairs: int) -> None:
    """Write the surface doubled along x, y or both; texels 2j and 2j + 1 of an axis come from texels j - 1, j, j + 1.

    Args:
        params: the shader's `Params`.
        dest: a surface, written in place. inputs: one surface in 8.8.
        pairs: of rows that a lane of the kernel writes.
    """
    x0, y0, x1, y1 = region(params)
    cx = ((x0 >> 1) - 1, ((x1 - 1) >> 1) + 2) if x else (x0, x1)
    cy = ((y0 >> 1) - 1, ((y1 - 1) >> 1) + 2) if y else (y0, y1)
    v = load(params, dest, inputs, cx[0], cy[0], cx[1], cy[1])
    if x:
        v = line(v, 1, x0, x1)
    if y:
        v = line(v, 0, y0, y1)
    from_wide(window(params, dest), v, 4 * (x + y))
