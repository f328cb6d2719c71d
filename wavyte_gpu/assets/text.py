"""Text assets as shapes: shaped once, one outline for each run's glyphs, and the layers of colour glyphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.colour_glyphs import GlyphParts, colour_parts, pixel_of
from wavyte_gpu.assets.image import PreparedImage
from wavyte_gpu.assets.moving import MovingShape
from wavyte_gpu.assets.shape import Form, MovingPaint, PartGroup, PreparedShape, ShapePart
from wavyte_gpu.foundation.colour import Rgba
from wavyte_gpu.foundation.errors import Problem
from wavyte_gpu.raster.flatten import FlattenCache
from wavyte_gpu.raster.outline import Outline, concat
from wavyte_gpu.text import FontBook, FontFile, ShapedText, least_text_width, shape_text
from wavyte_gpu.text.fonts import Lru
from wavyte_gpu.text.glyphs import colour_glyph, glyph_outlines, is_colour_glyph
from wavyte_gpu.text.joined import GlyphShape, unite_joined
from wavyte_gpu.text.reveal import Piece, reveal_units, unit_of

__all__ = ["MovingText", "TextFlow", "TextRequest", "font_sources", "prepare_text", "text_flow"]

_REST_PX = 100.0
_FLOWS_KEPT = 64


@dataclass(frozen=True, slots=True)
class TextRequest:
    """A text asset. `colours` has one straight colour for each run, or that it moves; `moves`: its size does."""

    asset: Any
    colours: tuple[Rgba | MovingPaint, ...]
    moves: bool = False


def font_sources(asset: Any) -> list[str]:
    """Return the fonts that an asset of a document names: none if it is no text."""
    text = asset.asset if isinstance(asset, TextRequest) else asset
    if getattr(type(text), "TAG", None) != "text":
        return []
    return [source for source in (text.font_source, *(run.font_source for run in text.runs or ())) if source]


def prepare_text(
    request: TextRequest,
    resolve_font: Callable[[str], bytes | FontFile],
    book: FontBook,
    pointer: str,
    others: Sequence[str] = (),
) -> PreparedShape:
    """Shape a text and collect its outlines; one whose size moves is shaped anew for each size.

    Args:
        request: the text.
        resolve_font: gives the bytes of a font source.
        book: owner of fonts and glyph outlines, which texts share.
        pointer: the asset's place, for warnings.
        others: the font sources of the document's other texts.

    Raises:
        AssetError: a font is corrupt. LimitError: too many characters.
    """
    if request.moves:
        return MovingText(request, cache(resolve_font), book, pointer, others)
    shaped = shape_text(request.asset, resolve_font, book=book, path=f"{pointer}/text", others=others)
    return _drawn(request, shaped, book, pointer, {})


def _drawn(
    request: TextRequest,
    shaped: ShapedText,
    book: FontBook,
    pointer: str,
    bitmaps: dict[bytes, PreparedImage],
    contours: FlattenCache | None = None,
) -> PreparedShape:
    """Return the outlines of a shaped text. `bitmaps`: the pictures of glyphs that were decoded so far."""
    reveal = request.asset.reveal
    out = _Drawn([], [], [], [], reveal and unit_of(shaped, reveal.unit))
    for run, colour in enumerate(request.colours):
        _draw_run(out, shaped, run, colour, book, bitmaps)
    warnings = list(shaped.warnings)
    if out.notes:
        text = "colour glyphs are not drawn wholly: " + ", ".join(sorted(set(out.notes)))
        warnings.append(Problem("warning", "colour_glyph", text, path=f"{pointer}/text"))
    units = reveal and reveal_units(shaped, reveal.unit, reveal.transform.anchor, out.pieces)
    return PreparedShape(out.parts, shaped.size, warnings, units, out.groups, contours)


class MovingText(MovingShape):
    """A text whose size moves: its lines are broken anew at each size. Arguments as of `prepare_text`."""

    def __init__(
        self,
        request: TextRequest,
        resolve_font: Callable[[str], bytes | FontFile],
        book: FontBook,
        pointer: str,
        others: Sequence[str],
    ) -> None:
        asset, path = request.asset, f"{pointer}/text"
        self._flows: Lru[float, TextFlow] = Lru(_FLOWS_KEPT)
        bitmaps: dict[bytes, PreparedImage] = {}

        def make(form: Form, contours: FlattenCache) -> PreparedShape:
            size, width = form
            if not size > 0.0:
                return PreparedShape((), (0.0, 0.0))
            shaped = shape_text(
                asset, resolve_font, book=book, size_px=size, max_width_px=width or None, path=path, others=others
            )
            return _drawn(request, shaped, book, pointer, bitmaps, contours)

        def flow(size: float) -> TextFlow:
            return text_flow(request, resolve_font, book, pointer, others, size)

        self._flow = flow
        whole = asset.model_copy(update={"max_width_px": None, "max_lines": None})
        shaped = shape_text(whole, resolve_font, book=book, size_px=_REST_PX, path=path, others=others)
        super().__init__(make, _drawn(request, shaped, book, pointer, bitmaps))

    def flow_at(self, size: float) -> TextFlow:
        """Return how much room the text takes at a size in px."""
        return self._flows.get(size, lambda: self._flow(size))


@dataclass(frozen=True, slots=True)
class TextFlow:
    """How much room a text takes.

    Attributes:
        width, height: px, where nothing narrows it. least: width of the widest word.
        baseline: y of the first line's. height_in: height in px when its lines are broken to a width in px.
    """

    width: float
    height: float
    least: float
    baseline: float
    height_in: Callable[[float], float]


def text_flow(
    request: TextRequest,
    resolve_font: Callable[[str], bytes | FontFile],
    book: FontBook,
    pointer: str,
    others: Sequence[str] = (),
    size_px: float | None = None,
) -> TextFlow:
    """Return how much room a text takes; arguments as of `prepare_text`. `size_px`: where it moves."""
    if size_px is not None and not size_px > 0.0:
        return TextFlow(0.0, 0.0, 0.0, 0.0, lambda _width: 0.0)
    path = f"{pointer}/text"

    def shaped(width: float | None) -> ShapedText:
        return shape_text(
            request.asset, resolve_font, book=book, size_px=size_px, max_width_px=width, path=path, others=others
        )

    free = shaped(None)
    width, height = free.size
    least = least_text_width(request.asset, resolve_font, book, path, others, size_px)
    return TextFlow(width, height, min(least, width), free.baseline, lambda within: shaped(within).size[1])


class _Drawn(NamedTuple):
    """What a text draws: parts with the pieces of each outline, groups, and what can't be drawn."""

    parts: list[ShapePart]
    pieces: list[list[Piece]]
    groups: list[PartGroup]
    notes: list[str]
    unit: npt.NDArray[np.int32] | None  # of a text that is revealed, of each glyph; only then pieces are asked for


