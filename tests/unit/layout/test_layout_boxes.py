"""Boxes of layouts worked out by hand: one rule of CSS, or of ours, each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import scene
from tests.support.layouts import Sizes, boxes_of, item, items, laid_out, lowered
from wavyte_gpu.eval.layout import LayoutStage

REFERENCE = wv.SessionOptions(backend="reference")
MOVING = {"keyframes": [{"frame": 0, "value": 10}, {"frame": 20, "value": 50}]}


def test_a_row_with_gap_padding_and_growth() -> None:
    root = items("r", item("a", size=[50, 40]), item("b", flex_grow=1), gap_px=10, padding_px=[5, 20])
    assert laid_out(root) == {"r": (0, 0, 200, 100), "a": (20, 5, 50, 40), "b": (80, 5, 100, 90)}


def test_a_grid_of_shares_and_spans() -> None:
    root = items(
        "r",
        item("a", column="span 2"),
        item("b"),
        item("c"),
        display="grid",
        template_columns=["1fr", "3fr"],
        template_rows=[20, "auto"],
        gap_px=[8, 4],
    )
    found = laid_out(root)
    assert found["a"] == (0, 0, 200, 20)
    assert found["b"] == (0, 24, 48, 76)
    assert found["c"] == (56, 24, 144, 76)


def test_a_root_lies_in_the_canvas() -> None:
    assert laid_out(items("r"))["r"] == (0, 0, 200, 100)
    assert laid_out(items("r", margin_px=10))["r"] == (10, 10, 180, 80)
    assert laid_out(items("r", size=[50, "auto"], align_self="end"))["r"] == (0, 100, 50, 0)
    assert laid_out(items("r", position="absolute", size=[20, 10], inset_px={"right": 5, "bottom": "10%"}))["r"] == (
        175,
        80,
        20,
        10,
    )


def test_a_leaf_alone_may_be_a_root() -> None:
    leaf = item("a", "pic", position="absolute", inset_px={"right": 0, "top": 0})
    assert laid_out(leaf, sizes={"pic": (30, 20)})["a"] == (170, 0, 30, 20)


def test_any_node_starts_a_layout() -> None:
    free = {"id": "g", "kind": {"collection": {"mode": "group", "children": [items("r", item("a", size=[5, 5]))]}}}
    assert laid_out(free) == {"r": (0, 0, 200, 100), "a": (0, 0, 5, 5)}


def test_collections_without_layout_and_null_leaves_stay_free() -> None:
    free = {"id": "g", "kind": {"collection": {"mode": "group", "children": [item("in")]}}}
    document = scene(items("r", item("a", "box", size=[10, 10]), free, item("n", "none"), item("b", "box", size=[10, 10]), gap_px=5))
    document["assets"] = {"box": {"solid_rect": {"color": "#fff"}}, "none": "null"}
    comp = wv.Composition.from_json(document)
    with wv.RenderSession(comp, options=REFERENCE) as session:
        table = session._ir.layout
        assert [session.node_id(int(n)) for n in table.node] == ["r", "a", "b"]


def test_null_leaves_with_a_layout_are_spacers() -> None:
    document = scene(items("r", item("n", "none", size=[12, 3]), item("a", "#ff0000", size=[10, 10])))
    document["assets"]["none"] = "null"
    frame = wv.render_frame(wv.Composition.from_json(document), 0, options=REFERENCE).rgba
    assert np.argwhere(frame[..., 3]).min(axis=0).tolist() == [0, 12]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"align_items": "start"}, (0, 0, 40, 20)),
        ({}, (0, 0, 40, 100)),  # stretched: `fit` places the picture in the box
        ({"align_items": "end", "justify_content": "center"}, (80, 80, 40, 20)),
        ({"direction": "column", "align_items": "stretch"}, (0, 0, 200, 100)),
    ],
)
def test_pictures_keep_their_ratio(fields: dict[str, Any], expected: tuple[float, ...]) -> None:
    assert laid_out(items("r", item("a", "pic"), **fields), sizes={"pic": (40, 20)})["a"] == expected


def test_a_stated_side_of_a_picture_gives_the_other() -> None:
    for size, expected in (([30, "auto"], (30, 15)), (["auto", 30], (60, 30)), ([30, 30], (30, 30))):
        root = items("r", item("a", "pic", size=size), align_items="start")
        assert laid_out(root, sizes={"pic": (40, 20)})["a"][2:] == expected


def test_a_picture_in_a_cell_fills_it() -> None:
    root = items("r", item("a", "pic"), display="grid", template_columns=["1fr", "1fr"])
    assert laid_out(root, sizes={"pic": (40, 20)})["a"] == (0, 0, 100, 100)


def test_a_background_fills_its_parent() -> None:
    back = item("back", position="absolute", inset_px=0)
    root = items("r", items("card", back, item("a", size=[30, 10]), padding_px=6), align_items="start")
    assert laid_out(root)["back"] == laid_out(root)["card"] == (0, 0, 42, 22)


def test_the_padding_of_a_leaf_is_outside_its_content() -> None:
    found = laid_out(items("r", item("a", size=[50, 30], padding_px={"left": 4, "top": 3, "right": 10})))
    assert found["a"] == (4, 3, 36, 27)


def test_a_leaf_with_a_size_of_its_own_keeps_it() -> None:
    wide = item("a", leaf={"size": [150, 10]})
    found = laid_out(items("r", wide, item("b", size=[100, 10])))
    assert found["a"] == (0, 0, 150, 10) and found["b"] == (150, 0, 50, 10)
    ir = lowered(items("r", item("a", leaf={"size": [MOVING, 10]}), item("b", flex_grow=1)))
    frames = boxes_of(ir, [0, 10, 29])
    assert [f["b"][0] for f in frames] == [10, 30, 50]
    assert laid_out(items("r", item("a", leaf={"size": "canvas"})))["a"] == (0, 0, 200, 100)


def test_lengths_animate() -> None:
    root = items("r", item("a", size=[20, 20]), item("b", size=[20, 20]), gap_px=MOVING, padding_px={"left": MOVING})
    frames = boxes_of(lowered(root), [0, 10, 29])
    assert [(f["a"][0], f["b"][0]) for f in frames] == [(10, 40), (30, 80), (50, 120)]


def test_what_is_not_visible_takes_no_space() -> None:
    first = {**item("a", size=[30, 10]), "range": [0, 10]}
    late = {**item("b", size=[20, 10]), "range": [5, 30]}
    frames = boxes_of(lowered(items("r", first, late, item("c", size=[10, 10]))), [0, 5, 10])
    assert [f["c"][0] for f in frames] == [30, 50, 20]
    assert frames[0]["b"] == (0, 0, 0, 0)


def test_what_is_not_visible_has_no_cell() -> None:
    first = {**item("a", column=1), "range": [0, 10]}
    last = item("d", column=-1, position="absolute", inset_px=0)
    tracks = {"template_columns": [100, 100], "template_rows": [20, 30, 50]}
    root = items("r", first, item("b", column=2), item("c", column=1, size=[5, 5]), last, display="grid", **tracks)
    frames = boxes_of(lowered(root), [9, 10])
    assert [f["b"] for f in frames] == [(100, 0, 100, 20)] * 2
    assert [f["c"][:2] for f in frames] == [(0, 20), (0, 20)]
    root["kind"]["collection"]["children"][1]["range"] = [0, 10]
    frames = boxes_of(lowered(root), [9, 10])
    assert [f["c"][:2] for f in frames] == [(0, 20), (0, 0)]


def test_growth_from_nothing_keeps_the_gaps() -> None:
    grow = {"keyframes": [{"frame": 0, "value": 0}, {"frame": 20, "value": 1}]}
    root = items("r", item("a", size=[50, 5]), item("b", flex_grow=grow), gap_px=10, padding_px=[0, 20])
    frames = boxes_of(lowered(root), [0, 5, 10, 20])
    assert [(f["a"][0], f["b"][0], f["b"][2]) for f in frames] == [(20, 80, 100 * grown) for grown in (0, 0.25, 0.5, 1)]


def test_switches_and_sequences_place_what_is_active() -> None:
    active = {"keyframes": {"keys": [{"frame": 0, "value": 0}, {"frame": 10, "value": 1}], "mode": "hold"}}
    switch = items("s", item("a", size=[30, 10]), item("b", size=[20, 10]), mode={"switch": {"active": active}})
    frames = boxes_of(lowered(items("r", switch, item("c", size=[5, 5]))), [9, 10])
    assert [f["c"][0] for f in frames] == [30, 20]
    parts = [{**item(n, size=[w, 10]), "range": [0, 10]} for n, w in (("a", 30), ("b", 20))]
    frames = boxes_of(lowered(items("r", items("q", *parts, mode="sequence"), item("c", size=[5, 5]))), [9, 10, 25])
    assert [f["c"][0] for f in frames] == [30, 20, 0]


def test_display_none_hides_a_node_and_what_is_in_it() -> None:
    hidden = items("h", item("a", "#ff0000", size=[10, 10]), display="none")
    document = scene(items("r", hidden, item("b", "#00ff00", size=[10, 10])))
    frame = wv.render_frame(wv.Composition.from_json(document), 0, options=REFERENCE).rgba
    assert (frame[:10, :10] == [0, 255, 0, 255]).all() and not frame[:, 10:].any()


def test_an_untransformed_box_never_moves_and_turns_about_its_centre() -> None:
    box = item("a", "#ff0000", size=[20, 10], margin_px={"left": 10, "top": 20})
    document = scene(items("r", box))
    frame = wv.render_frame(wv.Composition.from_json(document), 0, options=REFERENCE).rgba
    expected = np.zeros_like(frame)
    expected[20:30, 10:30] = [255, 0, 0, 255]
    assert np.array_equal(frame, expected)
    turned = scene(items("r", box | {"transform": {"rotation_deg": 90}}))
    frame = wv.render_frame(wv.Composition.from_json(turned), 0, options=REFERENCE).rgba
    expected[:] = 0
    expected[15:35, 15:25] = [255, 0, 0, 255]
    assert np.array_equal(frame, expected)
    cornered = scene(items("r", box | {"transform": {"rotation_deg": 90, "anchor": [0, 0], "translate": [3, 0]}}))
    frame = wv.render_frame(wv.Composition.from_json(cornered), 0, options=REFERENCE).rgba
    expected[:] = 0
    expected[20:40, 3:13] = [255, 0, 0, 255]
    assert np.array_equal(frame, expected)


def test_a_mask_that_is_an_asset_fills_the_box() -> None:
    box = item("a", "#ff0000", size=[20, 10]) | {"mask": {"source": {"asset": "half"}}}
    document = scene(items("r", box), assets={"half": {"gradient": {"stops": [[0, "#fff"], [1, "#fff"]]}}})
    frame = wv.render_frame(wv.Composition.from_json(document), 0, options=REFERENCE).rgba
    assert (frame[:10, :20] == [255, 0, 0, 255]).all() and not frame[10:].any()


@pytest.mark.parametrize(
    "source",
    [{"shape": {"rect": {"x": 5, "y": 2, "width": 5, "height": 6}}}, {"node": "bar"}],
    ids=["shape", "node"],
)
def test_a_mask_that_is_a_shape_or_a_node_lies_in_the_box_as_large_as_it_is(source: dict[str, Any]) -> None:
    bar = {"id": "bar", "mask_only": True, "kind": {"leaf": {"asset": "bar"}}, "transform": {"translate": [5, 2]}}
    box = item("a", "#ff0000", size=[20, 10]) | {"mask": {"source": source}}
    path = {"path": {"svg_path_d": "M0 0h5v6h-5z"}}
    document = scene(items("r", box, padding_px=10), bar, assets={"bar": path})
    expected = np.zeros((48, 64, 4))
    expected[12:18, 15:20] = [255, 0, 0, 255]
    assert np.array_equal(wv.render_frame(wv.Composition.from_json(document), 0, options=REFERENCE).rgba, expected)


def test_frames_do_not_depend_on_those_before() -> None:
    wave = {"procedural": {"kind": "scalar", "params": {"sine": {"amp": 20, "freq_hz": 3, "offset": 30}}}}
    inner = items("i", item("p", "pic"), item("q", size=["40%", 7], flex_grow=1), gap_px=3, wrap="wrap")
    late = {**item("late", size=[17, 9]), "range": [7, 19]}
    part = {**item("part", column=1, size=["30%", "auto"]), "range": [3, 9]}
    back = item("back", position="absolute", column=2, inset_px={"top": 1, "bottom": 2, "left": 3}, align_self="center")
    grid = items("g", item("x", "pic"), item("y"), part, back, display="grid", size=[wave, "60%"], gap_px=wave)
    less = {"procedural": {"kind": "scalar", "params": {"sine": {"amp": 0.3, "freq_hz": 2, "offset": 0.4}}}}
    row = items("w", item("u", aspect_ratio=2, size=["auto", 11]), item("v", flex_grow=less), gap_px=4, padding_px=3)
    lines = items("l", item("m", size=[wave, 5]), item("n", size=[40, 6], flex_grow=less), wrap="wrap", gap_px=wave, padding_px=2)
    wide = {**item("wide", column="span 2", size=[60, 9]), "range": [5, 15]}
    least = items("k", item("s"), wide, display="grid", min_size=[wave, 30], padding_px=wave, template_rows=["40%", 7], align_self="end")
    root = items("r", inner, late, grid, row, lines, least, padding_px=wave)
    sizes = {"pic": (31.0, 17.0)}
    ir = lowered(root, sizes=sizes)
    frames = list(range(30))
    order = np.random.default_rng(5).permutation(frames).tolist()
    stages = [LayoutStage(ir, Sizes(ir, sizes)) for _ in range(2)]
    forward = {f: boxes_of(ir, [f], stages[0])[0] for f in frames}
    shuffled = {f: boxes_of(ir, [f], stages[1])[0] for f in [*order, *order]}
    together = boxes_of(ir, frames, sizes=sizes)
    alone = {f: boxes_of(ir, [f], sizes=sizes)[0] for f in frames[::4]}
    for stage in stages:
        stage.close()
    for f in frames:
        assert forward[f] == shuffled[f] == together[f] == alone.get(f, forward[f])
