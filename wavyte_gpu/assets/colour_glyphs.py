"""Colour glyphs as parts of a shape: layers in solid colours and gradients, groups that blend, and bitmaps."""

from __future__ import annotations

import math
from typing import NamedTuple

from wavyte_gpu.assets.image import PreparedImage, prepare_image
from wavyte_gpu.assets.picture import Picture, circles_picture
from wavyte_gpu.assets.shape import Paint, PartGroup, ShapePart
from wavyte_gpu.foundation.colour import WHITE, Rgba, premultiply_8bit
from wavyte_gpu.foundation.enums import Blend
from wavyte_gpu.foundation.errors import WavyteError
from wavyte_gpu.raster import gradient as gradients
from wavyte_gpu.raster.clip import intersect
from wavyte_gpu.raster.gradient import Affine, Colour, Stop, TwoCircles
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.shapes import rect
from wavyte_gpu.text.glyphs import ColourFill, ColourGlyph, ColourPart, Gradient, Solid
from wavyte_gpu.text.glyphs import Picture as Bitmap

__all__ = ["GlyphParts", "colour_parts", "pixel_of"]

_TURN = 2.0 * math.pi


class GlyphParts(NamedTuple):
    """What a colour glyph draws; the groups count parts from the glyph's first. `notes` says what can't be drawn."""

    parts: list[ShapePart]
    groups: list[PartGroup]
    notes: list[str]


def colour_parts(
    glyph: ColourGlyph, colour: Rgba | None, scale: float, at: tuple[float, float], bitmaps: dict[bytes, PreparedImage]
) -> GlyphParts:
    """Return a glyph's parts in px of the text.

    Args:
        colour: the text's, None where it moves. scale: px to a font unit. at: px, the glyph's origin.
        bitmaps: decoded so far, by their files' bytes.
    """
    out = GlyphParts([], [], list(glyph.notes))
    painter = _Painter(out, colour, (scale, 0.0, 0.0, scale, at[0], at[1]), bitmaps)
    for part in glyph.parts:
        painter.part(part)
    return out


def pixel_of(colour: Rgba) -> int:
    """Return a straight colour's premultiplied pixel."""
    r, g, b, a = premultiply_8bit(colour)
    return r | g << 8 | b << 16 | a << 24


