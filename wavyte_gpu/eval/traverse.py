"""Step 6 of evaluation: render units in painter's order, and which nodes need a surface of their own.

A node is isolated, drawn to a surface that is composited once, when it has a mask, an effect, a transition that sweeps over its
pixels, or an opacity below 1 or a blend mode over several parts, as W3C compositing has it. Where that can't be told from drawing
its parts (one part, or parts that do not touch), opacity and blend mode move into the parts. The result is the semantics, decided
before a backend is chosen.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from wavyte_gpu.eval.clips import cut
from wavyte_gpu.eval.effects import FrameEffects
from wavyte_gpu.eval.graph import EvaluatedGraph, FrameBatch, MaskStep, RenderUnit, Step
from wavyte_gpu.eval.part_groups import group_parts
from wavyte_gpu.eval.reveal import LeafRows
from wavyte_gpu.eval.transitions import FrameTransitions
from wavyte_gpu.eval.units import composited, crop, first_row, union
from wavyte_gpu.foundation.enums import Blend, NodeKind
from wavyte_gpu.foundation.rect import rects
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.transitions.definition import Sweep

__all__ = ["build_graph"]


def build_graph(ir: CompositionIR, batch: FrameBatch, at: int) -> EvaluatedGraph:
    """Return the render units of the batch's frame number `at`."""
    leaves = batch.leaves
    first, last = int(leaves.start[at]), int(leaves.start[at + 1])
    opacity = batch.opacity[at if len(batch.opacity) > 1 else 0]
    transitions = batch.transitions[at] if batch.transitions else FrameTransitions()
    effects = batch.effects[at] if batch.effects else FrameEffects()
    row_nodes = leaves.node[first:last]
    scope = ir.nodes.kind != NodeKind.LEAF
    staged = np.zeros(len(scope), dtype=bool)
    staged[_staged(ir, transitions, effects)] = True
    several = staged.copy()
    several[row_nodes[1:][row_nodes[1:] == row_nodes[:-1]]] = True
    scoped = np.flatnonzero(
        batch.visible[at] & (staged | ((scope | several) & ((opacity < 1.0) | (ir.nodes.blend != Blend.NORMAL))))
    )
    alphas = np.where(several, 1.0, opacity)[row_nodes]
    blends = np.where(several, int(Blend.NORMAL), ir.nodes.blend)[row_nodes]
    bounds = rects(leaves.bounds[first:last])
    units = list(map(RenderUnit, row_nodes.tolist(), range(first, last), alphas.tolist(), blends.tolist(), bounds))
    units = group_parts(units, leaves)
    if leaves.reveal is not None:
        units = _revealed(units, leaves.reveal)
    if len(scoped) and units:
        weights = opacity[scoped].tolist()
        nodes = [unit.node for unit in units]
        units = _Scopes(ir, transitions, effects, units, nodes, scoped.tolist(), weights).units()
    return EvaluatedGraph(int(batch.frames[at]), leaves, units, at)


def _staged(ir: CompositionIR, transitions: FrameTransitions, effects: FrameEffects) -> list[int]:
    """Return the nodes that more happens to in this frame than opacity and blend mode, with those that change places."""
    pairs = transitions.pairs
    return [
        *ir.stages.masks,
        *effects.steps,
        *transitions.sweeps,
        *pairs,
        *(b for b, _ in pairs.values()),
        *transitions.above,
    ]


def _revealed(units: list[RenderUnit], reveal: LeafRows) -> list[RenderUnit]:
    """Return the units with the rows of each set of a text's units made one scope of the set's opacity."""
    out: list[RenderUnit] = []
    rows = [first_row(unit) for unit in units]
    groups = reveal.group[rows].tolist()
    first = 0
    while first < len(units):
        unit, last = units[first], first + 1
        if groups[first] >= 0:
            while last < len(units) and units[last].node == unit.node and groups[last] == groups[first]:
                last += 1
        opacity, parts = float(reveal.opacity[rows[first]]), units[first:last]
        out += parts if opacity == 1.0 else composited(unit.node, parts, opacity, unit.blend)
        first = last
    return out


