"""Put a surface over an opaque colour. Twin of shaders/output/flatten.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.blend import blend_normal
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["execute"]


def execute(params: np.void, image: U32) -> U32:
    """Return `image` over `color[0]`.

    Args:
        params: the shader's `Params`; `size` is that of the image.
        image: (H, W) uint32, premultiplied.

    Returns:
        (H, W) uint32, opaque.
    """
    width, height = int(params["size"][0]), int(params["size"][1])
    return blend_normal(image[:height, :width], params["color"][:1])
