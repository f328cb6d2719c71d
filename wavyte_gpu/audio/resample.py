"""Sound at another rate: a windowed sinc, every output sample computed on its own from the exact rational place that it stands for.

The kernel is a sinc under a Kaiser window (beta 11, stop band below -110 dB), 64 zero crossings to each side, its pass band up to 0.89
of the lower of both rates' limits. Ratios p/q with a small q, such as 44.1 to 48 kHz, run as matrix products over whole periods of q
samples; others gather kernels that are interpolated in a table.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import ceil

import numpy as np
import numpy.typing as npt

__all__ = ["resample"]

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Read = Callable[[int, int], F32]

_CROSSINGS = 64
_BETA = 11.0
_ROLL_OFF = 0.944
_MAX_PERIOD = 2048
_GROUP = 128  # output samples of one matrix
_PHASES = 4096


def resample(read: Read, first: int, count: int, step: Fraction) -> F32:
    """Return (count, 2) samples: sample i is the sound at place `(first + i) * step`, counted in source samples.

    Args:
        read: returns source samples, (count, 2), from a first one; any place may be asked for.
        step: source samples from one output sample to the next, not 0. Below 0 the sound runs backwards: then sample i is the
            one before `(first + i) * step`, so that -1 gives exactly the source's samples in reverse.
    """
    if step < 0:
        return resample(read, -(first + count), count, -step)[::-1]
    if step == 1:
        return read(first, count)
    if step.denominator <= _MAX_PERIOD:
        return _periodic(read, first, count, step)
    return _gathered(read, first, count, step)


def _half_width(step: Fraction) -> int:
    return ceil(_CROSSINGS * max(step, Fraction(1)))


def _kernel(distance: F64, step: Fraction) -> F32:
    """Return the kernel at distances in source samples, (M, taps), each row summing to 1."""
    band = float(min(Fraction(1), 1 / step)) * _ROLL_OFF
    inside = np.clip(1.0 - (distance / _half_width(step)) ** 2, 0.0, None)
    weights = np.sinc(band * distance) * np.i0(_BETA * np.sqrt(inside))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights.astype(np.float32)


@lru_cache(maxsize=32)
def _matrices(step: Fraction) -> tuple[tuple[int, F32], ...]:
    """Return for each group of a period's output samples the first source sample that it reads, and (taps, group) weights."""
    p, q, half = step.numerator, step.denominator, _half_width(step)
    out = []
    for low in range(0, q, _GROUP):
        t = np.arange(low, min(low + _GROUP, q), dtype=np.int64)
        whole, rest = t * p // q, t * p % q
        begin = int(whole[0]) - half + 1
        taps = begin + np.arange(int(whole[-1]) + half + 1 - begin)
        distance = taps[None] - whole[:, None] - (rest / q)[:, None]
        out.append((begin, np.ascontiguousarray(_kernel(distance, step).T)))
    return tuple(out)


def _periodic(read: Read, first: int, count: int, step: Fraction) -> F32:
    p, q = step.numerator, step.denominator
    low, high = first // q, -(-(first + count) // q)
    periods = high - low
    matrices = _matrices(step)
    begin = matrices[0][0]
    end = (periods - 1) * p + max(start + len(weights) for start, weights in matrices)
    source = np.ascontiguousarray(read(low * p + begin, end - begin).T)
    out = np.empty((2, periods, q), np.float32)
    at = 0
    for start, weights in matrices:
        windows = np.lib.stride_tricks.sliding_window_view(source[:, start - begin :], len(weights), axis=1)
        parts = np.ascontiguousarray(windows[:, : (periods - 1) * p + 1 : p])
        out[:, :, at : at + weights.shape[1]] = parts @ weights
        at += weights.shape[1]
    skip = first - low * q
    return np.ascontiguousarray(out.reshape(2, -1)[:, skip : skip + count].T)


@lru_cache(maxsize=4)
def _table(step: Fraction) -> F32:
    """Return (phases + 1, taps) kernels at evenly spaced fractions of a source sample."""
    half = _half_width(step)
    phases = max(64, int(_PHASES / max(step, Fraction(1))))
    taps = np.arange(1 - half, half + 1)
    return _kernel(taps[None] - (np.arange(phases + 1) / phases)[:, None], step)


def _gathered(read: Read, first: int, count: int, step: Fraction) -> F32:
    table = _table(step)
    phases, taps = len(table) - 1, table.shape[1]
    origin = (first * step).__floor__()
    offset = float(first * step - origin)  # the start is exact, so nothing adds up over hours
    place = offset + np.arange(count) * float(step)
    whole = np.floor(place).astype(np.int64)
    phase = (place - whole) * phases
    row = np.minimum(phase.astype(np.int64), phases - 1)
    weight = (phase - row).astype(np.float32)[:, None]
    source = read(origin + 1 - taps // 2, int(whole[-1]) + taps)
    out = np.empty((count, 2), np.float32)
    piece = max(1, (1 << 19) // taps)
    for at in range(0, count, piece):
        part = slice(at, at + piece)
        kernel = table[row[part]] * (1 - weight[part]) + table[row[part] + 1] * weight[part]
        for channel in range(2):
            windows = np.lib.stride_tricks.sliding_window_view(source[:, channel], taps)[whole[part]]
            out[part, channel] = np.einsum("nt,nt->n", windows, kernel)
    return out
