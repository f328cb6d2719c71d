"""Which shapes the compiler sorts into tiles itself, and which it leaves to the backend."""

from __future__ import annotations

from typing import Any

import pytest

import wavyte_gpu as wv
from tests.support.documents import leaf, scene
from wavyte_gpu.raster.bin import ShapeTiles
from wavyte_gpu.raster.spans import ShapeSpans

ASSETS = {name: {"path": {"svg_path_d": f"M0 0L{20 + i} 4L9 30Z"}} for i, name in enumerate("abc")}
TURN = {"rotation_deg": "=time.frame * 7"}


def kinds(document: dict[str, Any], *frames: int) -> list[list[type]]:
    """Return by frame what the shapes of a plan are, in the order of their layers; frames follow each other."""
    with wv.RenderSession(wv.Composition.from_json(document), options=wv.SessionOptions(backend="reference")) as session:
        return [[type(shape) for op in session.plan(frame).ops for shape in op.shapes] for frame in frames]


@pytest.fixture(autouse=True)
def _many_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavyte_gpu.compile.shapes._MANY_EDGES", 3)


def test_what_moves_is_left_to_the_backend_after_the_first_frame() -> None:
    moving = scene(leaf("a", "a", transform=TURN), assets=ASSETS)
    once = [[ShapeTiles], [ShapeSpans], [ShapeSpans], [ShapeSpans]]
    # The first frame is kept, so nothing was new in it when it comes again; the others were seen, but not in the frame before them.
    again = [[ShapeTiles], [ShapeTiles], [ShapeSpans], [ShapeSpans]]
    assert kinds(moving, 0, 1, 2, 3, 0, 1, 2, 3) == once + again


def test_what_stays_is_kept() -> None:
    still = scene(leaf("a", "a"), leaf("b", "b", transform={"translate": [20, 9]}), assets=ASSETS)
    assert kinds(still, 0, 1, 2) == [[ShapeTiles, ShapeTiles]] * 3


def test_what_stays_beside_what_moves_is_kept() -> None:
    """The still one comes up in the midst of movement: left to the backend once, and then it is kept."""
    late = leaf("b", "b", range=[3, 30], transform={"translate": [20, 9]})
    made = kinds(scene(leaf("a", "a", transform=TURN), late, assets=ASSETS), 1, 2, 3, 4, 5)
    assert [len(shapes) for shapes in made] == [1, 1, 2, 2, 2]
    assert {shapes[0] for shapes in made[1:]} == {ShapeSpans}
    assert [shapes[1] for shapes in made[2:]] == [ShapeSpans, ShapeTiles, ShapeTiles]


def test_few_edges_are_sorted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavyte_gpu.compile.shapes._MANY_EDGES", 4)
    assert kinds(scene(leaf("a", "a", transform=TURN), assets=ASSETS), 0, 1, 2) == [[ShapeTiles]] * 3
