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

from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.foundation.rect import SHAPE_TILE, Rect
from wavyte_gpu.ops.quantise import EDGE_DTYPE
from wavyte_gpu.ops.registry import SHEET_TEXELS, TILE_ROW
from wavyte_gpu.ops.shared.coverage import shape_area
from wavyte_gpu.raster.crossings import FULL, MOST_CROWDED, SIZE, STRIP, Lines, crossings, heights, ramps
from wavyte_gpu.raster.spans import MOST_EDGES, Placed, ShapeSpans, live_edges, polygon_spans

__all__ = ["EDGE_DTYPE", "MOST_EDGES", "ShapeTiles", "bin_polygons", "bin_spans"]

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U32 = npt.NDArray[np.uint32]
Edges = npt.NDArray[np.void]

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


def bin_polygons(shapes: Sequence[Placed]) -> list[ShapeTiles]:
    """Return the tiles of many shapes, each over its own region: `polygon_spans` and `bin_spans`."""
    return bin_spans(polygon_spans(shapes))


def bin_spans(shapes: Sequence[ShapeSpans]) -> list[ShapeTiles]:
    """Sort the edges of many shapes at once, each into the tiles of its own region.

    Raises:
        LimitError: there are more than a frame has room for, or too many in one place.
    """
    if not shapes:
        return []
    edges, numbers = live_edges(shapes)
    if 3 * len(edges) > SHEET_TEXELS:
        raise LimitError(f"the shapes of a frame have {len(edges)} edges; allowed: {SHEET_TEXELS // 3}")
    return _bin_in_grids(edges, numbers, [s.region for s in shapes], [s.even_odd for s in shapes])


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
    passes = int(count[count > MOST_EDGES].sum())
    if passes > MOST_CROWDED:
        text = f"tiles of {SHAPE_TILE} px that more than {MOST_EDGES} edges of a shape pass are passed {passes} times"
        raise LimitError(f"{text}; allowed: {MOST_CROWDED}")
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
