"""Leaf boxes: `size`, `fit` and `align` (semantics of the leaf box in the document's contract)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.eval.properties import lane_values
from wavyte_gpu.foundation.enums import Fit, Lane, SizeMode
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["content_boxes", "fit_content"]

F64 = npt.NDArray[np.float64]


def content_boxes(ir: CompositionIR, tracks: F64, intrinsic: F64) -> F64:
    """Return the content box of every node in px: (F or 1, N, 2).

    Args:
        intrinsic: (F or 1, N, 2) px: the canvas for collections and generated assets, the media's size for the others.
    """
    modes = ir.nodes.size_mode
    if not (modes == SizeMode.LANES).any():
        return _with_canvas(ir, intrinsic)
    width, height = lane_values(ir, tracks, Lane.SIZE_X), lane_values(ir, tracks, Lane.SIZE_Y)
    sized = np.maximum(np.stack(np.broadcast_arrays(width, height), axis=-1), 0.0)
    return np.where((modes == SizeMode.LANES)[None, :, None], sized, _with_canvas(ir, intrinsic))


def _with_canvas(ir: CompositionIR, intrinsic: F64) -> F64:
    return np.where((ir.nodes.size_mode == SizeMode.CANVAS)[:, None], ir.nodes.canvas, intrinsic)


def fit_content(fit: npt.NDArray[np.uint8], align: F64, box: F64, content: F64) -> tuple[F64, F64]:
    """Place content of an intrinsic size in a box.

    Args:
        fit: (L,) Fit. align: (L, 2). box, content: (F, L, 2) px, positive where they are drawn.

    Returns:
        scale and offset, (F, L, 2): box position = content position * scale + offset.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(content > 0, box / content, 0.0)
    least = each.min(axis=-1, keepdims=True)
    most = each.max(axis=-1, keepdims=True)
    kind = fit[None, :, None]
    scale = np.where(kind == Fit.FILL, each, least)
    scale = np.where(kind == Fit.COVER, most, scale)
    scale = np.where(kind == Fit.NONE, 1.0, scale)
    scale = np.where(kind == Fit.SCALE_DOWN, np.minimum(least, 1.0), scale)
    with np.errstate(over="ignore", invalid="ignore"):
        return scale, (box - content * scale) * align[None]
