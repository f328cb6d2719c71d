"""Which items have a least size that Taffy 0.7 finds otherwise than CSS: a solve of the item alone finds it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.normalize.layout_ir import LayoutTable, LengthUnit, StyleLength

__all__ = ["LeastSizes"]

Flags = npt.NDArray[np.bool_]
_FLEX, _GRID, _ABSOLUTE = 1, 2, 1


class LeastSizes:
    """Items that are at least as large along an axis as what is in them, where this is a grid that Taffy asks for it wrongly.

    Taffy asks for the least height of a grid as for its least width, in which shares are nothing. But the least height is the automatic
    one (CSS Sizing 3, section 5.1), in which each share is as large as its items ask for. And for the least width of a grid it asks
    how narrow its items can be made by what is in them, where a browser asks for their least widths.

    Attributes:
        rows: those items, each after those in it.
        grids: (M,), the grids in which such items lie.
    """

    def __init__(self, table: LayoutTable, axis: int, asked: Flags) -> None:
        """Find the items.

        Args:
            asked: (M,), the grids that Taffy asks wrongly.
        """
        self._table, self._axis = table, axis
        first = table.start[:-1]
        units = table.unit[first + StyleLength.WIDTH + axis]
        holds = asked & (table.aspect_ratio == 0.0)
        self.rows: list[int] = []
        self.grids: Flags = np.zeros(len(table), dtype=bool)
        for row in range(len(table) - 1, -1, -1):
            above = int(table.parent[row])
            if not holds[row] or above < 0 or table.codes[row, 3] == _ABSOLUTE:
                continue
            free = units[row] == LengthUnit.AUTO
            holds[above] |= free and table.aspect_ratio[above] == 0.0
            display, direction = table.codes[above, :2].tolist()
            sized = free if display == _GRID else display == _FLEX and direction % 2 == axis
            known = axis == 1 or units[row] != LengthUnit.PERCENT
            if sized and known and table.unit[first[row] + StyleLength.MIN_WIDTH + axis] == LengthUnit.AUTO:
                self.rows.append(row)
                self.grids[above] |= display == _GRID

    def counts(self, row: int, areas: npt.NDArray[np.int16]) -> bool:
        """Return whether what is in an item is its least size (CSS Grid 1, section 6.6).

        Args:
            areas: (M, 2, 2), the lines of the grids that items lie in.
        """
        above, axis = int(self._table.parent[row]), self._axis
        if not self.grids[above]:
            return True
        first = int(self._table.start[above]) + len(StyleLength)
        split = first + int(self._table.columns[above])
        units = self._table.unit[split : self._table.start[above + 1]] if axis else self._table.unit[first:split]
        crossed = [units[i] if 0 <= i < len(units) else LengthUnit.AUTO for i in range(*areas[row, axis].tolist())]
        shares = LengthUnit.FR in crossed
        return shares if len(crossed) == 1 and shares else LengthUnit.AUTO in crossed and not shares
