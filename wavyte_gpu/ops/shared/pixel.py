"""Premultiplied RGBA8 in one uint32 (R in bits 0..7): exact products and mixes. Twin of shaders/shared/pixel.wgsl.

Arrays are uint32 and wrap, as u32 does in WGSL.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

__all__ = ["U32", "channels", "div255", "div_round", "isqrt", "mul8", "pack", "scale_pair", "scale_pixel"]

U32: TypeAlias = Any  # NDArray[np.uint32], but NumPy's annotations lose the type in `uint32 >> int`

_PAIR = np.uint32(0x00FF00FF)
_HALF = np.uint32(0x00800080)


def div255(n: U32) -> U32:
    """Round n / 255, exact for n <= 65662."""
    t = n + np.uint32(128)
    return (t + (t >> 8)) >> 8


def mul8(a: U32, b: U32) -> U32:
    """Return the product of two fractions of 255."""
    return div255(a * b)


def scale_pair(pair: U32, w: U32) -> U32:
    """Multiply two channels (bits 0..7 and 16..23) by w in 0..255, each rounded once."""
    t = pair * w + _HALF
    return ((t + ((t >> 8) & _PAIR)) >> 8) & _PAIR


def scale_pixel(p: U32, w: U32) -> U32:
    """Multiply all four channels by w in 0..255."""
    t = ((p >> 8) & _PAIR) * w + _HALF  # scale_pair, its result left where it belongs
    return scale_pair(p & _PAIR, w) | ((t + ((t >> 8) & _PAIR)) & np.uint32(0xFF00FF00))


def channels(p: U32) -> tuple[U32, U32, U32, U32]:
    """Return R, G, B, A."""
    return p & 255, (p >> 8) & 255, (p >> 16) & 255, p >> 24


def pack(r: U32, g: U32, b: U32, a: U32) -> U32:
    """Return the pixel of four channels."""
    return r | (g << 8) | (b << 16) | (a << 24)


def div_round(n: U32, d: U32) -> U32:
    """Return (n + d / 2) / d, for 0 < d < 2^30 and a quotient below 2^20."""
    return (n + (d >> 1)) // d


def isqrt(n: U32) -> U32:
    """Return the whole part of the square root."""
    r = np.minimum(np.sqrt(n.astype(np.float64)).astype(np.uint32), np.uint32(65535))
    return np.where(r * r > n, r - np.uint32(1), r)
