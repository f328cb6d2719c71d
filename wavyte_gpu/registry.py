"""Kinds of effects, transitions and assets that a document may name, and how third parties add theirs.

A kind's id is its position: built-in kinds first, then those of the registry in the order they were given, so ids are stable. Kinds
are bound to ids once, when a session is made. What an effect draws is in its definition; transitions and assets of third parties are
names and parameters so far.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wavyte_gpu.effects.definition import EffectDef, ParamSchema
from wavyte_gpu.foundation.errors import Problem, SchemaError
from wavyte_gpu.foundation.ids import U16_MAX, check_width
from wavyte_gpu.schema.kinds import KindSpec, effect_kind, param_spec

__all__ = ["AssetKindDef", "EffectDef", "ParamSchema", "Registry", "TransitionDef"]

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
        return {d.kind: effect_kind(d) for d in self.effects}

    def transition_kinds(self) -> dict[str, KindSpec]:
        """Return the transition kinds as the schema reads them."""
        return {
            d.kind: KindSpec(d.kind, tuple(param_spec(param, animated=False) for param in d.params))
            for d in self.transitions
        }


def _unique(what: str, kinds: Iterable[str]) -> None:
    seen: set[str] = set()
    for kind in kinds:
        if kind in seen:
            raise SchemaError(Problem("error", "registry", f"{what}: a kind is registered twice", found=kind))
        seen.add(kind)
