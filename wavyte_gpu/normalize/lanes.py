"""Lower animated values of the document to lanes: a constant in the node's row, or a track of the composition's table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import pi
from typing import Any

import numpy as np

from wavyte_gpu.animation.ease import EaseId
from wavyte_gpu.animation.procedural import noise_seed
from wavyte_gpu.animation.tracks import TrackBuilder
from wavyte_gpu.expr.scene import Prop
from wavyte_gpu.foundation.colour import Rgba
from wavyte_gpu.foundation.enums import Lane
from wavyte_gpu.foundation.errors import LimitError, Problem
from wavyte_gpu.foundation.ids import U32_MAX, check_width
from wavyte_gpu.normalize.expressions import Driven, ExpressionTable, NodeFacts, compile_expressions
from wavyte_gpu.normalize.ir import ParamTable, RevealDef
from wavyte_gpu.normalize.scope import Scope
from wavyte_gpu.schema.anim import Anim, Constant, Expr, Keyframes, Noise1d, Procedural, Sine, SplitVec2
from wavyte_gpu.schema.assets import Trim
from wavyte_gpu.schema.ease import CubicBezier, Ease, NamedEase, Spring
from wavyte_gpu.schema.node import Collection, Leaf, Node
from wavyte_gpu.schema.reveal import Reveal

__all__ = ["LaneBuilder"]

_NAMED = {kind.name.lower(): kind for kind in EaseId}


def lower_ease(ease: Ease) -> tuple[EaseId, tuple[float, ...]]:
    """Return the ease's id and parameters."""
    if isinstance(ease, CubicBezier):
        return EaseId.CUBIC_BEZIER, (ease.x1, ease.y1, ease.x2, ease.y2)
    if isinstance(ease, Spring):
        return EaseId.SPRING, (ease.stiffness, ease.damping, ease.mass)
    assert isinstance(ease, NamedEase)
    return _NAMED[ease.name], ()


def _component(value: Any, axis: int) -> float:
    """Return one component: of a colour, which interpolates premultiplied, red, green, blue times alpha, then alpha."""
    if isinstance(value, Rgba):
        return value.a if axis == 3 else (value.r, value.g, value.b)[axis] * value.a
    return float(value[axis]) if isinstance(value, tuple) else float(value)


