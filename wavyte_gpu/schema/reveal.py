"""Reveal: a text shown glyph by glyph, word by word or line by line."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from wavyte_gpu.schema.anim import Anim, Constant
from wavyte_gpu.schema.anim_spec import AnimSpec
from wavyte_gpu.schema.ease import LINEAR, Ease, EaseSpec
from wavyte_gpu.schema.model import Item, ItemOf, build
from wavyte_gpu.schema.reader import BAD, Reader
from wavyte_gpu.schema.spec import Enum, JsonSchema, Num

__all__ = ["Reveal", "RevealSpec", "UnitTransform"]

_ZERO = build(Constant, {"value": 0.0})
_ONE = build(Constant, {"value": 1.0})
_ORIGIN = build(Constant, {"value": (0.0, 0.0)})
_ANIM_TAGS = {"keyframes", "procedural", "expr", "sine", "noise1d"}


class UnitTransform(Item):
    """How a unit is moved: scaled and turned about the middle of its ink, or the point of its baseline below that."""

    translate: Annotated[Anim, AnimSpec("vec2")] = _ORIGIN
    rotation_deg: Annotated[Anim, AnimSpec("f64")] = _ZERO
    scale: Annotated[Anim, AnimSpec("vec2", uniform=True)] = build(Constant, {"value": (1.0, 1.0)})
    anchor: Annotated[Literal["center", "baseline"], Enum("center", "baseline")] = "center"


_AT_REST = UnitTransform()


class Reveal(Item):
    """The part of a text that is as it was laid out: fractions of its units from `start` to `end`, both moved by `offset`.

    A unit outside has `opacity` and `transform`. `softness` units at a time are on their way from there; 0 switches them.
    `ease` shapes the way of each.
    """

    unit: Annotated[Literal["glyph", "word", "line"], Enum("glyph", "word", "line")] = "glyph"
    start: Annotated[Anim, AnimSpec("f64")] = _ZERO
    end: Annotated[Anim, AnimSpec("f64")] = _ONE
    offset: Annotated[Anim, AnimSpec("f64")] = _ZERO
    softness: Annotated[float, Num(ge=0)] = 1.0
    ease: Annotated[Ease, EaseSpec()] = LINEAR
    opacity: Annotated[Anim, AnimSpec("f64")] = _ZERO
    transform: Annotated[UnitTransform, ItemOf(UnitTransform)] = _AT_REST

    @property
    def lanes(self) -> tuple[Anim, ...]:
        """All that may animate."""
        move = self.transform
        return (self.start, self.end, self.offset, self.opacity, move.translate, move.rotation_deg, move.scale)


class RevealSpec(ItemOf):
    """A `Reveal`, or an animated number alone, which is its `end`."""

    def __init__(self) -> None:
        super().__init__(Reveal)

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, Reveal) or (isinstance(raw, dict) and not raw.keys() & _ANIM_TAGS):
            return super().read(ctx, raw)
        end = AnimSpec("f64").read(ctx, raw)
        return BAD if end is BAD else super().read(ctx, {"end": end})

    def schema(self) -> JsonSchema:
        return {"anyOf": [super().schema(), AnimSpec("f64").schema()]}
