"""The document: canvas, clock, variables, assets, compositions and the root node."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, ClassVar

import xxhash
from pydantic import Field, PrivateAttr, model_validator

from wavyte_gpu.foundation.colour import TRANSPARENT, Rgba
from wavyte_gpu.foundation.errors import Problem, SchemaError
from wavyte_gpu.schema.assets import Asset, AssetSpec
from wavyte_gpu.schema.deep import no_collection, with_deep_stack
from wavyte_gpu.schema.effects import kinds_of
from wavyte_gpu.schema.fps import Fps, FpsSpec
from wavyte_gpu.schema.kinds import KindSpec
from wavyte_gpu.schema.model import Item, ItemOf, build
from wavyte_gpu.schema.node import Collection, CompRef, Node, NodeSpec, Repeat
from wavyte_gpu.schema.reader import BAD, Reader
from wavyte_gpu.schema.scope import check_cycles, enter_scope, leave_scope
from wavyte_gpu.schema.spec import Enum, Frames, Int, JsonSchema, MapOf, Spec, Text, errors_of
from wavyte_gpu.schema.values import ColourSpec
from wavyte_gpu.schema.variables import Variable, VariableSpec

__all__ = ["MAX_CANVAS", "VERSION", "Canvas", "Composition", "CompositionSpec", "Document", "read_document"]

VERSION = "0.3"
MAX_CANVAS = 16383


class Canvas(Item):
    """The size in px and what lies behind everything."""

    width: Annotated[int, Int(1, MAX_CANVAS, limit=True)]
    height: Annotated[int, Int(1, MAX_CANVAS, limit=True)]
    background: Annotated[Rgba, ColourSpec()] = TRANSPARENT


_FPS_30 = build(Fps, {"num": 30, "den": 1})


class _Version(Enum):
    def __init__(self) -> None:
        super().__init__(VERSION)

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, str) and raw == VERSION:
            return raw
        hint = 'write "0.3", with quotes' if isinstance(raw, float) else None
        return ctx.error("version", "unknown version of the document", found=raw, allowed=f'"{VERSION}"', hint=hint)


class _Duration(Frames):
    """The length in frames; the root's range is [0, duration] by default."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        frames = super().read(ctx, raw)
        ctx.parent_duration = None if frames is BAD else frames
        return frames


class _Assets(MapOf):
    """Assets by key."""

    def __init__(self) -> None:
        super().__init__(AssetSpec())

    def read(self, ctx: Reader, raw: Any) -> Any:
        made = super().read(ctx, raw)
        if ctx.scope is not None and made is not BAD:
            ctx.scope.assets = made
        return made


class _Variables(MapOf):
    """Variables by name, read after the assets that they may name."""

    def __init__(self) -> None:
        super().__init__(VariableSpec())

    def read(self, ctx: Reader, raw: Any) -> Any:
        made = super().read(ctx, raw)
        if ctx.scope is not None and made is not BAD:
            ctx.scope.variables = made
        return made


class _Compositions(Spec):
    """Compositions by key."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return ctx.error("type", "an object is expected", found=raw, allowed="{KEY: composition}")
        out = {}
        for key, item in raw.items():
            if not isinstance(key, str) or not key:
                ctx.error("value", "a key must be a text that is not empty", found=key)
                continue
            ctx.parts.append(key)
            definition = ctx.scope.compositions[key][0] if ctx.scope is not None else 0
            out[key] = _COMPOSITION.read_as(ctx, item, definition)
            ctx.parts.pop()
        return BAD if BAD in out.values() else out

    def schema(self) -> JsonSchema:
        return {
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/Composition"},
            "propertyNames": {"minLength": 1},
        }


class CompositionSpec(ItemOf):
    """A composition inside a document: opens a scope of names and a clock of its own."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        return self.read_as(ctx, raw, ctx.scope.definition if ctx.scope is not None else 0)

    def read_as(self, ctx: Reader, raw: Any, definition: int) -> Any:
        """Read a composition that is, or lies in, the keyed one with this number."""
        if isinstance(raw, dict) and (ctx.scope is not None or ctx.fps is not None):
            saved = (ctx.scope, ctx.fps, ctx.node_id, ctx.parent_duration, ctx.parent_mode)
            ctx.fps = _peek_fps(raw, ctx.fps)
            ctx.node_id, ctx.parent_duration, ctx.parent_mode = None, None, None
            ctx.scope = enter_scope(ctx, saved[0], definition, raw)
            made = self.read_fields(ctx, raw)
            if "fps" not in raw and ctx.fps is not None:
                made.__dict__["fps"] = build(Fps, {"num": ctx.fps.numerator, "den": ctx.fps.denominator})
            leave_scope(ctx, ctx.scope)
            ctx.scope, ctx.fps, ctx.node_id, ctx.parent_duration, ctx.parent_mode = saved
            return made
        return super().read(ctx, raw)


