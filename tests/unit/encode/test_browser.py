"""Files in headless Chromium: what the page shows is what went in. Skipped where there is no Chromium."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from wavyte_gpu.encode import FfmpegSink, Frame, SinkConfig

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
COLOURS = [(0, 0, 0), (64, 64, 64), (128, 128, 128), (200, 200, 200), (255, 255, 255)]
COLOURS += [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
COARSE = 13  # Chromium converts saturated YUV with six bits: full blue becomes 243, whatever the file says
STRIPE, HEIGHT = 32, 64

FORMATS: list[tuple[str, dict[str, Any], int]] = [
    ("a.mp4", {"crf": 1}, 255),
    ("a.mp4", {"codec": "av1", "crf": 1}, 255),
    ("a.mp4", {"codec": "vp9"}, 255),
    ("a.webm", {"crf": 2}, 128),
    ("a.webm", {"crf": 2}, 0),
    ("a.apng", {}, 128),
    ("a.webp", {}, 128),
    ("a.gif", {}, 255),
]


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize(("name", "options", "alpha"), FORMATS)
def test_a_page_shows_the_colours(tmp_path: Path, name: str, options: dict[str, Any], alpha: int) -> None:
    assert CHROMIUM is not None
    colours = COLOURS
    pixels = np.zeros((HEIGHT, STRIPE * len(colours), 4), np.uint8)
    for k, colour in enumerate(colours):
        pixels[:, k * STRIPE : (k + 1) * STRIPE] = (*((2 * v * alpha + 255) // 510 for v in colour), alpha)
    sink = FfmpegSink(tmp_path / name, **options)
    sink.begin(SinkConfig(pixels.shape[1], HEIGHT, Fraction(30), 0, 10))
    for k in range(10):
        sink.push_frame(k, Frame(k, pixels))
    sink.end()
    video = name.endswith((".mp4", ".webm"))
    element = f'<video src="{name}" muted autoplay></video>' if video else f'<img src="{name}">'
    (tmp_path / "page.html").write_text(f'<body style="margin:0;background:#fff">{element}')
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-color-profile=srgb",
    ]
    command += ["--autoplay-policy=no-user-gesture-required", "--virtual-time-budget=4000", "--window-size=400,200"]
    command += [
        f"--user-data-dir={tmp_path}/profile",
        f"--screenshot={tmp_path}/shot.png",
        f"file://{tmp_path}/page.html",
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"Chromium does not run here: {error}")
    with Image.open(tmp_path / "shot.png") as shot:
        shown = np.asarray(shot.convert("RGB")).astype(int)
    for k, colour in enumerate(colours):
        want = np.array([v * alpha / 255 + 255 - alpha for v in colour])
        bound = COARSE if video and len(set(colour)) > 1 else 1 + (0 < alpha < 255)  # the page blends too
        assert np.abs(shown[HEIGHT // 2, k * STRIPE + STRIPE // 2] - want).max() <= bound, colour
