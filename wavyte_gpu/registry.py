"""Kinds of effects, transitions and assets that a document may name, and how third parties add theirs.

A kind's id is its position: built-in kinds first, then those of the registry in the order they were given, so ids are stable. Kinds
are bound to ids once, when a session is made. This version binds names and parameters; what a kind draws comes with the effects.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from wavyte_gpu.foundation.errors import Problem, SchemaError
from wavyte_gpu.foundation.ids import U16_MAX, check_width

__all__ = ["AssetKindDef", "EffectDef", "ParamSchema", "Registry", "TransitionDef"]

ParamType = Literal["f64", "vec2", "color", "bool", "string", "list"]


@dataclass(frozen=True, slots=True)
class ParamSchema:
    """One parameter of a kind. f64, vec2 and colour parameters of effects animate; the others are static.

    Attributes:
        name: in documents. type: what it holds. default: used where it is absent; None makes it required.
        aliases: other names that are accepted.
    """

    name: str
    type: ParamType
    default: Any = None
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


def _unique(what: str, kinds: Iterable[str]) -> None:
    seen: set[str] = set()
    for kind in kinds:
        if kind in seen:
            raise SchemaError(Problem("error", "registry", f"{what}: a kind is registered twice", found=kind))
        seen.add(kind)
