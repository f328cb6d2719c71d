"""Nodes: what is placed in the scene, when, and with which properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from wavyte_gpu.expr.names import Type
from wavyte_gpu.foundation.errors import nearest
from wavyte_gpu.schema.anim import Anim, Constant, Expr
from wavyte_gpu.schema.anim_spec import AnimSpec, ExprSpec
from wavyte_gpu.schema.assets import GENERATED, Audio, SourceSpec, Video
from wavyte_gpu.schema.effects import Effect, EffectSpec, Transition, TransitionSpec
from wavyte_gpu.schema.layout import Layout
from wavyte_gpu.schema.mask import Mask, TaggedSpec
from wavyte_gpu.schema.model import Item, ItemOf, build
from wavyte_gpu.schema.node_range import FrameRange, RangeSpec, resolve_range
from wavyte_gpu.schema.reader import BAD, MAX_NESTING, Reader, brief, listing, pointer
from wavyte_gpu.schema.spec import Bool, Enum, Frames, Int, JsonSchema, ListOf, Num, Spec, Text, errors_of
from wavyte_gpu.schema.transform import Transform
from wavyte_gpu.schema.values import Vec2, Vec2Spec
from wavyte_gpu.schema.variables import check_asset

if TYPE_CHECKING:
    from wavyte_gpu.schema.document import Composition

__all__ = [
    "BLEND_MODES",
    "Collection",
    "CompRef",
    "Leaf",
    "Node",
    "NodeKind",
    "NodeSpec",
    "Repeat",
    "TimeMap",
    "default_fit",
]

BlendMode: TypeAlias = Literal[
    "normal",
    "multiply",
    "screen",
    "overlay",
    "darken",
    "lighten",
    "color_dodge",
    "color_burn",
    "soft_light",
    "hard_light",
    "difference",
    "exclusion",
]
BLEND_MODES: tuple[str, ...] = BlendMode.__args__  # type: ignore[attr-defined]
_MODES = ("group", "stack", "sequence", "switch")
_ONE = build(Constant, {"value": 1.0})
_SIZE = AnimSpec("vec2", Num(ge=0))


class _AssetKey(Spec):
    """A key of `assets`, or an expression of an asset variable: `"=vars.logo"`."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, Expr | dict) or (isinstance(raw, str) and raw.startswith("=")):
            return ExprSpec().read(ctx, raw)
        return check_asset(ctx, raw)

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/$defs/Expression"}]}


