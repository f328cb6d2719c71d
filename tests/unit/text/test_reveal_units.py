"""Reveal: how far each unit of a text is shown, and where the units are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.text.text_support import shape
from wavyte_gpu.text.reveal import Piece, reveal_units, unit_count, unit_of, unit_weights

FRACTION = st.floats(-0.5, 1.5)


def test_units_of_a_text() -> None:
    shaped = shape("one two three")
    assert (unit_count(shaped, "glyph"), unit_count(shaped, "word"), unit_count(shaped, "line")) == (11, 3, 1)
    assert unit_of(shaped, "word").tolist() == [0, 0, 0, -1, 1, 1, 1, -1, 2, 2, 2, 2, 2]


def test_weights_of_a_range() -> None:
    assert unit_weights(4, 0.25, 0.6).tolist() == pytest.approx([0.0, 1.0, 0.4, 0.0])
    assert unit_weights(7, -3.0, 9.0).tolist() == [1.0] * 7
    assert unit_weights(3, 0.8, 0.2).tolist() == [0.0] * 3
    assert unit_weights(3, float("nan"), float("nan")).tolist() == [0.0] * 3
    assert unit_weights(3, 0.0, 1.0, float("nan")).tolist() == [1.0] * 3
    assert unit_weights(4, 0.0, 0.5, 0.25).tolist() == [0.0, 1.0, 1.0, 0.0]
    assert len(unit_weights(0, 0.0, 1.0)) == 0


def test_weights_without_softness_switch() -> None:
    for count in (1, 3, 10, 7, 997):
        for shown in range(count + 1):
            weights = unit_weights(count, 0.0, shown / count, softness=0.0)
            assert weights.tolist() == [1.0] * shown + [0.0] * (count - shown)
            if shown < count:
                assert np.array_equal(unit_weights(count, 0.0, (shown + 0.99) / count, softness=0.0), weights)


def test_softness_spreads_the_way_over_units() -> None:
    # Five units, three on their way at a time: 7 shares in all, of which each unit takes three.
    assert unit_weights(5, 0.0, 3.5 / 7, softness=3.0).tolist() == pytest.approx([1.0, 2.5 / 3, 1.5 / 3, 0.5 / 3, 0.0])
    assert unit_weights(2, 0.0, 0.5, softness=0.5).tolist() == pytest.approx([1.0, 0.0])
    assert unit_weights(2, 0.0, 0.375, softness=0.5).tolist() == pytest.approx([0.5, 0.0])


@given(st.integers(1, 300), FRACTION, FRACTION, st.sampled_from([0.0, 1e-9, 0.3, 1.0, 2.5, 40.0, 1e9]))
def test_weights_are_those_of_unit_by_unit(count: int, start: float, end: float, softness: float) -> None:
    weights = unit_weights(count, start, end, softness=softness)
    soft = max(softness, 1e-6)
    if softness >= 1e-6 and softness < 1e6:
        for u in range(count):
            way = [min(max(v, 0.0), 1.0) * (count - 1 + max(soft, 1.0)) - max(1.0 - soft, 0.0) for v in (start, end)]
            a, b = (min(max((w - u) / soft, 0.0), 1.0) for w in way)
            assert weights[u] == pytest.approx(max(b - a, 0.0), abs=1e-8)
    assert (weights >= 0.0).all() and (weights <= 1.0).all()
    assert (unit_weights(count, 0.0, 1.0, softness=softness) == 1.0).all()
    assert (unit_weights(count, 0.0, 0.0, softness=softness) == 0.0).all()
    later = unit_weights(count, start, end + 0.1, softness=softness)
    assert (later >= weights).all()


def test_places_of_units() -> None:
    shaped = shape("ab c", size_px=100.0)
    pieces = [Piece(i, (10.0 * i, 20.0, 10.0 * i + 8.0, 40.0), 2) for i in (0, 1, 3)]
    units = reveal_units(shaped, "word", "center", [pieces[:1], [], pieces[1:]])
    assert units.pivot.tolist() == [[9.0, 30.0], [34.0, 30.0]]
    assert units.parts[0].unit.tolist() == [0] and units.parts[2].unit.tolist() == [0, 1]
    assert units.parts[2].box.tolist() == [[10.0, 20.0, 18.0, 40.0], [30.0, 20.0, 38.0, 40.0]]
    assert units.parts[2].of_contour.tolist() == [0, 0, 1, 1]
    based = reveal_units(shaped, "word", "baseline", [pieces])
    assert based.pivot.tolist() == [[9.0, shaped.baseline], [34.0, shaped.baseline]]
    # A space has no ink: a unit without any is nowhere, and asks for nothing.
    assert len(reveal_units(shape("a"), "line", "center", [[Piece(0, (0.0, 0.0, 0.0, 0.0), 0)]]).parts[0].unit) == 0
