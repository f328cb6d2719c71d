"""Whole random documents: both backends agree in every bit; mutated ones render or say why not."""

from __future__ import annotations

import json
from random import Random
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wavyte_gpu as wv
from tests.fuzz.mutations import mutated
from tests.support.documents import crowd, document

SEEDS = st.integers(0, 2**32 - 1)
QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
REFERENCE = wv.SessionOptions(backend="reference", workers=1)


@pytest.mark.gpu
@settings(max_examples=100, suppress_health_check=QUIET)
@given(seed=SEEDS)
def test_backends_agree_on_random_documents(renderer: Any, seed: int) -> None:
    agree(renderer, document(Random(seed), max_side=72, leaves=5, video=seed % 4 == 0), seed)


@pytest.mark.gpu
@settings(max_examples=25, suppress_health_check=QUIET)
@given(seed=SEEDS)
def test_backends_agree_on_large_documents(renderer: Any, seed: int) -> None:
    """Leaves above 65536 px are split into edge tiles and interior tiles."""
    agree(renderer, document(Random(seed), size=(400, 330), leaves=5), seed)


@pytest.mark.gpu
@settings(max_examples=12, suppress_health_check=QUIET)
@given(seed=SEEDS, count=st.integers(2, 250))
def test_backends_agree_on_crowds(renderer: Any, seed: int, count: int) -> None:
    """Leaves of one kind that do not touch share a dispatch."""
    agree(renderer, crowd(Random(seed), count), seed)


@pytest.mark.gpu
@settings(max_examples=25, suppress_health_check=QUIET)
@given(seed=SEEDS, scale=st.sampled_from([0.3, 1.5, 2.0]))
def test_backends_agree_at_other_scales(renderer: Any, seed: int, scale: float) -> None:
    comp = wv.Composition.from_json(document(Random(seed), max_side=60, leaves=4))
    agree(renderer, comp.with_overrides(scale=scale), seed)


def agree(renderer: Any, source: Any, seed: int) -> None:
    frames = [0, *sorted(Random(seed).sample(range(1, 30), 3))]
    with patch("wavyte_gpu.compile.shapes._MANY_EDGES", seed % 2 * 3000):  # new shapes are sorted by the GPU every second time
        drawn = [renderer(name).frames(source, frames) for name in ("gpu", "reference")]
    for frame, gpu, reference in zip(frames, *drawn, strict=True):
        where = np.argwhere((gpu != reference).any(axis=2))
        assert not len(where), f"seed {seed}, frame {frame}: {len(where)} pixels, first {where[0]}"


@settings(max_examples=60, suppress_health_check=QUIET)
@given(seed=SEEDS)
def test_pixels_are_valid_premultiplied(renderer: Any, seed: int) -> None:
    source = document(Random(seed), max_side=48, leaves=5)
    for pixels in renderer("reference").frames(source, [0, 11]):
        assert (pixels[..., :3] <= pixels[..., 3:]).all()


@settings(max_examples=40, suppress_health_check=QUIET)
@given(seed=SEEDS)
def test_canonical_documents_render_the_same(renderer: Any, seed: int) -> None:
    source = document(Random(seed), max_side=32, leaves=4)
    comp = wv.Composition.from_json(source)
    again = json.loads(comp.to_json())
    frames = [0, 13, 29]
    for a, b in zip(
        renderer("reference").frames(source, frames), renderer("reference").frames(again, frames), strict=True
    ):
        assert np.array_equal(a, b)


@settings(max_examples=1000, suppress_health_check=QUIET)
@given(seed=SEEDS)
def test_mutated_documents_render_or_say_why_not(seed: int) -> None:
    attempt(seed)


def attempt(seed: int) -> str:
    """Take a mutated document as far as it goes; anything raised but a WavyteError escapes."""
    r = Random(seed)
    source = mutated(document(r, max_side=40, leaves=3), r)
    try:
        comp = wv.Composition.from_json(source)
    except wv.WavyteError as error:
        assert error.problems and all(p.message for p in error.problems)
        return "refused"
    comp.check()
    try:
        session = wv.RenderSession(comp, options=REFERENCE)
    except wv.WavyteError as error:
        assert error.problems
        return "unsupported"
    with session:
        if session.width * session.height > 100_000:
            return "large"
        for frame in {0, min(7, comp.duration - 1), comp.duration - 1}:
            try:
                pixels = session.render_frame(frame).rgba
            except wv.SchemaError:
                assert comp.duration == 0
                continue
            assert (pixels[..., :3] <= pixels[..., 3:]).all()
    return "rendered"