class _Scopes:
    """Turns the leaves of a frame into units, scope by scope: what of a scope folds into its parts, and what is a unit of its own."""

    def __init__(
        self,
        ir: CompositionIR,
        transitions: FrameTransitions,
        effects: FrameEffects,
        leaves: list[RenderUnit],
        nodes: list[int],
        scopes: list[int],
        opacity: list[float],
    ) -> None:
        self._ir = ir
        self._transitions = transitions
        self._effects = effects
        self._leaves = leaves
        self._nodes = nodes
        self._scopes = scopes
        self._opacity = opacity
        self._ends = ir.nodes.subtree_end[scopes].tolist()
        self._blends = ir.nodes.blend[scopes].tolist()

    def units(self) -> list[RenderUnit]:
        return self._collect(0, len(self._leaves), 0, len(self._scopes))

    def _collect(self, lo: int, hi: int, s: int, s_hi: int) -> list[RenderUnit]:
        """Return the leaves [lo, hi) with every scope of [s, s_hi) folded into its parts or made a unit of its own."""
        out: list[RenderUnit] = []
        while s < s_hi:
            node = self._scopes[s]
            out += self._leaves[lo : bisect_left(self._nodes, node, lo, hi)]
            made, lo, after = self._scope(s, lo, hi, s_hi)
            if node in self._transitions.pairs:
                partner, sweep = self._transitions.pairs[node]
                assert self._scopes[after] == partner
                over, lo, after = self._scope(after, lo, hi, s_hi)
                made = self._pair(node, made, partner, over, sweep)
            elif node in self._transitions.above:
                end = int(self._ir.nodes.subtree_end[self._transitions.above[node]])
                stop, inner = bisect_left(self._nodes, end, lo, hi), bisect_left(self._scopes, end, after, s_hi)
                out += self._collect(lo, stop, after, inner)
                lo, after = stop, inner
            out += made
            s = after
        return out + self._leaves[lo:hi]

    def _scope(self, s: int, lo: int, hi: int, s_hi: int) -> tuple[list[RenderUnit], int, int]:
        """Return what scope number s becomes, and where the leaves and the scopes after it begin."""
        node, end = self._scopes[s], self._ends[s]
        lo, stop = bisect_left(self._nodes, node, lo, hi), bisect_left(self._nodes, end, lo, hi)
        after = bisect_left(self._scopes, end, s + 1, s_hi)
        if self._opacity[s] <= 0.0 or stop == lo:
            return [], stop, after
        mask = self._ir.stages.masks.get(node)
        last = end if mask is None else mask.source
        middle, s_middle = bisect_left(self._nodes, last, lo, stop), bisect_left(self._scopes, last, s + 1, after)
        parts = self._collect(lo, middle, s + 1, s_middle)
        weighed_by = self._collect(middle, stop, s_middle, after)
        return self._isolate(s, parts, weighed_by), stop, after

    def _isolate(self, s: int, parts: list[RenderUnit], weighed_by: list[RenderUnit]) -> list[RenderUnit]:
        node, opacity, blend = self._scopes[s], self._opacity[s], self._blends[s]
        mask = self._ir.stages.masks.get(node)
        steps: list[Step] = []
        if mask is not None:
            if not weighed_by and not mask.outside:
                return []
            if weighed_by:
                bounds = union(weighed_by)
                if not mask.outside:
                    parts = crop(parts, bounds)
                steps.append(MaskStep(node, weighed_by, bounds, mask))
        pending = list(self._effects.steps.get(node, ()))
        clipped = False
        while pending and parts and (kept := cut(pending[0], parts)) is not None:
            parts, clipped = kept, True
            del pending[0]
        if not parts:
            return []
        bounds = content = union(parts)
        for step in pending:
            bounds = bounds.grow(step.margins).intersect(step.clip)
            if bounds.empty:
                return []
            steps.append(step)
        steps += self._transitions.sweeps.get(node, ())
        if not steps:
            plain = clipped and opacity == 1.0 and blend == Blend.NORMAL
            if plain and all(part.blend == Blend.NORMAL for part in parts):
                return parts
            return composited(node, parts, opacity, blend)
        return [RenderUnit(node, -1, opacity, blend, bounds, parts, content, tuple(steps))]

    def _pair(
        self, a: int, going: list[RenderUnit], b: int, coming: list[RenderUnit], sweep: Sweep
    ) -> list[RenderUnit]:
        """Return the unit in which b appears while a goes; it has the blend mode of b."""
        blend = int(self._ir.nodes.blend[b])
        sides = [RenderUnit(n, -1, 1.0, Blend.NORMAL, (at := union(u)), u, at) for n, u in ((a, going), (b, coming)) if u]
        if len(sides) == 2:
            bounds = union(sides)
            return [RenderUnit(b, -1, 1.0, blend, bounds, sides, bounds, (), sweep)]
        for side in sides:
            side.blend = blend
            side.steps = (sweep._replace(incoming=side.node == b),)
        return sides
