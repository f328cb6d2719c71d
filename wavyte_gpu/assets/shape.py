"""Shapes: outlines in local px with a paint each, prepared once: path assets, and text when it is shaped."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from wavyte_gpu.assets.picture import Picture
from wavyte_gpu.foundation.errors import Problem, SchemaError
from wavyte_gpu.foundation.hashing import Hasher
from wavyte_gpu.raster.flatten import Contours, FlattenCache
from wavyte_gpu.raster.gradient import GradientFill
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.overlaps import apart
from wavyte_gpu.raster.svg_path import PathSyntaxError, parse_path
from wavyte_gpu.raster.trim import trim
from wavyte_gpu.text.reveal import RevealUnits

__all__ = [
    "WHOLE",
    "AssetPaint",
    "Form",
    "MovingPaint",
    "Paint",
    "PartGroup",
    "PathRequest",
    "PreparedPath",
    "PreparedShape",
    "ShapePart",
    "StrokeStyle",
    "prepare_path",
]

TrimTo = tuple[float, float, float]
"""Start, end and offset, in fractions of a path's length."""

WHOLE: TrimTo = (0.0, 1.0, 0.0)
Form = tuple[float, float]
"""What the outlines of a moving shape depend on: of a text its size and the width of its box, 0 for none; of a path the width and the
dash offset of its stroke. All in px."""
_TRIMS_KEPT = 64
_STROKE_SCALE = 8.0  # strokes are made once, fine enough to be drawn this much larger

class MovingPaint(NamedTuple):
    """A colour that moves: its place among the asset's colours, of a path fill and stroke, of a text those of its runs."""

    place: int


AssetPaint = int | MovingPaint | Literal["fill", "stroke"]
"""A premultiplied pixel, a colour that each leaf gives, or which gradient of the asset."""
Paint = AssetPaint | GradientFill | Picture
"""What fills a part: the asset's paint, or a gradient or texels of its own."""


class StrokeStyle(NamedTuple):
    """How a path's outline is drawn; lengths in px. `moves`: width and dash offset are each leaf's."""

    paint: AssetPaint
    width: float
    cap: str
    join: str
    miter_limit: float
    dash: tuple[float, ...]
    dash_offset: float
    moves: bool = False


@dataclass(frozen=True, slots=True)
class PathRequest:
    """A path asset. `fill` None draws no inside. Its trim is the leaf's."""

    data: str
    fill: AssetPaint | None
    even_odd: bool
    stroke: StrokeStyle | None


class ShapePart(NamedTuple):
    """One outline and what fills it."""

    outline: Outline
    even_odd: bool
    paint: Paint
    stroked: bool = False


class PartGroup(NamedTuple):
    """Parts [first, end) that are composited once. Groups nest; an inner one comes before the outer.

    Attributes:
        content: parts from here on are drawn; those before it, if any, are the mask that weighs them.
        opacity: 0..1. blend: a member of `Blend`.
        luma: the mask weighs by brightness times alpha instead of alpha alone. inverted: it hides what it would show.
    """

    first: int
    content: int
    end: int
    opacity: float = 1.0
    blend: int = 0
    luma: bool = False
    inverted: bool = False

    def moved(self, by: int) -> PartGroup:
        """Return the same group, `by` parts further on."""
        return self._replace(first=self.first + by, content=self.content + by, end=self.end + by)


