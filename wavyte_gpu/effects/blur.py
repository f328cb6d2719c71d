"""Gaussian blur; sigma is half the radius, as in CSS's box-shadow."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.effects.definition import EffectDef, PassBuilder, Stage, Surface
from wavyte_gpu.foundation.params import ParamSchema
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.blur import blur_halo, blur_plan, blur_source
from wavyte_gpu.ops.registry import pass_kernel

__all__ = ["BLUR", "MAX_SIGMA_PX", "Blur", "world_scale"]

MAX_SIGMA_PX = 512.0  # on the canvas; what is blurred more counts as that


def world_scale(world: npt.NDArray[np.float64]) -> float:
    """Return the geometric mean of a transform's two scales, 0 where it has none, at most 1e100."""
    (a, c), (b, d) = world[:, :2].tolist()
    square = abs(a * d - c * b)
    return min(math.sqrt(square), 1e100) if square == square else 0.0


class Blur(NamedTuple):
    """A blur by sigmas in node-local px. Unequal ones turn with the node, as far as the axes of the canvas can tell."""

    sigma_x: float
    sigma_y: float

    def _sigmas(self, world: npt.NDArray[np.float64]) -> tuple[float, float]:
        scale = world_scale(world)
        x, y = self.sigma_x, self.sigma_y
        if x != y:
            a, b = abs(float(world[0, 0])), abs(float(world[1, 0]))
            largest = max(a, b)
            a, b = (a / largest, b / largest) if 0.0 < largest < math.inf else (1.0, 0.0)
            cos2 = a * a / (a * a + b * b)
            x, y = (math.sqrt(x * x * c + y * y * (1.0 - c)) for c in (cos2, 1.0 - cos2))
        return min(x * scale, MAX_SIGMA_PX), min(y * scale, MAX_SIGMA_PX)

    def margins(self, world: npt.NDArray[np.float64]) -> Rect:
        x, y = (blur_halo(sigma) for sigma in self._sigmas(world))
        return Rect(x, y, x, y)

    def reads(self, world: npt.NDArray[np.float64], needed: Rect) -> Rect:
        return blur_source(*self._sigmas(world), needed)

    def emit(self, build: PassBuilder, content: Surface, world: npt.NDArray[np.float64], bounds: Rect) -> Surface:
        for step in blur_plan(*self._sigmas(world), build.bounds(content), bounds).steps:
            content = build.run(pass_kernel(step.kernel).name, [content], step.bounds, step.params, step.format)
        return content


def _lower(v: Any) -> tuple[Stage, ...]:
    both = v.sigma if v.sigma is not None else 0.5 * (v.radius_px or 0.0)
    x = both if v.radius_x is None else 0.5 * v.radius_x
    y = both if v.radius_y is None else 0.5 * v.radius_y
    return (Blur(x, y),) if x > 0.0 or y > 0.0 else ()


BLUR = EffectDef(
    "blur",
    (
        ParamSchema("radius_px", "f64", aliases=("radius", "blur_radius_px", "value"), minimum=0.0),
        ParamSchema("sigma", "f64", minimum=0.0),
        ParamSchema("radius_x", "f64", minimum=0.0),
        ParamSchema("radius_y", "f64", minimum=0.0),
    ),
    "radius_px",
    _lower,
    exclusive=(("sigma", ("radius_px", "radius_x", "radius_y")),),
    fallback=(("sigma", "radius_px", "radius_x", "radius_y"), "radius_px", 8.0),
    note=(
        "sigma",
        "blur_sigma",
        "sigma is radius / 2 here; the v0.3 branch of the original took radius / 3",
        "write `sigma` to choose it",
    ),
)
