"""Text assets as shapes: shaped once, one outline for each run's glyphs, and the layers of colour glyphs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wavyte_gpu.assets.shape import PreparedShape, ShapePart
from wavyte_gpu.foundation.colour import Rgba, premultiply_8bit
from wavyte_gpu.foundation.errors import Problem
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.text import FontBook, FontFile, ShapedText, shape_text
from wavyte_gpu.text.glyphs import ColourFill, ColourPart, Solid, colour_glyph, glyph_outline
from wavyte_gpu.text.reveal import Piece, reveal_units

__all__ = ["TextRequest", "prepare_text"]


@dataclass(frozen=True, slots=True)
class TextRequest:
    """A text asset with constant values; `colours` has one straight colour for each run."""

    asset: Any
    colours: tuple[Rgba, ...]


def prepare_text(
    request: TextRequest, resolve_font: Callable[[str], bytes | FontFile], book: FontBook, pointer: str
) -> PreparedShape:
    """Shape a text and collect its outlines.

    Args:
        request: the text.
        resolve_font: gives the bytes of a font source.
        book: owner of fonts and glyph outlines, which texts share.
        pointer: the asset's place, for warnings.

    Raises:
        AssetError: a font is corrupt. LimitError: too many characters.
    """
    shaped = shape_text(request.asset, resolve_font, book=book, path=f"{pointer}/text")
    notes: list[str] = []
    drawn = []
    for run, colour in enumerate(request.colours):
        drawn += _run_parts(shaped, run, colour, book, notes)
    drawn = [(part, pieces) for part, pieces in drawn if not part.outline.is_empty]
    warnings = list(shaped.warnings)
    if notes:
        text = "colour glyphs are not drawn wholly: " + ", ".join(sorted(set(notes)))
        warnings.append(Problem("warning", "colour_glyph", text, path=f"{pointer}/text"))
    reveal = request.asset.reveal
    units = reveal and reveal_units(shaped, reveal.unit, reveal.transform.anchor, [pieces for _, pieces in drawn])
    return PreparedShape([part for part, _ in drawn], size=shaped.size, warnings=warnings, units=units)


def _pixel(colour: Rgba) -> int:
    r, g, b, a = premultiply_8bit(colour)
    return r | g << 8 | b << 16 | a << 24


def _run_parts(
    shaped: ShapedText, run: int, colour: Rgba, book: FontBook, notes: list[str]
) -> list[tuple[ShapePart, list[Piece]]]:
    """Return what a run draws, with the pieces of each outline."""
    points, verbs = [], []
    pieces: list[Piece] = []
    layers: list[tuple[ShapePart, list[Piece]]] = []
    for i in np.flatnonzero(shaped.run == run).tolist():
        font, glyph = shaped.fonts[int(shaped.font[i])], int(shaped.glyph[i])
        scale = float(shaped.size_px[i]) / font.upem
        at = np.array([float(shaped.x[i]), float(shaped.y[i])])
        own = colour_glyph(book, font, glyph)
        if own is None:
            outline = glyph_outline(book, font, glyph)
            points.append(outline.points * scale + at)
            verbs.append(outline.verbs)
            pieces.append(_piece(i, outline, scale, at))
            continue
        notes += own.notes
        for part in own.parts:
            for layer in _colour_parts(part, colour, scale, at, notes):
                layers.append((layer, [_piece(i, layer.outline, 1.0, np.zeros(2))]))
    if not points:
        return layers
    return [(ShapePart(Outline(np.concatenate(points), np.concatenate(verbs)), False, _pixel(colour)), pieces), *layers]


def _piece(glyph: int, outline: Outline, scale: float, at: Any) -> Piece:
    x0, y0, x1, y1 = outline.bounds()
    x, y = at.tolist()
    return Piece(glyph, (x0 * scale + x, y0 * scale + y, x1 * scale + x, y1 * scale + y), outline.drawn_contours)


def _colour_parts(part: ColourPart, colour: Rgba, scale: float, at: Any, notes: list[str]) -> list[ShapePart]:
    """Return what can be drawn of a colour glyph's part: outlines in one colour each."""
    if not isinstance(part, ColourFill):
        if part.mode != "src_over":
            notes.append(f"the composite mode {part.mode}")
        return [s for inner in part.parts for s in _colour_parts(inner, colour, scale, at, notes)]
    if not isinstance(part.paint, Solid):
        notes.append("bitmaps" if hasattr(part.paint, "data") else "gradients")
        return []
    if len(part.clips) != 1:
        notes.append("nested clips")
        return []
    r, g, b, a = (c / 255.0 for c in part.paint.colour)
    paint = Rgba(colour.r, colour.g, colour.b, colour.a * a) if part.paint.foreground else Rgba(r, g, b, a)
    outline = part.clips[0]
    return [ShapePart(Outline(outline.points * scale + at, outline.verbs), False, _pixel(paint))]
