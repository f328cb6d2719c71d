"""passes/color_matrix: the adapter equals the twin; colours lie within a step of the matrix in float64."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gpu.random_plans import random_rect
from tests.support.passes import Passes
from tests.twins.cases import pixels
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.matrices import color_matrix, keeps_alpha
from wavyte_gpu.ops.registry import pass_id
from wavyte_gpu.render.gpu.device import Device

F64 = npt.NDArray[np.float64]


def random_matrix(rng: np.random.Generator) -> F64:
    m = np.eye(4, 5) + rng.normal(0.0, float(rng.choice([0.1, 1.0, 30.0, 1e7])), (4, 5))
    if rng.random() < 0.5:
        m[3], m[:3, 3] = (0, 0, 0, 1, 0), 0.0
    return m


@pytest.mark.gpu
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), width=st.integers(1, 90), height=st.integers(1, 70))
def test_adapter_equals_twin(device: Device, seed: int, width: int, height: int) -> None:
    rng = np.random.default_rng(seed)
    passes = Passes()
    image = passes.image(pixels(rng, height, width), *rng.integers(-9, 9, 2).tolist())
    kernel, params = color_matrix(random_matrix(rng))
    passes.emit.pass_(kernel, [image], random_rect(rng, Rect(-5, -5, width + 5, height + 5)), params)
    passes.assert_equal(device)


def all_pixels(rng: np.random.Generator) -> npt.NDArray[np.uint32]:
    """Return every alpha with many colours."""
    a = np.repeat(np.arange(256, dtype=np.uint32), 300)
    out = a << 24
    for shift in (0, 8, 16):
        out |= (rng.integers(0, 2**31, len(a)).astype(np.uint32) % (a + 1)) << shift
    return out.reshape(256, 300)


@pytest.mark.parametrize("spread", [0.0, 0.3, 1.0, 5.0])
@pytest.mark.parametrize("keep", [True, False])
def test_twin_is_the_matrix_in_float64(spread: float, keep: bool) -> None:
    rng = np.random.default_rng(int(spread * 10) + keep)
    image = all_pixels(rng)
    for _ in range(6):
        m = np.eye(4, 5) + rng.normal(0.0, spread, (4, 5))
        if keep:
            m[3], m[:3, 3] = (0, 0, 0, 1, 0), 0.0
        assert keeps_alpha(m) or not keep
        passes = Passes()
        kernel, params = color_matrix(m)
        got = passes.reference(passes.emit.pass_(kernel, [passes.image(image)], Rect(0, 0, 300, 256), params))
        c = np.stack([(image >> s) & 255 for s in (0, 8, 16, 24)], axis=-1).astype(np.float64) / 255.0
        alpha = c[..., 3:]
        straight = np.where(alpha > 0.0, c[..., :3] / np.where(alpha > 0.0, alpha, 1.0), 0.0)
        v = np.clip(np.concatenate([straight, alpha, np.ones_like(alpha)], axis=-1) @ m.T, 0.0, 1.0)
        exact = np.concatenate([v[..., :3] * v[..., 3:], v[..., 3:]], axis=-1) * 255.0
        got_c = np.stack([(got >> s) & 255 for s in (0, 8, 16, 24)], axis=-1)
        assert np.abs(got_c - exact).max() <= (0.53 if keep else 1.01)
        assert (got_c[..., :3] <= got_c[..., 3:]).all()


def test_the_identity_changes_nothing() -> None:
    image = all_pixels(np.random.default_rng(0))
    for name in ("color_matrix", "color_matrix_any"):
        passes = Passes()
        _, params = color_matrix(np.eye(4, 5))
        if name == "color_matrix_any":
            m = np.eye(4, 5)
            m[0, 3] = 1e-9  # feeds alpha, but nothing of it is left
            _, params = color_matrix(m)
        out = passes.emit.pass_(pass_id(name), [passes.image(image)], Rect(0, 0, 300, 256), params)
        assert np.array_equal(passes.reference(out), image)