def _draw_run(
    out: _Drawn,
    shaped: ShapedText,
    run: int,
    colour: Rgba | MovingPaint,
    book: FontBook,
    bitmaps: dict[bytes, PreparedImage],
) -> None:
    """Append a run's plain glyphs as one outline, then its colour glyphs."""
    own_colour = None if isinstance(colour, MovingPaint) else colour
    shapes: list[GlyphShape] = []
    drawn_as: list[int] = []  # of each plain glyph, which shape
    plain: list[int] = []
    colours: list[tuple[int, GlyphParts]] = []
    mine = shaped.run == run
    places: dict[tuple[int, int], int] = {}
    for index, font in enumerate(shaped.fonts):  # the outlines of all glyphs at once
        glyphs = np.unique(shaped.glyph[mine & (shaped.font == index)]).tolist()
        if font.file.has_colour:
            glyphs = [glyph for glyph in glyphs if not is_colour_glyph(font, glyph)]
        places.update(((index, glyph), len(shapes) + k) for k, glyph in enumerate(glyphs))
        outlines = glyph_outlines(book, font, glyphs)
        shapes += [GlyphShape((font.key, i), font.upem, one) for i, one in zip(glyphs, outlines, strict=True)]
    rows = np.flatnonzero(mine)
    fields = (shaped.font, shaped.glyph, shaped.size_px, shaped.x, shaped.y)
    for i, index, glyph, size, x, y in zip(rows.tolist(), *(field[rows].tolist() for field in fields), strict=True):
        place = places.get((index, glyph))
        if place is None:
            font = shaped.fonts[index]
            own = colour_glyph(book, font, glyph)
            assert own is not None
            colours.append((i, colour_parts(own, own_colour, size / font.upem, (x, y), bitmaps)))
        else:
            plain.append(i)
            drawn_as.append(place)
    if plain:
        together, pieces = _together(book, shapes, drawn_as, shaped, plain, out.unit)
        if not together.is_empty:
            paint = colour if isinstance(colour, MovingPaint) else pixel_of(colour)
            out.parts.append(ShapePart(together, False, paint))
            out.pieces.append(pieces)
    for i, drawn in colours:
        out.groups.extend(group.moved(len(out.parts)) for group in drawn.groups)
        out.parts.extend(drawn.parts)
        if out.unit is not None:
            out.pieces.extend([_piece(i, part.outline, 1.0, 0.0, 0.0)] for part in drawn.parts)
        out.notes.extend(drawn.notes)


def _together(
    book: FontBook,
    shapes: Sequence[GlyphShape],
    drawn_as: Sequence[int],
    shaped: ShapedText,
    glyphs: Sequence[int],
    unit: npt.NDArray[np.int32] | None,
) -> tuple[Outline, list[Piece]]:
    """Return the outlines of glyphs in one, each in its place and those that join united, and the pieces of a revealed text.

    Args:
        drawn_as: which of `shapes` each glyph has.
    """
    size, at = shaped.size_px[glyphs], np.stack([shaped.x[glyphs], shaped.y[glyphs]], axis=-1)
    joined = unite_joined(book, shapes, drawn_as, size, at, None if unit is None else unit[glyphs])
    inside = {k for group in joined for k in group.glyphs}
    alone = [k for k in range(len(glyphs)) if k not in inside]
    parts = [shapes[drawn_as[k]] for k in alone]
    scale = size[alone] / np.array([part.upem for part in parts])
    counts = [len(part.outline.points) for part in parts]
    outlines = [group.outline for group in joined]
    if alone:
        placed = np.concatenate([part.outline.points for part in parts]) * np.repeat(scale, counts)[:, None]
        placed += np.repeat(at[alone], counts, axis=0)
        outlines.insert(0, Outline(placed, np.concatenate([part.outline.verbs for part in parts])))
    pieces = []
    if unit is not None:
        places = zip(alone, parts, scale.tolist(), at[alone].tolist(), strict=True)
        pieces = [_piece(glyphs[k], part.outline, by, x, y) for k, part, by, (x, y) in places]
        pieces += [_piece(glyphs[group.glyphs[0]], group.outline, 1.0, 0.0, 0.0) for group in joined]
    return concat(outlines), pieces


def _piece(glyph: int, outline: Outline, scale: float, x: float, y: float) -> Piece:
    x0, y0, x1, y1 = outline.bounds()
    return Piece(glyph, (x0 * scale + x, y0 * scale + y, x1 * scale + x, y1 * scale + y), outline.drawn_contours)
