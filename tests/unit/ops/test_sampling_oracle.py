"""Images and gradients against float64."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from wavyte_gpu.ops import quantise, reflect
from wavyte_gpu.ops.draw import gradient_conic, gradient_linear, gradient_radial, image_bilinear, image_nearest
from wavyte_gpu.ops.registry import PROGRAMS
from wavyte_gpu.ops.shared.affine import affine_at

X = np.arange(0, 90, dtype=np.int32)[None, :]
Y = np.arange(0, 60, dtype=np.int32)[:, None]
F = npt.NDArray[np.float64]


def record(kind: str) -> npt.NDArray[np.void]:
    index = [p.name for p in PROGRAMS].index(kind)
    return np.zeros(1, reflect.layer_dtype(index, 0)["source"])


def split(p: npt.NDArray[np.uint32]) -> F:
    return np.stack([p >> shift & 255 for shift in (0, 8, 16, 24)], axis=-1).astype(np.float64)


def test_affine_positions_stay_exact_far_out() -> None:
    rng = np.random.default_rng(1)
    p = record("image_nearest")[0]
    for _ in range(200):
        ax, ay = rng.uniform(-1, 1, 2)
        o = rng.uniform(-8000, 8000)
        hi, lo = quantise.affine_words(ax, ay, o)
        p["u"]["hi"], p["u"]["lo"] = hi[0], lo[0]
        x = rng.integers(-16383, 16384, (1, 50)).astype(np.int32)
        y = rng.integers(-16383, 16384, (50, 1)).astype(np.int32)
        want = x * ax + y * ay + o
        error = affine_at(p["u"], x, y) / 65536 - want
        assert np.abs(np.remainder(error + 32768, 65536) - 32768).max() < 1.5 / 65536


def test_origin_is_the_only_thing_that_a_shift_changes() -> None:
    """Moving the canvas by whole pixels gives the same positions: clipping and tiling never change a pixel."""
    hi, lo = quantise.affine_words(0.3712, -1.11, 17.25)
    p = record("image_nearest")[0]
    p["u"]["hi"], p["u"]["lo"] = hi[0], lo[0]
    whole = affine_at(p["u"], X, Y)
    np.testing.assert_array_equal(affine_at(p["u"], X[:, 40:], Y[30:]), whole[30:, 40:])


@pytest.mark.parametrize("seed", range(12))
def test_bilinear(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 2**32, (50, 70), dtype=np.uint32)
    p = record("image_bilinear")
    p["rect"] = (3, 5, 61, 44)
    u, v = rng.normal(0, 1, 2), rng.normal(0, 1, 2)
    ou, ov = rng.uniform(-20, 60, 2)
    p["u"]["hi"], p["u"]["lo"] = quantise.affine_words(u[0], u[1], ou)
    p["v"]["hi"], p["v"]["lo"] = quantise.affine_words(v[0], v[1], ov)
    tx, ty = X * u[0] + Y * u[1] + ou, X * v[0] + Y * v[1] + ov
    x0, y0 = np.floor(tx), np.floor(ty)
    fx, fy = (tx - x0)[..., None], (ty - y0)[..., None]

    def at(x: F, y: F) -> F:
        return split(image[np.clip(5 + y, 5, 44).astype(int), np.clip(3 + x, 3, 61).astype(int)])

    want = (at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx) * (1 - fy) + (
        at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx
    ) * fy
    got = split(image_bilinear.source(p[0], X, Y, image))
    assert np.abs(got - want).max() <= 1.5


def test_bilinear_at_whole_texels_is_a_copy() -> None:
    rng = np.random.default_rng(2)
    image = rng.integers(0, 2**32, (60, 90), dtype=np.uint32)
    p = record("image_bilinear")
    p["rect"] = (0, 0, 89, 59)
    p["u"]["hi"], p["u"]["lo"] = quantise.affine_words(1.0, 0.0, 0.0)
    p["v"]["hi"], p["v"]["lo"] = quantise.affine_words(0.0, 1.0, 0.0)
    np.testing.assert_array_equal(image_bilinear.source(p[0], X, Y, image), image)
    np.testing.assert_array_equal(image_nearest.source(p[0], X, Y, image), image)


def page_of(stops: list[tuple[float, tuple[float, ...]]], size: int) -> npt.NDArray[np.uint32]:
    page = np.zeros((20, 1100), np.uint32)
    page[3 : 3 + size // 1024, 10 : 10 + 1024] = quantise.gradient_table(stops, size).reshape(-1, 1024)
    return page


STOPS = [(0.0, (1.0, 0.0, 0.2, 1.0)), (0.4, (0.1, 0.3, 0.0, 0.5)), (1.0, (0.0, 0.9, 1.0, 1.0))]


def colour_at(t: F) -> F:
    at = [s[0] for s in STOPS]
    return np.stack([np.interp(t, at, [s[1][c] for s in STOPS]) * 255 for c in range(4)], axis=-1)


@pytest.mark.parametrize("length", [5.0, 60.0, 900.0, 3000.0])
@pytest.mark.parametrize("angle", [0.0, 0.7, 2.5])
def test_linear_gradient(length: float, angle: float) -> None:
    size = int(quantise.gradient_size(length))
    ax, ay = np.cos(angle) / length, np.sin(angle) / length
    o = 0.5 - ax * 45 - ay * 30
    p = record("gradient_linear")
    p["table"] = (10, 3, size.bit_length() - 1, 0)
    p["table"][:, 3], p["t"]["hi"], p["t"]["lo"] = quantise.linear_words(ax, ay, o, size)
    got = split(gradient_linear.source(p[0], X, Y, page_of(STOPS, size)))
    want = colour_at(np.clip(X * ax + Y * ay + o, 0, 1))
    assert np.abs(got - want).max() <= 1.0


def test_short_linear_gradient_is_a_hard_edge() -> None:
    for length in (1e-6, 1e-3, 0.1):
        p = record("gradient_linear")
        p["table"] = (10, 3, 10, 0)
        ax = 1 / length
        p["table"][:, 3], p["t"]["hi"], p["t"]["lo"] = quantise.linear_words(ax, 0.0, 0.5 - ax * 44.5, 1024)
        got = gradient_linear.source(p[0], X, Y, page_of([(0.0, (0, 0, 0, 1)), (1.0, (1, 1, 1, 1))], 1024))
        assert np.all(got[:, :44] == 0xFF000000) and np.all(got[:, 46:] == 0xFFFFFFFF)


@pytest.mark.parametrize("radius", [3.0, 40.0, 700.0])
def test_radial_gradient(radius: float) -> None:
    size = int(quantise.gradient_size(radius))
    u, v = (1 / radius, 0.1 / radius, -41.3 / radius), (0.0, 1.5 / radius, -20.2 * 1.5 / radius)
    p = record("gradient_radial")
    p["table"] = (10, 3, size.bit_length() - 1, 0)
    words = quantise.radial_words(u, v)
    p["table"][:, 3], p["u"]["hi"], p["u"]["lo"], p["v"]["hi"], p["v"]["lo"] = words
    got = split(gradient_radial.source(p[0], X, Y, page_of(STOPS, size)))
    want = colour_at(np.minimum(np.hypot(X * u[0] + Y * u[1] + u[2], X * v[0] + Y * v[1] + v[2]), 1.0))
    assert np.abs(got - want).max() <= 1.0


def test_conic_gradient() -> None:
    size = 1024
    u, v = (0.3, 0.01, -0.3 * 44.6), (-0.02, 0.25, -0.25 * 29.7)
    p = record("gradient_conic")
    p["table"] = (10, 3, 10, 0)
    p["u"]["hi"], p["u"]["lo"], p["v"]["hi"], p["v"]["lo"] = quantise.conic_words(u, v)
    got = split(gradient_conic.source(p[0], X, Y, page_of(STOPS, size)))
    angle = np.arctan2(X * v[0] + Y * v[1] + v[2], X * u[0] + Y * u[1] + u[2]) / (2 * np.pi)
    t = np.remainder(angle, 1.0)
    smooth = (t > 0.001) & (t < 0.999)  # away from the seam
    assert np.abs(got - colour_at(t))[smooth].max() <= 1.0


def test_turn() -> None:
    rng = np.random.default_rng(3)
    a = rng.uniform(0, 2 * np.pi, 500_000)
    r = 2.0 ** rng.uniform(17, 30, a.size)
    u, v = np.rint(r * np.cos(a)).astype(np.int32), np.rint(r * np.sin(a)).astype(np.int32)
    error = gradient_conic.turn(u, v) / 2**18 - np.arctan2(v.astype(float), u.astype(float)) / (2 * np.pi)
    error -= np.round(error)
    assert np.abs(error).max() <= 1e-5


@pytest.mark.parametrize("u, v, want", [(0, 0, 0), (7, 0, 0), (0, 7, 1), (-7, 0, 2), (0, -7, 3), (2**31 - 1, 0, 0)])
def test_turn_on_the_axes(u: int, v: int, want: int) -> None:
    assert gradient_conic.turn(np.array([u], np.int32), np.array([v], np.int32))[0] == want << 16


def test_turn_on_the_diagonals() -> None:
    at = np.array([1, -1, -1, 1], np.int32) * 1000
    down = np.array([1, 1, -1, -1], np.int32) * 1000
    np.testing.assert_array_equal(gradient_conic.turn(at, down), np.array([1, 3, 5, 7]) << 15)


@pytest.mark.parametrize(
    "length, size", [(0, 1024), (512, 1024), (512.1, 2048), (1024, 2048), (8192, 16384), (1e9, 16384)]
)
def test_gradient_size(length: float, size: int) -> None:
    assert quantise.gradient_size(length) == size


def test_hard_stop() -> None:
    red, blue = (1.0, 0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.0)
    table = quantise.gradient_table([(0.0, red), (0.25, red), (0.25, blue), (1.0, blue)], 1024)
    assert np.all(table[:256] == 0xFF0000FF) and np.all(table[256:] == 0xFFFF0000)


def test_stops_hold_outside_and_one_stop_is_flat() -> None:
    table = quantise.gradient_table([(0.4, (0.2, 0.2, 0.2, 0.2)), (0.6, (1.0, 1.0, 1.0, 1.0))], 1024)
    assert np.all(table[:409] == 0x33333333) and np.all(table[615:] == 0xFFFFFFFF)
    assert np.all(quantise.gradient_table([(0.5, (0.0, 0.0, 0.0, 0.0))], 1024) == 0)
