"""Lengths of Bézier curves by adaptive integration of their speed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from wavyte_gpu.raster.outline import Verb

__all__ = ["length_between", "measure", "polynomials", "speed"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

# Gauss-Legendre, 5 points on -1..1 (Abramowitz and Stegun, table 25.4).
_NODES = (-0.9061798459386640, -0.5384693101056831, 0.0, 0.5384693101056831, 0.9061798459386640)
_WEIGHTS = (0.2369268850561891, 0.4786286704993665, 0.5688888888888889, 0.4786286704993665, 0.2369268850561891)
_TOLERANCE = 1e-9  # of the curve's length, for a piece
_MAX_DEPTH = 16  # halvings
_EVEN = 0.1  # the speed of a curve is even when the products of its control vectors are above this part of the largest


def polynomials(p: F64, kind: npt.NDArray[np.uint8]) -> tuple[F64, F64, F64]:
    """Return the coefficients of B' = a + b t + c t^2, (S, 2) each."""
    a, b, c = p[:, 1] - p[:, 0], np.zeros((len(p), 2)), np.zeros((len(p), 2))
    quad, cubic = kind == Verb.QUAD, kind == Verb.CUBIC
    a[quad] *= 2.0
    b[quad] = 2.0 * ((p[quad, 0] - p[quad, 1]) + (p[quad, 2] - p[quad, 1]))
    a[cubic] *= 3.0
    b[cubic] = 6.0 * ((p[cubic, 0] - p[cubic, 1]) + (p[cubic, 2] - p[cubic, 1]))
    c[cubic] = 3.0 * ((p[cubic, 3] - p[cubic, 0]) + 3.0 * (p[cubic, 1] - p[cubic, 2]))
    return a, b, c


def speed(rates: tuple[F64, ...], t: F64) -> F64:
    """Return |B'(t)| of each curve."""
    a, b, c = rates
    x = a[:, 0] + t * (b[:, 0] + t * c[:, 0])
    y = a[:, 1] + t * (b[:, 1] + t * c[:, 1])
    result: F64 = np.sqrt(x * x + y * y)
    return result


def length_between(rates: tuple[F64, ...], t0: F64, t1: F64) -> F64:
    """Return the length of each curve between two parameters, by five points."""
    half, middle = (t1 - t0) * 0.5, (t0 + t1) * 0.5
    total = np.zeros(len(t0))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        total += weight * speed(rates, middle + half * node)
    return total * half


def measure(rates: tuple[F64, F64, F64], kind: npt.NDArray[np.uint8]) -> tuple[I64, F64, F64, F64]:
    """Split every curve until five points measure each piece.

    The first cuts are where the speed is least: a cusp inside a piece would spoil both the integral and the estimate of its
    error, at its end it does neither.

    Args:
        rates: of `polynomials`.
        kind: (S,) uint8.

    Returns:
        owner (n,), t0, t1 and length (n,) of the pieces, in order.
    """
    lines = kind == Verb.LINE
    curve, t = _slowest(rates, ~lines)
    count = len(kind)
    owner = np.concatenate([np.arange(count), curve])
    t0 = np.concatenate([np.zeros(count), t])
    order = np.lexsort((t0, owner))
    owner, t0 = owner[order], t0[order]
    t1 = np.append(t0[1:], 1.0)
    t1[np.append(owner[1:] != owner[:-1], True)] = 1.0
    length = length_between(tuple(p[owner] for p in rates), t0, t1)
    of_lines = lines[owner]
    length[of_lines] = speed(
        tuple(p[owner[of_lines]] for p in rates), t0[of_lines]
    )  # exact, so that cuts at corners hit them
    scale = np.bincount(owner, weights=length, minlength=count)
    done: list[tuple[I64, F64, F64, F64]] = []
    for depth in range(_MAX_DEPTH + 1):
        mine = tuple(p[owner] for p in rates)
        middle = (t0 + t1) * 0.5
        left, right = length_between(mine, t0, middle), length_between(mine, middle, t1)
        good = (np.abs(left + right - length) <= _TOLERANCE * scale[owner]) | lines[owner]
        if depth == _MAX_DEPTH:
            good[:] = True
        done.append((owner[good], t0[good], t1[good], length[good]))
        bad = ~good
        if not bad.any():
            break
        owner = np.repeat(owner[bad], 2)
        t0, t1 = _interleave(t0[bad], middle[bad]), _interleave(middle[bad], t1[bad])
        length = _interleave(left[bad], right[bad])
    owner, t0, t1, length = (np.concatenate([d[k] for d in done]) for k in range(4))
    order = np.lexsort((t0, owner))
    return owner[order], t0[order], t1[order], length[order]


def _slowest(rates: tuple[F64, F64, F64], curved: npt.NDArray[np.bool_]) -> tuple[I64, F64]:
    """Return where the speed of uneven curves stops falling or rising: their indices (n,) and parameters inside (0, 1)."""
    a, b, c = rates
    controls = (a, a + 0.5 * b, a + b + c)  # of B' as a Bézier curve
    products = [_dot(controls[i], controls[j]) for i in range(3) for j in range(i, 3)]
    largest = np.maximum(np.maximum(products[0], products[3]), products[5])
    least = products[0]
    for product in products[1:]:
        least = np.minimum(least, product)
    uneven = np.flatnonzero(curved & (least <= _EVEN * largest))
    a, b, c = a[uneven], b[uneven], c[uneven]
    # B' B'' = k0 + k1 t + k2 t^2 + k3 t^3 changes its sign there; between its own turns it is monotone.
    k0, k1, k2, k3 = _dot(a, b), _dot(b, b) + 2.0 * _dot(a, c), 3.0 * _dot(b, c), 2.0 * _dot(c, c)
    root = np.sqrt(np.maximum(k2 * k2 - 3.0 * k1 * k3, 0.0))
    q = -(k2 + np.where(k2 >= 0.0, root, -root))
    turns = [np.clip(_safe(q, 3.0 * k3), 0.0, 1.0), np.clip(_safe(k1, q), 0.0, 1.0)]
    stops = [np.zeros(len(uneven)), np.minimum(*turns), np.maximum(*turns), np.ones(len(uneven))]
    found: list[tuple[I64, F64]] = [(np.zeros(0, np.int64), np.zeros(0))]
    for low, high in pairwise(stops):
        sign = k0 + low * (k1 + low * (k2 + low * k3)) > 0.0
        changes = sign != (k0 + high * (k1 + high * (k2 + high * k3)) > 0.0)
        low, high = low.copy(), high.copy()
        for _ in range(54):
            middle = (low + high) * 0.5
            before = (k0 + middle * (k1 + middle * (k2 + middle * k3)) > 0.0) == sign
            low, high = np.where(before, middle, low), np.where(before, high, middle)
        inside = changes & (high > 0.0) & (high < 1.0)
        found.append((uneven[inside], high[inside]))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def _dot(a: F64, b: F64) -> F64:
    result: F64 = a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1]
    return result


def _safe(num: F64, den: F64) -> F64:
    """Return num / den, 0 where that is no number that counts."""
    good = np.abs(den) > np.abs(num) * 1e-12
    return np.where(good, num / np.where(good, den, 1.0), 0.0)


def _interleave(a: F64, b: F64) -> F64:
    return np.stack([a, b], axis=1).reshape(-1)
