"""Groups of parts inside one leaf (of SVG pictures and colour glyphs), as units of their own."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from wavyte_gpu.eval.graph import LeafTable, MaskStep, PartRange, RenderUnit, Step
from wavyte_gpu.eval.units import composited, crop, union
from wavyte_gpu.foundation.enums import Blend
from wavyte_gpu.normalize.ir import MaskDef

__all__ = ["group_parts"]


def group_parts(units: list[RenderUnit], leaves: LeafTable) -> list[RenderUnit]:
    """Return units, one a leaf row, with every group of parts made a unit, or folded into its parts."""
    if not leaves.part_groups and not leaves.form_groups:
        return units
    if not units:
        return units
    out: list[RenderUnit] = []
    rows = [unit.row for unit in units]
    node, part = leaves.node[rows], leaves.part[rows]
    parts = part.tolist()
    ends = np.flatnonzero((node[1:] != node[:-1]) | (part[1:] <= part[:-1])) + 1
    for first, last in pairwise([0, *ends.tolist(), len(units)]):
        groups = leaves.groups_of(rows[first])
        own = units[first:last]
        out += _grouped(own, parts[first:last], groups) if groups else own
    return out


def _grouped(units: list[RenderUnit], parts: list[int], groups: Sequence[PartRange]) -> list[RenderUnit]:
    """Return the units of one leaf; inner groups come before the outer."""
    entries = [(part, [unit]) for part, unit in zip(parts, units, strict=True)]
    for group in groups:
        low, middle, high = (
            bisect_left(entries, part, key=lambda entry: entry[0]) for part in (group.first, group.content, group.end)
        )
        mask = [unit for _, several in entries[low:middle] for unit in several]
        content = [unit for _, several in entries[middle:high] for unit in several]
        made = _composited(group, mask, content)
        entries[low:high] = [(group.first, made)] if made else []
    return [unit for _, several in entries for unit in several]


def _composited(group: PartRange, mask: list[RenderUnit], content: list[RenderUnit]) -> list[RenderUnit]:
    """Return what composites a group's content once."""
    masked = group.content > group.first
    if not content or (masked and not mask and not group.inverted):
        return []
    node = content[0].node
    steps: list[Step] = []
    if mask:
        bounds = union(mask)
        if not group.inverted:
            content = crop(content, bounds)
            if not content:
                return []
        rule = MaskDef(node, "luma" if group.luma else "alpha", 0.0, group.inverted)
        steps.append(MaskStep(node, mask, bounds, rule))
    elif group.opacity == 1.0 and {group.blend, *(unit.blend for unit in content)} == {Blend.NORMAL}:
        return content
    if not steps:
        return composited(node, content, group.opacity, group.blend)
    bounds = union(content)
    return [RenderUnit(node, -1, group.opacity, group.blend, bounds, content, bounds, tuple(steps))]
