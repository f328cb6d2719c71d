"""Timing curves of CSS `cubic-bezier(x1, y1, x2, y2)`.

They run from (0, 0) to (1, 1), with x1 and x2 in 0..1 (css-easing-1, section 2.2).

x(t) = u is solved by four steps of Laguerre's method from a linear start between the two of 17 tabulated knots that
enclose the root. For a cubic the method has no division by a vanishing slope where the curve stands upright, so the
count holds over the whole unit square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CurveTable", "build_curves"]

F64 = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_CELLS = 16
_STEPS = 4
_CELL = np.array(1.0 / _CELLS)
_ZERO, _TWO, _THREE, _FOUR, _SIX, _TINY = (np.array(v) for v in (0.0, 2.0, 3.0, 4.0, 6.0, 1e-300))


@dataclass(frozen=True, slots=True)
class CurveTable:
    """Distinct curves, as coefficients of powers of t, and x at the knots t = 0, 1/16 .. 1.

    `x_power` and `y_power` are three arrays (C,) each, for t, t^2 and t^3; `knots` is (C, 17).
    """

    x_power: tuple[F64, F64, F64]
    y_power: tuple[F64, F64, F64]
    knots: F64
    inner_knots: F64

    def evaluate(self, u: F64, curve: IntArray) -> F64:
        """Return y where x = u, for flat arrays of u in 0..1 and curve indices."""
        c, b, a = (p.take(curve) for p in self.x_power)
        cell = (self.inner_knots.take(curve, axis=0) <= u[:, None]).sum(axis=1)
        lo = cell * _CELL
        hi = lo + _CELL
        at = curve * (_CELLS + 1)
        at += cell
        flat = self.knots.reshape(-1)
        x_lo = flat.take(at)
        at += 1
        t = u - x_lo
        t /= flat.take(at) - x_lo
        t *= _CELL
        t += lo
        a3, b2 = a * _THREE, b * _TWO
        for _ in range(_STEPS):
            p = a * t
            p += b
            p *= t
            p += c
            p *= t
            p -= u
            s = a3 * t
            d = s + b2
            d *= t
            d += c  # x'
            s += s
            s += b2  # x''
            s *= p
            s *= _SIX
            root = d * d
            root *= _FOUR
            root -= s
            np.maximum(root, _ZERO, out=root)
            np.sqrt(root, out=root)
            d += root
            np.maximum(d, _TINY, out=d)
            p *= _THREE
            p /= d
            t -= p
            np.maximum(t, lo, out=t)
            np.minimum(t, hi, out=t)
        c, b, a = (p.take(curve) for p in self.y_power)
        a *= t
        a += b
        a *= t
        a += c
        a *= t
        return a


def build_curves(controls: Sequence[tuple[float, float, float, float]]) -> CurveTable:
    """Tabulate curves given as (x1, y1, x2, y2).

    Raises:
        ValueError: an x lies outside 0..1, or a coordinate is not finite.
    """
    p = np.array(controls, dtype=np.float64).reshape(-1, 4)
    if not np.isfinite(p).all() or (p[:, (0, 2)] < 0.0).any() or (p[:, (0, 2)] > 1.0).any():
        raise ValueError("cubic_bezier: x1 and x2 must lie in 0..1, y1 and y2 must be finite")
    x_power, y_power = _powers(p[:, 0], p[:, 2]), _powers(p[:, 1], p[:, 3])
    t = np.arange(_CELLS + 1) * _CELL
    c, b, a = (v[:, None] for v in x_power)
    knots = ((a * t + b) * t + c) * t
    knots[:, -1] = 1.0
    inner = np.ascontiguousarray(knots[:, 1:-1])
    return CurveTable(x_power, y_power, knots, inner)


def _powers(p1: F64, p2: F64) -> tuple[F64, F64, F64]:
    """Return the coefficients of t, t^2 and t^3 of the cubic with Bernstein ordinates 0, p1, p2, 1."""
    c = 3.0 * p1
    b = 3.0 * (p2 - p1) - c
    return c, b, 1.0 - c - b
