"""Step 3 of evaluation, second half: the boxes of the items of layouts, and the transforms that put nodes into them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.text import TextFlow
from wavyte_gpu.eval.forms import Forms, ShapeMedia, wrap_width
from wavyte_gpu.eval.properties import lane_values, param_values
from wavyte_gpu.foundation.enums import AssetKind, Lane, NodeKind, SizeMode
from wavyte_gpu.layout.definite import definite_heights
from wavyte_gpu.layout.solver import LayoutSolver
from wavyte_gpu.layout.tree import Content, Measure
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.normalize.layout_ir import LayoutTable, LengthUnit, StyleLength

__all__ = ["LayoutMedia", "LayoutStage"]

F64 = npt.NDArray[np.float64]
_GENERATED = (AssetKind.SOLID, AssetKind.GRADIENT, AssetKind.NOISE, AssetKind.ROUNDED, AssetKind.NULL, AssetKind.AUDIO)
# columns and numbers of the table's codes
_DIRECTION, _WRAP, _POSITION, _ALIGN_ITEMS, _ALIGN_SELF = 1, 2, 3, 5, 7
_FLEX, _STRETCH, _BASELINE = 1, 5, 6
_NO_FORMS = np.zeros((1, 0, 2))
_PADDING = [*range(StyleLength.PADDING_TOP, StyleLength.PADDING_LEFT + 1)]


class LayoutMedia(ShapeMedia, Protocol):
    """What a layout asks of prepared media."""

    def intrinsic_size(self, asset: int) -> tuple[float, float] | None:
        """Return the size in px, None for what has none."""

    def text_flow(self, asset: int) -> TextFlow | None:
        """Return how much room a text takes, None for what is no text."""


class LayoutStage:
    """Solves the layouts of one composition. Its results do not depend on the frames asked for before."""

    def __init__(self, ir: CompositionIR, media: LayoutMedia) -> None:
        self._ir = ir
        self._media = media
        table = ir.layout
        self._forms = Forms(ir, media)
        plain = ir.nodes.size_mode[table.node] == SizeMode.DEFAULT
        self._measured = np.flatnonzero(np.isin(table.node, self._forms.nodes) & plain)
        self._form_of = np.searchsorted(self._forms.nodes, table.node[self._measured])
        kind = ir.nodes.kind[table.node]
        self._leaf = kind == NodeKind.LEAF
        self._fixed = self._fixed_sizes()
        self._definite = definite_heights(table)
        self._solver = LayoutSolver(self._with_sizes(), ir.spaces[table.node], self._measure, self._measured)
        self._boxed = ~(self._leaf & (ir.nodes.size_mode[table.node] != SizeMode.DEFAULT))
        row = np.searchsorted(table.start, table.moving, side="right") - 1
        self._lanes = [np.flatnonzero(table.moving_param == -1 - axis) for axis in (0, 1)]
        self._driven_alone = bool((table.moving_param >= 0).all())
        self._lane_nodes = [table.node[row[lanes]] for lanes in self._lanes]
        self._key: tuple[bytes, ...] | None = None
        self._placed: tuple[F64, F64]
        # where the paddings of each row lie among the lengths
        self._padding = table.start[:-1, None] + np.array(_PADDING)

    def place(self, tracks: F64, visible: npt.NDArray[np.bool_], box: F64) -> tuple[F64, F64]:
        """Return the content boxes of all nodes, (F or 1, N, 2) px, and where those of the table's rows lie, (F or 1, M, 2) px.

        Args:
            tracks: (F, T). visible: (F, N).
            box: (F or 1, N, 2) px, without layouts.
        """
        table = self._ir.layout
        values = self._moving(tracks)
        shown = visible[:, table.node]
        forms = self._forms.values(param_values(self._ir, tracks))[:, self._form_of] if len(self._measured) else _NO_FORMS
        key = (values.tobytes(), shown.tobytes(), box.tobytes(), forms.tobytes())
        if key == self._key:
            return self._placed
        laid = self._solver.solve(values, shown, forms)
        padding = self._paddings(values)
        origin = laid[..., :2] + padding[..., (3, 0)]
        size = np.maximum(laid[..., 2:] - padding[..., (3, 0)] - padding[..., (1, 2)], 0.0)
        out = np.repeat(box, max(len(size), len(box)) // len(box), axis=0)
        out[:, table.node[self._boxed]] = size[:, self._boxed]
        out[:, table.mask_node] = out[:, table.node[table.mask_row]]
        self._key, self._placed = key, (out, origin)
        return out, origin

    def close(self) -> None:
        """Free the native tree."""
        self._solver.close()

    def _moving(self, tracks: F64) -> F64:
        """Return the values of the moving lengths, (F or 1, K)."""
        table = self._ir.layout
        if not len(table.moving):
            return np.zeros((1, 0))
        params = param_values(self._ir, tracks)
        if self._driven_alone:
            return params[:, table.moving_param]
        sizes = [lane_values(self._ir, tracks, lane) for lane in (Lane.SIZE_X, Lane.SIZE_Y)]
        out = np.zeros((max(len(params), *map(len, sizes)), len(table.moving)))
        driven = table.moving_param >= 0
        out[:, driven] = params[:, table.moving_param[driven]]
        for axis, size in enumerate(sizes):
            out[:, self._lanes[axis]] = size[:, self._lane_nodes[axis]]
        return out

    def _paddings(self, values: F64) -> F64:
        """Return top, right, bottom and left padding of leaves, 0 of collections: (F or 1, M, 4) px."""
        table = self._ir.layout
        lengths = np.repeat(table.value[None], len(values), axis=0)
        lengths[:, table.moving] = np.maximum(np.nan_to_num(values), 0.0)
        return np.where(self._leaf[None, :, None], lengths[:, self._padding], 0.0)

    def _fixed_sizes(self) -> dict[int, tuple[float, float]]:
        """Return by row the sizes of pictures that nothing can stretch, grow or shrink. They need no measuring."""
        table = self._ir.layout
        out = {}
        moving = set(table.moving.tolist())
        for row in np.flatnonzero((table.parent >= 0) & (table.aspect_ratio == 0.0)).tolist():
            first, above = int(table.start[row]), int(table.parent[row])
            own = table.codes[row, _ALIGN_SELF]
            align = own if own >= 0 else table.codes[above, _ALIGN_ITEMS]
            free = (
                table.codes[above, 0] == _FLEX
                and table.codes[row, _POSITION] == 0
                and 0 <= align < _STRETCH
                and not table.unit[first + StyleLength.FLEX_BASIS : first + StyleLength.INSET_TOP].any()
                and first + StyleLength.FLEX_GROW not in moving
                and table.value[first + StyleLength.FLEX_GROW] == 0.0
            )
            size = self._picture(row) if free and row not in self._measured else None
            if size is not None:
                out[row] = size
        return out

    def _with_sizes(self) -> LayoutTable:
        """Return the table with fixed sizes as those of their rows."""
        table = self._ir.layout
        unit, value = table.unit.copy(), table.value.copy()
        ratio = np.where([self._is_measured_by_ratio(row) for row in range(len(table))], 0.0, table.aspect_ratio)
        for row, size in self._fixed.items():
            first = int(table.start[row])
            for place, number in zip((StyleLength.WIDTH, StyleLength.HEIGHT), size, strict=True):
                unit[first + place], value[first + place] = LengthUnit.PX, number
                unit[first + place + 2], value[first + place + 2] = LengthUnit.PX, number  # the least
        return replace(table, unit=unit, value=value, aspect_ratio=ratio)

    def _is_measured_by_ratio(self, row: int) -> bool:
        """Return whether a box without content finds the size that it lacks when it is measured: Taffy fixes it before items shrink."""
        table = self._ir.layout
        first, above = int(table.start[row]), int(table.parent[row])
        return (
            table.aspect_ratio[row] > 0.0
            and above >= 0
            and table.codes[above, 0] == _FLEX
            and table.codes[row, _POSITION] == 0
            and bool(self._leaf[row])
            and self._picture(row) is None
            and not table.unit[first + StyleLength.MIN_WIDTH : first + StyleLength.MAX_HEIGHT + 1].any()
        )

    def _picture(self, row: int) -> tuple[float, float] | None:
        """Return the size of what has one of its own and keeps its ratio: pictures, videos, paths, nested compositions."""
        ir, node = self._ir, int(self._ir.layout.node[row])
        if ir.nodes.kind[node] == NodeKind.COMP_REF:
            width, height = ir.nodes.canvas[node].tolist()
            return width, height
        if ir.nodes.kind[node] != NodeKind.LEAF or ir.nodes.size_mode[node] != SizeMode.DEFAULT:
            return None
        asset = int(ir.nodes.asset[node])
        if ir.assets.kind[asset] in _GENERATED or self._media.text_flow(asset) is not None:
            return None
        return self._media.intrinsic_size(asset)

    def _measure(self, row: int) -> Content:
        """Return how the content of a row's node is measured; None for what fills the box that it is given."""
        if row in self._fixed:
            return None
        ir, node = self._ir, int(self._ir.layout.node[row])
        by_height = self._is_by_height(row)
        if row in self._measured:
            forms, column = self._forms, int(np.searchsorted(self._measured, row))
            if forms.is_text(node):
                return self._text(row, lambda: forms.flow(node, float(self._solver.forms[column, 0])))

            def measure(w: float, h: float, across: float, down: float) -> tuple[float, float]:
                first, second = self._solver.forms[column].tolist()
                return _keep_ratio(*forms.shape(node, (first, second)).size, by_height=by_height)(w, h, across, down)

            return measure
        leaf = ir.nodes.kind[node] == NodeKind.LEAF and ir.nodes.size_mode[node] == SizeMode.DEFAULT
        flow = self._media.text_flow(int(ir.nodes.asset[node])) if leaf else None
        if flow is not None:
            return self._text(row, lambda: flow)
        size = self._picture(row)
        if size is not None:
            return _keep_ratio(*size, by_height=by_height)
        ratio = float(ir.layout.aspect_ratio[row])
        return _with_ratio(ratio, self._given_later(row)) if leaf and ratio else None

    def _text(self, row: int, flow: Callable[[], TextFlow]) -> Content:
        """Return how a text is measured: in two parts, above and below its baseline, where that is aligned."""
        table, first = self._ir.layout, int(self._ir.layout.start[row])
        heights = table.unit[first + StyleLength.HEIGHT], table.unit[first + StyleLength.MIN_HEIGHT]
        whole = _flow(flow)
        if any(heights) or not self._is_on_a_baseline(row):
            return whole

        def upper(w: float, h: float, across: float, down: float) -> tuple[float, float]:
            return whole(w, flow().baseline if h != h else h, across, down)

        def lower(w: float, h: float, across: float, down: float) -> tuple[float, float]:
            width, height = whole(w, h, across, down)
            return width, height - flow().baseline if h != h else h

        return upper, lower

    def _is_on_a_baseline(self, row: int) -> bool:
        """Return whether a row, or a box around it, is aligned by its baseline."""
        table = self._ir.layout
        while (above := int(table.parent[row])) >= 0:
            own = int(table.codes[row, _ALIGN_SELF])
            if (own if own >= 0 else table.codes[above, _ALIGN_ITEMS]) == _BASELINE:
                return True
            row = above
        return False

    def _given_later(self, row: int) -> int | None:
        """Return the axis of the size that an item is stretched to once its line is known: no other size comes of it.

        That is so in a container of several lines, and in a row whose height is not known before (CSS Flexbox 1, section 9.8).
        """
        table = self._ir.layout
        above, own = int(table.parent[row]), int(table.codes[row, _ALIGN_SELF])
        if above < 0 or table.codes[above, 0] != _FLEX or table.codes[row, _POSITION]:
            return None
        align, axis = own if own >= 0 else table.codes[above, _ALIGN_ITEMS], 1 - int(table.codes[above, _DIRECTION]) % 2
        automatic = table.unit[table.start[row] + StyleLength.WIDTH + axis] == LengthUnit.AUTO
        late = bool(table.codes[above, _WRAP]) or (axis == 1 and not self._definite[above])
        return axis if late and automatic and align in (-1, _STRETCH) else None

    def _is_by_height(self, row: int) -> bool:
        table = self._ir.layout
        return bool(table.unit[table.start[row] + StyleLength.HEIGHT] == LengthUnit.PX)


