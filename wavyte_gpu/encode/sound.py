"""The sound stream of an output file: pulls samples from an `AudioSource` and encodes them in step with the picture."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from wavyte_gpu.encode.sink import AudioSource

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

__all__ = ["SoundTrack", "pcm"]

_BIT_RATES = {"aac": 192_000, "libopus": 160_000, "libmp3lame": 192_000}
_FORMATS = {"pcm_s24le": "s32", "flac": "s32", "libopus": "flt"}  # the others: what the encoder prefers
_CHUNK = 4096  # samples, for codecs that take any number


class SoundTrack:
    """One sound stream of a container. Make it before the container starts, call `write_until` as frames are muxed, then `finish`.
    MP4 and MOV round their edit list, and so the length, to milliseconds unless the option `movie_timescale` is the sample rate.

    Args:
        container: open for writing, not started.
        audio: what to encode.
        codec: an encoder of PyAV, such as "aac", "libopus", "flac", "pcm_s24le".
        bit_rate: bits a second; default by codec.
        options: of the encoder.
    """

    def __init__(
        self,
        container: OutputContainer,
        audio: AudioSource,
        codec: str,
        bit_rate: int | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self._container = container
        self._audio = audio
        self._at = 0
        stream: Any = container.add_stream(
            cast(Any, codec), rate=audio.sample_rate, layout="stereo", options=dict(options or {})
        )
        if codec in _FORMATS:
            stream.format = _FORMATS[codec]
        if bit_rate or codec in _BIT_RATES:
            stream.bit_rate = bit_rate or _BIT_RATES[codec]
        stream.time_base = Fraction(1, audio.sample_rate)
        stream.codec_context.open(strict=False)  # now it knows its frame size
        self.stream: AudioStream = stream

    def write_until(self, frames: int) -> None:
        """Encode the sound up to the end of the first `frames` frames, as far as it fills packets."""
        self._write(self._audio.samples_until(frames), whole=False)

    def finish(self) -> None:
        """Encode the rest and flush the encoder."""
        self._write(self._audio.length, whole=True)
        self._container.mux(self.stream.encode(None))

    def _write(self, until: int, *, whole: bool) -> None:
        size = self.stream.codec_context.frame_size or _CHUNK
        while self._at + size <= until or (whole and self._at < until):
            count = min(size, until - self._at)
            self._container.mux(self.stream.encode(self._frame(count)))
            self._at += count

    def _frame(self, count: int) -> Any:
        import av

        name = self.stream.format.name
        samples = pcm(self._audio.read(self._at, count), name)
        rows = samples.T if name.endswith("p") else samples.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(rows), format=name, layout="stereo")
        frame.sample_rate, frame.pts = self._audio.sample_rate, self._at
        frame.time_base = Fraction(1, self._audio.sample_rate)
        return frame


def pcm(samples: npt.NDArray[np.float32], sample_format: str) -> npt.NDArray[Any]:
    """Return samples as an encoder takes them: floats as they are, integers rounded once and clipped at full scale.

    Args:
        samples: float, full scale 1. sample_format: FFmpeg's name; 32-bit integers carry 24 bits.
    """
    name = sample_format.removesuffix("p")
    if name == "flt":
        return samples
    if name == "dbl":
        return samples.astype(np.float64)
    bits, dtype = {"s16": (16, np.int16), "s32": (24, np.int32)}[name]
    full = 1 << (bits - 1)
    scaled = np.clip(np.floor(samples.astype(np.float64) * full + 0.5), -full, full - 1).astype(dtype)
    return scaled << 8 if bits == 24 else scaled
