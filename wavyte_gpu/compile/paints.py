"""What fills each leaf: solid colours, and gradients lowered to their tables and positions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.shape import Form
from wavyte_gpu.compile import programs
from wavyte_gpu.compile.plan import TABLES_PAGE
from wavyte_gpu.compile.prepared import PartPaints, PreparedAssets
from wavyte_gpu.compile.records import at_centres, empty_sources
from wavyte_gpu.compile.tables import FrameTables
from wavyte_gpu.eval.graph import LeafTable
from wavyte_gpu.eval.transforms import compose
from wavyte_gpu.foundation import detmath
from wavyte_gpu.foundation.enums import AssetKind
from wavyte_gpu.normalize.ir import GEOMETRY, MAX_GRADIENT, CompositionIR, GradientDef
from wavyte_gpu.ops import quantise
from wavyte_gpu.raster.gradient import Stop

__all__ = ["Paints", "find_paints", "lower_gradients"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]


class Paints(NamedTuple):
    """What fills each row: a solid colour or a gradient over a box.

    Attributes:
        solid: (R,) bool. color: (R,) uint32. gradient: (R,) asset index of the gradient, or -1.
        kind: (R,) type of the gradient: 0 linear, 1 radial, 2 conic. own: (R,) bool, `matrix` holds instead of `box`.
        picture: (R,) index of the picture whose texels fill the row, or -1.
        box: (R, 4) float64, left, top, width, height of what the gradient's fractions refer to, content px.
        matrix: (R, 2, 3) float64, content px to the gradient's space or to texels.
        stops: by row, those of a gradient that has no table in the store.
        moves: whether a colour is not what it was in another frame.
    """

    solid: npt.NDArray[np.bool_]
    color: npt.NDArray[np.uint32]
    gradient: I64
    kind: I64
    own: npt.NDArray[np.bool_]
    picture: I64
    box: F64
    matrix: F64
    stops: dict[int, Sequence[Stop]]
    moves: bool


def find_paints(ir: CompositionIR, leaves: LeafTable, kind: npt.NDArray[np.uint8], assets: PreparedAssets) -> Paints:
    rows = len(leaves.node)
    solid = (kind == AssetKind.SOLID) | (kind == AssetKind.ROUNDED)
    color = ir.assets.color[leaves.asset]
    gradient = np.where(kind == AssetKind.GRADIENT, leaves.asset, -1).astype(np.int64)
    box = np.concatenate([np.zeros((rows, 2)), leaves.content], axis=1)
    gradient_kind = np.full(rows, -1, np.int64)
    picture = np.full(rows, -1, np.int64)
    matrix = np.zeros((rows, 2, 3))
    moving = np.where(ir.assets.moving[leaves.asset], 0, -1).astype(np.int64)
    shapes = np.flatnonzero(kind == AssetKind.SHAPE)
    stops: dict[int, Sequence[Stop]] = {}
    for mine, parts in _part_paints(ir, leaves, shapes, assets):
        at = parts.start[leaves.asset[mine]] + leaves.part[mine] if len(parts.start) else leaves.part[mine]
        moving[mine] = parts.moving[at]
        color[mine], gradient[mine], picture[mine] = parts.color[at], parts.gradient[at], parts.picture[at]
        solid[mine] = (parts.gradient[at] < 0) & (parts.picture[at] < 0)
        gradient_kind[mine], matrix[mine], box[mine] = parts.kind[at], parts.matrix[at], parts.box[at]
        if parts.stops:
            stops.update((row, parts.stops[p]) for row, p in zip(mine.tolist(), at.tolist(), strict=True) if p in parts.stops)
    mine = np.flatnonzero(moving >= 0)
    if len(mine):
        color[mine] = _moving_colours(leaves, mine, ir.nodes.color_slot[leaves.node[mine]] + 4 * moving[mine])
    own = gradient_kind >= 0
    of_document = np.flatnonzero((gradient >= 0) & ~own)
    if len(of_document):
        types = np.array([g.type for g in ir.assets.gradients], np.int64)
        gradient_kind[of_document] = types[ir.assets.gradient[gradient[of_document]]]
    return Paints(solid, color, gradient, gradient_kind, own, picture, box, matrix, stops, len(mine) > 0)


def _part_paints(
    ir: CompositionIR, leaves: LeafTable, shapes: I64, assets: PreparedAssets
) -> Iterator[tuple[I64, PartPaints]]:
    """Yield rows of shapes with what fills their parts: all that are still, then those of each form."""
    moves = ir.nodes.form_slot[leaves.node[shapes]] >= 0
    if not moves.all():
        yield shapes[~moves], assets.part_paints
    forms: dict[tuple[int, Form], list[int]] = {}
    for row in shapes[moves].tolist():
        forms.setdefault((int(leaves.asset[row]), leaves.form_of(row)), []).append(row)
    for (asset, form), rows in forms.items():
        yield np.array(rows), assets.form_paints(asset, form)


def _moving_colours(leaves: LeafTable, rows: I64, slot: I64) -> npt.NDArray[np.uint32]:
    """Return the pixels of premultiplied colours that are parameters, rounded as `premultiply_8bit` has it."""
    r, g, b, a = (np.floor(np.clip(leaves.param(rows, slot + i), 0.0, 1.0) * 255.0 + 0.5) for i in range(4))
    red, green, blue, alpha = (np.minimum(c, a).astype(np.uint32) for c in (r, g, b, a))
    out: npt.NDArray[np.uint32] = red | green << np.uint32(8) | blue << np.uint32(16) | alpha << np.uint32(24)
    return out


def lower_gradients(
    name: int,
    ir: CompositionIR,
    leaves: LeafTable,
    paint: Paints,
    rows: I64,
    inverse: F64,
    assets: PreparedAssets,
    tables: FrameTables,
) -> tuple[Records, I64]:
    """Return the sources and pages of gradient rows of one type. Colours that move become tables of their frames."""
    source = empty_sources(name, len(rows))
    pages = np.empty(len(rows), dtype=np.int64)
    maps = np.zeros((len(rows), 2, 3))
    lengths = np.empty(len(rows))
    moving = np.zeros(len(rows), bool)
    world = leaves.world_from_content[rows]
    by_asset = paint.gradient[rows]
    own = paint.own[rows]
    moved = inverse.copy()
    moved[~own, :, 2] -= paint.box[rows[~own], :2]
    maps[own] = paint.matrix[rows[own]]
    lengths[own] = _own_lengths(name, compose(maps[own], inverse[own]))
    if paint.stops:
        moving |= np.isin(rows, list(paint.stops))
    for asset in np.unique(by_asset[~own]).tolist():
        mine = by_asset == asset
        shape = ir.assets.gradients[int(ir.assets.gradient[asset])]
        geometry = _geometry(ir, leaves, rows[mine], shape, _is_stroke(ir, asset))
        moving[mine] = bool(shape.moving_stops)
        maps[mine], lengths[mine] = _gradient_maps(name, shape.by_angle, geometry, paint.box[rows[mine]], world[mine])
    sizes = quantise.gradient_size(lengths).astype(np.int64)
    for i in np.flatnonzero(moving).tolist():
        pages[i] = TABLES_PAGE
        row, size = int(rows[i]), int(sizes[i])
        positions, colours = _moving_stops(ir, leaves, row, int(by_asset[i]), paint)
        node_id = ir.names.nodes[int(leaves.node[row])]
        at_row = tables.place(int(leaves.frame[row]), row, positions, colours, size, node_id)
        source["table"][i, :3] = (0, at_row, size.bit_length() - 1)
    still = ~moving
    for asset, size in set(zip(by_asset[still].tolist(), sizes[still].tolist(), strict=True)):
        mine = still & (by_asset == asset) & (sizes == size)
        at = assets.place_table(asset, size.bit_length() - 1)
        pages[mine] = at.page
        source["table"][mine, :3] = (at.x, at.y, size.bit_length() - 1)
    maps = at_centres(compose(maps, moved))
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


def _is_stroke(ir: CompositionIR, asset: int) -> bool:
    return "\0stroke" in ir.names.assets[asset]


def _moving_stops(
    ir: CompositionIR, leaves: LeafTable, row: int, asset: int, paint: Paints
) -> tuple[tuple[float, ...], F64]:
    """Return the positions of the stops of a row's gradient, and their colours, (n, 4) premultiplied."""
    if row in paint.stops:
        stops = paint.stops[row]
        return tuple(t for t, _ in stops), np.array([colour for _, colour in stops])
    positions = ir.assets.gradients[int(ir.assets.gradient[asset])].moving_stops
    first = int(ir.nodes.stops_slot[leaves.node[row], int(_is_stroke(ir, asset))])
    slots = first + np.arange(4 * len(positions))
    return positions, np.clip(leaves.param(np.full(len(slots), row), slots), 0.0, 1.0).reshape(-1, 4)


