"""Every problem is found at once, with its place, its node, what was found and the nearest known name."""

from __future__ import annotations

from typing import Any

import pytest
import schema_examples as examples

from wavyte_gpu import validate_schema
from wavyte_gpu.foundation.errors import SchemaError
from wavyte_gpu.schema import parse_document

LEAF = examples.leaf("a")
AT = "/root/kind/collection/children/0"


def shape_mask(shape: Any, **fields: Any) -> dict[str, Any]:
    return examples.leaf("a", mask={"source": {"shape": shape}, **fields})


NODES: list[tuple[Any, str, str]] = [
    ({**LEAF, "opcaity": 1}, "unknown_field", "/opcaity"),
    ({"kind": LEAF["kind"]}, "missing", ""),
    ({**LEAF, "id": ""}, "value", "/id"),
    ({**LEAF, "id": 3}, "type", "/id"),
    ({**LEAF, "id": "root"}, "duplicate_id", "/id"),
    (examples.leaf("a", asset="rekt"), "unknown_asset", "/kind/leaf/asset"),
    ({"id": "a", "kind": {"leef": {}}}, "value", "/kind/leef"),
    ({"id": "a"}, "missing", ""),
    ({**LEAF, "blend": "color-dodge"}, "value", "/blend"),
    ({**LEAF, "range": [5, 3]}, "range", "/range"),
    ({**LEAF, "range": [-1, 3]}, "range", "/range/0"),
    ({**LEAF, "range": [0.5, 3]}, "type", "/range/0"),
    ({**LEAF, "range": ["x", 3]}, "type", "/range/0"),
    ({**LEAF, "range": 3}, "type", "/range"),
    ({**LEAF, "opacity": "0.5"}, "type", "/opacity"),
    ({**LEAF, "opacity": True}, "type", "/opacity"),
    ({**LEAF, "opacity": float("nan")}, "value", "/opacity"),
    ({**LEAF, "opacity": 10**400}, "value", "/opacity"),
    ({**LEAF, "opacity": {"keyframs": []}}, "type", "/opacity"),
    ({**LEAF, "opacity": {"keyframes": []}}, "missing", "/opacity/keyframes"),
    (
        {**LEAF, "opacity": {"keyframes": [{"frame": 3, "value": 1}, {"frame": 3, "value": 2}]}},
        "order",
        "/opacity/keyframes/1/frame",
    ),
    (
        {**LEAF, "opacity": {"keyframes": [{"frame": 3, "value": 1, "ease": "ease_inout"}]}},
        "value",
        "/opacity/keyframes/0/ease",
    ),
    (
        {**LEAF, "opacity": {"keyframes": {"keys": [], "default": 1, "mode": {"cubic_bezier": [2, 0, 0, 1]}}}},
        "range",
        "/opacity/keyframes/mode/cubic_bezier/0",
    ),
    (
        {
            **LEAF,
            "opacity": {
                "keyframes": {"keys": [{"frame": 0, "value": 0, "ease": {"spring": {"stiffness": 0, "damping": 1}}}]}
            },
        },
        "range",
        "/opacity/keyframes/keys/0/ease/spring/stiffness",
    ),
    (
        {**LEAF, "opacity": {"procedural": {"kind": "scalar", "params": {"sin": {}}}}},
        "type",
        "/opacity/procedural/params",
    ),
    ({**LEAF, "transform": {"translate": [1]}}, "type", "/transform/translate"),
    ({**LEAF, "transform": {"translate": [1, "x"]}}, "type", "/transform/translate/1"),
    ({**LEAF, "transform": {"rotation_deg": 1, "rotation_rad": 1}}, "conflict", "/transform"),
    ({**LEAF, "transform": {"anchor": "middle"}}, "value", "/transform/anchor"),
    ({**LEAF, "effects": [{"blurr": 3}]}, "unknown_effect", "/effects/0/blurr"),
    ({**LEAF, "effects": [{"blur": {"radius": 3, "sigma": 2}}]}, "conflict", "/effects/0/blur"),
    ({**LEAF, "effects": [{"blur": {"radius": 3, "radius_px": 2}}]}, "conflict", "/effects/0/blur/radius_px"),
    ({**LEAF, "effects": [{"blur": {"radios": 3}}]}, "unknown_param", "/effects/0/blur/radios"),
    ({**LEAF, "effects": [{"blur": -1}]}, "range", "/effects/0/blur"),
    ({**LEAF, "effects": [{"color_matrix": [1]}]}, "value", "/effects/0/color_matrix"),
    ({**LEAF, "effects": [{"opacity_mul": {}}]}, "missing_param", "/effects/0/opacity_mul"),
    ({**LEAF, "effects": [{"drop_shadow": 3}]}, "type", "/effects/0/drop_shadow"),
    ({**LEAF, "effects": {"blur": 3}}, "type", "/effects"),
    ({**LEAF, "effects": [{"tint": [255, 0, 0]}]}, "colour", "/effects/0/tint"),
    ({**LEAF, "transition_in": {"kind": "wipee", "duration_frames": 3}}, "unknown_transition", "/transition_in/kind"),
    ({**LEAF, "transition_in": {"kind": "wipe"}}, "missing", "/transition_in"),
    (
        {**LEAF, "transition_in": {"kind": "wipe", "duration_frames": 3, "params": {"dir": "left"}}},
        "value",
        "/transition_in/params/dir",
    ),
    (
        {**LEAF, "transition_in": {"kind": "slide", "duration_frames": 3, "params": {"soft_edge": 1}}},
        "unknown_param",
        "/transition_in/params/soft_edge",
    ),
    ({**LEAF, "mask": {"source": {"node": "b"}}}, "unknown_node", "/mask/source/node"),
    ({**LEAF, "mask": {"source": {"node": "a"}}}, "mask_cycle", "/mask/source/node"),
    ({**LEAF, "mask": {"source": {"node": "root"}}}, "mask_cycle", "/mask/source/node"),
    ({**LEAF, "mask": {"source": {"asset": "imag"}}}, "unknown_asset", "/mask/source/asset"),
    (shape_mask({"rect": {"width": -1, "height": 2}}), "range", "/mask/source/shape/rect/width"),
    (shape_mask({"circle": {}}), "value", "/mask/source/shape/circle"),
    (shape_mask({"path": {"svg_path_d": "M0 0L9"}}), "path_data", "/mask/source/shape/path/svg_path_d"),
    ({**LEAF, "effects": [{"clip_path": "M0 0L1 2,"}]}, "path_data", "/effects/0/clip_path"),
    ({**LEAF, "effects": [{"clip_path": {"path": "M0 1e30"}}]}, "path_data", "/effects/0/clip_path/path"),
    (
        shape_mask({"rect": {"width": 1, "height": 2}}, mode={"stencil": {"threshold": 2}}),
        "range",
        "/mask/mode/stencil/threshold",
    ),
    ({**LEAF, "layout": {"direction": "rows"}}, "value", "/layout/direction"),
    ({**LEAF, "layout": {"size": {"width": "50"}}}, "type", "/layout/size/width"),
    ({"id": "a", "kind": {"leaf": {"asset": "rect", "size": [-1, 2]}}}, "range", "/kind/leaf/size/0"),
    ({"id": "a", "kind": {"leaf": {"asset": "rect", "fit": "kontain"}}}, "value", "/kind/leaf/fit"),
    ({"id": "a", "kind": {"collection": {"mode": "stak", "children": []}}}, "value", "/kind/collection/mode"),
    ({"id": "a", "kind": {"collection": {"mode": "stack"}}}, "missing", "/kind/collection"),
    (
        {"id": "a", "kind": {"collection": {"mode": {"switch": {"active": 0}}, "children": []}}},
        "value",
        "/kind/collection/children",
    ),
    (
        {"id": "a", "kind": {"collection": {"mode": "switch", "children": [LEAF | {"id": "b"}]}}},
        "missing",
        "/kind/collection/mode",
    ),
    (
        {"id": "a", "kind": {"collection": {"mode": "sequence", "children": [LEAF | {"id": "b"}]}}},
        "missing",
        "/kind/collection/children/0",
    ),
    (
        {"id": "a", "kind": {"collection": {"mode": "sequence", "children": [LEAF | {"id": "b", "range": [1, 3]}]}}},
        "range",
        "/kind/collection/children/0/range/0",
    ),
    ({"id": "a", "kind": {"comp_ref": {"composition": "x"}}}, "unknown_composition", "/kind/comp_ref/composition"),
    ({"id": "a", "kind": {"repeat": {"items": -1, "child": LEAF | {"id": "b"}}}}, "range", "/kind/repeat/items"),
    ({"id": "a", "kind": {"repeat": {"items": 10**6, "child": LEAF | {"id": "b"}}}}, "limit", "/kind/repeat/items"),
    ({**LEAF, "enabled": 1}, "type", "/enabled"),
    ({**LEAF, "name": 1}, "type", "/name"),
    ({**LEAF, "name": "\ud800"}, "value", "/name"),
]


