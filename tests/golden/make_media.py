"""Makes the media of the golden scenes. The files are committed: another encoder gives other bytes, hence other goldens."""

from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
from PIL import Image

HERE = Path(__file__).parent / "scenes"


def card() -> None:
    """Write a chequered ramp with a disc, and a red, a green and a blue corner."""
    y, x = np.mgrid[0:32, 0:48]
    pixels = np.zeros((32, 48, 4), np.uint8)
    pixels[..., 0] = 40 + 4 * x
    pixels[..., 1] = 230 - 6 * y
    pixels[..., 2] = 90 + 60 * ((x // 6 + y // 6) % 2)
    pixels[..., 3] = 255
    pixels[(x - 34) ** 2 + (y - 10) ** 2 < 36] = (255, 250, 220, 255)
    pixels[(x < 3) & (y < 3)] = (255, 0, 0, 255)
    pixels[(x > 44) & (y < 3)] = (0, 255, 0, 255)
    pixels[(x < 3) & (y > 28)] = (0, 0, 255, 255)
    Image.fromarray(pixels, "RGBA").save(HERE / "card.png", optimize=True)


def clip() -> None:
    """Write 12 frames at 10 fps: a yellow disc runs to the right over a ramp that loses its blue."""
    options = {"crf": "20", "preset": "veryslow", "g": "12", "bf": "2", "x264-params": "threads=1"}
    with av.open(str(HERE / "clip.mp4"), "w", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream("libx264", rate=10, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        y, x = np.mgrid[0:48, 0:64]
        for i in range(12):
            frame = np.zeros((48, 64, 3), np.uint8)
            frame[..., 0] = 30 + 3 * x
            frame[..., 1] = 60 + 3 * y
            frame[..., 2] = 200 - 12 * i
            frame[(x - 10 - 4 * i) ** 2 + (y - 24 - 12 * math.sin(i / 2)) ** 2 < 50] = (255, 240, 60)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode(None))


if __name__ == "__main__":
    card()
    clip()
