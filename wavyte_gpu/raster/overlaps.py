"""Outlines whose contours overlap, made to ones that fill alike without: one, or many small ones, such as glyphs, at once.

The coverage of a pixel is a sum over its edges: where two contours that both go inside cross in a pixel, it counts twice what they
share. Fonts that vary are drawn with such overlaps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pathops  # type: ignore[import-untyped, unused-ignore]

from wavyte_gpu.raster.flatten import flatten
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.unite import Budget, Frame, from_skia, inside_lengths, is_tangled, next_points, to_skia, unite

__all__ = ["apart", "without_overlaps"]

F64 = npt.NDArray[np.float64]

_FRAME = Frame(np.zeros(2), 1.0)
_GRID = 64.0
_SAME_AREA = 1e-6
_LEAST_POINTS = 4  # three sides overlap with nothing
_REACH = 65536.0  # how large Skia sees an outline, so that its float32 hold 1/128 of a unit
_MOST_PX = 16384.0  # wider ones would be rounded to more than 1/256 px
_SIDE_PX = 100.0  # outlines are measured at this size
_SIDE_SCALE = 0.25  # as if they were smaller: to 1/16 px
_LINES = 24
_SLACK_PX = 1.0  # by which lengths inside may differ on any line


def without_overlaps(outlines: Sequence[Outline]) -> list[Outline]:
    """Return outlines that fill alike by the nonzero rule, their contours apart or nested: winding numbers are 0 and 1, or 0 and -1.

    Those without overlaps come back as they are, and so does what Skia can't unite.

    Args:
        outlines: in units of which 1/64 does not show, such as font units.
    """
    out = list(outlines)
    changed: list[tuple[int, Outline]] = []
    for i, outline in enumerate(outlines):
        if outline.is_empty or is_tangled(outline):
            continue
        path = to_skia(outline, _FRAME)
        area = abs(path.area)
        try:
            path.simplify(fix_winding=True, keep_starting_points=False)
        except pathops.PathOpsError:
            continue
        if abs(abs(path.area) - area) > _SAME_AREA * area:
            changed.append((i, from_skia(path, _FRAME, _GRID)))
    if changed:
        before = _profiles([outlines[i] for i, _ in changed], [outlines[i] for i, _ in changed])
        after = _profiles([made for _, made in changed], [outlines[i] for i, _ in changed])
        good = np.all(np.abs(before - after) <= _SLACK_PX, axis=1)
        for (i, made), fits in zip(changed, good.tolist(), strict=True):
            if fits:
                out[i] = made
    return out


def apart(outline: Outline, even_odd: bool, budget: Budget | None = None) -> tuple[Outline, bool]:
    """Return an outline that fills alike, its contours apart or nested, and whether its rule is even-odd.

    One without overlaps comes back as it is, and so do those that Skia can't unite: coverage then errs in the pixels where
    contours meet.

    Args:
        budget: is spent, if only to look.
    """
    if len(outline.points) < _LEAST_POINTS or is_tangled(outline, budget):
        return outline, even_odd
    x0, y0, x1, y1 = outline.bounds()
    reach = max(x1 - x0, y1 - y0)
    if not 1.0 / _REACH < reach <= _MOST_PX:
        return outline, even_odd
    unit = 2.0 ** math.floor(math.log2(_REACH / reach))
    frame = Frame(np.floor(np.array([x0 + x1, y0 + y1]) * 0.5), unit)
    path = to_skia(outline, frame)
    area = abs(path.area)
    simple = pathops.Path(path)
    simple.fillType = pathops.FillType.EVEN_ODD if even_odd else pathops.FillType.WINDING
    try:
        simple.simplify(fix_winding=True, keep_starting_points=False)
    except pathops.PathOpsError:
        return outline, even_odd
    if abs(abs(simple.area) - area) <= _SAME_AREA * area:
        return outline, even_odd
    united = unite(path, frame, unit * _GRID, unit / 64.0, even_odd)
    return (outline, even_odd) if united is None else (united, False)


def _profiles(outlines: Sequence[Outline], boxes: Sequence[Outline]) -> F64:
    """Return how much of lines across each outline lies inside by the nonzero rule, (N, 2 * _LINES), the box of each _SIDE_PX wide."""
    corners = np.array([box.hull for box in boxes]).reshape(-1, 4)
    owner = np.repeat(np.arange(len(outlines)), [len(outline.points) for outline in outlines])
    sizes = np.maximum(corners[:, 2:] - corners[:, :2], 1e-9)
    points = (np.concatenate([o.points for o in outlines]) - corners[owner, :2]) * (_SIDE_PX / sizes)[owner]
    placed = points + (owner * _SIDE_PX)[:, None]  # each beside and below the one before
    contours = flatten(Outline(placed, np.concatenate([outline.verbs for outline in outlines])), _SIDE_SCALE)
    start, end, count = contours.points, next_points(contours), len(outlines)
    out = [
        inside_lengths(start[:, axes], end[:, axes], 0.0, count * _SIDE_PX, count * _LINES).reshape(count, _LINES)
        for axes in ([0, 1], [1, 0])
    ]
    return np.concatenate(out, axis=1)
