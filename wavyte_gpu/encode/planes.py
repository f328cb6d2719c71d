"""Frames as the planes that encoders take: exact integers, BT.709 limited range for YUV, sRGB bytes for RGB.

4:2:0 in 8 bits is the output kernel's (`ops/output/nv12`); the other forms are computed here, from the same weights.
Alpha is straight and full range. Chroma of formats with alpha is weighted by it, so that edges keep their colour.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.ops import quantise
from wavyte_gpu.ops.output import flatten, nv12

__all__ = ["FORMATS", "PixelForm", "nv12_planes", "planes_of"]

U8 = npt.NDArray[np.uint8]
Planes = list[npt.NDArray[Any]]
_STRIP_PIXELS = 1 << 17


class PixelForm(NamedTuple):
    """A pixel format: `bits` a sample, chroma halved in x and in y, with alpha; `order` of the bytes of packed RGB."""

    bits: int
    half_x: bool
    half_y: bool
    alpha: bool
    order: tuple[int, ...] = ()


FORMATS = {
    "yuv420p": PixelForm(8, True, True, False),
    "yuv422p": PixelForm(8, True, False, False),
    "yuv444p": PixelForm(8, False, False, False),
    "yuv420p10le": PixelForm(10, True, True, False),
    "yuv422p10le": PixelForm(10, True, False, False),
    "yuv444p10le": PixelForm(10, False, False, False),
    "yuva420p": PixelForm(8, True, True, True),
    "yuva444p10le": PixelForm(10, False, False, True),
    "rgba": PixelForm(8, False, False, True, (0, 1, 2, 3)),
    "bgra": PixelForm(8, False, False, True, (2, 1, 0, 3)),
    "bgr0": PixelForm(8, False, False, False, (2, 1, 0, 3)),
}


def planes_of(frame: Frame, name: str, background: tuple[int, int, int]) -> Planes:
    """Return the planes of a frame, in the order of the format: (H, W) of luma, chroma rounded up, alpha.

    Packed RGB is one plane of (H, 4 W). Forms without alpha are put over the background.
    """
    form = FORMATS[name]
    if form.order:
        pixels = frame.straight() if form.alpha else _flat(frame, background)
        return [pixels[..., form.order].reshape(frame.height, -1)]
    if form.bits == 8 and form.half_y and (not form.alpha or frame.opaque):
        luma, pairs = nv12_planes(frame, background)
        planes: Planes = [luma, pairs[:, 0::2], pairs[:, 1::2]]
        return [*planes, np.full(luma.shape, 255, np.uint8)] if form.alpha else planes
    if form.alpha and not frame.opaque:
        return _convert(frame.straight(), frame.rgba, form)
    flat = _flat(frame, background)
    return _convert(flat, flat, form)


def nv12_planes(frame: Frame, background: tuple[int, int, int]) -> tuple[U8, U8]:
    """Return (H, W) of luma and (ceil(H / 2), 2 ceil(W / 2)) of U and V in turn, computed here if no backend did."""
    width, height = frame.width, frame.height
    pairs = 2 * ((width + 1) // 2)
    if frame.nv12 is not None:
        data = frame.nv12
        return data[: width * height].reshape(height, width), data[width * height :].reshape(-1, pairs)
    params = quantise.nv12_params(width, height, color=_packed(background))
    rows = nv12.execute(cast(np.void, params[()]), _words(frame.rgba))
    even = height + (height & 1)
    return rows[:height, :width], rows[even:, :pairs]


def _convert(straight: U8, premultiplied: U8, form: PixelForm) -> Planes:
    """Return Y, U, V and perhaps alpha. The two are the same array where every pixel is opaque."""
    height, width = straight.shape[:2]
    dtype = np.uint8 if form.bits == 8 else np.uint16
    sizes = [(height, width)] + [(height + form.half_y >> form.half_y, width + form.half_x >> form.half_x)] * 2
    planes: Planes = [np.empty(size, dtype) for size in sizes]
    if form.alpha:
        top = (1 << form.bits) - 1
        table = ((np.arange(256) * top + 127) // 255).astype(dtype)
        planes.append(table[straight[..., 3]])
    weights = _weights(form.bits)
    by_alpha = form.half_x and premultiplied is not straight
    rows = max(2, _STRIP_PIXELS // width & ~1)
    for y in range(0, height, rows):
        c = np.moveaxis(straight[y : y + rows, :, :3], 2, 0).astype(np.int32)
        planes[0][y : y + rows] = _weigh(weights[0], c, 0)
        if by_alpha:
            c = np.moveaxis(premultiplied[y : y + rows], 2, 0).astype(np.int32)
        sums, shift = _chroma_sums(c, form)
        if by_alpha:
            sums = _unmultiply(sums[:3], sums[3], 255 << shift)
        at = slice(y >> form.half_y, (y >> form.half_y) + sums.shape[1])
        for plane, m in zip(planes[1:3], weights[1:], strict=True):
            plane[at] = _weigh(m, sums, shift)
    return planes


def _chroma_sums(c: npt.NDArray[np.int32], form: PixelForm) -> tuple[npt.NDArray[np.int32], int]:
    """Return sums over the pixels of each chroma sample and the binary logarithm of their weights' sum."""
    shift = 0
    if form.half_y:
        if c.shape[1] % 2:
            c = np.concatenate([c, c[:, -1:]], axis=1)
        c = c[:, 0::2] + c[:, 1::2]
        shift += 1
    if form.half_x:  # sited at even columns: weights [1, 2, 1], the edges repeated
        count = c.shape[2] + 1 >> 1
        c = np.concatenate([c[..., :1], c, c[..., -1:]], axis=2)
        c = c[..., 0 : 2 * count : 2] + 2 * c[..., 1 : 2 * count + 1 : 2] + c[..., 2 : 2 * count + 2 : 2]
        shift += 2
    return c, shift


