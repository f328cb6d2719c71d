"""Expressions of a document: what its scene gives them to read, and where every problem is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wavyte_gpu import validate_schema


def document(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = [{"kind": {"leaf": {"asset": "null"}}, **node} for node in nodes]
    return {
        "version": "0.3",
        "canvas": {"width": 8, "height": 8},
        "duration": 10,
        "assets": {"null": "null", "box": {"solid_rect": {"color": "red"}}},
        "variables": {
            "n": 2,
            "on": True,
            "p": [1, 2],
            "c": "#f00",
            "t": "hi",
            "rows": {"type": "list", "default": [1]},
        },
        "root": {"id": "root", "kind": {"collection": {"mode": "stack", "children": made}}},
        **more,
    }


def switch(**more: Any) -> dict[str, Any]:
    child = {"id": "inside", "kind": {"leaf": {"asset": "null"}}}
    body = {"mode": {"switch": {"active": 0}}, "children": [child]}
    return {"id": "s", "kind": {"collection": body}, **more}


@pytest.mark.parametrize(
    "source",
    [
        "=self.transform.translate.x + nodes.b.opacity",
        '=nodes["b"].transform.rotation_rad',
        "=nodes.s.switch.active",
        "=nodes.b.transform.scale.y * nodes.b.transform.skew.x",
        "=nodes.b.transform.anchor.x",
        "=time.frame / time.duration * time.fps + time.seconds - time.progress",
        "=vars.n + vars.p.y + vars.c.r",
        "=vars.on ? 1 : 0",
        "=nodes.b.transform.translate.x",
        "=(nodes.b.transform.translate * 2).y",
    ],
)
def test_names_of_a_scene(source: str) -> None:
    assert validate_schema(document({"id": "a", "opacity": source}, {"id": "b"}, switch())) == []


@pytest.mark.parametrize(
    ("source", "column", "text"),
    [
        ("=nodes.c.opacity", 8, "unknown node"),
        ("=nodes.bb.opacity", 8, "did you mean 'b'?"),
        ("=nodes.b.opacty", 10, "did you mean 'opacity'?"),
        ("=nodes.b.transform", 10, "a property is needed"),
        ("=nodes.b.transform.rotation_deg", 10, "rotation_rad, in radians"),
        ("=nodes.b.layout.width", 10, "results of layout can't be read"),
        ("=nodes.b.effects.blur", 10, "parameters of effects can't be read"),
        ("=nodes.b.nodes.x.opacity", 10, "nodes of another composition can't be read"),
        ("=nodes.b.switch.active", 10, "only a switch"),
        ("=nodes.mid.transform.anchor.x", 12, "can't be read"),
        ("=time.frames", 7, "did you mean 'frame'?"),
        ("=vars.m", 7, "allowed: n, on, p, c, t, rows"),
        ("=vars.t", 2, "a number is expected"),
        ("=vars.t + 1", 9, "found a text, a number"),
        ("=vars.p", 2, "found a vec2"),
        ("=vars.on", 2, "found a bool"),
        ("=item.x", 2, "inside a `repeat` only"),
        ("=tme.frame", 2, "did you mean 'time'?"),
        ("=clamp(1, 3, 2)", 2, "above the upper"),
    ],
)
def test_a_fault_has_its_path_and_place(source: str, column: int, text: str) -> None:
    nodes = [{"id": "a", "opacity": source}, {"id": "b"}, {"id": "mid", "transform": {"anchor": "center"}}, switch()]
    (problem,) = validate_schema(document(*nodes))
    assert text in str(problem)
    assert (problem.path, problem.node_id) == ("/root/kind/collection/children/0/opacity", "a")
    assert (problem.line, problem.offset) == (None, column - 1)
    assert problem.excerpt is not None and problem.excerpt.splitlines()[1] == " " * (column - 1) + "^"


@pytest.mark.parametrize(
    "source",
    [
        "=1 + bogus",
        '=nodes["b"].opacity * bogus',
        "=1 +\n\tbogus",
        "= if(time.frame > 1, 2, 3)\\ + bogus",
        "=nodes[\"\u00e9 \U0001f600\"].opacity + bogus",
        {"expr": "=bogus"},
    ],
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_fault_is_located_in_the_text_of_the_document(source: Any, ascii_only: bool) -> None:
    nodes = [{"id": "a", "transform": {"scale": source}}, {"id": "b"}, {"id": "\u00e9 \U0001f600"}]
    text = json.dumps(document(*nodes), indent=1, ensure_ascii=ascii_only)
    for problem in validate_schema(text):
        assert problem.line is not None and problem.column is not None
        at = text.splitlines()[problem.line - 1][problem.column - 1 :]
        assert at.startswith("bogus" if problem.found == "'bogus'" else "\\\\")
        assert str(problem).startswith(f"line {problem.line}:{problem.column} root")
        assert str(problem.with_file("f.json")).startswith(f"f.json:{problem.line}:{problem.column} root")


def test_every_problem_is_found() -> None:
    bad = document(
        {"id": "a", "opacity": "=x", "transform": {"translate": ["=y", "=1 +"]}}, {"id": "b", "enabled": "=1"}
    )
    assert [p.path.rsplit("/", 1)[1] for p in validate_schema(bad)] == ["opacity", "0", "1", "enabled"]


@pytest.mark.parametrize(
    ("fields", "chain"),
    [
        ([{"opacity": "=self.opacity * 0.5"}], "a.opacity -> a.opacity"),
        (
            [{"opacity": "=nodes.b.transform.translate.y"}, {"transform": {"translate": "=vec2(1, nodes.a.opacity)"}}],
            "a.opacity -> b.transform.translate.y -> a.opacity",
        ),
        (
            [
                {"transform": {"rotation_deg": "=nodes.b.opacity"}},
                {"opacity": {"expr": "=nodes.a.transform.rotation_rad"}},
            ],
            "a.transform.rotation_rad -> b.opacity -> a.transform.rotation_rad",
        ),
    ],
)
def test_a_cycle_prints_its_chain(fields: list[dict[str, Any]], chain: str) -> None:
    nodes = [{"id": name, **field} for name, field in zip("ab", fields, strict=False)]
    (problem,) = validate_schema(document(*nodes))
    assert problem.code == "expression_cycle"
    assert problem.message.endswith(": " + chain)
    assert problem.path.startswith("/root/kind/collection/children/0/")


def test_components_are_properties_of_their_own() -> None:
    assert (
        validate_schema(
            document({"id": "a", "transform": {"translate": "=vec2(time.frame, self.transform.translate.x)"}})
        )
        == []
    )


def test_a_long_chain_is_no_cycle_and_a_long_cycle_is_shown_in_part() -> None:
    nodes = [{"id": f"n{i}", "opacity": f"=nodes.n{i + 1}.opacity"} for i in range(2000)]
    assert validate_schema(document(*nodes, {"id": "n2000", "opacity": 0.5})) == []
    (problem,) = validate_schema(document(*nodes, {"id": "n2000", "opacity": "=nodes.n0.opacity"}))
    assert "more ..." in problem.message and len(problem.message) < 400


def test_what_is_evaluated_once_reads_constants_only() -> None:
    repeat = {
        "id": "r",
        "kind": {"repeat": {"items": "=vars.rows", "child": {"id": "c", "kind": {"leaf": {"asset": "box"}}}}},
    }
    assert validate_schema(document(repeat, {"id": "a", "enabled": "=vars.on && vars.n > 1"})) == []
    repeat["kind"]["repeat"]["items"] = "=time.frame"
    (problem,) = validate_schema(document(repeat))
    assert "evaluated once" in problem.message


def test_a_repeat_knows_its_item() -> None:
    child = {"id": "c", "opacity": "=item.alpha * index / count", "kind": {"leaf": {"asset": "box"}}}
    assert validate_schema(document({"id": "r", "kind": {"repeat": {"items": 3, "child": child}}})) == []


def test_assets_read_the_leaf_that_shows_them() -> None:
    assets = {"null": "null", "box": {"solid_rect": {"color": "=hsl(time.progress, self.opacity, 0.5)"}}}
    assert validate_schema(document({"id": "a", "kind": {"leaf": {"asset": "box"}}}, assets=assets)) == []
    assets["box"] = {"solid_rect": {"color": "=vars.n"}}
    (problem,) = validate_schema(document({"id": "a", "kind": {"leaf": {"asset": "box"}}}, assets=assets))
    assert problem.path == "/assets/box/solid_rect/color"
