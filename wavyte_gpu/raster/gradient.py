"""Gradients in the space of an outline: what SVG and colour fonts define, as stops in 0..1 and one map.

Repeated and reflected gradients are written out over what the outline spans, so that all of them hold beyond their ends.
Gradients between two circles that do not share a centre have no such form: `TwoCircles` computes their pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "IDENTITY",
    "Affine",
    "Box",
    "Colour",
    "GradientFill",
    "GradientKind",
    "Spread",
    "Stop",
    "TwoCircles",
    "circles",
    "compose",
    "invert",
    "linear",
    "sweep",
]

Affine: TypeAlias = tuple[float, float, float, float, float, float]
"""x' = a x + c y + e, y' = b x + d y + f, as (a, b, c, d, e, f)."""
Colour: TypeAlias = tuple[float, float, float, float]
"""Premultiplied, sRGB-encoded RGBA in 0..1."""
Stop: TypeAlias = tuple[float, Colour]
Box: TypeAlias = tuple[float, float, float, float]
"""x0, y0, x1, y1."""
Spread: TypeAlias = Literal["pad", "repeat", "reflect"]

IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_MOST_PERIODS = 512  # beyond it a gradient is finer than its table
_STEP = 1e-3  # width of a gradient of no length, in its unit


class GradientKind(IntEnum):
    """What the position is: x, the distance from the origin, or the turn from the x axis towards y. As `GradientDef.type`."""

    LINEAR = 0
    RADIAL = 1
    CONIC = 2


@dataclass(frozen=True, slots=True)
class GradientFill:
    """A gradient over 0..1 of its position, held beyond it.

    Attributes:
        stops: positions ascending, some may lie outside 0..1.
        matrix: from the outline's px to the gradient's space.
    """

    kind: GradientKind
    stops: tuple[Stop, ...]
    matrix: Affine


@dataclass(frozen=True, slots=True)
class TwoCircles:
    """A gradient from one circle (x, y, r) to another. Where several circles cover a point the one drawn last counts, where none
    does nothing is drawn (HTML canvas, `createRadialGradient`).

    Attributes:
        matrix: from the outline's px to the space of the circles.
    """

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    stops: tuple[Stop, ...]
    spread: Spread
    matrix: Affine

    def pixels(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.uint32]:
        """Return premultiplied pixels at points in the outline's px, of one shape with x and y."""
        a, b, c, d, e, f = self.matrix
        u, v = a * x + c * y + e - self.start[0], b * x + d * y + f - self.start[1]
        dx, dy = self.end[0] - self.start[0], self.end[1] - self.start[1]
        r0, dr = self.start[2], self.end[2] - self.start[2]
        # |p - t d| = r0 + t dr, the larger t with a radius that is not negative
        qa = dx * dx + dy * dy - dr * dr
        qb = u * dx + v * dy + r0 * dr
        qc = u * u + v * v - r0 * r0
        if abs(qa) < 1e-12:
            with np.errstate(divide="ignore", invalid="ignore"):
                t = np.where(qb != 0.0, qc / (2.0 * qb), np.nan)
            t = np.where(r0 + t * dr >= 0.0, t, np.nan)
        else:
            root = np.sqrt(np.where(qb * qb - qa * qc >= 0.0, qb * qb - qa * qc, np.nan))
            high, low = (qb + root) / qa, (qb - root) / qa
            high, low = np.fmax(high, low), np.fmin(high, low)
            t = np.where(r0 + high * dr >= 0.0, high, np.where(r0 + low * dr >= 0.0, low, np.nan))
        return _colours(self.stops, self.spread, t)


def linear(stops: Sequence[Stop], spread: Spread, matrix: Affine, box: Box) -> GradientFill | Colour:
    """Return a gradient along x from 0 to 1 in the space that `matrix` leads to.

    Args:
        stops: ascending, at any positions.
        box: bounds of the outline.
    """
    low, high = _span(matrix, box)
    written = _written_out(stops, spread, low, high)
    if len(written) == 1:
        return written[0][1]
    first, last = _ends(written)
    scale = 1.0 / (last - first)
    moved = compose((scale, 0.0, 0.0, 1.0, -first * scale, 0.0), matrix)
    return GradientFill(GradientKind.LINEAR, _moved(written, first, scale), moved)


