"""Colour glyphs of fonts made here: what each point shows follows from the font's own numbers."""

from __future__ import annotations

import base64
import io
import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from fontTools.colorLib.builder import buildCOLR, buildCPAL
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import newTable
from fontTools.ttLib.tables import otTables as ot
from fontTools.ttLib.tables.sbixGlyph import Glyph as SbixGlyph
from fontTools.ttLib.tables.sbixStrike import Strike
from PIL import Image

import wavyte_gpu as wv
from wavyte_gpu.assets.picture import Picture
from wavyte_gpu.assets.shape import PreparedShape
from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.raster.gradient import GradientFill
from wavyte_gpu.schema import load_document

SIZE = 100.0  # px to the em of 1000 units: a unit is a tenth of a px
RED, GREEN, BLUE, CLEAR = 0, 1, 2, 3
PALETTE = [(1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0)]
F = ot.PaintFormat


def line(*stops: tuple[float, int], extend: str = "pad") -> dict[str, Any]:
    return {"ColorStop": [{"StopOffset": t, "PaletteIndex": c, "Alpha": 1.0} for t, c in stops], "Extend": extend}


def inside(glyph: str, paint: dict[str, Any]) -> dict[str, Any]:
    return {"Format": F.PaintGlyph, "Glyph": glyph, "Paint": paint}


def solid(colour: int, alpha: float = 1.0) -> dict[str, Any]:
    return {"Format": F.PaintSolid, "PaletteIndex": colour, "Alpha": alpha}


def linear(stops: dict[str, Any], x0: int, y0: int, x1: int, y1: int, x2: int, y2: int) -> dict[str, Any]:
    return {"Format": F.PaintLinearGradient, "ColorLine": stops} | {
        **{"x0": x0, "y0": y0, "x1": x1, "y1": y1, "x2": x2, "y2": y2}
    }


def radial(stops: dict[str, Any], x0: int, y0: int, r0: int, x1: int, y1: int, r1: int) -> dict[str, Any]:
    return {"Format": F.PaintRadialGradient, "ColorLine": stops} | {
        **{"x0": x0, "y0": y0, "r0": r0, "x1": x1, "y1": y1, "r1": r1}
    }


PAINTS = {
    "A": inside("square", linear(line((0, RED), (1, BLUE)), 0, 0, 800, 0, 0, 800)),
    "B": inside("square", linear(line((0, RED), (0.25, BLUE), extend="reflect"), 0, 0, 800, 0, 0, 800)),
    "C": inside("square", radial(line((0, RED), (1, BLUE)), 400, 400, 100, 400, 400, 400)),
    "D": inside("square", radial(line((0, RED), (1, BLUE)), 300, 400, 0, 400, 400, 400)),
    "E": inside(
        "square",
        {"Format": F.PaintSweepGradient, "ColorLine": line((0, RED), (1, BLUE)), "centerX": 400, "centerY": 400}
        | {"startAngle": 0, "endAngle": 180},
    ),
    "F": inside("square", inside("half", solid(GREEN))),
    "G": inside("square", linear(line((0, RED), (1, CLEAR)), 0, 0, 800, 0, 0, 800)),
    "H": {
        "Format": F.PaintComposite,
        "CompositeMode": "multiply",
        "SourcePaint": inside("half", solid(GREEN)),
        "BackdropPaint": inside("square", solid(RED)),
    },
    "I": inside("square", linear(line((0, RED), (1, BLUE)), 0, 0, 800, 0, 800, 800)),
}


def box(x0: int, x1: int) -> Any:
    pen = TTGlyphPen(None)
    pen.moveTo((x0, 0))
    for point in ((x0, 800), (x1, 800), (x1, 0)):
        pen.lineTo(point)
    pen.closePath()
    return pen.glyph()


def builder(names: str) -> FontBuilder:
    fb = FontBuilder(1000, isTTF=True)
    order = [".notdef", *names, "square", "half"]
    fb.setupGlyphOrder(order)
    fb.setupCharacterMap({ord(name): name for name in names})
    fb.setupGlyf({name: box(0, 400 if name == "half" else 800) for name in order})
    fb.setupHorizontalMetrics(dict.fromkeys(order, (1000, 0)))
    fb.setupHorizontalHeader(ascent=800, descent=-200)
    fb.setupNameTable({"familyName": "Colours", "styleName": "Regular"})
    fb.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    fb.setupPost()
    return fb


def saved(fb: FontBuilder) -> str:
    out = io.BytesIO()
    fb.save(out)
    return "data:font/ttf;base64," + base64.b64encode(out.getvalue()).decode()


@cache
def colr() -> str:
    fb = builder("".join(PAINTS))
    fb.font["COLR"] = buildCOLR(PAINTS, version=1, glyphMap=fb.font.getReverseGlyphMap())
    fb.font["CPAL"] = buildCPAL([PALETTE])
    return saved(fb)


@cache
def bitmaps() -> str:
    fb = builder("A")
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[:, :10], pixels[:, 10:] = (255, 0, 0, 255), (0, 0, 255, 255)
    png = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(png, "PNG")
    table = newTable("sbix")
    strike = Strike(ppem=20, resolution=72)
    for name in fb.font.getGlyphOrder():
        data = png.getvalue() if name == "A" else None
        strike.glyphs[name] = SbixGlyph(glyphName=name, graphicType="png " if data else None, imageData=data)
    table.strikes = {20: strike}
    fb.font["sbix"] = table
    return saved(fb)


def prepared(text: str, font: str) -> PreparedShape:
    document = load_document(composition(text, font))[0]
    with AssetStore([("t", document.assets["t"])]) as store:
        assert not store.warnings()
        return store.shape(0)


