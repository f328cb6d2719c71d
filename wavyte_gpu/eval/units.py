"""What the steps that build render units share: bounds of several, cutting, and whether they touch."""

from __future__ import annotations

from wavyte_gpu.eval.graph import RenderUnit
from wavyte_gpu.foundation.rect import Rect

__all__ = ["FOLD_LIMIT", "composited", "crop", "first_row", "union"]

FOLD_LIMIT = 64  # units; above it a scope is isolated without a search for overlaps


def union(units: list[RenderUnit]) -> Rect:
    """Return the common bounds of one or more units."""
    bounds = units[0].bounds
    for unit in units[1:]:
        bounds = bounds.union(unit.bounds)
    return bounds


def crop(units: list[RenderUnit], to: Rect) -> list[RenderUnit]:
    """Cut units to what will be seen of them."""
    kept = []
    for unit in units:
        unit.bounds = unit.bounds.intersect(to)
        if unit.bounds.empty:
            continue
        if unit.units and not unit.steps and unit.pair is None:
            unit.units = crop(unit.units, to)
            unit.content = unit.bounds
        kept.append(unit)
    return kept


def first_row(unit: RenderUnit) -> int:
    """Return the first leaf row that a unit draws."""
    while unit.row < 0:
        unit = unit.units[0]
    return unit.row


def composited(node: int, parts: list[RenderUnit], opacity: float, blend: int) -> list[RenderUnit]:
    """Return what draws parts as one: themselves where that can't be told, else a unit with a surface."""
    if len(parts) == 1 or (len(parts) <= FOLD_LIMIT and _disjoint(parts)):
        for part in parts:
            # The backdrop inside the scope is transparent here, so the part's own blend mode has nothing to act on.
            part.opacity *= opacity
            part.blend = blend
        return parts
    bounds = union(parts)
    return [RenderUnit(node, -1, opacity, blend, bounds, parts, bounds)]


def _disjoint(units: list[RenderUnit]) -> bool:
    """Return whether no two units' bounds touch."""
    for i, unit in enumerate(units):
        a = unit.bounds
        for other in units[:i]:
            b = other.bounds
            if a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1:
                return False
    return True
