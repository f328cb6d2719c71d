"""Sound streams of output files: the samples come back, in step with the frames."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from wavyte_gpu.encode.sink import SinkConfig
from wavyte_gpu.encode.sound import SoundTrack, pcm
from wavyte_gpu.encode.sound_file import SoundFileSink
from wavyte_gpu.foundation.errors import SchemaError, UnsupportedError, WavyteError


class Noise:
    """A second of noise at 30000/1001 frames a second."""

    sample_rate = 48000

    def __init__(self, frames: int = 29) -> None:
        self.length = self.samples_until(frames)
        self.samples = np.random.default_rng(1).uniform(-1.2, 1.2, (self.length, 2)).astype(np.float32)
        self.reads: list[tuple[int, int]] = []

    def read(self, first: int, count: int) -> np.ndarray:
        self.reads.append((first, count))
        return self.samples[first : first + count]

    def samples_until(self, frames: int) -> int:
        return int(Fraction(1001, 30000) * frames * 48000 + Fraction(1, 2))


def decoded(path: Path) -> np.ndarray:
    """Return (n, 2) float64 of a file with 24 or 16 bits or floats."""
    scale = {"s16": 2.0**15, "s32": 2.0**31, "flt": 1.0}
    with av.open(str(path)) as container:
        parts = [(f.to_ndarray().reshape(-1, 2), f.format.name) for f in container.decode(audio=0)]
    return np.concatenate([p / scale[name] for p, name in parts])


@pytest.mark.parametrize(
    ("name", "codec", "bits"),
    [("a.wav", None, 24), ("a.wav", "pcm_s16le", 16), ("a.flac", None, 24), ("a.wav", "pcm_f32le", 0)],
)
def test_sound_alone_comes_back(tmp_path: Path, name: str, codec: str | None, bits: int) -> None:
    audio = Noise()
    sink = SoundFileSink(tmp_path / name, codec=codec)
    sink.begin(SinkConfig(2, 2, Fraction(30000, 1001), 0, 29, audio=audio))
    for i in range(29):
        sink.push_frame(i, None)
    sink.end()
    got = decoded(tmp_path / name)
    expected = audio.samples.astype(np.float64)
    if bits:
        full = 2.0 ** (bits - 1)
        expected = np.clip(np.floor(expected * full + 0.5), -full, full - 1) / full
    assert (got == expected).all()
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_stream_follows_the_frames(tmp_path: Path) -> None:
    audio = Noise()
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w", options={"movie_timescale": "48000"}) as container:
        track = SoundTrack(container, audio, "aac")
        for i in range(29):
            track.write_until(i + 1)
            behind = audio.samples_until(i + 1) - sum(count for _, count in audio.reads)
            assert 0 <= behind < 1024
        track.finish()
    assert [first for first, _ in audio.reads] == np.cumsum([0, *(c for _, c in audio.reads)])[:-1].tolist()
    with av.open(str(path)) as container:
        assert container.streams.audio[0].duration == audio.length


def test_refusals_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="pcm_s24le"):
        SoundFileSink(tmp_path / "a.wav", codec="aac")
    with pytest.raises(SchemaError, match="no sound"):
        SoundFileSink(tmp_path / "a.wav").begin(SinkConfig(2, 2, Fraction(30)))
    (tmp_path / "a.wav").write_bytes(b"mine")
    with pytest.raises(WavyteError, match="exists"):
        SoundFileSink(tmp_path / "a.wav").begin(SinkConfig(2, 2, Fraction(30), audio=Noise()))
    sink = SoundFileSink(tmp_path / "b.flac")
    sink.begin(SinkConfig(2, 2, Fraction(30), audio=Noise()))
    sink.push_frame(0, None)
    sink.abort()
    sink.abort()
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


def test_integers_round_once_and_clip() -> None:
    x = np.array([-2.0, -1.0, -0.5 / 32768, 0.5 / 32768, 1.0, 2.0], np.float32)
    assert pcm(x, "s16").tolist() == [-32768, -32768, 0, 1, 32767, 32767]
    assert pcm(x, "s32p").tolist() == [-(2**31), -(2**31), -128 << 8, 128 << 8, (2**23 - 1) << 8, (2**23 - 1) << 8]
