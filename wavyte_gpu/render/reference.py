"""The reference backend: executes plans with the NumPy twins. It defines the pixels; it may be slow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np

from wavyte_gpu.compile.plan import NO_KERNEL, NO_PAGE, TABLES_PAGE, Op, RenderPlan
from wavyte_gpu.foundation.errors import DeviceError
from wavyte_gpu.ops.composite import fill, over
from wavyte_gpu.ops.draw import video
from wavyte_gpu.ops.planes import make_planes
from wavyte_gpu.ops.reflect import draw_header_dtype
from wavyte_gpu.ops.registry import EDGE_COUNTS, PROGRAMS, pass_kernel
from wavyte_gpu.render.backend import (
    DEFAULT_POOL_BYTES,
    RGBA,
    AdapterInfo,
    AssetPages,
    Done,
    FrameBytes,
    OutputRequest,
    Pixels,
    Timings,
)
from wavyte_gpu.render.scheduler import Scheduler
from wavyte_gpu.render.surfaces import check_plan_bytes, tile_rects, zeros

__all__ = ["ReferenceBackend"]


class ReferenceBackend:
    """Executes plans on the CPU, inside `submit`. Frames may run in several threads; nothing is kept between them."""

    name = "reference"
    adapter: AdapterInfo | None = None

    def __init__(self, store: AssetPages, *, op_parallelism: int = 1, max_pool_bytes: int = DEFAULT_POOL_BYTES) -> None:
        """Make a backend that reads assets from `store` and runs up to `op_parallelism` ops of a frame at once."""
        self._store = store
        self._scheduler = Scheduler(op_parallelism)
        self._max_pool_bytes = max_pool_bytes
        self._closed = False
        self._lock = threading.Lock()
        self._frames = 0
        self._ops = 0

    def submit(self, plan: RenderPlan, request: OutputRequest = RGBA) -> Done:
        """Execute a plan and return its frame.

        Raises:
            LimitError: the plan needs more bytes than `max_pool_bytes`.
            DeviceError: the backend is closed.
        """
        self._check(plan)
        start = time.perf_counter()
        frame = _Frame(plan, self._store)
        self._scheduler.run([op.deps for op in plan.ops], frame.execute)
        root = frame.root()
        planes = None if request.planes is None else make_planes(root, request.planes, request.background)
        rgba = np.array(root, copy=True, order="C") if request.rgba else None
        with self._lock:
            self._frames += 1
            self._ops += len(plan.ops)
        return Done(FrameBytes(rgba, planes, Timings(record_ms=(time.perf_counter() - start) * 1e3)))

    def trace(self, plan: RenderPlan) -> Iterator[tuple[int, Pixels]]:
        """Execute a plan op by op; see `Backend.trace`."""
        self._check(plan)
        frame = _Frame(plan, self._store)
        for index, op in enumerate(plan.ops):
            pixels: list[Pixels] = []
            frame.execute(index, pixels.append)
            assert pixels and op.id == index
            yield index, pixels[0]

    def counters(self) -> dict[str, int]:
        """Return how many frames and ops were executed."""
        with self._lock:
            return {"frames": self._frames, "ops": self._ops}

    def forget_assets(self) -> None:
        """Nothing is kept of them."""

    def close(self) -> None:
        """End the op threads."""
        self._closed = True
        self._scheduler.close()

    def _check(self, plan: RenderPlan) -> None:
        if self._closed:
            raise DeviceError("the reference backend is closed")
        check_plan_bytes(plan, self._max_pool_bytes)


class _Frame:
    """The surfaces of one frame under way: plain arrays, dropped when the last op that uses them is done."""

    def __init__(self, plan: RenderPlan, store: AssetPages) -> None:
        self._plan = plan
        self._store = store
        self._surfaces: dict[int, Pixels] = {}
        self._uses = [0] * len(plan.surfaces)
        for op in plan.ops:
            for surface in {*op.inputs, op.output}:
                self._uses[surface] += 1
        for surface in plan.roots:
            self._uses[surface] += 1
        self._lock = threading.Lock()

    def root(self) -> Pixels:
        """Return the canvas: (H, W) of the root surface."""
        plan = self._plan
        bounds = plan.surfaces[plan.roots[0]].bounds
        pixels = self._surfaces[plan.roots[0]]
        return pixels[-bounds.y0 : plan.height - bounds.y0, -bounds.x0 : plan.width - bounds.x0]

    def execute(self, index: int, report: Callable[[Pixels], None] | None = None) -> None:
        """Run one op; `report` receives a copy of its output."""
        op = self._plan.ops[index]
        dest = self._surface(op.output)
        if op.kernel != NO_KERNEL:
            pass_kernel(op.kernel).execute(op.params, dest, [self._surface(s) for s in op.inputs])
        elif PROGRAMS[op.program].layered:
            self._draw(op, dest)
        else:
            self._fill(op, dest)
        if report is not None:
            report(dest.copy())
        with self._lock:
            for surface in {*op.inputs, op.output}:
                self._uses[surface] -= 1
                if self._uses[surface] == 0:
                    del self._surfaces[surface]

    def _surface(self, surface: int) -> Pixels:
        with self._lock:
            pixels = self._surfaces.get(surface)
            if pixels is None:
                desc = self._plan.surfaces[surface]
                pixels = self._surfaces[surface] = zeros(desc.bounds, desc.format)
            return pixels

    def _image(self, op: Op) -> Pixels | None:
        if op.page == TABLES_PAGE:
            return self._plan.tables
        if op.page != NO_PAGE:
            return self._store.pages[op.page]
        return self._surface(op.inputs[0]) if op.inputs else None

    def _draw(self, op: Op, dest: Pixels) -> None:
        bounds = self._plan.surfaces[op.output].bounds
        records = self._plan.records[op.layout]
        assert records is not None and op.layout // len(EDGE_COUNTS) == op.program
        layers = records[op.first : op.first + op.count]
        image = self._image(op)
        header = np.zeros((), draw_header_dtype())
        header["origin"] = (bounds.x0, bounds.y0, _signed(op.init_pixel), 0)
        if op.shapes:
            edges = [shape.edges for shape in op.shapes]
            fill.execute(dest, header, layers, op.program, op.blend, edges, op.even_odd, image, op.matrix)
        elif op.tiles is None:
            header["region"] = op.region
            over.execute(dest, header, layers, op.program, op.blend, op.init, op.full, image, op.matrix)
        else:
            for layer, rect in tile_rects(op.tiles, layers["bounds"]):
                header["region"] = rect
                mine = layers[layer : layer + 1]
                over.execute(dest, header, mine, op.program, op.blend, False, True, image, op.matrix)

    def _fill(self, op: Op, dest: Pixels) -> None:
        assert op.video is not None
        records = self._plan.records[op.layout]
        assert records is not None
        bounds, region = self._plan.surfaces[op.output].bounds, op.region
        part = dest[region.y0 - bounds.y0 : region.y1 - bounds.y0, region.x0 - bounds.x0 : region.x1 - bounds.x0]
        part[...] = video.execute(records[op.first], self._store.planes(op.video.asset, op.video.frame))


def _signed(pixel: int) -> int:
    """Return the i32 of the same 32 bits."""
    return pixel - (1 << 32) if pixel >= 1 << 31 else pixel
