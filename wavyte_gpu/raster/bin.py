"""Sort the edges of polygons into tiles: which edges touch a tile, and how much of each of its rows lies right of edges further left.

The coverage of a pixel is the signed area right of every edge inside it (see shaders/shared/coverage.wgsl). Edges that only pass on
the left of a tile add a whole row's height there; their sum is the tile's backdrop. Tiles without edges are empty, or wholly inside
and drawn without any edge work. Everything is integers and independent of order, so any split into tiles gives the same pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.rect import SHAPE_TILE, Rect
from wavyte_gpu.ops.quantise import EDGE_DTYPE, edges_between

__all__ = ["EDGE_DTYPE", "ShapeTiles", "bin_edges", "polygon_edges"]

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]
Edges = npt.NDArray[np.void]

_FAR_PX = 16000.0  # beyond it neither 22.10 vertices nor 16.16 crossings hold a coordinate
_FULL = 1024  # height of a row in 22.10
_MARGIN = 2.0  # 1/1024 px: rounding of crossings


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
    n = len(points)
    if n == 0:
        return np.zeros(0, EDGE_DTYPE)
    following = np.arange(1, n + 1)
    used = np.diff(offsets) > 0
    following[offsets[1:][used] - 1] = offsets[:-1][used]
    a, b = points, points[following]
    if not (np.abs(points) < _FAR_PX).all():
        a, b = _clip(a, b, region)
    start = np.floor(a * 256.0 + 0.5).astype(np.int64)
    end = np.floor(b * 256.0 + 0.5).astype(np.int64)
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    near = np.minimum(start[:, 0], end[:, 0])
    live = (high > low) & (high > region.y0 * 256) & (low < region.y1 * 256) & (near < region.x1 * 256)
    start, end = start[live], end[live]
    return edges_between(start[:, 0], start[:, 1], end[:, 0], end[:, 1])


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
    columns, rows = -(-region.width // SHAPE_TILE), -(-region.height // SHAPE_TILE)
    size = SHAPE_TILE * 1024
    span = edges["span"].astype(np.int64) - np.array([region.x0, region.y0, region.x0, region.y0], np.int64) * 1024
    # One pair for every tile row that an edge crosses.
    row_first = np.clip(span[:, 1] // size, 0, rows - 1)
    row_last = np.clip((span[:, 3] - 1) // size, 0, rows - 1)
    edge = np.repeat(np.arange(len(edges)), row_last - row_first + 1)
    row = _ramp(row_last - row_first + 1) + row_first[edge]
    top, bottom = np.maximum(span[edge, 1], row * size), np.minimum(span[edge, 3], (row + 1) * size)
    # Where it enters and leaves the tile row.
    run = (span[:, 2] - span[:, 0]).astype(np.float64) / (span[:, 3] - span[:, 1])
    at_top = span[edge, 0] + run[edge] * (top - span[edge, 1])
    at_bottom = span[edge, 0] + run[edge] * (bottom - span[edge, 1])
    left = np.floor((np.minimum(at_top, at_bottom) - _MARGIN) / size).astype(np.int64)
    right = np.floor((np.maximum(at_top, at_bottom) + _MARGIN) / size).astype(np.int64)
    left, right = np.clip(left, 0, columns), np.clip(right, -1, columns - 1)
    # One entry for every tile that it touches.
    widths = np.maximum(right - left + 1, 0)
    pair = np.repeat(np.arange(len(edge)), widths)
    tile = row[pair] * columns + left[pair] + _ramp(widths)
    order = np.argsort(tile, kind="stable")
    touching = edge[pair][order].astype(np.uint32)
    hit, first, count = np.unique(tile[order], return_index=True, return_counts=True)
    # What each pair leaves to the tiles right of it: a step at the first such tile, summed along the tile row.
    start = row * (columns + 1) + np.maximum(right + 1, left)
    step_tile, step = np.unique(start, return_inverse=True)
    line_first = top >> 10
    lines = ((bottom - 1) >> 10) - line_first + 1
    each = np.repeat(np.arange(len(edge)), lines)
    line = line_first[each] + _ramp(lines)
    over = np.minimum(bottom[each], (line + 1) << 10) - np.maximum(top[each], line << 10)
    heights = np.bincount(
        step[each] * SHAPE_TILE + line - row[each] * SHAPE_TILE,
        weights=over * edges["line"][edge, 3][each],  # whole numbers far below 2^53
        minlength=len(step_tile) * SHAPE_TILE,
    )
    sums = np.zeros((len(step_tile) + 1, SHAPE_TILE), np.int64)  # sums[k]: all steps before step k, over all tile rows
    np.cumsum(heights.reshape(-1, SHAPE_TILE).astype(np.int64), axis=0, out=sums[1:])
    before = sums[np.searchsorted(step_tile, np.arange(rows) * (columns + 1))]  # (rows, SHAPE_TILE)
    step_row = step_tile // (columns + 1)
    # From each step to the next one of its row the backdrop stays: tiles there that no edge touches are full, uneven or empty.
    last_of_row = np.append(step_row[1:] != step_row[:-1], True)[: len(step_tile)]
    run_first = step_tile - step_row * (columns + 1)
    run_end = np.where(last_of_row, columns, np.append(run_first[1:], 0)[: len(step_tile)])
    value = sums[1:] - before[step_row]
    lengths = np.where(value.any(axis=1), np.maximum(run_end - run_first, 0), 0)
    which = np.repeat(np.arange(len(step_tile)), lengths)
    plain = step_row[which] * columns + run_first[which] + _ramp(lengths)
    free = ~np.isin(plain, hit)
    which, plain = which[free], plain[free]
    full = _is_full(value, even_odd)[which]
    tiles = np.concatenate([hit, plain[~full]])
    none = np.zeros(len(tiles) - len(hit), np.int64)
    behind = np.searchsorted(step_tile, tiles // columns * (columns + 1) + tiles % columns, side="right")
    return ShapeTiles(
        edges=edges,
        codes=_codes(tiles, columns),
        first=np.concatenate([first, none]).astype(np.uint32),
        count=np.concatenate([count, none]).astype(np.uint32),
        touching=touching,
        backdrop=(sums[behind] - before[tiles // columns]).astype(np.int32),
        inside=_codes(plain[full], columns),
    )


def _is_full(heights: I64, even_odd: bool) -> npt.NDArray[np.bool_]:
    """Tell whether all rows of each backdrop are covered wholly."""
    covered = np.abs(heights) & (2 * _FULL - 1) if even_odd else np.minimum(np.abs(heights), _FULL)
    result: npt.NDArray[np.bool_] = (covered == _FULL).all(axis=1)
    return result


def _codes(tiles: I64, columns: int) -> U32:
    return ((tiles // columns) << 16 | tiles % columns).astype(np.uint32)


def _ramp(counts: I64) -> I64:
    """Return 0 .. n - 1 for each n of `counts`, one after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts, counts)
