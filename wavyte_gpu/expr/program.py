"""The bytecode of all expressions of a composition: one graph of scalar instructions, built, folded and put in order.

Instructions of all expressions that do the same operation and are ready at the same time form one step, which the machine
runs as one array operation; so the number of steps does not grow with the number of expressions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from wavyte_gpu.expr.names import Input
from wavyte_gpu.expr.opcodes import COSTLY, DIVISIONS, Op
from wavyte_gpu.expr.ops import apply

__all__ = ["Guard", "Operand", "Program", "ProgramBuilder", "Step"]

I32 = npt.NDArray[np.int32]
Register = int
_Kind = tuple[Op, tuple[bool, ...]]  # the operation, and which operands no frame changes
_COMMUTATIVE = frozenset({Op.ADD, Op.MUL, Op.MIN, Op.MAX, Op.EQUAL})


@dataclass(frozen=True, slots=True)
class Guard:
    """A division counts only where the branches around it are taken: `register` is non-zero (or zero), and the outer guard holds."""

    register: Register
    taken: bool
    outer: int


@dataclass(frozen=True, slots=True)
class _Instruction:
    op: Op
    args: tuple[Register, ...]
    expression: int = -1
    guard: int = -1


@dataclass(slots=True)
class ProgramBuilder:
    """Collects registers: constants, inputs and instructions. Equal ones are one register; what is constant is folded."""

    _values: dict[Register, float] = field(default_factory=dict)
    _inputs: dict[Register, Input] = field(default_factory=dict)
    _fixed: set[Register] = field(default_factory=set)  # inputs that no frame changes
    _instructions: dict[Register, _Instruction] = field(default_factory=dict)
    _known: dict[object, Register] = field(default_factory=dict)
    _linked: dict[Register, Register] = field(default_factory=dict)
    guards: list[Guard] = field(default_factory=list)
    expressions: int = 0
    _count: int = 0

    def _new(self) -> Register:
        self._count += 1
        return self._count - 1

    def constant(self, value: float) -> Register:
        """Return the register of a constant."""
        key = ("constant", np.float64(value).tobytes())
        if key not in self._known:
            self._known[key] = self._new()
            self._values[self._known[key]] = float(value)
        return self._known[key]

    def input(self, name: Input, *, fixed: bool = False) -> Register:
        """Return the register of a scalar that is known when frames are evaluated.

        Args:
            fixed: it is the same in all frames.
        """
        key = ("input", name)
        if key not in self._known:
            register = self._known[key] = self._new()
            self._inputs[register] = name
            if fixed:
                self._fixed.add(register)
        return self._known[key]

    def link(self, name: Input, register: Register) -> None:
        """Let a name stand for a register, wherever it is read."""
        self._linked[self.input(name)] = register

    def reads(self, register: Register) -> list[Input]:
        """Return the inputs that a register depends on, without what links add."""
        seen, stack, out = set(), [register], []
        while stack:
            at = stack.pop()
            if at in seen:
                continue
            seen.add(at)
            if at in self._inputs:
                out.append(self._inputs[at])
            elif at in self._instructions:
                stack += self._instructions[at].args
        return out

    def value(self, register: Register) -> float | None:
        """Return the value of a register that is constant."""
        return self._values.get(register)

    def emit(self, op: Op, *args: Register, expression: int = -1, guard: int = -1) -> Register:
        """Return the register of an operation on registers. Divisions that are counted name their expression and guard."""
        if op in _COMMUTATIVE:
            args = tuple(sorted(args, key=lambda r: (r in self._values or r in self._fixed, r)))
        values = [self._values.get(a) for a in args]
        if op is Op.SELECT and values[0] is not None:
            return args[1] if values[0] != 0.0 else args[2]
        counted = op in DIVISIONS and expression >= 0
        if None not in values and not (counted and values[1] == 0.0):
            with np.errstate(all="ignore"):
                folded = apply(op, [np.array([v], dtype=np.float64) for v in values])
            return self.constant(float(folded[0]))
        made = _Instruction(op, args, expression if counted else -1, guard if counted else -1)
        if made not in self._known:
            self._known[made] = self._new()
            self._instructions[self._known[made]] = made
        return self._known[made]

    def emit_finite(self, register: Register) -> Register:
        """Return the register as a result: 0 where it is not finite."""
        return self.emit(Op.FINITE, register)

    def guard(self, register: Register, taken: bool, outer: int) -> int:
        """Return a new guard's index."""
        self.guards.append(Guard(register, taken, outer))
        return len(self.guards) - 1

    def build(self, outputs: Sequence[Register]) -> Program:
        """Freeze what the outputs need, in order."""
        return _Scheduler(self, outputs).run()


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """Where a step reads: fixed values, rows of the register file that follow each other, or rows gathered.

    Attributes:
        fixed, rows: (G,) int32, one of them, or None. first, last: the rows, where both are None.
    """

    fixed: I32 | None
    rows: I32 | None
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One operation for G instructions, whose results go to rows [first, last) of the register file.

    Attributes:
        expressions, guards: (G,) int32 of counted divisions, -1 elsewhere; None where there are none.
    """

    op: Op
    args: tuple[Operand, ...]
    first: int
    last: int
    expressions: I32 | None = None
    guards: I32 | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Immutable bytecode.

    Attributes:
        constants: (K,) float64, the constant pool: the first K fixed values. fixed_inputs follow them.
        varying: the inputs that differ from frame to frame: the first rows of the register file.
        steps: in order. rows: of the register file.
        outputs: (X,) int32, rows; or where negative, -1 - index of a fixed value.
        guards: with rows, negative for fixed values as above. expressions: how many.
    """

    constants: npt.NDArray[np.float64]
    fixed_inputs: tuple[Input, ...]
    varying: tuple[Input, ...]
    steps: tuple[Step, ...]
    rows: int
    outputs: I32
    guards: tuple[Guard, ...]
    expressions: int


