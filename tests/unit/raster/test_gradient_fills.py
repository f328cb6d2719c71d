"""Gradients against their definitions, evaluated point by point."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest

from wavyte_gpu.raster import gradient as g

BOX = (0.0, 0.0, 100.0, 60.0)
STOPS = [(0.1, (1.0, 0.0, 0.0, 1.0)), (0.6, (0.0, 0.5, 0.0, 0.5)), (0.9, (0.0, 0.0, 1.0, 1.0))]


def colour_at(stops: list[g.Stop] | tuple[g.Stop, ...], t: float) -> np.ndarray:
    at = [p for p, _ in stops]
    return np.array([np.interp(t, at, [c[k] for _, c in stops]) for k in range(4)])


def spread(t: float, kind: str) -> float:
    """Return where the colour of position t is found between the first and the last stop."""
    first, last = STOPS[0][0], STOPS[-1][0]
    if kind == "pad":
        return t
    turn = (t - first) / (last - first)
    rest = turn - math.floor(turn)
    return first + (1 - rest if kind == "reflect" and math.floor(turn) % 2 else rest) * (last - first)


def shown(fill: object, x: float, y: float) -> np.ndarray:
    assert isinstance(fill, g.GradientFill)
    a, b, c, d, e, f = fill.matrix
    u, v = a * x + c * y + e, b * x + d * y + f
    t = {0: u, 1: math.hypot(u, v), 2: math.atan2(v, u) / math.tau % 1.0}[int(fill.kind)]
    return colour_at(fill.stops, min(max(t, 0.0), 1.0))


@pytest.mark.parametrize("kind", ["pad", "repeat", "reflect"])
def test_linear(kind: g.Spread) -> None:
    r = Random(1)
    matrix = (0.02, 0.0, 0.013, 0.0, -0.4, 0.0)
    fill = g.linear(STOPS, kind, matrix, BOX)
    for _ in range(200):
        x, y = r.uniform(0, 100), r.uniform(0, 60)
        t = 0.02 * x + 0.013 * y - 0.4
        assert shown(fill, x, y) == pytest.approx(colour_at(STOPS, spread(t, kind)), abs=1e-6)


@pytest.mark.parametrize("kind", ["pad", "repeat", "reflect"])
@pytest.mark.parametrize("radii", [(0.0, 20.0), (5.0, 30.0), (30.0, 10.0)])
def test_circles_around_one_centre(kind: g.Spread, radii: tuple[float, float]) -> None:
    r = Random(2)
    fill = g.circles((40.0, 30.0, radii[0]), (40.0, 30.0, radii[1]), STOPS, kind, g.IDENTITY, BOX)
    for _ in range(200):
        x, y = r.uniform(0, 100), r.uniform(0, 60)
        t = (math.hypot(x - 40, y - 30) - radii[0]) / (radii[1] - radii[0])
        assert shown(fill, x, y) == pytest.approx(colour_at(STOPS, spread(t, kind)), abs=1e-6)


@pytest.mark.parametrize("ends", [((30.0, 30.0, 0.0), (40.0, 30.0, 25.0)), ((20.0, 30.0, 5.0), (70.0, 30.0, 15.0))])
def test_circles_apart_paint_the_last_one_that_covers_a_point(
    ends: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    """The circles are tried one after the other."""
    start, end = ends
    fill = g.circles(start, end, STOPS, "pad", g.IDENTITY, BOX)  # type: ignore[arg-type]
    assert isinstance(fill, g.TwoCircles)
    x, y = np.meshgrid(np.arange(3.5, 100, 12), np.arange(2.5, 60, 9))
    pixels = fill.pixels(x, y)
    t = np.linspace(-30, 30, 600_001)
    cx, cy, radius = (a + t * (b - a) for a, b in zip(start, end, strict=True))
    for px, py, pixel in zip(x.ravel(), y.ravel(), pixels.ravel(), strict=True):
        over = np.hypot(px - cx, py - cy) - radius
        crossing = np.flatnonzero((np.sign(over[1:]) != np.sign(over[:-1])) & (radius[1:] >= 0))
        found = [(int(pixel) >> shift) & 255 for shift in (0, 8, 16, 24)]
        if not len(crossing):
            assert found == [0, 0, 0, 0]
        else:
            assert found == pytest.approx(colour_at(STOPS, t[crossing[-1]]) * 255, abs=1.0)


def test_gradients_without_length_and_finer_than_pixels() -> None:
    tiny = g.linear(STOPS, "repeat", (1000.0, 0.0, 0.0, 0.0, 0.0, 0.0), BOX)
    assert isinstance(tiny, tuple) and tiny[3] == pytest.approx(0.75, abs=0.05)
    step = g.linear([(0.5, STOPS[0][1]), (0.5, STOPS[2][1])], "pad", (0.01, 0.0, 0.0, 0.0, 0.0, 0.0), BOX)
    assert isinstance(step, g.GradientFill)
    assert g.invert((1.0, 2.0, 2.0, 4.0, 0.0, 0.0)) is None
