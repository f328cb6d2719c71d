"""The common part and the union of two outlines, by Skia's path operations.

They fail on one tangled path in a hundred: results are measured.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pathops  # type: ignore[import-untyped, unused-ignore]

from wavyte_gpu.raster.flatten import Contours, flatten
from wavyte_gpu.raster.outline import Outline, Verb
from wavyte_gpu.raster.unite import Budget, Frame, from_skia, is_tangled, to_skia

__all__ = ["contains_box", "intersect", "join"]

F64 = npt.NDArray[np.float64]

_MOST_VERBS = 1500  # Skia's time grows with the square
_REACH = float(1 << 20)
_UNIT = 128.0  # of Skia's coordinates to a px at a scale of 1
_LINES = 64
_SLACK = 0.01  # of an outline's size, by which lengths inside may differ on any line
_ATTEMPTS = ((0.0, 1.0), (0.37, 0.9173), (0.61, 1.0849))


def intersect(
    a: Outline, a_even_odd: bool, b: Outline, b_even_odd: bool, scale: float = 1.0, budget: Budget | None = None
) -> Outline | None:
    """Return what lies inside both; None where Skia can't tell. A result that is `a` or `b` keeps its rule, any other is
    filled by the nonzero rule.

    Args:
        scale: how much larger than its px the outline is drawn as a rule; results are rounded to 1/1024 px of that.
        budget: is spent.
    """
    if a.is_empty or b.is_empty:
        return Outline.empty()
    box_a, box_b = a.bounds(), b.bounds()
    if box_a[0] >= box_b[2] or box_b[0] >= box_a[2] or box_a[1] >= box_b[3] or box_b[1] >= box_a[3]:
        return Outline.empty()
    if contains_box(b, box_a):
        return a
    if contains_box(a, box_b):
        return b
    low, high = np.maximum(box_a[:2], box_b[:2]), np.minimum(box_a[2:], box_b[2:])
    if (high <= low).any():  # one of them has no area
        return Outline.empty()
    return _operate(pathops.PathOp.INTERSECTION, a, a_even_odd, b, b_even_odd, low, high, scale, budget)


def join(
    a: Outline, a_even_odd: bool, b: Outline, b_even_odd: bool, scale: float = 1.0, budget: Budget | None = None
) -> Outline | None:
    """Return what lies inside either, filled by the nonzero rule; None where Skia can't tell. Both have an area."""
    box_a, box_b = a.bounds(), b.bounds()
    low, high = np.minimum(box_a[:2], box_b[:2]), np.maximum(box_a[2:], box_b[2:])
    return _operate(pathops.PathOp.UNION, a, a_even_odd, b, b_even_odd, low, high, scale, budget)


def _operate(
    operation: pathops.PathOp,
    a: Outline,
    a_even_odd: bool,
    b: Outline,
    b_even_odd: bool,
    low: F64,
    high: F64,
    scale: float,
    budget: Budget | None,
) -> Outline | None:
    """Return the result of an operation, if it covers what it should between two corners."""
    if len(a.verbs) + len(b.verbs) > _MOST_VERBS or is_tangled(a, budget) or is_tangled(b, budget):
        return None
    both = np.array([a.bounds(), b.bounds()])
    reach = float((both[:, 2:].max(axis=0) - both[:, :2].min(axis=0)).max())
    unit = 2.0 ** math.floor(math.log2(min(_UNIT * scale, _REACH / reach)))
    frame = Frame(np.floor((low + high) * 0.5), unit)
    fine = 512.0 / reach
    either = operation == pathops.PathOp.UNION
    lines = (flatten(a, fine), a_even_odd), (flatten(b, fine), b_even_odd)
    wanted = _profile(lines, low, high, either)
    slack = _SLACK * np.repeat(high - low, _LINES)
    paths = []
    for outline, even_odd in ((a, a_even_odd), (b, b_even_odd)):
        path = to_skia(outline, frame)
        path.fillType = pathops.FillType.EVEN_ODD if even_odd else pathops.FillType.WINDING
        paths.append(path)
    for shift, factor in _ATTEMPTS:
        moved = [path.transform(factor, 0.0, 0.0, factor, shift, shift) for path in paths]
        try:
            found = pathops.op(*moved, operation, fix_winding=True, keep_starting_points=False)
        except pathops.PathOpsError:
            continue
        own = unit * factor
        out = from_skia(found, Frame(frame.origin - shift / own, own), 1024.0 * max(scale, 1.0))
        profile = _profile(((flatten(out, fine), False),), low, high, either)
        if (np.abs(profile - wanted) > slack).sum() <= 2:
            return out
    return None


