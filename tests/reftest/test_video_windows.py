"""A video shows what an image of its frame would, however it is placed, though only what is seen of it is converted."""

from __future__ import annotations

import base64
import io
from fractions import Fraction
from functools import cache
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import wavyte_gpu as wv
from tests.support.documents import leaf, scene
from tests.support.rendering import Renderer

WIDTH, HEIGHT = 330, 210


@cache
def media(alpha: bool) -> dict[str, Any]:
    """Return assets `v`, a lossless video of two frames, and `p0`, `p1`, its frames as images."""
    rng = np.random.default_rng(4)
    frames = rng.integers(0, 256, (2, HEIGHT, WIDTH, 4), np.uint8)
    if not alpha:
        frames[..., 3] = 255
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as file:
        stream: Any = file.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "bgra" if alpha else "bgr0"
        for k, rgba in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgba[..., [2, 1, 0, 3]]), "bgra")
            frame = frame.reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = k, Fraction(1, 30)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assets: dict[str, Any] = {"v": {"video": {"source": url("video/x-matroska", out.getvalue())}}}
    for k, rgba in enumerate(frames):
        png = io.BytesIO()
        Image.fromarray(rgba, "RGBA").save(png, "PNG")
        assets[f"p{k}"] = {"image": {"source": url("image/png", png.getvalue())}}
    return assets


def url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def same(draw: Renderer, placed: list[dict[str, Any]], alpha: bool) -> None:
    for frame in (0, 1):
        both = [
            scene(
                leaf("#204060", "back"),
                *(leaf(asset, f"n{i}", range=[0, 30], **where) for i, where in enumerate(placed)),
                assets=media(alpha), size=(160, 120), duration=30,
            )
            for asset in ("v", f"p{frame}")
        ]  # fmt: skip
        shown, expected = (draw(document, frame) for document in both)
        assert np.array_equal(shown, expected), np.argwhere((shown != expected).any(axis=2))[:5]


