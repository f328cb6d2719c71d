"""Loudness as EBU R 128 measures it, by FFmpeg's filter."""

from __future__ import annotations

from fractions import Fraction
from math import inf, log10
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Loudness", "measure"]

_CHUNK = 48_000
_SILENCE_LUFS = -70.0  # the filter's value where no block passes the absolute gate


class _Samples(Protocol):
    sample_rate: int
    length: int

    def read(self, first: int, count: int) -> npt.NDArray[np.float32]: ...


class Loudness(NamedTuple):
    """Integrated loudness in LUFS and true peak in dBTP; -inf for silence."""

    integrated_lufs: float
    true_peak_dbtp: float


def measure(audio: _Samples) -> Loudness:
    """Return the loudness of stereo sound, read once in pieces."""
    import av

    graph = av.filter.Graph()
    rate = audio.sample_rate
    entry = graph.add_abuffer(sample_rate=rate, format="flt", layout="stereo", time_base=Fraction(1, rate))
    meter = graph.add("ebur128", "metadata=1:peak=true:framelog=quiet")
    exit_ = graph.add("abuffersink")
    entry.link_to(meter)
    meter.link_to(exit_)
    graph.configure()
    seen: dict[str, str] = {}
    for at in range(0, audio.length, _CHUNK):
        samples = audio.read(at, min(_CHUNK, audio.length - at))
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate, frame.pts = rate, at
        entry.push(frame)
        seen = _last(exit_, seen)
    entry.push(None)
    seen = _last(exit_, seen)
    loudness = float(seen.get("lavfi.r128.I", _SILENCE_LUFS))
    peak = float(seen.get("lavfi.r128.true_peak", 0.0))
    return Loudness(-inf if loudness <= _SILENCE_LUFS else loudness, 20.0 * log10(peak) if peak > 0.0 else -inf)


def _last(exit_: object, seen: dict[str, str]) -> dict[str, str]:
    """Return the metadata of the last frame that a filter gives now."""
    import av

    while True:
        try:
            seen = dict(exit_.pull().metadata) or seen  # type: ignore[attr-defined]  # a short last frame has none
        except (av.BlockingIOError, av.EOFError):
            return seen
