"""Easings against the published formulas, and the registry's shape."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavyte_gpu.animation.ease import EASE_IDS, EASES, FAMILY_KERNELS, EaseId, Family, compile_ease, ease

PARAMS: dict[str, tuple[float, ...]] = {"cubic_bezier": (0.25, 0.1, 0.25, 1.0), "spring": (120.0, 9.0, 1.5)}
GRID = np.concatenate([np.linspace(0.0, 1.0, 481), [1e-9, 0.5 - 1e-9, 0.5 + 1e-9, 1.0 - 1e-9]])
OVERSHOOT = ("back", "elastic", "spring")
NOT_MONOTONE = (*OVERSHOOT, "bounce")


def bounce_out(x: float) -> float:
    n, d = 7.5625, 2.75
    if x < 1 / d:
        return n * x * x
    if x < 2 / d:
        return n * (x - 1.5 / d) ** 2 + 0.75
    if x < 2.5 / d:
        return n * (x - 2.25 / d) ** 2 + 0.9375
    return n * (x - 2.625 / d) ** 2 + 0.984375


C1 = 1.70158
C2 = C1 * 1.525
C3 = C1 + 1
C4 = 2 * math.pi / 3
C5 = 2 * math.pi / 4.5
PI = math.pi

# The formulas of easings.net, in its own words; the ends of expo and elastic are special there too.
FORMULAS: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "quad_in": lambda x: x * x,
    "quad_out": lambda x: 1 - (1 - x) * (1 - x),
    "quad_in_out": lambda x: 2 * x * x if x < 0.5 else 1 - (-2 * x + 2) ** 2 / 2,
    "cubic_in": lambda x: x**3,
    "cubic_out": lambda x: 1 - (1 - x) ** 3,
    "cubic_in_out": lambda x: 4 * x**3 if x < 0.5 else 1 - (-2 * x + 2) ** 3 / 2,
    "quart_in": lambda x: x**4,
    "quart_out": lambda x: 1 - (1 - x) ** 4,
    "quart_in_out": lambda x: 8 * x**4 if x < 0.5 else 1 - (-2 * x + 2) ** 4 / 2,
    "quint_in": lambda x: x**5,
    "quint_out": lambda x: 1 - (1 - x) ** 5,
    "quint_in_out": lambda x: 16 * x**5 if x < 0.5 else 1 - (-2 * x + 2) ** 5 / 2,
    "sine_in": lambda x: 1 - math.cos(x * PI / 2),
    "sine_out": lambda x: math.sin(x * PI / 2),
    "sine_in_out": lambda x: -(math.cos(PI * x) - 1) / 2,
    "expo_in": lambda x: 0 if x == 0 else 2 ** (10 * x - 10),
    "expo_out": lambda x: 1 if x == 1 else 1 - 2 ** (-10 * x),
    "expo_in_out": lambda x: x if x in (0, 1) else 2 ** (20 * x - 10) / 2 if x < 0.5 else (2 - 2 ** (-20 * x + 10)) / 2,
    "circ_in": lambda x: 1 - math.sqrt(1 - x**2),
    "circ_out": lambda x: math.sqrt(1 - (x - 1) ** 2),
    "circ_in_out": lambda x: (
        (1 - math.sqrt(1 - (2 * x) ** 2)) / 2 if x < 0.5 else (math.sqrt(1 - (-2 * x + 2) ** 2) + 1) / 2
    ),
    "back_in": lambda x: C3 * x**3 - C1 * x * x,
    "back_out": lambda x: 1 + C3 * (x - 1) ** 3 + C1 * (x - 1) ** 2,
    "back_in_out": lambda x: (
        ((2 * x) ** 2 * ((C2 + 1) * 2 * x - C2)) / 2
        if x < 0.5
        else ((2 * x - 2) ** 2 * ((C2 + 1) * (x * 2 - 2) + C2) + 2) / 2
    ),
    "elastic_in": lambda x: x if x in (0, 1) else -(2 ** (10 * x - 10)) * math.sin((x * 10 - 10.75) * C4),
    "elastic_out": lambda x: x if x in (0, 1) else 2 ** (-10 * x) * math.sin((x * 10 - 0.75) * C4) + 1,
    "elastic_in_out": lambda x: (
        x
        if x in (0, 1)
        else -(2 ** (20 * x - 10) * math.sin((20 * x - 11.125) * C5)) / 2
        if x < 0.5
        else (2 ** (-20 * x + 10) * math.sin((20 * x - 11.125) * C5)) / 2 + 1
    ),
    "bounce_in": lambda x: 1 - bounce_out(1 - x),
    "bounce_out": bounce_out,
    "bounce_in_out": lambda x: (1 - bounce_out(1 - 2 * x)) / 2 if x < 0.5 else (1 + bounce_out(2 * x - 1)) / 2,
}


def test_ids_are_positions() -> None:
    assert len(EASES) == len(EaseId)
    for i, definition in enumerate(EASES):
        assert definition.name.upper() == EaseId(i).name
        assert EASE_IDS[definition.name] is EaseId(i)
    assert len(FAMILY_KERNELS) == len(Family)


def test_every_kind_has_a_truth() -> None:
    elsewhere = {"hold", "ease_in", "ease_out", "ease_in_out", "cubic_bezier", "spring"}
    assert set(FORMULAS) | elsewhere == set(EASE_IDS)


@pytest.mark.parametrize("name", FORMULAS)
def test_formula(name: str) -> None:
    want = [FORMULAS[name](float(x)) for x in GRID]
    np.testing.assert_allclose(EASES[EASE_IDS[name]](GRID), want, rtol=0.0, atol=2e-15)


@pytest.mark.parametrize("name", EASE_IDS)
def test_ends_are_exact_and_progress_is_clamped(name: str) -> None:
    y = EASES[EASE_IDS[name]]([0.0, 1.0, -3.0, 7.0, -0.0], *PARAMS.get(name, ()))
    np.testing.assert_array_equal(y, [0.0, 1.0, 0.0, 1.0, 0.0])


def test_hold_waits_for_the_key() -> None:
    np.testing.assert_array_equal(EASES[EaseId.HOLD]([0.0, 0.5, 1.0 - 2**-53, 1.0]), [0.0, 0.0, 0.0, 1.0])


@pytest.mark.parametrize("name", [n for n in EASE_IDS if not n.startswith(NOT_MONOTONE)])
@settings(deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_monotone(name: str, a: float, b: float) -> None:
    lo, hi = EASES[EASE_IDS[name]]([min(a, b), max(a, b)], *PARAMS.get(name, ()))
    assert lo <= hi + 1e-15
    assert 0.0 <= lo <= 1.0 + 1e-15


@pytest.mark.parametrize("name", EASE_IDS)
@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False), max_size=20))
def test_finite_in_finite_out(name: str, values: list[float]) -> None:
    assert np.isfinite(EASES[EASE_IDS[name]](values, *PARAMS.get(name, ()))).all()


def test_overshoot_is_kept() -> None:
    u = np.linspace(0.0, 1.0, 201)
    for name in ("back_out", "elastic_out", "spring"):
        assert EASES[EASE_IDS[name]](u, *PARAMS.get(name, ())).max() > 1.05
    assert EASES[EaseId.CUBIC_BEZIER](u, 0.5, -1.0, 0.5, 2.0).min() < -0.05


def test_shape_is_kept() -> None:
    assert ease(EaseId.SINE_IN, 0.25).shape == ()
    assert ease(EaseId.SINE_IN, np.zeros((2, 3))).shape == (2, 3)
    assert ease(EaseId.EASE_IN, np.zeros((0,))).shape == (0,)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        (EaseId.LINEAR, (1.0,)),
        (EaseId.CUBIC_BEZIER, (0.1, 0.2, 0.3)),
        (EaseId.SPRING, (0.0, 1.0, 1.0)),
        (EaseId.SPRING, (1.0, -1.0, 1.0)),
        (EaseId.SPRING, (1.0, 1.0, 0.0)),
        (EaseId.SPRING, (math.nan, 1.0, 1.0)),
        (EaseId.SPRING, (1e308, 1e308, 1e-308)),
    ],
)
def test_wrong_parameters(kind: EaseId, params: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=EASES[kind].name):
        compile_ease(kind, params, 1.0)


@pytest.mark.parametrize("params", [(-0.1, 0.0, 0.5, 1.0), (0.5, 0.0, 1.1, 1.0), (0.5, math.inf, 0.5, 1.0)])
def test_wrong_bezier(params: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="cubic_bezier"):
        ease(EaseId.CUBIC_BEZIER, 0.5, params)
