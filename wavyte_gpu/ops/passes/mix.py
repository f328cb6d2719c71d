"""Mix two surfaces by the weight of a transition. Twin of shaders/passes/mix.wgsl."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.pixel import U32
from wavyte_gpu.ops.shared.pixelwise import run
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

    def pixel(x: I32, y: I32, outgoing: U32, incoming: U32) -> U32:
        w = WEIGHTS[shape](params["weight"], x, y)
        return mix_pixel(outgoing & params["sides"][0], incoming & params["sides"][1], w)

    run(params, dest, inputs, pixel)
