"""SVG assets as shapes: outlines with paints of their own, groups, and pictures for what only resvg can draw."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from wavyte_gpu.assets.image import PreparedImage, premultiply, prepare_image
from wavyte_gpu.assets.picture import Picture, Pixels, circles_picture, drawn_picture
from wavyte_gpu.assets.resvg import render_svg
from wavyte_gpu.assets.shape import Paint, PartGroup, PreparedShape, ShapePart
from wavyte_gpu.foundation.enums import Blend
from wavyte_gpu.foundation.errors import AssetError, LimitError, Problem, WavyteError
from wavyte_gpu.foundation.hashing import Hasher
from wavyte_gpu.raster.clip import intersect
from wavyte_gpu.raster.gradient import Box, GradientFill, TwoCircles, compose
from wavyte_gpu.raster.shapes import rect
from wavyte_gpu.svg import Fill, Group, ImageFill, Item, Remains, Scene, SvgError, read_svg
from wavyte_gpu.svg.remains import document
from wavyte_gpu.text import FontBook

__all__ = ["SvgFaultError", "prepare_svg"]

_LOOK_PX = 256  # the size at which the bounds of what resvg draws are found
_MARGIN_PX = 2
_BLENDS = {name.lower().replace("_", "-"): int(value) for name, value in Blend.__members__.items()}


class SvgFaultError(AssetError):
    """An SVG file is written wrong: a person's text, such as a document, so that its faults are bad input."""

    exit_code = 2


def prepare_svg(data: bytes, name: str, book: FontBook, pointer: str) -> PreparedShape:
    """Read a file.

    Args:
        name: the file, for messages. book: owner of fonts and glyph outlines. pointer: the asset's place.

    Raises:
        SvgFaultError: it is no SVG file. LimitError: it exceeds a bound.
    """
    try:
        scene = read_svg(data, book)
        builder = _Builder(scene, name, pointer)
        builder.add_all()
    except SvgError as error:
        where = "" if error.line is None else f", line {error.line}"
        text = f"{name}{where}: {error.message}"
        if error.limit:
            raise LimitError(Problem("error", "svg_limit", text, path=pointer)) from None
        raise SvgFaultError(Problem("error", "svg", text, path=pointer)) from None
    return PreparedShape(builder.parts, size=scene.size, warnings=builder.warnings, groups=builder.groups)


class _Builder:
    def __init__(self, scene: Scene, name: str, pointer: str) -> None:
        self._scene, self._name, self._pointer = scene, name, pointer
        self.parts: list[ShapePart] = []
        self.groups: list[PartGroup] = []
        self._images: dict[bytes, PreparedImage] = {}
        self._slow = False  # resvg took too long for one element: the file gets no more of its time
        self.warnings: list[Problem] = []
        for message, line in scene.notes:
            self._warn(message if line is None else f"line {line}: {message}")

    def add_all(self) -> None:
        """Append everything; blend modes inside never see what lies below the picture."""
        self._add(self._scene.items)
        if any(group.blend for group in self.groups):
            self.groups.append(PartGroup(0, 0, len(self.parts)))

    def _warn(self, message: str) -> None:
        self.warnings.append(Problem("warning", "svg", f"{self._name}: {message}", path=self._pointer))

    def _add(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Group):
                self._group(item)
            else:
                self._fill(item)

    def _group(self, group: Group) -> None:
        first = len(self.parts)
        if group.mask is not None:
            self._add(group.mask)
            if len(self.parts) == first:
                return
        content = len(self.parts)
        self._add(group.items)
        end = len(self.parts)
        if end == content:
            del self.parts[first:]
            self.groups = [g for g in self.groups if g.end <= first]
            return
        blend = _BLENDS.get(group.blend)
        if blend is None:
            self._warn(f"the blend mode '{group.blend[:40]}' is drawn as normal")
        self.groups.append(PartGroup(first, content, end, group.opacity, blend or 0, group.luma))

    def _fill(self, fill: Fill) -> None:
        paint = fill.paint
        if isinstance(paint, Remains):
            self._remains(fill, paint)
            return
        found = self._paint(paint, fill)
        if found is not None:
            self.parts.append(ShapePart(fill.outline, fill.even_odd, found))

    def _paint(self, paint: GradientFill | TwoCircles | ImageFill | tuple[float, ...], fill: Fill) -> Paint | None:
        if isinstance(paint, GradientFill):
            return paint
        if isinstance(paint, TwoCircles):
            return circles_picture(paint, fill.outline.bounds(), self._scene.size)
        if isinstance(paint, ImageFill):
            return self._image(paint)
        r, g, b, a = (int(v * 255.0 + 0.5) for v in paint)
        return (r | g << 8 | b << 16 | a << 24) or None

    def _image(self, paint: ImageFill) -> Paint | None:
        image = self._images.get(paint.data)
        if image is None:
            try:
                image = self._images[paint.data] = prepare_image(paint.data, self._name)
            except WavyteError as error:
                self._warn(f"an image is not drawn: {error}")
                return None
        return Picture(image, compose((image.width, 0.0, 0.0, image.height, 0.0, 0.0), paint.matrix))

    def _remains(self, fill: Fill, remains: Remains) -> None:
        """Append what resvg draws, cut to where that is."""
        try:
            if self._slow:
                raise SvgError("another element took resvg too long")
            box = self._seen(remains)
        except SvgError as error:
            self._slow = self._slow or error.limit
            self._warn(f"'{remains.element}' is not drawn: {error.message}")
            return
        if box is None:
            return
        outline = intersect(fill.outline, fill.even_odd, rect(box[0], box[1], box[2] - box[0], box[3] - box[1]), False)
        if outline is None or outline.is_empty:
            return

        def draw(area: Box, width: int, height: int) -> Pixels:
            try:
                return _rendered(remains, area, width, height)
            except SvgError:  # it was drawn at another size
                return np.zeros((height, width), np.uint32)

        key = Hasher().text(remains.body).digest()
        picture = drawn_picture(draw, box, self._scene.size, key)
        self.parts.append(ShapePart(outline, fill.even_odd and outline is fill.outline, picture))

    def _seen(self, remains: Remains) -> Box | None:
        """Return the box of what is drawn, whole px of the picture so that texels meet pixels where it is not scaled; None for nothing."""
        width, height = self._scene.size
        step = max(width, height) / _LOOK_PX
        columns, rows = max(1, round(width / step)), max(1, round(height / step))
        seen = _rendered(remains, (0.0, 0.0, width, height), columns, rows) != 0
        if not seen.any():
            return None
        xs, ys = np.flatnonzero(seen.any(axis=0)), np.flatnonzero(seen.any(axis=1))
        x0, x1 = max(int(xs[0]) - _MARGIN_PX, 0), min(int(xs[-1]) + 1 + _MARGIN_PX, columns)
        y0, y1 = max(int(ys[0]) - _MARGIN_PX, 0), min(int(ys[-1]) + 1 + _MARGIN_PX, rows)
        wide, tall = width / columns, height / rows
        return math.floor(x0 * wide), math.floor(y0 * tall), math.ceil(x1 * wide), math.ceil(y1 * tall)


def _rendered(remains: Remains, box: Box, width: int, height: int) -> Pixels:
    """Return a box as resvg draws it.

    Raises:
        SvgError: resvg can't draw it, or takes too long.
    """
    png = render_svg(document(remains, box, width, height))
    with Image.open(io.BytesIO(png)) as image:
        return premultiply(np.asarray(image.convert("RGBA")))
