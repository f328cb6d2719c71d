"""Layout: lines, wrapping, overflow, alignment, metrics, mixed runs, tabs."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from text_support import BOOK, alone, asset, line_texts, resolve, run, shape, visual

from tests.support.growth import assert_proportional
from wavyte_gpu.text import FontBook, segment, shape_text
from wavyte_gpu.text import unicode as uc
from wavyte_gpu.text.fonts import DEFAULT_FONT

INTER = DEFAULT_FONT.read_bytes()
FOX = "The quick brown fox jumps over the lazy dog, and keeps (on) running-round 3.14 AVATAR."


def natural(text: str) -> float:
    return sum(alone(INTER, text)[1]) * 32.0 / 2048


@pytest.mark.parametrize("width", [60.0, 90.0, 133.0, 200.0, 320.0, 777.0, 5000.0])
def test_lines_are_the_longest_that_fit(width: float) -> None:
    shaped = shape(FOX, width=width)
    breaks = segment.line_breaks(uc.lookup(uc.code_points(FOX)))
    texts = line_texts(shaped, FOX)
    assert "".join(texts) == FOX
    for index, line in enumerate(shaped.lines):
        text = FOX[line.start : line.end].rstrip()
        assert line.width == pytest.approx(natural(text), abs=1e-6)  # as HarfBuzz has it for this line alone
        assert line.width <= width + 1e-3 or len(text) == 1
        if index + 1 < len(shaped.lines) and breaks[line.end]:
            following = next(at for at in range(line.end + 1, len(FOX) + 1) if breaks[at])
            assert natural(FOX[line.start : following].rstrip()) > width


def test_a_text_fits_into_its_own_width() -> None:
    for text in (FOX, "office", "שלום abc"):
        size = shape(text, font="hebrew").size[0]
        assert len(shape(text, font="hebrew", width=size).lines) == 1


def test_long_words_break_only_when_nothing_else_fits() -> None:
    text = "an incomprehensibility"
    shaped = shape(text, width=120.0)
    assert line_texts(shaped, text)[0] == "an "
    assert all(line.width <= 120.001 for line in shaped.lines)
    single = shape("WWW", width=1.0)
    assert line_texts(single, "WWW") == ["W", "W", "W"]
    marks = "e\u0301" * 4
    assert line_texts(shape(marks, width=1.0), marks) == ["e\u0301"] * 4


def test_arabic_keeps_its_forms_when_a_word_is_broken() -> None:
    text = "سلام"
    whole, broken = shape(text, font="arabic"), shape(text, font="arabic", width=20.0)
    assert len(broken.lines) > 1
    assert sorted(broken.glyph.tolist()) == sorted(whole.glyph.tolist())


def test_spaces_hang() -> None:
    plain, trailing = shape("word"), shape("word   ")
    assert trailing.size == plain.size
    right = shape("שלום   ", font="hebrew", width=300.0, align="right")
    line = right.lines[0]
    assert line.x + line.width == pytest.approx(300.0)
    letters = right.x[right.unit >= 0]
    assert letters.min() == pytest.approx(line.x) and right.x.min() < line.x
    assert shape("  a").lines[0].width > shape("a").lines[0].width


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\u0085", "\v", "\f"])
def test_hard_breaks(end: str) -> None:
    text = f"one{end}two{end}{end}three"
    assert line_texts(shape(text), text) == ["one", "two", "", "three"]
    assert len(shape(f"one{end}").lines) == 1  # a terminator ends its line, it begins none
    assert not shape(text).missing


def test_nothing_is_one_empty_line() -> None:
    shaped = shape("")
    assert shaped.size == (0.0, pytest.approx(38.4)) and len(shaped) == 0
    assert shaped.units == (0, 0, 1) and shaped.baseline == shape("x").baseline
    assert shape("\n\n").size[1] == pytest.approx(2 * 38.4)
    assert shape("   ").size[0] == 0.0


def test_lines_are_centred_on_their_height() -> None:
    font = BOOK.instance(BOOK.default())
    for height in (0.5, 1.0, 1.2, 3.0):
        shaped = shape("x\ny", line_height=height)
        ascent, descent = font.ascent / 64, font.descent / 64  # 32 px, 2048 units
        assert shaped.baseline == pytest.approx(ascent + (32 * height - ascent - descent) / 2)
        assert shaped.lines[1].baseline - shaped.lines[0].baseline == pytest.approx(32 * height)
        assert shaped.size[1] == pytest.approx(64 * height)


def test_mixed_sizes_share_a_baseline() -> None:
    shaped = shape_text(asset(runs=[run("Big", size_px=80.0), run("small", size_px=20.0)]), resolve, book=BOOK)
    assert set(shaped.y.tolist()) == {shaped.baseline}
    assert shaped.size[1] == pytest.approx(96.0)
    assert shaped.size[0] == pytest.approx(shape("Big", size_px=80.0).size[0] + shape("small", size_px=20.0).size[0])
    two = shape_text(asset(runs=[run("a\n", size_px=80.0), run("b", size_px=20.0)]), resolve, book=BOOK)
    assert [line.bottom - line.top for line in two.lines] == pytest.approx([96.0, 24.0])


def test_runs_of_one_style_shape_as_one_text() -> None:
    runs = shape_text(asset(runs=[run("A"), run("V")]), resolve, book=BOOK)
    whole = shape("AV")
    assert runs.x.tolist() == whole.x.tolist() and runs.run.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("align", "left", "right"),
    [("start", 0.0, 1.0), ("left", 0.0, 0.0), ("right", 1.0, 1.0), ("center", 0.5, 0.5), ("end", 1.0, 0.0)],
)
def test_alignment(align: str, left: float, right: float) -> None:
    """The share of the free room before a line that runs left to right, and one that runs right to left."""
    shaped = shape("a\nש\nlonger line", font="hebrew", width=400.0, align=align)
    box = 400.0 if align in ("right", "center", "end") else shaped.content_width
    assert shaped.size[0] == pytest.approx(box)
    for line, share in zip(shaped.lines, (left, right), strict=False):
        assert line.x == pytest.approx((box - line.width) * share)


def test_justify_fills_all_but_last_lines() -> None:
    shaped = shape(FOX, width=300.0, align="justify")
    assert len(shaped.lines) > 2 and shaped.size[0] == 300.0
    plain = shape(FOX, width=300.0)
    for line in shaped.lines[:-1]:
        assert line.width == pytest.approx(300.0)
    assert shaped.lines[-1].width == pytest.approx(plain.lines[-1].width)
    assert shape("aaaaaa bbbbbb", width=100.0, align="justify").lines[0].width < 100.0  # no space on it to widen


def test_a_space_that_carries_a_mark_is_widened_once() -> None:
    shaped = shape("1 \U0001f3fb0 ⺀⺀", width=60.0, align="justify")
    assert all(line.width <= 60.001 for line in shaped.lines)


def test_a_hidden_soft_hyphen_keeps_its_letter_spacing() -> None:
    shaped = shape("00\u00ad0", width=75.0, letter_spacing_px=32.0, overflow="shrink")
    assert all(line.width <= 75.001 for line in shaped.lines)


def test_clip_drops_lines() -> None:
    shaped = shape(FOX, width=200.0, max_lines=2)
    assert len(shaped.lines) == 2 and shaped.truncated
    assert shaped.x.tolist() == shape(FOX, width=200.0).x[: len(shaped)].tolist()


@pytest.mark.parametrize("width", [30.0, 120.0, 200.0, 333.0])
def test_ellipsis(width: float) -> None:
    shaped = shape(FOX, width=width, max_lines=2, overflow="ellipsis")
    dots = BOOK.instance(BOOK.default()).font.get_nominal_glyph(0x2026)
    assert shaped.glyph[-1] == dots and dots not in shaped.glyph[:-1]
    assert shaped.lines[-1].width <= width + 1e-3
    assert shaped.truncated and len(shaped.lines) == 2
    assert not shape("short", width=500.0, max_lines=1, overflow="ellipsis").truncated
    hard = shape("one \ntwo", max_lines=1, overflow="ellipsis")
    assert visual(hard, "one \ntwo") == "onee"  # the ellipsis belongs to the character before it


def test_ellipsis_from_right_to_left() -> None:
    shaped = shape("שלום עולם שלום עולם", font="hebrew", width=200.0, max_lines=1, overflow="ellipsis")
    assert shaped.fonts[int(shaped.font[0])].file.name == "InterVariable.ttf"  # leftmost
    assert shaped.lines[0].x == pytest.approx(0.0)


def test_shrink() -> None:
    shaped = shape(FOX, width=300.0, max_lines=2, overflow="shrink")
    assert len(shaped.lines) == 2 and not shaped.truncated and 0.1 < shaped.scale < 1.0
    assert all(line.width <= 300.001 for line in shaped.lines)
    larger = shape(FOX, width=300.0, max_lines=2, size_px=32.0 * (shaped.scale + 2 / 4096))
    assert larger.truncated
    assert set(shaped.size_px.tolist()) == {32.0 * shaped.scale}
    word = shape("incomprehensibility", width=100.0, overflow="shrink")
    assert len(word.lines) == 1 and word.size[0] <= 100.001
    assert shape("fits", width=500.0, overflow="shrink").scale == 1.0


def test_soft_hyphens_show_where_a_line_ends() -> None:
    text = "hy\u00adphen\u00adation"
    shaped = shape(text, width=130.0)
    assert line_texts(shaped, text) == ["hy\u00adphen\u00ad", "ation"]
    assert all(line.width <= 130.001 for line in shaped.lines)
    dash = {BOOK.instance(BOOK.default()).font.get_nominal_glyph(char) for char in (0x2010, 0x2D)}
    last = shaped.lines[0].end_glyph - 1
    assert int(shaped.glyph[last]) in dash
    assert not dash & set(shape(text).glyph.tolist())


def test_tabs_go_to_stops() -> None:
    stop = 8 * BOOK.instance(BOOK.default()).space_advance / 64
    shaped = shape("a\tb\tc\nlong tabbed\td")
    at = {text: shaped.x[shaped.cluster == index][0] for index, text in enumerate("a\tb\tc") if text != "\t"}
    assert at["b"] == pytest.approx(stop) and at["c"] == pytest.approx(2 * stop)
    second = shaped.x[shaped.lines[1].end_glyph - 1]
    assert second % stop == pytest.approx(0.0, abs=1e-9) or second % stop == pytest.approx(stop)
    narrow = shape("a\tb\tc\td", width=2.5 * stop)
    assert all(line.width <= 2.5 * stop for line in narrow.lines) and len(narrow.lines) == 2
    backward = shape("ש\tם", font="hebrew")
    assert backward.x[0] < backward.x[-1] and backward.lines[0].width > 0


def test_narrower_layouts_win() -> None:
    narrow = shape_text(asset(FOX, max_width_px=500.0), resolve, book=BOOK, max_width_px=200.0)
    assert narrow.content_hash == shape(FOX, width=200.0).content_hash


def test_indices() -> None:
    text = "one two\nthree"
    shaped = shape(text)
    assert shaped.units == (11, 3, 2)
    assert shaped.word.tolist() == [0, 0, 0, -1, 1, 1, 1, 2, 2, 2, 2, 2]
    assert shaped.line.tolist() == [0] * 7 + [1] * 5
    assert [line.first_glyph for line in shaped.lines] == [0, 7]
    rtl = shape("שלום abc", font="hebrew")
    assert rtl.word.tolist() == [1, 1, 1, -1, 0, 0, 0, 0]  # in reading order
    for array in (shaped.x, shaped.y, shaped.glyph, shaped.word):
        assert not array.flags.writeable
    with pytest.raises(TypeError):
        pickle.dumps(shaped)


def test_content_hash() -> None:
    assert shape("abc").content_hash == shape("abc").content_hash
    hashes = {shape(text, **more).content_hash for text, more in (("abc", {}), ("abd", {}), ("abc", {"weight": 401.0}))}
    assert len(hashes) == 3


def test_long_paragraphs() -> None:
    for text in ("word " * 20_000, "x" * 100_000, "a\u0301" * 50_000, "\n" * 100_000, "a\t" * 5_000):
        shaped = shape(text, width=640.0)
        assert all(line.width <= 640.001 for line in shaped.lines)
        assert np.isfinite(shaped.x).all()


@pytest.mark.parametrize("repeated", ["\u05d0a", "\u2068a", "\u2068a\u2069", "\u202ba\u202c"])
def test_directions_take_time_in_proportion(repeated: str) -> None:
    def made(text: str) -> None:
        with FontBook() as book:
            shape_text(asset(text=text), resolve, book=book)

    assert_proportional(lambda count: repeated * count, made, 8_000)