@dataclass(slots=True)
class LaneBuilder:
    """Collects constants and tracks while nodes are lowered.

    Attributes:
        seed: the composition's, for noise lanes. prefix: of the ids of its nodes: noise depends on ids as the composition has them.
    """

    seed: int = 0
    prefix: str = ""
    tracks: TrackBuilder = field(default_factory=TrackBuilder)
    track_node: list[int] = field(default_factory=list)
    track_lane: list[int] = field(default_factory=list)
    track_param: list[int] = field(default_factory=list)
    param_node: list[int] = field(default_factory=list)
    param_base: list[float] = field(default_factory=list)
    driven: list[Driven] = field(default_factory=list)
    _param_count: dict[str, int] = field(default_factory=dict)  # by node id: noise must not depend on other nodes

    def node(self, row: list[float], index: int, node: Node) -> None:
        """Lower every lane of a node."""
        t, i = node.transform, node.id
        self.scalar(row, index, i, Lane.OPACITY, node.opacity)
        self.vector(row, index, i, (Lane.TRANSLATE_X, Lane.TRANSLATE_Y), t.translate)
        if t.rotation_rad is not None:
            self.scalar(row, index, i, Lane.ROTATION_RAD, t.rotation_rad)
        else:
            self.scalar(row, index, i, Lane.ROTATION_RAD, t.rotation_deg, pi / 180.0)
        self.vector(row, index, i, (Lane.SCALE_X, Lane.SCALE_Y), t.scale)
        if t.anchor is not None:
            self.vector(row, index, i, (Lane.ANCHOR_X, Lane.ANCHOR_Y), t.anchor.px)
        self.vector(row, index, i, (Lane.SKEW_X, Lane.SKEW_Y), t.skew_deg, pi / 180.0)
        if isinstance(node.kind, Collection) and node.kind.active is not None:
            self.scalar(row, index, i, Lane.SWITCH_ACTIVE, node.kind.active)
        if isinstance(node.kind, Leaf) and not isinstance(node.kind.size, str | None):
            self.vector(row, index, i, (Lane.SIZE_X, Lane.SIZE_Y), node.kind.size)

    def trim(self, row: list[float], index: int, node_id: str, trim: Trim) -> None:
        """Lower the trim of the path that a leaf shows: its times are the leaf's."""
        for lane, anim in (
            (Lane.TRIM_START, trim.start),
            (Lane.TRIM_END, trim.end),
            (Lane.TRIM_OFFSET, trim.offset),
        ):
            self.scalar(row, index, node_id, lane, anim)

    def reveal(self, index: int, node_id: str, reveal: Reveal) -> RevealDef:
        """Lower the reveal of the text that a leaf shows: its times are the leaf's."""
        move = reveal.transform
        values = (
            *((name, getattr(reveal, name), 0, 1.0) for name in ("start", "end", "offset", "opacity")),
            *(("translate", move.translate, axis, 1.0) for axis in (0, 1)),
            ("rotation_deg", move.rotation_deg, 0, pi / 180.0),
            *(("scale", move.scale, axis, 1.0) for axis in (0, 1)),
        )
        slots = [self.param(index, node_id, f"reveal {name}", *value) for name, *value in values]
        return RevealDef(index, reveal.softness, *lower_ease(reveal.ease), slots[0])

    def scalar(self, row: list[float], node: int, node_id: str, lane: Lane, anim: Anim, factor: float = 1.0) -> None:
        """Lower a scalar value into `row[lane]` or a track. `factor` converts its unit."""
        self._lower(row, node, node_id, lane, anim, 0, factor)

    def vector(
        self, row: list[float], node: int, node_id: str, lanes: tuple[Lane, Lane], anim: Anim, factor: float = 1.0
    ) -> None:
        """Lower a vec2 into two lanes."""
        for axis, lane in enumerate(lanes):
            part = (anim.x, anim.y)[axis] if isinstance(anim, SplitVec2) else anim
            self._lower(row, node, node_id, lane, part, axis, factor)

    def param(self, node: int, node_id: str, what: str, anim: Anim, axis: int = 0, factor: float = 1.0) -> int:
        """Lower one component of a value that is no lane; return its place among the parameters.

        Args:
            what: names the value in errors. axis: 0 or 1 of a vec2, 0 .. 3 of a colour.
        """
        slot = len(self.param_node)
        check_width("parameters", slot + 1, U32_MAX // 8)
        self.param_node.append(node)
        self.param_base.append(0.0)
        ordinal = self._param_count[node_id] = self._param_count.get(node_id, 0) + 1
        if isinstance(anim, SplitVec2):
            anim = (anim.x, anim.y)[axis]
        seed = (node_id, Lane.PARAM + ordinal)
        constant = self._track(node, Lane.PARAM, slot, what, anim, axis, factor, seed)
        if constant is not None:
            self.param_base[slot] = constant
        return slot

    def expressions(self, facts: NodeFacts, scope_of: Callable[[str], Scope]) -> ExpressionTable | None:
        """Compile what expressions drive: their columns follow those of the tracks, what is constant goes into its row.

        Raises:
            ExpressionError: with every problem found.
        """
        if not self.driven:
            return None
        lanes = zip(self.track_node, self.track_lane, strict=True)
        tracks = {Prop(node, lane): i for i, (node, lane) in enumerate(lanes) if lane != Lane.PARAM}
        table, columns, constants = compile_expressions(self.driven, facts, tracks, scope_of)
        for driven, value in constants.items():
            if driven.lane is Lane.PARAM:
                self.param_base[driven.param] = value
            else:
                facts.base[driven.node][driven.lane] = value
        self.track_node += [d.node for d in columns]
        self.track_lane += [d.lane for d in columns]
        self.track_param += [d.param for d in columns]
        return table

    def params(self) -> ParamTable:
        """Return the parameters lowered so far."""
        return ParamTable(np.array(self.param_node, dtype=np.int32), np.array(self.param_base, dtype=np.float64))

    def _lower(
        self, row: list[float], node: int, node_id: str, lane: Lane, anim: Anim, axis: int, factor: float
    ) -> None:
        constant = self._track(node, lane, -1, lane.name.lower(), anim, axis, factor, (node_id, lane))
        if constant is not None:
            row[lane] = constant

    def _track(
        self,
        node: int,
        lane: Lane,
        param: int,
        what: str,
        anim: Anim,
        axis: int,
        factor: float,
        seed: tuple[str, int],
    ) -> float | None:
        """Return the value of what is constant; else add a track that drives a lane or a parameter."""
        match anim:
            case Constant():
                return _component(anim.value, axis) * factor
            case Keyframes() if len(anim.keys) <= 1:
                value = anim.keys[0].value if anim.keys else anim.default
                return _component(value, axis) * factor
            case Keyframes():
                self._add(what, seed[0], lambda: self._keyframes(anim, axis, factor))
            case Procedural():
                self._add(what, seed[0], lambda: self._procedural(anim, axis, factor, seed))
            case Expr():
                self.driven.append(Driven(node, seed[0], anim, what, lane, param, axis, factor))
                return None
            case other:
                raise TypeError(f"unknown animated value {other!r}")
        self.track_node.append(node)
        self.track_lane.append(lane)
        self.track_param.append(param)
        return None

    def _add(self, what: str, node_id: str, add: Callable[[], None]) -> None:
        try:
            add()
        except ValueError as error:
            raise LimitError(Problem("error", "limit", f"{what}: {error}", node_id=node_id)) from None

    def _keyframes(self, anim: Keyframes, axis: int, factor: float) -> None:
        self.tracks.add_keyframes(
            [key.frame for key in anim.keys],
            [_component(key.value, axis) * factor for key in anim.keys],
            [lower_ease(key.ease) for key in anim.keys],
        )

    def _procedural(self, anim: Procedural, axis: int, factor: float, seed: tuple[str, int]) -> None:
        signal = anim.y if axis == 1 and anim.y is not None else anim.x
        if isinstance(signal, Sine):
            self.tracks.add_sine(signal.amp * factor, signal.freq_hz, signal.phase, signal.offset * factor)
        else:
            assert isinstance(signal, Noise1d)
            own = noise_seed(self.seed, seed[0].removeprefix(self.prefix), seed[1])
            self.tracks.add_noise(signal.amp * factor, signal.freq_hz, signal.offset * factor, own)
