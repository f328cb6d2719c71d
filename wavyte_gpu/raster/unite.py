"""Unite overlapping parts of an outline by Skia's path operations, and make sure that they did.

Skia's simplification loses parts of about one tangled path in a hundred, without saying so. Each result is therefore measured
against what went in, along lines across the shape, and the next attempt starts from slightly moved points.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pathops  # type: ignore[import-untyped, unused-ignore]

from wavyte_gpu.raster.flatten import Contours, flatten
from wavyte_gpu.raster.outline import Outline, Verb

__all__ = ["MOST_VERBS", "Budget", "Frame", "from_skia", "inside_lengths", "is_tangled", "next_points", "to_skia", "unite"]

F64 = npt.NDArray[np.float64]

MOST_VERBS = 1500  # Skia's time grows with the square,
_MOST_WORK = 1 << 22  # and with verbs times crossings: a third of a second,
_CALL = 1 << 15  # what a path costs besides: four thousandths of a second
_CUBIC = 24  # a cubic counts as so many lines
_LINES = 96
_SLACK_PX = 0.5  # by which lengths inside may differ on any line
_ALLOWED_PX = (
    1.0  # what may be beyond that, all lines together: one that touches a round end; lost parts cross many lines
)
_ATTEMPTS = ((0.0, 1.0), (0.37, 0.9173), (0.61, 1.0849), (0.23, 0.7931))
"""Shifts of the points in Skia's unit and factors of their size."""


class Budget:
    """How much work the paths of one file may make together, in verbs times crossings: the same on every machine.

    Attributes:
        left: below 0, paths stay as they are.
    """

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


class Frame:
    """Where Skia computes: its origin in local px and its unit in local px^-1."""

    __slots__ = ("origin", "unit")

    def __init__(self, origin: F64, unit: float) -> None:
        self.origin = origin
        self.unit = unit


def unite(
    path: Any, frame: Frame, grid: float, scale: float, even_odd: bool = False, budget: Budget | None = None
) -> Outline | None:
    """Return a path's outline as contours that do not overlap: both rules fill them alike.

    None should every attempt fail, or the path be too long or too tangled for Skia.

    Args:
        path: `pathops.Path` without conics.
        frame: what its coordinates are.
        grid: points are rounded to 1/grid px.
        scale: of the canvas that the result is measured on.
        even_odd: the rule that fills the path. budget: is spent.
    """
    plain = from_skia(path, frame, grid)
    if plain.is_empty:
        return plain
    if is_tangled(plain, budget):
        return None
    wanted = _profile(flatten(plain, scale), scale, plain.bounds(), even_odd)
    for shift, factor in _ATTEMPTS:
        moved = pathops.Path(path).transform(factor, 0.0, 0.0, factor, shift, shift)
        moved.fillType = pathops.FillType.EVEN_ODD if even_odd else pathops.FillType.WINDING
        try:
            moved.simplify(fix_winding=True, keep_starting_points=False)
        except pathops.PathOpsError:
            continue
        unit = frame.unit * factor
        united = from_skia(moved, Frame(frame.origin - shift / unit, unit), grid)
        found = _profile(flatten(united, scale), scale, plain.bounds())
        excess = np.maximum(np.abs(found - wanted) - _SLACK_PX - 0.02 * wanted, 0.0)
        if float(excess.sum()) <= _ALLOWED_PX:
            return united
    return None


def is_tangled(outline: Outline, budget: Budget | None = None) -> bool:
    """Return whether Skia may take too long to unite an outline: it is long, or its pieces cross each other too often.

    Args:
        budget: that it must fit into, too; what Skia will do is taken from it.
    """
    count = len(outline.verbs)
    if count > MOST_VERBS or (budget is not None and budget.left < 0):
        return True
    weight = count + _CUBIC * int(np.count_nonzero(outline.verbs == Verb.CUBIC))
    if count * count * weight <= (2 * _MOST_WORK if budget is None else 2 * _CALL):
        work = 0
    else:
        work = _crossings(outline) * weight
        if work > _MOST_WORK:
            return True
    if budget is not None:
        budget.left -= work + _CALL + (count * count >> 2)
    return False


