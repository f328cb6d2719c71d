"""Outlines without overlaps: what is inside stays inside, windings are single, and what does not overlap stays as it is.

Paths get them once: in the pixels where contours of different windings meet, coverage is then that of the true area.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tests.support.polygons import polygon_edges
from tests.unit.raster.raster_oracles import winding
from wavyte_gpu.assets.shape import PathRequest, prepare_path
from wavyte_gpu.effects.inline import CLIP_PATH
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.shared.coverage import coverage_even_odd, coverage_of, shape_area
from wavyte_gpu.raster.flatten import flatten
from wavyte_gpu.raster.outline import Outline, Verb, concat
from wavyte_gpu.raster.overlaps import apart, without_overlaps
from wavyte_gpu.raster.shapes import ellipse, rect
from wavyte_gpu.raster.svg_path import parse_path
from wavyte_gpu.raster.unite import is_tangled
from wavyte_gpu.text import FontBook
from wavyte_gpu.text.glyphs import _draw, glyph_outline


def insides(outline: Outline, at: np.ndarray) -> np.ndarray:
    return winding(flatten(outline, 1.0), at)


def test_two_that_cross_become_one() -> None:
    shape = concat([rect(0.0, 0.0, 1000.0, 400.0), ellipse(900.0, 300.0, 500.0, 300.0)])
    (made,) = without_overlaps([shape])
    at = np.random.default_rng(3).uniform(-100, 1500, (4000, 2))
    before, after = insides(shape, at), insides(made, at)
    assert before.max() == 2 and set(np.abs(after).tolist()) == {0, 1}
    assert ((before != 0) == (after != 0)).mean() > 0.999


def test_what_is_apart_or_nested_stays_as_it_is() -> None:
    hole = ellipse(500.0, 500.0, 200.0, 200.0)
    ring = concat([ellipse(500.0, 500.0, 400.0, 400.0), Outline(hole.points[::-1], hole.verbs)])
    for shape in (ring, rect(0.0, 0.0, 10.0, 10.0), Outline.empty()):
        assert without_overlaps([shape])[0] is shape


def test_many_at_once_are_each_alone() -> None:
    cross = [concat([rect(0.0, 0.0, 1000.0, 9.0 * k), rect(300.0, -500.0, 100.0, 1000.0)]) for k in range(1, 6)]
    assert without_overlaps(cross) == [without_overlaps([c])[0] for c in cross]


def test_glyphs_of_the_shipped_font_keep_their_ink() -> None:
    with FontBook() as book:
        for weight in (100.0, 900.0):
            font = book.instance(book.default(), {"wght": weight})
            rng = np.random.default_rng(4)
            for char in "AKRe&@\u00c5\u0416":
                glyph = font.font.get_nominal_glyph(ord(char))
                plain, made = _draw(font, glyph), glyph_outline(book, font, glyph)
                x0, y0, x1, y1 = plain.bounds()
                at = rng.uniform((x0, y0), (x1, y1), (2000, 2))
                before, after = insides(plain, at), insides(made, at)
                assert ((before != 0) == (after != 0)).mean() > 0.998, char
                assert set(np.abs(after).tolist()) <= {0, 1}, char


CIRCLES = "M5 50a30 30 0 1 0 60 0a30 30 0 1 0 -60 0Z M35 50a30 30 0 1 {0} 60 0a30 30 0 1 {0} -60 0Z"
CROSSING = {
    "pentagram": "M50 2L79 91L2 36H98L21 91Z",
    "circles": CIRCLES.format(0),
    "circles that turn against each other": CIRCLES.format(1),
    "a side drawn twice": "M10 10L50 20L40 90L5 80Z M50 20L40 90L90 95L95 15Z",
    "thin bars": "M10 48L90 50L90 52L10 50Z M48 10L50 90L52 90L50 10Z",
    "almost one edge": "M10 10L90 12L90 50L10 50Z M10 10.3L90 11.8L90 60L10 60Z",
    "an open bow": "M10 13L90 88V12L10 91",
}
SIDE = 48


def covered(outline: Outline, even_odd: bool, finer: int = 1) -> np.ndarray:
    """Return the coverage of 100 px drawn on SIDE pixels, means of `finer` pixels a side."""
    side = SIDE * finer
    contours = flatten(outline.transform([[side / 100, 0, 0], [0, side / 100, 0]]), 1.0)
    area = shape_area(polygon_edges(contours.points, contours.offsets, Rect(0, 0, side, side)), 0, 0, side, side)
    coverage = (coverage_even_odd if even_odd else coverage_of)(area).astype(float)
    return coverage.reshape(SIDE, finer, SIDE, finer).mean(axis=(1, 3))


@pytest.mark.parametrize("even_odd", [False, True])
@pytest.mark.parametrize("name", CROSSING)
def test_where_contours_meet_coverage_is_the_true_area(name: str, even_odd: bool) -> None:
    """Thirty-two times as large, what a pixel errs by where contours meet is a thirty-second of that along an edge."""
    outline = parse_path(CROSSING[name])
    made, rule = apart(outline, even_odd)
    truth = covered(outline, even_odd, finer=32)
    assert np.abs(covered(outline, even_odd) - truth).max() > 10 or "bow" in name or "against" in name
    assert made is not outline and not rule
    assert np.abs(covered(made, rule) - truth).max() <= 8
    at = np.random.default_rng(8).uniform(0, 100, (3000, 2))
    assert set(np.abs(insides(made, at)).tolist()) == {0, 1}


@pytest.mark.parametrize("even_odd", [False, True])
def test_what_does_not_cross_keeps_its_points_and_its_rule(even_odd: bool) -> None:
    far = "M0 0H10V10H0ZM9e6 0H9.1e6V9e6Z"  # too wide for a grid below a pixel
    for data in (
        "M0 0L9 3L2 8Z",
        "M0 0H9V9H0ZM2 2V7H7V2Z",
        "M10 10L50 20L40 90L5 80ZM50 20L95 15L90 95L40 90Z",
        "M4 4",
        far,
    ):
        outline = parse_path(data)
        assert apart(outline, even_odd) == (outline, even_odd)


def test_tangles_stay_as_they_are() -> None:
    """Skia would take a third of a second to many minutes for them."""
    rng = np.random.default_rng(5)
    for count, kind in ((600, Verb.LINE), (300, Verb.CUBIC), (5000, Verb.LINE)):
        verbs = [Verb.MOVE, *[kind] * count, Verb.CLOSE]
        points = rng.uniform(0, 500, (1 + count * int(kind), 2))
        outline = Outline(points, np.array(verbs, np.uint8))
        assert is_tangled(outline)
        assert apart(outline, True) == (outline, True)
    turn = np.arange(1200) * 0.01
    spiral = np.stack([np.cos(turn), np.sin(turn)], axis=-1) * (50 + 20 * turn[:, None])
    assert not is_tangled(Outline(spiral, np.array([Verb.MOVE, *[Verb.LINE] * 1199], np.uint8)))


def test_path_assets_and_clips_are_made_of_them() -> None:
    data = CROSSING["pentagram"]
    made, _ = apart(parse_path(data), True)
    shape = prepare_path(PathRequest(data, 0xFFFFFFFF, True, None), "star", "/assets/star")
    assert shape.parts[0].outline == made and not shape.parts[0].even_odd
    half = shape.contours(0, 1.0, (0.0, 0.5, 0.0))
    assert set(np.abs(winding(half, np.random.default_rng(9).uniform(0, 100, (2000, 2)))).tolist()) == {0, 1}
    values = SimpleNamespace(path=data, fill_rule="evenodd")
    (clip,) = CLIP_PATH.lower(values)
    assert clip.outline == made and not clip.even_odd
    assert CLIP_PATH.lower(values)[0] is clip  # made once, not in every frame
