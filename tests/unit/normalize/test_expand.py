"""Templates: `enabled`, `repeat`, `{{name}}` and asset variables, resolved to plain nodes and assets."""

from __future__ import annotations

from typing import Any

import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene
from wavyte_gpu.foundation.errors import SchemaError
from wavyte_gpu.normalize.expand import Expansion, expand
from wavyte_gpu.normalize.scope import look_up
from wavyte_gpu.normalize.support import walk
from wavyte_gpu.schema import parse_document

TITLE = {"text": {"text": "{{title}}"}}


def repeat(node_id: str, items: Any, child: dict[str, Any], **fields: Any) -> dict[str, Any]:
    mode = fields.pop("mode", "stack")
    return {"id": node_id, "kind": {"repeat": {"items": items, "mode": mode, "child": child}}, **fields}


def expanded(*children: dict[str, Any], values: dict[str, Any] | None = None, **top: Any) -> Expansion:
    return expand(parse_document(scene(*children, **top)), values or {})


def ids(expansion: Expansion) -> list[str]:
    return [node.id for node in walk(expansion.document)]


def text_at(expansion: Expansion, node_id: str) -> Any:
    node = next(node for node in walk(expansion.document) if node.id == node_id)
    return expansion.document.assets[node.kind.asset].text


def problem_of(*children: dict[str, Any], values: dict[str, Any] | None = None, **top: Any) -> wv.Problem:
    with pytest.raises(wv.WavyteError) as caught:
        expanded(*children, values=values, **top)
    (problem,) = caught.value.problems
    return problem


def test_a_document_without_templates_is_itself() -> None:
    document = parse_document(scene(collection("g", leaf("#ff0000", "a"))))
    assert expand(document, {}).document is document


@pytest.mark.parametrize("value", [True, False])
def test_enabled_by_a_variable(value: bool) -> None:
    nodes = [leaf("#ff0000", "a", enabled="=vars.on"), leaf("#00ff00", "b")]
    made = expanded(*nodes, variables={"on": True}, values={"on": value})
    assert ids(made) == ["root", *(["a"] if value else []), "b"]
    assert made.reads == {"on"}


def test_enabled_and_items_by_expressions() -> None:
    node = repeat("r", "=vars.n * 2", leaf("#ff0000", "a", enabled="=index % 2 == 0 && count > vars.n"))
    made = expanded(node, variables={"n": 2, "other": 1})
    assert ids(made) == ["root", "r", "a[0]", "a[2]"] and made.reads == {"n"}


def test_a_root_that_is_switched_off_is_empty() -> None:
    source = scene(leaf("#ff0000", "a"))
    source["root"]["enabled"] = "=vars.on"
    made = expand(parse_document(source | {"variables": {"on": False}}), {})
    assert ids(made) == ["root"] and not made.document.root.kind.children


def test_repeat_by_a_count() -> None:
    made = expanded(repeat("r", 3, collection("card", leaf("#ff0000", "back"))))
    assert ids(made) == ["root", "r", "card[0]", "back[0]", "card[1]", "back[1]", "card[2]", "back[2]"]
    scope = made.scopes["back[1]"]
    assert [look_up(scope, (name,)) for name in ("index", "count")] == [1.0, 3.0]
    assert scope.find_node("card") == "card[1]" and scope.find_node("card[2]") == "card[2]"
    assert made.scopes["root"].find_node("back[0]") == "back[0]"
    assert made.places["back[1]"].path.endswith("/kind/repeat/child/kind/collection/children/0")


def test_repeat_by_a_list_and_inside_another() -> None:
    rows = [{"name": "Ann", "tags": ["x", "y"]}, {"name": "Bo", "tags": []}]
    assets = {"name": {"text": {"text": "{{index}}/{{count}} {{item.name}}"}}, "tag": {"text": {"text": "{{item}}"}}}
    card = collection("card", leaf("name", "n"), repeat("tags", "=item.tags", leaf("tag", "t")))
    variables = {"rows": {"type": "list", "default": rows}}
    made = expanded(repeat("r", "=vars.rows", card), assets=assets, variables=variables)
    assert ids(made) == [
        *("root", "r", "card[0]", "n[0]", "tags[0]", "t[0][0]", "t[0][1]"),
        *("card[1]", "n[1]", "tags[1]"),
    ]
    assert [text_at(made, f"n[{i}]") for i in (0, 1)] == ["0/2 Ann", "1/2 Bo"]
    assert text_at(made, "t[0][1]") == "y"
    assert look_up(made.scopes["n[1]"], ("item", "name")) == "Bo"


