"""Lower the leaves of a batch to layer records: which program draws each one, with which integers.

This is where floats end: everything after it is integers that both backends receive alike. All rows of a batch that run the same
program are quantised together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.video import VideoFormat
from wavyte_gpu.compile import programs
from wavyte_gpu.compile.paints import Paints, find_paints, lower_gradients
from wavyte_gpu.compile.prepared import PreparedAssets
from wavyte_gpu.compile.records import at_centres, empty_sources, joined
from wavyte_gpu.compile.tables import FrameTables
from wavyte_gpu.eval.effects import MAX_MARGIN_PX
from wavyte_gpu.eval.graph import LeafTable
from wavyte_gpu.eval.transforms import compose
from wavyte_gpu.foundation.enums import AssetKind, Filter
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.ops import quantise
from wavyte_gpu.ops.reflect import layer_dtype
from wavyte_gpu.ops.registry import EDGE_COUNTS, PROGRAMS, layout_of

__all__ = [
    "LAYOUT_COUNT",
    "NO_VIDEO",
    "TILED_AREA_PX",
    "Lowered",
    "Lowering",
    "level_size",
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
_MARGIN_TEXELS = 2.0  # bilinear reads the next texel; positions are rounded to 1/65536
_WINDOW_PX = 64  # windows of videos begin and end at multiples, so that few of them differ while a leaf moves
_NO_EDGES: Records = np.zeros((0, 0), dtype=np.dtype([]))


@dataclass(frozen=True, slots=True, eq=False)
class Lowered:
    """Per leaf row of a batch, R rows.

    Attributes:
        program: (R,) index into PROGRAMS. variant: (R,) index into EDGE_COUNTS.
        page: (R,) the page that is read, or -1. level: (R,) the mip level of a video, NO_VIDEO for what is none.
        window: (R, 4) the px of that level that the leaves of a frame show, end exclusive, x0, y0, x1, y1; 0 for other rows.
        alone: (R,) bool, whether no other leaf of the frame shows that level of that video's frame.
        record: (R,) row of `tables[layout]` with the outline; inner: (R,) row of the table without outline, for interior tiles, or -1.
        shape: (R,) bool, whether the row is drawn through a shape's coverage.
        opaque: (R,) bool, whether every pixel of the bounds is covered by alpha 255.
        tables: by layout, records without their weights.
        frame_tables: of gradients whose colours move.
    """

    program: npt.NDArray[np.int64]
    variant: npt.NDArray[np.int64]
    page: I64
    level: I64
    window: I64
    alone: npt.NDArray[np.bool_]
    record: I64
    inner: I64
    shape: npt.NDArray[np.bool_]
    opaque: npt.NDArray[np.bool_]
    tables: tuple[Records | None, ...]
    frame_tables: FrameTables


class _Kinds(NamedTuple):
    """What rows are and what fills them; the rows of each kind of source. `of`: the columns of the table that tell all this."""

    of: tuple[object, ...]
    shape: npt.NDArray[np.bool_]
    paint: Paints
    solid: I64
    noise: I64
    gradient: I64
    image: I64


class Lowering:
    """Lowers the leaves of a composition's frames, for one thread at a time."""

    def __init__(self, ir: CompositionIR, assets: PreparedAssets) -> None:
        self._ir, self._assets = ir, assets
        self._opaque = np.array([_is_opaque(ir, a, assets) for a in range(len(ir.assets))], dtype=bool)
        self._last: _Kinds | None = None

    def lower(self, leaves: LeafTable) -> Lowered:
        """Return programs and records of every leaf row."""
        return _lower(self._ir, leaves, self._assets, self._opaque, self._kinds(leaves))

    def _kinds(self, leaves: LeafTable) -> _Kinds:
        """Return what rows are; what was found for the last frame, if its rows are the same ones and no colour moves."""
        of = (leaves.node, leaves.asset, leaves.part, leaves.content, leaves.form)
        if self._last is not None and all(a is b for a, b in zip(self._last.of, of, strict=True)):
            return self._last
        kind = self._ir.assets.kind[leaves.asset]
        paint = find_paints(self._ir, leaves, kind, self._assets)
        solid, noise, gradient, image = (
            np.flatnonzero(mine)
            for mine in (
                paint.solid,
                kind == AssetKind.NOISE,
                paint.gradient >= 0,
                (kind == AssetKind.IMAGE) | (kind == AssetKind.VIDEO) | (paint.picture >= 0),
            )
        )
        shape = (kind == AssetKind.SHAPE) | (kind == AssetKind.ROUNDED)
        found = _Kinds(of, shape, paint, solid, noise, gradient, image)
        self._last = None if paint.moves else found
        return found


