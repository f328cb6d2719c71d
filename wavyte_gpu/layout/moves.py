"""Boxes that Taffy 0.7 lays elsewhere than CSS, moved once their sizes are known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.normalize.layout_ir import LayoutTable, LengthUnit, StyleLength

__all__ = ["Moves", "share_before"]

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_FLEX, _ABSOLUTE = 1, 1
_DISPLAY, _DIRECTION, _WRAP, _POSITION, _JUSTIFY, _ALIGN_ITEMS, _CONTENT, _ALIGN_SELF = 0, 1, 2, 3, 4, 5, 6, 7
_STRETCH, _BASELINE, _SPACE_BETWEEN = 5, 6, 6  # of items, then of content
_REVERSE = 2
_SHARE = {1: 1.0, 3: 1.0, 4: 0.5}  # of the free space, before a box aligned to the end or to the centre
_MAIN_SHARE = (0.0, 1.0, 0.0, 1.0, 0.5, 0.0, 0.0, 0.5, 0.5, 0.0)  # by justify_content, the last one for none
_LOGICAL = (0, 1)  # start and end, which no direction turns
_MARGINS = ((StyleLength.MARGIN_LEFT, StyleLength.MARGIN_RIGHT), (StyleLength.MARGIN_TOP, StyleLength.MARGIN_BOTTOM))
_PADDINGS = ((StyleLength.PADDING_LEFT, StyleLength.PADDING_RIGHT), (StyleLength.PADDING_TOP, StyleLength.PADDING_BOTTOM))


def share_before(aligned: int, backwards: bool) -> float:
    """Return which share of the free space lies before a box that is alone on its axis.

    Args:
        aligned: `justify_content`, or what of it is a value of `align_self` too. backwards: whether it runs from the far end.
    """
    share = _MAIN_SHARE[aligned]
    return 1.0 - share if backwards and aligned not in _LOGICAL else share


class Moves:
    """What is moved in the layouts of a table.

    Attributes:
        held: (M,) bool, what is absolutely placed between two insets and is not stretched: Taffy stretches it, so it is solved
            without its lower one.
        back: rows, an axis, and by how many px they are moved along it where Taffy was told the lengths of this frame.
    """

    def __init__(self, table: LayoutTable) -> None:
        self._table = table
        parent, codes = table.parent, table.codes
        absolute = (parent >= 0) & (codes[:, _POSITION] == _ABSOLUTE)
        first = table.start[:-1].astype(np.int64)
        self._align = codes[:, _ALIGN_SELF]
        top, bottom = (table.unit[first + side] for side in (StyleLength.INSET_TOP, StyleLength.INSET_BOTTOM))
        self.held: Flags = absolute & (top != LengthUnit.AUTO) & (bottom != LengthUnit.AUTO)
        self.held &= (self._align >= 0) & (self._align != _STRETCH) & ~table.lines[:, 3:].any(axis=1)
        self.back: list[tuple[I64, int, F32]] = []
        self._held = np.flatnonzero(self.held)
        align = np.where(self._align >= 0, self._align, codes[parent, _ALIGN_ITEMS])
        column = (codes[:, _DISPLAY] == _FLEX) & (codes[:, _DIRECTION] % 2 == 1) & (codes[:, _WRAP] == 0)
        based = np.flatnonzero((parent >= 0) & ~absolute & (align == _BASELINE) & column[parent])
        self._edges = [based[parent[based] == row] for row in np.unique(parent[based]).tolist()]
        self._static = np.flatnonzero(absolute & self._is_turned(first))
        self._over = [
            (row, axis, whole, np.flatnonzero((parent == row) & ~absolute)) for row, axis, whole in self._backwards()
        ]

    def _is_turned(self, first: I64) -> Flags:
        """Return which rows would lie, absolutely placed without insets, along the axis of a container that runs backwards or wraps so.

        Taffy takes the one for the other there.
        """
        table = self._table
        above = table.codes[table.parent]
        axis = above[:, _DIRECTION] % 2
        sides = [(StyleLength.INSET_LEFT, StyleLength.INSET_TOP), (StyleLength.INSET_RIGHT, StyleLength.INSET_BOTTOM)]
        free = np.logical_and(*(table.unit[first + np.array(side)[axis]] == LengthUnit.AUTO for side in sides))
        turned: Flags = free & (above[:, _DISPLAY] == _FLEX) & ((above[:, _DIRECTION] >= 2) | (above[:, _WRAP] == _REVERSE))
        return turned

    def _backwards(self) -> list[tuple[int, int, bool]]:
        """Return rows of containers, the axis on which they run backwards, and whether all of their items are moved together.

        Where there is too little room, what is stretched or spread over a container begins at `flex-start` (CSS Box Alignment 3,
        section 5.3), and Taffy has it begin at `start`.
        """
        table, out = self._table, []
        for row in np.flatnonzero(table.codes[:, _DISPLAY] == _FLEX).tolist():
            _, direction, wrap, _, justify, _, content, _ = table.codes[row].tolist()
            if wrap == _REVERSE and content in (-1, _STRETCH, _SPACE_BETWEEN):
                out.append((row, 1 - direction % 2, True))
            if direction >= 2 and justify == _SPACE_BETWEEN:
                out.append((row, direction % 2, wrap == 0))
        return out

    def apply(self, boxes: F64, rows: I64, values: F32, shown: Flags) -> None:
        """Move the boxes of solved layouts.

        Args:
            boxes: (M, 4), changed. rows: those that were solved. values: (L,), the lengths as they are. shown: (M,), what is visible.
        """
        for items, axis, by in self.back:
            boxes[items, axis] += by * np.isin(items, rows)
        for edges in self._edges:  # in a column, the edges of boxes are their baselines
            items = edges[shown[edges]]
            if len(items) and items[0] in rows:
                before = values[self._table.start[items] + StyleLength.MARGIN_LEFT].astype(np.float64)
                boxes[items, 0] += before.max() - before
        for row in self._static[np.isin(self._static, rows)].tolist() if len(self._static) else ():
            self._lay(row, boxes, values)
        for row in self._held[np.isin(self._held, rows)].tolist() if len(self._held) else ():
            self._align_held(row, boxes, values)
        for row, axis, whole, items in self._over:
            if row in rows:
                self._pull(row, axis, whole, items[shown[items]], boxes, values)

    def _align_held(self, row: int, boxes: F64, values: F32) -> None:
        """Move what is absolutely placed between two insets to where its alignment has it (CSS Positioned Layout 3, section 4)."""
        first, full = int(self._table.start[row]), float(boxes[self._table.parent[row], 3])
        top, bottom = (
            float(values[first + side]) * (full if self._table.unit[first + side] == LengthUnit.PERCENT else 1.0)
            for side in (StyleLength.INSET_TOP, StyleLength.INSET_BOTTOM)
        )
        over, under = (float(values[first + side]) for side in _MARGINS[1])
        taken = over + float(boxes[row, 3]) + under
        free = full - top - bottom - taken
        at = top + free * _SHARE.get(int(self._align[row]), 0.0)
        if free < 0.0:  # what is too high stays within its parent where it can
            at = max(min(at, max(full, full - bottom) - taken), min(0.0, top))
        boxes[row, 1] = at + over

    def _lay(self, row: int, boxes: F64, values: F32) -> None:
        """Move what is absolutely placed without insets to where its container would lay its only item."""
        table, above = self._table, int(self._table.parent[row])
        direction, justify = int(table.codes[above, _DIRECTION]), int(table.codes[above, _JUSTIFY])
        axis = direction % 2
        before, after = (int(table.start[row]) + side for side in _MARGINS[axis])
        start, end = (int(table.start[above]) + side for side in _PADDINGS[axis])
        room = float(boxes[above, 2 + axis]) - float(values[start]) - float(values[end])
        free = room - float(values[before]) - float(boxes[row, 2 + axis]) - float(values[after])
        share = share_before(justify, direction >= 2)
        boxes[row, axis] = float(values[start]) + free * share + float(values[before])

    def _pull(self, row: int, axis: int, whole: bool, items: I64, boxes: F64, values: F32) -> None:
        """Move what is too large for a container that runs backwards: its far edge lies at the container's."""
        if not len(items):
            return
        start, own = self._table.start, self._table.start[items]
        before, after = (values[own + side].astype(np.float64) for side in _MARGINS[axis])
        near, far = (float(values[start[row] + side]) for side in _PADDINGS[axis])
        edge = float(boxes[row, 2 + axis]) - far
        over = boxes[items, axis] + boxes[items, 2 + axis] + after - edge
        if whole:
            boxes[items, axis] -= max(float(over.max()), 0.0)
        else:
            boxes[items, axis] -= np.where(before + boxes[items, 2 + axis] + after > edge - near, over, 0.0)
