"""The part of an outline between two fractions of its length."""

from __future__ import annotations

import math

import numpy as np

from wavyte_gpu.raster.arclength import arc_table
from wavyte_gpu.raster.outline import Outline

__all__ = ["trim"]

_NOTHING = 1e-12


def trim(outline: Outline, start: float, end: float, offset: float = 0.0) -> Outline:
    """Return the part of an outline from `start` to `end` of its length.

    The total over all contours in order counts (as After Effects and Lottie trim "individually": one contour after the other
    appears), closing lines included. `start` and `end` are held in 0..1 and exchanged if they come the wrong way round; then
    `offset` moves both along, and what leaves the end comes in at the start. A part that goes over the seam of a closed contour
    is one open contour; a contour that is wholly inside stays closed; dots are left out
    unless all is drawn.

    Args:
        outline: measured once, cut on every call.
        start, end: fractions of the length.
        offset: a fraction too; whole numbers change nothing.

    Raises:
        ValueError: an argument is not finite.
    """
    if not (math.isfinite(start) and math.isfinite(end) and math.isfinite(offset)):
        raise ValueError("the bounds of a trim are finite")
    low, high = (min(max(v, 0.0), 1.0) for v in (start, end))
    low, high = min(low, high), max(low, high)
    if high - low >= 1.0 - _NOTHING:
        return outline
    if high - low <= _NOTHING:
        return Outline.empty()
    table = arc_table(outline)
    total = table.length
    shift = offset - math.floor(offset)
    a, b = (low + shift) * total, (high + shift) * total
    if not b - a > 0.0:
        return Outline.empty()
    if a >= total:
        a, b = a - total, b - total
    if b <= total:
        return table.extract([a], [b])
    b -= total
    if b <= _NOTHING * total:
        return table.extract([a], [total])
    return _around(outline, a, b)


def _around(outline: Outline, a: float, b: float) -> Outline:
    """Return what lies from `a` to the end and from the start to `b` < `a`."""
    table = arc_table(outline)
    ends = table.contour_ends
    of_a = int(np.searchsorted(ends, a, side="right"))
    of_b = int(np.searchsorted(ends, b, side="left"))
    if of_a != of_b or not outline.segments.closed[of_a]:
        return table.extract([a, 0.0], [table.length, b])
    # Both cuts lie in one closed contour: its two parts are one, over the seam.
    first, last = (float(ends[of_a - 1]) if of_a else 0.0), float(ends[of_a])
    parts = [(a, last, False), (first, b, True), (last, table.length, False), (0.0, first, False)]
    parts = [part for part in parts if part[1] > part[0]]
    return table.extract([p[0] for p in parts], [p[1] for p in parts], [p[2] for p in parts])
