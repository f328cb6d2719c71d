"""Arc length, trimming and dashes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from raster_oracles import bernstein, curves, distance, length, sampled

from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.raster.arclength import arc_table
from wavyte_gpu.raster.dash import split_dashes
from wavyte_gpu.raster.outline import Outline, Verb, concat
from wavyte_gpu.raster.shapes import ellipse, rect
from wavyte_gpu.raster.svg_path import parse_path
from wavyte_gpu.raster.trim import trim

PLACE = st.integers(0, 60).map(lambda v: v / 2)
FRACTION = st.integers(0, 1000).map(lambda v: v / 1000)


@st.composite
def paths(draw: st.DrawFn) -> Outline:
    d = ""
    for _ in range(draw(st.integers(1, 3))):
        d += f"M{draw(PLACE)} {draw(PLACE)}"
        for letter in draw(st.lists(st.sampled_from("LQC"), min_size=1, max_size=3)):
            d += letter + " ".join(str(draw(PLACE)) for _ in range({"L": 2, "Q": 4, "C": 6}[letter]))
        d += draw(st.sampled_from(["", "z"]))
    return parse_path(d)


def brief(outline: Outline) -> str:
    points = iter(outline.points.tolist())
    out = []
    for verb in outline.verbs:
        taken = [next(points) for _ in range((1, 1, 2, 3, 0)[verb])]
        out.append("MLQCZ"[verb] + " ".join(f"{x:g},{y:g}" for x, y in taken))
    return " ".join(out)


@given(paths())
@example(parse_path("M0 0Q0 11 0 0.5"))  # five points and twice five agree on a wrong length
def test_lengths(outline: Outline) -> None:
    exact = length(outline)
    assert abs(arc_table(outline).length - exact) <= 1e-6 * exact + 1e-9


@pytest.mark.parametrize(
    ("d", "exact"),
    [
        ("M0 0Q5 0 10 0", 10.0),
        ("M0 0Q10 0 0 0", 10.0),  # there and back: the speed is 0 half way
        ("M0 0C10 10 0 10 10 0", None),
        ("M0 0C100 100 0 100 100 0", None),  # a cusp
        ("M0 0C60 0-50 0 10 0", None),  # two turns on a line
        ("M0 0C0 0 0 0 10 0", 10.0),
        ("M0 0C0 0 10 10 10 10", 200**0.5),
    ],
)
def test_lengths_of_special_curves(d: str, exact: float | None) -> None:
    outline = parse_path(d)
    wanted = length(outline) if exact is None else exact
    assert abs(arc_table(outline).length / wanted - 1) < 2e-7


def test_circles() -> None:
    assert abs(arc_table(ellipse(3, 4, 10, 10)).length / (20 * np.pi) - 1) < 3e-6


@given(paths(), FRACTION, FRACTION, st.integers(-2000, 2000).map(lambda v: v / 1000))
def test_a_trim_has_its_length_and_lies_on_the_path(outline: Outline, start: float, end: float, offset: float) -> None:
    total = arc_table(outline).length
    assume(total > 1.0)
    part = trim(outline, start, end, offset)
    wanted = abs(end - start) * total
    assert abs(length(part) - wanted) < 1e-4 * total
    points = [s[::40] for s in sampled(part)][:6]
    if points:
        assert distance(np.concatenate(points), sampled(outline, 400)).max() < 0.05


@given(paths(), FRACTION, FRACTION)
def test_pieces_lie_end_to_end(outline: Outline, a: float, b: float) -> None:
    """Locating a cut by numeric integration from the start gives the same place."""
    table = arc_table(outline)
    assume(table.length > 1.0 and abs(a - b) > 0.01)
    low, high = sorted((a, b))
    part = trim(outline, low, high)
    first = np.concatenate(sampled(outline, 4000))
    steps = np.concatenate([np.append(0.0, np.hypot(*np.diff(s, axis=0).T)) for s in sampled(outline, 4000)])
    run = np.cumsum(steps)
    for at, point in ((low, part.points[0]), (high, curves(part)[-1][-1])):
        near = np.abs(run - at * run[-1]) < 2e-4 * run[-1] + np.max(steps)
        assert np.hypot(*(first[near] - point).T).min() < 2e-4 * run[-1] + np.max(steps)


ONE, TWO = rect(0, 0, 10, 10), concat([rect(0, 0, 10, 10), rect(20, 0, 10, 10)])


@pytest.mark.parametrize(
    ("outline", "bounds", "wanted"),
    [
        (ONE, (0, 0.5, 0), "M0,0 L10,0 L10,10"),
        (ONE, (0.75, 0.25, 0), "M10,0 L10,10 L0,10"),
        (ONE, (0, 0.5, 0.75), "M0,10 L0,0 L10,0"),
        (ONE, (0, 0.25, -0.25), "M0,10 L0,0"),
        (ONE, (0, 0.25, 1.0), "M0,0 L10,0"),
        (ONE, (0, 0.25, 7.25), "M10,0 L10,10"),
        (ONE, (0, 1, 0.3), "M0,0 L10,0 L10,10 L0,10 Z"),
        (ONE, (-3, 4, 0.3), "M0,0 L10,0 L10,10 L0,10 Z"),
        (ONE, (0.2, 0.2, 0), ""),
        (ONE, (2, 3, 0), ""),
        (TWO, (0, 0.5, 0), "M0,0 L10,0 L10,10 L0,10 Z"),
        (TWO, (0, 0.5, 0.5), "M20,0 L30,0 L30,10 L20,10 Z"),
        (TWO, (0.25, 0.75, 0), "M10,10 L0,10 L0,0 M20,0 L30,0 L30,10"),
        (TWO, (0, 0.5, 0.75), "M30,10 L20,10 L20,0 M0,0 L10,0 L10,10"),
        (TWO, (0, 0.9, 0.2), "M10,6 L10,10 L0,10 L0,0 L8,0 M20,0 L30,0 L30,10 L20,10 Z"),
        (TWO, (0, 0.9, 0.7), "M30,6 L30,10 L20,10 L20,0 L28,0 M0,0 L10,0 L10,10 L0,10 Z"),
        (parse_path("M0 0h10M20 0h10"), (0.5, 1, 0.25), "M25,0 L30,0 M0,0 L5,0"),
        (parse_path("M0 0h10M5 5zM20 0h10"), (0.25, 0.75, 0), "M5,0 L10,0 M20,0 L25,0"),
        (parse_path("M5 5z"), (0, 0.5, 0), ""),
        (Outline.empty(), (0, 0.5, 0), ""),
    ],
)
def test_what_trimming_gives(outline: Outline, bounds: tuple[float, float, float], wanted: str) -> None:
    assert brief(trim(outline, *bounds)) == wanted


def test_a_whole_trim_is_the_outline_itself() -> None:
    assert trim(ONE, 0.0, 1.0) is ONE and trim(ONE, 1.0, 0.0, 0.4) is ONE
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ValueError):
            trim(ONE, 0.0, bad)


@given(paths(), st.lists(st.sampled_from([0.0, 1.0, 2.5, 7.0]), min_size=1, max_size=4), st.integers(-50, 50))
def test_dashes_have_the_lengths_of_the_pattern(outline: Outline, dash: list[float], offset: int) -> None:
    """Against a walk along each contour."""
    pattern = dash * 2 if len(dash) % 2 else dash
    period = sum(pattern)
    parts = split_dashes(outline, dash, offset)
    if period == 0.0:
        assert parts.outline == outline or len(parts.at)
        return
    ends = arc_table(outline).contour_ends
    wanted: list[float] = []
    for contour in np.diff(ends, prepend=0.0):
        at, k = -(offset % period), 0
        while at < contour:
            low, high = max(at, 0.0), min(at + pattern[k % len(pattern)], contour)
            if k % 2 == 0 and high - low > 1e-6:
                wanted.append(high - low)
            at, k = at + pattern[k % len(pattern)], k + 1
    starts = np.cumsum(parts.outline.verbs == Verb.MOVE) - 1
    drawn = [0.0] * (int(starts[-1]) + 1 if len(starts) else 0)
    segments = parts.outline.segments
    for kind, p, contour in zip(segments.kind, segments.points, segments.contour, strict=True):
        s = bernstein(p[: int(kind) + 1], np.linspace(0, 1, 2000))
        drawn[contour] += float(np.hypot(*np.diff(s, axis=0).T).sum())
    drawn = [v for v in drawn if v > 1e-6]
    assert len(drawn) == len(wanted)
    assert np.allclose(drawn, wanted, atol=2e-3)


def test_dots_of_a_pattern() -> None:
    parts = split_dashes(parse_path("M0 0h10v10"), (0, 5), 0)
    assert parts.outline.is_empty
    assert parts.at.tolist() == [[0, 0], [5, 0], [10, 0], [10, 5], [10, 10]]
    assert parts.along.tolist()[:2] == [[1, 0], [1, 0]] and parts.along.tolist()[3:] == [[0, 1], [0, 1]]
    lone = split_dashes(parse_path("M1 2zM3 4L3 4M5 5h1"), (), 0)
    assert lone.at.tolist() == [[1, 2], [3, 4]] and brief(lone.outline) == "M5,5 L6,5"


def test_patterns_out_of_range() -> None:
    with pytest.raises(LimitError, match="dashes"):
        split_dashes(rect(0, 0, 1e6, 1e6), (1e-3,), 0)
    for bad in ((-1.0, 2.0), (float("nan"),), (float("inf"),)):
        with pytest.raises(ValueError):
            split_dashes(ONE, bad, 0)
    assert split_dashes(ONE, (0, 0), 3).outline is ONE
