"""What a reference to a composition means: which one it is, that it does not contain itself, and the values of its variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from wavyte_gpu.foundation.errors import LimitError, Problem, SchemaError, nearest
from wavyte_gpu.normalize.scope import AssetName, Definition, Instance, Scope
from wavyte_gpu.schema.anim import Expr
from wavyte_gpu.schema.node import CompRef, Node
from wavyte_gpu.schema.reader import BAD, Reader, brief, listing
from wavyte_gpu.schema.scope import time_map_frames
from wavyte_gpu.schema.variables import read_variable_value

__all__ = ["MAX_COMPOSITIONS", "Load", "References", "bound_variables", "enter", "reference_frames"]

MAX_COMPOSITIONS = 64
"""Compositions inside compositions."""

Load = Callable[[str, Path | None, str], tuple[Any, Path, str]]
"""(source, folder that it is relative to or None for the top document's, path for messages) -> (document, its file, the file's name)."""


class References:
    """The compositions that references show, each defined once."""

    def __init__(self, load: Load | None) -> None:
        self._load = load
        self._files: dict[Path, Definition] = {}
        self._in_place: dict[int, Definition] = {}

    def definition(self, ref: CompRef, scope: Scope, node: Node, path: str) -> Definition:
        """Return the composition that a reference names.

        Raises:
            WavyteError: its file can't be read, or is no valid document.
        """
        here = scope.instance.definition
        if ref.source is not None:
            return self._from_file(ref.source, here, node, f"{path}/kind/comp_ref/source")
        if isinstance(ref.composition, str):
            return here.find(ref.composition)
        made = self._in_place.get(id(ref.composition))
        if made is None:
            at = f"{path}/kind/comp_ref/composition"
            prefix = f"{here.prefix}{node.id}/"
            made = Definition(ref.composition, node.id, here, at, here.file, here.base_dir, prefix)
            self._in_place[id(ref.composition)] = made
        return made

    def _from_file(self, source: str, here: Definition, node: Node, path: str) -> Definition:
        if self._load is None:
            text = "a composition in a file can't be read here"
            raise SchemaError(Problem("error", "file", text, path=path, node_id=node.id, found=brief(source)))
        document, file, name = self._load(source, here.base_dir, path)
        if file not in self._files:
            self._files[file] = Definition(document, file.name, None, "", name, file.parent, f"{file.name}/")
        return self._files[file]


def enter(chain: list[Definition], definition: Definition, node: Node, path: str, file: str | None) -> None:
    """Add a composition to those that contain each other here.

    Raises:
        SchemaError: it contains itself. LimitError: there are too many.
    """
    if definition in chain:
        names = [d.name for d in [*chain[chain.index(definition) :], definition]]
        text = "a composition contains itself: " + " -> ".join(names[:12])
        raise SchemaError(Problem("error", "comp_cycle", text, path=path, file=file, node_id=node.id))
    if len(chain) > MAX_COMPOSITIONS:
        text, allowed = "compositions nest too deep", f"{MAX_COMPOSITIONS} levels"
        raise LimitError(Problem("error", "limit", text, path=path, file=file, node_id=node.id, allowed=allowed))
    chain.append(definition)


def reference_frames(ref: CompRef, definition: Definition, outer_fps: Fraction) -> int | None:
    """Return how many frames of the outer composition a reference lasts, None where it never ends."""
    made, time = definition.composition, ref.time
    fps = Fraction(made.fps.num, made.fps.den)
    frames = time_map_frames(made.duration, fps, outer_fps, time.offset, time.scale, time.clip)
    return None if frames is BAD else int(frames)


def bound_variables(
    ref: CompRef,
    inner: Instance,
    outer: Instance,
    evaluate: Callable[[Expr, str], Any],
    path: str,
    node_id: str,
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values of a composition's variables where a reference shows it, and what is wrong with them.

    Args:
        inner: whose variables they are. outer: where the reference stands; asset variables name its assets first.
        evaluate: gives a constant's value, None where that failed.
        path: JSON Pointer of the bindings.
    """
    declared = inner.composition.variables
    found: list[Problem] = []
    out: dict[str, Any] = {}

    def note(at: str, code: str, text: str, **more: Any) -> None:
        found.append(Problem("error", code, text, path=at, node_id=node_id, **more))

    for name, raw in ref.variables.items():
        at = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
        if name not in declared:
            allowed = listing(declared) or "it declares no variable"
            text, hint = "the composition has no such variable", nearest(name, declared)
            note(at, "unknown_variable", text, found=brief(name), allowed=allowed, hint=hint)
            continue
        value = evaluate(raw, at) if isinstance(raw, Expr) else raw
        if value is None:
            continue
        ctx = Reader({}, {})
        made = read_variable_value(ctx, declared[name], value)
        found += [replace(p, path=at + p.path, node_id=node_id) for p in ctx.problems]
        if made is BAD:
            continue
        if declared[name].type == "asset" and not isinstance(value, AssetName):
            owner = next((i for i in (outer, inner) if made in i.composition.assets), None)
            if owner is None:
                known = [*outer.composition.assets, *inner.composition.assets]
                hint = nearest(made, known)
                note(at, "unknown_asset", "unknown asset", found=brief(made), allowed=listing(known), hint=hint)
                continue
            made = AssetName(made, owner)
        out[name] = value if isinstance(value, AssetName) else made
    for name, variable in declared.items():
        if name in ref.variables:
            continue
        if variable.default is not None:
            out[name] = AssetName(variable.default, inner) if variable.type == "asset" else variable.default
        elif variable.required:
            note(path, "missing_variable", f"the composition needs a value for '{name}'")
    return out, found
