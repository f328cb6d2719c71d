"""Shapes of which the canvas shows a corner: what lies far outside changes no pixel."""

from __future__ import annotations

from typing import Any

import pytest

import wavyte_gpu as wv


def shown(path: dict[str, Any], scale: float = 1.0) -> str:
    leaf = {"id": "r", "kind": {"leaf": {"asset": "p"}}, "transform": {"scale": scale}}
    document = {
        "version": "0.3",
        "canvas": {"width": 96, "height": 64},
        "duration": 1,
        "assets": {"p": {"path": path}},
        "root": leaf,
    }
    with wv.RenderSession(
        wv.Composition.from_json(document), options=wv.SessionOptions(backend="reference")
    ) as session:
        return session.render_frame(0).hash


@pytest.mark.parametrize("fill", ["#ff8000", {"gradient": {"start": "#ff0000", "end": "#0000ff"}}])
@pytest.mark.parametrize(("reach", "scale"), [("4e7", 1.0), ("9e8", 1.0), ("9e8", 300.0)])
def test_a_half_plane_is_drawn_however_far_it_reaches(fill: Any, reach: str, scale: float) -> None:
    def path(far: str) -> dict[str, Any]:
        return {"svg_path_d": f"M0 0L{far} {far}H0Z", "fill": fill}

    assert shown(path(reach), scale) == shown(path("1e7"))
    assert shown(path(reach), scale) != shown({"svg_path_d": " "})
