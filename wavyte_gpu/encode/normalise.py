"""Sound that exists already, brought to a loudness: one gain for all of it, limited as the mix is."""

from __future__ import annotations

from math import isfinite

import numpy as np
import numpy.typing as npt

from wavyte_gpu.audio.loudness import measure
from wavyte_gpu.audio.mix import limit
from wavyte_gpu.encode.sink import AudioSource
from wavyte_gpu.foundation.errors import Problem

__all__ = ["normalised"]


def normalised(source: AudioSource, target_lufs: float) -> tuple[AudioSource, tuple[Problem, ...]]:
    """Return the source with a gain that gives it an integrated loudness (EBU R 128), and warnings. It is read once here."""
    found = measure(source)
    if not isfinite(found.integrated_lufs):
        text = "the sound is too short or too quiet to measure its loudness; it stays as it is"
        return source, (Problem("warning", "loudness", text),)
    change = target_lufs - found.integrated_lufs
    warnings: tuple[Problem, ...] = ()
    if found.true_peak_dbtp + change > 0.0:
        peak = f"{found.true_peak_dbtp + change:.1f} dBTP"
        text = "at this loudness peaks reach full scale and are limited"
        warnings = (Problem("warning", "loudness", text, found=peak, allowed="0 dBTP"),)
    return _Gained(source, 10.0 ** (change / 20.0)), warnings


class _Gained:
    """A source times a factor."""

    def __init__(self, source: AudioSource, gain: float) -> None:
        self._source = source
        self._gain = gain
        self.sample_rate = source.sample_rate
        self.length = source.length

    def samples_until(self, frames: int) -> int:
        """Return how many samples lie before the end of the first `frames` frames."""
        return self._source.samples_until(frames)

    def read(self, first: int, count: int) -> npt.NDArray[np.float32]:
        """Return (count, 2) samples from `first`."""
        return limit(self._source.read(first, count).astype(np.float64) * self._gain).astype(np.float32)
