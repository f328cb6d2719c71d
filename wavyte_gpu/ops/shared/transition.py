"""The weight of the incoming side of a transition at a canvas pixel. Twin of shaders/shared/transition.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.affine import I32, affine_at
from wavyte_gpu.ops.shared.pixel import U32, div_round, isqrt

__all__ = ["WEIGHTS", "mix_pixel", "smooth_weight"]

_PAIR = np.uint32(0x00FF00FF)
_HALF = np.uint32(0x00800080)


def smooth_weight(t: U32) -> U32:
    """Return 3t^2 - 2t^3 for t in 0..32768, as a weight 0..255."""
    v = ((t * t) >> 15) * (np.uint32(98304) - np.uint32(2) * t)
    return ((v >> 15) * np.uint32(255) + np.uint32(16384)) >> 15


def transition_position(a: np.void, x: I32, y: I32, bits: int) -> I32:
    """Return the position of canvas pixels, rounded to whole units."""
    return (affine_at(a, x, y) + ((1 << bits) >> 1)) >> bits


def iris_distance(a: np.void, x: I32, y: I32, bits: int) -> U32:
    """Return the distance from the origin along one axis."""
    return np.minimum(np.abs(transition_position(a, x, y, bits)), 46340).astype(np.uint32)


def iris_weight(p: np.void, distance: U32) -> U32:
    """Return the weight at a distance in 1/256 units."""
    _, end, width, shift = (int(v) for v in p["ramp"])
    d = np.clip(end - distance.astype(np.int32), 0, width).astype(np.uint32) >> shift
    return smooth_weight(np.minimum((d * p["scale"][0] + np.uint32(32768)) >> 16, np.uint32(32768)))


def weight_constant(p: np.void, x: I32, y: I32) -> U32:
    """Return the weight of a crossfade."""
    return np.full((y.shape[0], x.shape[1]), p["scale"][1], np.uint32)


def weight_linear(p: np.void, x: I32, y: I32) -> U32:
    """Return the weights of a wipe."""
    t = np.clip(transition_position(p["u"], x, y, int(p["ramp"][0])), 0, 32768)
    return smooth_weight(t.astype(np.uint32))


def weight_circle(p: np.void, x: I32, y: I32) -> U32:
    """Return the weights of a round iris."""
    u = iris_distance(p["u"], x, y, int(p["ramp"][0]))
    v = iris_distance(p["v"], x, y, int(p["ramp"][0]))
    n = u * u + v * v
    r = isqrt(n)
    return iris_weight(p, r * np.uint32(256) + div_round((n - r * r) * np.uint32(256), np.uint32(2) * r + np.uint32(1)))


def weight_rect(p: np.void, x: I32, y: I32) -> U32:
    """Return the weights of a rectangular iris."""
    u = iris_distance(p["u"], x, y, int(p["ramp"][0]))
    v = iris_distance(p["v"], x, y, int(p["ramp"][0]))
    return iris_weight(p, np.maximum(u, v) * np.uint32(256))


def weight_diamond(p: np.void, x: I32, y: I32) -> U32:
    """Return the weights of a diamond iris."""
    u = iris_distance(p["u"], x, y, int(p["ramp"][0]))
    v = iris_distance(p["v"], x, y, int(p["ramp"][0]))
    return iris_weight(p, (u + v) * np.uint32(256))


WEIGHTS = {
    "constant": weight_constant,
    "linear": weight_linear,
    "circle": weight_circle,
    "rect": weight_rect,
    "diamond": weight_diamond,
}


def mix_pixel(a: U32, b: U32, w: U32) -> U32:
    """Return a * (255 - w) + b * w, rounded once."""
    v = np.uint32(255) - w
    low = (a & _PAIR) * v + (b & _PAIR) * w + _HALF
    high = ((a >> 8) & _PAIR) * v + ((b >> 8) & _PAIR) * w + _HALF
    return (((low + ((low >> 8) & _PAIR)) >> 8) & _PAIR) | ((high + ((high >> 8) & _PAIR)) & np.uint32(0xFF00FF00))
