"""Templates and nested compositions, resolved when a session starts: a document becomes one tree of plain nodes and one set of assets.

`enabled` false removes a node; a `repeat` becomes a collection of its turns; `{{name}}` is put into texts and sources; every `comp_ref`
holds the expanded nodes of its composition, their ids prefixed by its own, and all assets lie in one map. Pure but for `load`, which
reads the documents that references name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from wavyte_gpu.foundation.errors import LimitError, Problem, SchemaError, WavyteError
from wavyte_gpu.normalize.constants import constant
from wavyte_gpu.normalize.expand_assets import AssetPlace, AssetSet
from wavyte_gpu.normalize.references import Load, References, bound_variables, enter, reference_frames
from wavyte_gpu.normalize.scope import AssetName, Definition, Instance, Scope
from wavyte_gpu.schema.anim import Constant, Expr
from wavyte_gpu.schema.assets import Audio, SolidRect, Video
from wavyte_gpu.schema.deep import no_collection, with_deep_stack
from wavyte_gpu.schema.document import Composition
from wavyte_gpu.schema.effects import EffectSpec
from wavyte_gpu.schema.kinds import EFFECTS
from wavyte_gpu.schema.mask import MaskAsset, MaskNode
from wavyte_gpu.schema.model import build
from wavyte_gpu.schema.node import Collection, CompRef, Leaf, Node, NodeSpec, Repeat, default_fit
from wavyte_gpu.schema.reader import Reader, brief

__all__ = ["MAX_DEPTH", "MAX_NODES", "Expansion", "Place", "expand"]

MAX_DEPTH = 256
"""Nodes inside nodes, compositions and repeats included."""
MAX_NODES = 200_000
"""Nodes of an expanded document."""
_MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node is written: a JSON Pointer, and the file unless it is the top document's."""

    path: str
    file: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """An expanded document.

    Attributes:
        document: the document's model with plain nodes; a `CompRef` holds its composition, whose assets are in the document's map.
        scopes: what names mean at each node, by id. places: where each node is written.
        assets: where each asset is written, by key.
        values: the document's variables, defaults included.
        reads: those of them that the expansion depends on; the others may change without a new one.
    """

    document: Any
    scopes: dict[str, Scope]
    places: dict[str, Place]
    assets: dict[str, AssetPlace]
    values: dict[str, Any]
    reads: frozenset[str]

    def placed(self, problem: Problem) -> Problem:
        """Return a problem of a node with where the node is written, unless it says where it is."""
        place = self.places.get(problem.node_id or "")
        if problem.path or place is None:
            return problem
        return replace(problem, path=place.path, file=problem.file or place.file)


def expand(document: Any, variables: Mapping[str, Any], load: Load | None = None) -> Expansion:
    """Return the expanded document.

    Args:
        document: checked by the schema.
        variables: canonical values that beat the defaults.
        load: reads the documents of references by file.

    Raises:
        SchemaError: values do not fit, names are unknown, a composition contains itself: all that was found.
        LimitError: too many nodes or levels.
    """
    with no_collection():
        return with_deep_stack(lambda: _Expander(document, variables, load).run())