def _flow(of: Callable[[], TextFlow]) -> Measure:
    """Return the measure of a text: one line where there is room, else as many as the width asks for."""

    def measure(w: float, h: float, across: float, _down: float) -> tuple[float, float]:
        flow = of()
        width = w if w == w else min(max(flow.least, across), flow.width)
        if h == h:
            return width, h
        return width, flow.height if width >= flow.width else flow.height_in(wrap_width(width))

    return measure


def _with_ratio(ratio: float, later: int | None) -> Measure:
    """Return the measure of a box that has a ratio and no size: one side gives the other, if it isn't the one that is given `later`."""

    def measure(w: float, h: float, _across: float, _down: float) -> tuple[float, float]:
        if w == w:
            return w, h if h == h else (0.0 if later == 0 else w / ratio)
        return (0.0 if later == 1 else h * ratio, h) if h == h else (0.0, 0.0)

    return measure


def _keep_ratio(width: float, height: float, *, by_height: bool) -> Measure:
    """Return the measure of a picture: its own size, or that with its ratio where its width is known, or its height `by_height`.

    A height that comes from stretching gives no width: Taffy stretches before it knows the height of a row.
    """
    ratio = width / height if width > 0.0 and height > 0.0 else 0.0

    def measure(w: float, h: float, _across: float, _down: float) -> tuple[float, float]:
        if w == w:
            return w, h if h == h else (w / ratio if ratio else height)
        if h == h:
            return (h * ratio if ratio and by_height else width), h
        return width, height

    return measure
