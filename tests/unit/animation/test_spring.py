"""Springs against a tight numerical integration, in all regimes and on either side of critical damping."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from wavyte_gpu.animation.ease import EASES, EaseId
from wavyte_gpu.animation.spring import spring_coefficients

CASES = [
    (100.0, 0.0, 1.0, 2.0),
    (100.0, 2.0, 1.0, 1.5),
    (170.0, 26.0, 1.0, 0.8),
    (100.0, 19.999, 1.0, 1.0),
    (100.0, 20.0 * (1 - 1e-9), 1.0, 1.0),
    (100.0, 20.0, 1.0, 1.0),
    (100.0, 20.0 * (1 + 1e-9), 1.0, 1.0),
    (100.0, 20.001, 1.0, 1.0),
    (100.0, 25.0, 1.0, 1.0),
    (100.0, 80.0, 2.0, 1.0),
    (1.0, 50.0, 0.5, 3.0),
    (3.0, 0.4, 5.0, 10.0),
]


@pytest.mark.parametrize(("k", "c", "m", "seconds"), CASES)
def test_against_integration(k: float, c: float, m: float, seconds: float) -> None:
    u = np.linspace(0.0, 1.0, 101)
    solution = solve_ivp(
        lambda t, s: [s[1], (k * (1 - s[0]) - c * s[1]) / m],
        (0.0, seconds),
        [0.0, 0.0],
        method="DOP853",
        t_eval=u * seconds,
        rtol=1e-12,
        atol=1e-13,
    )
    x = solution.y[0]
    got = EASES[EaseId.SPRING](u, k, c, m, seconds=seconds)
    np.testing.assert_allclose(got, x + (1 - x[-1]) * u, rtol=0.0, atol=2e-9)


def exact(u: float, k: float, c: float, m: float, seconds: float) -> float:
    """Return the fitted response in 120 digits, by complex roots."""
    with mpmath.workdps(120):
        k_, c_, m_ = (mpmath.mpf(v) for v in (k, c, m))
        root = mpmath.sqrt(mpmath.mpc((c_ / (2 * m_)) ** 2 - k_ / m_))

        def decay(t: mpmath.mpf) -> mpmath.mpf:
            a = c_ / (2 * m_)
            ratio = a * t if root == 0 else a / root * mpmath.sinh(root * t)
            return mpmath.re(mpmath.exp(-a * t) * (mpmath.cosh(root * t) + ratio))

        span = mpmath.mpf(seconds)
        return float(1 - (decay(span * mpmath.mpf(u)) - decay(span) * mpmath.mpf(u)))


@pytest.mark.parametrize(
    "offset", [0.0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-4, 1e-2, -1e-15, -1e-12, -1e-9, -1e-6, -1e-4, -1e-2]
)
def test_near_critical(offset: float) -> None:
    k, m = 90.0, 1.3
    c = 2.0 * math.sqrt(k * m) * (1.0 + offset)
    for u in (0.01, 0.1, 0.35, 0.8, 0.99):
        assert float(EASES[EaseId.SPRING](u, k, c, m, seconds=1.2)) == pytest.approx(exact(u, k, c, m, 1.2), abs=1e-14)


@settings(deadline=None)
@given(st.floats(1e-2, 1e4), st.floats(0.0, 1e3), st.floats(1e-2, 1e2), st.floats(0.01, 60.0), st.floats(0.0, 1.0))
def test_anywhere(k: float, c: float, m: float, seconds: float, u: float) -> None:
    got = float(EASES[EaseId.SPRING](u, k, c, m, seconds=seconds))
    tolerance = 1e-14 * (1.0 + math.sqrt(k / m) * seconds)  # an angle's error grows with the angle
    assert got == pytest.approx(exact(u, k, c, m, seconds), abs=tolerance)


@settings(deadline=None)
@given(st.floats(1e-6, 1e9), st.floats(0.0, 1e9), st.floats(1e-6, 1e9), st.floats(0.0, 1e6))
def test_finite_and_exact_ends(k: float, c: float, m: float, seconds: float) -> None:
    y = EASES[EaseId.SPRING](np.linspace(0.0, 1.0, 11), k, c, m, seconds=seconds)
    assert np.isfinite(y).all()
    assert y[0] == 0.0
    assert y[-1] == 1.0


def test_kernels_meet_both_ends_without_help() -> None:
    """The kernels themselves, not the clamp around them, give exactly 0 and 1."""
    from wavyte_gpu.animation.spring import overdamped, underdamped

    for k, c, m, seconds in CASES:
        over, coefficients = spring_coefficients(k, c, m, seconds)
        kernel = overdamped if over else underdamped
        y = kernel(np.array([0.0, 1.0]), *(np.full(2, v) for v in coefficients))
        np.testing.assert_array_equal(y, [0.0, 1.0])


def test_regimes() -> None:
    assert [spring_coefficients(100.0, c, 1.0, 1.0)[0] for c in (5.0, 20.0, 25.0)] == [False, False, True]
