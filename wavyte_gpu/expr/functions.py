"""The built-in functions and operators: their types, and how each is made of operations on scalars."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from wavyte_gpu.expr.names import Type
from wavyte_gpu.expr.opcodes import Op

__all__ = ["CONSTANTS", "FUNCTIONS", "OPERATORS", "Emitter", "Function", "Value"]

CONSTANTS = {"pi": math.pi, "tau": math.tau, "e": math.e}

Value = tuple[int, ...]
"""The registers of a value, one a component."""


class Emitter(Protocol):
    """What functions are lowered with."""

    def emit(self, op: Op, *args: int) -> int: ...
    def divide(self, a: int, b: int) -> int:
        """A division whose zeros are not counted."""

    def constant(self, value: float) -> int: ...
    def seed(self) -> tuple[int, int]:
        """Return the halves of the composition's seed."""

    def check_range(self, low: int, high: int) -> None:
        """Refuse a constant range that is empty."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Types of arguments, of which the last may repeat, and of the result."""

    args: tuple[Type, ...]
    result: Type
    variadic: bool = False

    def fits(self, count: int) -> bool:
        """Return whether so many arguments may be given."""
        return count == len(self.args) or (self.variadic and count > len(self.args))

    def accepts(self, args: Sequence[Type]) -> bool:
        """Return whether arguments of these types may be given."""
        if not self.fits(len(args)):
            return False
        wanted = self.args + self.args[-1:] * (len(args) - len(self.args))
        return all(a is w or a is Type.ANY for a, w in zip(args, wanted, strict=True))


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how it is written, its signatures, and how it is lowered from the registers of its arguments."""

    usage: str
    signatures: tuple[Signature, ...]
    lower: Callable[[Emitter, list[Value]], Value]


_N, _B, _V, _C = Type.F64, Type.BOOL, Type.VEC2, Type.COLOUR
_VALUES = (_N, _B, _V, _C)


def _numbers(count: int, result: Type = _N, variadic: bool = False) -> tuple[Signature, ...]:
    return (Signature((_N,) * count, result, variadic),)


def _direct(op: Op) -> Callable[[Emitter, list[Value]], Value]:
    """Lower component by component; one number goes with every component of a vec2."""

    def lower(b: Emitter, args: list[Value]) -> Value:
        size = max(len(a) for a in args)
        return tuple(b.emit(op, *(a[min(i, len(a) - 1)] for a in args)) for i in range(size))

    return lower


def _seeded(op: Op) -> Callable[[Emitter, list[Value]], Value]:
    return lambda b, args: (b.emit(op, args[0][0], *b.seed()),)


def _fold(op: Op) -> Callable[[Emitter, list[Value]], Value]:
    def lower(b: Emitter, args: list[Value]) -> Value:
        out = args[0][0]
        for (arg,) in args[1:]:
            out = b.emit(op, out, arg)
        return (out,)

    return lower


def _not(b: Emitter, a: int) -> int:
    return b.emit(Op.SUB, b.constant(1.0), a)


def _compare(op: Op, swap: bool) -> Callable[[Emitter, list[Value]], Value]:
    return lambda b, args: (b.emit(op, *(args[1] + args[0] if swap else args[0] + args[1])),)


def _equal(b: Emitter, args: list[Value]) -> Value:
    out = b.emit(Op.EQUAL, args[0][0], args[1][0])
    for x, y in zip(args[0][1:], args[1][1:], strict=True):
        out = b.emit(Op.MIN, out, b.emit(Op.EQUAL, x, y))
    return (out,)


def _if(b: Emitter, args: list[Value]) -> Value:
    return tuple(b.emit(Op.SELECT, args[0][0], x, y) for x, y in zip(args[1], args[2], strict=True))


def _fract(b: Emitter, args: list[Value]) -> Value:
    x = args[0][0]
    return (b.emit(Op.SUB, x, b.emit(Op.FLOOR, x)),)


def _clamp(b: Emitter, args: list[Value]) -> Value:
    (x,), (low,), (high,) = args
    b.check_range(low, high)
    return (b.emit(Op.MIN, b.emit(Op.MAX, x, low), high),)


def _unit(b: Emitter, x: int) -> int:
    return b.emit(Op.MIN, b.emit(Op.MAX, x, b.constant(0.0)), b.constant(1.0))


def _mix(b: Emitter, x: int, y: int, t: int) -> int:
    return b.emit(Op.ADD, x, b.emit(Op.MUL, b.emit(Op.SUB, y, x), t))


def _lerp(b: Emitter, args: list[Value]) -> Value:
    """a + (b - a) t; colours premultiplied, as keyframes interpolate them."""
    x, y, (t,) = args
    if len(x) < 4:
        return tuple(_mix(b, p, q, t) for p, q in zip(x, y, strict=True))
    alpha = _mix(b, x[3], y[3], t)
    mixed = [_mix(b, b.emit(Op.MUL, x[i], x[3]), b.emit(Op.MUL, y[i], y[3]), t) for i in range(3)]
    return (*(b.divide(channel, alpha) for channel in mixed), alpha)


def _smoothstep(b: Emitter, args: list[Value]) -> Value:
    (low,), (high,), (x,) = args
    t = _unit(b, b.emit(Op.DIV, b.emit(Op.SUB, x, low), b.emit(Op.SUB, high, low)))
    rest = b.emit(Op.SUB, b.constant(3.0), b.emit(Op.MUL, b.constant(2.0), t))
    return (b.emit(Op.MUL, b.emit(Op.MUL, t, t), rest),)


def _rgb(b: Emitter, args: list[Value]) -> Value:
    return tuple(_unit(b, a[0]) for a in (args if len(args) == 4 else [*args, (b.constant(1.0),)]))


def _hsl(b: Emitter, args: list[Value]) -> Value:
    """CSS Color 4, section 7.1, with the hue in turns."""
    hue, s, low = args[0][0], _unit(b, args[1][0]), _unit(b, args[2][0])
    chroma = b.emit(Op.MUL, s, b.emit(Op.MIN, low, b.emit(Op.SUB, b.constant(1.0), low)))

    def channel(n: float) -> int:
        k = b.emit(Op.MOD, b.emit(Op.ADD, b.constant(n), b.emit(Op.MUL, hue, b.constant(12.0))), b.constant(12.0))
        ramp = b.emit(Op.MIN, b.emit(Op.SUB, k, b.constant(3.0)), b.emit(Op.SUB, b.constant(9.0), k))
        ramp = b.emit(Op.MAX, b.constant(-1.0), b.emit(Op.MIN, ramp, b.constant(1.0)))
        return _unit(b, b.emit(Op.SUB, low, b.emit(Op.MUL, chroma, ramp)))

    return channel(0.0), channel(8.0), channel(4.0), _unit(b, args[3][0]) if len(args) == 4 else b.constant(1.0)


_SAME = tuple(Signature((t, t), _B) for t in _VALUES)
_SUMS = tuple(Signature((t, t), t) for t in (_N, _V))
_PRODUCTS = (*_SUMS, Signature((_V, _N), _V), Signature((_N, _V), _V))
_QUOTIENTS = (*_SUMS, Signature((_V, _N), _V))

OPERATORS = {
    "+": Function("numbers or vec2s", _SUMS, _direct(Op.ADD)),
    "-": Function("numbers or vec2s", _SUMS, _direct(Op.SUB)),
    "*": Function("numbers, vec2s, or a vec2 and a number", _PRODUCTS, _direct(Op.MUL)),
    "/": Function("numbers, vec2s, or a vec2 and a number", _QUOTIENTS, _direct(Op.DIV)),
    "%": Function("numbers, vec2s, or a vec2 and a number", _QUOTIENTS, _direct(Op.MOD)),
    "<": Function("two numbers", _numbers(2, _B), _compare(Op.LESS, False)),
    "<=": Function("two numbers", _numbers(2, _B), _compare(Op.AT_MOST, False)),
    ">": Function("two numbers", _numbers(2, _B), _compare(Op.LESS, True)),
    ">=": Function("two numbers", _numbers(2, _B), _compare(Op.AT_MOST, True)),
    "==": Function("two values of one type", _SAME, _equal),
    "!=": Function("two values of one type", _SAME, lambda b, args: (_not(b, _equal(b, args)[0]),)),
    "&&": Function("two bools", (Signature((_B, _B), _B),), _fold(Op.MIN)),
    "||": Function("two bools", (Signature((_B, _B), _B),), _fold(Op.MAX)),
}
"""By symbol; the unary ones are forms of the syntax."""

FUNCTIONS = {
    "min": Function("min(a, b, ...)", _numbers(2, variadic=True), _fold(Op.MIN)),
    "max": Function("max(a, b, ...)", _numbers(2, variadic=True), _fold(Op.MAX)),
    "abs": Function("abs(x)", _numbers(1), _direct(Op.ABS)),
    "sign": Function("sign(x)", _numbers(1), _direct(Op.SIGN)),
    "floor": Function("floor(x)", _numbers(1), _direct(Op.FLOOR)),
    "ceil": Function("ceil(x)", _numbers(1), _direct(Op.CEIL)),
    "round": Function("round(x)", _numbers(1), _direct(Op.ROUND)),
    "fract": Function("fract(x)", _numbers(1), _fract),
    "sqrt": Function("sqrt(x)", _numbers(1), _direct(Op.SQRT)),
    "pow": Function("pow(x, y)", _numbers(2), _direct(Op.POW)),
    "exp": Function("exp(x)", _numbers(1), _direct(Op.EXP)),
    "log": Function("log(x)", _numbers(1), _direct(Op.LOG)),
    "sin": Function("sin(rad)", _numbers(1), _direct(Op.SIN)),
    "cos": Function("cos(rad)", _numbers(1), _direct(Op.COS)),
    "tan": Function("tan(rad)", _numbers(1), _direct(Op.TAN)),
    "atan2": Function("atan2(y, x)", _numbers(2), _direct(Op.ATAN2)),
    "clamp": Function("clamp(x, low, high)", _numbers(3), _clamp),
    "lerp": Function(
        "lerp(a, b, t), a and b of one type", tuple(Signature((t, t, _N), t) for t in (_N, _V, _C)), _lerp
    ),
    "smoothstep": Function("smoothstep(low, high, x)", _numbers(3), _smoothstep),
    "step": Function("step(edge, x)", _numbers(2), _direct(Op.AT_MOST)),
    "mod": Function("mod(a, b)", _numbers(2), _direct(Op.MOD)),
    "if": Function(
        "if(bool, a, b) or bool ? a : b, a and b of one type",
        tuple(Signature((_B, t, t), t) for t in _VALUES),
        _if,
    ),
    "random": Function("random(seed)", _numbers(1), _seeded(Op.RANDOM)),
    "noise": Function("noise(x)", _numbers(1), _seeded(Op.NOISE)),
    "vec2": Function("vec2(x, y)", _numbers(2, _V), lambda b, args: args[0] + args[1]),
    "rgb": Function("rgb(r, g, b) or rgb(r, g, b, a), 0..1", _numbers(3, _C) + _numbers(4, _C), _rgb),
    "hsl": Function("hsl(h, s, l) or hsl(h, s, l, a), 0..1", _numbers(3, _C) + _numbers(4, _C), _hsl),
}
