"""Masks by their pixels: sources, modes, and every kind of node that may have one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene
from wavyte_gpu.normalize import normalizer

RED, BLUE = "#ff0000", "#0000ff"
HALF = {"source": {"shape": {"rect": {"x": 8, "y": 0, "width": 16, "height": 24}}}}


def drawn(document: dict[str, Any], frame: int = 0) -> npt.NDArray[np.int64]:
    comp = wv.Composition.from_json(document)
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        return session.render_frame(frame).rgba.astype(np.int64)


def alpha(mask: dict[str, Any], *others: dict[str, Any], **assets: Any) -> npt.NDArray[np.int64]:
    """Return the alpha of a square of 32x24 under a mask, on nothing."""
    made = scene(leaf(RED, "a", size=[32, 24], mask=mask), *others, size=(40, 32), assets=assets)
    return drawn(made)[..., 3]


INNER = {
    "canvas": {"width": 32, "height": 24},
    "duration": 30,
    "assets": {RED: {"solid_rect": {"color": RED}}},
    "root": leaf(RED, "r"),
}
KINDS: dict[str, dict[str, Any]] = {
    "leaf": leaf(RED, "n", size=[32, 24]),
    "group": collection("n", leaf(RED, "x", size=[32, 24])),
    "stack": collection("n", leaf(RED, "x", size=[32, 24]), mode="stack"),
    "sequence": collection("n", leaf(RED, "x", size=[32, 24], range=[0, 30]), mode="sequence"),
    "switch": collection("n", leaf(RED, "x", size=[32, 24]), mode={"switch": {"active": 0}}),
    "comp_ref": {"id": "n", "kind": {"comp_ref": {"composition": "inner"}}},
    "repeat": {"id": "n", "kind": {"repeat": {"items": 1, "child": leaf(RED, "x", size=[32, 24])}}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_node_may_be_masked(kind: str) -> None:
    node = {**KINDS[kind], "mask": HALF}
    made = scene(node, size=(40, 32), assets={RED: {"solid_rect": {"color": RED}}}, compositions={"inner": INNER})
    wanted = np.zeros((32, 40), np.int64)
    wanted[:24, 8:24] = 255
    assert (drawn(made)[..., 3] == wanted).all()


def test_a_mask_lies_in_the_space_of_its_node() -> None:
    made = scene(
        leaf(RED, "a", size=[32, 24], mask=HALF, transform={"translate": [4, 2], "scale": [0.5, 1]}), size=(40, 32)
    )
    columns = np.flatnonzero(drawn(made)[..., 3].any(axis=0))
    assert (columns[0], columns[-1]) == (8, 15)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("alpha", 128),
        ("luma", (54 * 128 + 183 * 128 + 19 * 128 + 128) >> 8),
        ({"stencil": {"threshold": 0.5}}, 255),
        ({"stencil": {"threshold": 0.51}}, 0),
    ],
)
def test_modes(mode: Any, expected: int) -> None:
    grey = {"solid_rect": {"color": "#ffffff80"}}
    mask = {"source": {"asset": "grey"}, "mode": mode}
    assert (alpha(mask, grey=grey)[:24, :32] == expected).all()
    assert (alpha({**mask, "inverted": True}, grey=grey)[:24, :32] == 255 - expected).all()


def test_luma_weighs_the_channels_of_the_premultiplied_pixel() -> None:
    for colour, factor in (("#ff0000", 54), ("#00ff00", 183), ("#0000ff", 19)):
        got = alpha({"source": {"asset": "c"}, "mode": "luma"}, c={"solid_rect": {"color": colour}})
        assert (got[:24, :32] == (factor * 255 + 128) >> 8).all()


def test_beyond_an_inverted_mask_everything_shows() -> None:
    got = alpha({**HALF, "inverted": True})
    assert (got[:24, 8:24] == 0).all() and (got[:24, :8] == 255).all() and (got[:24, 24:32] == 255).all()


def test_a_stencil_from_nothing_on_shows_everything() -> None:
    assert (alpha({**HALF, "mode": {"stencil": {"threshold": 0}}})[:24, :32] == 255).all()


def test_a_node_that_masks_is_drawn_too_unless_it_is_a_mask_alone() -> None:
    source = leaf(BLUE, "m", size=[8, 8])
    mask = {"source": {"node": "m"}}
    both = drawn(scene(leaf(RED, "a", size=[32, 24], mask=mask), {**source, "transform": {"translate": [20, 0]}}, size=(40, 32)))
    assert (both[:8, 20:28] == [0, 0, 255, 255]).all() and not both[:8, :20, 0].any()
    alone = drawn(scene(leaf(RED, "a", size=[32, 24], mask=mask), {**source, "mask_only": True}, size=(40, 32)))
    assert (alone[:8, :8] == [255, 0, 0, 255]).all() and alone[..., 3].sum() == 8 * 8 * 255


def test_a_mask_node_keeps_its_clock_and_its_own_mask() -> None:
    source = leaf(BLUE, "m", size=[32, 24], mask=HALF, mask_only=True, range=[3, 6])
    made = scene(leaf(RED, "a", size=[32, 24], mask={"source": {"node": "m"}}), source, size=(40, 32))
    assert not drawn(made, 2).any() and not drawn(made, 6).any()
    assert np.flatnonzero(drawn(made, 4)[..., 3].any(axis=0)).tolist() == list(range(8, 24))


def test_a_mask_that_is_switched_off_shows_nothing_of_its_node() -> None:
    source = leaf(BLUE, "m", size=[8, 8], enabled=False)
    node = leaf(RED, "a", size=[32, 24], mask={"source": {"node": "m"}})
    assert not drawn(scene(node, source, size=(40, 32))).any()
    node["mask"]["inverted"] = True
    assert (drawn(scene(node, source, size=(40, 32)))[:24, :32, 3] == 255).all()


@pytest.mark.parametrize("target", ["a", "root", "g"])
def test_a_mask_that_draws_itself_is_an_error(target: str) -> None:
    node = collection("g", leaf(RED, "a", mask={"source": {"node": target}}))
    with pytest.raises(wv.SchemaError, match="a mask draws itself"):
        wv.Composition.from_json(scene(node))


def test_masks_that_multiply_without_bound_are_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each level masks by the one before, twice: copies of copies."""
    monkeypatch.setattr(normalizer, "MAX_NODES", 3000)
    nodes = [leaf(RED, "m0", mask_only=True)]
    for i in range(1, 26):
        inner = {"source": {"node": f"m{i - 1}"}}
        nodes.append(
            collection(f"m{i}", leaf(RED, f"x{i}", mask=inner), leaf(RED, f"y{i}", mask=inner), mask_only=True)
        )
    comp = wv.Composition.from_json(scene(leaf(RED, "a", mask={"source": {"node": "m25"}}), *nodes))
    with pytest.raises(wv.LimitError, match="too many nodes"):
        wv.RenderSession(comp, options=wv.SessionOptions(backend="reference"))
