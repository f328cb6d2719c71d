"""Layout properties of a node: flexbox and grid, with animated lengths."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeAlias

from wavyte_gpu.schema.anim import Anim, Constant, Expr, Keyframes, Procedural
from wavyte_gpu.schema.anim_spec import AnimSpec
from wavyte_gpu.schema.model import Item, ItemOf, Model, build, plain
from wavyte_gpu.schema.reader import BAD, Reader
from wavyte_gpu.schema.spec import Enum, Int, JsonSchema, ListOf, Num, Spec

__all__ = [
    "AUTO",
    "Auto",
    "Dimension",
    "DimensionSpec",
    "Edges",
    "Fr",
    "GridLine",
    "Inset",
    "Layout",
    "Padding",
    "Percent",
    "Px",
    "Size",
    "Track",
]

_PERCENT = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,15})?)\s*%\s*", re.ASCII)
_FR = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,15})?)\s*fr\s*", re.ASCII)
_LENGTH = AnimSpec("f64")
_POSITIVE = AnimSpec("f64", Num(ge=0))
_ZERO = build(Constant, {"value": 0.0})


class Auto(Model):
    """A dimension that the layout finds."""

    def to_json(self) -> str:
        """Return `"auto"`."""
        return "auto"


class Px(Model):
    """A length in px."""

    value: Annotated[Anim, _LENGTH]

    def to_json(self) -> dict[str, Any]:
        """Return `{"px": ANIM}`."""
        return {"px": plain(self.value)}


class Percent(Model):
    """A fraction of the parent's size, 1 for all of it; static."""

    fraction: Annotated[float, Num()]

    def to_json(self) -> dict[str, Any]:
        """Return `{"percent": fraction}`."""
        return {"percent": self.fraction}


class Fr(Model):
    """A share of a grid's free space."""

    value: Annotated[float, Num(ge=0)]

    def to_json(self) -> dict[str, Any]:
        """Return `{"fr": value}`."""
        return {"fr": self.value}


Dimension: TypeAlias = Auto | Px | Percent
Track: TypeAlias = Auto | Px | Percent | Fr
AUTO = build(Auto, {})


class DimensionSpec(Spec):
    """`"auto"`, a number of px, `{"px": ANIM}`, `{"percent": 0..1}` or `"50%"`; tracks of a grid also `"1fr"`."""

    def __init__(self, *, track: bool = False, negative: bool = False) -> None:
        self.track = track
        self.length = _LENGTH if negative else _POSITIVE
        self.percent = Num() if negative else Num(ge=0)
        self.allowed = '"auto", a number, {"px": ANIM}, {"percent": 0..1}, "50%"' + (
            ', "1fr", {"fr": n}' if track else ""
        )

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, Auto | Px | Percent | Fr):
            return raw
        if isinstance(raw, Constant | Keyframes | Procedural | Expr):
            return build(Px, {"value": raw})
        if isinstance(raw, str) and raw[:1] != "=":
            return self._text(ctx, raw)
        if isinstance(raw, dict) and len(raw) == 1 and isinstance(tag := next(iter(raw)), str):
            spec = {"px": self.length, "percent": self.percent}.get(tag) or (Num(ge=0) if tag == "fr" and self.track else None)
            if spec is not None:
                ctx.parts.append(tag)
                value = spec.read(ctx, raw[tag])
                ctx.parts.pop()
                return BAD if value is BAD else _of_tag(tag, value)
        if isinstance(raw, dict | int | float | str) and not isinstance(raw, bool):
            value = self.length.read(ctx, raw)
            return BAD if value is BAD else build(Px, {"value": value})
        return ctx.error("type", "a dimension is expected", found=raw, allowed=self.allowed)

    def _text(self, ctx: Reader, raw: str) -> Any:
        if raw == "auto":
            return AUTO
        if match := _PERCENT.fullmatch(raw):
            return build(Percent, {"fraction": float(match.group(1)) / 100.0})
        if self.track and (match := _FR.fullmatch(raw)):
            return build(Fr, {"value": float(match.group(1))})
        return ctx.error("type", "a dimension is expected", found=raw, allowed=self.allowed)

    def schema(self) -> JsonSchema:
        name = "Track" if self.track else "Offset" if self.length is _LENGTH else "Dimension"
        return {"$ref": f"#/$defs/{name}"}


def _of_tag(tag: str, value: Any) -> Any:
    if tag == "px":
        return build(Px, {"value": value})
    return build(Percent, {"fraction": value}) if tag == "percent" else build(Fr, {"value": value})


