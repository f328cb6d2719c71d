"""Parts of surfaces that start as one pixel: copied from a buffer, which a software driver does many times faster than a kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wavyte_gpu.compile.plan import NO_KERNEL, Op, RenderPlan
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.render.gpu.pool import Texture

if TYPE_CHECKING:
    from wavyte_gpu.render.gpu.device import Device

__all__ = ["Clears"]

_COPY_SRC, _COPY_DST = 4, 8  # GPUBufferUsage
_WORDS = 1 << 20  # of a buffer: as many rows of a part as it holds are copied at once
_PITCH = 64  # rows of a copy begin at multiples of so many words
_MOST_PIXELS = 4  # buffers that are kept, each full of one pixel


class Clears:
    """Buffers of equal pixels, kept between frames."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._buffers: dict[int, Any] = {}
        self.buffers_created = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of the buffers."""
        return 4 * _WORDS * len(self._buffers)

    def record(self, encoder: Any, plan: RenderPlan, slots: list[Texture]) -> set[int]:
        """Record copies for the ops that only start a part of a surface, before all others; return the ids of these ops.

        An op that comes after another one that uses its texture has to wait for it: it stays a dispatch.
        """
        used: set[int] = set()
        cleared: set[int] = set()
        for op in plan.ops:
            slot = plan.surfaces[op.output].slot
            if slot not in used and _only_starts(op, plan):
                bounds = plan.surfaces[op.output].bounds
                self._copy(encoder, slots[slot], op.init_pixel, op.region, bounds)
                cleared.add(op.id)
                continue
            used.add(slot)
            used.update(plan.surfaces[surface].slot for surface in op.inputs)
        return cleared

    def close(self) -> None:
        """Destroy the buffers."""
        for buffer in self._buffers.values():
            buffer.destroy()
        self._buffers.clear()

    def _copy(self, encoder: Any, texture: Texture, pixel: int, region: Rect, bounds: Rect) -> None:
        pitch = -(-region.width // _PITCH) * _PITCH
        rows = _WORDS // pitch
        source = {"buffer": self._buffer(pixel), "offset": 0, "bytes_per_row": 4 * pitch, "rows_per_image": rows}
        for y in range(region.y0, region.y1, rows):
            origin = (region.x0 - bounds.x0, y - bounds.y0, 0)
            size = (region.width, min(rows, region.y1 - y), 1)
            encoder.copy_buffer_to_texture(source, {"texture": texture.wgpu, "origin": origin}, size)

    def _buffer(self, pixel: int) -> Any:
        buffer = self._buffers.get(pixel)
        if buffer is None:
            if len(self._buffers) >= _MOST_PIXELS:
                self._buffers.pop(next(iter(self._buffers))).destroy()
            buffer = self._device.wgpu.create_buffer(size=4 * _WORDS, usage=_COPY_SRC | _COPY_DST)
            if pixel:
                self._device.queue.write_buffer(buffer, 0, np.full(_WORDS, pixel, np.uint32))
            self._buffers[pixel] = buffer
            self.buffers_created += 1
        return buffer


def _only_starts(op: Op, plan: RenderPlan) -> bool:
    """Tell whether an op gives all of its region the pixel that it starts with, and draws nothing."""
    if not op.init or op.count != 1 or op.kernel != NO_KERNEL or op.video is not None:
        return False
    records = plan.records[op.layout]
    return records is not None and not records["weight"][op.first, 0]