def _crossings(outline: Outline) -> int:
    """Return how often the pieces of an outline cross each other, taken as straight."""
    pieces = outline.segments.points
    pieces = pieces[np.argsort(pieces[..., 0].min(axis=1))]
    low, high = pieces.min(axis=1), pieces.max(axis=1)
    numbers = np.searchsorted(low[:, 0], high[:, 0], side="right") - np.arange(1, len(low) + 1)
    one = np.repeat(np.arange(len(low)), numbers)
    other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    meet = (low[other, 1] <= high[one, 1]) & (high[other, 1] >= low[one, 1])
    one, other = one[meet], other[meet]
    start, end = pieces[:, 0], pieces[:, 3]
    crossed = np.count_nonzero(_parts(start, end, one, other) & _parts(start, end, other, one))
    return int(crossed)


def _parts(start: F64, end: F64, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return whether the line through the ends of piece `one` has those of piece `other` on different sides."""
    at, along = start[one], end[one] - start[one]
    a, b = start[other] - at, end[other] - at
    found: npt.NDArray[np.bool_] = (along[:, 0] * a[:, 1] > along[:, 1] * a[:, 0]) != (
        along[:, 0] * b[:, 1] > along[:, 1] * b[:, 0]
    )
    return found


def to_skia(outline: Outline, frame: Frame) -> Any:
    """Return an outline as a `pathops.Path`."""
    path = pathops.Path()
    values = ((outline.points - frame.origin) * frame.unit).reshape(-1).tolist()
    draws = (path.moveTo, path.lineTo, path.quadTo, path.cubicTo, path.close)
    at = 0
    for verb in outline.verbs.tolist():
        end = at + (2, 2, 4, 6, 0)[verb]
        draws[verb](*values[at:end])
        at = end
    return path


_VERBS = np.array([Verb.MOVE, Verb.LINE, Verb.QUAD, 255, Verb.CUBIC, Verb.CLOSE], np.uint8)  # of Skia's; 255: a conic


def from_skia(path: Any, frame: Frame, grid: float) -> Outline:
    """Return a `pathops.Path` without conics as an outline, its points rounded to 1/grid px."""
    points = np.array(path.points, np.float64).reshape(-1, 2) / frame.unit + frame.origin
    return Outline(np.floor(points * grid + 0.5) / grid, _VERBS[np.array(path.verbs, np.int64)])


def _profile(
    contours: Contours, scale: float, bounds: tuple[float, float, float, float], even_odd: bool = False
) -> F64:
    """Return how much of each of a set of lines across the bounds lies inside, in px of the canvas."""
    start, end = contours.points, next_points(contours)
    rows = inside_lengths(start, end, bounds[1], bounds[3], _LINES, even_odd)
    columns = inside_lengths(start[:, ::-1], end[:, ::-1], bounds[0], bounds[2], _LINES, even_odd)
    return np.concatenate([rows, columns]) * scale


def next_points(contours: Contours) -> F64:
    """Return the point after each: the first after the last."""
    out = np.roll(contours.points, -1, axis=0)
    out[contours.offsets[1:] - 1] = contours.points[contours.offsets[:-1]]
    return out


def inside_lengths(start: F64, end: F64, low: float, high: float, lines: int, even_odd: bool = False) -> F64:
    """Return the lengths inside of `lines` lines of equal y between `low` and `high`."""
    step = (high - low) / lines
    if not step > 0.0:
        return np.zeros(lines)
    y0, y1 = start[:, 1], end[:, 1]
    # Lines stand at low + (k + 0.437) step: no multiple of a pixel, so that edges along them are rare.
    first = np.ceil((np.minimum(y0, y1) - low) / step - 0.437).astype(np.int64)
    last = np.ceil((np.maximum(y0, y1) - low) / step - 0.437).astype(np.int64)
    first, last = np.clip(first, 0, lines), np.clip(last, 0, lines)
    counts = last - first
    edge = np.repeat(np.arange(len(start)), counts)
    line = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    y = low + (line + 0.437) * step
    x = start[edge, 0] + (end[edge, 0] - start[edge, 0]) * ((y - y0[edge]) / (y1[edge] - y0[edge]))
    order = np.lexsort((x, line))
    winding = np.cumsum(np.where(y1 > y0, 1, -1)[edge][order])
    inside = winding & 1 != 0 if even_odd else winding != 0
    gap = np.diff(x[order], append=0.0)
    lengths: F64 = np.bincount(line[order], weights=np.where(inside, gap, 0.0), minlength=lines)  # type: ignore[assignment]
    return lengths
