"""The GPU and the reference backend give the same bits for random plans."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gpu.plans import (
    COPY,
    VIDEO,
    FakeStore,
    PlanBuilder,
    copy,
    premultiplied,
    random_planes,
    rgba,
    solid,
    video,
)
from tests.gpu.random_plans import random_plan, random_store
from wavyte_gpu.compile.plan import RenderPlan, VideoFrameRef
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.planes import plane_shapes
from wavyte_gpu.ops.registry import PLANE_FORMS
from wavyte_gpu.render.backend import OutputRequest
from wavyte_gpu.render.gpu.backend import GpuBackend
from wavyte_gpu.render.gpu.device import Device
from wavyte_gpu.render.reference import ReferenceBackend

pytestmark = pytest.mark.gpu


@given(st.integers(0, 2**32 - 1), st.integers(1, 150), st.integers(1, 100))
@settings(max_examples=60, deadline=None)
def test_random_plans(device: Device, seed: int, width: int, height: int) -> None:
    rng = np.random.default_rng(seed)
    store = random_store(rng)
    plan = random_plan(rng, store, width, height, ops=8)
    reference = ReferenceBackend(store, op_parallelism=2)
    with GpuBackend(store, device=device) as gpu:
        want = reference.submit(plan).result().rgba
        got = gpu.submit(plan).result().rgba
        assert want is not None and got is not None and got.flags.c_contiguous and got.flags.owndata
        if not np.array_equal(want, got):
            for (index, a), (_, b) in zip(reference.trace(plan), gpu.trace(plan), strict=True):
                op = plan.ops[index]
                assert np.array_equal(a, b), f"op {index} {op} differs first in {np.argwhere(a != b)[:4].tolist()}"
            raise AssertionError("the frames differ, the traces do not")
    reference.close()


def test_traces_agree(device: Device) -> None:
    rng = np.random.default_rng(5)
    store = random_store(rng)
    plan = random_plan(rng, store, 130, 90, ops=20)
    reference = ReferenceBackend(store)
    with GpuBackend(store, device=device) as gpu:
        gpu.submit(random_plan(rng, store, 130, 90)).result()  # leaves texels behind that the trace must not show
        pairs = list(zip(reference.trace(plan), gpu.trace(plan), strict=True))
    assert len(pairs) == len(plan.ops)
    for (i, a), (j, b) in pairs:
        assert i == j and np.array_equal(a, b)


@pytest.mark.parametrize("width", [1, 63, 64, 65, 100, 2047])
def test_rows_come_back_without_padding(device: Device, width: int) -> None:
    builder = PlanBuilder(width, 3)
    root = builder.surface()
    builder.draw(root, [solid(Rect(0, 1, width, 2), 0xFF123456)], init=True, init_pixel=0x80402010)
    with GpuBackend(FakeStore(), device=device) as gpu:
        pixels = rgba(gpu, builder.build())
    assert pixels.shape == (3, width)
    assert (pixels[1] == 0xFF123456).all() and (pixels[[0, 2]] == 0x80402010).all()


def test_pages_grow_between_frames(device: Device) -> None:
    """Rectangles and pages that appear later are uploaded before the next frame, those that did not change are not."""
    rng = np.random.default_rng(2)
    store = random_store(rng, 1)
    reference = ReferenceBackend(store)
    with GpuBackend(store, device=device) as gpu:
        for step in range(5):
            plan = random_plan(rng, store, 80, 60)
            assert np.array_equal(rgba(gpu, plan), rgba(reference, plan)), step
            if step % 2:
                store.fill(0, 3 + step, 5, rng.integers(0, 2**8, (20, 30), dtype=np.uint32) * np.uint32(0x01010101))
            else:
                store.add_page(store.pages[0][::-1])


@pytest.mark.parametrize(("width", "height"), [(64, 32), (1, 1), (33, 17), (66, 31), (63, 8), (5, 2)])
def test_planes(device: Device, width: int, height: int) -> None:
    rng = np.random.default_rng(width)
    store = FakeStore()
    page = store.add_page(premultiplied(rng, (height, width)))
    builder = PlanBuilder(width, height, slot_px=32)
    canvas = Rect(0, 0, width, height)
    builder.draw(builder.surface(), [copy(canvas, 0, 0)], program=COPY, page=page, init=True)
    plan = builder.build()
    with GpuBackend(store, device=device) as gpu:
        for background, (name, form) in itertools.product((0xFF336699, 0xFF000000), PLANE_FORMS.items()):
            request = OutputRequest(rgba=name == "nv12", planes=form, background=background)
            want, got = ReferenceBackend(store).submit(plan, request).result(), gpu.submit(plan, request).result()
            assert (want.rgba is None) == (got.rgba is None) == (name != "nv12")
            assert want.rgba is None or got.rgba is None or np.array_equal(want.rgba, got.rgba)
            assert want.planes is not None and got.planes is not None and got.planes.form == form
            assert [part.shape for part in got.planes.parts] == plane_shapes(form, width, height)
            for a, b in zip(want.planes.parts, got.planes.parts, strict=True):
                assert a.dtype == b.dtype and np.array_equal(a, b)
        assert gpu.submit(plan).result().planes is None
        before = gpu.counters()
        for form in PLANE_FORMS.values():  # of a buffer that is large enough nothing is made again but the bind group
            gpu.submit(plan, OutputRequest(planes=form)).result()
        after = gpu.counters()
        assert all(after[k] == before[k] for k in ("textures", "pipelines"))


def test_planes_that_no_buffer_holds_are_left_to_the_encoder(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = PlanBuilder(64, 32, slot_px=32)
    builder.draw(builder.surface(), [solid(Rect(0, 0, 64, 32), 0xFF102030)], init=True)
    plan = builder.build()
    form = PLANE_FORMS["yuv444p"]
    monkeypatch.setattr(device, "max_storage_bytes", 3 * 64 * 32 - 1)
    with GpuBackend(FakeStore(), device=device) as gpu:
        assert gpu.submit(plan, OutputRequest(planes=form)).result().planes is None
        assert gpu.submit(plan, OutputRequest(planes=PLANE_FORMS["yuv420p"])).result().planes is not None


def test_video(device: Device) -> None:
    """Frames of two plane sets, two depths and a mip level; a frame is uploaded when it is not the resident one."""
    rng = np.random.default_rng(4)
    store = FakeStore()
    for frame in range(4):
        store.frames[0, frame] = random_planes(rng, 37, 21)
        store.frames[1, frame] = random_planes(rng, 20, 10, bits=10)

    def plan(first: int, second: int, third: int, level: int) -> RenderPlan:
        builder = PlanBuilder(50, 40)
        root = builder.surface()
        side = 1 << level
        sizes = [(37, 21), ((37 + side - 1) // side, (21 + side - 1) // side), (20, 10)]
        surfaces = [builder.surface(Rect(0, 0, w, h)) for w, h in sizes]
        refs = [VideoFrameRef(0, first, 0), VideoFrameRef(0, second, 1), VideoFrameRef(1, third, 0)]
        records = [video(37, 21), video(37, 21, level), video(20, 10, bits=10)]
        for surface, ref, record in zip(surfaces, refs, records, strict=True):
            builder.draw(surface, [record], program=VIDEO, video=ref, init=True)
        builder.draw(root, [solid(Rect(0, 0, 50, 40), 0xFF000000)], init=True)
        for n, (surface, (w, h)) in enumerate(zip(surfaces, sizes, strict=True)):
            at = Rect(5 * n, 9 * n, 5 * n + w, 9 * n + h)
            builder.draw(root, [copy(at, -at.x0, -at.y0, 200)], program=COPY, inputs=(surface,))
        return builder.build(root)

    reference = ReferenceBackend(store)
    with GpuBackend(store, device=device) as gpu:
        for step in ((0, 1, 2, 1), (1, 1, 2, 1), (1, 0, 3, 1), (3, 3, 0, 2)):
            assert np.array_equal(rgba(gpu, plan(*step)), rgba(reference, plan(*step))), step
        words = 10 * 21 + 2 * 5 * 11, 10 * 10 + 2 * 5 * 5  # rows are whole words of four samples, or of two
        assert gpu.counters()["plane_bytes"] == 4 * (2 * words[0] + words[1])
        created = gpu.counters()["textures"]
        gpu.submit(plan(2, 0, 1, 1)).result()
        assert gpu.counters()["textures"] == created
