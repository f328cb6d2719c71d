"""Outlines: checks, equality, bounds, transforms; rectangles and ellipses."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from raster_oracles import green_area, sampled

from wavyte_gpu.raster.outline import Outline, Verb, concat
from wavyte_gpu.raster.shapes import ellipse, rect, rounded_rect
from wavyte_gpu.raster.svg_path import parse_path

NUMBER = st.integers(-1000, 1000).map(lambda v: v / 8)


@st.composite
def outlines(draw: st.DrawFn) -> Outline:
    """Outlines of every verb, dots and lone moves among them."""
    verbs: list[int] = []
    for _ in range(draw(st.integers(1, 3))):
        verbs += [Verb.MOVE, *draw(st.lists(st.sampled_from([Verb.LINE, Verb.QUAD, Verb.CUBIC]), max_size=4))]
        verbs += [Verb.CLOSE] * draw(st.integers(0, 1))
    count = sum((1, 1, 2, 3, 0)[v] for v in verbs)
    points = draw(st.lists(st.tuples(NUMBER, NUMBER), min_size=count, max_size=count))
    return Outline(np.array(points).reshape(-1, 2), np.array(verbs, np.uint8))


@given(outlines())
def test_bounds_hold_the_curves_tightly(outline: Outline) -> None:
    if outline.is_empty:
        assert outline.bounds() == (0.0, 0.0, 0.0, 0.0)
        return
    dots = [outline.points[[i]] for i in _dots(outline)]
    points = np.concatenate([*sampled(outline, 2000), *dots])
    x0, y0, x1, y1 = outline.bounds()
    low, high = points.min(axis=0), points.max(axis=0)
    assert np.all(low >= np.array([x0, y0]) - 1e-9) and np.all(high <= np.array([x1, y1]) + 1e-9)
    assert np.all(np.abs(low - [x0, y0]) < 1e-3) and np.all(np.abs(high - [x1, y1]) < 1e-3)


def _dots(outline: Outline) -> list[int]:
    """Return the points of contours that are MOVE, CLOSE."""
    at, found = -1, []
    for verb, after in zip(outline.verbs, [*outline.verbs[1:], Verb.MOVE], strict=True):
        at += (1, 1, 2, 3, 0)[verb]
        if verb == Verb.MOVE and after == Verb.CLOSE:
            found.append(at)
    return found


@given(outlines())
def test_equal_content_is_equal_and_pickles(outline: Outline) -> None:
    again = pickle.loads(pickle.dumps(outline))
    assert again == outline and hash(again) == hash(outline) and again.content_hash == outline.content_hash
    moved = outline.transform([[1, 0, 1], [0, 1, 0]])
    assert moved != outline and moved.content_hash != outline.content_hash


def test_the_hash_is_this_one_on_every_machine() -> None:
    assert rect(0, 0, 1, 2).content_hash.hex() == "025e7715ae8c213ac74cdcaebe263077"
    assert Outline(np.array([(-0.0, 0.0)]), np.array([0])) == Outline(np.array([(0.0, 0.0)]), np.array([0]))
    assert rect(-0.0, 0, 1, 1).content_hash == rect(0, 0, 1, 1).content_hash


@pytest.mark.parametrize(
    ("points", "verbs"),
    [
        ([(0, 0)], [1]),
        ([(0, 0)], [0, 1]),
        ([(0, 0), (1, 1)], [0]),
        ([(0, 0), (1, 1)], [0, 4, 1]),
        ([(0, float("nan"))], [0]),
        ([(0, float("inf"))], [0]),
        ([(0, 0)], [0, 7]),
    ],
)
def test_what_is_no_outline_is_refused(points: list[tuple[float, float]], verbs: list[int]) -> None:
    with pytest.raises(ValueError):
        Outline(np.array(points, np.float64), np.array(verbs, np.uint8))


def test_arrays_are_read_only_and_owned() -> None:
    points = np.zeros((1, 2))
    outline = Outline(points, np.zeros(1, np.uint8))
    points[0, 0] = 5.0
    assert outline.points[0, 0] == 0.0
    with pytest.raises(ValueError):
        outline.points[0, 0] = 1.0


@given(outlines())
def test_transform_and_concat(outline: Outline) -> None:
    m = np.array([[2.0, -1.0, 3.0], [0.5, 4.0, -7.0]])
    moved = outline.transform(m)
    assert np.allclose(moved.points, outline.points @ m[:, :2].T + m[:, 2])
    both = concat([outline, moved])
    assert len(both.segments.kind) == 2 * len(outline.segments.kind)
    assert concat([]).is_empty and concat([outline]) == outline
    assert abs(green_area(rect(0, 0, 1, 1).transform(m)) - 8.5) < 1e-12


def test_segments_name_contours_and_closing_lines() -> None:
    segments = parse_path("M0 0L4 0L4 3zM9 9zM5 5Q6 6 7 5L5 5z").segments
    assert segments.kind.tolist() == [1, 1, 1, 2, 1]
    assert segments.contour.tolist() == [0, 0, 0, 2, 2]
    assert segments.closes.tolist() == [False, False, True, False, False]
    assert segments.closed.tolist() == [True, True, True]


@pytest.mark.parametrize("radii", [(1.0, 1.0), (300.0, 20.0), (0.01, 4000.0)])
def test_ellipses_are_round(radii: tuple[float, float]) -> None:
    points = np.concatenate(sampled(ellipse(0, 0, *radii), 500)) / radii
    assert np.abs(np.hypot(*points.T) - 1.0).max() < 4.4e-6
    shape = ellipse(10, 20, *radii)
    assert shape.bounds() == (10 - radii[0], 20 - radii[1], 10 + radii[0], 20 + radii[1])


def test_rounded_rectangles() -> None:
    shape = rounded_rect(1, 2, 30, 20, 5)
    assert shape.bounds() == (1, 2, 31, 22)
    assert abs(green_area(shape) - (600 - (4 - np.pi) * 25)) < 25 * 2e-5
    assert rounded_rect(1, 2, 30, 20, 0) == rect(1, 2, 30, 20)
    assert rounded_rect(1, 2, 30, 20, 99) == rounded_rect(1, 2, 30, 20, 10)
    corner = np.concatenate(sampled(shape))
    near = corner[(corner[:, 0] < 6) & (corner[:, 1] < 7)]
    assert np.abs(np.hypot(near[:, 0] - 6, near[:, 1] - 7) - 5).max() < 5 * 4.4e-6
    assert rounded_rect(0, 0, 10, 0, 3) == rect(0, 0, 10, 0)
    for bad in ((-1, 1), (1, float("nan"))):
        with pytest.raises(ValueError):
            rect(0, 0, *bad)
