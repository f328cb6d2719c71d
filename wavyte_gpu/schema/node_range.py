"""Ranges: `[start, end]` in frames or seconds, end exclusive, with their defaults."""

from __future__ import annotations

from typing import Any, TypeAlias

from wavyte_gpu.schema.reader import BAD, Reader
from wavyte_gpu.schema.spec import Frames, JsonSchema, Spec

__all__ = ["FrameRange", "RangeSpec", "resolve_range"]

FrameRange: TypeAlias = tuple[int, int]
_FRAMES = Frames(0)


class RangeSpec(Spec):
    """`[start, end]` with 0 <= start <= end."""

    def read(self, ctx: Reader, raw: Any) -> Any:
        if not isinstance(raw, list | tuple) or len(raw) != 2:
            return ctx.error("type", "a range is expected", found=raw, allowed="[start, end]")
        out = []
        for index in (0, 1):
            ctx.parts.append(index)
            out.append(_FRAMES.read(ctx, raw[index]))
            ctx.parts.pop()
        if BAD in out:
            return BAD
        if out[0] > out[1]:
            return ctx.error(
                "range", "the range ends before it starts", text=f"[{out[0]}, {out[1]}]", allowed="start <= end"
            )
        return (out[0], out[1])

    def schema(self) -> JsonSchema:
        return {"type": "array", "items": _FRAMES.schema(), "minItems": 2, "maxItems": 2}


_RANGE = RangeSpec()


def resolve_range(ctx: Reader, raw: dict[str, Any]) -> Any:
    """Return a node's range, its parent's duration by default; None where only its content can tell, or `BAD`.

    A sequence child's range starts at 0; `ctx` is still the parent's.
    """
    in_sequence = ctx.parent_mode == "sequence"
    if raw.get("range") is None:
        if in_sequence or ctx.parent_duration is None:
            return None
        return (0, ctx.parent_duration)
    ctx.parts.append("range")
    made = _RANGE.read(ctx, raw["range"])
    if made is not BAD and in_sequence and made[0] != 0:
        ctx.error("range", "the range of a sequence's child starts at 0", found=made[0], allowed="0", at=(0,))
    ctx.parts.pop()
    return made
