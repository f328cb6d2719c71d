"""Rectangles of whole pixels."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["NOWHERE", "SHAPE_TILE", "Rect", "corners", "rects"]

SHAPE_TILE = 8  # side in px of the tiles that shapes are sorted into


class Rect(NamedTuple):
    """Whole canvas pixels, end exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def area(self) -> int:
        return (self.x1 - self.x0) * (self.y1 - self.y0)

    @property
    def empty(self) -> bool:
        return self.x1 <= self.x0 or self.y1 <= self.y0

    def intersect(self, other: Rect) -> Rect:
        return Rect(max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1))

    def touches(self, other: Rect) -> bool:
        return self.x0 < other.x1 and self.x1 > other.x0 and self.y0 < other.y1 and self.y1 > other.y0

    def union(self, other: Rect) -> Rect:
        return Rect(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def grow(self, by: Rect) -> Rect:
        """Move each side out by the margins `by`: left, top, right and bottom px."""
        return Rect(self.x0 - by.x0, self.y0 - by.y0, self.x1 + by.x1, self.y1 + by.y1)

    def contains(self, other: Rect) -> bool:
        return self.x0 <= other.x0 and self.y0 <= other.y0 and self.x1 >= other.x1 and self.y1 >= other.y1


NOWHERE = Rect(0, 0, 0, 0)


def corners(rects: Collection[Rect]) -> npt.NDArray[np.int64]:
    """Return rectangles as rows x0, y0, x1, y1 of a table, (n, 4). `np.array` of them takes five times as long."""
    return np.fromiter(chain.from_iterable(rects), np.int64, 4 * len(rects)).reshape(-1, 4)


def rects(table: npt.NDArray[Any]) -> list[Rect]:
    """Return the rows of a table as rectangles; see `corners`."""
    return list(map(partial(tuple.__new__, Rect), table.tolist()))
