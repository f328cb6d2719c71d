"""Isolation and folding against a float64 model of W3C group compositing."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from tests.support.documents import collection, leaf, scene
from tests.support.float_model import expected
from tests.support.rendering import Renderer

SIZE = (24, 16)


def error(draw: Renderer, document: dict[str, Any]) -> float:
    return float(np.abs(draw(document).astype(np.float64) - expected(document)).max())


def overlapping(*, opacity: float = 1.0, kind: Any = "group", **more: Any) -> dict[str, Any]:
    a = leaf("#ff0000", "a", box=(2, 2, 10, 10), range=[0, 30])
    b = leaf("#0000ff", "b", box=(8, 4, 10, 10), range=[0, 30])
    return collection("g", a, b, mode=kind, opacity=opacity, **more)


@pytest.mark.parametrize("kind", ["group", "stack"])
@pytest.mark.parametrize("depth", [0, 1, 4])
def test_two_overlapping_opaque_leaves_at_half(draw: Renderer, kind: str, depth: int) -> None:
    node = overlapping(opacity=0.5, kind=kind)
    for i in range(depth):
        node = collection(f"outer{i}", node)
    pixels = draw(scene(node, size=SIZE))
    assert pixels[3, 3].tolist() == [128, 0, 0, 128]
    assert pixels[6, 10].tolist() == [0, 0, 128, 128]  # where both lie: not 192, and nothing of the lower one
    assert pixels[13, 17].tolist() == [0, 0, 128, 128]
    assert not pixels[0, 0].any()


@pytest.mark.parametrize("mode", ["sequence", {"switch": {"active": 0}}])
def test_sequences_and_switches_isolate_too(draw: Renderer, mode: Any) -> None:
    inner = overlapping(range=[0, 30])
    pixels = draw(scene(collection("outer", inner, mode=mode, opacity=0.5), size=SIZE))
    assert pixels[6, 10].tolist() == [0, 0, 128, 128]


def test_isolated_inside_isolated(draw: Renderer) -> None:
    inner = overlapping(opacity=0.5)
    over_it = leaf("#00ff00", "c", box=(10, 0, 6, 16))
    pixels = draw(scene(collection("outer", inner, over_it, opacity=0.5), size=SIZE))
    assert pixels[3, 3].tolist() == [64, 0, 0, 64]
    assert pixels[6, 9].tolist() == [0, 0, 64, 64]
    assert pixels[6, 12].tolist() == [0, 128, 0, 128]


def test_blend_in_a_group_that_does_not_isolate_meets_the_backdrop(draw: Renderer) -> None:
    back = leaf("#808080", "back", box=(0, 0, 24, 16))
    red = leaf("#ff0000", "a", box=(2, 2, 10, 10), blend="multiply")
    pixels = draw(scene(back, collection("g", red, leaf("#00ff00", "b", box=(8, 4, 10, 10))), size=SIZE))
    assert pixels[3, 3].tolist() == [128, 0, 0, 255]


def test_blend_in_an_isolated_group_does_not_meet_the_backdrop(draw: Renderer) -> None:
    back = leaf("#808080", "back", box=(0, 0, 24, 16))
    red = leaf("#ff0000", "a", box=(2, 2, 10, 10), blend="multiply")
    other = leaf("#00ff00", "b", box=(8, 4, 10, 10), blend="multiply")
    pixels = draw(scene(back, collection("g", red, other, opacity=0.5), size=SIZE))
    # Half of pure red over grey: 0.5 * 255 + 0.5 * 128; red times green is black.
    assert pixels[3, 3].tolist() == [192, 64, 64, 255]
    assert pixels[6, 10].tolist() == [64, 64, 64, 255]


def test_blend_of_a_lone_leaf_in_an_isolated_group_does_not_meet_the_backdrop(draw: Renderer) -> None:
    """The group folds into its leaf; the leaf's own blend mode has nothing to act on and must go."""
    back = leaf("#808080", "back", box=(0, 0, 24, 16))
    red = leaf("#ff0000", "a", box=(2, 2, 10, 10), blend="multiply")
    document = scene(back, collection("g", red, opacity=0.5), size=SIZE)
    assert draw(document)[3, 3].tolist() == [192, 64, 64, 255]
    assert error(draw, document) <= 1.0


def test_group_blend_acts_once_on_the_whole_group(draw: Renderer) -> None:
    back = leaf("#8080c0", "back", box=(0, 0, 24, 16))
    document = scene(back, overlapping(blend="difference"), size=SIZE)
    pixels = draw(document)
    assert pixels[6, 10].tolist() == [128, 128, 63, 255]  # |backdrop - blue| alone
    assert error(draw, document) <= 1.0


