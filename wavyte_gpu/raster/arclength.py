"""Arc length along outlines: a table for each, and cutting by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wavyte_gpu.raster.measure import length_between, measure, polynomials, speed
from wavyte_gpu.raster.outline import POINTS_OF, Outline, Verb

__all__ = ["ArcTable", "arc_table"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

_SETTLED = 1e-11
_SNAP = 1e-10  # of the total: cuts that near to an end of a segment are at it


class ArcTable:
    """Lengths along an outline: all contours in order, the way back that `CLOSE` draws included.

    Attributes:
        outline: what was measured.
        length: the total in px.
        contour_ends: (C,) float64, the length up to each contour's end.
    """

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        segments = outline.segments
        self._kind, self._contour = segments.kind, segments.contour
        self._polynomials = polynomials(segments.points, segments.kind)
        owner, t0, t1, length = measure(self._polynomials, segments.kind)
        self._owner, self._t0, self._t1, self._lengths = owner, t0, t1, length
        self._ends = np.cumsum(length)
        self.length = float(self._ends[-1]) if len(length) else 0.0
        # Where each segment, then each contour ends; those without a segment end where the one before does.
        last = np.searchsorted(owner, np.arange(len(self._kind)), side="right") - 1
        self._segment_ends = self._ends[last]
        last = np.searchsorted(self._contour, np.arange(len(segments.closed)), side="right") - 1
        self.contour_ends = (
            np.where(last >= 0, self._segment_ends[last], 0.0) if len(self._kind) else np.zeros(len(last))
        )
        self._contour_lengths = np.diff(self.contour_ends, prepend=0.0)

    def locate(self, at: npt.ArrayLike) -> tuple[I64, F64]:
        """Return the segment and its parameter at lengths along the outline.

        Args:
            at: (n,) px, 0 .. `length`. Where segments meet, the earlier one is taken.

        Returns:
            segment (n,) int64, t (n,) float64 in 0..1.
        """
        s = np.atleast_1d(np.asarray(at, np.float64))
        piece = np.minimum(np.searchsorted(self._ends, s, side="left"), len(self._ends) - 1)
        rest = s - (self._ends[piece] - self._lengths[piece])
        whole = self._lengths[piece]
        near = _SNAP * self.length
        fraction = np.clip(rest / np.where(whole > 0.0, whole, 1.0), 0.0, 1.0)
        fraction = np.where(whole - rest <= near, 1.0, np.where(rest <= near, 0.0, fraction))
        t0, width = self._t0[piece], self._t1[piece] - self._t0[piece]
        curved = self._kind[self._owner[piece]] != Verb.LINE
        if curved.any():
            fraction[curved] = self._invert(piece[curved], fraction[curved])
        t = np.where(fraction >= 1.0, self._t1[piece], t0 + width * fraction)
        return self._owner[piece], t

    def _invert(self, piece: I64, fraction: F64) -> F64:
        """Return which part of each piece's parameter has a part of its length: Newton's steps kept in a shrinking bracket."""
        rates = tuple(p[self._owner[piece]] for p in self._polynomials)
        t0 = self._t0[piece]
        width, whole = self._t1[piece] - t0, self._lengths[piece]
        target = fraction * whole
        u, low, high = fraction.copy(), np.zeros_like(fraction), np.ones_like(fraction)
        for _ in range(40):
            over = length_between(rates, t0, t0 + width * u) - target
            high, low = np.where(over > 0.0, u, high), np.where(over > 0.0, low, u)
            rate = speed(rates, t0 + width * u) * width
            step = u - over / np.where(rate > 0.0, rate, 1.0)
            good = (rate > 0.0) & (step >= low) & (step <= high)
            before, u = u, np.where(good, step, (low + high) * 0.5)
            if (np.abs(u - before) <= _SETTLED).all():
                break
        return np.where((fraction > 0.0) & (fraction < 1.0), u, fraction)

    def points_at(self, at: npt.ArrayLike) -> tuple[F64, F64]:
        """Return points (n, 2) at lengths along the outline, and unit tangents (n, 2): (1, 0) where there is none."""
        segment, t = self.locate(at)
        p = self.outline.segments.points[segment]
        point = np.empty((len(t), 2))
        kind = self._kind[segment]
        for verb in (Verb.LINE, Verb.QUAD, Verb.CUBIC):
            of = kind == verb
            point[of] = _cut(p[of], verb, t[of], t[of])[:, 0]
        rate = [a + t * (b + t * c) for a, b, c in self._rates(segment)]
        chord = p[:, 3] - p[:, 0]
        size = np.sqrt(rate[0] * rate[0] + rate[1] * rate[1])
        direction = np.where((size > 0.0)[:, None], np.stack(rate, axis=1), chord)
        size = np.sqrt(direction[:, 0] * direction[:, 0] + direction[:, 1] * direction[:, 1])
        direction = np.where((size > 0.0)[:, None], direction, (1.0, 0.0))
        return point, direction / np.where(size > 0.0, size, 1.0)[:, None]

    def _rates(self, segment: I64) -> list[tuple[F64, F64, F64]]:
        a, b, c = (p[segment] for p in self._polynomials)
        return [(a[:, k], b[:, k], c[:, k]) for k in (0, 1)]

    def extract(self, start: npt.ArrayLike, end: npt.ArrayLike, joined: Sequence[bool] | None = None) -> Outline:
        """Return the parts of the outline between lengths, open contours that start anew where the outline's do.

        A contour that one part covers from end to end keeps its `CLOSE`; contours without length are left out.

        Args:
            start, end: (n,) px, 0 <= start < end <= `length`.
            joined: n flags: the part goes on where the part before ended, without lifting the pen.
        """
        a, b = np.atleast_1d(np.asarray(start, np.float64)), np.atleast_1d(np.asarray(end, np.float64))
        if not len(a) or not len(self._kind):
            return Outline.empty()
        seg_a, t_a = self.locate(a)
        seg_b, t_b = self.locate(b)
        counts = seg_b - seg_a + 1
        part = np.repeat(np.arange(len(a)), counts)
        ramp = np.arange(len(part)) - np.repeat(np.cumsum(counts) - counts, counts)
        segment = seg_a[part] + ramp
        t0 = np.where(ramp == 0, t_a[part], 0.0)
        t1 = np.where(ramp == counts[part] - 1, t_b[part], 1.0)
        keep = (t1 > t0) & (self._contour_lengths[self._contour[segment]] > 0.0)
        part, segment, t0, t1 = part[keep], segment[keep], t0[keep], t1[keep]
        return self._assemble(part, segment, t0, t1, np.zeros(len(a), np.bool_) if joined is None else np.array(joined))

    def _assemble(self, part: I64, segment: I64, t0: F64, t1: F64, joined: Bool) -> Outline:
        """Return the outline of pieces of segments; a contour starts where the part or the contour changes."""
        if not len(part):
            return Outline.empty()
        kind, contour = self._kind[segment], self._contour[segment]
        starts = ((np.diff(part, prepend=-1) != 0) & ~joined[part]) | (np.diff(contour, prepend=-1) != 0)
        # A run that goes from a contour's first segment to its last, each whole, stays closed if the contour is.
        begin = np.flatnonzero(starts)
        final = np.append(begin[1:], len(part)) - 1
        size = np.bincount(self._contour)[contour[begin]]
        whole = np.cumsum((t0 == 0.0) & (t1 == 1.0))
        complete = (whole[final] - whole[begin] == size - 1) & (final - begin + 1 == size) & (t0[begin] == 0.0)
        complete &= (t1[begin] == 1.0) & self.outline.segments.closed[contour[begin]]
        drop = np.zeros(len(part), np.bool_)
        drop[final] = complete & self.outline.segments.closes[segment[final]]
        controls = self._controls(segment, kind, t0, t1)
        # Verbs: MOVE before a run, the piece itself, CLOSE after a complete run.
        closing = np.zeros(len(part), np.bool_)
        closing[final] = complete
        verbs = np.stack(
            [np.where(starts, Verb.MOVE, 255), np.where(drop, 255, kind), np.where(closing, Verb.CLOSE, 255)], axis=1
        )
        flat = verbs.reshape(-1)
        flat = flat[flat != 255].astype(np.uint8)
        used = np.zeros((len(part), 4), np.bool_)
        used[:, 0] = starts
        for k in (1, 2, 3):
            used[:, k] = ~drop & (POINTS_OF[kind] >= k)
        return Outline(controls[used], flat)

    def _controls(self, segment: I64, kind: npt.NDArray[np.uint8], t0: F64, t1: F64) -> F64:
        out = np.empty((len(segment), 4, 2))
        for verb in (Verb.LINE, Verb.QUAD, Verb.CUBIC):
            of = kind == verb
            out[of, : verb + 1] = _cut(self.outline.segments.points[segment[of]], verb, t0[of], t1[of])
        return out


def arc_table(outline: Outline) -> ArcTable:
    """Return the outline's table, made once and kept as long as the outline."""
    table = outline.__dict__.get("arc_table")
    if table is None:
        table = ArcTable(outline)
        outline.__dict__["arc_table"] = table
    assert isinstance(table, ArcTable)
    return table


def _cut(p: F64, degree: int, t0: F64, t1: F64) -> F64:
    """Return the control points (n, degree + 1, 2) of curves between two parameters, by blossoming; 0 and 1 are exact."""
    out = np.empty((len(p), degree + 1, 2))
    for k in range(degree + 1):
        q = p[:, : degree + 1]
        for step in range(degree):
            t = (t1 if step < k else t0)[:, None, None]
            q = q[:, :-1] * (1.0 - t) + q[:, 1:] * t
        out[:, k] = q[:, 0]
    return out
