"""Effects and transitions of a node, in their full and short forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from wavyte_gpu.foundation.errors import nearest
from wavyte_gpu.schema.ease import LINEAR, Ease, EaseSpec
from wavyte_gpu.schema.kinds import EFFECTS, TRANSITIONS, KindSpec, ParamSpec
from wavyte_gpu.schema.model import Item, ItemOf, build
from wavyte_gpu.schema.reader import BAD, Reader, brief
from wavyte_gpu.schema.spec import Frames, Json, JsonSchema, Spec, Text, check_keys

__all__ = ["Effect", "EffectSpec", "Transition", "TransitionSpec"]

_ANIM_TAGS = {"keyframes", "procedural", "expr", "sine", "noise1d"}
_COLOUR_KEYS = ({"r", "g", "b"}, {"r", "g", "b", "a"}, {"h", "s", "l"}, {"h", "s", "l", "a"})


class _Params(Spec):
    """Parameters of an effect or a transition built in Python: a dict, checked with the kind by the document."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        return dict(raw) if isinstance(raw, dict) else ctx.error("type", "an object is expected", found=raw)

    def schema(self) -> JsonSchema:
        return {"type": "object"}


class Effect(Item):
    """One effect. `params` has canonical names: `Anim` for f64, vec2 and colour ones, plain values for the others."""

    kind: Annotated[str, Text(nonempty=True)]
    params: Annotated[dict[str, Any], _Params()] = Field(default_factory=dict)


class Transition(Item):
    """A transition at one end of a node. `params` are static values under their canonical names."""

    kind: Annotated[str, Text(nonempty=True)]
    duration_frames: Annotated[int, Frames(0)]
    ease: Annotated[Ease, EaseSpec()] = LINEAR
    params: Annotated[dict[str, Any], _Params()] = Field(default_factory=dict)


def _kind(ctx: Reader, kinds: Mapping[str, KindSpec], name: Any, what: str, at: tuple[str, ...]) -> KindSpec | None:
    if isinstance(name, str) and name in kinds:
        return kinds[name]
    hint = nearest(name[:80], kinds) if isinstance(name, str) else None
    ctx.error(f"unknown_{what}", f"unknown {what}", found=name, allowed=", ".join(kinds), hint=hint, at=at)
    return None


def _read_params(ctx: Reader, kind: KindSpec, raw: Any) -> dict[str, Any]:
    """Return the parameters under their canonical names, defaults filled in; every problem is noted."""
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        ctx.error("type", f"the parameters of `{kind.kind}` are an object", found=raw, allowed=_param_names(kind))
        return {}
    names = kind.names()
    got: dict[str, Any] = {}
    tried: set[str] = set()
    for key, value in raw.items():
        param = names.get(key) if isinstance(key, str) else None
        if param is None:
            text = key if isinstance(key, str) else repr(key)
            ctx.error(
                "unknown_param",
                f"`{kind.kind}` has no parameter {brief(text)}",
                allowed=_param_names(kind),
                hint=nearest(text[:80], names),
                at=(text,),
            )
            continue
        if param.name in tried:
            ctx.error("conflict", f"`{param.name}` is given twice, once as {brief(key)}", at=(key,))
            continue
        tried.add(param.name)
        _read_param(ctx, param, key, value, got)
    missing = [param for param in kind.params if param.required and param.name not in tried]
    for param in missing:
        ctx.error("missing_param", f"`{kind.kind}` needs `{param.name}`", allowed=_param_names(kind))
    return _complete(ctx, kind, got)


def _complete(ctx: Reader, kind: KindSpec, got: dict[str, Any]) -> dict[str, Any]:
    """Check the parameters that were given together and fill in the defaults, in the kind's order."""
    if kind.check is not None:
        kind.check(ctx, got)
    for param in kind.params:
        if param.default is not None:
            got.setdefault(param.name, param.default)
    return {param.name: got[param.name] for param in kind.params if param.name in got}


def _read_param(ctx: Reader, param: ParamSpec, key: str, raw: Any, got: dict[str, Any]) -> None:
    ctx.parts.append(key)
    value = param.spec.read(ctx, raw)
    ctx.parts.pop()
    if value is not BAD:
        got[param.name] = value


