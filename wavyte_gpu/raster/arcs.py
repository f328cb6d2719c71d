"""Elliptical arcs of path data as cubics (SVG 2, appendix B.2.4: conversion from endpoint to centre parameterization)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation import detmath
from wavyte_gpu.raster.outline import POINTS_OF, Verb

__all__ = ["ARC", "expand_arcs"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

ARC = 5
"""A verb of unfinished outlines: an arc to its one point."""
_TAKES = np.append(POINTS_OF, 1)
_STEP = 0.7853981633974483  # 45 degrees: off the ellipse by at most 4.3e-6 of the radius


def expand_arcs(points: F64, verbs: npt.NDArray[np.uint8], arcs: F64) -> tuple[F64, npt.NDArray[np.uint8]]:
    """Replace every `ARC` verb by cubics.

    Args:
        points: (P, 2).
        verbs: (V,), `ARC` taking one point, the end of the arc; the point before it is its start.
        arcs: (A, 5): rx, ry (positive), rotation in degrees, large-arc flag, sweep flag of each arc in order.
    """
    is_arc = verbs == ARC
    takes = _TAKES[verbs]
    first = np.cumsum(takes) - takes
    end_at = first[is_arc]
    start, end = points[end_at - 1], points[end_at]
    controls, pieces = _cubics(start, end, arcs)
    repeats = np.ones(len(verbs), np.int64)
    repeats[is_arc] = pieces
    out_verbs = np.repeat(np.where(is_arc, Verb.CUBIC, verbs), repeats).astype(np.uint8)
    point_repeats = np.ones(len(points), np.int64)
    point_repeats[end_at] = 3 * pieces
    out = np.repeat(points, point_repeats, axis=0)
    of_arc = np.zeros(len(points), np.bool_)
    of_arc[end_at] = True
    out[np.repeat(of_arc, point_repeats)] = controls
    return out, out_verbs


def _cubics(start: F64, end: F64, arcs: F64) -> tuple[F64, I64]:
    """Return control points (sum of 3 n, 2) of all arcs, and n of each."""
    rx, ry, large, sweep = arcs[:, 0], arcs[:, 1], arcs[:, 3] != 0.0, arcs[:, 4] != 0.0
    quarter_turns = np.remainder(arcs[:, 2], 360.0) / 180.0
    sin, cos = detmath.sinpi(quarter_turns), detmath.cospi(quarter_turns)
    # Half the chord, in the ellipse's axes (B.2.4, step 1).
    hx, hy = (start[:, 0] - end[:, 0]) * 0.5, (start[:, 1] - end[:, 1]) * 0.5
    ux, uy = (cos * hx + sin * hy) / rx, (cos * hy - sin * hx) / ry
    size = ux * ux + uy * uy
    # Radii that do not reach are scaled up (B.2.5, step 3).
    grow = np.sqrt(np.maximum(size, 1.0))
    rx, ry, ux, uy = rx * grow, ry * grow, ux / grow, uy / grow
    size = ux * ux + uy * uy
    # The centre in the unit circle of the ellipse (step 2): the chord's middle, moved across the chord.
    off = np.sqrt(np.maximum(1.0 / size - 1.0, 0.0))
    off = np.where(large == sweep, -off, off)
    vx, vy = off * uy, -off * ux
    theta = detmath.atan2(uy - vy, ux - vx)
    delta = detmath.atan2(-uy - vy, -ux - vx) - theta
    turn = 2.0 * np.pi
    delta = np.where(sweep & (delta < 0.0), delta + turn, np.where(~sweep & (delta > 0.0), delta - turn, delta))
    n = np.maximum(np.ceil(np.abs(delta) / _STEP - 1e-9), 1.0).astype(np.int64)
    # One row for each cubic: its two ends on the unit circle and the length of its handles.
    arc = np.repeat(np.arange(len(n)), n)
    k = np.arange(len(arc)) - np.repeat(np.cumsum(n) - n, n)
    step = (delta / n)[arc]
    sin0, cos0 = detmath.sincos(theta[arc] + step * k)
    sin1, cos1 = detmath.sincos(theta[arc] + step * (k + 1))
    handle = detmath.tan(step * 0.25) * (4.0 / 3.0)
    unit = np.empty((len(arc), 3, 2))
    unit[:, 0, 0], unit[:, 0, 1] = cos0 - handle * sin0, sin0 + handle * cos0
    unit[:, 1, 0], unit[:, 1, 1] = cos1 + handle * sin1, sin1 - handle * cos1
    unit[:, 2, 0], unit[:, 2, 1] = cos1, sin1
    centre = (start + end) * 0.5
    x, y = (unit[:, :, 0] + vx[arc, None]) * rx[arc, None], (unit[:, :, 1] + vy[arc, None]) * ry[arc, None]
    c, s = cos[arc, None], sin[arc, None]
    out = np.stack([c * x - s * y + centre[arc, None, 0], s * x + c * y + centre[arc, None, 1]], axis=-1)
    last = np.cumsum(n) - 1
    out[last, 2] = end
    return out.reshape(-1, 2), n
