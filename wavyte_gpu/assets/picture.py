"""Pictures that parts of a shape are filled with, and pictures made for the scale in use: each mip level by its own rendering."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.image import PreparedImage, mip_size
from wavyte_gpu.foundation.hashing import Hasher
from wavyte_gpu.raster.gradient import Affine, Box, TwoCircles

__all__ = ["MAX_SIDE_PX", "Picture", "Pixels", "PreparedPicture", "circles_picture", "drawn_picture"]

MAX_SIDE_PX = 4096

Pixels = npt.NDArray[np.uint32]
Draw = Callable[[Box, int, int], Pixels]
"""Renders a box, in px of the content, to width times height premultiplied pixels."""


class PreparedPicture:
    """A picture whose levels are rendered when they are first asked for. As `PreparedImage`, which it stands beside in the store.

    Args:
        draw: renders a level.
        box: what it shows, px of the content.
        scale: texels of the base level to a px.
        content_hash: 16 bytes over all that decides its pixels.
    """

    opaque = False

    def __init__(self, draw: Draw, box: Box, scale: float, content_hash: bytes) -> None:
        self._draw, self._scale = draw, scale
        self._origin = box[:2]
        width, height = (max(1, math.ceil((box[k + 2] - box[k]) * scale)) for k in (0, 1))
        self.size = width, height
        self.levels = (max(self.size) - 1).bit_length() + 1
        self.content_hash = Hasher().bytes(content_hash).f64(scale).u32(width).u32(height).digest()
        self._levels: dict[int, Pixels] = {}
        self._lock = threading.Lock()

    def level(self, m: int) -> Pixels:
        """Return mip level `m`, (H, W) uint32 premultiplied, rendered once."""
        with self._lock:
            if m not in self._levels:
                width, height = mip_size(self.size, m)
                step = 2.0**m / self._scale
                x, y = self._origin
                self._levels[m] = self._draw((x, y, x + width * step, y + height * step), width, height)
            return self._levels[m]


class Picture(NamedTuple):
    """A paint: texels; `matrix` maps px of the content to texels of the base level."""

    source: PreparedImage | PreparedPicture
    matrix: Affine

    @property
    def content_hash(self) -> bytes:
        """16 bytes over texels and place."""
        h = Hasher().bytes(self.source.content_hash)
        for value in self.matrix:
            h.f64(value)
        return h.digest()


def drawn_picture(draw: Draw, box: Box, whole: tuple[float, float], content_hash: bytes) -> Picture:
    """Return a picture of a box that is rendered at the scale in use, up to MAX_SIDE_PX a side for the whole content.

    Args:
        box, whole: what is shown, and the width and height of all of the content, px.
    """
    side = max(whole[0], whole[1], box[2] - box[0], box[3] - box[1])
    _, exponent = math.frexp(MAX_SIDE_PX / side)
    scale = math.ldexp(1.0, exponent - 1)  # the largest power of two that keeps the bound
    source = PreparedPicture(draw, box, scale, content_hash)
    return Picture(source, (scale, 0.0, 0.0, scale, -box[0] * scale, -box[1] * scale))


def circles_picture(gradient: TwoCircles, box: Box, whole: tuple[float, float]) -> Picture:
    """Return the pixels of a gradient between two circles over a box."""

    def draw(area: Box, width: int, height: int) -> Pixels:
        x = area[0] + (np.arange(width) + 0.5) * ((area[2] - area[0]) / width)
        y = area[1] + (np.arange(height) + 0.5) * ((area[3] - area[1]) / height)
        return gradient.pixels(*np.meshgrid(x, y))

    return drawn_picture(draw, box, whole, Hasher().text(repr((gradient, box))).digest())
