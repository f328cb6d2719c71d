"""What names mean at a node of the expanded document: variables, the element of a repeat, other nodes, assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from wavyte_gpu.schema.node import Collection, Repeat
from wavyte_gpu.schema.reader import split_turns

__all__ = ["AssetName", "Definition", "Instance", "Scope", "look_up", "part_of"]


class AssetName(str):
    """The value of an asset variable: the key as its composition has it, and that composition."""

    __slots__ = ("owner",)
    owner: Instance

    def __new__(cls, key: str, owner: Instance) -> AssetName:
        made = super().__new__(cls, key)
        made.owner = owner
        return made


@dataclass(eq=False, slots=True)
class Definition:
    """A composition as it is written, once for all of its uses.

    Attributes:
        composition: the model. name: what messages call it.
        parent: the composition that it is written in, None for a document of its own.
        path: JSON Pointer in its file. file, base_dir: that file and the folder that its sources are relative to, None for the
            top document's.
        prefix: of the keys of its assets in the expanded document.
    """

    composition: Any
    name: str
    parent: Definition | None = None
    path: str = ""
    file: str | None = None
    base_dir: Path | None = None
    prefix: str = ""
    inner: dict[str, Definition] = field(default_factory=dict)
    _repeats: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def repeats_around(self) -> Mapping[str, tuple[str, ...]]:
        """Return the ids of the repeats around each node, outermost first."""
        waiting: list[tuple[Any, tuple[str, ...]]] = [] if self._repeats else [(self.composition.root, ())]
        while waiting:
            node, around = waiting.pop()
            self._repeats[node.id] = around
            if isinstance(node.kind, Repeat):
                waiting.append((node.kind.child, (*around, node.id)))
            elif isinstance(node.kind, Collection):
                waiting += [(child, around) for child in node.kind.children]
        return self._repeats

    def find(self, key: str) -> Definition:
        """Return the composition that a key names here, searched outwards. The schema has checked that there is one."""
        found: Definition | None = self
        while found is not None and key not in found.composition.compositions:
            found = found.parent
        assert found is not None
        if key not in found.inner:
            made = found.composition.compositions[key]
            path = f"{found.path}/compositions/{key.replace('~', '~0').replace('/', '~1')}"
            found.inner[key] = Definition(made, key, found, path, self.file, self.base_dir, f"{found.prefix}{key}/")
        return found.inner[key]


@dataclass(eq=False, slots=True)
class Instance:
    """One use of a composition: the document itself, or what a `comp_ref` shows. Its names are its own.

    Attributes:
        prefix: of the ids of its nodes: "" for the document, "ref/" below the reference "ref".
        variables: canonical values by name; those that are required and not set are missing.
        turns: how often each repeat in it was made, by id.
    """

    definition: Definition
    prefix: str
    variables: Mapping[str, Any]
    turns: dict[str, int] = field(default_factory=dict)

    @property
    def composition(self) -> Any:
        """The model, before expansion."""
        return self.definition.composition

    @property
    def fps(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.composition.fps.num, self.composition.fps.den)


@dataclass(eq=False, slots=True)
class Scope:
    """The names that a node can use: those of its composition's instance, and inside a `repeat` those of its turn.

    Attributes:
        outer: the scope around the innermost repeat, None outside any.
        item, index, count: of that repeat; `item` is JSON as the list has it, None for a count.
        suffix: of the node ids of this turn, "[0]" or "[1][0]". repeats: the ids of those repeats, outermost first.
        nodes: ids as the composition writes them -> ids in the expanded document, for the nodes of this very scope.
    """

    instance: Instance
    outer: Scope | None = None
    item: Any = None
    index: int = 0
    count: int = 0
    suffix: str = ""
    repeats: tuple[str, ...] = ()
    nodes: dict[str, str] = field(default_factory=dict)

    def find_node(self, name: str) -> str | None:
        """Return the expanded id of the node that a composition calls `name`, searched from this turn outwards."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.nodes:
                return scope.nodes[name]
            scope = scope.outer
        return None

    def writes(self, name: str) -> bool:
        """Return whether the composition writes a node of a name: where `find_node` finds none, it is switched off."""
        return split_turns(name)[0] in self.instance.definition.repeats_around()

    def no_turn(self, name: str) -> tuple[str, str | None] | None:
        """Return what is wrong with a name that is that of no turn of the repeats around its node, and what is allowed; else None."""
        own, turns = split_turns(name)
        repeats = self.instance.definition.repeats_around().get(own, ())
        if not turns and repeats != self.repeats[: len(repeats)]:
            return f"the node is in the repeat '{repeats[-1]}', which makes others of it", own + "[0]" * len(repeats) + ", ..."
        suffix = ""
        for repeat, turn in zip(repeats, turns, strict=False):
            count = self.instance.turns.get(repeat + suffix)
            if count is not None and turn >= count:
                allowed = f"[0] to [{count - 1}]" if count else None
                return f"the repeat '{repeat}{suffix}' has {count} turn{'s' * (count != 1)}", allowed
            suffix += f"[{turn}]"
        return None

    def node_names(self) -> list[str]:
        """Return every name that `find_node` knows."""
        names: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            names += scope.nodes
            scope = scope.outer
        return names


def look_up(scope: Scope, path: tuple[str, ...]) -> Any:
    """Return the value of a name that does not change in time, as it is written: an element of a list stays JSON.

    Args:
        path: `("vars", name)`, `("item", field, ...)`, `("index",)` or `("count",)`.

    Raises:
        KeyError: with a sentence that says what is missing.
    """
    head, *rest = path
    if head == "vars" and rest:
        return _variable(scope.instance, rest[0], rest[1:])
    if scope.outer is None:
        raise KeyError(f"`{head}` is known inside a `repeat`")
    if head in ("index", "count") and not rest:
        return float(scope.index if head == "index" else scope.count)
    return part_of(scope.item, "item", rest)


def _variable(instance: Instance, name: str, rest: list[str]) -> Any:
    if name not in instance.composition.variables:
        known = ", ".join(list(instance.composition.variables)[:12])
        raise KeyError(f"there is no variable '{name}'" + (f", there are {known}" if known else ""))
    if name not in instance.variables:
        raise KeyError(f"the variable '{name}' has no value")
    value = instance.variables[name]
    return part_of(value, name, rest)


def part_of(value: Any, name: str, fields: Sequence[str]) -> Any:
    """Return the part of a JSON value that a dotted path names."""
    for field_name in fields:
        if isinstance(value, Mapping) and field_name in value:
            value = value[field_name]
        elif isinstance(value, list | tuple) and field_name.isdigit() and int(field_name) < len(value):
            value = value[int(field_name)]
        else:
            known = f", it has {', '.join(map(str, list(value)[:12]))}" if isinstance(value, Mapping) else ""
            raise KeyError(f"`{name}` has no field '{field_name}'{known}")
        name = f"{name}.{field_name}"
    return value
