"""Elementary functions on float64 arrays that give the same bits on every machine.

NumPy's own `sin`, `exp`, `power` and friends pick an implementation by CPU and by memory layout, so their last bit
varies. Everything here is composed of operations that IEEE 754 rounds exactly (+ - * / sqrt, comparisons, floor,
rint) and of integer operations on the bits, one NumPy call each, so that no compiler can contract them. A result
depends on the element alone: scalars, slices, strided views and batches agree bit for bit. NaNs come out as NaN, with
no promise about their payload.

Errors against the exact value, in units in the last place (tests hold them): log < 0.51; exp, pow, atan < 1;
exp2, atan2 < 1.5; sin, cos, sinpi, cospi < 2; tan, cosh < 4; sinh < 5. Polynomial coefficients are those of fdlibm
(Sun Microsystems, 1993: `k_sin.c`, `k_cos.c`, `e_exp.c`, `s_atan.c`). No function warns: poles and overflow give inf,
domain errors NaN, as C99 Annex F has it.

Functions named `*_bounded` skip the checks of their arguments and are for callers that know their range.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = [
    "atan",
    "atan2",
    "cos",
    "cosh",
    "cospi",
    "cospi_bounded",
    "exp",
    "exp2",
    "exp2_bounded",
    "exp_bounded",
    "log",
    "pow",
    "sin",
    "sin_bounded",
    "sincos",
    "sincos_bounded",
    "sinh",
    "sinpi",
    "tan",
]

F64 = npt.NDArray[np.float64]


def _const(value: float) -> F64:
    """Return a read-only 0-d array: ufuncs take it faster than a Python float."""
    array = np.array(value, dtype=np.float64)
    array.setflags(write=False)
    return array


def _consts(*values: float) -> tuple[F64, ...]:
    return tuple(_const(v) for v in values)


_HALF, _ONE, _TWO, _ZERO = _consts(0.5, 1.0, 2.0, 0.0)
_INF = float("inf")


def _elementwise(x: npt.ArrayLike) -> tuple[F64, tuple[int, ...]]:
    """Return `x` as float64 with at least one dimension, and its own shape."""
    array = np.asarray(x, dtype=np.float64)
    return (array.reshape(1) if array.ndim == 0 else array), array.shape


def _peak(x: F64) -> float:
    """Return max |x|, NaN if there is one, 0 for no elements."""
    return float(np.abs(x).max()) if x.size else 0.0


# --- sine and cosine -----------------------------------------------------------------------------------------------

# pi/2 in three parts: the first two have 33 bits, so that n * part is exact for |n| < 2^20.
_PIO2_1, _PIO2_2, _PIO2_3 = _consts(1.57079632673412561417e00, 6.07710050630396597660e-11, 2.02226624879595063154e-21)
_INV_PIO2 = _const(6.36619772367581382433e-01)
_PI = _const(3.141592653589793)
_PI_LO = _const(1.2246467991473532e-16)
_MAGIC = _const(6755399441055744.0)  # 1.5 * 2^52: adding it rounds to an integer and leaves that in the low bits
_SINCOS_LIMIT = 1.0e6

_SIN_P = _consts(
    1.58969099521155010221e-10,
    -2.50507602534068634195e-08,
    2.75573137070700676789e-06,
    -1.98412698298579493134e-04,
    8.33333333332248946124e-03,
    -1.66666666666666324348e-01,
)
_COS_P = _consts(
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
    z *= _HALF
    w = _ONE - z
    low = _ONE - w
    low -= z
    z += z
    c *= z
    c += low
    c += w
    return s, c


def _reduce(x: F64) -> tuple[F64, npt.NDArray[np.int64]]:
    """Return r and q with x = q * pi/2 + r, |r| <= pi/4 (plus rounding), for |x| <= 1e6; q is right modulo 4."""
    shifted = x * _INV_PIO2
    shifted += _MAGIC
    n = shifted - _MAGIC
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
    array, shape = _elementwise(x)
    flat = array.ravel()
    peak = _peak(flat)
    if peak <= _SINCOS_LIMIT:
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
    if x != x or x in (_INF, -_INF):
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
    shifted += _MAGIC
    n = shifted - _MAGIC
    n *= _HALF
    r = x - n
    r *= _PI
    s, c = _quadrant_kernel(r)
    return s, c, shifted.view(np.int64)


def cospi_bounded(x: F64) -> F64:
    """Return cos(pi x) of a flat array of |x| <= 2^50: exact at multiples of 1/2."""
    s, c, q = _pi_parts(x)
    return _select_cos(s, c, q)


def _far_to_even(x: F64) -> F64:
    """Take the angle modulo 2, exactly, where some are too large to have a fraction; NaN for infinities."""
    if _peak(x) <= 2.0**50:
        return x
    with np.errstate(invalid="ignore"):
        return np.asarray(np.fmod(x, 2.0))


def sinpi(x: npt.ArrayLike) -> F64:
    """Return sin(pi x): exact at multiples of 1/2."""
    array, shape = _elementwise(x)
    s, c, q = _pi_parts(_far_to_even(array.ravel()))
    return _select(s, c, q).reshape(shape)


def cospi(x: npt.ArrayLike) -> F64:
    """Return cos(pi x): exact at multiples of 1/2."""
    array, shape = _elementwise(x)
    return cospi_bounded(_far_to_even(array.ravel())).reshape(shape)


# --- exponentials --------------------------------------------------------------------------------------------------

_LN2 = _const(0.6931471805599453)
_LN2_HI, _LN2_LO = _consts(0.693147180559890330187, 5.497923018708371155e-14)  # HI is a multiple of 2^-42
_LOG2_E = _const(1.4426950408889634)
_EXP_P = _consts(
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


def _exp_kernel(hi: F64, lo: F64 | None) -> F64:
    """Return exp(hi - lo) for |hi| <= ln2 / 2 and a small `lo` (None for 0)."""
    x = hi if lo is None else hi - lo
    t = x * x
    p = _EXP_P[0] * t
    for c in _EXP_P[1:]:
        p += c
        p *= t
    c = x - p
    x = x * c
    np.subtract(_TWO, c, out=c)
    x /= c
    # 1 - ((lo - x c / (2 - c)) - hi)
    if lo is not None:
        np.subtract(lo, x, out=x)
        x -= hi
        np.subtract(_ONE, x, out=x)
        return x
    x += hi
    x += _ONE
    return x


def _scale(y: F64, shifted: F64) -> F64:
    """Return y * 2^k in place, `shifted` = k + _MAGIC, for results that are normal numbers."""
    k = shifted.view(np.int64)  # the low bits hold k; the bits above 11 fall out of the shift
    k += _INT_BIAS
    k <<= _INT_52
    y *= k.view(np.float64)
    return y


def _scale_far(y: F64, shifted: F64) -> F64:
    """Return y * 2^k in place, rounded once, for results that may be subnormal or overflow."""
    k = shifted.view(np.int64) - _MAGIC.view(np.int64)
    half = k >> 1
    for part in (half, k - half):
        y *= ((part + _INT_BIAS) << _INT_52).view(np.float64)
    return y


def _exp_parts(x: F64) -> tuple[F64, F64]:
    """Return (exp(r), k + _MAGIC) with x = k ln2 + r."""
    shifted = x * _LOG2_E
    shifted += _MAGIC
    k = shifted - _MAGIC
    hi = k * _LN2_HI
    np.subtract(x, hi, out=hi)
    k *= _LN2_LO
    return _exp_kernel(hi, k), shifted


def exp_bounded(x: F64) -> F64:
    """Return exp(x) of an array of |x| <= 700."""
    return _scale(*_exp_parts(x))


def exp2_bounded(x: F64) -> F64:
    """Return 2^x of an array of |x| <= 1000: exact at integers."""
    shifted = x + _MAGIC
    r = shifted - _MAGIC
    np.subtract(x, r, out=r)
    r *= _LN2
    return _scale(_exp_kernel(r, None), shifted)


def _exponential(
    x: npt.ArrayLike, safe: float, low: float, high: float, near: Callable[[F64], F64], base_two: bool
) -> F64:
    array, shape = _elementwise(x)
    if _peak(array) <= safe:
        return near(array).reshape(shape)
    clipped = np.where(array < low, low, np.where(array > high, high, array))
    clipped[np.isnan(array)] = 0.0
    with np.errstate(over="ignore"):
        if base_two:
            shifted = clipped + _MAGIC
            y = _exp_kernel((clipped - (shifted - _MAGIC)) * _LN2, None)
        else:
            y, shifted = _exp_parts(clipped)
        y = _scale_far(y, shifted)
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
    array, shape = _elementwise(x)
    a = np.abs(array)
    small = a < 0.5
    near = np.where(small, a, 0.0)
    near = near + near * sinhc_series(near * near)
    with np.errstate(over="ignore", divide="ignore"):
        half = exp(a * _HALF)  # squared, it covers the last factor of 2 before overflow
        far = (_HALF * half) * half - _HALF / np.asarray(half * half)
    return np.copysign(np.where(small, near, far), array).reshape(shape)


def sinhc_series(q: F64) -> F64:
    """Return sinh(v)/v - 1 with q = v^2, for q < 0.26, by Taylor's series to q^7."""
    p = q * _SINHC[0]
    for c in _SINHC[1:]:
        p += c
        p *= q
    return p


