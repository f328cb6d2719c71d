"""Exponentials and hyperbolic functions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.detmath.common import F64, HALF, MAGIC, ONE, TWO, const, consts, elementwise, peak

__all__ = [
    "LN2_HI",
    "LN2_LO",
    "LOG2_E",
    "cosh",
    "exp",
    "exp2",
    "exp2_bounded",
    "exp_bounded",
    "exp_kernel",
    "scale_far",
    "sinh",
    "sinhc_series",
]

_LN2 = const(0.6931471805599453)
LN2_HI, LN2_LO = consts(0.693147180559890330187, 5.497923018708371155e-14)  # HI is a multiple of 2^-42
LOG2_E = const(1.4426950408889634)
_EXP_P = consts(
    4.13813679705723846039e-08,
    -1.65339022054652515390e-06,
    6.61375632143793436117e-05,
    -2.77777777770155933842e-03,
    1.66666666666666019037e-01,
)
_INT_52 = np.array(52, dtype=np.int64)
_INT_BIAS = np.array(1023, dtype=np.int64)
_EXP_SAFE = 700.0  # |x| up to here: the result is a normal number
_EXP2_SAFE = 1000.0


def exp_kernel(hi: F64, lo: F64 | None) -> F64:
    """Return exp(hi - lo) for |hi| <= ln2 / 2 and a small `lo` (None for 0)."""
    x = hi if lo is None else hi - lo
    t = x * x
    p = _EXP_P[0] * t
    for c in _EXP_P[1:]:
        p += c
        p *= t
    c = x - p
    x = x * c
    np.subtract(TWO, c, out=c)
    x /= c
    # 1 - ((lo - x c / (2 - c)) - hi)
    if lo is not None:
        np.subtract(lo, x, out=x)
        x -= hi
        np.subtract(ONE, x, out=x)
        return x
    x += hi
    x += ONE
    return x


def _scale(y: F64, shifted: F64) -> F64:
    """Return y * 2^k in place, `shifted` = k + MAGIC, for results that are normal numbers."""
    k = shifted.view(np.int64)  # the low bits hold k; the bits above 11 fall out of the shift
    k += _INT_BIAS
    k <<= _INT_52
    y *= k.view(np.float64)
    return y


def scale_far(y: F64, shifted: F64) -> F64:
    """Return y * 2^k in place, rounded once, for results that may be subnormal or overflow."""
    k = shifted.view(np.int64) - MAGIC.view(np.int64)
    half = k >> 1
    for part in (half, k - half):
        y *= ((part + _INT_BIAS) << _INT_52).view(np.float64)
    return y


def _exp_parts(x: F64) -> tuple[F64, F64]:
    """Return (exp(r), k + MAGIC) with x = k ln2 + r."""
    shifted = x * LOG2_E
    shifted += MAGIC
    k = shifted - MAGIC
    hi = k * LN2_HI
    np.subtract(x, hi, out=hi)
    k *= LN2_LO
    return exp_kernel(hi, k), shifted


def exp_bounded(x: F64) -> F64:
    """Return exp(x) of an array of |x| <= 700."""
    return _scale(*_exp_parts(x))


def exp2_bounded(x: F64) -> F64:
    """Return 2^x of an array of |x| <= 1000: exact at integers."""
    shifted = x + MAGIC
    r = shifted - MAGIC
    np.subtract(x, r, out=r)
    r *= _LN2
    return _scale(exp_kernel(r, None), shifted)


def _exponential(
    x: npt.ArrayLike, safe: float, low: float, high: float, near: Callable[[F64], F64], base_two: bool
) -> F64:
    array, shape = elementwise(x)
    if peak(array) <= safe:
        return near(array).reshape(shape)
    clipped = np.where(array < low, low, np.where(array > high, high, array))
    clipped[np.isnan(array)] = 0.0
    with np.errstate(over="ignore"):
        if base_two:
            shifted = clipped + MAGIC
            y = exp_kernel((clipped - (shifted - MAGIC)) * _LN2, None)
        else:
            y, shifted = _exp_parts(clipped)
        y = scale_far(y, shifted)
    y = np.where(np.isnan(array), array, y)
    return y.reshape(shape)


def exp(x: npt.ArrayLike) -> F64:
    """Return e^x; 0 below -745.2, inf above 709.8."""
    return _exponential(x, _EXP_SAFE, -746.0, 710.0, exp_bounded, False)


def exp2(x: npt.ArrayLike) -> F64:
    """Return 2^x: exact at integers."""
    return _exponential(x, _EXP2_SAFE, -1076.0, 1025.0, exp2_bounded, True)


def sinh(x: npt.ArrayLike) -> F64:
    """Return the hyperbolic sine."""
    array, shape = elementwise(x)
    a = np.abs(array)
    small = a < 0.5
    near = np.where(small, a, 0.0)
    near = near + near * sinhc_series(near * near)
    with np.errstate(over="ignore", divide="ignore"):
        half = exp(a * HALF)  # squared, it covers the last factor of 2 before overflow
        far = (HALF * half) * half - HALF / np.asarray(half * half)
    return np.copysign(np.where(small, near, far), array).reshape(shape)


def sinhc_series(q: F64) -> F64:
    """Return sinh(v)/v - 1 with q = v^2, for q < 0.26, by Taylor's series to q^7."""
    p = q * _SINHC[0]
    for c in _SINHC[1:]:
        p += c
        p *= q
    return p


_SINHC = consts(1 / 1307674368000, 1 / 6227020800, 1 / 39916800, 1 / 362880, 1 / 5040, 1 / 120, 1 / 6)


def cosh(x: npt.ArrayLike) -> F64:
    """Return the hyperbolic cosine."""
    array, shape = elementwise(x)
    with np.errstate(over="ignore", divide="ignore"):
        half = exp(np.abs(array) * HALF)
        return np.asarray((HALF * half) * half + HALF / np.asarray(half * half)).reshape(shape)
