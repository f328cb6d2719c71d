"""Flattening: distance to the curve, balance of the area, levels of scale, the cache."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from raster_oracles import curves, distance, green_area, polygon_area, polygons, sampled

from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.raster import flatten as module
from wavyte_gpu.raster.flatten import TOLERANCE_PX, FlattenCache, flatten, level_scale, scale_level, scale_levels
from wavyte_gpu.raster.outline import Outline, concat
from wavyte_gpu.raster.shapes import ellipse, rect, rounded_rect
from wavyte_gpu.raster.svg_path import parse_path

PLACE = st.integers(-400, 400).map(lambda v: v / 4)
SCALES = st.sampled_from([0.05, 0.5, 1.0, 1.3, 4.0, 37.0])


@st.composite
def curve(draw: st.DrawFn) -> str:
    count = draw(st.sampled_from([4, 6]))
    return "M0 0" + ("Q" if count == 4 else "C") + " ".join(str(draw(PLACE)) for _ in range(count))


@given(curve(), SCALES)
def test_chords_stay_near_the_curve(d: str, scale: float) -> None:
    outline = parse_path(d)
    contours = flatten(outline, scale)
    (polygon,) = polygons(contours)
    (fine,) = sampled(outline, 4000)
    t = np.linspace(0.0, 1.0, 7)[:, None, None]
    on_chords = (polygon[:-1] * (1.0 - t) + polygon[1:] * t).reshape(-1, 2)
    pick = np.linspace(0, len(on_chords) - 1, min(len(on_chords), 60)).astype(int)
    assert distance(on_chords[pick], [fine]).max() * scale <= TOLERANCE_PX + 1e-6 * scale * 400
    assert distance(fine[::80], [polygon]).max() * scale <= TOLERANCE_PX + 1e-6 * scale * 400
    assert np.array_equal(polygon[0], outline.points[0]) and np.array_equal(polygon[-1], outline.points[-1])


@given(st.tuples(PLACE, PLACE, PLACE, PLACE), SCALES)
def test_the_area_under_a_quadratic_is_exact(p: tuple[float, float, float, float], scale: float) -> None:
    outline = parse_path(f"M0 0Q{p[0]} {p[1]} {p[2]} {p[3]}z")
    contours = flatten(outline, scale)
    if len(contours.points) > 2:
        assert abs(polygon_area(contours) - green_area(outline)) <= 1e-9 * 1e5


@pytest.mark.parametrize("scale", [0.3, 1.0, 7.0])
@pytest.mark.parametrize(
    ("shape", "perimeter"),
    [
        (ellipse(0, 0, 1, 1), 6.28),
        (ellipse(50, 50, 40, 30), 221.0),
        (ellipse(0, 0, 3000, 3000), 18850.0),
        (rounded_rect(0, 0, 100, 50, 10), 283.0),
        (parse_path("M0 0C0 100 100 100 100 0z"), 300.0),
        (parse_path("M0 0C200 100-100 100 100 0z"), 350.0),
    ],
)
def test_flattening_does_not_thin_or_fatten(shape: Outline, perimeter: float, scale: float) -> None:
    """The mean displacement of the outline is far below the tolerance: chords alone would give two thirds of it."""
    bias = abs(polygon_area(flatten(shape, scale)) - green_area(shape)) / perimeter * scale
    assert bias < TOLERANCE_PX / 40


def test_lines_pass_untouched_and_contours_keep_their_order() -> None:
    contours = flatten(parse_path("M0 0L10 0 10 10zM7 7zM20 20L30 30M1 1Q2 2 3 1z"), 1.0)
    assert contours.offsets.tolist()[:3] == [0, 3, 5]
    assert contours.points[:5].tolist() == [[0, 0], [10, 0], [10, 10], [20, 20], [30, 30]]
    assert contours.points[5].tolist() == [1, 1] and contours.points[-1].tolist() == [3, 1]
    for empty in (Outline.empty(), parse_path("M3 3z")):
        nothing = flatten(empty, 1.0)
        assert nothing.points.shape == (0, 2) and nothing.offsets.tolist() == [0]


@pytest.mark.parametrize(
    "d", ["M1 1Q1 1 1 1", "M1 1C1 1 1 1 1 1z", "M0 0Q5 5 10 10", "M0 0C9 9-9-9 0 0", "M0 0L0 0Q0 0 0 0"]
)
def test_degenerate_curves(d: str) -> None:
    contours = flatten(parse_path(d), 10.0)
    assert np.isfinite(contours.points).all() and len(contours.offsets) == 2


def test_a_batch_gives_what_each_gives_alone() -> None:
    shapes = [ellipse(i, 2 * i, 3 + i, 5) for i in range(20)] + [
        parse_path("M0 0C9 1 1 9 9 9Q1 2 3 4"),
        rect(0, 0, 5, 5),
    ]
    together = polygons(flatten(concat(shapes), 3.0))
    for shape, polygon in zip(shapes, together, strict=True):
        assert np.array_equal(flatten(shape, 3.0).points, polygon)


def test_levels_of_scale() -> None:
    for level in range(-40, 61):
        value = level_scale(level)
        assert scale_level(value) == level
        assert abs(value / 2.0 ** (level / 2) - 1) < 1e-15
        if level < 60:
            assert scale_level(np.nextafter(value, np.inf)) == level + 1
    assert scale_level(0.0) == -40 and scale_level(1e300) == 60
    for bad in (float("nan"), float("inf"), -1.0):
        with pytest.raises(ValueError):
            scale_level(bad)
        with pytest.raises(ValueError):
            scale_levels(np.array([1.0, bad]))
    ends = np.array([0.0, 1e-300, 1e300, *(level_scale(level) for level in range(-44, 64))])
    for scales in (ends, np.nextafter(ends, np.inf), np.nextafter(ends, 0.0)):
        assert scale_levels(scales).tolist() == [scale_level(scale) for scale in scales.tolist()]
    assert np.array_equal(flatten(ellipse(0, 0, 9, 9), 1.01).points, flatten(ellipse(0, 0, 9, 9), 1.4).points)


def test_too_many_points_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_POINTS", 100)
    with pytest.raises(LimitError, match="allowed: 100"):
        flatten(ellipse(0, 0, 1000, 1000), 1.0)


def test_the_largest_curves_stay_bounded() -> None:
    contours = flatten(parse_path("M-1e9 0C1e9 1e9-1e9-1e9 1e9 1e9"), 1e9)
    assert len(contours.points) == module.MAX_PIECES + 1 and np.isfinite(contours.points).all()


def test_the_cache_is_bounded_and_safe() -> None:
    shapes = [ellipse(0, 0, r, r) for r in range(1, 30)]
    one = flatten(shapes[-1], 1.0).nbytes
    cache = FlattenCache(max_bytes=4 * one)
    first = cache.get(shapes[-1], 1.2)
    assert cache.get(ellipse(0, 0, 29, 29), 1.3) is first  # same content, same level
    assert cache.get(shapes[-1], 1.5) is not first

    def work() -> None:
        for shape in shapes * 5:
            assert len(cache.get(shape, 1.0).points) == len(flatten(shape, 1.0).points)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < cache.nbytes <= 4 * one
    assert cache.nbytes == sum(entry.nbytes for entry in cache._entries.values())
    tiny = FlattenCache(max_bytes=10)
    assert len(tiny.get(shapes[0], 1.0).points) and len(tiny) == 0


def test_curves_helper_agrees_with_the_outline() -> None:
    assert [len(c) for c in curves(parse_path("M0 0L1 1Q2 2 3 3C4 4 5 5 6 6z"))] == [2, 3, 4, 2]
