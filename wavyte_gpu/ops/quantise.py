"""Turn float64 geometry and colours into the integers that kernels take: each value is quantised here, once.

Rounding is `floor(v + 0.5)`. Inputs are finite.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["affine_words", "edge_records", "pixel_bounds"]

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

EDGE_DTYPE = np.dtype([("span", "<i4", (4,)), ("line", "<i4", (4,))])
MAX_VERTEX_PX = 16000.0  # vertices in 22.10 and crossings in 16.16 must hold them
CLIP_MARGIN_PX = 64.0


def round_half_up(v: npt.ArrayLike) -> F64:
    """Return `floor(v + 0.5)`."""
    result: F64 = np.floor(np.asarray(v, np.float64) + 0.5)
    return result


def affine_words(ax: npt.ArrayLike, ay: npt.ArrayLike, o: npt.ArrayLike) -> tuple[I32, I32]:
    """Split affine positions `x * ax + y * ay + o` into the words of `shared/affine`.

    Args:
        ax, ay: (n,) float64, step for a pixel in x and in y.
        o: (n,) float64, the position of canvas pixel (0, 0) itself: of its centre, as pixels are sampled there.

    Returns:
        hi, lo: (n, 4) int32: 16.16 and the 16 bits below it, modulo 2^16 in front of the point; the fourth column is 0.
    """
    parts = np.stack(np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, np.float64)) for v in (ax, ay, o))), axis=-1)
    # 2^48 is the period of the position; a float64 of that size is still whole.
    q = round_half_up(np.remainder(parts, 65536.0) * 4294967296.0).astype(np.int64)
    hi = np.zeros((*q.shape[:-1], 4), np.int32)
    lo = np.zeros_like(hi)
    hi[..., :3] = (q >> 16).astype(np.uint32).view(np.int32)
    lo[..., :3] = (q & 0xFFFF).astype(np.int32)
    return hi, lo


def pixel_bounds(quads: F64) -> I32:
    """Return the whole pixels that hold each quad after rounding to 24.8: x0, y0, x1, y1, end exclusive.

    Args:
        quads: (n, k, 2) float64, canvas px.

    Returns:
        (n, 4) int32; coordinates beyond 2^30 px are cut there.
    """
    q = np.clip(round_half_up(np.asarray(quads, np.float64) * 256.0) / 256.0, -(2.0**30), 2.0**30)
    lower = np.floor(q.min(axis=1))
    upper = np.ceil(q.max(axis=1))
    return np.concatenate([lower, upper], axis=1).astype(np.int32)


def edge_records(
    quads: F64, count: int = 4, clip: tuple[float, float, float, float] | None = None
) -> npt.NDArray[np.void]:
    """Return the edges of convex quads for `shared/coverage`.

    Args:
        quads: (n, 4, 2) float64, canvas px, corners in order, either way round.
        count: edges of a record, 4 or 8. With 4 every vertex must lie within MAX_VERTEX_PX (see `needs_clipping`).
        clip: x0, y0, x1, y1 in canvas px. Quads that reach beyond MAX_VERTEX_PX are cut to it, grown by CLIP_MARGIN_PX.
            Use the same rectangle for every op of a composition (the canvas): the cut moves edges by up to 1/512 px.

    Returns:
        (n, count) records `span`, `line`. Unused and horizontal edges are empty (`y_top == y_bottom`).
    """
    corners = np.asarray(quads, np.float64)
    n = corners.shape[0]
    points = np.repeat(corners[:, :1], count, axis=1)  # a repeated point makes an empty edge
    points[:, :4] = corners
    for i in np.flatnonzero(needs_clipping(corners)):
        assert clip is not None and count == 8, "a quad this large needs a clip rectangle and room for 8 edges"
        m = CLIP_MARGIN_PX
        cut = _clip_polygon(corners[i], (clip[0] - m, clip[1] - m, clip[2] + m, clip[3] + m))
        points[i] = cut[0] if len(cut) else 0.0
        points[i, : len(cut)] = cut
    fixed: I64 = round_half_up(points * 256.0).astype(np.int64)
    out = np.zeros((n, count), EDGE_DTYPE)
    start, end = fixed, np.roll(fixed, -1, axis=1)
    down = start[..., 1] <= end[..., 1]
    x0 = np.where(down, start[..., 0], end[..., 0])
    y0 = np.where(down, start[..., 1], end[..., 1])
    x1 = np.where(down, end[..., 0], start[..., 0])
    y1 = np.where(down, end[..., 1], start[..., 1])
    dx, dy = x1 - x0, np.maximum(y1 - y0, 1)
    slope = (2 * (dx << 32) + dy) // (2 * dy)  # x per row, 16.32
    at_zero = (x0 << 24) - ((slope * y0 + 128) >> 8)  # x at row 0; only its lower 48 bits count: the product may wrap
    live = y1 > y0
    span = np.stack([x0 << 2, y0 << 2, x1 << 2, y1 << 2], axis=-1)
    low_words = (at_zero & 0xFFFF) | ((slope & 0xFFFF) << 16)
    line = np.stack([at_zero >> 16, slope >> 16, low_words, np.where(down, 1, -1)], axis=-1)
    out["span"] = np.where(live[..., None], span, 0).astype(np.int32)
    out["line"] = np.where(live[..., None], (line & 0xFFFFFFFF).astype(np.uint32).view(np.int32), 0)
    return out


def needs_clipping(quads: F64) -> npt.NDArray[np.bool_]:
    """Tell for each of (n, 4, 2) quads in canvas px whether a vertex is too far out for four edges."""
    result: npt.NDArray[np.bool_] = np.any(np.abs(quads) > MAX_VERTEX_PX, axis=(1, 2))
    return result


def _clip_polygon(points: F64, rect: tuple[float, float, float, float]) -> F64:
    """Cut a convex polygon (k, 2) to a rectangle (Sutherland and Hodgman): none or up to k + 4 corners are left."""
    poly = [(float(x), float(y)) for x, y in points]
    for axis, limit, sign in ((0, rect[0], 1.0), (1, rect[1], 1.0), (0, rect[2], -1.0), (1, rect[3], -1.0)):
        out: list[tuple[float, float]] = []
        for i, b in enumerate(poly):
            a = poly[i - 1]
            da, db = sign * (a[axis] - limit), sign * (b[axis] - limit)
            if (da >= 0.0) != (db >= 0.0):
                t = da / (da - db)
                p = (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]))
                out.append((limit, p[1]) if axis == 0 else (p[0], limit))
            if db >= 0.0:
                out.append(b)
        poly = out
    return np.array(poly, np.float64).reshape(-1, 2)
