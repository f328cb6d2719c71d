"""Shapes with more edges than a frame has room for: one error that names the node, before any of the work."""

from __future__ import annotations

from typing import Any

import pytest

import wavyte_gpu as wv

COMB = "M0 0" + "".join(f"L{0.3 * i:g} {60 - 59 * (i % 2)}" for i in range(300)) + "V0Z"
SQUARE: dict[str, Any] = {"id": "square", "kind": {"leaf": {"asset": "square"}}}
NODES: dict[str, Any] = {
    "leaf": {"id": "it", "kind": {"leaf": {"asset": "comb"}}},
    "clip": {"id": "it", "kind": {"leaf": {"asset": "plain"}}, "effects": [{"clip_path": {"path": COMB}}]},
    "mask": {"id": "it", "kind": {"leaf": {"asset": "plain"}}, "mask": {"source": {"shape": {"path": {"svg_path_d": COMB}}}}},
}


def render(node: dict[str, Any]) -> None:
    document = {
        "version": "0.3",
        "canvas": {"width": 96, "height": 64},
        "duration": 1,
        "assets": {
            "comb": {"path": {"svg_path_d": COMB}},
            "square": {"path": {"svg_path_d": "M0 0H9V9Z"}},
            "plain": {"solid_rect": {"color": "#f00"}},
        },
        "root": {"id": "root", "kind": {"collection": {"mode": "stack", "children": [SQUARE, node, SQUARE | {"id": "b"}]}}},
    }
    comp = wv.Composition.from_json(document)
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        session.render_frame(0)


@pytest.mark.parametrize("kind", list(NODES))
@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"bin.SHEET_TEXELS": 600}, "the shapes of a frame have .* edges; allowed: 200"),
        ({"crossings._MOST_PASSES": 500}, "pass tiles of . px more than 500 times"),
        ({"bin.MOST_EDGES": 20, "bin.MOST_CROWDED": 500}, "more than 20 edges of a shape pass are passed .* allowed: 500"),
    ],
)
def test_is_one_error(kind: str, limits: dict[str, int], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    render(NODES[kind])
    for name, limit in limits.items():
        monkeypatch.setattr(f"wavyte_gpu.raster.{name}", limit)
    with pytest.raises(wv.LimitError, match=says) as caught:
        render(NODES[kind])
    (problem,) = caught.value.problems
    assert problem.node_id == ("it.mask" if kind == "mask" else "it")


def test_what_several_shapes_need_names_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavyte_gpu.compile.emit.SHEET_TEXELS", 600)
    with pytest.raises(wv.LimitError, match=r"the shapes of a frame need .* allowed: 600") as caught:
        render(NODES["leaf"])
    assert caught.value.problems[0].node_id == "it"
