"""Give a linear gradient, held at its ends. Twin of shaders/draw/gradient_linear.wgsl."""

from __future__ import annotations

import numpy as np

from wavyte_gpu.ops.shared.affine import I32, affine_at
from wavyte_gpu.ops.shared.gradient import table_entry
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["source"]


def source(p: np.void, x: I32, y: I32, image: U32 | None) -> U32:
    """Return the table's entries at the canvas pixels' centres.

    Args:
        p: the shader's `Params`.
        x, y: canvas pixels, int32 (1, w) and (h, 1).
        image: (H, W) uint32, the page that holds the table.

    Returns:
        (h, w) uint32.
    """
    assert image is not None
    table = p["table"]
    k = affine_at(p["t"], x, y) >> table[3]
    return table_entry(image, table, np.clip(k, 0, (1 << int(table[2])) - 1))
