"""Reftests: a scene and a simpler scene that must be the same picture, bit for bit, on both backends."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.support.documents import BLENDS, collection, leaf, png_data, scene
from tests.support.rendering import Renderer

Pixels = npt.NDArray[np.uint8]
ASSETS: dict[str, Any] = {
    "photo": {"image": {"source": png_data(23, 17, 5, False)}},
    "solid_photo": {"image": {"source": png_data(64, 48, 6, True)}},
    "pixels": {"image": {"source": png_data(9, 6, 3, False), "filter": "nearest"}},
    "ramp": {"gradient": {"start": "#ff2000c0", "end": "#0040ff"}},
    "conic": {"gradient": {"type": "conic", "start": "#ffff00", "end": "#0040ff80"}},
    "static": {"noise": {"seed": 9}},
}
BACK = leaf("ramp", "back")


def picture(rgba: npt.NDArray[np.uint8]) -> str:
    out = io.BytesIO()
    Image.fromarray(rgba, "RGBA").save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def same(draw: Renderer, a: dict[str, Any], b: dict[str, Any], frame: int = 0) -> Pixels:
    left, right = draw(a, frame), draw(b, frame)
    assert np.array_equal(left, right), np.argwhere((left != right).any(axis=2))[:5]
    return left


def card(**more: Any) -> dict[str, Any]:
    turn = {"translate": [30.25, 20.5], "rotation_deg": 17, "scale": [1.3, 0.8], "anchor": "center"}
    return leaf("photo", "card", **{"transform": turn, **more})


@pytest.mark.parametrize("mode", ["group", "stack", "sequence", {"switch": {"active": 0}}])
@pytest.mark.parametrize("blend", ["normal", "soft_light"])
def test_collection_of_one_equals_its_leaf(draw: Renderer, mode: Any, blend: str) -> None:
    inner = card(range=[0, 30])
    drawn = same(
        draw,
        scene(BACK, collection("only", inner, mode=mode, opacity=0.6, blend=blend), assets=ASSETS),
        scene(BACK, {**inner, "opacity": 0.6, "blend": blend}, assets=ASSETS),
    )
    assert not np.array_equal(drawn, draw(scene(BACK, assets=ASSETS)))


def test_opaque_group_equals_no_group(draw: Renderer) -> None:
    parts = [leaf("#ff000080", "a", box=(3, 3, 30, 30)), card(), leaf("conic", "c", box=(20, 10, 31, 22), opacity=0.5)]
    same(
        draw,
        scene(BACK, collection("all", *parts, opacity=1), assets=ASSETS),
        scene(BACK, *parts, assets=ASSETS),
    )


def test_nested_identity_transforms(draw: Renderer) -> None:
    inner = card()
    for i in range(5):
        still = {"translate": [0, 0], "rotation_deg": 0, "scale": 1, "anchor": [7, 3], "skew_deg": [0, 0]}
        still["translate"] = still["anchor"]  # the anchor lands on itself
        inner = collection(f"g{i}", inner, transform=still)
    same(draw, scene(BACK, inner, assets=ASSETS), scene(BACK, card(), assets=ASSETS))


@pytest.mark.parametrize("asset", ["photo", "pixels", "ramp", "conic", "static", "#20c04080"])
@pytest.mark.parametrize("turn", [360, -360, 720])
def test_whole_turns(draw: Renderer, asset: str, turn: int) -> None:
    def at(angle: float) -> dict[str, Any]:
        where = {"translate": [31.5, 22.25], "anchor": "center", "rotation_deg": angle}
        return scene(BACK, leaf(asset, size=[21, 14], transform=where), assets=ASSETS)

    same(draw, at(turn), at(0))


@pytest.mark.parametrize("asset", ["photo", "pixels", "ramp", "conic", "static", "#20c04080"])
def test_half_turn_is_two_flips(draw: Renderer, asset: str) -> None:
    def at(**move: Any) -> dict[str, Any]:
        where = {"translate": [31.5, 22], "anchor": "center", **move}
        return scene(BACK, leaf(asset, size=[20, 14], transform=where), assets=ASSETS)

    same(draw, at(rotation_deg=180), at(scale=[-1, -1]))


@pytest.mark.parametrize("asset", ["photo", "pixels", "ramp", "conic", "static", "#20c04080"])
def test_scale_up_then_down(draw: Renderer, asset: str) -> None:
    where = {"translate": [10.5, 6.25], "rotation_deg": 12}
    inner = leaf(asset, size=[21, 14], transform=where)
    up_and_down = collection("up", collection("down", inner, transform={"scale": 0.5}), transform={"scale": 2})
    same(draw, scene(BACK, up_and_down, assets=ASSETS), scene(BACK, inner, assets=ASSETS))


@pytest.mark.parametrize("flip", [[-1, 1], [1, -1], [-1, -1]])
def test_flip_twice(draw: Renderer, flip: list[int]) -> None:
    turned = {"translate": [32, 24], "anchor": [32, 24], "scale": flip}
    twice = collection("one", collection("two", card(), transform=turned), transform=turned)
    same(draw, scene(BACK, twice, assets=ASSETS), scene(BACK, card(), assets=ASSETS))


@pytest.mark.parametrize("flip", [[-1, 1], [1, -1], [-1, -1]])
def test_flip_of_a_picture_is_the_flipped_picture(draw: Renderer, flip: list[int]) -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (48, 64, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    there = {"translate": [32, 24], "anchor": "center", "scale": flip}
    drawn = draw(scene(leaf("p", transform=there), assets={"p": {"image": {"source": picture(pixels)}}}))
    assert np.array_equal(drawn, pixels[:: flip[1], :: flip[0]])


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_quarter_turns_of_a_picture(draw: Renderer, quarter: int) -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (40, 40, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    there = {"translate": [20, 20], "anchor": "center", "rotation_deg": 90 * quarter}
    document = scene(leaf("p", transform=there), size=(40, 40), assets={"p": {"image": {"source": picture(pixels)}}})
    assert np.array_equal(draw(document), np.rot90(pixels, -quarter))  # positive is clockwise


@pytest.mark.parametrize("filter_", ["bilinear", "nearest"])
def test_image_at_its_own_size_is_its_pixels(draw: Renderer, filter_: str) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (48, 64, 4)).astype(np.uint8)
    drawn = draw(scene(leaf("p"), assets={"p": {"image": {"source": picture(pixels), "filter": filter_}}}))
    alpha = pixels[..., 3:].astype(np.uint32)
    expected = np.concatenate([(pixels[..., :3] * alpha * 2 + 255) // 510, alpha], axis=2)  # round half up
    assert np.array_equal(drawn, expected)


@pytest.mark.parametrize("factor", [2, 3])
def test_nearest_at_whole_scales_repeats_pixels(draw: Renderer, factor: int) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (10, 12, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    assets = {"p": {"image": {"source": picture(pixels), "filter": "nearest"}}}
    size = (12 * factor, 10 * factor)
    drawn = draw(scene(leaf("p", transform={"scale": factor}), size=size, assets=assets))
    assert np.array_equal(drawn, pixels.repeat(factor, axis=0).repeat(factor, axis=1))


def test_half_size_is_the_mean_of_four(draw: Renderer) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (20, 24, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    assets = {"p": {"image": {"source": picture(pixels)}}}
    drawn = draw(scene(leaf("p", transform={"scale": 0.5}), size=(12, 10), assets=assets))
    mean = pixels.reshape(10, 2, 12, 2, 4).mean(axis=(1, 3))
    assert np.array_equal(drawn, np.floor(mean + 0.5))


@pytest.mark.parametrize("colour", ["#204060", "#20406080", "#ffffff", "#00000001"])
def test_solid_canvas_equals_background(draw: Renderer, colour: str) -> None:
    same(draw, scene(leaf(colour)), scene(background=colour))


def test_empty_document_is_transparent(draw: Renderer) -> None:
    assert not draw(scene()).any()


@pytest.mark.parametrize("blend", BLENDS)
def test_any_blend_over_nothing_is_normal(draw: Renderer, blend: str) -> None:
    same(draw, scene(card(blend=blend), assets=ASSETS), scene(card(), assets=ASSETS))


@pytest.mark.parametrize("dx, dy", [(5, 0), (-7, 3), (0, -11), (13, 9)])
def test_translation_by_whole_pixels_moves_the_picture(draw: Renderer, dx: int, dy: int) -> None:
    parts = [leaf("solid_photo", "p"), card(), leaf("conic", "c", size=[30, 20], transform={"translate": [9.5, 8]})]
    parts += [leaf("static", "n", box=(2.25, 30.5, 40, 11), opacity=0.7, blend="screen")]
    still = draw(scene(collection("all", *parts), assets=ASSETS))
    moved = draw(scene(collection("all", *parts, transform={"translate": [dx, dy]}), assets=ASSETS))
    h, w = still.shape[:2]
    y0, y1, x0, x1 = max(0, -dy), min(h, h - dy), max(0, -dx), min(w, w - dx)
    assert np.array_equal(moved[y0 + dy : y1 + dy, x0 + dx : x1 + dx], still[y0:y1, x0:x1])


def test_smaller_canvas_is_a_crop(draw: Renderer) -> None:
    back = leaf("ramp", "back", size=[64, 48])
    parts = [
        back,
        card(),
        leaf("static", "n", size=[40, 11], transform={"translate": [2.25, 30.5], "rotation_deg": -8}),
    ]
    parts += [
        collection(
            "fade", leaf("#ff0000", "r", box=(5, 5, 30, 30)), leaf("pixels", "p", box=(20, 20, 27, 18)), opacity=0.5
        )
    ]
    whole = draw(scene(collection("all", *parts), assets=ASSETS))
    shifted = collection("all", *parts, transform={"translate": [-11, -7]})
    assert np.array_equal(draw(scene(shifted, size=(37, 30), assets=ASSETS)), whole[7:37, 11:48])


def test_isolation_without_need_changes_nothing(draw: Renderer) -> None:
    """A group that is isolated for an inner blend mode over nothing else draws what its parts draw."""
    a, b = leaf("#ff0000", "a", box=(0, 0, 20, 20)), leaf("#0000ff", "b", box=(20, 0, 20, 20))
    same(draw, scene(collection("g", a, b, blend="multiply")), scene(a, b))


def test_disabled_nodes_are_not_there(draw: Renderer) -> None:
    gone = leaf("#00ff00", "gone", enabled=False)
    same(draw, scene(BACK, gone, card(), assets=ASSETS), scene(BACK, card(), assets=ASSETS))
    same(draw, scene(collection("g", gone, BACK, enabled=False), card(), assets=ASSETS), scene(card(), assets=ASSETS))


def test_sequence_equals_shifted_ranges(draw: Renderer) -> None:
    def parts(ranges: list[list[int]]) -> list[dict[str, Any]]:
        slide = {"keyframes": [{"frame": 0, "value": [0, 0]}, {"frame": 9, "value": [30, 20]}]}
        return [
            leaf(c, c, size=[20, 20], range=r, transform={"translate": slide})
            for c, r in zip(("#ff0000", "#00ff00", "#0000ff"), ranges, strict=True)
        ]

    sequence = scene(collection("s", *parts([[0, 7], [0, 0], [0, 12]]), mode="sequence", range=[3, 25]))
    stacked = scene(*parts([[3, 10], [10, 10], [10, 22]]))
    for frame in (0, 3, 9, 10, 15, 21, 22, 29):
        same(draw, sequence, stacked, frame)


def test_switch_equals_its_active_child(draw: Renderer) -> None:
    parts = [leaf("#ff0000", "a"), card(), leaf("ramp", "c")]
    for active, shown in ((0.99, 0), (1, 1), (2.5, 2), (-4, 0), (99, 2)):
        same(
            draw,
            scene(collection("s", *parts, mode={"switch": {"active": active}}), assets=ASSETS),
            scene(parts[shown], assets=ASSETS),
        )


def test_split_lanes_equal_a_vector_track(draw: Renderer) -> None:
    def keys(pick: Any) -> dict[str, Any]:
        values = [(0, [3, 5], "ease_in_out"), (11, [40, 20], "back_out"), (29, [10, 30], "linear")]
        return {"keyframes": [{"frame": f, "value": pick(v), "ease": e} for f, v, e in values]}

    together = leaf("photo", transform={"translate": keys(lambda v: v)})
    split = leaf("photo", transform={"translate": [keys(lambda v: v[0]), keys(lambda v: v[1])]})
    for frame in (0, 5, 11, 20, 29):
        same(draw, scene(together, assets=ASSETS), scene(split, assets=ASSETS), frame)


def test_anchor_in_percent_and_px(draw: Renderer) -> None:
    def at(anchor: Any) -> dict[str, Any]:
        where = {"translate": [30, 20], "rotation_deg": 33, "anchor": anchor}
        return scene(leaf("ramp", size=[24, 10], transform=where), assets=ASSETS)

    same(draw, at("center"), at([12, 5]))
    same(draw, at(["25%", "50%"]), at([6, 5]))


def test_rotation_units(draw: Renderer) -> None:
    def at(**turn: float) -> dict[str, Any]:
        return scene(leaf("photo", transform={"translate": [30, 10], **turn}), assets=ASSETS)

    same(draw, at(rotation_deg=90), at(rotation_rad=np.pi / 2))


def test_opacity_zero_is_not_there(draw: Renderer) -> None:
    ghosts = [card(opacity=0), collection("g", leaf("#ff0000", "x"), opacity=0), leaf("#ff0000", "n", opacity=0.001)]
    same(draw, scene(BACK, *ghosts, assets=ASSETS), scene(BACK, assets=ASSETS))


def test_order_of_leaves_that_do_not_touch(draw: Renderer) -> None:
    parts = [leaf(f"#{i:02x}4080", f"n{i}", box=(8 * (i % 8), 6 * (i // 8), 7, 5)) for i in range(40)]
    same(draw, scene(*parts), scene(*reversed(parts)))