class _LeafSize(Spec):
    """An animated vector in px, or `"canvas"`."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, str) and raw[:1] != "=":
            return Enum("canvas").read(ctx, raw)
        return _SIZE.read(ctx, raw)

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"const": "canvas"}, _SIZE.schema()]}


class Leaf(Item):
    """An asset in its box. `size` None is the layout's, the canvas's or the intrinsic size; `align` is in fractions."""

    TAG: ClassVar[str | None] = "leaf"
    asset: Annotated[str | Expr, _AssetKey()]
    size: Annotated[Anim | Literal["canvas"] | None, _LeafSize()] = None
    fit: Annotated[
        Literal["fill", "contain", "cover", "none", "scale_down"] | None,
        Enum("fill", "contain", "cover", "none", "scale_down", aliases={"scale-down": "scale_down"}),
    ] = None
    align: Annotated[Vec2, Vec2Spec()] = (0.5, 0.5)
    volume: Annotated[Anim, AnimSpec("f64", Num(ge=0))] = _ONE

    @classmethod
    def finish(cls, ctx: Reader, values: dict[str, Any], raw: dict[str, Any]) -> None:
        """Fill in `fit`, unless an expression chooses the asset."""
        if values["fit"] is None and ctx.scope is not None and not isinstance(values["asset"], Expr):
            values["fit"] = default_fit(ctx.scope.assets.get(values["asset"] or ""))


def default_fit(asset: Any) -> str:
    """Return how an asset fits its box unless the leaf says so: `fill` for generated assets, else `contain`."""
    return "fill" if isinstance(asset, GENERATED) else "contain"


class NodeSpec(ItemOf):
    """A node: gives it its place, its clock and its name in the composition before its parts are read."""

    def __init__(self) -> None:
        super().__init__("Node")

    def read(self, ctx: Reader, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return super().read(ctx, raw)
        if ctx.depth >= MAX_NESTING:
            return ctx.error("limit", "nodes nest too deep", allowed=f"{MAX_NESTING} levels")
        before = (ctx.node_id, ctx.parent_duration, ctx.parent_mode)
        ctx.depth += 1
        self._register(ctx, raw.get("id"), ctx.node_id)
        problems = len(ctx.problems)
        range_ = resolve_range(ctx, raw)
        ctx.parent_duration = None if range_ in (None, BAD) else range_[1] - range_[0]
        made = self.read_fields(ctx, {**raw, "range": None} if "range" in raw else raw)
        if (
            range_ is None
            and before[2] == "sequence"
            and ctx.scope is not None
            and not errors_of(ctx.problems[problems:])
        ):
            range_ = self._media_range(ctx, made)
        made.__dict__["range"] = None if range_ is BAD else range_
        if ctx.scope is not None and ctx.node_id is not None and not errors_of(ctx.problems[problems:]):
            ctx.scope.nodes[ctx.node_id] = made
        ctx.depth -= 1
        ctx.node_id, ctx.parent_duration, ctx.parent_mode = before
        return made

    def _register(self, ctx: Reader, node_id: Any, parent: str | None) -> None:
        """Note the node's id as taken; complain of a second owner."""
        ctx.node_id = node_id if isinstance(node_id, str) else None
        if ctx.scope is None or ctx.node_id is None:
            return
        taken = ctx.scope.node_ids.get(ctx.node_id)
        if taken is not None:
            hint = f"first used at {pointer(taken)}"
            ctx.error("duplicate_id", "this id is taken", found=node_id, hint=hint, at=("id",))
            return
        ctx.scope.node_ids[ctx.node_id] = tuple(ctx.parts)
        if parent is not None:
            ctx.scope.parents[ctx.node_id] = parent

    def _media_range(self, ctx: Reader, made: Any) -> Any:
        """Return a sequence child's range from what it shows; None where only the media knows."""
        from wavyte_gpu.schema.bindings import comp_ref_frames

        if isinstance(made.kind, Leaf) and ctx.scope is not None:
            asset = made.kind.asset
            if isinstance(asset, Expr) or isinstance(ctx.scope.assets.get(asset), Video | Audio):
                return None
        elif isinstance(made.kind, CompRef):
            if made.kind.source is not None:
                return None
            frames = comp_ref_frames(ctx, made.kind)
            if frames is not None:
                return (0, frames)
        return ctx.error("missing", "a child of a sequence without media of its own needs a range", allowed="[0, n]")


class Collection(Item):
    """Children in painter's order. `active` belongs to `switch` and is None otherwise."""

    TAG: ClassVar[str | None] = "collection"
    mode: Annotated[Literal["group", "stack", "sequence", "switch"], Enum(*_MODES)]
    children: Annotated[tuple[Node, ...], ListOf(NodeSpec())]
    active: Annotated[Anim | None, AnimSpec("f64")] = None

    def to_json(self) -> dict[str, Any]:
        """Return the canonical form, a switch as `{"switch": {"active"}}`."""
        out: dict[str, Any] = super().to_json()
        if self.mode == "switch":
            out["mode"] = {"switch": {"active": out.pop("active", 0.0)}}
        return out


class TimeMap(Item):
    """`inner = (local - offset) * scale`; `offset` in frames outside, `clip` in frames inside, end exclusive."""

    offset: Annotated[int, Frames(-(2**31))] = 0
    scale: Annotated[float, Num()] = 1.0
    clip: Annotated[FrameRange | None, RangeSpec()] = None

    @classmethod
    def finish(cls, ctx: Reader, values: dict[str, Any], raw: dict[str, Any]) -> None:
        """Warn of a reversed composition that is before its beginning all the time."""
        if values["scale"] < 0.0 and values["offset"] <= 0:
            shown = "nothing of it" if values["offset"] < 0 else "no more than its first frame"
            ctx.warn(
                "reversed_before_start",
                f"the composition runs backwards from before its beginning: {shown} is shown",
                hint='"offset" is the frame in which it arrives at its beginning; its duration - 1 plays all of it',
            )


