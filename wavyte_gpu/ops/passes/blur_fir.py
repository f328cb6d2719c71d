"""Convolve a surface along one axis. Twin of shaders/passes/blur_fir.wgsl."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wavyte_gpu.ops.shared.head import Array, region, window
from wavyte_gpu.ops.shared.neighbours import load
from wavyte_gpu.ops.shared.wide import from_wide

__all__ = ["execute"]


def execute(params: np.void, dest: Array, inputs: Sequence[Array], *, along: int, four: int) -> None:
    """Write weighted sums of 2 * radius + 1 neighbours.

    Args:
        params: the shader's `Params`.
        dest: a surface, written in place. inputs: one surface.
        along: 1 for the x axis, 0 for y. four: texels that a lane of the kernel writes.
    """
    x0, y0, x1, y1 = region(params)
    r = int(params["size"][0])
    rx, ry = (r, 0) if along else (0, r)
    v: Any = load(params, dest, inputs, x0 - rx, y0 - ry, x1 + rx, y1 + ry)
    total: Any = np.uint32(0)
    side = params["taps"][: r + 1, 0] + params["taps"][: r + 1, 1]  # of both signs alike
    weights = np.concatenate([side, side[-2::-1]]).astype(np.uint32)
    for t in range(2 * r + 1):
        part = v[:, t : t + x1 - x0] if along else v[t : t + y1 - y0]
        total = total + part * weights[t]
    from_wide(window(params, dest), total, 16)
