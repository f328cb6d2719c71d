"""Parts of one render, joined: the same pictures, the same sound, one encoding of it; and what does not fit is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_formats import decode, soft_disc

from tests.support.tools import tool
from wavyte_gpu.encode import FfmpegSink, Joined, SinkConfig, join
from wavyte_gpu.foundation.errors import AssetError, Cancelled, SchemaError, WavyteError

NTSC = Fraction(30000, 1001)
SIZE = (64, 48)


def sample_at(frame: int, fps: Fraction) -> int:
    return int(frame * 48000 / fps + Fraction(1, 2))


class Tones:
    """Two sine waves over the whole composition, of which frames [first, stop) are heard."""

    sample_rate = 48000

    def __init__(self, first: int, stop: int, fps: Fraction) -> None:
        self.first, self.fps = first, fps
        self.length = sample_at(stop, fps) - sample_at(first, fps)

    def samples_until(self, frames: int) -> int:
        return sample_at(self.first + frames, self.fps) - sample_at(self.first, self.fps)

    def read(self, first: int, count: int) -> np.ndarray:
        i = np.arange(first, first + count) + sample_at(self.first, self.fps)
        return np.stack([np.sin(i * 0.05), np.cos(i * 0.031)], 1).astype(np.float32) * np.float32(0.7)


def render(
    path: Path, first: int, stop: int, *, fps: Fraction = NTSC, sound: bool = True, size: Any = SIZE, **options: Any
) -> Path:
    digest = options.pop("digest", "ab12")
    sink = FfmpegSink(path, **options)
    audio = Tones(first, stop, fps) if sound else None
    sink.begin(SinkConfig(*size, fps, first, stop - first, audio=audio, digest=digest))
    for k in range(first, stop):
        sink.push_frame(k, soft_disc(k, *size))
    sink.end()
    return path


def parts(folder: Path, cuts: tuple[int, ...] = (3, 20, 37, 64), **options: Any) -> list[Path]:
    return [render(folder / f"p{i}.mkv", a, b, **options) for i, (a, b) in enumerate(pairwise(cuts))]


def pcm_of(path: Path) -> bytes:
    command = [tool("ffmpeg"), "-v", "error", "-i", str(path), "-vn", "-f", "f32le", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


LOSSLESS: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    (".mp4", {"crf": 0}, "yuv420p", ()),
    (".mov", {"crf": 0, "preset": "medium"}, "yuv420p", ()),
    (".mkv", {"codec": "ffv1"}, "bgra", ()),
    (".mp4", {"codec": "h265", "crf": 0}, "yuv420p", ()),
    (".webm", {"codec": "vp9", "crf": 0}, "yuva420p", ("-c:v", "libvpx-vp9")),
    (".mov", {"codec": "prores", "preset": "4444"}, "yuva444p10le", ()),
]


@pytest.mark.parametrize(("suffix", "options", "pix_fmt", "before"), LOSSLESS)
def test_a_join_equals_one_render(
    tmp_path: Path, suffix: str, options: dict[str, Any], pix_fmt: str, before: tuple[str, ...]
) -> None:
    whole = render(tmp_path / f"whole{suffix}", 3, 64, **options)
    out = tmp_path / f"out{suffix}"
    assert join(parts(tmp_path, **options), out) == Joined(61, 3, 64, sample_at(64, NTSC) - sample_at(3, NTSC))
    assert np.array_equal(decode(out, pix_fmt, *SIZE, *before), decode(whole, pix_fmt, *SIZE, *before))
    assert pcm_of(out) == pcm_of(whole)  # the same samples went through the same encoder, once
    entries = (
        "stream=codec_name,codec_tag_string,duration,start_time,r_frame_rate:packet=pts,dts,duration:format=duration"
    )
    show = [tool("ffprobe"), "-v", "error", "-select_streams", "v", "-show_entries", entries, "-of", "json"]
    found, wanted = (json.loads(subprocess.check_output([*show, str(path)])) for path in (out, whole))
    assert found["streams"] == wanted["streams"] and found["format"] == wanted["format"]
    assert sorted(p["pts"] for p in found["packets"]) == sorted(p["pts"] for p in wanted["packets"])
    command = [tool("ffmpeg"), "-v", "error", "-i", str(out), "-f", "null", "-"]
    assert subprocess.run(command, check=True, capture_output=True).stderr == b""


def test_parts_keep_the_mix_as_it_is(tmp_path: Path) -> None:
    pieces = b"".join(pcm_of(path) for path in parts(tmp_path))
    tones = Tones(3, 64, NTSC)
    assert pieces == tones.read(0, tones.length).tobytes()


def test_a_join_can_be_joined(tmp_path: Path) -> None:
    first, second, third = parts(tmp_path, crf=0)
    join([first, second], tmp_path / "half.mkv")
    join([tmp_path / "half.mkv", third], tmp_path / "a.mkv")
    join([first, second, third], tmp_path / "b.mkv")
    a, b = tmp_path / "a.mkv", tmp_path / "b.mkv"
    assert np.array_equal(decode(a, "yuv420p", *SIZE), decode(b, "yuv420p", *SIZE)) and pcm_of(a) == pcm_of(b)


def test_a_part_without_sound_is_silent(tmp_path: Path) -> None:
    pieces = [render(tmp_path / f"{a}.mkv", a, b, sound=a != 20) for a, b in [(3, 20), (20, 37), (37, 64)]]
    assert join(pieces, tmp_path / "o.mkv").samples == sample_at(64, NTSC) - sample_at(3, NTSC)
    got = np.frombuffer(pcm_of(tmp_path / "o.mkv"), np.float32).reshape(-1, 2)
    tones = Tones(3, 64, NTSC)
    want = tones.read(0, tones.length)
    want[tones.samples_until(17) : tones.samples_until(34)] = 0
    assert np.array_equal(got, want)


def test_b_frames_at_the_seams(tmp_path: Path) -> None:
    pieces = parts(tmp_path, preset="slow", crf=30, sound=False)
    join(pieces, tmp_path / "o.mp4")
    want = np.concatenate([decode(piece, "yuv420p", *SIZE) for piece in pieces])
    assert np.array_equal(decode(tmp_path / "o.mp4", "yuv420p", *SIZE), want)


def test_loudness_of_the_whole(tmp_path: Path) -> None:
    joined = join(parts(tmp_path), tmp_path / "o.mkv", loudness=-20.0)
    got = np.frombuffer(pcm_of(tmp_path / "o.mkv"), np.float32)
    tones = Tones(3, 64, NTSC)
    want = tones.read(0, tones.length).reshape(-1)
    gain = got[np.abs(want) > 0.3] / want[np.abs(want) > 0.3]
    assert joined.warnings == () and gain.max() - gain.min() < 1e-5  # one gain for all of it
    command = [tool("ffmpeg"), "-i", str(tmp_path / "o.mkv"), "-af", "ebur128", "-vn", "-f", "null", "-"]
    report = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    assert float(report.rsplit("I:", 1)[1].split()[0]) == pytest.approx(-20.0, abs=0.1)
    loud = join([tmp_path / "p0.mkv", tmp_path / "p1.mkv"], tmp_path / "l.mkv", loudness=0.0)
    assert [warning.code for warning in loud.warnings] == ["loudness"]
    with pytest.raises(SchemaError, match="loudness is out of range; found 3"):
        join([tmp_path / "p0.mkv", tmp_path / "p1.mkv"], tmp_path / "x.mkv", loudness=3)


Change = Callable[[Path], list[Path]]


def two(folder: Path, second: tuple[int, int] = (20, 30), **options: Any) -> list[Path]:
    return [render(folder / "a.mkv", 3, 20), render(folder / "b.mkv", *second, **options)]


BAD: list[tuple[Change, str, type[WavyteError], str]] = [
    (lambda d: two(d, fps=Fraction(25)), "o.mp4", SchemaError, "different frame rates; found 25; allowed: 30000/1001"),
    (lambda d: two(d, size=(66, 48)), "o.mp4", SchemaError, "differ in size from .*found 66x48; allowed: 64x48"),
    (lambda d: two(d, codec="ffv1"), "o.mkv", SchemaError, "differ in codec.*found ffv1; allowed: h264"),
    (lambda d: two(d, pix_fmt="yuv444p"), "o.mp4", SchemaError, "differ in pixel format"),
    (lambda d: two(d, preset="ultrafast"), "o.mp4", SchemaError, "differ in encoder's settings"),
    (lambda d: two(d, digest="cd"), "o.mp4", SchemaError, "different renders"),
    (lambda d: two(d, (25, 30)), "o.mp4", SchemaError, "leave a gap; found frames 25:30 after 3:20"),
    (lambda d: two(d, (10, 30)), "o.mp4", SchemaError, "overlap; found frames 10:30 after 3:20"),
    (lambda d: two(d)[::-1], "o.mp4", SchemaError, "wrong order.*in order: .*a.mkv .*b.mkv"),
    (lambda d: two(d)[:1], "o.mp4", SchemaError, "two parts or more"),
    (lambda d: [*two(d), d / "no.mkv"], "o.mp4", SchemaError, "no.mkv: there is no such part"),
    (lambda d: [render(d / "a.mp4", 0, 5), render(d / "b.mp4", 5, 9)], "o.mp4", SchemaError, "found aac; render the"),
    (lambda d: two(d), "o.webm", SchemaError, "does not hold the parts' codec; found h264; allowed: av1, vp9"),
    (lambda d: two(d), "o.gif", SchemaError, "no such container to join into; found .gif"),
    (lambda d: two(d), "o", SchemaError, "found none"),
]


@pytest.mark.parametrize(("make", "target", "kind", "text"), BAD)
def test_what_does_not_fit(tmp_path: Path, make: Change, target: str, kind: type[WavyteError], text: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    pieces = make(tmp_path / "in")
    with pytest.raises(kind, match=text):
        join(pieces, tmp_path / "out" / target)
    assert not list((tmp_path / "out").iterdir())


def test_damaged_parts(tmp_path: Path) -> None:
    first, second = two(tmp_path)
    whole = second.read_bytes()
    for data, text in [(b"", "no media"), (b"RIFF" * 99, "no media"), (whole[: len(whole) * 2 // 3], "frames of 10")]:
        second.write_bytes(data)
        with pytest.raises(AssetError, match=text):
            join([first, second], tmp_path / "o.mp4")
    stranger = [tool("ffmpeg"), "-v", "error", "-f", "lavfi", "-i", "testsrc=d=0.2", str(tmp_path / "s.mkv")]
    subprocess.run(stranger, check=True)
    with pytest.raises(SchemaError, match="does not say which frames"):
        join([first, tmp_path / "s.mkv"], tmp_path / "o.mp4")
    assert not (tmp_path / "o.mp4").exists()


def test_existing_files_and_cancel(tmp_path: Path) -> None:
    pieces = parts(tmp_path)
    out = tmp_path / "out" / "o.mp4"
    out.parent.mkdir()
    out.write_bytes(b"mine")
    with pytest.raises(SchemaError, match="overwrite"):
        join(pieces, out)
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        join(pieces, out, overwrite=True, cancel=cancel, on_progress=lambda done, total: cancel.set())
    assert out.read_bytes() == b"mine" and len(list(out.parent.iterdir())) == 1
    seen: list[tuple[int, int]] = []
    join(pieces, out, overwrite=True, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(k, 61) for k in range(1, 62)] and out.read_bytes() != b"mine"


def test_a_target_among_the_parts_survives(tmp_path: Path) -> None:
    pieces = parts(tmp_path)
    shutil.copy(pieces[0], tmp_path / "keep.mkv")
    join(pieces, pieces[0], overwrite=True)
    assert len(pcm_of(pieces[0])) > len(pcm_of(tmp_path / "keep.mkv"))
