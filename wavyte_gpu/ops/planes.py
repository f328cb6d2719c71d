"""Frames as the planes that encoders take: how output/planes lays them out, and its parameters.

Exact integers; BT.709 in limited range for YUV, sRGB bytes for RGB. Alpha is straight and full range. Chroma of forms with alpha is
weighted by it, so that edges keep their colour.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.output import planes
from wavyte_gpu.ops.quantise import yuv_weights
from wavyte_gpu.ops.reflect import params_dtype
from wavyte_gpu.ops.registry import PlaneForm

__all__ = ["PlaneLayout", "Planes", "make_planes", "plane_bytes", "plane_params", "plane_shapes", "split_planes"]

Parts = tuple[npt.NDArray[Any], ...]


class Planes(NamedTuple):
    """A frame in a form: its planes in the form's order, of `plane_shapes`."""

    form: PlaneForm
    parts: Parts


class PlaneLayout(NamedTuple):
    """How output/planes lays words out: rows that whole lanes write, one plane after the other.

    Attributes:
        luma_words, chroma_words: of a row. luma_rows, chroma_rows: of a plane. first: words before U, V and alpha. total: all words.
    """

    luma_words: int
    chroma_words: int
    luma_rows: int
    chroma_rows: int
    first: tuple[int, int, int]
    total: int

    @classmethod
    def of(cls, form: PlaneForm, width: int, height: int) -> PlaneLayout:
        """Return the layout for a canvas of width x height px."""
        across, down = -(-width // form.lane[0]), -(-height // form.lane[1])
        luma_words, luma_rows = across * form.words, down * form.lane[1]
        chroma_words, chroma_rows = (0, 0) if form.order else (4 * across, luma_rows >> form.half_y)
        u = luma_words * luma_rows
        v = u if form.pairs else u + chroma_words * chroma_rows
        alpha = v + chroma_words * chroma_rows
        total = alpha + u if form.alpha and not form.order else alpha
        return cls(luma_words, chroma_words, luma_rows, chroma_rows, (u, v, alpha), total)


def plane_bytes(form: PlaneForm, width: int, height: int) -> int:
    """Return the bytes that output/planes writes for a canvas."""
    return 4 * PlaneLayout.of(form, width, height).total


def plane_shapes(form: PlaneForm, width: int, height: int) -> list[tuple[int, int]]:
    """Return (rows, samples of a row) of each plane of a canvas: chroma rounded up, packed pixels four bytes each."""
    if form.order:
        return [(height, 4 * width)]
    chroma = (height + form.half_y >> form.half_y, width + form.half_x >> form.half_x)
    if form.pairs:
        return [(height, width), (chroma[0], 2 * chroma[1])]
    return [(height, width), chroma, chroma] + [(height, width)] * form.alpha


def plane_params(
    form: PlaneForm, width: int, height: int, *, color: int = 0, matrix: str = "bt709", full_range: bool = False
) -> npt.NDArray[np.void]:
    """Return the `Params` of output/planes, a zero-dimensional record.

    Args:
        form: of the planes. width, height: of the surface in px.
        color: the opaque pixel that forms without alpha flatten on.
        matrix: a key of quantise.LUMA_WEIGHTS. full_range: use all values of a sample.
    """
    p = np.zeros((), params_dtype("output/planes"))
    layout = PlaneLayout.of(form, width, height)
    p["size"] = (width, height, layout.luma_words // 4, layout.chroma_words // 4)
    p["first"][:3] = [words // 4 for words in layout.first]
    p["color"][0] = color
    p["luma"], p["u"], p["v"] = yuv_weights(form.bits, matrix=matrix, full_range=full_range)
    return p


def split_planes(words: npt.NDArray[np.uint32], form: PlaneForm, width: int, height: int) -> Planes:
    """Return the planes that lie in the words of a canvas, as views."""
    layout = PlaneLayout.of(form, width, height)
    luma = (0, layout.luma_words, layout.luma_rows)
    chroma = (layout.chroma_words, layout.chroma_rows)
    u, v, alpha = layout.first
    places = [luma, (u, *chroma), *([] if form.pairs else [(v, *chroma)]), (alpha, *luma[1:])]
    parts = []
    for (first, row, rows), (h, w) in zip(places, plane_shapes(form, width, height), strict=False):
        plane = words[first : first + row * rows].reshape(rows, row).view(form.dtype)
        parts.append(plane[:h, :w])
    return Planes(form, tuple(parts))


def make_planes(image: npt.NDArray[np.uint32], form: PlaneForm, color: int) -> Planes:
    """Return the planes of (H, W) uint32 premultiplied pixels, computed here; `color` as in `plane_params`."""
    height, width = image.shape
    params = plane_params(form, width, height, color=color).reshape(1)[0]
    return split_planes(planes.execute(params, image, form), form, width, height)
