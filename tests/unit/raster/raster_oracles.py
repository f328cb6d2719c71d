"""What the tests of vector shapes are held against: dense sampling, Green's theorem, winding numbers, distances."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from wavyte_gpu.raster.flatten import Contours
from wavyte_gpu.raster.outline import Outline

F64 = npt.NDArray[np.float64]


def bernstein(controls: F64, t: F64) -> F64:
    """Return points (n, 2) of one Bézier curve."""
    degree = len(controls) - 1
    weights = [math.comb(degree, i) * t**i * (1.0 - t) ** (degree - i) for i in range(degree + 1)]
    return np.sum([w[:, None] * c for w, c in zip(weights, controls, strict=True)], axis=0)


def curves(outline: Outline) -> list[F64]:
    """Return each segment's own control points."""
    segments = outline.segments
    return [p[: int(k) + 1] for k, p in zip(segments.kind, segments.points, strict=True)]


def sampled(outline: Outline, n: int = 200) -> list[F64]:
    """Return `n` + 1 points of each segment."""
    t = np.linspace(0.0, 1.0, n + 1)
    return [bernstein(c, t) for c in curves(outline)]


def green_area(outline: Outline) -> float:
    """Return the signed area inside closed contours, exactly but for rounding: four Gauss points hold degree 7."""
    x, w = np.polynomial.legendre.leggauss(4)
    t, w = (x + 1.0) / 2.0, w / 2.0
    total = 0.0
    for c in curves(outline):
        p, d = bernstein(c, t), (len(c) - 1) * bernstein(np.diff(c, axis=0), t)
        total += 0.5 * float(np.sum(w * (p[:, 0] * d[:, 1] - p[:, 1] * d[:, 0])))
    return total


def polygons(contours: Contours) -> list[F64]:
    return [contours.points[a:b] for a, b in zip(contours.offsets[:-1], contours.offsets[1:], strict=True)]


def polygon_area(contours: Contours) -> float:
    total = 0.0
    for p in polygons(contours):
        q = np.roll(p, -1, axis=0)
        total += 0.5 * float(np.sum(p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]))
    return total


def winding(contours: Contours, at: F64) -> npt.NDArray[np.int64]:
    """Return the winding numbers of points (n, 2)."""
    total = np.zeros(len(at), np.int64)
    x, y = at[:, 0], at[:, 1]
    for p in polygons(contours):
        q = np.roll(p, -1, axis=0)
        a, b = p[:, None], q[:, None]
        side = (b[..., 0] - a[..., 0]) * (y - a[..., 1]) - (x - a[..., 0]) * (b[..., 1] - a[..., 1])
        up, down = (a[..., 1] <= y) & (b[..., 1] > y), (a[..., 1] > y) & (b[..., 1] <= y)
        total += np.sum(up & (side > 0), axis=0) - np.sum(down & (side < 0), axis=0)
    return total


def distance(at: F64, lines: list[F64]) -> F64:
    """Return the distances of points (n, 2) to open polylines."""
    best = np.full(len(at), np.inf)
    for line in lines:
        a, step = line[:-1], np.diff(line, axis=0)
        size = np.maximum((step**2).sum(axis=1), 1e-300)
        for i, p in enumerate(at):
            u = np.clip(((p - a) * step).sum(axis=1) / size, 0.0, 1.0)
            best[i] = min(best[i], np.sqrt((((p - a) - step * u[:, None]) ** 2).sum(axis=1)).min())
    return best


def length(outline: Outline) -> float:
    """Return the length by summing 20,000 chords of each segment."""
    return sum(float(np.hypot(*np.diff(s, axis=0).T).sum()) for s in sampled(outline, 20_000))
