"""The operations of the bytecode on float64 arrays: the same bits on every machine, for a batch and for one frame.

Bools are 0.0 and 1.0. Operands broadcast: (G, 1) for what no frame changes, (G, F) for the rest. Errors of `sin` and its like are those of
`foundation.detmath`; everything else rounds as IEEE 754 has it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from wavyte_gpu.animation.procedural import lattice, noise1d
from wavyte_gpu.expr.opcodes import Op
from wavyte_gpu.foundation import detmath

__all__ = ["KERNELS", "apply"]

F64 = npt.NDArray[np.float64]
_ZERO, _HALF, _ONE = np.array(0.0), np.array(0.5), np.array(1.0)


def _divide(a: F64, b: F64) -> F64:
    zero = b == _ZERO
    if not zero.any():
        return a / b
    out: F64 = np.where(zero, _ZERO, a / np.where(zero, _ONE, b))
    return out


def _modulo(a: F64, b: F64) -> F64:
    zero = b == _ZERO
    out: F64 = np.where(zero, _ZERO, np.remainder(a, np.where(zero, _ONE, b)))
    return out


def _round(a: F64) -> F64:
    low = np.floor(a)
    low += a - low >= _HALF
    return low


def _minimum(a: F64, b: F64) -> F64:
    out: F64 = np.minimum(a, b)
    out += _ZERO  # which of two zeros comes out is the machine's choice
    return out


def _maximum(a: F64, b: F64) -> F64:
    out: F64 = np.maximum(a, b)
    out += _ZERO
    return out


def _atan2(y: F64, x: F64) -> F64:
    """Return the angle of (x, y); a zero has no sign, for it is no other function's result that tells."""
    return detmath.atan2(y + _ZERO, x + _ZERO)


def _select(c: F64, a: F64, b: F64) -> F64:
    out: F64 = np.where(c != _ZERO, a, b)
    return out


def _finite(a: F64) -> F64:
    out: F64 = np.where(np.isfinite(a), a, _ZERO)
    out += _ZERO
    return out


def _seed(low: F64, high: F64) -> npt.NDArray[np.uint64]:
    """Return seeds from their halves, which floats hold exactly."""
    return low.astype(np.uint64) | high.astype(np.uint64) << np.uint64(32)


def _random(x: F64, low: F64, high: F64) -> F64:
    """Return a number in [0, 1) for every x: a hash of its bits and the seed."""
    bits = (x + _ZERO).view(np.int64)
    out = lattice(_seed(low, high), bits)
    out += _ONE
    out *= _HALF
    return out


def _noise(x: F64, low: F64, high: F64) -> F64:
    finite = np.isfinite(x)
    out = noise1d(np.where(finite, x, _ZERO), _seed(low, high))
    out[~finite] = np.nan
    return out


KERNELS: dict[Op, Callable[..., F64]] = {
    Op.ADD: np.add,
    Op.SUB: np.subtract,
    Op.MUL: np.multiply,
    Op.DIV: _divide,
    Op.MOD: _modulo,
    Op.NEG: np.negative,
    Op.ABS: np.abs,
    Op.SIGN: np.sign,
    Op.FLOOR: np.floor,
    Op.CEIL: np.ceil,
    Op.ROUND: _round,
    Op.SQRT: np.sqrt,
    Op.MIN: _minimum,
    Op.MAX: _maximum,
    Op.LESS: lambda a, b: np.less(a, b).astype(np.float64),
    Op.AT_MOST: lambda a, b: np.less_equal(a, b).astype(np.float64),
    Op.EQUAL: lambda a, b: np.equal(a, b).astype(np.float64),
    Op.SELECT: _select,
    Op.FINITE: _finite,
    Op.POW: detmath.pow,
    Op.EXP: detmath.exp,
    Op.LOG: detmath.log,
    Op.SIN: detmath.sin,
    Op.COS: detmath.cos,
    Op.TAN: detmath.tan,
    Op.ATAN2: _atan2,
    Op.RANDOM: _random,
    Op.NOISE: _noise,
}


def apply(op: Op, args: list[F64]) -> F64:
    """Return an operation's result; the caller silences NumPy's warnings."""
    return KERNELS[op](*args)
