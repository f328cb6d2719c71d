"""Mix two surfaces by the weight of a transition. Twin of shaders/passes/mix.wgsl."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wavyte_gpu.ops.shared.head import cut, region, window
from wavyte_gpu.ops.shared.pixel import U32
from wavyte_gpu.ops.shared.transition import WEIGHTS, mix_pixel

__all__ = ["execute"]


def execute(params: np.void, dest: U32, inputs: Sequence[U32], *, shape: str) -> None:
    """Write `outgoing * (255 - w) + incoming * w`, rounded once.

    Args:
        params: the shader's `Params`.
        dest: (H, W) uint32, written in place.
        inputs: the outgoing and the incoming side, (h, w) uint32, premultiplied.
        shape: a key of `shared.transition.WEIGHTS`.
    """
    x0, y0, x1, y1 = region(params)
    x = np.arange(x0, x1, dtype=np.int32)[None, :]
    y = np.arange(y0, y1, dtype=np.int32)[:, None]
    a = cut(params, inputs, 0, x0, y0, x1, y1) & params["sides"][0]
    b = cut(params, inputs, 1, x0, y0, x1, y1) & params["sides"][1]
    window(params, dest)[...] = mix_pixel(a, b, WEIGHTS[shape](params["weight"], x, y))
