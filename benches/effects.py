"""Times of effects over a full 1920x1080 frame, and of a card's shadow: `python -m benches.effects [--repeats N]` prints JSON.

A figure is the time of a plan with the effect less that of one without it, the best of N frames of both, in ms: `wall` by the
adapter's timestamps, `cpu` of all threads of this process, which on a software adapter holds on a busy machine, too.
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

from tests.gpu.plans import COPY
from tests.support.passes import Passes
from wavyte_gpu.compile.emit import Layer
from wavyte_gpu.compile.plan import NO_PAGE, OpKind, SurfaceId
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.blur import blur_plan
from wavyte_gpu.ops.matrices import color_matrix
from wavyte_gpu.ops.registry import layout_of, pass_id
from wavyte_gpu.ops.shadow import shadow_margins, shadow_plan
from wavyte_gpu.ops.weights import crossfade, iris, mask_rule, wipe
from wavyte_gpu.render.gpu.backend import GpuBackend
from wavyte_gpu.render.gpu.device import open_device

FRAME = (1920, 1080)
CARD = (400, 280)
Emit = Callable[[Passes, SurfaceId], None]


def blur(sigma: float) -> Emit:
    """Return what emits a blur of the same sigma along both axes."""

    def emit(passes: Passes, image: SurfaceId) -> None:
        bounds = passes.emit.surfaces[image].bounds
        at = image
        for step in blur_plan(sigma, sigma, bounds, bounds).steps:
            at = passes.emit.pass_(step.kernel, [at], step.bounds, step.params, step.format)

    return emit


def shadow(sigma: float) -> Emit:
    """Return what emits a drop shadow."""

    def emit(passes: Passes, image: SurfaceId) -> None:
        content = passes.emit.surfaces[image].bounds
        m = shadow_margins((4.0, 4.0), sigma, 0.0)
        bounds = Rect(content.x0 - m.x0, content.y0 - m.y0, content.x1 + m.x1, content.y1 + m.y1)
        plan = shadow_plan(content, bounds, offset=(4.0, 4.0), sigma=sigma, spread=0.0, color=0xC0000000)
        at = image
        for step in plan.steps:
            at = passes.emit.pass_(step.kernel, [at], step.bounds, step.params, step.format)
        passes.emit.pass_(plan.last.kernel, [at, image], plan.last.bounds, plan.last.params)

    return emit


def one(kernel: int, params: Any, inputs: int = 1) -> Emit:
    """Return what emits a kernel whose inputs are all the same surface."""

    def emit(passes: Passes, image: SurfaceId) -> None:
        passes.emit.pass_(kernel, [image] * inputs, passes.emit.surfaces[image].bounds, params)

    return emit


def copied(matrix: Any) -> Emit:
    """Return what emits a copy of the surface, through a colour matrix or none."""

    def emit(passes: Passes, image: SurfaceId) -> None:
        bounds = passes.emit.surfaces[image].bounds
        row, record = passes.emit.own_record(COPY)
        record["bounds"][0] = bounds
        layer = Layer(-1, COPY, layout_of(COPY, 0), row, True, 128, 0, bounds, True, NO_PAGE, image)
        layer.matrix = matrix
        passes.emit.op(OpKind.COMPOSITE, [layer], [128], passes.emit.surface(bounds), bounds, init=True)

    return emit


def cases() -> dict[str, tuple[tuple[int, int], Emit, Emit | None]]:
    sepia = np.eye(4, 5)
    sepia[:3, :3] = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
    fused = color_matrix(sepia)[1].reshape(1)[0]["matrix"]
    alpha = np.eye(4, 5)
    alpha[3, 3] = 0.5
    blurs = {f"blur sigma {s:g}": (FRAME, blur(s), None) for s in (1.0, 3.0, 4.0, 8.0, 64.0)}
    return {
        "mask": (FRAME, one(pass_id("mask"), mask_rule("luma"), 2), None),
        "copy, which the others may be held against": (FRAME, copied(None), None),
        "color_matrix in a copy": (FRAME, copied(fused), copied(None)),
        "color_matrix": (FRAME, one(*color_matrix(sepia)), None),
        "color_matrix of alpha": (FRAME, one(*color_matrix(alpha)), None),
        "crossfade": (FRAME, one(*crossfade(0.3), 2), None),
        "wipe": (FRAME, one(*wipe(0.3, FRAME, "left_to_right", 0.1), 2), None),
        "iris circle": (FRAME, one(*iris(0.3, FRAME, "circle", (0.5, 0.5), 0.1), 2), None),
        **blurs,
        "drop shadow of 400x280, sigma 10": (CARD, shadow(10.0), None),
    }


class Timed:
    """A plan that is rendered again and again; `wall` and `cpu` hold its best times so far in ms."""

    def __init__(self, device: Any, size: tuple[int, int], emit: Emit | None) -> None:
        rng = np.random.default_rng(0)
        passes = Passes()
        pixels = rng.integers(0, 2**24, size[::-1], dtype=np.uint32) | np.uint32(0xFF000000)
        image = passes.image(pixels)
        if emit is not None:
            emit(passes, image)
        self.plan = passes.plan()
        self.gpu = GpuBackend(passes.store, device=device, trace=True)
        self.gpu.submit(self.plan).result()  # compiles
        self.wall = self.cpu = float("inf")

    def run(self) -> None:
        cpu = time.process_time()
        wall = self.gpu.submit(self.plan).result().timings.gpu_ms
        assert wall is not None
        self.cpu = min(self.cpu, (time.process_time() - cpu) * 1e3)
        self.wall = min(self.wall, wall)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=12)
    repeats = parser.parse_args().repeats
    device = open_device(os.environ.get("WAVYTE_ADAPTER"))
    out: dict[str, dict[str, float]] = {}
    for name, (size, emit, base) in cases().items():
        bare, full = Timed(device, size, base), Timed(device, size, emit)
        for _ in range(repeats):
            bare.run()
            full.run()
        out[name] = {"wall": round(full.wall - bare.wall, 2), "cpu": round(full.cpu - bare.cpu, 2)}
        bare.gpu.close()
        full.gpu.close()
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    print(json.dumps({"machine": machine, "adapter": str(device.info), "ms": out}, indent=1))
    device.close()


if __name__ == "__main__":
    main()