def composition(text: str, font: str) -> dict[str, Any]:
    return {
        "version": "0.3",
        "canvas": {"width": 100, "height": 120},
        "fps": {"num": 30, "den": 1},
        "duration": 1,
        "assets": {"t": {"text": {"text": text, "size_px": SIZE, "font_source": font}}},
        "root": {"id": "t", "kind": {"leaf": {"asset": "t"}}},
    }


def drawn(text: str, font: str) -> Any:
    """Return the pixels of a glyph's square, 80 x 80, row 0 on top."""
    x0, y0, _, _ = prepared(text, font).bounds(0)
    comp = wv.Composition.from_json(composition(text, font))
    frame = wv.render_frame(comp, 0, options=wv.SessionOptions(backend="reference")).rgba.astype(int)
    left, top = math.floor(x0 + 0.5), math.floor(y0 + 0.5)
    assert abs(x0 - left) < 1e-6
    return frame[top + 1 : top + 79, left : left + 80]


def mix(t: float) -> list[float]:
    t = min(max(t, 0.0), 1.0)
    return [255 * (1 - t), 0.0, 255 * t, 255.0]


X = np.arange(4, 80, 8)


@pytest.mark.parametrize("x", X)
def test_linear(x: int) -> None:
    assert np.abs(drawn("A", colr())[40, x] - mix((x + 0.5) / 80)).max() <= 2


@pytest.mark.parametrize("x", X)
def test_reflected(x: int) -> None:
    turn = (x + 0.5) / 80 / 0.25 % 2
    assert np.abs(drawn("B", colr())[40, x] - mix(2 - turn if turn > 1 else turn)).max() <= 8


def test_rotated_by_the_third_point() -> None:
    """Equal colours lie along the line from p0 to p2, here the diagonal that rises."""
    pixels = drawn("I", colr())
    assert np.abs(pixels[39, 40] - pixels[59, 20]).max() <= 6 and np.abs(pixels[70, 70] - pixels[39, 40]).max() > 60


def test_radial_from_a_circle() -> None:
    pixels = drawn("C", colr())
    for x in X:
        t = (abs(x + 0.5 - 40) - 10) / 30
        assert np.abs(pixels[39, x] - mix(t)).max() <= 6


def test_radial_between_circles_apart() -> None:
    """On the axis the circle at t ends at 30 + 10 t +- 40 t."""
    pixels = drawn("D", colr())
    for x in (34, 44, 54, 64, 74):
        assert np.abs(pixels[39, x] - mix((x + 0.5 - 30) / 50)).max() <= 8
    for x in (4, 14, 24):
        assert np.abs(pixels[39, x] - mix((30 - x - 0.5) / 30)).max() <= 8


def test_sweep_turns_against_the_clock_from_the_x_axis() -> None:
    pixels = drawn("E", colr())
    for degrees in (20, 60, 90, 120, 170):
        x, y = 40 + 30 * math.cos(math.radians(degrees)), 39 - 30 * math.sin(math.radians(degrees))
        assert np.abs(pixels[round(y - 0.5), round(x - 0.5)] - mix(degrees / 180)).max() <= 8
    assert np.abs(pixels[60, 40] - mix(1)).max() <= 2


def test_nested_clips() -> None:
    pixels = drawn("F", colr())
    assert (pixels[:, :40] == [0, 255, 0, 255]).all() and not pixels[:, 41:].any()


def test_premultiplied_stops() -> None:
    assert np.abs(drawn("G", colr())[40, 40] - [126, 0, 0, 126]).max() <= 3


def test_groups_blend() -> None:
    shape = prepared("H", colr())
    assert len(shape.parts) == 2 and any(group.blend for group in shape.groups)
    pixels = drawn("H", colr())
    assert (pixels[:, :39] == [0, 0, 0, 255]).all() and (pixels[:, 41:] == [255, 0, 0, 255]).all()


def test_bitmaps_are_pictures() -> None:
    shape = prepared("A", bitmaps())
    assert isinstance(shape.parts[0].paint, Picture)
    x0, _, x1, _ = shape.bounds(0)
    comp = wv.Composition.from_json(composition("A", bitmaps()))
    frame = wv.render_frame(comp, 0, options=wv.SessionOptions(backend="reference")).rgba
    row = frame[60]
    assert (row[int(x0) + 20] == [255, 0, 0, 255]).all() and (row[int(x1) - 20] == [0, 0, 255, 255]).all()


def test_gradients_of_equal_glyphs_are_kept_once() -> None:
    shape = prepared("AA", colr())
    paints = [part.paint for part in shape.parts]
    assert all(isinstance(paint, GradientFill) for paint in paints)
    assert paints[0].stops == paints[1].stops and paints[0].matrix != paints[1].matrix  # type: ignore[union-attr]


@pytest.mark.parametrize("font", [colr, bitmaps])
def test_colour_glyphs_of_a_moving_size_are_those_of_a_still_one(font: Any) -> None:
    text = "".join(PAINTS) if font is colr else "AA"
    still, moving = composition(text, font()), composition(text, font())
    still["assets"]["t"]["text"] |= {"size_px": 30, "max_width_px": 95}
    moving["assets"]["t"]["text"] |= {"size_px": "=30 + 0 * time.frame", "max_width_px": 95}
    options = wv.SessionOptions(backend="reference")
    hashes = [wv.render_frame(wv.Composition.from_json(d), 0, options=options).hash for d in (still, moving)]
    assert hashes[0] == hashes[1]
