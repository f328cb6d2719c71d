"""The reference backend on hand-made plans whose pixels are plain to see."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.gpu.plans import COPY, FakeStore, PlanBuilder, copy, premultiplied, rgba, solid
from tests.gpu.random_plans import random_plan, random_store
from wavyte_gpu.foundation.errors import DeviceError, LimitError
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.registry import TILE_ROW
from wavyte_gpu.render.backend import OutputRequest
from wavyte_gpu.render.reference import ReferenceBackend

RED, HALF_BLUE = 0xFF0000FF, 0x80800000


def test_layers_land_where_they_belong() -> None:
    builder = PlanBuilder(40, 30)
    root = builder.surface()
    builder.draw(root, [solid(Rect(5, 6, 20, 16), RED)], init=True, init_pixel=0xFF00FF00)
    frame = ReferenceBackend(FakeStore()).submit(builder.build()).result()
    assert frame.rgba is not None and frame.rgba.shape == (30, 40) and frame.rgba.flags.c_contiguous
    assert (frame.rgba[6:16, 5:20] == RED).all()
    assert (frame.rgba == RED).sum() == 150 and (frame.rgba == 0xFF00FF00).sum() == 1050


def test_a_surface_is_read_by_canvas_position() -> None:
    builder = PlanBuilder(40, 30)
    root, side = builder.surface(), builder.surface(Rect(10, 8, 20, 18))
    builder.draw(side, [solid(Rect(0, 0, 40, 30), HALF_BLUE)], init=True)
    builder.draw(
        root, [copy(Rect(12, 10, 18, 30), -10, -8)], program=COPY, inputs=(side,), init=True, region=Rect(0, 0, 40, 18)
    )
    out = ReferenceBackend(FakeStore()).submit(builder.build(root)).result().rgba
    assert out is not None
    assert (out[10:18, 12:18] == HALF_BLUE).all() and np.count_nonzero(out) == 48


def test_tiles_leave_the_rest_alone() -> None:
    builder = PlanBuilder(100, 70)
    root = builder.surface()
    builder.draw(root, [solid(Rect(0, 0, 100, 70), 0)], init=True, init_pixel=RED)
    tiles = np.array([(1 << TILE_ROW) | 1, 2], np.uint32)
    box = Rect(2, 3, 99, 69)
    builder.draw(root, [solid(box, 0xFFFFFFFF)], region=box, tiles=tiles)
    out = ReferenceBackend(FakeStore()).submit(builder.build()).result().rgba
    assert out is not None
    want = np.full((70, 100), RED, np.uint32)
    want[35:67, 34:66] = 0xFFFFFFFF
    want[3:35, 66:98] = 0xFFFFFFFF
    assert np.array_equal(out, want)


@pytest.mark.parametrize("seed", range(6))
def test_the_number_of_threads_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    store = random_store(rng)
    plan = random_plan(rng, store, 90, 60)
    frames = []
    for parallelism in (1, 2, 5):
        backend = ReferenceBackend(store, op_parallelism=parallelism)
        with ThreadPoolExecutor(3) as workers:
            frames += list(workers.map(rgba, [backend] * 3, [plan] * 3))
        backend.close()
    assert all(np.array_equal(frames[0], f) for f in frames[1:])


def test_trace_ends_with_the_frame() -> None:
    rng = np.random.default_rng(3)
    store = random_store(rng)
    plan = random_plan(rng, store, 50, 40)
    backend = ReferenceBackend(store)
    steps = list(backend.trace(plan))
    assert [i for i, _ in steps] == list(range(len(plan.ops)))
    last = max(i for i, op in enumerate(plan.ops) if op.output == plan.roots[0])
    assert np.array_equal(steps[last][1], rgba(backend, plan))


def test_the_copy_belongs_to_the_caller() -> None:
    rng = np.random.default_rng(0)
    store = FakeStore()
    page = store.add_page(premultiplied(rng, (20, 20)))
    builder = PlanBuilder(20, 20)
    builder.draw(builder.surface(), [copy(Rect(0, 0, 20, 20), 0, 0)], program=COPY, page=page, init=True)
    backend = ReferenceBackend(store)
    first = backend.submit(builder.build()).result().rgba
    assert first is not None
    kept = first.copy()
    store.pages[page][:] = 0
    assert np.array_equal(first, kept) and first.flags.owndata


def test_limits_and_close() -> None:
    builder = PlanBuilder(64, 64)
    builder.draw(builder.surface(), [solid(Rect(0, 0, 64, 64), RED)], init=True)
    plan = builder.build()
    with pytest.raises(LimitError, match="16384 bytes"):
        ReferenceBackend(FakeStore(), max_pool_bytes=1000).submit(plan)
    backend = ReferenceBackend(FakeStore())
    assert backend.submit(plan, OutputRequest(rgba=False)).result().rgba is None
    assert backend.counters() == {"frames": 1, "ops": 1}
    backend.close()
    backend.close()
    with pytest.raises(DeviceError, match="closed"):
        backend.submit(plan)
