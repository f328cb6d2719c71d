"""Colour effects against the formulas of the W3C's Filter Effects Module in float64, and where they act."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.support.documents import png_data
from tests.support.rendering import Renderer
from wavyte_gpu.compile.plan import NO_KERNEL

F64 = npt.NDArray[np.float64]


def document(effects: list[Any], **node: Any) -> dict[str, Any]:
    return {
        "version": "0.3",
        "canvas": {"width": 60, "height": 50},
        "duration": 2,
        "assets": {"photo": {"image": {"source": png_data(60, 50, 3, False)}}},
        "root": {"id": "n", "kind": {"leaf": {"asset": "photo"}}, "effects": effects, **node},
    }


def draw(*effects: Any, **node: Any) -> npt.NDArray[np.int64]:
    return Renderer("reference")(document(list(effects), **node)).astype(np.int64)


def saturate(v: float) -> list[list[float]]:
    """Section 9.6.2, the matrix of `saturate`."""
    return [
        [0.213 + 0.787 * v, 0.715 - 0.715 * v, 0.072 - 0.072 * v],
        [0.213 - 0.213 * v, 0.715 + 0.285 * v, 0.072 - 0.072 * v],
        [0.213 - 0.213 * v, 0.715 - 0.715 * v, 0.072 + 0.928 * v],
    ]


def hue(degrees: float) -> list[list[float]]:
    """Section 9.6.2, the matrix of `hueRotate`."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        [0.213 + c * 0.787 - s * 0.213, 0.715 - c * 0.715 - s * 0.715, 0.072 - c * 0.072 + s * 0.928],
        [0.213 - c * 0.213 + s * 0.143, 0.715 + c * 0.285 + s * 0.140, 0.072 - c * 0.072 - s * 0.283],
        [0.213 - c * 0.213 - s * 0.787, 0.715 - c * 0.715 + s * 0.715, 0.072 + c * 0.928 + s * 0.072],
    ]


def sepia(v: float) -> list[list[float]]:
    """Section 13.1."""
    k = 1.0 - min(v, 1.0)
    return [
        [0.393 + 0.607 * k, 0.769 - 0.769 * k, 0.189 - 0.189 * k],
        [0.349 - 0.349 * k, 0.686 + 0.314 * k, 0.168 - 0.168 * k],
        [0.272 - 0.272 * k, 0.534 - 0.534 * k, 0.131 + 0.869 * k],
    ]


def grayscale(v: float) -> list[list[float]]:
    """Section 13.1."""
    k = 1.0 - min(v, 1.0)
    return [
        [0.2126 + 0.7874 * k, 0.7152 - 0.7152 * k, 0.0722 - 0.0722 * k],
        [0.2126 - 0.2126 * k, 0.7152 + 0.2848 * k, 0.0722 - 0.0722 * k],
        [0.2126 - 0.2126 * k, 0.7152 - 0.7152 * k, 0.0722 + 0.9278 * k],
    ]


def formula(kind: str, v: float, c: F64) -> F64:
    """Return what a filter function makes of straight colours (..., 3) in 0..1, before it is clamped."""
    match kind:
        case "brightness":
            return c * v
        case "contrast":
            return c * v + (0.5 - 0.5 * v)
        case "invert":
            return c * (1.0 - 2.0 * min(v, 1.0)) + min(v, 1.0)
        case "saturate":
            return c @ np.array(saturate(v)).T
        case "grayscale":
            return c @ np.array(grayscale(v)).T
        case "sepia":
            return c @ np.array(sepia(v)).T
    return c @ np.array(hue(v)).T


def straight(pixels: npt.NDArray[np.int64]) -> tuple[F64, F64]:
    a = pixels[..., 3:] / 255.0
    return np.where(a > 0.0, pixels[..., :3] / np.where(a > 0.0, 255.0 * a, 1.0), 0.0), a


AMOUNTS = dict.fromkeys(("brightness", "contrast", "invert", "saturate", "grayscale", "sepia"), (0.0, 0.3, 1.0, 1.7))
CASES = [(k, v) for k, vs in {**AMOUNTS, "hue_rotate": (0.0, 30.0, -100.0, 400.0)}.items() for v in vs]


@pytest.mark.parametrize(("kind", "value"), CASES)
def test_a_filter_function_is_its_formula(kind: str, value: float) -> None:
    plain = draw()
    colour, alpha = straight(plain)
    got = draw({kind: value})
    want = 255.0 * alpha * np.clip(formula(kind, value, colour), 0.0, 1.0)
    assert np.array_equal(got[..., 3], plain[..., 3])
    assert np.abs(got[..., :3] - want).max() <= 0.6


def test_a_tint_moves_towards_its_colour() -> None:
    colour, alpha = straight(draw())
    got = draw({"tint": {"color": "#ff8000", "amount": 0.4}})
    want = 255.0 * alpha * (0.6 * colour + 0.4 * np.array([1.0, 128 / 255, 0.0]))
    assert np.abs(got[..., :3] - want).max() <= 0.6


