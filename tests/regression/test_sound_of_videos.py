"""A video's own sound was left out of exports: it is mixed in, unless it is muted."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import av
import numpy as np

import wavyte_gpu as wv
from tests.support.documents import clip_data, leaf, scene


def clip_with_sound() -> str:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as made:
        picture = made.add_stream("libx264", rate=10)
        picture.width, picture.height, picture.pix_fmt = 32, 32, "yuv420p"
        sound = made.add_stream("aac", rate=48000)
        for i in range(5):
            made.mux(picture.encode(av.VideoFrame.from_ndarray(np.full((32, 32, 3), 20 * i, np.uint8), format="rgb24")))
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="flt", layout="mono")
        samples.rate, samples.pts = 48000, 0
        made.mux(sound.encode(samples))
        made.mux(picture.encode(None))
        made.mux(sound.encode(None))
    return "data:video/mp4;base64," + base64.b64encode(out.getvalue()).decode()


def sound_streams(tmp_path: Path, source: str, **fields: object) -> int:
    comp = wv.Composition.from_json(
        scene(leaf("v", "v"), assets={"v": {"video": {"source": source, **fields}}}, size=(16, 16), duration=2)
    )
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        assert session.warnings == []
        session.render_range(range(2), wv.FfmpegSink(tmp_path / "out.mp4"))
    with av.open(str(tmp_path / "out.mp4")) as made:
        return len(made.streams.audio)


def test_a_video_sounds(tmp_path: Path) -> None:
    assert sound_streams(tmp_path, clip_with_sound()) == 1


def test_a_video_that_is_silent_or_muted_does_not(tmp_path: Path) -> None:
    assert sound_streams(tmp_path, clip_data()) == 0


def test_a_muted_one_does_not(tmp_path: Path) -> None:
    assert sound_streams(tmp_path, clip_with_sound(), mute=True) == 0
