"""What evaluation and compilation ask of the asset store, with the composition's time base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.picture import Picture
from wavyte_gpu.assets.shape import Form, MovingPaint, PartGroup, PreparedShape
from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.assets.text import TextFlow
from wavyte_gpu.assets.video import VideoFormat
from wavyte_gpu.compile.prepared import PartPaints
from wavyte_gpu.foundation.enums import AssetKind
from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.normalize.support import paint_key
from wavyte_gpu.raster.flatten import Contours, FlattenCache
from wavyte_gpu.raster.shapes import rounded_rect
from wavyte_gpu.text.reveal import RevealUnits

__all__ = ["SessionMedia"]


class SessionMedia:
    """The prepared assets of one session, in the terms of the IR."""

    def __init__(self, store: AssetStore, ir: CompositionIR) -> None:
        self.store = store
        self._count = len(ir.assets)
        self._names = ir.names.assets
        self._boxes = FlattenCache(4 << 20)
        places = {key: i for i, key in enumerate(ir.names.assets)}
        self._paint = [
            tuple(places.get(paint_key(key, which), -1) for which in ("fill", "stroke")) for key in ir.names.assets
        ]
        self.flows: dict[int, TextFlow] = {}  # of the texts in layouts
        self.text_flow = self.flows.get
        self.shape = store.shape
        self.intrinsic_size = store.intrinsic_size
        self.pixel_size = store.pixel_size
        self.image_levels = store.image_levels
        self.is_opaque = store.is_opaque
        self.place_image = store.place_image
        self.place_table = store.place_table
        self.content_hash = store.content_hash

    def source_frames(
        self, asset: int, times: npt.NDArray[np.int64], per_second: Fraction
    ) -> npt.NDArray[np.int64]:
        """Return the frame of a video that shows at each node-local time, `per_second` of which are a second."""
        video = self.store.video(asset)
        return np.array([video.frame_at_local(t / per_second) for t in times.tolist()], dtype=np.int64)

    def part_count(self, asset: int) -> int:
        """Return how many outlines a shape draws; 1 for what is no shape."""
        return len(self.store.shape(asset).parts) if self.store.is_shape(asset) else 1

    def part_bounds(self, asset: int, part: int) -> tuple[float, float, float, float]:
        """Return the bounds of a shape's outline, content px."""
        return self.store.shape(asset).bounds(part)

    def reveal_units(self, asset: int, form: Form) -> RevealUnits | None:
        """Return the units of a text that is revealed."""
        return self.store.shape(asset).at(form).units

    def part_groups(self, asset: int) -> Sequence[PartGroup]:
        """Return which parts of a shape are composited together, inner groups before the outer."""
        return self.store.shape(asset).groups

    def part_even_odd(self, asset: int, part: int, form: Form) -> bool:
        """Return whether a shape's outline is filled by the even-odd rule."""
        return self.store.shape(asset).at(form).parts[part].even_odd

    @cached_property
    def part_paints(self) -> PartPaints:
        """What fills every part of every shape."""
        shapes = [(a, self.store.shape(a), self.store.own_paints(a)) for a in range(self._count) if self.store.is_shape(a)]
        counts = np.zeros(self._count, np.int64)
        for asset, shape, _ in shapes:
            counts[asset] = len(shape.parts)
        return self._paints_of(shapes, np.cumsum(counts) - counts)

    def form_paints(self, asset: int, form: Form) -> PartPaints:
        """Return what fills the parts of a moving shape at a form. Its pictures are those of the shape at rest."""
        rest, shape = self.store.shape(asset), self.store.shape(asset).at(form)
        placed = {
            part.paint.source.content_hash: place
            for part, place in zip(rest.parts, self.store.own_paints(asset), strict=True)
            if isinstance(part.paint, Picture)
        }
        own = [placed[p.paint.source.content_hash] if isinstance(p.paint, Picture) else -1 for p in shape.parts]
        return self._paints_of([(asset, shape, own)], np.zeros(0, np.int64))

    def _paints_of(
        self, shapes: Sequence[tuple[int, PreparedShape, Sequence[int]]], start: npt.NDArray[np.int64]
    ) -> PartPaints:
        """Return the paints of shapes, each with its asset and the places of its own paints."""
        total = sum(len(shape.parts) for _, shape, _ in shapes)
        color, box = np.zeros(total, np.uint32), np.zeros((total, 4))
        gradient, picture, kind, moving = (np.full(total, -1, np.int64) for _ in range(4))
        matrix = np.zeros((total, 2, 3))
        stops = {}
        i = 0
        for asset, shape, own in shapes:
            for part, place in zip(shape.parts, own, strict=True):
                paint = part.paint
                x0, y0, x1, y1 = part.outline.bounds()
                box[i] = (x0, y0, x1 - x0, y1 - y0)
                if isinstance(paint, int):
                    color[i] = paint
                elif isinstance(paint, MovingPaint):
                    moving[i] = paint.place
                elif isinstance(paint, str):
                    gradient[i] = self._paint[asset][paint == "stroke"]
                else:
                    matrix[i] = np.reshape(paint.matrix, (3, 2)).T
                    if isinstance(paint, Picture):
                        picture[i] = place
                    else:
                        gradient[i], kind[i] = place, paint.kind
                        if place < 0:
                            gradient[i], stops[i] = asset, paint.stops
                i += 1
        return PartPaints(start, color, moving, gradient, picture, kind, matrix, box, stops)

    def contours(
        self, asset: int, part: int, scale: float, trim_to: tuple[float, float, float], form: Form
    ) -> Contours:
        """Return a shape's outline, or what its trim leaves, as polygons, fine enough for a scale."""
        try:
            return self.store.shape(asset).at(form).contours(part, scale, trim_to)
        except LimitError as error:
            key = self._names[asset].partition("\0")[0]
            raise LimitError([replace(p, path=p.path or f"/assets/{key}") for p in error.problems]) from None

    def rounded_box(self, width: float, height: float, radius: float, scale: float) -> Contours:
        """Return a rounded rectangle as polygons, fine enough for a scale."""
        return self._boxes.get(rounded_rect(0.0, 0.0, width, height, radius), scale)

    def video_format(self, asset: int) -> VideoFormat:
        """Return what the samples of a video's planes mean."""
        return self.store.video(asset).format

    def content_digest(self, ir: CompositionIR) -> bytes:
        """Return the content hashes of all that asset pages are made of: stills, gradients, and shapes with paints of their own."""
        kinds = (AssetKind.IMAGE, AssetKind.GRADIENT, AssetKind.SHAPE)
        return b"".join(
            self.content_hash(a) for a in range(len(ir.assets)) if ir.assets.used[a] and ir.assets.kind[a] in kinds
        )
