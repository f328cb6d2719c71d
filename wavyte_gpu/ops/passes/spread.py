"""Grow or shrink an alpha along one axis. Twin of shaders/passes/spread.wgsl."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wavyte_gpu.ops.shared.head import Array, region, window
from wavyte_gpu.ops.shared.neighbours import load

__all__ = ["execute"]


def execute(params: np.void, dest: Array, inputs: Sequence[Array], *, axis: int) -> None:
    """Write the largest alpha within a distance along the axis, or the smallest; px that it reaches in part count in part.

    Args:
        params: the shader's `Params`.
        dest: (H, W) uint16 in 8.8, written in place. inputs: one surface.
        axis: 0 along y, 1 along x.
    """
    x0, y0, x1, y1 = region(params)
    n, rest, flip = (int(v) for v in params["size"][:3])
    rx, ry = (n + 1, 0) if axis == 1 else (0, n + 1)
    a: Any = np.abs(flip - load(params, dest, inputs, x0 - rx, y0 - ry, x1 + rx, y1 + ry).astype(np.int32))
    parts = [a[:, k : k + x1 - x0] if axis == 1 else a[k : k + y1 - y0] for k in range(2 * n + 3)]
    most = (np.maximum(parts[0], parts[-1]) * rest + 128) >> 8
    for part in parts[1:-1]:
        most = np.maximum(most, part)
    window(params, dest)[...] = np.abs(flip - most)
