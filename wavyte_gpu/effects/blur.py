"""Gaussian blur; sigma is half the radius, as in CSS's box-shadow."""

from __future__ import annotations

from wavyte_gpu.effects.definition import EffectDef, ParamSchema

__all__ = ["BLUR"]

BLUR = EffectDef(
    "blur",
    (
        ParamSchema("radius_px", "f64", aliases=("radius", "blur_radius_px", "value"), minimum=0.0),
        ParamSchema("sigma", "f64", minimum=0.0),
        ParamSchema("radius_x", "f64", minimum=0.0),
        ParamSchema("radius_y", "f64", minimum=0.0),
    ),
    "radius_px",
    exclusive=(("sigma", ("radius_px", "radius_x", "radius_y")),),
    fallback=(("sigma", "radius_px", "radius_x", "radius_y"), "radius_px", 8.0),
    note=(
        "sigma",
        "blur_sigma",
        "sigma is radius / 2 here; the v0.3 branch of the original took radius / 3",
        "write `sigma` to choose it",
    ),
)
