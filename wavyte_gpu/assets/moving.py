"""Shapes whose outlines change in time: made for each form that is asked for, the latest ones kept."""

from __future__ import annotations

from collections.abc import Callable

from wavyte_gpu.assets.shape import Form, PathRequest, PreparedPath, PreparedShape
from wavyte_gpu.raster.flatten import FlattenCache
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.text.fonts import Lru

__all__ = ["MovingShape", "moving_path"]

_KEPT_BYTES = 32 << 20
_KEPT_CONTOURS_BYTES = 16 << 20
_REST_WIDTH_PX = 1.0


class MovingShape(PreparedShape):
    """What a leaf shows whose outlines depend on its frame. A form gives the same shape whichever were asked for before.

    Args:
        make: gives the shape of a form, with a cache for its contours.
        rest: shows all that any form shows; its paints are those that the store places.
    """

    moves = True

    def __init__(self, make: Callable[[Form, FlattenCache], PreparedShape], rest: PreparedShape) -> None:
        super().__init__(rest.parts, rest.size, rest.warnings, rest.units, rest.groups)
        self._make = make
        self._contours = FlattenCache(_KEPT_CONTOURS_BYTES)
        self._forms: Lru[Form, PreparedShape] = Lru(_KEPT_BYTES, lambda shape: shape.nbytes)

    def at(self, form: Form) -> PreparedShape:
        """Return the shape of a form."""
        return self._forms.get(form, lambda: self._make(form, self._contours))


def moving_path(outline: Outline, request: PathRequest) -> MovingShape:
    """Return a path whose stroke moves: forms are its width and its dash offset, px."""
    stroke = request.stroke
    assert stroke is not None

    def make(form: Form, contours: FlattenCache | None = None) -> PreparedPath:
        styled = stroke._replace(width=form[0], dash_offset=form[1])
        return PreparedPath(outline, PathRequest(request.data, request.fill, request.even_odd, styled), contours)

    return MovingShape(make, make((_REST_WIDTH_PX, 0.0)))
