"""The kinds of effects and transitions as data: parameters, types, defaults, aliases, main parameter.

This table is what the document is checked against. Third parties pass further `KindSpec`s to the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from wavyte_gpu import effects, transitions
from wavyte_gpu.effects.definition import EffectDef
from wavyte_gpu.foundation.params import ParamSchema
from wavyte_gpu.schema.anim import Constant
from wavyte_gpu.schema.anim_spec import AnimSpec
from wavyte_gpu.schema.model import build
from wavyte_gpu.schema.path_data import PathData
from wavyte_gpu.schema.reader import Reader
from wavyte_gpu.schema.spec import Bool, Enum, Json, ListOf, Num, Spec, Text
from wavyte_gpu.schema.values import ColourSpec, Vec2Spec
from wavyte_gpu.transitions.definition import TransitionDef

__all__ = ["EFFECTS", "TRANSITIONS", "KindSpec", "ParamSpec", "effect_kind", "transition_kind"]

Check = Callable[[Reader, dict[str, Any]], None]


@dataclass(frozen=True)
class ParamSpec:
    """One parameter. `default` is canonical; None leaves an absent parameter out of the canonical form."""

    name: str
    spec: Spec
    default: Any = None
    required: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class KindSpec:
    """One kind of effect or transition. `main` takes a bare value; `check` sees the parameters that were given."""

    kind: str
    params: tuple[ParamSpec, ...] = ()
    main: str | None = None
    check: Check | None = None

    def names(self) -> dict[str, ParamSpec]:
        """Return every accepted spelling of a parameter."""
        return {spelling: param for param in self.params for spelling in (param.name, *param.aliases)}

    def main_param(self) -> ParamSpec | None:
        """Return the main parameter."""
        return next((param for param in self.params if param.name == self.main), None)


_ANIMATED = ("f64", "vec2", "color")


def _spec(param: ParamSchema, animated: bool) -> Spec:
    low = param.minimum
    match param.type:
        case "f64":
            one: Spec = AnimSpec("f64", None if low is None else Num(ge=low)) if animated else Num(ge=low)
            return ListOf(one, lo=param.count, hi=param.count) if param.count else one
        case "vec2":
            return AnimSpec("vec2", uniform=param.uniform) if animated else Vec2Spec(uniform=param.uniform)
        case "color":
            return AnimSpec("colour") if animated else ColourSpec()
        case "bool":
            return Bool()
        case "path":
            return PathData()
        case "string":
            if param.choices:
                names = dict.fromkeys(name for _, name in param.choices)
                return Enum(*names, aliases={name: of for name, of in param.choices if name not in names})
            return Text(nonempty=True)
    return ListOf(Num(), lo=param.count, hi=param.count) if param.count else Json()


def _default(param: ParamSchema, animated: bool) -> Any:
    value = param.default
    return build(Constant, {"value": value}) if animated and value is not None and param.type in _ANIMATED else value


def _param(param: ParamSchema, *, animated: bool) -> ParamSpec:
    spec, default = _spec(param, animated), _default(param, animated)
    return ParamSpec(param.name, spec, default, param.required, param.aliases)


def effect_kind(effect: EffectDef) -> KindSpec:
    """Return an effect as the reader takes it."""
    params = tuple(_param(param, animated=True) for param in effect.params)
    return KindSpec(effect.kind, params, effect.main, partial(_check, effect))


def transition_kind(transition: TransitionDef) -> KindSpec:
    """Return a transition as the reader takes it."""
    return KindSpec(transition.kind, tuple(_param(param, animated=False) for param in transition.params))


def _check(effect: EffectDef, ctx: Reader, params: dict[str, Any]) -> None:
    """Check the parameters that were given against each other, and fill in what stands for none of them."""
    for name, others in effect.exclusive:
        for other in others:
            if name in params and other in params:
                ctx.error("conflict", f"`{name}` and `{other}` exclude each other", allowed=f"`{name}` or `{other}`")
    if effect.note is not None and effect.note[0] not in params:
        _, code, message, hint = effect.note
        ctx.warn_once(code, message, hint=hint)
    if effect.fallback is not None and not params.keys() & set(effect.fallback[0]):
        _, name, value = effect.fallback
        params[name] = build(Constant, {"value": value})


EFFECTS: Mapping[str, KindSpec] = {effect.kind: effect_kind(effect) for effect in effects.EFFECTS}
TRANSITIONS: Mapping[str, KindSpec] = {one.kind: transition_kind(one) for one in transitions.TRANSITIONS}
