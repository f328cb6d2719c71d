"""Step 3 of evaluation, second half: the boxes of the items of layouts, and the transforms that put nodes into them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.eval.properties import lane_values, param_values
from wavyte_gpu.foundation.enums import AssetKind, Lane, NodeKind, SizeMode
from wavyte_gpu.layout.solver import LayoutSolver
from wavyte_gpu.layout.tree import Measure
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.normalize.layout_ir import StyleLength

__all__ = ["LayoutMedia", "LayoutStage"]

F64 = npt.NDArray[np.float64]
_GENERATED = (AssetKind.SOLID, AssetKind.GRADIENT, AssetKind.NOISE, AssetKind.ROUNDED, AssetKind.NULL, AssetKind.AUDIO)
_PADDING = [*range(StyleLength.PADDING_TOP, StyleLength.PADDING_LEFT + 1)]


class LayoutMedia(Protocol):
    """What a layout asks of prepared media."""

    def intrinsic_size(self, asset: int) -> tuple[float, float] | None:
        """Return the size in px, None for what has none."""


class LayoutStage:
    """Solves the layouts of one composition. Its results do not depend on the frames asked for before."""

    def __init__(self, ir: CompositionIR, media: LayoutMedia) -> None:
        self._ir = ir
        self._media = media
        table = ir.layout
        self._solver = LayoutSolver(table, ir.spaces[table.node], self._measure)
        kind = ir.nodes.kind[table.node]
        self._leaf = kind == NodeKind.LEAF
        self._boxed = ~(self._leaf & (ir.nodes.size_mode[table.node] != SizeMode.DEFAULT))
        row = np.searchsorted(table.start, table.moving, side="right") - 1
        self._lanes = [np.flatnonzero(table.moving_param == -1 - axis) for axis in (0, 1)]
        self._lane_nodes = [table.node[row[lanes]] for lanes in self._lanes]
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
        laid = self._solver.solve(values, visible[:, table.node])
        padding = self._paddings(values)
        origin = laid[..., :2] + padding[..., (3, 0)]
        size = np.maximum(laid[..., 2:] - padding[..., (3, 0)] - padding[..., (1, 2)], 0.0)
        out = np.repeat(box, max(len(size), len(box)) // len(box), axis=0)
        out[:, table.node[self._boxed]] = size[:, self._boxed]
        out[:, table.mask_node] = out[:, table.node[table.mask_row]]
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
        sizes = [lane_values(self._ir, tracks, lane) for lane in (Lane.SIZE_X, Lane.SIZE_Y)]
        out = np.zeros((max(len(params), *map(len, sizes)), len(table.moving)))
        driven = table.moving_param >= 0
        out[:, driven] = params[:, table.moving_param[driven]]
        for axis, size in enumerate(sizes):
            mine = self._lanes[axis]
            out[:, mine] = size[:, self._lane_nodes[axis]]
        return out

    def _paddings(self, values: F64) -> F64:
        """Return top, right, bottom and left padding of leaves, 0 of collections: (F or 1, M, 4) px."""
        table = self._ir.layout
        lengths = np.repeat(table.value[None], len(values), axis=0)
        lengths[:, table.moving] = np.maximum(np.nan_to_num(values), 0.0)
        return np.where(self._leaf[None, :, None], lengths[:, self._padding], 0.0)

    def _measure(self, row: int) -> Measure | None:
        """Return how the content of a row's node is measured; None for what fills the box that it is given."""
        ir, node = self._ir, int(self._ir.layout.node[row])
        if ir.nodes.kind[node] == NodeKind.COMP_REF:
            return _keep_ratio(*ir.nodes.canvas[node].tolist())
        if ir.nodes.kind[node] != NodeKind.LEAF or ir.nodes.size_mode[node] != SizeMode.DEFAULT:
            return None
        asset = int(ir.nodes.asset[node])
        if ir.assets.kind[asset] in _GENERATED:
            return None
        size = self._media.intrinsic_size(asset)
        return None if size is None else _keep_ratio(*size)


def _keep_ratio(width: float, height: float) -> Measure:
    """Return the measure of a picture: its own size, or the ratio where one side is known."""
    ratio = width / height if width > 0.0 and height > 0.0 else 0.0

    def measure(w: float, h: float, _across: float, _down: float) -> tuple[float, float]:
        if w == w:
            return w, h if h == h else (w / ratio if ratio else height)
        return (h * ratio if ratio else width, h) if h == h else (width, height)

    return measure
