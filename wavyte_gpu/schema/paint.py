"""Paints: a colour or a gradient."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from wavyte_gpu.foundation.colour import TRANSPARENT
from wavyte_gpu.schema.anim import Anim, Constant, Expr, Keyframes, Procedural, SplitVec2
from wavyte_gpu.schema.anim_spec import AnimSpec
from wavyte_gpu.schema.model import Item, ItemOf, build
from wavyte_gpu.schema.reader import BAD, Reader
from wavyte_gpu.schema.spec import Enum, JsonSchema, Num, Spec

__all__ = ["Gradient", "Paint", "PaintSpec", "Stop"]

_COLOUR = AnimSpec("colour")
_AT = Num(ge=0, le=1)
Stop: TypeAlias = tuple[float, Anim]


class StopsSpec(Spec):
    """Stops `[[t, colour], ...]`: at least two, t in 0..1 and not decreasing; equal ones make a hard edge."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if not isinstance(raw, list | tuple) or len(raw) < 2:
            return ctx.error("type", "a gradient has at least two stops", found=raw, allowed="[[t, colour], ...]")
        out: list[Any] = []
        last = 0.0
        for index, stop in enumerate(raw):
            ctx.parts.append(index)
            made = self._stop(ctx, stop)
            if made is not BAD and made[0] < last:
                made = ctx.error("order", "stops must not go back", found=made[0], allowed=f">= {last:g}", at=(0,))
            last = last if made is BAD else made[0]
            out.append(made)
            ctx.parts.pop()
        return BAD if BAD in out else tuple(out)

    def _stop(self, ctx: Reader, stop: Any) -> Any:
        if not isinstance(stop, list | tuple) or len(stop) != 2:
            return ctx.error("type", "a stop is expected", found=stop, allowed="[t, colour]")
        out = []
        for part, spec in ((0, _AT), (1, _COLOUR)):
            ctx.parts.append(part)
            out.append(spec.read(ctx, stop[part]))
            ctx.parts.pop()
        return BAD if BAD in out else tuple(out)

    def schema(self) -> JsonSchema:
        stop = {
            "type": "array",
            "prefixItems": [_AT.schema(), _COLOUR.schema()],
            "minItems": 2,
            "maxItems": 2,
        }
        return {"type": "array", "items": stop, "minItems": 2}


class Gradient(Item):
    """A gradient over the box: points and radius in fractions of it, angle in degrees.

    `start` and `end` become two stops. A linear one has `from_` and `to`, or `angle_deg`; without them it runs from top to
    bottom.
    """

    TAG: ClassVar[str | None] = "gradient"
    type: Annotated[Literal["linear", "radial", "conic"], Enum("linear", "radial", "conic")] = "linear"
    stops: Annotated[tuple[Stop, ...], StopsSpec()]
    from_: Annotated[Anim | None, AnimSpec("vec2")] = Field(default=None, alias="from")
    to: Annotated[Anim | None, AnimSpec("vec2")] = None
    center: Annotated[Anim | None, AnimSpec("vec2")] = None
    radius: Annotated[Anim | None, AnimSpec("f64", Num(ge=0))] = None
    angle_deg: Annotated[Anim | None, AnimSpec("f64")] = None

    @property
    def moves(self) -> bool:
        """Whether the colour of a stop moves."""
        return any(not isinstance(colour, Constant) for _, colour in self.stops)

    @classmethod
    def prepare(cls, ctx: Reader, raw: dict[str, Any]) -> dict[str, Any]:
        """Write `start` and `end` as stops."""
        if "start" not in raw and "end" not in raw:
            return raw
        if "stops" in raw:
            ctx.error(
                "conflict", "`stops` and `start`, `end` exclude each other", allowed="`stops`, or `start` and `end`"
            )
        rest = {key: item for key, item in raw.items() if key not in ("start", "end", "stops")}
        ends = []
        for key in ("start", "end"):
            if key not in raw:
                ctx.error("missing", f"`{key}` is required", allowed="`start` and `end`, or `stops`")
            ctx.parts.append(key)
            ends.append(_COLOUR.read(ctx, raw[key]) if key in raw else BAD)
            ctx.parts.pop()
        black = build(Constant, {"value": TRANSPARENT})
        rest["stops"] = [[at, black if end is BAD else end] for at, end in zip((0.0, 1.0), ends, strict=True)]
        return rest

    @classmethod
    def finish(cls, ctx: Reader, values: dict[str, Any], raw: dict[str, Any]) -> None:
        """Check that the geometry belongs to the type."""
        allowed = {
            "linear": ("from", "to", "angle_deg"),
            "radial": ("center", "radius"),
            "conic": ("center", "angle_deg"),
        }
        kind = values["type"]
        for key in ("from", "to", "center", "radius", "angle_deg"):
            if raw.get(key) is not None and key not in allowed[kind]:
                ctx.error("conflict", f"a {kind} gradient has no `{key}`", allowed=", ".join(allowed[kind]), at=(key,))
        if values["angle_deg"] is not None and (values["from_"] is not None or values["to"] is not None):
            ctx.error("conflict", "`angle_deg` and `from`, `to` exclude each other")


Paint: TypeAlias = Anim | Gradient
_GRADIENT = ItemOf(Gradient)


class PaintSpec(Spec):
    """An animated colour, `{"gradient": {...}}`, or, where allowed, `"none"`."""

    def __init__(self, *, none: bool = False) -> None:
        self.none = none

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, Gradient | Constant | Keyframes | Procedural | Expr | SplitVec2):
            return raw
        if self.none and (raw is None or (isinstance(raw, str) and raw == "none")):
            return "none"
        if isinstance(raw, dict) and "gradient" in raw and len(raw) == 1:
            ctx.parts.append("gradient")
            made = _GRADIENT.read(ctx, raw["gradient"])
            ctx.parts.pop()
            return made
        return _COLOUR.read(ctx, raw)

    def schema(self) -> JsonSchema:
        gradient = {
            "type": "object",
            "properties": {"gradient": _GRADIENT.schema()},
            "required": ["gradient"],
            "additionalProperties": False,
        }
        return {"anyOf": [_COLOUR.schema(), gradient, *([{"enum": ["none", None]}] if self.none else [])]}
