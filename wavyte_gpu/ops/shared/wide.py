"""Texels of the three surface formats as 8.8 fixed point: sums of them, rounded once. Twin of shaders/shared/wide.wgsl."""

from __future__ import annotations

from typing import Any

import numpy as np

from wavyte_gpu.ops.shared.head import Array
from wavyte_gpu.ops.shared.pixel import channels, pack

__all__ = ["from_wide", "is_alpha", "to_wide"]


def is_alpha(surface: Array) -> bool:
    """Tell whether a surface holds an alpha in 8.8."""
    return surface.dtype == np.uint16 and surface.ndim == 2


def to_wide(image: Array, alpha: bool) -> Any:
    """Return channels in 8.8, (h, w, 4) uint32; with `alpha` that channel alone, (h, w)."""
    if image.dtype == np.uint16:
        return image.astype(np.uint32)
    if alpha:
        return (image >> 24) << 8
    return np.stack(channels(image), axis=-1) << 8


def from_wide(dest: Array, total: Any, bits: int) -> None:
    """Write sums of weight 2^bits to `dest`, in its format."""
    if dest.dtype == np.uint16:
        dest[...] = (total + np.uint32((1 << bits) >> 1)) >> bits
    else:
        c = (total + np.uint32((256 << bits) >> 1)) >> (bits + 8)
        dest[...] = pack(*np.moveaxis(c, -1, 0))
