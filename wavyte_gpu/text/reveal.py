"""Reveal: the units of a shaped text (glyphs, words, lines in reading order) and how far each is shown. Nothing is shaped again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.text.shaped import ShapedText

__all__ = ["PartUnits", "Piece", "RevealUnits", "reveal_units", "unit_count", "unit_of", "unit_weights"]

Unit = Literal["glyph", "word", "line"]

F64s = npt.NDArray[np.float64]
I32s = npt.NDArray[np.int32]

_WHOLE = 1.0 - 1e-9  # what rounding leaves of a whole unit


class Piece(NamedTuple):
    """A glyph's share of an outline: its bounds in px of the text, and how many contours flattening makes of it."""

    glyph: int
    box: tuple[float, float, float, float]
    contours: int


class PartUnits(NamedTuple):
    """Which units one outline of a text shows.

    Attributes:
        unit: (K,) int32, ascending. box: (K, 4) float64, x0, y0, x1, y1 of each one's ink in this outline, px of the text.
        of_contour: (C,) int32, the unit of each flattened contour, -1 for none.
    """

    unit: I32s
    box: F64s
    of_contour: I32s


class RevealUnits(NamedTuple):
    """The units of a text: `pivot` (U, 2) float64 is what each one turns about, px of the text; one entry of `parts` an outline."""

    pivot: F64s
    parts: tuple[PartUnits, ...]


def unit_of(text: ShapedText, unit: Unit) -> I32s:
    """Return the unit of every glyph, -1 for spaces in glyphs and words. Shape (G,), int32."""
    return {"glyph": text.unit, "word": text.word, "line": text.line}[unit]


def unit_count(text: ShapedText, unit: Unit) -> int:
    """Return how many units are shown; white space is none."""
    return text.units[("glyph", "word", "line").index(unit)]


def unit_weights(count: int, start: float, end: float, offset: float = 0.0, softness: float = 1.0) -> F64s:
    """Return how far every unit is shown by a range, 0..1. Shape (count,), float64.

    A bound that goes from 0 to 1 passes the units one after the other, `softness` of them at a time: each takes that share of
    the way. With a softness of 1, unit u of n has the part of u/n .. (u + 1)/n that lies in the range; with 0 a unit is shown
    from where it is passed wholly. At 0 to 1 all weights are exactly 1. NaN counts as 0; an end before the start shows nothing.

    Args:
        start, end: fractions of the text. offset: added to both, before they are held in 0..1.
    """
    shift = 0.0 if math.isnan(offset) else offset
    passed = [_passed(count, 0.0 if math.isnan(value) else value + shift, softness) for value in (start, end)]
    weights: F64s = np.maximum(passed[1] - passed[0], 0.0)
    return weights


def _passed(count: int, bound: float, softness: float) -> F64s:
    """Return how far a bound has passed every unit."""
    soft = min(softness, 1e6)
    way = min(max(bound, 0.0), 1.0) * (count - 1 + max(soft, 1.0)) - max(1.0 - soft, 0.0)
    over = way - np.arange(count)
    if soft < 1e-6:
        return (over > -1e-9).astype(np.float64)
    weights: F64s = np.clip(over / soft, 0.0, 1.0)
    weights[weights > _WHOLE] = 1.0
    return weights


def reveal_units(
    text: ShapedText, unit: Unit, anchor: Literal["center", "baseline"], parts: Sequence[Sequence[Piece]]
) -> RevealUnits:
    """Return the units of a text's outlines.

    Args:
        anchor: what a unit turns about: the middle of its ink, or the point of its first glyph's baseline below that.
        parts: the pieces of each outline of the text, in order.
    """
    owner, count = unit_of(text, unit), unit_count(text, unit)
    made = [_part(owner, pieces) for pieces in parts]
    low, high = np.full((count, 2), math.inf), np.full((count, 2), -math.inf)
    for part in made:
        low[part.unit] = np.minimum(low[part.unit], part.box[:, :2])
        high[part.unit] = np.maximum(high[part.unit], part.box[:, 2:])
    inked = low[:, :1] <= high[:, :1]
    pivot = np.where(inked, np.where(inked, low, 0.0) + np.where(inked, high, 0.0), 0.0) * 0.5
    if anchor == "baseline":
        shown, first = np.unique(owner, return_index=True)
        pivot[shown[shown >= 0], 1] = text.y[first[shown >= 0]]
    return RevealUnits(pivot, tuple(made))


def _part(owner: I32s, pieces: Sequence[Piece]) -> PartUnits:
    units = owner[np.array([piece.glyph for piece in pieces], np.intp)]
    counts = np.array([piece.contours for piece in pieces], np.int64)
    inked = (counts > 0) & (units >= 0)
    boxes = np.array([piece.box for piece in pieces], np.float64).reshape(-1, 4)[inked]
    present, at = np.unique(units[inked], return_inverse=True)
    low, high = np.full((len(present), 2), math.inf), np.full((len(present), 2), -math.inf)
    np.minimum.at(low, at, boxes[:, :2])
    np.maximum.at(high, at, boxes[:, 2:])
    return PartUnits(present.astype(np.int32), np.concatenate([low, high], axis=1), np.repeat(units, counts))
