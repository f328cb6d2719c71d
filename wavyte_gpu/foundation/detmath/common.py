"""What the functions share: constants as arrays, and arguments as arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["F64", "HALF", "INF", "MAGIC", "ONE", "TWO", "const", "consts", "elementwise", "peak"]

F64 = npt.NDArray[np.float64]


def const(value: float) -> F64:
    """Return a read-only 0-d array: ufuncs take it faster than a Python float."""
    array = np.array(value, dtype=np.float64)
    array.setflags(write=False)
    return array


def consts(*values: float) -> tuple[F64, ...]:
    return tuple(const(v) for v in values)


HALF, ONE, TWO = consts(0.5, 1.0, 2.0)
MAGIC = const(6755399441055744.0)  # 1.5 * 2^52: adding it rounds to an integer and leaves that in the low bits
INF = float("inf")


def elementwise(x: npt.ArrayLike) -> tuple[F64, tuple[int, ...]]:
    """Return `x` as float64 with at least one dimension, and its own shape."""
    array = np.asarray(x, dtype=np.float64)
    return (array.reshape(1) if array.ndim == 0 else array), array.shape


def peak(x: F64) -> float:
    """Return max |x|, NaN if there is one, 0 for no elements."""
    return float(np.abs(x).max()) if x.size else 0.0
