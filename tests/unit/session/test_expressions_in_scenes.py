"""Expressions of whole documents: what drives what, at which times, and what changes with variables."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene
from wavyte_gpu.cli.main import entry
from wavyte_gpu.foundation.enums import Lane

RED = "#ff0000"


def session(document: dict[str, Any]) -> wv.RenderSession:
    return wv.RenderSession(wv.Composition.from_json(document), options=wv.SessionOptions(backend="reference"))


def lanes(opened: wv.RenderSession, node: str, lane: Lane, frames: list[int]) -> list[float]:
    """Return a lane of a node at some frames: its column, or its constant."""
    ir = opened._ir
    at = ir.names.nodes.index(node)
    tracks = opened._source.sample(frames).tracks
    mine = np.flatnonzero((ir.track_node == at) & (ir.track_lane == lane))
    return tracks[:, mine[0]].tolist() if len(mine) else [float(ir.nodes.base[at, lane])] * len(frames)


def test_times_are_those_of_the_owner() -> None:
    late = leaf(
        RED,
        "late",
        range=[10, 20],
        opacity="=time.frame",
        transform={"translate": "=vec2(time.progress, time.seconds)"},
    )
    reader = leaf(RED, "reader", opacity="=nodes.late.opacity * 100 + time.duration + time.fps")
    with session(scene(late, reader, fps={"num": 30000, "den": 1001}, duration=30)) as opened:
        assert lanes(opened, "late", Lane.OPACITY, [0, 10, 13, 20, 25]) == [0, 0, 3, 10, 10]
        assert lanes(opened, "late", Lane.TRANSLATE_X, [15, 29]) == [0.5, 1.0]
        assert lanes(opened, "late", Lane.TRANSLATE_Y, [15]) == [5 * 1001 / 30000]
        assert lanes(opened, "reader", Lane.OPACITY, [13]) == [3 * 100 + (30 + 30000 / 1001)]


def test_lanes_of_every_kind_are_read() -> None:
    turned = leaf(
        RED,
        "a",
        transform={
            "translate": {"keyframes": [{"frame": 0, "value": [0, 8]}, {"frame": 10, "value": [10, 8]}]},
            "rotation_deg": 90,
            "scale": "=2",
            "skew_deg": [30, 0],
            "anchor": [3, 4],
        },
    )
    switch = collection("s", leaf(RED, "s0"), leaf(RED, "s1"), mode={"switch": {"active": "=step(5, time.frame)"}})
    reads = (
        ("transform.translate.x", 5.0),
        ("transform.translate.y", 8.0),
        ("transform.rotation_rad", 90 * (math.pi / 180)),
        ("transform.scale.y", 2.0),
        ("transform.skew.x", 30 * (math.pi / 180)),
        ("transform.anchor.y", 4.0),
        ("opacity", 1.0),
    )
    nodes = [leaf(RED, f"r{i}", opacity=f"=nodes.a.{path}") for i, (path, _) in enumerate(reads)]
    with session(scene(turned, switch, *nodes, leaf(RED, "r", opacity="=nodes.s.switch.active"))) as opened:
        for i, (_, value) in enumerate(reads):
            assert lanes(opened, f"r{i}", Lane.OPACITY, [5]) == [value]
        assert lanes(opened, "r", Lane.OPACITY, [4, 5]) == [0.0, 1.0]


def test_degrees_and_one_number_for_a_scale() -> None:
    node = leaf(
        RED, "a", transform={"rotation_deg": "=time.frame", "scale": "=time.frame", "skew_deg": "=vec2(45, time.frame)"}
    )
    with session(scene(node)) as opened:
        assert lanes(opened, "a", Lane.ROTATION_RAD, [9]) == [9 * (math.pi / 180)]
        assert lanes(opened, "a", Lane.SCALE_X, [9]) == lanes(opened, "a", Lane.SCALE_Y, [9]) == [9.0]
        assert lanes(opened, "a", Lane.SKEW_Y, [9]) == [9 * (math.pi / 180)]


def test_only_what_moves_is_computed() -> None:
    still = leaf(RED, "a", opacity="=sin(1) * 0.5", transform={"translate": "=vec2(3 * 4, time.frame)"})
    with session(scene(still, leaf(RED, "b", opacity="=nodes.a.opacity"))) as opened:
        table = opened._ir.expressions
        assert table is not None and len(table.program.outputs) == 2  # translate.y, and b, which reads a constant
        assert len(table.program.steps) <= 2
        assert lanes(opened, "a", Lane.TRANSLATE_X, [5]) == [12.0]
        assert lanes(opened, "b", Lane.OPACITY, [5]) == lanes(opened, "a", Lane.OPACITY, [5])


def test_variables_change_what_is_computed_without_a_new_scene() -> None:
    document = scene(
        leaf(RED, "a", size=[4, 4], transform={"translate": "=vars.at * (vars.on ? 1 : 2)"}, opacity="=vars.tint.g"),
        variables={"at": [1, 2], "on": True, "tint": "#00ff00"},
    )
    with session(document) as opened:
        first, ir = opened.render_frame(0).hash, opened._ir
        opened.set_variables({"at": [10, 5], "on": False})
        assert lanes(opened, "a", Lane.TRANSLATE_X, [0]) == [20.0] and lanes(opened, "a", Lane.TRANSLATE_Y, [0]) == [
            10.0
        ]
        assert opened.render_frame(0).hash != first
        opened.set_variables({"tint": "#00330080"})
        assert lanes(opened, "a", Lane.OPACITY, [0]) == [0.2]
        opened.set_variables({"at": [1, 2], "on": True, "tint": "#00ff00"})
        assert opened.render_frame(0).hash == first and opened._ir is ir


def test_a_session_can_begin_with_variables() -> None:
    document = scene(leaf(RED, "a", opacity="=vars.x"), variables={"x": {"type": "number", "required": True}})
    comp = wv.Composition.from_json(document)
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference"), variables={"x": 0.25}) as opened:
        assert lanes(opened, "a", Lane.OPACITY, [0]) == [0.25]


def test_a_repeat_has_names_of_its_own() -> None:
    child = collection(
        "turn",
        leaf(
            RED,
            "dot",
            size=[2, 2],
            transform={"translate": "=vec2(item.x + index * count, nodes.base.transform.translate.x)"},
        ),
        leaf(RED, "base", size=[1, 1], transform={"translate": "=vec2(item.x, time.frame)"}),
    )
    rows = {"rows": {"type": "list", "default": [{"x": 5}, {"x": 7}]}}
    repeat = {"id": "r", "kind": {"repeat": {"items": "=vars.rows", "child": child}}}
    with session(scene(repeat, variables=rows, assets={RED: {"solid_rect": {"color": RED}}})) as opened:
        assert lanes(opened, "dot[1]", Lane.TRANSLATE_X, [0]) == [9.0]
        assert lanes(opened, "dot[0]", Lane.TRANSLATE_Y, [0]) == [5.0]
        assert lanes(opened, "dot[1]", Lane.TRANSLATE_Y, [0]) == [7.0]


def test_types_of_items_are_checked_when_the_session_starts() -> None:
    child = leaf(RED, "c", opacity="=item.name")
    rows = {"rows": {"type": "list", "default": [{"name": "Ann"}]}}
    document = scene(
        {"id": "r", "kind": {"repeat": {"items": "=vars.rows", "child": child}}},
        variables=rows,
        assets={RED: {"solid_rect": {"color": RED}}},
    )
    with pytest.raises(wv.ExpressionError) as caught:
        session(document)
    (problem,) = caught.value.problems
    assert "a number is expected" in problem.message and problem.found == "a text"
    assert problem.node_id == "c[0]" and problem.excerpt is not None


def test_a_trim_follows_its_leaf() -> None:
    path = {"path": {"svg_path_d": "M0 0H20", "fill": "none", "stroke": {"width": 4}, "trim": {"end": "=self.opacity"}}}
    with session(scene(leaf("p", "a", opacity="=time.progress"), assets={"p": path})) as opened:
        assert lanes(opened, "a", Lane.TRIM_END, [15]) == [0.5]


def test_divisions_by_zero_are_counted_and_told() -> None:
    node = leaf(RED, "a", size=[4, 4], opacity="=1 / (time.frame - 3) + 1 / max(0, time.frame - 10)")
    with session(scene(node, duration=20)) as opened:
        stats = opened.render_range(range(20), wv.InMemorySink())
        (warning,) = stats.warnings
        assert warning.code == "division_by_zero" and warning.node_id == "a"
        assert (warning.found or "").startswith("12 times in =1 / (time.frame - 3)")
        assert lanes(opened, "a", Lane.OPACITY, [3, 4]) == [0.0, 1.0]
        assert opened.render_range(range(12, 20), wv.InMemorySink()).warnings == ()
        opened.render_frame(3)
        opened.render_frame(3)
        assert [w.code for w in opened.warnings] == ["division_by_zero"]


def test_the_verbs_for_frames_and_hashes_tell_of_them(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(scene(leaf(RED, "a", size=[4, 4], opacity="=1 / (time.frame - 3)"), duration=7)))
    assert entry(["frame", str(file), "3", "-o", str(tmp_path / "a.png"), "--backend", "reference"]) == 0
    told = "a.json:1:{} root.kind.collection.children[0].opacity (node 'a'): `opacity` divides by zero, which gives 0; found once"
    told = told.format(file.read_text().index('"=1 /') + 1)
    assert told + " at frame 3 in =1" in capfd.readouterr().err
    for arguments in (["hash", str(file)], ["bench", str(file)], ["golden", "update", str(tmp_path)]):
        assert entry([*arguments, "--backend", "reference"]) == 0
        assert told in capfd.readouterr().err
        assert entry([*arguments, "--backend", "reference", "--strict"]) == 2
        assert told in capfd.readouterr().err
    out = ["render", str(file), "-o", str(tmp_path / "frames"), "--backend", "reference"]
    assert entry(out) == 0 and told in capfd.readouterr().err


@pytest.mark.gpu
def test_verify_tells_of_them(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(scene(leaf(RED, "a", size=[4, 4], opacity="=1 / (time.frame - 3)"), duration=5)))
    assert entry(["verify", str(file)]) == 0
    assert capfd.readouterr().err.count("divides by zero, which gives 0; found once at frame 3") == 1
    assert entry(["verify", str(file), "--strict"]) == 2


def test_what_is_no_number_is_0() -> None:
    node = leaf(
        RED,
        "a",
        opacity="=log(0) + time.frame",
        transform={"translate": "=vec2(sqrt(0 - time.frame), exp(time.frame * 1000))"},
    )
    with session(scene(node)) as opened:
        assert lanes(opened, "a", Lane.OPACITY, [2]) == [0.0]
        assert lanes(opened, "a", Lane.TRANSLATE_X, [0, 4]) == [0.0, 0.0]
        assert lanes(opened, "a", Lane.TRANSLATE_Y, [0, 4]) == [1.0, 0.0]


def test_frames_do_not_depend_on_their_batch() -> None:
    node = leaf(
        RED,
        "a",
        opacity="=noise(time.seconds * 3) * 0.5 + random(time.frame) / 2",
        transform={"translate": "=vec2(pow(time.frame, 1.3), sin(time.frame)) * 5"},
    )
    with session(scene(node, seed=11)) as opened:
        batch = opened._source.sample(list(range(30)))
        for frame in (0, 7, 29):
            assert opened._source.sample([frame]).tracks[0].tobytes() == batch.tracks[frame].tobytes()
            assert opened._source.sample([frame]).keys[0] == batch.keys[frame]


def test_a_long_chain_and_many_expressions() -> None:
    nodes = [
        leaf(RED, f"n{i}", opacity=f"=nodes.n{i - 1}.opacity * 0.999 + 0.001" if i else "=time.progress")
        for i in range(1000)
    ]
    with session(scene(*nodes)) as opened:
        x = 0.5
        for _ in range(999):
            x = x * 0.999 + 0.001
        assert lanes(opened, "n999", Lane.OPACITY, [15]) == [x]
