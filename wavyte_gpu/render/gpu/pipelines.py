"""Kernels, compiled once per signature and device. Bind-group layouts are read from the WGSL, never written twice."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from wavyte_gpu.compile.plan import Op
from wavyte_gpu.foundation.enums import PixelFormat
from wavyte_gpu.ops.reflect import Binding, bindings, most_layers, pass_code, workgroup_size
from wavyte_gpu.ops.registry import (
    EDGE_COUNTS,
    PROGRAMS,
    ROWS,
    PlaneForm,
    bin_values,
    fill_values,
    over_values,
    pass_kernel,
    pass_values,
    plane_values,
)
from wavyte_gpu.ops.source import join
from wavyte_gpu.ops.video_words import video_values

if TYPE_CHECKING:
    from wavyte_gpu.render.gpu.device import Device

__all__ = ["FillSignature", "Kernel", "Pipelines", "Signature", "signature_of"]

_STORAGE_TEXTURE = re.compile(r"texture_storage_2d<\s*(\w+)\s*,\s*(\w+)\s*>")
_ACCESS = {"read": "read-only", "write": "write-only", "read_write": "read-write"}
_COMPUTE = 4  # GPUShaderStage.COMPUTE


_Key = tuple[object, ...]


class Signature(NamedTuple):
    """What a kernel of composite/over is specialised for."""

    program: int
    blend: int
    layers: int
    edge_variant: int
    init: bool
    full: bool
    tiles: bool
    matrix: bool


class FillSignature(NamedTuple):
    """What a kernel of composite/fill is specialised for."""

    program: int
    blend: int
    even_odd: bool
    matrix: bool
    linked: bool


def signature_of(op: Op) -> Signature:
    """Return the kernel that an op runs on."""
    return Signature(
        op.program,
        op.blend,
        1 if op.tiles is not None else op.count,
        op.layout % len(EDGE_COUNTS),
        op.init,
        op.full,
        op.tiles is not None,
        op.matrix is not None,
    )


class Kernel(NamedTuple):
    """A compiled kernel.

    Attributes:
        layout: the bind-group layout; equal binding lists share one. layout_id: a number that names it in cache keys.
        bindings: the resources to bind. Uniforms and read-only storage take a dynamic offset each, in their order.
        pixels: width and height in px of what one workgroup writes, for kernels without a tile list.
    """

    pipeline: Any
    layout: Any
    layout_id: int
    bindings: tuple[Binding, ...]
    pixels: tuple[int, int]


class Pipelines:
    """The kernels of one device. Thread-safe."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._lock = threading.RLock()
        self._kernels: dict[_Key, Kernel] = {}
        self._layouts: dict[tuple[Binding, ...], tuple[int, Any, Any]] = {}
        self.modules_created = 0

    def draw(self, signature: Signature) -> Kernel:
        """Return the kernel of composite/over with a signature, compiling it at first use."""
        kernel = self._kernels.get(signature)
        if kernel is None:
            values = over_values(
                layers=signature.layers,
                edge_variant=signature.edge_variant,
                blend=signature.blend,
                init=signature.init,
                full=signature.full,
                tiles=most_layers(signature.program, signature.edge_variant) if signature.tiles else 0,
                matrix=signature.matrix,
            )
            kernel = self._compile(signature, "composite/over", values, f"draw/{PROGRAMS[signature.program].name}")
        return kernel

    def fill(self, signature: FillSignature) -> Kernel:
        """Return the kernel of composite/fill with a signature, compiling it at first use."""
        key = ("fill", *signature)
        kernel = self._kernels.get(key)
        if kernel is None:
            values = fill_values(
                blend=signature.blend,
                even_odd=signature.even_odd,
                count=most_layers(signature.program, 0),
                matrix=signature.matrix,
                linked=signature.linked,
            )
            kernel = self._compile(key, "composite/fill", values, f"draw/{PROGRAMS[signature.program].name}")
            for stage in ("edges", "tiles"):  # what moves will need them, in the midst of its way
                self.bin(stage)
        return kernel

    def bin(self, stage: str) -> Kernel:
        """Return the kernel of shapes/edges or shapes/tiles, compiling it at first use."""
        key = "shapes", stage
        return self._kernels.get(key) or self._compile(key, f"shapes/{stage}", bin_values(stage), None)

    def video(self, record: Any) -> Kernel:
        """Return the kernel that converts frames as `record`, of draw/video, says."""
        values = video_values(record)
        key = "draw/video", *values.values()
        found = self._kernels.get(key)
        if found is None:
            found = self._compile(key, "draw/video", values, None, lane=(1, int(values["ROWS"])))
        return found

    def planes(self, form: PlaneForm, color: int) -> Kernel:
        """Return the kernel of output/planes for a form and what it is flattened on, compiling it at first use."""
        values = plane_values(form, color)
        key = "output/planes", *values.values()
        return self._kernels.get(key) or self._compile(key, "output/planes", values, None, lane=form.lane)

    def pass_(self, kernel: int, output: PixelFormat, inputs: tuple[PixelFormat, ...]) -> Kernel:
        """Return a pass kernel between surfaces of these formats, compiling it at first use."""
        key = ("pass", kernel, output, *inputs)
        found = self._kernels.get(key)
        if found is None:
            k = pass_kernel(kernel)
            code = pass_code(kernel)
            found = self._compile(key, f"passes/{k.name}", pass_values(k, output, inputs), None, code, k.lane)
        return found

    def clear(self) -> None:
        """Forget all kernels."""
        with self._lock:
            self._kernels.clear()
            self._layouts.clear()

    def __len__(self) -> int:
        return len(self._kernels)

    def _compile(
        self,
        key: _Key,
        shader: str,
        values: Mapping[str, int | str],
        source: str | None,
        text: str = "",
        lane: tuple[int, int] = (1, ROWS),
    ) -> Kernel:
        from wavyte_gpu.render.gpu.device import gpu_errors

        with self._lock:
            if key in self._kernels:
                return self._kernels[key]
            code = join(shader, values, source, text)
            with gpu_errors(f"compiling {shader} {source or ''}"):
                device = self._device.wgpu
                module = device.create_shader_module(label=shader, code=code)
                declared = bindings(code)
                layout_id, layout, pipeline_layout = self._layout(declared)
                pipeline = device.create_compute_pipeline(
                    label=shader, layout=pipeline_layout, compute={"module": module, "entry_point": "main"}
                )
            self.modules_created += 1
            across, down, _ = workgroup_size(code)
            kernel = Kernel(pipeline, layout, layout_id, declared, (across * lane[0], down * lane[1]))
            self._kernels[key] = kernel
            return kernel

    def _layout(self, declared: tuple[Binding, ...]) -> tuple[int, Any, Any]:
        key = tuple(b._replace(type="" if b.space else b.type) for b in declared)
        if key not in self._layouts:
            device = self._device.wgpu
            layout = device.create_bind_group_layout(entries=[_entry(b) for b in declared])
            self._layouts[key] = len(self._layouts), layout, device.create_pipeline_layout(bind_group_layouts=[layout])
        return self._layouts[key]


def _dynamic(b: Binding) -> bool:
    """Tell whether a resource lives in the parameter buffer: uniforms and read-only storage."""
    return b.space == "uniform" or (b.space == "storage" and b.access == "read")


def _entry(b: Binding) -> dict[str, Any]:
    assert b.group == 0
    entry: dict[str, Any] = {"binding": b.binding, "visibility": _COMPUTE}
    if b.space == "uniform":
        entry["buffer"] = {"type": "uniform", "has_dynamic_offset": True}
    elif b.space == "storage":
        kind = "read-only-storage" if b.access == "read" else "storage"
        entry["buffer"] = {"type": kind, "has_dynamic_offset": _dynamic(b)}
    elif match := _STORAGE_TEXTURE.fullmatch(b.type):
        entry["storage_texture"] = {"access": _ACCESS[match[2]], "format": match[1], "view_dimension": "2d"}
    else:
        assert b.type == "texture_2d<u32>", f"no layout for {b.type}"
        entry["texture"] = {"sample_type": "uint", "view_dimension": "2d", "multisampled": False}
    return entry
