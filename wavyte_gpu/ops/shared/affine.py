"""Affine positions in 16.32 fixed point, read at canvas pixels. Twin of shaders/shared/affine.wgsl."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

__all__ = ["I32", "affine_at"]

I32: TypeAlias = Any  # NDArray[np.int32], but NumPy's annotations lose the type in `int32 >> int`


def affine_at(a: np.void, x: I32, y: I32) -> I32:
    """Return the position of canvas pixel (x, y) in 16.16, wrapping; |x|, |y| < 16384.

    Args:
        a: record with `hi` and `lo`, int32 (4,): step in x, step in y, origin.
        x, y: int32, shapes that broadcast.
    """
    hi, lo = a["hi"], a["lo"]
    f = x * lo[0] + y * lo[1] + lo[2]
    result: I32 = x * hi[0] + y * hi[1] + hi[2] + (f >> 16)
    return result
