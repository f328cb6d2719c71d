"""Frame rates, exact."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from wavyte_gpu.foundation.timebase import fps_from_number
from wavyte_gpu.schema.model import Model, build
from wavyte_gpu.schema.reader import BAD, Reader
from wavyte_gpu.schema.spec import Int, JsonSchema, Num, Spec, check_keys

__all__ = ["Fps", "FpsSpec"]


_INT = Int(1)


class Fps(Model):
    """Frames a second as a fraction in lowest terms."""

    num: Annotated[int, Int(1)]
    den: Annotated[int, Int(1)] = 1

    @property
    def fraction(self) -> Fraction:
        """The exact rate."""
        return Fraction(self.num, self.den)


_INT = Int(1)


class FpsSpec(Spec):
    """`{"num", "den"}` or a number; 23.976, 29.97 and 59.94 mean n * 1000/1001."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, Fps):
            return raw
        if isinstance(raw, dict):
            check_keys(ctx, raw, ("num", "den"))
            parts = []
            for key in ("num", "den"):
                ctx.parts.append(key)
                if key in raw or key == "den":
                    parts.append(_INT.read(ctx, raw.get(key, 1)))
                else:
                    parts.append(ctx.error("missing", "`num` is required", allowed='{"num", "den"}'))
                ctx.parts.pop()
            if BAD in parts:
                return BAD
            rate = Fraction(parts[0], parts[1])
        else:
            number = Num(gt=0, le=1_000_000).read(ctx, raw)
            if number is BAD:
                return BAD
            try:
                rate = fps_from_number(number)
            except ValueError as error:
                return ctx.error("range", str(error), found=raw, allowed="> 0")
        return build(Fps, {"num": rate.numerator, "den": rate.denominator})

    def schema(self) -> JsonSchema:
        number = {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000}
        return {"anyOf": [number, {"$ref": "#/$defs/Fps"}]}
