"""The layout tree is built once; a frame tells it the styles that changed, and a layout in which nothing did is not solved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.layouts import Sizes, boxes_of, item, items, lowered
from wavyte_gpu.eval.layout import LayoutStage
from wavyte_gpu.layout.tree import NativeTree

RAMP = {"keyframes": [{"frame": 0, "value": 10}, {"frame": 10, "value": 30}]}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the calls of the native tree by name."""
    counts: Counter[str] = Counter()

    def count(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            counts[name] += 1
            return call(*args)

        return counted

    for name in ("add", "restyle", "compute"):
        monkeypatch.setattr(NativeTree, name, count(name, getattr(NativeTree, name)))
    return counts


def test_a_tree_is_built_once_and_told_what_changed(calls: Counter[str]) -> None:
    moving = items("moving", item("a", size=[RAMP, 10]), item("b", size=[10, 10]), item("c", size=[10, 10]))
    still = items("still", *(item(f"s{i}", size=[10, 10]) for i in range(20)))
    root = {"id": "free", "kind": {"collection": {"mode": "group", "children": [moving, still]}}}
    ir = lowered(root)
    stage = LayoutStage(ir, Sizes(ir, {}))
    first = boxes_of(ir, [0], stage)
    built = dict(calls)
    assert built["add"] > 24 and built["compute"] == 2  # both layouts
    for frame in range(1, 11):
        boxes_of(ir, [frame], stage)
    after = calls - Counter(built)
    assert after == {"restyle": 10, "compute": 10}  # of `a`, and of its layout alone
    boxes_of(ir, [15, 20, 29], stage)
    assert boxes_of(ir, [0], stage) == first
    assert calls - Counter(built) == after  # values seen before, or equal to the last ones
    stage.close()


def test_what_comes_and_goes_is_told_alone(calls: Counter[str]) -> None:
    late = {**item("late", size=[10, 10]), "range": [5, 8]}
    ir = lowered(items("r", item("a", size=[10, 10]), late, item("b", size=[10, 10])))
    stage = LayoutStage(ir, Sizes(ir, {}))
    boxes_of(ir, [0], stage)
    built = Counter(calls)
    for frame in range(1, 12):
        boxes_of(ir, [frame], stage)
    assert calls - built == {"restyle": 1, "compute": 1}  # it comes; the boxes without it are kept
    stage.close()


def test_what_is_solved_alone_is_so_in_every_frame_that_changes(calls: Counter[str]) -> None:
    grid = items("grid", item("a", size=[5, RAMP]), item("b"), display="grid", template_rows=["1fr", "2fr"], flex_basis=2)
    late = {**item("late", size=[10, RAMP]), "range": [5, 8]}
    shares = items("shares", item("d", size=[RAMP, 5]), display="grid", template_columns=["1fr"] * 8, align_self="center")
    thin = items("thin", items("n", item("m", size=[RAMP, 5], flex_shrink=0), min_size=[4, "auto"]), display="grid")
    low = items("g", grid, late, display="grid", size=["auto", 8])
    over = [item("s", size=[2, 1]), item("t", size=[3, 1]), item("u", size=[RAMP, 1], column="span 2")]
    narrow = items("narrow", *over, display="grid", template_columns=["auto", "auto"], size=[4, 3])
    wrapped = items("wrapped", item("p", size=["60%", 1]), item("q", size=[RAMP, 1]), wrap="wrap")
    lines = items("lines", wrapped, size=["auto", 2])
    ir = lowered(items("r", low, items("c", thin, size=[12, 5]), shares, narrow, lines, direction="column"))
    stage = LayoutStage(ir, Sizes(ir, {}))
    forwards = boxes_of(ir, list(range(11)), stage)
    before = Counter(calls)
    assert boxes_of(ir, [0, 5, 15], stage) == [forwards[0], forwards[5], forwards[10]]
    assert calls == before
    stage.close()
    stage = LayoutStage(ir, Sizes(ir, {}))
    assert boxes_of(ir, list(range(10, -1, -1)), stage) == forwards[::-1]
    stage.close()
    assert [boxes["grid"][3] for boxes in forwards] == [30 + 6 * frame for frame in range(11)]
    assert [boxes["thin"][2] for boxes in forwards] == [min(10 + 2 * frame, 12) for frame in range(11)]
    assert [boxes["wrapped"][2] for boxes in forwards] == [10 + 2 * frame for frame in range(11)]
    assert [boxes["t"][0] for boxes in forwards] == [2 + (10 + 2 * frame - 5) / 2 for frame in range(11)]
    assert [boxes["shares"][2] for boxes in forwards] == [min(80 + 16 * frame, 200) for frame in range(11)]
