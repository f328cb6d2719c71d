"""Timing curves of CSS `cubic-bezier(x1, y1, x2, y2)`.

They run from (0, 0) to (1, 1), with x1 and x2 in 0..1 (css-easing-1, section 2.2).

t is cut into 16 cells, and in each the curve is written in powers of s = t - t_cell, from exact rationals. x(s) = u
is solved by five steps of Laguerre's method from a linear start in the cell that holds the root. For a cubic the
method needs no slope to divide by where the curve stands upright, and the local form keeps the digits there, so the
count holds over the whole unit square: errors of y stay below 1e-9, and below 1e-14 for ordinary curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = ["CurveTable", "build_curves"]

F64 = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_CELLS = 16
_STEPS = 5
# A knot is rounded, so that a root can lie a little outside of its cell.
_LOW, _HIGH = np.array(-(2.0**-12)), np.array(1.0 / _CELLS + 2.0**-12)
_NOTHING = np.array(2.0**-100)  # below it u counts as 0: the squares of a step would underflow
_ZERO, _THREE, _TINY = (np.array(v) for v in (0.0, 3.0, 1e-300))


@dataclass(frozen=True, slots=True)
class CurveTable:
    """C distinct curves. `knots` (C, 15) is x at t = 1/16 .. 15/16; the others are indexed by curve * 16 + cell.

    In a cell x = (anchor + rest) + s (x1 + s (x2 + s x3)): `anchor` is a short fraction, so that u - anchor is exact.
    `start` is the mean of dt/dx over the cell.
    """

    knots: F64
    anchor: F64
    rest: F64
    start: F64
    x: tuple[F64, F64, F64]
    y: tuple[F64, F64, F64, F64]

    def evaluate(self, u: F64, curve: IntArray) -> F64:
        """Return y where x = u, for flat arrays of u in 0..1 and curve indices."""
        at = (self.knots.take(curve, axis=0) <= u[:, None]).sum(axis=1)
        at += curve * _CELLS
        v = u * (u > _NOTHING)
        v -= self.anchor.take(at)
        v -= self.rest.take(at)
        c, b, a = (p.take(at) for p in self.x)
        a3 = a * _THREE
        s = v * self.start.take(at)
        np.maximum(s, _LOW, out=s)
        np.minimum(s, _HIGH, out=s)
        for _ in range(_STEPS):
            p = a * s
            p += b
            p *= s
            p += c
            p *= s
            p -= v
            h = a3 * s
            h += b  # x'' / 2
            d = h + b
            d *= s
            d += c  # x'
            p *= _THREE
            h *= p
            root = d * d
            root -= h
            np.maximum(root, _ZERO, out=root)
            np.sqrt(root, out=root)
            d += root
            d += root
            np.maximum(d, _TINY, out=d)
            p /= d
            s -= p
            np.maximum(s, _LOW, out=s)
            np.minimum(s, _HIGH, out=s)
        d, c, b, a = (p.take(at) for p in self.y)
        y: F64 = a * s
        y += b
        y *= s
        y += c
        y *= s
        y += d
        return y


def build_curves(controls: Sequence[tuple[float, float, float, float]]) -> CurveTable:
    """Tabulate curves given as (x1, y1, x2, y2).

    Raises:
        ValueError: an x lies outside 0..1, or a coordinate is not finite.
    """
    p = np.array(controls, dtype=np.float64).reshape(-1, 4)
    if not np.isfinite(p).all() or (p[:, (0, 2)] < 0.0).any() or (p[:, (0, 2)] > 1.0).any():
        raise ValueError("cubic_bezier: x1 and x2 must lie in 0..1, y1 and y2 must be finite")
    cells = np.array([_cells(*map(float, row)) for row in p]).reshape(len(p), _CELLS, 11)
    anchor, rest, knot, start, xc, xb, xa, yd, yc, yb, ya = (cells[:, :, j].reshape(-1).copy() for j in range(11))
    knots = knot.reshape(len(p), _CELLS)[:, 1:].copy()
    return CurveTable(knots, anchor, rest, start, (xc, xb, xa), (yd, yc, yb, ya))


@lru_cache(maxsize=1024)
def _cells(x1: float, y1: float, x2: float, y2: float) -> tuple[tuple[float, ...], ...]:
    """Return for each cell: anchor, rest, knot, start, then the coefficients of x and of y, each rounded once."""
    x, y = _powers(Fraction(x1), Fraction(x2)), _powers(Fraction(y1), Fraction(y2))
    rows = []
    for i in range(_CELLS):
        t = Fraction(i, _CELLS)
        knot, *slopes = _shift(x, t)
        height = _shift(x, t + Fraction(1, _CELLS))[0] - knot
        anchor = Fraction(round(knot * 2**20), 2**20) if i else Fraction(0)
        numbers = (anchor, knot - anchor, knot, 1 / (_CELLS * height), *slopes, *_shift(y, t))
        rows.append(tuple(map(float, numbers)))
    return tuple(rows)


def _powers(p1: Fraction, p2: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """Return the coefficients of t, t^2 and t^3 of the cubic with Bernstein ordinates 0, p1, p2, 1."""
    c = 3 * p1
    b = 3 * (p2 - p1) - c
    return c, b, 1 - c - b


def _shift(powers: tuple[Fraction, Fraction, Fraction], t: Fraction) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """Return the coefficients of 1, s, s^2 and s^3 of the cubic at t + s."""
    c, b, a = powers
    return ((a * t + b) * t + c) * t, (3 * a * t + 2 * b) * t + c, 3 * a * t + b, a
