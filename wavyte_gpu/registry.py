"""Kinds of effects, transitions and assets that a document may name, and how third parties add theirs.

A kind's id is its position: built-in kinds first, then those of the registry in the order they were given, so ids are stable. Kinds
are bound to ids once, when a session is made. What an effect or a transition does is in its definition; assets of third parties are
names so far.

An installed package adds kinds through entry points: `wavyte.effects` names an `EffectDef` or a tuple of them, `wavyte.transitions` a
`TransitionDef` or a tuple of them, `wavyte.ops` a `PassKernel` or a tuple of them, which effects then run by name. `examples/plugins`
holds one package of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from wavyte_gpu.effects import EFFECTS
from wavyte_gpu.effects.definition import EffectDef
from wavyte_gpu.foundation.errors import Problem, SchemaError, UnsupportedError
from wavyte_gpu.foundation.ids import U16_MAX, check_width
from wavyte_gpu.foundation.params import ParamSchema
from wavyte_gpu.ops.registry import PassKernel, add_pass
from wavyte_gpu.schema import kinds as built_in
from wavyte_gpu.schema.kinds import KindSpec, effect_kind, transition_kind
from wavyte_gpu.transitions import TRANSITIONS
from wavyte_gpu.transitions.definition import TransitionDef

__all__ = [
    "AssetKindDef",
    "EffectDef",
    "ParamSchema",
    "PassKernel",
    "Registry",
    "TransitionDef",
    "installed",
    "registry_of",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AssetKindDef:
    """A kind of asset. None can be registered yet."""

    kind: str


@dataclass(frozen=True, slots=True)
class Registry:
    """Additional kinds, in the order of their ids, and the kernels that their effects run.

    Raises:
        SchemaError: a kind is named twice, or as a built-in one. LimitError: more kinds than ids, or two kernels of one name.
        UnsupportedError: it brings kinds of assets.
    """

    effects: tuple[EffectDef, ...] = ()
    transitions: tuple[TransitionDef, ...] = ()
    assets: tuple[AssetKindDef, ...] = ()
    ops: tuple[PassKernel, ...] = ()

    def __post_init__(self) -> None:
        if self.assets:
            text = "assets of a third party's kind can't be drawn yet"
            raise UnsupportedError(Problem("error", UnsupportedError.code, text, found=self.assets[0].kind))
        for what, known, kinds in (
            ("effect kinds", built_in.EFFECTS, [d.kind for d in self.effects]),
            ("transition kinds", built_in.TRANSITIONS, [d.kind for d in self.transitions]),
        ):
            check_width(what, len(known) + len(kinds), U16_MAX)
            _unique(what, [*known, *kinds])
        for op in self.ops:
            add_pass(op)

    def all_effects(self) -> tuple[EffectDef, ...]:
        """Return the effects by id, the built-in ones first."""
        return (*EFFECTS, *self.effects)

    def all_effect_kinds(self) -> Mapping[str, KindSpec]:
        """Return the effect kinds in the order of their ids, the built-in ones first."""
        return {**built_in.EFFECTS, **self.effect_kinds()}

    def effect_kinds(self) -> dict[str, KindSpec]:
        """Return the effect kinds as the schema reads them."""
        return {d.kind: effect_kind(d) for d in self.effects}

    def all_transitions(self) -> tuple[TransitionDef, ...]:
        """Return the transitions by id, the built-in ones first."""
        return (*TRANSITIONS, *self.transitions)

    def all_transition_kinds(self) -> Mapping[str, KindSpec]:
        """Return the transition kinds in the order of their ids, the built-in ones first."""
        return {**built_in.TRANSITIONS, **self.transition_kinds()}

    def transition_kinds(self) -> dict[str, KindSpec]:
        """Return the transition kinds as the schema reads them."""
        return {d.kind: transition_kind(d) for d in self.transitions}


def _unique(what: str, kinds: Iterable[str]) -> None:
    seen: set[str] = set()
    for kind in kinds:
        if kind in seen:
            raise SchemaError(Problem("error", "registry", f"{what}: a kind is registered twice", found=kind))
        seen.add(kind)


@cache
def installed() -> Registry:
    """Return what installed packages add, found once in a process, in the order of the names of their entry points.

    Raises:
        SchemaError: an entry point can't be loaded, is not what its group holds, or names a kind that is there already.
    """
    return Registry(
        effects=tuple(_loaded("wavyte.effects", EffectDef)),
        transitions=tuple(_loaded("wavyte.transitions", TransitionDef)),
        assets=tuple(_loaded("wavyte.assets", AssetKindDef)),
        ops=tuple(_loaded("wavyte.ops", PassKernel)),
    )


def registry_of(registry: Registry | None) -> Registry:
    """Return a registry, or what is installed where none is given."""
    return installed() if registry is None else registry


def _loaded(group: str, kind: type[T]) -> Iterator[T]:
    for point in sorted(entry_points(group=group), key=lambda p: (p.name, p.value)):
        try:
            found = point.load()
        except Exception as error:  # whatever the package raises
            raise _plugin_error(point, f"can't be loaded: {type(error).__name__}: {error}") from error
        for one in (found,) if isinstance(found, kind) else found if isinstance(found, tuple | list) else (found,):
            if not isinstance(one, kind):
                raise _plugin_error(point, f"gives a {type(one).__name__}, a {kind.__name__} is expected")
            yield one


def _plugin_error(point: EntryPoint, what: str) -> SchemaError:
    package = point.dist.name if point.dist is not None else "an unknown package"
    return SchemaError(
        Problem("error", "plugin", f"the entry point '{point.name}' of {package} ({point.group}) {what}")
    )
