"""Every kind of node in every other, with masks, effects, transitions, opacities and blend modes, against a float64 model."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from tests.support.documents import collection, leaf, scene
from tests.support.float_model import expected
from tests.support.rendering import Renderer

SIZE = (40, 34)
FRAME = 5
BLENDS = ("multiply", "screen", "difference", "overlay", "lighten", "exclusion")
KINDS = ("leaf", "group", "stack", "sequence", "switch", "repeat", "comp_ref")


def random_node(r: Random, depth: int, count: list[int], still: bool = False) -> dict[str, Any]:
    """Return a node whose parts lie on whole px. `still`: without a transition."""
    count[0] += 1
    name = f"n{count[0]}"
    more: dict[str, Any] = {"transform": {"translate": [r.randint(-4, 6), r.randint(-4, 6)]}, "range": [0, 20]}
    if r.random() < 0.5:
        more["opacity"] = r.choice((0.3, 0.5, 0.8))
    if r.random() < 0.4:
        more["blend"] = r.choice(BLENDS)
    if r.random() < 0.4:
        rect = {"x": r.randint(0, 20), "y": r.randint(0, 20), "width": r.randint(5, 30), "height": r.randint(5, 30)}
        more["mask"] = {"source": {"shape": {"rect": rect}}, "inverted": r.random() < 0.3}
    if r.random() < 0.3 and not still:
        more["transition_in"] = {"kind": "crossfade", "duration_frames": 10}
    if r.random() < 0.25:
        effects: list[dict[str, Any]] = [{"invert": 1}, {"opacity_mul": 0.5}, {"clip_rect": [3, 4, 20, 22]}]
        more["effects"] = r.sample(effects, r.randint(1, 2))
    kind = r.choice(KINDS) if depth else "leaf"
    if kind == "leaf":
        colour = f"#{r.randrange(1 << 24):06x}" + r.choice(("", "80", "c0"))
        return leaf(colour, name, size=[r.randint(6, 30), r.randint(6, 30)], **more)
    if kind == "repeat":
        child = random_node(r, depth - 1, count)
        return {"id": name, "kind": {"repeat": {"items": 2, "child": child}}, **more}
    nodes = [random_node(r, depth - 1, count, kind == "sequence") for _ in range(r.randint(1, 3))]
    if kind == "comp_ref":
        inner = {**scene(*nodes, size=SIZE, duration=20), "fps": 30}
        del inner["version"]
        return {"id": name, "kind": {"comp_ref": {"composition": inner}}, **more}
    mode: Any = {"switch": {"active": r.randrange(len(nodes))}} if kind == "switch" else kind
    return collection(name, *nodes, mode=mode, **more)


@pytest.mark.parametrize("seed", range(24))
def test_random_scenes(seed: int, draw_reference: Renderer) -> None:
    """Each layer rounds once and its opacity, mask or transition once more; errors of a few layers meet in one pixel at most."""
    r, count = Random(seed), [0]
    document = scene(
        leaf("#406080", "back", size=list(SIZE)), *(random_node(r, 3, count) for _ in range(3)), size=SIZE, duration=20
    )
    drawn = draw_reference(document, FRAME).astype(np.float64)
    wrong = np.abs(drawn - expected(document, FRAME))
    assert wrong.max() <= 2.0 and wrong.mean() < 0.3
