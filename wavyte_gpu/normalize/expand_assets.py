"""The assets of an expanded document: one map for all compositions, and one more asset for each text that a template makes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wavyte_gpu.foundation.errors import Problem, WavyteError
from wavyte_gpu.normalize.constants import constant
from wavyte_gpu.normalize.scope import Definition, Scope
from wavyte_gpu.normalize.templates import asset_texts, constant_exprs, fill_asset, fold_asset, names_of, text_of
from wavyte_gpu.schema.anim import Expr
from wavyte_gpu.schema.reader import Reader, brief
from wavyte_gpu.schema.spec import Spec

__all__ = ["AssetPlace", "AssetSet"]


@dataclass(frozen=True, slots=True)
class AssetPlace:
    """Where an asset is written: a JSON Pointer, the file and the folder that its sources are relative to, None for the top document's."""

    path: str
    file: str | None = None
    base_dir: Path | None = None


class AssetSet:
    """Collects assets by their keys in the expanded document."""

    def __init__(self, note: Callable[[Problem], None]) -> None:
        self.by_key: dict[str, Any] = {}
        self.places: dict[str, AssetPlace] = {}
        self.changed = False
        self._note = note
        self._definitions: set[Definition] = set()
        self._keys: dict[tuple[Definition, str], str] = {}
        self._turns: dict[tuple[Definition, str], bool] = {}  # templates, and whether each turn of a repeat has its own
        self._made: dict[tuple[Definition, str, str, str], str] = {}

    def add_all(self, definition: Definition) -> None:
        """Add the assets of a composition, the first time that it is used."""
        if definition in self._definitions:
            return
        self._definitions.add(definition)
        for key, asset in definition.composition.assets.items():
            self._keys[definition, key] = self.add(definition, key, asset, definition.prefix + key)
            names = {name.split(".")[0] for text in asset_texts(asset) if "{{" in text for name in names_of(text)}
            names -= set(definition.composition.variables)
            exprs = list(constant_exprs(asset))
            if names or exprs or any("{{" in text for text in asset_texts(asset)):
                turns = any(name in _TURN for name in names) or any(_ELEMENT.search(expr) for expr in exprs)
                self._turns[definition, key] = turns

    def add(self, definition: Definition, key: str, asset: Any, wanted: str) -> str:
        """Add an asset that is written at `key` of a composition; return its key in the expanded document."""
        while wanted in self.by_key:
            wanted += "'"
        self.changed |= wanted != key
        self.by_key[wanted] = asset
        path = f"{definition.path}/assets/" + key.replace("~", "~0").replace("/", "~1")
        self.places[wanted] = AssetPlace(path, definition.file, definition.base_dir)
        return wanted

    def use(self, scope: Scope, key: str, node_id: str) -> str:
        """Return the key in the expanded document of an asset that a node shows: one of its own where a template makes it."""
        instance = scope.instance
        definition = instance.definition
        base = self._keys[definition, key]
        turns = self._turns.get((definition, key))
        if turns is None:
            return base
        suffix = scope.suffix if turns else ""
        made = self._made.get((definition, key, instance.prefix, suffix))
        if made is None:
            filled = self._filled(scope, definition.composition.assets[key], self.places[base], node_id)
            self.changed = True
            if instance.prefix or suffix:
                made = self.add(
                    definition,
                    key,
                    filled,
                    f"{base}@{instance.prefix.rstrip('/')}{suffix}" if instance.prefix else base + suffix,
                )
            else:
                made, self.by_key[base] = base, filled
            self._made[definition, key, instance.prefix, suffix] = made
        return made

    def _filled(self, scope: Scope, asset: Any, place: AssetPlace, node_id: str) -> Any:
        def put(name: str, below: str) -> str:
            try:
                return text_of(scope, name)
            except (KeyError, TypeError) as error:
                text, found = str(error.args[0]), "{{" + name + "}}"
                path, file = place.path + below, place.file
                self._note(Problem("error", "template", text, path, file, node_id=node_id, found=found))
                return ""

        def evaluate(expr: Expr, spec: Spec, below: str) -> Any:
            ctx = Reader({}, {})
            found: list[Problem] = []
            try:
                value = spec.read(ctx, constant(expr.source, scope, place.path + below, node_id))
                found = [replace(p, path=place.path + below + p.path) for p in ctx.problems]
            except KeyError as error:
                found = [Problem("error", "template", str(error.args[0]), place.path + below, found=brief(expr.source))]
            except WavyteError as error:
                found = list(error.problems)
            for problem in found:
                self._note(replace(problem, file=place.file, node_id=node_id))
            return expr if found else value

        if any("{{" in text for text in asset_texts(asset)):
            asset = fill_asset(asset, put)
        return fold_asset(asset, evaluate) if next(constant_exprs(asset), None) is not None else asset


_TURN = ("item", "index", "count")
_ELEMENT = re.compile(r"\b(?:item|index|count)\b")
