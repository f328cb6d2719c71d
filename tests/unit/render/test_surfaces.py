"""Slot keys, pool sums and tile lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gpu.plans import PlanBuilder, solid
from wavyte_gpu.compile.plan import SlotDesc
from wavyte_gpu.compile.tiles import tile_list
from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.registry import TILE_LAYER, TILE_ROW
from wavyte_gpu.render.surfaces import SlotKey, check_plan_bytes, plan_bytes, slot_keys, tile_rects


def test_slots_of_one_size_are_numbered() -> None:
    slots = (SlotDesc(64, 64), SlotDesc(128, 64), SlotDesc(64, 64), SlotDesc(64, 64))
    assert slot_keys(slots) == [
        SlotKey(64, 64, 0),
        SlotKey(128, 64, 0),
        SlotKey(64, 64, 1),
        SlotKey(64, 64, 2),
    ]


def test_a_plan_above_the_cap_names_sum_and_cap() -> None:
    builder = PlanBuilder(256, 128)
    builder.draw(builder.surface(), [solid(Rect(0, 0, 9, 9), 0)], init=True)
    plan = builder.build()
    assert plan_bytes(plan) == 256 * 128 * 4
    check_plan_bytes(plan, 131072)
    with pytest.raises(LimitError, match=r"131072 bytes.*131071 bytes.*max_pool_bytes"):
        check_plan_bytes(plan, 131071)


@given(
    st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=49),
    st.integers(-50, 50),
    st.integers(1, 230),
    st.integers(1, 230),
    st.randoms(use_true_random=False),
)
@settings(max_examples=80, deadline=None)
def test_tile_rects_cover_each_pixel_once(
    cells: set[tuple[int, int]], at: int, width: int, height: int, random: object
) -> None:
    region = Rect(at, -at, at + width, -at + height)
    order = sorted(cells)
    random.shuffle(order)  # type: ignore[attr-defined]
    tiles = np.array([(1 << TILE_LAYER) | (row << TILE_ROW) | column for row, column in order], np.uint32)
    count = np.zeros((height, width), np.int32)
    for layer, r in tile_rects(tiles, np.array([(0, 0, 1, 1), region], np.int32)):
        assert layer == 1
        count[r.y0 - region.y0 : r.y1 - region.y0, r.x0 - region.x0 : r.x1 - region.x0] += 1
    want = np.zeros((7 * 32, 7 * 32), np.int32)
    for row, column in cells:
        want[row * 32 : row * 32 + 32, column * 32 : column * 32 + 32] = 1
    full = np.zeros((max(height, 224), max(width, 224)), np.int32)
    full[:224, :224] = want
    assert np.array_equal(count, full[:height, :width])


def test_tile_rects_join_rows() -> None:
    boxes = [Rect(0, 0, 128, 96), Rect(-9, 7, 30, 50)]
    assert tile_rects(tile_list([(None, box) for box in boxes]), np.array(boxes)) == list(enumerate(boxes))