_NORMAL_TIME = build(TimeMap, {"name": None, "meta": None, "offset": 0, "scale": 1.0, "clip": None})


class _CompositionSpec(Spec):
    """A key of `compositions`, or a composition in place."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        from wavyte_gpu.schema.document import Composition, CompositionSpec

        if not isinstance(raw, str):
            return CompositionSpec(Composition).read(ctx, raw)
        key = Text(nonempty=True).read(ctx, raw)
        if key is BAD or ctx.scope is None:
            return key
        found = ctx.scope.find_composition(key)
        if found is None:
            known = ctx.scope.composition_keys()
            return ctx.error(
                "unknown_composition",
                "unknown composition",
                found=key,
                allowed=listing(known) or "no composition is declared",
                hint=ctx.nearest(key, known),
            )
        place = (found[1], pointer(ctx.parts), ctx.node_id, key)
        ctx.references.setdefault(ctx.scope.definition, []).append(place)
        return key

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/$defs/Composition"}]}


class _Bindings(Spec):
    """Values for variables of the composition inside, expressions included."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        from wavyte_gpu.schema.bindings import read_binding

        if not isinstance(raw, dict):
            return ctx.error("type", "an object is expected", found=raw, allowed="{NAME: value}")
        out = {}
        for key, item in raw.items():
            ctx.parts.append(key)
            value = read_binding(ctx, item)
            ctx.parts.pop()
            if value is not BAD:
                out[key] = value
        return out

    def schema(self) -> JsonSchema:
        return {"type": "object"}


class CompRef(Item):
    """A composition inside this one: its key, itself or its file, with its own clock and its own names."""

    TAG: ClassVar[str | None] = "comp_ref"
    composition: Annotated[str | Composition | None, _CompositionSpec()] = None
    source: Annotated[str | None, SourceSpec()] = None
    time: Annotated[TimeMap, ItemOf(TimeMap)] = _NORMAL_TIME
    variables: Annotated[dict[str, Any], _Bindings()] = Field(default_factory=dict)

    @classmethod
    def finish(cls, ctx: Reader, values: dict[str, Any], raw: dict[str, Any]) -> None:
        """Check the bound variables against those of the composition."""
        from wavyte_gpu.schema.bindings import check_bindings

        given = [key for key in ("composition", "source") if raw.get(key) is not None]
        if len(given) != 1:
            what = ("missing", "a reference needs") if not given else ("conflict", "a reference has one of")
            ctx.error(what[0], f"{what[1]} `composition` or `source`", allowed="`composition` or `source`")
        check_bindings(ctx, values)


