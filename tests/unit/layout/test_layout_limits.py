"""Bad and large layouts: the documented value or one clear error, and the native library never crashes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import scene
from tests.support.layouts import boxes_of, item, items, laid_out, lowered
from wavyte_gpu.layout.solver import LayoutSolver
from wavyte_gpu.layout.style import bounded
from wavyte_gpu.layout.tree import NativeTree

REFERENCE = wv.SessionOptions(backend="reference")


@pytest.mark.parametrize(
    ("layout", "path"),
    [
        ({"size": [-5, 10]}, "/layout/size/0"),
        ({"size": {"width": {"px": -1}}}, "/layout/size/width/px"),
        ({"max_size": ["auto", {"percent": -0.1}]}, "/layout/max_size/1/percent"),
        ({"padding_px": -1}, "/layout/padding_px"),
        ({"padding_px": {"left": {"keyframes": [{"frame": 0, "value": -2}]}}}, "/layout/padding_px/left"),
        ({"gap_px": [0, -3]}, "/layout/gap_px"),
        ({"flex_grow": -1}, "/layout/flex_grow"),
        ({"flex_basis": -1}, "/layout/flex_basis"),
        ({"template_columns": [-20]}, "/layout/template_columns/0"),
        ({"aspect_ratio": 0}, "/layout/aspect_ratio"),
        ({"aspect_ratio": math.nan}, "/layout/aspect_ratio"),
    ],
)
def test_what_can_not_be_is_an_error_at_its_place(layout: dict[str, Any], path: str) -> None:
    problems = wv.validate_schema(scene(items("r", **layout)))
    assert problems and all(path in p.path for p in problems)


def test_margins_and_insets_may_be_negative() -> None:
    assert laid_out(items("r", item("a", size=[10, 10], margin_px={"left": -4})))["a"] == (-4, 0, 10, 10)
    at = item("a", size=[10, 10], position="absolute", inset_px={"left": -3})
    assert laid_out(items("r", at))["a"][0] == -3


def test_an_overshoot_below_zero_counts_as_zero() -> None:
    back = {"keyframes": [{"frame": 0, "value": 0, "ease": "back_in"}, {"frame": 20, "value": 40}]}
    frames = boxes_of(lowered(items("r", item("a", size=[back, 10]), padding_px={"left": back})), [5, 20])
    assert [f["a"][0] for f in frames] == [0, 40] and [f["a"][2] for f in frames] == [0, 40]


def test_a_percentage_of_an_automatic_size_is_automatic() -> None:
    root = items("r", items("c", item("a", size=["auto", "50%"])), align_items="start")
    assert laid_out(root)["c"] == (0, 0, 0, 0)
    root = items("r", items("c", item("p", "pic", size=["auto", "50%"])), align_items="start")
    assert laid_out(root, sizes={"pic": (20, 10)})["c"] == (0, 0, 20, 10)


def test_values_that_are_no_numbers_are_bounded() -> None:
    table = lowered(items("r", item("a", size=[{"keyframes": [{"frame": 0, "value": 1}, {"frame": 9, "value": 2}]}, 5]))).layout
    values = np.array([[math.nan], [math.inf], [-math.inf], [1e300], [-3.0]])
    assert bounded(values, table.moving, table)[:, 0].tolist() == [0.0, 1e7, 0.0, 1e7, 0.0]
    solver = LayoutSolver(table, np.full((2, 2), 100.0), lambda _row: None, np.zeros(0, np.int64))
    boxes = solver.solve(values, np.ones((5, 2), bool), np.zeros((1, 0, 2)))
    solver.close()
    assert np.isfinite(boxes).all()


def test_ten_thousand_items_in_one_row() -> None:
    many = [item(f"n{i}", size=[3, 5]) for i in range(10_000)]
    found = laid_out(items("r", *many))
    assert found["n9999"][0] + found["n9999"][2] == pytest.approx(200, abs=0.5)
    still = laid_out(items("r", *[m | {"layout": m["layout"] | {"flex_shrink": 0}} for m in many]))
    assert still["n9999"] == (29_997, 0, 3, 5)


def test_ten_thousand_items_of_which_one_has_a_column() -> None:
    many = [item(f"n{i}", size=[3, 5]) for i in range(10_000)]
    many[5000]["layout"]["column"] = 3
    found = laid_out(items("r", *many, display="grid", template_columns=[10] * 4, align_content="start"))
    assert [found[f"n{i}"][:2] for i in (4999, 5000, 5001, 9999)] == [(30, 6245), (20, 6250), (30, 6250), (10, 12500)]


def test_layouts_nest_to_a_bound() -> None:
    def nested(depth: int) -> dict[str, Any]:
        node = item("leaf", size=[10, 10])
        for i in range(depth - 1):
            node = items(f"c{i}", node, display="grid" if i % 3 else "flex", padding_px=0.25)
        return node

    assert laid_out(nested(64))["leaf"][:2] == (15.75, 15.75)
    with pytest.raises(wv.LimitError, match="64 levels"):
        lowered(nested(65))


def test_too_many_tracks_are_an_error() -> None:
    with pytest.raises(wv.LimitError, match="columns"):
        lowered(items("r", display="grid", template_columns=["1fr"] * 1001))


@pytest.mark.parametrize("line", [1000, -1000, [1, 1000], [-1000, 1000], "span 1000", [3, 1]])
def test_far_grid_lines(line: Any) -> None:
    root = items("r", item("a", column=line, row=line), item("b"), display="grid", template_columns=[10], gap_px=1)
    assert all(math.isfinite(v) for box in laid_out(root).values() for v in box)


def test_grids_of_too_many_cells_are_an_error() -> None:
    wide = [item(f"n{i}", column="span 1000", row="span 1000") for i in range(40)]
    with pytest.raises(wv.LimitError, match="cells"):
        lowered(items("r", *wide, display="grid"))
    assert laid_out(items("r", *wide[:4], display="grid"))["n3"][2] > 0
    beside = [item(f"n{i}", column="span 1000", row=1) for i in range(40)]
    with pytest.raises(wv.LimitError, match="columns or rows"):
        lowered(items("r", *beside, display="grid"))
    assert laid_out(items("r", *beside[:4], display="grid", template_columns=[1]))["n3"][2] > 0


def test_a_panic_of_the_native_library_is_an_error() -> None:
    from wavyte_gpu.layout.style import canvas_style

    style = canvas_style(lowered(item("a", flex_grow=1)).layout, 10.0, 10.0)
    tree = NativeTree()
    root = tree.add({**style, "grid_template_columns": [], "grid_template_rows": []}, None)
    far = {"start": {"kind": 2, "value": 1000}, "end": {"kind": 0, "value": 0}}
    for _ in range(40):
        tree.add({**style, "grid_column": far, "grid_row": far}, root)
    with pytest.raises(wv.WavyteError, match="layout"):
        tree.compute(root, 10.0, 10.0)
    with pytest.raises(wv.WavyteError, match="layout"):
        tree.compute(root, 10.0, 10.0)
    tree.close()


def test_an_error_of_a_measure_comes_out() -> None:
    tree = NativeTree()

    def measure(*_: float) -> tuple[float, float]:
        raise wv.LimitError("too much")

    from wavyte_gpu.layout.style import canvas_style

    style = canvas_style(lowered(item("a", flex_grow=1)).layout, 10.0, 10.0)
    root = tree.add(style, None)
    tree.add({**style, "display": 1}, root, measure)
    with pytest.raises(wv.LimitError, match="too much"):
        tree.compute(root, 10.0, 10.0)
    tree.close()
    tree.close()


def test_a_tree_frees_its_nodes_and_leaves_logging_alone() -> None:
    import logging

    handlers = logging.getLogger().handlers[:]
    NativeTree().close()
    assert logging.getLogger().handlers == handlers
