"""The trim of a path follows the local time of the leaf that shows it."""

from __future__ import annotations

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import scene

REFERENCE = wv.SessionOptions(backend="reference")
LINE = {
    "path": {
        "svg_path_d": "M0 10H100",
        "fill": "none",
        "stroke": {"color": "#fff", "width": 4},
        "trim": {"end": {"keyframes": [{"frame": 0, "value": 0}, {"frame": 10, "value": 1}]}},
    }
}


@pytest.mark.parametrize("start", [0, 5])
def test_a_line_is_drawn_along_its_length(start: int) -> None:
    line = {"id": "line", "kind": {"leaf": {"asset": "line"}}, "range": [start, 60]}
    comp = wv.Composition.from_json(scene(line, assets={"line": LINE}, size=(100, 20), duration=60))
    with wv.RenderSession(comp, options=REFERENCE) as session:
        for k in (0, 1, 5, 10, 30):
            drawn = session.render_frame(start + k).rgba[..., 3]
            ends = 10 * min(k, 10)
            expected = np.zeros((20, 100), np.uint8)
            expected[8:12, :ends] = 255
            assert np.array_equal(drawn, expected), k


def test_two_leaves_show_one_path_at_different_times() -> None:
    nodes = [
        {"id": "a", "kind": {"leaf": {"asset": "line"}}},
        {"id": "b", "kind": {"leaf": {"asset": "line"}}, "range": [5, 60], "transform": {"translate": [0, 20]}},
    ]
    comp = wv.Composition.from_json(scene(*nodes, assets={"line": LINE}, size=(100, 40), duration=60))
    with wv.RenderSession(comp, options=REFERENCE) as session:
        alpha = session.render_frame(7).rgba[..., 3]
    assert (alpha[10] == 255).sum() == 70 and (alpha[30] == 255).sum() == 20
