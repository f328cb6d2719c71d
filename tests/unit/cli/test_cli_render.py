"""render, frame and hash: what they write and where."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from fake_engine import Session
from PIL import Image

from wavyte_gpu.encode.frame import Frame


def read_rgba(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))


def test_frame_writes_straight_alpha(run, comp, tmp_path):
    out = tmp_path / "new" / "f.png"
    result = run("frame", comp(), "3", "-o", str(out))
    assert result.code == 0
    assert "frame 3" in result.out
    pixels = read_rgba(out)
    assert pixels.shape == (2, 4, 4)
    assert (pixels == (6, 0, 0, 128)).all()  # 3 / 128 of 255, rounded


@pytest.mark.parametrize("number", ["6", "-1", "1s"])
def test_frame_outside_the_composition(run, comp, tmp_path, number):
    result = run("frame", comp(), number, "-o", str(tmp_path / "f.png"))
    assert result.code == 2
    assert "[0, 6)" in result.err


def test_existing_file_needs_overwrite(run, comp, tmp_path):
    out = tmp_path / "f.png"
    out.write_bytes(b"mine")
    result = run("frame", comp(), "0", "-o", str(out))
    assert result.code == 2
    assert "--overwrite" in result.err
    assert out.read_bytes() == b"mine"
    assert run("frame", comp(), "0", "-o", str(out), "--overwrite").code == 0
    assert read_rgba(out)[0, 0, 3] == 255


def test_frame_json(run, comp, tmp_path):
    out = tmp_path / "f.png"
    (event,) = run("frame", comp(), "2", "-o", str(out), "--json").lines()
    expected = Frame(2, np.full((2, 4, 4), (2, 0, 0, 255), dtype=np.uint8)).hash
    assert event["event"] == "done"
    assert event["frame"] == 2
    assert event["hash"] == expected
    assert event["bytes"] == out.stat().st_size


@pytest.mark.parametrize("name", ["f.jpg", "f"])
def test_frame_is_a_png(run, comp, tmp_path, name):
    assert run("frame", comp(), "0", "-o", str(tmp_path / name)).code == 2


def test_hash_prints_a_line_a_frame(run, comp):
    result = run("hash", comp(), "--frames", "2:4")
    lines = [line.split() for line in result.out.splitlines()]
    assert [number for number, _ in lines] == ["2", "3"]
    assert all(len(digest) == 32 for _, digest in lines)
    assert result.err == ""


def test_hash_json(run, comp):
    lines = run("hash", comp(), "--frames", ":2", "--json").lines()
    assert [line.get("frame") for line in lines] == [0, 1, None]
    assert lines[-1] == {"schema": 1, "event": "done", "frames": 2, "frames_hash": "f" * 32}


def test_png_sequence_numbers_are_composition_frames(run, comp, tmp_path):
    folder = tmp_path / "seq"
    for target in (f"{folder}/%03d.png", f"{folder}/a/"):
        assert run("render", comp(), "-o", target, "--frames", "4:").code == 0
    assert sorted(path.name for path in folder.glob("*.png")) == ["004.png", "005.png"]
    assert sorted(path.name for path in (folder / "a").iterdir()) == ["00004.png", "00005.png"]
    assert run("render", comp(), "-o", f"{folder}/%03d.png", "--frames", "3:").code == 2
    assert run("render", comp(), "-o", f"{folder}/%03d.png", "--frames", "3:", "--overwrite").code == 0


@pytest.mark.parametrize(
    ("out", "extra", "message"),
    [
        ("x.png", (), "%05d"),
        ("x.mpeg9", (), "allowed: .mp4"),
        ("x.wav", (), "no sound to write"),
        ("x.mp4", ("--profile", "wbe"), "did you mean 'web'"),
        ("x.webm", ("--codec", "h264"), "libvpx-vp9"),
        ("x_%d.png", ("--crf", "3", "--pix-fmt", "yuv420p"), "--crf, --pix-fmt"),
        ("x_%d_%d.png", (), "one number"),
        ("-", ("--codec", "libx264"), "--codec"),
        ("-", ("--overwrite",), "--overwrite"),
        ("-", ("--loudness", "-14"), "holds no sound"),
        ("x.gif", ("--loudness", "-14"), "holds no sound"),
        ("x.mp4", ("--loudness", "-14", "--no-audio"), "--no-audio leaves no sound"),
        ("", (), "the value is empty"),
    ],
)
def test_bad_outputs(run, comp, tmp_path, out, extra, message):
    target = out if out in ("-", "") else str(tmp_path / out)
    result = run("render", comp(), "-o", target, *extra)
    assert result.code == 2
    assert message in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["composition.json"]


class _Stdout(io.StringIO):
    """A stdout with bytes beneath."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = io.BytesIO()


def test_raw_frames_on_stdout(run, comp, monkeypatch):
    stdout = _Stdout()
    monkeypatch.setattr(sys, "stdout", stdout)
    result = run("render", comp(), "-o", "-", "--frames", "0:2", "--json")
    assert result.code == 0
    frames = np.frombuffer(stdout.buffer.getvalue(), dtype=np.uint8).reshape(2, 2, 4, 4)
    assert (frames[0] == (0, 0, 0, 255)).all()
    assert (frames[1] == (2, 0, 0, 128)).all()
    assert stdout.getvalue() == ""
    events = [json.loads(line)["event"] for line in result.err.splitlines()]
    assert events[0] == "start"
    assert events[-1] == "done"


def test_raw_needs_no_terminal(run, comp, monkeypatch):
    stdout = _Stdout()
    monkeypatch.setattr(stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", stdout)
    assert run("frame", comp(), "0", "-o", "-").code == 2


def test_document_from_stdin(run, comp, monkeypatch):
    text = Path(comp()).read_text()
    stdin = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf \n" + text.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert len(run("hash", "-").out.splitlines()) == 6
    for bad in (b"name.json", b"\xff\xfe", b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bad)))
        assert run("hash", "-").code == 2


def test_folder_with_a_composition(run, comp, tmp_path):
    comp()
    assert run("hash", str(tmp_path)).code == 0


def test_render_reports_events_and_summary(run, comp, tmp_path):
    out = tmp_path / "seq"
    result = run("render", comp(), "-o", f"{out}/", "--json")
    events = result.lines()
    assert events[0] == {
        "schema": 1,
        "event": "start",
        "frames": 6,
        "out": f"{out}/",
        "backend": "gpu",
        "adapter": "fake adapter",
        "software": True,
    }
    assert events[-1]["event"] == "done"
    assert events[-1]["frames_hash"] == "f" * 32
    assert {event["event"] for event in events[1:-1]} == {"progress"}
    assert events[-2]["done"] == 6
    text = run("render", comp(), "-o", f"{out}/", "--overwrite")
    assert "6 frames" in text.out
    assert "12.0 fps" in text.out
    assert run("render", comp(), "-o", f"{out}/", "--overwrite", "-q").out == ""


def test_failed_sequence_leaves_nothing(run, comp, tmp_path):
    def fail(number: int) -> None:
        if number == 3:
            raise RuntimeError("it broke")

    name = comp()
    Session.hook = fail
    assert run("render", name, "-o", str(tmp_path / "seq") + "/").code == 1
    assert not (tmp_path / "seq").exists()
