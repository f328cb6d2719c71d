"""`Composition.check` finds what a session would refuse."""

from __future__ import annotations

from typing import Any

import pytest

import wavyte_gpu as wv


def scene(child: dict[str, Any], **assets: Any) -> wv.Composition:
    leaf = {"id": "box", "kind": {"leaf": {"asset": "s", "size": [4, 4]}}, **child}
    return wv.Composition.from_json(
        {
            "version": "0.3",
            "canvas": {"width": 8, "height": 8},
            "duration": 4,
            "assets": {"s": {"solid_rect": {"color": "red"}}, **assets},
            "root": {"id": "root", "kind": {"collection": {"mode": "stack", "children": [leaf]}}},
        }
    )


@pytest.mark.parametrize(
    "opacity",
    [
        {"keyframes": [{"frame": 0, "value": 0}, {"frame": 2, "value": 1e305}]},
        {"procedural": {"kind": "scalar", "params": {"sine": {"amp": 1e200, "freq_hz": 1}}}},
    ],
)
def test_bounds_of_tracks_are_found(opacity: Any) -> None:
    comp = scene({"opacity": opacity})
    problems = comp.check()
    assert [(p.severity, p.code, p.node_id) for p in problems] == [("error", "limit", "box")]
    with pytest.raises(wv.LimitError) as error:
        wv.RenderSession(comp, options=wv.SessionOptions(backend="reference"))
    assert str(error.value).startswith("root.kind.collection.children[0] (node 'box'): opacity: ")