def test_zero_turns_are_an_empty_collection() -> None:
    assert ids(expanded(repeat("r", "=vars.n", leaf("#ff0000", "a")), variables={"n": 0})) == ["root", "r"]


@pytest.mark.parametrize(
    ("declared", "value", "text"),
    [
        ("a", "b", "b"),
        ({"type": "number", "default": 1}, 3.0, "3"),
        ({"type": "number", "default": 1}, 2.5, "2.5"),
        (True, False, "false"),
        ("#ff0000", (0.0, 1.0, 0.0, 1.0), "#00ff00"),
        ({"type": "choice", "default": "x", "choices": ["x", "y"]}, "y", "y"),
    ],
)
def test_values_in_texts(declared: Any, value: Any, text: str) -> None:
    from wavyte_gpu.foundation.colour import Rgba

    value = Rgba(*value) if isinstance(value, tuple) else value
    made = expanded(leaf("t", "a"), assets={"t": TITLE}, variables={"title": declared}, values={"title": value})
    assert text_at(made, "a") == text


def test_texts_in_runs_sources_and_fonts() -> None:
    assets = {
        "runs": {"text": {"runs": [{"text": "{{ a }}-{{a}}", "font_source": "{{a}}.ttf"}]}},
        "font": {"text": {"text": "x", "font_source": "{{a}}.otf"}},
        "photo": {"image": {"source": "{{a}}.png"}},
        "clip": {"video": {"source": "{{a}}.mp4"}},
    }
    made = expanded(*(leaf(key, key) for key in assets), assets=assets, variables={"a": "z"}).document.assets
    assert (made["runs"].runs[0].text, made["runs"].runs[0].font_source) == ("z-z", "z.ttf")
    assert (made["font"].font_source, made["photo"].source, made["clip"].source) == ("z.otf", "z.png", "z.mp4")


def test_an_asset_variable_chooses_what_a_leaf_shows() -> None:
    assets = {"a": {"solid_rect": {"color": "#f00"}}, "b": {"image": {"source": "b.png"}}}
    variables = {"logo": {"type": "asset", "default": "a"}}
    nodes = [leaf("=vars.logo", "n")]
    by_default = expanded(*nodes, assets=assets, variables=variables).document.root.kind.children[0].kind
    chosen = (
        expanded(*nodes, assets=assets, variables=variables, values={"logo": "b"}).document.root.kind.children[0].kind
    )
    assert (by_default.asset, by_default.fit) == ("a", "fill")
    assert (chosen.asset, chosen.fit) == ("b", "contain")


def test_values_of_assets_by_variables() -> None:
    from wavyte_gpu.schema.assets import Path, SolidRect
    from wavyte_gpu.schema.paint import Gradient

    assets = {
        "box": {"solid_rect": {"color": "=item.color", "radius_px": "=index * 2"}},
        "grade": {"gradient": {"stops": [[0, "=vars.brand"], [1, "#000"]], "from": ["=vars.n", 0], "to": [1, 1]}},
        "line": {"path": {"svg_path_d": "M0 0L9 9", "fill": "=vars.brand", "stroke": {"width": "=vars.n + 1"}}},
        "moving": {"path": {"svg_path_d": "M0 0L9 9", "trim": {"end": "=time.progress"}}},
    }
    rows = {"type": "list", "default": [{"color": "#ff0000"}, {"color": [0, 0, 1]}]}
    nodes = [repeat("r", "=vars.rows", leaf("box", "b")), *(leaf(key, key) for key in assets if key != "box")]
    made = expanded(*nodes, assets=assets, variables={"rows": rows, "brand": "#00ff00", "n": 2}).document.assets
    boxes = [made[f"box[{i}]"] for i in (0, 1)]
    assert all(isinstance(box, SolidRect) for box in boxes)
    assert [(tuple(box.color.value), box.radius_px.value) for box in boxes] == [((1, 0, 0, 1), 0), ((0, 0, 1, 1), 2)]
    grade, line = made["grade"], made["line"]
    assert isinstance(grade, Gradient) and isinstance(line, Path) and line.stroke is not None
    assert grade.stops[0][1].value == (0, 1, 0, 1) and grade.from_.x.value == 2.0  # type: ignore[union-attr]
    assert line.fill.value == (0, 1, 0, 1) and line.stroke.width.value == 3.0  # type: ignore[union-attr]
    assert made["moving"].trim.end.source == "=time.progress"


