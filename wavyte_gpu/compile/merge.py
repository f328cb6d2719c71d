"""Shapes of one colour that do not touch are drawn as one: forty icons of one file take a few ops instead of forty for each part.

Each unit has the least level above those of the earlier units that it touches. Units of one level do not touch, and those that touch
keep their order, so every pixel stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import numpy as np

from wavyte_gpu.eval.graph import RenderUnit
from wavyte_gpu.foundation.rect import Rect

__all__ = ["Together", "merge_shapes"]

Together = dict[tuple[int, Rect], tuple[int, ...]]
"""By the first row and the common bounds of merged units: the leaf rows of all of them."""

_MOST_UNITS = 400  # each is compared with all others


def merge_shapes(
    units: Sequence[RenderUnit], colour_of: Callable[[RenderUnit], Hashable | None]
) -> tuple[list[RenderUnit], Together]:
    """Return units of a surface with shapes of equal colour merged.

    Args:
        colour_of: what must be equal for two leaves to be drawn as one shape; None for what is never merged.
    """
    together: Together = {}
    colours = [colour_of(unit) for unit in units]
    found = [colour for colour in colours if colour is not None]
    if len(units) > _MOST_UNITS or len(set(found)) == len(found):
        return list(units), together
    bounds = np.array([unit.bounds for unit in units], np.int64)
    x0, y0, x1, y1 = bounds.T
    touch = (x0[:, None] < x1) & (x1[:, None] > x0) & (y0[:, None] < y1) & (y1[:, None] > y0)
    level = [0] * len(units)
    for upper, lower in zip(*(index.tolist() for index in np.nonzero(np.tril(touch, -1))), strict=True):
        level[upper] = max(level[upper], level[lower] + 1)
    slots: dict[Hashable, list[int]] = {}
    for i, colour in enumerate(colours):
        slots.setdefault((level[i], i if colour is None else colour, colour is None), []).append(i)
    if len(slots) == len(units):
        return list(units), together
    out = []
    for members in sorted(slots.values(), key=lambda members: (level[members[0]], members[0])):
        head = units[members[0]]
        if len(members) == 1:
            out.append(head)
            continue
        low, high = bounds[members, :2].min(axis=0).tolist(), bounds[members, 2:].max(axis=0).tolist()
        merged = replace(head, bounds=Rect(*low, *high))
        together[head.row, merged.bounds] = tuple(units[i].row for i in members)
        out.append(merged)
    return out, together
