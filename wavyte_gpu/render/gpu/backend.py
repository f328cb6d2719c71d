"""The GPU backend: one plan is one submit: a compute pass, after another one where shapes are sorted."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from wavyte_gpu.assets.gradient import TABLE_ENTRIES
from wavyte_gpu.compile.plan import NO_KERNEL, NO_PAGE, TABLES_PAGE, Op, RenderPlan
from wavyte_gpu.foundation.errors import DeviceError
from wavyte_gpu.ops.planes import plane_bytes
from wavyte_gpu.ops.registry import FILL_TILES, PARAM_BYTES, SHEET
from wavyte_gpu.raster.spans import ShapeSpans
from wavyte_gpu.render.backend import DEFAULT_POOL_BYTES, RGBA, AdapterInfo, AssetPages, OutputRequest, Pixels, Timings
from wavyte_gpu.render.gpu.bins import ShapeBins
from wavyte_gpu.render.gpu.clears import Clears
from wavyte_gpu.render.gpu.device import Device, gpu_errors, open_device
from wavyte_gpu.render.gpu.output import PlaneOutput
from wavyte_gpu.render.gpu.params import TILE_WINDOW_BYTES, FrameParams, FrameShapes, OpParams
from wavyte_gpu.render.gpu.pipelines import FillSignature, Kernel, signature_of
from wavyte_gpu.render.gpu.pool import AssetTextures, SurfacePool, Texture, TextureMaker
from wavyte_gpu.render.gpu.readback import FrameLayout, GpuPending, ReadbackRing, StagingBuffer, frame_layout
from wavyte_gpu.render.surfaces import from_words

__all__ = ["GpuBackend"]

_log = logging.getLogger("wavyte_gpu.render")

_FILL_COLUMNS = 32768  # workgroups in x of composite/fill
_BIND_GROUPS = 4096  # kept at most; the oldest go first
# GPUBufferUsage
_COPY_SRC, _COPY_DST, _UNIFORM, _STORAGE, _QUERY_RESOLVE = 4, 8, 64, 128, 512

_GroupKey = tuple[int, ...]  # layout, then the ids of the textures in the order of their bindings


@dataclass(slots=True)
class _Created:
    """What this backend made so far; the pool, the ring and the output count their own."""

    buffers: int = 0
    bind_groups: int = 0
    query_sets: int = 0
    frames: int = 0
    dispatches: int = 0


class GpuBackend:
    """Executes plans on a wgpu device. Thread-safe: frames are recorded one by one, results are fetched in any order."""

    name = "gpu"

    def __init__(
        self,
        store: AssetPages,
        *,
        device: Device | None = None,
        adapter: str | int | None = None,
        require_hardware: bool = False,
        max_pool_bytes: int = DEFAULT_POOL_BYTES,
        trace: bool | None = None,
        alloc_track: bool | None = None,
    ) -> None:
        """Open a device, unless one is given to share, and make a backend that reads assets from `store`.

        Args:
            store: pages and video planes.
            device: a device to use and leave open; `adapter` and `require_hardware` then say nothing.
            adapter: an index in the list of `wavyte doctor`, or a part of a name.
            require_hardware: refuse software adapters.
            max_pool_bytes: most bytes that surfaces may hold (asset pages and video planes not counted).
            trace: measure GPU time; None asks the environment (WAVYTE_TRACE=1).
            alloc_track: log what each frame created; None asks the environment (WAVYTE_ALLOC_TRACK=1).

        Raises:
            DeviceError: no adapter is fit.
        """
        self._device = device if device is not None else open_device(adapter, require_hardware)
        self._owns_device = device is None
        self.adapter: AdapterInfo | None = self._device.info
        self._lock = threading.RLock()
        self._closed = False
        self._params = FrameParams(self._device.offset_alignment)
        self._param_buffer: Any = None
        self._param_room = 0
        self._shapes = FrameShapes()
        self._bins = ShapeBins(self._device)
        self._clears = Clears(self._device)
        self._sheet: Texture | None = None
        self._tables: Texture | None = None
        self._groups: dict[_GroupKey, Any] = {}
        self._maker = TextureMaker(self._device, self._forget)
        self._pool = SurfacePool(self._maker, max_pool_bytes)
        self._assets = AssetTextures(self._maker, store)
        self._ring = ReadbackRing(self._device)
        self._planes = PlaneOutput(self._device)
        self._alloc_track = _flag(alloc_track, "WAVYTE_ALLOC_TRACK")
        self._queries: Any = None
        self._query_buffer: Any = None
        self._created = _Created()
        if _flag(trace, "WAVYTE_TRACE") and self._device.has_timestamps:
            self._queries = self._device.wgpu.create_query_set(type="timestamp", count=2)
            self._query_buffer = self._device.wgpu.create_buffer(size=16, usage=_QUERY_RESOLVE | _COPY_SRC)
            self._created.query_sets += 1
            self._created.buffers += 1

    @property
    def device(self) -> Device:
        """The device, which further backends may share."""
        return self._device

    def submit(self, plan: RenderPlan, request: OutputRequest = RGBA) -> GpuPending:
        """Record and submit a frame; see `Backend.submit`."""
        with self._lock:
            start = time.perf_counter()
            self._check()
            before = self.counters() if self._alloc_track else None
            with gpu_errors("drawing a frame"):
                form = request.planes
                if form is not None and plane_bytes(form, plan.width, plan.height) > self._device.max_storage_bytes:
                    form = None
                layout = frame_layout(plan.width, plan.height, request.rgba, form, self._queries is not None)
                slots = self._pool.acquire(plan)
                self._assets.sync_pages()
                self._params.begin()
                self._shapes.begin()
                packed = self._params.pack(plan, self._shapes.place(plan, self._bins))
                root = slots[plan.surfaces[plan.roots[0]].slot]
                if form is not None:
                    self._planes.prepare(self._params, plan, form, request.background)
                encoder = self._device.wgpu.create_command_encoder()
                self._upload(plan)
                waiting = time.perf_counter()
                staging = self._ring.acquire(layout.total_bytes)
                waited = time.perf_counter() - waiting
                cleared = self._clears.record(encoder, plan, slots)
                self._sort(encoder)
                compute = self._begin_pass(encoder, first=not self._bins.used)
                self._record(compute, plan, packed, slots, {op.id for op in plan.ops} - cleared)
                if form is not None:
                    self._planes.record(compute, self._param_buffer, root, plan, form, request.background)
                compute.end()
                self._copy_out(encoder, plan, layout, root, staging)
                commands = encoder.finish()
                recorded = time.perf_counter()
                self._device.queue.submit([commands])
                submit_ms = (time.perf_counter() - recorded) * 1e3
                timings = Timings(record_ms=(recorded - start - waited) * 1e3, submit_ms=submit_ms)
                self._created.frames += 1
                pending = GpuPending(staging, layout, self._device.timestamp_period_ns, timings)
            if before is not None:
                _log_created(before, self.counters())
            return pending

    def trace(self, plan: RenderPlan) -> Iterator[tuple[int, Pixels]]:
        """Execute a plan op by op, a submit each; see `Backend.trace`."""
        with self._lock:
            self._check()
            with gpu_errors("tracing a frame"):
                slots = self._pool.acquire(plan)
                self._assets.sync_pages()
                self._params.begin()
                self._shapes.begin()
                packed = self._params.pack(plan, self._shapes.place(plan, self._bins))
                encoder = self._device.wgpu.create_command_encoder()
                self._upload(plan)
                self._sort(encoder)
                self._device.queue.submit([encoder.finish()])
            cleared: set[int] = set()
            for index, op in enumerate(plan.ops):
                with gpu_errors(f"tracing op {index}"):
                    bounds, words = plan.surfaces[op.output].bounds, plan.surfaces[op.output].format.words
                    texture = slots[plan.surfaces[op.output].slot]
                    if op.output not in cleared:
                        cleared.add(op.output)
                        texel = np.uint32 if words == 1 else np.uint64
                        self._maker.write(texture, 0, 0, np.zeros((bounds.height, bounds.width), texel), bounds.width)
                    encoder = self._device.wgpu.create_command_encoder()
                    compute = encoder.begin_compute_pass()
                    self._record(compute, plan, packed, slots, {index})
                    compute.end()
                    layout = frame_layout(bounds.width * words, bounds.height, True)
                    staging = self._ring.acquire(layout.total_bytes)
                    _copy_texture(encoder, texture, layout, staging, words=words)
                    self._device.queue.submit([encoder.finish()])
                    pixels = GpuPending(staging, layout).result().rgba
                assert pixels is not None
                yield index, from_words(pixels, plan.surfaces[op.output].format)

    def counters(self) -> dict[str, int]:
        """Return the GPU objects created so far, textures destroyed, and the bytes held, by name."""
        pipelines = self._device.pipelines
        with self._lock:
            return {
                **asdict(self._created),
                "buffers": self._created.buffers
                + self._ring.buffers_created
                + self._planes.buffers_created
                + self._bins.buffers_created
                + self._clears.buffers_created,
                "bind_groups": self._created.bind_groups
                + self._planes.bind_groups_created
                + self._bins.bind_groups_created,
                "textures": self._maker.created,
                "views": self._maker.created,
                "textures_destroyed": self._maker.destroyed,
                "pipelines": len(pipelines),
                "modules": pipelines.modules_created,
                "pool_textures": len(self._pool),
                "pool_bytes": self._pool.held_bytes,
                "page_bytes": self._assets.page_bytes,
                "plane_bytes": self._assets.plane_bytes,
                "buffer_bytes": self._param_room
                + self._ring.held_bytes
                + self._planes.held_bytes
                + self._bins.held_bytes
                + self._clears.held_bytes,
            }

    def forget_assets(self) -> None:
        """Drop the textures of pages and video planes."""
        with self._lock:
            self._assets.clear()

    def close(self) -> None:
        """Finish frames under way, then destroy what was created and, unless it is shared, the device."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._ring.close()
            self._groups.clear()
            self._planes.close()
            self._bins.close()
            self._clears.close()
            self._assets.clear()
            self._pool.clear()
            for buffer in (self._param_buffer, self._query_buffer):
                if buffer is not None:
                    buffer.destroy()
            self._param_buffer = self._query_buffer = self._queries = None
            self._param_room = 0
            if self._owns_device:
                self._device.close()

    def __enter__(self) -> GpuBackend:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self) -> None:
        if self._closed or self._device.closed:
            raise DeviceError("the GPU backend is closed")

    def _upload(self, plan: RenderPlan) -> None:
        """Send the parameters, shapes and tables; the buffer follows the staging array when that grew."""
        room = self._params.capacity + max(TILE_WINDOW_BYTES, PARAM_BYTES)
        if room > self._param_room:
            if self._param_buffer is not None:
                self._param_buffer.destroy()
            self._groups.clear()
            self._planes.forget()
            self._param_buffer = self._device.wgpu.create_buffer(size=room, usage=_UNIFORM | _STORAGE | _COPY_DST)
            self._param_room = room
            self._created.buffers += 1
        if len(self._params.view):  # a frame in which nothing changed has no ops
            self._device.queue.write_buffer(self._param_buffer, 0, self._params.view)
        if plan.tables is not None:
            height = len(plan.tables)
            if self._tables is None or self._tables.height < height:
                if self._tables is not None:
                    self._maker.destroy(self._tables)
                self._tables = self._maker.surface(TABLE_ENTRIES, 1 << (height - 1).bit_length())
            self._maker.write(self._tables, 0, 0, plan.tables, TABLE_ENTRIES)
        if not self._shapes.end:
            return
        if self._sheet is None or self._sheet.height < self._shapes.rows:
            if self._sheet is not None:
                self._maker.destroy(self._sheet)
            self._sheet = self._maker.sheet(SHEET, 1 << (self._shapes.rows - 1).bit_length())
        if self._shapes.used:
            rows = self._shapes.view
            self._maker.write(self._sheet, 0, 0, rows.reshape(len(rows), -1), SHEET)
        if self._bins.used and self._bins.upload():
            self._groups.clear()

    def _sort(self, encoder: Any) -> None:
        """Record what sorts shapes into tiles."""
        if self._bins.used:
            assert self._sheet is not None
            begin = partial(self._begin_pass, encoder, last=False)
            self._created.dispatches += self._bins.record(encoder, begin, self._sheet)

    def _begin_pass(self, encoder: Any, *, first: bool = True, last: bool = True) -> Any:
        """Begin a pass; the first one of a frame writes a time at its begin, the last one at its end."""
        if self._queries is None:
            return encoder.begin_compute_pass()
        stamps: dict[str, Any] = {"query_set": self._queries}
        if first:
            stamps["beginning_of_pass_write_index"] = 0
        if last:
            stamps["end_of_pass_write_index"] = 1
        return encoder.begin_compute_pass(timestamp_writes=stamps)

    def _record(
        self, compute: Any, plan: RenderPlan, packed: list[OpParams], slots: list[Texture], chosen: Collection[int]
    ) -> None:
        """Record the dispatches of the ops of these ids."""
        pipelines = self._device.pipelines
        current: Kernel | None = None
        dispatches = 0
        for op, params in zip(plan.ops, packed, strict=True):
            if op.id not in chosen:
                continue
            if op.kernel != NO_KERNEL:
                formats = tuple(plan.surfaces[s].format for s in op.inputs)
                kernel = pipelines.pass_(op.kernel, plan.surfaces[op.output].format, formats)
            elif op.shapes:
                linked = isinstance(op.shapes[0], ShapeSpans)
                kernel = pipelines.fill(FillSignature(op.program, op.blend, op.even_odd, op.matrix is not None, linked))
            else:
                kernel = pipelines.draw(signature_of(op)) if op.video is None else self._video_kernel(op, plan)
            group = self._group(kernel, self._textures(op, plan, slots))
            if kernel is not current:
                compute.set_pipeline(kernel.pipeline)
                current = kernel
            if op.shapes:
                groups = -(-sum([shape.tile_count for shape in op.shapes]) // FILL_TILES)
                compute.set_bind_group(0, group, (params.offset,))
                compute.dispatch_workgroups(min(groups, _FILL_COLUMNS), -(-groups // _FILL_COLUMNS))
                dispatches += 1
            elif params.tiles is None:
                width, rows = kernel.pixels
                region = op.region
                compute.set_bind_group(0, group, (params.offset,))
                compute.dispatch_workgroups(-(-region.width // width), -(-region.height // rows))
                dispatches += 1
            else:
                for run in params.tiles:
                    compute.set_bind_group(0, group, (params.offset, run.offset))
                    compute.dispatch_workgroups(run.tiles)
                    dispatches += 1
        self._created.dispatches += dispatches

    def _video_kernel(self, op: Op, plan: RenderPlan) -> Kernel:
        records = plan.records[op.layout]
        assert records is not None
        return self._device.pipelines.video(records[op.first])

    def _textures(self, op: Op, plan: RenderPlan, slots: list[Texture]) -> tuple[Texture, ...]:
        """Return an op's textures in the order of their bindings: target, then what it reads."""
        dest = slots[plan.surfaces[op.output].slot]
        if op.shapes:
            assert self._sheet is not None
            return (dest, self._page(op.page), self._sheet) if op.page != NO_PAGE else (dest, self._sheet)
        if op.video is not None:
            return (dest, *self._assets.planes(op.video))
        if op.page != NO_PAGE:
            return dest, self._page(op.page)
        return (dest, *(slots[plan.surfaces[s].slot] for s in op.inputs))

    def _page(self, page: int) -> Texture:
        if page != TABLES_PAGE:
            return self._assets.page(page)
        assert self._tables is not None
        return self._tables

    def _group(self, kernel: Kernel, textures: tuple[Texture, ...]) -> Any:
        key = (kernel.layout_id, *(t.id for t in textures))
        group = self._groups.get(key)
        if group is None:
            entries: list[dict[str, Any]] = []
            bound = 0
            for binding in kernel.bindings:
                resource: Any
                if binding.space == "uniform":
                    resource = {"buffer": self._param_buffer, "offset": 0, "size": PARAM_BYTES}
                elif binding.name == "nodes":
                    resource = {"buffer": self._bins.nodes, "offset": 0, "size": self._bins.nodes.size}
                elif binding.space == "storage":
                    resource = {"buffer": self._param_buffer, "offset": 0, "size": TILE_WINDOW_BYTES}
                else:
                    resource = textures[bound].view
                    bound += 1
                entries.append({"binding": binding.binding, "resource": resource})
            group = self._device.wgpu.create_bind_group(layout=kernel.layout, entries=entries)
            self._created.bind_groups += 1
            if len(self._groups) >= _BIND_GROUPS:
                del self._groups[next(iter(self._groups))]
            self._groups[key] = group
        return group

    def _forget(self, texture: Texture) -> None:
        """Drop the bind groups that hold a texture."""
        for key in [k for k in self._groups if texture.id in k[1:]]:
            del self._groups[key]
        self._planes.forget()

    def _copy_out(
        self, encoder: Any, plan: RenderPlan, layout: FrameLayout, root: Texture, staging: StagingBuffer
    ) -> None:
        if layout.rgba_bytes:
            bounds = plan.surfaces[plan.roots[0]].bounds
            _copy_texture(encoder, root, layout, staging, -bounds.x0, -bounds.y0)
        if layout.planes_bytes:
            encoder.copy_buffer_to_buffer(
                self._planes.buffer, 0, staging.buffer, layout.planes_offset, layout.planes_bytes
            )
        if layout.time_bytes:
            encoder.resolve_query_set(self._queries, 0, 2, self._query_buffer, 0)
            encoder.copy_buffer_to_buffer(self._query_buffer, 0, staging.buffer, layout.time_offset, layout.time_bytes)


def _copy_texture(
    encoder: Any, texture: Texture, layout: FrameLayout, staging: StagingBuffer, x: int = 0, y: int = 0, words: int = 1
) -> None:
    encoder.copy_texture_to_buffer(
        {"texture": texture.wgpu, "origin": (x, y, 0)},
        {"buffer": staging.buffer, "offset": 0, "bytes_per_row": layout.row_bytes, "rows_per_image": layout.height},
        (layout.width // words, layout.height, 1),
    )


def _flag(given: bool | None, variable: str) -> bool:
    return given if given is not None else os.environ.get(variable, "") not in ("", "0")


def _log_created(before: dict[str, int], after: dict[str, int]) -> None:
    """Log what a frame created or grew; nothing in the steady state."""
    changed = {k: after[k] - before[k] for k in after if after[k] != before[k] and k not in ("frames", "dispatches")}
    if changed:
        _log.warning("frame %d created %s", after["frames"], ", ".join(f"{k} {n:+d}" for k, n in changed.items()))
