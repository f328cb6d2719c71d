"""Shadows and glows: the content's alpha, moved, blurred and coloured."""

from __future__ import annotations

from wavyte_gpu.effects.definition import EffectDef, ParamSchema
from wavyte_gpu.foundation.colour import WHITE, Rgba

__all__ = ["DROP_SHADOW", "GLOW", "INNER_SHADOW"]


def _shadow(kind: str, offset: float, colour: Rgba) -> EffectDef:
    return EffectDef(
        kind,
        (
            ParamSchema("offset", "vec2", default=(offset, offset)),
            ParamSchema("radius_px", "f64", aliases=("radius", "blur_radius_px", "value"), minimum=0.0),
            ParamSchema("sigma", "f64", minimum=0.0),
            ParamSchema("color", "color", default=colour),
            ParamSchema("spread", "f64", default=0.0),
            ParamSchema("only", "bool", default=False),
        ),
        exclusive=(("sigma", ("radius_px",)),),
        fallback=(("sigma", "radius_px"), "radius_px", 8.0),
    )


DROP_SHADOW = _shadow("drop_shadow", 4.0, Rgba(0.0, 0.0, 0.0, 192 / 255))
INNER_SHADOW = _shadow("inner_shadow", 4.0, Rgba(0.0, 0.0, 0.0, 192 / 255))
GLOW = _shadow("glow", 0.0, WHITE)
