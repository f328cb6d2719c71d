"""Collects ops, surfaces and layer records while a frame is compiled; the pieces of a plan that is not yet frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.compile.lower import LAYOUT_COUNT
from wavyte_gpu.compile.plan import NO_PAGE, Op, OpId, OpKind, PixelFormat, Shape, SurfaceId, VideoFrameRef
from wavyte_gpu.compile.records import joined
from wavyte_gpu.compile.tiles import tile_list
from wavyte_gpu.foundation.errors import LimitError, Problem
from wavyte_gpu.foundation.rect import Rect, corners
from wavyte_gpu.ops.reflect import layer_dtype, pass_dtype
from wavyte_gpu.ops.registry import EDGE_COUNTS, SHEET_TEXELS
from wavyte_gpu.raster.bin import ShapeTiles

__all__ = ["DraftSurface", "Emitter", "Layer"]

Records = npt.NDArray[np.void]


@dataclass(slots=True)
class Layer:
    """One layer of an op to be: where its record is, and what decides which ops it may join.

    Attributes:
        row: row of the record table `layout`: of the batch's, or of the frame's own when `own`.
        weight: opacity, 1..255.
        region: canvas px it may touch, not empty.
        covers: every pixel of the region becomes this layer's alone.
        tiles: those of the region that it touches, row << TILE_ROW | column; None for all.
        shape: what it is drawn through, by which rule. matrix: on its source pixels.
        video: the frame whose planes are converted where it is shown; such a layer shares no op, and reads nothing below.
    """

    node: int
    program: int
    layout: int
    row: int
    own: bool
    weight: int
    blend: int
    region: Rect
    covers: bool
    page: int
    input: int
    tiles: npt.NDArray[np.uint32] | None = None
    shape: Shape | None = None
    even_odd: bool = False
    matrix: np.void | None = None
    video: VideoFrameRef | None = None


@dataclass(slots=True)
class DraftSurface:
    """A surface whose lifetime is not known yet. `writer` is the op that wrote it last; `name` and `held` as in a plan's slots."""

    bounds: Rect
    format: PixelFormat = PixelFormat.RGBA8_PREMUL
    writer: int = -1
    name: str = ""
    held: bool = False


class _Table(NamedTuple):
    """What a plan's record table will hold.

    Attributes:
        taken: by layer the row of the batch's table, or ~row of the frame's own.
        own: records of the frame's own.
    """

    taken: list[int]
    weights: list[int]
    regions: list[Rect]
    own: list[Records]


