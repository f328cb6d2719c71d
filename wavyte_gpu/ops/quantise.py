"""Turn float64 geometry and colours into the integers that kernels take: each value is quantised here, once.

Rounding is `floor(v + 0.5)`. Inputs are finite.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.reflect import params_dtype

__all__ = [
    "EDGE_DTYPE",
    "affine_words",
    "conic_words",
    "edge_records",
    "edges_between",
    "gradient_size",
    "gradient_table",
    "linear_words",
    "needs_clipping",
    "pixel_bounds",
    "radial_words",
    "scaled_words",
    "video_params",
    "yuv_weights",
]

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Fixed = npt.NDArray[np.int32] | I64

EDGE_DTYPE = np.dtype([("span", "<i4", (4,)), ("line", "<i4", (4,)), ("column", "<i4", (4,))])  # shared/coverage
MAX_VERTEX_PX = 16000.0  # vertices in 22.10 and crossings in 16.16 must hold them
CLIP_MARGIN_PX = 64.0
MAX_CANVAS_PX = 16384.0
_STRIP = 1 << 13  # edges that are worked on at once: their arrays stay in the cache, which takes half of the time
MIN_TABLE, MAX_TABLE = 1024, 16384


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
    return _words(_columns(ax, ay, o))


def _words(parts: F64) -> tuple[I32, I32]:
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
    q = np.minimum(np.maximum(round_half_up(np.asarray(quads, np.float64) * 256.0) / 256.0, -(2.0**30)), 2.0**30)
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
        (n, count) of EDGE_DTYPE. Unused and horizontal edges are empty (`y_top == y_bottom`).
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
    start = fixed.reshape(-1, 2)
    end = np.roll(fixed, -1, axis=1).reshape(-1, 2)
    return edges_between(start[:, 0], start[:, 1], end[:, 0], end[:, 1]).reshape(n, count)


def edges_between(x0: Fixed, y0: Fixed, x1: Fixed, y1: Fixed) -> npt.NDArray[np.void]:
    """Return the edges that run from one point to another, in `EDGE_DTYPE`: upper end first, with both lines.

    Args:
        x0, y0, x1, y1: (n,) int32 or int64, canvas px in 24.8, within MAX_VERTEX_PX. Horizontal edges become empty.
    """
    words = np.empty((len(x0), 12), np.int32)
    for at in range(0, len(x0), _STRIP):
        mine = slice(at, at + _STRIP)
        _write_edges(words[mine], x0[mine], y0[mine], x1[mine], y1[mine])
    return words.view(EDGE_DTYPE).reshape(-1)


def _write_edges(words: I32, x0: Fixed, y0: Fixed, x1: Fixed, y1: Fixed) -> None:
    down = y0 <= y1
    top_x, bottom_x = np.where(down, x0, x1), np.where(down, x1, x0)
    top_y, bottom_y = np.minimum(y0, y1), np.maximum(y0, y1)
    dx, dy = (bottom_x - top_x).astype(np.float64), (bottom_y - top_y).astype(np.float64)
    for i, v in enumerate((top_x, top_y, bottom_x, bottom_y)):
        np.left_shift(v, 2, out=words[:, i], casting="unsafe")
    flat = dy == 0.0
    _line_words(words[:, 4:7], dx, dy + flat, top_x, top_y)
    _line_words(words[:, 8:11], dy, dx + (dx == 0.0), top_y, top_x)
    words[:, 7] = down
    words[:, 7] += words[:, 7]
    words[:, 7] -= 1
    words[:, 11] = 0
    if flat.any():
        words[flat] = 0


def _line_words(words: I32, rise: F64, run: F64, start: Fixed, at: Fixed) -> None:
    """Write the words of the line that passes `start` at `at` (24.8) and rises by `rise` on each `run`.

    A line's position is 16.32 fixed point modulo 2^48: what wraps outside the edge is not read. The slope is rounded half up, exactly.
    """
    guess = rise / run
    guess *= 4294967296.0
    slope = guess.astype(np.int64)  # off by some units where a float has no bits for them
    rest = rise.astype(np.int64)
    rest <<= 32
    rest -= slope * run.astype(np.int64)  # what wraps cancels
    np.divide(rest, run, out=guess)
    guess += 0.5
    slope += np.floor(guess, out=guess).astype(np.int64)
    origin = slope * at
    origin += 128
    origin >>= 8  # only its lower 48 bits count: the product may wrap
    np.subtract(start.astype(np.int64) << 24, origin, out=origin)
    words[:, 1] = slope >> 16
    slope &= 0xFFFF
    slope <<= 16
    slope |= origin & 0xFFFF
    words[:, 2] = slope
    origin >>= 16
    words[:, 0] = origin


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


def gradient_size(length_px: npt.ArrayLike) -> I32:
    """Return the number of table entries for gradients of a length in px: a power of two, at least twice the length."""
    wanted = np.clip(np.asarray(length_px, np.float64) * 2.0, MIN_TABLE, MAX_TABLE)
    mantissa, exponent = np.frexp(wanted)
    result: I32 = np.where(mantissa == 0.5, 1 << (exponent - 1), 1 << exponent).astype(np.int32)
    return result


def gradient_table(stops: Sequence[tuple[float, Sequence[float]]], size: int) -> npt.NDArray[np.uint32]:
    """Return a gradient's table: entry k is the colour at (k + 0.5) / size.

    Args:
        stops: (position, premultiplied sRGB-encoded RGBA in 0..1), positions ascending; at equal positions the colour changes at
            once. Before the first and after the last stop their colours hold.
        size: number of entries.

    Returns:
        (size,) uint32, premultiplied.
    """
    at = np.array([s[0] for s in stops], np.float64)
    colours = np.array([s[1] for s in stops], np.float64)
    t = (np.arange(size) + 0.5) / size
    after = np.clip(np.searchsorted(at, t, side="right"), 0, len(stops) - 1)
    before = np.maximum(np.searchsorted(at, t, side="right") - 1, 0)
    width = at[after] - at[before]
    w = np.where(width > 0.0, (t - at[before]) / np.where(width > 0.0, width, 1.0), 0.0)[:, None]
    mixed = colours[before] * (1.0 - w) + colours[after] * w
    c = np.clip(round_half_up(mixed * 255.0), 0.0, 255.0).astype(np.uint32)
    c = np.minimum(c, c[:, 3:])
    return np.asarray(c[:, 0] | (c[:, 1] << 8) | (c[:, 2] << 16) | (c[:, 3] << 24), np.uint32)


def linear_words(ax: npt.ArrayLike, ay: npt.ArrayLike, o: npt.ArrayLike, size: npt.ArrayLike) -> tuple[I32, I32, I32]:
    """Return the position words of linear gradients.

    Args:
        ax, ay, o: (n,) float64: canvas pixel (x, y) lies at `x * ax + y * ay + o`, where the gradient runs from 0 to 1.
        size: (n,) entries of the tables.

    Returns:
        bits (n,), hi (n, 4), lo (n, 4) int32: the fraction bits for `table[3]`, and the words.
    """
    size = np.atleast_1d(np.asarray(size, np.float64))[:, None]
    parts = _columns(ax, ay, o) * size
    middle = size * np.array([0.0, 0.0, 0.5])
    # A gradient of less than 1/64 px is drawn that long: its positions would not fit.
    shrink = np.exp2(np.minimum(30 - np.frexp(_reach(parts))[1], 0).astype(np.float64))[:, None]
    parts = (parts - middle) * shrink + middle
    bits = np.clip(30 - np.frexp(_reach(parts))[1], 0, 16).astype(np.int32)
    hi, lo = scaled_words(parts, bits)
    return bits, hi, lo


def radial_words(u: npt.ArrayLike, v: npt.ArrayLike) -> tuple[I32, I32, I32, I32, I32]:
    """Return the position words of radial gradients.

    Args:
        u, v: (n, 3) float64, `ax, ay, o` of the position from the centre along two axes, 1 at the radius.

    Returns:
        bits (n,) for `table[3]`; hi and lo of u; hi and lo of v, each (n, 4) int32.
    """
    a = np.atleast_2d(np.asarray(u, np.float64)) * 32768.0
    b = np.atleast_2d(np.asarray(v, np.float64)) * 32768.0
    exponent = np.frexp(np.maximum(_reach(a), _reach(b)))[1]
    # A radius of less than a pixel is drawn larger: its positions would not fit.
    shrink = np.exp2(np.minimum(30 - exponent, 0).astype(np.float64))[:, None]
    bits = np.clip(30 - exponent, 0, 16).astype(np.int32)
    return bits, *scaled_words(a * shrink, bits), *scaled_words(b * shrink, bits)


def conic_words(u: npt.ArrayLike, v: npt.ArrayLike) -> tuple[I32, I32, I32, I32]:
    """Return the position words of conic gradients.

    Args:
        u, v: (n, 3) float64, `ax, ay, o` of the position from the centre, along the direction where the turn starts and a
            quarter of a turn on; the unit does not matter.

    Returns:
        hi and lo of u; hi and lo of v, each (n, 4) int32.
    """
    a = np.atleast_2d(np.asarray(u, np.float64))
    b = np.atleast_2d(np.asarray(v, np.float64))
    scale = np.exp2((30 - np.frexp(np.maximum(_reach(a), _reach(b)))[1]).astype(np.float64))[:, None]
    bits = np.zeros(len(a), np.int32)
    return *scaled_words(a * scale, bits), *scaled_words(b * scale, bits)


def _columns(ax: npt.ArrayLike, ay: npt.ArrayLike, o: npt.ArrayLike) -> F64:
    out = np.empty((max(np.size(v) for v in (ax, ay, o)), 3))
    out[:, 0], out[:, 1], out[:, 2] = ax, ay, o
    return out


def _reach(parts: F64) -> F64:
    """Return the largest position that a canvas of MAX_CANVAS_PX can show."""
    a = np.abs(parts)
    result: F64 = (a[:, 0] + a[:, 1]) * MAX_CANVAS_PX + a[:, 2]
    return result


def scaled_words(parts: F64, bits: I32) -> tuple[I32, I32]:
    """Return the words of positions with `bits` fraction bits instead of 16."""
    scaled = parts * np.exp2(bits.astype(np.float64) - 16.0)[:, None]
    return _words(scaled)


# Kr and Kb of ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance).
LUMA_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}
SUBSAMPLING = {"444": (1, 1), "422": (2, 1), "420": (2, 2)}
SITINGS = {"left": (0, 1), "center": (1, 1), "topleft": (0, 0)}  # whether chroma lies between the columns, the rows


def video_params(
    width: int,
    height: int,
    *,
    matrix: str,
    full_range: bool,
    bits: int = 8,
    subsampling: str = "420",
    siting: str = "left",
    level: int = 0,
    alpha: bool = False,
    window: tuple[int, int, int, int] | None = None,
    origin: tuple[int, int] | None = None,
) -> npt.NDArray[np.void]:
    """Return the `Params` of draw/video.

    Args:
        width, height: of the frame in px; chroma planes are that divided by the subsampling, rounded up.
        matrix: a key of LUMA_WEIGHTS, or "rgb" for planes of green, blue and red (full range, "444").
        full_range: samples span all of their bits, not the limited range of video.
        bits: of a sample: 8 to 12, in the lower bits.
        subsampling: a key of SUBSAMPLING.
        siting: a key of SITINGS; axes that are not subsampled ignore it.
        level: mip level, 0 .. 10.
        alpha: a fourth plane holds alpha, always in full range.
        window: px of the mip level to write, x0, y0, x1, y1, x0 a multiple of 8; default all of it.
        origin: the px of the mip level that the surface begins with; default the window's corner.

    Returns:
        a zero-dimensional record.
    """
    top = (1 << bits) - 1
    unit = float(1 << (bits - 8))
    luma = 255.0 / top if full_range else 255.0 / (219.0 * unit)
    chroma = 255.0 / top if full_range else 255.0 / (224.0 * unit)
    nx, ny = SUBSAMPLING[subsampling]
    between_x, between_y = SITINGS[siting]
    p = np.zeros((), params_dtype("draw/video"))
    p["size"] = (width, height, level, 0 if full_range else 16 << (bits - 8))
    p["window"] = (0, 0, -(-width >> level), -(-height >> level)) if window is None else window
    p["origin"][:2] = p["window"][:2] if origin is None else origin
    grey = 0 if matrix == "rgb" else 16 << (bits - 1)
    p["chroma"] = ((width + nx - 1) // nx - 1, (height + ny - 1) // ny - 1, grey, top if alpha else 0)
    p["siting"] = (4 // nx, 4 // ny, -between_x * (nx - 1), -between_y * (ny - 1))
    word_bits = 8 if bits == 8 else 16
    if matrix == "rgb":
        p["matrix"], p["green"] = (0, _q16(255.0 / top), _q16(255.0 / top), word_bits), (0, 0, _q16(255.0 / top), 0)
        return p
    kr, kb = LUMA_WEIGHTS[matrix]
    kg = 1.0 - kr - kb
    p["matrix"] = (_q16(luma), _q16(2.0 * (1.0 - kr) * chroma), _q16(2.0 * (1.0 - kb) * chroma), word_bits)
    green = (_q16(-2.0 * kb * (1.0 - kb) / kg * chroma), _q16(-2.0 * kr * (1.0 - kr) / kg * chroma))
    p["green"] = (*green, p["matrix"][0], 0)
    return p


def yuv_weights(bits: int, *, matrix: str = "bt709", full_range: bool = False) -> I32:
    """Return (3, 4) int32: Q16 weights of 8-bit R, G and B and the offset, for Y, U and V of `bits` bits.

    Green takes what rounding leaves, so that greys stay grey.
    """
    kr, kb = LUMA_WEIGHTS[matrix]
    unit = 1 << (bits - 8)
    top = ((1 << bits) - 1) / 255.0
    luma, chroma = (top, top) if full_range else (219.0 * unit / 255.0, 224.0 * unit / 255.0)
    out = np.zeros((3, 4), np.int32)
    r, b = _q16(kr * luma), _q16(kb * luma)
    out[0] = (r, _q16(luma) - r - b, b, (0 if full_range else 16 * unit) << 16)
    r, b = _q16(-kr / (2.0 * (1.0 - kb)) * chroma), _q16(0.5 * chroma)
    out[1] = (r, -r - b, b, 128 * unit << 16)
    r, b = _q16(0.5 * chroma), _q16(-kb / (2.0 * (1.0 - kr)) * chroma)
    out[2] = (r, -r - b, b, 128 * unit << 16)
    return out


def _q16(v: float) -> int:
    return int(np.floor(v * 65536.0 + 0.5))
