"""Letters that join overlap: they become one outline, so that no pixel counts twice what they share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from text_support import BOOK, asset, resolve

from tests.unit.raster.raster_oracles import winding
from wavyte_gpu.assets.shape import PreparedShape
from wavyte_gpu.assets.text import TextRequest, prepare_text
from wavyte_gpu.raster.flatten import flatten
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.text import FontBook, joined

HINDI = "नमस्ते सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है उन्हें बुद्धि और अन्तरात्मा की देन"
ARABIC = (
    "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا بروح الإخاء"
)


def prepared(
    text: str, font: str | None, book: FontBook = BOOK, moves: bool = False, unit: str | None = None, **fields: Any
) -> PreparedShape:
    made = asset(text, font_source=font, **{"size_px": 40.0, **fields})
    made.reveal = unit and SimpleNamespace(unit=unit, transform=SimpleNamespace(anchor="center"))
    made.model_copy = lambda update: SimpleNamespace(**{**vars(made), **update})
    return prepare_text(TextRequest(made, ((0.0, 0.0, 0.0, 1.0),), moves), resolve, book, "")


def drawn(text: str, font: str | None, **fields: Any) -> Outline:
    return prepared(text, font, **fields).parts[0].outline


def windings(outline: Outline) -> set[int]:
    """Return the winding numbers along lines through the middle of the text and at random."""
    x0, y0, x1, y1 = outline.bounds()
    at = np.random.default_rng(6).uniform((x0, y0), (x1, y1), (6000, 2))
    return set(np.abs(winding(flatten(outline, 1.0), at)).tolist())


@pytest.mark.parametrize(
    ("text", "font"),
    [("नमते", "devanagari.ttf"), ("سلام", "arabic.ttf"), (HINDI, "devanagari.ttf"), (ARABIC, "arabic.ttf")],
)
def test_joined_letters_cover_once(text: str, font: str) -> None:
    assert windings(drawn(text, font)) == {0, 1}


def test_letters_set_tightly_cover_once() -> None:
    assert windings(drawn("HELLO", None, letter_spacing_px=-6.0)) == {0, 1}


def test_lines_that_reach_into_each_other_cover_once() -> None:
    assert windings(drawn("gjpgjp\nÅÄÖÅÄÖ", None, line_height=0.6)) == {0, 1}


def test_letters_apart_stay_as_they_are() -> None:
    """Two words are the outlines of each: the second is the first one moved."""
    one, two = drawn("Hamburg", None), drawn("Hamburg Hamburg", None)
    assert len(two.verbs) == 2 * len(one.verbs)
    assert np.array_equal(two.points[: len(one.points)], one.points)


def test_letters_whose_boxes_alone_meet_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joined, "without_overlaps", None)
    drawn("AVATAR LTV", None)


def test_what_is_kept_changes_nothing() -> None:
    with FontBook() as book:
        first = prepared(f"{HINDI} {HINDI}", "devanagari.ttf", book)
        assert len(book.joined) > 16
        again = prepared(f"{HINDI} {HINDI}", "devanagari.ttf", book)
        assert first.parts == again.parts
        count = len(book.joined)
        prepared(HINDI, "devanagari.ttf", book, size_px=90.0)
        assert len(book.joined) == count  # the same words at another size


def test_a_limit_counts_what_is_kept_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a text looks like does not depend on what was drawn before."""
    with FontBook() as book:
        whole = prepared(HINDI, "devanagari.ttf", book)
        monkeypatch.setattr(joined, "_MOST_VERBS", 300)
        warm = prepared(HINDI, "devanagari.ttf", book)
    with FontBook() as book:
        assert prepared(HINDI, "devanagari.ttf", book).parts == warm.parts != whole.parts
        assert len(book.joined) > 0


def test_a_text_whose_size_moves_is_united_as_one_that_stands() -> None:
    moving = prepared(HINDI, "devanagari.ttf", moves=True).at((40.0, 0.0))
    assert moving.parts == prepared(HINDI, "devanagari.ttf").parts


@pytest.mark.parametrize("unit", ["word", "line"])
def test_units_that_are_revealed_cover_once(unit: str) -> None:
    text = prepared(f"{HINDI}\n{ARABIC}", "devanagari.ttf", unit=unit)
    assert windings(text.parts[0].outline) == {0, 1}
    assert text.units is not None
    (part,) = text.units.parts
    contours = text.contours(0, 1.0)
    assert len(part.of_contour) == len(contours.offsets) - 1
    for number, box in zip(part.unit.tolist(), part.box, strict=True):  # each unit has the contours inside its box
        mine = np.repeat(part.of_contour == number, np.diff(contours.offsets))
        assert np.allclose(contours.points[mine].min(axis=0), box[:2], atol=0.1)
        assert np.allclose(contours.points[mine].max(axis=0), box[2:], atol=0.1)


def test_letters_that_are_revealed_one_by_one_stay_apart() -> None:
    assert max(windings(prepared("HELLO", None, unit="glyph", letter_spacing_px=-6.0).parts[0].outline)) == 2
