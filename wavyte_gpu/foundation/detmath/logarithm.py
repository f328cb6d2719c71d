"""Logarithm and power."""

from __future__ import annotations

import decimal
from functools import cache

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.detmath.common import F64, INF, MAGIC, ONE, const, consts, elementwise
from wavyte_gpu.foundation.detmath.exponential import LN2_HI, LN2_LO, LOG2_E, exp_kernel, scale_far

__all__ = ["log", "pow"]

_SQRT_HALF = const(0.7071067811865476)
_INT_HIGH = np.array(-1 << 27, dtype=np.int64)  # keeps 26 bits of the significand
_LOG_P = consts(-1 / 10, 1 / 9, -1 / 8, 1 / 7, -1 / 6, 1 / 5, -1 / 4, 1 / 3, -1 / 2)
_128 = const(128.0)


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
    head -= ONE  # exact
    tail *= c  # exact
    r = head + tail
    r_low = tail - (r - head)
    p = r * _LOG_P[0]
    for k in _LOG_P[1:]:
        p += k
        p *= r
    p *= r
    base = e * LN2_HI + high[i]  # exact
    hi = base + r
    back = hi - base
    low_part = (base - (hi - back)) + (r - back)
    low_part += r_low - r_low * r
    low_part += e * LN2_LO + low[i]
    low_part += p
    total = hi + low_part
    return total, low_part - (total - hi)


def log(x: npt.ArrayLike) -> F64:
    """Return the natural logarithm; -inf at 0, NaN below."""
    array, shape = elementwise(x)
    good = (array > 0.0) & (array < INF)
    if good.all():
        return _log_parts(array)[0].reshape(shape)
    y = _log_parts(np.where(good, array, 1.0))[0]
    y = np.where(good, y, np.where(array == 0.0, -INF, np.where(array == INF, INF, np.nan)))
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
    shifted = product * LOG2_E
    shifted += MAGIC
    k = shifted - MAGIC
    hi = product - k * LN2_HI
    with np.errstate(over="ignore"):
        return scale_far(exp_kernel(hi, k * LN2_LO - error), shifted)


def pow(x: npt.ArrayLike, y: npt.ArrayLike) -> F64:
    """Return x^y with C99's special cases; exact where the exact result is a double.

    A negative `x` takes integer `y`; otherwise the result is NaN.
    """
    bx, by = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    shape = bx.shape
    fx, fy = np.ascontiguousarray(bx).reshape(-1), np.ascontiguousarray(by).reshape(-1)
    ax = np.abs(fx)
    plain = (ax > 0.0) & (ax < INF) & (np.abs(fy) < INF)
    positive = fx > 0.0
    if (plain & positive).all():
        return _pow_positive(fx, fy).reshape(shape)
    result = _pow_positive(np.where(plain, ax, 1.0), np.where(plain, fy, 1.0))
    with np.errstate(invalid="ignore"):
        whole = np.floor(fy) == fy
        odd = whole & (np.abs(np.fmod(fy, 2.0)) == 1.0)
    # |x| is 0, 1 or inf, or y is infinite: the size of the result is 0, 1 or inf.
    grows = (ax > 1.0) == (fy > 0.0)
    special = np.where(grows, INF, 0.0)
    special = np.where((ax == 1.0) | (fy == 0.0), 1.0, special)
    result = np.where(plain, result, special)
    negative = np.signbit(fx)
    result = np.where(negative & odd, -result, result)
    bad = negative & ~whole & (ax > 0.0) & (ax < INF)
    bad |= (np.isnan(fx) & (fy != 0.0)) | (np.isnan(fy) & (fx != 1.0))
    return np.where(bad, np.nan, result).reshape(shape)
