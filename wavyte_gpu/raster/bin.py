"""Sort the edges of polygons into tiles: which edges touch a tile, and how much of each of its rows lies right of edges further left.

The coverage of a pixel is the signed area right of every edge inside it (see shaders/shared/coverage.wgsl). Edges that only pass on
the left of a tile add a whole row's height there; their sum is the tile's backdrop. Tiles without edges are empty, or wholly inside
and drawn without any edge work. Everything is integers and independent of order, so any split into tiles gives the same pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.rect import SHAPE_TILE, Rect
from wavyte_gpu.ops.quantise import EDGE_DTYPE, edges_between

__all__ = ["EDGE_DTYPE", "ShapeTiles", "bin_edges", "bin_polygons", "bin_shapes", "polygon_edges"]

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]
Edges = npt.NDArray[np.void]

_FAR_PX = 16000.0  # beyond it neither 22.10 vertices nor 16.16 crossings hold a coordinate
_FULL = 1024  # height of a row in 22.10
_MARGIN = 3  # 1/1024 px: rounding of crossings
_SIZE = SHAPE_TILE * 1024
_SHIFT = _SIZE.bit_length() - 1
_WHOLE = 4294967296.0  # above all sums of parts of rows
_MOST_TILES = 1 << 16  # of a grid of several shapes: numbers of 16 bits are sorted by radix


@dataclass(frozen=True, slots=True, eq=False)
class ShapeTiles:
    """One shape over a region, sorted into tiles of SHAPE_TILE px counted from the region's corner.

    Attributes:
        edges: (E,) of EDGE_DTYPE.
        codes: (T,) uint32, row << 16 | column of each tile that edges or an uneven backdrop cross.
        first, count: (T,) uint32, the tile's part of `touching`. touching: (K,) uint32 indices of edges.
        backdrop: (T, SHAPE_TILE) int32, height of each pixel row that lies right of edges left of the tile, in 1/1024 px, signed.
        inside: (S,) uint32 codes of tiles wholly inside the shape.
    """

    edges: Edges
    codes: U32
    first: U32
    count: U32
    touching: U32
    backdrop: I32
    inside: U32


def polygon_edges(points: F64, offsets: I64, region: Rect) -> Edges:
    """Return the edges of closed polygons that may matter inside a region.

    Args:
        points: (N, 2) float64, canvas px; contour c is points[offsets[c]:offsets[c + 1]].
        region: canvas px.

    Returns:
        (E,) of EDGE_DTYPE: endpoints rounded to 24.8, upper one first, x per row as 16.32 fixed point.
    """
    if len(points) == 0:
        return np.zeros(0, EDGE_DTYPE)
    used = np.diff(offsets) > 0
    first, last = offsets[:-1][used], offsets[1:][used] - 1
    if (np.abs(points) < _FAR_PX).all():
        x, y = (np.floor(points.T * 256.0 + 0.5)).astype(np.int32)
        return _edges_inside(x, y, _following(x, first, last), _following(y, first, last), region)
    cut = _clip(points, np.stack([_following(v, first, last) for v in points.T], axis=-1), region)
    (x0, y0), (x1, y1) = (np.floor(v.T * 256.0 + 0.5).astype(np.int32) for v in cut)
    return _edges_inside(x0, y0, x1, y1, region)


def bin_polygons(shapes: Sequence[tuple[F64, I64, Rect, bool]]) -> list[ShapeTiles]:
    """Return the tiles of many shapes, each over its own region: `polygon_edges` and `bin_edges` for all of them at once.

    Args:
        shapes: (points, offsets, region, even-odd) each, as those two take them.
    """
    shapes = list(shapes)
    if not shapes:
        return []
    points = np.concatenate([p for p, _, _, _ in shapes])
    if not (np.abs(points) < _FAR_PX).all():
        return bin_shapes([(polygon_edges(p, o, region), region, e) for p, o, region, e in shapes])
    sizes = np.array([len(p) for p, _, _, _ in shapes])
    begins = np.cumsum(sizes) - sizes
    counts = [len(o) - 1 for _, o, _, _ in shapes]
    shift = np.repeat(begins, counts)
    first = np.concatenate([o[:-1] for _, o, _, _ in shapes]) + shift
    last = np.concatenate([o[1:] for _, o, _, _ in shapes]) + shift - 1
    used = last >= first
    first, last = first[used], last[used]
    x, y = np.floor(points.T * 256.0 + 0.5).astype(np.int32)
    x1, y1 = _following(x, first, last), _following(y, first, last)
    shape = np.repeat(np.arange(len(shapes)), sizes)
    bounds = np.array([r for _, _, r, _ in shapes], np.int32)[shape].T * np.int32(256)
    live = (
        (np.maximum(y, y1) > bounds[1]) & (np.minimum(y, y1) < bounds[3]) & (y != y1) & (np.minimum(x, x1) < bounds[2])
    )
    edges = edges_between(x[live], y[live], x1[live], y1[live])
    ends = np.cumsum(np.bincount(shape[live], minlength=len(shapes))).tolist()
    parts = zip([0, *ends], ends, shapes, strict=False)
    return bin_shapes([(edges[begin:end], region, e) for begin, end, (_, _, region, e) in parts])


def _following(v: npt.NDArray[Any], first: I64, last: I64) -> npt.NDArray[Any]:
    """Return for each point of closed contours the next one."""
    out = np.empty_like(v)
    out[:-1] = v[1:]
    out[last] = v[first]
    return out


def _edges_inside(x0: I32, y0: I32, x1: I32, y1: I32, region: Rect) -> Edges:
    """Return the edges between points in 24.8 that are not horizontal and not above, below or right of a region."""
    live = (np.maximum(y0, y1) > region.y0 * 256) & (np.minimum(y0, y1) < region.y1 * 256) & (y0 != y1)
    live &= np.minimum(x0, x1) < region.x1 * 256
    if not live.all():
        x0, y0, x1, y1 = x0[live], y0[live], x1[live], y1[live]
    return edges_between(x0, y0, x1, y1)


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


def bin_edges(edges: Edges, region: Rect, *, even_odd: bool = False) -> ShapeTiles:
    """Sort edges into the tiles of a region.

    Args:
        edges: of `polygon_edges`.
        region: canvas px, not empty; its corner is the corner of tile (0, 0).
        even_odd: the fill rule, which decides what is inside.
    """
    return bin_shapes([(edges, region, even_odd)])[0]


def bin_shapes(shapes: Sequence[tuple[Edges, Rect, bool]]) -> list[ShapeTiles]:
    """Sort the edges of many shapes at once, each into the tiles of its own region.

    Args:
        shapes: (edges, region, even-odd) each, as `bin_edges` takes them.
    """
    out: list[ShapeTiles] = []
    begin = rows = columns = 0
    for i, (_, region, _) in enumerate(shapes):
        wide, tall = -(-region.width // SHAPE_TILE), -(-region.height // SHAPE_TILE)
        if i > begin and (rows + tall) * max(columns, wide) > _MOST_TILES:
            out += _bin(shapes[begin:i])
            begin, rows, columns = i, 0, 0
        rows += tall
        columns = max(columns, wide)
    return out + _bin(shapes[begin:])


def _bin(shapes: Sequence[tuple[Edges, Rect, bool]]) -> list[ShapeTiles]:
    """Put the regions of shapes one below the other, as far left as they go, and sort all edges into one grid of tiles."""
    if not shapes:
        return []
    wide = np.array([-(-r.width // SHAPE_TILE) for _, r, _ in shapes], np.int32)
    tall = np.array([-(-r.height // SHAPE_TILE) for _, r, _ in shapes], np.int32)
    starts = np.concatenate([[0], np.cumsum(tall)]).astype(np.int32)
    columns, rows = int(wide.max()), int(starts[-1])
    right_of_row, even_odd_row = np.repeat(wide, tall), np.repeat([e for _, _, e in shapes], tall)
    # Edges in the grid, in 1/1024 px, and the tile rows of their shape.
    shift_x: I32 | np.int32
    shift_y: I32 | np.int32
    low: I32 | np.int32
    high: I32 | np.int32
    limit: I32 | np.int32
    if len(shapes) == 1:
        edges, region, _ = shapes[0]
        shift_x, shift_y = np.int32(region.x0 * 1024), np.int32(region.y0 * 1024)
        low, high, limit = np.int32(0), np.int32(rows - 1), np.int32(columns - 1)
    else:
        edges = np.concatenate([e for e, _, _ in shapes])
        numbers = [len(e) for e, _, _ in shapes]
        shift_x = np.repeat(np.array([r.x0 * 1024 for _, r, _ in shapes], np.int32), numbers)
        corner = np.array([r.y0 * 1024 for _, r, _ in shapes], np.int32) - starts[:-1] * np.int32(_SIZE)
        shift_y = np.repeat(corner, numbers)
        low, high = np.repeat(starts[:-1], numbers), np.repeat(starts[1:] - np.int32(1), numbers)
        limit = np.repeat(wide - np.int32(1), numbers)
    words = edges.view(np.int32).reshape(-1, 12)
    x0, y0 = words[:, 0] - shift_x, words[:, 1] - shift_y
    x1, y1 = words[:, 2] - shift_x, words[:, 3] - shift_y
    direction = words[:, 7]
    # One pair for every tile row that an edge crosses: where it enters and leaves.
    row = np.clip(y0 >> _SHIFT, low, high)
    crossed = np.clip((y1 - 1) >> _SHIFT, low, high) - row + 1
    edge = np.repeat(np.arange(len(edges), dtype=np.int32), crossed)
    run = ((x1 - x0) / (y1 - y0))[edge]
    row = _ramps(row, crossed)
    x0, y0, y1, direction = x0[edge], y0[edge], y1[edge], direction[edge]
    limit = limit[edge] if isinstance(limit, np.ndarray) else limit
    top, bottom = np.maximum(y0, row << _SHIFT), np.minimum(y1, (row + 1) << _SHIFT)
    x1 = (x0 + run * (bottom - y0)).astype(np.int32)
    x0 = (x0 + run * (top - y0)).astype(np.int32)
    left = np.maximum((np.minimum(x0, x1) - _MARGIN) >> _SHIFT, 0)
    right = np.minimum((np.maximum(x0, x1) + _MARGIN) >> _SHIFT, limit)
    # One entry for every tile that it touches.
    widths = np.maximum(right - left + 1, 0)
    pair = np.repeat(np.arange(len(row), dtype=np.int32), widths)
    tile = _ramps(row * columns + left, widths)
    order = np.argsort(tile.astype(np.uint16) if rows * columns <= _MOST_TILES else tile, kind="stable")
    touching = edge[pair][order].view(np.uint32)
    count = np.bincount(tile, minlength=rows * columns)
    hit = np.flatnonzero(count)
    # What each pair leaves to the tiles right of it: a step at the first such tile, summed along the tile row.
    start = row * (columns + 1) + np.maximum(right + 1, np.minimum(left, columns))
    stepped = np.zeros(rows * (columns + 1), bool)
    stepped[start] = True
    behind = np.cumsum(stepped, dtype=np.int32)  # steps up to each tile, itself included, over all tile rows
    step_tile = np.flatnonzero(stepped).astype(np.int32)
    sums = np.zeros((len(step_tile) + 1, SHAPE_TILE), np.int32)  # sums[k]: all steps before step k
    heights = _heights(behind[start] - 1, top - (row << _SHIFT), bottom - (row << _SHIFT), direction, len(step_tile))
    np.cumsum(heights, axis=0, out=sums[1:])
    before = sums[np.concatenate([[0], behind[columns :: columns + 1][:-1]])]  # (rows, SHAPE_TILE)
    step_row = step_tile // (columns + 1)
    # From each step to the next one of its row the backdrop stays: tiles there that no edge touches are full, uneven or empty.
    run_first = step_tile - step_row * (columns + 1)
    run_end = right_of_row[step_row]
    same = np.flatnonzero(step_row[1:] == step_row[:-1])
    run_end[same] = np.minimum(run_first[same + 1], run_end[same])
    lengths = np.maximum(run_end - run_first, 0)
    value = sums[1:] - before[step_row]
    runs = np.flatnonzero((lengths > 0) & value.any(axis=1))
    lengths = lengths[runs]
    plain = _ramps((step_row * columns + run_first)[runs], lengths)
    full = np.repeat(_is_full(value[runs], even_odd_row[step_row[runs]]), lengths)
    free = count[plain] == 0
    plain, full = plain[free], full[free]
    uneven = plain[~full]
    tiles = np.concatenate([hit, uneven])
    row = tiles // columns
    backdrop = sums[behind[tiles + row]] - before[row]
    parts = _Grid(
        edges=edges,
        touching=touching,
        hit=hit,
        ends=np.cumsum(count[hit]),
        uneven=uneven,
        full=plain[full],
        backdrop=backdrop,
        columns=columns,
    )
    if len(shapes) == 1:
        return [parts.shape(edges, 0, 0, rows)]
    out: list[ShapeTiles] = []
    at = 0
    for (edges, _, _), begin, end in zip(shapes, starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        out.append(parts.shape(edges, at, begin, end))
        at += len(edges)
    return out


def _heights(step: I32, top: I32, bottom: I32, direction: I32, steps: int) -> I32:
    """Return the height of each pixel row of a tile row that pairs cover, signed and summed by step: (steps, SHAPE_TILE).

    From the tile row's top down to `v` the rows above that of `v` are whole, and its own is covered in part: what a pair covers is
    that for its bottom less that for its top.
    """
    rows = SHAPE_TILE + 1
    at = np.concatenate([step * rows + (bottom >> 10), step * rows + (top >> 10)])
    part = np.concatenate([((bottom & 1023) + _WHOLE) * direction, ((top & 1023) + _WHOLE) * -direction])
    total = np.bincount(at, weights=part, minlength=steps * rows)  # whole numbers, below 2^53
    wholes = np.floor(total * (1.0 / _WHOLE) + 0.5)
    parts = (total - wholes * _WHOLE).astype(np.int32).reshape(-1, rows)
    above = np.cumsum(wholes.astype(np.int32).reshape(-1, rows)[:, :0:-1], axis=1, dtype=np.int32)[:, ::-1]
    result: I32 = parts[:, :-1] + above * np.int32(_FULL)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """The tiles of all shapes. Tile numbers ascend in each of `hit`, `uneven` and `full`."""

    edges: Edges
    touching: U32
    hit: I64
    ends: I64
    uneven: I32
    full: I32
    backdrop: I32
    columns: int

    def shape(self, edges: Edges, first_edge: int, begin: int, end: int) -> ShapeTiles:
        """Return the tiles of tile rows begin .. end, whose edges begin at `first_edge`."""
        limits = np.array([begin, end]) * self.columns
        (h0, h1), (u0, u1) = np.searchsorted(self.hit, limits), np.searchsorted(self.uneven, limits)
        f0, f1 = np.searchsorted(self.full, limits)
        k0 = int(self.ends[h0 - 1]) if h0 else 0
        k1 = int(self.ends[h1 - 1]) if h1 else 0
        ends = self.ends[h0:h1] - k0
        first = np.zeros(h1 - h0 + u1 - u0, np.uint32)
        count = np.zeros(len(first), np.uint32)
        first[1 : h1 - h0] = ends[:-1]
        count[: h1 - h0] = ends
        count[1 : h1 - h0] -= ends[:-1].astype(np.uint32)
        n = len(self.hit)
        tiles = np.concatenate([self.hit[h0:h1], self.uneven[u0:u1]]) - limits[0]
        return ShapeTiles(
            edges=edges,
            codes=_codes(tiles, self.columns),
            first=first,
            count=count,
            touching=self.touching[k0:k1] - np.uint32(first_edge),
            backdrop=np.concatenate([self.backdrop[h0:h1], self.backdrop[n + u0 : n + u1]]),
            inside=_codes(self.full[f0:f1] - limits[0], self.columns),
        )


def _is_full(heights: I32, even_odd: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tell whether all rows of each backdrop are covered wholly."""
    a = np.abs(heights)
    covered = np.where(even_odd[:, None], a & (2 * _FULL - 1), np.minimum(a, _FULL))
    result: npt.NDArray[np.bool_] = (covered == _FULL).all(axis=1)
    return result


def _codes(tiles: npt.NDArray[Any], columns: int) -> U32:
    row = tiles // columns
    codes: U32 = ((row << 16) + tiles - row * columns).astype(np.uint32)
    return codes


def _ramps(begin: I32, counts: I32) -> I32:
    """Return b, b + 1 .. b + n - 1 for each b of `begin` and n of `counts`, one after the other."""
    ends = np.cumsum(counts, dtype=np.int32)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total, dtype=np.int32) - np.repeat(ends - counts - begin, counts)