class Composition(Item):
    """A composition with its own names and clock. Inside another one `fps` defaults to the outer's."""

    ORDERED: ClassVar[bool] = True
    canvas: Annotated[Canvas, ItemOf(Canvas)]
    fps: Annotated[Fps, FpsSpec()] = _FPS_30
    duration: Annotated[int, _Duration(0)]
    seed: Annotated[int, Int(0, 2**64 - 1)] = 0
    assets: Annotated[dict[str, Asset], _Assets()] = Field(default_factory=dict)
    variables: Annotated[dict[str, Variable], _Variables()] = Field(default_factory=dict)
    compositions: Annotated[dict[str, Composition], _Compositions()] = Field(default_factory=dict)
    root: Annotated[Node, NodeSpec()]
    version: Annotated[str, _Version()] = VERSION

    def to_json(self) -> dict[str, Any]:
        """Return the canonical JSON form; a composition inside another one states its `fps`, as its default is the outer's."""
        out: dict[str, Any] = super().to_json()
        return out if isinstance(self, Document) else out | {"fps": self.fps.to_json()}


class Document(Composition):
    """The whole document: immutable, picklable, equal and hashed by content.

    Building one in Python runs every check and raises `SchemaError` with all problems; ranges, fits and frame rates are
    then filled in.
    """

    version: Annotated[str, _Version()]
    schema_uri: Annotated[str | None, Text()] = Field(default=None, alias="$schema")
    _extra: tuple[dict[str, KindSpec], dict[str, KindSpec]] = PrivateAttr(default=({}, {}))

    @model_validator(mode="after")
    def _check(self) -> Document:
        made, problems = read_document(self.to_json())
        if made is None:
            raise SchemaError(errors_of(problems))
        object.__setattr__(self, "__dict__", made.__dict__)
        return self

    def to_json(self) -> dict[str, Any]:
        """Return the canonical JSON form; reading it gives this document again."""
        with no_collection():
            out: dict[str, Any] = with_deep_stack(lambda: Composition.to_json(self))
        return {"version": self.version, **{key: value for key, value in out.items() if key != "version"}}

    def to_text(self) -> str:
        """Return the canonical JSON form as one line of text with sorted keys."""
        return with_deep_stack(
            lambda: json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        )

    @property
    def content_hash(self) -> str:
        """XXH3-128 of `to_text()`, 32 hex digits."""
        return xxhash.xxh3_128_hexdigest(self.to_text().encode("ascii"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self.to_text() == other.to_text()

    def __hash__(self) -> int:
        return hash(self.content_hash)

    def __repr__(self) -> str:
        return f"Document({self.canvas.width}x{self.canvas.height}, {self.duration} frames, {self.content_hash[:8]})"

    def __copy__(self) -> Document:
        return self

    def __deepcopy__(self, memo: Any = None) -> Document:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # In document order, which numbers assets; `to_text` sorts.
        text = with_deep_stack(lambda: json.dumps(self.to_json(), separators=(",", ":")))
        return _restore, (text, *self._extra)


for _cls in (CompRef, Collection, Repeat, Node, Composition, Document):
    _cls.model_rebuild(_types_namespace={"Composition": Composition, "Node": Node})

_COMPOSITION = CompositionSpec(Composition)


_DOCUMENT = CompositionSpec(Document)


def read_document(
    source: Any,
    extra_effects: Mapping[str, KindSpec] | None = None,
    extra_transitions: Mapping[str, KindSpec] | None = None,
) -> tuple[Document | None, list[Problem]]:
    """Read a JSON value as a document.

    Args:
        source: the parsed JSON.
        extra_effects, extra_transitions: kinds of third parties by name.

    Returns:
        The document, or None when there are errors, and every problem found, warnings included.
    """
    effects, transitions = kinds_of(extra_effects, extra_transitions)

    def run() -> tuple[Any, Reader]:
        ctx = Reader(effects, transitions, fps=Fraction(30))
        made = _DOCUMENT.read_as(ctx, source, 0)
        check_cycles(ctx)
        return made, ctx

    with no_collection():
        made, ctx = with_deep_stack(run)
    if made is BAD or errors_of(ctx.problems):
        return None, ctx.problems
    object.__setattr__(
        made, "__pydantic_private__", {"_extra": (dict(extra_effects or {}), dict(extra_transitions or {}))}
    )
    return made, ctx.problems


def _restore(text: str, effects: dict[str, KindSpec], transitions: dict[str, KindSpec]) -> Document:
    made, problems = read_document(with_deep_stack(lambda: json.loads(text)), effects, transitions)
    if made is None:
        raise SchemaError(errors_of(problems))
    return made


def _peek_fps(raw: dict[str, Any], default: Fraction | None) -> Fraction | None:
    """Return the frame rate that a raw composition states, without noting problems."""
    if raw.get("fps") is None:
        return default
    fps = FpsSpec().read(Reader({}, {}), raw["fps"])
    return default if fps is BAD else fps.fraction


def peek_clock(ctx: Reader, raw: Any) -> tuple[int, Fraction] | None:
    """Return duration in frames and frame rate of a composition, raw or read; None where they are wrong."""
    if isinstance(raw, Composition):
        return (raw.duration, raw.fps.fraction) if isinstance(raw.duration, int) else None
    if not isinstance(raw, dict):
        return None
    fps = _peek_fps(raw, ctx.fps)
    frames = Frames(0).read(Reader({}, {}, fps=fps), raw.get("duration"))
    return None if frames is BAD or fps is None else (frames, fps)
