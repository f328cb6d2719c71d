"""Assets: what a leaf can show or play."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from wavyte_gpu.foundation.colour import WHITE
from wavyte_gpu.foundation.errors import nearest
from wavyte_gpu.schema.anim import Anim, Constant
from wavyte_gpu.schema.anim_spec import AnimSpec
from wavyte_gpu.schema.fps import Fps, FpsSpec
from wavyte_gpu.schema.model import Item, ItemOf, build
from wavyte_gpu.schema.paint import Gradient, Paint, PaintSpec
from wavyte_gpu.schema.path_data import PathData
from wavyte_gpu.schema.reader import BAD, Reader, brief
from wavyte_gpu.schema.reveal import Reveal, RevealSpec
from wavyte_gpu.schema.spec import Bool, Enum, Int, JsonSchema, ListOf, Num, Spec, Text, check_text

__all__ = [
    "ASSET_KINDS",
    "GENERATED",
    "Asset",
    "AssetSpec",
    "Audio",
    "Image",
    "Noise",
    "Null",
    "Path",
    "SolidRect",
    "SourceSpec",
    "Stroke",
    "Svg",
    "TextAsset",
    "TextRun",
    "Trim",
    "Video",
]

_ZERO = build(Constant, {"value": 0.0})
_ONE = build(Constant, {"value": 1.0})
_WHITE = build(Constant, {"value": WHITE})
_NOT_NEGATIVE = AnimSpec("f64", Num(ge=0))
_SECONDS = Num(ge=0)
_FILTER = Enum("bilinear", "nearest")


class SourceSpec(Text):
    """A path relative to the document, or a `data:` URL. What leaves the root is refused when it is opened."""

    def __init__(self) -> None:
        super().__init__(nonempty=True, template=True)

    def read(self, ctx: Reader, raw: Any) -> Any:
        text = super().read(ctx, raw)
        if text is BAD:
            return BAD
        if text.startswith(("http:", "https:", "//")):
            return ctx.error("source", "sources are files or `data:` URLs, never the network", found=text)
        if "\0" in text:
            return ctx.error("source", "a path holds no NUL", found=text)
        return text


class Image(Item):
    """A still picture."""

    TAG: ClassVar[str | None] = "image"
    source: Annotated[str, SourceSpec()]
    filter: Annotated[Literal["bilinear", "nearest"], _FILTER] = "bilinear"


class Svg(Item):
    """A vector picture."""

    TAG: ClassVar[str | None] = "svg"
    source: Annotated[str, SourceSpec()]


class Stroke(Item):
    """The outline of a path; `color` holds a colour or a gradient. Lengths in px."""

    color: Annotated[Paint, PaintSpec()] = _WHITE
    width: Annotated[Anim, _NOT_NEGATIVE] = _ONE
    cap: Annotated[Literal["butt", "round", "square"], Enum("butt", "round", "square")] = "butt"
    join: Annotated[Literal["miter", "round", "bevel"], Enum("miter", "round", "bevel")] = "miter"
    miter_limit: Annotated[float, Num(ge=1)] = 4.0
    dash: Annotated[tuple[float, ...], ListOf(Num(ge=0))] = ()
    dash_offset: Annotated[Anim, AnimSpec("f64")] = _ZERO

    @classmethod
    def prepare(cls, ctx: Reader, raw: dict[str, Any]) -> dict[str, Any]:
        """Accept `gradient` as another name of a `color` that is one."""
        if "gradient" in raw and "color" not in raw:
            return {"color" if key == "gradient" else key: item for key, item in raw.items()} | {
                "color": {"gradient": raw["gradient"]}
            }
        return raw


class Trim(Item):
    """Which part of a path is drawn: fractions of its length."""

    start: Annotated[Anim, AnimSpec("f64")] = _ZERO
    end: Annotated[Anim, AnimSpec("f64")] = _ONE
    offset: Annotated[Anim, AnimSpec("f64")] = _ZERO


class Path(Item):
    """A shape in SVG path syntax; `fill` None draws no inside."""

    TAG: ClassVar[str | None] = "path"
    svg_path_d: Annotated[str, PathData()]
    fill: Annotated[Paint | Literal["none"], PaintSpec(none=True)] = _WHITE
    fill_rule: Annotated[
        Literal["nonzero", "evenodd"],
        Enum("nonzero", "evenodd", aliases={"even_odd": "evenodd", "non_zero": "nonzero"}),
    ] = "nonzero"
    stroke: Annotated[Stroke | None, ItemOf(Stroke)] = None
    trim: Annotated[Trim | None, ItemOf(Trim)] = None


class FeaturesSpec(Spec):
    """OpenType features: `{"liga": 0}` or `["tnum", "-liga"]`."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, list | tuple):
            items: dict[Any, Any] = {}
            for index, name in enumerate(raw):
                if check_text(ctx, name) is BAD:
                    return BAD
                tag = name.lstrip("+-")
                if not _TAG.fullmatch(tag):
                    return ctx.error("value", "a feature has a tag of four characters", found=name, at=(index,))
                items[tag] = 0 if name.startswith("-") else 1
            return items
        return _Tagged(Int(0, 65535)).read(ctx, _numbers(raw))

    def schema(self) -> JsonSchema:
        listed = {"type": "array", "items": {"type": "string", "pattern": r"^[+-]*[\x20-\x7e]{4}$"}}
        value = {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 65535}, {"type": "boolean"}]}
        return {"anyOf": [{"type": "object", "additionalProperties": value}, listed]}


