"""Outlines: the contours of a shape as lines and Bézier curves in local px."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.hashing import Hasher

__all__ = ["POINTS_OF", "Outline", "Segments", "Verb", "concat"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]


class Verb(IntEnum):
    """What an outline's pen does. Each verb but `CLOSE` ends at its last point."""

    MOVE = 0
    LINE = 1
    QUAD = 2
    CUBIC = 3
    CLOSE = 4


POINTS_OF: I64 = np.array([1, 1, 2, 3, 0], np.int64)
"""Points that each verb takes."""
POINTS_OF.flags.writeable = False


class Segments(NamedTuple):
    """Every drawn piece of an outline in order, S in all.

    Attributes:
        kind: (S,) uint8, `LINE`, `QUAD` or `CUBIC`; a closing verb that has a way to go is a `LINE`.
        points: (S, 4, 2) float64 control points; those that a kind does not have repeat its end.
        contour: (S,) int64, the contour of each.
        closes: (S,) bool, it stems from `CLOSE`.
        closed: (C,) bool, the contour ends in `CLOSE`; C counts contours without a segment too.
    """

    kind: U8
    points: F64
    contour: I64
    closes: npt.NDArray[np.bool_]
    closed: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Outline:
    """A shape's contours. Immutable, equal and hashed by content, picklable.

    The first verb is `MOVE`, and so is what follows a `CLOSE`. Filling treats every contour as closed.

    Attributes:
        points: (P, 2) float64, finite, local px, read-only; negative zeros are stored as zeros.
        verbs: (V,) uint8 of `Verb`, read-only.
    """

    points: F64
    verbs: U8

    def __post_init__(self) -> None:
        points = np.array(self.points, np.float64).reshape(-1, 2) + 0.0
        verbs = np.array(self.verbs, np.uint8).reshape(-1)
        if verbs.size and int(verbs.max()) > Verb.CLOSE:
            raise ValueError(f"unknown verb {int(verbs.max())}")
        if int(POINTS_OF[verbs].sum()) != len(points):
            raise ValueError(f"the verbs take {int(POINTS_OF[verbs].sum())} points, not {len(points)}")
        starts = verbs == Verb.MOVE
        if verbs.size and not (starts[0] and starts[1:][verbs[:-1] == Verb.CLOSE].all()):
            raise ValueError("a contour starts with MOVE")
        if not np.isfinite(points).all():
            raise ValueError("points must be finite")
        points.flags.writeable = False
        verbs.flags.writeable = False
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "verbs", verbs)

    @classmethod
    def empty(cls) -> Outline:
        """Return an outline without contours."""
        return cls(np.zeros((0, 2)), np.zeros(0, np.uint8))

    @cached_property
    def content_hash(self) -> bytes:
        """16 bytes over points and verbs."""
        return Hasher().text("outline").array(self.verbs).array(self.points).digest()

    @cached_property
    def segments(self) -> Segments:
        """The drawn pieces with their control points."""
        return _segments(self)

    @cached_property
    def drawn_contours(self) -> int:
        """How many contours draw more than the way back to their start: those that flattening keeps."""
        following = self.verbs[1:]
        draws = (following != Verb.MOVE) & (following != Verb.CLOSE)
        return int(np.count_nonzero(draws & (self.verbs[:-1] == Verb.MOVE)))

    @cached_property
    def hull(self) -> F64:
        """The least and greatest x and y of the control points, (2, 2), read-only; NaN without points."""
        ends = (self.points.min(axis=0), self.points.max(axis=0)) if len(self.points) else np.nan
        out = np.empty((2, 2))
        out[:] = ends
        out.flags.writeable = False
        return out

    @property
    def nbytes(self) -> int:
        """Bytes that it takes, about."""
        return 512 + int(self.points.nbytes + self.verbs.nbytes)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn: no verb but `MOVE`."""
        return not bool((self.verbs != Verb.MOVE).any())

    def bounds(self) -> tuple[float, float, float, float]:
        """Return x0, y0, x1, y1 of the curves themselves, not of their control points; zeros when empty.

        Moves alone do not count, contours of a single point do.
        """
        return self._bounds

    @cached_property
    def _bounds(self) -> tuple[float, float, float, float]:
        if self.is_empty:
            return 0.0, 0.0, 0.0, 0.0
        if int(self.verbs[self.verbs != Verb.CLOSE].max()) <= Verb.LINE:
            return self._corners
        segments = self.segments
        # A contour of MOVE and CLOSE alone has no segment: its point counts.
        ends = self.verbs == Verb.CLOSE
        before = np.cumsum(POINTS_OF[self.verbs])[ends] - 1
        candidates = [self.points[before], segments.points[:, 0], segments.points[:, 3], *_extrema(segments)]
        every = np.concatenate(candidates)
        low, high = every.min(axis=0), every.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @property
    def _corners(self) -> tuple[float, float, float, float]:
        """The bounds of lines alone."""
        lone = (self.verbs == Verb.MOVE) & np.append(self.verbs[1:] == Verb.MOVE, True)
        points = self.points[~lone[self.verbs != Verb.CLOSE]]
        (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return x0, y0, x1, y1

    def transform(self, matrix: npt.ArrayLike) -> Outline:
        """Return the outline mapped by rows [a c e; b d f]: x' = a x + c y + e, y' = b x + d y + f.

        Args:
            matrix: (2, 3).
        """
        m = np.asarray(matrix, np.float64).reshape(2, 3)
        x, y = self.points[:, 0], self.points[:, 1]
        columns = [m[row, 0] * x + m[row, 1] * y + m[row, 2] for row in (0, 1)]
        return Outline(np.stack(columns, axis=1), self.verbs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Outline):
            return NotImplemented
        return np.array_equal(self.verbs, other.verbs) and np.array_equal(self.points, other.points)

    def __hash__(self) -> int:
        return int.from_bytes(self.content_hash[:8], "little")

    def __reduce__(self) -> tuple[Any, ...]:
        return Outline, (self.points, self.verbs)


def concat(outlines: Sequence[Outline]) -> Outline:
    """Return one outline of the contours of all, in order."""
    if not outlines:
        return Outline.empty()
    return Outline(np.concatenate([o.points for o in outlines]), np.concatenate([o.verbs for o in outlines]))


def _segments(outline: Outline) -> Segments:
    verbs, points = outline.verbs, outline.points
    takes = POINTS_OF[verbs]
    first = np.cumsum(takes) - takes  # index of each verb's first point
    contour = np.cumsum(verbs == Verb.MOVE) - 1
    start = first[verbs == Verb.MOVE]
    drawn = np.flatnonzero(verbs != Verb.MOVE)
    kind = verbs[drawn].copy()
    closes = kind == Verb.CLOSE
    kind[closes] = Verb.LINE
    at = first[drawn]
    out = np.empty((len(drawn), 4, 2))
    out[:, 0] = points[at - 1]
    last = len(points) - 1
    for k in (1, 2, 3):
        out[:, k] = points[np.minimum(at + np.minimum(k, kind) - 1, last)]
    out[closes, 1:] = points[start[contour[drawn[closes]]]][:, None]
    # A closing verb at the start already draws nothing.
    keep = ~closes | (out[:, 0] != out[:, 3]).any(axis=1)
    closed = np.zeros(len(start), np.bool_)
    closed[contour[drawn[closes]]] = True
    return Segments(kind[keep], out[keep], contour[drawn][keep], closes[keep], closed)


def _extrema(segments: Segments) -> list[F64]:
    """Return points of the curves where x or y stands still, (n, 2) each."""
    found: list[F64] = []
    quads = segments.points[segments.kind == Verb.QUAD]
    for axis in (0, 1):
        p0, p1, p2 = (quads[:, k, axis] for k in (0, 1, 2))
        found.append(_at_roots(quads[:, :3], *_ratio(p0 - p1, (p0 - p1) + (p2 - p1))))
    cubics = segments.points[segments.kind == Verb.CUBIC]
    for axis in (0, 1):
        p0, p1, p2, p3 = (cubics[:, k, axis] for k in range(4))
        # B'/3 = a t^2 + 2 b t + c
        a, b, c = (p3 - p0) + 3.0 * (p1 - p2), (p0 - p1) + (p2 - p1), p1 - p0
        root = np.sqrt(np.maximum(b * b - a * c, 0.0))
        q = -(b + np.where(b >= 0.0, root, -root))
        found.append(_at_roots(cubics, *_ratio(q, a)))
        found.append(_at_roots(cubics, *_ratio(c, q)))
    return found


def _ratio(num: F64, den: F64) -> tuple[F64, npt.NDArray[np.bool_]]:
    """Return num / den and where it lies inside (0, 1)."""
    good = (den != 0.0) & (np.abs(num) < np.abs(den)) & ((num > 0.0) == (den > 0.0)) & (num != 0.0)
    return num / np.where(good, den, 1.0), good


def _at_roots(controls: F64, t: F64, good: npt.NDArray[np.bool_]) -> F64:
    """Return the points of curves (n, k, 2) at `t` (n,) where `good`, by de Casteljau."""
    p, u = controls[good], t[good][:, None, None]
    while p.shape[1] > 1:
        p = p[:, :-1] * (1.0 - u) + p[:, 1:] * u
    return p[:, 0]
