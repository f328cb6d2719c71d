"""Effects without passes of their own: opacity, a transform after the node's own, and clips."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from wavyte_gpu.effects.definition import Affine, Clip, EffectDef, Opacity, Stage
from wavyte_gpu.foundation import detmath
from wavyte_gpu.foundation.params import ParamSchema
from wavyte_gpu.raster.overlaps import apart
from wavyte_gpu.raster.shapes import rounded_rect
from wavyte_gpu.raster.svg_path import parse_path

__all__ = ["CLIP_PATH", "CLIP_RECT", "OPACITY_MUL", "TRANSFORM_POST"]

_FAR_PX = 1e9


def _opacity(v: Any) -> tuple[Stage, ...]:
    return () if v.value >= 1.0 else (Opacity(max(v.value, 0.0)),)


def _transform(v: Any) -> tuple[Stage, ...]:
    """Return T R S."""
    if v.affine is not None:
        return (Affine(*v.affine),)
    x, y = v.translate or (0.0, 0.0)
    angle = v.rotation_rad or 0.0 if v.rotation_deg is None else v.rotation_deg * (math.pi / 180.0)
    sx, sy = v.scale or (1.0, 1.0)
    sin, cos = (float(n) for n in detmath.sincos(angle)) if angle else (0.0, 1.0)
    made = Affine(cos * sx, sin * sx, -sin * sy, cos * sy, x, y)
    return () if made == (1.0, 0.0, 0.0, 1.0, 0.0, 0.0) else (made,)


def _clip_rect(v: Any) -> tuple[Stage, ...]:
    x, y, width, height, radius = (min(max(n, -_FAR_PX), _FAR_PX) for n in (*v.rect, v.radius))
    return (Clip(rounded_rect(x, y, max(width, 0.0), max(height, 0.0), max(radius, 0.0)), False),)


@lru_cache(maxsize=256)
def _clip_path(data: str, even_odd: bool) -> tuple[Stage, ...]:
    """Parse path data once, not in every frame."""
    return (Clip(*apart(parse_path(data), even_odd)),)


OPACITY_MUL = EffectDef("opacity_mul", (ParamSchema("value", "f64", required=True),), "value", _opacity)

TRANSFORM_POST = EffectDef(
    "transform_post",
    (
        ParamSchema("affine", "list", count=6),
        ParamSchema("translate", "vec2"),
        ParamSchema("rotation_deg", "f64"),
        ParamSchema("rotation_rad", "f64"),
        ParamSchema("scale", "vec2", uniform=True),
    ),
    lower=_transform,
    exclusive=(("affine", ("translate", "rotation_deg", "rotation_rad", "scale")), ("rotation_deg", ("rotation_rad",))),
)

CLIP_RECT = EffectDef(
    "clip_rect",
    (
        ParamSchema("rect", "f64", required=True, count=4),
        ParamSchema("radius", "f64", aliases=("radius_px",), default=0.0, minimum=0.0),
    ),
    "rect",
    _clip_rect,
)

_RULES = (("nonzero", "nonzero"), ("evenodd", "evenodd"), ("even_odd", "evenodd"), ("non_zero", "nonzero"))

CLIP_PATH = EffectDef(
    "clip_path",
    (
        ParamSchema("path", "path", required=True, aliases=("svg_path_d",)),
        ParamSchema("fill_rule", "string", default="nonzero", choices=_RULES),
    ),
    "path",
    lambda v: _clip_path(v.path, v.fill_rule == "evenodd"),
)
