"""Convert the planes of a video frame to a surface, or to a mip level of it. Twin of shaders/draw/video.wgsl."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.pixel import U32, mul8, pack

__all__ = ["execute"]

Plane = npt.NDArray[Any]  # (h, w) uint8, or uint16 for more than 8 bits


def to_channel(n: I32) -> U32:
    """Return a channel of a Q20 value."""
    return np.clip((n + 0x80000) >> 20, 0, 255).astype(np.uint32)


def to_rgb(params: np.void, y: I32, u: I32, v: I32) -> tuple[U32, U32, U32]:
    """Return the pixel of a luma sample and of sixteen times the chroma."""
    luma = (y - params["size"][3]) * 16
    u = u - params["chroma"][2]
    v = v - params["chroma"][2]
    r = to_channel(luma * params["matrix"][0] + v * params["matrix"][1])
    g = to_channel(luma * params["green"][2] + u * params["green"][0] + v * params["green"][1])
    b = to_channel(luma * params["matrix"][0] + u * params["matrix"][2])
    return r, g, b


def with_alpha(params: np.void, c: tuple[U32, U32, U32], planes: Sequence[Plane], x: I32, y: I32) -> tuple[U32, U32, U32, U32]:
    """Return the premultiplied pixel at (x, y) of a straight colour."""
    top = np.uint32(params["chroma"][3])
    if top == 0:
        return (*c, np.full_like(c[0], 255))
    a = (planes[3][y, x].astype(np.uint32) * np.uint32(510) + top) // (np.uint32(2) * top)
    return mul8(c[0], a), mul8(c[1], a), mul8(c[2], a), a


def chroma_row(params: np.void, plane: Plane, x: I32, row: I32) -> I32:
    """Return four times the chroma of a row of samples at a column in quarter samples."""
    last_x, last_y = params["chroma"][0], params["chroma"][1]
    ax, ay = np.clip(x >> 2, 0, last_x), np.clip(row, 0, last_y)
    bx = np.clip((x >> 2) + 1, 0, last_x)
    w = x & 3
    left = plane[ay, ax].astype(np.int32)
    right = plane[ay, bx].astype(np.int32)
    return left * (4 - w) + right * w


def convert(params: np.void, planes: Sequence[Plane], x: I32, y: I32) -> tuple[U32, U32, U32, U32]:
    """Return R, G, B, A at (x, y), the frame's edges repeated."""
    x, y = np.minimum(x, params["size"][0] - 1), np.minimum(y, params["size"][1] - 1)
    cx = x * params["siting"][0] + params["siting"][2]
    cy = y * params["siting"][1] + params["siting"][3]
    w = cy & 3
    u, v = (
        chroma_row(params, plane, cx, cy >> 2) * (4 - w) + chroma_row(params, plane, cx, (cy >> 2) + 1) * w
        for plane in planes[1:3]
    )
    return with_alpha(params, to_rgb(params, planes[0][y, x].astype(np.int32), u, v), planes, x, y)


def execute(params: np.void, planes: Sequence[Plane]) -> U32:
    """Return the part `window` of the frame, or of the mip level `size[2]` of it.

    Args:
        params: the shader's `Params`, as `quantise.video_params` gives it.
        planes: Y, U, V and with alpha A, (h, w) uint8, or uint16 for more than 8 bits with the sample in the lower bits.

    Returns:
        (h, w) uint32, premultiplied: the window's size.
    """
    level = int(params["size"][2])
    x0, y0, x1, y1 = (int(v) for v in params["window"])
    side = 1 << level
    x = np.arange(x0, x1, dtype=np.int32)[None, :]
    y = np.arange(y0, y1, dtype=np.int32)[:, None]
    total = [np.zeros((y.shape[0], x.shape[1]), np.uint32) for _ in range(4)]
    columns = (x[..., None] * side + np.arange(side, dtype=np.int32)).reshape(1, -1)
    for j in range(side):
        for channel, value in zip(total, convert(params, planes, columns, y * side + j), strict=True):
            channel += value.reshape(*channel.shape, side).sum(axis=2, dtype=np.uint32)
    half = np.uint32((1 << (2 * level)) >> 1)
    r, g, b, a = ((channel + half) >> (2 * level) for channel in total)
    return pack(r, g, b, a)
