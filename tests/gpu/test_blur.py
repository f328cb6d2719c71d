"""The blur: kernels equal twins, the result lies within a step of SciPy's Gaussian in float64, bounds change no pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from tests.gpu.random_plans import random_rect
from tests.support.passes import Passes
from tests.twins.cases import pixels
from wavyte_gpu.compile.plan import SurfaceId
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.blur import blur_halo, blur_plan, fir_weights, levels_of
from wavyte_gpu.render.gpu.device import Device

FAR = Rect(-(10**6), -(10**6), 10**6, 10**6)


def blurred(
    passes: Passes, image: SurfaceId, sigma_x: float, sigma_y: float, needed: Rect, alpha: bool = False
) -> SurfaceId:
    """Emit a blur; return its result."""
    at = image
    plan = blur_plan(sigma_x, sigma_y, passes.emit.surfaces[image].bounds, needed, alpha=alpha)
    for step in plan.steps:
        at = passes.emit.pass_(step.kernel, [at], step.bounds, step.params, step.format)
    return at


def random_sigma(rng: np.random.Generator) -> float:
    return float(rng.choice([0.0, 0.3, 1.0, 3.0, 3.0001, 200.0, float(np.exp(rng.uniform(-2.0, 4.0)))]))


@pytest.mark.gpu
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), width=st.integers(1, 150), height=st.integers(1, 70), alpha=st.booleans())
def test_adapter_equals_twin(device: Device, seed: int, width: int, height: int, alpha: bool) -> None:
    rng = np.random.default_rng(seed)
    passes = Passes()
    x, y = rng.integers(-40, 40, 2).tolist()
    image = passes.image(pixels(rng, height, width), x, y)
    near = Rect(x - 30, y - 30, x + width + 30, y + height + 30)
    blurred(passes, image, random_sigma(rng), random_sigma(rng), random_rect(rng, near), alpha)
    passes.assert_equal(device)


def channels(image: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return np.stack([(image >> s) & 255 for s in (0, 8, 16, 24)], axis=-1).astype(np.float64)


def exact(image: npt.NDArray[Any], sigma_x: float, sigma_y: float, grow: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Return the Gaussian of an image grown by (x, y) px of nothing, in float64."""
    v = channels(image)
    for axis, sigma, px in ((0, sigma_y, grow[1]), (1, sigma_x, grow[0])):
        length = v.shape[axis]
        if length > 100:
            v = np.pad(v, [(px, px) if a == axis else (0, 0) for a in range(3)])
            v = gaussian(v, sigma, axis)
        else:  # SciPy filters the unit vectors; the image is their sum
            units = gaussian(np.pad(np.eye(length), ((px, px), (0, 0))), sigma, 0)
            v = np.moveaxis(np.tensordot(units, v, (1, axis)), 0, axis)
    return v


def gaussian(v: npt.NDArray[np.float64], sigma: float, axis: int) -> npt.NDArray[np.float64]:
    return gaussian_filter1d(v, sigma, axis=axis, mode="constant", truncate=9.0) if sigma > 0.0 else v


def assert_close(image: npt.NDArray[Any], sigma_x: float, sigma_y: float, corner: tuple[int, int] = (0, 0)) -> float:
    """Assert that the blur lies within a step of the truth and that what it cuts off is less; return the largest error."""
    passes = Passes()
    surface = passes.image(image, *corner)
    out = blurred(passes, surface, sigma_x, sigma_y, FAR)
    got = channels(passes.reference(out))
    hx, hy = blur_halo(sigma_x), blur_halo(sigma_y)
    skip = corner[1] - hy - passes.emit.surfaces[out].bounds.y0  # 0 or 1
    want = exact(image, sigma_x, sigma_y, (hx + 1, hy + 1))
    error = float(np.abs(got[skip:] - want[1:-1, 1:-1]).max())
    beyond = max(float(want[[0, -1]].max()), float(want[:, [0, -1]].max()))
    assert error <= 1.0 and beyond <= 1.0, (error, beyond)
    assert (got[..., :3] <= got[..., 3:]).all()
    return error


