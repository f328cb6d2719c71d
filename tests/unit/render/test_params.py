"""The parameter buffer: what a kernel finds at the offsets."""

from __future__ import annotations

import numpy as np
import pytest

from tests.gpu.plans import COPY, SOLID, PlanBuilder, copy, solid
from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.reflect import draw_header_dtype, layer_dtype
from wavyte_gpu.render.gpu import params as params_module
from wavyte_gpu.render.gpu.params import TILES_PER_DISPATCH, FrameParams


@pytest.mark.parametrize("alignment", [32, 64, 256])
def test_headers_and_layers_lie_at_aligned_offsets(alignment: int) -> None:
    builder = PlanBuilder(100, 80)
    root, side = builder.surface(), builder.surface(Rect(-7, 9, 43, 60))
    layers = [solid(Rect(i, 0, 50, 9), 0xFF000000 + i, i, edge_variant=1) for i in range(4)]
    builder.draw(side, layers, init=True, init_pixel=0xFFFEFDFC, edge_variant=1, region=Rect(-1, 10, 40, 50))
    builder.draw(root, [copy(Rect(0, 0, 5, 5), 7, -9, 3)], program=COPY, inputs=(side,), init=True)
    plan = builder.build(root)
    params = FrameParams(alignment, capacity=64)  # grows
    params.begin()
    packed = params.pack(plan, {})
    data = params.view
    assert len(data) % 4 == 0 and params.capacity >= len(data)
    size = draw_header_dtype().itemsize
    for op, at in zip(plan.ops, packed, strict=True):
        assert at.offset % alignment == 0 and at.tiles is None
        header = data[at.offset : at.offset + size].view(draw_header_dtype())[0]
        bounds = plan.surfaces[op.output].bounds
        assert tuple(header["region"]) == op.region
        assert tuple(header["origin"][:2]) == (bounds.x0, bounds.y0)
        assert int(header["origin"][2]) & 0xFFFFFFFF == op.init_pixel
        dtype = layer_dtype(op.program, op.layout % 3)
        found = data[at.offset + size : at.offset + size + op.count * dtype.itemsize]
        table = plan.records[op.layout]
        assert table is not None
        assert found.tobytes() == table[op.first : op.first + op.count].tobytes()


def test_tile_lists_are_cut_to_dispatches() -> None:
    builder = PlanBuilder(64, 64)
    root = builder.surface()
    many = np.arange(TILES_PER_DISPATCH + 5, dtype=np.uint32)
    builder.draw(root, [solid(Rect(0, 0, 64, 64), 1)], init=True, tiles=np.array([3, 1], np.uint32))
    builder.draw(root, [solid(Rect(0, 0, 64, 64), 1)], tiles=many)
    params = FrameParams(256)
    params.begin()
    first, second = params.pack(builder.build(), {})
    assert first.tiles is not None and second.tiles is not None
    assert [run.tiles for run in first.tiles] == [2]
    assert [run.tiles for run in second.tiles] == [TILES_PER_DISPATCH, 5]
    got = np.concatenate([params.view[r.offset : r.offset + 4 * r.tiles].view(np.uint32) for r in second.tiles])
    assert np.array_equal(got, many)
    assert all(run.offset % 256 == 0 for run in first.tiles + second.tiles)


def test_a_second_frame_starts_anew() -> None:
    builder = PlanBuilder(8, 8)
    builder.draw(builder.surface(), [solid(Rect(0, 0, 8, 8), 5)], init=True)
    params = FrameParams(256)
    sizes = []
    for _ in range(3):
        params.begin()
        params.pack(builder.build(), {})
        assert params.add(b"abcdefgh") % 256 == 0
        sizes.append(params.used)
    assert len(set(sizes)) == 1


def test_too_many_layers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(params_module, "PARAM_BYTES", 100)
    builder = PlanBuilder(8, 8)
    builder.draw(builder.surface(), [solid(Rect(0, 0, 8, 8), 5)] * 2, init=True)
    assert layer_dtype(SOLID, 0).itemsize * 2 + 32 > 100
    with pytest.raises(LimitError, match="100 bytes"):
        FrameParams(256).pack(builder.build(), {})
