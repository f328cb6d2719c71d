"""GPU time of single kernels over a full 1920x1080 frame: `python -m benches.kernels [NAME ...]` prints ms, best of several."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import wgpu

from tests.support import gpu_kernel as gpu
from wavyte_gpu.compile.tiles import tile_list
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops import quantise, reflect, registry
from wavyte_gpu.ops.planes import PlaneLayout, plane_params
from wavyte_gpu.ops.registry import BLENDS, EDGE_COUNTS, PLANE_FORMS, PROGRAMS
from wavyte_gpu.ops.source import join
from wavyte_gpu.ops.video_words import plane_words, video_values

WIDTH, HEIGHT = 1920, 1080
REPEATS = 12

Array = npt.NDArray[Any]


class Times(NamedTuple):
    """Milliseconds: of the dispatch by timestamps and in CPU time of this process, and of compiling and the first run."""

    wall: float
    cpu: float  # on a software driver, over all its threads: steadier than the wall clock on a busy machine
    first: float


Measure = Callable[[dict[str, Any]], Times]


def program(name: str) -> int:
    return [p.name for p in PROGRAMS].index(name)


def gpu_ms(code: str, resources: dict[str, Any], groups: tuple[int, int, int]) -> Times:
    """Return the best times of one dispatch."""
    device = gpu.device()
    start = time.perf_counter()
    gpu.pipeline(code)
    bound = gpu.bind(code, resources)
    gpu.dispatch(code, resources, groups)  # drivers may compile at the first use
    device.queue.read_buffer(device.create_buffer(size=4, usage="COPY_SRC"))
    first_ms = (time.perf_counter() - start) * 1e3
    queries = device.create_query_set(type="timestamp", count=2)
    result = device.create_buffer(size=16, usage="QUERY_RESOLVE|COPY_SRC")
    best = best_cpu = float("inf")
    for _ in range(REPEATS):
        encoder = device.create_command_encoder()
        stamps = {"query_set": queries, "beginning_of_pass_write_index": 0, "end_of_pass_write_index": 1}
        run = encoder.begin_compute_pass(timestamp_writes=stamps)
        run.set_pipeline(gpu.pipeline(code)[0])
        run.set_bind_group(0, bound)
        run.dispatch_workgroups(*groups)
        run.end()
        encoder.resolve_query_set(queries, 0, 2, result, 0)
        cpu = time.process_time()
        device.queue.submit([encoder.finish()])
        began, ended = np.frombuffer(device.queue.read_buffer(result), np.uint64)
        best_cpu = min(best_cpu, (time.process_time() - cpu) * 1e3)
        best = min(best, float(ended - began) / 1e6)
    return Times(best, best_cpu, first_ms)


def page() -> wgpu.GPUTexture:
    rng = np.random.default_rng(0)
    return gpu.upload(rng.integers(0, 2**32, (2200, 8000), dtype=np.uint32))


def over(
    kind: str,
    layers: int,
    edges: int = 0,
    blend: str = "normal",
    init: bool = False,
    full: bool = False,
    tiles: bool = False,
    weight: int = 128,
    slope: float = 0.1,
) -> Measure:
    """Return a benchmark of composite/over with `layers` equal layers."""

    def measure(shared: dict[str, Any]) -> Times:
        variant = EDGE_COUNTS.index(edges)
        index = program(kind)
        records = np.zeros(layers, reflect.layer_dtype(index, variant))
        records["bounds"] = (0, 0, WIDTH, HEIGHT)
        records["weight"][:, 0] = weight
        p = records["source"]
        names = p.dtype.names or ()
        if kind == "image_copy":
            p["offset"][:, 0] = np.arange(layers) % 4 * WIDTH
            p["offset"][:, 1] = np.arange(layers) // 4 % 2 * HEIGHT
        if "rect" in names:
            p["rect"] = (0, 0, 7999, 2199)
        if "u" in names:
            p["u"]["hi"], p["u"]["lo"] = quantise.affine_words(1.0, -slope, 600.3)
            p["v"]["hi"], p["v"]["lo"] = quantise.affine_words(slope, 1.0, 20.7)
        if "table" in names:
            p["table"] = (0, 0, 12, 16)
        if "t" in names:
            p["t"]["hi"], p["t"]["lo"] = quantise.affine_words(1.0, -slope, 600.3)
        if edges:
            quad = np.array([[[30.0, 10], [1900, 40], [1850, 1060], [5, 1000]]])
            records["edges"] = quantise.edge_records(np.repeat(quad, layers, axis=0), edges)
        header = gpu.draw_header((0, 0, WIDTH, HEIGHT), (0, 0))
        code = gpu.over_code(index, BLENDS.index(blend), variant, layers, init, full, tiles)
        resources = {**shared, "draw": np.frombuffer(header.tobytes() + records.tobytes(), np.uint8)}
        groups = (-(-WIDTH // registry.WIDTH), -(-HEIGHT // registry.ROWS), 1)
        if tiles:
            resources["tiles"] = tile_list([(None, Rect(0, 0, WIDTH, HEIGHT))])
            groups = (len(resources["tiles"]), 1, 1)
        return gpu_ms(code, resources, groups)

    return measure


def video(bits: int = 8, level: int = 0) -> Measure:
    """Return a benchmark of draw/video on a 4:2:0 frame."""

    def measure(shared: dict[str, Any]) -> Times:
        rng = np.random.default_rng(1)
        kind = np.uint8 if bits == 8 else np.uint16
        params = quantise.video_params(WIDTH, HEIGHT, matrix="bt709", full_range=False, bits=bits, level=level)
        resources = {**shared, "params": np.frombuffer(params.tobytes(), np.uint8)}
        for name, shrink in (("plane_y", 1), ("plane_u", 2), ("plane_v", 2)):
            plane = rng.integers(16, 235, (HEIGHT // shrink, WIDTH // shrink)).astype(kind)
            resources[name] = gpu.upload(plane_words(plane))
        values = video_values(params[()])
        groups = (-(-(WIDTH >> level) // registry.WIDTH), -(-(HEIGHT >> level) // int(values["ROWS"])), 1)
        return gpu_ms(join("draw/video", values), resources, groups)

    return measure


def flatten(shared: dict[str, Any]) -> Times:
    params = np.zeros((), reflect.params_dtype("output/flatten"))
    params["size"][:2] = WIDTH, HEIGHT
    resources = {**shared, "params": np.frombuffer(params.tobytes(), np.uint8)}
    groups = (-(-WIDTH // registry.WIDTH), -(-HEIGHT // registry.ROWS), 1)
    return gpu_ms(join("output/flatten", registry.kernel_values()), resources, groups)


def planes(name: str) -> Measure:
    """Return a benchmark of output/planes."""

    def measure(shared: dict[str, Any]) -> Times:
        form = PLANE_FORMS[name]
        params = plane_params(form, WIDTH, HEIGHT, color=0xFF000000)
        size = 4 * PlaneLayout.of(form, WIDTH, HEIGHT).total
        out = gpu.device().create_buffer(size=size, usage=wgpu.BufferUsage.STORAGE)
        resources = {**shared, "params": np.frombuffer(params.tobytes(), np.uint8), "quads": out}
        columns, rows = form.lane
        groups = (-(-WIDTH // (registry.PLANE_LANES[0] * columns)), -(-HEIGHT // (registry.PLANE_LANES[1] * rows)), 1)
        return gpu_ms(join("output/planes", registry.plane_values(form, 0xFF000000)), resources, groups)

    return measure


CASES = {
    "copy8_init_full": over("image_copy", 8, init=True, full=True),
    "copy1": over("image_copy", 1),
    "bilinear1_init_full": over("image_bilinear", 1, init=True, full=True),
    "bilinear1": over("image_bilinear", 1),
    "bilinear1_tiles": over("image_bilinear", 1, tiles=True),
    "bilinear1_edges4": over("image_bilinear", 1, edges=4),
    "bilinear1_edges4_tiles": over("image_bilinear", 1, edges=4, tiles=True),
    "bilinear1_edges8": over("image_bilinear", 1, edges=8),
    "bilinear4": over("image_bilinear", 4),
    "bilinear4_edges4": over("image_bilinear", 4, edges=4),
    "solid1": over("solid", 1),
    "solid1_edges4": over("solid", 1, edges=4),
    "solid8_edges4": over("solid", 8, edges=4),
    "nearest1": over("image_nearest", 1),
    **{k: over(k, 1) for k in ("gradient_linear", "gradient_radial", "gradient_conic", "noise")},
    "video": video(),
    "video_10_bit": video(10),
    "video_mip_1": video(8, 1),
    "flatten": flatten,
    **{name: planes(name) for name in PLANE_FORMS},
    **{f"blend_{b}": over("image_copy", 1, blend=b) for b in BLENDS},
}


def machine() -> dict[str, Any]:
    """Return what the figures were taken on."""
    info = gpu.device().adapter.info
    adapter = {"name": info["device"], "driver": info["description"], "software": info["adapter_type"] == "CPU"}
    return {"system": platform.platform(), "cpus": os.cpu_count(), "adapter": adapter, "size": [WIDTH, HEIGHT]}


def main(names: list[str]) -> None:
    """Measure the named cases, or all: a JSON line that names the machine, then one for each case."""
    print(json.dumps(machine()), flush=True)
    dest = gpu.upload(np.zeros((HEIGHT, WIDTH), np.uint32))
    shared = {"dest": dest, "image": page()}
    for name in names or CASES:
        t = CASES[name](shared)
        record = {"kernel": name, "ms": round(t.wall, 2), "cpu_ms": round(t.cpu, 2), "first_ms": round(t.first)}
        print(json.dumps(record), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