class Edges(Model):
    """Four animated lengths in px."""

    top: Annotated[Anim, _LENGTH] = _ZERO
    right: Annotated[Anim, _LENGTH] = _ZERO
    bottom: Annotated[Anim, _LENGTH] = _ZERO
    left: Annotated[Anim, _LENGTH] = _ZERO


class Padding(Edges):
    """Four animated lengths in px, none of them negative."""

    top: Annotated[Anim, _POSITIVE] = _ZERO
    right: Annotated[Anim, _POSITIVE] = _ZERO
    bottom: Annotated[Anim, _POSITIVE] = _ZERO
    left: Annotated[Anim, _POSITIVE] = _ZERO


class Inset(Model):
    """Distances of an absolutely placed box from its parent's edges."""

    top: Annotated[Dimension, DimensionSpec(negative=True)] = AUTO
    right: Annotated[Dimension, DimensionSpec(negative=True)] = AUTO
    bottom: Annotated[Dimension, DimensionSpec(negative=True)] = AUTO
    left: Annotated[Dimension, DimensionSpec(negative=True)] = AUTO


_SIDES = ("top", "right", "bottom", "left")


class _EdgesSpec(ItemOf):
    """An object of sides, one value for all four, or a list of four (top, right, bottom, left) or two."""

    def __init__(self, cls: type[Model], side: Spec) -> None:
        super().__init__(cls)
        self.side = side

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, self.cls) or (isinstance(raw, dict) and (not raw or raw.keys() & {*_SIDES})):
            return super().read(ctx, raw)
        if isinstance(raw, list | tuple):
            values = ListOf(self.side).read(ctx, raw)
            if values is BAD or len(values) != len(raw):
                return BAD
            if len(values) not in (2, 4):
                text = f"{len(values)} items"
                return ctx.error(
                    "value", "edges are four lengths, or two", text=text, allowed="[top, right, bottom, left]"
                )
            return build(self.cls, dict(zip(_SIDES, (*values, *values)[:4], strict=True)))
        value = self.side.read(ctx, raw)
        return BAD if value is BAD else build(self.cls, dict.fromkeys(_SIDES, value))

    def schema(self) -> JsonSchema:
        side = self.side.schema()
        lists = [{"type": "array", "items": side, "minItems": n, "maxItems": n} for n in (2, 4)]
        return {"anyOf": [super().schema(), side, *lists]}


class Size(Model):
    """A width and a height."""

    width: Annotated[Dimension, DimensionSpec()] = AUTO
    height: Annotated[Dimension, DimensionSpec()] = AUTO


class _SizeSpec(ItemOf):
    """`{"width", "height"}` or `[width, height]`."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, list | tuple) and len(raw) == 2:
            values = ListOf(DimensionSpec(), lo=2, hi=2).read(ctx, raw)
            return BAD if values is BAD else build(Size, {"width": values[0], "height": values[1]})
        return super().read(ctx, raw)

    def hint(self, raw: Any) -> str | None:
        return 'write {"width": ..., "height": ...} or [width, height]'

    def schema(self) -> JsonSchema:
        side = DimensionSpec().schema()
        return {"anyOf": [super().schema(), {"type": "array", "items": side, "minItems": 2, "maxItems": 2}]}


class GridLine(Model):
    """Where an item lies on one axis of a grid: lines count from 1, negative ones from the end."""

    start: Annotated[int | None, Int(-1000, 1000)] = None
    end: Annotated[int | None, Int(-1000, 1000)] = None
    span: Annotated[int | None, Int(1, 1000)] = None


class _GridLineSpec(ItemOf):
    """A line, `[start, end]`, `"span 2"` or `{"start", "end", "span"}`."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        values: dict[str, Any] = {"start": None, "end": None, "span": None}
        if isinstance(raw, dict | GridLine):
            made = super().read(ctx, raw)
        elif isinstance(raw, str):
            match = re.fullmatch(r"\s*span\s+([0-9]{1,4})\s*", raw, re.ASCII)
            if match is None:
                return ctx.error("type", "a grid line is expected", found=raw, allowed='1, [1, 3] or "span 2"')
            values["span"] = Int(1, 1000).read(ctx, int(match.group(1)))
            made = build(GridLine, values)
        elif isinstance(raw, list | tuple):
            pair = ListOf(Int(-1000, 1000), lo=2, hi=2).read(ctx, raw)
            if pair is BAD:
                return BAD
            made = build(GridLine, {**values, "start": pair[0], "end": pair[1]})
        else:
            start = Int(-1000, 1000).read(ctx, raw)
            made = build(GridLine, {**values, "start": start})
        if BAD in made.__dict__.values():
            return BAD
        if made.start == 0 or made.end == 0:
            return ctx.error("value", "grid lines count from 1", found=0)
        if None not in (made.start, made.end, made.span):
            return ctx.error("conflict", "`start`, `end` and `span` exclude each other: two of them at most")
        return made

    def schema(self) -> JsonSchema:
        line = Int(-1000, 1000).schema()
        pair = {"type": "array", "items": line, "minItems": 2, "maxItems": 2}
        return {"anyOf": [line, pair, {"type": "string", "pattern": r"^\s*span\s+[0-9]+\s*$"}, super().schema()]}


