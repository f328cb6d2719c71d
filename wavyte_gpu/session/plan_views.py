"""What `wavyte plan` shows beside the ops: a frame's render units, and what of its plan runs after the frames before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wavyte_gpu.compile.plan import Op, RenderPlan
from wavyte_gpu.eval.effects import EffectStep
from wavyte_gpu.eval.graph import EvaluatedGraph, MaskStep, Step
from wavyte_gpu.ops.registry import BLENDS

__all__ = ["reuse_json", "reuse_text", "units_text"]


def units_text(graph: EvaluatedGraph, names: Sequence[str]) -> str:
    """Return a frame's units as an indented list. `names` are node ids."""
    lines = [f"frame {graph.frame}"]
    stack = [(unit, 0) for unit in reversed(graph.units)]
    while stack:
        unit, depth = stack.pop()
        what = "leaf" if unit.row >= 0 else "isolated"
        line = f"{'  ' * depth}unit {names[unit.node]} {what} {BLENDS[unit.blend]} opacity {unit.opacity:.9g}"
        sweeps = [f"pair {unit.pair.shape}"] if unit.pair is not None else []
        lines.append(" ".join([line, *sweeps, *map(_step_name, unit.steps)]))
        stack += [(inner, depth + 1) for inner in reversed(unit.units)]
    return "\n".join(lines) + "\n"


def _step_name(step: Step) -> str:
    if isinstance(step, MaskStep):
        return "mask"
    return type(step.stage).__name__.lower() if isinstance(step, EffectStep) else f"sweep {step.shape}"


def reuse_json(full: RenderPlan, after: RenderPlan, names: Sequence[str]) -> dict[str, Any]:
    """Return what a frame needs after the frames before it.

    Args:
        full: draws all of the frame. after: draws what changed. names: node ids.

    Returns:
        `ops`, how many run; `runs`, those of the ops of `full` of which any layer is drawn, `reuses`, the others; `redraws`, the
        parts of the canvas that are drawn anew; `keeps`, node and bounds of each surface that stays.
    """
    ran = {(*_what(op), node) for op in after.ops for node in op.nodes}
    runs = {op.id for op in full.ops if any((*_what(op), node) in ran for node in _named(op))}
    drawn = {op.output for op in full.ops if op.id in runs}
    runs |= {op.id for op in full.ops if not _named(op) and op.output in drawn}  # they clear what others draw on
    kept = [(after.slots[s.slot].name, s.bounds) for s in after.surfaces if s.held]
    return {
        "ops": len(after.ops),
        "runs": sorted(runs),
        "reuses": [op.id for op in full.ops if op.id not in runs],
        "redraws": [list(op.region) for op in after.ops if op.output in after.roots and (op.init or op.video)],
        "keeps": [[names[int(name[5:])], *bounds] for name, bounds in kept if name.startswith("node ")],
    }


def reuse_text(full: RenderPlan, after: RenderPlan, names: Sequence[str]) -> str:
    """Return `reuse_json` as text."""
    made = reuse_json(full, after, names)
    lines = [f"after the frames before: {made['ops']} ops run instead of {len(full.ops)}"]
    for what in ("runs", "reuses"):
        if made[what]:
            lines.append(f"  {what} op {' '.join(map(str, made[what]))}")
    for what in ("redraws", "keeps"):
        lines += [f"  {what} {' '.join(map(str, item))}" for item in made[what]]
    return "\n".join(lines) + "\n"


def _what(op: Op) -> tuple[int, int, int]:
    return op.kind, op.kernel, op.program


def _named(op: Op) -> list[int]:
    return [node for node in op.nodes if node >= 0]
