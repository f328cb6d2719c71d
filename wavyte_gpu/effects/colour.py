"""Colour effects by a matrix: the formulas of the W3C's Filter Effects Module, section 9, and a tint."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from wavyte_gpu.effects.definition import EffectDef, Matrix, Stage
from wavyte_gpu.foundation import detmath
from wavyte_gpu.foundation.params import ParamSchema

__all__ = ["BRIGHTNESS", "COLOR_MATRIX", "CONTRAST", "GRAYSCALE", "HUE_ROTATE", "INVERT", "SATURATE", "SEPIA", "TINT"]

_LUMA = (0.213, 0.715, 0.072)
_GRAY = ((0.2126, 0.7152, 0.0722),) * 3
_SEPIA = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))


def _rows(colour: Sequence[Sequence[float]], bias: Sequence[float] = (0.0, 0.0, 0.0)) -> tuple[Stage, ...]:
    """Return the stage of a matrix of three rows over R, G, B, or none where it is the identity."""
    rows: list[float] = []
    for row, offset in zip(colour, bias, strict=True):
        rows += [*row[:3], 0.0, offset]
    rows += [0.0, 0.0, 0.0, 1.0, 0.0]
    return () if rows == _IDENTITY else (Matrix(tuple(rows)),)


_IDENTITY = [1.0 if i % 6 == 0 else 0.0 for i in range(20)]
_UNIT = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def _blend(towards: Sequence[Sequence[float]], amount: float) -> tuple[Stage, ...]:
    """Return the identity moved towards a matrix by an amount of 0..1."""
    pairs = zip(_UNIT, towards, strict=True)
    return _rows([[u + (t - u) * amount for u, t in zip(*pair, strict=True)] for pair in pairs])


def _scale(by: float, offset: float = 0.0) -> tuple[Stage, ...]:
    return _rows([[u * by for u in row] for row in _UNIT], [offset] * 3)


def _saturate(amount: float) -> tuple[Stage, ...]:
    grey = [[weight * (1.0 - amount) for weight in _LUMA] for _ in range(3)]
    pairs = zip(grey, _UNIT, strict=True)
    return _rows([[g + u * amount for g, u in zip(*pair, strict=True)] for pair in pairs])


def _hue(degrees: float) -> tuple[Stage, ...]:
    turn = math.fmod(degrees, 360.0)
    if turn == 0.0:
        return ()
    sin, cos = (float(v) for v in detmath.sincos(turn * (math.pi / 180.0)))
    l_r, l_g, l_b = _LUMA
    return _rows(
        (
            (l_r + cos * (1 - l_r) - sin * l_r, l_g - cos * l_g - sin * l_g, l_b - cos * l_b + sin * (1 - l_b)),
            (l_r - cos * l_r + sin * 0.143, l_g + cos * (1 - l_g) + sin * 0.140, l_b - cos * l_b - sin * 0.283),
            (l_r - cos * l_r - sin * (1 - l_r), l_g - cos * l_g + sin * l_g, l_b + cos * (1 - l_b) + sin * l_b),
        )
    )


def _tint(colour: tuple[float, float, float, float], amount: float) -> tuple[Stage, ...]:
    """Return what moves every colour towards the tint by `amount` times its alpha."""
    *premultiplied, alpha = colour
    keep = 1.0 - min(amount, 1.0) * alpha
    return _rows([[u * keep for u in row] for row in _UNIT], [c * min(amount, 1.0) for c in premultiplied])


def _amount(kind: str, lower: Callable[[float], tuple[Stage, ...]]) -> EffectDef:
    value = ParamSchema("value", "f64", aliases=("amount",), default=1.0, minimum=0.0)
    return EffectDef(kind, (value,), "value", lambda v: lower(max(v.value, 0.0)))


BRIGHTNESS = _amount("brightness", _scale)
CONTRAST = _amount("contrast", lambda v: _scale(v, 0.5 - 0.5 * v))
SATURATE = _amount("saturate", _saturate)
GRAYSCALE = _amount("grayscale", lambda v: _blend(_GRAY, min(v, 1.0)))
SEPIA = _amount("sepia", lambda v: _blend(_SEPIA, min(v, 1.0)))
INVERT = _amount("invert", lambda v: _scale(1.0 - 2.0 * min(v, 1.0), min(v, 1.0)))

HUE_ROTATE = EffectDef(
    "hue_rotate",
    (ParamSchema("degrees", "f64", aliases=("value",), default=0.0),),
    "degrees",
    lambda v: _hue(v.degrees),
)

TINT = EffectDef(
    "tint",
    (
        ParamSchema("color", "color", required=True),
        ParamSchema("amount", "f64", aliases=("value",), default=1.0, minimum=0.0),
    ),
    "color",
    lambda v: _tint(v.color, max(v.amount, 0.0)),
)


_FAR = 1e100  # sums of such entries, and of their products, are finite


def _matrix(v: Any) -> tuple[Stage, ...]:
    rows = tuple(min(max(float(x), -_FAR), _FAR) for x in v.matrix)
    return () if list(rows) == _IDENTITY else (Matrix(rows),)


COLOR_MATRIX = EffectDef(
    "color_matrix", (ParamSchema("matrix", "list", required=True, aliases=("value",), count=20),), "matrix", _matrix
)
