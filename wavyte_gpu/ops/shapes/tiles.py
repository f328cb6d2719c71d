"""Find the backdrop of every tile, and which are drawn and how. Twin of shaders/shapes/tiles.wgsl."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.rect import SHAPE_TILE
from wavyte_gpu.ops.registry import TILE_ROW
from wavyte_gpu.ops.shapes.layout import bin_of, header, shape_of

__all__ = ["execute"]

I32 = npt.NDArray[np.int32]
U32 = npt.NDArray[np.uint32]

_NONE = 0xFFFFFFFF


def execute(words: I32, bins: I32, made: U32) -> None:
    """Write the tiles of all shapes and their backdrops into `made`, as composite/fill reads them.

    Args:
        words: input, as shapes/layout has it. bins: what shapes/edges wrote. made: (N, 4) texels.
    """
    head = header(words)
    for index in range(head.rows):
        shape = shape_of(words, int(words[head.rows_at + index]))
        row = index - shape.row
        total = np.zeros(SHAPE_TILE, np.int32)
        for x in range(shape.columns):
            cell = shape.cell + row * shape.columns + x
            at = bin_of(cell)
            total += bins[at + 2 : at + 2 + SHAPE_TILE] + bins[at + 1] * 1024
            first = int(bins[at])
            full = (total & 2047) == 1024 if shape.even_odd else np.abs(total) >= 1024
            inside = first == 0 and bool(full.all())
            drawn = first != 0 or bool(total.any())
            backdrop = head.backdrops_at + SHAPE_TILE // 4 * cell
            made[backdrop : backdrop + SHAPE_TILE // 4] = total.view(np.uint32).reshape(-1, 4)
            code = (shape.layer & _NONE) | row << TILE_ROW | x if drawn else _NONE
            made[head.tiles_at + cell] = (code, first, 0, _NONE if inside else head.sheet_at + backdrop)
