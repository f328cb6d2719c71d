"""Draw a run of layers of one kind over a surface, in painter's order. Twin of shaders/composite/over.wgsl."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.registry import BLENDS, PROGRAMS
from wavyte_gpu.ops.shared import blend as blends
from wavyte_gpu.ops.shared.coverage import coverage_of, edge_area
from wavyte_gpu.ops.shared.matrix import matrix_keep
from wavyte_gpu.ops.shared.pixel import U32, mul8, scale_pixel

__all__ = ["execute"]


def execute(
    dest: U32,
    header: np.void | npt.NDArray[np.void],
    layers: npt.NDArray[np.void],
    program: int,
    blend: int,
    init: bool,
    full: bool,
    image: U32 | None,
    matrix: np.void | None = None,
) -> None:
    """Draw `layers` onto `dest`, in place.

    A tile list is no argument: it may only leave out pixels where every layer is transparent.

    Args:
        dest: (H, W) uint32, premultiplied; texel (0, 0) is canvas pixel `header["origin"][:2]`.
        header: of `reflect.draw_header_dtype()`: the region to write, the origin, in `origin[2]` the pixel for `init`.
        layers: (n,) of `reflect.layer_dtype(program, edge_variant)`.
        program: index into `registry.PROGRAMS`.
        blend: index into `registry.BLENDS`.
        init: start from `origin[2]` instead of what `dest` holds.
        full: every layer covers the region, whatever its bounds say.
        image: (H, W) uint32, the page or surface that the draw kind reads.
        matrix: `Matrix` of shared/matrix that acts on the layers before coverage and weight.
    """
    region = tuple(int(v) for v in header["region"])
    ox, oy = int(header["origin"][0]), int(header["origin"][1])
    source = import_module(f"wavyte_gpu.ops.draw.{PROGRAMS[program].name}").source
    blend_of = getattr(blends, f"blend_{BLENDS[blend]}")
    if init:
        dest[region[1] - oy : region[3] - oy, region[0] - ox : region[2] - ox] = header["origin"][2:3].view(np.uint32)
    for layer in layers:
        x0, y0, x1, y1 = region
        if not full:  # outside its bounds a layer is transparent, and every blend of nothing leaves the backdrop
            b = layer["bounds"]
            x0, y0, x1, y1 = max(x0, int(b[0])), max(y0, int(b[1])), min(x1, int(b[2])), min(y1, int(b[3]))
        if x0 >= x1 or y0 >= y1:
            continue
        x = np.arange(x0, x1, dtype=np.int32)[None, :]
        y = np.arange(y0, y1, dtype=np.int32)[:, None]
        s = source(layer["source"], x, y, image)
        if matrix is not None:
            s = matrix_keep(matrix, s)
        w = layer["weight"][:1]
        if "edges" in layer.dtype.names:
            area = np.zeros((y1 - y0, x1 - x0), np.int32)
            for edge in layer["edges"]:
                area += edge_area(edge, x, y)
            w = mul8(coverage_of(area), w)
        s = scale_pixel(s, w)
        pixel = dest[y0 - oy : y1 - oy, x0 - ox : x1 - ox]
        pixel[...] = blend_of(s, pixel)