_SINHC = _consts(1 / 1307674368000, 1 / 6227020800, 1 / 39916800, 1 / 362880, 1 / 5040, 1 / 120, 1 / 6)


def cosh(x: npt.ArrayLike) -> F64:
    """Return the hyperbolic cosine."""
    array, shape = _elementwise(x)
    with np.errstate(over="ignore", divide="ignore"):
        half = exp(np.abs(array) * _HALF)
        return np.asarray((_HALF * half) * half + _HALF / np.asarray(half * half)).reshape(shape)


# --- logarithm and power -------------------------------------------------------------------------------------------

_SQRT_HALF = _const(0.7071067811865476)
_INT_HIGH = np.array(-1 << 27, dtype=np.int64)  # keeps 26 bits of the significand
_LOG_P = _consts(-1 / 10, 1 / 9, -1 / 8, 1 / 7, -1 / 6, 1 / 5, -1 / 4, 1 / 3, -1 / 2)
_128 = _const(128.0)


@cache
def _log_table() -> tuple[F64, F64, F64]:
    """Return v = 1/c rounded to 9 bits and -log(v) in two parts, the high one a multiple of 2^-42, for c = i/128."""
    inverse, high, low = np.ones(184), np.zeros(184), np.zeros(184)
    context = decimal.Context(prec=50)
    for i in range(90, 184):
        inverse[i] = round(128 / i * 512) / 512
        exact = -context.ln(decimal.Decimal(float(inverse[i])))
        high[i] = float(round(exact * 2**42)) / 2.0**42
        low[i] = float(exact - decimal.Decimal(float(high[i])))
    return inverse, high, low


