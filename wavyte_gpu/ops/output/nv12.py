"""Put a surface over an opaque colour and convert it to NV12 bytes. Twin of shaders/output/nv12.wgsl."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.blend import blend_normal
from wavyte_gpu.ops.shared.pixel import U32, channels

__all__ = ["execute"]


def flat_pixels(params: np.void, image: U32, x: I32, y: I32) -> I32:
    """Return the flattened R, G, B at (x, y), (3, h, w) int32, the edges repeated."""
    at = image[np.clip(y, 0, params["size"][1] - 1), np.clip(x, 0, params["size"][0] - 1)]
    p = blend_normal(at, params["color"][:1])
    return np.stack(channels(p)[:3]).astype(np.int32)


def weigh(m: npt.NDArray[np.int32], c: I32) -> I32:
    """Return the weighted sum of R, G and B."""
    return m[0] * c[0] + m[1] * c[1] + m[2] * c[2]


def luma_of(params: np.void, c: I32) -> U32:
    """Return Y."""
    return ((weigh(params["luma"], c) + params["luma"][3] + 0x8000) >> 16).astype(np.uint8)


def chroma_of(m: npt.NDArray[np.int32], c: I32) -> U32:
    """Return U or V of the sum of eight pixels."""
    return np.clip((weigh(m, c) + m[3] * 8 + 0x40000) >> 19, 0, 255).astype(np.uint8)


def execute(params: np.void, image: U32) -> npt.NDArray[np.uint8]:
    """Return the NV12 bytes of `image` over `color[0]`.

    Args:
        params: the shader's `Params`, as `quantise.nv12_params` gives it.
        image: (H, W) uint32, premultiplied.

    Returns:
        (rows, stride) uint8: the Y rows, their number made even, then half as many rows of U and V in turn.
    """
    stride = int(params["size"][2]) * 4
    rows = int(params["size"][3]) // int(params["size"][2])
    x = np.arange(-1, stride, dtype=np.int32)[None, :]
    y = np.arange(rows, dtype=np.int32)[:, None]
    c = flat_pixels(params, image, x, y)
    both = c[:, 0::2] + c[:, 1::2]
    # Chroma is sited at even columns, between the rows: weights [1, 2, 1] by [1, 1].
    sums = both[:, :, 0:-2:2] + 2 * both[:, :, 1:-1:2] + both[:, :, 2::2]
    out = np.empty((rows + rows // 2, stride), np.uint8)
    out[:rows] = luma_of(params, c[:, :, 1:])
    out[rows:, 0::2] = chroma_of(params["u"], sums)
    out[rows:, 1::2] = chroma_of(params["v"], sums)
    return out
