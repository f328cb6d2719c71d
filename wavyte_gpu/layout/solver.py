"""Solves the layouts of one composition: a cached tree, styles set where they changed, boxes of frames."""

from __future__ import annotations

from bisect import bisect
from collections import OrderedDict
from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.layout.mends import Mends
from wavyte_gpu.layout.style import (
    FAR_PX,
    STACKED,
    Bounds,
    bounded,
    boxed_styles,
    canvas_style,
    celled_styles,
    lone_style,
    native_style,
    part_style,
    shell_styles,
    strut_style,
)
from wavyte_gpu.layout.tracks import are_asked, least_tracks
from wavyte_gpu.layout.tree import Content, NativeTree
from wavyte_gpu.normalize.layout_ir import LayoutTable, LengthUnit, StyleLength

__all__ = ["LayoutSolver"]

F64 = npt.NDArray[np.float64]
_KEPT_BYTES = 8 << 20


class LayoutSolver:
    """The boxes of all layouts of a composition. For one thread at a time.

    A frame whose lengths and visibility equal those of a frame kept costs a look-up. Otherwise every layout with a changed style is
    solved from nothing: Taffy's answers kept from another frame may differ in the last bit from those of a new tree, and a
    frame's pixels must not depend on which frames were rendered before.

    Args:
        table: the items.
        canvas: (M, 2), width and height of what each row would lie in as a root, px.
        measure: gives the measure function of a row, or None for what has no size of its own.
        measured: rows whose content changes its size from frame to frame.

    Attributes:
        forms: (K, 2), what the sizes of the measured rows depend on in the frame that is being solved.
    """

    def __init__(
        self,
        table: LayoutTable,
        canvas: F64,
        measure: Callable[[int], Content],
        measured: npt.NDArray[np.int64],
    ) -> None:
        self._table = table
        contents = [measure(row) for row in range(len(table))]
        empty = ~np.isin(np.arange(len(table)), table.parent) & np.array([content is None for content in contents], dtype=bool)
        self._mends = Mends(table, empty)
        self._values = bounded(self._mends.table.value, np.arange(len(table.value), dtype=np.int32), table)
        self._shown = np.ones(len(table), dtype=bool)
        self._mends.grid.update(self._shown)
        self._told = self._mends.lengths(self._values, self._shown).copy()
        self._lines = self._mends.grid.lines.copy()
        self._boxes: F64 = np.zeros((len(table), 4))
        self._kept: OrderedDict[bytes, F64] = OrderedDict()
        self._keep = max(2, min(1024, _KEPT_BYTES // max(self._boxes.nbytes, 1)))
        self._measured = measured
        self.forms: F64 = np.zeros((len(measured), 2))
        self._row_of_length = np.searchsorted(table.start, np.arange(len(table.value)), side="right") - 1
        self._bounds: dict[int, Bounds] = {}  # by row, what is found of it and told to Taffy
        self._tree = NativeTree()
        self._roots: list[int] = []  # native handles of the boxes around the roots
        self._sizes: list[list[float]] = []
        self._handles: list[int] = []
        self._around: dict[int, int] = {}  # by row, handles of the boxes around items of grids
        self._parts: dict[int, list[int]] = {}
        root_of: list[int] = []
        has_measure: list[bool] = []
        for row, parent in enumerate(table.parent.tolist()):
            if parent < 0:
                root_of.append(len(self._roots))
                self._sizes.append(canvas[row].tolist())
                self._roots.append(self._tree.add(canvas_style(table, *self._sizes[-1]), None))
                above = self._roots[-1]
            else:
                root_of.append(root_of[parent])
                above = self._handles[parent]
            content = contents[row]
            if isinstance(content, tuple):
                self._parts[row] = []
            around, style = self._styles(row)
            if around is not None:
                self._around[row] = above = self._tree.add(around, above)
            self._handles.append(self._tree.add(style, above, None if isinstance(content, tuple) else content))
            has_measure.append(content is not None)
            self._add_parts(row, content)
        self._root_of = np.array(root_of, dtype=np.int64)
        self._rows = [np.flatnonzero(self._root_of == r) for r in range(len(self._roots))]
        # of each layout, the handles of its rows, then of the boxes around some of them
        self._nodes = [
            [self._handles[i] for i in rows.tolist()] + [self._around[i] for i in rows.tolist() if i in self._around]
            for rows in self._rows
        ]
        self._tips = self._find_tips(np.array(has_measure, dtype=bool))
        self._last = list(range(len(table)))  # by row, the last one that lies in it
        for row in range(len(table) - 1, -1, -1):
            if table.parent[row] >= 0:
                self._last[table.parent[row]] = max(self._last[table.parent[row]], self._last[row])
        self._wide, *self._low = (
            [[row for row in some if root_of[row] == root] for root in range(len(self._roots))]
            for some in (self._mends.fit.rows, *(least.rows for least in self._mends.least))
        )
        self._spanned = [[row for row in self._mends.grid.spanned[::-1] if root_of[row] == root] for root in range(len(self._roots))]
        self._wraps = [[pair for pair in self._mends.wraps if root_of[pair[0]] == root] for root in range(len(self._roots))]
        self._found: list[set[int]] = [set() for _ in self._roots]  # by layout, rows with bounds
        self._stale = set(range(len(self._roots)))

    def _add_parts(self, row: int, content: Content) -> None:
        """Add what a box has inside that is no item: the parts of a text, and something where a grid without items is one."""
        table, node = self._mends.table, self._handles[row]
        tracks = table.start[row + 1] - table.start[row] - len(StyleLength)
        if isinstance(content, tuple):
            self._parts[row] = [self._tree.add(part_style(table, True), node, part) for part in content]
        elif content is None and (tracks or row in self._mends.struts) and row not in table.parent:
            self._tree.add(part_style(table, False), node)

    def solve(self, lengths: F64, shown: npt.NDArray[np.bool_], forms: F64) -> F64:
        """Return the border boxes of frames: (F, M, 4) x, y, width, height in px from the parent's box; (1, M, 4) where all are equal.

        Args:
            lengths: (F or 1, K), the values of the table's moving lengths. shown: (F, M), items that are visible.
            forms: (F or 1, K, 2), see `forms`.
        """
        values = bounded(lengths, self._table.moving, self._table)
        still = len(values) == 1 or bool((values == values[:1]).all())
        sized = len(forms) == 1 or bool((forms == forms[:1]).all())
        if still and sized and (shown == shown[:1]).all():
            return self._frame(values[0], shown[0], forms[0])[None]
        frames = [(values[0 if still else i], row, forms[0 if sized else i]) for i, row in enumerate(shown)]
        return np.stack([self._frame(*frame) for frame in frames])

    def close(self) -> None:
        """Free the native tree."""
        self._tree.close()

    def _frame(self, values: npt.NDArray[np.float32], shown: npt.NDArray[np.bool_], forms: F64) -> F64:
        key = values.tobytes() + shown.tobytes() + forms.tobytes()
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        self._set(values, shown, forms)
        for root in self._stale:
            self._solve(root)
            self._read(root)
        self._stale.clear()
        self._kept[key] = boxes = self._boxes.copy()
        if len(self._kept) > self._keep:
            self._kept.popitem(last=False)
        return boxes

    def _solve(self, root: int) -> None:
        """Solve one layout, and again with sizes that Taffy does not find by itself: widths first, then least heights."""
        for row in self._found[root]:
            self._bounds.pop(row)
            self._restyle(row)
        self._found[root].clear()
        self._find_tracks(root, 0)
        self._find_bases(root)
        self._find_least(root, 0)
        self._compute(root)
        wide = [row for row in self._wide[root] if self._shown[row]]
        while wide and (done := self._find_widths(root, wide)):
            wide = [row for row in wide if row not in done]
            self._compute(root)
        found = self._find_tracks(root, 1)
        if self._find_least(root, 1) or found:
            self._compute(root)

    def _find_bases(self, root: int) -> None:
        """Set what containers of several lines are shared out from in rows, and how narrow they are: as what is in them asks for."""
        table = self._mends.table
        for row, items in self._wraps[root]:
            if not self._shown[row]:
                continue
            self._forget(root)
            kept = {item: self._bounds[item] for item in items if item in self._bounds}
            sizes = []
            for width in (inf, None):
                for item in items:
                    basis, grow, shrink = (
                        int(table.start[item]) + of for of in (StyleLength.FLEX_BASIS, StyleLength.FLEX_GROW, StyleLength.FLEX_SHRINK)
                    )
                    given = float(self._told[basis]) if table.unit[basis] == LengthUnit.PX else None
                    low = given if given is not None and not self._told[shrink] else 0.0
                    high = given if given is not None and not self._told[grow] and width is not None else inf
                    self._bounds[item] = Bounds(own=(low, high))
                    self._restyle(item)
                sizes.append(self._alone(row, width)[0])
            for item in items:
                self._bounds.pop(item)
            self._bounds |= kept
            for item in items:
                self._restyle(item)
            free = table.unit[table.start[row] + StyleLength.MIN_WIDTH] == LengthUnit.AUTO
            found = self._bounds.get(row, Bounds())
            self._bound(root, row, found._replace(basis=sizes[0], least=(sizes[1] if free else None, None)))

    def _find_tracks(self, root: int, axis: int) -> bool:
        """Set how large the columns, or the rows, of grids are at least where Taffy finds them too small; return whether there are any."""
        out = False
        for grid in self._spanned[root]:
            table, areas = self._mends.table, self._mends.grid.areas
            items = np.flatnonzero((table.parent == grid) & (table.codes[:, 3] == 0) & self._shown)
            first = int(table.start[grid]) + len(StyleLength)
            split = first + int(table.columns[grid])
            at = range(split, int(table.start[grid + 1])) if axis else range(first, split)
            sizes: list[float | None] = [{LengthUnit.PX: float(self._told[i]), LengthUnit.FR: inf}.get(table.unit[i]) for i in at]
            spans = [(int(a), int(b)) for a, b in areas[items, axis]]
            sizes += [None] * (max([b for _, b in spans], default=0) - len(sizes))
            plain = self._shown[grid] and not self._mends.boxed[items].any() and not (table.unit[at] == LengthUnit.PERCENT).any()
            if not plain or min([a for a, _ in spans], default=0) < 0 or not are_asked(sizes, spans):
                continue
            if not out:
                self._forget(root)
            out = True
            asked = [self._asked(row, axis) for row in items.tolist()]
            gap = float(self._told[table.start[grid] + StyleLength.GAP_X + axis])
            tracks = least_tracks(sizes, gap, spans, [low for low, _ in asked], [high for _, high in asked])
            found = self._bounds.get(grid, Bounds())
            self._bound(root, grid, found._replace(tracks=(found.tracks[0], tracks) if axis else (tracks, ())))
        return out

    def _asked(self, row: int, axis: int) -> tuple[float, float]:
        """Return how wide or how high an item of a grid is with its margins, at least and at most."""
        table, first = self._mends.table, int(self._mends.table.start[row])
        lengths = [first + StyleLength.WIDTH + axis + 2 * of for of in range(3)]
        size, least, most = (float(self._told[i]) if table.unit[i] == LengthUnit.PX else None for i in lengths)
        if size is not None:
            low = high = size
        elif axis:
            low = high = self._alone(row, float(self._tree.boxes([self._outer(row)])[0, 2]))[1]
        else:
            low, high = (self._alone(row, None)[0] if least is None else least), self._alone(row, inf)[0]
        self._restyle(row)
        ends = (StyleLength.MARGIN_TOP, StyleLength.MARGIN_BOTTOM) if axis else (StyleLength.MARGIN_LEFT, StyleLength.MARGIN_RIGHT)
        margins = sum(float(self._told[first + end]) for end in ends)
        low, high = (max(min(of, inf if most is None else most), least or 0.0) + margins for of in (low, high))
        return max(low, 0.0), max(low, high, 0.0)

    def _find_widths(self, root: int, rows: list[int]) -> set[int]:
        """Set the widths of those rows that are wider than their room, and return them; what lies in one of them waits for it."""
        parent = self._table.parent
        outer = self._tree.boxes([self._roots[root] if parent[row] < 0 else self._handles[parent[row]] for row in rows])[:, 2]
        widths = self._tree.boxes([self._outer(row) for row in rows])[:, 2]
        done: set[int] = set()
        for row, room in self._mends.fit.excess(rows, widths, outer, self._told):
            above = int(parent[row])
            while above >= 0 and above not in done:
                above = int(parent[above])
            if above < 0:
                found = self._bounds.get(row, Bounds())
                self._bound(root, row, found._replace(width=max(self._alone(row, None)[0], room)))
                done.add(row)
        return done

    def _find_least(self, root: int, axis: int) -> bool:
        """Solve items alone, in their order, and set their least sizes along an axis; return whether there are any."""
        least, areas = self._mends.least[axis], self._mends.grid.areas
        rows = [row for row in self._low[axis][root] if self._shown[row] and least.counts(row, areas)]
        if not rows:
            return False
        self._forget(root)
        above = self._table.parent[rows]
        pads = self._told[self._mends.table.start[above][:, None] + [StyleLength.PADDING_TOP, StyleLength.PADDING_BOTTOM]].sum(axis=1)
        inside = self._tree.boxes([self._handles[row] for row in above.tolist()])[:, 3] - pads
        widths = self._tree.boxes([self._outer(row) for row in rows])[:, 2]
        for row, width, high in zip(rows, widths.tolist(), inside.tolist(), strict=True):
            found, size = self._bounds.get(row, Bounds()), self._alone(row, width if axis else None)[axis]
            sizes = (found.least[0], size) if axis else (size, None)
            self._bound(root, row, found._replace(least=sizes, inside=high if axis else 0.0))
        return True

    def _bound(self, root: int, row: int, bounds: Bounds) -> None:
        """Set what is found of a row."""
        self._bounds[row] = bounds
        self._found[root].add(row)
        self._restyle(row)

    def _alone(self, row: int, width: float | None) -> tuple[float, float]:
        """Return the size of an item alone, with what is found of those in it: of a width in px, the least, or without end the most."""
        some = self._mends.narrow
        narrow = some[bisect(some, row) : bisect(some, self._last[row])] if width is None else []
        found = [self._bounds.get(inner) for inner in narrow]
        for inner in narrow:
            least = float(self._told[self._mends.table.start[inner] + StyleLength.MIN_WIDTH])
            self._bounds[inner] = Bounds(width=least)
            self._restyle(inner)
        node, (around, style) = self._outer(row), self._styles(row)
        outer = around if around is not None and self._mends.shelled[row] else style
        self._tree.restyle(node, lone_style(outer, None if width == inf else width))
        self._tree.compute(node, 0.0 if width is None else width, inf)
        _, _, across, down = self._tree.boxes([node])[0].tolist()
        for inner, bounds in zip(narrow, found, strict=True):
            self._bounds.pop(inner)
            if bounds is not None:
                self._bounds[inner] = bounds
            self._restyle(inner)
        return across, down

    def _outer(self, row: int) -> int:
        """Return the handle of the node that has the sizes of a row."""
        return self._around[row] if self._mends.shelled[row] else self._handles[row]

    def _forget(self, root: int) -> None:
        for tip in self._tips[root]:
            self._tree.forget(tip)

    def _compute(self, root: int) -> None:
        self._forget(root)
        self._tree.compute(self._roots[root], *self._sizes[root])

    def _restyle(self, row: int) -> None:
        around, style = self._styles(row)
        self._tree.restyle(self._handles[row], style)
        if around is not None:
            self._tree.restyle(self._around[row], around)

    def _set(self, values: npt.NDArray[np.float32], shown: npt.NDArray[np.bool_], forms: F64) -> None:
        """Set the styles that differ from the tree's, and note what is measured anew."""
        resized = self._measured[(self.forms != forms).any(axis=1)]
        self.forms = forms
        self._values[self._table.moving] = values
        if (self._shown != shown).any():
            self._mends.grid.update(shown)
        told, lines = self._mends.lengths(self._values, shown), self._mends.grid.lines
        changed = (self._shown != shown) | (self._lines != lines).any(axis=1)
        changed[self._row_of_length[self._told != told]] = True
        rows = np.flatnonzero(changed)
        self._told = told.copy()
        self._lines[:] = lines
        self._shown[:] = shown
        for row in rows.tolist():
            self._restyle(row)
        self._stale.update(self._root_of[np.concatenate([rows, resized])].tolist())

    def _styles(self, row: int) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """Return the style of the box around a row, None where there is none, and its own."""
        table, shown = self._mends.table, bool(self._shown[row])
        style = native_style(table, row, self._told, shown, self._lines[row])
        if row in self._bounds:
            style = self._bounds[row].of(style)
        if row in self._mends.struts:
            return None, strut_style(style, *self._mends.struts[row])
        if row in self._parts and shown:
            style |= STACKED
        if self._mends.shelled[row]:
            return shell_styles(table, style)
        if self._mends.celled[row]:
            return celled_styles(table, row, style, self._mends.fixed(row))
        return boxed_styles(table, row, style) if self._mends.boxed[row] else (None, style)

    def _read(self, root: int) -> None:
        """Read the boxes of one layout."""
        rows, nodes = self._rows[root], self._nodes[root]
        boxes = self._tree.boxes(nodes)
        if len(nodes) > len(rows):
            boxed = self._mends.boxed[rows] | self._mends.shelled[rows] | self._mends.celled[rows]
            boxes[: len(rows)][boxed, :2] += boxes[len(rows) :, :2]
        self._boxes[rows] = np.clip(np.nan_to_num(boxes[: len(rows)], nan=0.0), -FAR_PX, FAR_PX)
        self._mends.moves.apply(self._boxes, rows, self._values, self._shown)

    def _find_tips(self, measured: npt.NDArray[np.bool_]) -> list[list[int]]:
        """Return by layout which nodes forget their answers, and with them all above them, before it is solved.

        Leaves of constant size need not: their answers are the same whatever came before.
        """
        table = self._mends.table
        inner = np.zeros(len(table), dtype=bool)
        inner[table.parent[table.parent >= 0]] = True
        sizes = table.start[:-1, None] + np.arange(StyleLength.WIDTH, StyleLength.MAX_HEIGHT + 1)
        relative = (table.unit[sizes] == LengthUnit.PERCENT).any(axis=1)
        kept = ~inner & ~measured & ~relative & (table.aspect_ratio == 0.0)
        covered = np.zeros(len(table), dtype=bool)  # rows with something below that forgets
        tips = np.zeros(len(table), dtype=bool)
        for row in range(len(table) - 1, -1, -1):
            tips[row] = not kept[row] and not covered[row]
            if not kept[row] and table.parent[row] >= 0:
                covered[table.parent[row]] = True
        return [
            [tip for i in rows[tips[rows]].tolist() for tip in self._parts.get(i, [self._handles[i]])] for rows in self._rows
        ]
