"""Where edges cross the rows of a grid of tiles: which tiles they touch, and what they leave to the tiles right of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.foundation.rect import SHAPE_TILE
from wavyte_gpu.ops.registry import SHEET_TEXELS

__all__ = ["FULL", "MOST_CROWDED", "SIZE", "STRIP", "Lines", "crossings", "heights", "ramps"]

I32 = npt.NDArray[np.int32]
Edges = npt.NDArray[np.void]

FULL = 1024
"""Height of a row in 22.10."""
SIZE = SHAPE_TILE * FULL
STRIP = 1 << 13
"""Pairs that are worked on at once: their arrays stay in the cache."""
MOST_CROWDED = 1 << 23
"""Passes of edges through crowded tiles that are summed on the host, about 3 us each."""
_MOST_PASSES = 4 * SHEET_TEXELS + MOST_CROWDED  # of more, those of other tiles have no room on the GPU
_SHIFT = SIZE.bit_length() - 1
_MARGIN = 3  # 1/1024 px: rounding of crossings
_WHOLE = 4294967296.0  # above all sums of parts of rows


class Lines(NamedTuple):
    """Edges and where they lie in the grid: shift in 1/1024 px, tile rows and last column of their shape, number in it.

    Arrays of one element count for all edges.
    """

    edges: Edges
    shift_x: I32
    shift_y: I32
    low: I32
    high: I32
    limit: I32
    number: I32


class _Parts(NamedTuple):
    """Pairs of an edge and a tile row that it does not cross wholly: the first tile right of the edge in a grid with one column
    more, where in the row the edge begins and ends in 1/1024 px, and its direction."""

    place: I32
    top: I32
    bottom: I32
    direction: I32


def crossings(lines: Lines, rows: int, columns: int, bits: int) -> tuple[npt.NDArray[Any], I32, _Parts]:
    """Return which tiles edges touch, and what they leave to the tiles right of them.

    Args:
        rows, columns: of the grid. bits: of an edge's number.

    Returns:
        One entry for every tile that an edge touches: the tile, and in its lower bits the edge's number in its shape. Then
        (rows * (columns + 1),) the directions of edges that cross a tile row wholly, summed at the first tile right of them, and the
        pairs that cross a part.

    Raises:
        LimitError: there are too many entries.
    """
    words = lines.edges.view(np.int32).reshape(-1, 12)
    x0, y0 = words[:, 0] - lines.shift_x, words[:, 1] - lines.shift_y
    x1, y1 = words[:, 2] - lines.shift_x, words[:, 3] - lines.shift_y
    slope = (x1 - x0) / (y1 - y0)
    origin = x0 - slope * y0
    upper = np.clip(y0 >> _SHIFT, lines.low, lines.high)
    crossed = np.clip((y1 - 1) >> _SHIFT, lines.low, lines.high) - upper + 1
    ends = np.cumsum(crossed, dtype=np.int64)
    limit = np.broadcast_to(lines.limit, x0.shape)
    key: type[np.uint32] | type[np.uint64] = np.uint32 if rows * columns << bits <= 1 << 32 else np.uint64
    shift = key(bits)
    crossing = np.zeros(rows * (columns + 1), np.int32)
    entries: list[npt.NDArray[Any]] = [np.zeros(0, key)]
    parts = [_Parts(*np.zeros((4, 0), np.int32))]
    total, passes = int(ends[-1]) if len(ends) else 0, 0
    cuts = np.unique(np.searchsorted(ends, np.arange(0, total, STRIP), side="right")).tolist()
    for begin, end in pairwise([*cuts, len(ends)]):
        # One pair for every tile row that an edge crosses: where it enters and leaves.
        mine = slice(begin, end)
        edge = np.repeat(np.arange(begin, end), crossed[mine])
        row = ramps(upper[mine], crossed[mine])
        ceiling = row << _SHIFT
        top, bottom = np.maximum(y0[edge], ceiling), np.minimum(y1[edge], ceiling + SIZE)
        enter, leave = slope[edge], origin[edge]
        enter, leave = enter * top + leave, enter * bottom + leave
        left = np.maximum((np.minimum(enter, leave) - _MARGIN).astype(np.int32) >> _SHIFT, 0)
        right = np.minimum((np.maximum(enter, leave) + _MARGIN).astype(np.int32) >> _SHIFT, limit[edge])
        widths = np.maximum(right - left + 1, 0)
        passes += int(widths.sum())
        if passes > _MOST_PASSES:
            text = f"the edges of shapes pass tiles of {SHAPE_TILE} px more than {_MOST_PASSES} times in one frame"
            raise LimitError(text)
        tile: npt.NDArray[Any] = ramps(row * columns + left, widths).astype(key)
        entries.append(tile << shift | np.repeat(lines.number[edge].astype(key), widths))
        place = row * (columns + 1) + np.maximum(right + 1, np.minimum(left, columns))
        direction = words[:, 7][edge]
        whole = bottom - top == SIZE
        if whole.any():
            crossing += np.bincount(place, weights=whole * direction, minlength=len(crossing)).astype(np.int32)
        some = np.flatnonzero(~whole)
        parts.append(_Parts(*(v[some] for v in (place, top - ceiling, bottom - ceiling, direction))))
    return np.concatenate(entries), crossing, _Parts(*(np.concatenate(v) for v in zip(*parts, strict=True)))


def heights(step: I32, top: I32, bottom: I32, direction: I32, steps: int) -> I32:
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
    result: I32 = parts[:, :-1] + above * np.int32(FULL)
    return result


def ramps(begin: I32, counts: I32) -> I32:
    """Return b, b + 1 .. b + n - 1 for each b of `begin` and n of `counts`, one after the other."""
    ends = np.cumsum(counts, dtype=np.int32)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total, dtype=np.int32) - np.repeat(ends - counts - begin, counts)