def _lower(
    ir: CompositionIR, leaves: LeafTable, assets: PreparedAssets, opaque: npt.NDArray[np.bool_], kinds: _Kinds
) -> Lowered:
    rows = len(leaves.node)
    canvas_clip = Rect(0, 0, ir.width, ir.height)
    if ir.stages.effects:  # which may read what lies beyond the canvas
        canvas_clip = canvas_clip.grow(Rect(*(MAX_MARGIN_PX,) * 4))
    _, shape, paint, solid, noise, gradient, image = kinds
    variant, edges = _outlines(leaves, canvas_clip, ~shape)
    program = np.zeros(rows, dtype=np.int64)
    page = np.full(rows, -1, dtype=np.int64)
    level = np.full(rows, NO_VIDEO, dtype=np.int64)
    window = np.zeros((rows, 4), dtype=np.int64)
    alone = np.zeros(rows, dtype=bool)
    sources: dict[int, tuple[I64, Records]] = {}  # program -> its rows and their `source` records

    def put(rows_of: I64, drawn_by: int, source: Records) -> None:
        program[rows_of] = drawn_by
        sources[drawn_by] = (rows_of, source)

    if len(solid):
        source = empty_sources(programs.SOLID, len(solid))
        source["color"][:, 0] = paint.color[solid]
        put(solid, programs.SOLID, source)
    world = leaves.world_from_content
    if len(noise):
        source = empty_sources(programs.NOISE, len(noise))
        source["seed"][:, 0] = ir.assets.seed[leaves.asset[noise]]
        _put_affine(source, _inverse(world[noise]))
        put(noise, programs.NOISE, source)
    frame_tables = FrameTables()
    if len(gradient):
        types = paint.kind[gradient]
        for t, name in enumerate((programs.GRADIENT_LINEAR, programs.GRADIENT_RADIAL, programs.GRADIENT_CONIC)):
            mine = gradient[types == t]
            if len(mine):
                source, pages = lower_gradients(name, ir, leaves, paint, mine, _inverse(world[mine]), assets, frame_tables)
                page[mine] = pages
                put(mine, name, source)
    if len(image):
        texels = _inverse(world[image])
        pictured = paint.picture[image] >= 0
        texels[pictured] = compose(paint.matrix[image[pictured]], texels[pictured])
        shown = np.where(pictured, paint.picture[image], leaves.asset[image])
        for mine, name, source, pages, levels, windows in _images(ir, leaves, image, shown, texels, assets):
            page[mine], level[mine], window[mine], alone[mine] = pages, levels, windows[:, :4], windows[:, 4] == 1
            put(mine, name, source)

    tables: list[Records | None] = [None] * LAYOUT_COUNT
    record = np.full(rows, -1, dtype=np.int64)
    inner = np.full(rows, -1, dtype=np.int64)
    large = (leaves.bounds[:, 2] - leaves.bounds[:, 0]) * (leaves.bounds[:, 3] - leaves.bounds[:, 1]) > TILED_AREA_PX
    for p, (mine, source) in sources.items():
        own = variant[mine]
        for v in sorted(set(own.tolist())):
            chosen = own == v
            outline = edges[v - 1] if v else None
            _fill(tables, layout_of(p, v), record, mine[chosen], source[chosen], leaves.bounds, outline)
            split = chosen & large[mine]
            if v and split.any():
                _fill(tables, layout_of(p, 0), inner, mine[split], source[split], leaves.bounds, None)
    covered = opaque[leaves.asset] & (variant == 0) & ~shape
    return Lowered(program, variant, page, level, window, alone, record, inner, shape, covered, tuple(tables), frame_tables)


