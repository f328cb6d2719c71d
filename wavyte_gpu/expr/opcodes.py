"""The operations of the bytecode, by number; `ops` has what they do."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["COSTLY", "DIVISIONS", "Op"]


class Op(IntEnum):
    """What an instruction does."""

    ADD = 0
    SUB = 1
    MUL = 2
    DIV = 3  # x / 0 is 0
    MOD = 4  # the sign of the divisor; x % 0 is 0
    NEG = 5
    ABS = 6
    SIGN = 7
    FLOOR = 8
    CEIL = 9
    ROUND = 10  # halves go up
    SQRT = 11
    MIN = 12
    MAX = 13
    LESS = 14
    AT_MOST = 15
    EQUAL = 16
    SELECT = 17
    FINITE = 18  # what is not finite is 0
    POW = 19
    EXP = 20
    LOG = 21
    SIN = 22
    COS = 23
    TAN = 24
    ATAN2 = 25
    RANDOM = 26  # of x and the halves of a seed
    NOISE = 27


DIVISIONS = frozenset({Op.DIV, Op.MOD})
COSTLY = frozenset(range(Op.POW, Op.NOISE + 1))
