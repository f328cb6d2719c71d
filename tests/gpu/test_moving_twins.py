"""What moves in assets: the GPU gives the bits of the reference in any order of frames, at once and one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene

pytestmark = pytest.mark.gpu

FRAMES = (0, 7, 3, 19, 7, 12, 4, 0)
BLUE_TO_RED = {"keyframes": [{"frame": 2, "value": "#00f8"}, {"frame": 16, "value": "#f00", "ease": "elastic_out"}]}


@pytest.fixture(autouse=True, params=[1, 1 << 30], ids=["sorted by the GPU", "sorted by the host"])
def _many_edges(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavyte_gpu.compile.shapes._MANY_EDGES", request.param)


def gradient(**fields: Any) -> dict[str, Any]:
    return {"gradient": {"start": BLUE_TO_RED, "end": "=hsl(time.progress, 1, 0.5)", **fields}}


def both(document: dict[str, Any]) -> None:
    comp = wv.Composition.from_json(document)
    with (
        wv.RenderSession(comp, options=wv.SessionOptions(backend="gpu")) as gpu,
        wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as reference,
    ):
        kept = wv.InMemorySink()
        gpu.render_range(range(20), kept)
        for frame in FRAMES:
            wanted = reference.render_frame(frame).rgba
            assert np.array_equal(gpu.render_frame(frame).rgba, wanted), frame
            assert np.array_equal(kept.frames[frame].rgba, wanted), frame


def test_sizes_of_text() -> None:
    grow = {"keyframes": [{"frame": 0, "value": 8}, {"frame": 15, "value": 40, "ease": "back_out"}]}
    words = {"text": "Waves that grow \u0639\u0631\u0628\u064a", "size_px": grow, "color": BLUE_TO_RED}
    narrow = {**words, "max_width_px": 70, "max_lines": 3, "overflow": "ellipsis", "align": "center"}
    letters = {**words, "size_px": "=12 + 4 * noise(time.seconds)", "reveal": {"unit": "glyph", "end": "=time.progress", "opacity": 0.3}}
    assets = {"a": {"text": words}, "b": {"text": narrow}, "c": {"text": letters}}
    nodes = [
        leaf("a", "a", transform={"translate": [10, 4], "rotation_deg": "=time.frame"}),
        leaf("b", "b", transform={"translate": [80, 60], "anchor": "center"}, opacity=0.5),
        leaf("c", "c", transform={"translate": [4, 100]}, effects=[{"blur": 2}]),
    ]
    both(scene(*nodes, size=(160, 120), duration=20, background="#102030", assets=assets))


def test_strokes() -> None:
    stroke = {"width": {"keyframes": [{"frame": 0, "value": 0}, {"frame": 12, "value": 9}]}, "cap": "round", "dash": [12, 7]}
    star = {"svg_path_d": "M50 5L80 95L5 38H95L20 95Z", "fill": "none"}
    assets = {
        "a": {"path": {**star, "stroke": {**stroke, "dash_offset": "=time.frame * 2", "color": gradient()}}},
        "b": {"path": {**star, "stroke": {"width": "=time.frame / 4"}, "trim": {"end": "=time.progress"}}},
    }
    both(scene(leaf("a", "a"), leaf("b", "b", transform={"translate": [60, 10]}), size=(160, 120), duration=20, assets=assets))


def test_boxes_of_a_layout_follow() -> None:
    grow = {"keyframes": [{"frame": 0, "value": 8}, {"frame": 15, "value": 24}]}
    assets = {
        "t": {"text": {"text": "Lines that break in their box", "size_px": grow, "color": "#fff"}},
        "p": {"path": {"svg_path_d": "M4 4H20V20H4Z", "stroke": {"width": "=time.frame", "color": "#0af"}}},
    }
    row = collection("row", leaf("t", "t"), leaf("p", "p"), leaf("#ff8000", "fill", layout={"flex_grow": 1}), mode="stack")
    row["layout"] = {"display": "flex", "size": [160, "auto"], "gap_px": [4, 4], "align_items": "center"}
    both(scene(row, size=(160, 120), duration=20, assets=assets))


@pytest.mark.parametrize("kind", ["linear", "radial", "conic"])
def test_stops(kind: str) -> None:
    assets = {
        "a": gradient(type=kind),
        "b": {"path": {"svg_path_d": "M5 5H60V40Z", "fill": gradient(type=kind), "stroke": {"color": gradient(), "width": 6}}},
        "still": {"gradient": {"type": kind, "start": "#fff", "end": "#000"}},
    }
    later = leaf("a", "late", range=[6, 20], size=[90, 50], transform={"translate": [40, 60], "rotation_deg": "=time.frame * 9"})
    document = scene(leaf("still", "s"), leaf("a", "n", size=[100, 30]), leaf("b", "p"), later, size=(160, 120), duration=20, assets=assets)
    both(document)
