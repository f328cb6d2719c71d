"""passes/mix: the adapter equals the twin; weights are those of the formulas in float64."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gpu.random_plans import random_rect
from tests.support.passes import Passes
from tests.twins.cases import pixels
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.weights import IRIS_SHAPES, WIPE_DIRECTIONS, crossfade, iris, wipe
from wavyte_gpu.render.gpu.device import Device

Record = npt.NDArray[np.void]
BLACK, WHITE = 0xFF000000, 0xFFFFFFFF


def random_transition(rng: np.random.Generator, width: int, height: int) -> tuple[int, Record]:
    t = float(rng.choice([0.0, 1.0, rng.random()]))
    soft = float(rng.choice([0.0, 0.1, rng.random() * 2.0]))
    m = None
    if rng.random() < 0.3:
        m = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]) + rng.normal(0, 0.5, (2, 3))
    match int(rng.integers(0, 5)):
        case 0:
            return crossfade(t)
        case 1:
            return wipe(t, (width, height), WIPE_DIRECTIONS[int(rng.integers(4))], soft, m)
        case k:
            origin = (float(rng.uniform(-0.5, 1.5)), float(rng.uniform(-0.5, 1.5)))
            return iris(t, (width, height), IRIS_SHAPES[k - 2], origin, soft, m)


@pytest.mark.gpu
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), width=st.integers(1, 120), height=st.integers(1, 70))
def test_adapter_equals_twin(device: Device, seed: int, width: int, height: int) -> None:
    rng = np.random.default_rng(seed)
    passes = Passes()
    images = [
        passes.image(pixels(rng, int(rng.integers(1, height + 1)), int(rng.integers(1, width + 1))), *corner)
        for corner in rng.integers(-9, 9, (2, 2)).tolist()
    ]
    kernel, params = random_transition(rng, width, height)
    params["sides"][:2] = [(0xFFFFFFFF, 0xFFFFFFFF), (0, 0xFFFFFFFF), (0xFFFFFFFF, 0)][int(rng.integers(3))]
    passes.emit.pass_(kernel, images, random_rect(rng, Rect(-5, -5, width + 5, height + 5)), params)
    passes.assert_equal(device)


def weights(kernel: int, params: Record, width: int, height: int) -> npt.NDArray[Any]:
    """Return the weights over a canvas: what is left of white over black."""
    passes = Passes()
    a = passes.image(np.full((height, width), BLACK, np.uint32))
    b = passes.image(np.full((height, width), WHITE, np.uint32))
    out = passes.reference(passes.emit.pass_(kernel, [a, b], Rect(0, 0, width, height), params))
    assert (out >> 24 == 255).all()
    return (out & 255).astype(np.float64)


def smoothstep(lower: float, upper: float, v: npt.NDArray[Any]) -> npt.NDArray[Any]:
    t = np.clip((v - lower) / (upper - lower), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def centres(width: int, height: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    return np.arange(width)[None, :] + 0.5, np.arange(height)[:, None] + 0.5


@pytest.mark.parametrize("direction", WIPE_DIRECTIONS)
@pytest.mark.parametrize("soft", [0.0, 0.02, 0.3, 1.0])
@pytest.mark.parametrize(("width", "height"), [(64, 36), (1920, 5), (3, 1081)])
def test_a_wipe_is_the_formula(direction: str, soft: float, width: int, height: int) -> None:
    x, y = centres(width, height)
    p = {"l": x, "r": width - x, "t": y, "b": height - y}[direction[0]] + 0.0 * (x + y)
    length = width if direction[0] in "lr" else height
    s = soft * length
    half = max(s, 0.5)
    for t in (0.0, 0.25, 0.61803, 1.0):
        edge = t * (length + 2.0 * s) - s
        exact = 255.0 * (1.0 - smoothstep(edge - half, edge + half, p))
        got = weights(*wipe(t, (width, height), direction, soft), width, height)
        assert np.abs(got - exact).max() < 0.7
        if t in (0.0, 1.0):
            assert (got == 255.0 * t).all()


@pytest.mark.parametrize("shape", IRIS_SHAPES)
@pytest.mark.parametrize("soft", [0.0, 0.05, 0.5])
@pytest.mark.parametrize("origin", [(0.5, 0.5), (0.0, 1.0), (0.3, 0.8)])
@pytest.mark.parametrize(("width", "height"), [(97, 64), (1920, 108)])
def test_an_iris_is_the_formula(shape: str, soft: float, origin: tuple[float, float], width: int, height: int) -> None:
    x, y = centres(width, height)
    dx, dy = np.abs(x - origin[0] * width), np.abs(y - origin[1] * height)
    far = [abs(c * n - e * n) for c, n in zip(origin, (width, height), strict=True) for e in (0, 1)]
    fx, fy = max(far[:2]), max(far[2:])
    distance, reach = {
        "circle": (np.hypot(dx, dy), math.hypot(fx, fy)),
        "rect": (np.maximum(dx, dy), max(fx, fy)),
        "diamond": (dx + dy, fx + fy),
    }[shape]
    s = soft * reach
    half = max(s, 0.5)
    for t in (0.0, 0.3, 0.61803, 1.0):
        edge = t * (reach + 2.0 * s) - s
        exact = 255.0 * (1.0 - smoothstep(edge - half, edge + half, distance))
        got = weights(*iris(t, (width, height), shape, origin, soft), width, height)
        if t in (0.0, 1.0):  # the ramp is a pixel wide, but the ends show one side only
            assert (got == 255.0 * t).all()
            continue
        # A position is exact to a unit of the longest distance over 46,000; a hard edge rises by 383 in a pixel.
        assert np.abs(got - exact).max() < 0.7 + (383.0 * reach / 46000.0 if soft == 0.0 else 0.1)


def test_a_crossfade_is_one_rounding() -> None:
    rng = np.random.default_rng(3)
    a, b = pixels(rng, 80, 90), pixels(rng, 80, 90)
    for t in (0.0, 0.2, 0.5, 1.0):
        passes = Passes()
        kernel, params = crossfade(t)
        w = math.floor(255.0 * t + 0.5)
        out = passes.emit.pass_(kernel, [passes.image(a), passes.image(b)], Rect(0, 0, 90, 80), params)
        got = passes.reference(out)
        for shift in (0, 8, 16, 24):
            exact = ((((a >> shift) & 255) * (255.0 - w)) + ((b >> shift) & 255) * w) / 255.0
            assert np.abs(((got >> shift) & 255) - exact).max() <= 0.5


def test_equal_sides_come_back_for_every_weight() -> None:
    same = pixels(np.random.default_rng(4), 40, 50)
    for t in np.linspace(0.0, 1.0, 13):
        passes = Passes()
        kernel, params = crossfade(float(t))
        image = passes.image(same)
        assert np.array_equal(
            passes.reference(passes.emit.pass_(kernel, [image, image], Rect(0, 0, 50, 40), params)), same
        )


def test_a_wipe_in_a_nested_canvas_follows_its_map() -> None:
    """Two px of the inner canvas for one of the surface, moved: the edge lies where the map puts it."""
    m = np.array([[2.0, 0.0, -10.0], [0.0, 2.0, 0.0]])
    kernel, params = wipe(0.5, (100.0, 40.0), "left_to_right", 0.0, m)
    got = weights(kernel, params, 60, 20)
    assert (got[:, :30] == 255.0).all() and (got[:, 30:] == 0.0).all()
