"""Leaves whose outlines change in time: texts whose size moves, paths whose stroke moves. Frames of a batch have forms of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.shape import Form, PartGroup, PreparedShape
from wavyte_gpu.assets.text import MovingText, TextFlow
from wavyte_gpu.foundation.enums import NodeKind, SizeMode
from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.text.api import MAX_SIZE_PX

__all__ = ["FormRows", "Forms", "ShapeMedia", "wrap_width"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_MOST_WIDTH_PX = 1e6
_MOST_OFFSET_PX = 1e9


class ShapeMedia(Protocol):
    """What forms ask of prepared media."""

    def shape(self, asset: int) -> PreparedShape:
        """Return what an asset that is a shape was prepared to."""


class FormRows(NamedTuple):
    """Leaf rows with a row for each part of what moves.

    Attributes:
        source: the row that each was. part: which outline. form: (R, 2), zeros where nothing moves.
        moving: (R,) bool. bounds: (R, 4) of the outline and size: (R, 2), content px, where it moves.
        groups: by frame and node, which parts are composited together.
    """

    source: I64
    part: npt.NDArray[np.int32]
    form: F64
    moving: npt.NDArray[np.bool_]
    bounds: F64
    size: F64
    groups: Mapping[tuple[int, int], Sequence[PartGroup]]

    def take(self, rows: I64) -> FormRows:
        """Return some of the rows."""
        source, part, form, moving, bounds, size, groups = self
        return FormRows(source[rows], part[rows], form[rows], moving[rows], bounds[rows], size[rows], groups)


class Forms:
    """The moving shapes of a composition.

    Attributes:
        nodes: (K,) the leaves that show one.
    """

    def __init__(self, ir: CompositionIR, media: ShapeMedia) -> None:
        self._ir = ir
        self._media = media
        self.nodes = np.flatnonzero(ir.nodes.form_slot >= 0)
        self._slot = ir.nodes.form_slot[self.nodes]
        self._texts = np.array([isinstance(self._shape_of(int(n)), MovingText) for n in self.nodes], bool)
        self._column = {int(node): k for k, node in enumerate(self.nodes)}
        table = ir.layout
        placed = np.isin(self.nodes, table.node[ir.nodes.size_mode[table.node] == SizeMode.DEFAULT])
        self._wrapped = np.flatnonzero(placed & self._texts).tolist()

    def __len__(self) -> int:
        return len(self.nodes)

    def is_text(self, node: int) -> bool:
        """Tell whether a node shows a text whose size moves."""
        return node in self._column and bool(self._texts[self._column[node]])

    def values(self, params: F64) -> F64:
        """Return the forms of frames, (F or 1, K, 2), without the widths that layouts impose.

        What is no number counts as 0. Texts of no size, and strokes of no width, draw nothing.
        """
        if not len(self.nodes):
            return np.zeros((1, 0, 2))
        out = np.zeros((len(params), len(self.nodes), 2))
        out[..., 0] = np.nan_to_num(params[:, self._slot], posinf=np.inf)
        strokes = ~self._texts
        out[..., 0] = np.clip(out[..., 0], 0.0, np.where(self._texts, MAX_SIZE_PX, _MOST_WIDTH_PX))
        offset = np.nan_to_num(params[:, self._slot[strokes] + 1])
        out[:, strokes, 1] = np.clip(offset, -_MOST_OFFSET_PX, _MOST_OFFSET_PX)
        return out

    def intrinsic(self, values: F64, visible: npt.NDArray[np.bool_], still: F64) -> F64:
        """Return the intrinsic sizes of all nodes, (F, N, 2) px.

        Args:
            values: (F or 1, K, 2). visible: (F, N); what is not seen has its size at rest. still: (N, 2).
        """
        out = np.repeat(still[None], len(visible), axis=0)
        for at, k in self._seen(visible, range(len(self.nodes))):
            node = int(self.nodes[k])
            out[at, node] = self.shape(node, _form(values, at, k)).size
        return out

    def wrapped(self, values: F64, visible: npt.NDArray[np.bool_], box: F64) -> F64:
        """Return the forms with the widths that the boxes of layouts give to their texts.

        Args:
            box: (F or 1, N, 2) px.
        """
        if not self._wrapped:
            return values
        out = np.repeat(values, len(visible), axis=0) if len(values) < len(visible) else values.copy()
        for at, k in self._seen(visible, self._wrapped):
            node = int(self.nodes[k])
            width = wrap_width(float(box[at if len(box) > 1 else 0, node, 0]))
            if width < self.flow(node, float(out[at, k, 0])).width:
                out[at, k, 1] = width
        return out

    def rows(
        self, frame: I64, node: npt.NDArray[np.int32], part: npt.NDArray[np.int32], values: F64
    ) -> FormRows:
        """Return leaf rows, those of moving shapes once for each of their parts.

        Args:
            node, part: (R,) in painter's order, a moving shape once. values: (F or 1, K, 2).
        """
        count = np.ones(len(node), np.int64)
        found: list[tuple[int, Form, PreparedShape]] = []
        groups: dict[tuple[int, int], Sequence[PartGroup]] = {}
        for row in np.flatnonzero(np.isin(node, self.nodes)).tolist():
            of, at = int(node[row]), int(frame[row])
            form = _form(values, at, self._column[of])
            shape = self.shape(of, form)
            found.append((row, form, shape))
            count[row] = len(shape.parts)
            if shape.groups:
                groups[at, of] = shape.groups
        first = np.cumsum(count) - count
        source = np.repeat(np.arange(len(node)), count)
        total = len(source)
        out = FormRows(
            source, part[source], np.zeros((total, 2)), np.zeros(total, bool), np.zeros((total, 4)), np.zeros((total, 2)), groups
        )
        for row, form, shape in found:
            mine = slice(int(first[row]), int(first[row] + count[row]))
            out.part[mine] = np.arange(count[row])
            out.moving[mine] = True
            out.form[mine] = form
            out.size[mine] = shape.size
            out.bounds[mine] = [shape.bounds(p) for p in range(len(shape.parts))] or out.bounds[mine]
        return out

    def shape(self, node: int, form: Form) -> PreparedShape:
        """Return a node's shape at a form.

        Raises:
            LimitError: with the node.
        """
        try:
            return self._shape_of(node).at(form)
        except LimitError as error:
            raise LimitError([replace(p, node_id=self._ir.names.nodes[node]) for p in error.problems]) from None

    def flow(self, node: int, size: float) -> TextFlow:
        """Return how much room a node's text takes at a size in px."""
        text = self._shape_of(node)
        assert isinstance(text, MovingText)
        return text.flow_at(size)

    def _shape_of(self, node: int) -> PreparedShape:
        assert self._ir.nodes.kind[node] == NodeKind.LEAF
        return self._media.shape(int(self._ir.nodes.asset[node]))

    def _seen(self, visible: npt.NDArray[np.bool_], chosen: Iterable[int]) -> Iterable[tuple[int, int]]:
        for k in chosen:
            for at in np.flatnonzero(visible[:, self.nodes[k]]).tolist():
                yield at, k


def wrap_width(width: float) -> float:
    """Return the width in px to break lines to in a box of a layout: float32 may have lost a little, which never breaks a line."""
    return (ceil(width * 32.0) + 1) / 32.0


def _form(values: F64, at: int, k: int) -> Form:
    first, second = values[at if len(values) > 1 else 0, k].tolist()
    return first, second
