"""Shadows: kernels equal twins; pixels follow from SciPy's morphology and Gaussian in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter, shift

from tests.gpu.random_plans import random_rect
from tests.support.passes import Passes
from tests.twins.cases import pixels
from wavyte_gpu.compile.plan import SurfaceId
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.shadow import shadow_margins, shadow_plan
from wavyte_gpu.render.gpu.device import Device


def shadow(passes: Passes, image: SurfaceId, bounds: Rect, **values: Any) -> SurfaceId:
    """Emit a shadow; return its result."""
    plan = shadow_plan(passes.emit.surfaces[image].bounds, bounds, **values)
    at = image
    for step in plan.steps:
        at = passes.emit.pass_(step.kernel, [at], step.bounds, step.params, step.format)
    inputs = [at, image] if plan.reads_content else [at]
    return passes.emit.pass_(plan.last.kernel, inputs, plan.last.bounds, plan.last.params)


@pytest.mark.gpu
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), width=st.integers(1, 80), height=st.integers(1, 60))
def test_adapter_equals_twin(device: Device, seed: int, width: int, height: int) -> None:
    rng = np.random.default_rng(seed)
    passes = Passes()
    image = passes.image(pixels(rng, height, width), *rng.integers(-20, 20, 2).tolist())
    shadow(
        passes,
        image,
        random_rect(rng, Rect(-30, -30, width + 30, height + 30)),
        offset=tuple((rng.normal(0, 8, 2) if rng.random() < 0.5 else rng.integers(-9, 9, 2)).tolist()),
        sigma=float(rng.choice([0.0, 0.5, 2.0, 7.0])),
        spread=float(rng.choice([0.0, 0.0, 3.0, rng.normal(0.0, 4.0)])),
        color=int(pixels(rng, 1, 1)[0, 0]),
        inner=bool(rng.integers(2)),
        only=bool(rng.integers(2)),
    )
    passes.assert_equal(device)


def channels(image: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return np.stack([(image >> s) & 255 for s in (0, 8, 16, 24)], axis=-1) / 255.0


def exact(
    image: npt.NDArray[Any],
    pad: int,
    offset: tuple[float, float],
    sigma: float,
    spread: int,
    color: int,
    inner: bool,
    only: bool,
) -> npt.NDArray[np.float64]:
    """Return a shadow over the content grown by `pad` px, 0..255, in float64."""
    c = np.pad(channels(image), ((pad, pad), (pad, pad), (0, 0)))
    alpha = c[..., 3]
    if spread:
        alpha = (maximum_filter if spread > 0 else minimum_filter)(alpha, 2 * abs(spread) + 1, mode="constant")
    if sigma > 0.0:
        alpha = gaussian_filter(alpha, sigma, mode="constant", truncate=9.0)
    alpha = shift(alpha, (offset[1], offset[0]), order=1, mode="grid-constant")
    alpha = 1.0 - alpha if inner else alpha
    s = alpha[..., None] * channels(np.array([color], np.uint32))
    a = c[..., 3:]
    if inner:
        out = s * a if only else s * a + c * (1.0 - s[..., 3:])
    else:
        out = s if only else c + s * (1.0 - a)
    return 255.0 * out


@pytest.mark.parametrize("inner", [False, True])
@pytest.mark.parametrize("only", [False, True])
@pytest.mark.parametrize(
    ("offset", "sigma", "spread"),
    [
        ((0.0, 0.0), 0.0, 0),
        ((4.0, -3.0), 2.0, 0),
        ((1.25, 0.5), 6.0, 0),
        ((-7.75, 2.0), 0.0, 3),
        ((0.0, 0.0), 4.0, -2),
        ((3.0, 3.0), 12.0, 5),
    ],
)
def test_a_shadow_is_the_formula(
    inner: bool, only: bool, offset: tuple[float, float], sigma: float, spread: int
) -> None:
    rng = np.random.default_rng(5)
    noise = pixels(rng, 41, 53)
    card = np.zeros((41, 53), np.uint32)
    card[6:35, 8:45] = 0xFF3060C0
    color = 0xC0203040
    pad = 70
    for image in (noise, card):
        passes = Passes()
        bounds = Rect(-pad, -pad, 53 + pad, 41 + pad)
        at = passes.image(image)
        out = shadow(
            passes, at, bounds, offset=offset, sigma=sigma, spread=float(spread), color=color, inner=inner, only=only
        )
        got = channels(passes.reference(out)) * 255.0
        want = exact(image, pad, offset, sigma, spread, color, inner, only)
        assert np.abs(got - want).max() <= 1.6
        assert (got[..., :3] <= got[..., 3:]).all()
        if not inner:
            m = shadow_margins(offset, sigma, float(spread))
            inside = np.zeros(got.shape[:2], bool)
            inside[max(pad - m.y0, 0) : pad + 41 + m.y1, max(pad - m.x0, 0) : pad + 53 + m.x1] = True
            assert want[~inside].max(initial=0.0) <= 1.0 and got[~inside].max(initial=0.0) <= 1.0


def test_a_part_of_a_px_of_spread_counts_in_part() -> None:
    """A box grows by half a px on each side: its edge is half covered, as a CSS box's would be."""
    passes = Passes()
    image = passes.image(np.full((4, 6), 0xFFFFFFFF, np.uint32), 5, 5)
    bounds = Rect(0, 0, 16, 14)
    out = shadow(passes, image, bounds, offset=(0.0, 0.0), sigma=0.0, spread=1.5, color=0xFFFFFFFF, only=True)
    alpha = passes.reference(out) >> 24
    assert alpha[6, :].tolist() == [0, 0, 0, 128, 255, 255, 255, 255, 255, 255, 255, 255, 128, 0, 0, 0]
    assert alpha[:, 7].tolist() == [0, 0, 0, 128, 255, 255, 255, 255, 255, 255, 128, 0, 0, 0]
    passes = Passes()
    image = passes.image(np.full((4, 6), 0xFFFFFFFF, np.uint32), 5, 5)
    out = shadow(passes, image, bounds, offset=(0.0, 0.0), sigma=0.0, spread=-0.5, color=0xFFFFFFFF, only=True)
    assert (passes.reference(out) >> 24)[7, :].tolist() == [0] * 5 + [128, 255, 255, 255, 255, 128] + [0] * 5


def test_bounds_change_no_pixel() -> None:
    rng = np.random.default_rng(6)
    image = pixels(rng, 30, 40)
    values: dict[str, Any] = {"offset": (3.5, -2.0), "sigma": 9.0, "spread": 2.5, "color": 0xFF000000}
    passes = Passes()
    full = Rect(-60, -60, 100, 90)
    whole = passes.reference(shadow(passes, passes.image(image), full, **values))
    for _ in range(6):
        r = random_rect(rng, full)
        passes = Passes()
        part = passes.reference(shadow(passes, passes.image(image), r, **values))
        assert np.array_equal(part, whole[r.y0 + 60 : r.y1 + 60, r.x0 + 60 : r.x1 + 60])
