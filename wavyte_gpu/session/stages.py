"""Where the time of a frame goes: medians per stage, for `wavyte bench` and WAVYTE_TRACE=1."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

from wavyte_gpu.render.backend import Timings

__all__ = ["StageTimes"]

STAGES = ("evaluate", "compile", "record", "gpu", "readback", "encode", "total")


class StageTimes:
    """Collects milliseconds by stage."""

    def __init__(self) -> None:
        self._times: list[list[float]] = [[] for _ in STAGES]

    def add(self, stage: str, ms: float) -> None:
        self._times[STAGES.index(stage)].append(ms)

    def take(self, timings: Timings) -> None:
        """Add what a backend measured of one frame."""
        self.add("record", timings.record_ms)
        self.add("readback", timings.readback_ms)
        if timings.gpu_ms is not None:
            self.add("gpu", timings.gpu_ms)

    @contextmanager
    def measure(self, stage: str, frames: int = 1) -> Iterator[None]:
        """Time a block; what is done for several frames at once counts as a share for each."""
        start = time.perf_counter()
        yield
        self.add(stage, (time.perf_counter() - start) * 1e3 / frames)

    def clear(self) -> None:
        for times in self._times:
            times.clear()

    def summary(self) -> dict[str, dict[str, float]]:
        """Return {stage: {median_ms, p90_ms}} of the stages that were measured."""
        out = {}
        for stage, times in zip(STAGES, self._times, strict=True):
            if times:
                ordered = sorted(times)
                p90 = ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))]
                out[stage] = {"median_ms": round(statistics.median(ordered), 4), "p90_ms": round(p90, 4)}
        return out
