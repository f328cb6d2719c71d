"""Plan a shadow: the passes that spread, blur, move and colour an alpha."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.enums import PixelFormat
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.blur import BlurStep, blur_halo, blur_plan, blur_source
from wavyte_gpu.ops.reflect import pass_dtype
from wavyte_gpu.ops.registry import pass_id

__all__ = ["ShadowPlan", "shadow_margins", "shadow_plan"]

_MAX_SPREAD_PX = 4096.0


class ShadowPlan(NamedTuple):
    """Passes over the content that end in its alpha, and the last one, which takes that alpha and, if `reads_content`, the content."""

    steps: tuple[BlurStep, ...]
    last: BlurStep
    reads_content: bool


def shadow_margins(offset: tuple[float, float], sigma: float, spread: float) -> Rect:
    """Return how many px a drop shadow reaches beyond its content: left, top, right, bottom; none below 0."""
    grow = blur_halo(sigma) + math.ceil(max(spread, 0.0))
    left, right = grow - math.floor(offset[0]), grow + math.ceil(offset[0])
    top, bottom = grow - math.floor(offset[1]), grow + math.ceil(offset[1])
    return Rect(max(left, 0), max(top, 0), max(right, 0), max(bottom, 0))


def shadow_plan(
    content: Rect,
    bounds: Rect,
    *,
    offset: tuple[float, float],
    sigma: float,
    spread: float,
    color: int,
    inner: bool = False,
    only: bool = False,
) -> ShadowPlan:
    """Plan a shadow of content.

    Args:
        content: px that may hold something. bounds: of the result, not empty.
        offset: px that the shadow moves by; parts of a px are interpolated.
        sigma: of its blur in px. spread: px by which the shape grows before it is blurred, by a square as in SVG's feMorphology and
            the shadow of a CSS box; below 0 it shrinks.
        color: premultiplied pixel. inner: the shadow of what is outside falls on the content. only: leave the content out.
    """
    fixed = [int(np.floor(v * 256.0 + 0.5)) for v in offset]
    dx, dy = fixed[0] >> 8, fixed[1] >> 8
    needed = Rect(bounds.x0 - dx - 1, bounds.y0 - dy - 1, bounds.x1 - dx, bounds.y1 - dy)
    steps: list[BlurStep] = []
    held = content
    if int(np.floor(abs(spread) * 256.0 + 0.5)):
        read = blur_source(sigma, sigma, needed)
        steps += _spread_steps(held, read, min(max(spread, -_MAX_SPREAD_PX), _MAX_SPREAD_PX))
        held = steps[-1].bounds
    blur = blur_plan(sigma, sigma, held, needed, alpha=True)
    if not blur.bounds.empty:
        steps += blur.steps
    reads = inner or not only
    kernel = pass_id("shadow_" + ("inner_only" if only else "inner") if inner else "shadow_only" if only else "shadow")
    params = np.zeros((), pass_dtype(kernel))
    params["offset"] = (dx, dy, fixed[0] & 255, fixed[1] & 255)
    params["color"][0] = color
    return ShadowPlan(tuple(steps), BlurStep(kernel, bounds, PixelFormat.RGBA8_PREMUL, params), reads)


def _grow(r: Rect, x: int, y: int) -> Rect:
    return Rect(r.x0 - x, r.y0 - y, r.x1 + x, r.y1 + y)


def _spread_steps(held: Rect, needed: Rect, spread: float) -> list[BlurStep]:
    """Return the passes along x and y; what is not read is not made."""
    fixed = int(np.floor(abs(spread) * 256.0 + 0.5))
    reach = -(-fixed >> 8) if spread > 0.0 else 0
    out = []
    for axis in "xy":
        kernel = pass_id(f"spread_{axis}")
        held = _grow(held, reach if axis == "x" else 0, reach if axis == "y" else 0)
        rows = 0 if axis == "y" else (fixed >> 8) + 1
        area = held.intersect(_grow(needed, 0, rows))
        if area.empty:
            area = Rect(needed.x0, needed.y0, needed.x0 + 1, needed.y0 + 1)
        params: npt.NDArray[np.void] = np.zeros((), pass_dtype(kernel))
        params["size"][:3] = (fixed >> 8, fixed & 255, 0 if spread > 0.0 else 65280)
        out.append(BlurStep(kernel, area, PixelFormat.ALPHA16, params))
    return out
