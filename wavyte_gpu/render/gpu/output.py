"""Planes for encoders on the GPU: the output kernel reads the root surface and writes a storage buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wavyte_gpu.compile.plan import RenderPlan
from wavyte_gpu.ops.planes import plane_bytes, plane_params
from wavyte_gpu.ops.registry import PARAM_BYTES, PlaneForm
from wavyte_gpu.render.gpu.params import FrameParams
from wavyte_gpu.render.gpu.pool import Texture

if TYPE_CHECKING:
    from wavyte_gpu.render.gpu.device import Device

__all__ = ["PlaneOutput"]

_COPY_SRC, _STORAGE = 4, 128  # GPUBufferUsage


class PlaneOutput:
    """The output buffer and the one bind group that it needs, kept between frames."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._group: Any = None
        self._group_of: tuple[int, PlaneForm] | None = None
        self._offset = 0
        self._params = b""
        self._params_of: tuple[PlaneForm, int, int, int] | None = None
        self.buffer: Any = None
        self.held_bytes = 0
        self.buffers_created = 0
        self.bind_groups_created = 0

    def prepare(self, params: FrameParams, plan: RenderPlan, form: PlaneForm, background: int) -> None:
        """Write the kernel's parameters, and make sure that the buffer is large enough."""
        key = form, plan.width, plan.height, background
        if key != self._params_of:
            self._params_of = key
            self._params = plane_params(form, plan.width, plan.height, color=background).tobytes()
        self._offset = params.add(self._params)
        need = plane_bytes(form, plan.width, plan.height)
        if need > self.held_bytes:
            self.close()
            self.buffer = self._device.wgpu.create_buffer(size=need, usage=_STORAGE | _COPY_SRC)
            self.held_bytes = need
            self.buffers_created += 1

    def record(
        self, compute: Any, param_buffer: Any, root: Texture, plan: RenderPlan, form: PlaneForm, background: int
    ) -> None:
        """Record the dispatch."""
        kernel = self._device.pipelines.planes(form, background)
        if self._group_of != (root.id, form):
            resources: dict[str, Any] = {
                "params": {"buffer": param_buffer, "offset": 0, "size": PARAM_BYTES},
                "quads": {"buffer": self.buffer, "offset": 0, "size": self.held_bytes},
                "image": root.view,
            }
            self._group = self._device.wgpu.create_bind_group(
                layout=kernel.layout,
                entries=[{"binding": b.binding, "resource": resources[b.name]} for b in kernel.bindings],
            )
            self._group_of = root.id, form
            self.bind_groups_created += 1
        compute.set_pipeline(kernel.pipeline)
        compute.set_bind_group(0, self._group, (self._offset,))
        compute.dispatch_workgroups(-(-plan.width // kernel.pixels[0]), -(-plan.height // kernel.pixels[1]))

    def forget(self) -> None:
        """Drop the bind group: what it binds is gone."""
        self._group = self._group_of = None

    def close(self) -> None:
        """Destroy the buffer."""
        self.forget()
        if self.buffer is not None:
            self.buffer.destroy()
        self.buffer, self.held_bytes = None, 0
