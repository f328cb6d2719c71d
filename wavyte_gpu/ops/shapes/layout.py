"""Where the numbers lie that the kernels of shapes read. Twin of shaders/shapes/layout.wgsl."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.registry import BIN_WORDS

__all__ = ["HEAD_WORDS", "SHAPE_WORDS", "Head", "Shape", "bin_of", "header", "shape_of"]

I32 = npt.NDArray[np.int32]

HEAD_WORDS = 8
SHAPE_WORDS = 8


class Head(NamedTuple):
    """Numbers of edges and of rows of tiles, where their words begin, where in the sheet texels go, and where among these some begin."""

    edges: int
    rows: int
    rows_at: int
    owners_at: int
    spans_at: int
    sheet_at: int
    tiles_at: int
    backdrops_at: int


class Shape(NamedTuple):
    """A shape's corner in canvas px, its size in tiles, its first tile and row of tiles among all, its layer's bits and its rule."""

    x0: int
    y0: int
    columns: int
    rows: int
    cell: int
    row: int
    layer: int
    even_odd: int


def header(words: I32) -> Head:
    """Return the head of the input words."""
    return Head(*words[:HEAD_WORDS].tolist())


def shape_of(words: I32, index: int) -> Shape:
    """Return a shape of the input words."""
    at = HEAD_WORDS + SHAPE_WORDS * index
    return Shape(*words[at : at + SHAPE_WORDS].tolist())


def bin_of(cell: int) -> int:
    """Return where the words of a tile begin in the bins."""
    return 1 + cell * BIN_WORDS
