"""Step response of a damped spring in closed form, fitted to a segment.

The spring starts at rest at 0 and is pulled to 1: m x'' + c x' + k (x - 1) = 0. With y = 1 - x, T the segment's
seconds, u = t / T, alpha = c T / (2 m) and beta = T sqrt(|k/m - (c/2m)^2|):

    underdamped   y(u) = exp(-alpha u) (cos(beta u) + alpha/beta sin(beta u))
    overdamped    y(u) = exp(-alpha u) (cosh(beta u) + alpha/beta sinh(beta u))
    critical      the common limit, exp(-alpha u) (1 + alpha u)

The residual y(1) is spread linearly over the segment, so that the value reaches the key exactly at the key:

    eased(u) = 1 - (y(u) - y(1) u) = x(uT) + (1 - x(T)) u
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation import detmath

__all__ = ["overdamped", "spring_coefficients", "underdamped"]

F64 = npt.NDArray[np.float64]
Coefficients = tuple[float, float, float, float]

_ONE, _HALF, _DECAYED = (np.array(v) for v in (1.0, 0.5, 700.0))
_NO_FREQUENCY = 2.0**-300  # beta / alpha of a critical spring: sin(beta u) alpha / beta is alpha u to the last bit


def spring_coefficients(stiffness: float, damping: float, mass: float, seconds: float) -> tuple[bool, Coefficients]:
    """Return (is overdamped, four coefficients for `overdamped` or `underdamped`) of a segment.

    Args:
        stiffness: k, N/m, > 0.
        damping: c, N s/m, >= 0.
        mass: m, kg, > 0.
        seconds: the segment's duration, >= 0.

    Raises:
        ValueError: an argument is out of range.
    """
    values = (stiffness, damping, mass, seconds)
    if not all(map(math.isfinite, values)) or not (stiffness > 0 and damping >= 0 and mass > 0 and seconds >= 0):
        raise ValueError("spring: stiffness and mass must be > 0, damping >= 0")
    k, c, m = Fraction(stiffness), Fraction(damping), Fraction(mass)
    try:
        omega_t = math.sqrt(k / m) * seconds
        # Exact before the square root: near critical damping the difference is tiny.
        gap = 1 - c * c / (4 * k * m)
        beta = omega_t * math.sqrt(abs(gap))
        alpha = float(c / (2 * m)) * seconds
    except OverflowError:
        raise ValueError("spring: the parameters are out of proportion") from None
    if max(omega_t, alpha, beta) > 1e150:
        raise ValueError("spring: the parameters are out of proportion")
    over = gap < 0 and beta > alpha * _NO_FREQUENCY
    if beta <= alpha * _NO_FREQUENCY:
        beta = alpha * _NO_FREQUENCY
    ratio = alpha / beta if beta > 0.0 else 0.0
    slow = omega_t / (alpha + beta) * omega_t if over else alpha  # alpha - beta without cancellation
    kernel = _overdamped_decay if over else _underdamped_decay
    one = np.ones(1)
    residual = float(kernel(one, *(np.array([v]) for v in (slow, beta, ratio)))[0])
    return over, (slow, beta, ratio, residual)


def underdamped(u: F64, alpha: F64, beta: F64, ratio: F64, residual: F64) -> F64:
    """Return the eased progress of flat arrays; `ratio` is alpha / beta, `residual` y(1). Critical damping too."""
    return _fit(_underdamped_decay(u, alpha, beta, ratio), u, residual)


def overdamped(u: F64, slow: F64, beta: F64, ratio: F64, residual: F64) -> F64:
    """Return the eased progress of flat arrays; `slow` is alpha - beta, `ratio` alpha / beta, `residual` y(1)."""
    return _fit(_overdamped_decay(u, slow, beta, ratio), u, residual)


def _fit(decay: F64, u: F64, residual: F64) -> F64:
    decay -= residual * u
    np.subtract(_ONE, decay, out=decay)
    return decay


def _exp_minus(x: F64) -> F64:
    """Return exp(-x) for x >= 0, which may be large."""
    x = np.minimum(x, _DECAYED)
    return detmath.exp_bounded(np.negative(x, out=x))


def _underdamped_decay(u: F64, alpha: F64, beta: F64, ratio: F64) -> F64:
    sine, cosine = detmath.sincos(beta * u)
    sine *= ratio
    sine += cosine
    sine *= _exp_minus(alpha * u)
    return sine


def _overdamped_decay(u: F64, slow: F64, beta: F64, ratio: F64) -> F64:
    # With v = beta u, g = exp(-v): exp(-alpha u) cosh v = exp(-slow u) (1 + g^2) / 2, likewise sinh; nothing overflows.
    v = beta * u
    g = _exp_minus(v)
    square = g * g
    small = v < _HALF
    near = np.where(small, v, 0.0)
    sinh_near = near + near * detmath.sinhc_series(near * near)
    sinh = np.where(small, sinh_near * g, (_ONE - square) * _HALF)
    sinh *= ratio
    square += _ONE
    square *= _HALF
    square += sinh
    square *= _exp_minus(slow * u)
    return square
