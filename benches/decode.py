"""Measure decoding 1080p H.264 to a texture against FFmpeg's own decode to memory (PyAV, same file, same run). Prints JSON.

"planes" ends where the upload begins. Processor time is that of the whole process: all threads, a software driver's too.

python -m benches.decode [--frames N] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.gpu.plans import FakeStore
from wavyte_gpu.assets.video import PreparedVideo, prepare_video
from wavyte_gpu.compile.plan import VideoFrameRef
from wavyte_gpu.render.gpu.device import Device, open_device
from wavyte_gpu.render.gpu.pool import AssetTextures, TextureMaker

WIDTH, HEIGHT = 1920, 1080


def make(path: Path, frames: int) -> None:
    """Encode moving gradients with grain, B-frames and key frames every 48."""
    rng = np.random.default_rng(1)
    grain = rng.integers(0, 24, (HEIGHT + 64, WIDTH + 64), np.uint8)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libx264", rate=25, options={"preset": "fast", "crf": "20", "g": "48"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for k in range(frames):
            luma = ((x + 3 * k) // 8 + (y + k) // 6) % 200 + grain[k % 64 : k % 64 + HEIGHT, k % 61 : k % 61 + WIDTH]
            picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            picture[:HEIGHT] = luma
            frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
            frame.pts, frame.time_base = k, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def ffmpeg(path: Path) -> int:
    """Decode every frame and nothing else, with FFmpeg's choice of threads."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return sum(1 for _ in container.decode(stream))


def planes(path: Path) -> int:
    """Open the file as the engine does, hash and index included, and take the planes of every frame in order."""
    with prepare_video(path) as video:
        for frame in range(video.frame_count):
            video.planes(frame)
        return video.frame_count


class _OneVideo(FakeStore):
    """A store whose only asset is a video."""

    def __init__(self, video: PreparedVideo) -> None:
        super().__init__()
        self._video = video

    def planes(self, asset: int, frame: int) -> Any:
        return self._video.planes(frame)


def textures(device: Device, path: Path) -> int:
    """Open the file as the engine does, and have every frame in textures, in order: uploads are submitted frame by frame."""
    marker = device.wgpu.create_buffer(size=4, usage="COPY_SRC")
    with prepare_video(path) as video:
        uploads = AssetTextures(TextureMaker(device, lambda _: None), _OneVideo(video))
        for frame in range(video.frame_count):
            uploads.planes(VideoFrameRef(0, frame, 0))
            device.queue.submit([])
            if frame % 4 == 3:
                device.queue.read_buffer(marker)  # as a ring of frames under way does
        device.queue.read_buffer(marker)
        uploads.clear()
        return video.frame_count


def timed(job: Callable[[Path], int], path: Path) -> tuple[float, float]:
    """Return ms a frame: (wall, processor time of the process)."""
    wall, cpu = time.perf_counter(), time.process_time()
    count = job(path)
    return (time.perf_counter() - wall) * 1000 / count, (time.process_time() - cpu) * 1000 / count


def main() -> None:
    """Take turns; print the best of each and the median of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    device = open_device(None, False)
    jobs = {"ffmpeg": ffmpeg, "planes": planes, "texture": partial(textures, device)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mp4"
        make(path, args.frames)
        runs = [{name: timed(job, path) for name, job in jobs.items()} for _ in range(args.rounds)]
    device.close()
    found: dict[str, Any] = {"machine": platform.machine(), "cores": os.cpu_count(), "frames": args.frames}
    for at, what in enumerate(("wall", "processor")):
        found[what] = {f"{name}_ms": round(min(run[name][at] for run in runs), 2) for name in jobs}
        for name in ("planes", "texture"):
            ratio = statistics.median(run[name][at] / run["ffmpeg"][at] for run in runs)
            found[what][f"{name}_ratio"] = round(ratio, 3)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
