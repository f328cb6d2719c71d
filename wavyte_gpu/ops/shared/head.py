"""What the parameters of every pass kernel begin with. Twin of shaders/shared/head.wgsl.

Surfaces are whole arrays; canvas px that lie outside them read as 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "cut", "region", "window"]

Array = npt.NDArray[Any]


def region(params: np.void) -> tuple[int, int, int, int]:
    """Return the px to write: x0, y0, x1, y1, end exclusive."""
    x0, y0, x1, y1 = (int(v) for v in params["head"]["region"])
    return x0, y0, x1, y1


def window(params: np.void, dest: Array) -> Array:
    """Return the part of the output that is written, a view."""
    x0, y0, x1, y1 = region(params)
    ox, oy = (int(v) for v in params["head"]["origin"][:2])
    return dest[y0 - oy : y1 - oy, x0 - ox : x1 - ox]


def cut(params: np.void, inputs: Any, index: int, x0: int, y0: int, x1: int, y1: int) -> Array:
    """Return the px [x0, x1) x [y0, y1) of an input, 0 where it has none."""
    image = inputs[index]
    bx0, by0, bx1, by1 = (int(v) for v in params["head"]["bounds"][index])
    out = np.zeros((y1 - y0, x1 - x0, *image.shape[2:]), image.dtype)
    ax0, ay0, ax1, ay1 = max(x0, bx0), max(y0, by0), min(x1, bx1), min(y1, by1)
    if ax0 < ax1 and ay0 < ay1:
        out[ay0 - y0 : ay1 - y0, ax0 - x0 : ax1 - x0] = image[ay0 - by0 : ay1 - by0, ax0 - bx0 : ax1 - bx0]
    return out
