"""Colours against values written out by hand and by `colorsys`; times as exact fractions."""

from __future__ import annotations

import colorsys
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavyte_gpu.foundation import timebase
from wavyte_gpu.foundation.colour import ColourError, Rgba, parse_colour, premultiply_8bit

UNIT = st.floats(0, 1)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("#fff", (1, 1, 1, 1)),
        ("#f008", (1, 0, 0, 136 / 255)),
        ("#336699", (0.2, 0.4, 0.6, 1)),
        ("#33669980", (0.2, 0.4, 0.6, 128 / 255)),
        ("RED", (1, 0, 0, 1)),
        ("transparent", (0, 0, 0, 0)),
        ("rebeccapurple", (0.4, 0.2, 0.6, 1)),
        ([1, 0.5, 0], (1, 0.5, 0, 1)),
        ((1, 0.5, 0, 0.25), (1, 0.5, 0, 0.25)),
        ({"r": 1, "g": 0, "b": 0}, (1, 0, 0, 1)),
        ({"h": 120, "s": 1, "l": 0.5}, (0, 1, 0, 1)),
        ({"h": -120, "s": 1, "l": 0.5, "a": 0.5}, (0, 0, 1, 0.5)),
    ],
)
def test_forms_of_a_colour(raw: Any, expected: tuple[float, ...]) -> None:
    assert parse_colour(raw) == pytest.approx(expected, abs=1e-15)


@given(st.floats(-720, 720), UNIT, UNIT)
def test_hsl_agrees_with_colorsys(hue: float, saturation: float, lightness: float) -> None:
    ours = parse_colour({"h": hue, "s": saturation, "l": lightness})
    assert ours[:3] == pytest.approx(colorsys.hls_to_rgb((hue / 360) % 1.0, lightness, saturation), abs=1e-9)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "#",
        "#ff",
        "#fffff",
        "#ggg",
        "redd",
        [1, 1],
        [1, 2, 3],
        [True, 0, 0],
        {"r": 1},
        {"r": 1, "h": 2, "b": 0},
        None,
        3,
        [math.nan, 0, 0],
        [10**400, 0, 0],
        {"r": 1, "g": 1, "b": 1, "x": 1},
        [-0.1, 0, 0],
        ["1", 0, 0],
    ],
)
def test_what_is_no_colour(raw: Any) -> None:
    with pytest.raises(ColourError) as caught:
        parse_colour(raw)
    assert caught.value.found


def test_hints() -> None:
    with pytest.raises(ColourError) as caught:
        parse_colour("rde")
    assert caught.value.hint == "did you mean 'red'?"
    with pytest.raises(ColourError) as caught:
        parse_colour([51, 0, 0])
    assert caught.value.hint == "divide by 255: 0.2"


@given(UNIT, UNIT, UNIT, UNIT)
def test_premultiply_rounds_once(r: float, g: float, b: float, a: float) -> None:
    made = premultiply_8bit(Rgba(r, g, b, a))
    assert made[3] == math.floor(a * 255 + 0.5)
    for straight, channel in zip((r, g, b), made, strict=False):
        assert (0 <= channel <= made[3] and abs(channel - straight * a * 255) <= 0.5 + 1e-9) or channel == made[3]


def test_premultiply_known_values() -> None:
    assert premultiply_8bit(Rgba(1, 1, 1, 1)) == (255, 255, 255, 255)
    assert premultiply_8bit(Rgba(1, 0.5, 0, 0.5)) == (128, 64, 0, 128)
    assert premultiply_8bit(Rgba(1, 0, 0, 0.2)) == (51, 0, 0, 51)


@pytest.mark.parametrize(
    ("number", "rate"),
    [
        (30, Fraction(30)),
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (47.952, Fraction(48000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (12.5, Fraction(25, 2)),
        (0.1, Fraction(1, 10)),
    ],
)
def test_frame_rates(number: float, rate: Fraction) -> None:
    assert timebase.fps_from_number(number) == rate


@given(st.floats(min_value=0.001, max_value=1000))
def test_frame_rates_have_small_denominators(number: float) -> None:
    rate = timebase.fps_from_number(number)
    assert rate.denominator <= 1001 and abs(rate - Fraction(number)) <= Fraction(1, 1001)


@pytest.mark.parametrize("number", [0, -1, math.nan, math.inf, 1e-300])
def test_no_frame_rate(number: float) -> None:
    with pytest.raises(ValueError, match="frame rate"):
        timebase.fps_from_number(number)


def test_seconds() -> None:
    assert timebase.parse_seconds("1.5s") == Fraction(3, 2)
    assert timebase.parse_seconds(" .25 s ") == Fraction(1, 4)
    assert timebase.parse_seconds("-2s") == -2
    for text in ("1.5", "s", "1e3s", "1,5s", "1.5ms", "", "١s"):
        assert timebase.parse_seconds(text) is None
    assert timebase.frames_from_seconds(Fraction(1, 2), Fraction(25)) == 13
    assert timebase.frames_from_seconds(Fraction(1), Fraction(30000, 1001)) == 30
    assert timebase.round_half_up(Fraction(-1, 2)) == 0 and timebase.round_half_up(Fraction(-3, 2)) == -1
    assert timebase.seconds_from_frames(30, Fraction(30000, 1001)) == Fraction(1001, 1000)