def _log_parts(x: F64) -> tuple[F64, F64]:
    """Return log(x) as an unevaluated sum, to about 2^-66 relative, for finite x > 0.

    x = 2^e m, m in [sqrt(1/2), sqrt(2)), m = c (1 + r) with c from a table of 94 and |r| < 2^-7.
    """
    inverse, high, low = _log_table()
    m, e = np.frexp(x)
    below = m < _SQRT_HALF
    m = np.where(below, m + m, m)
    e = (e - below).astype(np.float64)
    i = np.rint(m * _128).astype(np.intp)
    c = inverse[i]
    head = (m.view(np.int64) & _INT_HIGH).view(np.float64)
    tail = m - head
    head *= c
    head -= _ONE  # exact
    tail *= c  # exact
    r = head + tail
    r_low = tail - (r - head)
    p = r * _LOG_P[0]
    for k in _LOG_P[1:]:
        p += k
        p *= r
    p *= r
    base = e * _LN2_HI + high[i]  # exact
    hi = base + r
    back = hi - base
    low_part = (base - (hi - back)) + (r - back)
    low_part += r_low - r_low * r
    low_part += e * _LN2_LO + low[i]
    low_part += p
    total = hi + low_part
    return total, low_part - (total - hi)


def log(x: npt.ArrayLike) -> F64:
    """Return the natural logarithm; -inf at 0, NaN below."""
    array, shape = _elementwise(x)
    good = (array > 0.0) & (array < _INF)
    if good.all():
        return _log_parts(array)[0].reshape(shape)
    y = _log_parts(np.where(good, array, 1.0))[0]
    y = np.where(good, y, np.where(array == 0.0, -_INF, np.where(array == _INF, _INF, np.nan)))
    return y.reshape(shape)