def _param_names(kind: KindSpec) -> str:
    return ", ".join(param.name for param in kind.params) or "no parameters"


def _is_main(kind: KindSpec, value: Any) -> bool:
    """Tell whether the value of `{kind: value}` is the main parameter's and no object of parameters."""
    if not isinstance(value, dict):
        return value is not None
    if kind.main is None or value.keys() & kind.names().keys():
        return False
    return bool(value.keys() & _ANIM_TAGS) or value.keys() in _COLOUR_KEYS


class EffectSpec(Spec):
    """`{"kind", "params"}`, `{K: {...}}` or `{K: value}`."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, Effect):
            return raw
        if isinstance(raw, str) and raw in ctx.effects:
            raw = {raw: None}
        if not isinstance(raw, dict):
            return ctx.error("type", "an effect is expected", found=raw, allowed='{"kind", "params"} or {KIND: value}')
        values: dict[str, Any] = {"kind": "", "params": {}}
        for key, spec in (("name", Text()), ("meta", Json())):
            ctx.parts.append(key)
            values[key] = None if raw.get(key) is None else spec.read(ctx, raw[key])
            ctx.parts.pop()
        if "kind" in raw:
            check_keys(ctx, raw, ("kind", "params", "name", "meta"))
            kind = _kind(ctx, ctx.effects, raw["kind"], "effect", ("kind",))
            key, body = "params", raw.get("params")
        else:
            tags = [key for key in raw if key not in ("name", "meta")]
            if len(tags) != 1:
                return ctx.error(
                    "type",
                    "an effect has one kind",
                    text=f"{len(tags)} keys",
                    allowed='{"kind", "params"} or {KIND: value}',
                )
            key, body = str(tags[0]), raw[tags[0]]
            kind = _kind(ctx, ctx.effects, tags[0], "effect", (key,))
            if kind is not None and _is_main(kind, body):
                main = kind.main_param()
                values["kind"] = kind.kind
                if main is None:
                    return ctx.error(
                        "type",
                        f"`{kind.kind}` has no main parameter",
                        found=body,
                        allowed=f"an object of {_param_names(kind)}",
                        at=(key,),
                    )
                got: dict[str, Any] = {}
                _read_param(ctx, main, key, body, got)
                ctx.parts.append(key)
                values["params"] = _complete(ctx, kind, got)
                ctx.parts.pop()
                return build(Effect, values)
        if kind is not None:
            values["kind"] = kind.kind
            ctx.parts.append(key)
            values["params"] = _read_params(ctx, kind, body)
            ctx.parts.pop()
        return build(Effect, values)

    def schema(self) -> JsonSchema:
        return {"$ref": "#/$defs/Effect"}


class TransitionSpec(Spec):
    """`{"kind", "duration_frames", "ease"?, "params"?}`."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, Transition):
            return raw
        if not isinstance(raw, dict):
            return ctx.error("type", "a transition is expected", found=raw, allowed='{"kind", "duration_frames"}')
        params = raw.get("params")
        made = _HEAD.read_fields(ctx, {**raw, "params": {}} if isinstance(params, dict) or params is None else raw)
        kind = None
        if "kind" in raw:
            kind = _kind(ctx, ctx.transitions, raw["kind"], "transition", ("kind",))
        if kind is not None:
            ctx.parts.append("params")
            made.__dict__["params"] = _read_params(ctx, kind, params if isinstance(params, dict) else None)
            ctx.parts.pop()
        return made

    def schema(self) -> JsonSchema:
        return {"$ref": "#/$defs/Transition"}


_HEAD = ItemOf(Transition)


def kinds_of(
    extra_effects: Mapping[str, KindSpec] | None, extra_transitions: Mapping[str, KindSpec] | None
) -> tuple[Mapping[str, KindSpec], Mapping[str, KindSpec]]:
    """Return the kinds of effects and transitions with those of third parties added."""
    effects = {**EFFECTS, **extra_effects} if extra_effects else EFFECTS
    transitions = {**TRANSITIONS, **extra_transitions} if extra_transitions else TRANSITIONS
    return effects, transitions
