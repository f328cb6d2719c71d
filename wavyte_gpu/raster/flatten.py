"""Curves to polylines that leave them by at most 1/64 px at the scale in use, by as much outwards as inwards."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.raster.outline import Outline, Verb

__all__ = ["MAX_POINTS", "TOLERANCE_PX", "Contours", "FlattenCache", "flatten", "level_scale", "scale_level", "scale_levels"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

TOLERANCE_PX = 1.0 / 64.0
MAX_POINTS = 1 << 24
"""A flattened outline of more points is an error."""
MAX_PIECES = 1 << 14
"""Chords of one curve; enough for a curve of 8 million px."""

_LEVELS = (-40, 60)
_SQRT2 = 1.4142135623730951


@dataclass(frozen=True, slots=True, eq=False)
class Contours:
    """Polylines, each closed by the edge from its last point to its first.

    Attributes:
        points: (N, 2) float64, local px, read-only.
        offsets: (C + 1,) int64: contour c is `points[offsets[c]:offsets[c + 1]]`, read-only.
    """

    points: F64
    offsets: I64

    @property
    def nbytes(self) -> int:
        return int(self.points.nbytes + self.offsets.nbytes)


def scale_level(scale: float) -> int:
    """Return the level of a scale: the least k with `2^(k/2) >= scale`, from -40 to 60."""
    if not 0.0 <= scale < math.inf:
        raise ValueError(f"a scale is finite and not negative, not {scale}")
    mantissa, exponent = math.frexp(scale)  # in [1/2, 1), times 2^exponent
    level = 2 * exponent - (2 if mantissa == 0.5 else 1 if mantissa <= _SQRT2 * 0.5 else 0)
    return min(max(level, _LEVELS[0]), _LEVELS[1]) if scale > 0.0 else _LEVELS[0]


def scale_levels(scales: F64) -> I64:
    """Return `scale_level` of many."""
    if not ((scales >= 0.0) & (scales < math.inf)).all():
        raise ValueError("scales are finite and not negative")
    mantissa, exponent = np.frexp(scales)
    level = 2 * exponent.astype(np.int64) - np.where(mantissa == 0.5, 2, mantissa <= _SQRT2 * 0.5)
    return np.where(scales > 0.0, np.clip(level, *_LEVELS), _LEVELS[0])


def level_scale(level: int) -> float:
    """Return `2^(level/2)`."""
    return float(np.ldexp(_SQRT2 if level & 1 else 1.0, level >> 1))


def flatten(outline: Outline, scale: float) -> Contours:
    """Flatten an outline for a transform of `scale`.

    The scale is rounded up to a level (see `scale_level`), so that results repeat while it animates and do not depend on what
    was flattened before. Lines pass through untouched. A curve becomes n chords, equal in its parameter; with h = 1/n a chord
    leaves the curve by B'' h^2 / 8 at most and by B'' h^2 / 12 on average, to the side that B'' points to. Inner vertices
    therefore move by -B'' h^2 / 12 * n / (n - 1), which keeps the area under the curve: exactly for a quadratic, whose ends
    stay where they are, and to a higher order for a cubic.

    Args:
        outline: what to flatten.
        scale: the largest singular value of the transform to px.

    Returns:
        Contours in local px, those of lone moves left out.

    Raises:
        LimitError: it would have more than MAX_POINTS points.
    """
    segments = outline.segments
    curved = segments.kind != Verb.LINE
    pieces = np.ones(len(curved), np.int64)
    cubics = _as_cubics(segments.points[curved], segments.kind[curved] == Verb.QUAD)
    bend0, bend1 = _bends(cubics)
    pieces[curved] = _pieces(bend0, bend1, level_scale(scale_level(scale)))
    # A contour is its first point and the end of every piece, without the way back that closing adds.
    pieces[segments.closes] = 0
    contour = segments.contour
    of_contour = np.zeros(len(segments.closed), np.int64)
    np.add.at(of_contour, contour, pieces)
    of_contour[of_contour > 0] += 1
    total = int(of_contour.sum())
    if total > MAX_POINTS:
        raise LimitError(f"a flattened path has {total} points; allowed: {MAX_POINTS}")
    points = np.empty((total, 2))
    begins = np.cumsum(of_contour) - of_contour
    firsts = np.flatnonzero(np.diff(contour, prepend=-1) * (pieces > 0))
    points[begins[contour[firsts]]] = segments.points[firsts, 0]
    first = np.cumsum(pieces) - pieces + np.cumsum(of_contour > 0)[contour] if len(contour) else pieces
    lines = ~curved & (pieces > 0)
    points[first[lines]] = segments.points[lines, 3]
    if curved.any():
        n = pieces[curved]
        points[np.repeat(first[curved], n) + _ramp(n)] = _chords(cubics, bend0, bend1, n)
    offsets = np.append(begins[of_contour > 0], total)
    points.flags.writeable = False
    offsets.flags.writeable = False
    return Contours(points, offsets)


def _as_cubics(points: F64, quads: npt.NDArray[np.bool_]) -> F64:
    """Return control points (n, 4, 2) of cubics, quadratics raised."""
    out = points.copy()
    p = points[quads]
    out[quads, 1] = p[:, 0] + (p[:, 1] - p[:, 0]) * (2.0 / 3.0)
    out[quads, 2] = p[:, 2] + (p[:, 1] - p[:, 2]) * (2.0 / 3.0)
    return out


def _bends(cubics: F64) -> tuple[F64, F64]:
    """Return B'' at both ends, (n, 2) each; it is linear between."""
    p0, p1, p2, p3 = (cubics[:, k] for k in range(4))
    return ((p0 - p1) + (p2 - p1)) * 6.0, ((p1 - p2) + (p3 - p2)) * 6.0


def _pieces(bend0: F64, bend1: F64, scale: float) -> I64:
    """Return the number of chords of each curve: the least n that keeps the tolerance, or 1 where a chord is far below it."""
    squares = [b[:, 0] * b[:, 0] + b[:, 1] * b[:, 1] for b in (bend0, bend1)]
    bend = np.sqrt(np.maximum(*squares)) * scale
    # A moved vertex is off by bend / 12 / (n (n - 1)), the middle of a chord by less.
    root = np.sqrt(bend * (4.0 / (12.0 * TOLERANCE_PX)) + 1.0)
    n = np.ceil((root + 1.0) * 0.5)
    n = np.where(bend <= TOLERANCE_PX, 1.0, np.maximum(n, 2.0))
    return np.minimum(n, MAX_PIECES).astype(np.int64)


def _ramp(counts: I64) -> I64:
    """Return 0 .. n - 1 for each n, one after another."""
    return np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)


def _chords(cubics: F64, bend0: F64, bend1: F64, n: I64) -> F64:
    """Return the vertices of all curves after their first points, (sum of n, 2)."""
    h = 1.0 / n
    spread = h * h / 12.0 * (n / np.maximum(n - 1, 1))
    step = _ramp(n) + 1
    last = step == np.repeat(n, n)
    t = step * np.repeat(h, n)
    u = 1.0 - t
    weights = (u * u * u, 3.0 * (u * u * t), 3.0 * (u * (t * t)), t * t * t)
    out = np.empty((len(t), 2))
    for axis in (0, 1):
        sums = np.zeros(len(t))
        for k, weight in enumerate(weights):
            sums += np.repeat(cubics[:, k, axis], n) * weight
        b0, b1 = np.repeat(bend0[:, axis] * spread, n), np.repeat(bend1[:, axis] * spread, n)
        out[:, axis] = sums - (b0 * u + b1 * t)
    out[last] = cubics[:, 3]
    return out


class FlattenCache:
    """Flattened outlines by content and scale level, the least recently used dropped first. Safe to share between threads."""

    def __init__(self, max_bytes: int = 64 << 20) -> None:
        self.max_bytes = max_bytes
        self.nbytes = 0
        self._entries: OrderedDict[tuple[bytes, int], Contours] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, outline: Outline, scale: float) -> Contours:
        """Return `flatten(outline, scale)`, kept unless it alone is larger than the cache."""
        key = (outline.content_hash, scale_level(scale))
        with self._lock:
            hit = self._entries.get(key)
            if hit is not None:
                self._entries.move_to_end(key)
                return hit
        made = flatten(outline, scale)
        if made.nbytes > self.max_bytes:
            return made
        with self._lock:
            if key not in self._entries:
                self._entries[key] = made
                self.nbytes += made.nbytes
            while self.nbytes > self.max_bytes:
                self.nbytes -= self._entries.popitem(last=False)[1].nbytes
        return made

    def __len__(self) -> int:
        return len(self._entries)
