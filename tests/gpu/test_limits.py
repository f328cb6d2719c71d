"""Caps, limits, order of results, sharing a device, closing."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.gpu.plans import FakeStore, PlanBuilder, rgba, solid
from tests.gpu.random_plans import random_plan, random_store
from wavyte_gpu.compile.plan import RenderPlan
from wavyte_gpu.foundation.errors import DeviceError, LimitError
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.render.gpu import readback
from wavyte_gpu.render.gpu.backend import GpuBackend
from wavyte_gpu.render.gpu.device import Device, describe_adapters, open_device
from wavyte_gpu.render.reference import ReferenceBackend

pytestmark = pytest.mark.gpu


def flat(pixel: int, width: int = 40, height: int = 30) -> RenderPlan:
    builder = PlanBuilder(width, height)
    builder.draw(builder.surface(), [solid(Rect(0, 0, width, height), pixel)], init=True)
    return builder.build()


def test_the_pool_stays_under_its_cap(device: Device) -> None:
    cap = 3 * 40 * 30 * 4
    with GpuBackend(FakeStore(), device=device, max_pool_bytes=cap) as gpu:
        for width in (40, 39, 38, 37, 36, 40, 35):
            frame = gpu.submit(flat(0xFF000000 + width, width)).result().rgba
            assert frame is not None and (frame == 0xFF000000 + width).all()
            assert gpu.counters()["pool_bytes"] <= cap
        counters = gpu.counters()
        assert counters["textures_destroyed"] == counters["textures"] - counters["pool_textures"] > 0
        with pytest.raises(LimitError, match=rf"{100 * 100 * 4} bytes.*cap.*{cap} bytes"):
            gpu.submit(flat(1, 100, 100))
        assert gpu.submit(flat(7)).result().rgba is not None  # still usable


def test_a_canvas_above_the_adapters_limit(device: Device) -> None:
    with GpuBackend(FakeStore(), device=device) as gpu, pytest.raises(LimitError, match=str(device.max_texture_px)):
        gpu.submit(flat(1, device.max_texture_px + 1, 2))


def test_results_in_any_order(device: Device) -> None:
    """More frames are under way than staging buffers: the older results are kept."""
    with GpuBackend(FakeStore(), device=device) as gpu:
        pending = [gpu.submit(flat(i)) for i in range(10)]
        for i in (9, 0, 5, 4, 8, 1, 2, 3, 7, 6):
            frame = pending[i].result()
            assert frame.rgba is not None and (frame.rgba == i).all()
            assert pending[i].result() is frame


def test_results_in_other_threads(device: Device) -> None:
    wrong: list[int] = []
    with GpuBackend(FakeStore(), device=device) as gpu:

        def work(start: int) -> None:
            for i in range(start, start + 20):
                if not (rgba(gpu, flat(i)) == i).all():
                    wrong.append(i)

        threads = [threading.Thread(target=work, args=(100 * k,)) for k in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
    assert not wrong and not any(t.is_alive() for t in threads)


def test_two_backends_share_a_device(device: Device) -> None:
    rng = np.random.default_rng(8)
    stores = [random_store(rng), random_store(rng)]
    backends = [GpuBackend(s, device=device) for s in stores]
    for _ in range(4):
        plans = [random_plan(rng, s, 70, 50) for s in stores]
        pending = [b.submit(p) for b, p in zip(backends, plans, strict=True)]
        for store, plan, one in zip(stores, plans, pending, strict=True):
            got = one.result().rgba
            assert got is not None and np.array_equal(got, rgba(ReferenceBackend(store), plan))
    backends[0].close()
    assert backends[1].submit(flat(3)).result().rgba is not None
    backends[1].close()
    assert not device.closed


def test_close_keeps_results_and_releases(device: Device) -> None:
    gpu = GpuBackend(FakeStore(), adapter=device.info.number)
    own = gpu.device
    pending = [gpu.submit(flat(i)) for i in range(2)]
    gpu.close()
    gpu.close()
    for i, one in enumerate(pending):
        pixels = one.result().rgba
        assert pixels is not None and (pixels == i).all()
    assert own.closed and gpu.counters()["pool_bytes"] == 0 and gpu.counters()["buffer_bytes"] == 0
    with pytest.raises(DeviceError, match="closed"):
        gpu.submit(flat(1))


def test_what_wgpu_refuses_is_a_device_error(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    width = device.max_texture_px + 1
    monkeypatch.setattr(device, "max_texture_px", 1 << 30)
    with GpuBackend(FakeStore(), device=device) as gpu:
        with pytest.raises(DeviceError, match=r"drawing a frame: the GPU device failed: .*\d"):
            gpu.submit(flat(1, width, 1))
        assert gpu.submit(flat(5)).result().rgba is not None


def test_a_device_that_does_not_answer(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    with GpuBackend(FakeStore(), device=device) as gpu:
        gpu.submit(flat(1)).result()
        monkeypatch.setattr(readback, "_wait", lambda promise, timeout_s: promise.sync_wait() and False)
        pending = gpu.submit(flat(1))
        for _ in range(2):
            with pytest.raises(DeviceError, match="did not finish"):
                pending.result()


def test_an_interrupt_loses_no_frame(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(promise: object, timeout_s: float) -> bool:
        raise KeyboardInterrupt

    with GpuBackend(FakeStore(), device=device) as gpu:
        pending = gpu.submit(flat(9))
        with monkeypatch.context() as patch:
            patch.setattr(readback, "_wait", interrupt)
            with pytest.raises(KeyboardInterrupt):
                pending.result()
        pixels = pending.result().rgba
        assert pixels is not None and (pixels == 9).all()


def test_doctor_lists_the_chosen_adapter(device: Device) -> None:
    reports = describe_adapters()
    assert [r.info.number for r in reports] == list(range(len(reports)))
    assert sum(r.chosen for r in reports) == 1 and all(r.why for r in reports)
    assert all(r.limits["max-texture-dimension-2d"] >= 2048 for r in reports)
    none = describe_adapters("no such adapter")
    assert not any(r.chosen for r in none) and "no such adapter" in none[0].why
    with pytest.raises(DeviceError, match="no such adapter"):
        open_device("no such adapter")