def test_masks_of_a_turn_name_nodes_of_that_turn() -> None:
    mask = {"source": {"node": "hole"}}
    card = collection("card", leaf("#ff0000", "face", mask=mask), leaf("#00ff00", "hole", mask_only=True))
    made = expanded(repeat("r", 2, card))
    sources = [node.mask.source.node for node in walk(made.document) if node.mask is not None]
    assert sources == ["hole[0]", "hole[1]"]


def test_ids_that_meet_stay_apart() -> None:
    made = expanded(leaf("#ff0000", "a[0]"), repeat("r", 1, leaf("#00ff00", "a")))
    assert len(set(ids(made))) == 4
    assert made.scopes["root"].find_node("a[0]") == "a[0]"


def test_variables_that_nothing_reads_need_no_expansion() -> None:
    variables = {"on": True, "size": 3, "n": 2}
    made = expanded(repeat("r", "=vars.n", leaf("#ff0000", "a", enabled="=vars.on")), variables=variables)
    assert made.reads == {"on", "n"}


ROWS = {"rows": {"type": "list", "default": [{"name": "Ann"}]}}
BAD = {
    "enabled_type": ([leaf("#ff0000", "n", enabled="=vars.a")], {"a": 3}, {}, "type", "a bool is expected"),
    "items_fraction": ([repeat("n", "=vars.a", leaf("#ff0000", "c"))], {"a": 1.5}, {}, "type", "1.5"),
    "items_negative": ([repeat("n", "=vars.a", leaf("#ff0000", "c"))], {"a": -1}, {}, "type", "-1"),
    "items_huge": ([repeat("n", "=vars.a", leaf("#ff0000", "c"))], {"a": 1e9}, {}, "limit", "200000 nodes"),
    "items_text": ([repeat("n", "=vars.a", leaf("#ff0000", "c"))], {"a": "x"}, {}, "type", "a number or a list"),
    "unknown": ([leaf("#ff0000", "n", enabled="=vars.b")], {"a": True}, {}, "expression", "unknown variable"),
    "expression": ([leaf("#ff0000", "n", enabled="=vars.a + 1")], {"a": 1}, {}, "type", "true or false"),
    "syntax": ([leaf("#ff0000", "n", enabled="=vars.a +")], {"a": 1}, {}, "expression", "line 1, column 10"),
    "time": ([leaf("#ff0000", "n", enabled="=time.frame > 3")], {}, {}, "expression", "`time` is not known here"),
    "outside": ([leaf("#ff0000", "n", enabled="=item.on")], {}, {}, "expression", "inside a `repeat`"),
    "element_type": (
        [repeat("r", "=vars.rows", leaf("#ff0000", "n", enabled="=item.name"))],
        ROWS,
        {},
        "type",
        "true or false",
    ),
    "element_field": (
        [repeat("r", "=vars.rows", leaf("#ff0000", "n", enabled="=item.on"))],
        ROWS,
        {},
        "template",
        "no field 'on'",
    ),
    "no_field": (
        [repeat("r", "=vars.rows", leaf("t", "n"))],
        ROWS,
        {"t": {"text": {"text": "{{item.age}}"}}},
        "template",
        "no field 'age', it has name",
    ),
    "asset_value": (
        [leaf("t", "n")],
        {"a": -4},
        {"t": {"text": {"text": "x", "size_px": "=vars.a"}}},
        "range",
        "assets.t.text.size_px",
    ),
    "list_in_text": ([leaf("t", "n")], ROWS, {"t": {"text": {"text": "{{rows}}"}}}, "template", "a list"),
    "asset": (
        [leaf("=vars.a", "n")],
        {"a": "nothing"},
        {"x": {"solid_rect": {"color": "#f00"}}},
        "type",
        "the key of an asset: x",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_templates_are_one_located_error(name: str) -> None:
    nodes, variables, assets, code, words = BAD[name]
    problem = problem_of(*nodes, variables=variables, assets=assets)
    assert problem.code == code and words in str(problem), str(problem)
    assert problem.path.startswith(("/root/", "/assets/t/text/")) and problem.node_id in ("n", "n[0]")


def test_repeats_in_repeats_are_bounded() -> None:
    inner = leaf("#ff0000", "x")
    for level in range(6):
        inner = repeat(f"r{level}", 1000, inner)
    assert "200000 nodes" in str(problem_of(inner))


def test_every_problem_is_found() -> None:
    nodes = [leaf("#ff0000", f"n{i}", enabled="=vars.a") for i in range(3)]
    with pytest.raises(SchemaError) as caught:
        expanded(*nodes, variables={"a": 1})
    assert [p.node_id for p in caught.value.problems] == ["n0", "n1", "n2"]