class _Items(Spec):
    """A count, or an expression of a count or of a list variable."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, int | float):
            return Int(0, 100_000, limit=True).read(ctx, raw)
        return ExprSpec(Type.F64, Type.LIST).read(ctx, raw)

    def schema(self) -> JsonSchema:
        return {"anyOf": [Int(0, 100_000).schema(), {"$ref": "#/$defs/Expression"}]}


class Repeat(Item):
    """One child for a count, or for each element of a list variable; resolved when a session starts."""

    TAG: ClassVar[str | None] = "repeat"
    items: Annotated[int | Expr, _Items()]
    mode: Annotated[Literal["group", "stack", "sequence"], Enum("group", "stack", "sequence")] = "stack"
    child: Annotated[Node, NodeSpec()]


NodeKind: TypeAlias = Leaf | Collection | CompRef | Repeat


class _ModeReader(TaggedSpec):
    """The kind of a node; tells the reader the mode before its children are read."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, dict) and len(raw) == 1:
            ((tag, body),) = raw.items()
            if isinstance(body, dict) and tag in ("collection", "repeat"):
                mode = body.get("mode", "stack")
                switch = isinstance(mode, dict)
                ctx.parent_mode = "switch" if switch else mode if isinstance(mode, str) else None
                if tag == "collection" and "mode" in body and (switch or mode == "switch"):
                    return self._switch(ctx, body)
                if tag == "repeat" and ctx.scope is not None:
                    ctx.scope.has_repeat = True
        return super().read(ctx, raw)

    def _switch(self, ctx: Reader, body: dict[str, Any]) -> Any:
        """Read a collection whose mode is `{"switch": {"active": ANIM}}`."""
        ctx.parts.append("collection")
        mode = body["mode"]
        active: Any = BAD
        if isinstance(mode, dict):
            if mode.keys() == {"switch"} and isinstance(mode["switch"], dict) and "active" in mode["switch"]:
                ctx.parts += ["mode", "switch", "active"]
                active = AnimSpec("f64").read(ctx, mode["switch"]["active"])
                del ctx.parts[-3:]
                for key in mode["switch"].keys() - {"active"}:
                    ctx.error(
                        "unknown_field", f"unknown field {brief(key)}", allowed="active", at=("mode", "switch", key)
                    )
            else:
                name = next((key for key in mode if isinstance(key, str)), "")
                allowed = 'group, stack, sequence or {"switch": {"active": ANIM}}'
                ctx.error(
                    "value", "unknown mode", found=mode, allowed=allowed, hint=nearest(name, _MODES), at=("mode",)
                )
        else:
            ctx.error("missing", "a switch needs `active`", allowed='{"switch": {"active": ANIM}}', at=("mode",))
        if "active" in body:
            ctx.error(
                "unknown_field", "`active` belongs into `mode`", allowed='{"switch": {"active": ANIM}}', at=("active",)
            )
        rest = {key: item for key, item in body.items() if key != "active"}
        made = self.readers["collection"].read(ctx, {**rest, "mode": "switch"})
        made.__dict__["active"] = None if active is BAD else active
        if made.children is not None and not made.children and body.get("children") == []:
            ctx.error("value", "a switch needs children", at=("children",))
        ctx.parts.pop()
        return made


class _Enabled(Spec):
    """`true`, `false` or an expression."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, int | float):
            return ctx.error("type", "true or false is expected", found=raw, allowed='true, false or "=vars.name"')
        return ExprSpec(Type.BOOL).read(ctx, raw)

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"type": "boolean"}, {"$ref": "#/$defs/Expression"}]}


class _Opacity(AnimSpec):
    """An animated number; what lies outside 0..1 is clamped when it is evaluated, with a warning here."""

    def __init__(self) -> None:
        super().__init__("f64")

    def read(self, ctx: Reader, raw: Any) -> Any:
        made = super().read(ctx, raw)
        if isinstance(made, Constant) and not 0.0 <= made.value <= 1.0:  # type: ignore[operator]
            ctx.warn("opacity_clamped", "the opacity lies outside 0..1 and is clamped")
        return made


class Node(Item):
    """One node. `range` is in frames of the parent's local time, end exclusive, start <= end.

    `range` is None only in a sequence: for media and compositions in files, which give the length.
    """

    id: Annotated[str, Text(nonempty=True)]
    range: Annotated[FrameRange | None, RangeSpec()] = None
    enabled: Annotated[bool | Expr, _Enabled()] = True
    transform: Annotated[Transform, ItemOf(Transform)] = ItemOf(Transform).read(Reader({}, {}), {})
    opacity: Annotated[Anim, _Opacity()] = _ONE
    blend: Annotated[BlendMode, Enum(*BLEND_MODES)] = "normal"
    layout: Annotated[Layout | None, ItemOf(Layout)] = None
    effects: Annotated[tuple[Effect, ...], ListOf(EffectSpec())] = ()
    mask: Annotated[Mask | None, ItemOf(Mask)] = None
    mask_only: Annotated[bool, Bool()] = False
    transition_in: Annotated[Transition | None, TransitionSpec()] = None
    transition_out: Annotated[Transition | None, TransitionSpec()] = None
    kind: Annotated[NodeKind, _ModeReader("a node's kind", Leaf, Collection, CompRef, Repeat)]
