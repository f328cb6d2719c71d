"""Where the items of a grid lie among its lines (CSS Grid 1, section 8.5: rows are filled, sparsely)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wavyte_gpu.normalize.layout_ir import LayoutTable, StyleLength

__all__ = ["GridLines", "place"]

I16 = npt.NDArray[np.int16]
Flags = npt.NDArray[np.bool_]
Lines = tuple[int, int, int, int, int, int]  # start, end and span of the column, then of the row; 0 for none
Span = tuple[int, int]  # from which line to which, counted from 0
_GRID, _ABSOLUTE = 2, 1


class _Cells:
    """The cells of a grid that are taken."""

    def __init__(self, first: Span, across: int) -> None:
        self._column, self._row = first
        self._taken = np.zeros((16, across), dtype=bool)

    def last(self, columns: Span, rows: Span) -> int | None:
        """Return the last taken column within an area, None where the area is free."""
        taken = self._taken[rows[0] - self._row : rows[1] - self._row, columns[0] - self._column : columns[1] - self._column]
        found = np.flatnonzero(taken.any(axis=0))
        return int(found[-1]) + columns[0] if len(found) else None

    def take(self, columns: Span, rows: Span) -> None:
        """Take an area."""
        while rows[1] - self._row > len(self._taken):
            self._taken = np.concatenate([self._taken, np.zeros_like(self._taken)])
        self._taken[rows[0] - self._row : rows[1] - self._row, columns[0] - self._column : columns[1] - self._column] = True


def place(columns: int, rows: int, items: Sequence[Lines]) -> list[tuple[Span, Span]]:
    """Return the columns and rows of items of a grid, in order.

    Args:
        columns, rows: tracks of the template.
    """
    fixed = [(_definite(columns, *item[:3]), _definite(rows, *item[3:])) for item in items]
    spans = [(item[2] or 1, item[5] or 1) for item in items]
    left = min([0, *(c[0] for c, _ in fixed if c)])
    right = max([columns, *(c[1] for c, _ in fixed if c), *(left + s[0] for (c, _), s in zip(fixed, spans, strict=True) if not c)])
    top = min([0, *(r[0] for _, r in fixed if r)])
    # what is fixed in a row alone may need columns of its own
    extra = sum(s[0] for (c, r), s in zip(fixed, spans, strict=True) if r and not c)
    cells = _Cells((left, top), right - left + extra)
    out: list[tuple[Span, Span] | None] = [None] * len(items)

    def put(i: int, across: Span, down: Span) -> None:
        cells.take(across, down)
        out[i] = across, down

    for i, (across, down) in enumerate(fixed):
        if across and down:
            put(i, across, down)
    reached: dict[int, int] = {}
    for i, (across, down) in enumerate(fixed):
        if down and not across:
            at, width = reached.get(down[0], left), spans[i][0]
            while (last := cells.last((at, at + width), down)) is not None:
                at = last + 1
            reached[down[0]] = at
            right = max(right, at + width)
            put(i, (at, at + width), down)
    column, row = left, top
    for i, (across, down) in enumerate(fixed):
        if down:
            continue
        width, height = spans[i]
        if across:
            row += across[0] < column
            column = across[0]
            while cells.last(across, (row, row + height)) is not None:
                row += 1
        else:
            while True:
                if column + width > right:
                    column, row = left, row + 1
                last = cells.last((column, column + width), (row, row + height))
                if last is None:
                    break
                column = last + 1
        put(i, across or (column, column + width), (row, row + height))
    return [area for area in out if area is not None]


def _definite(tracks: int, start: int, end: int, span: int) -> Span | None:
    """Return the lines of an axis that are given, None where only a span is."""
    first, last = (n - 1 if n > 0 else tracks + 1 + n for n in (start, end))
    if start and end:
        return (min(first, last), max(first, last) if first != last else first + 1)
    if start:
        return first, first + (span or 1)
    return (last - (span or 1), last) if end else None


class GridLines:
    """The lines of grid items as Taffy is told them: all of them, in grids in which it would find others itself.

    Taffy places what has a column and no row before what has neither, counts lines from the end to columns that it makes, and gives
    absolutely placed items cells of their own.

    Attributes:
        lines: (M, 6), as in the layout table.
        inner: (M, 2) bool, absolutely placed items whose area begins behind the gap before a column or a row.
        limited: (M, 2) bool, items in a column or row of a wider item that has another one for its own.
        spanned: rows of the grids in which such items may be.
        areas: (M, 2, 2), of items of the grids that are placed here, from which line to which, counted from 0, across and down.
    """

    def __init__(self, table: LayoutTable, wanted: Flags) -> None:
        """Take up the grids.

        Args:
            wanted: (M,), grids that are placed here whether Taffy would find other lines or not.
        """
        self.lines: I16 = table.lines.copy()
        self.areas: I16 = np.zeros((len(table), 2, 2), dtype=np.int16)
        self.inner: Flags = np.zeros((len(table), 2), dtype=bool)
        self.limited: Flags = np.zeros((len(table), 2), dtype=bool)
        self.spanned: list[int] = []
        self._table = table
        self._grids: list[tuple[int, npt.NDArray[np.int64], npt.NDArray[np.int64]]] = []
        wide = np.any(table.lines[:, [2, 5]] > 1, axis=1) | np.all(table.lines[:, :2], axis=1) | np.all(table.lines[:, 3:5], axis=1)
        given = np.any(table.lines[:, [0, 1, 3, 4]] != 0, axis=1) | wide
        absolute = table.codes[:, 3] == _ABSOLUTE
        self.lines[absolute] = 0
        for row in np.flatnonzero(table.codes[:, 0] == _GRID).tolist():
            items = np.flatnonzero(table.parent == row)
            if wanted[row] or given[items].any():
                self._grids.append((row, items[~absolute[items]], items[absolute[items]]))
            if wide[items].any():
                self.spanned.append(row)

    def update(self, shown: npt.NDArray[np.bool_]) -> None:
        """Place the items of a frame."""
        table = self._table
        for grid, items, apart in self._grids:
            columns = int(table.columns[grid])
            rows = int(table.start[grid + 1] - table.start[grid]) - columns - len(StyleLength)
            visible = items[shown[items]]
            areas = place(columns, rows, [tuple(v) for v in table.lines[visible].tolist()])
            for axis, tracks in ((0, columns), (1, rows)):
                spans = [area[axis] for area in areas]
                self.limited[visible, axis] = _limited(spans)
                self.areas[visible, axis] = np.array(spans, dtype=np.int16).reshape(-1, 2)
                for row, (first, last) in zip(visible.tolist(), spans, strict=True):
                    self.lines[row, 3 * axis : 3 * axis + 3] = _number(first, tracks), _number(last, tracks), 0
                edges = min([0, *(s[0] for s in spans)]), max([tracks, *(s[1] for s in spans)])
                for row in apart.tolist():
                    self._set_apart(row, axis, tracks, edges)

    def _set_apart(self, row: int, axis: int, tracks: int, edges: Span) -> None:
        """Set the lines of an absolutely placed item: those that the grid has; the others are the edges of its padding."""
        start, end, span = self._table.lines[row, 3 * axis : 3 * axis + 3].tolist()
        first, last = (None if not n else n - 1 if n > 0 else tracks + 1 + n for n in (start, end))
        if first is not None and last is not None:
            first, last = (first, None) if first == last else (min(first, last), max(first, last))
        elif span and first is not None:
            last = first + span
        elif span and last is not None:
            first = last - span
        known = [
            first if first is not None and edges[0] <= first < edges[1] else None,
            last if last is not None and edges[0] < last <= edges[1] else None,
        ]
        self.lines[row, 3 * axis : 3 * axis + 2] = [0 if n is None else _number(n, tracks) for n in known]
        self.inner[row, axis] = known[0] is not None and edges[0] < known[0]


def _limited(spans: Sequence[Span]) -> list[bool]:
    """Return which spans are of one track that lies in a wider span, of which another track has no such span."""
    single = {first for first, last in spans if last - first == 1}
    wide = [range(*span) for span in spans if span[1] - span[0] > 1]
    within = {track for tracks in wide if not single.issuperset(tracks) for track in tracks}
    return [last - first == 1 and first in within for first, last in spans]


def _number(line: int, tracks: int) -> int:
    """Return the number of a line that is counted from 0: those before the template have negative ones."""
    return line + 1 if line >= 0 else line - tracks - 1