class PreparedShape:
    """The parts of a shape in painter's order.

    Attributes:
        size: (width, height) in px: from the local origin to the right and bottom ends of the parts, at least 1.
        content_hash: 16 bytes over outlines, rules and paints.
        warnings: what could not be followed, such as characters without a glyph.
        units: of a text that is revealed, None for all else.
        groups: which parts are composited together.
        moves: its outlines depend on a form.
    """

    opaque = False
    moves = False

    def __init__(
        self,
        parts: Sequence[ShapePart],
        size: tuple[float, float] | None = None,
        warnings: Sequence[Problem] = (),
        units: RevealUnits | None = None,
        groups: Sequence[PartGroup] = (),
        contours: FlattenCache | None = None,
    ) -> None:
        self.warnings = tuple(warnings)
        self.units = units
        self.groups = tuple(groups)
        self.parts = tuple(parts)
        self._cache = contours or FlattenCache()
        self._size = size

    @property
    def nbytes(self) -> int:
        """Bytes of the outlines, about."""
        return 4096 + sum(part.outline.points.nbytes + part.outline.verbs.nbytes for part in self.parts)

    def at(self, form: Form) -> PreparedShape:
        """Return the shape of a form: itself where nothing moves."""
        return self

    @cached_property
    def size(self) -> tuple[float, float]:
        """Width and height in px."""
        if self._size is not None:
            return self._size
        ends = [part.outline.bounds() for part in self.parts]
        return max([1.0, *(b[2] for b in ends)]), max([1.0, *(b[3] for b in ends)])

    @cached_property
    def content_hash(self) -> bytes:
        """16 bytes."""
        h = Hasher()
        for part in self.parts:
            h.bytes(part.outline.content_hash).u8(part.even_odd)
            paint = part.paint
            h.bytes(paint.content_hash) if isinstance(paint, Picture) else h.text(repr(paint))
        return h.text(repr(self.groups)).digest()

    def bounds(self, part: int) -> tuple[float, float, float, float]:
        """Return x0, y0, x1, y1 of a part's outline in local px."""
        x0, y0, x1, y1 = self.parts[part].outline.bounds()
        return float(x0), float(y0), float(x1), float(y1)

    def contours(self, part: int, scale: float, trim_to: TrimTo = WHOLE) -> Contours:
        """Return a part's outline as polygons, fine enough to be drawn `scale` times as large; `trim_to` concerns paths."""
        return self._cache.get(self.parts[part].outline, scale)


class PreparedPath(PreparedShape):
    """A path: its parts are made anew for each trim.

    Args:
        outline: the whole path.
        request: how it is filled and stroked.
        contours: a cache that several share.
    """

    def __init__(self, outline: Outline, request: PathRequest, contours: FlattenCache | None = None) -> None:
        self._outline, self._request = outline, request
        self._trimmed: OrderedDict[tuple[int, TrimTo], Outline] = OrderedDict()
        super().__init__(self._parts(outline), contours=contours)

    def contours(self, part: int, scale: float, trim_to: TrimTo = WHOLE) -> Contours:
        """Return a part's outline as polygons; of a trimmed path what the trim leaves."""
        if trim_to == WHOLE:
            return super().contours(part, scale)
        key = (part, trim_to)
        outline = self._trimmed.get(key)
        if outline is None:
            cut = trim(self._outline, *trim_to)
            outline = self._stroked(cut) if self.parts[part].stroked else apart(cut, self._request.even_odd)[0]
            self._trimmed[key] = outline
            if len(self._trimmed) > _TRIMS_KEPT:
                self._trimmed.popitem(last=False)
        return self._cache.get(outline, scale)

    def _parts(self, outline: Outline) -> list[ShapePart]:
        request = self._request
        parts = []
        if request.fill is not None and not outline.is_empty:
            parts.append(ShapePart(*apart(outline, request.even_odd), request.fill))
        if request.stroke is not None and request.stroke.width > 0.0:
            stroked = self._stroked(outline)
            if not stroked.is_empty:
                parts.append(ShapePart(stroked, False, request.stroke.paint, True))
        return parts

    def _stroked(self, outline: Outline) -> Outline:
        from wavyte_gpu.raster.stroke import Cap, Join, stroke

        s = self._request.stroke
        assert s is not None
        cap, join = Cap[s.cap.upper()], Join[s.join.upper()]
        return stroke(outline, s.width, cap, join, s.miter_limit, s.dash, s.dash_offset, _STROKE_SCALE)


def prepare_path(request: PathRequest, key: str, pointer: str) -> PreparedShape:
    """Parse and stroke a path.

    Args:
        request: the path.
        key: the asset's name and `pointer` its place, for messages.

    Raises:
        SchemaError: the path data is wrong; says at which column.
    """
    try:
        outline = parse_path(request.data)
    except PathSyntaxError as error:
        place = f"{pointer}/path/svg_path_d"
        text = f"asset '{key}': {error.message} at column {error.column + 1} of the path data"
        raise SchemaError(
            Problem("error", "path_data", text, path=place, column=None, found=error.found, allowed=error.allowed)
        ) from None
    if request.stroke is not None and request.stroke.moves:
        from wavyte_gpu.assets.moving import moving_path

        return moving_path(outline, request)
    return PreparedPath(outline, request)
