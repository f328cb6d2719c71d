"""The virtual machine: runs a program for a batch of frames, or for one, as array operations over instructions and frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavyte_gpu.expr.names import Input
from wavyte_gpu.expr.opcodes import Op
from wavyte_gpu.expr.ops import apply
from wavyte_gpu.expr.program import Operand, Program, Step
from wavyte_gpu.expr.tape import Tape, cut

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


_CHUNK = 2**18  # registers times frames that are computed at once: they stay in the cache


@dataclass(frozen=True, slots=True, eq=False)
class BoundProgram:
    """A program with the values that no frame changes. Holds no state between runs, so threads may share it.

    Attributes:
        code: the program's steps, narrow ones as tapes. fixed: (K,) float64.
    """

    program: Program
    code: tuple[Step | Tape, ...]
    fixed: F64

    @classmethod
    def bind(cls, program: Program, value: Callable[[Input], float]) -> BoundProgram:
        """Bind the fixed inputs."""
        bound = np.array([value(name) for name in program.fixed_inputs], dtype=np.float64)
        return cls(program, cut(program.steps), np.concatenate([program.constants, bound]))

    def run(self, varying: F64) -> tuple[F64, I64 | None]:
        """Run for F frames.

        Args:
            varying: (I, F) float64, the varying inputs in the program's order.

        Returns:
            (X, F) float64 results, and (E, F) int64 divisions by zero of each expression, or None where there are none.
        """
        frames = varying.shape[1]
        size = max(1, _CHUNK // max(self.program.rows, 1))
        if frames <= size:
            return self._run(varying)
        parts = [self._run(varying[:, at : at + size]) for at in range(0, frames, size)]
        outputs = np.concatenate([part[0] for part in parts], axis=1)
        if all(part[1] is None for part in parts):
            return outputs, None
        e = self.program.expressions
        counts = [np.zeros((e, out.shape[1]), dtype=np.int64) if count is None else count for out, count in parts]
        return outputs, np.concatenate(counts, axis=1)

    def _run(self, varying: F64) -> tuple[F64, I64 | None]:
        p = self.program
        rows = np.empty((p.rows, varying.shape[1]))
        rows[: len(varying)] = varying
        zeros: list[tuple[Step, npt.NDArray[np.bool_]]] = []
        with np.errstate(all="ignore"):
            for step in self.code:
                if isinstance(step, Tape):
                    step.run(rows, self.fixed)
                    for inner in step.counted:
                        self._find_zeros(inner, self._read(inner.args[1], rows), zeros)
                    continue
                args = [self._read(a, rows) for a in step.args]
                direct = _DIRECT.get(step.op)
                if direct is not None:
                    direct(*args, out=rows[step.first : step.last])
                    continue
                rows[step.first : step.last] = apply(step.op, args)
                if step.expressions is not None:
                    self._find_zeros(step, args[1], zeros)
        outputs = self._rows(p.outputs, rows)
        return outputs, self._count(zeros, rows) if zeros else None

    def _find_zeros(self, step: Step, divisor: F64, zeros: list[tuple[Step, npt.NDArray[np.bool_]]]) -> None:
        zero = divisor == 0.0
        if zero.any():
            zeros.append((step, zero))

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
                active = np.repeat(zero[i], rows.shape[1] // zero.shape[1])
                guard = int(step.guards[i])
                while guard >= 0 and active.any():
                    g = p.guards[guard]
                    active &= (self._rows(np.array([g.register], dtype=np.int32), rows)[0] != 0.0) == g.taken
                    guard = g.outer
                if step.expressions[i] >= 0:
                    counts[step.expressions[i]] += active
        return counts if counts.any() else None
