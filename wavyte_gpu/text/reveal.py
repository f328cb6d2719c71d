"""Reveal: which part of a shaped text is shown, by glyphs, words or lines in reading order, without shaping again."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from wavyte_gpu.text.shaped import ShapedText

__all__ = ["Unit", "reveal_weights", "unit_count", "unit_of", "unit_weights"]

Unit = Literal["glyph", "word", "line"]

F64s = npt.NDArray[np.float64]


def unit_of(text: ShapedText, unit: Unit) -> npt.NDArray[np.int32]:
    """Return the unit of every glyph, -1 for spaces in glyphs and words. Shape (G,), int32."""
    return {"glyph": text.unit, "word": text.word, "line": text.line}[unit]


def unit_count(text: ShapedText, unit: Unit) -> int:
    """Return how many units are shown; white space is none."""
    return text.units[("glyph", "word", "line").index(unit)]


def unit_weights(count: int, start: float, end: float) -> F64s:
    """Return how much of every unit lies in the fractions `start` to `end` of all of them, 0..1. Shape (count,), float64.

    Unit u of n takes u/n to (u + 1)/n. At 0 to 1 all weights are exactly 1. NaN counts as 0; an end before the start
    shows nothing.
    """
    low, high = (0.0 if math.isnan(value) else min(max(value, 0.0), 1.0) * count for value in (start, end))
    place = np.arange(count, dtype=np.float64)
    weights: F64s = np.clip(np.minimum(high, place + 1.0) - np.maximum(low, place), 0.0, 1.0)
    return weights


def reveal_weights(text: ShapedText, unit: Unit, start: float, end: float) -> F64s:
    """Return the weight of every glyph, 0..1, 0 for spaces. Shape (G,), float64."""
    weights = np.append(unit_weights(unit_count(text, unit), start, end), 0.0)
    found: F64s = weights[unit_of(text, unit)]
    return found
