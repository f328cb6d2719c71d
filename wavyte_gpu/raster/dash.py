"""Dashes: an outline cut into pieces by a pattern of lengths (SVG 2, 13.5.6, `stroke-dasharray`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.raster.arclength import arc_table
from wavyte_gpu.raster.outline import POINTS_OF, Outline, Verb

__all__ = ["MAX_DASHES", "Dashed", "dots", "split_dashes"]

F64 = npt.NDArray[np.float64]

MAX_DASHES = 100_000


class Dashed(NamedTuple):
    """What is left of an outline to stroke.

    Attributes:
        outline: contours that have a length.
        at: (D, 2) float64, where dots are: dashes or contours without length.
        along: (D, 2) float64, the direction of the path there.
    """

    outline: Outline
    at: F64
    along: F64


def split_dashes(outline: Outline, dash: Sequence[float], offset: float) -> Dashed:
    """Cut an outline into dashes. The pattern starts anew with each contour; dashes do not join over a closed contour's seam.

    Args:
        outline: what to cut.
        dash: lengths in px, on and off in turn, not negative; an odd number counts twice. None or a sum of 0: no dashes.
        offset: px into the pattern where a contour starts.

    Raises:
        LimitError: more than MAX_DASHES dashes.
    """
    if not all(0.0 <= v < math.inf for v in dash) or not math.isfinite(offset):
        raise ValueError("the lengths of dashes are finite and not negative")
    pattern = np.array([*dash, *dash] if len(dash) % 2 else dash, np.float64)
    ends = np.cumsum(pattern)
    period = float(ends[-1]) if len(ends) else 0.0
    if not period > 0.0:
        return dots(outline)
    table = arc_table(outline)
    stops = table.contour_ends
    begins = np.append(0.0, stops[:-1]) if len(stops) else stops
    lengths = stops - begins
    shift = offset - math.floor(offset / period) * period
    wanted = float((lengths / period + 2.0).sum()) * (len(pattern) / 2)
    if wanted > MAX_DASHES + 2 * len(lengths) * len(pattern):
        raise LimitError(f"a path has about {wanted:.0f} dashes; allowed: {MAX_DASHES}")
    # Every dash of every period that touches a contour, cut to it.
    periods = np.floor((lengths + shift) / period).astype(np.int64) + 1
    contour = np.repeat(np.arange(len(lengths)), periods)
    turn = np.arange(len(contour)) - np.repeat(np.cumsum(periods) - periods, periods)
    origin = turn * period - shift
    on, off = (ends - pattern)[::2], ends[::2]
    first = (origin[:, None] + on).reshape(-1)
    last = (origin[:, None] + off).reshape(-1)
    contour = np.repeat(contour, len(on))
    limit = lengths[contour]
    points = (first == last) & (first >= 0.0) & (first <= limit) & (limit > 0.0)
    drawn = (last > 0.0) & (first < limit) & (last > first)
    base = begins[contour]
    a, b = base + np.maximum(first, 0.0), base + np.minimum(last, limit)
    drawn &= b > a
    pieces = table.extract(a[drawn], np.minimum(b[drawn], table.length))
    at, along = table.points_at(a[points]) if points.any() else (np.zeros((0, 2)), np.zeros((0, 2)))
    alone = dots(outline)
    return Dashed(pieces, np.concatenate([at, alone.at]), np.concatenate([along, alone.along]))


def dots(outline: Outline) -> Dashed:
    """Set the contours without length apart: SVG draws them where caps are round or square, as if they ran along x."""
    segments = outline.segments
    moves = outline.verbs == Verb.MOVE
    contour = np.cumsum(moves) - 1
    drawn = np.zeros(len(segments.closed), np.bool_)
    drawn[contour[~moves]] = True
    long = np.zeros(len(segments.closed), np.bool_)
    moved = (segments.points[:, 1:] != segments.points[:, :1]).any(axis=(1, 2))
    long[segments.contour[moved]] = True
    of_point = np.repeat(contour, POINTS_OF[outline.verbs])
    starts = np.flatnonzero(np.diff(of_point, prepend=-1))
    at = outline.points[starts][drawn & ~long]
    along = np.zeros_like(at)
    along[:, 0] = 1.0
    if long.all():
        return Dashed(outline, at, along)
    return Dashed(Outline(outline.points[long[of_point]], outline.verbs[long[contour]]), at, along)
