"""Which heights percentages can be taken of (CSS Flexbox 1, section 9.8; CSS Sizing 3, section 5.2.1)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from wavyte_gpu.normalize.layout_ir import LayoutTable, LengthUnit, StyleLength

__all__ = ["definite_heights", "shared_axis", "without_cycles"]

_FLEX, _COLUMN, _ABSOLUTE = 1, 1, 1
_FLEX_START, _STRETCH = 2, 5
_HEIGHTS = (StyleLength.HEIGHT, StyleLength.MIN_HEIGHT, StyleLength.MAX_HEIGHT)


def without_cycles(table: LayoutTable) -> LayoutTable:
    """Return a table in which percentages of heights that depend on what is inside are automatic, as in CSS.

    Taffy would take them of the height that results.
    """
    unit, value, codes = table.unit.copy(), table.value.copy(), table.codes.copy()
    holds = np.isin(np.arange(len(table)), table.parent)
    known = np.zeros(len(table), dtype=bool)
    for row in range(len(table)):
        first, above = int(table.start[row]), int(table.parent[row])
        own = table.codes[row].tolist()
        align = own[7] if own[7] >= 0 or above < 0 else int(table.codes[above, 5])
        stretched = align in (-1, _STRETCH)
        column = above >= 0 and table.codes[above, 1] % 2 == _COLUMN
        inside = above >= 0 and own[3] != _ABSOLUTE and table.codes[above, 0] == _FLEX
        if inside and column and unit[first + StyleLength.FLEX_BASIS] == LengthUnit.PERCENT and not (known[above] and holds[row]):
            unit[first + StyleLength.HEIGHT] = LengthUnit.AUTO
        if inside and not known[above] and not table.aspect_ratio[row]:
            if column and unit[first + StyleLength.FLEX_BASIS] == LengthUnit.PERCENT:
                unit[first + StyleLength.FLEX_BASIS] = LengthUnit.AUTO
            if unit[first + StyleLength.HEIGHT] == LengthUnit.PERCENT and not column and stretched:
                codes[row, 7], stretched = _FLEX_START, False
            for length in _HEIGHTS:
                if unit[first + length] == LengthUnit.PERCENT:
                    none = length == StyleLength.MIN_HEIGHT and first + length not in table.moving  # automatic is what is inside
                    unit[first + length], value[first + length] = (LengthUnit.PX, 0.0) if none else (LengthUnit.AUTO, 1.0)
        if unit[first + StyleLength.HEIGHT] != LengthUnit.AUTO:
            known[row] = True
        elif above >= 0 and own[3] == _ABSOLUTE:
            ends = [unit[first + side] != LengthUnit.AUTO for side in (StyleLength.INSET_TOP, StyleLength.INSET_BOTTOM)]
            known[row] = stretched and all(ends)
        else:
            known[row] = known[above] if inside and column else stretched
    return replace(table, unit=unit, value=value, codes=codes)


def definite_heights(table: LayoutTable) -> npt.NDArray[np.bool_]:
    """Return (M,) whether the height of each row is known before widths are found: what lies in it does not change it."""
    out = np.zeros(len(table), dtype=bool)
    for row in range(len(table)):
        first, above = int(table.start[row]), int(table.parent[row])
        given = above < 0 or bool(out[above])
        own, unit = table.codes[row].tolist(), table.unit[first + StyleLength.HEIGHT]
        align = own[7] if own[7] >= 0 or above < 0 else int(table.codes[above, 5])
        if unit != LengthUnit.AUTO:
            out[row] = unit == LengthUnit.PX or given
        elif above >= 0 and own[3] != _ABSOLUTE and table.codes[above, 0] == _FLEX and table.codes[above, 1] % 2 == _COLUMN:
            out[row] = given
        elif own[3] == _ABSOLUTE:
            ends = [table.unit[first + side] != LengthUnit.AUTO for side in (StyleLength.INSET_TOP, StyleLength.INSET_BOTTOM)]
            out[row] = align in (-1, _STRETCH) and all(ends)
        else:
            out[row] = align in (-1, _STRETCH) and given
    return out


def shared_axis(table: LayoutTable, row: int) -> int:
    """Return the axis on which an item has its share of a room that does not depend on it, -1 for none.

    Where the room depends on it, Taffy finds it by the bases of items, whatever their bounds.
    """
    above = int(table.parent[row])
    if above < 0 or table.codes[above, 0] != _FLEX or table.codes[row, 3] == _ABSOLUTE:
        return -1
    axis = int(table.codes[above, 1]) % 2
    filled = table.parent[above] < 0 and (axis == 0 or int(table.codes[above, 7]) in (-1, _STRETCH))
    return axis if filled or table.unit[table.start[above] + StyleLength.WIDTH + axis] != LengthUnit.AUTO else -1