class _Scheduler:
    """Puts instructions in order: cheap operations first, so that costly ones gather in few steps."""

    def __init__(self, builder: ProgramBuilder, outputs: Sequence[Register]) -> None:
        self.b = builder
        self.outputs = [self._target(r) for r in outputs]
        self.instructions = {
            r: replace(m, args=tuple(self._target(a) for a in m.args)) for r, m in builder._instructions.items()
        }
        self.live = self._reachable()
        fixed = [r for r in self.live if r in builder._values]
        inputs = [r for r in self.live if r in builder._inputs]
        bound = [r for r in inputs if r in builder._fixed]
        self.varying = [r for r in inputs if r not in builder._fixed]
        self.fixed = {r: i for i, r in enumerate([*fixed, *bound])}
        self.row = {r: i for i, r in enumerate(self.varying)}
        self.constants = np.array([builder._values[r] for r in fixed], dtype=np.float64)
        self.fixed_inputs = tuple(builder._inputs[r] for r in bound)

    def _target(self, register: Register) -> Register:
        return self.b._linked.get(register, register)

    def _reachable(self) -> list[Register]:
        """Return the registers that outputs need, ascending."""
        seen: set[Register] = set()
        guards: set[int] = set()
        stack = list(self.outputs)
        while stack:
            register = stack.pop()
            if register in seen:
                continue
            seen.add(register)
            made = self.instructions.get(register)
            if made is None:
                continue
            stack += made.args
            guard = made.guard
            while guard >= 0 and guard not in guards:
                guards.add(guard)
                stack.append(self._target(self.b.guards[guard].register))
                guard = self.b.guards[guard].outer
        return sorted(seen)

    def run(self) -> Program:
        """Return the program."""
        instructions = {r: self.instructions[r] for r in self.live if r in self.instructions}
        users: dict[Register, list[Register]] = defaultdict(list)
        waiting: dict[Register, int] = {}
        ready: dict[_Kind, list[Register]] = defaultdict(list)
        kind = {r: (m.op, tuple(a in self.fixed for a in m.args)) for r, m in instructions.items()}
        for register, made in instructions.items():
            needs = {a for a in made.args if a in instructions}
            waiting[register] = len(needs)
            for need in needs:
                users[need].append(register)
            if not needs:
                ready[kind[register]].append(register)
        steps: list[Step] = []
        while ready:
            chosen = max(ready, key=lambda k: (k[0] not in COSTLY, len(ready[k]), -k[0], k[1]))
            group = ready.pop(chosen)
            steps.append(self._step(chosen, [instructions[r] for r in group], group))
            for register in group:
                for user in users[register]:
                    waiting[user] -= 1
                    if waiting[user] == 0:
                        ready[kind[user]].append(user)
        return Program(
            constants=self.constants,
            fixed_inputs=self.fixed_inputs,
            varying=tuple(self.b._inputs[r] for r in self.varying),
            steps=tuple(steps),
            rows=len(self.row),
            outputs=np.array([self._place(r) for r in self.outputs], dtype=np.int32),
            guards=tuple(Guard(self._place(self._target(g.register)), g.taken, g.outer) for g in self.b.guards),
            expressions=self.b.expressions,
        )

    def _place(self, register: Register) -> int:
        if register in self.fixed:
            return -1 - self.fixed[register]
        return self.row.get(register, 0)  # a guard of a dead division has no row

    def _step(self, kind: _Kind, made: list[_Instruction], group: list[Register]) -> Step:
        first = len(self.row)
        by_place = sorted(range(len(made)), key=lambda i: [self._place(a) for a in made[i].args])
        made = [made[i] for i in by_place]
        for i, at in enumerate(by_place):
            self.row[group[at]] = first + i
        counted = any(m.expression >= 0 for m in made)
        return Step(
            kind[0],
            tuple(self._operand([m.args[i] for m in made], is_fixed) for i, is_fixed in enumerate(kind[1])),
            first,
            first + len(group),
            np.array([m.expression for m in made], dtype=np.int32) if counted else None,
            np.array([m.guard for m in made], dtype=np.int32) if counted else None,
        )

    def _operand(self, registers: list[Register], is_fixed: bool) -> Operand:
        if is_fixed:
            return Operand(np.array([self.fixed[r] for r in registers], dtype=np.int32), None)
        rows = np.array([self.row[r] for r in registers], dtype=np.int32)
        if (np.diff(rows) == 1).all():
            return Operand(None, None, int(rows[0]), int(rows[-1]) + 1)
        return Operand(None, rows)