def circles(
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    stops: Sequence[Stop],
    spread: Spread,
    matrix: Affine,
    box: Box,
) -> GradientFill | TwoCircles | Colour:
    """Return a gradient between two circles (x, y, r) in the space that `matrix` leads to."""
    (x0, y0, r0), (x1, y1, r1) = start, end
    if math.hypot(x1 - x0, y1 - y0) > 1e-5 * max(r0, r1):
        return TwoCircles(start, end, tuple(stops), spread, matrix)
    if not abs(r1 - r0) > 1e-9 * max(r0, r1):
        return stops[-1][1]
    radii = [(r0 + t * (r1 - r0), colour) for t, colour in stops]
    if r1 < r0:
        radii.reverse()
    moved = compose((1.0, 0.0, 0.0, 1.0, -x1, -y1), matrix)
    corners = [_apply(moved, x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    written = _written_out(radii, spread, 0.0, max(math.hypot(*corner) for corner in corners))
    largest = written[-1][0]
    if len(written) == 1 or largest <= 0.0:
        return written[-1][1]
    moved = compose((1.0 / largest, 0.0, 0.0, 1.0 / largest, 0.0, 0.0), moved)
    return GradientFill(GradientKind.RADIAL, _moved(written, 0.0, 1.0 / largest), moved)


def sweep(
    x: float, y: float, start: float, end: float, stops: Sequence[Stop], spread: Spread, matrix: Affine
) -> GradientFill | Colour:
    """Return a gradient around (x, y), from the x axis towards y; `start` and `end` are where positions 0 and 1 lie, in turns."""
    turns = [(start + t * (end - start), colour) for t, colour in stops]
    if end < start:
        turns.reverse()
    written = _written_out(turns, spread, 0.0, 1.0)
    if len(written) == 1:
        return written[0][1]
    return GradientFill(GradientKind.CONIC, tuple(written), compose((1.0, 0.0, 0.0, 1.0, -x, -y), matrix))


def compose(m: Affine, n: Affine) -> Affine:
    """Return the map that applies `n`, then `m`."""
    a, b, c, d, e, f = m
    g, h, i, j, k, l = n  # noqa: E741
    return (a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f)


def invert(m: Affine) -> Affine | None:
    """Return the inverse map, None where there is none."""
    a, b, c, d, e, f = m
    det = a * d - b * c
    if not (math.isfinite(det) and abs(det) > 1e-18 * max(abs(a * d), abs(b * c), 1e-280)):
        return None
    out = (d / det, -b / det, -c / det, a / det, (c * f - d * e) / det, (b * e - a * f) / det)
    return out if all(map(math.isfinite, out)) else None


def _apply(m: Affine, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _span(matrix: Affine, box: Box) -> tuple[float, float]:
    at = [_apply(matrix, x, y)[0] for x in (box[0], box[2]) for y in (box[1], box[3])]
    return min(at), max(at)


def _written_out(stops: Sequence[Stop], spread: Spread, low: float, high: float) -> list[Stop]:
    """Return stops that hold beyond their ends and look like `spread` from `low` to `high`; one of them is one colour."""
    first, last = stops[0][0], stops[-1][0]
    period = last - first
    if spread == "pad" or (first <= low and high <= last):
        return list(stops)
    if not period > 0.0:
        return [stops[-1]]
    begin, end = math.floor((low - first) / period), math.ceil((high - first) / period)
    if end - begin > _MOST_PERIODS:
        return [(first, _mean(stops))]
    backwards = [(first + last - t, colour) for t, colour in reversed(stops)]
    out: list[Stop] = []
    for k in range(begin, max(end, begin + 1)):
        turned = spread == "reflect" and k % 2 == 1
        out += [(t + k * period, colour) for t, colour in (backwards if turned else stops)]
    return out


def _ends(stops: Sequence[Stop]) -> tuple[float, float]:
    first, last = stops[0][0], stops[-1][0]
    return (first, last) if last - first > _STEP * 1e-3 else (first - 0.5 * _STEP, last + 0.5 * _STEP)


def _moved(stops: Sequence[Stop], first: float, scale: float) -> tuple[Stop, ...]:
    return tuple(((t - first) * scale, colour) for t, colour in stops)


def _mean(stops: Sequence[Stop]) -> Colour:
    """Return the mean colour over the stops' length."""
    at = np.array([t for t, _ in stops])
    colours = np.array([colour for _, colour in stops])
    weights = np.diff(at)[:, None] / (at[-1] - at[0])
    r, g, b, a = ((colours[1:] + colours[:-1]) * 0.5 * weights).sum(axis=0).tolist()
    return r, g, b, a


def _colours(stops: Sequence[Stop], spread: Spread, t: npt.NDArray[np.float64]) -> npt.NDArray[np.uint32]:
    """Return the pixels at positions; NaN is nothing."""
    at = np.array([position for position, _ in stops])
    colours = np.array([colour for _, colour in stops])
    nothing = np.isnan(t)
    t = np.where(nothing, at[0], t)
    period = float(at[-1] - at[0])
    if spread != "pad" and period > 0.0:
        turn = (t - at[0]) / period
        whole = np.floor(turn)
        inside = turn - whole
        if spread == "reflect":
            inside = np.where(np.remainder(whole, 2.0) == 1.0, 1.0 - inside, inside)
        t = at[0] + inside * period
    after = np.clip(np.searchsorted(at, t, side="right"), 0, len(at) - 1)
    before = np.maximum(np.searchsorted(at, t, side="right") - 1, 0)
    width = at[after] - at[before]
    w = np.where(width > 0.0, (t - at[before]) / np.where(width > 0.0, width, 1.0), 0.0)[..., None]
    mixed = colours[before] * (1.0 - w) + colours[after] * w
    c = np.clip(np.floor(mixed * 255.0 + 0.5), 0.0, 255.0).astype(np.uint32)
    c = np.where(nothing[..., None], np.uint32(0), np.minimum(c, c[..., 3:]))
    return np.asarray(c[..., 0] | (c[..., 1] << 8) | (c[..., 2] << 16) | (c[..., 3] << 24), np.uint32)
