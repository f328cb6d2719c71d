"""Eases: the named ones, CSS beziers and springs."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from wavyte_gpu.foundation.errors import nearest
from wavyte_gpu.schema.model import ItemOf, Model, build
from wavyte_gpu.schema.reader import BAD, Reader
from wavyte_gpu.schema.spec import JsonSchema, ListOf, Num, Spec, Text

__all__ = ["EASE_NAMES", "LINEAR", "CubicBezier", "Ease", "EaseSpec", "NamedEase", "Spring"]

_FAMILIES = ("quad", "cubic", "quart", "quint", "sine", "expo", "circ", "back", "elastic", "bounce")
EASE_NAMES = (
    *("hold", "linear", "ease_in", "ease_out", "ease_in_out"),
    *(f"{family}_{way}" for family in _FAMILIES for way in ("in", "out", "in_out")),
)


class NamedEase(Model):
    """One of `EASE_NAMES`; `hold` keeps a key's value until the next key."""

    name: Annotated[str, Text()]

    def to_json(self) -> str:
        """Return the name."""
        return self.name


class CubicBezier(Model):
    """CSS `cubic-bezier(x1, y1, x2, y2)`: x1 and x2 in 0..1, y1 and y2 within a million."""

    x1: Annotated[float, Num(ge=0, le=1)]
    y1: Annotated[float, Num(ge=-1e6, le=1e6)]
    x2: Annotated[float, Num(ge=0, le=1)]
    y2: Annotated[float, Num(ge=-1e6, le=1e6)]

    def to_json(self) -> dict[str, Any]:
        """Return `{"cubic_bezier": [x1, y1, x2, y2]}`."""
        return {"cubic_bezier": [self.x1, self.y1, self.x2, self.y2]}


class Spring(Model):
    """A damped spring from 0 to 1; time in seconds, mass 1 by default."""

    stiffness: Annotated[float, Num(gt=0)]
    damping: Annotated[float, Num(ge=0)]
    mass: Annotated[float, Num(gt=0)] = 1.0

    def to_json(self) -> dict[str, Any]:
        """Return `{"spring": {...}}`."""
        return {"spring": {"stiffness": self.stiffness, "damping": self.damping, "mass": self.mass}}


Ease: TypeAlias = NamedEase | CubicBezier | Spring
LINEAR: NamedEase = build(NamedEase, {"name": "linear"})
_NAMED = {name: build(NamedEase, {"name": name}) for name in EASE_NAMES} | {"linear": LINEAR}


class EaseSpec(Spec):
    """An ease: a name, `{"cubic_bezier": [...]}` or `{"spring": {...}}`."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, str):
            if raw in _NAMED:
                return _NAMED[raw]
            return ctx.error(
                "value", "unknown ease", found=raw, allowed=_EASE_FORMS, hint=nearest(raw[:80].lower(), EASE_NAMES)
            )
        if isinstance(raw, NamedEase | CubicBezier | Spring):
            return raw
        if not isinstance(raw, dict) or len(raw) != 1 or not ({"cubic_bezier", "spring"} & raw.keys()):
            return ctx.error("type", "an ease is expected", found=raw, allowed=_EASE_FORMS)
        ((tag, body),) = raw.items()
        ctx.parts.append(tag)
        before = len(ctx.problems)
        made = self._bezier(ctx, body) if tag == "cubic_bezier" else _SPRING.read(ctx, body)
        if len(ctx.problems) > before:
            made = BAD
        ctx.parts.pop()
        return made

    def _bezier(self, ctx: Reader, body: Any) -> Any:
        values = ListOf(Num(), lo=4, hi=4).read(ctx, body)
        if values is BAD:
            return BAD
        x1, y1, x2, y2 = values
        for index, x in ((0, x1), (2, x2)):
            if not 0.0 <= x <= 1.0:
                return ctx.error("range", "x1 and x2 lie in 0..1", found=x, allowed=">= 0 and <= 1", at=(index,))
        for index, y in ((1, y1), (3, y2)):
            if not -1e6 <= y <= 1e6:
                return ctx.error("range", "y1 and y2 are out of bounds", found=y, allowed="-1e+06 .. 1e+06", at=(index,))
        return build(CubicBezier, {"x1": x1, "y1": y1, "x2": x2, "y2": y2})

    def schema(self) -> JsonSchema:
        return {"$ref": "#/$defs/Ease"}


_EASE_FORMS = f'{", ".join(EASE_NAMES)}, {{"cubic_bezier": [x1, y1, x2, y2]}} or {{"spring": {{...}}}}'


_SPRING = ItemOf(Spring)
