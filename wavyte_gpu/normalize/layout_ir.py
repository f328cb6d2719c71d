"""Layouts in the IR: the items of all layouts as a struct of arrays (spec, section 10.5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

__all__ = ["LayoutTable", "LengthUnit", "StyleLength"]

I32 = npt.NDArray[np.int32]
U8 = npt.NDArray[np.uint8]
F64 = npt.NDArray[np.float64]


class LengthUnit(IntEnum):
    """What the number of a layout length means."""

    AUTO = 0
    PX = 1
    PERCENT = 2  # a fraction of the containing box, 1 for all of it
    FR = 3  # a share of a grid's free space


class StyleLength(IntEnum):
    """The lengths and numbers of every item's style, in the order of its row."""

    GAP_X = 0
    GAP_Y = 1
    PADDING_TOP = 2
    PADDING_RIGHT = 3
    PADDING_BOTTOM = 4
    PADDING_LEFT = 5
    MARGIN_TOP = 6
    MARGIN_RIGHT = 7
    MARGIN_BOTTOM = 8
    MARGIN_LEFT = 9
    FLEX_GROW = 10
    FLEX_SHRINK = 11
    FLEX_BASIS = 12
    WIDTH = 13
    HEIGHT = 14
    MIN_WIDTH = 15
    MIN_HEIGHT = 16
    MAX_WIDTH = 17
    MAX_HEIGHT = 18
    INSET_TOP = 19
    INSET_RIGHT = 20
    INSET_BOTTOM = 21
    INSET_LEFT = 22


@dataclass(frozen=True, slots=True, eq=False)
class LayoutTable:
    """The nodes that take part in a layout, in preorder; M rows. Numbers of closed sets are those of `normalize.layouts`.

    Attributes:
        node: (M,) int32. parent: (M,) int32 row of the parent, -1 for the root of a layout.
        codes: (M, 8) int8: display, direction, wrap, position, justify_content, align_items, align_content, align_self;
            -1 for CSS's `normal`.
        lines: (M, 6) int16: start, end and span of the grid column, then of the row; 0 for none.
        aspect_ratio: (M,) float64, 0 for none.
        start: (M + 1,) int32; row i owns the lengths [start[i], start[i + 1]): those of StyleLength, `columns[i]` tracks of the
            template, and the tracks of its rows.
        columns: (M,) int32.
        unit: (L,) uint8 LengthUnit. value: (L,) float64, its constant.
        moving: (K,) int32 lengths that animate; moving_param: (K,) int32, the parameter that drives each, or -1 and -2 for the width
            and the height that a leaf states for itself.
        mask_node, mask_row: (Q,) int32, the hidden leaves that mask rows: they take their boxes.
    """

    node: I32
    parent: I32
    codes: npt.NDArray[np.int8]
    lines: npt.NDArray[np.int16]
    aspect_ratio: F64
    start: I32
    columns: I32
    unit: U8
    value: F64
    moving: I32
    moving_param: I32
    mask_node: I32
    mask_row: I32

    def __len__(self) -> int:
        return len(self.node)
