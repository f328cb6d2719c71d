"""NV12 on the GPU: the output kernel reads the root surface and writes a storage buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wavyte_gpu.compile.plan import RenderPlan
from wavyte_gpu.render.gpu.params import FrameParams
from wavyte_gpu.render.gpu.pool import Texture

if TYPE_CHECKING:
    from wavyte_gpu.render.gpu.device import Device

__all__ = ["Nv12Output"]

_COPY_SRC, _STORAGE = 4, 128  # GPUBufferUsage


class Nv12Output:
    """The output buffer and the one bind group that it needs, kept between frames."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._group: Any = None
        self._group_of = -1
        self._offset = 0
        self._size = (0, 0)
        self.buffer: Any = None
        self.held_bytes = 0
        self.buffers_created = 0
        self.bind_groups_created = 0

    def prepare(self, params: FrameParams, plan: RenderPlan, background: int) -> None:
        """Write the kernel's parameters and make sure that the buffer is large enough."""
        raise NotImplementedError

    def record(self, compute: Any, param_buffer: Any, root: Texture) -> None:
        """Record the dispatch."""
        raise NotImplementedError

    def forget(self) -> None:
        """Drop the bind group: what it binds is gone."""
        self._group, self._group_of = None, -1

    def close(self) -> None:
        """Destroy the buffer."""
        self.forget()
        if self.buffer is not None:
            self.buffer.destroy()
        self.buffer, self.held_bytes = None, 0
