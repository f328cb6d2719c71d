"""What `wavyte plan` shows beside the ops: a frame's render units, and what of its plan runs after the frames before."""

from __future__ import annotations

from collections.abc import Sequence

from wavyte_gpu.compile.plan import RenderPlan
from wavyte_gpu.eval.effects import EffectStep
from wavyte_gpu.eval.graph import EvaluatedGraph, MaskStep, Step
from wavyte_gpu.ops.registry import BLENDS

__all__ = ["reuse_text", "units_text"]


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


def reuse_text(plan: RenderPlan, names: Sequence[str], ops: int) -> str:
    """Return which parts are drawn again and which surfaces are kept.

    Args:
        plan: of the frame after those before it. ops: how many the frame's plan has that draws everything.
    """
    lines = [f"after the frames before: {len(plan.ops)} ops run instead of {ops}"]
    for op in plan.ops:
        if op.output in plan.roots and op.init:
            x0, y0, x1, y1 = op.region
            lines.append(f"  redraws {x0} {y0} {x1} {y1}")
    for surface in plan.surfaces:
        name = plan.slots[surface.slot].name
        if surface.held and name.startswith("node "):
            x0, y0, x1, y1 = surface.bounds
            lines.append(f"  keeps {names[int(name[5:])]} {x0} {y0} {x1} {y1}")
    return "\n".join(lines) + "\n"