@pytest.mark.parametrize("sigma", [0.3, 0.5, 1.0, 2.2, 3.0, 3.01, 4.0, 6.1, 6.5, 10.0, 25.0, 64.0, 128.0, 200.0])
def test_noise_and_blocks(sigma: float) -> None:
    rng = np.random.default_rng(int(sigma * 10))
    block = np.full((40, 60), 0xFFFFFFFF, np.uint32)
    block[10:30:3] = 0xFF0000FF
    checks = np.where((np.indices((50, 70)).sum(axis=0) % 2) == 0, 0xFFFFFFFF, 0).astype(np.uint32)
    for image in (pixels(rng, 61, 83), block, checks):
        assert_close(image, sigma, sigma, tuple(rng.integers(-9, 9, 2).tolist()))


@pytest.mark.parametrize(
    ("width", "height", "sigma"),
    [
        (1, 1, (30.0, 3.0)),
        (1, 2000, (0.3, 200.0)),
        (2000, 1, (200.0, 0.0)),
        (2000, 30, (9.0, 1.0)),
        (2, 3, (3.5, 100.0)),
        (333, 7, (1.0, 5.0)),
        (7, 333, (0.0, 40.0)),
    ],
)
def test_sizes_and_unequal_axes(width: int, height: int, sigma: tuple[float, float]) -> None:
    rng = np.random.default_rng(width + height)
    for image in (pixels(rng, height, width), np.full((height, width), 0xFFFFFFFF, np.uint32)):
        assert_close(image, *sigma, tuple(rng.integers(-9, 9, 2).tolist()))


def test_sweep_of_sigma() -> None:
    """A white half plane, seen along one axis, is the hardest image: any error of the kernel's integral shows."""
    image = np.full((1, 700), 0xFFFFFFFF, np.uint32)
    image[0, 350:] = 0
    worst = max(assert_close(image, float(sigma), 0.0, (int(sigma) % 7, 0)) for sigma in np.geomspace(0.3, 200.0, 60))
    assert worst < 1.0


def test_a_dot_at_every_place_of_the_grid() -> None:
    for sigma in (3.1, 8.0, 20.0):
        for x in range(8):
            assert_close(np.full((1, 1), 0xFFFFFFFF, np.uint32), sigma, sigma, (x, 3 * x + 1))


def test_bounds_change_no_pixel() -> None:
    rng = np.random.default_rng(9)
    image = pixels(rng, 50, 60)
    for sigma in (0.7, 3.0, 5.0, 17.0, 60.0):
        passes = Passes()
        surface = passes.image(image, -7, 13)
        out = blurred(passes, surface, sigma, sigma, FAR)
        full = passes.emit.surfaces[out].bounds
        whole = passes.reference(out)
        for _ in range(6):
            needed = random_rect(rng, full)
            passes = Passes()
            surface = passes.image(image, -7, 13)
            out = blurred(passes, surface, sigma, sigma, needed)
            part = passes.reference(out)
            at = passes.emit.surfaces[out].bounds
            y, x = at.y0 - full.y0, at.x0 - full.x0
            skip = max(-y, 0)
            assert np.array_equal(part[skip:], whole[y + skip : y + part.shape[0], x : x + part.shape[1]])


def test_alpha_alone_is_the_alpha_channel() -> None:
    rng = np.random.default_rng(10)
    image = pixels(rng, 40, 50)
    for sigma in (1.0, 3.0, 12.0):
        passes = Passes()
        alpha = passes.reference(blurred(passes, passes.image(image), sigma, sigma, FAR, alpha=True))
        passes = Passes()
        colour = passes.reference(blurred(passes, passes.image(image), sigma, sigma, FAR))
        assert alpha.dtype == np.uint16
        assert np.abs(alpha / 256.0 - (colour >> 24)).max() <= 0.51


def test_weights() -> None:
    for sigma in np.geomspace(0.01, 3.0, 60):
        w = fir_weights(float(sigma))
        assert sum(w) == 65536 and min(w) >= 0 and w == w[::-1] and len(w) <= 23
    assert levels_of(3.0) == (0, 3.0)
    assert levels_of(4.0)[0] == 1 and levels_of(64.0)[0] == 5


def test_nothing_to_do() -> None:
    r = Rect(0, 0, 10, 10)
    assert blur_plan(0.0, 0.0, r, FAR) == (r, ())
    assert blur_plan(0.01, 0.0, r, FAR).steps == ()
    assert blur_plan(5.0, 5.0, r, Rect(100, 100, 200, 200)).bounds.empty
