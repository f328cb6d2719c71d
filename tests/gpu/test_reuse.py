"""Only what changed is rendered again, and no pixel tells."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, document, leaf, scene
from wavyte_gpu.compile.memory import _changed, _cluster
from wavyte_gpu.foundation.rect import Rect

pytestmark = pytest.mark.gpu


def moving(*more: dict[str, Any], **top: Any) -> dict[str, Any]:
    """Return a small square that moves over a card with a shadow on a gradient."""
    slide = {"keyframes": [{"frame": 0, "value": [0, 0]}, {"frame": 20, "value": [100, 60]}]}
    card = collection(
        "card",
        leaf("#ff0000", "c1", size=[80, 60]),
        leaf("#00ff00", "c2", size=[40, 60]),
        transform={"translate": [60, 30]},
        effects=[{"drop_shadow": {"sigma": 4}}],
    )
    back = leaf("bg", "bg")
    square = leaf("#0000ff", "square", size=[16, 16], transform={"translate": slide})
    assets = {"bg": {"gradient": {"start": "#123", "end": "#fed"}}}
    return scene(back, card, *more, square, size=(256, 128), assets=assets, **top)


def both(made: dict[str, Any], frames: list[int]) -> None:
    comp = wv.Composition.from_json(made)
    with (
        wv.RenderSession(comp, options=wv.SessionOptions(backend="gpu")) as gpu,
        wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as reference,
    ):
        for frame in frames:
            assert np.array_equal(gpu.render_frame(frame).rgba, reference.render_frame(frame).rgba), frame


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_frames_of_random_documents(seed: int) -> None:
    r = Random(seed * 7919)
    made = document(r, leaves=5)
    both(made, [0, 1, 2, 3, *(r.randrange(30) for _ in range(4)), 12, 13, 14])


def test_what_stays_is_not_drawn_again() -> None:
    comp = wv.Composition.from_json(moving())
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="gpu")) as session:
        whole = len(session.plan(14).ops)
        text = session.plan_text(14)
        assert "keeps card" in text and f"instead of {whole}" in text
        for frame in range(15):
            session.render_frame(frame)
        before = session.counters()["dispatches"]
        session.render_frame(15)
        assert session.counters()["dispatches"] - before <= 4 < whole


def test_the_steady_state_creates_nothing() -> None:
    comp = wv.Composition.from_json(moving(duration=60))
    names = ("textures", "buffers", "bind_groups", "pipelines", "modules", "pool_bytes")
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="gpu")) as session:
        for frame in range(25):
            session.render_frame(frame)
        settled = session.counters()
        for frame in range(1, 20):
            session.render_frame(frame)
        assert {n: session.counters()[n] for n in names} == {n: settled[n] for n in names}


def test_reuse_can_be_switched_off() -> None:
    comp = wv.Composition.from_json(moving())
    frames = []
    for reuse in (True, False):
        with wv.RenderSession(comp, options=wv.SessionOptions(backend="gpu", reuse=reuse)) as session:
            sink = wv.InMemorySink()
            session.render_range(range(0, 12), sink)
            frames.append([frame.hash for frame in sink.frames])
    assert frames[0] == frames[1]


def test_a_trace_between_frames_changes_nothing() -> None:
    comp = wv.Composition.from_json(moving())
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="gpu")) as session:
        session.render_frame(3)
        for _ in session.trace(session.plan(9)):
            pass
        after = session.render_frame(4).hash
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="gpu", reuse=False)) as session:
        assert session.render_frame(4).hash == after


def test_a_small_pool_does_without() -> None:
    comp = wv.Composition.from_json(moving())
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="gpu", reuse=False)) as session:
        wanted = [session.render_frame(frame).hash for frame in range(6)]
        need = session.counters()["pool_bytes"]
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="gpu", max_pool_bytes=need)) as session:
        assert [session.render_frame(frame).hash for frame in range(6)] == wanted


def test_changes_are_found_in_order() -> None:
    a, b, c = ((name,) for name in "abc")
    r = [Rect(i, 0, i + 1, 1) for i in range(4)]
    assert _changed([(a, r[0]), (b, r[1])], [(a, r[0]), (b, r[1])]) == []
    assert _changed([(a, r[0]), (b, r[1])], [(a, r[0]), (c, r[2])]) == [r[1], r[2]]
    assert _changed([(a, r[0])], [(a, r[0]), (b, r[1])]) == [r[1]]
    assert set(_changed([(a, r[0]), (b, r[1])], [(b, r[1]), (a, r[0])])) == {r[0], r[1]}


@pytest.mark.parametrize("seed", range(20))
def test_clusters_are_few_disjoint_and_cover_all(seed: int) -> None:
    r = Random(seed)
    rects = []
    for _ in range(r.randrange(1, 30)):
        x, y = r.randrange(1900), r.randrange(1000)
        rects.append(Rect(x, y, x + r.randrange(1, 300), y + r.randrange(1, 200)))
    made = _cluster(rects)
    assert 1 <= len(made) <= 4
    assert all(any(c.contains(rect) for c in made) for rect in rects)
    assert all(a.intersect(b).empty for i, a in enumerate(made) for b in made[:i])


def test_clusters_lie_apart() -> None:
    corners = [Rect(x, y, x + 100, y + 100) for x in (0, 1800) for y in (0, 900)]
    assert set(_cluster(corners)) == set(corners)
    rows = [Rect(x, y, x + 300, y + 100) for y in (0, 400) for x in (0, 250, 500)]
    assert set(_cluster(rows)) == {Rect(0, 0, 800, 100), Rect(0, 400, 800, 500)}
    assert _cluster([Rect(0, 0, 100, 100), Rect(110, 0, 210, 100)]) == [Rect(0, 0, 210, 100)]
