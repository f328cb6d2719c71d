"""A 32-bit hash of integers. Twin of shaders/shared/noise.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["hash3", "mix_bits"]


def mix_bits(n: U32) -> U32:
    """Mix the bits of a word; a permutation."""
    h = (n ^ (n >> 16)) * np.uint32(0x7FEB352D)
    h = (h ^ (h >> 15)) * np.uint32(0x846CA68B)
    return h ^ (h >> 16)


def hash3(seed: U32, x: U32, y: U32) -> U32:
    """Return the hash of three words."""
    return mix_bits(mix_bits(seed ^ (x * np.uint32(0x9E3779B1))) ^ (y * np.uint32(0x85EBCA77)))
