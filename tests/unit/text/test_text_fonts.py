"""Fonts: checks, corrupt files, instances, the shipped font, outlines and colour glyphs."""

from __future__ import annotations

import random
import threading

import numpy as np
import pytest
import uharfbuzz as hb
from text_support import BOOK, FONTS, asset, resolve, shape

from wavyte_gpu.foundation.errors import AssetError, WavyteError
from wavyte_gpu.raster.outline import Verb
from wavyte_gpu.text import FontBook, shape_text
from wavyte_gpu.text.fonts import DEFAULT_FONT, Lru
from wavyte_gpu.text.glyphs import ColourFill, ColourGroup, Gradient, Picture, Solid, colour_glyph, glyph_outline

INTER = DEFAULT_FONT.read_bytes()


def load_error(data: bytes) -> str:
    with pytest.raises(AssetError) as caught:
        FontBook().load(data, "broken.ttf")
    message = caught.value.problems[0].message
    assert "broken.ttf" in message
    return message


def test_the_shipped_font() -> None:
    font = BOOK.default()
    assert DEFAULT_FONT.stat().st_size < 1 << 20
    assert {axis.tag: (axis.low, axis.high) for axis in font.axes}["wght"] == (100.0, 900.0)
    for text in ("Latin ÀÿŁž", "Ελληνικά", "Кириллица Ђ", "Tiếng Việt", "“…” – — € → ×"):
        assert not shape(text).missing
    assert (
        (DEFAULT_FONT.parent / "InterVariable.LICENSE.txt").read_text(encoding="utf-8").count("SIL Open Font License")
    )


