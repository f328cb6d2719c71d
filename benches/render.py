"""Measure the GPU backend: host cost of recording, readback, frames in flight. Prints JSON.

python benches/render.py [--adapter NAME] [--frames N]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.gpu.plans import COPY, FakeStore, PlanBuilder, copy, premultiplied, solid
from wavyte_gpu.compile.plan import RenderPlan
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.registry import PLANE_FORMS
from wavyte_gpu.render.backend import FrameBytes, OutputRequest
from wavyte_gpu.render.gpu.backend import GpuBackend

WIDTH, HEIGHT = 1920, 1080
CANVAS = Rect(0, 0, WIDTH, HEIGHT)


def many_small(page: int, ops: int = 50) -> RenderPlan:
    """Return a plan of single-layer ops on 64x64 px: solids, page reads and surface reads."""
    builder = PlanBuilder(WIDTH, HEIGHT)
    root = builder.surface()
    side = [builder.surface(_card(i)) for i in range(6)]
    builder.draw(root, [solid(CANVAS, 0xFF102030)], init=True)
    for i, surface in enumerate(side):
        builder.draw(surface, [solid(_card(i), 0xFF302010)], init=True)
    for i in range(ops - 7):
        at = _card(i)
        if i % 3 == 0:
            builder.draw(root, [solid(at, 0x80102030)], region=at)
        elif i % 3 == 1:
            builder.draw(root, [copy(at, 0, 0)], program=COPY, page=page, region=at)
        else:
            at = _card(i % 6)
            builder.draw(root, [copy(at, -at.x0, -at.y0)], program=COPY, inputs=(side[i % 6],), region=at)
    return builder.build(root)


def full_frame(layers: int) -> RenderPlan:
    """Return a plan of translucent full-frame layers, four to an op."""
    builder = PlanBuilder(WIDTH, HEIGHT)
    root = builder.surface()
    builder.draw(root, [solid(CANVAS, 0xFF102030)], init=True)
    for _ in range(layers // 4):
        builder.draw(root, [solid(CANVAS, 0x80102030)] * 4, full=True)
    return builder.build(root)


def _card(i: int) -> Rect:
    return Rect(i * 10, i * 10, i * 10 + 64, i * 10 + 64)


def spread(values: list[float]) -> dict[str, float]:
    """Return median, 90th percentile and least of some milliseconds."""
    return {
        "median_ms": round(float(np.median(values)), 3),
        "p90_ms": round(float(np.percentile(values, 90)), 3),
        "min_ms": round(min(values), 3),
    }


def repeat(frames: int, draw: Callable[[], FrameBytes]) -> list[FrameBytes]:
    """Draw three frames to warm up, then `frames`."""
    for _ in range(3):
        draw()
    return [draw() for _ in range(frames)]


def pipelined(gpu: GpuBackend, plan: RenderPlan, frames: int, depth: int) -> dict[str, float]:
    """Return milliseconds a frame, and how long one `submit` blocks, with `depth` frames under way."""
    pending: list[Any] = []
    blocked: list[float] = []
    start = time.perf_counter()
    for _ in range(frames):
        at = time.perf_counter()
        pending.append(gpu.submit(plan))
        blocked.append((time.perf_counter() - at) * 1e3)
        if len(pending) == depth:
            pending.pop(0).result()
    for one in pending:
        one.result()
    total = (time.perf_counter() - start) * 1e3 / frames
    return {"frame_ms": round(total, 2), "submit_median_ms": round(float(np.median(blocked)), 2)}


def main() -> None:
    """Run all and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter")
    parser.add_argument("--frames", type=int, default=60)
    args = parser.parse_args()
    store = FakeStore()
    page = store.add_page(premultiplied(np.random.default_rng(0), (700, 900)))
    with GpuBackend(store, adapter=args.adapter, trace=True) as gpu:
        assert gpu.adapter is not None
        small, flat, heavy = many_small(page), full_frame(0), full_frame(16)
        start = time.perf_counter()
        gpu.submit(small).result()
        first_ms = (time.perf_counter() - start) * 1e3
        recorded = [f.timings for f in repeat(args.frames, lambda: gpu.submit(small).result())]
        rgba = repeat(args.frames, lambda: gpu.submit(flat).result())
        nv12 = repeat(
            args.frames, lambda: gpu.submit(flat, OutputRequest(rgba=False, planes=PLANE_FORMS["nv12"])).result()
        )
        print(
            json.dumps(
                {
                    "bench": "render",
                    "machine": {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count()},
                    "adapter": gpu.adapter._asdict(),
                    "size": [WIDTH, HEIGHT],
                    "frames": args.frames,
                    "ops_50": {
                        "first_frame_ms": round(first_ms, 1),
                        "record_and_submit": spread([t.record_ms + t.submit_ms for t in recorded]),
                        "gpu": spread([t.gpu_ms or 0.0 for t in recorded]),
                    },
                    "readback_rgba": spread([f.timings.readback_ms for f in rgba]),
                    "readback_nv12": spread([f.timings.readback_ms for f in nv12]),
                    "gpu_one_layer": spread([f.timings.gpu_ms or 0.0 for f in rgba]),
                    "gpu_one_layer_and_nv12": spread([f.timings.gpu_ms or 0.0 for f in nv12]),
                    "in_flight_16_layers": {str(d): pipelined(gpu, heavy, 20, d) for d in (1, 2, 3)},
                    "counters": gpu.counters(),
                },
                indent=1,
            )
        )


if __name__ == "__main__":
    main()
