"""Glyphs of a font: outlines shared by all texts, and colour glyphs as vector layers (COLR v0 and v1) or pictures.

Coordinates are font units with y down; multiply by `size_px / upem`. HarfBuzz walks the tables of the font.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

import numpy as np
import uharfbuzz as hb  # type: ignore[import-untyped]

from wavyte_gpu.raster.outline import Outline, Verb
from wavyte_gpu.raster.overlaps import without_overlaps
from wavyte_gpu.text.fonts import FontBook, FontInstance

__all__ = [
    "MAX_COLOUR_PARTS",
    "MAX_OUTLINE_POINTS",
    "ColourFill",
    "ColourGlyph",
    "ColourGroup",
    "Gradient",
    "Matrix",
    "Picture",
    "Rgba",
    "Solid",
    "colour_glyph",
    "glyph_outline",
    "glyph_outlines",
    "is_colour_glyph",
]

MAX_OUTLINE_POINTS = 200_000
MAX_COLOUR_PARTS = 4_096

Matrix: TypeAlias = tuple[float, float, float, float, float, float]
"""x' = a x + c y + e, y' = b x + d y + f, as (a, b, c, d, e, f)."""
Rgba: TypeAlias = tuple[int, int, int, int]
"""Straight alpha, 0..255."""

_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_LIMIT = 1e7


@dataclass(frozen=True, slots=True)
class Solid:
    """One colour; `foreground` takes red, green and blue from the text's colour and multiplies its alpha."""

    colour: Rgba
    foreground: bool = False


