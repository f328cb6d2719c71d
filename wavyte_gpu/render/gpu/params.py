"""All parameters of a frame in one buffer: headers, layer records and tile lists at aligned offsets."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.compile.plan import NO_KERNEL, RenderPlan
from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.foundation.rect import SHAPE_TILE
from wavyte_gpu.ops.registry import PARAM_BYTES, PROGRAMS, SHEET, TILE_LAYER
from wavyte_gpu.raster.bin import ShapeTiles
from wavyte_gpu.raster.spans import ShapeSpans
from wavyte_gpu.render.gpu.bins import ShapeBins

__all__ = ["TILE_WINDOW_BYTES", "FrameParams", "FrameShapes", "OpParams", "TileRun"]

TILES_PER_DISPATCH = 65280  # at most 65535 workgroups in x; a multiple of 256, so that the next run is aligned
TILE_WINDOW_BYTES = 4 * TILES_PER_DISPATCH  # a binding with a dynamic offset has one size for all ops

# struct Draw of composite/over and composite/fill: region, origin; origin.z is the pixel that `init` starts with, or where the tiles
# of a shape begin, origin.w their number.
_HEADER = struct.Struct("<6iIi")
_NONE = 0xFFFFFFFF


class TileRun(NamedTuple):
    """Tiles that one dispatch writes: where their list begins in the buffer, and how many."""

    offset: int
    tiles: int


class OpParams(NamedTuple):
    """Where an op's parameters are: the offset of its uniform, and its tile lists (None: the whole region)."""

    offset: int
    tiles: tuple[TileRun, ...] | None


