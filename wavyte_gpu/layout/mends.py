"""Where Taffy 0.7 and CSS differ, what is asked of Taffy instead, so that boxes lie where CSS has them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from wavyte_gpu.layout.placement import GridLines
from wavyte_gpu.normalize.layout_ir import LayoutTable, LengthUnit, StyleLength

__all__ = ["Mends"]

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
Shown = npt.NDArray[np.bool_]
_FLEX, _GRID = 1, 2
_ABSOLUTE = 1
_DISPLAY, _DIRECTION, _WRAP, _POSITION, _JUSTIFY, _ALIGN_SELF = 0, 1, 2, 3, 4, 7
_STRETCH = 5
_SHARE = {1: 1.0, 3: 1.0, 4: 0.5}  # of the free space, before a box aligned to the end or to the centre
_MAIN_SHARE = (0.0, 1.0, 0.0, 1.0, 0.5, 0.0, 0.0, 0.5, 0.5, 0.0)  # by justify_content, the last one for none
_LOGICAL = (0, 1)  # start and end, which no direction turns
_MAIN = {0: (StyleLength.MARGIN_LEFT, StyleLength.MARGIN_RIGHT), 1: (StyleLength.MARGIN_TOP, StyleLength.MARGIN_BOTTOM)}


class Mends:
    """Changes styles before a layout is solved and boxes after it.

    Attributes:
        table: the layouts, with lengths that are not asked for left out.
        grid: the lines of grid items.
        boxed: rows of grid items in which percentages occur: a box around each takes their place in the grid, so that its tracks
            find their sizes as if the percentages were automatic.
    """

    def __init__(self, table: LayoutTable) -> None:
        self._raw = table
        self.grid = GridLines(table)
        parent, codes = table.parent, table.codes
        inside = parent >= 0
        absolute = inside & (codes[:, _POSITION] == _ABSOLUTE)
        above = codes[parent]
        self._align = codes[:, _ALIGN_SELF]
        first = table.start[:-1].astype(np.int64)
        unit = table.unit.copy()
        sizes = table.unit[first[:, None] + np.arange(StyleLength.WIDTH, StyleLength.MAX_HEIGHT + 1)]
        self.boxed = inside & ~absolute & (above[:, _DISPLAY] == _GRID) & (sizes == LengthUnit.PERCENT).any(axis=1)
        # Taffy stretches what is absolutely placed between two insets, whatever its alignment
        top, bottom = (table.unit[first + side] for side in (StyleLength.INSET_TOP, StyleLength.INSET_BOTTOM))
        held = absolute & (top != LengthUnit.AUTO) & (bottom != LengthUnit.AUTO)
        held &= (self._align >= 0) & (self._align != _STRETCH) & ~table.lines[:, 3:].any(axis=1)
        self._held = np.flatnonzero(held)
        self._static = np.flatnonzero(absolute & self._is_turned(first))
        unit[first[held] + StyleLength.INSET_BOTTOM] = LengthUnit.AUTO
        self.table = replace(table, unit=unit)
        self._holds = np.isin(np.arange(len(table)), parent[absolute])  # absolutely placed items, which know the padding
        self._rows = [(row, np.flatnonzero((parent == row) & ~absolute)) for row in self._lines_that_grow()]
        self._gapped = np.flatnonzero(absolute & (above[:, _DISPLAY] == _GRID) & table.lines.any(axis=1)).tolist()

    def _lines_that_grow(self) -> list[int]:
        """Return the rows of the containers of one line whose items may share out a part of the free space."""
        table = self._raw
        moving = np.zeros(len(table.value), dtype=bool)
        moving[table.moving] = True
        grow = table.start[:-1] + StyleLength.FLEX_GROW
        grows = (table.value[grow] > 0.0) | moving[grow]
        single = (table.codes[:, _DISPLAY] == _FLEX) & (table.codes[:, _WRAP] == 0)
        rows = np.unique(table.parent[grows & (table.parent >= 0)])
        return [row for row in rows.tolist() if single[row]]

    def _is_turned(self, first: npt.NDArray[np.int64]) -> Shown:
        """Return which rows would lie, absolutely placed without insets, along the axis of a container that runs backwards or wraps so.

        Taffy takes the one for the other there.
        """
        table = self._raw
        above = table.codes[table.parent]
        axis = above[:, _DIRECTION] % 2
        sides = [(StyleLength.INSET_LEFT, StyleLength.INSET_TOP), (StyleLength.INSET_RIGHT, StyleLength.INSET_BOTTOM)]
        free = np.logical_and(*(table.unit[first + np.array(side)[axis]] == LengthUnit.AUTO for side in sides))
        turned: Shown = free & (above[:, _DISPLAY] == _FLEX) & ((above[:, _DIRECTION] >= 2) | (above[:, _WRAP] == 2))
        return turned

    def lengths(self, values: F32, shown: Shown) -> F32:
        """Return the lengths of a frame as Taffy is told them.

        Taffy takes gaps off twice where the shares of growth sum to less than 1, and makes a container with an item that grows at
        least as wide as its padding is twice. So there both become margins of the items, which is the same for a container of one
        line. An area of a grid begins before the gap, for what is placed absolutely in it.

        Args:
            values: (L,), what they are.
        """
        if not self._rows and not self._gapped:
            return values
        table, out = self._raw, values.copy()
        for row, children in self._rows:
            items = children[shown[children]]
            if values[table.start[items] + StyleLength.FLEX_GROW].any():
                self._to_margins(row, items, out)
        for row in self._gapped:
            first, above = int(table.start[row]), int(table.start[table.parent[row]])
            for axis, side in enumerate((StyleLength.MARGIN_LEFT, StyleLength.MARGIN_TOP)):
                if self.grid.inner[row, axis]:
                    out[first + side] += values[above + StyleLength.GAP_X + axis]
        return out

    def _to_margins(self, row: int, items: npt.NDArray[np.int64], out: F32) -> None:
        table = self._raw
        direction, first = int(table.codes[row, _DIRECTION]), int(table.start[row])
        axis = direction % 2
        before, after = _MAIN[axis]
        gap, own = first + StyleLength.GAP_X + axis, table.start[items]
        if direction >= 2:
            own = own[::-1]
        out[own[1:] + before] += out[gap]
        out[gap] = 0.0
        main = [size + axis for size in (StyleLength.WIDTH, StyleLength.MIN_WIDTH, StyleLength.MAX_WIDTH)]
        relative = table.unit[own[:, None] + np.array([*main, StyleLength.FLEX_BASIS])] == LengthUnit.PERCENT
        if table.unit[first + main[0]] != LengthUnit.AUTO or relative.any() or self._holds[row]:
            return
        for margin, end in ((before, 0), (after, -1)):
            padding = first + StyleLength.PADDING_TOP + margin - StyleLength.MARGIN_TOP
            out[own[end] + margin] += out[padding]
            out[padding] = 0.0

    def align(self, boxes: F64, rows: npt.NDArray[np.int64], values: F32) -> None:
        """Move what is absolutely placed between two insets to where its alignment has it (CSS Positioned Layout 3, section 4).

        Args:
            boxes: (M, 4), changed. rows: those that were solved. values: (L,), the lengths as they are.
        """
        for row in self._static[np.isin(self._static, rows)].tolist() if len(self._static) else ():
            self._lay(row, boxes, values)
        for row in self._held[np.isin(self._held, rows)].tolist() if len(self._held) else ():
            first, full = int(self._raw.start[row]), float(boxes[self._raw.parent[row], 3])
            top, bottom = (
                float(values[first + side]) * (full if self._raw.unit[first + side] == LengthUnit.PERCENT else 1.0)
                for side in (StyleLength.INSET_TOP, StyleLength.INSET_BOTTOM)
            )
            over, under = (float(values[first + side]) for side in (StyleLength.MARGIN_TOP, StyleLength.MARGIN_BOTTOM))
            taken = over + float(boxes[row, 3]) + under
            free = full - top - bottom - taken
            at = top + free * _SHARE.get(int(self._align[row]), 0.0)
            if free < 0.0:  # what is too high stays within its parent where it can
                at = max(min(at, max(full, full - bottom) - taken), min(0.0, top))
            boxes[row, 1] = at + over

    def _lay(self, row: int, boxes: F64, values: F32) -> None:
        """Move what is absolutely placed without insets to where its container would lay its only item."""
        table, above = self._raw, int(self._raw.parent[row])
        direction, justify = int(table.codes[above, _DIRECTION]), int(table.codes[above, _JUSTIFY])
        axis = direction % 2
        before, after = (int(table.start[row]) + side for side in _MAIN[axis])
        start, end = (
            int(table.start[above]) + StyleLength.PADDING_TOP + side - StyleLength.MARGIN_TOP for side in _MAIN[axis]
        )
        room = float(boxes[above, 2 + axis]) - float(values[start]) - float(values[end])
        free = room - float(values[before]) - float(boxes[row, 2 + axis]) - float(values[after])
        share = _MAIN_SHARE[justify]
        if direction >= 2 and justify not in _LOGICAL:
            share = 1.0 - share
        boxes[row, axis] = float(values[start]) + free * share + float(values[before])
