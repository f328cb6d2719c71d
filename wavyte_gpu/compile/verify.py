"""Checks every finished plan: one writer per surface version, dependencies complete, bounds inside surfaces, lifetimes right."""

from __future__ import annotations

from wavyte_gpu.compile.plan import NO_KERNEL, RenderPlan
from wavyte_gpu.foundation.errors import WavyteError
from wavyte_gpu.foundation.rect import Rect

__all__ = ["PlanError", "verify_plan"]


class PlanError(WavyteError):
    """A plan breaks its own rules: a fault of the compiler, never of the document."""

    code = "plan"


def verify_plan(plan: RenderPlan) -> None:
    """Raise PlanError unless the plan is sound. Linear in ops."""
    writer = [-1] * len(plan.surfaces)  # the op that wrote a surface last
    holder = [-1] * len(plan.slots)  # the surface that lives in a slot
    filled: dict[int, list[Rect]] = {}  # of surfaces that videos are filling: the parts that are done
    held = -2  # written in an earlier frame
    for s, surface in enumerate(plan.surfaces):
        if surface.held:
            writer[s], holder[surface.slot] = held, s
    for op in plan.ops:
        here = f"op {op.id}"
        out = plan.surfaces[op.output]
        if op.region.empty or not out.bounds.contains(op.region):
            raise PlanError(f"{here}: region {tuple(op.region)} is not inside its surface {tuple(out.bounds)}")
        needed = {writer[s] for s in op.inputs} | (set() if op.init else {writer[op.output]})
        if -1 in needed:
            raise PlanError(f"{here} reads a surface that nothing wrote")
        needed.discard(held)
        if needed != set(op.deps):
            raise PlanError(f"{here} depends on {sorted(needed)}, the plan says {list(op.deps)}")
        if op.output in op.inputs:
            raise PlanError(f"{here} reads the surface that it writes")
        if op.init and not out.held and (writer[op.output] >= 0 or (op.region != out.bounds and op.video is None)):
            raise PlanError(f"{here} must start its surface, once and wholly")
        if op.init and not out.held and op.region != out.bounds:
            filled[op.output] = []
        if op.output in filled:
            parts = filled[op.output]
            if op.video is None or any(op.region.touches(part) for part in parts):
                raise PlanError(f"{here} draws on a surface that is not filled yet")
            parts.append(op.region)
            if sum(part.area for part in parts) == out.bounds.area:
                del filled[op.output]
        if any(s in filled for s in op.inputs):
            raise PlanError(f"{here} reads a surface that is not filled yet")
        for s in (op.output, *op.inputs):
            surface = plan.surfaces[s]
            if not surface.first_use <= op.id <= surface.last_use:
                raise PlanError(f"{here} uses surface {s} outside its life [{surface.first_use}, {surface.last_use}]")
            if s == op.output and op.init:
                lodger = holder[surface.slot]
                if lodger >= 0 and lodger != s and plan.surfaces[lodger].last_use >= op.id:
                    raise PlanError(f"{here}: slot {surface.slot} still holds surface {lodger}")
                holder[surface.slot] = s
            elif holder[surface.slot] != s:
                raise PlanError(f"{here}: slot {surface.slot} no longer holds surface {s}")
            slot = plan.slots[surface.slot]
            if (
                surface.bounds.width > slot.width
                or surface.bounds.height > slot.height
                or surface.format.words != slot.words
            ):
                raise PlanError(f"surface {s} does not fit its slot {tuple(slot)}")
        records = plan.records[op.layout] if op.kernel == NO_KERNEL else None
        if op.kernel != NO_KERNEL:
            if op.params is None or not op.init or op.count:
                raise PlanError(
                    f"{here} runs a kernel of its own: it has parameters, no layers, and starts its surface"
                )
        elif records is None or op.first + op.count > len(records):
            raise PlanError(f"{here} has no records")
        writer[op.output] = op.id
    for root in plan.roots:
        if writer[root] == -1 or root in filled:
            raise PlanError("nothing writes the root surface, or not all of it")
