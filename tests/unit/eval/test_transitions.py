"""Transitions by their pixels: windows, pairs, one side alone, and what moves instead of fading."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene

RED, BLUE = "#ff0000", "#0000ff"


def frames(document: dict[str, Any], *wanted: int) -> list[np.ndarray[Any, Any]]:
    comp = wv.Composition.from_json(document)
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        return [session.render_frame(f).rgba.astype(int) for f in wanted]


def pair(kind: str, frames_: int = 10, ease: str = "linear", **params: Any) -> dict[str, Any]:
    """Red goes in the frames [10, 20), blue comes in them; both fill the canvas of 64x48."""
    both = {"kind": kind, "duration_frames": frames_, "ease": ease, "params": params}
    return scene(
        leaf(RED, "a", range=[0, 20], transition_out=both),
        leaf(BLUE, "b", range=[20 - frames_, 30], transition_in=both),
    )


@pytest.mark.parametrize("kind", ["crossfade", "wipe", "slide", "zoom", "iris"])
def test_the_first_frame_shows_the_old_the_frame_after_the_window_the_new(kind: str) -> None:
    before, first, after = frames(pair(kind), 9, 10, 20)
    assert (before == [255, 0, 0, 255]).all() and (first == before).all()
    assert (after == [0, 0, 255, 255]).all()


def test_a_pair_that_crossfades_is_mixed_and_not_laid_over() -> None:
    document = pair("crossfade")
    document["assets"][RED] = {"solid_rect": {"color": "#ff000080"}}
    (middle,) = frames(document, 13)
    w = 77  # 255 * 3 / 10, halves up
    assert (middle == [round(128 * (255 - w) / 255), 0, w, round((128 * (255 - w) + 255 * w) / 255)]).all()


def test_a_wipe_shows_the_new_behind_its_edge() -> None:
    (middle,) = frames(pair("wipe"), 15)
    assert (middle[:, :31] == [0, 0, 255, 255]).all() and (middle[:, 33:] == [255, 0, 0, 255]).all()


def test_a_slide_moves_in_its_direction_and_pushes() -> None:
    (over,) = frames(pair("slide", dir="left"), 15)
    assert (over[:, 32:] == [0, 0, 255, 255]).all() and (over[:, :32] == [255, 0, 0, 255]).all()
    document = pair("slide", dir="left", push=True)
    document["root"]["kind"]["collection"]["children"][0]["kind"]["leaf"]["size"] = [48, 48]
    (pushed,) = frames(document, 15)
    assert (pushed[:, :16] == [255, 0, 0, 255]).all() and (pushed[:, 16:32] == 0).all()


def test_an_iris_opens_from_its_origin() -> None:
    (middle,) = frames(pair("iris", shape="rect", origin=[0, 0]), 15)
    assert (middle[:30, :30] == [0, 0, 255, 255]).all() and (middle[34:, 34:] == [255, 0, 0, 255]).all()


def test_one_side_alone_goes_through_the_same_geometry() -> None:
    wipe = {"kind": "wipe", "duration_frames": 10}
    shown, gone = frames(
        scene(leaf(RED, "a", transition_in=wipe, range=[0, 20], transition_out=wipe)), 5, 15
    )
    assert (shown[:, :31, 3] == 255).all() and (shown[:, 33:, 3] == 0).all()
    assert (gone[:, :31, 3] == 0).all() and (gone[:, 33:, 3] == 255).all()


@pytest.mark.parametrize(
    "change",
    [{"kind": "iris"}, {"duration_frames": 9}, {"params": {"dir": "rtl"}}, {"ease": "expo_in"}],
)
def test_what_differs_does_not_pair(change: dict[str, Any]) -> None:
    document = pair("wipe")
    a, b = document["root"]["kind"]["collection"]["children"]
    b["transition_in"] = {**b["transition_in"], **change}
    if "params" not in change:
        b["transition_in"].setdefault("params", {})
    if change.get("kind"):
        b["transition_in"]["params"] = {}
    (middle,) = frames(document, 14)
    # Alone, the outgoing wipe is a mask: beside what comes, its cleared part shows nothing below.
    a_alone = frames(scene(a, assets=document["assets"]), 14)[0]
    b_alone = frames(scene(b, assets=document["assets"]), 14)[0]
    over = b_alone + (a_alone * (255 - b_alone[..., 3:]) + 127) // 255
    assert np.abs(middle - over).max() <= 1


def test_groups_and_nested_groups_pair() -> None:
    both = {"kind": "crossfade", "duration_frames": 10}
    document = scene(
        collection("a", leaf(RED, "a1"), leaf(RED, "a2"), transition_out=both, range=[0, 20]),
        collection("b", leaf(BLUE, "b1"), leaf(BLUE, "b2"), transition_in=both, range=[10, 30]),
    )
    (middle,) = frames(document, 15)
    w = 128
    assert (middle == [round(255 * (255 - w) / 255), 0, w, 255]).all()


def test_a_transition_longer_than_its_node_fills_it() -> None:
    (at,) = frames(scene(leaf(RED, "a", range=[0, 10], transition_in={"kind": "crossfade", "duration_frames": 99})), 5)
    assert (at[..., 3] == 128).all()


def test_frame_keys_follow_the_progress() -> None:
    document = scene(leaf(RED, "a", transition_in={"kind": "crossfade", "duration_frames": 10}))
    comp = wv.Composition.from_json(document)
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        sink = wv.InMemorySink()
        session.render_range(range(0, 12), sink)
    alphas = [int(frame.rgba[0, 0, 3]) for frame in sink.frames]
    assert alphas == [round(255 * k / 10 + 1e-9) for k in range(10)] + [255, 255]


@pytest.mark.parametrize("kind, params", [("wipe", {"dir": "ltr"}), ("iris", {"shape": "circle", "origin": [0.25, 0.5]})])
def test_a_sweep_in_a_nested_composition_runs_over_its_canvas(kind: str, params: dict[str, Any]) -> None:
    """Turned by 180 degrees and moved, the inner picture is the same, turned and moved."""
    both = {"kind": kind, "duration_frames": 10, "params": params}
    inner = scene(
        leaf(RED, "a", range=[0, 20], transition_out=both), leaf(BLUE, "b", range=[10, 30], transition_in=both), size=(40, 30)
    )
    inner.pop("version")
    node = {"id": "n", "kind": {"comp_ref": {"composition": "inner"}}}
    plain, turned = (
        frames(scene({**node, **more}, size=(80, 60), compositions={"inner": inner}), 15)[0]
        for more in ({}, {"transform": {"translate": [60, 50], "rotation_deg": 180}})
    )
    assert len(np.unique(plain[:30, :40].reshape(-1, 4), axis=0)) >= 2
    assert (turned[20:50, 20:60] == plain[:30, :40][::-1, ::-1]).all()


def alphas(node: dict[str, Any], fps: int, time: dict[str, Any], *wanted: int) -> list[int]:
    inner = scene(leaf(RED, "a", **node), duration=20)
    inner = {**inner, "fps": fps}
    inner.pop("version")
    outer = {"id": "n", "kind": {"comp_ref": {"composition": "inner", "time": time}}}
    return [int(f[0, 0, 3]) for f in frames(scene(outer, duration=100, compositions={"inner": inner}), *wanted)]


@pytest.mark.parametrize(
    "fps, time, wanted, local",
    [
        (30, {"scale": 0.5}, [0, 1, 2, 3, 18, 19, 20], ["0", "1/2", "1", "3/2", "9", "19/2", "10"]),
        (30, {"scale": 0.25, "offset": 3}, [3, 4, 5, 42], ["0", "1/4", "1/2", "39/4"]),
        (24, {}, [0, 1, 2, 12], ["0", "4/5", "8/5", "48/5"]),
        (30, {"scale": -0.5, "offset": 38}, [0, 19, 21, 37], ["19", "19/2", "17/2", "1/2"]),
    ],
)
def test_progress_in_slow_motion_is_that_of_the_exact_time(
    fps: int, time: dict[str, Any], wanted: list[int], local: list[str]
) -> None:
    """Alpha is 255 times the progress, rounded half up, of a fade whose local frames are fractions, worked out by hand."""
    fade = {"transition_in": {"kind": "crossfade", "duration_frames": 10}}
    truth = [min(int(255 * Fraction(at) / 10 + Fraction(1, 2)), 255) for at in local]
    assert alphas(fade, fps, time, *wanted) == truth


def test_a_pair_in_slow_motion_moves_in_every_frame() -> None:
    inner = pair("wipe")
    inner.pop("version")
    outer = {"id": "n", "kind": {"comp_ref": {"composition": "inner", "time": {"scale": 0.5}}}}
    got = frames(scene(outer, duration=100, compositions={"inner": inner}), *range(20, 40))
    blue = [int((picture[..., 2] == 255).all(axis=0).sum()) for picture in got]
    assert [abs(columns - 3.2 * k) <= 1 for k, columns in enumerate(blue)] == [True] * 20
