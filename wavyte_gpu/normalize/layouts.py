"""Lower layouts: which nodes take part, and their styles as rows of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wavyte_gpu.foundation.errors import LimitError, Problem
from wavyte_gpu.normalize.lanes import LaneBuilder
from wavyte_gpu.normalize.layout_ir import LayoutTable, LengthUnit, StyleLength
from wavyte_gpu.schema.anim import Anim, Constant
from wavyte_gpu.schema.assets import Audio, Null, TextAsset
from wavyte_gpu.schema.layout import Auto, Fr, GridLine, Layout, Percent, Px
from wavyte_gpu.schema.node import Collection, CompRef, Leaf, Node

__all__ = ["MAX_LAYOUT_DEPTH", "LayoutBuilder"]

MAX_LAYOUT_DEPTH = 64
"""Items within items: Taffy recurses, and half a megabyte of stack must do."""

_MAX_TRACKS = 1000
_MAX_GRID_TRACKS = 30_000  # Taffy counts tracks in 16 bits
_MAX_GRID_CELLS = 1 << 22
_DISPLAY = ("none", "flex", "grid")
_DIRECTION = ("row", "column", "row_reverse", "column_reverse")
_WRAP = ("no_wrap", "wrap", "wrap_reverse")
_POSITION = ("relative", "absolute")
_ALIGN = ("start", "end", "flex_start", "flex_end", "center", "stretch")
_CONTENT = (*_ALIGN, "space_between", "space_around", "space_evenly")
_ITEMS = (*_ALIGN, "baseline")
_PLAIN = Layout()

Cell = tuple[int, float, Anim | int | None, int]  # unit, constant, what drives it (-1, -2: the leaf's size lanes), axis of the value


class LayoutBuilder:
    """Collects the items of layouts while nodes are added in preorder.

    An item is a node with a layout, and a child of an item: a leaf that shows something, a reference. Free stay, in the space of their
    parent and without a gap, collections without a layout of their own, and null and audio leaves.

    Attributes:
        canvas: of the composition of the nodes that are added next, px.
    """

    def __init__(self, lanes: LaneBuilder, assets: Any) -> None:
        self.canvas = (0.0, 0.0)
        self._lanes = lanes
        self._assets = assets
        self._row_of: dict[int, int] = {}
        self._containers: set[int] = set()
        self._depth: list[int] = []
        self.node: list[int] = []
        self.parent: list[int] = []
        self.codes: list[tuple[int, ...]] = []
        self.lines: list[tuple[int, ...]] = []
        self.aspect_ratio: list[float] = []
        self.start: list[int] = [0]
        self.columns: list[int] = []
        self.unit: list[int] = []
        self.value: list[float] = []
        self.moving: list[int] = []
        self.moving_param: list[int] = []
        self.mask_node: list[int] = []
        self.mask_row: list[int] = []

    def add_mask(self, index: int, node: Node, owner: int) -> None:
        """Note a mask: an asset without a size of its own that masks an item fills the item's box."""
        row = self._row_of.get(owner)
        if row is not None and isinstance(node.kind, Leaf) and node.kind.size is None:
            self.mask_node.append(index)
            self.mask_row.append(row)

    def add(self, index: int, node: Node, parent: int) -> bool:
        """Add a node where it takes part; return whether it does.

        Args:
            index, parent: NodeIdx; the parent was added before.
        """
        above = self._row_of[parent] if parent in self._containers else -1
        if node.layout is None and (above < 0 or not self._is_item(node)):
            return False
        layout = node.layout or _PLAIN
        row = len(self.node)
        depth = self._depth[above] + 1 if above >= 0 else 1
        if depth > MAX_LAYOUT_DEPTH:
            text, allowed = "layouts nest too deep", f"{MAX_LAYOUT_DEPTH} levels"
            raise LimitError(Problem("error", "limit", text, node_id=node.id, allowed=allowed))
        self._depth.append(depth)
        self._row_of[index] = row
        if isinstance(node.kind, Collection):
            self._containers.add(index)
        self.node.append(index)
        self.parent.append(above)
        self.codes.append(
            (
                _DISPLAY.index(layout.display),
                _DIRECTION.index(layout.direction),
                _WRAP.index(layout.wrap),
                _POSITION.index(layout.position),
                -1 if layout.justify_content is None else _CONTENT.index(layout.justify_content),
                -1 if layout.align_items is None else _ITEMS.index(layout.align_items),
                -1 if layout.align_content is None else _CONTENT.index(layout.align_content),
                -1 if layout.align_self is None else _ITEMS.index(layout.align_self),
            )
        )
        self.lines.append((*_line(layout.column), *_line(layout.row)))
        self.aspect_ratio.append(layout.aspect_ratio or 0.0)
        self._lengths(index, node, layout)
        if isinstance(node.kind, Leaf) and isinstance(self._assets[str(node.kind.asset)], TextAsset):
            self._narrow(above)
        return True

    def _narrow(self, row: int) -> None:
        """Keep collections around a text within their containers, so that it breaks its lines.

        CSS lays out a box of automatic width as wide as its content, but no wider than its container where the content can be
        narrower. Taffy does the second half only for leaves and for items that shrink.
        """
        while row >= 0:
            width, most = (self.start[row] + place for place in (StyleLength.WIDTH, StyleLength.MAX_WIDTH))
            if self.unit[most] == LengthUnit.AUTO and self.unit[width] == LengthUnit.AUTO:
                self.unit[most], self.value[most] = LengthUnit.PERCENT, 1.0
            row = self.parent[row]

    def _is_item(self, node: Node) -> bool:
        if isinstance(node.kind, Leaf):
            return not isinstance(self._assets[str(node.kind.asset)], Null | Audio)
        return isinstance(node.kind, CompRef)

    def _lengths(self, index: int, node: Node, layout: Layout) -> None:
        cells: dict[StyleLength, Cell] = {
            StyleLength.GAP_X: _number(layout.gap_px, 0),
            StyleLength.GAP_Y: _number(layout.gap_px, 1),
            StyleLength.FLEX_GROW: _number(layout.flex_grow),
            StyleLength.FLEX_SHRINK: _number(layout.flex_shrink),
            StyleLength.FLEX_BASIS: _dimension(layout.flex_basis),
        }
        for i, side in enumerate(("top", "right", "bottom", "left")):
            cells[StyleLength(StyleLength.PADDING_TOP + i)] = _number(getattr(layout.padding_px, side))
            cells[StyleLength(StyleLength.MARGIN_TOP + i)] = _number(getattr(layout.margin_px, side))
            cells[StyleLength(StyleLength.INSET_TOP + i)] = _dimension(getattr(layout.inset_px, side))
        for i, axis in enumerate(("width", "height")):
            for first, size in (
                (StyleLength.WIDTH, layout.size),
                (StyleLength.MIN_WIDTH, layout.min_size),
                (StyleLength.MAX_WIDTH, layout.max_size),
            ):
                cells[StyleLength(first + i)] = _dimension(getattr(size, axis))
            own = self._own_size(node, i)
            if own is not None:  # a leaf's own size is the size of its item, which never shrinks below it
                for first in (StyleLength.WIDTH, StyleLength.MIN_WIDTH):
                    if cells[StyleLength(first + i)][0] == LengthUnit.AUTO:
                        cells[StyleLength(first + i)] = own
        for template, axis in ((layout.template_columns, "columns"), (layout.template_rows, "rows")):
            if len(template) > _MAX_TRACKS:
                text, found = f"too many {axis} in a grid", str(len(template))
                raise LimitError(
                    Problem("error", "limit", text, node_id=node.id, found=found, allowed=f"at most {_MAX_TRACKS}")
                )
        tracks = [_dimension(track) for track in (*layout.template_columns, *layout.template_rows)]
        self.columns.append(len(layout.template_columns))
        for unit, value, anim, component in [*(cells[name] for name in StyleLength), *tracks]:
            if anim is not None:
                self.moving.append(len(self.unit))
                param = anim if isinstance(anim, int) else self._lanes.param(index, node.id, "layout", anim, component)
                self.moving_param.append(param)
            self.unit.append(unit)
            self.value.append(value)
        self.start.append(len(self.unit))

    def _own_size(self, node: Node, axis: int) -> Cell | None:
        """Return the size that a leaf states for itself."""
        if not isinstance(node.kind, Leaf) or node.kind.size is None:
            return None
        size = node.kind.size
        if isinstance(size, str):
            return LengthUnit.PX, self.canvas[axis], None, 0
        if isinstance(size, Constant):
            assert isinstance(size.value, tuple)
            return LengthUnit.PX, max(float(size.value[axis]), 0.0), None, 0
        return LengthUnit.PX, 0.0, -1 - axis, 0

    def _check_grids(self, ids: Sequence[str]) -> None:
        """Raise LimitError for grids that may need more tracks or cells than Taffy can count, or anyone wait for."""
        rows: dict[int, list[int]] = {}
        for row, above in enumerate(self.parent):
            if above >= 0 and self.codes[above][0] == _DISPLAY.index("grid"):
                rows.setdefault(above, []).append(row)
        for grid, items in rows.items():
            lines = np.array([self.lines[row] for row in items], dtype=np.int64)
            far = np.abs(lines[:, [0, 1, 3, 4]]).max(axis=0)
            down = self.start[grid + 1] - self.start[grid] - len(StyleLength) - self.columns[grid]
            placed = lines[:, [3, 4]].any(axis=1)  # in a row, which gets the columns that they need
            beside = placed & ~lines[:, [0, 1]].any(axis=1)
            across = self.columns[grid] + 2 * int(far[:2].max()) + int(lines[:, 2].max()) + 1
            across += int(np.maximum(lines[beside, 2], 1).sum())
            down += 2 * int(far[2:].max()) + int(np.maximum(lines[~placed, 5], 1).sum()) + int(lines[placed, 5].max(initial=0))
            if max(across, down) > _MAX_GRID_TRACKS or across * down > _MAX_GRID_CELLS:
                found, allowed = f"{across} x {down}", f"{_MAX_GRID_TRACKS} columns or rows and {_MAX_GRID_CELLS} cells"
                text = "the lines and spans of a grid's items may need too many cells"
                raise LimitError(
                    Problem("error", "limit", text, node_id=ids[self.node[grid]], found=found, allowed=allowed)
                )

    def table(self, ids: Sequence[str]) -> LayoutTable:
        """Return the rows as arrays. `ids` are those of the nodes, for errors."""
        self._check_grids(ids)
        count = len(self.node)
        return LayoutTable(
            node=np.array(self.node, dtype=np.int32),
            parent=np.array(self.parent, dtype=np.int32),
            codes=np.array(self.codes, dtype=np.int8).reshape(count, 8),
            lines=np.array(self.lines, dtype=np.int16).reshape(count, 6),
            aspect_ratio=np.array(self.aspect_ratio, dtype=np.float64),
            start=np.array(self.start, dtype=np.int32),
            columns=np.array(self.columns, dtype=np.int32),
            unit=np.array(self.unit, dtype=np.uint8),
            value=np.array(self.value, dtype=np.float64),
            moving=np.array(self.moving, dtype=np.int32),
            moving_param=np.array(self.moving_param, dtype=np.int32),
            mask_node=np.array(self.mask_node, dtype=np.int32),
            mask_row=np.array(self.mask_row, dtype=np.int32),
        )


def _number(anim: Anim, axis: int = 0) -> Cell:
    if isinstance(anim, Constant):
        value: Any = anim.value
        return LengthUnit.PX, float(value[axis] if isinstance(value, tuple) else value), None, 0
    return LengthUnit.PX, 0.0, anim, axis


def _dimension(value: Auto | Px | Percent | Fr) -> Cell:
    match value:
        case Px():
            return _number(value.value)
        case Percent():
            return LengthUnit.PERCENT, float(value.fraction), None, 0
        case Fr():
            return LengthUnit.FR, float(value.value), None, 0
    return LengthUnit.AUTO, 0.0, None, 0


def _line(line: GridLine | None) -> tuple[int, int, int]:
    return (0, 0, 0) if line is None else (line.start or 0, line.end or 0, line.span or 0)
