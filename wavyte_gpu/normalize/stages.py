"""Lower effects and transitions of a node: names become ids, animated parameters become slots of the parameter table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wavyte_gpu.normalize.ir import EffectInstance, Static, TransitionInstance
from wavyte_gpu.normalize.lanes import LaneBuilder, lower_ease
from wavyte_gpu.schema.anim import Constant, Expr, Keyframes, Procedural, SplitVec2
from wavyte_gpu.schema.anim_spec import AnimSpec
from wavyte_gpu.schema.effects import Effect, Transition
from wavyte_gpu.schema.kinds import KindSpec, ParamSpec
from wavyte_gpu.schema.node import Node

__all__ = ["StageLowering"]

_COMPONENTS = {"f64": 1, "vec2": 2, "colour": 4, "bool": 1}
_ANIMATED = (Constant, Keyframes, Procedural, Expr, SplitVec2)


class StageLowering:
    """Lowers effects and transitions with the kinds that a composition was bound to."""

    def __init__(
        self, lanes: LaneBuilder, effects: Mapping[str, KindSpec], transitions: Mapping[str, KindSpec]
    ) -> None:
        self._lanes = lanes
        self._effects = {name: (i, kind) for i, (name, kind) in enumerate(effects.items())}
        self._transitions = {name: (i, kind) for i, (name, kind) in enumerate(transitions.items())}

    def effects(self, index: int, node: Node) -> tuple[EffectInstance, ...]:
        """Return a node's effects in order."""
        return tuple(self._effect(index, node.id, effect) for effect in node.effects)

    def transition(self, transition: Transition | None, duration: int) -> TransitionInstance | None:
        """Return a transition of a node that lasts `duration` frames, None where it does nothing."""
        if transition is None:
            return None
        frames = min(transition.duration_frames, duration)
        if frames <= 0:
            return None
        kind, spec = self._transitions[transition.kind]
        params = tuple(transition.params.get(param.name) for param in spec.params)
        ease, ease_params = lower_ease(transition.ease)
        return TransitionInstance(kind, frames, ease, ease_params, params)

    def _effect(self, index: int, node_id: str, effect: Effect) -> EffectInstance:
        kind, spec = self._effects[effect.kind]
        params = tuple(self._param(index, node_id, effect, param) for param in spec.params)
        return EffectInstance(kind, params)

    def _param(self, index: int, node_id: str, effect: Effect, param: ParamSpec) -> tuple[int, ...] | Static | None:
        value: Any = effect.params.get(param.name)
        if value is None:
            return None
        what = f"{effect.kind}.{param.name}"
        if isinstance(value, _ANIMATED):
            assert isinstance(param.spec, AnimSpec)
            axes = range(_COMPONENTS[param.spec.lane])
            return tuple(self._lanes.param(index, node_id, what, value, axis) for axis in axes)
        if isinstance(value, tuple | list) and value and all(isinstance(item, _ANIMATED) for item in value):
            return tuple(self._lanes.param(index, node_id, what, item) for item in value)
        return Static(value)