def _own_lengths(name: int, maps: F64) -> F64:
    """Return the lengths on the canvas of gradients whose maps from the canvas are given, (n,) px."""
    if name == programs.GRADIENT_LINEAR:
        slope = np.sqrt(maps[:, 0, 0] * maps[:, 0, 0] + maps[:, 0, 1] * maps[:, 0, 1])
        return 1.0 / np.maximum(slope, 1e-9)
    if name == programs.GRADIENT_RADIAL:
        area = np.abs(maps[:, 0, 0] * maps[:, 1, 1] - maps[:, 0, 1] * maps[:, 1, 0])
        return 1.0 / np.sqrt(np.maximum(area, 1e-18))
    return np.full(len(maps), float(quantise.MAX_TABLE))


def _geometry(ir: CompositionIR, leaves: LeafTable, rows: I64, shape: GradientDef, stroked: bool) -> F64:
    """Return the geometry of a gradient at some rows, (n, 8) in the order of `ir.GEOMETRY`."""
    fixed = (*shape.start, *shape.end, *shape.center, shape.radius[0], shape.angle_rad)
    out = np.tile(np.array(fixed), (len(rows), 1))
    slot = ir.nodes.geometry_slot[leaves.node[rows], int(stroked)]
    moves = np.flatnonzero(slot >= 0)
    if len(moves):
        each = np.broadcast_to(rows[moves][:, None], (len(moves), len(GEOMETRY)))
        values = leaves.param(each, slot[moves][:, None] + np.arange(len(GEOMETRY)))
        out[moves] = np.clip(values, -MAX_GRADIENT, MAX_GRADIENT)
    return out


