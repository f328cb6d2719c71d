"""Arc tangent, of a number and of a point."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.detmath.common import F64, consts, elementwise
from wavyte_gpu.foundation.detmath.trigonometry import PI, PI_LO

__all__ = ["atan", "atan2"]

_ATAN_P = consts(
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
    array, shape = elementwise(x)
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
    angle = np.where(np.signbit(fx), PI - (angle - PI_LO), angle)
    angle = np.where(nan, np.nan, np.copysign(angle, fy))
    return angle.reshape(shape)
