"""Which boxes are as wide as what is in them where there is room, and no wider than that (CSS Sizing 3, section 5.1)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.layout.moves import share_before
from wavyte_gpu.normalize.layout_ir import LayoutTable, LengthUnit, StyleLength

__all__ = ["FitWidths"]

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
_FLEX, _COLUMN, _ABSOLUTE, _REVERSE = 1, 1, 1, 2
_STRETCH, _BASELINE = 5, 6
_SLACK_PX = 1e-3
_MARGINS = (StyleLength.MARGIN_LEFT, StyleLength.MARGIN_RIGHT)
_PADDINGS = (StyleLength.PADDING_LEFT, StyleLength.PADDING_RIGHT)
_INSETS = (StyleLength.INSET_LEFT, StyleLength.INSET_RIGHT)


class FitWidths:
    """Containers that Taffy 0.7 makes as wide as all that is in them, whatever room there is: those in columns, and absolute ones.

    It asks each item of a row how wide it would be alone, and takes shares of columns for what their items ask for at most.

    Attributes:
        rows: those containers, each before those in it.
    """

    def __init__(self, table: LayoutTable) -> None:
        self._table = table
        parent, codes = table.parent, table.codes
        above = codes[parent]
        inside = parent >= 0
        first = table.start[:-1].astype(np.int64)
        align = np.where(codes[:, 7] >= 0, codes[:, 7], above[:, 5])
        loose = (above[:, 2] != 0) | ~np.isin(align, (-1, _STRETCH))
        self._absolute = codes[:, 3] == _ABSOLUTE
        kept = inside & ~self._absolute & (above[:, 0] == _FLEX) & (above[:, 1] % 2 == _COLUMN) & loose
        given = table.unit[first[:, None] + _INSETS] != LengthUnit.AUTO
        apart = self._absolute & ~given.all(axis=1) & ~table.lines[:, :3].any(axis=1)
        free = (table.unit[first + StyleLength.WIDTH] == LengthUnit.AUTO) & (table.aspect_ratio == 0.0)
        self._static = np.full(len(table), -1.0)  # where no inset is given, the share of the free space that lies before a box
        for row in np.flatnonzero(apart & inside & ~given.any(axis=1) & (above[:, 0] == _FLEX)).tolist():
            _, direction, wrap, _, justify, *_ = above[row].tolist()
            own = int(align[row]) if align[row] != _BASELINE else -1
            turned = wrap == _REVERSE if direction % 2 == _COLUMN else direction >= 2
            self._static[row] = share_before(own if direction % 2 == _COLUMN else justify, turned)
        self.rows: list[int] = np.flatnonzero((kept | apart) & free & np.isin(np.arange(len(table)), parent)).tolist()

    def excess(self, rows: list[int], widths: F64, outer: F64, values: F32) -> list[tuple[int, float]]:
        """Return which of some rows are wider than their room, and that room in px.

        Args:
            widths: theirs. outer: those of the boxes around them. values: (L,), as Taffy is told them.
        """
        table, first = self._table, self._table.start[rows]
        room = outer - values[first[:, None] + _MARGINS].sum(axis=1)
        apart, pads = self._absolute[rows], []
        for side, pad in zip(_INSETS, _PADDINGS, strict=True):
            unit = table.unit[first + side]
            inset = np.where(unit == LengthUnit.AUTO, 0.0, values[first + side] * np.where(unit == LengthUnit.PERCENT, outer, 1.0))
            pads.append(values[table.start[np.maximum(table.parent[rows], 0)] + pad])
            room -= np.where(apart, inset, pads[-1])
        share = self._static[rows]
        room -= np.where(share == 0.5, abs(pads[0] - pads[1]), np.where(share == 0.0, pads[0], np.where(share == 1.0, pads[1], 0.0)))
        return [(row, max(float(space), 0.0)) for row, width, space in zip(rows, widths, room, strict=True) if width > space + _SLACK_PX]
