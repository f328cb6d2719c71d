"""What a backend is: plans in, frames out. The GPU and the reference backend share it and give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.compile.plan import RenderPlan
from wavyte_gpu.ops.planes import Planes
from wavyte_gpu.ops.registry import PlaneForm

__all__ = [
    "DEFAULT_POOL_BYTES",
    "RGBA",
    "AdapterInfo",
    "AssetPages",
    "Backend",
    "Done",
    "FrameBytes",
    "OutputRequest",
    "Pending",
    "Pixels",
    "Timings",
]

DEFAULT_POOL_BYTES = 512 << 20

Pixels = npt.NDArray[np.uint32]
"""(H, W) uint32: one premultiplied, sRGB-encoded RGBA8 pixel each, R in bits 0..7."""


class AdapterInfo(NamedTuple):
    """Which device draws, in words.

    Attributes:
        number: position in the list that `wavyte doctor` prints.
        api: "Vulkan", "Metal", "D3D12" or "OpenGL".
        kind: "DiscreteGPU", "IntegratedGPU", "CPU" or "Unknown".
        software: True when a CPU does the work.
    """

    number: int
    name: str
    driver: str
    api: str
    kind: str
    software: bool

    def __str__(self) -> str:
        return f"{self.name} ({self.api}, {self.driver or 'driver unknown'}{', software' if self.software else ''})"


class OutputRequest(NamedTuple):
    """Which forms of a frame to give back.

    Attributes:
        planes: the form of planes, None for none. background: the opaque packed pixel that forms without alpha flatten on.
    """

    rgba: bool = True
    planes: PlaneForm | None = None
    background: int = 0xFF000000


RGBA = OutputRequest()


class Timings(NamedTuple):
    """Milliseconds of one frame.

    Attributes:
        record_ms: to turn the plan into commands; on the reference backend to execute it.
        gpu_ms: that the device worked; None unless the backend traces.
        readback_ms: to copy the finished frame out.
        submit_ms: to hand the commands over; while earlier frames are drawn this waits for them.
    """

    record_ms: float = 0.0
    gpu_ms: float | None = None
    readback_ms: float = 0.0
    submit_ms: float = 0.0


class FrameBytes(NamedTuple):
    """One finished frame. The arrays are copies that belong to the caller.

    Attributes:
        rgba: (H, W) uint32, premultiplied, C-contiguous, or None when not asked for.
        planes: in the form that was asked for; None without one, or where no buffer of the device holds them.
    """

    rgba: Pixels | None
    planes: Planes | None
    timings: Timings = Timings()


class Pending(Protocol):
    """A frame under way."""

    def result(self) -> FrameBytes:
        """Wait for the frame and return it; later calls return the same object. Any thread may call.

        Raises:
            DeviceError: the device was lost or does not answer.
        """
        ...


class Done:
    """A frame that is finished already."""

    __slots__ = ("_frame",)

    def __init__(self, frame: FrameBytes) -> None:
        self._frame = frame

    def result(self) -> FrameBytes:
        """Return the frame."""
        return self._frame


class AssetPages(Protocol):
    """What backends read of the asset store.

    Attributes:
        pages: one (H, W) uint32 array per page of packed images.
        page_sizes: the (width, height) of each page.
        uploads: append-only: the rectangles (page, x, y, width, height) that were filled; each backend keeps a cursor.
    """

    @property
    def pages(self) -> Sequence[Pixels]: ...
    @property
    def page_sizes(self) -> Sequence[tuple[int, int]]: ...
    @property
    def uploads(self) -> Sequence[tuple[int, int, int, int, int]]: ...

    def planes(self, asset: int, frame: int) -> Sequence[npt.NDArray[np.unsignedinteger]]:
        """Return the planes Y, U, V, and A where it has alpha, of frame `frame` (presentation order) of video `asset`.

        They are 2-D uint8, or uint16 for more than 8 bits.
        """
        ...


class Backend(Protocol):
    """Executes plans. Frames may be submitted from any thread; each result is what the plan alone determines."""

    name: str
    adapter: AdapterInfo | None

    def submit(self, plan: RenderPlan, request: OutputRequest = RGBA) -> Pending:
        """Start a frame.

        Raises:
            LimitError: the plan needs more than the pool or the device has.
            DeviceError: the device failed, or the backend is closed.
        """
        ...

    def trace(self, plan: RenderPlan) -> Iterator[tuple[int, Pixels]]:
        """Execute a plan op by op, for `wavyte verify`: yield each op's index and its output surface right after it.

        A surface is cleared to 0 before its first op, so that texels that nobody wrote compare equal on all backends.
        Until the iterator is finished or closed the same thread submits nothing to this backend; other threads wait.
        """
        ...

    def counters(self) -> dict[str, int]:
        """Return counts of what was created so far and the bytes that are held, by name."""
        ...

    def forget_assets(self) -> None:
        """Read pages and video planes anew from the store, whose assets were replaced. No frame may be under way."""
        ...

    def close(self) -> None:
        """Release everything; unfinished frames are finished first. A second call does nothing."""
        ...
