"""Transitions of a batch: their progress, which neighbours share one, and what each does to its nodes.

Slides and zooms move their nodes, fades weigh them: no surface is needed. Wipes and irises weigh a surface pixel by pixel, and so
does a pair that crossfades: these are left to the compiler as sweeps and pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.animation.ease import ease
from wavyte_gpu.eval.time_context import exact_frames
from wavyte_gpu.foundation.enums import NodeKind
from wavyte_gpu.foundation.errors import Problem, SchemaError
from wavyte_gpu.normalize.ir import CompositionIR, TransitionInstance
from wavyte_gpu.ops.weights import IRIS_SHAPES, WIPE_DIRECTIONS
from wavyte_gpu.transitions.definition import Change, Move, Sweep, TransitionDef

__all__ = ["FrameTransitions", "TransitionIndex", "place_sweeps"]

F64 = npt.NDArray[np.float64]

_ALIGNED = 1.0 / 1024.0  # progress of two neighbours that pair differs by at most this
_PAIRED = (NodeKind.GROUP, NodeKind.STACK, NodeKind.SEQUENCE)
_SHAPES = ("fade", *WIPE_DIRECTIONS, *IRIS_SHAPES)


@dataclass(slots=True)
class FrameTransitions:
    """What the transitions of one frame do.

    Attributes:
        weights: by node, factors of its opacity. moves: by node, maps (2, 3) in fractions of the canvas, applied after its own.
        sweeps: by node, what weighs its surface. pairs: by outgoing node, its partner and the sweep between them.
        above: by outgoing node of a sequence, the successor that it is drawn above.
    """

    weights: dict[int, float] = field(default_factory=dict)
    moves: dict[int, F64] = field(default_factory=dict)
    sweeps: dict[int, list[Sweep]] = field(default_factory=dict)
    pairs: dict[int, tuple[int, Sweep]] = field(default_factory=dict)
    above: dict[int, int] = field(default_factory=dict)


class _End(NamedTuple):
    node: int
    incoming: bool
    transition: TransitionInstance
    start: int  # local frame at which its window begins


class TransitionIndex:
    """The transitions of a composition, found once."""

    def __init__(self, ir: CompositionIR, kinds: Sequence[TransitionDef]) -> None:
        self._ir = ir
        self._kinds = kinds
        self._ends = [_End(n, True, t, 0) for n, t in ir.stages.transitions_in.items()]
        for n, t in ir.stages.transitions_out.items():
            self._ends.append(_End(n, False, t, int(ir.nodes.duration[n]) - t.frames))

    def __len__(self) -> int:
        return len(self._ends)

    def progress(self, frames: npt.NDArray[np.int64]) -> F64:
        """Return the eased progress of every transition, (F, K), NaN outside its window.

        Args:
            frames: (F,) of the document; local ones may lie between two.
        """
        out = np.full((len(frames), len(self._ends)), np.nan)
        nodes = self._ir.nodes
        local = exact_frames(self._ir, frames, np.array([end.node for end in self._ends], dtype=np.int32))
        for k, end in enumerate(self._ends):
            at = local[:, k] - end.start
            inside = (at >= 0) & (at < end.transition.frames)
            if inside.any():
                d = end.transition
                fps = float(Fraction(int(nodes.fps_num[end.node]), int(nodes.fps_den[end.node])))
                out[inside, k] = ease(d.ease, at[inside] / d.frames, d.ease_params, seconds=d.frames / fps)
        return out

    def frame(self, progress: F64, visible: npt.NDArray[np.bool_]) -> FrameTransitions:
        """Return what the transitions of one frame do.

        Args:
            progress: (K,). visible: (N,).
        """
        out = FrameTransitions()
        active = [
            (end, float(p)) for end, p in zip(self._ends, progress, strict=True) if p == p and visible[end.node]
        ]
        going = {end.node: (end, p) for end, p in active if not end.incoming}
        coming = {end.node: (end, p) for end, p in active if end.incoming}
        taken: set[tuple[int, bool]] = set()
        for node, (end, p) in going.items():
            follower = self._follower(node, visible)
            partner = coming.get(follower)
            if partner is not None and _compatible(end, p, *partner):
                taken |= {(node, False), (follower, True)}
                self._pair(out, node, partner[0], partner[1])
            elif follower >= 0 and self._ir.nodes.kind[self._ir.nodes.parent[node]] == NodeKind.SEQUENCE:
                out.above[node] = follower
        for end, p in active:
            if (end.node, end.incoming) not in taken:
                self._alone(out, end, p)
        return out

    def _follower(self, node: int, visible: npt.NDArray[np.bool_]) -> int:
        """Return the next sibling that is visible, or -1."""
        nodes = self._ir.nodes
        parent, slot = int(nodes.parent[node]), int(nodes.slot[node])
        if parent < 0 or slot < 0 or nodes.kind[parent] not in _PAIRED:
            return -1
        for sibling in nodes.children[nodes.child_start[parent] + slot + 1 : nodes.child_start[parent + 1]].tolist():
            if visible[sibling]:
                return int(sibling)
        return -1

    def _change(self, end: _End, t: float, alone: bool) -> Change:
        kind = self._kinds[end.transition.kind]
        change = kind.lower(kind.values(*end.transition.params), t, alone)
        if change.sweep is not None and change.sweep.shape not in _SHAPES:
            text = f"the transition '{kind.kind}' sweeps in an unknown shape"
            raise SchemaError(
                Problem("error", "plugin", text, found=repr(change.sweep.shape)[:80], allowed=", ".join(_SHAPES))
            )
        return change

    def _pair(self, out: FrameTransitions, a: int, incoming: _End, t: float) -> None:
        change = self._change(incoming, t, alone=False)
        _move(out, incoming.node, change.coming)
        _move(out, a, change.going)
        if change.sweep is not None:
            out.pairs[a] = (incoming.node, change.sweep)

    def _alone(self, out: FrameTransitions, end: _End, t: float) -> None:
        change, node = self._change(end, t, alone=True), end.node
        _move(out, node, change.coming if end.incoming else change.going)
        sweep = change.sweep
        if sweep is not None and sweep.shape == "fade":
            shown = sweep.progress if end.incoming else 1.0 - sweep.progress
            out.weights[node] = out.weights.get(node, 1.0) * min(max(shown, 0.0), 1.0)
        elif sweep is not None:
            out.sweeps.setdefault(node, []).append(sweep._replace(incoming=end.incoming))


def place_sweeps(ir: CompositionIR, transitions: FrameTransitions, world: F64) -> None:
    """Let the sweeps inside nested compositions run over their canvases.

    Args:
        world: (N, 2, 3) of the frame.
    """

    def placed(node: int, sweep: Sweep) -> Sweep:
        home = int(ir.nodes.home[node])
        if home < 0 or sweep.shape == "fade":
            return sweep
        width, height = ir.nodes.canvas[home].tolist()
        a, c, e, b, d, f = world[home].ravel().tolist()
        det = a * d - b * c
        if det == 0.0:
            return sweep
        back = (d / det, -c / det, (c * f - d * e) / det, -b / det, a / det, (b * e - a * f) / det)
        return sweep._replace(canvas=((width, height), back))

    for node, sweeps in transitions.sweeps.items():
        transitions.sweeps[node] = [placed(node, sweep) for sweep in sweeps]
    for node, (partner, sweep) in transitions.pairs.items():
        transitions.pairs[node] = (partner, placed(node, sweep))


def _compatible(out: _End, p_out: float, coming: _End, p_in: float) -> bool:
    a, b = out.transition, coming.transition
    return a.kind == b.kind and a.params == b.params and a.frames == b.frames and abs(p_out - p_in) <= _ALIGNED


def _move(out: FrameTransitions, node: int, move: Move | None) -> None:
    if move is None:
        return
    s, (x, y), (dx, dy) = move
    m = np.array([[s, 0.0, x - s * x + dx], [0.0, s, y - s * y + dy]])
    before = out.moves.get(node)
    if before is not None:  # a node that comes in while it goes out
        m = np.array(
            [[s * before[0, 0], 0.0, s * before[0, 2] + m[0, 2]],
             [0.0, s * before[1, 1], s * before[1, 2] + m[1, 2]]]
        )  # fmt: skip
    out.moves[node] = m
