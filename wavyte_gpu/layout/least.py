"""Which items have a least height that Taffy 0.7 takes for nothing: a solve of the item alone finds it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.normalize.layout_ir import LayoutTable, LengthUnit, StyleLength

__all__ = ["LeastHeights"]

Flags = npt.NDArray[np.bool_]
_FLEX, _GRID, _COLUMN, _ABSOLUTE = 1, 2, 1, 1


class LeastHeights:
    """Items that are at least as high as what is in them, where this is a grid with shares of rows.

    Taffy asks for the least height of a grid as for its least width, in which shares are nothing. But the least height is the automatic
    one (CSS Sizing 3, section 5.1), in which each share is as large as its items ask for.

    Attributes:
        rows: those items, each after those in it.
        grids: (M,), the grids in which such items lie.
    """

    def __init__(self, table: LayoutTable, shared: Flags) -> None:
        """Find the items.

        Args:
            shared: (M,), grids with shares of rows.
        """
        self._table = table
        first = table.start[:-1]
        free = table.unit[first + StyleLength.HEIGHT] == LengthUnit.AUTO
        holds = shared & (table.aspect_ratio == 0.0)
        self.rows: list[int] = []
        self.grids: Flags = np.zeros(len(table), dtype=bool)
        for row in range(len(table) - 1, -1, -1):
            above = int(table.parent[row])
            if not holds[row] or above < 0 or table.codes[row, 3] == _ABSOLUTE:
                continue
            holds[above] |= free[row] and table.aspect_ratio[above] == 0.0
            display, direction = table.codes[above, :2].tolist()
            sized = (display == _GRID and free[row]) or (display == _FLEX and direction % 2 == _COLUMN)
            if sized and table.unit[first[row] + StyleLength.MIN_HEIGHT] == LengthUnit.AUTO:
                self.rows.append(row)
                self.grids[above] |= display == _GRID

    def counts(self, row: int, down: npt.NDArray[np.int16]) -> bool:
        """Return whether what is in an item is its least height (CSS Grid 1, section 6.6).

        Args:
            down: the lines of the rows of the grid that it lies in.
        """
        above = int(self._table.parent[row])
        if not self.grids[above]:
            return True
        of = int(self._table.start[above]) + len(StyleLength) + int(self._table.columns[above])
        units = self._table.unit[of : self._table.start[above + 1]].tolist()
        crossed = [units[i] if 0 <= i < len(units) else LengthUnit.AUTO for i in range(*down.tolist())]
        shares = LengthUnit.FR in crossed
        return shares if len(crossed) == 1 and shares else LengthUnit.AUTO in crossed and not shares
