"""Masks and transitions as integers: how a mask's pixel weighs, and the weight of a transition's incoming side at a pixel."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.quantise import linear_words, scaled_words
from wavyte_gpu.ops.reflect import pass_dtype
from wavyte_gpu.ops.registry import pass_id

__all__ = ["IRIS_SHAPES", "MAX_SOFT_EDGE", "WIPE_DIRECTIONS", "crossfade", "iris", "mask_rule", "wipe"]

F64 = npt.NDArray[np.float64]
Record = npt.NDArray[np.void]

WIPE_DIRECTIONS = ("left_to_right", "right_to_left", "top_to_bottom", "bottom_to_top")
IRIS_SHAPES = ("circle", "rect", "diamond")
MAX_SOFT_EDGE = 16.0  # a wider ramp can't be told from it
_UNITS = 46000.0  # of an iris from its origin to the farthest corner: the squares of two axes fit 32 bits
_LARGEST = 2.0**30
_CANVAS_PX = 16384.0


def mask_rule(mode: str, *, threshold: float = 0.5, inverted: bool = False) -> npt.NDArray[np.void]:
    """Return the `Params` of passes/mask, a zero-dimensional record without head.

    Args:
        mode: "alpha", "luma" (54 R + 183 G + 19 B of the premultiplied pixel) or "stencil".
        threshold: of a stencil: alpha from round(255 * threshold) on counts whole.
        inverted: weigh by 255 - w.
    """
    p = np.zeros((), pass_dtype(pass_id("mask")))
    rule = p["rule"]
    invert = inverted
    if mode == "luma":
        rule["factors"][:3] = (54, 183, 19)
    else:
        rule["factors"][3] = 256
    if mode == "stencil":
        least = int(np.floor(255.0 * threshold + 0.5))
        if least == 0:  # even what is wholly transparent
            rule["factors"][3], invert = 0, not inverted
        rule["rule"][0] = max(least, 0)
    rule["rule"][1] = 255 if invert else 0
    return p


def crossfade(t: float) -> tuple[int, Record]:
    """Return the kernel and the parameters of a crossfade at progress `t`: B weighs round(255 t)."""
    kernel, p = _record("mix")
    p["weight"]["scale"][1] = int(np.floor(255.0 * min(max(t, 0.0), 1.0) + 0.5))
    return kernel, p


def wipe(
    t: float, size: tuple[float, float], direction: str, soft_edge: float, from_px: F64 | None = None
) -> tuple[int, Record]:
    """Return the kernel and the parameters of a wipe.

    With L the canvas along the direction and s = soft_edge * L the edge lies at t * (L + 2s) - s, and the weight of B rises by
    smoothstep from s ahead of it to s behind it; the ramp is at least as wide as a pixel, so that a hard edge is antialiased.

    Args:
        t: eased progress, 0..1. size: of the composition's canvas in px. direction: one of WIPE_DIRECTIONS.
        soft_edge: as a fraction of L; above MAX_SOFT_EDGE it counts as that.
        from_px: (2, 3) float64, canvas px of the composition from px of the surfaces, the identity if None.
    """
    kernel, p = _record("wipe")
    axis = 0 if direction in WIPE_DIRECTIONS[:2] else 1
    m = _centres(from_px)[axis]
    length = size[axis]
    if direction in WIPE_DIRECTIONS[1::2]:
        m = np.array([-m[0], -m[1], length - m[2]])
    soft = min(max(soft_edge, 0.0), MAX_SOFT_EDGE) * length
    half = max(soft, 0.5 * math.sqrt(m[0] * m[0] + m[1] * m[1]))
    end = t * (length + 2.0 * soft) - soft + half
    ramp = -m / (2.0 * half)
    ramp[2] += end / (2.0 * half)
    bits, hi, lo = linear_words(ramp[0], ramp[1], ramp[2], 32768)
    w = p["weight"]
    w["u"]["hi"], w["u"]["lo"], w["ramp"][0] = hi[0], lo[0], bits[0]
    return kernel, p


def iris(
    t: float,
    size: tuple[float, float],
    shape: str,
    origin: tuple[float, float],
    soft_edge: float,
    from_px: F64 | None = None,
) -> tuple[int, Record]:
    """Return the kernel and the parameters of an iris: as `wipe`, along the distance from `origin` over the farthest corner's.

    Args:
        shape: one of IRIS_SHAPES: Euclidean, max or L1 distance. origin: in fractions of the canvas.
    """
    kernel, p = _record(f"iris_{shape}")
    ox, oy = origin[0] * size[0], origin[1] * size[1]
    dx, dy = max(abs(ox), abs(size[0] - ox)), max(abs(oy), abs(size[1] - oy))
    reach = {"circle": math.sqrt(dx * dx + dy * dy), "rect": max(dx, dy), "diamond": dx + dy}[shape]
    soft = min(max(soft_edge, 0.0), MAX_SOFT_EDGE) * reach
    m = _centres(from_px)
    half = max(soft, 0.5 * math.sqrt(abs(m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0])))
    m[:, 2] -= (ox, oy)
    farthest = float((np.abs(m[:, :2]).sum(axis=1) * _CANVAS_PX + np.abs(m[:, 2])).max())
    unit = min(_UNITS / reach, _LARGEST / farthest)
    bits = np.array([min(max(30 - math.frexp(farthest * unit)[1], 0), 16)], np.int32)
    w = p["weight"]
    for row, field in enumerate(("u", "v")):
        hi, lo = scaled_words(m[row : row + 1] * unit, bits)
        w[field]["hi"], w[field]["lo"] = hi[0], lo[0]
    end = t * (reach + 2.0 * soft) - soft + half
    width = max(int(np.floor(2.0 * half * unit * 256.0 + 0.5)), 1)
    shift = max(width.bit_length() - 15, 0)
    at = int(np.floor(end * unit * 256.0 + 0.5))
    if t <= 0.0 or t >= 1.0:  # the pixel that holds the origin, and the farthest corner's
        at = 0 if t <= 0.0 else int(_LARGEST)
    w["ramp"] = (bits[0], at, width, shift)
    w["scale"][0] = int(np.floor(2.0**31 / (width >> shift) + 0.5))
    return kernel, p


def _record(kernel: str) -> tuple[int, Record]:
    number = pass_id(kernel)
    p = np.zeros((), pass_dtype(number))
    p["sides"][:2] = 0xFFFFFFFF
    return number, p


def _centres(from_px: F64 | None) -> F64:
    """Return the map read at pixel indices that gives the positions of their centres, a copy."""
    m = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]) if from_px is None else np.array(from_px, np.float64)
    m[:, 2] += 0.5 * (m[:, 0] + m[:, 1])
    return m
