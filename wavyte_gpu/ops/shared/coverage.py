"""Exact area of a polygon of a few edges inside each pixel. Twin of shaders/shared/coverage.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["coverage_of", "edge_area"]


def height_at(h: U32, n: U32, w: U32) -> I32:
    """Return h * n / w, rounded, for h <= 1024 and n <= w <= 2^20."""
    return ((h * n + (w >> 1)) // w).astype(np.int32)


def crossing(e: np.void, y: I32) -> I32:
    """Return x of the edge at the top of row y, in 22.10."""
    line = e["line"]
    f = y * ((line[2] >> 16) & 0xFFFF) + (line[2] & 0xFFFF)
    p = y * line[1] + line[0] + (f >> 16)
    result: I32 = (p + 32) >> 6
    return result


def edge_area(e: np.void, x: I32, y: I32) -> I32:
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
