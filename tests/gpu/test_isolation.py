"""Isolation three deep in every combination of what isolates: both backends agree, and folding moves no pixel by more than 1 a fold."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from tests.support.documents import collection, leaf, scene
from tests.support.rendering import Renderer
from wavyte_gpu.eval import traverse
from wavyte_gpu.eval.graph import RenderUnit
from wavyte_gpu.eval.units import union

FRAME = 5
FEATURES: dict[str, dict[str, Any]] = {
    "mask": {"mask": {"source": {"shape": {"ellipse": {"rx": 22, "ry": 15.5}}}}},
    "effect": {"effects": [{"drop_shadow": {"offset": [2, 1], "sigma": 1.5}}]},
    "blend": {"blend": "multiply"},
    "transition": {"transition_in": {"kind": "wipe", "duration_frames": 12, "params": {"soft_edge": 0.3}}},
    "opacity": {"opacity": 0.7},
}
SUBSETS = [names for count in range(6) for names in combinations(FEATURES, count)]


def nested(*levels: tuple[str, ...]) -> dict[str, Any]:
    """Return a scene of two overlapping leaves in groups, the outermost level first, each with a leaf of its own beside the next."""
    node = collection("pair", leaf("#e03050", "a", size=[24, 18]), leaf("#20a0f080", "b", size=[20, 20]))
    for i, names in reversed(list(enumerate(levels))):
        own = {key: value for name in names for key, value in FEATURES[name].items()}
        beside = leaf("#f0c02090", f"l{i}", size=[14, 26], transform={"translate": [10 + 3 * i, 2]})
        node = collection(f"g{i}", beside, node, transform={"translate": [3, 2]}, **own)
    return scene(leaf("#6080a0", "back"), node, size=(52, 38))


def together(renderer: Callable[[str], Renderer], documents: list[dict[str, Any]]) -> None:
    gpu, reference = renderer("gpu"), renderer("reference")
    for document in documents:
        assert np.array_equal(gpu(document, FRAME), reference(document, FRAME)), document["root"]


@pytest.mark.gpu
def test_each_combination_three_deep(renderer: Callable[[str], Renderer]) -> None:
    together(renderer, [nested(names, names, names) for names in SUBSETS])


@pytest.mark.gpu
@pytest.mark.parametrize("outer", FEATURES)
def test_each_order_of_three(outer: str, renderer: Callable[[str], Renderer]) -> None:
    together(renderer, [nested((outer,), (b,), (c,)) for b, c in product(FEATURES, repeat=2)])


@pytest.mark.parametrize("names", [("opacity",), ("opacity", "blend"), ("transition",), ("mask", "opacity")], ids="+".join)
def test_a_fold_moves_no_pixel_by_more_than_one(
    names: tuple[str, ...], draw_reference: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opacity of three levels over parts that do not touch folds into them; drawn with a surface for each level it is the same."""
    apart = [
        collection(f"c{i}", leaf("#e03050", f"a{i}", size=[9.5, 8]), leaf("#20a0f0a0", f"b{i}", size=[6, 9]), opacity=0.61)
        for i in range(3)
    ]
    for i, part in enumerate(apart):
        part["transform"] = {"translate": [2 + 16 * i, 3.5]}
        part["kind"]["collection"]["children"][1]["transform"] = {"translate": [0, 12]}
    own = {key: value for name in names for key, value in FEATURES[name].items()}
    document = scene(leaf("#6080a0", "back"), collection("g", collection("h", *apart, opacity=0.83), **own), size=(52, 38))
    folded = draw_reference(document, FRAME).astype(int)

    def isolated(node: int, parts: list[RenderUnit], opacity: float, blend: int) -> list[RenderUnit]:
        bounds = union(parts)
        return [RenderUnit(node, -1, opacity, blend, bounds, parts, bounds)]

    monkeypatch.setattr(traverse, "composited", isolated)
    assert np.abs(draw_reference(document, FRAME).astype(int) - folded).max() <= 3


@pytest.mark.parametrize("own", [{"opacity": 0.5}, {"blend": "multiply"}], ids=["opacity", "blend"])
@pytest.mark.parametrize("mode", ["group", "stack", "sequence", {"switch": {"active": 0}}], ids=str)
def test_overlapping_leaves_are_composited_as_one(own: dict[str, Any], mode: Any, draw_reference: Renderer) -> None:
    """Two opaque leaves at opacity 0.5 give alpha 128 where they overlap, and a blend mode sees neither through the other."""
    leaves = collection("inner", leaf("#ff0000", "a", size=[16, 16]), leaf("#00ff00", "b", size=[16, 16]), range=[0, 30])
    pixel = draw_reference(scene(collection("g", leaves, mode=mode, **own), size=(20, 20)))[8, 8].tolist()
    assert pixel == ([0, 128, 0, 128] if "opacity" in own else [0, 255, 0, 255])
