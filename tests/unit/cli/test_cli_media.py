"""inspect and join on the command line, with real files."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.tools import tool
from wavyte_gpu.encode import FfmpegSink, Frame, SinkConfig


def video(path: Path, first: int = 0, stop: int = 4, size: tuple[int, int] = (64, 48), **options) -> Path:
    sink = FfmpegSink(path, **options)
    sink.begin(SinkConfig(*size, Fraction(25), first, stop - first, digest="ab"))
    for k in range(first, stop):
        sink.push_frame(k, Frame(k, np.full((size[1], size[0], 4), (k, 2 * k, 3, 255), np.uint8)))
    sink.end()
    return path


def ffmpeg(*arguments: str) -> None:
    subprocess.run([tool("ffmpeg"), "-v", "error", "-y", *arguments], check=True)


def inspected(run, path: Path) -> dict:
    result = run("inspect", str(path), "--json")
    assert result.code == 0, result.err
    import json

    return json.loads(result.out)


def loudness_of(path: Path) -> float:
    """Return what FFmpeg's filter says of one channel heard on both sides."""
    command = [tool("ffmpeg"), "-i", str(path), "-vn", "-af", "pan=stereo|c0=c0|c1=c0,ebur128", "-f", "null", "-"]
    report = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(report.rsplit("I:", 1)[1].split()[0])


def test_our_own_file(run, tmp_path):
    found = inspected(run, video(tmp_path / "a.mp4"))
    (stream,) = found["streams"]
    assert found["schema"] == 1 and found["bytes"] == (tmp_path / "a.mp4").stat().st_size
    assert found["duration_s"] == pytest.approx(4 / 25)
    wanted = {"codec": "h264", "width": 64, "height": 48, "fps": 25.0, "fps_exact": "25", "frames": 4, "alpha": False}
    wanted |= {"matrix": "bt709", "primaries": "bt709", "transfer": "bt709", "range": "limited"}
    assert wanted.items() <= stream.items()
    use = {"frames": 4, "width": 64, "height": 48, "variable_rate": False, "chroma": "4:2:0", "bits": 8}
    assert (use | {"matrix": "BT.709", "range": "limited"}).items() <= found["use"]["video"].items()
    text = run("inspect", str(tmp_path / "a.mp4"))
    assert "h264, 64x48, 25.0 fps" in text.out and "used as video" in text.out


def test_alpha(run, tmp_path):
    for name in ("a.webm", "a.apng"):
        assert inspected(run, video(tmp_path / name))["streams"][0]["alpha"] is True


def test_rotation_aspect_sound_and_rates(run, tmp_path):
    plain, turned = tmp_path / "plain.mp4", tmp_path / "turned.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=1:s=64x48,setsar=4/3", "-f", "lavfi", "-i", "sine=d=1:r=44100", str(plain))
    ffmpeg("-i", str(plain), "-c", "copy", "-metadata:s:v", "rotate=90", str(turned))
    found = inspected(run, turned)
    picture, sound = found["streams"]
    assert picture["sample_aspect"] == "4:3" and abs(picture["rotation_deg"]) == 90
    assert found["use"]["video"]["width"] == 48
    assert (sound["sample_rate"], sound["channels"], sound["layout"]) == (44100, 1, "mono")
    heard = found["use"]["audio"]
    assert heard["sample_rate"] == 44100 and heard["mixed_at"] == 48000
    assert heard["duration_s"] == pytest.approx(1.0, abs=0.03)
    assert heard["loudness_lufs"] == pytest.approx(loudness_of(turned), abs=0.6) and heard["true_peak_dbtp"] < -10
    jumps = "testsrc=d=2:s=64x48,select='not(mod(n,7))+lt(n,10)'"
    ffmpeg("-f", "lavfi", "-i", jumps, "-vsync", "vfr", str(tmp_path / "v.mp4"))
    assert inspected(run, tmp_path / "v.mp4")["use"]["video"]["variable_rate"] is True
    assert inspected(run, plain)["use"]["video"]["variable_rate"] is False
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", str(tmp_path / "s.wav"))
    assert set(inspected(run, tmp_path / "s.wav")["use"]) == {"audio"}
    Image.new("RGB", (9, 7)).save(tmp_path / "i.png")
    assert inspected(run, tmp_path / "i.png")["use"]["image"] == {"width": 9, "height": 7, "opaque": True}


def test_a_moving_webp_is_an_image_and_a_video(run, tmp_path):
    found = inspected(run, video(tmp_path / "a.webp"))
    assert (found["streams"][0]["width"], found["streams"][0]["height"]) == (64, 48)
    assert found["use"]["image"] == {"width": 64, "height": 48, "opaque": True}
    moving = {"width": 64, "height": 48, "frames": 4, "matrix": "rgb"}
    assert moving.items() <= found["use"]["video"].items()
    assert "used as video" in run("inspect", str(tmp_path / "a.webp")).out
    Image.new("RGB", (9, 7)).save(tmp_path / "i.webp")
    assert set(inspected(run, tmp_path / "i.webp")["use"]) == {"image"}


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 5000, b"hello", b"RIFF\x10\0\0\0WAVE", b"\x89PNG\r\n\x1a\n", b"\x1aE\xdf\xa3" * 9, b"GIF89a"]
)
def test_garbage_is_one_clear_error(run, tmp_path, data):
    path = tmp_path / "g.mp4"
    path.write_bytes(data)
    result = run("inspect", str(path))
    assert result.code == 1 and result.out == ""
    assert result.err.startswith(f"error: {path}") and result.err.count(str(path)) == 1 and result.err.count("\n") == 1


def test_files_that_are_cut_off(run, tmp_path):
    whole = video(tmp_path / "a.mkv", stop=40).read_bytes()
    for size in range(0, len(whole), max(1, len(whole) // 25)):
        (tmp_path / "t.mkv").write_bytes(whole[:size])
        assert run("inspect", str(tmp_path / "t.mkv"), "--json").code in (0, 1)
    (tmp_path / "t.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    assert "t.mkv: video stream 0 is cut off at" in run("inspect", str(tmp_path / "t.mkv")).out


@pytest.mark.parametrize("name", ["nothing.mp4", "."])
def test_no_file(run, tmp_path, name):
    result = run("inspect", str(tmp_path / name))
    assert result.code == 2 and "file" in result.err


def test_join(run, tmp_path):
    parts = [str(video(tmp_path / f"{a}.mkv", a, b)) for a, b in [(2, 5), (5, 9)]]
    out = tmp_path / "new" / "o.mp4"
    events = run("join", *parts, "-o", str(out), "--json").lines()
    assert events[0]["event"] == "start" and events[0]["parts"] == 2
    assert {"stage": "join", "done": 7, "total": 7}.items() <= events[-2].items()
    assert events[-1]["frames"] == 7 and events[-1]["bytes"] == out.stat().st_size
    assert run("join", *parts, "-o", str(out)).code == 2
    result = run("join", *parts, "-o", str(out), "--overwrite")
    assert result.code == 0 and "frames 2:9 of 2 parts" in result.out


def test_join_errors(run, tmp_path):
    first, second = (str(video(tmp_path / f"{a}.mkv", a, b)) for a, b in [(2, 5), (6, 9)])
    result = run("join", first, second, "-o", str(tmp_path / "o.mp4"))
    assert result.code == 2 and "leave a gap" in result.err
    assert run("join", first, "-o", str(tmp_path / "o.mp4")).code == 2
    assert run("join", first, second).code == 2
    assert not (tmp_path / "o.mp4").exists()