@pytest.mark.parametrize(("node", "code", "where"), NODES, ids=lambda value: value if isinstance(value, str) else "")
def test_problem_of_a_node(node: Any, code: str, where: str) -> None:
    errors = [p for p in validate_schema(examples.document([node])) if p.severity == "error"]
    assert [(p.code, p.path) for p in errors] == [(code, AT + where)], [str(p) for p in errors]
    assert errors[0].node_id in (node.get("id"), "b", "root", None)
    assert errors[0].message and "\n" not in str(errors[0])
    assert code != "path_data" or "column" in errors[0].message


TOP: list[tuple[dict[str, Any], str, str]] = [
    ({"version": "0.2"}, "version", "/version"),
    ({"version": 0.3}, "version", "/version"),
    ({"canvas": {"width": 0, "height": 1}}, "range", "/canvas/width"),
    ({"canvas": {"width": 16384, "height": 1}}, "limit", "/canvas/width"),
    ({"canvas": {"width": True, "height": 1}}, "type", "/canvas/width"),
    ({"canvas": {"width": "64", "height": 1}}, "type", "/canvas/width"),
    ({"canvas": {"width": 1, "height": 1, "background": "rde"}}, "colour", "/canvas/background"),
    ({"canvas": {"width": 1, "height": 1, "background": [255, 0, 0]}}, "colour", "/canvas/background"),
    ({"fps": 0}, "range", "/fps"),
    ({"fps": -1.5}, "range", "/fps"),
    ({"fps": 1e-300}, "range", "/fps"),
    ({"fps": {"num": 0, "den": 1}}, "range", "/fps/num"),
    ({"duration": -1}, "range", "/duration"),
    ({"duration": 2**40}, "range", "/duration"),
    ({"seed": -1}, "range", "/seed"),
    ({"assets": {"x": {"imag": {}}}}, "unknown_asset_kind", "/assets/x/imag"),
    ({"assets": {"x": {"image": {}}}}, "missing", "/assets/x/image"),
    ({"assets": {"x": {"image": {"source": "https://x/y.png"}}}}, "source", "/assets/x/image/source"),
    ({"assets": {"x": {"text": {"text": "{{titel}}"}}}}, "unknown_variable", "/assets/x/text/text"),
    ({"assets": {"x": {"text": {"text": "{{item.name}}"}}}}, "unknown_variable", "/assets/x/text/text"),
    ({"assets": {"x": {"text": {}}}}, "missing", "/assets/x/text"),
    ({"assets": {"x": {"text": {"text": "a", "runs": [{"text": "b"}]}}}}, "conflict", "/assets/x/text"),
    ({"assets": {"x": {"solid_rect": {"radius_px": -1}}}}, "range", "/assets/x/solid_rect/radius_px"),
    ({"assets": {"x": {"video": {"source": "a", "playback_rate": 0}}}}, "range", "/assets/x/video/playback_rate"),
    ({"assets": {"x": {"video": {"source": "a", "volume": -1}}}}, "range", "/assets/x/video/volume"),
    (
        {"assets": {"x": {"video": {"source": "a", "trim_start_sec": 2, "trim_end_sec": 1}}}},
        "order",
        "/assets/x/video/trim_end_sec",
    ),
    ({"assets": {"x": {"gradient": {"stops": [[0, "red"]]}}}}, "type", "/assets/x/gradient/stops"),
    ({"assets": {"x": {"gradient": {"stops": [[1, "red"], [0, "red"]]}}}}, "order", "/assets/x/gradient/stops/1/0"),
    (
        {"assets": {"x": {"gradient": {"start": "red", "end": "red", "radius": 1}}}},
        "conflict",
        "/assets/x/gradient/radius",
    ),
    ({"variables": {"x": [1, 2, 3]}}, "type", "/variables/x"),
    ({"variables": {"x": {"type": "nmber"}}}, "value", "/variables/x/type"),
    ({"variables": {"x": {"type": "number", "default": 3, "max": 2}}}, "range", "/variables/x/default"),
    ({"variables": {"x": {"type": "choice", "default": "c", "choices": ["a", "b"]}}}, "value", "/variables/x/default"),
    ({"variables": {"x": {"type": "asset", "default": "nope"}}}, "unknown_asset", "/variables/x/default"),
    ({"variables": {"x": {"type": "text", "required": False}}}, "missing", "/variables/x"),
    ({"meta": {"x": float("inf")}}, "value", "/meta"),
    ({"compositions": {"k": {"duration": 3}}}, "missing", "/compositions/k"),
    ({"wat": 1}, "unknown_field", "/wat"),
]


