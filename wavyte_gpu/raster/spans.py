"""Outlines as the ends of their edges on the canvas: what both kinds of binning start from, on the host and on the GPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.rect import SHAPE_TILE, Rect
from wavyte_gpu.ops.quantise import edges_between

__all__ = ["MOST_EDGES", "Placed", "PointSets", "ShapeSpans", "count_entries", "crowded", "live_edges", "polygon_spans"]

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Edges = npt.NDArray[np.void]
_Number = TypeVar("_Number", np.int32, np.float64)

MOST_EDGES = 1 << 15  # of a tile that draws them one by one: some drivers end loops after twice as many
_FAR_PX = 16000.0  # beyond it neither 22.10 vertices nor 16.16 crossings hold a coordinate
_SHIFT = (SHAPE_TILE * 256).bit_length() - 1
_MORE = 7
_STRIP = 1 << 13  # points that are worked on at once: their arrays stay in the cache


@dataclass(slots=True, eq=False)
class ShapeSpans:
    """One shape over a region, not yet sorted into tiles.

    Attributes:
        spans: (4, E) int32, x0, y0, x1, y1 of every edge in 24.8 canvas px, in the contour's direction. Some may have no height or
            lie outside the region: they do not count.
        region: canvas px, not empty; its corner is the corner of tile (0, 0).
        even_odd: the fill rule.
        entries: how often its edges touch tiles at most; needed of a shape that the backend sorts.
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
        x0, y0, x1, y1 = self.region
        self.count = self.spans.shape[1]
        self.columns = -((x0 - x1) // SHAPE_TILE)
        self.rows = -((y0 - y1) // SHAPE_TILE)
        self.tile_count = self.columns * self.rows
        self.limit()

    def limit(self) -> None:
        """Lower `entries` to what there are where every edge crosses the region: what lies outside is cut off."""
        self.entries = min(self.entries, self.count * (self.columns + 2 * self.rows + _MORE))

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


class PointSets:
    """The polygons of many shapes in px of their own, made once and put in place in every frame.

    Attributes:
        count: of all points.
    """

    def __init__(self, shapes: Sequence[tuple[F64, I64]]) -> None:
        """Join the points and offsets of one or more shapes, as `Placed` has them."""
        sizes = np.array([len(points) for points, _ in shapes], np.int64)
        ends = np.cumsum(sizes)
        begins = ends - sizes
        self.count = int(ends[-1])
        self._sizes = sizes
        self._cuts = [slice(*cut) for cut in zip(begins.tolist(), ends.tolist(), strict=True)]
        self._own = np.ascontiguousarray(np.concatenate([points for points, _ in shapes]).T)
        self._shape = np.repeat(np.arange(len(shapes), dtype=np.int32), sizes)
        shift = np.repeat(begins, [len(offsets) - 1 for _, offsets in shapes])
        first = np.concatenate([offsets[:-1] for _, offsets in shapes]) + shift
        last = np.concatenate([offsets[1:] for _, offsets in shapes]) + shift
        used = last > first
        self._first, self._last = first[used], last[used] - 1
        self._most = np.zeros((2, len(shapes)))  # the greatest |x| and |y| of each
        self._ways = np.zeros((2, len(shapes)))  # sums of |dx| and |dy|
        filled = sizes > 0
        if filled.any():
            with np.errstate(over="ignore", invalid="ignore"):
                self._most[:, filled] = np.maximum.reduceat(np.abs(self._own), begins[filled], axis=1)
                ways = np.abs(self._follow(self._own, np.empty_like(self._own)) - self._own)
                self._ways[:, filled] = np.add.reduceat(ways, begins[filled], axis=1)

    def spans(self, world: F64, regions: Sequence[Rect], even_odd: Sequence[bool]) -> list[ShapeSpans]:
        """Return the edges of the shapes, each over its own region.

        Args:
            world: (n, 2, 3), from the px of each to canvas px.
        """
        m = world.reshape(-1, 6).T * 256.0
        spans = np.empty((4, self.count), np.int32)
        with np.errstate(over="ignore", invalid="ignore"):
            for at in range(0, self.count, _STRIP):
                mine = slice(at, at + _STRIP)
                shape, x, y = self._shape[mine], self._own[0, mine], self._own[1, mine]
                a, c, e, b, d, f = m[:, shape[0]].tolist() if shape[0] == shape[-1] else np.take(m, shape, axis=1)
                for out, p, q, r in ((spans[0], a, c, e), (spans[1], b, d, f)):
                    v = p * x
                    v += q * y
                    v += r
                    v += 0.5
                    out[mine] = np.floor(v, out=v)
            a, c, e, b, d, f = np.abs(m)
            far = [size * self._most[0] + other * self._most[1] + shift for size, other, shift in ((a, c, e), (b, d, f))]
            near = np.maximum(*far) < _FAR_PX * 256.0
            long, tall = (size * self._ways[0] + other * self._ways[1] for size, other in ((a, c), (b, d)))
        self._follow(spans[:2], spans[2:])
        # As `count_entries` has it, by the ways of all edges together: the ends of each are rounded, and so are the sums.
        most = np.where(near, (long + 2.0 * tall) * ((1.0 + 1e-9) / (1 << _SHIFT)), 0.0).astype(np.int64)
        most += 2 + _MORE * self._sizes + (3 * self._sizes >> _SHIFT)
        made = zip(self._cuts, regions, even_odd, most.tolist(), strict=True)
        out = [ShapeSpans(spans[:, cut], region, rule, entries) for cut, region, rule, entries in made]
        if not near.all():
            self._place_far(np.flatnonzero(~near).tolist(), world, out)
        return out

    def _place_far(self, which: list[int], world: F64, spans: list[ShapeSpans]) -> None:
        """Put the edges of shapes that may lie far out in the place of those that were found for them, cut to their regions' margins."""
        following = self._follow(self._own, np.empty_like(self._own))
        for i in which:
            with np.errstate(over="ignore", invalid="ignore"):
                first, last = (_place(world[i], points[:, self._cuts[i]]) for points in (self._own, following))
                if not (np.abs(first) < _FAR_PX).all():
                    ends = np.concatenate(_clip(first, last, spans[i].region), axis=1)
                    made = np.floor(ends * 256.0 + 0.5).astype(np.int32).T
                    spans[i] = ShapeSpans(np.ascontiguousarray(made), spans[i].region, spans[i].even_odd)
            count_entries([spans[i]])

    def _follow(self, ends: npt.NDArray[_Number], out: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
        """Fill `out` with the point that comes next in its closed contour after each of `ends`, (2, N)."""
        out[:, :-1] = ends[:, 1:]
        out[:, self._last] = ends[:, self._first]
        return out


def polygon_spans(shapes: Sequence[Placed]) -> list[ShapeSpans]:
    """Return the edges of many shapes, each over its own region."""
    if not shapes:
        return []
    still = np.eye(2, 3)
    world = np.array([still if s.world is None else s.world for s in shapes])
    sets = PointSets([(s.points, s.offsets) for s in shapes])
    return sets.spans(world, [s.region for s in shapes], [s.even_odd for s in shapes])


def count_entries(shapes: Sequence[ShapeSpans]) -> None:
    """Set `entries` of shapes: an edge over w x h tiles touches at most w + 2h + _MORE, where rounding is against it."""
    counts = np.array([s.count for s in shapes], np.int64)
    spans = _joined([s.spans for s in shapes])
    reach = np.abs(spans[2:] - spans[:2]) >> _SHIFT
    sums = np.zeros((2, len(shapes)), np.int64)
    used = counts > 0
    if used.any():
        sums[:, used] = np.add.reduceat(reach, (np.cumsum(counts) - counts)[used], axis=1, dtype=np.int64)
    for shape, most in zip(shapes, (sums[0] + 2 * sums[1] + _MORE * counts).tolist(), strict=True):
        shape.entries = most
        shape.limit()


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
    # An edge that is less high than a tile and touches a row of them begins in one of four strips that are as high as it.
    low = np.bincount((y0 - y0.min()) >> _SHIFT)
    high = np.count_nonzero(np.abs(y1 - y0) >> _SHIFT)
    if np.convolve(low, (1, 1, 1, 1)).max() + high <= MOST_EDGES:
        return False
    first, last = ((v >> 8) - shape.region.y0 for v in (np.minimum(y0, y1), np.maximum(y0, y1)))
    rows = [np.clip(v, 0, shape.region.height - 1) // SHAPE_TILE for v in (first, last)]
    begins = np.bincount(rows[0], minlength=shape.rows)
    ends = np.bincount(rows[1] + 1, minlength=shape.rows + 1)[:-1]
    return bool(np.cumsum(begins - ends).max() > MOST_EDGES)


def _joined(spans: list[I32]) -> I32:
    return spans[0] if len(spans) == 1 else np.concatenate([np.zeros((4, 0), np.int32), *spans], axis=1)


def _place(world: F64, points: F64) -> F64:
    """Return points, (2, N), in place, (N, 2)."""
    (a, c, e), (b, d, f) = world.tolist()
    x, y = points
    return np.stack([a * x + c * y + e, b * x + d * y + f], axis=-1)


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
