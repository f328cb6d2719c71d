"""passes/mask: the adapter equals the twin, and the twin equals the formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gpu.random_plans import random_rect
from tests.support.passes import Passes
from tests.twins.cases import pixels
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.registry import pass_id
from wavyte_gpu.ops.weights import mask_rule
from wavyte_gpu.render.gpu.device import Device

SIZES = st.tuples(st.integers(1, 90), st.integers(1, 70))
MODES = st.sampled_from(["alpha", "luma", "stencil"])


@pytest.mark.gpu
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), content=SIZES, mask=SIZES, mode=MODES, inverted=st.booleans())
def test_adapter_equals_twin(
    device: Device, seed: int, content: tuple[int, int], mask: tuple[int, int], mode: str, inverted: bool
) -> None:
    rng = np.random.default_rng(seed)
    passes = Passes()
    corner = rng.integers(-20, 20, 4).tolist()
    a = passes.image(pixels(rng, *content), corner[0], corner[1])
    b = passes.image(pixels(rng, *mask), corner[2], corner[3])
    bounds = random_rect(rng, Rect(-10, -10, 60, 50))
    params = mask_rule(mode, threshold=float(rng.choice([0.0, 0.5, 1.0, rng.random()])), inverted=inverted)
    passes.emit.pass_(pass_id("mask"), [a, b], bounds, params)
    passes.assert_equal(device)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("mode", ["alpha", "luma", "stencil"])
def test_twin_equals_the_formulas(mode: str, inverted: bool) -> None:
    """Weights in float64, then one product rounded once; outside the mask the weight is that of nothing."""
    rng = np.random.default_rng(1)
    content, mask = pixels(rng, 60, 70), pixels(rng, 40, 50)
    passes = Passes()
    a, b = passes.image(content), passes.image(mask, 10, 5)
    out = passes.emit.pass_(
        pass_id("mask"), [a, b], Rect(0, 0, 70, 60), mask_rule(mode, threshold=0.3, inverted=inverted)
    )
    got = passes.reference(out)
    placed = np.zeros_like(content)
    placed[5:45, 10:60] = mask
    r, g, b_, alpha = ((placed >> s) & 255 for s in (0, 8, 16, 24))
    weight = {
        "alpha": alpha.astype(np.float64),
        "luma": np.floor((54 * r + 183 * g + 19 * b_ + 128) / 256.0),
        "stencil": np.where(alpha >= np.floor(255 * 0.3 + 0.5), 255.0, 0.0),
    }[mode]
    weight = 255.0 - weight if inverted else weight
    for shift in (0, 8, 16, 24):
        exact = ((content >> shift) & 255) * weight / 255.0
        assert np.abs(((got >> shift) & 255) - exact).max() <= 0.5


def test_a_stencil_of_threshold_0_takes_all() -> None:
    rng = np.random.default_rng(2)
    content = pixels(rng, 9, 9)
    passes = Passes()
    a, b = passes.image(content), passes.image(np.zeros((2, 2), np.uint32))
    out = passes.emit.pass_(pass_id("mask"), [a, b], Rect(0, 0, 9, 9), mask_rule("stencil", threshold=0.0))
    assert np.array_equal(passes.reference(out), content)
