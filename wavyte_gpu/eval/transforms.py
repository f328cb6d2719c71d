"""Step 4 of evaluation: local and world transforms, as rows [a c e; b d f] that map (x, y, 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from wavyte_gpu.eval.properties import lane_values
from wavyte_gpu.foundation import detmath
from wavyte_gpu.foundation.enums import Lane
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["compose", "local_transforms", "moved_inside", "world_transforms"]

F64 = npt.NDArray[np.float64]

_LANES = (
    Lane.TRANSLATE_X,
    Lane.TRANSLATE_Y,
    Lane.ROTATION_RAD,
    Lane.SCALE_X,
    Lane.SCALE_Y,
    Lane.ANCHOR_X,
    Lane.ANCHOR_Y,
    Lane.SKEW_X,
    Lane.SKEW_Y,
)


def local_transforms(ir: CompositionIR, tracks: F64, box: F64, origin: F64 | None = None) -> F64:
    """Return `T(translate) R ShearY ShearX S T(-anchor)` of every node; of items of a layout after `T(layout_xy) T(anchor)`.

    Args:
        tracks: (F, T) sampled lanes.
        box: (F or 1, N, 2) content boxes in px; an anchor may be a fraction of it.
        origin: (F or 1, M, 2) where the boxes of the layout table's rows lie, px.

    Returns:
        (F or 1, N, 2, 3) float64; one frame where nothing animates.
    """
    tx, ty, angle, sx, sy, ax, ay, kx, ky = (lane_values(ir, tracks, lane) for lane in _LANES)
    ax = ax + ir.nodes.anchor_fraction[None, :, 0] * box[..., 0]
    ay = ay + ir.nodes.anchor_fraction[None, :, 1] * box[..., 1]
    if angle.any():
        sin, cos = detmath.sincos(angle)
    else:
        sin, cos = angle, np.ones_like(angle)
    if kx.any() or ky.any():
        # ShearY ShearX S = [sx, tan_x sy; tan_y sx, (1 + tan_x tan_y) sy]
        tan_x, tan_y = detmath.tan(kx), detmath.tan(ky)
        m01 = tan_x * sy
        m10 = tan_y * sx
        m11 = (1.0 + tan_x * tan_y) * sy
        a, c = cos * sx - sin * m10, cos * m01 - sin * m11
        b, d = sin * sx + cos * m10, sin * m01 + cos * m11
    else:
        a, b, c, d = cos * sx, sin * sx, 0.0 - sin * sy, cos * sy
    if origin is not None:
        tx, ty = (_placed(ir, t, anchor, origin[..., i]) for i, (t, anchor) in enumerate(((tx, ax), (ty, ay))))
    e, f = tx - (a * ax + c * ay), ty - (b * ax + d * ay)
    out = np.empty((*np.broadcast_shapes(a.shape, e.shape, f.shape), 2, 3))
    for row, col, value in ((0, 0, a), (0, 1, c), (0, 2, e), (1, 0, b), (1, 1, d), (1, 2, f)):
        out[..., row, col] = value
    return out


def _placed(ir: CompositionIR, translate: F64, anchor: F64, origin: F64) -> F64:
    """Return translations with those of the items of a layout moved by the box's origin and the anchor."""
    items = ir.layout.node
    out = np.repeat(translate, max(len(translate), len(anchor), len(origin)) // len(translate), axis=0)
    out[:, items] += origin + anchor[:, items]
    return out


def compose(outer: F64, inner: F64) -> F64:
    """Return `outer * inner` for arrays of (..., 2, 3) transforms. Plain products and sums: the same bits everywhere."""
    out = np.empty(np.broadcast_shapes(outer.shape, inner.shape))
    for row in (0, 1):
        x, y = outer[..., row, 0], outer[..., row, 1]
        out[..., row, 0] = x * inner[..., 0, 0] + y * inner[..., 1, 0]
        out[..., row, 1] = x * inner[..., 0, 1] + y * inner[..., 1, 1]
        out[..., row, 2] = x * inner[..., 0, 2] + y * inner[..., 1, 2] + outer[..., row, 2]
    return out


def moved_inside(local: F64, moves: Sequence[Mapping[int, F64]]) -> F64:
    """Return local transforms after maps of nodes, by frame, that act on their content first; (F, N, 2, 3) where there are any."""
    if not any(moves):
        return local
    out = np.repeat(local, len(moves), axis=0) if len(local) < len(moves) else local.copy()
    for f, frame in enumerate(moves):
        for node, m in frame.items():
            out[f, node] = compose(out[f, node], m)
    return out


def world_transforms(ir: CompositionIR, local: F64, moves: Sequence[Mapping[int, F64]] = ()) -> F64:
    """Return `world = parent_world * local` of every node, the shape of `local`; the root's parent is the scaled canvas.

    Args:
        moves: by frame, none or F: maps (2, 3) of nodes in fractions of their composition's canvas, applied to it after their own.
    """
    moved = {node for frame in moves for node in frame}
    world = np.repeat(local, len(moves), axis=0) if moved and len(local) < len(moves) else local.copy()
    if ir.scale != 1.0:
        world[:, 0] *= ir.scale
    for depth, level in enumerate(ir.nodes.levels):
        if depth:
            world[:, level] = compose(world[:, ir.nodes.parent[level]], local[:, level])
        for node in moved.intersection(level.tolist()) if moved else ():
            for f, frame in enumerate(moves):
                if node in frame:
                    world[f, node] = compose(_on_canvas(ir, world[f], node, frame[node]), world[f, node])
    return world


def _on_canvas(ir: CompositionIR, world: F64, node: int, move: F64) -> F64:
    """Return a map in fractions of the canvas of a node's composition as one of px of the rendered canvas."""
    m = move.copy()
    home = int(ir.nodes.home[node])
    if home < 0:
        m[:, 2] *= (ir.width, ir.height)
        return m
    m[:, 2] *= ir.nodes.canvas[home]
    outer = world[home]
    a, c, e, b, d, f = outer.ravel().tolist()
    det = a * d - b * c
    if det == 0.0:
        return m
    back = np.array([[d, -c, c * f - d * e], [-b, a, b * e - a * f]]) / det
    return compose(compose(outer, m), back)