class Emitter:
    """Numbers surfaces and ops in emission order, and keeps dependencies."""

    def __init__(self, tables: tuple[Records | None, ...], names: Sequence[str] = ()) -> None:
        self._tables = tables
        self._names = names  # of nodes
        self._made: dict[int, _Table] = {}  # by layout
        self._texels = 0
        self.surfaces: list[DraftSurface] = []
        self.ops: list[Op] = []

    def surface(self, bounds: Rect, pixel_format: PixelFormat = PixelFormat.RGBA8_PREMUL) -> SurfaceId:
        self.surfaces.append(DraftSurface(bounds, pixel_format))
        return SurfaceId(len(self.surfaces) - 1)

    def own_record(self, program: int) -> tuple[int, Records]:
        """Add an empty record without outline to the frame's own table; return its row and a view to fill."""
        layout = program * len(EDGE_COUNTS)
        record = np.zeros(1, dtype=layer_dtype(program, 0))
        own = self._table(layout).own
        own.append(record)
        return len(own) - 1, record

    def take(self, layers: list[Layer], weights: list[int]) -> int:
        """Append the records of layers of one layout to the plan's table; return the place of the first one there."""
        table = self._table(layers[0].layout)
        first = len(table.taken)
        table.taken.extend([~layer.row if layer.own else layer.row for layer in layers])
        table.weights.extend(weights)
        table.regions.extend([layer.region for layer in layers])
        return first

    def _table(self, layout: int) -> _Table:
        table = self._made.get(layout)
        if table is None:
            table = self._made[layout] = _Table([], [], [], [])
        return table

    def op(
        self,
        kind: OpKind,
        layers: list[Layer],
        weights: list[int],
        output: SurfaceId,
        region: Rect,
        *,
        init: bool,
        init_pixel: int = 0,
        scattered: bool = False,
    ) -> None:
        """Emit an op that draws layers: all over a region, or each in a place of its own when they are `scattered`."""
        head = layers[0]
        shapes = tuple([layer.shape for layer in layers if layer.shape is not None])
        self._texels += sum([shape.texels for shape in shapes if isinstance(shape, ShapeTiles)])
        if self._texels > SHEET_TEXELS:
            text = f"the shapes of a frame need {self._texels} texels for their edges, three an edge; allowed: {SHEET_TEXELS}"
            largest = max(layers, key=lambda layer: layer.shape.texels if isinstance(layer.shape, ShapeTiles) else 0)
            name = self._names[largest.node] if 0 <= largest.node < len(self._names) else None
            raise LimitError(Problem("error", "limit", text, node_id=name))
        first = self.take(layers, weights)
        target = self.surfaces[output]
        me = len(self.ops)
        deps = set() if init else {target.writer}
        inputs: tuple[SurfaceId, ...] = ()
        if head.input >= 0:
            inputs = (SurfaceId(head.input),)
            deps.add(self.surfaces[head.input].writer)
        self.ops.append(
            Op(
                id=OpId(me),
                kind=kind,
                program=head.program,
                blend=head.blend,
                layout=head.layout,
                first=first,
                count=len(layers),
                init=init,
                init_pixel=init_pixel,
                full=head.video is None and (scattered or all(layer.region.contains(region) for layer in layers)),
                region=region,
                tiles=tile_list([(layer.tiles, layer.region) for layer in layers])
                if scattered and head.shape is None
                else None,
                page=head.page if head.input < 0 else NO_PAGE,
                inputs=inputs,
                output=output,
                deps=tuple(OpId(d) for d in sorted(deps) if d >= 0),
                video=head.video,
                nodes=tuple([layer.node for layer in layers]),
                shapes=shapes,
                even_odd=head.even_odd,
                matrix=head.matrix,
            )
        )
        target.writer = me

    def pass_(
        self,
        kernel: int,
        inputs: Sequence[SurfaceId],
        bounds: Rect,
        params: Records | None = None,
        pixel_format: PixelFormat = PixelFormat.RGBA8_PREMUL,
        *,
        node: int = -1,
    ) -> SurfaceId:
        """Emit a pass kernel that makes a new surface.

        Args:
            kernel: id in `ops.registry`. inputs: at most four surfaces, all of them written.
            bounds: of the new surface, not empty; the kernel writes all of it.
            params: a zero-dimensional record of `reflect.pass_dtype(kernel)` with the kernel's own fields; `head` is filled in here.

        Returns:
            the new surface.
        """
        record = np.zeros((), pass_dtype(kernel)) if params is None else params.copy()
        head = record["head"]
        head["region"] = bounds
        head["origin"][:2] = bounds[:2]
        for i, surface in enumerate(inputs):
            head["bounds"][i] = self.surfaces[surface].bounds
        output = self.surface(bounds, pixel_format)
        me = OpId(len(self.ops))
        self.ops.append(
            Op(
                id=me,
                kind=OpKind.PASS,
                program=0,
                blend=0,
                layout=0,
                first=0,
                count=0,
                init=True,
                init_pixel=0,
                full=True,
                region=bounds,
                tiles=None,
                page=NO_PAGE,
                inputs=tuple(inputs),
                output=output,
                deps=tuple(OpId(d) for d in sorted({self.surfaces[s].writer for s in inputs}) if d >= 0),
                nodes=() if node < 0 else (node,),
                kernel=kernel,
                params=record.reshape(1)[0],
            )
        )
        self.surfaces[output].writer = me
        return output

    def records(self) -> tuple[Records | None, ...]:
        """Return the plan's record tables with the layers' weights and what they may write."""
        out: list[Records | None] = [None] * LAYOUT_COUNT
        for layout, (taken, weights, regions, own) in self._made.items():
            if not taken:
                continue
            rows = np.array(taken, dtype=np.int64)
            table = self._tables[layout]
            mine = joined(own) if own else None
            if table is None:
                assert mine is not None
                records = mine[~rows]
            else:
                records = table[np.maximum(rows, 0)]
                if mine is not None:
                    of_frame = rows < 0
                    records[of_frame] = mine[~rows[of_frame]]
            out[layout] = records
            if records.dtype.names is not None and "weight" in records.dtype.names:
                records["weight"][:, 0] = weights
                records["bounds"] = corners(regions)
        return tuple(out)
