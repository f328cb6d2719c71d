"""Convert a surface to the planes of a pixel format. Twin of shaders/output/planes.wgsl."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.registry import PlaneForm
from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.blend import blend_normal
from wavyte_gpu.ops.shared.pixel import U32, channels, div_round, pack

__all__ = ["execute"]

_STRIP_PIXELS = 1 << 16


def pixels_at(params: np.void, image: U32, x: I32, y: I32, form: PlaneForm) -> U32:
    """Return the channels of the pixels at (x, y), (4, h, w) uint32, the edges repeated."""
    p = np.take(image[np.clip(y, 0, params["size"][1] - 1)], np.clip(x, 0, params["size"][0] - 1), axis=1)
    return np.stack(channels(p if form.alpha else blend_normal(p, params["color"][:1])))


def straight(c: U32, full: int, form: PlaneForm) -> I32:
    """Return R, G, B of sums of pixels, in which opaque white is `full`, as if every pixel were opaque."""
    if not form.alpha or bool((c[3] == full).all()):
        return c[:3].astype(np.int32)
    return np.minimum(div_round(c[:3] * np.uint32(full), np.maximum(c[3], 1)), np.uint32(full)).astype(np.int32)


def weigh(m: I32, c: I32) -> I32:
    """Return the weighted sum of R, G and B."""
    return m[0] * c[0] + m[1] * c[1] + m[2] * c[2]


def luma_of(params: np.void, c: I32) -> I32:
    """Return Y."""
    return (weigh(params["luma"], c) + params["luma"][3] + 0x8000) >> 16


def chroma_of(m: I32, c: I32, form: PlaneForm) -> I32:
    """Return U or V of sums of 2^shift pixels."""
    return np.clip((weigh(m, c) + (m[3] << form.shift) + (0x8000 << form.shift)) >> (16 + form.shift), 0, form.top)


def execute(params: np.void, image: U32, form: PlaneForm) -> npt.NDArray[np.uint32]:
    """Return the words of all planes, one plane after the other.

    Args:
        params: the shader's `Params`, as `ops.planes.plane_params` gives it for the form.
        image: (H, W) uint32, premultiplied.
    """
    columns, rows = form.lane
    across, down = (-(-int(n) // step) for n, step in zip(params["size"], form.lane, strict=False))
    dtype = form.dtype
    x = np.arange(-1, across * columns, dtype=np.int32)
    luma: npt.NDArray[Any] = np.empty((down * rows, int(params["size"][2]) * 16 // dtype.itemsize), dtype)
    alpha = np.empty_like(luma) if form.alpha else luma[:0]
    chroma: npt.NDArray[Any] = np.empty((2, down * rows >> form.half_y, across * form.chroma_samples), dtype)
    strip = max(_STRIP_PIXELS // len(x) // rows, 1) * rows
    for y in range(0, down * rows, strip):
        at = slice(y, min(y + strip, down * rows))
        c = pixels_at(params, image, x, np.arange(at.start, at.stop, dtype=np.int32), form)
        if form.order:
            s = (*straight(c[:, :, 1:], 255, form).astype(np.uint32), c[3, :, 1:])
            luma[at] = np.ascontiguousarray(pack(*(s[k] for k in form.order))).view(np.uint8)
            continue
        luma[at] = luma_of(params, straight(c[:, :, 1:], 255, form))
        if form.alpha:
            alpha[at] = (c[3, :, 1:] * np.uint32(form.top) + 127) // 255
        sums = c[:, 0::2] + c[:, 1::2] if form.half_y else c
        # Sited at even columns and between the rows: weights [1, 2, 1] by [1, 1].
        sums = sums[:, :, 0:-2:2] + 2 * sums[:, :, 1:-1:2] + sums[:, :, 2::2] if form.half_x else sums[:, :, 1:]
        sums = straight(sums, 255 << form.shift, form)
        at = slice(at.start >> form.half_y, at.stop >> form.half_y)
        chroma[0, at], chroma[1, at] = (chroma_of(params[m], sums, form) for m in "uv")
    if form.order:
        planes = [luma]
    elif form.pairs:
        planes = [luma, np.moveaxis(chroma, 0, -1)]
    else:
        planes = [luma, chroma, alpha]
    return np.concatenate([np.ascontiguousarray(p).reshape(-1) for p in planes]).view(np.uint32)
