"""Draw layers through the coverage of a shape each over a surface. Twin of shaders/composite/fill.wgsl."""

from __future__ import annotations

from collections.abc import Sequence
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
    layers: npt.NDArray[np.void],
    program: int,
    blend: int,
    shapes: Sequence[npt.NDArray[np.void]],
    even_odd: bool,
    image: U32 | None,
    matrix: np.void | None = None,
) -> None:
    """Draw `layers` onto `dest`, in place. It takes the shapes' edges themselves: tiles are a matter of the dispatch.

    Args:
        dest: (H, W) uint32, premultiplied; texel (0, 0) is canvas pixel `header["origin"][:2]`.
        header: of `reflect.draw_header_dtype()`: the origin.
        layers: (n,) of `reflect.layer_dtype(program, 0)`, which do not overlap.
        program, blend: indices into `registry.PROGRAMS` and `registry.BLENDS`.
        shapes: (E,) records `span`, `line` for each layer.
        even_odd: the fill rule.
        image: (H, W) uint32, the page or surface that the draw kind reads.
        matrix: `Matrix` of shared/matrix that acts on the layers before coverage and weight.
    """
    ox, oy = int(header["origin"][0]), int(header["origin"][1])
    source = import_module(f"wavyte_gpu.ops.draw.{PROGRAMS[program].name}").source
    blend_of = getattr(blends, f"blend_{BLENDS[blend]}")
    for layer, edges in zip(layers, shapes, strict=True):
        x0, y0, x1, y1 = (int(v) for v in layer["bounds"])
        x = np.arange(x0, x1, dtype=np.int32)[None, :]
        y = np.arange(y0, y1, dtype=np.int32)[:, None]
        area = shape_area(edges, x0, y0, x1 - x0, y1 - y0)
        coverage = coverage_even_odd(area) if even_odd else coverage_of(area)
        s = source(layer["source"], x, y, image)
        if matrix is not None:
            s = matrix_keep(matrix, s)
        s = scale_pixel(s, mul8(coverage, layer["weight"][:1]))
        pixel = dest[y0 - oy : y1 - oy, x0 - ox : x1 - ox]
        pixel[...] = blend_of(s, pixel)
