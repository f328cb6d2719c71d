"""The state of one reading of a document: problems found so far, the place, the clock and the names in scope."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from wavyte_gpu.expr.names import Type
from wavyte_gpu.foundation.errors import Problem, nearest

if TYPE_CHECKING:
    from wavyte_gpu.schema.kinds import KindSpec

__all__ = [
    "BAD",
    "MAX_FRAMES",
    "MAX_NESTING",
    "Reader",
    "Scope",
    "Written",
    "brief",
    "listing",
    "pointer",
    "split_turns",
]

MAX_NESTING = 256
"""Nodes inside nodes, inline compositions included."""
MAX_FRAMES = 2**31 - 1

_TURN = re.compile(r"(.+?)((?:\[(?:0|[1-9][0-9]{0,8})\])+)")  # what a repeat calls a node: `id[0]`, `id[1][0]`


class _Bad:
    """The type of `BAD`: stands for a value that could not be read, its problem already noted."""

    def __repr__(self) -> str:
        return "BAD"


BAD: Any = _Bad()


def brief(value: Any) -> str:
    """Return a short text of a JSON value for a message: at most 60 characters, containers by their size."""
    if isinstance(value, dict):
        keys = ", ".join(str(key)[:20] for key in list(value)[:4])
        return "an empty object" if not value else f"an object with {keys}{', ...' if len(value) > 4 else ''}"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        shown = (char if char.isprintable() else repr(char)[1:-1] for char in value[:60])
        text = '"' + "".join(shown) + '"'
        return text if len(text) <= 60 else text[:57] + '..."'
    try:
        text = repr(value)
    except ValueError:
        text = "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."


def listing(names: Iterable[str]) -> str:
    """Return the first dozen of some names as a text."""
    first = [name[:60] for name in islice(names, 13)]
    return ", ".join([*first[:12], "..."] if len(first) > 12 else first)


def pointer(parts: Iterable[str | int]) -> str:
    """Return the JSON Pointer (RFC 6901) of a path."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def split_turns(name: str) -> tuple[str, tuple[int, ...]]:
    """Return the id that a composition writes and the turns of its repeats: `id`, 1 and 0 of `id[1][0]`; no turns of other names."""
    match = _TURN.fullmatch(name)
    return (name, ()) if match is None else (match[1], tuple(int(n) for n in match[2][1:-1].split("][")))


class Written(NamedTuple):
    """An expression as it was read: its place, the node around it (None in assets), and what its value may be."""

    parts: tuple[str | int, ...]
    node_id: str | None
    source: str
    types: tuple[Type, ...]
    once: bool


@dataclass
class Scope:
    """The names of one composition while it is read. Compositions are looked up outwards, everything else is not."""

    parent: Scope | None
    definition: int
    """Which keyed composition encloses this one (0: none): nodes of the graph of references."""
    assets: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    node_ids: dict[str, tuple[str | int, ...]] = field(default_factory=dict)
    """Node id to the path of its first owner."""
    compositions: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """Key to (definition, raw composition)."""
    nodes: dict[str, Any] = field(default_factory=dict)
    """Node id to the node, for those that were read without error."""
    expressions: list[Written] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)
    """Node id to the id of its parent."""
    mask_refs: list[tuple[str, str | None, str]] = field(default_factory=list)
    has_repeat: bool = False
    repeat_names: list[Problem] = field(default_factory=list)
    """Uses of `{{item}}`, `{{index}}` and `{{count}}`: problems unless the composition has a `repeat`."""

    def written_id(self, name: str) -> str | None:
        """Return the id that the composition writes for the node of a name: that, or `id` of the `id[0]` that a repeat makes of it."""
        if name in self.node_ids:
            return name
        own, turns = split_turns(name)
        if own not in self.node_ids:
            return None
        path = self.node_ids[own]
        repeats = sum(path[i : i + 2] == ("repeat", "child") for i in range(len(path)))
        return own if len(turns) == repeats else None

    def find_composition(self, key: str) -> tuple[Scope, int, Any] | None:
        """Return the scope, the definition and the raw form of a composition's key, searched outwards."""
        scope: Scope | None = self
        while scope is not None:
            if key in scope.compositions:
                return (scope, *scope.compositions[key])
            scope = scope.parent
        return None

    def composition_keys(self) -> list[str]:
        """Return every composition key that can be named here."""
        keys: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            keys.extend(scope.compositions)
            scope = scope.parent
        return keys


@dataclass
class Reader:
    """One reading. `scope` is None while a model is built alone in Python: then nothing outside it can be checked."""

    effects: Mapping[str, KindSpec]
    transitions: Mapping[str, KindSpec]
    problems: list[Problem] = field(default_factory=list)
    parts: list[str | int] = field(default_factory=list)
    node_id: str | None = None
    fps: Fraction | None = None
    scope: Scope | None = None
    depth: int = 0
    parent_duration: int | None = None
    parent_mode: str | None = None
    definitions: int = 0
    references: dict[int, list[tuple[int, str, str | None, str]]] = field(default_factory=dict)
    """Definition to the definitions that it refers to, with path, node id and key."""
    declared: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Definition to the variables that it declares, for references to it."""
    lookups: int = 0
    warned: dict[str, int] = field(default_factory=dict)
    """Warning code to its place in `problems`, for those that are given once a document."""

    def error(
        self,
        code: str,
        message: str,
        *,
        found: Any = BAD,
        text: str | None = None,
        allowed: str | None = None,
        hint: str | None = None,
        at: tuple[str | int, ...] = (),
        severity: Literal["error", "warning"] = "error",
    ) -> Any:
        """Note a problem at the present place (and `at` below it) and return `BAD`. `text` is a `found` in words."""
        path = pointer([*self.parts, *at])
        text = text if found is BAD else brief(found)
        self.problems.append(
            Problem(severity, code, message, path=path, node_id=self.node_id, found=text, allowed=allowed, hint=hint)
        )
        return BAD

    def nearest(self, name: str, known: Iterable[str]) -> str | None:
        """Return `foundation.errors.nearest`, for a bounded number of names and of calls a document."""
        self.lookups += 1
        return nearest(name[:80], islice(known, 2000)) if self.lookups <= 100 else None

    def warn(self, code: str, message: str, *, hint: str | None = None) -> None:
        """Note a warning at the present place."""
        self.error(code, message, hint=hint, severity="warning")

    def warn_once(self, code: str, message: str, *, hint: str | None = None) -> None:
        """Note a warning once a document: at the first place where it applies."""
        if code not in self.warned:
            self.warned[code] = len(self.problems)
            self.warn(code, message, hint=hint)
