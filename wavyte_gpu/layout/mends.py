"""Where Taffy 0.7 and CSS differ, what is asked of Taffy instead, so that boxes lie where CSS has them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from wavyte_gpu.layout.definite import shared_axis, without_cycles
from wavyte_gpu.layout.fit import FitWidths
from wavyte_gpu.layout.least import LeastSizes
from wavyte_gpu.layout.moves import Moves
from wavyte_gpu.layout.placement import GridLines
from wavyte_gpu.normalize.layout_ir import LayoutTable, LengthUnit, StyleLength

__all__ = ["Mends"]

F32 = npt.NDArray[np.float32]
Shown = npt.NDArray[np.bool_]
_FLEX, _GRID = 1, 2
_ABSOLUTE = 1
_LEAST = 1e-6  # px, as good as nothing
_DISPLAY, _DIRECTION, _WRAP, _POSITION = 0, 1, 2, 3
_PADDINGS = {0: (StyleLength.PADDING_LEFT, StyleLength.PADDING_RIGHT), 1: (StyleLength.PADDING_TOP, StyleLength.PADDING_BOTTOM)}
_MAIN = {0: (StyleLength.MARGIN_LEFT, StyleLength.MARGIN_RIGHT), 1: (StyleLength.MARGIN_TOP, StyleLength.MARGIN_BOTTOM)}


class Mends:
    """Changes styles before a layout is solved.

    Args:
        empty: (M,), leaves without a size of their own.

    Attributes:
        table: the layouts, with lengths that are not asked for left out.
        grid: the lines of grid items.
        fit: what may be too wide.
        least: what is solved alone first, for its least width and for its least height.
        narrow: rows of grid items that are as wide as they must be where the least width of something is asked for.
        moves: what is moved once a layout is solved.
        boxed: rows of grid items in which percentages occur, or a ratio that Taffy would not stretch: a box around each takes their
            place in the grid, so that its tracks find their sizes as if the percentages were automatic.
        wraps: rows of containers of several lines in rows, with the items in them whose bases and percentages make these no wider.
        celled: rows of grid items with margins along shares of columns or rows that are found by what is in them: Taffy leaves margins
            out there, so a grid of one cell around each takes their place.
        shelled: rows of containers that fill a box in their place, whose size they know: grids with rows in percent, or with a least
            size, their own or one that is found, from which Taffy does not take the padding, and what is absolutely placed and has
            items with percentages.
        struts: by row, whether an item without content grows and whether it lies in a column; a track in it asks for its size.
    """

    def __init__(self, table: LayoutTable, empty: Shown) -> None:
        self._raw = table = without_cycles(table)
        self.fit = FitWidths(table)
        self.moves = Moves(table)
        parent, codes = table.parent, table.codes
        inside = parent >= 0
        absolute = inside & (codes[:, _POSITION] == _ABSOLUTE)
        above = codes[parent]
        first = table.start[:-1].astype(np.int64)
        unit = table.unit.copy()
        size_units = table.unit[first[:, None] + np.arange(StyleLength.WIDTH, StyleLength.MAX_HEIGHT + 1)]
        relative = size_units == LengthUnit.PERCENT
        gridded = inside & ~absolute & (above[:, _DISPLAY] == _GRID)
        self.boxed = gridded & (relative.any(axis=1) | ((table.aspect_ratio > 0.0) & (size_units[:, 0] == LengthUnit.AUTO)))
        across = np.isin(np.arange(len(table)), parent[relative[:, ::2].any(axis=1)])
        across &= (table.unit[first[:, None] + [StyleLength.INSET_LEFT, StyleLength.INSET_RIGHT]] == LengthUnit.AUTO).any(axis=1)
        least = ((size_units[:, :2] == LengthUnit.AUTO) & (size_units[:, 2:4] == LengthUnit.PX)).any(axis=1)
        down = self._tracks_of(LengthUnit.PERCENT, 1) & (size_units[:, 1] == LengthUnit.AUTO)
        self.shelled = absolute & across | down | (codes[:, _DISPLAY] == _GRID) & least
        bare = empty & (table.columns == 0)
        narrow = gridded & ~bare & (size_units[:, 0] == LengthUnit.AUTO) & (size_units[:, 2] == LengthUnit.PX)
        self.narrow = np.flatnonzero(narrow).tolist()
        self.least = (
            LeastSizes(table, 0, np.isin(np.arange(len(table)), parent[narrow])),
            LeastSizes(table, 1, self._tracks_of(LengthUnit.FR, 1)),
        )
        self.wraps = self._rows_that_wrap(first, ~absolute)
        for axis, found in enumerate(self.least):
            self.shelled |= np.isin(np.arange(len(table)), found.rows) & (codes[:, _DISPLAY] == _GRID) & self._padded(first, axis)
        self.shelled &= ~self.boxed
        self.celled = gridded & ~self.boxed & ~self.shelled & self._margins_in_shares(first)
        self.grid = GridLines(table, self.least[0].grids | self.least[1].grids | np.isin(np.arange(len(table)), parent[self.celled]))
        unit[first[self.moves.held] + StyleLength.INSET_BOTTOM] = LengthUnit.AUTO
        self._floor(unit, np.where(inside & ~absolute & (above[:, _DISPLAY] == _FLEX), above[:, _DIRECTION] % 2, -1))
        self._thin: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]] = []  # rows, and their least sizes, by axis
        for axis in (0, 1):
            rows = np.flatnonzero(empty & np.isin(parent, self.grid.spanned) & ~absolute)
            at = first[rows] + StyleLength.MIN_WIDTH + axis
            free = (unit[at] == LengthUnit.AUTO) & (unit[at - 2] == LengthUnit.AUTO)
            self._thin.append((rows[free], at[free]))
            unit[at[free]] = LengthUnit.PX
        self._holds = np.isin(np.arange(len(table)), parent[absolute])  # absolutely placed items, which know the padding
        self.struts = self._asking(empty & inside & ~absolute)
        self._rows = [(row, np.flatnonzero((parent == row) & ~absolute)) for row in self._lines_that_share()]
        self._drawn = self._lines_with_overlaps(~absolute)
        self._bases = self._clamped(unit, empty & ~absolute)
        self._gapped = np.flatnonzero(absolute & (above[:, _DISPLAY] == _GRID) & table.lines.any(axis=1)).tolist()
        self.table = replace(table, unit=unit)

    def _margins_in_shares(self, first: npt.NDArray[np.int64]) -> Shown:
        """Return which rows have margins along an axis on which what they lie in has shares and no size."""
        table, out = self._raw, np.zeros(len(self._raw), dtype=bool)
        filled = (table.parent < 0) & (table.codes[:, _POSITION] != _ABSOLUTE)  # the canvas
        for axis, sides in _MAIN.items():
            at = first[:, None] + sides
            some = (table.value[at] != 0.0).any(axis=1) | np.isin(at, table.moving).any(axis=1)
            free = (table.unit[first + StyleLength.WIDTH + axis] == LengthUnit.AUTO) & ~filled
            out |= some & (self._tracks_of(LengthUnit.FR, axis) & free)[table.parent]
        return out

    def _rows_that_wrap(self, first: npt.NDArray[np.int64], placed: Shown) -> list[tuple[int, list[int]]]:
        """Return containers of several lines that are as wide as what is in them in a row, each after those in it, with what widens it.

        Taffy takes what their items are shared out from for what these ask for, and percentages of a width that is not known yet.
        """
        table, out = self._raw, []
        above = table.codes[table.parent]
        wide = (table.codes[:, _DISPLAY] == _FLEX) & (table.codes[:, _WRAP] != 0) & (table.codes[:, _DIRECTION] % 2 == 0)
        wide &= (table.parent >= 0) & placed & (above[:, _DISPLAY] == _FLEX) & (above[:, _DIRECTION] % 2 == 0)
        of = [StyleLength.WIDTH, StyleLength.FLEX_BASIS]
        wide &= (table.unit[first[:, None] + of] == LengthUnit.AUTO).all(axis=1) & (table.aspect_ratio == 0.0)
        units = table.unit[first[:, None] + of]
        bounds = table.unit[first[:, None] + [StyleLength.WIDTH, StyleLength.MIN_WIDTH, StyleLength.MAX_WIDTH]]
        widens = placed & ((bounds == LengthUnit.PERCENT).any(axis=1) | (units[:, 1] != LengthUnit.AUTO))
        for row in np.flatnonzero(wide)[::-1].tolist():
            items = np.flatnonzero((table.parent == row) & widens).tolist()
            if items:
                out.append((row, items))
        return out

    def fixed(self, row: int) -> tuple[bool | None, bool | None]:
        """Return whether an item of a grid that is placed here lies in columns, and in rows, whose sizes are given.

        None stands for several of them with a share: there it may be smaller than what is in it (CSS Grid 1, section 6.6).
        """
        above, out = int(self._raw.parent[row]), list[bool | None]()
        first, columns = int(self._raw.start[above]) + len(StyleLength), int(self._raw.columns[above])
        units = self._raw.unit[first : self._raw.start[above + 1]].tolist()
        for tracks, area in zip((units[:columns], units[columns:]), self.grid.areas[row].tolist(), strict=True):
            crossed = [tracks[i] if 0 <= i < len(tracks) else LengthUnit.AUTO for i in range(*area)]
            loose = len(crossed) > 1 and LengthUnit.FR in crossed
            out.append(None if loose else set(crossed) == {LengthUnit.PX})
        return out[0], out[1]

    def _padded(self, first: npt.NDArray[np.int64], axis: int) -> Shown:
        """Return which rows may have a padding along an axis."""
        pads = first[:, None] + _PADDINGS[axis]
        some: Shown = (self._raw.value[pads] > 0.0).any(axis=1) | np.isin(pads, self._raw.moving).any(axis=1)
        return some

    def _floor(self, unit: npt.NDArray[np.uint8], main: npt.NDArray[np.int8]) -> None:
        """Find the sizes that are at least as large as padding, which Taffy forgets of items of flex containers.

        Args:
            unit: (L,), changed. main: (M,), the main axis of what a row is an item of, else -1.
        """
        table = self._raw
        first = table.start[:-1].astype(np.int64)
        plain = (table.codes[:, _DISPLAY] == _FLEX) & (table.codes[:, _WRAP] == 0)  # the others are larger with a least size
        self._least: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]] = []
        for axis, sides in _PADDINGS.items():
            pads = first[:, None] + sides
            some = (table.value[pads] > 0.0).any(axis=1) | np.isin(pads, table.moving).any(axis=1)
            least = first[some & plain & (main == 1 - axis)] + StyleLength.MIN_WIDTH + axis
            unit[least[unit[least] == LengthUnit.AUTO]] = LengthUnit.PX
            at = first[some, None] + np.array([StyleLength.WIDTH, StyleLength.MIN_WIDTH, StyleLength.MAX_WIDTH]) + axis
            held, which = np.nonzero(unit[at] == LengthUnit.PX)
            if len(held):
                self._least.append((at[held, which], pads[some][held]))

    def _tracks_of(self, unit: LengthUnit, axis: int) -> Shown:
        """Return which rows are grids whose templates have columns, or rows, of a unit."""
        table, out = self._raw, np.zeros(len(self._raw), dtype=bool)
        for row in np.flatnonzero(table.codes[:, _DISPLAY] == _GRID).tolist():
            first = int(table.start[row]) + len(StyleLength)
            split = first + int(table.columns[row])
            out[row] = ((table.unit[split : table.start[row + 1]] if axis else table.unit[first:split]) == unit).any()
        return out

    def _clamped(self, unit: npt.NDArray[np.uint8], empty: Shown) -> list[tuple[int, int]]:
        """Return where the bases and the least sizes are of items that do not grow beside others that do.

        Free space is what the bases leave, but where an item does not grow, what its size leaves (CSS Flexbox 1, section 9.7), which
        Taffy forgets where the shares sum to less than 1.

        Args:
            unit: (L,), changed: a basis is given where it would be nothing.
        """
        table, out = self._raw, []
        grows = self._grows()
        for above, children in self._rows:
            if not grows[children].any():
                continue
            axis = int(table.codes[above, _DIRECTION]) % 2
            for row in children[~grows[children]].tolist():
                first = int(table.start[row])
                basis, size, least = (first + of for of in (StyleLength.FLEX_BASIS, StyleLength.WIDTH + axis, StyleLength.MIN_WIDTH + axis))
                bare = empty[row] and unit[basis] == unit[size] == LengthUnit.AUTO and not table.aspect_ratio[row]
                if table.unit[least] == LengthUnit.PX and (bare or unit[basis] == LengthUnit.PX):
                    unit[basis] = LengthUnit.PX
                    out.append((basis, least))
        return out

    def _asking(self, items: Shown) -> dict[int, tuple[bool, bool]]:
        """Return by row which items of flex containers of automatic size may be forgotten there: whether they grow, and lie in a column."""
        table, out = self._raw, {}
        grows = self._grows()
        for row in np.flatnonzero(items & (table.aspect_ratio == 0.0)).tolist():
            above, first = int(table.parent[row]), int(table.start[row])
            axis = int(table.codes[above, _DIRECTION]) % 2
            if table.codes[above, _DISPLAY] != _FLEX or shared_axis(table, row) >= 0:
                continue
            based = axis == 1 and table.unit[first + StyleLength.FLEX_BASIS] == LengthUnit.PX
            if based or (grows[row] and table.unit[first + StyleLength.WIDTH + axis] == LengthUnit.PX):
                out[row] = bool(grows[row]), axis == 1
        return out

    def _grows(self) -> Shown:
        """Return which rows may take a share of free space."""
        table = self._raw
        grow = table.start[:-1] + StyleLength.FLEX_GROW
        grows: Shown = (table.value[grow] > 0.0) | np.isin(grow, table.moving)
        return grows

    def _lines_that_share(self) -> list[int]:
        """Return the rows of the containers whose items may share out free space, or a part of what there is too little of."""
        table = self._raw
        shrink = table.start[:-1] + StyleLength.FLEX_SHRINK
        shares = self._grows() | _partly(table.value[shrink]) | np.isin(shrink, table.moving)
        rows = np.unique(table.parent[shares & (table.parent >= 0)])
        return [row for row in rows.tolist() if table.codes[row, _DISPLAY] == _FLEX]

    def lengths(self, values: F32, shown: Shown) -> F32:
        """Return the lengths of a frame as Taffy is told them.

        Taffy takes gaps off twice where the shares of what grows or shrinks sum to less than 1, and makes a container with an item that
        grows at least as wide as its padding is twice. So there both become margins of the items, which is the same for a container of
        one line. What has a padding is at least as large as that. A track of a grid is empty for Taffy where its items have no size. An
        area of a grid begins before the gap, for what is placed absolutely in it.

        Args:
            values: (L,), what they are.
        """
        if not (self._rows or self._drawn or self._gapped or self._least or self.grid.spanned):
            return values
        table, out = self._raw, values.copy()
        for axis, (thin, at) in enumerate(self._thin):
            out[at] = np.where(self.grid.limited[thin, axis], _LEAST, 0.0)
        for at, padding in self._least:
            out[at] = np.maximum(values[at], values[padding].sum(axis=1))
        for basis, least in self._bases:
            out[basis] = max(out[basis], out[least])
        for row, children in self._rows:
            items = children[shown[children]]
            grow, shrink = (values[table.start[items] + of] for of in (StyleLength.FLEX_GROW, StyleLength.FLEX_SHRINK))
            partly = (_partly(grow) | _partly(shrink)).any()
            if table.codes[row, _WRAP] and partly:
                self._halve_gaps(row, items, out)
            elif not table.codes[row, _WRAP] and (partly or grow.any()):
                self._to_margins(row, items, bool(grow.any()), out)
        self.moves.back.clear()
        for row, children in self._drawn:
            self._to_padding(row, children[shown[children]], out)
        for row in self._gapped:
            first, above = int(table.start[row]), int(table.start[table.parent[row]])
            for axis, side in enumerate((StyleLength.MARGIN_LEFT, StyleLength.MARGIN_TOP)):
                if self.grid.inner[row, axis]:
                    out[first + side] += values[above + StyleLength.GAP_X + axis]
        return out

    def _lines_with_overlaps(self, placed: Shown) -> list[tuple[int, npt.NDArray[np.int64]]]:
        """Return the containers of one line and of automatic size whose items may have negative margins along it, with their items."""
        table, out = self._raw, []
        first = table.start[:-1].astype(np.int64)
        plain = (table.codes[:, _DISPLAY] == _FLEX) & (table.codes[:, _WRAP] == 0) & ~self._holds
        for axis, sides in _MAIN.items():
            at = first[:, None] + sides
            drawn = placed & (table.parent >= 0) & ((table.value[at] < 0.0).any(axis=1) | np.isin(at, table.moving).any(axis=1))
            rows = plain & (table.codes[:, _DIRECTION] % 2 == axis) & (table.unit[first + StyleLength.WIDTH + axis] == LengthUnit.AUTO)
            for row in np.unique(table.parent[drawn & rows[table.parent]]).tolist():
                items = np.flatnonzero((table.parent == row) & placed)
                if not self._relative(items, axis):
                    out.append((row, items))
        return out

    def _to_padding(self, row: int, items: npt.NDArray[np.int64], out: F32) -> None:
        """Take margins that sum to less than nothing from the end of a container instead, whose items are moved back afterwards.

        Taffy finds the size of a container without them, where what shrinks has no size or does not shrink by its whole size.
        """
        axis = int(self._raw.codes[row, _DIRECTION]) % 2
        before, after = (self._raw.start[items] + side for side in _MAIN[axis])
        drawn = np.minimum(out[before] + out[after], 0.0)
        out[after] -= drawn
        out[self._raw.start[row] + _PADDINGS[axis][1]] += drawn.sum()
        if self._raw.codes[row, _DIRECTION] >= 2:
            items, drawn = items[::-1], drawn[::-1]
        self.moves.back.append((items, axis, np.cumsum(drawn) - drawn))

    def _halve_gaps(self, row: int, items: npt.NDArray[np.int64], out: F32) -> None:
        """Put a half of the gap before and behind each item, in a container that is as much wider inside."""
        table = self._raw
        axis, first = int(table.codes[row, _DIRECTION]) % 2, int(table.start[row])
        gap = first + StyleLength.GAP_X + axis
        if self._holds[row] or self._relative(items, axis):
            return
        for margin, padding in zip(_MAIN[axis], _PADDINGS[axis], strict=True):
            out[table.start[items] + margin] += out[gap] / 2
            out[first + padding] -= out[gap] / 2
        out[gap] = 0.0

    def _relative(self, items: npt.NDArray[np.int64], axis: int) -> bool:
        """Return whether an item has a size in percent along an axis."""
        sizes = [StyleLength.FLEX_BASIS, *(size + axis for size in (StyleLength.WIDTH, StyleLength.MIN_WIDTH, StyleLength.MAX_WIDTH))]
        return bool((self._raw.unit[self._raw.start[items][:, None] + np.array(sizes)] == LengthUnit.PERCENT).any())

    def _to_margins(self, row: int, items: npt.NDArray[np.int64], grows: bool, out: F32) -> None:
        """Put gaps into the margins between items, and the padding of a container in which one grows into those at its ends."""
        table = self._raw
        direction, first = int(table.codes[row, _DIRECTION]), int(table.start[row])
        axis = direction % 2
        before, after = _MAIN[axis]
        gap, own = first + StyleLength.GAP_X + axis, table.start[items]
        if direction >= 2:
            own = own[::-1]
        out[own[1:] + before] += out[gap]
        out[gap] = 0.0
        sized = table.unit[first + StyleLength.WIDTH + axis] != LengthUnit.AUTO
        if sized or not grows or self._relative(items, axis) or self._holds[row]:
            return
        for margin, end in ((before, 0), (after, -1)):
            padding = first + StyleLength.PADDING_TOP + margin - StyleLength.MARGIN_TOP
            out[own[end] + margin] += out[padding]
            out[padding] = 0.0


def _partly(factors: npt.NDArray[np.floating]) -> Shown:
    """Return which factors of growth or shrinking are more than nothing and less than all."""
    return (factors > 0.0) & (factors < 1.0)
