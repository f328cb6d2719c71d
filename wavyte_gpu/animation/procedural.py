"""Procedural lanes: sine and value noise, as functions of seconds and a seed alone."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt
import xxhash

from wavyte_gpu.foundation import detmath

__all__ = ["lattice", "noise1d", "noise_seed", "sample_noise", "sample_sine"]

F64 = npt.NDArray[np.float64]
U64 = npt.NDArray[np.uint64]

_MASK = (1 << 64) - 1
_GOLDEN, _MIX_1, _MIX_2 = (
    np.array([v], dtype=np.uint64) for v in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
_S11, _S27, _S30, _S31 = (np.array([v], dtype=np.uint64) for v in (11, 27, 30, 31))
_FAR = 2.0**62
_ONE, _SIX, _TEN, _FIFTEEN = (np.array(v) for v in (1.0, 6.0, 10.0, 15.0))
_UNIT = np.array(2.0**-52)  # 53 random bits to 0..2


def noise_seed(composition_seed: int, node_id: str, lane: int) -> int:
    """Return the seed of a lane's noise: XXH3-64 over the composition's seed, the lane and the node's id.

    Bytes: seed modulo 2^64 as u64, lane as u32, the id's UTF-8 length as u32, little-endian, then the id's UTF-8.
    """
    name = node_id.encode("utf-8", "surrogatepass")
    head = struct.pack("<QII", composition_seed & _MASK, lane & 0xFFFFFFFF, len(name))
    return xxhash.xxh3_64_intdigest(head + name)


def lattice(seed: U64, index: npt.NDArray[np.int64]) -> F64:
    """Return a value in [-1, 1) for each lattice point: SplitMix64's finaliser over seed + golden * (index + 1)."""
    z = index.view(np.uint64) * _GOLDEN
    z += _GOLDEN
    z += seed
    z ^= z >> _S30
    z *= _MIX_1
    z ^= z >> _S27
    z *= _MIX_2
    z ^= z >> _S31
    value = (z >> _S11).astype(np.float64)
    value *= _UNIT
    value -= _ONE
    return value


def noise1d(x: F64, seed: U64) -> F64:
    """Return value noise in [-1, 1): lattice values at whole x, joined by 6f^5 - 15f^4 + 10f^3.

    Args:
        x: (..., T) float64, finite.
        seed: (T,) uint64.
    """
    x = np.minimum(np.maximum(x, -_FAR), _FAR)
    cell = np.floor(x)
    f = x - cell
    index = cell.astype(np.int64)
    a = lattice(seed, index)
    b = lattice(seed, index + 1)
    w = f * _SIX
    w -= _FIFTEEN
    w *= f
    w += _TEN
    w *= f
    w *= f
    w *= f
    b -= a
    b *= w
    b += a
    return b


def sample_sine(seconds: F64, amp: F64, omega: F64, phase: F64, offset: F64) -> F64:
    """Return offset + amp sin(omega t + phase); `seconds` (F, T), the others (T,), omega in rad/s, phase in rad."""
    y = detmath.sin(seconds * omega + phase)
    y *= amp
    y += offset
    return y


def sample_noise(seconds: F64, amp: F64, freq_hz: F64, offset: F64, seed: U64) -> F64:
    """Return offset + amp noise(freq t); `seconds` (F, T), the others (T,)."""
    y = noise1d(seconds * freq_hz, seed)
    y *= amp
    y += offset
    return y
