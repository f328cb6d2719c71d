"""Outlines without overlaps: what is inside stays inside, windings are single, and what does not overlap stays as it is."""

from __future__ import annotations

import numpy as np

from tests.unit.raster.raster_oracles import winding
from wavyte_gpu.raster.flatten import flatten
from wavyte_gpu.raster.outline import Outline, concat
from wavyte_gpu.raster.overlaps import without_overlaps
from wavyte_gpu.raster.shapes import ellipse, rect
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