def _gradient_maps(name: int, by_angle: bool, geometry: F64, box: F64, world: F64) -> tuple[F64, F64]:
    """Return the maps from box px to gradient space, (n, 2, 3), and the lengths of the gradients on the canvas, (n,) px.

    Args:
        by_angle: a linear gradient runs along its angle. geometry: (n, 8).
        box: (n, 4) left, top, width, height, of which width and height matter.
        world: (n, 2, 3).
    """
    width, height = box[:, 2], box[:, 3]
    maps = np.zeros((len(box), 2, 3))
    start_x, start_y, end_x, end_y, center_x, center_y, radius, angle = geometry.T
    sin, cos = detmath.sincos(angle)
    if name == programs.GRADIENT_LINEAR:
        if by_angle:
            length = np.abs(sin) * width + np.abs(cos) * height
            dx, dy = length * sin, -length * cos
            x0, y0 = 0.5 * (width - dx), 0.5 * (height - dy)
        else:
            x0, y0 = start_x * width, start_y * height
            dx, dy = end_x * width - x0, end_y * height - y0
        square = np.maximum(dx * dx + dy * dy, 1e-12)
        maps[:, 0, 0], maps[:, 0, 1], maps[:, 0, 2] = dx / square, dy / square, -(x0 * dx + y0 * dy) / square
        across, down = world[:, 0, 0] * dx + world[:, 0, 1] * dy, world[:, 1, 0] * dx + world[:, 1, 1] * dy
        return maps, np.sqrt(across * across + down * down)
    cx, cy = center_x * width, center_y * height
    scale = np.sqrt(np.abs(world[:, 0, 0] * world[:, 1, 1] - world[:, 0, 1] * world[:, 1, 0]))
    if name == programs.GRADIENT_RADIAL:
        rx, ry = np.maximum(radius * width, 1e-6), np.maximum(radius * height, 1e-6)
        maps[:, 0, 0], maps[:, 0, 2] = 1.0 / rx, -cx / rx
        maps[:, 1, 1], maps[:, 1, 2] = 1.0 / ry, -cy / ry
        return maps, np.maximum(rx, ry) * scale
    # The turn starts upwards from the centre and goes clockwise.
    maps[:, 0, 0], maps[:, 0, 1], maps[:, 0, 2] = sin, -cos, cy * cos - cx * sin
    maps[:, 1, 0], maps[:, 1, 1], maps[:, 1, 2] = cos, sin, -(cx * cos + cy * sin)
    return maps, math.pi * np.sqrt(width * width + height * height) * scale
