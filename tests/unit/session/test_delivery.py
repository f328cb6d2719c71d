"""From documents to files and back: both backends, odd sizes, alpha, parts of a render."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import leaf, scene
from tests.support.rendering import Renderer
from tests.support.tools import tool
from wavyte_gpu.encode import InMemorySink, sink_for_output
from wavyte_gpu.encode.planes import planes_of

TURN = {"keyframes": [{"frame": 0, "value": 0}, {"frame": 30, "value": 200}]}


def turning(size: tuple[int, int], duration: int = 12) -> wv.Composition:
    """A ramp under a turning, half-transparent box; much of the canvas stays empty."""
    box = leaf("#ff4000", "box", box=(8, 8, 30, 20), transform={"rotation_deg": TURN, "anchor": [15, 10]}, opacity=0.7)
    ramp = leaf("ramp", "ramp", box=(4, 20, 40, 16))
    assets = {"ramp": {"gradient": {"start": "#123", "end": "#fed"}}}
    return wv.Composition.from_json(scene(ramp, box, assets=assets, duration=duration)).with_overrides(size=size)


def decode(path: Path, pix_fmt: str, *before: str) -> np.ndarray:
    command = [tool("ffmpeg"), "-v", "error", *before, "-i", str(path), "-f", "rawvideo", "-pix_fmt", pix_fmt, "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint16 if "10" in pix_fmt else np.uint8)


CASES: list[tuple[str, dict[str, Any], str, tuple[str, ...]]] = [
    ("o.mp4", {"crf": 0, "pix_fmt": "yuv420p"}, "yuv420p", ()),
    ("o.mp4", {"crf": 0, "pix_fmt": "yuv444p"}, "yuv444p", ()),
    ("o.mp4", {"codec": "h265", "crf": 0, "pix_fmt": "yuv422p10le"}, "yuv422p10le", ()),
    ("o.webm", {"crf": 0, "pix_fmt": "yuv420p"}, "yuv420p", ()),
    ("o.webm", {"crf": 0}, "yuva420p", ("-c:v", "libvpx-vp9")),
    ("o.mkv", {"codec": "ffv1"}, "bgra", ()),
    ("o.mkv", {"codec": "ffv1", "pix_fmt": "yuva444p10le"}, "yuva444p10le", ()),
]


SIZES = [(48, 40), (47, 41)]
SIZED = [(*case, size) for case in CASES for size in SIZES if size == SIZES[0] or case[0] != "o.mp4" or case[2] == "yuv444p"]


@pytest.mark.parametrize(("name", "options", "pix_fmt", "before", "size"), SIZED)
def test_lossless_files_hold_the_frames(
    tmp_path: Path,
    draw: Renderer,
    name: str,
    options: dict[str, Any],
    pix_fmt: str,
    before: tuple[str, ...],
    size: tuple[int, int],
) -> None:
    with draw.session(turning(size)) as session:
        kept = InMemorySink()
        session.render_range(range(12), kept)
        session.render_range(range(12), wv.FfmpegSink(tmp_path / name, **options))
    want = [plane.reshape(-1) for frame in kept.frames for plane in planes_of(frame, pix_fmt, (0, 0, 0))]
    assert np.array_equal(decode(tmp_path / name, pix_fmt, *before), np.concatenate(want))


def test_parts_of_a_render(tmp_path: Path, draw: Renderer) -> None:
    cuts = [(0, 5), (5, 6), (6, 12)]
    with draw.session(turning((48, 40))) as session:
        whole = InMemorySink()
        session.render_range(range(12), whole)
        session.render_range(range(12), wv.FfmpegSink(tmp_path / "whole.mp4", crf=0))
    hashes = []
    for first, stop in cuts:  # each in a session of its own, as on several machines
        with draw.session(turning((48, 40))) as session:
            part = InMemorySink()
            session.render_range(range(first, stop), part)
            hashes += [frame.hash for frame in part.frames]
            session.render_range(range(first, stop), wv.FfmpegSink(tmp_path / f"{first}.mkv", crf=0))
    assert hashes == [frame.hash for frame in whole.frames]
    joined = wv.join([tmp_path / f"{first}.mkv" for first, _ in cuts], tmp_path / "joined.mp4")
    assert (joined.first, joined.stop) == (0, 12)
    assert np.array_equal(decode(tmp_path / "joined.mp4", "yuv420p"), decode(tmp_path / "whole.mp4", "yuv420p"))


def test_parts_of_other_renders_are_told_apart(tmp_path: Path, draw: Renderer) -> None:
    for name, document, frames in [
        ("a", turning((48, 40)), range(0, 5)),
        ("b", turning((48, 40), duration=11), range(5, 11)),
    ]:
        with draw.session(document) as session:
            session.render_range(frames, wv.FfmpegSink(tmp_path / f"{name}.mkv"))
    with pytest.raises(wv.SchemaError, match="different renders"):
        wv.join([tmp_path / "a.mkv", tmp_path / "b.mkv"], tmp_path / "o.mp4")


@pytest.mark.parametrize(("background", "tags"), [("#203040", {}), ("#20304080", {"alpha_mode": "1"})])
def test_opaque_documents_need_no_alpha(tmp_path: Path, draw: Renderer, background: str, tags: dict[str, str]) -> None:
    box = leaf("#ff4000", "box", box=(8, 8, 30, 20), opacity=0.5)
    with draw.session(scene(box, duration=2, background=background)) as session:
        session.render_range(range(2), wv.FfmpegSink(tmp_path / "o.webm"))
    command = [tool("ffprobe"), "-v", "error", "-show_entries", "stream_tags=alpha_mode", "-of", "json"]
    found = json.loads(subprocess.check_output([*command, str(tmp_path / "o.webm")]))
    assert found["streams"][0].get("tags", {}) == tags


@pytest.mark.parametrize(("made", "name"), [("clip.mp4", "clip.mp4"), ("clip.apng", "clip.apng"), ("%05d.png", "00000.png")])
def test_a_source_is_no_output(tmp_path: Path, draw: Renderer, made: str, name: str) -> None:
    def sink() -> wv.FrameSink:
        return sink_for_output(tmp_path / made, overwrite=True)

    with draw.session(turning((16, 16))) as session:
        session.render_range(range(2), sink())
    before = (tmp_path / name).read_bytes()
    kind = "image" if name.endswith(".png") else "video"
    document = scene(leaf("a", "a", box=(0, 0, 16, 16)), assets={"a": {kind: {"source": name}}}, duration=2)
    (tmp_path / "c.json").write_text(json.dumps(document))
    with draw.session(wv.load(tmp_path / "c.json")) as session:
        (tmp_path / "other").symlink_to(tmp_path)
        for target in (sink(), sink_for_output(tmp_path / "other" / made, overwrite=True)):
            with pytest.raises(wv.SchemaError, match="the output is a source"):
                session.render_range(range(2), target)
    assert (tmp_path / name).read_bytes() == before


def test_unwritable_outputs(tmp_path: Path, draw: Renderer) -> None:
    with draw.session(turning((48, 40))) as session:
        for name in ("no/o.webm", "no/o.gif", "no/o.apng"):
            with pytest.raises(wv.SchemaError, match="no folder"):
                session.render_range(range(3), wv.FfmpegSink(tmp_path / name))
        if os.getuid() == 0:
            return  # root may write anywhere
        tmp_path.chmod(0o500)
        with pytest.raises(wv.EncodeError, match="can't be written"):
            session.render_range(range(3), wv.FfmpegSink(tmp_path / "o.gif"))
        tmp_path.chmod(0o700)
