"""Halve a surface by [1, 5, 10, 10, 5, 1] / 32 along one axis or both. Twin of shaders/passes/blur_down.wgsl."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wavyte_gpu.ops.shared.head import Array, region, window
from wavyte_gpu.ops.shared.neighbours import load
from wavyte_gpu.ops.shared.wide import from_wide

__all__ = ["execute"]

_TAPS = (1, 5, 10, 10, 5, 1)


def line(v: Any, axis: int, count: int) -> Any:
    """Return the six-tap sums of neighbours along an axis, whose first texel is that of the first sum."""
    parts = (np.take(v, np.arange(k, k + 2 * count, 2), axis) * np.uint32(tap) for k, tap in enumerate(_TAPS))
    total: Any = sum(parts)
    return total


def execute(params: np.void, dest: Array, inputs: Sequence[Array], *, x: int, y: int) -> None:
    """Write the surface halved along x, y or both; texel j of an axis is the mean of texels 2j - 2 .. 2j + 3.

    Args:
        params: the shader's `Params`.
        dest: a surface in 8.8, written in place. inputs: one surface.
    """
    x0, y0, x1, y1 = region(params)
    fx = (2 * x0 - 2, 2 * x1 + 2) if x else (x0, x1)
    fy = (2 * y0 - 2, 2 * y1 + 2) if y else (y0, y1)
    v = load(params, dest, inputs, fx[0], fy[0], fx[1], fy[1])
    if x:
        v = line(v, 1, x1 - x0)
    if y:
        v = line(v, 0, y1 - y0)
    from_wide(window(params, dest), v, 5 * (x + y))
