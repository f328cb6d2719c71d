"""Values of attributes: numbers, lengths, colours, transforms, the box of a viewport."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import NamedTuple

import tinycss2.color4

from wavyte_gpu.foundation import detmath
from wavyte_gpu.raster.gradient import IDENTITY, Affine, Colour, compose

__all__ = [
    "MAX_VALUE",
    "Straight",
    "fit_viewbox",
    "length",
    "number",
    "numbers",
    "parse_colour",
    "premultiplied",
    "transform",
]

MAX_VALUE = 1e9

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LENGTH = re.compile(rf"\s*({_NUMBER.pattern})\s*(%|[a-zA-Z]*)\s*")
_PX = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54, "q": 2.4 / 2.54}
_CALL = re.compile(r"\s*,?\s*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^()]*)\)\s*", re.IGNORECASE)
_COUNTS = {"matrix": (6,), "translate": (1, 2), "scale": (1, 2), "rotate": (1, 3), "skewx": (1,), "skewy": (1,)}
_ALIGN = {"min": 0.0, "mid": 0.5, "max": 1.0}


class Straight(NamedTuple):
    """A colour in 0..1, not premultiplied."""

    r: float
    g: float
    b: float
    a: float


def number(text: str) -> float:
    """Return a number, percentages as fractions.

    Raises:
        ValueError: it is none, or beyond MAX_VALUE.
    """
    match = _LENGTH.fullmatch(text)
    if match is None or match[2] not in ("", "%"):
        raise ValueError(f"'{_short(text)}' is no number")
    return _bounded(float(match[1]), text) * (0.01 if match[2] else 1.0)


def length(text: str, whole: float, font_px: float = 16.0) -> float:
    """Return a length in px.

    Args:
        whole: what 100 % are. font_px: what 1 em is.

    Raises:
        ValueError: it is none, or beyond MAX_VALUE.
    """
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise ValueError(f"'{_short(text)}' is no length")
    value, unit = _bounded(float(match[1]), text), match[2].lower()
    if unit == "%":
        return _bounded(value * 0.01 * whole, text)
    if unit in ("em", "rem"):
        return _bounded(value * (font_px if unit == "em" else 16.0), text)
    if unit in ("ex", "ch"):
        return _bounded(value * font_px * 0.5, text)
    if unit not in _PX:
        raise ValueError(f"'{_short(text)}' has an unknown unit")
    return _bounded(value * _PX[unit], text)


def numbers(text: str) -> list[float]:
    """Return all numbers of a list, separated by spaces and commas.

    Raises:
        ValueError: something else is in it, or a number is beyond MAX_VALUE.
    """
    if _NUMBER.sub("", text).strip(" \t\r\n,\f"):
        raise ValueError(f"'{_short(text)}' is no list of numbers")
    return [_bounded(float(v), text) for v in _NUMBER.findall(text)]


def transform(text: str) -> Affine:
    """Return a list of transforms as one.

    Raises:
        ValueError: it does not follow the grammar.
    """
    out, at = IDENTITY, 0
    if text.strip() in ("", "none"):
        return out
    while at < len(text):
        match = _CALL.match(text, at)
        if match is None:
            raise ValueError(f"'{_short(text)}' is no transform")
        kind = match[1].lower()
        values = numbers(re.sub(r"(?<=\d)(?:deg|px)", "", match[2]))
        if len(values) not in _COUNTS[kind]:
            raise ValueError(f"'{_short(match[0].strip())}' takes {' or '.join(map(str, _COUNTS[kind]))} numbers")
        out = compose(out, _one(kind, values))
        at = match.end()
    return out


def _one(kind: str, v: list[float]) -> Affine:
    if kind == "matrix":
        return v[0], v[1], v[2], v[3], v[4], v[5]
    if kind == "translate":
        return 1.0, 0.0, 0.0, 1.0, v[0], v[1] if len(v) > 1 else 0.0
    if kind == "scale":
        return v[0], 0.0, 0.0, v[1] if len(v) > 1 else v[0], 0.0, 0.0
    sin, cos = float(detmath.sinpi(v[0] / 180.0)), float(detmath.cospi(v[0] / 180.0))
    if kind == "rotate":
        turn = (cos, sin, -sin, cos, 0.0, 0.0)
        if len(v) == 1:
            return turn
        return compose((1.0, 0.0, 0.0, 1.0, v[1], v[2]), compose(turn, (1.0, 0.0, 0.0, 1.0, -v[1], -v[2])))
    if abs(cos) < 1e-9:
        raise ValueError("a skew of a right angle")
    return (1.0, 0.0, sin / cos, 1.0, 0.0, 0.0) if kind == "skewx" else (1.0, sin / cos, 0.0, 1.0, 0.0, 0.0)


@lru_cache(4096)
def parse_colour(text: str) -> Straight | None:
    """Return a CSS colour, None for `currentColor`.

    Raises:
        ValueError: it is none.
    """
    found = tinycss2.color4.parse_color(text)
    if found is None:
        raise ValueError(f"'{_short(text)}' is no colour")
    if isinstance(found, str):
        return None
    r, g, b = (min(max(v or 0.0, 0.0), 1.0) for v in found.to("srgb").coordinates)
    return Straight(r, g, b, min(max(found.alpha, 0.0), 1.0))


def premultiplied(colour: Straight, opacity: float) -> Colour:
    """Return a colour times an opacity."""
    a = colour.a * opacity
    return colour.r * a, colour.g * a, colour.b * a, a


def fit_viewbox(box: list[float], aspect: str, width: float, height: float) -> Affine:
    """Return the map from a view box to a viewport of a size at the origin (`preserveAspectRatio`).

    Raises:
        ValueError: `aspect` does not follow the grammar.
    """
    x, y, w, h = box
    sx, sy = width / w, height / h
    words = aspect.split() or ["xMidYMid"]
    if words[0] == "defer":
        words = words[1:] or ["xMidYMid"]
    if words[0] == "none":
        return sx, 0.0, 0.0, sy, -x * sx, -y * sy
    match = re.fullmatch(r"x(Min|Mid|Max)Y(Min|Mid|Max)", words[0])
    if match is None or words[1:] not in ([], ["meet"], ["slice"]):
        raise ValueError(f"'{_short(aspect)}' is no preserveAspectRatio")
    scale = max(sx, sy) if words[1:] == ["slice"] else min(sx, sy)
    free = (width - w * scale, height - h * scale)
    ax, ay = (_ALIGN[word.lower()] for word in match.groups())
    return scale, 0.0, 0.0, scale, free[0] * ax - x * scale, free[1] * ay - y * scale


def _bounded(value: float, text: str) -> float:
    if not (math.isfinite(value) and abs(value) <= MAX_VALUE):
        raise ValueError(f"'{_short(text)}' is beyond {MAX_VALUE:g}")
    return value


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "..."
