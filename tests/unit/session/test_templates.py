"""Variables of a session: what changes rebuilds, what does not stays prepared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import wavyte_gpu as wv
from tests.support.documents import clip_data, leaf, png_data, scene

REFERENCE = wv.SessionOptions(backend="reference")


def session(source: dict[str, Any], **options: Any) -> wv.RenderSession:
    return wv.RenderSession(wv.Composition.from_json(source), options=REFERENCE, **options)


def row_of(source: dict[str, Any], **values: Any) -> str:
    with session(source, variables=values) as s:
        return s.render_frame(0).hash


def badge(asset: str, node_id: str, x: str) -> dict[str, Any]:
    return leaf(asset, node_id, transform={"translate": [x, 4]})


TEMPLATE = scene(
    leaf("back", "back"),
    leaf("t", "t"),
    {
        "id": "r",
        "kind": {"repeat": {"items": "=vars.rows", "mode": "sequence", "child": leaf("name", "c", range=[0, 2])}},
    },
    leaf("clip", "clip", size=[20, 20], transform={"translate": [40, 20]}),
    assets={
        "back": {"image": {"source": png_data(40, 33, 2, True)}},
        "t": {"text": {"text": "{{title}}", "size_px": 12}},
        "name": {"text": {"text": "{{item.name}}", "size_px": 9}},
        "clip": {"video": {"source": clip_data()}},
    },
    variables={"title": "Hello", "rows": {"type": "list", "default": [{"name": "Ann"}, {"name": "Bo"}]}},
)


def test_set_variables_equals_a_session_that_begins_with_them() -> None:
    values: list[dict[str, Any]] = [
        {"title": "World"},
        {"rows": [{"name": "Cy"}]},
        {"title": "", "rows": []},
        {"title": "Hello", "rows": [{"name": "Ann"}, {"name": "Bo"}]},
    ]
    with session(TEMPLATE) as s:
        first = s.render_frame(0).hash
        now: dict[str, Any] = {}
        for row in values:
            s.set_variables(row)
            now |= row
            assert s.render_frame(0).hash == row_of(TEMPLATE, **now)
        assert s.render_frame(0).hash == first
        assert s.render_frame(1).hash == first  # the second row comes at frame 2
        assert s.render_frame(2).hash != first


def test_prepared_assets_stay() -> None:
    with session(TEMPLATE) as s:
        s.render_frame(0)
        image, clip = s._store._prepared[0], s._store._prepared[3]
        pages, uploads = s._store.pages, list(s._store.uploads)
        title = s._store._prepared[1]
        s.set_variables({"rows": [{"name": "Dee"}, {"name": "Eve"}, {"name": "Flo"}]})
        s.render_frame(0)
        assert s._store._prepared[0] is image and s._store._prepared[3] is clip and s._store._prepared[1] is title
        assert s._store.pages is pages and s._store.uploads == uploads
        s.set_variables({"title": "x"})
        assert s._store._prepared[1] is not title


def test_a_source_by_a_variable(tmp_path: Path) -> None:
    for name, colour in (("a", (255, 0, 0)), ("b", (0, 0, 255))):
        Image.new("RGB", (64, 48), colour).save(tmp_path / f"{name}.png")
    source = scene(leaf("p", "p"), assets={"p": {"image": {"source": "{{name}}.png"}}}, variables={"name": "a"})
    comp = wv.Composition(wv.Composition.from_json(source).document, base_dir=tmp_path)
    with wv.RenderSession(comp, options=REFERENCE) as s:
        assert s.render_frame(0).rgba[0, 0].tolist() == [255, 0, 0, 255]
        s.set_variables({"name": "b"})
        assert s.render_frame(0).rgba[0, 0].tolist() == [0, 0, 255, 255]
        with pytest.raises(wv.SchemaError, match="no such file"):
            s.set_variables({"name": "c"})
        assert s.render_frame(0).rgba[0, 0].tolist() == [0, 0, 255, 255]
        s.set_variables({"name": "a"})
        assert np.array_equal(s.render_frame(0).rgba[0, 0], [255, 0, 0, 255])


def test_required_variables_are_missed_when_a_frame_is_asked_for() -> None:
    source = scene(
        leaf("t", "t"),
        assets={"t": {"text": {"text": "{{who}}"}}},
        variables={"who": {"type": "text", "required": True}},
    )
    comp = wv.Composition.from_json(source)
    assert [p.code for p in comp.check()] == ["missing_variable"]
    with wv.RenderSession(comp, options=REFERENCE) as s:
        with pytest.raises(wv.SchemaError, match="required variables have no value: who"):
            s.render_frame(0)
        s.set_variables({"who": "me"})
        assert s.render_frame(0).rgba.any()


def test_a_bad_value_changes_nothing() -> None:
    with session(TEMPLATE) as s:
        before = s.render_frame(0).hash
        for values, code in (
            ({"rows": [{"nome": "x"}]}, "template"),
            ({"rows": "x"}, "type"),
            ({"titel": "x"}, "unknown_variable"),
        ):
            with pytest.raises(wv.SchemaError) as caught:
                s.set_variables(values)
            assert caught.value.problems[0].code == code
            assert s.render_frame(0).hash == before


def repeated(**more: Any) -> dict[str, Any]:
    """Three boxes of 10 px in a row, the first of opacity 0.2, then 0.4 and 0.6, and a node that may name them."""
    box = leaf("#ffffff", "c", box=(0, 0, 10, 10), opacity="=0.2 * (index + 1)")
    box["transform"] = {"translate": "=vec2(10 * index, 0)"}
    turns = {"id": "r", "kind": {"repeat": {"items": 3, "child": box}}}
    return scene(turns, leaf("#ff0000", "x", box=(0, 20, 30, 10), **more), size=(30, 30))


def test_turns_are_named_from_outside() -> None:
    with session(repeated(opacity='=nodes["c[2]"].opacity')) as s:
        assert s.render_frame(0).rgba[25, 5].tolist() == [153, 0, 0, 153]
    with session(repeated(mask={"source": {"node": "c[1]"}})) as s:
        row = s.render_frame(0).rgba[25]  # the mask lies in the space of the node
        assert row[15].tolist() == [102, 0, 0, 102] and not row[:10].any() and not row[20:].any()
    inner = {"id": "q", "kind": {"repeat": {"items": 2, "child": repeated()["root"]["kind"]["collection"]["children"][0]}}}
    with session(scene(inner, leaf("#ff0000", "x", box=(0, 20, 30, 10), opacity='=nodes["c[1][0]"].opacity'))) as s:
        assert s.render_frame(0).rgba[25, 5].tolist() == [51, 0, 0, 51]


@pytest.mark.parametrize("name", ["c[0][0]", "c[00]", "r[0]", "x[0]", "c[-1]", "c[]", "[0]", f"c[{'9' * 5000}]"])
@pytest.mark.parametrize("field", ["opacity", "mask"])
def test_turns_that_there_are_not(name: str, field: str) -> None:
    (problem,) = wv.validate_schema(repeated(**naming(name, field)))
    assert problem.message.startswith("unknown node") and name[:40] in str(problem.found) and problem.node_id == "x"


def naming(name: str, field: str) -> dict[str, Any]:
    return {"opacity": f'=nodes["{name}"].opacity'} if field == "opacity" else {"mask": {"source": {"node": name}}}


@pytest.mark.parametrize("field", ["opacity", "mask"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c[3]", "the repeat 'r' has 3 turns"),
        ("c", "in the repeat 'r'"),
        ("d[0][2]", "the repeat 's[0]' has 2 turns"),
        ("d[9][0]", "the repeat 'q' has 2 turns"),
        ("d", "in the repeat 's'"),
    ],
)
def test_turns_that_a_repeat_does_not_make_are_located(name: str, text: str, field: str, tmp_path: Path) -> None:
    turn = {"id": "s", "kind": {"repeat": {"items": 2, "child": leaf("#ff0000", "d")}}}
    inner = {"id": "q", "kind": {"repeat": {"items": "=vars.n", "child": turn}}}
    document = repeated(**naming(name, field))
    document["root"]["kind"]["collection"]["children"].append(inner)
    document["variables"] = {**document.get("variables", {}), "n": 2}
    file = tmp_path / "a.json"
    file.write_text(json.dumps(document, indent=1))
    where = file.read_text().index(f'"node": "{name}"' if field == "mask" else json.dumps(naming(name, field)["opacity"]))
    comp = wv.load(file)
    found = comp.check()
    with pytest.raises(wv.WavyteError) as caught:
        wv.RenderSession(comp, options=wv.SessionOptions(backend="reference"))
    assert list(caught.value.problems) == found
    (problem,) = found
    assert text in problem.message and problem.node_id == "x"
    assert (problem.file, problem.line) == (str(file), file.read_text()[:where].count("\n") + 1)


@pytest.mark.parametrize("field", ["opacity", "mask"])
def test_a_problem_of_every_turn_is_told_once(field: str) -> None:
    more = {"opacity": '=nodes["d[7]"].opacity'} if field == "opacity" else {"mask": {"source": {"node": "d[7]"}}}
    turns = {"id": "q", "kind": {"repeat": {"items": 5, "child": leaf("#ff0000", "d")}}}
    readers = {"id": "r", "kind": {"repeat": {"items": 500, "child": leaf("#ff0000", "c", **more)}}}
    (problem,) = wv.Composition.from_json(scene(turns, readers)).check()
    assert "the repeat 'q' has 5 turns" in problem.message and (problem.node_id or "").startswith("c")


def test_a_node_that_is_switched_off_can_not_be_read_and_masks_everything() -> None:
    off = leaf("#ff0000", "off", enabled="=vars.on")
    nodes = [off, leaf("#ff0000", "x", box=(0, 0, 9, 9), mask={"source": {"node": "off"}})]
    with session(scene(*nodes, variables={"on": False})) as s:
        assert not s.render_frame(0).rgba.any()
    with pytest.raises(wv.ExpressionError, match="the node is switched off"):
        session(scene(off, leaf("#ff0000", "x", opacity="=nodes.off.opacity"), variables={"on": False})).__enter__()


def test_turns_that_read_themselves() -> None:
    source = repeated(opacity='=nodes["c[0]"].opacity')
    source["root"]["kind"]["collection"]["children"][0]["kind"]["repeat"]["child"]["opacity"] = "=nodes.x.opacity"
    with pytest.raises(wv.SchemaError, match="circle"):
        wv.Composition.from_json(source)
