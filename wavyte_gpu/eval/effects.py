"""Effects of a batch: the values of their parameters, the stages that these turn into, and what part of the content they need."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.effects.definition import Affine, Clip, EffectDef, Matrix, Opacity, PassStage, Stage
from wavyte_gpu.foundation.rect import NOWHERE, Rect
from wavyte_gpu.normalize.ir import CompositionIR, EffectInstance, Static

__all__ = ["MAX_MARGIN_PX", "EffectIndex", "EffectStep", "FrameEffects", "content_clips"]

F64 = npt.NDArray[np.float64]
_FAR = 1e100

MAX_MARGIN_PX = 4096  # content beyond the canvas that effects may draw in


class EffectStep(NamedTuple):
    """One stage that needs the node's surface.

    Attributes:
        stage: what to do. world: (2, 3) node-local px to canvas px.
        margins: how far the result reaches beyond the content. clip: the part of the result that can be seen or is read, canvas px.
    """

    node: int
    stage: Opacity | Matrix | Clip | PassStage
    world: F64
    margins: Rect
    clip: Rect


@dataclass(slots=True)
class FrameEffects:
    """What the effects of one frame do.

    Attributes:
        weights: by node, factors of its opacity. moves: by node, maps (2, 3) applied before its own transform.
        stages: by node, what needs its surface.
    """

    weights: dict[int, float] = field(default_factory=dict)
    moves: dict[int, F64] = field(default_factory=dict)
    stages: dict[int, tuple[Stage, ...]] = field(default_factory=dict)
    steps: dict[int, tuple[EffectStep, ...]] = field(default_factory=dict)


class EffectIndex:
    """The effects of a composition, found once."""

    def __init__(self, ir: CompositionIR, kinds: Sequence[EffectDef]) -> None:
        self._nodes = [
            (node, [(kinds[e.kind], _reader(e)) for e in effects]) for node, effects in ir.stages.effects.items()
        ]
        self._last: dict[tuple[int, int], tuple[Any, Sequence[Stage]]] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def frame(self, params: F64, visible: npt.NDArray[np.bool_]) -> FrameEffects:
        """Return the stages of one frame.

        Args:
            params: (P,) the values of the parameter table. visible: (N,).
        """
        out = FrameEffects()
        row = params.tolist()
        for node, effects in self._nodes:
            if not visible[node]:
                continue
            stages: list[Stage] = []
            for at, (kind, read) in enumerate(effects):
                stages += self._lower(node, at, kind, read(row))
            _sort(out, node, stages)
        return out

    def _lower(self, node: int, at: int, kind: EffectDef, values: tuple[Any, ...]) -> Sequence[Stage]:
        last = self._last.get((node, at))
        if last is not None and last[0] == values:
            return last[1]
        stages = tuple(kind.lower(kind.values(*values)))
        self._last[node, at] = (values, stages)
        return stages


def _reader(effect: EffectInstance) -> Callable[[list[float]], tuple[Any, ...]]:
    """Return a function that gives an effect's values from a row of the parameter table."""

    def one(slot: tuple[int, ...] | Static | None) -> Callable[[list[float]], Any]:
        if slot is None:
            return lambda row: None
        if isinstance(slot, Static):
            return lambda row: slot.value
        if len(slot) == 1:
            return lambda row: _finite(row[slot[0]])
        return lambda row: tuple(_finite(row[i]) for i in slot)

    readers = [one(slot) for slot in effect.params]
    return lambda row: tuple(read(row) for read in readers)


def _finite(value: float) -> float:
    """Return a value whose products with others stay finite: what is no number is 0."""
    return min(max(value, -_FAR), _FAR) if math.isfinite(value) else 0.0


def _sort(out: FrameEffects, node: int, stages: list[Stage]) -> None:
    """Put a node's stages where they act: transforms always on the geometry, the last opacities on the node's own."""
    for stage in stages:
        if isinstance(stage, Affine):
            m = np.array([[stage.a, stage.c, stage.e], [stage.b, stage.d, stage.f]])
            out.moves[node] = m if node not in out.moves else _then(out.moves[node], m)
    surface: list[Stage] = [stage for stage in stages if not isinstance(stage, Affine)]
    while surface and isinstance(last := surface[-1], Opacity):
        out.weights[node] = out.weights.get(node, 1.0) * last.value
        surface.pop()
    if surface:
        out.stages[node] = tuple(_fold(surface))


def _then(first: F64, second: F64) -> F64:
    """Return the map that applies `second` to what is local to `first`."""
    out = np.empty((2, 3))
    for r in (0, 1):
        for c in (0, 1, 2):
            out[r, c] = first[r, 0] * second[0, c] + first[r, 1] * second[1, c] + (first[r, 2] if c == 2 else 0.0)
    return out


def _fold(stages: list[Stage]) -> list[Stage]:
    """Multiply neighbouring colour matrices where no clamp acts between them."""
    out: list[Stage] = []
    for stage in stages:
        if isinstance(stage, Matrix) and out and isinstance(out[-1], Matrix) and _stays_inside(out[-1]):
            out[-1] = _product(stage, out[-1])
        else:
            out.append(stage)
    return out


def _stays_inside(matrix: Matrix) -> bool:
    """Tell whether a matrix maps all colours to colours, so that its clamp never acts."""
    for at in range(0, 20, 5):
        row, bias = matrix.rows[at : at + 4], matrix.rows[at + 4]
        low = bias + sum(min(v, 0.0) for v in row)
        high = bias + sum(max(v, 0.0) for v in row)
        if low < 0.0 or high > 1.0:
            return False
    return True


def _product(outer: Matrix, inner: Matrix) -> Matrix:
    rows = []
    for r in range(4):
        o = outer.rows[5 * r : 5 * r + 5]
        for c in range(5):
            total = o[4] if c == 4 else 0.0
            for k in range(4):
                total += o[k] * inner.rows[5 * k + c]
            rows.append(total)
    return Matrix(tuple(rows))


def content_clips(ir: CompositionIR, effects: FrameEffects, world: F64) -> npt.NDArray[np.int32]:
    """Place the stages of a frame, and return the part of the canvas plane in which each node's content is needed, (N, 4) int32.

    Args:
        world: (N, 2, 3) of the frame.
    """
    canvas = Rect(0, 0, ir.width, ir.height)
    limit = canvas.grow(Rect(*(MAX_MARGIN_PX,) * 4))
    clips = np.tile(np.array(canvas, dtype=np.int32), (len(ir.nodes), 1))
    ends = ir.nodes.subtree_end
    for node in sorted(effects.stages):
        needed = Rect(*clips[node].tolist())
        steps: list[EffectStep] = []
        for stage in reversed(effects.stages[node]):
            assert not isinstance(stage, Affine)
            margins = stage.margins(world[node]) if isinstance(stage, PassStage) else NOWHERE
            steps.append(EffectStep(node, stage, world[node], margins, needed))
            if isinstance(stage, PassStage):
                needed = stage.reads(world[node], needed).intersect(limit)
        effects.steps[node] = tuple(reversed(steps))
        clips[node : ends[node]] = needed
    return clips