@dataclass(frozen=True, slots=True)
class Gradient:
    """A gradient in the space of `ColourFill.matrix`, y down.

    Attributes:
        kind: `linear`: points p0, p1, p2 of COLR (p2 gives the direction of equal colour); `radial`: two circles x, y, r;
            `sweep`: centre x, y and two angles in radians, clockwise from the x axis.
        stops: (offset, colour, foreground), offsets as the font has them, in order.
        extend: beyond the stops.
    """

    kind: Literal["linear", "radial", "sweep"]
    points: tuple[float, ...]
    stops: tuple[tuple[float, Rgba, bool], ...]
    extend: Literal["pad", "repeat", "reflect"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A bitmap glyph: its file and the box in font units that it fills, x, y, width, height, y down."""

    format: Literal["png"]
    data: bytes = field(repr=False)
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ColourFill:
    """Paint inside the intersection of `clips`, which are in font units of the glyph; none is everywhere.

    `matrix` maps the space of the paint to the glyph's.
    """

    clips: tuple[Outline, ...]
    paint: Solid | Gradient | Picture
    matrix: Matrix = _IDENTITY


@dataclass(frozen=True, slots=True)
class ColourGroup:
    """Parts painted on a surface of their own, which is composited by `mode` (a name of COLR's, `src_over` as a rule)."""

    mode: str
    parts: tuple[ColourPart, ...]


ColourPart: TypeAlias = "ColourFill | ColourGroup"


@dataclass(frozen=True, slots=True)
class ColourGlyph:
    """A colour glyph: parts from back to front. `notes` says what of it could not be followed."""

    parts: tuple[ColourPart, ...]
    notes: tuple[str, ...] = ()
    nbytes: int = 1024


def glyph_outline(book: FontBook, font: FontInstance, glyph: int) -> Outline:
    """Return the outline of a glyph in font units, y down; empty for spaces, pictures and unknown ids."""
    return glyph_outlines(book, font, (glyph,))[0]


def glyph_outlines(book: FontBook, font: FontInstance, glyphs: Sequence[int]) -> list[Outline]:
    """Return the outlines of glyphs, as `glyph_outline`; new ones are made together. Their contours do not overlap."""
    keys = {glyph: (font.key, glyph, "outline") for glyph in glyphs}
    new = [glyph for glyph, key in keys.items() if key not in book.glyphs]
    made = dict(zip(new, without_overlaps([_draw(font, glyph) for glyph in new]), strict=True)) if new else {}

    def find(glyph: int) -> Outline:
        found = book.glyphs.get(
            keys[glyph], lambda: made[glyph] if glyph in made else without_overlaps([_draw(font, glyph)])[0]
        )
        return cast(Outline, found)

    return [find(glyph) for glyph in glyphs]


def is_colour_glyph(font: FontInstance, glyph: int) -> bool:
    """Return whether a glyph has colours or a picture of its own."""
    face = font.file.face
    if not font.file.has_colour:
        return False
    if face.has_color_paint and face.glyph_has_color_paint(glyph):
        return True
    if face.has_color_layers and face.get_glyph_color_layers(glyph):
        return True
    if face.has_color_png and font.font.get_glyph_color_png(glyph).data:
        return True
    return bool(face.has_color_svg and face.get_glyph_color_svg(glyph).data)


def colour_glyph(book: FontBook, font: FontInstance, glyph: int, palette: int = 0) -> ColourGlyph | None:
    """Return a glyph's own colours, None when it has none and its outline takes the text's colour."""
    if not is_colour_glyph(font, glyph):
        return None
    found = book.glyphs.get((font.key, glyph, f"colour {palette}"), lambda: _paint(book, font, glyph, palette))
    return cast(ColourGlyph, found)


class _Pen:
    """What HarfBuzz's draw callbacks write."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float]] = []
        self.verbs: list[int] = []


def _move_to(x: float, y: float, pen: _Pen) -> None:
    pen.points.append((x, -y))
    pen.verbs.append(Verb.MOVE)


def _line_to(x: float, y: float, pen: _Pen) -> None:
    pen.points.append((x, -y))
    pen.verbs.append(Verb.LINE)


def _quad_to(x1: float, y1: float, x: float, y: float, pen: _Pen) -> None:
    pen.points += [(x1, -y1), (x, -y)]
    pen.verbs.append(Verb.QUAD)


def _cubic_to(x1: float, y1: float, x2: float, y2: float, x: float, y: float, pen: _Pen) -> None:
    pen.points += [(x1, -y1), (x2, -y2), (x, -y)]
    pen.verbs.append(Verb.CUBIC)


def _close(pen: _Pen) -> None:
    pen.verbs.append(Verb.CLOSE)


def _draw_funcs() -> hb.DrawFuncs:
    funcs = hb.DrawFuncs()
    funcs.set_move_to_func(_move_to)
    funcs.set_line_to_func(_line_to)
    funcs.set_quadratic_to_func(_quad_to)
    funcs.set_cubic_to_func(_cubic_to)
    funcs.set_close_path_func(_close)
    return funcs


_DRAW = _draw_funcs()


def _draw(font: FontInstance, glyph: int) -> Outline:
    pen = _Pen()
    font.font.draw_glyph(glyph, _DRAW, pen)
    if len(pen.points) > MAX_OUTLINE_POINTS or not pen.verbs or pen.verbs[0] != Verb.MOVE:
        return Outline.empty()
    points = np.array(pen.points, np.float64).reshape(-1, 2)
    if not np.isfinite(points).all() or np.abs(points).max(initial=0.0) > _LIMIT:
        return Outline.empty()
    return Outline(points, np.array(pen.verbs, np.uint8))


class _Painter:
    """What HarfBuzz's paint callbacks write: stacks of transforms, clips and groups."""

    def __init__(self, book: FontBook, font: FontInstance) -> None:
        self.book, self.font = book, font
        self.matrices: list[Matrix] = [_IDENTITY]
        self.clips: list[Outline] = []
        self.groups: list[list[ColourPart]] = [[]]
        self.notes: list[str] = []
        self.count = 0

    def add(self, part: ColourPart) -> None:
        """Append a part to the innermost group."""
        self.count += 1
        if self.count <= MAX_COLOUR_PARTS:
            self.groups[-1].append(part)
        elif self.count == MAX_COLOUR_PARTS + 1:
            self.notes.append(f"more than {MAX_COLOUR_PARTS} parts")

    def fill(self, paint: Solid | Gradient | Picture) -> None:
        """Append a fill under the present clips and transform."""
        self.add(ColourFill(tuple(self.clips), paint, self.matrices[-1]))

    def clip(self, outline: Outline) -> None:
        """Push an outline given in the present space."""
        a, b, c, d, e, f = self.matrices[-1]
        try:
            self.clips.append(outline.transform(np.array([[a, c, e], [b, d, f]])))
        except ValueError:  # a transform beyond all bounds
            self.notes.append("a damaged transform")
            self.clips.append(Outline.empty())


def _multiply(m: Matrix, n: Matrix) -> Matrix:
    """Return the matrix that applies `n`, then `m`."""
    a, b, c, d, e, f = m
    g, h, i, j, k, l = n  # noqa: E741
    return (a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f)


def _push_transform(xx: float, yx: float, xy: float, yy: float, dx: float, dy: float, painter: _Painter) -> None:
    # The font's y points up: the matrix is turned over on both sides.
    painter.matrices.append(_multiply(painter.matrices[-1], (xx, -yx, -xy, yy, dx, -dy)))


def _pop_transform(painter: _Painter) -> None:
    if len(painter.matrices) > 1:
        painter.matrices.pop()


def _push_clip_glyph(glyph: int, painter: _Painter) -> None:
    painter.clip(glyph_outline(painter.book, painter.font, glyph))


def _push_clip_rectangle(x0: float, y0: float, x1: float, y1: float, painter: _Painter) -> None:
    corners = np.array([(x0, -y0), (x1, -y0), (x1, -y1), (x0, -y1)])
    verbs = np.array([Verb.MOVE, Verb.LINE, Verb.LINE, Verb.LINE, Verb.CLOSE], np.uint8)
    painter.clip(Outline(corners, verbs))


def _pop_clip(painter: _Painter) -> None:
    if painter.clips:
        painter.clips.pop()


def _push_group(painter: _Painter) -> None:
    painter.groups.append([])


def _pop_group(mode: hb.PaintCompositeMode, painter: _Painter) -> None:
    if len(painter.groups) > 1:
        parts = tuple(painter.groups.pop())
        painter.add(ColourGroup(hb.PaintCompositeMode(mode).name.lower(), parts))


def _colour(colour: hb.Color, foreground: bool, painter: _Painter) -> None:
    painter.fill(Solid(_rgba(colour), bool(foreground)))


def _rgba(colour: hb.Color) -> Rgba:
    return int(colour.red), int(colour.green), int(colour.blue), int(colour.alpha)


def _gradient(
    painter: _Painter, kind: Literal["linear", "radial", "sweep"], line: hb.ColorLine, points: tuple[float, ...]
) -> None:
    stops = tuple((float(s.offset), _rgba(s.color), bool(s.is_foreground)) for s in line.color_stops)
    values = (*points, *(stop[0] for stop in stops))
    if not stops or not all(map(math.isfinite, values)):
        painter.notes.append(f"a damaged {kind} gradient")
        return
    extend = cast(Literal["pad", "repeat", "reflect"], hb.PaintExtend(line.extend).name.lower())
    painter.fill(Gradient(kind, tuple(value + 0.0 for value in points), stops, extend))


def _linear(
    line: hb.ColorLine, x0: float, y0: float, x1: float, y1: float, x2: float, y2: float, painter: _Painter
) -> None:
    _gradient(painter, "linear", line, (x0, -y0, x1, -y1, x2, -y2))


def _radial(
    line: hb.ColorLine, x0: float, y0: float, r0: float, x1: float, y1: float, r1: float, painter: _Painter
) -> None:
    _gradient(painter, "radial", line, (x0, -y0, r0, x1, -y1, r1))


def _sweep(line: hb.ColorLine, x0: float, y0: float, start: float, end: float, painter: _Painter) -> None:
    _gradient(painter, "sweep", line, (x0, -y0, -start, -end))


def _paint_funcs() -> hb.PaintFuncs:
    funcs = hb.PaintFuncs()
    funcs.set_push_transform_func(_push_transform)
    funcs.set_pop_transform_func(_pop_transform)
    funcs.set_push_clip_glyph_func(_push_clip_glyph)
    funcs.set_push_clip_rectangle_func(_push_clip_rectangle)
    funcs.set_pop_clip_func(_pop_clip)
    funcs.set_push_group_func(_push_group)
    funcs.set_pop_group_func(_pop_group)
    funcs.set_color_func(_colour)
    funcs.set_linear_gradient_func(_linear)
    funcs.set_radial_gradient_func(_radial)
    funcs.set_sweep_gradient_func(_sweep)
    return funcs


_PAINT = _paint_funcs()


def _paint(book: FontBook, font: FontInstance, glyph: int, palette: int) -> ColourGlyph:
    face = font.file.face
    vector = (face.has_color_paint and face.glyph_has_color_paint(glyph)) or (
        face.has_color_layers and face.get_glyph_color_layers(glyph)
    )
    if not vector:
        return _picture(font, glyph)
    painter = _Painter(book, font)
    count = len(face.color_palettes) if face.has_color_palettes else 0
    index = palette if 0 <= palette < count else 0
    font.font.paint_glyph(glyph, _PAINT, painter, index, hb.Color(0, 0, 0, 255))
    while len(painter.groups) > 1:
        _pop_group(hb.PaintCompositeMode.SRC_OVER, painter)
    parts = tuple(painter.groups[0])
    return ColourGlyph(parts, tuple(dict.fromkeys(painter.notes)), 1024 + 512 * painter.count)


def _picture(font: FontInstance, glyph: int) -> ColourGlyph:
    data = bytes(font.font.get_glyph_color_png(glyph).data)
    if not data:
        data = bytes(font.file.face.get_glyph_color_svg(glyph).data)
        return ColourGlyph((), ("it is an SVG document, which is not drawn",), 1024 + len(data))
    extents = font.font.get_glyph_extents(glyph)
    if extents is None or not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ColourGlyph((), ("its picture is no PNG or has no size",))
    box = (float(extents.x_bearing), float(-extents.y_bearing), float(extents.width), float(-extents.height))
    return ColourGlyph((ColourFill((), Picture("png", data, box)),), (), 1024 + len(data))
