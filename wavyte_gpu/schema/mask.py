"""Masks: a node, an asset or a shape that weighs the content of a node."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from wavyte_gpu.foundation.errors import nearest
from wavyte_gpu.schema.model import Item, ItemOf, Model, build
from wavyte_gpu.schema.path_data import PathData
from wavyte_gpu.schema.reader import BAD, Reader, brief, pointer
from wavyte_gpu.schema.spec import Bool, Enum, JsonSchema, Num, Spec, Text
from wavyte_gpu.schema.variables import check_asset

__all__ = [
    "EllipseShape",
    "Mask",
    "MaskAsset",
    "MaskNode",
    "MaskSource",
    "PathShape",
    "RectShape",
    "RoundedRectShape",
    "Shape",
]

_FAR_PX = 1e8  # the outline that is made of a shape keeps within the bounds of path data
_PLACE, _SIDE = Num(ge=-_FAR_PX, le=_FAR_PX), Num(ge=0, le=_FAR_PX)


class RectShape(Item):
    """A rectangle in px of the masked node's local space."""

    TAG: ClassVar[str | None] = "rect"
    x: Annotated[float, _PLACE] = 0.0
    y: Annotated[float, _PLACE] = 0.0
    width: Annotated[float, _SIDE]
    height: Annotated[float, _SIDE]


class RoundedRectShape(RectShape):
    """A rectangle with round corners."""

    TAG: ClassVar[str | None] = "rounded_rect"
    radius: Annotated[float, Num(ge=0)]


class EllipseShape(Item):
    """An ellipse about (cx, cy), by default (rx, ry)."""

    TAG: ClassVar[str | None] = "ellipse"
    rx: Annotated[float, _SIDE]
    ry: Annotated[float, _SIDE]
    cx: Annotated[float | None, _PLACE] = None
    cy: Annotated[float | None, _PLACE] = None

    @classmethod
    def finish(cls, ctx: Reader, values: dict[str, Any], raw: dict[str, Any]) -> None:
        """Fill in the centre."""
        for centre, radius in (("cx", "rx"), ("cy", "ry")):
            if values[centre] is None:
                values[centre] = values[radius]


class PathShape(Item):
    """A shape in SVG path syntax."""

    TAG: ClassVar[str | None] = "path"
    svg_path_d: Annotated[str, PathData()]
    fill_rule: Annotated[
        Literal["nonzero", "evenodd"],
        Enum("nonzero", "evenodd", aliases={"even_odd": "evenodd", "non_zero": "nonzero"}),
    ] = "nonzero"


Shape: TypeAlias = RectShape | RoundedRectShape | EllipseShape | PathShape


class TaggedSpec(Spec):
    """An object of one key, the kind, whose value has the kind's fields: `{"rect": {...}}`."""

    def __init__(self, what: str, *classes: type[Item]) -> None:
        self.what = what
        self.classes = classes
        self.readers = {str(cls.TAG): ItemOf(cls) for cls in classes}

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, self.classes):
            return raw
        if not isinstance(raw, dict):
            return ctx.error("type", f"{self.what} is expected", found=raw, allowed=", ".join(self.readers))
        if len(raw) != 1:
            return ctx.error(
                "type", f"{self.what} has one kind", text=f"{len(raw)} keys", allowed=", ".join(self.readers)
            )
        ((tag, body),) = raw.items()
        if tag not in self.readers:
            text = tag if isinstance(tag, str) else repr(tag)
            return ctx.error(
                "value",
                f"unknown kind {brief(text)}",
                found=text,
                allowed=", ".join(self.readers),
                hint=nearest(text[:80].lower(), self.readers),
                at=(text,),
            )
        ctx.parts.append(tag)
        made = self.readers[tag].read(ctx, body)
        ctx.parts.pop()
        return made

    def schema(self) -> JsonSchema:
        return {"oneOf": [_tagged(tag, reader.schema()) for tag, reader in self.readers.items()]}


def _tagged(tag: str, body: JsonSchema) -> JsonSchema:
    return {"type": "object", "properties": {tag: body}, "required": [tag], "additionalProperties": False}


_SHAPE = TaggedSpec("a shape", RectShape, RoundedRectShape, EllipseShape, PathShape)


class MaskNode(Model):
    """Another node of the same composition."""

    TAG: ClassVar[str | None] = None
    node: Annotated[str, Text(nonempty=True)]


class MaskAsset(Model):
    """An asset."""

    asset: Annotated[str, Text(nonempty=True)]


MaskSource: TypeAlias = MaskNode | MaskAsset | RectShape | RoundedRectShape | EllipseShape | PathShape


class _SourceSpec(Spec):
    """`{"node": ID}`, `{"asset": KEY}` or `{"shape": S}`."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, MaskNode | MaskAsset | RectShape | EllipseShape | PathShape):
            return raw
        tags = ("node", "asset", "shape")
        if not isinstance(raw, dict) or len(raw) != 1 or next(iter(raw)) not in tags:
            names = [key for key in raw if isinstance(key, str)] if isinstance(raw, dict) else []
            hint = nearest(names[0][:80], tags) if names else None
            return ctx.error("type", "a mask's source is expected", found=raw, allowed=", ".join(tags), hint=hint)
        ((tag, body),) = raw.items()
        ctx.parts.append(tag)
        made: Any = BAD
        if tag == "shape":
            made = _SHAPE.read(ctx, body)
        elif tag == "asset":
            key = check_asset(ctx, body)
            made = BAD if key is BAD else build(MaskAsset, {"asset": key})
        else:
            node = Text(nonempty=True).read(ctx, body)
            if node is not BAD:
                made = build(MaskNode, {"node": node})
                if ctx.scope is not None:
                    ctx.scope.mask_refs.append((pointer(ctx.parts), ctx.node_id, node))
        ctx.parts.pop()
        return made

    def schema(self) -> JsonSchema:
        text = {"type": "string", "minLength": 1}
        return {"oneOf": [_tagged("node", text), _tagged("asset", text), _tagged("shape", _SHAPE.schema())]}


class _ModeSpec(Spec):
    """`"alpha"`, `"luma"` or `{"stencil": {"threshold"}}`; canonically the name, the threshold going beside it."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, dict) and raw.keys() == {"stencil"}:
            body = raw["stencil"]
            ctx.parts.append("stencil")
            made = _STENCIL.read(ctx, body)
            ctx.parts.pop()
            return made
        if isinstance(raw, Stencil):
            return raw
        if raw == "stencil":
            return build(Stencil, {"threshold": 0.5})
        return Enum("alpha", "luma", "stencil").read(ctx, raw)

    def schema(self) -> JsonSchema:
        return {"anyOf": [{"enum": ["alpha", "luma", "stencil"]}, _tagged("stencil", {"$ref": "#/$defs/Stencil"})]}


class Stencil(Model):
    """Inside where alpha >= round(255 * threshold)."""

    TAG: ClassVar[str | None] = "stencil"
    threshold: Annotated[float, Num(ge=0, le=1)] = 0.5


_STENCIL = ItemOf(Stencil)


class Mask(Item):
    """A mask in the masked node's local space; `mode` is a name or a `Stencil`."""

    source: Annotated[MaskSource, _SourceSpec()]
    mode: Annotated[Literal["alpha", "luma"] | Stencil, _ModeSpec()] = "alpha"
    inverted: Annotated[bool, Bool()] = False

    def to_json(self) -> dict[str, Any]:
        """Return the canonical form, a shape under its own key."""
        out: dict[str, Any] = super().to_json()
        if isinstance(self.source, RectShape | EllipseShape | PathShape):
            out["source"] = {"shape": self.source.tagged()}
        return out
