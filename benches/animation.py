"""Time the sampling of animated lanes and print JSON: microseconds per call, best and median."""

from __future__ import annotations

import json
import platform
import statistics
import time
from fractions import Fraction

import numpy as np

from wavyte_gpu.animation.ease import EASES, EaseId
from wavyte_gpu.animation.tracks import TrackBuilder, TrackTable

LANES = 250
PARAMS: dict[EaseId, tuple[float, ...]] = {
    EaseId.CUBIC_BEZIER: (0.25, 0.1, 0.25, 1.0),
    EaseId.SPRING: (120.0, 12.0, 1.0),
}
MIXES: dict[str, list[EaseId]] = {
    "linear": [EaseId.LINEAR],
    "ease_in_out": [EaseId.EASE_IN_OUT],
    "usual": [
        EaseId.LINEAR,
        EaseId.EASE_IN_OUT,
        EaseId.EASE_OUT,
        EaseId.CUBIC_OUT,
        EaseId.BACK_OUT,
        EaseId.SINE_IN_OUT,
    ],
    "every_kind": [EaseId(i) for i in range(len(EASES))],
}


def build(kinds: list[EaseId]) -> TrackTable:
    """Return a table of `LANES` tracks with a key each 10 frames and eases in turn."""
    builder = TrackBuilder()
    for lane in range(LANES):
        kind = kinds[lane % len(kinds)]
        eases = [(kind, PARAMS.get(kind, ()))] * 7
        builder.add_keyframes(range(0, 70, 10), [float((lane * 7 + i * 13) % 31) for i in range(7)], eases)
    return builder.build(Fraction(30))


def measure(table: TrackTable, frames: int, repeats: int) -> dict[str, float]:
    """Return the best and the median microseconds of a call that samples `frames` frames."""
    local = np.repeat(np.arange(frames, dtype=np.float64)[:, None] * 60.0 / frames + 3.5, LANES, axis=1)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        table.sample(local)
        times.append((time.perf_counter() - start) * 1e6)
    return {"best_us": round(min(times), 1), "median_us": round(statistics.median(times), 1)}


def main() -> None:
    """Print the figures."""
    results = {}
    for name, kinds in MIXES.items():
        start = time.perf_counter()
        table = build(kinds)
        results[name] = {
            "build_ms": round((time.perf_counter() - start) * 1e3, 1),
            "1_frame": measure(table, 1, 2000),
            "64_frames": measure(table, 64, 100),
        }
    report = {
        "schema": 1,
        "machine": platform.processor() or platform.machine(),
        "numpy": np.__version__,
        "lanes": LANES,
    }
    print(json.dumps({**report, "results": results}, indent=1))


if __name__ == "__main__":
    main()