def contains_box(outline: Outline, box: tuple[float, float, float, float]) -> bool:
    """Return whether an outline is one upright rectangle around a box."""
    if len(outline.verbs) not in (5, 6) or (np.diff(outline.verbs[1:4]) != 0).any() or outline.verbs[1] != Verb.LINE:
        return False
    p = outline.points
    if (len(p) == 5 and (p[4] != p[0]).any()) or len(p) not in (4, 5):
        return False
    x, y = p[:4, 0], p[:4, 1]
    upright = (x[0] == x[3] and x[1] == x[2] and y[0] == y[1] and y[2] == y[3]) or (
        x[0] == x[1] and x[2] == x[3] and y[0] == y[3] and y[1] == y[2]
    )
    return bool(upright and x.min() <= box[0] and y.min() <= box[1] and x.max() >= box[2] and y.max() >= box[3])


def _profile(shapes: tuple[tuple[Contours, bool], ...], low: F64, high: F64, either: bool) -> F64:
    """Return how much of each of a set of lines across a box lies inside all shapes, or inside any of them."""
    rows = [_crossings(contours, low[1], high[1], 1) for contours, _ in shapes]
    columns = [_crossings(contours, low[0], high[0], 0) for contours, _ in shapes]
    rules = [even_odd for _, even_odd in shapes]
    return np.concatenate([_inside(rows, rules, either), _inside(columns, rules, either)])


def _crossings(contours: Contours, low: float, high: float, axis: int) -> tuple[npt.NDArray[np.int64], F64, F64]:
    """Return where a polygon crosses _LINES lines of equal x (axis 0) or y (axis 1): line, place along it, direction."""
    start = contours.points
    end = np.roll(start, -1, axis=0)
    end[contours.offsets[1:] - 1] = start[contours.offsets[:-1]]
    y0, y1, x0, x1 = start[:, axis], end[:, axis], start[:, 1 - axis], end[:, 1 - axis]
    step = (high - low) / _LINES
    first = np.clip(np.ceil((np.minimum(y0, y1) - low) / step - 0.437), 0, _LINES).astype(np.int64)
    last = np.clip(np.ceil((np.maximum(y0, y1) - low) / step - 0.437), 0, _LINES).astype(np.int64)
    counts = last - first
    edge = np.repeat(np.arange(len(start)), counts)
    line = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    y = low + (line + 0.437) * step
    x = x0[edge] + (x1[edge] - x0[edge]) * ((y - y0[edge]) / (y1[edge] - y0[edge]))
    return line, x, np.where(y1 > y0, 1.0, -1.0)[edge]


def _inside(crossings: list[tuple[npt.NDArray[np.int64], F64, F64]], rules: list[bool], either: bool) -> F64:
    line = np.concatenate([c[0] for c in crossings])
    x = np.concatenate([c[1] for c in crossings])
    order = np.lexsort((x, line))
    inside = np.full(len(line), not either)
    at = 0
    for (_, _, direction), even_odd in zip(crossings, rules, strict=True):
        turns = np.zeros(len(line))
        turns[at : at + len(direction)] = direction
        at += len(direction)
        winding = np.cumsum(turns[order])
        own = (np.abs(winding) % 2.0 == 1.0) if even_odd else winding != 0.0
        inside = inside | own if either else inside & own
    gap = np.diff(x[order], append=0.0)
    lengths: F64 = np.bincount(line[order], weights=np.where(inside, gap, 0.0), minlength=_LINES)  # type: ignore[assignment]
    return lengths
