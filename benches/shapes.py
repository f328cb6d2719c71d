"""Shapes over a 1920x1080 frame: `python -m benches.shapes [NAME ...]` prints ms on the host and on the GPU, best of several."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import wgpu

from benches.kernels import HEIGHT, WIDTH, gpu_ms, machine
from tests.support import gpu_kernel as gpu
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops import reflect
from wavyte_gpu.ops.registry import FILL_TILES, SHEET, fill_values
from wavyte_gpu.ops.source import join
from wavyte_gpu.raster.bin import bin_polygons, bin_spans
from wavyte_gpu.raster.spans import Placed, polygon_spans
from wavyte_gpu.render.gpu.params import FrameShapes

REPEATS = 15
FRAME = Rect(0, 0, WIDTH, HEIGHT)

Polygons = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]  # points, offsets


def ring(n: int, x: float, y: float, inner: float, outer: float) -> npt.NDArray[np.float64]:
    """Return n points whose radius alternates."""
    turn = np.arange(n) * 2 * np.pi / n
    radius = np.where(np.arange(n) % 2, outer, inner)
    return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=-1)


def glyphs() -> Polygons:
    """2,000 contours of 37 edges, each about 12x18 px."""
    count, edges = 2000, 37
    turn = np.arange(edges) * 2 * np.pi / edges
    one = np.stack([np.cos(turn) * 6, np.sin(turn) * 9], axis=-1)
    at = np.stack([np.arange(count) % 80 * 24 + 12, np.arange(count) // 80 * 40 + 20], axis=-1)
    return (one[None] + at[:, None]).reshape(-1, 2), np.arange(count + 1) * edges


def star() -> Polygons:
    """10,000 edges of 300 px."""
    return ring(10000, 960.0, 540.0, 200.0, 500.0), np.array([0, 10000])


def card() -> Polygons:
    """A turned rectangle that holds most of the frame."""
    return np.array([[30.0, 10], [1900, 40], [1850, 1060], [5, 1000]]), np.array([0, 4])


def best(call: Callable[[], object]) -> float:
    """Return the least CPU time of a call in ms."""
    least = float("inf")
    for _ in range(REPEATS):
        start = time.thread_time()
        call()
        least = min(least, (time.thread_time() - start) * 1e3)
    return least


def sheet(shapes: FrameShapes) -> wgpu.GPUTexture:
    usage = wgpu.TextureUsage.COPY_DST | wgpu.TextureUsage.STORAGE_BINDING
    texture = gpu.device().create_texture(size=(SHEET, shapes.rows, 1), format="rgba32uint", usage=usage)
    rows = shapes.view
    layout = {"bytes_per_row": 16 * SHEET, "rows_per_image": len(rows)}
    gpu.device().queue.write_texture({"texture": texture}, rows, layout, (SHEET, len(rows), 1))
    return texture


def measure(polygons: Polygons, dest: wgpu.GPUTexture, alpha: int) -> dict[str, float]:
    points, offsets = polygons
    shapes_of = [Placed(points, offsets, FRAME)]
    spans = polygon_spans(shapes_of)
    tiles = bin_spans(spans)[0]
    shapes = FrameShapes()

    def pack() -> tuple[int, int]:
        shapes.begin()
        return shapes.pack([tiles])

    header = gpu.draw_header(FRAME, (0, 0))
    header["origin"][2:] = pack()
    layer = np.zeros(1, reflect.layer_dtype(0, 0))
    layer["bounds"], layer["weight"], layer["source"]["color"] = FRAME, 255, alpha << 24 | alpha
    code = join("composite/fill", fill_values(blend=0, even_odd=False), "draw/solid")
    uniform = np.frombuffer(header.tobytes() + layer.tobytes(), np.uint8)
    resources = {"draw": uniform, "dest": dest, "shapes": sheet(shapes)}
    t = gpu_ms(code, resources, (-(-int(header["origin"][3]) // FILL_TILES), 1, 1))
    return {
        "spans_ms": best(lambda: polygon_spans(shapes_of)),
        "bin_ms": best(lambda: bin_spans(spans)),
        "pack_ms": best(pack),
        "gpu_ms": t.wall,
        "gpu_cpu_ms": t.cpu,
        "first_ms": t.first,
    }


def icons() -> list[Polygons]:
    """Forty shapes of 200 edges, 60 px wide."""
    return [(ring(200, 100 + i % 8 * 200.3, 100 + i // 8 * 190.7, 18, 30), np.array([0, 200])) for i in range(40)]


def many(_: wgpu.GPUTexture) -> dict[str, float]:
    polygons = icons()
    corners = [(p.min(axis=0).astype(int).tolist(), p.max(axis=0).astype(int).tolist()) for p, _ in polygons]
    regions = [Rect(x0, y0, x1 + 1, y1 + 1) for (x0, y0), (x1, y1) in corners]
    shapes = [Placed(p, o, r) for (p, o), r in zip(polygons, regions, strict=True)]

    return {"spans_ms": best(lambda: polygon_spans(shapes)), "together_ms": best(lambda: bin_polygons(shapes))}


CASES: dict[str, Callable[[wgpu.GPUTexture], dict[str, Any]]] = {
    "glyphs": lambda dest: measure(glyphs(), dest, 255),
    "star": lambda dest: measure(star(), dest, 255),
    "card": lambda dest: measure(card(), dest, 255),
    "card_clear": lambda dest: measure(card(), dest, 128),
    "icons": many,
}


def main(names: list[str]) -> None:
    """Measure the named cases, or all: a JSON line that names the machine, then one for each case."""
    print(json.dumps(machine()), flush=True)
    dest = gpu.upload(np.zeros((HEIGHT, WIDTH), np.uint32))
    for name in names or CASES:
        record = {"shape": name, **{k: round(v, 2) for k, v in CASES[name](dest).items()}}
        print(json.dumps(record), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
