"""Frames on their way back: a ring of staging buffers that are mapped while later frames are drawn."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.errors import DeviceError
from wavyte_gpu.ops.planes import Planes, plane_bytes, split_planes
from wavyte_gpu.ops.registry import PlaneForm
from wavyte_gpu.render.backend import FrameBytes, Timings
from wavyte_gpu.render.gpu.device import gpu_errors

if TYPE_CHECKING:
    from wavyte_gpu.render.gpu.device import Device

__all__ = ["RING_SIZE", "FrameLayout", "GpuPending", "ReadbackRing", "StagingBuffer", "frame_layout"]

RING_SIZE = 3
WAIT_S = 180.0  # for one frame; a device that takes longer is taken for lost
NO_TIMINGS = Timings()
_ROW_ALIGNMENT = 256  # WebGPU: bytes_per_row of a copy from a texture
_MAP_READ, _COPY_DST = 1, 8  # GPUBufferUsage
_TIMESTAMP_BYTES = 16


class FrameLayout(NamedTuple):
    """Where the parts of a frame lie in its staging buffer; a size of 0 means that the part is not there."""

    width: int
    height: int
    row_bytes: int  # of RGBA, padded
    rgba_bytes: int
    form: PlaneForm | None
    planes_offset: int
    planes_bytes: int  # as the kernel lays them out
    time_offset: int
    time_bytes: int

    @property
    def total_bytes(self) -> int:
        """The size of the buffer."""
        return max(self.time_offset + self.time_bytes, 16)


def frame_layout(
    width: int, height: int, rgba: bool, form: PlaneForm | None = None, timestamps: bool = False
) -> FrameLayout:
    """Lay out the staging buffer of a canvas of width x height px."""
    row_bytes = _up(width * 4, _ROW_ALIGNMENT)
    rgba_bytes = row_bytes * height if rgba else 0
    planes_bytes = plane_bytes(form, width, height) if form is not None else 0
    time_offset = _up(rgba_bytes + planes_bytes, 16)
    time_bytes = _TIMESTAMP_BYTES if timestamps else 0
    return FrameLayout(width, height, row_bytes, rgba_bytes, form, rgba_bytes, planes_bytes, time_offset, time_bytes)


def _up(n: int, step: int) -> int:
    return -(-n // step) * step


class StagingBuffer:
    """One buffer of the ring, and the frame that it is lent to."""

    __slots__ = ("buffer", "byte_size", "pending")

    def __init__(self) -> None:
        self.buffer: Any = None
        self.byte_size = 0
        self.pending: GpuPending | None = None


class ReadbackRing:
    """Three staging buffers, used in turn. One whose frame nobody has fetched yet is emptied into that frame first."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._slots = [StagingBuffer() for _ in range(RING_SIZE)]
        self._next = 0
        self.buffers_created = 0

    def acquire(self, need_bytes: int) -> StagingBuffer:
        """Return a free buffer of at least `need_bytes`; waits for the oldest frame when all are lent."""
        slot = self._slots[self._next]
        self._next = (self._next + 1) % RING_SIZE
        if slot.pending is not None:
            slot.pending.settle()
        if slot.byte_size < need_bytes:
            for idle in self._slots:  # all at once, so that the third frame creates nothing
                if idle.pending is None and idle.byte_size < need_bytes:
                    self._replace(idle, need_bytes)
        return slot

    def _replace(self, slot: StagingBuffer, byte_size: int) -> None:
        if slot.buffer is not None:
            slot.buffer.destroy()
        slot.buffer = self._device.wgpu.create_buffer(size=_up(byte_size, 4096), usage=_MAP_READ | _COPY_DST)
        slot.byte_size = byte_size
        self.buffers_created += 1

    @property
    def held_bytes(self) -> int:
        """Bytes of the staging buffers."""
        return sum(slot.byte_size for slot in self._slots)

    def settle_all(self) -> None:
        """Finish every frame under way; their results stay available."""
        for slot in self._slots:
            if slot.pending is not None:
                slot.pending.settle()

    def close(self) -> None:
        """Finish every frame under way, then destroy the buffers."""
        self.settle_all()
        for slot in self._slots:
            if slot.buffer is not None:
                slot.buffer.destroy()
            slot.buffer, slot.byte_size = None, 0


class GpuPending:
    """A frame that was submitted: its staging buffer is being mapped."""

    def __init__(
        self, slot: StagingBuffer, layout: FrameLayout, period_ns: float = 1.0, timings: Timings = NO_TIMINGS
    ) -> None:
        """Start mapping `slot`, into which the submit before copied a frame; `period_ns` is a timestamp's unit."""
        self._slot: StagingBuffer | None = slot
        self._layout = layout
        self._period_ns = period_ns
        self._timings = timings
        self._lock = threading.Lock()
        self._frame: FrameBytes | None = None
        self._error: DeviceError | None = None
        # The copy was submitted before, and a map waits for it: no need for the extra submit of plain "READ".
        self._promise: Any = slot.buffer.map_async("READ_NOSYNC", 0, _up(layout.total_bytes, 8))
        slot.pending = self

    def result(self) -> FrameBytes:
        """Wait for the frame and return it; see `Pending.result`."""
        self.settle()
        if self._error is not None:
            raise self._error
        assert self._frame is not None
        return self._frame

    def settle(self) -> None:
        """Wait for the frame, copy it out and give the staging buffer back. Errors are kept for `result`."""
        with self._lock:
            slot = self._slot
            if slot is None:
                return
            try:
                with gpu_errors("reading a frame back"):
                    self._frame = self._fetch(slot)
            except DeviceError as error:
                self._error = error
                slot.buffer, slot.byte_size = None, 0  # perhaps still mapped: not to be used again
            # An interrupt passes by here: the frame is still to be fetched then, or to be finished by `close`.
            self._slot = self._promise = None
            slot.pending = None

    def _fetch(self, slot: StagingBuffer) -> FrameBytes:
        if not _wait(self._promise, WAIT_S):
            raise DeviceError(f"the GPU did not finish a frame in {WAIT_S:.0f} s; it is taken for lost")
        start = time.perf_counter()
        lay = self._layout
        mapped = slot.buffer.read_mapped(0, _up(lay.total_bytes, 8), copy=False)
        try:
            rgba: npt.NDArray[np.uint32] | None = None
            planes: Planes | None = None
            gpu_ms: float | None = None
            if lay.rgba_bytes:
                rows = np.frombuffer(mapped, np.uint32, lay.rgba_bytes // 4).reshape(lay.height, lay.row_bytes // 4)
                rgba = rows[:, : lay.width].copy()
                del rows
            if lay.form is not None:
                words = np.frombuffer(mapped, np.uint32, lay.planes_bytes // 4, lay.planes_offset)
                planes = split_planes(words.copy(), lay.form, lay.width, lay.height)
                del words
            if lay.time_bytes:
                begin, end = np.frombuffer(mapped, np.uint64, 2, lay.time_offset).tolist()
                gpu_ms = (end - begin) * self._period_ns / 1e6
        finally:
            del mapped
            slot.buffer.unmap()
        readback_ms = (time.perf_counter() - start) * 1e3
        return FrameBytes(rgba, planes, self._timings._replace(gpu_ms=gpu_ms, readback_ms=readback_ms))


def _wait(promise: Any, timeout_s: float) -> bool:
    """Wait for a wgpu promise; False when it did not settle in time. Raises what the promise was rejected with."""
    event = getattr(promise, "_thread_event", None)  # the promise offers no timeout of its own
    if event is not None and not event.wait(timeout_s):
        return False
    promise.sync_wait()
    return True
