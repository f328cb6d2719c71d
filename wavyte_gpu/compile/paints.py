"""What fills each leaf: solid colours, and gradients lowered to their tables and positions."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.compile import programs
from wavyte_gpu.compile.prepared import PreparedAssets
from wavyte_gpu.compile.records import at_centres, empty_sources
from wavyte_gpu.eval.graph import LeafTable
from wavyte_gpu.eval.transforms import compose
from wavyte_gpu.foundation import detmath
from wavyte_gpu.foundation.enums import AssetKind
from wavyte_gpu.normalize.ir import CompositionIR, GradientDef
from wavyte_gpu.ops import quantise

__all__ = ["Paints", "find_paints", "lower_gradients"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]


class Paints(NamedTuple):
    """What fills each row: a solid colour or a gradient over a box.

    Attributes:
        solid: (R,) bool. color: (R,) uint32. gradient: (R,) asset index of the gradient, or -1.
        box: (R, 4) float64, left, top, width, height of what the gradient's fractions refer to, content px.
    """

    solid: npt.NDArray[np.bool_]
    color: npt.NDArray[np.uint32]
    gradient: I64
    box: F64


def find_paints(ir: CompositionIR, leaves: LeafTable, kind: npt.NDArray[np.uint8], assets: PreparedAssets) -> Paints:
    rows = len(leaves.node)
    solid = (kind == AssetKind.SOLID) | (kind == AssetKind.ROUNDED)
    color = ir.assets.color[leaves.asset]
    gradient = np.where(kind == AssetKind.GRADIENT, leaves.asset, -1).astype(np.int64)
    box = np.concatenate([np.zeros((rows, 2)), leaves.content], axis=1)
    shapes = np.flatnonzero(kind == AssetKind.SHAPE)
    for asset, part in set(zip(leaves.asset[shapes].tolist(), leaves.part[shapes].tolist(), strict=True)):
        mine = (leaves.asset == asset) & (leaves.part == part)
        pixel, filled_by = assets.part_paint(asset, part)
        solid[mine], color[mine], gradient[mine] = filled_by < 0, pixel, filled_by
        if filled_by >= 0:
            x0, y0, x1, y1 = assets.part_bounds(asset, part)
            box[mine] = (x0, y0, x1 - x0, y1 - y0)
    return Paints(solid, color, gradient, box)


def lower_gradients(
    name: int,
    ir: CompositionIR,
    leaves: LeafTable,
    paint: Paints,
    rows: I64,
    inverse: F64,
    assets: PreparedAssets,
) -> tuple[Records, I64]:
    """Return the sources and pages of gradient rows of one type."""
    source = empty_sources(name, len(rows))
    pages = np.empty(len(rows), dtype=np.int64)
    maps = np.zeros((len(rows), 2, 3))
    lengths = np.empty(len(rows))
    world = leaves.world_from_content[rows]
    by_asset = paint.gradient[rows]
    for asset in np.unique(by_asset).tolist():
        mine = by_asset == asset
        shape = ir.assets.gradients[int(ir.assets.gradient[asset])]
        maps[mine], lengths[mine] = _gradient_maps(name, shape, paint.box[rows[mine]], world[mine])
    sizes = quantise.gradient_size(lengths).astype(np.int64)
    for asset, size in set(zip(by_asset.tolist(), sizes.tolist(), strict=True)):
        mine = (by_asset == asset) & (sizes == size)
        at = assets.place_table(asset, size.bit_length() - 1)
        pages[mine] = at.page
        source["table"][mine, :3] = (at.x, at.y, size.bit_length() - 1)
    moved = inverse.copy()
    moved[:, :, 2] -= paint.box[rows, :2]
    maps = compose(maps, moved)
    maps = at_centres(maps)
    if name == programs.GRADIENT_LINEAR:
        sizes = 1 << source["table"][:, 2]
        bits, hi, lo = quantise.linear_words(maps[:, 0, 0], maps[:, 0, 1], maps[:, 0, 2], sizes)
        source["table"][:, 3], source["t"]["hi"], source["t"]["lo"] = bits, hi, lo
        return source, pages
    if name == programs.GRADIENT_RADIAL:
        bits, *words = quantise.radial_words(maps[:, 0], maps[:, 1])
        source["table"][:, 3] = bits
    else:
        words = list(quantise.conic_words(maps[:, 0], maps[:, 1]))
    for field, hi, lo in (("u", words[0], words[1]), ("v", words[2], words[3])):
        source[field]["hi"], source[field]["lo"] = hi, lo
    return source, pages


def _gradient_maps(name: int, shape: GradientDef, box: F64, world: F64) -> tuple[F64, F64]:
    """Return the maps from box px to gradient space, (n, 2, 3), and the lengths of the gradients on the canvas, (n,) px.

    Args:
        box: (n, 4) left, top, width, height, of which width and height matter.
        world: (n, 2, 3).
    """
    width, height = box[:, 2], box[:, 3]
    maps = np.zeros((len(box), 2, 3))
    sin, cos = (float(v) for v in detmath.sincos(shape.angle_rad))
    if name == programs.GRADIENT_LINEAR:
        if shape.by_angle:
            length = abs(sin) * width + abs(cos) * height
            dx, dy = length * sin, -length * cos
            x0, y0 = 0.5 * (width - dx), 0.5 * (height - dy)
        else:
            x0, y0 = shape.start[0] * width, shape.start[1] * height
            dx, dy = shape.end[0] * width - x0, shape.end[1] * height - y0
        square = np.maximum(dx * dx + dy * dy, 1e-12)
        maps[:, 0, 0], maps[:, 0, 1], maps[:, 0, 2] = dx / square, dy / square, -(x0 * dx + y0 * dy) / square
        across, down = world[:, 0, 0] * dx + world[:, 0, 1] * dy, world[:, 1, 0] * dx + world[:, 1, 1] * dy
        return maps, np.sqrt(across * across + down * down)
    cx, cy = shape.center[0] * width, shape.center[1] * height
    scale = np.sqrt(np.abs(world[:, 0, 0] * world[:, 1, 1] - world[:, 0, 1] * world[:, 1, 0]))
    if name == programs.GRADIENT_RADIAL:
        rx, ry = np.maximum(shape.radius[0] * width, 1e-6), np.maximum(shape.radius[1] * height, 1e-6)
        maps[:, 0, 0], maps[:, 0, 2] = 1.0 / rx, -cx / rx
        maps[:, 1, 1], maps[:, 1, 2] = 1.0 / ry, -cy / ry
        return maps, np.maximum(rx, ry) * scale
    # The turn starts upwards from the centre and goes clockwise.
    maps[:, 0, 0], maps[:, 0, 1], maps[:, 0, 2] = sin, -cos, cy * cos - cx * sin
    maps[:, 1, 0], maps[:, 1, 1], maps[:, 1, 2] = cos, sin, -(cx * cos + cy * sin)
    return maps, math.pi * np.sqrt(width * width + height * height) * scale
