"""Letters that join overlap: of a text that is drawn whole they are one outline, so that no pixel counts what they share twice."""

from __future__ import annotations

import numpy as np
import pytest
from text_support import asset, resolve

from tests.unit.raster.raster_oracles import winding
from wavyte_gpu.assets.text import TextRequest, prepare_text
from wavyte_gpu.raster.flatten import flatten
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.text import FontBook


def drawn(text: str, font: str | None, **fields: float) -> Outline:
    made = asset(text, font_source=font, size_px=40.0, **fields)
    made.reveal = None
    with FontBook() as book:
        return prepare_text(TextRequest(made, ((0.0, 0.0, 0.0, 1.0),)), resolve, book, "").parts[0].outline


def windings(outline: Outline) -> set[int]:
    x0, y0, x1, y1 = outline.bounds()
    at = np.random.default_rng(6).uniform((x0, y0), (x1, y1), (6000, 2))
    return set(np.abs(winding(flatten(outline, 1.0), at)).tolist())


@pytest.mark.parametrize(("text", "font"), [("नमते", "devanagari.ttf"), ("سلام", "arabic.ttf")])
def test_joined_letters_cover_once(text: str, font: str) -> None:
    assert windings(drawn(text, font)) == {0, 1}


def test_letters_set_tightly_cover_once() -> None:
    assert windings(drawn("HELLO", None, letter_spacing_px=-6.0)) == {0, 1}


def test_letters_apart_stay_as_they_are() -> None:
    """Two words are the outlines of each: the second is the first one moved."""
    one, two = drawn("Hamburg", None), drawn("Hamburg Hamburg", None)
    assert len(two.verbs) == 2 * len(one.verbs)
    assert np.array_equal(two.points[: len(one.points)], one.points)