def _numbers(raw: Any) -> Any:
    if not isinstance(raw, dict):
        return raw
    return {key: int(item) if isinstance(item, bool) else item for key, item in raw.items()}


_TAG = re.compile(r"[\x20-\x7e]{4}")


class _Tagged(Spec):
    """An object from OpenType tags to numbers."""

    def __init__(self, item: Spec) -> None:
        self.item = item

    def read(self, ctx: Reader, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return ctx.error("type", "an object is expected", found=raw, allowed='{"wght": 600}')
        out = {}
        for key, value in raw.items():
            if not isinstance(key, str) or not _TAG.fullmatch(key):
                ctx.error("value", "an OpenType tag has four characters", found=key)
                continue
            ctx.parts.append(key)
            out[key] = self.item.read(ctx, value)
            ctx.parts.pop()
        return BAD if BAD in out.values() else out

    def schema(self) -> JsonSchema:
        return {
            "type": "object",
            "propertyNames": {"pattern": r"^[\x20-\x7e]{4}$"},
            "additionalProperties": self.item.schema(),
        }


_AXES = _Tagged(Num())
_FEATURES = FeaturesSpec()
_SPACING = Num(ge=-1e6, le=1e6)


class TextRun(Item):
    """A part of a text with its own style; what is None is the text's."""

    text: Annotated[str, Text(template=True)]
    font_source: Annotated[str | None, SourceSpec()] = None
    size_px: Annotated[float | None, Num(gt=0)] = None
    color: Annotated[Anim | None, AnimSpec("colour")] = None
    weight: Annotated[float | None, Num(ge=1, le=1000)] = None
    letter_spacing_px: Annotated[float | None, _SPACING] = None
    axes: Annotated[dict[str, float] | None, _AXES] = None
    features: Annotated[dict[str, int] | None, _FEATURES] = None


class TextAsset(Item):
    """Shaped text. Exactly one of `text` and `runs` in the document; canonically both may not be None."""

    TAG: ClassVar[str | None] = "text"
    text: Annotated[str | None, Text(template=True)] = None
    runs: Annotated[tuple[TextRun, ...] | None, ListOf(ItemOf(TextRun), lo=1)] = None
    font_source: Annotated[str | None, SourceSpec()] = None
    size_px: Annotated[Anim, AnimSpec("f64", Num(gt=0))] = build(Constant, {"value": 48.0})
    color: Annotated[Anim, AnimSpec("colour")] = _WHITE
    max_width_px: Annotated[float | None, Num(gt=0)] = None
    max_lines: Annotated[int | None, Int(1)] = None
    overflow: Annotated[Literal["clip", "ellipsis", "shrink"], Enum("clip", "ellipsis", "shrink")] = "clip"
    align: Annotated[
        Literal["start", "end", "left", "center", "right", "justify"],
        Enum("start", "end", "left", "center", "right", "justify"),
    ] = "start"
    line_height: Annotated[float, Num(gt=0, le=1e6)] = 1.2
    letter_spacing_px: Annotated[float, _SPACING] = 0.0
    weight: Annotated[float, Num(ge=1, le=1000)] = 400.0
    axes: Annotated[dict[str, float], _AXES] = Field(default_factory=dict)
    features: Annotated[dict[str, int], _FEATURES] = Field(default_factory=dict)
    reveal: Annotated[Reveal | None, RevealSpec()] = None

    @classmethod
    def finish(cls, ctx: Reader, values: dict[str, Any], raw: dict[str, Any]) -> None:
        """Check that there is one source of characters."""
        if raw.get("text") is not None and raw.get("runs") is not None:
            ctx.error("conflict", "`text` and `runs` exclude each other", allowed="`text` or `runs`")
        elif raw.get("text") is None and raw.get("runs") is None:
            ctx.error("missing", "a text needs `text` or `runs`", allowed="`text` or `runs`")


class _Media(Item):
    """What video and audio share. Times in seconds of the source before `playback_rate`."""

    source: Annotated[str, SourceSpec()]
    trim_start_sec: Annotated[float, _SECONDS] = 0.0
    trim_end_sec: Annotated[float | None, _SECONDS] = None
    playback_rate: Annotated[float, Num(gt=0)] = 1.0
    volume: Annotated[Anim, _NOT_NEGATIVE] = _ONE
    mute: Annotated[bool, Bool()] = False
    fade_in_sec: Annotated[float, _SECONDS] = 0.0
    fade_out_sec: Annotated[float, _SECONDS] = 0.0

    @classmethod
    def finish(cls, ctx: Reader, values: dict[str, Any], raw: dict[str, Any]) -> None:
        """Check the order of the trim."""
        start, end = values["trim_start_sec"], values["trim_end_sec"]
        if end is not None and end <= start:
            ctx.error(
                "order", "the trim ends before it starts", found=end, allowed=f"> {start:g}", at=("trim_end_sec",)
            )


class Video(_Media):
    """Moving pictures, with their sound. `fps` is the rate of an image sequence, default the composition's."""

    TAG: ClassVar[str | None] = "video"
    filter: Annotated[Literal["bilinear", "nearest"], _FILTER] = "bilinear"
    fps: Annotated[Fps | None, FpsSpec()] = None


class Audio(_Media):
    """Sound alone."""

    TAG: ClassVar[str | None] = "audio"


class SolidRect(Item):
    """A rectangle of one colour, its corners rounded by `radius_px`."""

    TAG: ClassVar[str | None] = "solid_rect"
    color: Annotated[Anim, AnimSpec("colour")] = _WHITE
    radius_px: Annotated[Anim, _NOT_NEGATIVE] = _ZERO


class Noise(Item):
    """White noise that depends on `seed` alone."""

    TAG: ClassVar[str | None] = "noise"
    seed: Annotated[int, Int(0, 2**64 - 1)] = 0


class Null(Item):
    """Nothing: a leaf that holds a place."""

    TAG: ClassVar[str | None] = "null"

    def tagged(self) -> Any:
        """Return the text `"null"`, or the object when it carries a name or meta."""
        body = self.to_json()
        return {"null": body} if body else "null"


Asset: TypeAlias = Image | Svg | Path | TextAsset | Video | Audio | SolidRect | Gradient | Noise | Null
ASSET_KINDS: dict[str, type[Item]] = {
    str(cls.TAG): cls for cls in (Image, Svg, Path, TextAsset, Video, Audio, SolidRect, Gradient, Noise, Null)
}
GENERATED = (SolidRect, Gradient, Noise)
"""Assets without an intrinsic size: they fill the canvas unless the leaf says otherwise."""
_READERS = {tag: ItemOf(cls) for tag, cls in ASSET_KINDS.items()}


class AssetSpec(Spec):
    """`{KIND: {...}}`, or a kind's name alone where nothing else is needed (`"null"`, `"noise"`)."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, Item) and type(raw) in ASSET_KINDS.values():
            return raw
        if isinstance(raw, str):
            raw = {raw: {}}
        kinds = ", ".join(ASSET_KINDS)
        if not isinstance(raw, dict):
            return ctx.error(
                "type", "an asset is expected", found=raw, allowed=f"{{KIND: {{...}}}} with KIND of {kinds}"
            )
        extras = {key: raw[key] for key in ("name", "meta") if key in raw and len(raw) > 1}
        tags = [key for key in raw if key not in extras]
        if len(tags) != 1:
            return ctx.error("type", "an asset has one kind", text=f"{len(tags)} keys", allowed=f"one of {kinds}")
        tag, body = tags[0], raw[tags[0]]
        if tag not in _READERS:
            text = tag if isinstance(tag, str) else repr(tag)
            return ctx.error(
                "unknown_asset_kind",
                f"unknown kind of asset {brief(text)}",
                found=text,
                allowed=kinds,
                hint=nearest(text[:80], ASSET_KINDS),
                at=(text,),
            )
        if extras and isinstance(body, dict):
            body = {**extras, **body}
        ctx.parts.append(tag)
        made = _READERS[tag].read(ctx, body)
        ctx.parts.pop()
        return made

    def schema(self) -> JsonSchema:
        return {"$ref": "#/$defs/Asset"}
