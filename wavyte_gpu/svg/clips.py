"""Clip paths: outlines joined to one, and items cut by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wavyte_gpu.raster.clip import intersect, join
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.unite import Budget
from wavyte_gpu.svg.scene import Fill, Group, Item

__all__ = ["clip_items", "joined"]

_SCALE = 8.0  # cut outlines are fine enough to be drawn this much larger
_WHITE = (1.0, 1.0, 1.0, 1.0)

Shape = tuple[Outline, bool]
"""An outline and whether its rule is even-odd."""


def joined(shapes: Sequence[Shape], budget: Budget, within: Shape | None = None) -> Shape:
    """Return what lies in any of several shapes, and in `within`; the file's budget is spent.

    Raises:
        ValueError: Skia can't tell.
    """
    shapes = [shape for shape in shapes if _has_area(shape[0])]
    if not shapes:
        return Outline.empty(), False
    found = shapes[0]
    for shape in shapes[1:]:
        united = join(*found, *shape, _SCALE, budget)
        if united is None:
            raise ValueError("its clip path is too tangled")
        found = united, False
    if within is not None:
        common = intersect(*found, *within, _SCALE, budget)
        if common is None:
            raise ValueError("its clip path is too tangled")
        found = common, (found[1] and common is found[0]) or (within[1] and common is within[0])
    return found


def _has_area(outline: Outline) -> bool:
    x0, y0, x1, y1 = outline.bounds()
    return x1 > x0 and y1 > y0


def clip_items(items: Sequence[Item], outline: Outline, even_odd: bool, budget: Budget) -> list[Item]:
    """Return items cut by a clip path: their outlines where that works and the file's budget allows it, else by a mask."""
    out: list[Item] = []
    for item in items:
        if isinstance(item, Group):
            inner = clip_items(item.items, outline, even_odd, budget)
            if inner:
                out.append(replace(item, items=tuple(inner)))
            continue
        common = intersect(item.outline, item.even_odd, outline, even_odd, _SCALE, budget)
        if common is None:
            out.append(Group((item,), mask=(Fill(outline, even_odd, _WHITE),), luma=False))
        elif not common.is_empty:
            rule = (item.even_odd and common is item.outline) or (even_odd and common is outline)
            out.append(Fill(common, rule, item.paint))
    return out
