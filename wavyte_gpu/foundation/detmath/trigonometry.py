"""Sine, cosine and tangent, of radians and of half turns."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.detmath.common import F64, HALF, INF, MAGIC, ONE, const, consts, elementwise, peak

__all__ = [
    "PI",
    "PI_LO",
    "cos",
    "cospi",
    "cospi_bounded",
    "sin",
    "sin_bounded",
    "sincos",
    "sincos_bounded",
    "sinpi",
    "tan",
]

# pi/2 in three parts: the first two have 33 bits, so that n * part is exact for |n| < 2^20.
_PIO2_1, _PIO2_2, _PIO2_3 = consts(1.57079632673412561417e00, 6.07710050630396597660e-11, 2.02226624879595063154e-21)
_INV_PIO2 = const(6.36619772367581382433e-01)
PI = const(3.141592653589793)
PI_LO = const(1.2246467991473532e-16)
_SINCOS_LIMIT = 1.0e6

_SIN_P = consts(
    1.58969099521155010221e-10,
    -2.50507602534068634195e-08,
    2.75573137070700676789e-06,
    -1.98412698298579493134e-04,
    8.33333333332248946124e-03,
    -1.66666666666666324348e-01,
)
_COS_P = consts(
    -1.13596475577881948265e-11,
    2.08757232129817482790e-09,
    -2.75573143513906633035e-07,
    2.48015872894767294178e-05,
    -1.38888888888741095749e-03,
    4.16666666666666019037e-02,
)
_INT_0, _INT_1, _INT_2, _INT_62 = (np.array(v, dtype=np.int64) for v in (0, 1, 2, 62))


def _quadrant_kernel(r: F64) -> tuple[F64, F64]:
    """Return sin and cos of |r| <= pi/4."""
    z = r * r
    s = z * _SIN_P[0]
    for k in _SIN_P[1:]:
        s += k
        s *= z
    s *= r
    s += r
    c = z * _COS_P[0]
    for k in _COS_P[1:]:
        c += k
        c *= z
    # cos = w + (((1 - w) - z/2) + z c): the low part of w = 1 - z/2 is kept.
    z *= HALF
    w = ONE - z
    low = ONE - w
    low -= z
    z += z
    c *= z
    c += low
    c += w
    return s, c


def _reduce(x: F64) -> tuple[F64, npt.NDArray[np.int64]]:
    """Return r and q with x = q * pi/2 + r, |r| <= pi/4 (plus rounding), for |x| <= 1e6; q is right modulo 4."""
    shifted = x * _INV_PIO2
    shifted += MAGIC
    n = shifted - MAGIC
    r = x - n * _PIO2_1
    r -= n * _PIO2_2
    n *= _PIO2_3
    r -= n
    return r, shifted.view(np.int64)


def _flip_sign(value: F64, q: npt.NDArray[np.int64]) -> F64:
    """Negate `value` in place where bit 1 of `q` is set."""
    bits = value.view(np.int64)
    bits ^= (q & _INT_2) << _INT_62
    return value


def _select(s: F64, c: F64, q: npt.NDArray[np.int64]) -> F64:
    """Return the sine of the angle in quadrant `q` whose reduced angle has sine `s` and cosine `c`."""
    return _flip_sign(np.where((q & _INT_1) != _INT_0, c, s), q)


def sin_bounded(x: F64) -> F64:
    """Return sin of a flat array of |x| <= 1e6 rad."""
    r, q = _reduce(x)
    s, c = _quadrant_kernel(r)
    return _select(s, c, q)


def sincos_bounded(x: F64) -> tuple[F64, F64]:
    """Return sin and cos of a flat array of |x| <= 1e6 rad."""
    r, q = _reduce(x)
    s, c = _quadrant_kernel(r)
    return _select(s, c, q), _select_cos(s, c, q)


def _select_cos(s: F64, c: F64, q: npt.NDArray[np.int64]) -> F64:
    """Return the cosine of that angle: the sine a quadrant on."""
    return _select(s, c, q + _INT_1)


def _trig(x: npt.ArrayLike) -> tuple[F64, F64, npt.NDArray[np.int64], tuple[int, ...]]:
    """Reduce any angle and return (sin r, cos r, quadrant, shape), flat."""
    array, shape = elementwise(x)
    flat = array.ravel()
    most = peak(flat)
    if most <= _SINCOS_LIMIT:
        r, q = _reduce(flat)
    else:
        far = ~(np.abs(flat) <= _SINCOS_LIMIT)
        r, q = _reduce(np.where(far, 0.0, flat))
        for i in np.flatnonzero(far):
            r[i], q[i] = _reduce_far(float(flat[i]))
    s, c = _quadrant_kernel(r)
    return s, c, q, shape


@cache
def _two_over_pi() -> int:
    """Return floor(2/pi * 2^1280), by Machin's formula in integers."""
    bits = 1280 + 64
    one = 1 << (2 * bits)

    def arctan_inverse(k: int) -> int:
        term = one // k
        total, sign, n = 0, 1, 1
        while term:
            total += sign * (term // n)
            term //= k * k
            sign, n = -sign, n + 2
        return total

    pi = 4 * (4 * arctan_inverse(5) - arctan_inverse(239))
    return ((2 << (4 * bits)) // pi) >> (2 * bits - 1280)


def _reduce_far(x: float) -> tuple[float, int]:
    """Reduce one angle of any size exactly, in integers; NaN for NaN and infinities."""
    if x != x or x in (INF, -INF):
        return float("nan"), 0
    num, den = x.as_integer_ratio()
    product = abs(num) * _two_over_pi()  # abs(x) * 2/pi * den * 2^1280
    shift = 1280 + den.bit_length() - 1
    n = (product + (1 << (shift - 1))) >> shift
    rest = product - (n << shift)
    # int / int rounds once.
    r = rest / (1 << shift) * 1.5707963267948966
    return (r, n & 3) if num >= 0 else (-r, -n & 3)


def sin(x: npt.ArrayLike) -> F64:
    """Return sin(x), x in radians, of any size; NaN for infinities."""
    s, c, q, shape = _trig(x)
    return _select(s, c, q).reshape(shape)


def cos(x: npt.ArrayLike) -> F64:
    """Return cos(x), x in radians, of any size; NaN for infinities."""
    s, c, q, shape = _trig(x)
    return _select_cos(s, c, q).reshape(shape)


def sincos(x: npt.ArrayLike) -> tuple[F64, F64]:
    """Return (sin(x), cos(x)), x in radians, for the price of one reduction."""
    s, c, q, shape = _trig(x)
    return _select(s, c, q).reshape(shape), _select_cos(s, c, q).reshape(shape)


def tan(x: npt.ArrayLike) -> F64:
    """Return tan(x), x in radians."""
    sine, cosine = sincos(x)
    return np.asarray(sine / cosine)  # cos of a double is never 0


def _pi_parts(x: F64) -> tuple[F64, F64, npt.NDArray[np.int64]]:
    """Return sin r, cos r and q with x * pi = q * pi/2 + r, for a flat array of |x| <= 2^50."""
    shifted = x + x
    shifted += MAGIC
    n = shifted - MAGIC
    n *= HALF
    r = x - n
    r *= PI
    s, c = _quadrant_kernel(r)
    return s, c, shifted.view(np.int64)


def cospi_bounded(x: F64) -> F64:
    """Return cos(pi x) of a flat array of |x| <= 2^50: exact at multiples of 1/2."""
    s, c, q = _pi_parts(x)
    return _select_cos(s, c, q)


def _far_to_even(x: F64) -> F64:
    """Take the angle modulo 2, exactly, where some are too large to have a fraction; NaN for infinities."""
    if peak(x) <= 2.0**50:
        return x
    with np.errstate(invalid="ignore"):
        return np.asarray(np.fmod(x, 2.0))


def sinpi(x: npt.ArrayLike) -> F64:
    """Return sin(pi x): exact at multiples of 1/2."""
    array, shape = elementwise(x)
    s, c, q = _pi_parts(_far_to_even(array.ravel()))
    return _select(s, c, q).reshape(shape)


def cospi(x: npt.ArrayLike) -> F64:
    """Return cos(pi x): exact at multiples of 1/2."""
    array, shape = elementwise(x)
    return cospi_bounded(_far_to_even(array.ravel())).reshape(shape)
