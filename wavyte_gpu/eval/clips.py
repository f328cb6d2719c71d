"""Clips to rectangles that need no surface: where no edge is antialiased, what is drawn is cut to whole pixels."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.effects.definition import Clip
from wavyte_gpu.eval.effects import EffectStep
from wavyte_gpu.eval.graph import RenderUnit
from wavyte_gpu.eval.units import crop, union
from wavyte_gpu.foundation.rect import Rect

__all__ = ["cut"]

_STEP = 256.0  # outlines are rounded to 24.8 fixed point
_FAR_PX = 1e6


def cut(step: EffectStep, units: list[RenderUnit]) -> list[RenderUnit] | None:
    """Return what is left of units inside a clip, None where that takes a surface.

    Args:
        step: any stage of a node whose content the units are.
    """
    if not isinstance(step.stage, Clip) or len(step.stage.outline.points) != 4:
        return None
    world, points = step.world, step.stage.outline.points
    x = np.rint((world[0, 0] * points[:, 0] + world[0, 1] * points[:, 1] + world[0, 2]) * _STEP) / _STEP
    y = np.rint((world[1, 0] * points[:, 0] + world[1, 1] * points[:, 1] + world[1, 2]) * _STEP) / _STEP
    if not (np.abs(x) < _FAR_PX).all() or not (np.abs(y) < _FAR_PX).all():
        return None
    bounds = union(units)
    corners = np.array([(bounds.x0, bounds.y0), (bounds.x1, bounds.y0), (bounds.x1, bounds.y1), (bounds.x0, bounds.y1)])
    side_x, side_y = np.roll(x, -1) - x, np.roll(y, -1) - y
    turns = side_x[:, None] * (corners[None, :, 1] - y[:, None]) - side_y[:, None] * (corners[None, :, 0] - x[:, None])
    around = side_x[0] * side_y[1] - side_y[0] * side_x[1]
    if around and (turns * np.sign(around) >= 0.0).all():
        return units
    axes = np.stack([x, y])
    low, high = axes.min(axis=1), axes.max(axis=1)
    upright = ((axes == low[:, None]) | (axes == high[:, None])).all() and abs(around) == (high - low).prod()
    if not upright or (low % 1.0).any() or (high % 1.0).any():
        return None
    return crop(units, Rect(*low.astype(int).tolist(), *high.astype(int).tolist()))
