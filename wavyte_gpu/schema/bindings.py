"""What a reference to a composition knows of it: the variables that it may set, and how long it lasts."""

from __future__ import annotations

from typing import Any

from wavyte_gpu.schema.anim import Expr
from wavyte_gpu.schema.anim_spec import ExprSpec
from wavyte_gpu.schema.document import Composition, peek_clock
from wavyte_gpu.schema.node import CompRef
from wavyte_gpu.schema.reader import BAD, Reader, listing
from wavyte_gpu.schema.scope import time_map_frames
from wavyte_gpu.schema.spec import Json
from wavyte_gpu.schema.variables import Variable, VariableSpec, read_variable_value

__all__ = ["check_bindings", "comp_ref_frames", "read_binding"]


def read_binding(ctx: Reader, raw: Any) -> Any:
    """Return a bound value: an `Expr`, or JSON whose type the variable settles."""
    if isinstance(raw, Expr) or (isinstance(raw, str) and raw.startswith("=")):
        return ExprSpec().read(ctx, raw)
    if isinstance(raw, dict) and raw.keys() == {"expr"}:
        return ExprSpec().read(ctx, raw)
    return Json().read(ctx, raw)


def check_bindings(ctx: Reader, values: dict[str, Any]) -> None:
    """Give every bound value its variable's type; unknown names, wrong values and required ones left out are problems."""
    if ctx.scope is None:
        return
    declared = _declared(ctx, values["composition"])
    if declared is None:
        return
    missing = [n for n, v in declared.items() if v is not None and v.required and n not in values["variables"]]
    if missing:
        text = "the composition needs values for " + listing(missing)
        ctx.error("missing_variable", text, hint='bind them: {"variables": {NAME: value}}', at=("variables",))
    out: dict[str, Any] = {}
    for name, value in values["variables"].items():
        if name not in declared:
            ctx.error(
                "unknown_variable",
                "the composition has no such variable",
                found=name,
                allowed=listing(declared) or "it declares no variable",
                hint=ctx.nearest(name, declared),
                at=("variables", name),
            )
            continue
        variable = declared[name]
        if not isinstance(value, Expr) and variable is not None:
            ctx.parts += ["variables", name]
            outer, ctx.scope = ctx.scope, None
            value = read_variable_value(ctx, variable, value)
            ctx.scope = outer
            del ctx.parts[-2:]
        out[name] = value
    values["variables"] = out


def _declared(ctx: Reader, composition: Any) -> dict[str, Variable | None] | None:
    """Return the variables of a composition, by key or in place; None where it is wrong."""
    if isinstance(composition, Composition):
        return dict(composition.variables)
    found = ctx.scope.find_composition(composition) if ctx.scope is not None and isinstance(composition, str) else None
    if found is None or not isinstance(found[2], dict):
        return None
    definition, raw = found[1], found[2].get("variables", {})
    if definition not in ctx.declared:
        made = {}
        if isinstance(raw, dict):
            for name, item in raw.items():
                variable = VariableSpec().read(Reader({}, {}), item)
                made[name] = variable if isinstance(variable, Variable) and variable.type else None
        ctx.declared[definition] = made
    return ctx.declared[definition]


def comp_ref_frames(ctx: Reader, reference: CompRef) -> int | None:
    """Return how many frames a reference lasts in its parent's clock, or None where that is not known."""
    composition: Any = reference.composition
    if isinstance(composition, str) and ctx.scope is not None:
        found = ctx.scope.find_composition(composition)
        composition = found[2] if found is not None else None
    clock = peek_clock(ctx, composition)
    if clock is None or ctx.fps is None:
        return None
    time = reference.time
    frames = time_map_frames(clock[0], clock[1], ctx.fps, time.offset, time.scale, time.clip)
    return None if frames is BAD else frames