def _is_opaque(ir: CompositionIR, asset: int, assets: PreparedAssets) -> bool:
    kind = ir.assets.kind_of(asset)
    if kind == AssetKind.SOLID:
        return int(ir.assets.color[asset]) >> 24 == 255 and not ir.assets.moving[asset]
    return kind == AssetKind.NOISE or assets.is_opaque(asset)


def _fill(
    tables: list[Records | None],
    layout: int,
    index: I64,
    rows: I64,
    source: Records,
    bounds: npt.NDArray[np.int32],
    edges: tuple[I64, Records] | None,
) -> None:
    """Append records of `rows` to a table and note in `index` where each one went."""
    out = np.zeros(len(rows), dtype=layer_dtype(layout // len(EDGE_COUNTS), layout % len(EDGE_COUNTS)))
    out["bounds"] = bounds[rows]
    out["source"] = source
    if edges is not None:
        place, records = edges
        out["edges"] = records[np.searchsorted(place, rows)]
    before = tables[layout]
    index[rows] = np.arange(len(rows)) + (0 if before is None else len(before))
    tables[layout] = out if before is None else joined([before, out])


def _outlines(leaves: LeafTable, clip: Rect, quads: npt.NDArray[np.bool_]) -> tuple[I64, list[tuple[I64, Records]]]:
    """Return the edge variant of each row, and for the variants with edges their rows and edge records.

    Args:
        quads: (R,) the rows whose outline is their quad; the others have none here.
    """
    if not quads.any():
        return np.zeros(len(quads), np.int64), []
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


def _inverse(m: F64) -> F64:
    """Return the inverses of (R, 2, 3) transforms; leaves have a non-zero determinant."""
    a, c, e = m[:, 0, 0], m[:, 0, 1], m[:, 0, 2]
    b, d, f = m[:, 1, 0], m[:, 1, 1], m[:, 1, 2]
    det = a * d - b * c
    out = np.empty_like(m)
    out[:, 0, 0], out[:, 0, 1], out[:, 0, 2] = d / det, -c / det, (c * f - d * e) / det
    out[:, 1, 0], out[:, 1, 1], out[:, 1, 2] = -b / det, a / det, (b * e - a * f) / det
    return out


def _put_affine(source: Records, m: F64) -> None:
    """Store a map from canvas pixels, (n, 2, 3), in the fields u and v."""
    m = at_centres(m)
    for row, name in enumerate(("u", "v")):
        source[name]["hi"], source[name]["lo"] = quantise.affine_words(m[:, row, 0], m[:, row, 1], m[:, row, 2])


def _images(
    ir: CompositionIR, leaves: LeafTable, rows: I64, asset: I64, inverse: F64, assets: PreparedAssets
) -> list[tuple[I64, int, Records, I64, I64, I64]]:
    """Choose level and program of image and video rows: (rows, program, sources, pages, video levels, video windows
    and how many rows share each).

    Args:
        asset: (n,) what each row shows; those beyond the document's are pictures. inverse: (n, 2, 3) to its texels.
    """
    named = np.minimum(asset, len(ir.assets) - 1)
    of_document = asset < len(ir.assets)
    nearest = of_document & (ir.assets.filter[named] == Filter.NEAREST)
    step = np.sqrt(np.maximum(np.square(inverse[:, :, 0]).sum(axis=1), np.square(inverse[:, :, 1]).sum(axis=1)))
    exponent = np.frexp(step)[1]  # the least m with step < 2 * 2^m
    each = {a: assets.image_levels(a) for a in set(asset.tolist())}
    levels = np.array([each[a] for a in asset.tolist()])
    level = np.where(nearest, 0, np.clip(exponent - 1, 0, levels - 1)).astype(np.int64)
    m = at_centres(inverse * np.ldexp(1.0, -level)[:, None, None])
    offset = m[:, :, 2] - 0.5
    whole = np.floor(offset + 0.5)
    error = np.abs(m[:, :, :2] - np.eye(2)).sum(axis=(1, 2)) * _CANVAS_SPAN_PX + np.abs(offset - whole).max(axis=1)
    copied = error < _COPY_ERROR_TEXELS

    video = of_document & (ir.assets.kind[named] == AssetKind.VIDEO)
    window = np.zeros((len(rows), 5), dtype=np.int64)
    if video.any():
        window[video] = _windows(leaves, rows[video], level[video], m[video])
    rect = np.zeros((len(rows), 4), dtype=np.int32)
    page = np.full(len(rows), -1, dtype=np.int64)
    for a, k in set(zip(asset.tolist(), level.tolist(), strict=True)):
        mine = (asset == a) & (level == k)
        if video[mine][0]:
            w, h = level_size(leaves.content[rows[mine][0]], k)
            rect[mine] = np.array([0, 0, w - 1, h - 1]) - window[mine][:, [0, 1, 0, 1]]
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
        source = empty_sources(name, int(mine.sum()))
        if name == programs.IMAGE_COPY:
            source["offset"][:, :2] = whole[mine].astype(np.int64) + rect[mine, :2]
        else:
            source["rect"] = rect[mine]
            half = 0.5 if name == programs.IMAGE_BILINEAR else 0.0
            for axis, field in enumerate(("u", "v")):
                words = quantise.affine_words(m[mine, axis, 0], m[mine, axis, 1], m[mine, axis, 2] - half)
                source[field]["hi"], source[field]["lo"] = words
        out.append((rows[mine], name, source, page[mine], np.where(video[mine], level[mine], NO_VIDEO), window[mine]))
    return out


def _windows(leaves: LeafTable, rows: I64, level: I64, m: F64) -> I64:
    """Return the px of their mip level that rows of videos read, the same for all that show a frame at a level, and their number, (n, 5).

    Args:
        m: (n, 2, 3) from canvas px to texels at the level.
    """
    low, high = (leaves.bounds[rows, at : at + 2].astype(np.float64) for at in (0, 2))
    centre, half = (low + high - 1.0) / 2.0, (high - low - 1.0) / 2.0
    middle = np.einsum("nij,nj->ni", m[:, :, :2], centre) + m[:, :, 2]
    reach = np.einsum("nij,nj->ni", np.abs(m[:, :, :2]), half) + _MARGIN_TEXELS
    size = np.ceil(leaves.content[rows] * np.ldexp(1.0, -level)[:, None])
    first = np.clip(np.floor((middle - reach) / _WINDOW_PX) * _WINDOW_PX, 0.0, None)
    first = np.minimum(first, np.floor((size - 1.0) / _WINDOW_PX) * _WINDOW_PX)
    end = np.minimum(np.maximum(np.ceil((middle + reach) / _WINDOW_PX), 1.0) * _WINDOW_PX, size)
    key = np.stack([leaves.frame[rows], leaves.asset[rows], leaves.source_frame[rows], level], axis=1)
    groups, group, count = np.unique(key, axis=0, return_inverse=True, return_counts=True)
    out = np.full((len(groups), 5), np.iinfo(np.int64).max)
    np.minimum.at(out[:, :4], group.reshape(-1), np.concatenate([first, -np.maximum(end, first + 1.0)], axis=1).astype(np.int64))
    out[:, 2:4] *= -1
    out[:, 4] = count
    found: I64 = out[group.reshape(-1)]
    return found


def level_size(content: F64, level: int) -> tuple[int, int]:
    """Return the size of a mip level, rounded up."""
    return -(-int(content[0]) // 2**level), -(-int(content[1]) // 2**level)


def video_record(
    form: VideoFormat, content: F64, level: int, window: Rect, origin: tuple[int, int] | None = None
) -> Records:
    """Return the parameters of draw/video, one record.

    Args:
        content: (2,) the frame's size in px. window: the px of the mip level to write. origin: of these the surface's first one;
            default the window's.
    """
    nx, ny = 1 << form.log2_x, 1 << form.log2_y
    width, height = int(content[0]), int(content[1])
    record = quantise.video_params(
        width,
        height,
        matrix="rgb" if form.matrix == "rgb" else f"bt{form.matrix}",
        alpha=form.alpha,
        full_range=form.full_range,
        bits=form.bits,
        subsampling="444",
        level=level,
        window=window,
        origin=origin,
    )
    # Turned pictures may be subsampled along either axis alone.
    record["chroma"][:2] = ((width + nx - 1) // nx - 1, (height + ny - 1) // ny - 1)
    record["siting"] = (4 // nx, 4 // ny, -form.siting[0] * (nx - 1), -form.siting[1] * (ny - 1))
    return record
