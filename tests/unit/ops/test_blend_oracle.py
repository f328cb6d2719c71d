"""Blend modes against W3C Compositing and Blending Level 1 in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from wavyte_gpu.ops.registry import BLENDS
from wavyte_gpu.ops.shared import blend

F = npt.NDArray[np.float64]


def hard_light(b: F, s: F) -> F:
    return np.where(s <= 0.5, b * 2 * s, b + (2 * s - 1) - b * (2 * s - 1))


def soft_light(b: F, s: F) -> F:
    d = np.where(b <= 0.25, ((16 * b - 12) * b + 4) * b, np.sqrt(b))
    return np.where(s <= 0.5, b - (1 - 2 * s) * b * (1 - b), b + (2 * s - 1) * (d - b))


def color_dodge(b: F, s: F) -> F:
    bright = np.minimum(1.0, b / np.where(s < 1, 1 - s, 1.0))
    return np.where(b == 0, 0.0, np.where(s == 1, 1.0, bright))


def color_burn(b: F, s: F) -> F:
    dark = 1 - np.minimum(1.0, (1 - b) / np.where(s > 0, s, 1.0))
    return np.where(b == 1, 1.0, np.where(s == 0, 0.0, dark))


# B(cb, cs) of the specification, section 9.1.
FORMULAS: dict[str, Callable[[F, F], F]] = {
    "normal": lambda b, s: s,
    "multiply": lambda b, s: b * s,
    "screen": lambda b, s: b + s - b * s,
    "overlay": lambda b, s: hard_light(s, b),
    "darken": np.minimum,
    "lighten": np.maximum,
    "color_dodge": color_dodge,
    "color_burn": color_burn,
    "soft_light": soft_light,
    "hard_light": hard_light,
    "difference": lambda b, s: np.abs(b - s),
    "exclusion": lambda b, s: b + s - 2 * b * s,
}


def check(mode: str, s: npt.NDArray[np.int64], d: npt.NDArray, sa: npt.NDArray, da: npt.NDArray) -> None:
    # The channel under test goes through every position in turn; the others hold something else.
    worst = 0.0
    cs = s / np.maximum(sa, 1)
    cb = d / np.maximum(da, 1)
    qs, qb = sa / 255.0, da / 255.0
    want = (1 - qb) * qs * cs + (1 - qs) * qb * cb + qs * qb * FORMULAS[mode](cb, cs)
    want_alpha = qs + qb - qs * qb
    for shift in (0, 8, 16):
        other = (16 - shift) if shift != 8 else 0
        source = (s << shift | (sa // 2) << other | sa << 24).astype(np.uint32)
        backdrop = (d << shift | (da - da // 3) << other | da << 24).astype(np.uint32)
        got = getattr(blend, f"blend_{mode}")(source, backdrop)
        worst = max(
            worst, np.abs((got >> shift & 255) - want * 255).max(), np.abs((got >> 24) - want_alpha * 255).max()
        )
        alpha = got >> 24
        assert all(np.all((got >> k & 255) <= alpha) for k in (0, 8, 16)), "colour above alpha"
    assert worst <= 0.51


def test_every_mode_has_a_formula() -> None:
    assert tuple(FORMULAS) == BLENDS


@pytest.mark.parametrize("mode", BLENDS)
def test_grid(mode: str) -> None:
    level = np.unique([0, 1, 2, 3, 5, 16, 51, 63, 64, 65, 100, 127, 128, 129, 191, 200, 253, 254, 255])
    s, d, sa, da = (g.ravel().astype(np.int64) for g in np.meshgrid(level, level, level, level))
    valid = (s <= sa) & (d <= da)
    check(mode, s[valid], d[valid], sa[valid], da[valid])


@pytest.mark.parametrize("mode", BLENDS)
def test_random(mode: str) -> None:
    rng = np.random.default_rng(4)
    sa, da = rng.integers(0, 256, (2, 400_000))
    s = (rng.random(len(sa)) * (sa + 1)).astype(np.int64)
    d = (rng.random(len(da)) * (da + 1)).astype(np.int64)
    check(mode, s, d, sa, da)


@pytest.mark.parametrize("mode", BLENDS)
def test_nothing_over_a_backdrop_leaves_it(mode: str) -> None:
    rng = np.random.default_rng(5)
    a = rng.integers(0, 256, 10_000)
    d = (a << 24 | rng.integers(0, a + 1) << 16 | rng.integers(0, a + 1) << 8 | rng.integers(0, a + 1)).astype(
        np.uint32
    )
    of = getattr(blend, f"blend_{mode}")
    np.testing.assert_array_equal(of(np.zeros_like(d), d), d)
    np.testing.assert_array_equal(of(d, np.zeros_like(d)), d)
