"""The render plan: plain data, immutable after compile, with the spec's names (section 13.1).

A plan says which surfaces exist, which ops write them, in which order, and what each op needs. Every number in it is an integer that
both backends receive alike, so equal plans over equal assets give equal pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, NewType

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.enums import PixelFormat
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.raster.bin import ShapeTiles
from wavyte_gpu.raster.spans import ShapeSpans

__all__ = [
    "NO_KERNEL",
    "NO_PAGE",
    "NO_SURFACE",
    "TABLES_PAGE",
    "Op",
    "OpId",
    "OpKind",
    "PixelFormat",
    "Rect",
    "RenderPlan",
    "Shape",
    "SlotDesc",
    "SurfaceDesc",
    "SurfaceId",
    "VideoFrameRef",
]

Shape = ShapeTiles | ShapeSpans
SurfaceId = NewType("SurfaceId", int)
OpId = NewType("OpId", int)

NO_SURFACE = SurfaceId(-1)
NO_PAGE = -1
TABLES_PAGE = -2
"""The tables that a plan brings with it."""
NO_KERNEL = -1


class OpKind(IntEnum):
    """The closed set of op kinds (spec, section 13.1)."""

    DRAW = 0  # leaves onto the output
    PASS = 1  # surfaces in, a new one out
    COMPOSITE = 2  # surfaces onto the output


class VideoFrameRef(NamedTuple):
    """One decoded frame: of which asset, which frame in presentation order, in which of the asset's plane sets.

    A plan that shows several frames of one video gives each its own plane set: 0, 1, ...
    """

    asset: int
    frame: int
    plane_set: int


@dataclass(frozen=True, slots=True)
class SurfaceDesc:
    """A render target: `bounds` in canvas pixels, the ops that first write and last read it, the slot that holds its texels.

    `held`: its slot holds it from an earlier frame; ops may read it, or draw a part of it anew.
    """

    bounds: Rect
    format: PixelFormat
    first_use: OpId
    last_use: OpId
    slot: int
    held: bool = False


class SlotDesc(NamedTuple):
    """A texture of a size class, of `words` u32 a texel. Surfaces whose lifetimes do not overlap share a slot, each in its corner.

    A slot with a name has one surface, and keeps it for the plans that follow.
    """

    width: int
    height: int
    words: int = 1
    name: str = ""


@dataclass(frozen=True, slots=True)
class Op:
    """One dispatch.

    Attributes:
        program: index into `ops.registry.PROGRAMS`, the draw kind that gives a layer's pixels.
        blend: index into `ops.registry.BLENDS`.
        layout: index of the record table in `RenderPlan.records`: `program * len(EDGE_COUNTS) + edge variant`.
        first, count: the layers, in painter's order: rows of that table. A layer writes nothing outside its `bounds`.
        init: the output starts as `init_pixel`; otherwise the op draws over what its output holds (then a dep is its last writer).
            Of a video it says that nothing is there before; where its region is not all of the output, videos fill the rest.
        full: every layer covers the whole region, so bounds need no test.
        region: what may be written.
        tiles: None for all layers over all of the region, else the tiles to write, each with its one layer: layer << TILE_LAYER |
            row << TILE_ROW | column, of TILE px, counted from the corner of the layer's bounds. Layers do not overlap then.
        page: the asset page that layers read, TABLES_PAGE or NO_PAGE. inputs: the surfaces that they read.
        video: for the `video` program: the frame whose planes are converted; they replace what the region holds.
        shapes: draw each layer through the coverage of its shape, whose tiles count from the corner of the layer's bounds, by the
            rule `even_odd`: all sorted into tiles, or all as spans, which the backend sorts. Layers do not overlap then.
        matrix: the colour matrix (`Matrix` of shared/matrix) that acts on the layers before coverage and weight.
        kernel: of a PASS that runs a kernel of its own: its id in `ops.registry`, else NO_KERNEL. Such an op has no layers; it starts and
            writes its whole output. params: the kernel's `Params`, head included.
        nodes: for diagnostics, the NodeIdx of each layer.
    """

    id: OpId
    kind: OpKind
    program: int
    blend: int
    layout: int
    first: int
    count: int
    init: bool
    init_pixel: int
    full: bool
    region: Rect
    tiles: npt.NDArray[np.uint32] | None
    page: int
    inputs: tuple[SurfaceId, ...]
    output: SurfaceId
    deps: tuple[OpId, ...]
    video: VideoFrameRef | None = None
    nodes: tuple[int, ...] = ()
    shapes: tuple[Shape, ...] = ()
    even_odd: bool = False
    matrix: np.void | None = None
    kernel: int = NO_KERNEL
    params: np.void | None = None


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """Everything that a backend needs to draw one frame.

    Attributes:
        width, height: the canvas in px; the root surface covers it.
        records: by layout, the layers' parameters as structured arrays that mirror the WGSL `Layer` (None where no op uses it).
        roots: the surfaces that hold the frame (one).
        tables: (rows, 1024) uint32, the tables of gradients whose colours move.
    """

    width: int
    height: int
    surfaces: tuple[SurfaceDesc, ...]
    slots: tuple[SlotDesc, ...]
    ops: tuple[Op, ...]
    records: tuple[npt.NDArray[np.void] | None, ...]
    roots: tuple[SurfaceId, ...]
    tables: npt.NDArray[np.uint32] | None = None
    fingerprint: bytes = field(default=b"")
