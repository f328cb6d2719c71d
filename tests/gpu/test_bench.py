"""`wavyte bench` times every stage that there is."""

from __future__ import annotations

import pytest

import wavyte_gpu as wv
from tests.support.documents import leaf, scene


@pytest.mark.parametrize(
    ("backend", "stages"),
    [
        ("reference", ["evaluate", "compile", "record", "readback", "encode", "total"]),
        pytest.param(
            "gpu",
            ["evaluate", "compile", "record", "gpu", "readback", "encode", "total"],
            marks=pytest.mark.gpu,
        ),
    ],
)
@pytest.mark.parametrize("size", [(64, 48), (33, 17)])
def test_stages(backend: str, stages: list[str], size: tuple[int, int]) -> None:
    comp = wv.Composition.from_json(scene(leaf("#102030", "a"), size=size, duration=5))
    with wv.RenderSession(comp, options=wv.SessionOptions(backend=backend, trace=True)) as session:
        found = session.bench(range(1, 4), warmup=2)
    assert list(found["stages"]) == stages
    assert all(0.0 <= times["median_ms"] <= times["p90_ms"] for times in found["stages"].values())
    assert (found["frames"], found["warmup"], found["size"]) == (3, 2, list(size))