def test_reasons_of_refusal() -> None:
    assert "empty" in load_error(b"")
    assert "begin" in load_error(b"hello world, this is no font")
    assert "WOFF2" in load_error(b"wOF2" + bytes(100))
    assert "cut short" in load_error(INTER[:40])
    assert "beyond the end" in load_error(INTER[: len(INTER) // 2])
    at = INTER.index(b"cmap")
    assert "'cmap' is missing" in load_error(INTER[:at] + b"xmap" + INTER[at + 4 :])
    with pytest.raises(AssetError, match="one face"):
        FontBook().load(INTER, "x.ttf", 1)


def test_a_wrong_checksum_warns() -> None:
    data = bytearray(INTER)
    data[-1] ^= 1
    font = FontBook().load(bytes(data), "bent.ttf")
    assert [problem.code for problem in font.warnings] == ["font_checksum"]
    assert not BOOK.default().warnings


@pytest.mark.parametrize("name", ["arabic", "devanagari", "colr0", "colr1", "emoji"])
def test_damaged_fonts_never_crash(name: str) -> None:
    whole = resolve(f"{name}.ttf")
    rng = random.Random(name)
    text = {"arabic": "مرحبا بالعالم", "devanagari": "क्षत्रिय", "emoji": "😀👍🏽"}.get(name, "ABab")
    outcomes = set()
    for _ in range(150):
        data = bytearray(whole)
        if rng.random() < 0.3:
            del data[rng.randrange(len(data)) :]
        for _ in range(rng.choice((1, 4, 32))):
            if data:
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        with FontBook() as book:
            try:
                shaped = shape_text(asset(text, font_source="f"), lambda _, data=data: bytes(data), book=book)  # type: ignore[misc]
            except WavyteError as error:
                assert isinstance(error, AssetError)
                outcomes.add("error")
                continue
            assert np.isfinite(shaped.x).all() and np.isfinite(shaped.y).all()
            for font, glyph in zip(shaped.font.tolist(), shaped.glyph.tolist(), strict=True):
                glyph_outline(book, shaped.fonts[font], glyph)
                colour_glyph(book, shaped.fonts[font], glyph)
            outcomes.add("result")
    assert outcomes == {"error", "result"}


def test_collections() -> None:
    one, two = resolve("hebrew.ttf"), resolve("thai.ttf")
    start = 12 + 8
    joined = b"ttcf\0\1\0\0" + (2).to_bytes(4, "big") + start.to_bytes(4, "big") + (start + len(one)).to_bytes(4, "big")

    def moved(data: bytes, by: int) -> bytes:
        out = bytearray(data)
        for record in range(int.from_bytes(data[4:6], "big")):
            at = 12 + 16 * record + 8
            out[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + by).to_bytes(4, "big")
        return bytes(out)

    data = joined + moved(one, start) + moved(two, start + len(one))
    seen = []

    def pick(source: str) -> bytes:
        seen.append(source)
        return data

    second = shape_text(asset("ส", font_source="fonts.ttc#1"), pick, book=BOOK)
    assert seen == ["fonts.ttc"]
    assert not second.missing and second.fonts[0].file.index == 1
    with pytest.raises(AssetError, match="no number 2"):
        shape_text(asset("ส", font_source="fonts.ttc#2"), pick, book=BOOK)


def test_axes_are_clamped_and_unknown_ones_told() -> None:
    heavy = shape("x", axes={"wght": 5000.0})
    assert [problem.code for problem in heavy.warnings] == ["font_axis"]
    assert heavy.fonts[0].coords == (("wght", 900.0),)
    unknown = shape("x", axes={"wdth": 80.0})
    assert unknown.warnings[0].found == "wdth" and unknown.fonts[0].coords == ()
    fixed = shape("שלום", font="hebrew", weight=700.0)
    assert "one weight" in fixed.warnings[0].message


def test_content_decides_what_is_loaded_once() -> None:
    with FontBook() as book:
        first, again = book.load(INTER, "a.ttf"), book.load(bytes(INTER), "b.ttf")
        assert first is again
        assert book.instance(first, {"wght": 700}) is book.instance(first, {"wght": 700.0})
        assert book.instance(first, {"wght": 400}) is book.instance(first)
    with pytest.raises(ValueError, match="closed"):
        book.default()


def test_threads_share_a_book() -> None:
    results: list[bytes] = []
    with FontBook() as book:

        def work() -> None:
            for _ in range(20):
                results.append(shape_text(asset("Threads, Ünï", weight=650.0), resolve, book=book).content_hash)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(results) == 120 and len(set(results)) == 1


def test_the_cache_is_bounded() -> None:
    cache: Lru[int, bytes] = Lru(100, len)
    for key in range(20):
        cache.get(key, lambda: bytes(30))
    assert len(cache) == 3
    made = []
    cache.get(19, lambda: made.append(1) or b"")  # type: ignore[func-returns-value]
    assert not made


def test_outlines_are_harfbuzz_turned_over() -> None:
    font = BOOK.instance(BOOK.default())
    glyph = font.font.get_nominal_glyph(ord("H"))
    outline = glyph_outline(BOOK, font, glyph)
    extents = font.font.get_glyph_extents(glyph)
    x0, y0, x1, y1 = outline.bounds()
    assert (x0, -y0, x1 - x0, y1 - y0) == (extents.x_bearing, extents.y_bearing, extents.width, -extents.height)
    assert outline is glyph_outline(BOOK, font, glyph)
    assert outline.verbs[0] == Verb.MOVE and outline.verbs[-1] == Verb.CLOSE
    bold = BOOK.instance(BOOK.default(), {"wght": 900})
    assert glyph_outline(BOOK, bold, glyph) != outline
    assert glyph_outline(BOOK, font, font.font.get_nominal_glyph(32)).is_empty
    assert glyph_outline(BOOK, font, 999_999).is_empty


def colr(version: int) -> tuple[ColourFill | ColourGroup, ...]:
    font = BOOK.instance(BOOK.load((FONTS / f"colr{version}.ttf").read_bytes(), "colr"))
    assert colour_glyph(BOOK, font, font.font.get_nominal_glyph(ord("a"))) is None
    glyph = colour_glyph(BOOK, font, font.font.get_nominal_glyph(ord("A")))
    assert glyph is not None and not glyph.notes
    return glyph.parts


def test_colour_layers() -> None:
    back, front = colr(0)
    assert isinstance(back, ColourFill) and isinstance(front, ColourFill)
    assert back.paint == Solid((255, 0, 0, 255)) and back.clips[0].bounds() == (0.0, -700.0, 300.0, 0.0)
    assert front.paint == Solid((0, 0, 0, 255), foreground=True)


def test_colour_graph() -> None:
    linear, radial, group = colr(1)
    assert isinstance(linear, ColourFill) and isinstance(radial, ColourFill) and isinstance(group, ColourGroup)
    stops = ((0.0, (255, 0, 0, 255), False), (1.0, (0, 0, 255, 64), False))
    assert linear.paint == Gradient("linear", (0.0, 0.0, 300.0, 0.0, 0.0, -100.0), stops, "reflect")
    assert isinstance(radial.paint, Gradient) and radial.paint.points == (300.0, -300.0, 0.0, 300.0, -300.0, 200.0)
    assert radial.matrix == (1.0, 0.0, 0.0, 1.0, 50.0, -20.0)
    assert radial.clips[0].bounds() == (50.0, -520.0, 550.0, -120.0)
    sweep, inner = group.parts
    assert group.mode == "src_over" and isinstance(inner, ColourGroup) and inner.mode == "src_in"
    assert isinstance(sweep, ColourFill) and isinstance(sweep.paint, Gradient) and sweep.paint.kind == "sweep"
    assert inner.parts[0].paint == Solid((0, 0, 0, 128), foreground=True)  # type: ignore[union-attr]


def test_picture_glyphs() -> None:
    shaped = shape("😀", font="emoji")
    glyph = colour_glyph(BOOK, shaped.fonts[0], int(shaped.glyph[0]))
    assert glyph is not None
    (part,) = glyph.parts
    assert isinstance(part, ColourFill) and isinstance(part.paint, Picture)
    assert part.paint.data.startswith(b"\x89PNG")
    _, y, width, height = part.paint.box
    assert width > 0 and height > 0 and y < 0 < y + height


def test_scale_is_font_units() -> None:
    font = BOOK.instance(BOOK.default())
    plain = hb.Font(hb.Face(INTER))
    glyph = plain.get_nominal_glyph(ord("W"))
    assert font.font.get_glyph_h_advance(glyph) == plain.get_glyph_h_advance(glyph)
