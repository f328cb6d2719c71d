"""Layers of one kind that do not touch share a dispatch, each in its own tiles, and no pixel changes."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support import documents
from wavyte_gpu.compile import compiler
from wavyte_gpu.compile.emit import Layer
from wavyte_gpu.compile.fuse import Run, scatter
from wavyte_gpu.foundation.enums import Blend
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.reflect import most_layers


def single(node: int, kind: str, x: int, y: int = 0, size: int = 10) -> Run:
    """Return a run of one layer; its kind is its page, "-" a run of two."""
    region = Rect(x, y, x + size, y + size)
    layer = Layer(node, 0, 0, node, False, 255, Blend.NORMAL, region, False, ord(kind), -1)
    return Run([layer, layer] if kind == "-" else [layer], region)


def drawn(runs: list[Run]) -> list[tuple[int, ...]]:
    return [tuple(dict.fromkeys(layer.node for layer in run.layers)) for run in scatter(runs)]


@pytest.mark.parametrize(
    ("places", "kinds", "groups"),
    [
        ([0, 20, 40], "aaa", [(0, 1, 2)]),
        ([0, 5, 40], "aaa", [(0, 2), (1,)]),
        ([0, 0, 40, 40], "abab", [(0, 2), (1, 3)]),
        ([0, 5, 8], "aba", [(0,), (1,), (2,)]),
        ([0, 20, 40], "a-a", [(0, 2), (1,)]),
        ([0, 20, 40], "abc", [(0,), (1,), (2,)]),
        ([0, 5, 20, 35], "ab-a", [(0, 3), (1,), (2,)]),
        ([0, 5, 20, 25], "ab-a", [(0,), (1,), (2,), (3,)]),
    ],
)
def test_groups(places: list[int], kinds: str, groups: list[tuple[int, ...]]) -> None:
    runs = [single(i, kind, x) for i, (x, kind) in enumerate(zip(places, kinds, strict=True))]
    assert drawn(runs) == groups


def test_groups_have_room_for_so_many() -> None:
    room = most_layers(0, 0)
    sizes = [len(group) for group in drawn([single(i, "a", 20 * i) for i in range(room + 5)])]
    assert sizes == [room, 5]


def test_many_runs_are_grouped_in_parts() -> None:
    groups = drawn([single(i, "ab"[i % 2], 20 * i) for i in range(2500)])
    assert sorted(node for group in groups for node in group) == list(range(2500)) and len(groups) < 30


def test_runs_that_touch_keep_their_order() -> None:
    r = Random(3)
    for _ in range(50):
        runs = [single(i, r.choice("aab-"), r.randrange(60), r.randrange(60), r.randrange(1, 30)) for i in range(30)]
        groups = drawn(runs)
        place = {node: i for i, group in enumerate(groups) for node in group}
        assert sorted(place) == list(range(30))
        for i, a in enumerate(runs):
            for j, b in enumerate(runs[i + 1 :], i + 1):
                if not a.region.intersect(b.region).empty:
                    assert place[i] < place[j]


@pytest.mark.parametrize("seed", range(4))
def test_no_pixel_changes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    r = Random(seed)
    comp = wv.Composition.from_json(documents.crowd(r, 40))
    pixels, ops = [], []
    for _ in range(2):
        with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
            pixels.append(session.render_frame(0).rgba)
            ops.append(sum(len(plan.ops) for plan in session._source.plans(session._source.sample([0]))))
        monkeypatch.setattr(compiler, "scatter", list)
    assert np.array_equal(*pixels) and 2 * ops[0] < ops[1]
