"""Strokes as outlines to fill, by Skia's stroker and path operations.

Skia computes in float32 and is compiled C++: the same wheel gives the same outline, another build may differ in the last bits.
Results are therefore rounded to 1/1024 px of the canvas, well above those bits, before anything else sees them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pathops  # type: ignore[import-untyped, unused-ignore]

from wavyte_gpu.raster.dash import Dashed, split_dashes
from wavyte_gpu.raster.flatten import level_scale, scale_level
from wavyte_gpu.raster.outline import Outline, concat
from wavyte_gpu.raster.pieces import cut_contours
from wavyte_gpu.raster.shapes import ellipse, rect
from wavyte_gpu.raster.unite import Budget, Frame, from_skia, to_skia, unite

__all__ = ["Cap", "Join", "stroke"]

F64 = npt.NDArray[np.float64]


class Cap(IntEnum):
    """How open ends look."""

    BUTT = 0
    ROUND = 1
    SQUARE = 2


class Join(IntEnum):
    """How corners look."""

    MITER = 0
    ROUND = 1
    BEVEL = 2


_CAPS = {
    Cap.BUTT: pathops.LineCap.BUTT_CAP,
    Cap.ROUND: pathops.LineCap.ROUND_CAP,
    Cap.SQUARE: pathops.LineCap.SQUARE_CAP,
}
_JOINS = {
    Join.MITER: pathops.LineJoin.MITER_JOIN,
    Join.ROUND: pathops.LineJoin.ROUND_JOIN,
    Join.BEVEL: pathops.LineJoin.BEVEL_JOIN,
}
_ENLARGE = 16.0
"""Skia strokes to within about 1/4 of its unit: a sixteenth of a px is its unit."""
_REACH = float(1 << 22)
"""Skia's coordinates stay below this, so that a quarter of its unit is still more than a bit."""
_GRID = 1024.0
_CONIC_TOLERANCE = 0.125
_MOST_IN_PIECES = 1 << 13  # verbs of a path that is stroked in pieces: 0.1 to 0.6 ms each
_BATCH = 600  # verbs of a stroke that are united at once, about,
_LEAST_PIECE, _MOST_PIECE = 8, 64  # but those of so many verbs of a path at least and at most


def stroke(
    outline: Outline,
    width: float,
    cap: Cap = Cap.BUTT,
    join: Join = Join.MITER,
    miter_limit: float = 4.0,
    dash: Sequence[float] = (),
    dash_offset: float = 0.0,
    scale: float = 1.0,
    budget: Budget | None = None,
) -> Outline:
    """Return the outline of a stroke, overlapping parts united. Fill it by the nonzero rule.

    Closed contours join at their seam. Contours and dashes without length are dots where the cap is round or square.

    Args:
        outline: the path.
        width: px, local like the path's points; 0 draws nothing.
        cap, join: the look of ends and corners.
        miter_limit: at least 1; sharper corners are bevelled (SVG 2, 13.5.5).
        dash, dash_offset: see `split_dashes`.
        scale: the largest singular value of the transform to px; rounded up to a level of `scale_level`.
        budget: for uniting; is spent.

    Raises:
        LimitError: there are too many dashes.
        ValueError: an argument is out of its range.
    """
    if not (0.0 <= width < math.inf and 1.0 <= miter_limit < math.inf):
        raise ValueError("widths are finite and not negative, the limit of miters is at least 1")
    level = scale_level(scale)
    if width == 0.0 or outline.is_empty:
        return Outline.empty()
    parts = split_dashes(outline, dash, dash_offset)
    shapes = _dot_shapes(parts, width, cap)
    if parts.outline.is_empty and not shapes:
        return Outline.empty()
    rounded = level_scale(level + (level & 1))
    frame = _frame(outline, width * max(miter_limit, 2.0), rounded)
    path = to_skia(parts.outline, frame)
    path.stroke(width * frame.unit, _CAPS[cap], _JOINS[join], miter_limit)
    path.convertConicsToQuads(_CONIC_TOLERANCE)
    if shapes:
        path.addPath(to_skia(concat(shapes), frame))
    united = unite(path, frame, _GRID * rounded, rounded, budget=budget)
    if united is not None:
        return united
    plain = from_skia(path, frame, _GRID * rounded)
    count = len(parts.outline.verbs)
    if count > _MOST_IN_PIECES or (budget is not None and budget.left < 0):
        return plain
    most = min(max(_BATCH * count // len(plain.verbs), _LEAST_PIECE), _MOST_PIECE)
    return _in_pieces(parts, width, cap, join, miter_limit, frame, rounded, most, budget)


def _in_pieces(
    parts: Dashed,
    width: float,
    cap: Cap,
    join: Join,
    miter_limit: float,
    frame: Frame,
    scale: float,
    most: int,
    budget: Budget | None,
) -> Outline:
    """Return the outline of a stroke that can't be united at once, united piece by piece.

    Long contours are cut across, and the pieces end flat where they meet: no pixel there counts twice. What is far from each other
    along the path overlaps as it did.

    Args:
        most: verbs of the path that are stroked and united at once.
    """
    out: list[Outline] = []
    batch, size = pathops.Path(), 0

    def finish() -> None:
        nonlocal batch, size
        united = unite(batch, frame, _GRID * scale, scale, budget=budget)
        out.append(from_skia(batch, frame, _GRID * scale) if united is None else united)
        batch, size = pathops.Path(), 0

    for piece in cut_contours(parts.outline, most):
        path = to_skia(piece.outline, frame)
        path.stroke(width * frame.unit, _CAPS[Cap.BUTT if piece.cut else cap], _JOINS[join], miter_limit)
        path.convertConicsToQuads(_CONIC_TOLERANCE)
        batch.addPath(path)
        for at, along in piece.ends:
            for shape in _dot_shapes(Dashed(Outline.empty(), at[None], along[None]), width, cap):
                batch.addPath(to_skia(shape, frame))
        size += len(piece.outline.verbs)
        if size >= most:
            finish()
    for shape in _dot_shapes(parts, width, cap):
        batch.addPath(to_skia(shape, frame))
        size += len(shape.verbs)
        if size >= most:
            finish()
    if size:
        finish()
    return concat(out)


def _dot_shapes(parts: Dashed, width: float, cap: Cap) -> list[Outline]:
    """Return a circle or a turned square for every dot."""
    if cap == Cap.BUTT:
        return []
    r = width * 0.5
    shape = ellipse(0.0, 0.0, r, r) if cap == Cap.ROUND else rect(-r, -r, width, width)
    rows = zip(parts.at.tolist(), parts.along.tolist(), strict=True)
    return [shape.transform([[c, -s, x], [s, c, y]]) for (x, y), (c, s) in rows]


def _frame(outline: Outline, margin: float, scale: float) -> Frame:
    """Return the origin and the size of Skia's unit: whole px, and a power of two."""
    x0, y0, x1, y1 = outline.bounds()
    centre = np.floor(np.array([(x0 + x1) * 0.5, (y0 + y1) * 0.5]))
    reach = max(x1 - x0, y1 - y0) * 0.5 + margin + 1.0
    unit = _ENLARGE * scale
    while unit * reach > _REACH:
        unit *= 0.5
    return Frame(centre, unit)
