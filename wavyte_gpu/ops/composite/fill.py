"""Draw one layer through the coverage of a shape over a surface. Twin of shaders/composite/fill.wgsl."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.registry import BLENDS, PROGRAMS
from wavyte_gpu.ops.shared import blend as blends
from wavyte_gpu.ops.shared.coverage import coverage_even_odd, coverage_of, shape_area
from wavyte_gpu.ops.shared.matrix import matrix_keep
from wavyte_gpu.ops.shared.pixel import U32, mul8, scale_pixel

__all__ = ["execute"]


def execute(
    dest: U32,
    header: np.void | npt.NDArray[np.void],
    layer: np.void,
    program: int,
    blend: int,
    edges: npt.NDArray[np.void],
    even_odd: bool,
    image: U32 | None,
    matrix: np.void | None = None,
) -> None:
    """Draw a layer onto `dest`, in place. It takes the shape's edges themselves: tiles are a matter of the dispatch.

    Args:
        dest: (H, W) uint32, premultiplied; texel (0, 0) is canvas pixel `header["origin"][:2]`.
        header: the region to write and the origin.
        layer: of `reflect.layer_dtype(program, 0)`.
        program, blend: indices into `registry.PROGRAMS` and `registry.BLENDS`.
        edges: (E,) records `span`, `line`.
        even_odd: the fill rule.
        image: (H, W) uint32, the page or surface that the draw kind reads.
        matrix: `Matrix` of shared/matrix that acts on the layers before coverage and weight.
    """
    x0, y0, x1, y1 = (int(v) for v in header["region"])
    ox, oy = int(header["origin"][0]), int(header["origin"][1])
    source = import_module(f"wavyte_gpu.ops.draw.{PROGRAMS[program].name}").source
    blend_of = getattr(blends, f"blend_{BLENDS[blend]}")
    area = shape_area(edges, x0, y0, x1 - x0, y1 - y0)
    coverage = coverage_even_odd(area) if even_odd else coverage_of(area)
    x = np.arange(x0, x1, dtype=np.int32)[None, :]
    y = np.arange(y0, y1, dtype=np.int32)[:, None]
    s = source(layer["source"], x, y, image)
    if matrix is not None:
        s = matrix_keep(matrix, s)
    s = scale_pixel(s, mul8(coverage, layer["weight"][:1]))
    pixel = dest[y0 - oy : y1 - oy, x0 - ox : x1 - ox]
    pixel[...] = blend_of(s, pixel)
