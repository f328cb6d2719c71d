"""Lower the leaves of a batch to layer records: which program draws each one, with which integers.

This is where floats end: everything after it is integers that both backends receive alike. All rows of a batch that run the same
program are quantised together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.atlas import Placement
from wavyte_gpu.assets.video import VideoFormat
from wavyte_gpu.compile import programs
from wavyte_gpu.eval.graph import LeafTable
from wavyte_gpu.eval.transforms import compose
from wavyte_gpu.foundation import detmath
from wavyte_gpu.foundation.enums import AssetKind, Filter
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.normalize.ir import CompositionIR, GradientDef
from wavyte_gpu.ops import quantise
from wavyte_gpu.ops.reflect import layer_dtype
from wavyte_gpu.ops.registry import EDGE_COUNTS, PROGRAMS, TILE, layout_of

__all__ = [
    "LAYOUT_COUNT",
    "NO_VIDEO",
    "TILED_AREA_PX",
    "Lowered",
    "PreparedAssets",
    "classify_tiles",
    "level_size",
    "lower_leaves",
    "opaque_assets",
    "video_record",
]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]

LAYOUT_COUNT = len(PROGRAMS) * len(EDGE_COUNTS)
NO_VIDEO = -1
TILED_AREA_PX = 65536  # above it, an antialiased leaf is split into edge tiles and interior tiles
_COPY_ERROR_TEXELS = 1.0 / 1024.0  # below half a step of the 8-bit weights: copying gives what bilinear would
_CANVAS_SPAN_PX = 16384.0
_NO_EDGES: Records = np.zeros((0, 0), dtype=np.dtype([]))


class PreparedAssets(Protocol):
    """What the compiler asks of the asset store."""

    def part_paint(self, asset: int, part: int) -> tuple[int, int]:
        """Return (premultiplied pixel, -1) or (0, asset index of the gradient) of a shape's part."""

    def part_bounds(self, asset: int, part: int) -> tuple[float, float, float, float]: ...

    def place_image(self, asset: int, level: int) -> Placement: ...

    def place_table(self, asset: int, log2_size: int) -> Placement: ...

    def image_levels(self, asset: int) -> int:
        """Return how many mip levels an image or a video has, 1 or more."""

    def is_opaque(self, asset: int) -> bool: ...

    def video_format(self, asset: int) -> VideoFormat: ...


@dataclass(frozen=True, slots=True, eq=False)
class Lowered:
    """Per leaf row of a batch, R rows.

    Attributes:
        program: (R,) index into PROGRAMS. variant: (R,) index into EDGE_COUNTS.
        page: (R,) the page that is read, or -1. level: (R,) the mip level of a video, NO_VIDEO for what is none.
        record: (R,) row of `tables[layout]` with the outline; inner: (R,) row of the table without outline, for interior tiles, or -1.
        shape: (R,) bool, whether the row is drawn through a shape's coverage.
        opaque: (R,) bool, whether every pixel of the bounds is covered by alpha 255.
        tables: by layout, records without their weights.
    """

    program: npt.NDArray[np.int64]
    variant: npt.NDArray[np.int64]
    page: I64
    level: I64
    record: I64
    inner: I64
    shape: npt.NDArray[np.bool_]
    opaque: npt.NDArray[np.bool_]
    tables: tuple[Records | None, ...]


def opaque_assets(ir: CompositionIR, assets: PreparedAssets) -> npt.NDArray[np.bool_]:
    """Return for each asset whether all its pixels have alpha 255, (A,) bool."""
    return np.array([_is_opaque(ir, a, assets) for a in range(len(ir.assets))], dtype=bool)