@pytest.mark.parametrize(("fields", "code", "path"), TOP, ids=lambda value: value if isinstance(value, str) else "")
def test_problem_at_the_top(fields: dict[str, Any], code: str, path: str) -> None:
    source = examples.document([])
    merged = {**source, **fields}
    for key in ("assets", "variables"):
        if key in fields:
            merged[key] = {**source[key], **fields[key]}
    errors = [p for p in validate_schema(merged) if p.severity == "error"]
    assert {p.code for p in errors} == {code} and errors[0].path == path, [str(p) for p in errors]


@pytest.mark.parametrize("source", [None, 3, "x.json", [], {}, [1, 2]])
def test_what_is_no_document(source: Any) -> None:
    assert any(p.severity == "error" for p in validate_schema(source))


def test_all_problems_at_once_with_hints() -> None:
    nodes = [
        examples.leaf("a", asset="imag", opacity="x", effects=[{"blurr": 1}, {"blur": {"radios": 1}}]),
        examples.leaf("b", blend="screan"),
    ]
    with pytest.raises(SchemaError) as caught:
        parse_document(examples.document(nodes, dration=3))
    problems = caught.value.problems
    assert len(problems) == 6
    hints = [p.hint for p in problems]
    for name in ("image", "blur", "radius", "screen", "duration"):
        assert f"did you mean '{name}'?" in hints
    assert {p.node_id for p in problems} == {"a", "b", None}


