"""Rectangles and ellipses as outlines. All run clockwise on the screen (y down)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.raster.outline import Outline, Verb

__all__ = ["ellipse", "rect", "rounded_rect"]

_COS45 = 0.7071067811865476
_KAPPA = 0.2652164898395440
"""4/3 tan(pi/16): handles of a cubic over 45 degrees, off the circle by at most 4.3e-6 of the radius."""

# An eighth after another from the angle 0 on, clockwise with y down: 3 control points each.
_NEAR = _COS45 - _COS45 * _KAPPA
_FAR = _COS45 + _COS45 * _KAPPA
_QUADRANT = np.array([(1.0, _KAPPA), (_FAR, _NEAR), (_COS45, _COS45), (_NEAR, _FAR), (_KAPPA, 1.0), (0.0, 1.0)])


def _corner(quarter: int) -> npt.NDArray[np.float64]:
    """Return the six points of a quarter of the unit circle after its start at angle `quarter` * 90 degrees."""
    x, y = _QUADRANT[:, 0], _QUADRANT[:, 1]
    return np.stack(((x, y), (-y, x), (-x, -y), (y, -x))[quarter], axis=1)


def rect(x: float, y: float, width: float, height: float) -> Outline:
    """Return a rectangle, from its top-left corner.

    Args:
        x, y, width, height: px; sizes are not negative.
    """
    _check(width, height)
    points = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float64)
    verbs = np.array([Verb.MOVE, Verb.LINE, Verb.LINE, Verb.LINE, Verb.CLOSE], np.uint8)
    return Outline(points, verbs)


def rounded_rect(x: float, y: float, width: float, height: float, radius: float) -> Outline:
    """Return a rectangle with round corners of `radius`, at most half of the shorter side."""
    _check(width, height, radius)
    r = min(radius, width * 0.5, height * 0.5)
    if r <= 0.0:
        return rect(x, y, width, height)
    x1, y1 = x + width, y + height
    # Where each side starts, and the centre of the arc that ends it.
    sides = (
        ((x1 - r, y), (x1 - r, y + r), 3),
        ((x1, y1 - r), (x1 - r, y1 - r), 0),
        ((x + r, y1), (x + r, y1 - r), 1),
        ((x, y + r), (x + r, y + r), 2),
    )
    points = [np.array([(x + r, y)])]
    verbs: list[int] = [Verb.MOVE]
    for end, centre, quarter in sides:
        points += [np.array([end]), np.array(centre) + r * _corner(quarter)]
        points[-1][-1] = _end_of(quarter, centre, r, (x, y, x1, y1))
        verbs += [Verb.LINE, Verb.CUBIC, Verb.CUBIC]
    return Outline(np.concatenate(points), np.array([*verbs, Verb.CLOSE], np.uint8))


def _end_of(
    quarter: int, centre: tuple[float, float], r: float, box: tuple[float, float, float, float]
) -> tuple[float, float]:
    """Return where a corner's arc meets the next side: on the side itself, not a rounding away."""
    cx, cy = centre
    ends = ((cx, box[3]), (box[0], cy), (cx, box[1]), (box[2], cy))
    return ends[quarter]


def ellipse(cx: float, cy: float, rx: float, ry: float) -> Outline:
    """Return an ellipse by eight cubics, from its rightmost point, off by at most 4.3e-6 of the radius.

    Args:
        cx, cy: centre in px.
        rx, ry: radii in px, not negative.
    """
    _check(rx, ry)
    unit = np.concatenate([[(1.0, 0.0)], *(_corner(q) for q in range(4))])
    points = np.array((cx, cy), np.float64) + unit * np.array((rx, ry), np.float64)
    return Outline(points, np.array([Verb.MOVE, *[Verb.CUBIC] * 8, Verb.CLOSE], np.uint8))


def _check(*sizes: float) -> None:
    if not all(size >= 0.0 for size in sizes):
        raise ValueError("sizes must not be negative")
