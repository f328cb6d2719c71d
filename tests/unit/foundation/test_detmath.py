"""Deterministic mathematics: errors against mpmath, special cases, the same bits for every memory layout."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavyte_gpu.foundation import detmath

Array = npt.NDArray[Any]

N = 1500
RNG = np.random.default_rng(7)
UNARY = ("sin", "cos", "tan", "sinpi", "cospi", "exp", "exp2", "log", "sinh", "cosh", "atan")
SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    -2.0,
    3.0,
    -3.0,
    2.5,
    math.inf,
    -math.inf,
    math.nan,
    1e308,
    -1e308,
    5e-324,
    1e-300,
]

ANGLES = np.concatenate(
    [
        RNG.uniform(-1e6, 1e6, N),
        RNG.uniform(-10.0, 10.0, N),
        np.arange(1, 200) * (np.pi / 4),
        10.0 ** RNG.uniform(-300.0, 0.0, 300),
    ]
)
LOGS = np.concatenate(
    [
        10.0 ** RNG.uniform(-320.0, 308.0, N),
        RNG.uniform(0.5, 2.0, N),
        1.0 + RNG.uniform(-0.9, 0.9, N) * 10.0 ** RNG.uniform(-16, 0, N),
    ]
)


def worst_ulp(got: Array, exact: Callable[..., mpmath.mpf], *arguments: Array, prec: int = 160) -> float:
    """Return the largest error in units in the last place of the exact value."""
    worst = 0.0
    with mpmath.workprec(prec):
        for value, *xs in zip(got, *arguments, strict=True):
            truth = exact(*(mpmath.mpf(float(x)) for x in xs))
            worst = max(worst, float(abs(mpmath.mpf(float(value)) - truth)) / math.ulp(float(abs(truth))))
    return worst


@pytest.mark.parametrize(
    ("name", "exact", "xs", "limit"),
    [
        ("sin", mpmath.sin, ANGLES, 2.0),
        ("cos", mpmath.cos, ANGLES, 2.0),
        ("tan", mpmath.tan, ANGLES, 4.0),
        ("sinpi", mpmath.sinpi, RNG.uniform(-50.0, 50.0, N), 2.0),
        ("cospi", mpmath.cospi, RNG.uniform(-50.0, 50.0, N), 2.0),
        ("exp", mpmath.exp, np.concatenate([RNG.uniform(-708.0, 709.7, N), RNG.uniform(-1.0, 1.0, N)]), 1.0),
        ("exp", mpmath.exp, RNG.uniform(-745.0, -708.0, N), 1.01),
        ("exp2", lambda x: mpmath.mpf(2) ** x, RNG.uniform(-1020.0, 1023.9, N), 1.5),
        ("log", mpmath.log, LOGS, 0.51),
        ("sinh", mpmath.sinh, np.concatenate([RNG.uniform(-2.0, 2.0, N), RNG.uniform(-700.0, 700.0, N)]), 5.0),
        ("cosh", mpmath.cosh, RNG.uniform(-700.0, 700.0, N), 4.0),
        ("atan", mpmath.atan, np.tan(RNG.uniform(-1.57, 1.57, N)), 1.0),
    ],
)
def test_error_in_ulp(name: str, exact: Callable[..., mpmath.mpf], xs: Array, limit: float) -> None:
    assert worst_ulp(getattr(detmath, name)(xs), exact, xs) < limit


def test_angles_of_any_size() -> None:
    xs = RNG.uniform(-1.0, 1.0, 100) * 10.0 ** RNG.uniform(6.0, 308.0, 100)
    assert worst_ulp(detmath.sin(xs), mpmath.sin, xs, prec=1400) < 2.0
    assert worst_ulp(detmath.cos(xs), mpmath.cos, xs, prec=1400) < 2.0


def test_pow_error() -> None:
    x = np.concatenate([10.0 ** RNG.uniform(-20.0, 20.0, N), RNG.uniform(0.5, 2.0, N)])
    y = RNG.uniform(-700.0, 700.0, 2 * N) / np.maximum(np.abs(np.log(x)), 0.7)
    assert worst_ulp(detmath.pow(x, y), lambda a, b: a**b, x, y) < 1.0


def test_atan2_error() -> None:
    x = RNG.normal(size=N) * 10.0 ** RNG.uniform(-300.0, 300.0, N)
    y = x * RNG.normal(size=N)
    assert worst_ulp(detmath.atan2(y, x), mpmath.atan2, y, x) < 1.5


def test_exact_values() -> None:
    halves = np.arange(-40, 40) * 0.5
    assert set(np.abs(detmath.sinpi(halves))) == {0.0, 1.0}
    assert set(np.abs(detmath.cospi(halves))) == {0.0, 1.0}
    k = np.arange(-1074, 1024)
    np.testing.assert_array_equal(detmath.exp2(k), np.ldexp(1.0, k))
    for a, b in itertools.product(range(-30, 31), range(9)):
        if abs(a) ** b < 2**53:
            assert float(detmath.pow(a, b)) == float(a**b)
    assert float(detmath.exp(0.0)) == 1.0
    assert float(detmath.log(1.0)) == 0.0


def reference_pow(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except (ValueError, OverflowError):
        with np.errstate(all="ignore"):
            return float(np.power(a, b))


def test_pow_and_atan2_special_cases() -> None:
    for a, b in itertools.product([*SPECIAL, 0.5, -0.5], repeat=2):
        for got, want in ((detmath.pow(a, b), reference_pow(a, b)), (detmath.atan2(a, b), math.atan2(a, b))):
            value = float(got)
            if math.isnan(want):
                assert math.isnan(value), (a, b)
            else:
                assert value == pytest.approx(want, rel=4e-16, abs=0.0), (a, b)
                assert math.copysign(1.0, value) == math.copysign(1.0, want), (a, b)


@pytest.mark.parametrize(
    ("name", "x", "want"),
    [
        ("exp", math.inf, math.inf),
        ("exp", -math.inf, 0.0),
        ("exp", 710.0, math.inf),
        ("exp", -746.0, 0.0),
        ("exp2", 1024.0, math.inf),
        ("exp2", -1076.0, 0.0),
        ("log", 0.0, -math.inf),
        ("log", math.inf, math.inf),
        ("log", -1.0, math.nan),
        ("sin", math.inf, math.nan),
        ("cos", -math.inf, math.nan),
        ("cospi", math.inf, math.nan),
        ("sinpi", 1e300, 0.0),
        ("atan", math.inf, math.pi / 2),
        ("sinh", -math.inf, -math.inf),
        ("cosh", -math.inf, math.inf),
    ],
)
def test_special_values(name: str, x: float, want: float) -> None:
    np.testing.assert_equal(float(getattr(detmath, name)(x)), want)


@pytest.mark.parametrize("name", UNARY)
def test_no_warning_and_nan_for_nan(name: str) -> None:
    y = getattr(detmath, name)(SPECIAL)
    assert np.isnan(y[11])
    assert getattr(detmath, name)(np.empty((0, 3))).shape == (0, 3)


def bits(x: Array) -> Array:
    """Return the bits, NaNs made equal."""
    return np.where(np.isnan(x), np.nan, x).view(np.uint64)


@pytest.mark.parametrize("name", UNARY)
@settings(deadline=None)
@given(st.lists(st.floats(width=64), min_size=1, max_size=40))
def test_layout_does_not_matter(name: str, values: list[float]) -> None:
    f = getattr(detmath, name)
    x = np.array(values)
    whole = f(x)
    spread = np.zeros((len(x), 3))
    spread[:, 1] = x
    np.testing.assert_array_equal(bits(f(spread[:, 1])), bits(whole))
    np.testing.assert_array_equal(bits(f(x[::-1])[::-1]), bits(whole))
    np.testing.assert_array_equal(bits(f(np.asfortranarray(np.stack([x, x])))[0]), bits(whole))
    for i, v in enumerate(values):
        assert f(v).shape == ()
        assert bits(f(v)) == bits(whole[i])
        assert bits(f(x[i : i + 1]))[0] == bits(whole[i])


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(), st.floats()), min_size=1, max_size=30))
def test_layout_does_not_matter_for_two_arguments(pairs: list[tuple[float, float]]) -> None:
    x, y = np.array(pairs).T
    for f in (detmath.pow, detmath.atan2):
        whole = f(x, y)
        np.testing.assert_array_equal(bits(f(x.copy(), y.copy())), bits(whole))
        for i in range(len(pairs)):
            assert bits(f(x[i], y[i])) == bits(whole[i])


def test_bounded_forms_equal_the_checked_ones() -> None:
    x = RNG.uniform(-600.0, 600.0, 500)
    np.testing.assert_array_equal(detmath.sin_bounded(x), detmath.sin(x))
    np.testing.assert_array_equal(detmath.sincos_bounded(x)[1], detmath.cos(x))
    np.testing.assert_array_equal(detmath.sincos(x)[0], detmath.sin(x))
    np.testing.assert_array_equal(detmath.exp_bounded(x), detmath.exp(x))
    np.testing.assert_array_equal(detmath.exp2_bounded(x), detmath.exp2(x))
    np.testing.assert_array_equal(detmath.cospi_bounded(x), detmath.cospi(x))


def test_arguments_are_not_changed() -> None:
    x = RNG.uniform(0.1, 5.0, 20)
    x.setflags(write=False)
    for name in (*UNARY, "sin_bounded", "cospi_bounded", "exp_bounded", "exp2_bounded"):
        getattr(detmath, name)(x)
    detmath.pow(x, x)
    detmath.atan2(x, x)


def test_known_bits() -> None:
    """The same on every machine: these were computed once and must not move."""
    x = np.array([0.1, 1.0, 2.5, 1000.0, 123456.789])
    got = [float(v).hex() for f in (detmath.sin, detmath.cos, detmath.log, detmath.atan) for v in f(x)]
    got += [float(v).hex() for v in detmath.exp(x[:4] * 0.7)] + [float(v).hex() for v in detmath.pow(x, 0.3)]
    assert got == KNOWN


KNOWN: list[str] = [
    "0x1.98eaecb8bcb2cp-4",
    "0x1.aed548f090ceep-1",
    "0x1.326af0dcfcab0p-1",
    "0x1.a75cc150a206cp-1",
    "-0x1.ff50e60ab53f9p-1",
    "0x1.fd712f9a817c1p-1",
    "0x1.14a280fb5068cp-1",
    "-0x1.9a2f7ef858b7dp-1",
    "0x1.1ff026793f1bbp-1",
    "0x1.a74d27c41b22ap-5",
    "-0x1.26bb1bbb55515p+1",
    "0x0.0p+0",
    "0x1.d5240f0e0e078p-1",
    "0x1.ba18a998fffa0p+2",
    "0x1.77281cad8a844p+3",
    "0x1.983e282e2cc4dp-4",
    "0x1.921fb54442d18p-1",
    "0x1.30b6d796a4da8p+0",
    "0x1.91de2c0e658bdp+0",
    "0x1.921f2d5f068d7p+0",
    "0x1.128fe56b2de6ap+0",
    "0x1.01c2a61268987p+1",
    "0x1.704b6905bacbep+2",
    "0x1.d945df4f8ec8ep+1009",
    "0x1.009b9cf334253p-1",
    "0x1.0000000000000p+0",
    "0x1.50fe6c94a6e58p+0",
    "0x1.fc5ebcec13540p+2",
    "0x1.0d7dbae30ef28p+5",
]
