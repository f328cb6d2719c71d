"""Runs of narrow steps, such as a chain of expressions that read each other: one instruction after the other.

For one frame the operands are Python floats, for a batch arrays of its frames; the values are those of `ops.KERNELS`, bit for bit.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.expr.opcodes import COSTLY, Op
from wavyte_gpu.expr.ops import apply
from wavyte_gpu.expr.program import Operand, Step

__all__ = ["Tape", "cut"]

F64 = npt.NDArray[np.float64]
_NARROW = 8  # instructions of a step; wider ones pay as array operations
_LENGTH = 4  # steps of a run
_WHOLE = 2.0**52  # from here on floats are whole


def _select(c: float, a: float, b: float) -> float:
    return a if c != 0.0 else b


def _modulo(a: float, b: float) -> float:
    return a % b if b != 0.0 and math.isfinite(a) and math.isfinite(b) else _wrap(Op.MOD)(a, b)


_SCALAR: dict[Op, Callable[..., float]] = {
    Op.ADD: operator.add,
    Op.SUB: operator.sub,
    Op.MUL: operator.mul,
    Op.DIV: lambda a, b: a / b if b != 0.0 else 0.0,
    Op.MOD: _modulo,
    Op.NEG: operator.neg,
    Op.ABS: abs,
    Op.SIGN: lambda a: (a > 0.0) - (a < 0.0) + 0.0 if a == a else a,
    Op.FLOOR: lambda a: math.copysign(float(math.floor(a)), a) if -_WHOLE < a < _WHOLE else a,
    Op.CEIL: lambda a: math.copysign(float(math.ceil(a)), a) if -_WHOLE < a < _WHOLE else a,
    Op.SQRT: lambda a: math.sqrt(a) if a >= 0.0 else math.nan,
    Op.MIN: lambda a, b: (a if a < b or a != a else b) + 0.0,
    Op.MAX: lambda a, b: (a if a > b or a != a else b) + 0.0,
    Op.LESS: lambda a, b: 1.0 if a < b else 0.0,
    Op.AT_MOST: lambda a, b: 1.0 if a <= b else 0.0,
    Op.EQUAL: lambda a, b: 1.0 if a == b else 0.0,
    Op.SELECT: _select,
    Op.FINITE: lambda a: a + 0.0 if a - a == 0.0 else 0.0,
}


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """Instructions in order, on a list of values: rows read from outside, fixed values, then one result each.

    Attributes:
        rows, fixed: (R,) and (K,) int32, what the list begins with.
        code: for each instruction its operation and the places of its operands.
        scalar: the same as functions of floats, with -1 for operands that it has not.
        first, last: the rows that the results are.
        counted: the steps whose divisions are counted.
    """

    rows: npt.NDArray[np.int32]
    fixed: npt.NDArray[np.int32]
    code: tuple[tuple[Op, tuple[int, ...]], ...]
    scalar: tuple[tuple[Callable[..., float], int, int, int], ...]
    first: int
    last: int
    counted: tuple[Step, ...]

    def run(self, rows: F64, fixed: F64) -> None:
        """Fill the rows of the results."""
        outside = fixed[self.fixed].tolist()
        if rows.shape[1] == 1:
            values: list[Any] = rows[self.rows, 0].tolist() + outside
            add = values.append
            for do, a, b, c in self.scalar:
                if b < 0:
                    add(do(values[a]))
                elif c < 0:
                    add(do(values[a], values[b]))
                else:
                    add(do(values[a], values[b], values[c]))
            rows[self.first : self.last, 0] = values[len(self.rows) + len(outside) :]
            return
        values = [*rows[self.rows], *np.array(outside).reshape(-1, 1)]
        for op, args in self.code:
            values.append(apply(op, [values[a] for a in args]))
        for row, value in enumerate(values[len(self.rows) + len(outside) :], self.first):
            rows[row] = value


def _wrap(op: Op) -> Callable[..., float]:
    """Return an array operation for floats."""
    return lambda *args: float(apply(op, [np.array([a]) for a in args])[0])


def cut(steps: tuple[Step, ...]) -> tuple[Step | Tape, ...]:
    """Return the steps, runs of narrow ones as tapes."""
    out: list[Step | Tape] = []
    for narrow, run in groupby(steps, _is_narrow):
        listed = list(run)
        out += [_tape(listed)] if narrow and len(listed) >= _LENGTH else listed
    return tuple(out)


def _is_narrow(step: Step) -> bool:
    return step.last - step.first <= (1 if step.op in COSTLY else _NARROW)


def _tape(steps: list[Step]) -> Tape:
    first, last = steps[0].first, steps[-1].last
    read: list[list[tuple[bool, int]]] = []  # of each instruction: whether the operand is fixed, and its place
    ops: list[Op] = []
    for step in steps:
        columns = [_places(arg) for arg in step.args]
        ops += [step.op] * (step.last - step.first)
        read += [list(operands) for operands in zip(*columns, strict=True)]
    rows = sorted({p for operands in read for fixed, p in operands if not fixed and not first <= p < last})
    fixed = sorted({p for operands in read for is_fixed, p in operands if is_fixed})
    place = {(False, p): i for i, p in enumerate(rows)}
    place |= {(True, p): len(rows) + i for i, p in enumerate(fixed)}
    start = len(place)
    place |= {(False, p): start + p - first for p in range(first, last)}
    code = tuple((op, tuple(place[o] for o in operands)) for op, operands in zip(ops, read, strict=True))
    return Tape(
        np.array(rows, dtype=np.int32),
        np.array(fixed, dtype=np.int32),
        code,
        tuple(_scalar(op, args) for op, args in code),
        first,
        last,
        tuple(step for step in steps if step.expressions is not None),
    )


def _scalar(op: Op, args: tuple[int, ...]) -> tuple[Callable[..., float], int, int, int]:
    a, b, c = (*args, -1, -1)[:3]
    return _SCALAR.get(op) or _wrap(op), a, b, c


def _places(arg: Operand) -> list[tuple[bool, int]]:
    if arg.fixed is not None:
        return [(True, int(i)) for i in arg.fixed]
    rows = range(arg.first, arg.last) if arg.rows is None else arg.rows.tolist()
    return [(False, row) for row in rows]
