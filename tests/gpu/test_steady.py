"""The gates of section 19.9: nothing is created in the steady state, the pool plateaus, memory does not grow."""

from __future__ import annotations

import gc
import logging
import sys

import numpy as np
import pytest

from tests.gpu.plans import BILINEAR, COPY, FakeStore, PlanBuilder, affine, copy, premultiplied, solid
from wavyte_gpu.compile.plan import RenderPlan
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.render.backend import OutputRequest
from wavyte_gpu.render.gpu.backend import GpuBackend
from wavyte_gpu.render.gpu.device import Device

pytestmark = pytest.mark.gpu

OBJECTS = ("buffers", "textures", "views", "bind_groups", "pipelines", "modules", "query_sets", "textures_destroyed")
BYTES = ("pool_bytes", "page_bytes", "plane_bytes", "buffer_bytes")


def animated(frame: int, page: int) -> RenderPlan:
    """Return a plan whose bounds, tiles and opacities move with the frame; its slots are of few size classes."""
    builder = PlanBuilder(160, 90, slot_px=32)
    root = builder.surface()
    x = frame % 40
    card = Rect(10 + x, 5, 10 + x + 33 + frame % 31, 5 + 33 + frame % 17)
    side = builder.surface(card)
    builder.draw(side, [solid(card, 0xFF102030 + frame)], init=True)
    builder.draw(side, [copy(card, -card.x0, -card.y0, frame % 256)], program=COPY, page=page)
    builder.draw(root, [solid(Rect(0, 0, 160, 90), 0xFF000000)], init=True, full=True)
    builder.draw(root, [copy(card, -card.x0, -card.y0, 200)], program=COPY, inputs=(side,), region=card)
    step = (1 << 32) + frame * 1000
    builder.draw(
        root,
        [affine(BILINEAR, Rect(0, 0, 160, 90), Rect(0, 0, 96, 70), (step, 77 * frame, 0), (-77 * frame, step, 0))],
        program=BILINEAR,
        page=page,
        tiles=np.arange(1 + frame % 3, dtype=np.uint32),
    )
    return builder.build(root)


@pytest.mark.parametrize("depth", [1, 3])
def test_steady_state(device: Device, depth: int, caplog: pytest.LogCaptureFixture) -> None:
    store = FakeStore()
    page = store.add_page(premultiplied(np.random.default_rng(0), (96, 128)))
    blocks: dict[int, int] = {}
    with GpuBackend(store, device=device, trace=True, alloc_track=True) as gpu:
        pending = []
        warm: dict[str, int] = {}
        for frame in range(301):
            pending.append(gpu.submit(animated(frame, page), REQUEST))
            if len(pending) == depth:
                assert pending.pop(0).result().timings.gpu_ms is not None
            if frame == 1:  # two frames were submitted
                warm = gpu.counters()
                caplog.clear()
                caplog.set_level(logging.INFO)
            if frame in (100, 300):
                for p in pending:
                    p.result()
                pending.clear()
                gc.collect()
                blocks[frame] = sys.getallocatedblocks()
        after = gpu.counters()
    for name in OBJECTS + BYTES:
        assert after[name] == warm[name], name
    assert not [r for r in caplog.records if "created" in r.message]
    assert after["frames"] == 301
    assert abs(blocks[300] - blocks[100]) <= 200, blocks


REQUEST = OutputRequest()
