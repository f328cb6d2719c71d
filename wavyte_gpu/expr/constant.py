"""Expressions that are evaluated once: switches of nodes, counts and lists of repeats, variables of nested compositions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wavyte_gpu.expr.check import check
from wavyte_gpu.expr.errors import Fault, located
from wavyte_gpu.expr.lower import lower
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.expr.names import OPAQUE, Symbol, Type, constant_symbol, json_constant
from wavyte_gpu.expr.program import ProgramBuilder
from wavyte_gpu.expr.syntax import Part
from wavyte_gpu.foundation.colour import Rgba
from wavyte_gpu.foundation.errors import ExpressionError

__all__ = ["Element", "evaluate_constant", "resolve_element", "resolve_variable"]


_ROOTS = ("vars", "item", "index", "count")


@dataclass(frozen=True, slots=True)
class Element:
    """What `item`, `index` and `count` name within one instance of a repeat."""

    item: Any
    index: int
    count: int


def resolve_variable(path: tuple[Part, ...], variables: Mapping[str, Any]) -> Symbol:
    """Return the symbol of `vars.name` among constants.

    Raises:
        Fault: there is none, or it has no value.
    """
    if len(path) < 2:
        raise Fault(path[0].at, "`vars` needs the name of a variable", allowed="vars.name")
    part = path[1]
    if part.name not in variables:
        raise Fault.unknown(part.at, "variable", part.name, variables, "no variable is declared")
    symbol = constant_symbol(variables[part.name], 2)
    if symbol is None:
        raise Fault(part.at, f"the variable '{part.name[:60]}' has no value", hint="set it, or give it a `default`")
    return symbol


def resolve_element(path: tuple[Part, ...], element: Element | None) -> Symbol:
    """Return the symbol of `item`, `index` or `count`, and of the fields of an item.

    Raises:
        Fault: this is no part of a repeat, or the item has no such field.
    """
    first = path[0]
    if element is None:
        raise Fault(first.at, f"`{first.name}` is known inside a `repeat` only")
    if first.name in ("index", "count"):
        return Symbol(Type.F64, (float(element.index if first.name == "index" else element.count),), 1)
    value = element.item
    for used, part in enumerate(path[1:], 2):
        symbol = constant_symbol(json_constant(value), used - 1)
        if symbol is not None:
            return symbol
        if not isinstance(value, dict) or part.name not in value:
            known = value if isinstance(value, dict) else ()
            raise Fault.unknown(part.at, "field of the item", part.name, map(str, known), "it has no fields")
        value = value[part.name]
    symbol = constant_symbol(json_constant(value), len(path))
    if symbol is None:
        allowed = ", ".join(f"{first.name}.{name}" for name in list(value)[:8]) if isinstance(value, dict) else None
        raise Fault(path[-1].at, "this is no value that can be computed with", allowed=allowed)
    return symbol


@dataclass(frozen=True, slots=True)
class _Constants:
    """Knows variables and the element of a repeat."""

    variables: Mapping[str, Any]
    element: Element | None

    def resolve(self, path: tuple[Part, ...]) -> Symbol:
        first = path[0]
        if first.name == "vars":
            return resolve_variable(path, self.variables)
        if first.name in _ROOTS:
            return resolve_element(path, self.element)
        if first.name in ("self", "nodes", "time"):
            what = f"`{first.name}` is not known here: this is evaluated once, when the session starts"
            raise Fault(first.at, what, allowed=", ".join(_ROOTS))
        raise Fault.unknown(first.at, "name", first.name, _ROOTS)


def evaluate_constant(
    source: str,
    variables: Mapping[str, Any],
    *,
    element: Element | None = None,
    seed: int = 0,
    want: Sequence[Type] = (),
    path: str = "",
    node_id: str | None = None,
) -> Any:
    """Return the value of an expression of constants.

    Args:
        source: the text with its `=`.
        variables: by name: float, bool, (x, y) as a tuple, `Rgba`, text, or a list as a `list`; None where none is set.
        element: the instance of the repeat that it stands in.
        seed: the composition's.
        want: the types that it may have; none for any.
        path, node_id: where the document has it, for errors.

    Returns:
        float, bool, (x, y) or `Rgba`; a text or a list where the expression is the bare name of one.

    Raises:
        ExpressionError: it is wrong, with every problem found.
    """
    typed, faults = check(source, _Constants(variables, element), want)
    if typed is None:
        raise ExpressionError([located(source, fault, path, node_id) for fault in faults])
    if typed.type in OPAQUE:
        return typed.symbols[len(typed.arena) - 1].value
    builder = ProgramBuilder()
    try:
        outputs = [builder.emit_finite(r) for r in lower(typed, builder, lambda b, name: b.input(name), seed)]
    except Fault as fault:
        raise ExpressionError(located(source, fault, path, node_id)) from None
    program = BoundProgram.bind(builder.build(outputs), lambda name: 0.0)
    value = program.run(np.zeros((0, 1)))[0][:, 0].tolist()
    match typed.type:
        case Type.BOOL:
            return value[0] != 0.0
        case Type.VEC2:
            return value[0], value[1]
        case Type.COLOUR:
            return Rgba(*value)
        case _:
            return value[0]
