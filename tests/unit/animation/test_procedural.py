"""Sine and noise lanes: truth by `math.sin` and by integers in plain Python."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import numpy.typing as npt
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from wavyte_gpu.animation.procedural import noise1d, noise_seed, sample_sine

Array = npt.NDArray[Any]

MASK = (1 << 64) - 1


def lattice(seed: int, index: int) -> float:
    z = (seed + (index + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    z ^= z >> 31
    return (z >> 11) / 2.0**52 - 1.0


def noise(x: float, seed: int) -> float:
    i = math.floor(x)
    f = x - i
    w = f * f * f * (f * (f * 6 - 15) + 10)
    a, b = lattice(seed, i), lattice(seed, i + 1)
    return a + (b - a) * w


def seeds(*values: int) -> Array:
    return np.array(values, dtype=np.uint64)


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.integers(0, MASK))
def test_noise_is_the_defined_hash(x: float, seed: int) -> None:
    got = float(noise1d(np.array([x]), seeds(seed))[0])
    assert abs(got - noise(x, seed)) < 1e-14
    assert -1.0 <= got <= 1.0


@settings(deadline=None)
@given(st.integers(-(2**40), 2**40), st.integers(0, MASK))
def test_noise_at_lattice_points_is_exact(i: int, seed: int) -> None:
    assert float(noise1d(np.array([float(i)]), seeds(seed))[0]) == lattice(seed, i)


def test_noise_of_far_frames_is_finite() -> None:
    y = noise1d(np.array([1e300, -1e300, 2.0**62, -(2.0**62)]), seeds(5))
    assert np.isfinite(y).all()
    assert (np.abs(y) <= 1.0).all()


def test_noise_spreads_evenly() -> None:
    y = noise1d(np.arange(20000.0), seeds(11))
    assert abs(y.mean()) < 0.02
    assert abs(y.var() - 1 / 3) < 0.01
    assert abs(np.corrcoef(y[1:], y[:-1])[0, 1]) < 0.02
    other = noise1d(np.arange(20000.0), seeds(12))
    assert abs(np.corrcoef(y, other)[0, 1]) < 0.02


def test_noise_is_smooth() -> None:
    x = np.linspace(0.0, 20.0, 200001)
    y = noise1d(x, seeds(3))
    assert np.abs(np.diff(y)).max() < 2 * 1.875 * 1e-4 + 1e-9


def test_seed_is_the_stated_hash() -> None:
    name = "núcleo".encode()
    assert noise_seed(7, "núcleo", 3) == xxhash.xxh3_64_intdigest(struct.pack("<QII", 7, 3, len(name)) + name)
    assert noise_seed(7, "cat", 3) == 0xAEBC0C62443C4E48
    assert len({noise_seed(s, n, k) for s in (0, 1) for n in ("a", "b", "a1") for k in range(3)}) == 18
    assert noise_seed(-1, "a", 0) == noise_seed(MASK, "a", 0)


def test_sine() -> None:
    seconds = np.linspace(-20.0, 300.0, 997)[:, None]
    for amp, freq, phase, offset in ((1.0, 1.0, 0.0, 0.0), (5.0, 0.25, 1.0, -2.0), (0.5, 30.0, -7.0, 100.0)):
        omega = 2 * math.pi * freq
        got = sample_sine(seconds, *(np.array([v]) for v in (amp, omega, phase, offset)))
        want = [offset + amp * math.sin(2 * math.pi * freq * float(t) + phase) for t in seconds[:, 0]]
        np.testing.assert_allclose(got[:, 0], want, rtol=0.0, atol=1e-12)
