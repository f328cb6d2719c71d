"""Area of a polygon inside each pixel, edge by edge and without a division. Twin of shaders/shared/coverage.wgsl."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["coverage_even_odd", "coverage_of", "edge_area", "shape_area"]


class EdgeLike(Protocol):
    """One edge, or the fields of many as arrays."""

    def __getitem__(self, name: str, /) -> I32: ...


def line_position(line: I32, n: I32) -> tuple[I32, I32]:
    """Return a line's words at row or column n: whole 16.16, rounded to 1/1024, and the bits below."""
    return n * line[1] + line[0] + 32, n * ((line[2] >> 16) & 0xFFFF) + (line[2] & 0xFFFF)


def line_step(line: I32) -> tuple[I32, I32]:
    """Return by how much both words grow from row to row or from column to column."""
    return line[1], (line[2] >> 16) & 0xFFFF


def line_value(position: tuple[I32, I32]) -> I32:
    """Return a position in 22.10."""
    return (position[0] + (position[1] >> 16)) >> 6


def edge_y(e: EdgeLike, x: I32, position: tuple[I32, I32]) -> I32:
    """Return y of an edge at the left side of column x, where its line of columns has a position; beside the edge that of its end."""
    x_top, y_top, x_bottom, y_bottom = e["span"]
    leftward = x_bottom < x_top
    last = np.where(leftward, y_top, y_bottom)
    inside = np.where(x << 10 >= np.maximum(x_top, x_bottom), last, line_value(position))
    return np.where(x << 10 <= np.minimum(x_top, x_bottom), np.where(leftward, y_bottom, y_top), inside)


def edge_reach(e: EdgeLike) -> tuple[I32, I32]:
    """Return how far left and right an edge reaches."""
    return np.minimum(e["span"][0], e["span"][2]), np.maximum(e["span"][0], e["span"][2])


def reach_in(reach: tuple[I32, I32], x: I32) -> tuple[I32, I32]:
    """Return the part of a reach that lies in column x."""
    return np.clip(reach[0], x << 10, (x + 1) << 10), np.clip(reach[1], x << 10, (x + 1) << 10)


def edge_x(position: tuple[I32, I32], reach: tuple[I32, I32]) -> I32:
    """Return x of an edge where its line of rows has a position, held within a reach. Only meaningful on the edge's height."""
    return np.clip(line_value(position), *reach)


def edge_part(e: EdgeLike, left: I32, right: I32, top: I32, bottom: I32) -> tuple[I32, I32]:
    """Return, of rows top .. bottom of a column, what the edge leaves to the right of the column, and the part of that which it
    gains inside; in 1/1024 px, before the direction."""
    x_top, y_top, x_bottom, y_bottom = e["span"]
    upper = np.clip(top << 10, y_top, y_bottom)
    lower = np.clip(bottom << 10, y_top, y_bottom)
    a = np.clip(left, upper, lower)
    b = np.clip(right, upper, lower)
    return np.where(x_bottom < x_top, lower, upper) - b, a - b


def edge_sign(e: EdgeLike) -> I32:
    """Return what turns `edge_part` into area: the direction, for edges to the left as they are and for others negated."""
    return np.where(e["span"][2] < e["span"][0], e["line"][3], -e["line"][3])


def edge_row(e: EdgeLike, left: I32, right: I32, y: I32, across: I32) -> I32:
    """Return twice the signed area right of an edge inside a pixel of row y; a full pixel is 2^21.

    Args:
        e: the edge.
        left, right: `edge_y` at the pixel's sides.
        y: the row.
        across: from the pixel's left side to `edge_x` at the top of the row and of the next one, in sum.
    """
    rest, gain = edge_part(e, left, right, y, y + 1)
    result: I32 = ((rest << 11) - gain * across) * edge_sign(e)
    return result


def edge_area(e: EdgeLike, x: I32, y: I32) -> I32:
    """Return the same for pixel (x, y), from the edge alone."""
    reach = reach_in(edge_reach(e), x)
    across = edge_x(line_position(e["line"], y), reach) + edge_x(line_position(e["line"], y + 1), reach) - (x << 11)
    left, right = (edge_y(e, v, line_position(e["column"], v)) for v in (x, x + 1))
    return edge_row(e, left, right, y, across)


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
        edges: (E,) records of `quantise.EDGE_DTYPE`.
        x0, y0, width, height: canvas px.
    """
    area = np.zeros((height, width), np.int32)
    steps = np.zeros((height, width + 1), np.int32)
    for k in range(0, len(edges), _STRIP):
        _add_area(edges[k : k + _STRIP], x0, y0, area, steps)
    return area + np.cumsum(steps, axis=1, dtype=np.int32)[:, :width]


_STRIP = 1 << 13  # edges, each of 32 px at most, that are looked at together


def _add_area(edges: np.ndarray, x0: int, y0: int, area: I32, steps: I32) -> None:
    """Add edges to the area inside the pixels that they pass, and to the steps of what lies right of them."""
    height, width = area.shape
    span = edges["span"]
    first = np.maximum(span[:, 1] >> 10, y0)
    rows = np.maximum(np.minimum((span[:, 3] - 1) >> 10, y0 + height - 1) - first + 1, 0)
    which = np.repeat(np.arange(len(edges)), rows)
    y = (np.arange(len(which)) - np.repeat(np.cumsum(rows) - rows, rows) + first[which]).astype(np.int32)
    e = edges[which]
    a, b = _crossing(e, y), _crossing(e, y + 1)
    left = np.maximum(
        (np.minimum(a, b) - 1) >> 10, x0
    )  # rounded, it may lie on the side of a pixel that the line just enters
    right = np.minimum((np.maximum(a, b) + 1) >> 10, x0 + width - 1)
    dy = np.minimum((y + 1) << 10, e["span"][:, 3]) - np.maximum(y << 10, e["span"][:, 1])
    # Whole heights, from the first pixel right of the edge.
    np.add.at(steps, (y - y0, np.clip(right + 1 - x0, 0, width)), dy * 2048 * e["line"][:, 3])
    # The pixels that it passes.
    columns = np.maximum(right - left + 1, 0)
    p = np.repeat(np.arange(len(which)), columns)
    x = (np.arange(len(p)) - np.repeat(np.cumsum(columns) - columns, columns) + left[p]).astype(np.int32)
    np.add.at(area, (y[p] - y0, x - x0), edge_area(_Columns(e[p]), x, y[p]))


class _Columns:
    """Edges by fields as `edge_area` reads them: each field's numbers as rows of arrays."""

    def __init__(self, edges: np.ndarray) -> None:
        self._fields = {name: edges[name].T for name in ("span", "line", "column")}

    def __getitem__(self, name: str) -> I32:
        return self._fields[name]


def _crossing(e: np.ndarray, y: I32) -> I32:
    """Return x of edges at the top of row y in 22.10, or of the end beyond which it lies."""
    on_line = line_value(line_position(e["line"].T, y))
    inside = np.where(y << 10 >= e["span"][:, 3], e["span"][:, 2], on_line)
    return np.where(y << 10 <= e["span"][:, 1], e["span"][:, 0], inside)
