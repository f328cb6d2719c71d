"""What moves in assets: the GPU gives the bits of the reference in any order of frames, at once and one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import leaf, scene

pytestmark = pytest.mark.gpu

FRAMES = (0, 7, 3, 19, 7, 12, 4, 0)
BLUE_TO_RED = {"keyframes": [{"frame": 2, "value": "#00f8"}, {"frame": 16, "value": "#f00", "ease": "elastic_out"}]}


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