def _split(x: F64) -> tuple[F64, F64]:
    head = (x.view(np.int64) & _INT_HIGH).view(np.float64)
    return head, x - head


def _pow_positive(x: F64, y: F64) -> F64:
    """Return x^y for finite x > 0 and finite y."""
    log_hi, log_lo = _log_parts(x)
    # Beyond 2^64 the result is 0, 1 or inf already; the bound keeps the products finite.
    y = np.where(y > 2.0**64, 2.0**64, np.where(y < -(2.0**64), -(2.0**64), y))
    product = log_hi * y
    a, b = _split(log_hi)
    c, d = _split(y)
    error = (((a * c - product) + a * d) + b * c) + b * d
    error += log_lo * y
    out = np.abs(product) > 750.0
    error[out] = 0.0
    product = np.where(out, np.where(product > 0.0, 750.0, -750.0), product)
    shifted = product * _LOG2_E
    shifted += _MAGIC
    k = shifted - _MAGIC
    hi = product - k * _LN2_HI
    with np.errstate(over="ignore"):
        return _scale_far(_exp_kernel(hi, k * _LN2_LO - error), shifted)


def pow(x: npt.ArrayLike, y: npt.ArrayLike) -> F64:
    """Return x^y with C99's special cases; exact where the exact result is a double.

    A negative `x` takes integer `y`; otherwise the result is NaN.
    """
    bx, by = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    shape = bx.shape
    fx, fy = np.ascontiguousarray(bx).reshape(-1), np.ascontiguousarray(by).reshape(-1)
    ax = np.abs(fx)
    plain = (ax > 0.0) & (ax < _INF) & (np.abs(fy) < _INF)
    positive = fx > 0.0
    if (plain & positive).all():
        return _pow_positive(fx, fy).reshape(shape)
    result = _pow_positive(np.where(plain, ax, 1.0), np.where(plain, fy, 1.0))
    with np.errstate(invalid="ignore"):
        whole = np.floor(fy) == fy
        odd = whole & (np.abs(np.fmod(fy, 2.0)) == 1.0)
    # |x| is 0, 1 or inf, or y is infinite: the size of the result is 0, 1 or inf.
    grows = (ax > 1.0) == (fy > 0.0)
    special = np.where(grows, _INF, 0.0)
    special = np.where((ax == 1.0) | (fy == 0.0), 1.0, special)
    result = np.where(plain, result, special)
    negative = np.signbit(fx)
    result = np.where(negative & odd, -result, result)
    bad = negative & ~whole & (ax > 0.0) & (ax < _INF)
    bad |= (np.isnan(fx) & (fy != 0.0)) | (np.isnan(fy) & (fx != 1.0))
    return np.where(bad, np.nan, result).reshape(shape)


# --- arc tangent ---------------------------------------------------------------------------------------------------