def test_colour_above_one_suggests_255() -> None:
    (problem,) = validate_schema(examples.document([], canvas={"width": 1, "height": 1, "background": [255, 0, 0]}))
    assert problem.hint == "divide by 255: 1"


def test_compositions_that_contain_themselves() -> None:
    def refer(key: str) -> dict[str, Any]:
        root = {"id": "r", "kind": {"comp_ref": {"composition": key}}}
        return {"canvas": {"width": 1, "height": 1}, "duration": 1, "root": root}

    for compositions in ({"a": refer("a")}, {"a": refer("b"), "b": refer("c"), "c": refer("a")}):
        (problem,) = validate_schema(examples.document([], compositions=compositions))
        assert problem.code == "comp_cycle" and problem.node_id == "r"
    assert not validate_schema(
        examples.document([], compositions={"a": refer("b"), "b": {**refer("a"), "root": LEAF_NULL}})
    )


LEAF_NULL = {"id": "r", "kind": {"collection": {"mode": "group", "children": []}}}


def test_bound_variables_are_checked() -> None:
    reference = {"id": "r", "kind": {"comp_ref": {"composition": "k", "variables": {"n": "x", "m": 1}}}}
    source = examples.document([reference], compositions={"k": examples.INNER})
    assert {(p.code, p.path.rsplit("/", 1)[1]) for p in validate_schema(source)} == {
        ("type", "n"),
        ("unknown_variable", "m"),
    }


def test_inner_names_are_their_own() -> None:
    inner = {**examples.INNER, "root": examples.leaf("a")}
    problems = validate_schema(examples.document([examples.leaf("a")], compositions={"k": inner}))
    assert [(p.code, p.path) for p in problems] == [("unknown_asset", "/compositions/k/root/kind/leaf/asset")]


def test_mutual_masks_are_a_cycle() -> None:
    nodes = [examples.leaf("a", mask={"source": {"node": "b"}}), examples.leaf("b", mask={"source": {"node": "a"}})]
    assert [p.code for p in validate_schema(examples.document(nodes))] == ["mask_cycle"]


def test_item_names_are_known_where_something_repeats() -> None:
    assets = {**examples.ASSETS, "row": {"text": {"text": "{{item.name}} {{index}}"}}}
    repeat = {"id": "r", "kind": {"repeat": {"items": "=vars.rows", "child": examples.leaf("c", asset="row")}}}
    assert not validate_schema(examples.document([repeat], assets=assets))


@pytest.mark.parametrize(
    "time, words",
    [
        ({"scale": -1}, "no more than its first frame"),
        ({"scale": -2, "offset": -1}, "nothing of it"),
        ({"scale": -1, "offset": 29}, None),
        ({"scale": 1, "offset": -5}, None),
    ],
)
def test_a_reversed_composition_that_never_begins_is_a_warning(time: dict[str, Any], words: str | None) -> None:
    root = {"id": "r", "kind": {"leaf": {"asset": "n"}}}
    inner = {"canvas": {"width": 1, "height": 1}, "duration": 30, "assets": {"n": "null"}, "root": root}
    node = {"id": "c", "kind": {"comp_ref": {"composition": inner, "time": time}}}
    problems = validate_schema(examples.document([node]))
    expected = [("warning", "reversed_before_start", "c")] if words else []
    assert [(p.severity, p.code, p.node_id) for p in problems] == expected
    assert all(str(words) in p.message and p.path.endswith("/comp_ref/time") for p in problems)


def test_an_expression_at_an_id_that_a_deeper_node_has() -> None:
    inner = {"id": "g", "kind": {"collection": {"mode": "group", "children": [examples.leaf("a")]}}}
    doc = examples.document([inner, examples.leaf("a", opacity="=time.progress")])
    assert [p.code for p in validate_schema(doc)] == ["duplicate_id"]