_SPACES = ("space_between", "space_around", "space_evenly")
_CONTENT_NAMES = ("start", "end", "flex_start", "flex_end", "center", "stretch", *_SPACES)
_ITEM_NAMES = ("start", "end", "flex_start", "flex_end", "center", "stretch", "baseline")
_CSS = {name.replace("_", "-"): name for name in (*_CONTENT_NAMES, *_ITEM_NAMES) if "_" in name}
_CONTENT = Enum(*_CONTENT_NAMES, aliases=_CSS)
_ITEMS = Enum(*_ITEM_NAMES, aliases={name: of for name, of in _CSS.items() if of in _ITEM_NAMES})
Content: TypeAlias = Literal[
    "start", "end", "flex_start", "flex_end", "center", "stretch", "space_between", "space_around", "space_evenly"
]
Items: TypeAlias = Literal["start", "end", "flex_start", "flex_end", "center", "stretch", "baseline"]
Direction: TypeAlias = Literal["row", "column", "row_reverse", "column_reverse"]
_AUTO_SIZE = build(Size, {"width": AUTO, "height": AUTO})
_NO_EDGES = build(Edges, dict.fromkeys(_SIDES, _ZERO))
_NO_PADDING = build(Padding, dict.fromkeys(_SIDES, _ZERO))
_AUTO_INSET = build(Inset, dict.fromkeys(_SIDES, AUTO))
_TRACKS = ListOf(DimensionSpec(track=True))


class Layout(Item):
    """How a node takes part in layout; alignments that are None are CSS's initial `normal`."""

    display: Annotated[Literal["none", "flex", "grid"], Enum("none", "flex", "grid")] = "flex"
    direction: Annotated[Direction, Enum("row", "column", "row_reverse", "column_reverse")] = "row"
    wrap: Annotated[
        Literal["no_wrap", "wrap", "wrap_reverse"],
        Enum("no_wrap", "wrap", "wrap_reverse", aliases={"nowrap": "no_wrap"}),
    ] = "no_wrap"
    justify_content: Annotated[Content | None, _CONTENT] = None
    align_items: Annotated[Items | None, _ITEMS] = None
    align_content: Annotated[Content | None, _CONTENT] = None
    align_self: Annotated[Items | None, _ITEMS] = None
    position: Annotated[Literal["relative", "absolute"], Enum("relative", "absolute")] = "relative"
    gap_px: Annotated[Anim, AnimSpec("vec2", Num(ge=0), uniform=True)] = build(Constant, {"value": (0.0, 0.0)})
    padding_px: Annotated[Padding, _EdgesSpec(Padding, _POSITIVE)] = _NO_PADDING
    margin_px: Annotated[Edges, _EdgesSpec(Edges, _LENGTH)] = _NO_EDGES
    flex_grow: Annotated[Anim, AnimSpec("f64", Num(ge=0))] = _ZERO
    flex_shrink: Annotated[Anim, AnimSpec("f64", Num(ge=0))] = build(Constant, {"value": 1.0})
    flex_basis: Annotated[Dimension, DimensionSpec()] = AUTO
    size: Annotated[Size, _SizeSpec(Size)] = _AUTO_SIZE
    min_size: Annotated[Size, _SizeSpec(Size)] = _AUTO_SIZE
    max_size: Annotated[Size, _SizeSpec(Size)] = _AUTO_SIZE
    aspect_ratio: Annotated[float | None, Num(gt=0)] = None
    inset_px: Annotated[Inset, _EdgesSpec(Inset, DimensionSpec(negative=True))] = _AUTO_INSET
    template_columns: Annotated[tuple[Track, ...], _TRACKS] = ()
    template_rows: Annotated[tuple[Track, ...], _TRACKS] = ()
    column: Annotated[GridLine | None, _GridLineSpec(GridLine)] = None
    row: Annotated[GridLine | None, _GridLineSpec(GridLine)] = None