class _Painter:
    def __init__(
        self, out: GlyphParts, colour: Rgba | None, content_from_glyph: Affine, bitmaps: dict[bytes, PreparedImage]
    ) -> None:
        self.out, self.colour, self.place, self.bitmaps = out, colour, content_from_glyph, bitmaps

    def part(self, part: ColourPart) -> None:
        """Append a fill, or a group's parts and the group."""
        if isinstance(part, ColourFill):
            self._fill(part)
            return
        first = len(self.out.parts)
        blend = Blend.NORMAL
        if part.mode != "src_over":
            if part.mode.upper() in Blend.__members__:
                blend = Blend[part.mode.upper()]
            else:
                self.out.notes.append(f"the composite mode {part.mode}")
        for inner in part.parts:
            self.part(inner)
        if len(self.out.parts) > first:
            self.out.groups.append(PartGroup(first, first, len(self.out.parts), blend=int(blend)))

    def _fill(self, fill: ColourFill) -> None:
        common = self._outline(fill)
        if common is None or common.is_empty:
            return
        a, b, c, d, e, f = self.place
        outline = common.transform([[a, c, e], [b, d, f]])
        paint = self._paint(fill, common, outline)
        if paint is not None:
            self.out.parts.append(ShapePart(outline, False, paint))

    def _outline(self, fill: ColourFill) -> Outline | None:
        """Return the common part of the clips in font units."""
        clips = list(fill.clips)
        if isinstance(fill.paint, Bitmap):
            clips.append(rect(*fill.paint.box))
        if not clips:
            self.out.notes.append("a fill without bounds")
            return None
        found = clips[0]
        for clip in clips[1:]:
            common = intersect(found, False, clip, False, self.place[0])
            if common is None:
                self.out.notes.append("a tangled clip")
                return None
            found = common
        return found

    def _paint(self, fill: ColourFill, common: Outline, outline: Outline) -> Paint | None:
        """Return what fills an outline, given in font units and in px."""
        paint = fill.paint
        if isinstance(paint, Solid):
            return pixel_of(self._colour(paint.colour, paint.foreground))
        if isinstance(paint, Bitmap):
            return self._bitmap(paint)
        found = self._gradient(paint, gradients.compose(self.place, fill.matrix), outline.bounds())
        if found is None or isinstance(found, gradients.GradientFill):
            return found
        if isinstance(found, TwoCircles):
            return self._circles(paint, fill.matrix, common.bounds())
        r, g, b, a = (int(v * 255.0 + 0.5) for v in found)
        return r | g << 8 | b << 16 | a << 24

    def _circles(self, paint: Gradient, glyph_from_paint: Affine, box: gradients.Box) -> Paint | None:
        """Return a picture in font units, which is the same in every size of the glyph."""
        found = self._gradient(paint, glyph_from_paint, box)
        back = gradients.invert(self.place)
        if not isinstance(found, TwoCircles) or back is None:
            return None
        picture = circles_picture(found, box, (box[2] - box[0], box[3] - box[1]))
        return picture._replace(matrix=gradients.compose(picture.matrix, back))

    def _gradient(
        self, paint: Gradient, content_from_paint: Affine, box: gradients.Box
    ) -> gradients.GradientFill | TwoCircles | Colour | None:
        matrix = gradients.invert(content_from_paint)
        if matrix is None:
            return None
        stops = sorted(((t, self._premultiplied(c, own)) for t, c, own in paint.stops), key=lambda stop: stop[0])
        p = paint.points
        if paint.kind == "radial":
            return gradients.circles((p[0], p[1], p[2]), (p[3], p[4], p[5]), stops, paint.extend, matrix, box)
        if paint.kind == "sweep":  # angles run against the clock, from 0 to a turn: y is turned over
            up = gradients.compose((1.0, 0.0, 0.0, -1.0, 0.0, 0.0), matrix)
            return gradients.sweep(p[0], -p[1], -p[2] / _TURN, -p[3] / _TURN, stops, paint.extend, up)
        return self._linear(p, stops, paint, matrix, box)

    def _linear(
        self, p: tuple[float, ...], stops: list[Stop], paint: Gradient, matrix: Affine, box: gradients.Box
    ) -> gradients.GradientFill | Colour | None:
        """The colour changes across the line from p0 to p2; it is that of p1 after the way to it."""
        nx, ny = p[5] - p[1], p[0] - p[4]
        reach = nx * (p[2] - p[0]) + ny * (p[3] - p[1])
        if abs(reach) <= 1e-12:
            return None
        unit = (nx / reach, 0.0, ny / reach, 0.0, -(nx * p[0] + ny * p[1]) / reach, 0.0)
        return gradients.linear(stops, paint.extend, gradients.compose(unit, matrix), box)

    def _bitmap(self, paint: Bitmap) -> Paint | None:
        image = self.bitmaps.get(paint.data)
        if image is None:
            try:
                image = self.bitmaps[paint.data] = prepare_image(paint.data, "a bitmap glyph")
            except WavyteError:
                self.out.notes.append("a damaged bitmap")
                return None
        x, y, width, height = paint.box
        sx, sy = image.width / width, image.height / height
        back = gradients.invert(self.place)
        return None if back is None else Picture(image, gradients.compose((sx, 0.0, 0.0, sy, -x * sx, -y * sy), back))

    def _colour(self, colour: tuple[int, int, int, int], foreground: bool) -> Rgba:
        r, g, b, a = (c / 255.0 for c in colour)
        own = self.colour
        if foreground and own is None:
            self.out.notes.append("layers in a colour that moves")
        own = own or WHITE
        return Rgba(own.r, own.g, own.b, own.a * a) if foreground else Rgba(r, g, b, a)

    def _premultiplied(self, colour: tuple[int, int, int, int], foreground: bool) -> Colour:
        r, g, b, a = self._colour(colour, foreground)
        return r * a, g * a, b * a, a
