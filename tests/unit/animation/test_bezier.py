"""The bezier solver against a root found by mpmath, over the unit square and its corners."""

from __future__ import annotations

import itertools

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from wavyte_gpu.animation.bezier import build_curves
from wavyte_gpu.animation.ease import EASES, EaseId

EDGES = (0.0, 1e-9, 1e-3, 0.1, 0.3, 0.42, 0.5, 0.58, 0.8, 0.95, 0.999, 1.0 - 1e-9, 1.0)


def truth(u: float, x1: float, y1: float, x2: float, y2: float) -> float:
    """Return y where x = u by bisection in 200 bits."""
    with mpmath.workprec(200):
        p1, p2, q1, q2, goal = (mpmath.mpf(v) for v in (x1, x2, y1, y2, u))
        lo, hi = mpmath.mpf(0), mpmath.mpf(1)
        for _ in range(140):
            t = (lo + hi) / 2
            if 3 * t * (1 - t) ** 2 * p1 + 3 * t * t * (1 - t) * p2 + t**3 < goal:
                lo = t
            else:
                hi = t
        return float(3 * t * (1 - t) ** 2 * q1 + 3 * t * t * (1 - t) * q2 + t**3)


@pytest.mark.parametrize(("x1", "x2"), list(itertools.product(EDGES, EDGES)))
def test_unit_square(x1: float, x2: float) -> None:
    u = np.array([1e-6, 0.003, 1 / 30, 0.2, 1 / 3, 0.45, 0.499, 0.5, 0.501, 0.6, 0.77, 0.9, 29 / 30, 1.0 - 1e-6])
    got = EASES[EaseId.CUBIC_BEZIER](u, x1, 0.15, x2, 0.9)
    np.testing.assert_allclose(got, [truth(float(v), x1, 0.15, x2, 0.9) for v in u], rtol=0.0, atol=1e-9)


@settings(deadline=None)
@given(st.floats(0.0, 1.0), st.floats(-3.0, 3.0), st.floats(0.0, 1.0), st.floats(-3.0, 3.0), st.floats(0.0, 1.0))
def test_anywhere(x1: float, y1: float, x2: float, y2: float, u: float) -> None:
    got = float(EASES[EaseId.CUBIC_BEZIER](u, x1, y1, x2, y2))
    assert got == pytest.approx(truth(u, x1, y1, x2, y2), abs=1e-6)


@settings(deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_ordinary_curves_to_1e_12(u: float, x1: float, x2: float) -> None:
    if x1 - x2 > 0.9:
        return  # nearly upright in the middle: the condition of the problem is worse than that
    got = float(EASES[EaseId.CUBIC_BEZIER](u, x1, 0.1, x2, 1.2))
    assert got == pytest.approx(truth(u, x1, 0.1, x2, 1.2), abs=1e-12)


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        (EaseId.EASE_IN, (0.42, 0.0, 1.0, 1.0)),
        (EaseId.EASE_OUT, (0.0, 0.0, 0.58, 1.0)),
        (EaseId.EASE_IN_OUT, (0.42, 0.0, 0.58, 1.0)),
    ],
)
def test_css_keywords(kind: EaseId, points: tuple[float, float, float, float]) -> None:
    x1, y1, x2, y2 = points
    for u in np.linspace(0.01, 0.99, 37):
        t = brentq(lambda t, u=u: 3 * t * (1 - t) ** 2 * x1 + 3 * t * t * (1 - t) * x2 + t**3 - u, 0, 1, xtol=1e-15)
        want = 3 * t * (1 - t) ** 2 * y1 + 3 * t * t * (1 - t) * y2 + t**3
        assert float(EASES[kind](u)) == pytest.approx(want, abs=1e-12)


def test_the_middle_of_ease_in_out() -> None:
    assert abs(float(EASES[EaseId.EASE_IN_OUT](0.5)) - 0.5) < 1e-12


def test_several_curves_at_once() -> None:
    controls = [(0.42, 0.0, 1.0, 1.0), (0.0, 0.0, 0.58, 1.0), (1.0, 0.0, 0.0, 1.0)]
    table = build_curves(controls)
    rng = np.random.default_rng(3)
    u, curve = rng.random(300), rng.integers(0, 3, 300)
    together = table.evaluate(u, curve)
    for i, points in enumerate(controls):
        alone = build_curves([points]).evaluate(u[curve == i], np.zeros((curve == i).sum(), dtype=np.int64))
        np.testing.assert_array_equal(together[curve == i], alone)
