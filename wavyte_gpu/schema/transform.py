"""The transform of a node: translate, rotation, scale, anchor, skew."""

from __future__ import annotations

import re
from typing import Annotated, Any

from wavyte_gpu.schema.anim import Anim, Constant
from wavyte_gpu.schema.anim_spec import AnimSpec
from wavyte_gpu.schema.model import Item, Model, build, plain
from wavyte_gpu.schema.reader import BAD, Reader
from wavyte_gpu.schema.spec import JsonSchema, Num, Spec
from wavyte_gpu.schema.values import Vec2, Vec2Spec

__all__ = ["Anchor", "AnchorSpec", "Transform"]

_PERCENT = re.compile(r"\s*(-?[0-9]{1,9}(?:\.[0-9]{1,15})?)\s*%\s*", re.ASCII)
_VEC2 = AnimSpec("vec2")
_ORIGIN = build(Constant, {"value": (0.0, 0.0)})
_ZERO = build(Constant, {"value": 0.0})


class Anchor(Model):
    """The point of the content box that lands on `translate`: `px + fraction * box size`."""

    px: Annotated[Anim, _VEC2] = _ORIGIN
    fraction: Annotated[Vec2, Vec2Spec()] = (0.0, 0.0)

    def to_json(self) -> Any:
        """Return the px alone where there is no fraction, else `{"px", "fraction"}`."""
        if self.fraction == (0.0, 0.0):
            return plain(self.px)
        return {"px": plain(self.px), "fraction": list(self.fraction)}


class AnchorSpec(Spec):
    """An `ANIM` in px, `"center"`, `["50%", "50%"]` (a number beside a percent is px), or `{"px", "fraction"}`."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if isinstance(raw, Anchor):
            return raw
        if isinstance(raw, str) and raw[:1] != "=":
            if raw != "center":
                return ctx.error("value", "unknown anchor", found=raw, allowed=_FORMS, hint='write "center"')
            return build(Anchor, {"px": _ORIGIN, "fraction": (0.5, 0.5)})
        if isinstance(raw, dict) and "fraction" in raw and raw.keys() <= {"px", "fraction"}:
            return self._explicit(ctx, raw)
        if isinstance(raw, list | tuple) and len(raw) == 2 and any(self._is_percent(item) for item in raw):
            return self._percents(ctx, raw)
        px = _VEC2.read(ctx, raw)
        if px is BAD:
            return BAD
        if isinstance(px, Constant) and px.value != (0.0, 0.0):
            ctx.warn_once(
                "anchor_moved",
                "the anchor lands on `translate` here; the v0.3 branch of the original drew the content that much lower right",
                hint="check the position, or leave the anchor out",
            )
        return build(Anchor, {"px": px, "fraction": (0.0, 0.0)})

    @staticmethod
    def _is_percent(item: Any) -> bool:
        return isinstance(item, str) and _PERCENT.fullmatch(item) is not None

    def _explicit(self, ctx: Reader, raw: dict[str, Any]) -> Any:
        values: dict[str, Any] = {"px": _ORIGIN}
        for key, spec in (("px", _VEC2), ("fraction", Vec2Spec())):
            if key in raw:
                ctx.parts.append(key)
                values[key] = spec.read(ctx, raw[key])
                ctx.parts.pop()
        return BAD if BAD in values.values() else build(Anchor, values)

    def _percents(self, ctx: Reader, raw: list[Any] | tuple[Any, ...]) -> Any:
        px, fraction = [0.0, 0.0], [0.0, 0.0]
        for index, item in enumerate(raw):
            if isinstance(item, str) and (match := _PERCENT.fullmatch(item)):
                fraction[index] = float(match.group(1)) / 100.0
                continue
            ctx.parts.append(index)
            value = Num().read(ctx, item)
            ctx.parts.pop()
            if value is BAD:
                return BAD
            px[index] = value
        return build(Anchor, {"px": build(Constant, {"value": tuple(px)}), "fraction": tuple(fraction)})

    def schema(self) -> JsonSchema:
        percent = {"anyOf": [{"type": "string", "pattern": r"^\s*-?[0-9]+(\.[0-9]+)?\s*%\s*$"}, {"type": "number"}]}
        explicit = {
            "type": "object",
            "properties": {"px": _VEC2.schema(), "fraction": Vec2Spec().schema()},
            "required": ["fraction"],
            "additionalProperties": False,
        }
        pair = {"type": "array", "items": percent, "minItems": 2, "maxItems": 2}
        return {"anyOf": [{"const": "center"}, _VEC2.schema(), pair, explicit]}


_FORMS = 'px [x, y], "center", ["50%", "50%"] or an animated vector'


class Transform(Item):
    """`local = T(translate) R ShearY ShearX S T(-anchor)`; y down, positive rotation clockwise.

    `anchor` None is the default: [0, 0], or the centre under layout. Rotation is `rotation_deg`, unless `rotation_rad` is
    given instead.
    """

    translate: Annotated[Anim, _VEC2] = _ORIGIN
    rotation_deg: Annotated[Anim, AnimSpec("f64")] = _ZERO
    rotation_rad: Annotated[Anim | None, AnimSpec("f64")] = None
    scale: Annotated[Anim, AnimSpec("vec2", uniform=True)] = build(Constant, {"value": (1.0, 1.0)})
    anchor: Annotated[Anchor | None, AnchorSpec()] = None
    skew_deg: Annotated[Anim, _VEC2] = _ORIGIN

    @classmethod
    def finish(cls, ctx: Reader, values: dict[str, Any], raw: dict[str, Any]) -> None:
        """Check that rotation is given once."""
        if raw.get("rotation_deg") is not None and raw.get("rotation_rad") is not None:
            ctx.error("conflict", "`rotation_deg` and `rotation_rad` exclude each other")
