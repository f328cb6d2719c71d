"""Blurs and shadows of documents: lengths are node-local, offsets follow the node, the result is what float64 gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.ndimage import gaussian_filter

from tests.support.rendering import Renderer

WIDTH, HEIGHT = 120, 90


def document(effects: list[Any], **node: Any) -> dict[str, Any]:
    """Return a red box of 40x30 px at (30, 20) with effects."""
    return {
        "version": "0.3",
        "canvas": {"width": WIDTH, "height": HEIGHT},
        "duration": 10,
        "assets": {"box": {"solid_rect": {"color": "#ff0000"}}},
        "root": {
            "id": "box",
            "kind": {"leaf": {"asset": "box", "size": [40, 30]}},
            "transform": {"translate": [30, 20]},
            "effects": effects,
            **node,
        },
    }


def draw(effects: list[Any], **node: Any) -> npt.NDArray[np.int64]:
    return Renderer("reference")(document(effects, **node)).astype(np.int64)


def box(x0: int = 30, y0: int = 20, x1: int = 70, y1: int = 50) -> npt.NDArray[np.float64]:
    out = np.zeros((HEIGHT, WIDTH))
    out[y0:y1, x0:x1] = 255.0
    return out


def blurred(alpha: npt.NDArray[np.float64], sigma: tuple[float, float]) -> npt.NDArray[np.float64]:
    """Return a Gaussian whose canvas has no edge; sigma along y, x."""
    pad = 100
    wide = np.pad(alpha, pad)
    return np.asarray(gaussian_filter(wide, sigma, mode="constant", truncate=9.0)[pad:-pad, pad:-pad])


@pytest.mark.parametrize(
    ("effect", "sigma"),
    [
        ({"blur": 6}, (3.0, 3.0)),
        ({"blur": {"sigma": 6}}, (6.0, 6.0)),
        ({"blur": {"radius_x": 8}}, (0.0, 4.0)),
        ({"blur": {"radius_px": 10, "radius_y": 2}}, (1.0, 5.0)),
    ],
)
def test_a_blur_is_a_gaussian_of_half_its_radius(effect: Any, sigma: tuple[float, float]) -> None:
    got = draw([effect])
    want = blurred(box(), sigma)
    assert np.abs(got[..., 3] - want).max() <= 1.0
    assert np.array_equal(got[..., 0], got[..., 3]) and not got[..., 1:3].any()


def test_a_blur_grows_with_its_node() -> None:
    got = draw([{"blur": {"sigma": 4}}], transform={"translate": [30, 20], "scale": 0.5})
    assert np.abs(got[..., 3] - blurred(box(30, 20, 50, 35), (2.0, 2.0))).max() <= 1.0


def test_unequal_radii_turn_with_their_node() -> None:
    got = draw([{"blur": {"radius_x": 8}}], transform={"translate": [70, 20], "rotation_deg": 90})
    assert np.abs(got[..., 3] - blurred(box(40, 20, 70, 60), (4.0, 0.0))).max() <= 1.0


def test_a_blur_reads_what_lies_beyond_the_canvas() -> None:
    """The box reaches out of the canvas: its blurred edge does not begin at the canvas's."""
    got = draw([{"blur": {"sigma": 9}}], transform={"translate": [-60, 20], "scale": [3, 1]})
    pad = 100
    wide = np.zeros((HEIGHT + 2 * pad, WIDTH + 2 * pad))
    wide[pad + 20 : pad + 50, pad - 60 : pad + 60] = 255.0
    s = 9.0 * 3.0**0.5
    want = gaussian_filter(wide, s, mode="constant", truncate=9.0)[pad:-pad, pad:-pad]
    assert np.abs(got[..., 3] - want).max() <= 1.0


def test_blurs_that_do_nothing_vanish() -> None:
    plain = draw([])
    for effect in ({"blur": 0}, {"blur": {"sigma": 0.01}}, {"drop_shadow": {"color": "#00000000"}}):
        assert np.array_equal(draw([effect]), plain)


def shadow_of(alpha: npt.NDArray[np.float64], colour: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """Return the box over its shadow of a straight colour."""
    a = alpha / 255.0 * colour[3]
    under = np.stack([255.0 * a * c for c in (*colour[:3], 1.0)], axis=-1)
    over = np.stack([box(), 0.0 * box(), 0.0 * box(), box()], axis=-1)
    return np.asarray(over + under * (1.0 - over[..., 3:] / 255.0))


def test_a_drop_shadow() -> None:
    got = draw([{"drop_shadow": {"offset": [6, 4], "sigma": 3, "color": [0, 0, 1, 0.5]}}])
    want = shadow_of(blurred(box(36, 24, 76, 54), (3.0, 3.0)), (0.0, 0.0, 1.0, 0.5))
    assert np.abs(got - want).max() <= 1.5


def test_a_shadow_follows_its_node() -> None:
    """A node turned by a quarter throws its shadow to where its own x axis points."""
    effects = [{"drop_shadow": {"offset": [10, 0], "sigma": 0, "color": "#0000ff"}}]
    got = draw(effects, transform={"translate": [70, 20], "rotation_deg": 90})
    assert got[65, 50].tolist() == [0, 0, 255, 255] and got[50, 75].tolist() == [0, 0, 0, 0]


def test_a_spread_is_that_of_a_box_shadow() -> None:
    got = draw([{"drop_shadow": {"offset": [0, 0], "sigma": 0, "color": "#0000ff", "spread": 3, "only": True}}])
    assert np.array_equal(got[..., 3], box(27, 17, 73, 53)) and np.array_equal(got[..., 2], got[..., 3])


def test_a_glow_lies_under_its_content() -> None:
    got = draw([{"glow": {"sigma": 4, "color": "#00ff00"}}])
    want = shadow_of(blurred(box(), (4.0, 4.0)), (0.0, 1.0, 0.0, 1.0))
    assert np.abs(got - want).max() <= 1.5


def test_an_inner_shadow_stays_inside() -> None:
    got = draw([{"inner_shadow": {"offset": [4, 4], "sigma": 2, "color": "#000000"}}])
    assert np.array_equal(got[..., 3], box())
    a = 1.0 - blurred(box(34, 24, 74, 54), (2.0, 2.0)) / 255.0
    assert np.abs(got[..., 0] - box() * (1.0 - a)).max() <= 1.5


def test_a_shadow_follows_the_masked_shape() -> None:
    mask = {"source": {"shape": {"rect": {"x": 0, "y": 0, "width": 10, "height": 10}}}}
    effects = [{"drop_shadow": {"offset": [20, 0], "sigma": 0, "color": "#0000ff"}}]
    got = draw(effects, mask=mask)
    assert np.array_equal(got[..., 3], np.maximum(box(30, 20, 40, 30), box(50, 20, 60, 30)))


def test_effects_act_in_their_order() -> None:
    """Blurred, then shadowed is not shadowed, then blurred."""
    blur, shadow = {"blur": {"sigma": 3}}, {"drop_shadow": {"offset": [30, 0], "sigma": 0, "color": "#0000ff"}}
    soft = draw([blur, shadow])
    assert np.abs(soft[..., 2] - 255.0 * (blurred(box(60, 20, 100, 50), (3.0, 3.0)) / 255.0)).max() > 1.0
    both = draw([shadow, blur])
    assert not np.array_equal(soft, both)
    assert abs(int(both[35, 85, 2]) - 255) <= 1
