"""Small media, made by the tests themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

MakeVideo = Callable[..., Path]


def picture(k: int, width: int, height: int) -> np.ndarray:
    """Return a picture that tells its number: (H, W, 3) uint8."""
    y, x = np.mgrid[:height, :width]
    return np.stack([(x * 7 + k * 31) % 256, (y * 5 + k * 57) % 256, (x + y + k * 91) % 256], -1).astype(np.uint8)


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """Encode numbered pictures at given times."""

    def make(
        name: str = "v.mp4",
        pts: Sequence[int] = tuple(range(12)),
        *,
        time_base: Fraction = Fraction(1, 25),
        codec: str = "libx264",
        pix_fmt: str = "yuv420p",
        size: tuple[int, int] = (64, 48),
        options: dict[str, str] | None = None,
        tags: dict[str, int] | None = None,
        rotation: float | None = None,
        audio_from: int | None = None,
        container_options: dict[str, str] | None = None,
    ) -> Path:
        import av

        path = tmp_path / name
        with av.open(str(path), "w", options=container_options or {}) as out:
            stream: Any = out.add_stream(codec, rate=Fraction(25), options=options or {})
            stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
            stream.codec_context.time_base = time_base
            for key, value in (tags or {}).items():
                setattr(stream.codec_context, key, value)
            if rotation is not None:
                stream.set_display_rotation(rotation)
            sound: Any = None
            if audio_from is not None:
                sound = out.add_stream("aac", rate=48000)
            for k, at in enumerate(pts):
                frame = av.VideoFrame.from_ndarray(picture(k, *size), "rgb24").reformat(format=pix_fmt)
                frame.pts, frame.time_base = at, time_base
                for key, value in (tags or {}).items():
                    setattr(frame, key, value)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
            if sound is not None:
                samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
                samples.sample_rate, samples.pts, samples.time_base = 48000, audio_from, Fraction(1, 48000)
                out.mux(sound.encode(samples))
                out.mux(sound.encode(None))
        return path

    return make
