"""A checked expression to instructions on scalars. One loop over the arena."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wavyte_gpu.expr.check import Typed
from wavyte_gpu.expr.errors import Fault
from wavyte_gpu.expr.functions import FUNCTIONS, OPERATORS, Value
from wavyte_gpu.expr.names import Input
from wavyte_gpu.expr.opcodes import DIVISIONS, Op
from wavyte_gpu.expr.program import ProgramBuilder
from wavyte_gpu.expr.syntax import Form

__all__ = ["lower"]


@dataclass(slots=True)
class _Emitter:
    """Emits for one node: its divisions carry the expression and the branches around it."""

    builder: ProgramBuilder
    expression: int
    of_seed: int
    at: int = 0
    guard: int = -1

    def emit(self, op: Op, *args: int) -> int:
        if op in DIVISIONS:
            return self.builder.emit(op, *args, expression=self.expression, guard=self.guard)
        return self.builder.emit(op, *args)

    def divide(self, a: int, b: int) -> int:
        return self.builder.emit(Op.DIV, a, b)

    def constant(self, value: float) -> int:
        return self.builder.constant(value)

    def seed(self) -> tuple[int, int]:
        return self.constant(float(self.of_seed & 0xFFFFFFFF)), self.constant(float(self.of_seed >> 32))

    def check_range(self, low: int, high: int) -> None:
        a, b = self.builder.value(low), self.builder.value(high)
        if a is not None and b is not None and a > b:
            text = "the lower bound of `clamp` is above the upper"
            raise Fault(self.at, text, found=f"{a:g} > {b:g}", allowed="low <= high", code="range")


def lower(typed: Typed, builder: ProgramBuilder, source: Callable[[ProgramBuilder, Input], int], seed: int) -> Value:
    """Add an expression to a program.

    Args:
        typed: of a type that is no text, no list and not ANY.
        source: the register of an input that a name stands for.
        seed: the composition's, for `random` and `noise`.

    Returns:
        One register a component of the value.

    Raises:
        Fault: a constant argument is out of its range.
    """
    arena = typed.arena
    outer = _branches(typed)
    made: dict[tuple[int, bool], int] = {}
    values: list[Value] = []
    emitter = _Emitter(builder, builder.expressions, seed)
    builder.expressions += 1

    def guard(i: int) -> int:
        """Return the guard of a node, made from its branch outwards."""
        chain = []
        branch = outer[i]
        while branch is not None and branch[:2] not in made:
            chain.append(branch)
            branch = outer[branch[2]]
        at = made[branch[:2]] if branch is not None else -1
        for condition, taken, _ in reversed(chain):
            at = made[condition, taken] = builder.guard(values[condition][0], taken, at)
        return at

    for i, node in enumerate(arena):
        args = [values[a] for a in node.args]
        match node.form:
            case Form.NUMBER:
                values.append((builder.constant(node.value),))
            case Form.PATH:
                parts = typed.symbols[i].parts
                values.append(tuple(builder.constant(p) if isinstance(p, float) else source(builder, p) for p in parts))
            case Form.MEMBER:
                values.append((args[0][("xy" if len(args[0]) == 2 else "rgba").index(node.name)],))
            case Form.NEGATE:
                values.append(tuple(builder.emit(Op.NEG, a) for a in args[0]))
            case Form.NOT:
                values.append((builder.emit(Op.SUB, builder.constant(1.0), args[0][0]),))
            case Form.CALL:
                emitter.at = node.at
                emitter.guard = guard(i) if outer[i] is not None else -1
                function = OPERATORS.get(node.name) or FUNCTIONS[node.name]
                values.append(function.lower(emitter, args))
    return values[-1]


_Branch = tuple[int, bool, int]  # the condition's node, which way, the node that branches


def _branches(typed: Typed) -> list[_Branch | None]:
    """Return for each node the innermost branch that it lies in."""
    outer: list[_Branch | None] = [None] * len(typed.arena)
    for i in range(len(typed.arena) - 1, -1, -1):
        node = typed.arena[i]
        for place, arg in enumerate(node.args):
            outer[arg] = outer[i]
            if node.name == "if" and place > 0:
                outer[arg] = (node.args[0], place == 1, i)
            elif node.name in ("&&", "||") and place == 1:
                outer[arg] = (node.args[0], node.name == "&&", i)
    return outer
