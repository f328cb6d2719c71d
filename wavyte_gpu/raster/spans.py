"""Outlines as the ends of their edges on the canvas: what both kinds of binning start from, on the host and on the GPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.rect import SHAPE_TILE, Rect
from wavyte_gpu.ops.quantise import edges_between

__all__ = ["MOST_EDGES", "Placed", "ShapeSpans", "count_entries", "crowded", "live_edges", "polygon_spans"]

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Edges = npt.NDArray[np.void]

MOST_EDGES = 1 << 15  # of a tile that draws them one by one: some drivers end loops after twice as many
_FAR_PX = 16000.0  # beyond it neither 22.10 vertices nor 16.16 crossings hold a coordinate
_SHIFT = (SHAPE_TILE * 256).bit_length() - 1
_STRIP = 1 << 13  # points that are worked on at once: their arrays stay in the cache
_LONG = 2000  # points: a shape that has more is worked on alone


@dataclass(slots=True, eq=False)
class ShapeSpans:
    """One shape over a region, not yet sorted into tiles.

    Attributes:
        spans: (4, E) int32, x0, y0, x1, y1 of every edge in 24.8 canvas px, in the contour's direction. Some may have no height or
            lie outside the region: they do not count.
        region: canvas px, not empty; its corner is the corner of tile (0, 0).
        even_odd: the fill rule.
        entries: how often its edges touch tiles at most; of a shape that the backend sorts.
        count: of its spans. columns, rows, tile_count: of the tiles that are looked at.
    """

    spans: I32
    region: Rect
    even_odd: bool
    entries: int = 0
    count: int = field(init=False)
    columns: int = field(init=False)
    rows: int = field(init=False)
    tile_count: int = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.spans[0])
        self.columns = -(-self.region.width // SHAPE_TILE)
        self.rows = -(-self.region.height // SHAPE_TILE)
        self.tile_count = self.columns * self.rows

    @property
    def edges(self) -> Edges:
        """(E,) of EDGE_DTYPE, those that count."""
        return live_edges([self])[0]


class Placed(NamedTuple):
    """Closed polygons, where and how they are drawn.

    Attributes:
        points: (N, 2) float64; contour c is points[offsets[c]:offsets[c + 1]].
        world: (2, 3) float64, from points to canvas px; None where they are that.
        region: canvas px, not empty. even_odd: the fill rule.
    """

    points: F64
    offsets: I64
    region: Rect
    even_odd: bool = False
    world: F64 | None = None


def polygon_spans(shapes: Sequence[Placed]) -> list[ShapeSpans]:
    """Return the edges of many shapes, each over its own region."""
    long = [i for i, s in enumerate(shapes) if len(s.points) > _LONG]
    short = [i for i, s in enumerate(shapes) if len(s.points) <= _LONG]
    made = dict(zip(short, _short_spans([shapes[i] for i in short]), strict=True))
    made.update({i: _spans(shapes[i]) for i in long})
    return [made[i] for i in range(len(shapes))]


def count_entries(shapes: Sequence[ShapeSpans]) -> None:
    """Set `entries` of shapes: an edge over w x h tiles touches at most w + 2h + 7, where rounding is against it."""
    counts = np.array([s.count for s in shapes], np.int64)
    spans = _joined([s.spans for s in shapes])
    reach = np.abs(spans[2:] - spans[:2]) >> _SHIFT
    sums = np.zeros((2, len(shapes)), np.int64)
    used = counts > 0
    if used.any():
        sums[:, used] = np.add.reduceat(reach, (np.cumsum(counts) - counts)[used], axis=1, dtype=np.int64)
    for shape, most in zip(shapes, (sums[0] + 2 * sums[1] + 7 * counts).tolist(), strict=True):
        shape.entries = most


def live_edges(shapes: Sequence[ShapeSpans]) -> tuple[Edges, I64]:
    """Return the edges of shapes that are neither horizontal nor above, below or right of their regions, and how many each has.

    Returns:
        (E,) of EDGE_DTYPE, one shape's after the other's, and (len(shapes),) their numbers.
    """
    spans = _joined([s.spans for s in shapes])
    bounds = np.array([s.region for s in shapes], np.int32).T * np.int32(256)
    shape = np.repeat(np.arange(len(shapes)), [s.count for s in shapes])
    edges = [edges_between(*spans[:, :0])]
    numbers = np.zeros(len(shapes), np.int64)
    for at in range(0, len(shape), _STRIP):
        mine = shape[at : at + _STRIP]
        x0, y0, x1, y1 = spans[:, at : at + _STRIP]
        _, upper, right, lower = bounds if len(shapes) == 1 else bounds[:, mine]
        live = (np.maximum(y0, y1) > upper) & (np.minimum(y0, y1) < lower) & (y0 != y1) & (np.minimum(x0, x1) < right)
        edges.append(edges_between(x0[live], y0[live], x1[live], y1[live]))
        numbers += np.bincount(mine[live], minlength=len(shapes))
    return np.concatenate([e.view(np.int32) for e in edges]).view(edges[0].dtype), numbers


def crowded(shape: ShapeSpans) -> bool:
    """Tell whether more than MOST_EDGES edges may touch one tile."""
    if shape.count <= MOST_EDGES:
        return False
    _, y0, _, y1 = shape.spans
    first, last = ((v >> 8) - shape.region.y0 for v in (np.minimum(y0, y1), np.maximum(y0, y1)))
    rows = [np.clip(v, 0, shape.region.height - 1) // SHAPE_TILE for v in (first, last)]
    begins = np.bincount(rows[0], minlength=shape.rows)
    ends = np.bincount(rows[1] + 1, minlength=shape.rows + 1)[:-1]
    return bool(np.cumsum(begins - ends).max() > MOST_EDGES)


def _joined(spans: list[I32]) -> I32:
    return spans[0] if len(spans) == 1 else np.concatenate([np.zeros((4, 0), np.int32), *spans], axis=1)


def _short_spans(shapes: list[Placed]) -> list[ShapeSpans]:
    """Return the spans of shapes of few points, all at once."""
    if not shapes:
        return []
    sizes = np.array([len(s.points) for s in shapes], np.int64)
    x, y = np.concatenate([s.points for s in shapes]).T
    still = np.eye(2, 3)
    a, c, e, b, d, f = np.repeat(
        np.reshape([still if s.world is None else s.world for s in shapes], (-1, 6)), sizes, axis=0
    ).T
    x, y = a * x + c * y + e, b * x + d * y + f
    if not ((np.abs(x) < _FAR_PX).all() and (np.abs(y) < _FAR_PX).all()):
        return [_spans(s) for s in shapes]
    ends = np.cumsum(sizes)
    shift = np.repeat(ends - sizes, [len(s.offsets) - 1 for s in shapes])
    spans = np.empty((4, len(x)), np.int32)
    spans[0], spans[1] = np.floor(x * 256.0 + 0.5), np.floor(y * 256.0 + 0.5)
    first = np.concatenate([s.offsets[:-1] for s in shapes]) + shift
    _close(spans, first, np.concatenate([s.offsets[1:] for s in shapes]) + shift)
    cuts = zip(shapes, ends.tolist(), sizes.tolist(), strict=True)
    return [ShapeSpans(spans[:, end - n : end], s.region, s.even_odd) for s, end, n in cuts]


def _spans(shape: Placed) -> ShapeSpans:
    """Return one shape, cut to a margin around its region where it lies far out."""
    x, y = shape.points.T
    first, last = shape.offsets[:-1], shape.offsets[1:]
    spans = np.empty((4, len(x)), np.int32)
    (a, c, e), (b, d, f) = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)) if shape.world is None else shape.world.tolist()
    for at in range(0, len(x), _STRIP):
        mine = slice(at, at + _STRIP)
        for v, out in ((a * x[mine] + c * y[mine] + e, spans[0]), (b * x[mine] + d * y[mine] + f, spans[1])):
            if not (v.min() > -_FAR_PX and v.max() < _FAR_PX):
                return _far_spans(shape)
            v *= 256.0
            v += 0.5
            out[mine] = np.floor(v, out=v)
    _close(spans, first, last)
    return ShapeSpans(spans, shape.region, shape.even_odd)


def _far_spans(shape: Placed) -> ShapeSpans:
    points = shape.points
    if shape.world is not None:
        (a, c, e), (b, d, f) = shape.world.tolist()
        x, y = points.T
        points = np.stack([a * x + c * y + e, b * x + d * y + f], axis=-1)
    following = np.roll(points, -1, axis=0)
    used = np.diff(shape.offsets) > 0
    following[shape.offsets[1:][used] - 1] = points[shape.offsets[:-1][used]]
    ends = np.concatenate(_clip(points, following, shape.region), axis=1)
    return ShapeSpans(
        np.ascontiguousarray(np.floor(ends * 256.0 + 0.5).astype(np.int32).T), shape.region, shape.even_odd
    )


def _close(spans: I32, first: I64, last: I64) -> None:
    """Let each span of closed contours, which begin at `first` and end before `last`, end where the next one begins."""
    used = last > first
    spans[2:, :-1] = spans[:2, 1:]
    spans[2:, last[used] - 1] = spans[:2, first[used]]


def _clip(a: F64, b: F64, region: Rect) -> tuple[F64, F64]:
    """Cut edges to a margin around the region. What lies left of it becomes upright at the margin: only its height counts."""
    x0, y0, x1, y1 = region.x0 - 64.0, region.y0 - 64.0, region.x1 + 64.0, region.y1 + 64.0
    d = b - a
    keep = (d[:, 1] != 0.0) & np.isfinite(d).all(axis=1)
    a, d = a[keep], d[keep]
    t = np.sort(np.stack([(y0 - a[:, 1]) / d[:, 1], (y1 - a[:, 1]) / d[:, 1]], axis=-1))
    enter, leave = np.maximum(t[:, 0], 0.0), np.minimum(t[:, 1], 1.0)
    keep = enter < leave
    a, d, enter, leave = a[keep], d[keep], enter[keep], leave[keep]
    run = np.where(d[:, 0] == 0.0, 1.0, d[:, 0])
    cuts = np.stack([enter, (x0 - a[:, 0]) / run, (x1 - a[:, 0]) / run, leave], axis=-1)
    cuts = np.sort(np.clip(cuts, enter[:, None], leave[:, None]), axis=1)
    p = a[:, None, :] + cuts[:, :, None] * d[:, None, :]
    p[..., 0] = np.clip(p[..., 0], x0, x1)
    p[..., 1] = np.clip(p[..., 1], y0, y1)
    return p[:, :-1].reshape(-1, 2), p[:, 1:].reshape(-1, 2)
