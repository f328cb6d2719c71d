"""PNG sequences and sinks that keep or stream frames."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from wavyte_gpu.encode import (
    Frame,
    FrameSink,
    InMemorySink,
    PngSequenceSink,
    RawSink,
    SinkConfig,
    sink_for_output,
    sink_wants,
)
from wavyte_gpu.encode import png_sequence as module
from wavyte_gpu.encode.ffmpeg import FfmpegSink
from wavyte_gpu.encode.sound_file import SoundFileSink
from wavyte_gpu.foundation.errors import EncodeError, SchemaError


def frame(index: int) -> Frame:
    rgba = np.zeros((4, 6, 4), np.uint8)
    rgba[..., 0], rgba[..., 3] = index, 200
    return Frame(index, rgba)


def config(count: int = 3, first: int = 7, step: int = 1) -> SinkConfig:
    return SinkConfig(6, 4, Fraction(30), first, count, step)


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("out/%05d.png", ["00007.png", "00008.png", "00009.png"]),
        ("out", ["00007.png", "00008.png", "00009.png"]),
        ("deep/er/f%d.PNG", ["f7.PNG", "f8.PNG", "f9.PNG"]),
        ("out/100%%_%03d.png", ["100%_007.png", "100%_008.png", "100%_009.png"]),
    ],
)
def test_numbers_are_composition_frames(tmp_path: Path, target: str, names: list[str]) -> None:
    sink = PngSequenceSink(tmp_path / target)
    sink.begin(config())
    for k in (7, 8, 9):
        sink.push_frame(k, frame(k))
    sink.end()
    found = sorted(p for p in tmp_path.rglob("*") if p.is_file())
    assert [p.name for p in found] == names
    assert (iio.imread(found[1]) == frame(8).straight()).all()
    sink.abort()
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 3


@pytest.mark.parametrize("target", ["a.png", "out/%s.png", "%d-%d.png", "out/%05d.jpg", "%05x.png"])
def test_bad_patterns(target: str) -> None:
    with pytest.raises(SchemaError, match="pattern"):
        PngSequenceSink(target)


def test_existing_files_are_refused_before_work(tmp_path: Path) -> None:
    (tmp_path / "00009.png").write_bytes(b"mine")
    with pytest.raises(SchemaError, match="overwrite"):
        PngSequenceSink(tmp_path).begin(config())
    PngSequenceSink(tmp_path).begin(config(2))
    with pytest.raises(SchemaError):
        PngSequenceSink(tmp_path).begin(config(2, 5, 4))
    sink = PngSequenceSink(tmp_path, overwrite=True)
    sink.begin(config())
    sink.push_frame(9, frame(9))
    sink.end()
    assert (tmp_path / "00009.png").read_bytes() != b"mine"


def test_abort_removes_what_it_wrote(tmp_path: Path) -> None:
    (tmp_path / "keep.txt").write_text("x")
    sink = PngSequenceSink(tmp_path / "new" / "deep")
    sink.begin(config())
    sink.push_frame(7, frame(7))
    assert len(sink.written) == 1
    sink.abort()
    sink.abort()
    assert [p.name for p in tmp_path.rglob("*")] == ["keep.txt"]


def test_a_failing_write_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = PngSequenceSink(tmp_path)
    sink.begin(config())
    sink.push_frame(7, frame(7))

    def full(*args: object, **kwargs: object) -> None:
        raise EncodeError("full")

    monkeypatch.setattr(module, "write_png", full)
    with pytest.raises(EncodeError):
        sink.push_frame(8, frame(8))
    sink.abort()
    assert list(tmp_path.iterdir()) == []


def test_something_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SchemaError, match="no folder"):
        PngSequenceSink(tmp_path / "file" / "%d.png").begin(config())


def test_memory() -> None:
    sink = InMemorySink()
    assert isinstance(sink, FrameSink) and sink_wants(sink) is None
    sink.begin(config())
    sink.push_frame(7, frame(7))
    sink.push_frame(8, sink.frames[0])
    sink.end()
    assert [f.index for f in sink.frames] == [7, 8] and sink.by_index[8].hash == frame(7).hash and sink.finished
    sink.begin(config())
    sink.push_frame(7, frame(7))
    sink.abort()
    assert len(sink) == 0


def test_raw() -> None:
    out = io.BytesIO()
    sink = RawSink(out)
    sink.begin(config())
    sink.push_frame(7, frame(7))
    sink.push_frame(8, frame(8))
    sink.end()
    assert out.getvalue() == frame(7).straight().tobytes() + frame(8).straight().tobytes()

    class Short(io.RawIOBase):
        def write(self, data: object) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(EncodeError, match="Broken pipe"):
        RawSink(Short()).push_frame(7, frame(7))  # type: ignore[arg-type]


def test_output_names(tmp_path: Path) -> None:
    for name, kind in [
        ("a.mp4", FfmpegSink),
        ("a.MOV", FfmpegSink),
        ("a.mkv", FfmpegSink),
        ("o/%04d.png", PngSequenceSink),
        ("folder", PngSequenceSink),
        ("-", RawSink),
        ("a.wav", SoundFileSink),
        ("a.flac", SoundFileSink),
    ]:
        assert isinstance(sink_for_output(name), kind)
    with pytest.raises(SchemaError, match=r"\.mov \.mkv \.webm"):
        sink_for_output("a.xyz")
    with pytest.raises(SchemaError, match="pattern"):
        sink_for_output("a.png")