@pytest.mark.parametrize("first", ["brightness", "saturate"])
def test_matrices_fold_only_where_no_clamp_acts(first: str) -> None:
    """Twice as bright, then half as bright: what was white stays grey. Folded, it would come back as it was."""
    colour, alpha = straight(draw())
    inner = np.clip(formula(first, 2.0, colour), 0.0, 1.0)
    want = 255.0 * alpha * np.clip(formula("brightness", 0.5, inner), 0.0, 1.0)
    assert np.abs(draw({first: 2}, {"brightness": 0.5})[..., :3] - want).max() <= 1.1
    exact = 255.0 * alpha * formula("brightness", 0.5, formula("grayscale", 1.0, colour))
    assert np.abs(draw({"grayscale": 1}, {"brightness": 0.5})[..., :3] - exact).max() <= 0.6  # folded: one rounding


def passes(*effects: Any, **node: Any) -> tuple[int, int]:
    """Return how many surfaces, and how many kernels of their own, a frame has."""
    with Renderer("reference").session(document(list(effects), **node)) as session:
        plan = session.plan(0)
        return len(plan.surfaces), sum(op.kernel != NO_KERNEL for op in plan.ops)


def test_a_matrix_acts_where_a_leaf_is_drawn() -> None:
    assert passes() == passes({"sepia": 1}) == passes({"grayscale": 1}, {"brightness": 0.5}) == (1, 0)
    assert passes({"color_matrix": [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0.5, 0]})[1] == 1


def test_a_matrix_at_the_end_of_other_steps_acts_where_the_result_is_composited() -> None:
    before, after = passes({"blur": 3}), passes({"blur": 3}, {"sepia": 1})
    assert before == after


def test_opacity_and_blend_follow_the_matrix() -> None:
    """What a leaf with a matrix looks like at half opacity is half of what it looks like."""
    whole = draw({"invert": 1})
    half = draw({"invert": 1}, opacity=0.5)
    assert np.abs(half - whole * (128 / 255.0)).max() <= 0.5


@pytest.mark.gpu
def test_backends_agree(renderer: Any) -> None:
    shapes = {
        "assets": {
            "card": {"solid_rect": {"color": "#3060c0", "radius_px": 9}},
            "sky": {"gradient": {"start": "#102040", "end": "#ffd0a080"}},
            "star": {"path": {"svg_path_d": "M20 2 L38 38 L2 14 L38 14 L2 38 Z", "fill": "#ffcc00"}},
            "photo": {"image": {"source": png_data(60, 50, 3, False)}},
        }
    }
    leaves = [
        {
            "id": f"{asset}{i}",
            "kind": {"leaf": {"asset": asset, "size": [30, 26]}},
            "transform": {"translate": [5 + 11 * i, 3 + 7 * j], "rotation_deg": 17 * i},
            "effects": [{kind: 0.7}],
            "opacity": 0.8 if i == 1 else 1,
            "blend": "screen" if i == 2 else "normal",
        }
        for j, asset in enumerate(shapes["assets"])
        for i, kind in enumerate(("sepia", "invert", "contrast"))
    ]
    source = {
        **document([]),
        **shapes,
        "root": {
            "id": "all",
            "kind": {"collection": {"mode": "group", "children": leaves}},
            "effects": [{"hue_rotate": 50}],
        },
    }
    assert np.array_equal(renderer("gpu")(source), renderer("reference")(source))


@pytest.mark.parametrize("backend", ["reference", pytest.param("gpu", marks=pytest.mark.gpu)])
def test_what_stays_is_what_is_drawn_again(renderer: Any, backend: str) -> None:
    """A box moves over leaves and groups with matrices, of which only a part is then drawn."""
    move = {"keyframes": [{"frame": 0, "value": [0, 0]}, {"frame": 5, "value": [40, 30]}]}
    photo = {"kind": {"leaf": {"asset": "photo"}}, "effects": [{"sepia": 0.8}], "transform": {"rotation_deg": 10}}
    star = {"kind": {"leaf": {"asset": "star"}}, "effects": [{"invert": 1}], "opacity": 0.7}
    group = {
        "id": "g",
        "kind": {"collection": {"mode": "group", "children": [{"id": "p2", **photo}, {"id": "s2", **star}]}},
        "effects": [{"blur": 3}, {"hue_rotate": 90}],
        "transform": {"scale": 0.5},
    }
    box = {"id": "box", "kind": {"leaf": {"asset": "card", "size": [9, 9]}}, "transform": {"translate": move}}
    source = {
        **document([]),
        "duration": 8,
        "root": {
            "id": "all",
            "kind": {
                "collection": {"mode": "group", "children": [{"id": "p", **photo}, group, {"id": "s", **star}, box]}
            },
        },
    }
    source["assets"] = {
        **source["assets"],
        "card": {"solid_rect": {"color": "#3060c0"}},
        "star": {"path": {"svg_path_d": "M20 2 L38 38 L2 14 L38 14 L2 38 Z", "fill": "#ffcc00"}},
    }
    draw_all = renderer(backend)
    with draw_all.session(source, reuse=True) as kept, draw_all.session(source, reuse=False) as fresh:
        for frame in (0, 1, 2, 3, 5, 6, 7, 0):
            assert np.array_equal(kept.render_frame(frame).rgba, fresh.render_frame(frame).rgba), frame
