"""A video's own sound is left out of exports for now; as with audio assets, someone should be told."""

from __future__ import annotations

import base64
import io

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


def codes(source: str, **fields: object) -> list[str]:
    comp = wv.Composition.from_json(scene(leaf("v", "v"), assets={"v": {"video": {"source": source, **fields}}}))
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        return [w.code for w in session.warnings]


def test_a_video_with_sound_is_a_warning() -> None:
    assert codes(clip_with_sound()) == ["no_sound"]


def test_a_video_that_is_silent_or_muted_is_none() -> None:
    assert codes(clip_data()) == []
    assert codes(clip_with_sound(), mute=True) == []
