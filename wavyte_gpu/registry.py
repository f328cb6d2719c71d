"""Kinds of effects, transitions and assets that a document may name, and how third parties add theirs.

A kind's id is its position: built-in kinds first, then those of the registry in the order they were given, so ids are stable. Kinds
are bound to ids once, when a session is made. This version binds names and parameters; what a kind draws comes with the effects.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from wavyte_gpu.foundation.errors import Problem, SchemaError
from wavyte_gpu.foundation.ids import U16_MAX, check_width
from wavyte_gpu.schema.anim_spec import AnimSpec
from wavyte_gpu.schema.kinds import KindSpec, ParamSpec
from wavyte_gpu.schema.spec import Bool, Json, Num, Spec, Text
from wavyte_gpu.schema.values import ColourSpec, Vec2Spec

__all__ = ["AssetKindDef", "EffectDef", "ParamSchema", "Registry", "TransitionDef"]

ParamType = Literal["f64", "vec2", "color", "bool", "string", "list"]


@dataclass(frozen=True, slots=True)
class ParamSchema:
    """One parameter of a kind. f64, vec2 and colour parameters of effects animate; the others are static.

    Attributes:
        name: in documents. type: what it holds. required: whether it must be given.
        aliases: other names that are accepted.
    """

    name: str
    type: ParamType
    required: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EffectDef:
    """A kind of effect: `main` is the parameter that a bare value sets."""

    kind: str
    params: tuple[ParamSchema, ...] = ()
    main: str | None = None


@dataclass(frozen=True, slots=True)
class TransitionDef:
    """A kind of transition; its parameters are static."""

    kind: str
    params: tuple[ParamSchema, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetKindDef:
    """A kind of asset."""

    kind: str


@dataclass(frozen=True, slots=True)
class Registry:
    """Additional kinds, in the order of their ids.

    Raises:
        SchemaError: a kind is named twice. LimitError: more kinds than ids.
    """

    effects: tuple[EffectDef, ...] = ()
    transitions: tuple[TransitionDef, ...] = ()
    assets: tuple[AssetKindDef, ...] = ()

    def __post_init__(self) -> None:
        for what, kinds in (
            ("effect kinds", [d.kind for d in self.effects]),
            ("transition kinds", [d.kind for d in self.transitions]),
            ("asset kinds", [d.kind for d in self.assets]),
        ):
            check_width(what, len(kinds), U16_MAX)
            _unique(what, kinds)

    def effect_kinds(self) -> dict[str, KindSpec]:
        """Return the effect kinds as the schema reads them."""
        return {d.kind: _kind(d.kind, d.params, d.main, animated=True) for d in self.effects}

    def transition_kinds(self) -> dict[str, KindSpec]:
        """Return the transition kinds as the schema reads them."""
        return {d.kind: _kind(d.kind, d.params, None, animated=False) for d in self.transitions}


def _kind(kind: str, params: tuple[ParamSchema, ...], main: str | None, *, animated: bool) -> KindSpec:
    return KindSpec(
        kind,
        tuple(ParamSpec(p.name, _spec(p.type, animated), None, p.required, p.aliases) for p in params),
        main,
    )


def _spec(kind: ParamType, animated: bool) -> Spec:
    match kind:
        case "f64":
            return AnimSpec("f64") if animated else Num()
        case "vec2":
            return AnimSpec("vec2") if animated else Vec2Spec()
        case "color":
            return AnimSpec("colour") if animated else ColourSpec()
        case "bool":
            return Bool()
        case "string":
            return Text()
    return Json()


def _unique(what: str, kinds: Iterable[str]) -> None:
    seen: set[str] = set()
    for kind in kinds:
        if kind in seen:
            raise SchemaError(Problem("error", "registry", f"{what}: a kind is registered twice", found=kind))
        seen.add(kind)
