"""Solves the layouts of one composition: a cached tree, styles set where they changed, boxes of frames."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from wavyte_gpu.layout.style import FAR_PX, bounded, canvas_style, native_style
from wavyte_gpu.layout.tree import Measure, NativeTree
from wavyte_gpu.normalize.layout_ir import LayoutTable

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
        measure: Callable[[int], Measure | None],
        measured: npt.NDArray[np.int64],
    ) -> None:
        self._table = table
        self._values = bounded(table.value, np.arange(len(table.value), dtype=np.int32), table)
        self._shown = np.ones(len(table), dtype=bool)
        self._boxes: F64 = np.zeros((len(table), 4))
        self._kept: OrderedDict[bytes, F64] = OrderedDict()
        self._keep = max(2, min(1024, _KEPT_BYTES // max(self._boxes.nbytes, 1)))
        self._measured = measured
        self.forms: F64 = np.zeros((len(measured), 2))
        self._row_of_length = np.searchsorted(table.start, table.moving, side="right") - 1
        self._tree = NativeTree()
        self._roots: list[int] = []  # native handles of the boxes around the roots
        self._sizes: list[list[float]] = []
        self._handles: list[int] = []
        root_of: list[int] = []
        for row, parent in enumerate(table.parent.tolist()):
            if parent < 0:
                root_of.append(len(self._roots))
                self._sizes.append(canvas[row].tolist())
                self._roots.append(self._tree.add(canvas_style(table, *self._sizes[-1]), None))
                above = self._roots[-1]
            else:
                root_of.append(root_of[parent])
                above = self._handles[parent]
            self._handles.append(self._tree.add(native_style(table, row, self._values, True), above, measure(row)))
        self._root_of = np.array(root_of, dtype=np.int64)
        self._rows = [np.flatnonzero(self._root_of == r) for r in range(len(self._roots))]
        inner = np.zeros(len(table), dtype=bool)
        inner[table.parent[table.parent >= 0]] = True
        self._tips = [[self._handles[i] for i in rows[~inner[rows]]] for rows in self._rows]
        self._stale = set(range(len(self._roots)))

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
            for tip in self._tips[root]:
                self._tree.forget(tip)
            self._tree.compute(self._roots[root], *self._sizes[root])
            rows = self._rows[root]
            boxes = np.nan_to_num(self._tree.boxes([self._handles[i] for i in rows]), nan=0.0)
            self._boxes[rows] = np.clip(boxes, -FAR_PX, FAR_PX)
        self._stale.clear()
        self._kept[key] = boxes = self._boxes.copy()
        if len(self._kept) > self._keep:
            self._kept.popitem(last=False)
        return boxes

    def _set(self, values: npt.NDArray[np.float32], shown: npt.NDArray[np.bool_], forms: F64) -> None:
        """Set the styles that differ from the tree's, and note what is measured anew."""
        resized = self._measured[(self.forms != forms).any(axis=1)]
        self.forms = forms
        moved = self._values[self._table.moving] != values
        rows = np.union1d(self._row_of_length[moved], np.flatnonzero(self._shown != shown))
        self._values[self._table.moving] = values
        self._shown[:] = shown
        for row in rows.tolist():
            style = native_style(self._table, row, self._values, bool(shown[row]))
            self._tree.restyle(self._handles[row], style)
        self._stale.update(self._root_of[np.concatenate([rows, resized])].tolist())
