"""Path data: grammar, against an independent parser, arcs against the ellipse, errors with columns, limits, speed."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from raster_oracles import curves, sampled

from tests.support.growth import assert_proportional
from wavyte_gpu.raster.outline import Outline, Verb
from wavyte_gpu.raster.svg_path import MAX_COORDINATE, PathSyntaxError, parse_path

M, L, Q, C, Z = Verb.MOVE, Verb.LINE, Verb.QUAD, Verb.CUBIC, Verb.CLOSE


@pytest.mark.parametrize(
    ("d", "points", "verbs"),
    [
        ("", [], []),
        (" \t\n", [], []),
        ("M1 2", [], []),
        ("M1 2M3 4", [], []),
        ("M1 2L3 4", [(1, 2), (3, 4)], [M, L]),
        ("M1 2 3 4 5 6", [(1, 2), (3, 4), (5, 6)], [M, L, L]),
        ("m1 2 3 4 5 6", [(1, 2), (4, 6), (9, 12)], [M, L, L]),
        ("M0 0L1.5.5-.5e-3.25", [(0, 0), (1.5, 0.5), (-0.0005, 0.25)], [M, L, L]),
        ("M0,0L1e1.5e1 ", [(0, 0), (10, 5)], [M, L]),
        ("M+1-2L-3+4", [(1, -2), (-3, 4)], [M, L]),
        ("M .5.5.5.5", [(0.5, 0.5), (0.5, 0.5)], [M, L]),
        ("M10 10h5v5H1V2h1-1", [(10, 10), (15, 10), (15, 15), (1, 15), (1, 2), (2, 2), (1, 2)], [M, L, L, L, L, L, L]),
        ("M1 1h2v2zl1 1", [(1, 1), (3, 1), (3, 3), (1, 1), (2, 2)], [M, L, L, Z, M, L]),
        ("M1 1h2zm1 1h2z", [(1, 1), (3, 1), (2, 2), (4, 2)], [M, L, Z, M, L, Z]),
        ("M1 1z", [(1, 1)], [M, Z]),
        ("M1 1h1zz", [(1, 1), (2, 1)], [M, L, Z]),
        ("M0 0C1 2 3 4 5 6S7 8 9 9", [(0, 0), (1, 2), (3, 4), (5, 6), (7, 8), (7, 8), (9, 9)], [M, C, C]),
        ("M1 1S2 3 4 5", [(1, 1), (1, 1), (2, 3), (4, 5)], [M, C]),
        ("M1 1Q2 3 4 5S2 3 4 6", [(1, 1), (2, 3), (4, 5), (4, 5), (2, 3), (4, 6)], [M, Q, C]),
        ("M0 0Q1 2 3 0T6 0 9 0", [(0, 0), (1, 2), (3, 0), (5, -2), (6, 0), (7, 2), (9, 0)], [M, Q, Q, Q]),
        ("M0 0t1 1", [(0, 0), (0, 0), (1, 1)], [M, Q]),
        ("M0 0q1 2 3 0t3 0", [(0, 0), (1, 2), (3, 0), (5, -2), (6, 0)], [M, Q, Q]),
        ("M1 1c1 0 2 0 3 0s1 1 2 2", [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (5, 2), (6, 3)], [M, C, C]),
        ("M1 1A0 5 0 0 0 3 4", [(1, 1), (3, 4)], [M, L]),
        ("M1 1A5 5 0 0 0 1 1", [], []),
    ],
)
def test_what_commands_draw(d: str, points: list[tuple[float, float]], verbs: list[int]) -> None:
    outline = parse_path(d)
    assert outline.verbs.tolist() == verbs
    assert np.array_equal(outline.points, np.array(points, np.float64).reshape(-1, 2))


@pytest.mark.parametrize(
    ("d", "column", "found", "allowed"),
    [
        ("L1 1", 0, "'L'", "M or m"),
        ("  5", 2, "'5'", "M or m"),
        ("M", 1, "the end of the path", "a number"),
        ("Mx", 1, "'x'", "a number"),
        ("M1", 2, "the end of the path", "a number"),
        ("M1 2 3z", 6, "'z'", "a number"),
        ("M1 2,", 5, "the end of the path", "a number"),
        ("M1,,2", 3, "','", "a number"),
        ("M,1 2", 1, "','", "a number"),
        ("M1 1,L2 2", 5, "'L'", "a number"),
        ("M1 1 B", 5, "'B'", "M L H V"),
        ("M1 1z5", 5, "'5'", "M L H V"),
        ("M1 1,z", 5, "'z'", "a number"),
        ("M1. 2", 2, "'.'", "a number"),
        ("M1 1e", 4, "'e'", "a number"),
        ("M1 1L--1 1", 5, "'-'", "a number"),
        ("M0 0C1 2 3 4 5", 14, "the end of the path", "a number"),
        ("M0 0A1 1 0 2 0 5 5", 11, "'2'", "0 or 1"),
        ("M0 0A1 1 0 0 -1 5 5", 13, "'-'", "0 or 1"),
        ("M0 0A1 1 0 00 5", 15, "the end of the path", "a number"),
        ("M0 0a1 1 0 0 0 5 5 5", 20, "the end of the path", "a number"),
        ("M0 0 L 1e30 5", 7, "1e30", "-1e+09 .. 1e+09"),
        ("M0 0 L 5 1e999", 9, "1e999", "-1e+09 .. 1e+09"),
        ("M0 0 a 1 1 0 011e10 5", 15, "1e10", "-1e+09 .. 1e+09"),
        ("M9e8 0 l 1 1 h9e8", 13, "h9e8", "-1e+09 .. 1e+09"),
        ("M0 0 Lnan 1", 6, "'n'", "a number"),
        ("M0 0 L\u0661 1", 6, "'\u0661'", "a number"),
        ("M0 0\u00a0L1 1", 4, "'\\xa0'", "a number"),
        ("M0 0\ud800", 4, "'\\ud800'", "a number"),
    ],
)
def test_errors_say_where_and_what(d: str, column: int, found: str, allowed: str) -> None:
    with pytest.raises(PathSyntaxError) as caught:
        parse_path(d)
    error = caught.value
    assert (error.column, error.found) == (column, found)
    assert error.allowed.startswith(allowed) or allowed in error.allowed
    assert str(column) in str(error) and found in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) and again.column == column


ALPHABET = "MmLlHhVvCcSsQqTtAaZz0123456789.,-+eE \n"


@given(
    st.one_of(st.text(ALPHABET, max_size=40), st.text(max_size=20), st.text(ALPHABET, max_size=30).map("M0 0".__add__))
)
@example("M1 1e5.5e3.5.5-1e-1")
@example("M0 0a1 1 0 1 0.5.5")
def test_any_text_is_an_outline_or_an_error(d: str) -> None:
    try:
        outline = parse_path(d)
    except PathSyntaxError as error:
        assert 0 <= error.column <= len(d)
    else:
        assert isinstance(outline, Outline)
        assert np.isfinite(outline.points).all()


NUMBER = st.one_of(
    st.integers(-99, 99).map(str),
    st.floats(-100, 100).map(lambda v: f"{v:.3f}"),
    st.sampled_from([".5", "-.25", "+3", "1e1", "2.5e-1", "-1E+1", "0.50"]),
)
GAP = st.sampled_from([" ", ",", " , ", "\n", "  "])


@st.composite
def paths(draw: st.DrawFn, letters: str = "LlHhVvCcSsQqTtAaMmZz") -> tuple[str, str]:
    """Valid path data, sometimes as tight as the grammar allows, and the same with a space between any two parts."""
    x, gap, y = draw(NUMBER), draw(GAP), draw(NUMBER)
    out, spelled = f"M{x}{gap}{y}", f"M {x} {y}"
    for letter in draw(st.lists(st.sampled_from(letters), max_size=8)):
        count = {"l": 2, "h": 1, "v": 1, "c": 6, "s": 4, "q": 4, "t": 2, "a": 7, "m": 2, "z": 0}[letter.lower()]
        out += draw(st.sampled_from(["", " "])) + letter
        spelled += " " + letter
        for k in range(draw(st.integers(1, 3)) * count):
            flag = letter in "Aa" and k % 7 in (3, 4)
            after_flag = letter in "Aa" and k % 7 in (4, 5)
            number = draw(st.sampled_from("01")) if flag else draw(NUMBER)
            tight = number[0] in "+-" or (after_flag and draw(st.booleans()))
            out += ("" if k == 0 or tight else draw(GAP)) + number
            spelled += " " + number
    return out, spelled


@given(paths())
def test_spelling_does_not_matter(texts: tuple[str, str]) -> None:
    assert parse_path(texts[0]) == parse_path(texts[1])


@given(paths("LlHhVvCcSsQqTtMmZz"))
def test_against_another_parser(texts: tuple[str, str]) -> None:
    """fontTools draws the same; arcs aside, which it splits in another way."""
    from fontTools.pens.recordingPen import RecordingPen
    from fontTools.svgLib.path.parser import parse_path as parse

    pen = RecordingPen()
    parse(texts[1], pen)
    theirs: list[list[tuple[float, float]]] = []
    at = start = (0.0, 0.0)
    for name, points in pen.value:
        if name == "moveTo":
            at = start = points[0]
        if name in ("moveTo", "endPath"):
            continue
        controls = [at, *(points or (start,))]
        theirs.append(controls)
        at = controls[-1]
    drawn = [c for c in theirs if any(p != c[0] for p in c)]
    mine = [c for c in curves(parse_path(texts[0])) if (c != c[0]).any()]
    assert len(drawn) == len(mine)
    for ours, other in zip(mine, drawn, strict=True):
        assert np.allclose(ours, np.array(other, np.float64), atol=1e-9)


SIZE = st.integers(1, 400).map(lambda v: v / 4)
PLACE = st.integers(-400, 400).map(lambda v: v / 4)


@given(SIZE, SIZE, st.integers(-720, 720), st.booleans(), st.booleans(), PLACE, PLACE)
def test_arcs_lie_on_their_ellipse(
    rx: float, ry: float, turn: int, large: bool, sweep: bool, x: float, y: float
) -> None:
    outline = parse_path(f"M3 4A{rx} {ry} {turn} {int(large)}{int(sweep)}{x} {y}")
    if (x, y) == (3, 4):
        assert outline.is_empty
        return
    assert outline.points[0].tolist() == [3, 4] and outline.points[-1].tolist() == [x, y]
    c, s = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    into = np.array([[c, s], [-s, c]]) / np.array([[rx], [ry]])
    points = np.concatenate(sampled(outline, 50)) @ into.T  # the ellipse is now a circle of radius 1, or larger
    chord = points[-1] - points[0]
    half = np.hypot(*chord) / 2
    radius = max(1.0, half)
    # The centre, from the flags: it lies left of the chord (in a frame with y down) when they differ.
    away = np.sqrt(max(radius**2 - half**2, 0.0)) * (1 if large != sweep else -1)
    centre = points[0] + chord / 2 + away * np.array([-chord[1], chord[0]]) / (2 * half)
    assert np.abs(np.hypot(*(points - centre).T) - radius).max() < 1e-5 * radius + 1e-7
    angle = np.unwrap(np.arctan2(*(points - centre).T[::-1]))
    swept = angle[-1] - angle[0]
    if half < 0.999:
        assert (swept > 0) == sweep and (abs(swept) > np.pi) == large


def test_arcs_of_one_command_go_on_from_each_other() -> None:
    outline = parse_path("M0 0a5 5 0 01 10 0 5 5 0 01 10 0z")
    assert outline.points[-1].tolist() == [20, 0]
    assert outline.verbs.tolist() == [M, *[C] * 8, Z]


def test_long_parts_and_short_parts_parse_alike() -> None:
    """Runs of equal letters take other ways through the parser when they are long."""
    rng = np.random.default_rng(3)
    rows = rng.integers(-50, 50, (400, 6)) / 4
    for letter in "lqcLQC":
        count = {"l": 2, "q": 4, "c": 6}[letter.lower()]
        texts = [" ".join(f"{v:g}" for v in row[:count]) for row in rows]
        joined = parse_path("M1 2" + letter + " ".join(texts))
        single = parse_path("M1 2" + "".join(letter + text for text in texts))
        split = parse_path("M1 2" + letter + texts[0] + letter + " ".join(texts[1:]))
        assert joined == single == split
    numbers = " ".join(f"{v:g}" for v in rng.integers(-50, 50, 100_000) / 8)
    long = parse_path("M0 0 L" + numbers)  # longer than the parts that numbers are read in
    assert np.array_equal(long.points[1:].reshape(-1), np.array(numbers.split(), np.float64))


def test_reading_takes_time_in_proportion() -> None:
    """No input makes the expressions go back: time grows with the text."""

    def refused(text: str) -> None:
        with pytest.raises(PathSyntaxError):
            parse_path(text)

    for head, repeated in (("M", " "), ("M0 0", ","), ("M0 0L1", " 1 1"), ("M0 0A", "1"), ("M", "-")):
        assert_proportional(lambda n, head=head, repeated=repeated: head + repeated * n, refused, 400_000 // len(repeated))
    assert parse_path("M0 0L1" + "0" * 8 + " 0." + "1" * 100_000).points[1, 0] == 1e8


def test_limits_are_inclusive() -> None:
    assert parse_path("M0 0L1e9-1e9").points[1].tolist() == [MAX_COORDINATE, -MAX_COORDINATE]
    with pytest.raises(PathSyntaxError):
        parse_path("M0 0L1000000000.1 0")