def _unmultiply(c: npt.NDArray[np.int32], alpha: npt.NDArray[np.int32], full: int) -> npt.NDArray[np.int32]:
    """Return sums of colours as if every pixel were opaque: floor(c * full / alpha + 1/2); 0 without alpha."""
    divisor = np.maximum(2 * alpha, 1)
    straight = np.minimum((2 * c * full + alpha) // divisor, full) * (alpha > 0)
    return cast("npt.NDArray[np.int32]", straight)


def _weigh(m: tuple[int, int, int, int], c: npt.NDArray[np.int32], shift: int) -> npt.NDArray[np.int32]:
    out = m[0] * c[0]
    out += m[1] * c[1]
    out += m[2] * c[2]
    out += (m[3] << shift) + (1 << (15 + shift))
    out >>= 16 + shift
    return cast("npt.NDArray[np.int32]", out)


def _weights(bits: int) -> list[tuple[int, int, int, int]]:
    """Return Q16 weights of Y, U, V from R, G, B and the offset."""
    params = quantise.yuv_weights(bits)
    return [(int(r), int(g), int(b), int(offset)) for r, g, b, offset in params]


def _flat(frame: Frame, background: tuple[int, int, int]) -> U8:
    if frame.opaque:
        return frame.rgba
    params = np.zeros((), [("size", "<i4", 4), ("color", "<u4", 4)])
    params["size"][:2] = frame.width, frame.height
    params["color"][0] = _packed(background)
    flat = flatten.execute(cast(np.void, params[()]), _words(frame.rgba))
    return np.ascontiguousarray(flat).view(np.uint8).reshape(frame.rgba.shape)


def _words(rgba: U8) -> npt.NDArray[np.uint32]:
    return np.ascontiguousarray(rgba).view(np.uint32)[..., 0]


def _packed(rgb: tuple[int, int, int]) -> int:
    r, g, b = rgb
    return 0xFF000000 | b << 16 | g << 8 | r
