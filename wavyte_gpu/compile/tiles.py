"""The tiles of layers: lists for ops, and which of a large leaf's tiles its outline crosses, and which lie wholly inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.registry import TILE, TILE_LAYER, TILE_ROW

__all__ = ["classify_tiles", "tile_list"]

F64 = npt.NDArray[np.float64]
U32 = npt.NDArray[np.uint32]


def tile_list(layers: Sequence[tuple[U32 | None, Rect]]) -> U32:
    """Return the tiles of several layers: of each those that are given, or all of its region."""
    lists = []
    for i, (tiles, region) in enumerate(layers):
        own = _grid(-(-region.width // TILE), -(-region.height // TILE)) if tiles is None else tiles
        lists.append(own | np.uint32(i << TILE_LAYER))
    return np.concatenate(lists)


@lru_cache(maxsize=64)
def _grid(columns: int, rows: int) -> U32:
    row, column = np.arange(rows, dtype=np.uint32)[:, None], np.arange(columns, dtype=np.uint32)
    return ((row << np.uint32(TILE_ROW)) | column).reshape(-1)


def classify_tiles(quad: F64, region: Rect) -> tuple[U32, U32]:
    """Sort the tiles of a region by a convex outline: tiles that an edge may touch, and tiles wholly inside.

    Args:
        quad: (4, 2) float64 corners, canvas px.
        region: canvas px; tiles are TILE px wide and high, counted from its corner.

    Returns:
        Two arrays of row << TILE_ROW | column, in reading order.
    """
    columns, rows = -(-region.width // TILE), -(-region.height // TILE)
    x = region.x0 + TILE * np.arange(columns + 1, dtype=np.float64)[None, :]
    y = region.y0 + TILE * np.arange(rows + 1, dtype=np.float64)[:, None]
    (x0, y0), (x1, y1), (x2, y2) = quad[0], quad[1], quad[2]
    turn = 1.0 if (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1) > 0 else -1.0
    inside = np.ones((rows, columns), bool)
    outside = np.zeros((rows, columns), bool)
    for k in range(4):
        (ax, ay), (bx, by) = quad[k], quad[(k + 1) % 4]
        dx, dy = bx - ax, by - ay
        reach = math.sqrt(dx * dx + dy * dy)
        if reach == 0.0:
            continue
        distance = turn * (dx * (y - ay) - dy * (x - ax)) / reach  # px inside the edge, at tile corners
        corners = np.stack([distance[:-1, :-1], distance[1:, :-1], distance[:-1, 1:], distance[1:, 1:]])
        inside &= corners.min(axis=0) > 0.25
        outside |= corners.max(axis=0) < -0.25
    code = _grid(columns, rows).reshape(rows, columns)
    return code[~inside & ~outside], code[inside]