def lower_leaves(
    ir: CompositionIR, leaves: LeafTable, assets: PreparedAssets, opaque: npt.NDArray[np.bool_]
) -> Lowered:
    """Return programs and records of every leaf row; `opaque` is that of `opaque_assets`."""
    rows = len(leaves.node)
    kind = ir.assets.kind[leaves.asset]
    canvas_clip = Rect(0, 0, ir.width, ir.height)
    shape = (kind == AssetKind.SHAPE) | (kind == AssetKind.ROUNDED)
    variant, edges = _outlines(leaves, canvas_clip, ~shape)
    paint = _paints(ir, leaves, kind, assets)
    program = np.zeros(rows, dtype=np.int64)
    page = np.full(rows, -1, dtype=np.int64)
    level = np.full(rows, NO_VIDEO, dtype=np.int64)
    sources: dict[int, tuple[I64, Records]] = {}  # program -> its rows and their `source` records

    def put(rows_of: I64, drawn_by: int, source: Records) -> None:
        program[rows_of] = drawn_by
        sources[drawn_by] = (rows_of, source)

    solid = np.flatnonzero(paint.solid)
    if len(solid):
        source = _sources(programs.SOLID, len(solid))
        source["color"][:, 0] = paint.color[solid]
        put(solid, programs.SOLID, source)
    inverse = _inverse(leaves.world_from_content)
    noise = np.flatnonzero(kind == AssetKind.NOISE)
    if len(noise):
        source = _sources(programs.NOISE, len(noise))
        source["seed"][:, 0] = ir.assets.seed[leaves.asset[noise]]
        _put_affine(source, inverse[noise])
        put(noise, programs.NOISE, source)
    gradient = np.flatnonzero(paint.gradient >= 0)
    if len(gradient):
        types = np.array([ir.assets.gradients[g].type for g in ir.assets.gradient[paint.gradient[gradient]]])
        for t, name in enumerate((programs.GRADIENT_LINEAR, programs.GRADIENT_RADIAL, programs.GRADIENT_CONIC)):
            mine = gradient[types == t]
            if len(mine):
                source, pages = _gradients(name, ir, leaves, paint, mine, inverse[mine], assets)
                page[mine] = pages
                put(mine, name, source)
    image = np.flatnonzero((kind == AssetKind.IMAGE) | (kind == AssetKind.VIDEO))
    if len(image):
        for mine, name, source, pages, levels in _images(ir, leaves, image, inverse[image], assets):
            page[mine], level[mine] = pages, levels
            put(mine, name, source)

    tables: list[Records | None] = [None] * LAYOUT_COUNT
    record = np.full(rows, -1, dtype=np.int64)
    inner = np.full(rows, -1, dtype=np.int64)
    large = (leaves.bounds[:, 2] - leaves.bounds[:, 0]) * (leaves.bounds[:, 3] - leaves.bounds[:, 1]) > TILED_AREA_PX
    for p, (mine, source) in sources.items():
        for v in range(len(EDGE_COUNTS)):
            chosen = variant[mine] == v
            split = chosen & large[mine] if v else chosen & False
            if v:
                _fill(
                    tables, layout_of(p, v), record, mine[chosen], source[chosen], leaves.bounds, edges[v - 1], variant
                )
                _fill(tables, layout_of(p, 0), inner, mine[split], source[split], leaves.bounds, None, variant)
            else:
                _fill(tables, layout_of(p, 0), record, mine[chosen], source[chosen], leaves.bounds, None, variant)
    covered = opaque[leaves.asset] & (variant == 0) & ~shape
    return Lowered(program, variant, page, level, record, inner, shape, covered, tuple(tables))


class _Paints(NamedTuple):
    """What fills each row: a solid colour or a gradient over a box.

    Attributes:
        solid: (R,) bool. color: (R,) uint32. gradient: (R,) asset index of the gradient, or -1.
        box: (R, 4) float64, left, top, width, height of what the gradient's fractions refer to, content px.
    """

    solid: npt.NDArray[np.bool_]
    color: npt.NDArray[np.uint32]
    gradient: I64
    box: F64


def _paints(ir: CompositionIR, leaves: LeafTable, kind: npt.NDArray[np.uint8], assets: PreparedAssets) -> _Paints:
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
    return _Paints(solid, color, gradient, box)


def _is_opaque(ir: CompositionIR, asset: int, assets: PreparedAssets) -> bool:
    kind = ir.assets.kind_of(asset)
    if kind == AssetKind.SOLID:
        return int(ir.assets.color[asset]) >> 24 == 255
    return kind == AssetKind.NOISE or assets.is_opaque(asset)


