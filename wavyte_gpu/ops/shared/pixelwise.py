"""The frame of a pass that makes a pixel of the pixels in its place, by a function. Twin of shaders/shared/pixelwise.wgsl."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.head import cut, region, window
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["run"]


def run(params: np.void, dest: U32, inputs: Sequence[U32], pixel: Callable[..., U32]) -> None:
    """Write `pixel(x, y, *pixels)`: the columns (1, w) and rows (h, 1) int32 of the region, and each input there, (h, w) uint32.

    Args:
        params: the shader's `Params`.
        dest: (H, W) uint32, written in place. inputs: (h, w) uint32, premultiplied.
    """
    x0, y0, x1, y1 = region(params)
    x: I32 = np.arange(x0, x1, dtype=np.int32)[None, :]
    y: I32 = np.arange(y0, y1, dtype=np.int32)[:, None]
    window(params, dest)[...] = pixel(x, y, *(cut(params, inputs, i, x0, y0, x1, y1) for i in range(len(inputs))))
