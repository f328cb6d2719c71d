"""Static values of a lane: vectors and colours."""

from __future__ import annotations

from typing import Any, TypeAlias

from wavyte_gpu.foundation.colour import ColourError, Rgba, parse_colour
from wavyte_gpu.schema.reader import BAD, Reader
from wavyte_gpu.schema.spec import JsonSchema, Num, Spec

__all__ = ["ColourSpec", "Value", "Vec2", "Vec2Spec", "split_pair"]

Vec2: TypeAlias = tuple[float, float]
Value: TypeAlias = float | bool | Vec2 | Rgba


class ColourSpec(Spec):
    """A static colour in any of its forms."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        try:
            return parse_colour(raw)
        except ColourError as error:
            return ctx.error("colour", str(error), text=error.found, allowed=error.allowed, hint=error.hint)

    def schema(self) -> JsonSchema:
        return {"$ref": "#/$defs/Colour"}


def split_pair(ctx: Reader, raw: Any, what: str = "a vector") -> Any:
    """Return the two parts of `[a, b]` or `{"x", "y"}` with their path parts, or `BAD`."""
    if isinstance(raw, list | tuple) and len(raw) == 2:
        return ((0, raw[0]), (1, raw[1]))
    if isinstance(raw, dict) and raw.keys() == {"x", "y"}:
        return (("x", raw["x"]), ("y", raw["y"]))
    return ctx.error("type", f"{what} is expected", found=raw, allowed='[x, y] or {"x": x, "y": y}')


class Vec2Spec(Spec):
    """A static vector; `uniform` lets one number stand for both components."""

    def __init__(self, number: Num | None = None, *, uniform: bool = False) -> None:
        self.number, self.uniform = number or Num(), uniform

    def read(self, ctx: Reader, raw: Any) -> Any:
        if self.uniform and isinstance(raw, int | float):
            value = self.number.read(ctx, raw)
            return BAD if value is BAD else (value, value)
        pair = split_pair(ctx, raw)
        if pair is BAD:
            return BAD
        out = []
        for part, item in pair:
            ctx.parts.append(part)
            out.append(self.number.read(ctx, item))
            ctx.parts.pop()
        return BAD if BAD in out else (out[0], out[1])

    def schema(self) -> JsonSchema:
        number = self.number.schema()
        forms: list[JsonSchema] = [
            {"type": "array", "items": number, "minItems": 2, "maxItems": 2},
            {
                "type": "object",
                "properties": {"x": number, "y": number},
                "required": ["x", "y"],
                "additionalProperties": False,
            },
        ]
        return {"anyOf": [number, *forms] if self.uniform else forms}
