"""Sound files that tests make, and FFmpeg's own decode of them."""

from __future__ import annotations

import base64
import io
from fractions import Fraction
from typing import Any

import av
import numpy as np

from wavyte_gpu.assets.channels import stereo


def encode(
    samples: np.ndarray,
    rate: int,
    container: str = "wav",
    codec: str = "pcm_f32le",
    *,
    layout: str = "stereo",
    options: dict[str, str] | None = None,
    picture: bool = False,
) -> bytes:
    """Return a file that holds (n, channels) float samples, with a small video beside them or not."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        video: Any = None
        if picture:
            video = file.add_stream("libvpx-vp9" if container == "webm" else "libx264", rate=30)
            video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        stream: Any = file.add_stream(codec, rate=rate, layout=layout, options=options or {})
        if video is not None:
            for i in range(max(1, len(samples) * 30 // rate)):
                frame = av.VideoFrame(64, 64, "yuv420p")
                frame.pts, frame.time_base = i, Fraction(1, 30)
                file.mux(video.encode(frame))
            file.mux(video.encode(None))
        stream.codec_context.open(strict=False)
        sample_format = stream.format.name if stream.format else "fltp"
        size = stream.codec_context.frame_size or 1024
        shaper = av.AudioResampler(format=sample_format, layout=layout, rate=rate, frame_size=size)
        packed = np.ascontiguousarray(samples, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed if len(samples) else np.zeros((1, 64), np.float32), "flt", layout)
        frame.sample_rate, frame.pts = rate, 0
        for part in [*shaper.resample(frame), *shaper.resample(None)] if len(samples) else []:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return out.getvalue()


def data_url(data: bytes) -> str:
    return "data:application/octet-stream;base64," + base64.b64encode(data).decode()


def wav(samples: np.ndarray, rate: int = 48000) -> str:
    """Return a data: URL of a WAV file of stereo floats."""
    return data_url(encode(samples, rate))


def decoded(data: bytes) -> np.ndarray:
    """Return what FFmpeg decodes from the start of a file to its end, (n, 2) float32."""
    with av.open(io.BytesIO(data)) as file:
        return np.concatenate([stereo(frame) for frame in file.decode(audio=0)])


def noise(count: int, seed: int = 1) -> np.ndarray:
    """Return (count, 2) float32 that no other place resembles, within a half of full scale."""
    rng = np.random.default_rng(seed)
    t = np.arange(count)[:, None] / 48000
    sweep = np.sin(2 * np.pi * (np.array([200.0, 500.0]) + 400 * t) * t)
    return (0.3 * sweep + rng.uniform(-0.15, 0.15, (count, 2)) * (np.sin(3 * t) > 0)).astype(np.float32)
