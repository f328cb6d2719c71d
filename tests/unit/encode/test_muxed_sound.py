"""Sound beside the picture in each container: every marker where it belongs, to the sample."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_formats import soft_disc

from tests.support.tools import tool
from wavyte_gpu.encode import FfmpegSink, SinkConfig

EVERY = 12_000


class Clicks:
    """A short burst every quarter of a second, the right channel upside down."""

    sample_rate = 48000

    def __init__(self, frames: int, fps: Fraction) -> None:
        self.fps = fps
        self.length = self.samples_until(frames)

    def samples_until(self, frames: int) -> int:
        return int(frames * 48000 / self.fps + Fraction(1, 2))

    def read(self, first: int, count: int) -> np.ndarray:
        k = np.arange(first, first + count) % EVERY
        burst = np.where(k < 200, 0.8 * np.sin(k * np.pi / 24) * np.exp(-k / 40), 0)
        return np.stack([burst, -burst], 1).astype(np.float32)


def offset_of(got: np.ndarray, want: np.ndarray) -> float:
    """Return by how many samples `got` is late, between samples too, from the peak of the correlation."""
    peak = np.correlate(got, want, "full")
    k = int(np.argmax(peak))
    a, b, c = (float(v) for v in peak[k - 1 : k + 2])
    return k - (len(want) - 1) + 0.5 * (a - c) / (a - 2 * b + c)


CASES = [
    (".mp4", {}, "aac", 0.03),
    (".mov", {}, "aac", 0.03),
    (".mov", {"codec": "prores"}, "pcm_s24le", 1e-6),
    (".mkv", {}, "pcm_f32le", 0.0),
    (".webm", {}, "opus", 0.03),
]


@pytest.mark.parametrize(("suffix", "options", "codec", "bound"), CASES)
def test_markers_stay_in_place(tmp_path: Path, suffix: str, options: dict[str, Any], codec: str, bound: float) -> None:
    fps = Fraction(30000, 1001)
    frames = 121
    clicks = Clicks(frames, fps)
    path = tmp_path / f"o{suffix}"
    sink = FfmpegSink(path, **options)
    sink.begin(SinkConfig(32, 32, fps, 0, frames, audio=clicks))
    for k in range(frames):
        sink.push_frame(k, soft_disc(k % 20, 32, 32))
    sink.end()
    command = [tool("ffmpeg"), "-v", "error", "-i", str(path), "-vn", "-f", "f32le", "-"]
    got = np.frombuffer(subprocess.check_output(command), np.float32).reshape(-1, 2)
    want = clicks.read(0, clicks.length)
    assert len(got) >= clicks.length if codec == "aac" else len(got) == clicks.length
    assert np.abs(got[: clicks.length] - want).max() <= bound
    for start in range(EVERY, clicks.length - EVERY, EVERY):
        here = slice(start - 200, start + 600)
        assert abs(offset_of(got[here, 0].astype(float), want[here, 0].astype(float))) < 0.25
    show = [
        "ffprobe",
        "-v",
        "error",
        "-show_entries",
        "stream=codec_name,duration,start_time:stream_tags=DURATION:format=duration",
        "-of",
        "json",
        str(path),
    ]
    found = json.loads(subprocess.check_output(show))
    video, audio = found["streams"]
    assert audio["codec_name"] == codec
    rounded = 0.0 if suffix in (".mkv", ".webm") else 0.5 / 48000  # there the sound, of whole samples, counts
    assert float(found["format"]["duration"]) == pytest.approx(frames / fps, abs=rounded + 1e-6)
    if suffix in (".mkv", ".webm"):
        for stream in video, audio:
            assert float(stream["tags"]["DURATION"].removeprefix("00:00:")) == pytest.approx(frames / fps, abs=1e-9)
    if suffix in (".mp4", ".mov"):
        assert video["start_time"] == audio["start_time"] == "0.000000"
        assert float(video["duration"]) == pytest.approx(frames / fps, abs=1e-6)
        assert float(audio["duration"]) == pytest.approx(clicks.length / 48000, abs=1e-5)


def test_ten_minutes_do_not_drift(tmp_path: Path) -> None:
    fps = Fraction(3000, 1001)
    frames = 1799
    clicks = Clicks(frames, fps)
    path = tmp_path / "o.mp4"
    sink = FfmpegSink(path, preset="ultrafast")
    sink.begin(SinkConfig(16, 16, fps, 0, frames, audio=clicks))
    picture = soft_disc(0, 16, 16)
    for k in range(frames):
        sink.push_frame(k, picture.at(k))
    sink.end()
    command = [tool("ffmpeg"), "-v", "error", "-i", str(path), "-vn", "-f", "f32le", "-"]
    got = np.frombuffer(subprocess.check_output(command), np.float32).reshape(-1, 2)[: clicks.length]
    assert len(got) == clicks.length and clicks.length > 600 * 48000
    for start in (EVERY, clicks.length // 2 // EVERY * EVERY, (clicks.length // EVERY - 1) * EVERY):
        want = clicks.read(start - 200, 800)[:, 0].astype(float)
        assert abs(offset_of(got[start - 200 : start + 600, 0].astype(float), want)) < 0.25


def test_formats_without_sound_say_nothing(tmp_path: Path) -> None:
    for name in ("o.gif", "o.apng", "o.webp"):
        sink = FfmpegSink(tmp_path / name)
        sink.begin(SinkConfig(16, 16, Fraction(10), 0, 2, audio=Clicks(2, Fraction(10))))
        for k in range(2):
            sink.push_frame(k, soft_disc(k, 16, 16))
        sink.end()
        assert (tmp_path / name).stat().st_size


def test_a_failing_source_aborts(tmp_path: Path) -> None:
    class Broken(Clicks):
        def read(self, first: int, count: int) -> np.ndarray:
            raise RuntimeError("the mix broke")

    sink = FfmpegSink(tmp_path / "o.mp4")
    sink.begin(SinkConfig(16, 16, Fraction(10), 0, 2, audio=Broken(2, Fraction(10))))
    with pytest.raises(Exception, match="the mix broke"):
        sink.push_frame(0, soft_disc(0, 16, 16))
    assert not list(tmp_path.iterdir())
