"""Run one kernel on the adapter, for comparison with its twin. Surfaces are (H, W) uint32."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import wgpu

from wavyte_gpu.ops import reflect, registry
from wavyte_gpu.ops.source import join

FEATURES = ["texture-adapter-specific-format-features"]
LIMITS = {"max-texture-dimension-2d": 8192}
FORMATS = {np.dtype(np.uint32): "r32uint", np.dtype(np.uint16): "r16uint", np.dtype(np.uint8): "r8uint"}

Array = npt.NDArray[Any]


@cache
def device() -> wgpu.GPUDevice:
    """Return the one device of the test session, and print its adapter's name."""
    wgpu.gpu.enumerate_adapters_sync()
    adapter = wgpu.gpu.request_adapter_sync(power_preference="high-performance")
    assert adapter is not None, "no GPU adapter"
    name = adapter.info["device"]
    assert name, "the adapter has no name"
    print(f"adapter: {name} ({adapter.info['backend_type']}, {adapter.info['adapter_type']})", file=sys.stderr)
    features = FEATURES + (["timestamp-query"] if "timestamp-query" in adapter.features else [])
    return adapter.request_device_sync(required_features=features, required_limits=LIMITS)


@cache
def pipeline(code: str) -> tuple[wgpu.GPUComputePipeline, wgpu.GPUBindGroupLayout]:
    """Compile a kernel; the layout comes from reflection of the same text."""
    entries = []
    for b in reflect.bindings(code):
        entry: dict[str, Any] = {"binding": b.binding, "visibility": wgpu.ShaderStage.COMPUTE}
        if b.space == "uniform":
            entry["buffer"] = {"type": "uniform"}
        elif b.space == "storage":
            entry["buffer"] = {"type": "read-only-storage" if b.access == "read" else "storage"}
        elif b.type.startswith("texture_storage_2d"):
            access = {"read": "read-only", "write": "write-only", "read_write": "read-write"}
            kind, how = (v.strip() for v in b.type[b.type.index("<") + 1 : -1].split(","))
            entry["storage_texture"] = {"access": access[how], "format": kind, "view_dimension": "2d"}
        else:
            assert b.type == "texture_2d<u32>", b.type
            entry["texture"] = {"sample_type": "uint", "view_dimension": "2d"}
        entries.append(entry)
    layout = device().create_bind_group_layout(entries=entries)
    pipe = device().create_compute_pipeline(
        layout=device().create_pipeline_layout(bind_group_layouts=[layout]),
        compute={"module": device().create_shader_module(code=code), "entry_point": "main"},
    )
    return pipe, layout


def upload(pixels: Array) -> wgpu.GPUTexture:
    """Return a texture that holds (H, W) uint8, uint16 or uint32 texels."""
    h, w = pixels.shape
    usage = wgpu.TextureUsage.COPY_DST
    if pixels.dtype == np.uint32:
        usage |= wgpu.TextureUsage.STORAGE_BINDING | wgpu.TextureUsage.COPY_SRC
    else:
        usage |= wgpu.TextureUsage.TEXTURE_BINDING
    texture = device().create_texture(size=(w, h, 1), format=FORMATS[pixels.dtype], usage=usage)
    layout = {"bytes_per_row": w * pixels.dtype.itemsize, "rows_per_image": h}
    device().queue.write_texture({"texture": texture}, np.ascontiguousarray(pixels), layout, (w, h, 1))
    return texture


def download(texture: wgpu.GPUTexture) -> npt.NDArray[np.uint32]:
    """Return the texels of a 32-bit texture."""
    w, h = texture.size[:2]
    data = device().queue.read_texture({"texture": texture}, {"bytes_per_row": w * 4, "rows_per_image": h}, (w, h, 1))
    return np.frombuffer(data, np.uint32).reshape(h, w)


def bind(code: str, resources: Mapping[str, Any]) -> wgpu.GPUBindGroup:
    """Return the bind group of a kernel. `resources` by the names in the WGSL: textures, buffers or arrays."""
    entries = []
    for b in reflect.bindings(code):
        value = resources[b.name]
        if isinstance(value, wgpu.GPUTexture):
            entries.append({"binding": b.binding, "resource": value.create_view()})
            continue
        if not isinstance(value, wgpu.GPUBuffer):
            usage = wgpu.BufferUsage.UNIFORM if b.space == "uniform" else wgpu.BufferUsage.STORAGE
            value = device().create_buffer_with_data(data=np.ascontiguousarray(value), usage=usage)
        entries.append({"binding": b.binding, "resource": {"buffer": value, "offset": 0, "size": value.size}})
    return device().create_bind_group(layout=pipeline(code)[1], entries=entries)


def dispatch(code: str, resources: Mapping[str, Any], groups: tuple[int, int, int]) -> None:
    """Run a kernel on the resources that `bind` takes."""
    encoder = device().create_command_encoder()
    run = encoder.begin_compute_pass()
    run.set_pipeline(pipeline(code)[0])
    run.set_bind_group(0, bind(code, resources))
    run.dispatch_workgroups(*groups)
    run.end()
    device().queue.submit([encoder.finish()])


def over_code(program: int, blend: int, edge_variant: int, layers: int, init: bool, full: bool, tiles: bool) -> str:
    """Return the WGSL of composite/over for a draw kind; with `tiles` for one of the layers a tile."""
    values = registry.over_values(
        layers=layers, edge_variant=edge_variant, blend=blend, init=init, full=full, tiles=layers if tiles else 0
    )
    return join("composite/over", values, f"draw/{registry.PROGRAMS[program].name}")


def draw_header(region: tuple[int, int, int, int], origin: tuple[int, int], pixel: int = 0) -> Array:
    """Return the header record of composite/over, a zero-dimensional array."""
    header = np.zeros((), reflect.draw_header_dtype())
    header["region"] = region
    header["origin"][:2] = origin
    header["origin"][2:3].view(np.uint32)[0] = pixel
    return header


def run_over(
    dest: Array,
    header: Array,
    layers: Array,
    program: int,
    blend: int,
    init: bool,
    full: bool,
    image: Array | None,
    tiles: Array | None = None,
) -> npt.NDArray[np.uint32]:
    """Return what composite/over makes of `dest`; the arguments are those of the twin, and a tile list."""
    names = layers.dtype.names or ()
    edges = layers.dtype["edges"].shape[0] if "edges" in names else 0
    variant = registry.EDGE_COUNTS.index(edges)
    code = over_code(program, blend, variant, len(layers), init, full, tiles is not None)
    uniform = np.frombuffer(header.tobytes() + layers.tobytes(), np.uint8)
    target = upload(dest)
    resources: dict[str, Any] = {"draw": uniform, "dest": target}
    if image is not None:
        resources["image"] = upload(image)
    x0, y0, x1, y1 = (int(v) for v in header["region"])
    if tiles is not None:
        resources["tiles"] = tiles.astype(np.uint32)
        groups = (len(tiles), 1, 1)
    else:
        groups = (-(-(x1 - x0) // registry.WIDTH), -(-(y1 - y0) // registry.ROWS), 1)
    dispatch(code, resources, groups)
    return download(target)