class FrameShapes:
    """The staging copy of the shape texture: the texels of composite/fill, reused by every frame.

    Attributes:
        used: texels to send. end: texels of the GPU's texture, with those that it writes itself.
    """

    def __init__(self, rows: int = 4) -> None:
        self._texels = np.zeros((rows * SHEET, 4), np.uint32)
        self.used = self.end = 0

    @property
    def rows(self) -> int:
        """Rows that the GPU's texture needs."""
        return max(-(-self.end // SHEET), len(self._texels) // SHEET)

    @property
    def view(self) -> npt.NDArray[np.uint32]:
        """(rows, SHEET, 4) uint32: the rows to send (valid until the next call)."""
        return self._texels.reshape(-1, SHEET, 4)[: -(-self.used // SHEET)]

    def begin(self) -> None:
        """Start a frame."""
        self.used = self.end = 0

    def place(self, plan: RenderPlan, bins: ShapeBins) -> dict[int, tuple[int, int]]:
        """Give all shapes of a plan their places; return by op where its tiles begin, and how many they are."""
        places: dict[int, tuple[int, int]] = {}
        unsorted: dict[int, list[ShapeSpans]] = {}
        for op in plan.ops:
            if op.shapes and isinstance(op.shapes[0], ShapeSpans):
                unsorted[op.id] = [shape for shape in op.shapes if isinstance(shape, ShapeSpans)]
            elif op.shapes:
                places[op.id] = self.pack([shape for shape in op.shapes if isinstance(shape, ShapeTiles)])
        firsts, self.end = bins.prepare(list(unsorted.values()), self.used)
        for (op_id, spans), first in zip(unsorted.items(), firsts, strict=True):
            places[op_id] = first, sum([shape.tile_count for shape in spans])
        return places

    def pack(self, shapes: Sequence[ShapeTiles]) -> tuple[int, int]:
        """Write the shapes of an op's layers; return where their tiles begin, and how many they are."""
        sizes = [(len(s.edges), len(s.touching), len(s.codes), len(s.inside), len(s.crowded)) for s in shapes]
        edges, touching, edged, inside, crowded = np.array(sizes).T
        edges_at = self.used
        lists_at = edges_at + 3 * int(edges.sum())
        backdrops_at = lists_at + -(-int(touching.sum()) // 4)
        areas_at = backdrops_at + SHAPE_TILE // 4 * int(edged.sum())
        tiles_at = areas_at + SHAPE_TILE * SHAPE_TILE // 4 * int(crowded.sum())
        inside_at = tiles_at + int(edged.sum())
        crowded_at = inside_at + int(inside.sum())
        end = crowded_at + int(crowded.sum())
        self._reserve(max(end, 1))  # a frame of empty shapes needs a texture, too
        words = self._texels
        _join([s.edges for s in shapes], words[edges_at:lists_at])
        lists = words[lists_at:].reshape(-1)[: int(touching.sum())]
        np.concatenate([s.touching for s in shapes], out=lists)
        lists *= np.uint32(3)
        lists += np.repeat((edges_at + 3 * (np.cumsum(edges) - edges)).astype(np.uint32), touching)
        _join([s.backdrop for s in shapes], words[backdrops_at:areas_at])
        _join([s.areas for s in shapes], words[areas_at:tiles_at])
        layer = np.arange(len(shapes), dtype=np.uint32) << np.uint32(TILE_LAYER)
        first = (4 * lists_at + np.cumsum(touching) - touching).astype(np.uint32)
        tiles = words[tiles_at:inside_at]
        tiles[:, 0] = np.concatenate([s.codes for s in shapes]) | np.repeat(layer, edged)
        tiles[:, 1] = np.concatenate([s.first for s in shapes]) + np.repeat(first, edged)
        tiles[:, 2] = np.concatenate([s.count for s in shapes])
        tiles[:, 3] = np.arange(backdrops_at, areas_at, SHAPE_TILE // 4)
        tiles = words[inside_at:crowded_at]
        tiles[:, 0] = np.concatenate([s.inside for s in shapes]) | np.repeat(layer, inside)
        tiles[:, 1:] = (0, 0, _NONE)
        tiles = words[crowded_at:end]
        tiles[:, 0] = np.concatenate([s.crowded for s in shapes]) | np.repeat(layer, crowded)
        tiles[:, 1:3] = (_NONE, 0)
        tiles[:, 3] = np.arange(areas_at, tiles_at, SHAPE_TILE * SHAPE_TILE // 4)
        return tiles_at, end - tiles_at

    def _reserve(self, end: int) -> None:
        self.used = end
        if end > len(self._texels):
            grown = np.zeros((SHEET << (-(-end // SHEET) - 1).bit_length(), 4), np.uint32)
            grown[: len(self._texels)] = self._texels
            self._texels = grown


def _join(arrays: Sequence[npt.NDArray[Any]], out: npt.NDArray[np.uint32]) -> None:
    """Write the words of arrays one after the other. Joining structured arrays as such takes ten times as long."""
    np.concatenate([array.reshape(-1).view(np.uint32) for array in arrays], out=out.reshape(-1))


class FrameParams:
    """The staging copy of the parameter buffer, reused by every frame.

    Attributes:
        used: bytes to send, after `pack`.
    """

    def __init__(self, alignment: int, capacity: int = 1 << 18) -> None:
        assert alignment & (alignment - 1) == 0
        self._mask = alignment - 1
        self._bytes = np.zeros(capacity, np.uint8)
        self._memory = self._bytes.data
        self.used = 0

    @property
    def capacity(self) -> int:
        """Bytes that the staging array holds; the GPU buffer is as long, plus the windows."""
        return len(self._bytes)

    @property
    def view(self) -> npt.NDArray[np.uint8]:
        """The bytes to send, a multiple of 4 (valid until the next call)."""
        return self._bytes[: self.used]

    def begin(self) -> None:
        """Start a frame."""
        self.used = 0

    def pack(self, plan: RenderPlan, places: dict[int, tuple[int, int]]) -> list[OpParams]:
        """Write the parameters of all ops of a plan and return where they are; `places`: by op, those of its shapes' tiles.

        Raises:
            LimitError: the layers of one op do not fit a uniform binding.
        """
        packed: list[OpParams] = []
        raw = [None if t is None else np.ascontiguousarray(t).view(np.uint8).reshape(-1).data for t in plan.records]
        for op in plan.ops:
            if op.kernel != NO_KERNEL:
                assert op.params is not None
                packed.append(OpParams(self.add(op.params.tobytes()), None))
                continue
            table, records = plan.records[op.layout], raw[op.layout]
            assert table is not None and records is not None
            size = table.dtype.itemsize
            layered = PROGRAMS[op.program].layered
            begin, end = op.first * size, (op.first + op.count) * size
            matrix = b"" if op.matrix is None else op.matrix.tobytes()
            head = _HEADER.size + len(matrix) if layered else 0
            if head + end - begin > PARAM_BYTES:
                raise LimitError(f"{op.count} layers in one op need more than {PARAM_BYTES} bytes of parameters")
            at = self._reserve(head + end - begin)
            if layered:
                bounds = plan.surfaces[op.output].bounds
                third, fourth = places.get(op.id, (op.init_pixel, 0))
                _HEADER.pack_into(self._memory, at, *op.region, bounds[0], bounds[1], third, fourth)
                self._memory[at + _HEADER.size : at + head] = matrix
            self._memory[at + head : at + head + end - begin] = records[begin:end]
            packed.append(OpParams(at, None if op.tiles is None else self._tiles(op.tiles)))
        return packed

    def add(self, data: bytes) -> int:
        """Write one more block, as the output kernel's parameters; return its offset."""
        at = self._reserve(len(data))
        self._memory[at : at + len(data)] = data
        return at

    def _tiles(self, tiles: npt.NDArray[np.uint32]) -> tuple[TileRun, ...]:
        runs = []
        for first in range(0, len(tiles), TILES_PER_DISPATCH):
            part = np.ascontiguousarray(tiles[first : first + TILES_PER_DISPATCH], np.uint32).view(np.uint8)
            at = self._reserve(len(part))
            self._bytes[at : at + len(part)] = part
            runs.append(TileRun(at, len(part) // 4))
        return tuple(runs)

    def _reserve(self, size: int) -> int:
        at = (self.used + self._mask) & ~self._mask
        self.used = (at + size + 3) & ~3
        if self.used > len(self._bytes):
            grown = np.zeros(max(2 * len(self._bytes), 1 << (self.used - 1).bit_length()), np.uint8)
            grown[:at] = self._bytes[:at]
            self._bytes = grown
            self._memory = grown.data
        return at
