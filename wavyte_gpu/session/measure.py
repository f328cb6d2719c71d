"""Measuring a session's stages over frames, for `wavyte bench`."""

from __future__ import annotations

import os
import platform
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.sink import FrameSink, sink_wants
from wavyte_gpu.render.backend import OutputRequest
from wavyte_gpu.session.frame_source import FrameSource
from wavyte_gpu.session.stages import StageTimes

__all__ = ["machine", "measure", "peak_rss_bytes"]


def measure(
    source: FrameSource, frames: range, warmup: int, sink: FrameSink
) -> tuple[dict[str, Any], npt.NDArray[np.int64] | None]:
    """Return medians and 90th percentiles in ms by stage, the dispatches of a frame, and divisions by zero (E,) of the expressions.

    `total` is a frame alone, up to its pixels; encoding overlaps the frames that follow, and is apart from it.

    Args:
        warmup: frames that are rendered first and not counted.
        sink: begun; frames are pushed to it, round after round.
    """
    request = OutputRequest(planes=sink_wants(sink))
    start = time.perf_counter()
    source.render(source.sample([frames[0]]), request)
    first_ms = (time.perf_counter() - start) * 1e3
    times = StageTimes()
    ops = 0
    zeros: npt.NDArray[np.int64] | None = None
    for i in range(warmup + len(frames)):
        if i == warmup:
            times.clear()
        began = time.perf_counter()
        with times.measure("evaluate"):
            samples = source.sample([frames[i % len(frames)]])
        if samples.zeros is not None and i >= warmup:
            zeros = samples.zeros[:, 0] if zeros is None else zeros + samples.zeros[:, 0]
        result, ops = source.render(samples, request, times)
        times.take(result.timings)
        times.add("total", (time.perf_counter() - began) * 1e3)
        assert result.rgba is not None
        with times.measure("encode"):
            sink.push_frame(i, Frame.adopt(i, result.rgba, result.planes))
    measured = {
        "frames": len(frames),
        "warmup": warmup,
        "first_frame_ms": round(first_ms, 3),
        "stages": times.summary(),
        "dispatches": ops,
    }
    return measured, zeros


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def peak_rss_bytes() -> int:
    """Return the most memory that the process has held."""
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