places = st.fixed_dictionaries(
    {
        "transform": st.fixed_dictionaries(
            {
                "translate": st.tuples(st.floats(-300, 300), st.floats(-200, 200)).map(list),
                "rotation_deg": st.sampled_from([0, 0, 90, 33, -7.5]),
                "scale": st.sampled_from([1, 1, 0.5, 3.7, 0.31, [-1, 2], [0.2, 1.1]]),
            }
        )
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(placed=st.lists(places, min_size=1, max_size=2), alpha=st.booleans())
def test_any_place(draw: Renderer, placed: list[dict[str, Any]], alpha: bool) -> None:
    same(draw, placed, alpha)


@pytest.mark.parametrize("fit", ["cover", "contain", "none", "fill"])
def test_fits_and_effects(draw: Renderer, fit: str) -> None:
    kind = {"kind": {"leaf": {"asset": "v", "size": [80, 120], "fit": fit}}}
    for effect in ([], [{"blur": 9}], [{"drop_shadow": {"offset": [5, 3], "radius_px": 8, "color": "#000"}}]):
        shown = []
        for asset in ("v", "p0"):
            kind["kind"]["leaf"]["asset"] = asset
            node = {"id": "n", **kind, "range": [0, 30], "transform": {"translate": [100, 10]}, "effects": effect}
            shown.append(draw(scene(node, assets=media(False), size=(160, 120), duration=30), 0))
        assert np.array_equal(*shown)


def test_only_what_is_seen_is_converted() -> None:
    """The plan of half a frame converts half of it; a leaf that shows the other half adds that."""

    def converted(*nodes: dict[str, Any]) -> int:
        document = scene(*nodes, assets=media(False), size=(WIDTH, HEIGHT), duration=30)
        with wv.RenderSession(wv.Composition.from_json(document), options=wv.SessionOptions(backend="reference")) as session:
            plan = session.plan(0)
        return sum(op.region.area for op in plan.ops if op.video is not None)

    left = leaf("v", "a", range=[0, 30], transform={"translate": [128 - WIDTH, 0]})
    right = leaf("v", "b", range=[0, 30], transform={"translate": [WIDTH - 64, 0]})
    assert converted(leaf("v", "a", range=[0, 30])) == WIDTH * HEIGHT
    assert converted(left) <= (128 + 64) * HEIGHT
    assert converted(right) <= 128 * HEIGHT
    assert converted(left, right) == WIDTH * HEIGHT


def panel(asset: str, x: int, y: int, width: int, height: int, **fields: Any) -> dict[str, Any]:
    """Return a leaf that shows the top left of an asset in a box on the canvas."""
    shown = {"asset": asset, "size": [width, height], "fit": "none", "align": [0, 0]}
    return {"id": f"{asset}{x}", "kind": {"leaf": shown}, "range": [0, 30], "transform": {"translate": [x, y]}, **fields}


def two(alpha: bool = False) -> dict[str, Any]:
    """Return the assets of `media`, and `w`, the video from its second frame on."""
    assets = media(alpha)
    return {**assets, "w": {"video": {**assets["v"]["video"], "trim_start_sec": 0.05}}}


@pytest.mark.parametrize("scale", [1, 0.5])
@pytest.mark.parametrize(
    "boxes",
    [
        [(0, 0, 160, 120)],
        [(0, 0, 80, 120), (80, 0, 80, 120)],
        [(0, 0, 160, 60), (0, 60, 160, 60)],
        [(0, 0, 83, 120), (83, 0, 77, 120)],
        [(8, 7, 64, 96), (100, 9, 60, 50)],
        [(0, 0, 80, 120), (72, 0, 88, 120)],
        [(3, 5, 64, 96), (9, 9, 60, 50)],
    ],
)
def test_in_its_place(draw: Renderer, boxes: list[tuple[int, int, int, int]], scale: float) -> None:
    """Where a video is shown texel by texel its planes are converted on the spot; the pixels are those of an image."""
    shown = []
    for assets in ("vw", ("p0", "p1")):
        nodes = [panel(asset, *box) for asset, box in zip(assets, boxes, strict=False)]
        for node in nodes:
            node["transform"]["scale"] = scale
        shown.append(draw(scene(*nodes, assets=two(), size=(160, 120), duration=30), 0))
    assert np.array_equal(*shown)


def in_place(*nodes: dict[str, Any], alpha: bool = False) -> list[tuple[bool, Any]]:
    """Return of each video op of a plan whether it writes the canvas, and where it writes."""
    document = scene(*nodes, assets=two(alpha), size=(160, 120), duration=30)
    with wv.RenderSession(wv.Composition.from_json(document), options=wv.SessionOptions(backend="reference")) as session:
        plan = session.plan(0)
        return [(op.output in plan.roots, op.region) for op in plan.ops if op.video is not None or op.output in plan.roots]


def test_two_halves_are_two_ops() -> None:
    halves = panel("v", 0, 0, 80, 120), panel("w", 80, 0, 80, 120)
    assert in_place(*halves) == [(True, (0, 0, 80, 120)), (True, (80, 0, 160, 120))]


def test_what_takes_a_surface_of_its_own() -> None:
    """What has alpha, is mixed, shown twice, or ends within the eight px of a lane."""
    whole = panel("v", 0, 0, 160, 120)
    assert in_place(whole) == [(True, (0, 0, 160, 120))]
    assert not in_place(whole, alpha=True)[0][0]
    assert not in_place({**whole, "opacity": 0.5})[0][0]
    assert not in_place({**whole, "effects": [{"invert": 1}]})[0][0]
    assert not in_place(panel("v", 0, 0, 83, 120))[0][0]
    assert not in_place(whole, panel("v", 8, 0, 64, 64))[0][0]


def test_parts_that_are_drawn_again(draw: Renderer) -> None:
    """What moves over videos that stand still uncovers parts of them, whole lanes or not."""
    walk = {"keyframes": [{"frame": 0, "value": [9, 6]}, {"frame": 6, "value": [93, 54]}]}
    box = {**leaf("#ff8000", "box", box=(0, 0, 24, 16)), "transform": {"translate": walk}}
    still = {"video": {**media(False)["v"]["video"], "trim_end_sec": 1 / 30}}
    document = scene(
        panel("v", 0, 0, 80, 120), panel("w", 80, 0, 80, 120), box,
        assets={"v": still, "w": still}, size=(160, 120), duration=8,
    )  # fmt: skip
    assert all(map(np.array_equal, draw.frames(document, range(8)), [draw(document, frame) for frame in range(8)]))
