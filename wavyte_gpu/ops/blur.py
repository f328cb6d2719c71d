"""Plan a Gaussian blur: the passes, their integer weights and the bounds that each of them writes.

An axis of sigma 3 or less is convolved directly; above, L levels halve it until its sigma is at most 3, and double it again. Cells of all
levels are anchored to canvas px, so bounds never change a pixel.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation import detmath
from wavyte_gpu.foundation.enums import PixelFormat
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.reflect import pass_dtype
from wavyte_gpu.ops.registry import pass_id

__all__ = [
    "BlurPlan",
    "BlurStep",
    "blur_halo",
    "blur_plan",
    "blur_source",
    "fir_weights",
    "levels_of",
]

DIRECT_SIGMA = 3.0
_MOST_LEVELS = 20
_LANE = 4  # texels of a lane of blur_fir

Span = tuple[int, int]  # of texels along an axis, end exclusive


class BlurStep(NamedTuple):
    """One pass over the surface before it. `params` may be shared: it must not be written to."""

    kernel: int
    bounds: Rect
    format: PixelFormat
    params: npt.NDArray[np.void]


class BlurPlan(NamedTuple):
    """The bounds of the result, and the passes that lead to it; without any the source is the result."""

    bounds: Rect
    steps: tuple[BlurStep, ...]


class _Stage(NamedTuple):
    """A pass along `axes` ("x", "y" or "xy"); `radius` is that of a convolution."""

    kind: str
    axes: str
    radius: int = 0
    weights: tuple[int, ...] = ()


def blur_halo(sigma: float) -> int:
    """Return by how many px a blur grows what it blurs: ceil(3 sigma), 0 where its weights leave nothing of it."""
    if sigma < 1.0 and (sigma <= 0.0 or len(fir_weights(sigma)) == 1):
        return 0
    return math.ceil(3.0 * sigma)


def levels_of(sigma: float) -> tuple[int, float]:
    """Return how often an axis is halved, and the sigma of the convolution there."""
    for level in range(_MOST_LEVELS):
        scale = 0.25**level
        rest = math.sqrt(max(sigma * sigma * scale - (5.0 / 6.0) * (1.0 - scale), 0.0))
        if rest <= DIRECT_SIGMA:
            return level, rest
    return _MOST_LEVELS, rest


@lru_cache(maxsize=256)
def fir_weights(sigma: float) -> tuple[int, ...]:
    """Return the weights of a sampled Gaussian, radius ceil(3.5 sigma): even, not negative, their sum 65536."""
    radius = math.ceil(3.5 * sigma)
    wide = np.arange(-math.ceil(9.0 * sigma) - 1, math.ceil(9.0 * sigma) + 2, dtype=np.float64)
    total = float(sum(detmath.exp(-0.5 * wide * wide / (sigma * sigma)).tolist()))
    side = detmath.exp(-0.5 * np.arange(1, radius + 1, dtype=np.float64) ** 2 / (sigma * sigma)) / total
    q = [2 * int(v) for v in np.floor(side * 32768.0 + 0.5)]
    while q and q[-1] == 0:
        q.pop()
    return (*reversed(q), 65536 - 2 * sum(q), *q)


def blur_plan(sigma_x: float, sigma_y: float, content: Rect, needed: Rect, *, alpha: bool = False) -> BlurPlan:
    """Plan a blur.

    Args:
        sigma_x, sigma_y: in px, finite; 0 leaves an axis alone.
        content: px that may hold something. needed: px whose result is asked for.
        alpha: blur the alpha channel alone; the result is ALPHA16 instead of RGBA8_PREMUL.

    Returns:
        bounds: content grown by ceil(3 sigma), inside `needed`; their first row may lie one px above.
    """
    hx, hy = blur_halo(sigma_x), blur_halo(sigma_y)
    bounds = Rect(content.x0 - hx, content.y0 - hy, content.x1 + hx, content.y1 + hy).intersect(needed)
    stages = _stages(sigma_x, sigma_y)
    if bounds.empty or not stages:
        return BlurPlan(bounds, ())
    wanted = [bounds]
    for stage in reversed(stages):
        if stage.kind == "up" and "y" in stage.axes:  # its lanes write pairs of rows
            r = wanted[0]
            wanted[0] = Rect(r.x0, r.y0 & ~1, r.x1, r.y1)
        wanted.insert(0, _map(stage, wanted[0], _source))
    held = content
    steps = []
    for i, stage in enumerate(stages):
        held = _map(stage, held, _reach)
        last = i + 1 == len(stages)
        area = wanted[i + 1] if last else wanted[i + 1].intersect(held)
        if area.empty:  # the source does not reach as far: one px of nothing
            area = Rect(wanted[i + 1].x0, wanted[i + 1].y0, wanted[i + 1].x0 + 1, wanted[i + 1].y0 + 1)
        if stage.kind == "up" and "y" in stage.axes:
            area = Rect(area.x0, area.y0 & ~1, area.x1, area.y1)
        wide = PixelFormat.ALPHA16 if alpha else PixelFormat.RGBA16_PREMUL
        steps.append(
            BlurStep(
                pass_id(f"blur_{stage.kind}_{stage.axes}"),
                area,
                PixelFormat.RGBA8_PREMUL if last and not alpha else wide,
                _params(stage),
            )
        )
    return BlurPlan(steps[-1].bounds, tuple(steps))


def blur_source(sigma_x: float, sigma_y: float, needed: Rect) -> Rect:
    """Return the px that a blur reads to make those that are needed; content beyond them changes none of these."""
    for stage in reversed(_stages(sigma_x, sigma_y)):
        if stage.kind == "up" and "y" in stage.axes:
            needed = Rect(needed.x0, needed.y0 & ~1, needed.x1, needed.y1)
        needed = _map(stage, needed, _source)
    return needed


def _stages(sigma_x: float, sigma_y: float) -> list[_Stage]:
    levels: dict[str, int] = {}
    fir = []
    for axis, sigma in (("x", sigma_x), ("y", sigma_y)):
        levels[axis], rest = levels_of(sigma) if sigma > 0.0 else (0, 0.0)
        weights = fir_weights(rest) if rest > 0.0 else (65536,)
        if len(weights) > 1:
            fir.append(_Stage("fir", axis, len(weights) // 2, weights))
    steps = ["".join(a for a in "xy" if k < levels[a]) for k in range(max(levels.values()))]
    return [*(_Stage("down", axes) for axes in steps), *fir, *(_Stage("up", axes) for axes in reversed(steps))]


def _map(stage: _Stage, r: Rect, span: object) -> Rect:
    """Return the rectangle whose axes went through `span` where the stage works along them."""
    assert callable(span)
    x = span(stage, (r.x0, r.x1)) if "x" in stage.axes else (r.x0, r.x1)
    y = span(stage, (r.y0, r.y1)) if "y" in stage.axes else (r.y0, r.y1)
    return Rect(x[0], y[0], x[1], y[1])


def _source(stage: _Stage, s: Span) -> Span:
    """Return what a stage reads to write a span."""
    match stage.kind:
        case "down":
            return 2 * s[0] - 2, 2 * s[1] + 2
        case "up":
            return (s[0] >> 1) - 1, ((s[1] - 1) >> 1) + 2
    return s[0] - stage.radius, s[1] + stage.radius


def _reach(stage: _Stage, s: Span) -> Span:
    """Return where the result of a stage may differ from 0 if its source does in a span."""
    match stage.kind:
        case "down":
            return (s[0] - 2) >> 1, ((s[1] + 1) >> 1) + 1
        case "up":
            return 2 * s[0] - 2, 2 * s[1] + 2
    return s[0] - stage.radius, s[1] + stage.radius


@lru_cache(maxsize=256)
def _params(stage: _Stage) -> npt.NDArray[np.void]:
    p = np.zeros((), pass_dtype(pass_id(f"blur_{stage.kind}_{stage.axes}")))
    if stage.kind == "fir":
        p["size"][0] = stage.radius
        half = np.zeros((_LANE, len(stage.weights) + _LANE - 1), np.int32)  # of each texel that a lane reads, for each that it writes
        for k in range(_LANE):
            half[k, k : k + len(stage.weights)] = stage.weights
        half = half[:, : half.shape[1] // 2] // 2
        taps = (half[0] + half[3], half[0] - half[3], half[1] + half[2], half[1] - half[2])
        p["taps"][: half.shape[1]] = np.transpose(taps)
    return p
