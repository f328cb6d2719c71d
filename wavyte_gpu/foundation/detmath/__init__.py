"""Elementary functions on float64 arrays that give the same bits on every machine.

NumPy's own `sin`, `exp`, `power` and friends pick an implementation by CPU and by memory layout, so their last bit
varies. Everything here is composed of operations that IEEE 754 rounds exactly (+ - * / sqrt, comparisons, floor,
rint) and of integer operations on the bits, one NumPy call each, so that no compiler can contract them. A result
depends on the element alone: scalars, slices, strided views and batches agree bit for bit. NaNs come out as NaN, with
no promise about their payload.

Errors against the exact value, in units in the last place (tests hold them): log < 0.51; exp, pow, atan < 1;
exp2, atan2 < 1.5; sin, cos, sinpi, cospi < 2; tan, cosh < 4; sinh < 5. Polynomial coefficients are those of fdlibm
(Sun Microsystems, 1993: `k_sin.c`, `k_cos.c`, `e_exp.c`, `s_atan.c`). No function warns: poles and overflow give inf,
domain errors NaN, as C99 Annex F has it.

Functions named `*_bounded` skip the checks of their arguments and are for callers that know their range.
"""

from __future__ import annotations

from wavyte_gpu.foundation.detmath.arctangent import atan, atan2
from wavyte_gpu.foundation.detmath.exponential import cosh, exp, exp2, exp2_bounded, exp_bounded, sinh, sinhc_series
from wavyte_gpu.foundation.detmath.logarithm import log, pow
from wavyte_gpu.foundation.detmath.trigonometry import (
    cos,
    cospi,
    cospi_bounded,
    sin,
    sin_bounded,
    sincos,
    sincos_bounded,
    sinpi,
    tan,
)

__all__ = [
    "atan",
    "atan2",
    "cos",
    "cosh",
    "cospi",
    "cospi_bounded",
    "exp",
    "exp2",
    "exp2_bounded",
    "exp_bounded",
    "log",
    "pow",
    "sin",
    "sin_bounded",
    "sincos",
    "sincos_bounded",
    "sinh",
    "sinhc_series",
    "sinpi",
    "tan",
]
