"""What evaluation gives to the compiler: leaves of a batch of frames as arrays, and per frame the tree of render units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.eval.effects import EffectStep, FrameEffects
from wavyte_gpu.eval.reveal import LeafRows, UnitMoves
from wavyte_gpu.eval.transitions import FrameTransitions
from wavyte_gpu.foundation.rect import NOWHERE, Rect
from wavyte_gpu.normalize.ir import MaskDef
from wavyte_gpu.transitions.definition import Sweep

__all__ = ["EvaluatedGraph", "FrameBatch", "LeafTable", "MaskStep", "PartRange", "RenderUnit", "Step"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


class PartRange(Protocol):
    """Parts [first, end) of a shape that are composited once; see `assets.shape.PartGroup`."""

    @property
    def first(self) -> int: ...
    @property
    def content(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def opacity(self) -> float: ...
    @property
    def blend(self) -> int: ...
    @property
    def luma(self) -> bool: ...
    @property
    def inverted(self) -> bool: ...


@dataclass(frozen=True, slots=True, eq=False)
class LeafTable:
    """The drawable leaves of a batch, one row each, frame by frame in painter's order; R rows.

    Attributes:
        start: (F + 1,) int64, frame f owns the rows [start[f], start[f + 1]).
        node, asset: (R,) int32. part: (R,) int32, which outline of a shape.
        trim: (R, 3) float64, start, end and offset of a path's trim, in fractions of its length.
        world_from_content: (R, 2, 3) float64: content px (texels of an image, px of a generated box) to canvas px.
        content: (R, 2) float64: the content's size in its own px.
        quad: (R, 4, 2) float64: corners of what may be drawn, canvas px, in order around the shape.
        quad of a shape: the corners of its outline's bounds.
        bounds: (R, 4) int32: whole pixels that the quad touches, clipped to the canvas, never empty.
        source_frame: (R,) int64: the media frame of a video, else -1.
        frame: (R,) int64, index of the frame in the batch. params: (F or 1, P) float64, the parameters that are no lanes.
        reveal: what of a text each row shows; None where no text is revealed.
        part_groups: by node, which parts of its shape are composited together, inner groups before the outer. form_groups: those of
            moving shapes, by frame of the batch and node.
        form: (R, 2) float64, what the outlines of a moving shape depend on (see `assets.shape.Form`), zeros for all else.
    """

    start: I64
    node: npt.NDArray[np.int32]
    asset: npt.NDArray[np.int32]
    part: npt.NDArray[np.int32]
    trim: F64
    world_from_content: F64
    content: F64
    quad: F64
    bounds: npt.NDArray[np.int32]
    source_frame: I64
    frame: I64
    params: F64
    part_groups: Mapping[int, Sequence[PartRange]]
    form_groups: Mapping[tuple[int, int], Sequence[PartRange]]
    form: F64
    reveal: LeafRows | None = None

    def param(self, rows: I64, slot: I64) -> F64:
        """Return a parameter at some rows, 0 where it is no number."""
        values: F64 = self.params[self.frame[rows] if len(self.params) > 1 else np.zeros_like(rows), slot]
        return np.nan_to_num(values)

    def form_of(self, row: int) -> tuple[float, float]:
        """Return a row of `form`."""
        first, second = self.form[row].tolist()
        return first, second

    def groups_of(self, row: int) -> Sequence[PartRange]:
        """Return which parts of the shape that a row belongs to are composited together."""
        node = int(self.node[row])
        return self.part_groups.get(node) or self.form_groups.get((int(self.frame[row]), node), ())

    def moves_of(self, row: int) -> UnitMoves | None:
        """Return which units of a text a row draws and where, None for all of its outline as it is."""
        return None if self.reveal is None else self.reveal.moves_of(row)


@dataclass(frozen=True, slots=True, eq=False)
class FrameBatch:
    """Several frames, evaluated at once.

    Attributes:
        frames: (F,) int64 composition frames.
        visible: (F, N) bool. opacity: (F or 1, N) float64 in [0, 1].
        transitions, effects: one a frame; empty where the composition has none.
        keys: one 16-byte hash a frame of all that its pixels depend on; equal keys mean equal pixels within one session.
    """

    frames: I64
    visible: npt.NDArray[np.bool_]
    opacity: F64
    leaves: LeafTable
    transitions: tuple[FrameTransitions, ...]
    effects: tuple[FrameEffects, ...]
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class MaskStep:
    """Weigh what the surface holds by a mask.

    Attributes:
        node: the masked node. units: what draws the mask, in painter's order. bounds: of the mask, canvas px.
    """

    node: int
    units: list[RenderUnit]
    bounds: Rect
    rule: MaskDef


Step = MaskStep | EffectStep | Sweep
"""What happens to a unit's surface before it is composited, in order: its mask, its effects, its transitions."""


@dataclass(slots=True)
class RenderUnit:
    """One compositing layer: a leaf, or an isolated node with the units that its surface holds (spec, section 12.3).

    Attributes:
        node: NodeIdx of the leaf or of the isolated node.
        row: index into LeafTable, or -1 for an isolated node.
        opacity: all folded opacities, in [0, 1]; quantised once by the compiler.
        bounds: canvas px, after the steps.
        units: painter's order; empty for a leaf.
        content: what the surface covers before the steps, canvas px.
        pair: the two units are drawn apart and the second one sweeps in over the first.
    """

    node: int
    row: int
    opacity: float
    blend: int
    bounds: Rect
    units: list[RenderUnit] = field(default_factory=list)
    content: Rect = NOWHERE
    steps: tuple[Step, ...] = ()
    pair: Sweep | None = None


@dataclass(frozen=True, slots=True)
class EvaluatedGraph:
    """One frame: its render units in painter's order, over the leaves of a batch, in which it is number `at`."""

    frame: int
    leaves: LeafTable
    units: list[RenderUnit]
    at: int = 0
