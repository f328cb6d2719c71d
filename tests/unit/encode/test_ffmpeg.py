"""Encoded video: tags, times, pixels, atomicity, failures."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.tools import tool
from wavyte_gpu.encode import EncodePipeline, FfmpegSink, Frame, SinkConfig
from wavyte_gpu.encode.writer import VideoWriter
from wavyte_gpu.foundation.errors import EncodeError, SchemaError
from wavyte_gpu.ops.planes import Planes
from wavyte_gpu.ops.registry import PLANE_FORMS

W, H = 64, 48


def nv12_of(rgb: tuple[int, int, int], width: int = W, height: int = H) -> Planes:
    """Return NV12, BT.709 limited range, by the formulas of BT.709 in float."""
    r, g, b = (v / 255 for v in rgb)
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    cb, cr = (b - y) / 1.8556, (r - y) / 1.5748
    luma = np.full((height, width), np.floor(16 + 219 * y + 0.5), np.uint8)
    chroma = np.tile(np.floor(128 + 224 * np.array([cb, cr]) + 0.5).astype(np.uint8), (height // 2, width // 2))
    return Planes(PLANE_FORMS["nv12"], (luma, chroma))


def random_nv12(rng: np.random.Generator) -> Planes:
    parts = (rng.integers(0, 256, (H, W), np.uint8), rng.integers(0, 256, (H // 2, W), np.uint8))
    return Planes(PLANE_FORMS["nv12"], parts)


def frame(index: int, rgb: tuple[int, int, int] = (90, 90, 90), width: int = W, height: int = H) -> Frame:
    rgba = np.empty((height, width, 4), np.uint8)
    rgba[...] = (*rgb, 255)
    return Frame(index, rgba, nv12_of(rgb, width, height))


def config(count: int, fps: Fraction = Fraction(30), width: int = W, height: int = H) -> SinkConfig:
    return SinkConfig(width, height, fps, 0, count)


def encode(sink: FfmpegSink, count: int = 5, fps: Fraction = Fraction(30)) -> None:
    sink.begin(config(count, fps))
    for k in range(count):
        sink.push_frame(k, frame(k, (k * 9 % 256, 80, 200)))
    sink.end()


def probe(path: Path) -> dict[str, Any]:
    command = [tool("ffprobe"), "-v", "error", "-show_streams", "-show_frames", "-of", "json", str(path)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def native_threads() -> int:
    return len(os.listdir("/proc/self/task")) if sys.platform == "linux" else threading.active_count()


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize(
    "fps", [Fraction(30), Fraction(30000, 1001), Fraction(24), Fraction(1), Fraction(25, 2), Fraction(1000, 7)]
)
def test_tags_rate_and_times(tmp_path: Path, suffix: str, fps: Fraction) -> None:
    path = tmp_path / f"o{suffix}"
    encode(FfmpegSink(path), 9, fps)
    found = probe(path)
    (stream,) = found["streams"]
    assert stream["codec_name"] == "h264" and stream["pix_fmt"] == "yuv420p"
    assert (stream["width"], stream["height"]) == (W, H)
    assert stream["color_range"] == "tv" and stream["chroma_location"] == "left"
    assert {stream[k] for k in ("color_space", "color_transfer", "color_primaries")} == {"bt709"}
    times = [Fraction(f["pts"]) * Fraction(stream["time_base"]) for f in found["frames"]]
    if suffix != ".mkv":  # Matroska holds milliseconds
        assert times == [k / fps for k in range(9)]
        assert Fraction(stream["duration_ts"]) * Fraction(stream["time_base"]) == 9 / fps
    assert Fraction(stream["r_frame_rate"]) == fps or suffix == ".mkv"
    assert all(abs(t - k / fps) <= Fraction(1, 1000) for k, t in enumerate(times))
    assert all(f["color_space"] == "bt709" and f["color_range"] == "tv" for f in found["frames"])


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_the_index_comes_first(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"o{suffix}"
    encode(FfmpegSink(path))
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


COLOURS = [(v, v, v) for v in (0, 1, 16, 90, 128, 235, 255)]
COLOURS += [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255)]


def test_flat_colours_come_back(tmp_path: Path) -> None:
    path = tmp_path / "c.mp4"
    sink = FfmpegSink(path, crf=1)
    sink.begin(config(len(COLOURS)))
    for k, rgb in enumerate(COLOURS):
        sink.push_frame(k, frame(k, rgb))
    sink.end()
    command = [tool("ffmpeg"), "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]
    raw = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.uint8)
    for got, rgb in zip(raw.reshape(len(COLOURS), -1), COLOURS, strict=True):
        y = (got[: W * H].mean() - 16) / 219
        cb = (got[W * H : W * H * 5 // 4].mean() - 128) / 224
        cr = (got[W * H * 5 // 4 :].mean() - 128) / 224
        r, b = y + 1.5748 * cr, y + 1.8556 * cb
        g = (y - 0.2126 * r - 0.0722 * b) / 0.7152
        assert np.abs(np.clip(np.array([r, g, b]) * 255, 0, 255) - rgb).max() <= 1.5, rgb


def test_lossless_keeps_every_sample(tmp_path: Path) -> None:
    path = tmp_path / "l.mp4"
    rng = np.random.default_rng(2)
    samples = [random_nv12(rng) for _ in range(6)]
    sink = FfmpegSink(path, crf=0, preset="ultrafast")
    sink.begin(config(6))
    for k, s in enumerate(samples):
        sink.push_frame(k, Frame(k, np.zeros((H, W, 4), np.uint8), s))
    sink.end()
    command = [tool("ffmpeg"), "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "nv12", "-"]
    sent = b"".join(part.tobytes() for s in samples for part in s.parts)
    assert subprocess.run(command, check=True, capture_output=True).stdout == sent


def test_nothing_is_visible_before_the_end(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    sink = FfmpegSink(path)
    sink.begin(config(3))
    sink.push_frame(0, frame(0))
    assert not path.exists() and len(list(tmp_path.iterdir())) == 1
    sink.push_frame(1, frame(1))
    sink.end()
    assert [p.name for p in tmp_path.iterdir()] == ["o.mp4"]
    assert len(probe(path)["frames"]) == 2


def test_abort_leaves_nothing(tmp_path: Path) -> None:
    before = native_threads()
    handles = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    for pushed in (0, 3):
        sink = FfmpegSink(tmp_path / "o.mp4")
        sink.begin(config(9))
        for k in range(pushed):
            sink.push_frame(k, frame(k))
        sink.abort()
        sink.abort()
        assert list(tmp_path.iterdir()) == []
    if sys.platform == "linux":
        assert len(os.listdir("/proc/self/fd")) <= handles + 1
        assert native_threads() <= before


def test_an_old_file_survives_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    path.write_bytes(b"old")
    sink = FfmpegSink(path, overwrite=True)
    sink.begin(config(2))
    with pytest.raises(EncodeError, match="another size"):
        sink.push_frame(0, frame(0, width=32, height=32))
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1
    encode(FfmpegSink(path, overwrite=True))
    assert path.read_bytes() != b"old"


def test_existing_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    path.write_bytes(b"old")
    with pytest.raises(SchemaError, match="overwrite"):
        FfmpegSink(path).begin(config(1))
    path.unlink()
    sink = FfmpegSink(path)
    sink.begin(config(1))
    sink.push_frame(0, frame(0))
    path.write_bytes(b"new")
    with pytest.raises(SchemaError, match="exists"):
        sink.end()
    assert path.read_bytes() == b"new" and len(list(tmp_path.iterdir())) == 1


def test_bad_outputs(tmp_path: Path) -> None:
    (tmp_path / "d.mp4").mkdir()
    with pytest.raises(SchemaError, match="directory"):
        FfmpegSink(tmp_path / "d.mp4", overwrite=True).begin(config(1))
    with pytest.raises(SchemaError, match="no folder"):
        FfmpegSink(tmp_path / "no" / "o.mp4").begin(config(1))
    with pytest.raises(EncodeError):
        FfmpegSink(tmp_path / "o.mp4").begin(config(1, width=40000, height=40000))
    assert [p.name for p in tmp_path.iterdir()] == ["d.mp4"]


def test_unwritable_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(EncodeError, match="can't be written"):
        FfmpegSink(tmp_path / "o.mp4").begin(config(1))


@pytest.mark.parametrize(
    ("name", "options", "kind", "text"),
    [
        ("o.avi", {}, SchemaError, ".mp4 .m4v .mov .mkv .webm"),
        ("o", {}, SchemaError, ".mp4"),
        ("o.mp4", {"codec": "libx999"}, SchemaError, "libx264"),
        ("o.mp4", {"pix_fmt": "yuv444q"}, SchemaError, "yuv420p"),
        ("o.mp4", {"preset": "veryfats"}, SchemaError, "did you mean 'veryfast'"),
        ("o.mp4", {"crf": 52}, SchemaError, "0 to 51"),
        ("o.mp4", {"crf": float("nan")}, SchemaError, "0 to 51"),
        ("o.mp4", {"container": "avi"}, SchemaError, "matroska"),
    ],
)
def test_bad_settings(name: str, options: dict[str, Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as error:
        FfmpegSink(name, **options)
    assert text in str(error.value)


def test_calls_out_of_order(tmp_path: Path) -> None:
    sink = FfmpegSink(tmp_path / "o.mp4")
    with pytest.raises(EncodeError, match="before begin"):
        sink.push_frame(0, frame(0))
    with pytest.raises(EncodeError, match="before begin"):
        sink.end()
    sink.begin(config(1))
    with pytest.raises(EncodeError, match="no frame"):
        sink.end()
    assert list(tmp_path.iterdir()) == []


def test_file_objects(tmp_path: Path) -> None:
    out = io.BytesIO()
    encode(FfmpegSink(out))
    data = out.getvalue()
    assert data.index(b"moov") < data.index(b"mdat")

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.parts: list[bytes] = []

        def write(self, data: Any) -> int:
            self.parts.append(bytes(data))
            return len(data)

    pipe = Pipe()
    encode(FfmpegSink(pipe, container="matroska"))  # type: ignore[arg-type]
    assert pipe.parts[0][:4] == b"\x1a\x45\xdf\xa3"
    with (tmp_path / "x.mov").open("wb") as file:
        encode(FfmpegSink(file))
    assert probe(tmp_path / "x.mov")["streams"][0]["codec_name"] == "h264"
    with pytest.raises(TypeError):
        FfmpegSink(5)  # type: ignore[arg-type]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_device(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="No space"), open("/dev/full", "wb", buffering=0) as full:
        encode(FfmpegSink(full, container="mp4"))


def test_a_full_disk(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small file system can't be mounted here")
    try:
        rng = np.random.default_rng(0)
        sink = FfmpegSink(folder / "o.mp4", crf=0, preset="ultrafast")
        with pytest.raises(EncodeError, match="No space"):
            sink.begin(config(200))
            for k in range(200):
                sink.push_frame(k, Frame(k, np.zeros((H, W, 4), np.uint8), random_nv12(rng)))
            sink.end()
        assert list(folder.iterdir()) == []
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError()])
def test_an_interrupt_inside_push(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    sink = FfmpegSink(tmp_path / "o.mp4")
    sink.begin(config(5))
    sink.push_frame(0, frame(0))

    def interrupted(self: VideoWriter, frame: Frame) -> None:
        raise error

    monkeypatch.setattr(VideoWriter, "write", interrupted)
    with pytest.raises(type(error)):
        sink.push_frame(1, frame(1))
    assert list(tmp_path.iterdir()) == []


def test_through_the_pipeline(tmp_path: Path) -> None:
    path = tmp_path / "p.mp4"
    with EncodePipeline(FfmpegSink(path), config(20), range(20)) as pipeline:
        for k in range(20):
            pipeline.push(k, frame(k))
    assert len(probe(path)["frames"]) == 20
    with (
        pytest.raises(KeyboardInterrupt),
        EncodePipeline(FfmpegSink(tmp_path / "q.mp4"), config(20), range(20)) as pipeline,
    ):
        pipeline.push(0, frame(0))
        raise KeyboardInterrupt
    assert [p.name for p in tmp_path.iterdir()] == ["p.mp4"]


def test_memory_stays_bounded(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    sink = FfmpegSink(tmp_path / "m.mp4", preset="ultrafast")
    width, height = 640, 480
    sink.begin(config(400, width=width, height=height))
    picture = frame(0, width=width, height=height)
    for k in range(100):
        sink.push_frame(k, picture)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for k in range(100, 400):
        sink.push_frame(k, Frame(k, picture.rgba, picture.planes))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10
    sink.end()


def test_importing_is_light() -> None:
    code = "import sys, wavyte_gpu.encode; print({'av', 'wgpu', 'PIL', 'imageio'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "set()"
    )