class _Values(dict[str, Any]):
    """Values that note which of them were read."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.reads: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.reads.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.reads.add(name)
        return super().get(name, default)


class _Expander:
    def __init__(self, document: Any, variables: Mapping[str, Any], load: Load | None) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.scopes: dict[str, Scope] = {}
        self.places: dict[str, Place] = {}
        self.masked: list[tuple[Node, Scope]] = []
        self.references = References(load)
        self.assets = AssetSet(self._note)
        defaults = {name: v.default for name, v in document.variables.items() if v.default is not None}
        self.values = _Values({**defaults, **variables})
        self.top = Instance(Definition(document, "the document"), "", self.values)
        self.chain = [self.top.definition]

    def run(self) -> Expansion:
        self.assets.add_all(self.top.definition)
        for name, variable in self.document.variables.items():
            if variable.type == "asset" and name in self.values:
                self.values.update({name: AssetName(self.values[name], self.top)})
        self.values.reads.clear()
        root = self._root(self.top)
        for node, scope in self.masked:
            self._mask(node, scope)
        if self.problems:
            raise SchemaError(self.problems)
        same = root is self.document.root and not self.assets.changed
        document = (
            self.document
            if same
            else build(type(self.document), {**self.document.__dict__, "root": root, "assets": self.assets.by_key})
        )
        reads = frozenset(self.values.reads)
        values = self.top.variables = dict(self.values)
        return Expansion(document, self.scopes, self.places, self.assets.places, values, reads)

    # nodes

    def _root(self, instance: Instance, depth: int = 0) -> Node:
        """Return the root of a composition's instance; one that is switched off is an empty group."""
        definition = instance.definition
        scope = Scope(instance)
        root: Node = instance.composition.root
        made = self._node(root, scope, None, f"{definition.path}/root", depth)
        if made is None:
            kind = build(Collection, {"name": None, "meta": None, "mode": "group", "children": (), "active": None})
            made = self._named(root, scope, f"{definition.path}/root", root.id, enabled=True, mask=None, kind=kind)
        return made

    def _node(self, node: Node, scope: Scope, parent_mode: str | None, path: str, depth: int) -> Node | None:
        """Return a node of the expanded document, None for one that is switched off."""
        if depth > MAX_DEPTH:
            raise LimitError(
                self._problem("limit", "nodes nest too deep", scope, node, path, allowed=f"{MAX_DEPTH} levels")
            )
        if len(self.places) >= MAX_NODES:
            text = "the document expands to too many nodes"
            raise LimitError(self._problem("limit", text, scope, node, path, allowed=f"{MAX_NODES} nodes"))
        changed: dict[str, Any] = {}
        if node.enabled is not True:
            if not self._enabled(node, scope, path):
                return None
            changed["enabled"] = True
        new_id = self._register(node.id, scope, path)
        kind: Any = node.kind
        match kind:
            case Leaf():
                kind = self._leaf(node, kind, scope, parent_mode, path)
            case Collection():
                kind = self._collection(kind, scope, path, depth)
            case Repeat():
                kind = self._repeat(node, kind, scope, path, depth)
            case CompRef():
                kind, frames = self._comp_ref(node, new_id, kind, scope, path, depth)
                if node.range is None and frames is not None:
                    changed["range"] = (0, frames)
        if kind is not node.kind:
            changed["kind"] = kind
        if not changed and new_id == node.id and node.mask is None:
            return node
        made: Node = build(Node, {**node.__dict__, "id": new_id, **changed})
        if node.mask is not None:
            self.masked.append((made, scope))
        return made

    def _named(self, node: Node, scope: Scope, path: str, name: str, **changed: Any) -> Node:
        """Return a node of the expanded document with the fields of `node`, under a name of its scope."""
        new_id = self._register(name, scope, path)
        made: Node = build(Node, {**node.__dict__, "id": new_id, **changed})
        return made

    def _register(self, name: str, scope: Scope, path: str) -> str:
        """Return the id in the expanded document of what a scope calls `name`."""
        own = name + scope.suffix
        new_id = scope.instance.prefix + own
        while new_id in self.places:
            new_id += "'"
        scope.nodes[name] = new_id
        if scope.suffix:
            outermost = scope
            while outermost.outer is not None:
                outermost = outermost.outer
            outermost.nodes.setdefault(own, new_id)
        self.scopes[new_id] = scope
        self.places[new_id] = Place(path, scope.instance.definition.file)
        return new_id

    def _enabled(self, node: Node, scope: Scope, path: str) -> bool:
        if not isinstance(node.enabled, Expr):
            return bool(node.enabled)
        value = self._constant(node.enabled, scope, node, f"{path}/enabled", "enabled")
        if value is None or isinstance(value, bool):
            return bool(value)
        self._wrong(value, "true or false", scope, node, f"{path}/enabled")
        return False

    def _leaf(self, node: Node, leaf: Leaf, scope: Scope, parent_mode: str | None, path: str) -> Leaf:
        owner, key = scope, leaf.asset
        chosen = isinstance(key, Expr)
        if isinstance(key, Expr):
            at = f"{path}/kind/leaf/asset"
            value = self._constant(key, scope, node, at, "asset")
            if isinstance(value, AssetName) and value.owner is not scope.instance:
                owner = Scope(value.owner)
            if value is None:
                return leaf
            if not isinstance(value, str) or value not in owner.instance.composition.assets:
                known = ", ".join(list(owner.instance.composition.assets)[:12])
                self._wrong(value, f"the key of an asset: {known}", scope, node, at)
                return leaf
            key = str(value)
        new_key = self.assets.use(owner, key, node.id)
        asset = owner.instance.composition.assets[key]
        if chosen and parent_mode == "sequence" and node.range is None and not isinstance(asset, Video | Audio):
            text = "a child of a sequence without media of its own needs a range"
            self._note(self._problem("missing", text, scope, node, path, allowed="[0, n]"))
        if new_key == leaf.asset:
            return leaf
        fit = default_fit(asset) if leaf.fit is None else leaf.fit
        made: Leaf = build(Leaf, {**leaf.__dict__, "asset": new_key, "fit": fit})
        return made

    def _collection(self, collection: Collection, scope: Scope, path: str, depth: int) -> Collection:
        mode, inner = collection.mode, f"{path}/kind/collection/children"
        children = [self._node(c, scope, mode, f"{inner}/{i}", depth + 1) for i, c in enumerate(collection.children)]
        if all(new is old for new, old in zip(children, collection.children, strict=True)):
            return collection
        kept = tuple(child for child in children if child is not None)
        made: Collection = build(Collection, {**collection.__dict__, "children": kept})
        return made

    def _repeat(self, node: Node, repeat: Repeat, scope: Scope, path: str, depth: int) -> Collection:
        at = f"{path}/kind/repeat/items"
        items: Any = repeat.items
        if isinstance(items, Expr):
            items = self._constant(items, scope, node, at, "items")
        turns: list[Any] = []
        if isinstance(items, list | tuple):
            turns = list(items)
        elif isinstance(items, int | float) and not isinstance(items, bool) and items >= 0 and items == int(items):
            if items > MAX_NODES:
                text = "the repeat makes too many nodes"
                limit = self._problem("limit", text, scope, node, at, found=brief(items), allowed=f"{MAX_NODES} nodes")
                raise LimitError(limit)
            turns = [None] * int(items)
        elif items is not None:
            self._wrong(items, "a list, or a whole number that is not negative", scope, node, at)
        scope.instance.turns[node.id + scope.suffix] = len(turns)
        children = []
        for index, item in enumerate(turns):
            suffix = f"{scope.suffix}[{index}]"
            turn = Scope(scope.instance, scope, item, index, len(turns), suffix, (*scope.repeats, node.id))
            child = self._node(repeat.child, turn, repeat.mode, f"{path}/kind/repeat/child", depth + 1)
            if child is not None:
                children.append(child)
        values = {"name": repeat.name, "meta": repeat.meta, "mode": repeat.mode, "active": None}
        made: Collection = build(Collection, {**values, "children": tuple(children)})
        return made

    def _comp_ref(
        self, node: Node, new_id: str, ref: CompRef, scope: Scope, path: str, depth: int
    ) -> tuple[CompRef, int | None]:
        """Return a reference that holds its expanded composition, and how long it lasts in frames."""
        here = scope.instance
        file = here.definition.file
        at = f"{path}/kind/comp_ref"
        try:
            definition = self.references.definition(ref, scope, node, path)
        except WavyteError as error:
            for problem in error.problems:
                self._note(problem.with_file(file) if file else problem)
            return ref, None
        enter(self.chain, definition, node, at, file)
        self.assets.add_all(definition)
        inner = Instance(definition, f"{new_id}/", {})
        evaluate = partial(self._bound, scope=scope, node=node)
        values, problems = bound_variables(ref, inner, here, evaluate, f"{at}/variables", node.id)
        for problem in problems:
            self._note(problem.with_file(file) if file else problem)
        inner.variables = values
        root = self._canvas(self._root(inner, depth + 2), inner, ref.time.clip)
        self.chain.pop()
        kept = {"assets": {}, "variables": {}, "compositions": {}, "root": root}
        fields = {name: getattr(definition.composition, name) for name in _FIELDS}
        composition = build(Composition, {**fields, **kept})
        made = build(CompRef, {**ref.__dict__, "composition": composition, "source": None, "variables": {}})
        frames = reference_frames(ref, definition, here.fps)
        if node.range is None and frames is None:
            text = "a composition that stands still needs a range in a sequence"
            self._note(self._problem("missing", text, scope, node, path, allowed="[0, n]"))
        return made, frames

    def _bound(self, expr: Expr, path: str, *, scope: Scope, node: Node) -> Any:
        return self._constant(expr, scope, node, path, "the variable")

    def _canvas(self, root: Node, inner: Instance, clip: tuple[int, int] | None) -> Node:
        """Return a group for the canvas of a reference's composition: its background and its root, cut to it, while the clip lasts."""
        definition = inner.definition
        made = definition.composition
        first, last = clip or (0, made.duration)
        first, last = first, max(first, min(last, made.duration))
        scope, path = Scope(inner), f"{definition.path}/canvas"
        low, high = root.range or (0, made.duration)
        children = [build(Node, {**root.__dict__, "range": (low - first, high - first)})]
        if made.canvas.background.a > 0.0:
            colour = build(Constant, {"value": made.canvas.background})
            asset = build(SolidRect, {"name": None, "meta": None, "color": colour, "radius_px": _ZERO})
            key = self.assets.add(definition, "", asset, f"{definition.prefix}(background)")
            kind = build(Leaf, {**_BLANK.kind.__dict__, "asset": key, "fit": "fill"})
            children.insert(0, self._named(_BLANK, scope, path, "(background)", range=(0, last - first), kind=kind))
        values = {"name": None, "meta": None, "mode": "group", "children": tuple(children), "active": None}
        size = [0, 0, made.canvas.width, made.canvas.height]
        cut = EffectSpec().read(Reader(EFFECTS, {}), {"clip_rect": size})
        kind = build(Collection, values)
        return self._named(_BLANK, scope, path, "(canvas)", range=(first, last), effects=(cut,), kind=kind)

    def _mask(self, node: Node, scope: Scope) -> None:
        """Give a mask the expanded names of what it shows."""
        mask = node.mask
        assert mask is not None
        source: Any = mask.source
        if isinstance(source, MaskNode):
            name = scope.find_node(source.node)
            wrong = scope.no_turn(source.node) if name is None else None
            if wrong is not None:
                at, found = f"{self.places[node.id].path}/mask/source/node", brief(source.node)
                self._note(self._problem("unknown_node", wrong[0], scope, node, at, found=found, allowed=wrong[1]))
            source = build(MaskNode, {"node": name or ""})  # "": it is switched off
        elif isinstance(source, MaskAsset):
            source = build(MaskAsset, {"asset": self.assets.use(scope, source.asset, node.id)})
        node.__dict__["mask"] = build(type(mask), {**mask.__dict__, "source": source})

    # values and messages

    def _constant(self, expr: Expr, scope: Scope, node: Node, path: str, what: str) -> Any:
        """Return a constant's value, None after noting why it has none."""
        try:
            return constant(expr.source, scope, path, node.id)
        except KeyError as error:
            text = f"`{what}` can't be evaluated: {error.args[0]}"
            self._note(self._problem("template", text, scope, node, path, found=brief(expr.source)))
        except WavyteError as error:
            file = scope.instance.definition.file
            for problem in error.problems:
                self._note(problem.with_file(file) if file else problem)
        return None

    def _wrong(self, value: Any, allowed: str, scope: Scope, node: Node, path: str) -> None:
        text = "the expression gives a value of another type"
        self._note(self._problem("type", text, scope, node, path, found=brief(value), allowed=allowed))

    def _problem(self, code: str, text: str, scope: Scope, node: Node, path: str, **more: Any) -> Problem:
        return Problem("error", code, text, path=path, node_id=node.id, file=scope.instance.definition.file, **more)

    def _note(self, problem: Problem) -> None:
        if any(replace(known, node_id=problem.node_id) == problem for known in self.problems):
            return  # of another turn of a repeat, or another use of a composition
        self.problems.append(problem)
        if len(self.problems) >= _MAX_PROBLEMS:
            raise SchemaError(self.problems)


_ZERO = build(Constant, {"value": 0.0})
_BLANK: Node = NodeSpec().read(Reader({}, {}), {"id": "-", "kind": {"leaf": {"asset": "-"}}})
_FIELDS = tuple(Composition.model_fields)