def _fill(
    tables: list[Records | None],
    layout: int,
    index: I64,
    rows: I64,
    source: Records,
    bounds: npt.NDArray[np.int32],
    edges: tuple[I64, Records] | None,
    variant: I64,
) -> None:
    """Append records of `rows` to a table and note in `index` where each one went."""
    if not len(rows):
        return
    out = np.zeros(len(rows), dtype=layer_dtype(layout // len(EDGE_COUNTS), layout % len(EDGE_COUNTS)))
    out["bounds"] = bounds[rows]
    out["source"] = source
    if edges is not None:
        place, records = edges
        out["edges"] = records[np.searchsorted(place, rows)]
    before = tables[layout]
    index[rows] = np.arange(len(rows)) + (0 if before is None else len(before))
    tables[layout] = out if before is None else np.concatenate([before, out])


def _outlines(leaves: LeafTable, clip: Rect, quads: npt.NDArray[np.bool_]) -> tuple[I64, list[tuple[I64, Records]]]:
    """Return the edge variant of each row, and for the variants with edges their rows and edge records.

    Args:
        quads: (R,) the rows whose outline is their quad; the others have none here.
    """
    q = np.floor(leaves.quad * 256.0 + 0.5).astype(np.int64)
    x, y = q[..., 0], q[..., 1]
    upright = (x[:, 0] == x[:, 3]) & (x[:, 1] == x[:, 2]) & (y[:, 0] == y[:, 1]) & (y[:, 2] == y[:, 3])
    turned = (y[:, 0] == y[:, 3]) & (y[:, 1] == y[:, 2]) & (x[:, 0] == x[:, 1]) & (x[:, 2] == x[:, 3])
    # Sides off the canvas need not lie on whole pixels.
    whole_x = ((x & 255) == 0) | (x < clip.x0 * 256) | (x > clip.x1 * 256)
    whole_y = ((y & 255) == 0) | (y < clip.y0 * 256) | (y > clip.y1 * 256)
    plain = (upright | turned) & whole_x.all(axis=1) & whole_y.all(axis=1)
    far = quantise.needs_clipping(leaves.quad)
    variant = np.where(plain | ~quads, 0, np.where(far, 2, 1)).astype(np.int64)
    out: list[tuple[I64, Records]] = []
    for v in range(1, len(EDGE_COUNTS)):
        rows = np.flatnonzero(variant == v)
        out.append((rows, quantise.edge_records(leaves.quad[rows], EDGE_COUNTS[v], clip) if len(rows) else _NO_EDGES))
    return variant, out


def _sources(program: int, count: int) -> Records:
    fields = layer_dtype(program, 0).fields
    assert fields is not None
    return np.zeros(count, dtype=fields["source"][0])


def _inverse(m: F64) -> F64:
    """Return the inverses of (R, 2, 3) transforms; leaves have a non-zero determinant."""
    a, c, e = m[:, 0, 0], m[:, 0, 1], m[:, 0, 2]
    b, d, f = m[:, 1, 0], m[:, 1, 1], m[:, 1, 2]
    det = a * d - b * c
    out = np.empty_like(m)
    out[:, 0, 0], out[:, 0, 1], out[:, 0, 2] = d / det, -c / det, (c * f - d * e) / det
    out[:, 1, 0], out[:, 1, 1], out[:, 1, 2] = -b / det, a / det, (b * e - a * f) / det
    return out


def _at_centres(m: F64) -> F64:
    """Move the origin so that a map is read at whole pixels and gives the value at their centres."""
    out = m.copy()
    out[..., 2] = m[..., 2] + 0.5 * m[..., 0] + 0.5 * m[..., 1]
    return out


def _put_affine(source: Records, m: F64) -> None:
    """Store a map from canvas pixels, (n, 2, 3), in the fields u and v."""
    m = _at_centres(m)
    for row, name in enumerate(("u", "v")):
        source[name]["hi"], source[name]["lo"] = quantise.affine_words(m[:, row, 0], m[:, row, 1], m[:, row, 2])


def _images(
    ir: CompositionIR, leaves: LeafTable, rows: I64, inverse: F64, assets: PreparedAssets
) -> list[tuple[I64, int, Records, I64, I64]]:
    """Choose level and program of image and video rows: (rows, program, sources, pages, video levels)."""
    asset = leaves.asset[rows]
    nearest = ir.assets.filter[asset] == Filter.NEAREST
    step = np.sqrt(np.maximum(np.square(inverse[:, :, 0]).sum(axis=1), np.square(inverse[:, :, 1]).sum(axis=1)))
    exponent = np.frexp(step)[1]  # the least m with step < 2 * 2^m
    levels = np.array([assets.image_levels(int(a)) for a in asset])
    level = np.where(nearest, 0, np.clip(exponent - 1, 0, levels - 1)).astype(np.int64)
    m = _at_centres(inverse * np.ldexp(1.0, -level)[:, None, None])
    offset = m[:, :, 2] - 0.5
    whole = np.floor(offset + 0.5)
    error = np.abs(m[:, :, :2] - np.eye(2)).sum(axis=(1, 2)) * _CANVAS_SPAN_PX + np.abs(offset - whole).max(axis=1)
    copied = error < _COPY_ERROR_TEXELS

    video = ir.assets.kind[asset] == AssetKind.VIDEO
    rect = np.zeros((len(rows), 4), dtype=np.int32)
    page = np.full(len(rows), -1, dtype=np.int64)
    for a, k in set(zip(asset.tolist(), level.tolist(), strict=True)):
        mine = (asset == a) & (level == k)
        if ir.assets.kind[a] == AssetKind.VIDEO:
            w, h = level_size(leaves.content[rows[mine][0]], k)
            rect[mine] = (0, 0, w - 1, h - 1)
        else:
            at = assets.place_image(a, k)
            page[mine] = at.page
            rect[mine] = (at.x, at.y, at.x + at.width - 1, at.y + at.height - 1)
    out = []
    for name, mine in (
        (programs.IMAGE_COPY, copied),
        (programs.IMAGE_NEAREST, ~copied & nearest),
        (programs.IMAGE_BILINEAR, ~copied & ~nearest),
    ):
        if not mine.any():
            continue
        source = _sources(name, int(mine.sum()))
        if name == programs.IMAGE_COPY:
            source["offset"][:, :2] = whole[mine].astype(np.int64) + rect[mine, :2]
        else:
            source["rect"] = rect[mine]
            half = 0.5 if name == programs.IMAGE_BILINEAR else 0.0
            for axis, field in enumerate(("u", "v")):
                words = quantise.affine_words(m[mine, axis, 0], m[mine, axis, 1], m[mine, axis, 2] - half)
                source[field]["hi"], source[field]["lo"] = words
        out.append((rows[mine], name, source, page[mine], np.where(video[mine], level[mine], NO_VIDEO)))
    return out


def level_size(content: F64, level: int) -> tuple[int, int]:
    """Return the size of a mip level, rounded up."""
    return -(-int(content[0]) // 2**level), -(-int(content[1]) // 2**level)


def _gradients(
    name: int,
    ir: CompositionIR,
    leaves: LeafTable,
    paint: _Paints,
    rows: I64,
    inverse: F64,
    assets: PreparedAssets,
) -> tuple[Records, I64]:
    """Return the sources and pages of gradient rows of one type."""
    source = _sources(name, len(rows))
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
    maps = _at_centres(maps)
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


def _length(x: float, y: float) -> float:
    return math.sqrt(x * x + y * y)


def video_record(form: VideoFormat, content: F64, level: int) -> Records:
    """Return the parameters of draw/video, one record.

    Args:
        content: (2,) the frame's size in px.
    """
    nx, ny = 1 << form.log2_x, 1 << form.log2_y
    width, height = int(content[0]), int(content[1])
    record = quantise.video_params(
        width,
        height,
        matrix=f"bt{form.matrix}",
        full_range=form.full_range,
        bits=form.bits,
        subsampling="444",
        level=level,
    )
    # Turned pictures may be subsampled along either axis alone.
    record["chroma"][:2] = ((width + nx - 1) // nx - 1, (height + ny - 1) // ny - 1)
    record["siting"] = (4 // nx, 4 // ny, -form.siting[0] * (nx - 1), -form.siting[1] * (ny - 1))
    return record


def classify_tiles(quad: F64, region: Rect) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Sort the tiles of a region by a convex outline: tiles that an edge may touch, and tiles wholly inside.

    Args:
        quad: (4, 2) float64 corners, canvas px.
        region: canvas px; tiles are TILE px wide and high, counted from its corner.

    Returns:
        Two uint32 arrays of (row << 16 | column), in reading order.
    """
    columns, rows = -(-region.width // TILE), -(-region.height // TILE)
    x = region.x0 + TILE * np.arange(columns + 1, dtype=np.float64)[None, :]
    y = region.y0 + TILE * np.arange(rows + 1, dtype=np.float64)[:, None]
    (x0, y0), (x1, y1), (x2, y2) = quad[0], quad[1], quad[2]
    turn = 1.0 if (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1) > 0 else -1.0
    inside = np.ones((rows, columns), bool)
    outside = np.zeros((rows, columns), bool)
    for k in range(4):
        (ax, ay), (bx, by) = quad[k], quad[(k + 1) % 4]
        dx, dy = bx - ax, by - ay
        reach = _length(dx, dy)
        if reach == 0.0:
            continue
        distance = turn * (dx * (y - ay) - dy * (x - ax)) / reach  # px inside the edge, at tile corners
        corners = np.stack([distance[:-1, :-1], distance[1:, :-1], distance[:-1, 1:], distance[1:, 1:]])
        inside &= corners.min(axis=0) > 0.25
        outside |= corners.max(axis=0) < -0.25
    code = (np.arange(rows, dtype=np.uint32)[:, None] << np.uint32(16)) | np.arange(columns, dtype=np.uint32)[None, :]
    return code[~inside & ~outside], code[inside]
