"""Make edges from spans, and sort them into tiles. Twin of shaders/shapes/edges.wgsl."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.rect import SHAPE_TILE
from wavyte_gpu.ops.quantise import edges_between
from wavyte_gpu.ops.registry import bin_values
from wavyte_gpu.ops.shapes.layout import Head, Shape, bin_of, header, shape_of

__all__ = ["execute"]

I32 = npt.NDArray[np.int32]
U32 = npt.NDArray[np.uint32]

_TALL = SHAPE_TILE * 1024  # 22.10


def execute(words: I32, bins: I32, made: U32, nodes: U32) -> None:
    """Write the edges into `made`, entries of lists into `nodes`, and the lists' heads and what edges leave to tiles into `bins`.

    The order of entries in a list is that of the edges here; the kernel's is any. Lists may hold more than what touches a tile.

    Args:
        words: input, as shapes/layout has it. bins: all 0. made: (N, 4) texels. nodes: (M, 2).
    """
    head = header(words)
    spans = words[head.spans_at :].reshape(4, -1)
    edges = edges_between(*spans)
    for i, (x0, y0, x1, y1) in enumerate(spans.T.tolist()):
        shape = shape_of(words, int(words[head.owners_at + i]))
        left, upper = shape.x0 * 256, shape.y0 * 256
        right, lower = left + shape.columns * SHAPE_TILE * 256, upper + shape.rows * SHAPE_TILE * 256
        if y0 == y1 or max(y0, y1) <= upper or min(y0, y1) >= lower or min(x0, x1) >= right:
            continue
        made[3 * i : 3 * i + 3] = edges[i : i + 1].view(np.uint32).reshape(3, 4)
        _sort(edges[i], i, shape, head, bins, nodes)


def _sort(edge: np.void, number: int, shape: Shape, head: Head, bins: I32, nodes: U32) -> None:
    """Enter an edge in the lists of the tiles that it may touch, and what it leaves to those right of them."""
    margin = int(bin_values("edges")["MARGIN"])
    x_top, y_top, x_bottom, y_bottom = edge["span"].tolist()
    direction = int(edge["line"][3])
    first = max((y_top - shape.y0 * 1024) // _TALL, 0)
    last = min((y_bottom - 1 - shape.y0 * 1024) // _TALL, shape.rows - 1)
    own = number + 1
    for row in range(first, last + 1):
        ceiling = shape.y0 + row * SHAPE_TILE
        enter = x_top if ceiling * 1024 <= y_top else _line_x(edge, ceiling)
        leave = x_bottom if (ceiling + SHAPE_TILE) * 1024 >= y_bottom else _line_x(edge, ceiling + SHAPE_TILE)
        left = max((min(enter, leave) - margin - shape.x0 * 1024) // _TALL, 0)
        right = min((max(enter, leave) + margin - shape.x0 * 1024) // _TALL, shape.columns - 1)
        cells = shape.cell + row * shape.columns
        for x in range(left, right + 1):
            node, own = own, 0
            if not node:
                node = head.edges + 1 + int(bins[0])
                bins[0] += 1
            nodes[node] = (head.sheet_at + 3 * number, bins[bin_of(cells + x)])
            bins[bin_of(cells + x)] = node
        if right + 1 >= shape.columns:
            continue
        at = bin_of(cells + max(right + 1, 0))
        begin, end = max(y_top - ceiling * 1024, 0), min(y_bottom - ceiling * 1024, _TALL)
        if end - begin == _TALL:
            bins[at + 1] += direction
            continue
        for y in range(SHAPE_TILE):
            bins[at + 2 + y] += max(min(end, (y + 1) * 1024) - max(begin, y * 1024), 0) * direction


def _line_x(edge: np.void, y: int) -> int:
    """Return x of an edge's line at the top of a row of pixels, in 1/1024 px."""
    origin, slope, low, _ = edge["line"].tolist()
    below = y * (low >> 16 & 0xFFFF) + (low & 0xFFFF)
    x = y * slope + origin + 32 + (below >> 16)
    return int((x + (1 << 31)) % (1 << 32) - (1 << 31)) >> 6
