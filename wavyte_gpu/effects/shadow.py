"""Shadows and glows: the content's alpha, grown, blurred, moved and coloured, under the content or inside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.effects.blur import MAX_SIGMA_PX, world_scale
from wavyte_gpu.effects.definition import EffectDef, PassBuilder, Stage, Surface
from wavyte_gpu.foundation.colour import WHITE, Rgba
from wavyte_gpu.foundation.params import ParamSchema
from wavyte_gpu.foundation.rect import NOWHERE, Rect
from wavyte_gpu.ops.blur import blur_source
from wavyte_gpu.ops.registry import pass_kernel
from wavyte_gpu.ops.shadow import shadow_margins, shadow_plan

__all__ = ["DROP_SHADOW", "GLOW", "INNER_SHADOW", "Shadow"]

F64 = npt.NDArray[np.float64]

_MAX_REACH_PX = 4096.0


class Shadow(NamedTuple):
    """A shadow; lengths are node-local px, the colour a premultiplied pixel."""

    offset: tuple[float, float]
    sigma: float
    spread: float
    color: int
    inner: bool
    only: bool

    def _placed(self, world: F64) -> tuple[tuple[float, float], float, float]:
        """Return offset, sigma and spread in canvas px."""
        (x, y), scale = self.offset, world_scale(world)
        (a, c), (b, d) = world[:, :2].tolist()
        offset = (_bounded(a * x + c * y), _bounded(b * x + d * y))
        return offset, min(self.sigma * scale, MAX_SIGMA_PX), _bounded(self.spread * scale)

    def margins(self, world: F64) -> Rect:
        return NOWHERE if self.inner else shadow_margins(*self._placed(world))

    def reads(self, world: F64, needed: Rect) -> Rect:
        offset, sigma, spread = self._placed(world)
        reach = shadow_margins(offset, sigma, abs(spread))
        read = blur_source(sigma, sigma, needed)
        # What reaches px to the right of the content is made of content as far to the left.
        return read.union(read.grow(Rect(reach.x1, reach.y1, reach.x0, reach.y0)))

    def emit(self, build: PassBuilder, content: Surface, world: F64, bounds: Rect) -> Surface:
        offset, sigma, spread = self._placed(world)
        plan = shadow_plan(
            build.bounds(content),
            bounds,
            offset=offset,
            sigma=sigma,
            spread=spread,
            color=self.color,
            inner=self.inner,
            only=self.only,
        )
        alpha = content
        for step in plan.steps:
            alpha = build.run(pass_kernel(step.kernel).name, [alpha], step.bounds, step.params, step.format)
        last = plan.last
        inputs = [alpha, content] if plan.reads_content else [alpha]
        return build.run(pass_kernel(last.kernel).name, inputs, last.bounds, last.params, last.format)


def _bounded(length: float) -> float:
    return min(max(length, -_MAX_REACH_PX), _MAX_REACH_PX) if length == length else 0.0


def _lower(inner: bool) -> Callable[[Any], tuple[Stage, ...]]:
    def lower(v: Any) -> tuple[Stage, ...]:
        r, g, b, a = (int(np.floor(255.0 * min(max(channel, 0.0), 1.0) + 0.5)) for channel in v.color)
        if a == 0 and not v.only:
            return ()
        sigma = v.sigma if v.sigma is not None else 0.5 * (v.radius_px or 0.0)
        return (Shadow(v.offset, max(sigma, 0.0), v.spread, r | g << 8 | b << 16 | a << 24, inner, v.only),)

    return lower


def _shadow(kind: str, offset: float, colour: Rgba, *, inner: bool = False) -> EffectDef:
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
        lower=_lower(inner),
        exclusive=(("sigma", ("radius_px",)),),
        fallback=(("sigma", "radius_px"), "radius_px", 8.0),
    )


DROP_SHADOW = _shadow("drop_shadow", 4.0, Rgba(0.0, 0.0, 0.0, 192 / 255))
INNER_SHADOW = _shadow("inner_shadow", 4.0, Rgba(0.0, 0.0, 0.0, 192 / 255), inner=True)
GLOW = _shadow("glow", 0.0, WHITE)
