"""Every even size reaches the encoder whole."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from wavyte_gpu.encode.ffmpeg import FfmpegSink
from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.sink import SinkConfig


@pytest.mark.parametrize("size", [(66, 34), (64, 34), (98, 50), (72, 36), (64, 64)])
def test_white_stays_white(tmp_path: Path, size: tuple[int, int]) -> None:
    width, height = size
    sink = FfmpegSink(tmp_path / "white.mp4")
    sink.begin(SinkConfig(width, height, Fraction(25), 0, 1))
    sink.push_frame(0, Frame(0, np.full((height, width, 4), 255, np.uint8)))
    sink.end()
    with av.open(str(tmp_path / "white.mp4")) as file:
        picture = next(file.decode(video=0)).to_ndarray(format="yuv420p")
    assert np.unique(picture[:height]).tolist() == [235]
    assert np.unique(picture[height:]).tolist() == [128]
