"""Animated values: constants, keyframes, procedural signals and expressions."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeAlias

from wavyte_gpu.expr.names import Type
from wavyte_gpu.foundation.colour import Rgba
from wavyte_gpu.schema.ease import LINEAR, Ease, EaseSpec
from wavyte_gpu.schema.model import Item, Model, plain
from wavyte_gpu.schema.reader import MAX_FRAMES, Reader
from wavyte_gpu.schema.spec import Frames, JsonSchema, ListOf, Num, Spec, Text
from wavyte_gpu.schema.values import ColourSpec, Value, Vec2Spec

__all__ = [
    "Anim",
    "Constant",
    "Expr",
    "Key",
    "Keyframes",
    "Noise1d",
    "Procedural",
    "Signal",
    "Sine",
    "SplitVec2",
]


class _AnyValue(Spec):
    """The value of a `Constant` or `Key` built in Python: which lane it is for is checked where it is used."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, bool | Rgba):
            return raw
        if isinstance(raw, int | float):
            return Num().read(ctx, raw)
        if isinstance(raw, list | tuple) and len(raw) == 2:
            return Vec2Spec().read(ctx, raw)
        return ColourSpec().read(ctx, raw)

    def schema(self) -> JsonSchema:
        return {}


class _Instance(Spec):
    """A value that must be a canonical model already (or raw JSON of a lane-less kind): for Python construction."""

    def __init__(self, *classes: type) -> None:
        self.classes = classes

    def read(self, ctx: Reader, raw: Any) -> Any:
        names = " or ".join(cls.__name__ for cls in self.classes)
        return raw if isinstance(raw, self.classes) else ctx.error("type", f"{names} is expected", found=raw)

    def schema(self) -> JsonSchema:
        return {}


class Constant(Model):
    """A value that never changes: f64, bool, vec2 or colour."""

    value: Annotated[Value, _AnyValue()]

    def to_json(self) -> Any:
        """Return the bare value."""
        return plain(self.value)


class Key(Item):
    """A keyframe: `ease` shapes the segment that starts at it. `frame` is node-local."""

    frame: Annotated[int, Frames(-MAX_FRAMES)]
    value: Annotated[Value, _AnyValue()]
    ease: Annotated[Ease, EaseSpec()] = LINEAR


class Keyframes(Item):
    """Keys at strictly increasing frames; `default` is the value of a track without keys."""

    TAG: ClassVar[str | None] = "keyframes"
    keys: Annotated[tuple[Key, ...], ListOf(_Instance(Key))]
    default: Annotated[Value | None, _AnyValue()] = None

    def to_json(self) -> dict[str, Any]:
        """Return the body, every key with its resolved ease."""
        out = {"keys": [plain(key) for key in self.keys], "default": plain(self.default)}
        out.update(name=self.name, meta=self.meta)
        return {key: value for key, value in out.items() if value is not None}


class Sine(Item):
    """`offset + amp * sin(2 pi freq_hz t + phase)`, t in seconds, phase in radians."""

    TAG: ClassVar[str | None] = "sine"
    amp: Annotated[float, Num()]
    freq_hz: Annotated[float, Num()]
    phase: Annotated[float, Num()] = 0.0
    offset: Annotated[float, Num()] = 0.0


class Noise1d(Item):
    """Smooth noise in `offset +- amp`, freq_hz cells a second."""

    TAG: ClassVar[str | None] = "noise1d"
    amp: Annotated[float, Num()]
    freq_hz: Annotated[float, Num()]
    offset: Annotated[float, Num()] = 0.0


Signal: TypeAlias = Sine | Noise1d


class Procedural(Model):
    """A signal of time; with `y` None, `x` drives the scalar, or both components of a vector."""

    x: Annotated[Signal, _Instance(Sine, Noise1d)]
    y: Annotated[Signal | None, _Instance(Sine, Noise1d, type(None))] = None

    def to_json(self) -> dict[str, Any]:
        """Return `{"procedural": {"kind", "params"}}`."""
        if self.y is None:
            return {"procedural": {"kind": "scalar", "params": plain(self.x)}}
        return {"procedural": {"kind": "vec2", "params": {"x": plain(self.x), "y": plain(self.y)}}}


class Expr(Model):
    """An expression, kept as its text; `source` begins with `=`. `types` are those that the field takes, none for any.

    `path` is the JSON Pointer of the text in its file, for messages.
    """

    source: Annotated[str, Text(nonempty=True)]
    types: tuple[Type, ...] = ()
    path: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expr) and self.source == other.source

    def __hash__(self) -> int:
        return hash(self.source)

    def to_json(self) -> str:
        """Return the text."""
        return self.source


class SplitVec2(Model):
    """A vector whose components are animated apart."""

    x: Annotated[Constant | Keyframes | Procedural | Expr, _Instance(Constant, Keyframes, Procedural, Expr)]
    y: Annotated[Constant | Keyframes | Procedural | Expr, _Instance(Constant, Keyframes, Procedural, Expr)]

    def to_json(self) -> dict[str, Any]:
        """Return `{"x": ANIM, "y": ANIM}`."""
        return {"x": plain(self.x), "y": plain(self.y)}


Anim: TypeAlias = Constant | Keyframes | Procedural | Expr | SplitVec2
