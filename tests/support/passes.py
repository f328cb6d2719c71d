"""Plans of pass kernels over given surfaces, and both backends run over them op by op."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tests.gpu.plans import COPY, SOLID, FakeStore
from wavyte_gpu.compile.emit import Emitter, Layer
from wavyte_gpu.compile.lifetimes import assign_slots
from wavyte_gpu.compile.lower import LAYOUT_COUNT
from wavyte_gpu.compile.plan import NO_PAGE, NO_SURFACE, OpKind, RenderPlan, SurfaceId
from wavyte_gpu.compile.verify import verify_plan
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.registry import layout_of
from wavyte_gpu.render.reference import ReferenceBackend

Array = npt.NDArray[Any]


class Passes:
    """Collects surfaces and passes. The plan's root is one transparent pixel: results are read by tracing."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.emit = Emitter((None,) * LAYOUT_COUNT)

    def image(self, pixels: npt.NDArray[np.uint32], x: int = 0, y: int = 0) -> SurfaceId:
        """Add a surface of these pixels, its corner at canvas px (x, y)."""
        height, width = pixels.shape
        bounds = Rect(x, y, x + width, y + height)
        page = self.store.add_page(pixels)
        row, record = self.emit.own_record(COPY)
        record["bounds"][0] = bounds
        record["source"]["offset"][0, :2] = (-x, -y)
        return self._draw(COPY, row, bounds, page)

    def plan(self) -> RenderPlan:
        """Return the plan so far."""
        bounds = Rect(0, 0, 1, 1)
        row, record = self.emit.own_record(SOLID)
        record["bounds"][0] = bounds
        root = self._draw(SOLID, row, bounds, NO_PAGE)
        surfaces, slots = assign_slots(self.emit.surfaces, self.emit.ops, root, 256, 256)
        plan = RenderPlan(1, 1, surfaces, slots, tuple(self.emit.ops), self.emit.records(), (root,))
        verify_plan(plan)
        return plan

    def reference(self, wanted: SurfaceId) -> Array:
        """Return a surface as the reference backend makes it."""
        plan = self.plan()
        for index, pixels in ReferenceBackend(self.store).trace(plan):
            if plan.ops[index].output == wanted:
                return pixels
        raise AssertionError("nothing writes the surface")

    def assert_equal(self, device: Any) -> list[Array]:
        """Assert that both backends make the same texels of every surface; return them by op."""
        from wavyte_gpu.render.gpu.backend import GpuBackend

        plan = self.plan()
        out = []
        with GpuBackend(self.store, device=device) as gpu:
            for (i, want), (j, got) in zip(ReferenceBackend(self.store).trace(plan), gpu.trace(plan), strict=True):
                assert i == j and want.dtype == got.dtype and want.shape == got.shape
                assert np.array_equal(want, got), f"op {i} {plan.ops[i]}: {np.argwhere(want != got)[:4].tolist()}"
                out.append(want)
        return out

    def _draw(self, program: int, row: int, bounds: Rect, page: int) -> SurfaceId:
        surface = self.emit.surface(bounds)
        layer = Layer(-1, program, layout_of(program, 0), row, True, 255, 0, bounds, True, page, NO_SURFACE)
        self.emit.op(OpKind.DRAW, [layer], [255], surface, bounds, init=True)
        return surface