@pytest.mark.parametrize("opacity", [0.1, 0.25, 0.5, 0.77, 0.999])
def test_folded_and_unfolded_agree_within_a_step(draw: Renderer, opacity: float) -> None:
    """Two leaves that do not touch fold; a third, hidden one that overlaps both keeps the group from folding."""
    a, b = leaf("#ff8000", "a", box=(1, 1, 6, 6)), leaf("#2040ff80", "b", box=(10, 3, 9, 9))
    bridge = leaf("#ffffff01", "bridge", box=(0, 14, 2, 2))
    cross = leaf("#ffffff01", "cross", box=(0, 14, 3, 2))
    back = leaf("#406020", "back", box=(0, 0, 24, 16))
    folded = draw(scene(back, collection("g", a, b, opacity=opacity), size=SIZE)).astype(int)
    kept = draw(scene(back, collection("g", a, b, bridge, cross, opacity=opacity), size=SIZE)).astype(int)
    assert np.abs(folded - kept)[:13].max() <= 1


def test_nested_folds_multiply_before_rounding(draw: Renderer) -> None:
    """0.7^5 * 255 = 42.86, hence 43. Rounding at every level, 179 126 88 62 44, would be a step too much."""
    node: dict[str, Any] = leaf("#ffffff", "a", box=(0, 0, 4, 4), opacity=0.7)
    for i in range(4):
        node = collection(f"g{i}", node, opacity=0.7)
    assert draw(scene(node, size=SIZE))[0, 0].tolist() == [43, 43, 43, 43]


def random_node(r: Random, depth: int, names: list[int]) -> dict[str, Any]:
    names.append(0)
    name = f"n{len(names)}"
    more: dict[str, Any] = {}
    if r.random() < 0.6:
        more["opacity"] = r.choice((0.25, 0.5, 0.9, r.random()))
    if r.random() < 0.5:
        # Modes whose slope is bounded: an error of one step stays near one step.
        more["blend"] = r.choice(("multiply", "screen", "darken", "lighten", "difference", "exclusion", "hard_light"))
    if depth and r.random() < 0.75:
        children = [random_node(r, depth - 1, names) for _ in range(r.randrange(1, 4))]
        return collection(name, *children, mode=r.choice(("group", "stack")), **more)
    w, h = r.randrange(1, SIZE[0]), r.randrange(1, SIZE[1])
    x, y = r.randrange(0, SIZE[0] - w), r.randrange(0, SIZE[1] - h)
    colour = f"#{r.randrange(1 << 24):06x}" + r.choice(("", "", f"{r.randrange(256):02x}"))
    return leaf(colour, name, box=(x, y, w, h), **more)


def layers(node: dict[str, Any]) -> int:
    """How many roundings lie between a node's parts and its backdrop at most: one a layer that is composited."""
    if "leaf" in node["kind"]:
        return 1
    return sum(layers(child) for child in node["kind"]["collection"]["children"]) + 1


@pytest.mark.parametrize("seed", range(40))
def test_random_nesting_against_the_float_model(draw_reference: Renderer, seed: int) -> None:
    r = Random(seed)
    names: list[int] = []
    back = leaf("#305070", "back", box=(0, 0, *SIZE))
    children = [random_node(r, 3, names) for _ in range(3)]
    document = scene(back, *children, size=SIZE)
    # Each layer rounds once (1/2), its opacity once more (1/2): a step a layer, and slopes of at most 2.
    assert error(draw_reference, document) <= 1.0 + sum(layers(c) for c in children)


@pytest.mark.parametrize(
    "modes",
    [
        ("normal", "normal", "normal"),
        ("multiply", "normal", "screen"),
        ("normal", "difference", "normal"),
        ("screen",) * 3,
    ],
)
@pytest.mark.parametrize("opacity", [0.2, 0.5, 0.8])
def test_three_deep(draw: Renderer, modes: tuple[str, str, str], opacity: float) -> None:
    """One step for each level of nesting, and one for the leaf itself."""
    node = collection(
        "g3",
        leaf("#e03010", "a", box=(2, 2, 12, 10)),
        leaf("#10a0e0", "b", box=(6, 4, 12, 10)),
        opacity=opacity,
        blend=modes[2],
    )
    node = collection("g2", leaf("#207020", "c", box=(0, 3, 10, 4)), node, opacity=0.7, blend=modes[1])
    node = collection("g1", leaf("#a0a000", "d", box=(10, 0, 4, 16)), node, opacity=0.9, blend=modes[0])
    document = scene(leaf("#6080a0", "back", box=(0, 0, *SIZE)), node, size=SIZE)
    assert error(draw, document) <= 3.0


@pytest.mark.parametrize("mode", ["multiply", "overlay", "color_dodge", "color_burn", "soft_light", "exclusion"])
def test_group_blend_of_each_family(draw: Renderer, mode: str) -> None:
    node = overlapping(opacity=0.6, blend=mode)
    document = scene(leaf("#6080a0", "back", box=(0, 0, *SIZE)), node, size=SIZE)
    assert error(draw, document) <= 1.5
