"""Shapes that the GPU sorts into tiles: their spans in one buffer, two dispatches, and what these write copied into the shapes' texture.

The dispatches write buffers, since software drivers take many times as long to store into a texture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.rect import SHAPE_TILE
from wavyte_gpu.ops.registry import BIN_WORDS, SHEET, TILE_LAYER
from wavyte_gpu.ops.shapes.layout import HEAD_WORDS, SHAPE_WORDS, Head
from wavyte_gpu.raster.spans import ShapeSpans
from wavyte_gpu.render.gpu.pool import Texture

if TYPE_CHECKING:
    from wavyte_gpu.render.gpu.device import Device

__all__ = ["ShapeBins"]

_COPY_SRC, _COPY_DST, _STORAGE = 4, 8, 128  # GPUBufferUsage
_TEXEL = 16  # bytes
_NODE = 8


class ShapeBins:
    """The buffers of shapes/edges and shapes/tiles, kept between frames.

    Attributes:
        input: int32, the words to send.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._staging = np.zeros(0, np.int32)
        self.input = self._staging
        self._edges = self._rows = 0  # of the frame
        self._needs: dict[str, int] = {}  # bytes of the buffers
        self._sheet_rows = 0, 0  # the first one that is made, and how many are
        self._buffers: dict[str, Any] = {}
        self._bytes: dict[str, int] = {}
        self._groups: dict[str, Any] = {}
        self.buffers_created = 0
        self.bind_groups_created = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of the buffers."""
        return sum(self._bytes.values())

    @property
    def nodes(self) -> Any:
        """The entries of lists, once there are any."""
        return self._buffers.get("nodes")

    def prepare(self, ops: Sequence[Sequence[ShapeSpans]], begin: int) -> tuple[list[int], int]:
        """Take the shapes of a frame, a sequence an op, and give their texels places in the sheet, in whole rows from `begin` on.

        Returns:
            where the tiles of each op begin, and the end of all texels.
        """
        shapes = [shape for op in ops for shape in op]
        counts = [s.count for s in shapes]
        self._edges = sum(counts)
        self._rows = sum([s.rows for s in shapes])
        if not shapes:
            return [], begin
        cells = np.array([s.tile_count for s in shapes])
        rows = np.array([s.rows for s in shapes])
        cell, row = np.cumsum(cells) - cells, np.cumsum(rows) - rows
        rows_at = HEAD_WORDS + SHAPE_WORDS * len(shapes)
        owners_at = rows_at + self._rows
        spans_at = owners_at + self._edges
        first_row = -(-begin // SHEET)
        tiles_at = 3 * self._edges
        backdrops_at = tiles_at + int(cells.sum())
        texels = backdrops_at + SHAPE_TILE // 4 * int(cells.sum())
        words = self._room(spans_at + 4 * self._edges)
        words[:HEAD_WORDS] = Head(
            self._edges, self._rows, rows_at, owners_at, spans_at, first_row * SHEET, tiles_at, backdrops_at
        )
        table = words[HEAD_WORDS:rows_at].reshape(-1, SHAPE_WORDS)
        facts = [(s.region.x0, s.region.y0, s.columns, s.rows, s.even_odd) for s in shapes]
        table[:, (0, 1, 2, 3, 7)] = np.fromiter(chain.from_iterable(facts), np.int32, 5 * len(shapes)).reshape(-1, 5)
        table[:, 4], table[:, 5] = cell, row
        layers = np.concatenate([np.arange(len(op), dtype=np.uint32) for op in ops]) << np.uint32(TILE_LAYER)
        table[:, 6] = layers.view(np.int32)
        numbers = np.arange(len(shapes), dtype=np.int32)
        words[rows_at:owners_at] = np.repeat(numbers, rows)
        words[owners_at:spans_at] = np.repeat(numbers, counts)
        np.concatenate([s.spans for s in shapes], axis=1, out=words[spans_at:].reshape(4, -1))
        self._sheet_rows = first_row, -(-texels // SHEET)
        entries = 1 + self._edges + sum([s.entries for s in shapes])
        self._needs = {
            "input": self.input.nbytes,
            "bins": 4 + 4 * BIN_WORDS * int(cells.sum()),
            "made": _TEXEL * SHEET * self._sheet_rows[1],
            "nodes": _NODE * entries,
        }
        firsts = np.append(cell, 0)[np.cumsum([0, *map(len, ops)])[:-1]]
        return (first_row * SHEET + tiles_at + firsts).tolist(), first_row * SHEET + texels

    def _room(self, words: int) -> npt.NDArray[np.int32]:
        """Return so many words of the staging array, which grows and stays."""
        if words > len(self._staging):
            self._staging = np.empty(1 << (words - 1).bit_length(), np.int32)
        self.input = self._staging[:words]
        return self.input

    @property
    def used(self) -> bool:
        """Whether the frame has shapes to sort."""
        return self._rows > 0

    def upload(self) -> bool:
        """Send the spans. Return whether a buffer was made: they grow with what they hold."""
        made = self.buffers_created
        for name, size in self._needs.items():
            self._reserve(name, size)
        self._device.queue.write_buffer(self._buffers["input"], 0, self.input)
        return self.buffers_created > made

    def record(self, encoder: Any, begin_pass: Callable[[], Any], sheet: Texture) -> int:
        """Record the dispatches that make the lists and tiles, and the copy into the sheet; return how many they are."""
        encoder.clear_buffer(self._buffers["bins"], 0, self._needs["bins"])
        compute = begin_pass()
        for stage, lanes in (("edges", self._edges), ("tiles", self._rows)):
            kernel = self._device.pipelines.bin(stage)
            if stage not in self._groups:
                entries: list[dict[str, Any]] = []
                for binding in kernel.bindings:
                    whole = {"buffer": self._buffers[binding.name], "offset": 0, "size": self._bytes[binding.name]}
                    entries.append({"binding": binding.binding, "resource": whole})
                self._groups[stage] = self._device.wgpu.create_bind_group(layout=kernel.layout, entries=entries)
                self.bind_groups_created += 1
            compute.set_pipeline(kernel.pipeline)
            compute.set_bind_group(0, self._groups[stage], (0,))
            compute.dispatch_workgroups(max(-(-lanes // kernel.pixels[0]), 1))
        compute.end()
        first, rows = self._sheet_rows
        source = {"buffer": self._buffers["made"], "offset": 0, "bytes_per_row": _TEXEL * SHEET, "rows_per_image": rows}
        encoder.copy_buffer_to_texture(source, {"texture": sheet.wgpu, "origin": (0, first, 0)}, (SHEET, rows, 1))
        return 2

    def close(self) -> None:
        """Destroy the buffers."""
        self._groups.clear()
        for buffer in self._buffers.values():
            buffer.destroy()
        self._buffers.clear()
        self._bytes.clear()
        self._rows = 0

    def _reserve(self, name: str, size: int) -> None:
        if size <= self._bytes.get(name, 0):
            return
        self._groups.clear()
        if name in self._buffers:
            self._buffers[name].destroy()
        self._bytes[name] = 1 << (size - 1).bit_length()
        usage = _STORAGE | _COPY_SRC | _COPY_DST
        self._buffers[name] = self._device.wgpu.create_buffer(size=self._bytes[name], usage=usage)
        self.buffers_created += 1
