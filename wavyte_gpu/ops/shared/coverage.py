"""Exact area of a polygon of a few edges inside each pixel. Twin of shaders/shared/coverage.wgsl."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["coverage_even_odd", "coverage_of", "edge_area", "shape_area"]


class EdgeLike(Protocol):
    """One edge, or the fields of many as arrays."""

    def __getitem__(self, name: str, /) -> I32: ...


def height_at(h: U32, n: U32, w: U32) -> I32:
    """Return h * n / w, rounded, for h <= 1024 and n <= w <= 2^20."""
    return ((h * n + (w >> 1)) // w).astype(np.int32)


def crossing(e: EdgeLike, y: I32) -> I32:
    """Return x of the edge at the top of row y, in 22.10."""
    line = e["line"]
    f = y * ((line[2] >> 16) & 0xFFFF) + (line[2] & 0xFFFF)
    p = y * line[1] + line[0] + (f >> 16)
    result: I32 = (p + 32) >> 6
    return result


def edge_area(e: EdgeLike, x: I32, y: I32) -> I32:
    """Return twice the signed area right of the edge inside pixel (x, y); a full pixel is 2^21."""
    x_top, y_top, x_bottom, y_bottom = e["span"]
    row = y << 10
    dy = np.minimum(row + 1024, y_bottom) - np.maximum(row, y_top)
    a = np.where(y_top >= row, x_top, crossing(e, y)) - (x << 10)
    b = np.where(y_bottom <= row + 1024, x_bottom, crossing(e, y + 1)) - (x << 10)
    left = np.minimum(a, b)
    right = np.maximum(a, b)
    s = np.where(right - left >= 0x100000, 6, 0).astype(np.uint32)
    w = np.maximum((right - left).astype(np.uint32) >> s, np.uint32(1))
    h = np.maximum(dy, 0).astype(np.uint32)
    # The part of the height where the edge is left of the pixel's left side, and left of its right side.
    n0 = np.minimum(np.clip(-left, 0, right - left).astype(np.uint32) >> s, w)
    n1 = np.minimum(np.clip(1024 - left, 0, right - left).astype(np.uint32) >> s, w)
    y0 = height_at(h, n0, w)
    y1 = height_at(h, n1, w)
    vertical = left == right
    y0 = np.where(vertical, np.where(left < 0, h.astype(np.int32), 0), y0)
    y1 = np.where(vertical, np.where(left < 1024, h.astype(np.int32), 0), y1)
    area = 2048 * y0 + (y1 - y0) * (2048 - np.clip(left, 0, 1024) - np.clip(right, 0, 1024))
    result: I32 = area * e["line"][3]
    return result


def coverage_of(area: I32) -> U32:
    """Return the coverage 0..255 of a signed double area (nonzero rule)."""
    a = np.minimum(np.abs(area), 0x200000).astype(np.uint32)
    return (a * np.uint32(255) + np.uint32(0x100000)) >> 21


def coverage_even_odd(area: I32) -> U32:
    """Return the coverage 0..255 of a signed double area (even-odd rule)."""
    a = area.astype(np.uint32) & np.uint32(0x3FFFFF)
    return (np.minimum(a, np.uint32(0x400000) - a) * np.uint32(255) + np.uint32(0x100000)) >> 21


def shape_area(edges: np.ndarray, x0: int, y0: int, width: int, height: int) -> I32:
    """Return twice the signed area right of all edges inside each pixel of a rectangle, (height, width).

    The sum of `edge_area` over all edges, made without tiles: where an edge passes a pixel row it is evaluated, right of that its
    whole height counts, left of it nothing.

    Args:
        edges: (E,) records `span`, `line`.
        x0, y0, width, height: canvas px.
    """
    area = np.zeros((height, width), np.int32)
    span = edges["span"]
    first = np.maximum(span[:, 1] >> 10, y0)
    rows = np.maximum(np.minimum((span[:, 3] - 1) >> 10, y0 + height - 1) - first + 1, 0)
    which = np.repeat(np.arange(len(edges)), rows)
    y = (np.arange(len(which)) - np.repeat(np.cumsum(rows) - rows, rows) + first[which]).astype(np.int32)
    e = edges[which]
    a = np.where(e["span"][:, 1] >= y << 10, e["span"][:, 0], _crossings(e, y))
    b = np.where(e["span"][:, 3] <= (y + 1) << 10, e["span"][:, 2], _crossings(e, y + 1))
    left = np.maximum(np.minimum(a, b) >> 10, x0)
    right = np.minimum(np.maximum(a, b) >> 10, x0 + width - 1)
    dy = np.minimum((y + 1) << 10, e["span"][:, 3]) - np.maximum(y << 10, e["span"][:, 1])
    # Whole heights, from the first pixel right of the edge.
    steps = np.zeros((height, width + 1), np.int32)
    np.add.at(steps, (y - y0, np.clip(right + 1 - x0, 0, width)), dy * 2048 * e["line"][:, 3])
    area += np.cumsum(steps, axis=1, dtype=np.int32)[:, :width]
    # The pixels that it passes.
    columns = np.maximum(right - left + 1, 0)
    pair = np.repeat(np.arange(len(which)), columns)
    x = (np.arange(len(pair)) - np.repeat(np.cumsum(columns) - columns, columns) + left[pair]).astype(np.int32)
    for k in range(0, len(pair), _STRIP):
        p, xs = pair[k : k + _STRIP], x[k : k + _STRIP]
        np.add.at(area, (y[p] - y0, xs - x0), edge_area(_Columns(e[p]), xs, y[p]))
    return area


_STRIP = 1 << 18


class _Columns:
    """Edges by fields as `edge_area` reads them: each field's numbers as rows of arrays."""

    def __init__(self, edges: np.ndarray) -> None:
        self._fields = {"span": edges["span"].T, "line": edges["line"].T}

    def __getitem__(self, name: str) -> I32:
        return self._fields[name]


def _crossings(e: np.ndarray, y: I32) -> I32:
    return crossing(_Columns(e), y)
