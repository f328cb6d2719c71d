"""Shaping: glyphs and advances are HarfBuzz's own; scripts, directions, fallback, features, spacing, what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from text_support import BOOK, alone, asset, resolve, run, shape, visual

from wavyte_gpu.foundation.errors import LimitError, SchemaError
from wavyte_gpu.schema.assets import TextAsset
from wavyte_gpu.text import shape_text
from wavyte_gpu.text.fonts import DEFAULT_FONT

INTER = DEFAULT_FONT.read_bytes()


@pytest.mark.parametrize(
    ("text", "font", "rtl"),
    [
        ("AVATAR To office fi — Ty.", None, False),
        ("Ελληνικά", None, False),
        ("Кириллица", None, False),
        ("e\u0301a\u0323\u0302 Tiê\u0301ng", None, False),
        ("مرحبا بالعالم", "arabic", True),
        ("שלום עולם", "hebrew", True),
        ("हिन्दी क्षत्रिय किताब", "devanagari", False),
        ("สวัสดีชาวโลก น้ำ", "thai", False),
        ("👩\u200d👩\u200d👧👍🏽🇩🇪", "emoji", False),
    ],
)
def test_advances_are_those_of_harfbuzz(text: str, font: str | None, rtl: bool) -> None:
    data = INTER if font is None else resolve(f"{font}.ttf")
    ids, advances, offsets = alone(data, text, rtl)
    shaped = shape(text, **({"font": font} if font else {}), size_px=37.0)
    assert shaped.glyph.tolist() == ids
    upem = shaped.fonts[0].upem
    pen = np.concatenate(([0], np.cumsum(advances)))
    assert shaped.size[0] == pytest.approx(pen[-1] * 37.0 / upem, abs=1e-9)
    assert shaped.x.tolist() == pytest.approx(((pen[:-1] + offsets) * 37.0 / upem).tolist(), abs=1e-9)


def test_weight_is_an_axis() -> None:
    text = "Weight"
    for weight in (100.0, 550.0, 900.0):
        _, advances, _ = alone(INTER, text, wght=weight)
        assert shape(text, weight=weight).size[0] == pytest.approx(sum(advances) * 32.0 / 2048, abs=1e-9)
    assert shape(text, weight=900.0).size[0] > shape(text).size[0]
    assert shape(text, axes={"opsz": 32.0}).size[0] < shape(text).size[0]
    assert shape(text, weight=200.0, axes={"wght": 700.0}).content_hash == shape(text, weight=700.0).content_hash


def test_the_size_scales_exactly() -> None:
    small, large = shape("Scale", size_px=16.0), shape("Scale", size_px=64.0)
    assert large.x.tolist() == [4 * x for x in small.x.tolist()]
    assert large.baseline == 4 * small.baseline
    again = shape_text(asset("Scale", size_px=5.0), resolve, book=BOOK, size_px=64.0)
    assert again.content_hash == large.content_hash


def test_features() -> None:
    assert shape("10:23", features={"tnum": 1}).size != shape("10:23").size
    assert shape("AV", features={"kern": 0}).size[0] > shape("AV").size[0]


def test_letter_spacing_is_between_clusters() -> None:
    plain, spaced = shape("abcd"), shape("abcd", letter_spacing_px=5.0)
    assert spaced.size[0] == pytest.approx(plain.size[0] + 3 * 5.0)
    assert (spaced.x - plain.x).tolist() == pytest.approx([0.0, 5.0, 10.0, 15.0])
    marks = shape("e\u0301e\u0301", letter_spacing_px=5.0)
    assert marks.size[0] == pytest.approx(shape("e\u0301e\u0301").size[0] + 5.0)
    hebrew, wide = shape("שלום", font="hebrew"), shape("שלום", font="hebrew", letter_spacing_px=5.0)
    assert wide.size[0] == pytest.approx(hebrew.size[0] + 15.0)
    assert (wide.x - hebrew.x).tolist() == pytest.approx([0.0, 5.0, 10.0, 15.0])


def test_letter_spacing_leaves_joined_scripts_alone_and_ends_ligatures() -> None:
    assert shape("مرحبا", font="arabic", letter_spacing_px=9.0).size == shape("مرحبا", font="arabic").size
    joined = shape("لا", font="arabic", features={"rlig": 0})
    assert len(joined) >= len(shape("لا", font="arabic", letter_spacing_px=9.0))


def test_arabic_joins_across_runs_and_fallback() -> None:
    whole = shape("سلام", font="arabic")
    parted = shape_text(asset(runs=[run("سل"), run("ام")], font_source="arabic.ttf"), resolve, book=BOOK)
    assert parted.glyph.tolist() == whole.glyph.tolist()  # one item: the runs differ in nothing that shapes
    assert set(parted.run.tolist()) == {0, 1}
    ids, _, _ = alone(resolve("arabic.ttf"), "سلام", rtl=True)
    sized = shape_text(asset(runs=[run("س"), run("لام", size_px=33.0)], font_source="arabic.ttf"), resolve, book=BOOK)
    assert sized.glyph.tolist() == ids  # two items, joined by their context


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("abc שלום 123", "abc 123 םולש"),
        ("שלום abc 123", "abc 123 םולש"),
        ("שלום 123 עולם", "םלוע 123 םולש"),
        ("שלום 1-2, 3", "3 ,1-2 םולש"),
        ("שלום (abc) סוף.", ".ףוס )abc( םולש"),
        ("(שלום)", ")םולש("),
        ("a (ש) b", "a (ש) b"),
        ("שלום!", "!םולש"),
        ("שלום abc! def", "abc! def םולש"),
    ],
)
def test_visual_order_by_hand(text: str, want: str) -> None:
    """Characters of the text from left to right; brackets are mirrored by their glyphs only."""
    shaped = shape(text, font="hebrew")
    assert visual(shaped, text) == want
    assert (np.diff(shaped.x) >= 0).all()


def test_brackets_are_mirrored() -> None:
    font = shape("()", font="hebrew")
    mirrored = shape("ש()", font="hebrew")
    assert mirrored.glyph.tolist()[:2] == font.glyph.tolist()


def test_paragraphs_have_their_own_direction() -> None:
    shaped = shape("abc\nשלום\n123\n(def)", font="hebrew", align="start")
    assert [line.rtl for line in shaped.lines] == [False, True, True, False]
    assert shaped.lines[1].x == pytest.approx(shaped.size[0] - shaped.lines[1].width)


def test_devanagari_clusters() -> None:
    text = "कि"  # the vowel sign is drawn before its consonant
    shaped = shape(text, font="devanagari")
    assert shaped.cluster.tolist() == [0, 0]
    assert shaped.units[0] == 1


def test_emoji_sequences_are_one_unit() -> None:
    shaped = shape("👩\u200d👩\u200d👧👍🏽🇩🇪", font="emoji")
    assert shaped.units[0] == 3 and not shaped.missing
    assert (shaped.glyph != 0).all()


def test_fallback_order() -> None:
    shaped = shape_text(
        asset(runs=[run("x שלום"), run("مرحبا", font_source="arabic.ttf"), run("😀", font_source="emoji.ttf")]),
        lambda name: resolve(name),
        book=BOOK,
    )
    assert [item.char for item in shaped.missing] == list("שלום")
    again = shape_text(
        asset(runs=[run("x שלום ❤\ufe0f"), run("س", font_source="hebrew.ttf"), run("", font_source="emoji.ttf")]),
        resolve,
        book=BOOK,
    )
    assert [item.char for item in again.missing] == ["س"]
    names = {font.file.name for font in again.fonts}
    assert names >= {"hebrew.ttf", "InterVariable.ttf", "emoji.ttf"}


def test_composed_and_decomposed_are_tried() -> None:
    assert not shape("e\u0301 \u1e69 s\u0323\u0307").missing


def test_a_cluster_is_never_divided_by_its_script() -> None:
    plain, spaced = shape("0A\u093a0"), shape("0A\u093a0", letter_spacing_px=4.0)
    assert spaced.size[0] == pytest.approx(plain.size[0] + 8.0)
    assert spaced.units[0] == 3


def test_a_cluster_has_one_font() -> None:
    shaped = shape("0, \U0001f3fb0", font="arabic")
    at = shaped.cluster == 2
    assert at.sum() == 2 and len(set(shaped.font[at].tolist())) == 1


def test_what_is_never_seen_stays_in_the_font_before_it() -> None:
    runs = [run("00\u00ad0", font_source="emoji.ttf")]
    assert len(shape_text(asset(runs=runs), resolve, book=BOOK).fonts) == 1


def test_missing_is_reported_once_with_its_place() -> None:
    shaped = shape("a中b中\u0378")
    assert [(item.char, item.index, item.count, item.reason) for item in shaped.missing] == [
        ("中", 1, 2, "no_glyph"),
        ("\u0378", 4, 1, "unassigned"),
    ]
    assert [problem.code for problem in shaped.warnings] == ["missing_glyph"] * 2
    assert "U+4E2D" in shaped.warnings[0].message
    assert len(shape("".join(chr(0x4E00 + i) for i in range(100))).warnings) == 33


def test_surrogates_and_controls_are_replaced_and_reported() -> None:
    shaped = shape("a\ud800b\x00c\udfff")
    assert [(item.char, item.reason) for item in shaped.missing] == [
        ("\ud800", "surrogate"),
        ("\x00", "control"),
        ("\udfff", "surrogate"),
    ]
    assert len(shaped) == 6
    for problem in shaped.warnings:
        problem.message.encode("utf-8")


def test_ignorable_characters_are_silent() -> None:
    shaped = shape("a\u200db\u2060c\u00add\ufe0f\u200e")
    assert not shaped.missing and shaped.units[0] >= 4
    assert shaped.size[0] == pytest.approx(shape("abcd", features={"kern": 0}).size[0], abs=2.0)


def test_bounds() -> None:
    with pytest.raises(LimitError, match="too long"):
        shape("a" * 1_000_001)
    with pytest.raises(LimitError, match="font size"):
        shape("a", size_px=float("inf"))
    with pytest.raises(LimitError, match="font size"):
        shape("a", size_px=float("nan"))


def test_errors_of_sources_pass_through() -> None:
    def refuse(source: str) -> bytes:
        raise SchemaError(f"no such file: {source}")

    with pytest.raises(SchemaError, match=r"gone\.ttf"):
        shape_text(asset("a", font_source="gone.ttf"), refuse)


def test_the_schema_is_accepted_as_it_is() -> None:
    model = TextAsset(text="Hello", weight=700.0)
    assert shape_text(model, resolve, book=BOOK).size == shape("Hello", size_px=48.0, weight=700.0).size
