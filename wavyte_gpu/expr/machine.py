"""The virtual machine: runs a program for a batch of frames, or for one, as array operations over instructions and frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavyte_gpu.expr.names import Input
from wavyte_gpu.expr.ops import Op, apply
from wavyte_gpu.expr.program import Operand, Program, Step

__all__ = ["BoundProgram"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
_DIRECT = {
    Op.ADD: np.add,
    Op.SUB: np.subtract,
    Op.MUL: np.multiply,
    Op.NEG: np.negative,
    Op.ABS: np.abs,
    Op.FLOOR: np.floor,
    Op.CEIL: np.ceil,
    Op.SQRT: np.sqrt,
}


@dataclass(frozen=True, slots=True, eq=False)
class BoundProgram:
    """A program with the values that no frame changes. Holds no state between runs, so threads may share it.

    Attributes:
        fixed: (K,) float64.
    """

    program: Program
    fixed: F64

    @classmethod
    def bind(cls, program: Program, value: Callable[[Input], float]) -> BoundProgram:
        """Bind the fixed inputs."""
        bound = np.array([value(name) for name in program.fixed_inputs], dtype=np.float64)
        return cls(program, np.concatenate([program.constants, bound]))

    def run(self, varying: F64) -> tuple[F64, I64 | None]:
        """Run for F frames.

        Args:
            varying: (I, F) float64, the varying inputs in the program's order.

        Returns:
            (X, F) float64 results, and (E, F) int64 divisions by zero of each expression, or None where there are none.
        """
        p = self.program
        count = varying.shape[1]
        rows = np.empty((p.rows, count))
        rows[: len(varying)] = varying
        zeros: list[tuple[Step, npt.NDArray[np.bool_]]] = []
        with np.errstate(all="ignore"):
            for step in p.steps:
                args = [self._read(a, rows) for a in step.args]
                direct = _DIRECT.get(step.op)
                if direct is not None:
                    direct(*args, out=rows[step.first : step.last])
                    continue
                rows[step.first : step.last] = apply(step.op, args, p.seed)
                if step.expressions is not None:
                    zero = args[1] == 0.0
                    if zero.any():
                        zeros.append((step, np.broadcast_to(zero, (len(zero), count))))
        outputs = self._rows(p.outputs, rows)
        return outputs, self._count(zeros, rows) if zeros else None

    def _read(self, operand: Operand, rows: F64) -> F64:
        if operand.fixed is not None:
            return self.fixed[operand.fixed][:, None]
        if operand.rows is not None:
            return rows.take(operand.rows, axis=0)
        return rows[operand.first : operand.last]

    def _rows(self, places: npt.NDArray[np.int32], rows: F64) -> F64:
        """Return rows of the file, or fixed values for negative places."""
        out = np.empty((len(places), rows.shape[1]))
        moves = places >= 0
        out[moves] = rows[places[moves]]
        out[~moves] = self.fixed[-1 - places[~moves]][:, None]
        return out

    def _count(self, zeros: list[tuple[Step, npt.NDArray[np.bool_]]], rows: F64) -> I64 | None:
        """Count divisions by zero where the branches around them are taken."""
        p = self.program
        counts = np.zeros((p.expressions, rows.shape[1]), dtype=np.int64)
        for step, zero in zeros:
            assert step.expressions is not None and step.guards is not None
            for i in np.flatnonzero(zero.any(axis=1)):
                active = zero[i].copy()
                guard = int(step.guards[i])
                while guard >= 0 and active.any():
                    g = p.guards[guard]
                    active &= (self._rows(np.array([g.register], dtype=np.int32), rows)[0] != 0.0) == g.taken
                    guard = g.outer
                if step.expressions[i] >= 0:
                    counts[step.expressions[i]] += active
        return counts if counts.any() else None
