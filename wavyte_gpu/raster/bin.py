"""Sort the edges of polygons into tiles: which edges touch a tile, and how much of each of its rows lies right of edges further left.

The coverage of a pixel is the signed area right of every edge inside it (see shaders/shared/coverage.wgsl). Edges that only pass on
the left of a tile add a whole row's height there; their sum is the tile's backdrop. Tiles without edges are empty, or wholly inside
and drawn without any edge work. Everything is integers and independent of order, so any split into tiles gives the same pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.rect import SHAPE_TILE, Rect
from wavyte_gpu.ops.quantise import EDGE_DTYPE, edges_between
from wavyte_gpu.ops.registry import TILE_ROW
from wavyte_gpu.ops.shared.coverage import shape_area
from wavyte_gpu.raster.crossings import FULL, SIZE, STRIP, Lines, crossings, heights, ramps

__all__ = ["EDGE_DTYPE", "MOST_EDGES", "ShapeTiles", "bin_edges", "bin_polygons", "bin_shapes", "polygon_edges"]

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]
Edges = npt.NDArray[np.void]

_FAR_PX = 16000.0  # beyond it neither 22.10 vertices nor 16.16 crossings hold a coordinate
MOST_EDGES = 1 << 15  # of a tile that draws them one by one: some drivers end loops after twice as many
_MOST_TILES = 1 << 16  # of a grid of several shapes: tile and edge then sort as one number of 32 bits


@dataclass(slots=True, eq=False)
class ShapeTiles:
    """One shape over a region, sorted into tiles of SHAPE_TILE px counted from the region's corner.

    Attributes:
        edges: (E,) of EDGE_DTYPE.
        codes: (T,) uint32, row << TILE_ROW | column of each tile that edges or an uneven backdrop cross.
        first, count: (T,) uint32, the tile's part of `touching`. touching: (K,) uint32 indices of edges.
        backdrop: (T, SHAPE_TILE) int32, height of each pixel row that lies right of edges left of the tile, in 1/1024 px, signed.
        inside: (S,) uint32 codes of tiles wholly inside the shape.
        crowded: (C,) uint32 codes of the tiles that more than MOST_EDGES edges touch. areas: (C, SHAPE_TILE, SHAPE_TILE) int32, the
            areas of their pixels, column by column.
    """

    edges: Edges
    codes: U32
    first: U32
    count: U32
    touching: U32
    backdrop: I32
    inside: U32
    crowded: U32 = field(default_factory=lambda: np.zeros(0, np.uint32))
    areas: I32 = field(default_factory=lambda: np.zeros((0, SHAPE_TILE, SHAPE_TILE), np.int32))

    @property
    def tile_count(self) -> int:
        """How many tiles are drawn."""
        return len(self.codes) + len(self.inside) + len(self.crowded)

    @property
    def texels(self) -> int:
        """How many texels of four words a backend needs for them."""
        lists = 3 * len(self.edges) + -(-len(self.touching) // 4)
        return lists + (self.backdrop.size + self.areas.size) // 4 + self.tile_count


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
    x, y = np.empty((2, len(points)), np.int32)
    for at in range(0, len(points), STRIP):
        part = points[at : at + STRIP] * 256.0
        part += 0.5
        x[at : at + STRIP], y[at : at + STRIP] = np.floor(part, out=part).T
    x1, y1 = _following(x, first, last), _following(y, first, last)
    regions = [r for _, _, r, _ in shapes]
    bounds = np.array(regions, np.int32).T * np.int32(256)
    shape = np.repeat(np.arange(len(shapes)), sizes)
    edges = [np.zeros(0, EDGE_DTYPE)]
    numbers = np.zeros(len(shapes), np.int64)
    for at in range(0, len(points), STRIP):
        mine = slice(at, at + STRIP)
        _, upper, right, lower = bounds if len(shapes) == 1 else bounds[:, shape[mine]]
        a, b, c, d = x[mine], y[mine], x1[mine], y1[mine]
        live = (np.maximum(b, d) > upper) & (np.minimum(b, d) < lower) & (b != d) & (np.minimum(a, c) < right)
        edges.append(edges_between(a[live], b[live], c[live], d[live]))
        numbers += np.bincount(shape[mine][live], minlength=len(shapes))
    joined = np.concatenate([e.view(np.int32) for e in edges]).view(EDGE_DTYPE)
    return _bin_in_grids(joined, numbers, regions, [e for _, _, _, e in shapes])


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
    if not shapes:
        return []
    edges = shapes[0][0] if len(shapes) == 1 else np.concatenate([e for e, _, _ in shapes])
    numbers = np.array([len(e) for e, _, _ in shapes])
    return _bin_in_grids(edges, numbers, [r for _, r, _ in shapes], [e for _, _, e in shapes])


def _bin_in_grids(edges: Edges, numbers: I64, regions: list[Rect], even_odd: list[bool]) -> list[ShapeTiles]:
    """Sort the edges of shapes, one shape's after the other's, in grids of so many shapes as have room in one."""
    ends = np.cumsum(numbers)
    out: list[ShapeTiles] = []
    begin = rows = columns = at = 0
    for i, region in enumerate(regions):
        wide, tall = -(-region.width // SHAPE_TILE), -(-region.height // SHAPE_TILE)
        if i > begin and (rows + tall) * max(columns, wide) > _MOST_TILES:
            end = int(ends[i - 1])
            out += _bin(edges[at:end], numbers[begin:i], regions[begin:i], even_odd[begin:i])
            begin, rows, columns, at = i, 0, 0, end
        rows += tall
        columns = max(columns, wide)
    return out + _bin(edges[at:], numbers[begin:], regions[begin:], even_odd[begin:])


def _bin(edges: Edges, numbers: I64, regions: list[Rect], even_odd: list[bool]) -> list[ShapeTiles]:
    """Put the regions of shapes one below the other, as far left as they go, and sort all edges into one grid of tiles."""
    bounds = np.array(regions, np.int32)
    wide, tall = (-(-(bounds[:, 2:] - bounds[:, :2]) // np.int32(SHAPE_TILE))).T
    starts = np.concatenate([[0], np.cumsum(tall)]).astype(np.int32)
    columns, rows = int(wide.max()), int(starts[-1])
    shape_of_row = np.repeat(np.arange(len(regions), dtype=np.int32), tall)
    # Edges in the grid, in 1/1024 px, the tile rows of their shape, and their numbers in it.
    shift_x = bounds[:, 0] * np.int32(1024)
    shift_y = bounds[:, 1] * np.int32(1024) - starts[:-1] * np.int32(SIZE)
    first_edge = np.cumsum(numbers) - numbers
    low, high, limit = starts[:1], starts[1:2] - np.int32(1), wide[:1] - np.int32(1)
    number = np.arange(len(edges), dtype=np.int32)
    if len(regions) > 1:
        shape = np.repeat(np.arange(len(regions)), numbers)
        shift_x, shift_y, low, high = shift_x[shape], shift_y[shape], starts[shape], starts[shape + 1] - np.int32(1)
        limit, number = wide[shape] - np.int32(1), number - first_edge.astype(np.int32)[shape]
    bits = int(numbers.max(initial=1)).bit_length()
    lines = Lines(edges, shift_x, shift_y, low, high, limit, number)
    entries, crossing, parts = crossings(lines, rows, columns, bits)
    entries.sort()
    touching = (entries & entries.dtype.type((1 << bits) - 1)).astype(np.uint32, copy=False)
    count = np.zeros(rows * columns, np.int64)
    for at in range(0, len(entries), STRIP):
        count += np.bincount((entries[at : at + STRIP] >> bits).astype(np.int64), minlength=len(count))
    hit = np.flatnonzero(count)
    # What each pair leaves to the tiles right of it: a step at the first such tile, summed along the tile row.
    stepped = crossing != 0
    stepped[parts.place] = True
    behind = np.cumsum(stepped, dtype=np.int32)  # steps up to each tile, itself included, over all tile rows
    step_tile = np.flatnonzero(stepped).astype(np.int32)
    steps = heights(behind[parts.place] - 1, parts.top, parts.bottom, parts.direction, len(step_tile))
    steps += crossing[step_tile, None] * np.int32(FULL)
    sums = np.zeros((len(step_tile) + 1, SHAPE_TILE), np.int32)  # sums[k]: all steps before step k
    np.cumsum(steps, axis=0, out=sums[1:])
    before = sums[np.concatenate([[0], behind[columns :: columns + 1][:-1]])]  # (rows, SHAPE_TILE)
    step_row = step_tile // (columns + 1)
    # From each step to the next one of its row the backdrop stays: tiles there that no edge touches are full, uneven or empty.
    run_first = step_tile - step_row * (columns + 1)
    run_end = wide[shape_of_row[step_row]]
    same = np.flatnonzero(step_row[1:] == step_row[:-1])
    run_end[same] = np.minimum(run_first[same + 1], run_end[same])
    lengths = np.maximum(run_end - run_first, 0)
    value = sums[1:] - before[step_row]
    runs = np.flatnonzero((lengths > 0) & value.any(axis=1))
    lengths = lengths[runs]
    plain = ramps((step_row * columns + run_first)[runs], lengths)
    full = np.repeat(_is_full(value[runs], np.array(even_odd)[shape_of_row[step_row[runs]]]), lengths)
    free = count[plain] == 0
    plain, full = plain[free], full[free]
    tiles = np.concatenate([hit, plain[~full]])
    if len(regions) > 1:
        tiles = tiles[np.argsort(shape_of_row[tiles // columns], kind="stable")]
    row = tiles // columns
    grid = _Grid(
        columns=columns,
        starts=starts,
        shape_of_row=shape_of_row,
        edges=edges,
        first_edge=first_edge,
        touching=touching,
        tiles=tiles,
        count=count[tiles],
        backdrop=sums[behind[tiles + row]] - before[row],
        inside=plain[full],
    )
    shapes = grid.shapes()
    if count.max(initial=0) <= MOST_EDGES:
        return shapes
    return [_summed(shape, region) for shape, region in zip(shapes, regions, strict=True)]


def _summed(shape: ShapeTiles, region: Rect) -> ShapeTiles:
    """Put areas in the place of the edges of crowded tiles."""
    crowded = shape.count > MOST_EDGES
    areas = []
    for k in np.flatnonzero(crowded).tolist():
        row, column = divmod(int(shape.codes[k]), 1 << TILE_ROW)
        mine = shape.edges[shape.touching[shape.first[k] : shape.first[k] + shape.count[k]]]
        x, y = region.x0 + column * SHAPE_TILE, region.y0 + row * SHAPE_TILE
        area = shape_area(mine, x, y, SHAPE_TILE, SHAPE_TILE) + shape.backdrop[k][:, None] * np.int32(2048)
        areas.append(area.T)
    kept = ~crowded
    count = shape.count[kept]
    return replace(
        shape,
        codes=shape.codes[kept],
        first=np.where(count > 0, np.cumsum(count) - count, 0).astype(np.uint32),
        count=count,
        touching=shape.touching[np.repeat(kept, shape.count)],
        backdrop=shape.backdrop[kept],
        crowded=shape.codes[crowded],
        areas=np.array(areas, np.int32).reshape(-1, SHAPE_TILE, SHAPE_TILE),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """The tiles of all shapes: shape after shape, those of `inside` ascending."""

    columns: int
    starts: I32
    shape_of_row: I32
    edges: Edges
    first_edge: I64
    touching: U32
    tiles: I64
    count: I64
    backdrop: I32
    inside: I32

    def shapes(self) -> list[ShapeTiles]:
        """Return each shape's tiles, counted from its own corner."""
        codes, shape = self._codes(self.tiles)
        inside, _ = self._codes(self.inside)
        numbers = np.arange(len(self.starts))
        tiles = np.searchsorted(shape, numbers)
        ends = np.cumsum(self.count)
        lists = np.append(0, ends)[tiles]
        first = np.where(self.count > 0, ends - self.count - lists[shape], 0).astype(np.uint32)
        count = self.count.astype(np.uint32)
        cuts = [
            np.append(self.first_edge, len(self.edges)).tolist(),
            tiles.tolist(),
            lists.tolist(),
            np.searchsorted(self.inside, self.starts * self.columns).tolist(),
        ]
        out = []
        for i in range(len(self.starts) - 1):
            edge, tile, entry, full = (slice(cut[i], cut[i + 1]) for cut in cuts)
            out.append(
                ShapeTiles(
                    edges=self.edges[edge],
                    codes=codes[tile],
                    first=first[tile],
                    count=count[tile],
                    touching=self.touching[entry],
                    backdrop=self.backdrop[tile],
                    inside=inside[full],
                )
            )
        return out

    def _codes(self, tiles: npt.NDArray[Any]) -> tuple[U32, I32]:
        """Return the codes of tiles, and whose they are."""
        row = tiles // self.columns
        shape = self.shape_of_row[row]
        return ((row - self.starts[shape] << TILE_ROW) + tiles - row * self.columns).astype(np.uint32), shape


def _is_full(backdrop: I32, even_odd: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tell whether all rows of each backdrop are covered wholly."""
    result: npt.NDArray[np.bool_] = np.asarray((np.abs(backdrop) >= FULL).all(axis=1))
    result[even_odd] = (backdrop[even_odd] & (2 * FULL - 1) == FULL).all(axis=1)
    return result
