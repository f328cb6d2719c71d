"""The planes of video frames as draw/video reads them: words of several samples, and what the kernel is made for."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.registry import ROWS, kernel_values

__all__ = ["plane_words", "video_values"]


def plane_words(plane: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
    """Return a plane as words of four samples of 8 bits, or two of 16, the left one in the lowest bits.

    It is a view where rows are whole words; they may lie further apart than they are long.
    """
    missing = -plane.shape[1] % (4 // plane.itemsize)
    return (np.pad(plane, ((0, 0), (0, missing))) if missing else plane).view("<u4")


def video_values(params: np.void) -> dict[str, int | str]:
    """Return the values that `ops.source.join` needs for draw/video with such parameters; a workgroup writes WIDTH x ROWS px."""
    bits, level = int(params["matrix"][3]), int(params["size"][2])
    samples = 32 // bits
    return {
        **kernel_values(),
        "ROWS": 1 if level else ROWS,
        "BITS": bits,
        "MASK": (1 << bits) - 1,
        "SAMPLES": samples,
        "LOG": samples.bit_length() - 1,
        "WORDS": 8 // samples,
        "CHROMA": 4 // samples,
        "THREE": 3,
        "FOUR": 4,
        "MIP": int(level > 0),
        "HALFX": int(params["siting"][0] < 4),
        "HALFY": int(params["siting"][1] < 4),
        "LEFT": int(params["siting"][2] == 0),
        "ALPHA": int(params["chroma"][3] > 0),
    }
