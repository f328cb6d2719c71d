"""Step 6 of evaluation: render units in painter's order, and which nodes need a surface of their own.

A collection, or a leaf of several parts, with an opacity below 1 or a blend mode composites its content once, as W3C compositing has
it. Where that can't be told from drawing its parts (one part, or parts that do not touch), the opacity and the blend mode move into
the parts. The result is the semantics, decided before a backend is chosen.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from wavyte_gpu.eval.graph import EvaluatedGraph, FrameBatch, RenderUnit
from wavyte_gpu.foundation.enums import Blend, NodeKind
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["FOLD_LIMIT", "build_graph"]

FOLD_LIMIT = 64  # parts; above it a scope is isolated without a search for overlaps


def build_graph(ir: CompositionIR, batch: FrameBatch, at: int) -> EvaluatedGraph:
    """Return the render units of the batch's frame number `at`."""
    leaves = batch.leaves
    first, last = int(leaves.start[at]), int(leaves.start[at + 1])
    opacity = batch.opacity[at if len(batch.opacity) > 1 else 0]
    row_nodes = leaves.node[first:last]
    scope = ir.nodes.kind != NodeKind.LEAF
    several = np.zeros(len(scope), dtype=bool)
    several[row_nodes[1:][row_nodes[1:] == row_nodes[:-1]]] = True
    scoped = np.flatnonzero(
        batch.visible[at] & (scope | several) & ((opacity < 1.0) | (ir.nodes.blend != Blend.NORMAL))
    )
    alphas = np.where(several, 1.0, opacity)[row_nodes]
    blends = np.where(several, int(Blend.NORMAL), ir.nodes.blend)[row_nodes]
    units = [
        RenderUnit(node, row, alpha, blend, Rect(*bounds))
        for row, node, alpha, blend, bounds in zip(
            range(first, last),
            row_nodes.tolist(),
            alphas.tolist(),
            blends.tolist(),
            leaves.bounds[first:last].tolist(),
            strict=True,
        )
    ]
    if len(scoped) and units:
        nodes = row_nodes.tolist()
        ends = ir.nodes.subtree_end[scoped].tolist()
        scopes = list(
            zip(scoped.tolist(), ends, opacity[scoped].tolist(), ir.nodes.blend[scoped].tolist(), strict=True)
        )
        units = _collect(units, nodes, 0, len(units), scopes, 0, len(scopes))
    return EvaluatedGraph(int(batch.frames[at]), leaves, units)


_Scope = tuple[int, int, float, int]  # node, subtree end, opacity, blend


def _collect(
    units: list[RenderUnit], nodes: list[int], lo: int, hi: int, scopes: list[_Scope], s_lo: int, s_hi: int
) -> list[RenderUnit]:
    """Return units [lo, hi) with every scope of [s_lo, s_hi) folded into its parts or made a unit of its own."""
    out: list[RenderUnit] = []
    s = s_lo
    while s < s_hi:
        node, end, opacity, blend = scopes[s]
        inner = bisect_left(scopes, (end,), s + 1, s_hi)
        begin, stop = bisect_left(nodes, node, lo, hi), bisect_left(nodes, end, lo, hi)
        out += units[lo:begin]
        if opacity > 0.0 and stop > begin:
            out += _scope(node, opacity, blend, _collect(units, nodes, begin, stop, scopes, s + 1, inner))
        lo, s = stop, inner
    out += units[lo:hi]
    return out


def _scope(node: int, opacity: float, blend: int, parts: list[RenderUnit]) -> list[RenderUnit]:
    if len(parts) == 1 or (len(parts) <= FOLD_LIMIT and _disjoint(parts)):
        for part in parts:
            # The backdrop inside the scope is transparent here, so the part's own blend mode has nothing to act on.
            part.opacity *= opacity
            part.blend = blend
        return parts
    if not parts:
        return []
    bounds = parts[0].bounds
    for part in parts[1:]:
        bounds = bounds.union(part.bounds)
    return [RenderUnit(node, -1, opacity, blend, bounds, parts)]


def _disjoint(parts: list[RenderUnit]) -> bool:
    for i, part in enumerate(parts):
        a = part.bounds
        for other in parts[:i]:
            b = other.bounds
            if a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1:
                return False
    return True
