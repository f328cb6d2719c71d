"""Shapes of one colour that do not touch are drawn as one, and no pixel changes."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support import documents
from tests.support.documents import collection, leaf, scene
from wavyte_gpu.compile import merge
from wavyte_gpu.compile.merge import merge_shapes
from wavyte_gpu.eval.graph import RenderUnit
from wavyte_gpu.foundation.enums import Blend
from wavyte_gpu.foundation.rect import Rect


def unit(row: int, x: int, y: int = 0, size: int = 10) -> RenderUnit:
    return RenderUnit(row, row, 1.0, Blend.NORMAL, Rect(x, y, x + size, y + size))


def merged(*units: RenderUnit, colours: str) -> list[tuple[int, ...]]:
    found, together = merge_shapes(units, lambda u: colours[u.row] if colours[u.row] != "-" else None)
    return [together.get((u.row, u.bounds), (u.row,)) for u in found]


@pytest.mark.parametrize(
    ("places", "colours", "drawn"),
    [
        ([0, 20, 40], "aaa", [(0, 1, 2)]),
        ([0, 5, 40], "aaa", [(0, 2), (1,)]),
        ([0, 0, 40, 40], "abab", [(0, 2), (1, 3)]),
        ([0, 5, 8], "aba", [(0,), (1,), (2,)]),
        ([0, 20, 40], "a-a", [(0, 2), (1,)]),
        ([0, 20, 40], "abc", [(0,), (1,), (2,)]),
        ([0, 5, 20, 25], "ab-a", [(0,), (2,), (1,), (3,)]),
    ],
)
def test_levels(places: list[int], colours: str, drawn: list[tuple[int, ...]]) -> None:
    got = merged(*(unit(i, x) for i, x in enumerate(places)), colours=colours)
    if all(len(rows) == 1 for rows in drawn):
        assert got == [(i,) for i in range(len(places))]
    else:
        assert got == drawn


def test_units_that_touch_keep_their_order() -> None:
    r = Random(3)
    for _ in range(50):
        units = [unit(i, r.randrange(60), r.randrange(60), r.randrange(1, 30)) for i in range(30)]
        rows = merged(*units, colours="".join(r.choice("aab-") for _ in units))
        place = {row: i for i, several in enumerate(rows) for row in several}
        assert sorted(place) == list(range(30))
        for i, a in enumerate(units):
            for b in units[i + 1 :]:
                if not a.bounds.intersect(b.bounds).empty:
                    assert place[a.row] < place[b.row]


@pytest.mark.parametrize("seed", range(4))
def test_no_pixel_changes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    r = Random(seed)
    star: dict[str, Any] = {"path": {"svg_path_d": documents.PATHS[1], "fill": "#c33", "fill_rule": "evenodd"}}
    assets = {"star": star, "ring": {"path": {"svg_path_d": documents.PATHS[2], "fill": "#06c8"}}}
    assets["card"] = {"solid_rect": {"color": "#123456", "radius_px": 6}}
    children = []
    for i in range(24):
        turn = {"translate": [r.uniform(-9, 190), r.uniform(-9, 110)], "rotation_deg": r.uniform(0, 360)}
        turn["scale"] = [r.choice((1, -1)) * r.uniform(0.2, 0.8), r.uniform(0.2, 0.8)]
        size = {"size": [30, 20]}
        children.append(leaf(r.choice(list(assets)), f"n{i}", transform=turn, opacity=r.choice((1, 0.5)), **size))
    comp = wv.Composition.from_json(scene(collection("all", *children), size=(200, 120), assets=assets))
    pixels, ops = [], []
    for most in (merge._MOST_UNITS, 0):
        monkeypatch.setattr(merge, "_MOST_UNITS", most)
        with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
            pixels.append(session.render_frame(0).rgba)
            ops.append(sum(len(plan.ops) for plan in session._source.plans(session._source.sample([0]))))
    assert np.array_equal(*pixels) and ops[0] < ops[1]