_ATAN_P = _consts(
    1.62858201153657823623e-02,
    -3.65315727442169155270e-02,
    4.97687799461593236017e-02,
    -5.83357013379057348645e-02,
    6.66107313738753120669e-02,
    -7.69187620504482999495e-02,
    9.09088713343650656196e-02,
    -1.11111104054623557880e-01,
    1.42857142725034663711e-01,
    -1.99999999998764832476e-01,
    3.33333333333329318027e-01,
)
_ATAN_EDGES = np.array([7 / 16, 11 / 16, 19 / 16, 39 / 16])
# Rows: the anchor b; its arc tangent in two parts. Reduced argument (x - b) / (1 + b x), -1/x beyond the last edge.
_ATAN_ANCHOR = np.array([0.0, 0.5, 1.0, 1.5, 0.0])
_ATAN_HI = np.array(
    [0.0, 4.63647609000806093515e-01, 7.85398163397448278999e-01, 9.82793723247329054082e-01, 1.57079632679489655800e00]
)
_ATAN_LO = np.array(
    [
        0.0,
        2.26987774529616870924e-17,
        3.06161699786838301793e-17,
        1.39033110312309984516e-17,
        6.12323399573676603587e-17,
    ]
)


def _atan_ratio(num: F64, den: F64) -> tuple[F64, F64]:
    """Return atan(num / den) as (value, low part of its anchor) for num, den >= 0 and finite, not both 0."""
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        i = np.searchsorted(_ATAN_EDGES, num / den, side="right")
    b = _ATAN_ANCHOR[i]
    beyond = i == 4
    top = np.where(beyond, -den, num - b * den)
    bottom = np.where(beyond, num, den + b * num)
    t = top / bottom
    z = t * t
    p = z * _ATAN_P[0]
    for c in _ATAN_P[1:-1]:
        p += c
        p *= z
    p += _ATAN_P[-1]
    p *= z
    p *= t
    low = _ATAN_LO[i]
    return _ATAN_HI[i] - ((p - low) - t), low


def atan(x: npt.ArrayLike) -> F64:
    """Return the arc tangent in radians."""
    array, shape = _elementwise(x)
    a = np.abs(array)
    large = a > 1e300
    good = np.where(large | np.isnan(a), 1.0, a)
    y = np.where(large, _ATAN_HI[4], _atan_ratio(good, np.ones_like(good))[0])
    return np.where(np.isnan(array), array, np.copysign(y, array)).reshape(shape)


def atan2(y: npt.ArrayLike, x: npt.ArrayLike) -> F64:
    """Return the angle of the point (x, y) in radians, -pi..pi, with C99's special cases."""
    by, bx = np.broadcast_arrays(np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64))
    shape = by.shape
    fy, fx = np.ascontiguousarray(by).reshape(-1), np.ascontiguousarray(bx).reshape(-1)
    ay, ax = np.abs(fy), np.abs(fx)
    nan = np.isnan(fy) | np.isnan(fx)
    # Infinite coordinates stand for 1 against 0 (or 1). A power of two brings the larger near 2^600, so that neither
    # the products overflow nor the smaller loses bits that the quotient has.
    infinite = np.isinf(ay) | np.isinf(ax)
    ay, ax = np.where(infinite, np.isinf(ay), ay), np.where(infinite, np.isinf(ax), ax)
    void = nan | ((ay == 0.0) & (ax == 0.0))
    ay, ax = np.where(void, 0.0, ay), np.where(void, 1.0, ax)
    _, exponent = np.frexp(np.where(ay > ax, ay, ax))
    with np.errstate(under="ignore"):
        ay, ax = np.ldexp(ay, 600 - exponent), np.ldexp(ax, 600 - exponent)
    angle, _ = _atan_ratio(ay, ax)
    angle = np.where(np.signbit(fx), _PI - (angle - _PI_LO), angle)
    angle = np.where(nan, np.nan, np.copysign(angle, fy))
    return angle.reshape(shape)
