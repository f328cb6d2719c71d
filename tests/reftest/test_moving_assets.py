"""What moves in an asset equals the still asset of that moment: colours, radii, gradients, strokes of leaves with times of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene

D = "M2 2H40V30H10Z"


def keys(a: Any, b: Any) -> Any:
    return {"keyframes": [{"frame": 0, "value": a}, {"frame": 10, "value": b}]}


def path(**fields: Any) -> Any:
    return {"path": {"svg_path_d": D, **fields}}


def text(**fields: Any) -> Any:
    return {"text": {"text": "Wave after wave", "color": "#ff8800", **fields}}


def gradient(**fields: Any) -> Any:
    return {"gradient": {"start": "#ff0000", "end": "#0000ff80", **fields}}


# name: (what moves, the same at local frame 5). Leaves begin at frame 3, so that is frame 8.
CASES: dict[str, tuple[Any, Any]] = {
    "solid": (
        {"solid_rect": {"color": keys([1, 0, 0, 1], [0, 0, 1, 0])}},
        {"solid_rect": {"color": [1, 0, 0, 0.5]}},  # premultiplied, the blue never shows
    ),
    "solid_expression": (
        {"solid_rect": {"color": "=lerp(vars.brand, rgb(1, 1, 0), time.frame / 5)"}},
        {"solid_rect": {"color": [1, 1, 0]}},
    ),
    "one_key": (
        {"solid_rect": {"color": {"keyframes": [{"frame": 9, "value": "#123456"}]}}},
        {"solid_rect": {"color": "#123456"}},
    ),
    "self": (
        {"solid_rect": {"color": "=rgb(self.transform.translate.x / 8, 0, 0)"}},
        {"solid_rect": {"color": [0.5, 0, 0]}},
    ),
    "radius": (
        {"solid_rect": {"color": "#00ff00", "radius_px": keys(2, 12)}},
        {"solid_rect": {"color": "#00ff00", "radius_px": 7}},
    ),
    "negative_radius": (
        {"solid_rect": {"color": "#00ff00", "radius_px": "=-time.frame"}},
        {"solid_rect": {"color": "#00ff00"}},
    ),
    "fill": (path(fill=keys([0, 0, 0], [1, 1, 1])), path(fill=[0.5, 0.5, 0.5])),
    "stroke": (
        path(fill="none", stroke={"width": 4, "color": "=rgb(time.frame / 10, 0, 1)"}),
        path(fill="none", stroke={"width": 4, "color": [0.5, 0, 1]}),
    ),
    "fill_and_stroke": (
        path(fill="#ff0000", stroke={"width": 4, "color": keys([0, 0, 0], [1, 1, 1])}),
        path(fill="#ff0000", stroke={"width": 4, "color": [0.5, 0.5, 0.5]}),
    ),
    "text": (
        {"text": {"text": "Wave", "size_px": 20, "color": keys([0, 0, 0], [1, 1, 1])}},
        {"text": {"text": "Wave", "size_px": 20, "color": [0.5, 0.5, 0.5]}},
    ),
    "runs": (
        {
            "text": {
                "size_px": 16,
                "color": "#fff",
                "runs": [{"text": "a"}, {"text": "b", "color": "=hsl(time.frame / 10, 1, 0.5)"}],
            }
        },
        {"text": {"size_px": 16, "color": "#fff", "runs": [{"text": "a"}, {"text": "b", "color": [0, 1, 1]}]}},
    ),
    "linear": (
        gradient(**{"from": keys([0, 0], [1, 0]), "to": "=vec2(1, time.frame / 5)"}),
        gradient(**{"from": [0.5, 0], "to": [1, 1]}),
    ),
    "angle": (gradient(angle_deg=keys(0, 90)), gradient(angle_deg=45)),
    "radial": (
        gradient(type="radial", center=keys([0, 0], [1, 1]), radius="=time.frame / 10"),
        gradient(type="radial", center=[0.5, 0.5], radius=0.5),
    ),
    "conic": (gradient(type="conic", angle_deg="=time.frame * 36"), gradient(type="conic", angle_deg=180)),
    "gradient_fill": (
        path(fill=gradient(angle_deg=keys(0, 90)), stroke={"width": 3, "color": gradient(angle_deg=keys(90, 180))}),
        path(fill=gradient(angle_deg=45), stroke={"width": 3, "color": gradient(angle_deg=135)}),
    ),
    "start": (
        {"gradient": {"start": keys([1, 0, 0, 1], [0, 0, 1, 0]), "end": "#00ff00"}},
        {"gradient": {"start": [1, 0, 0, 0.5], "end": "#00ff00"}},
    ),
    "end": (
        {"gradient": {"type": "conic", "start": "#fff", "end": "=rgb(time.frame / 10, vars.brand.g, 1)"}},
        {"gradient": {"type": "conic", "start": "#fff", "end": [0.5, 0, 1]}},
    ),
    "stops": (
        {"gradient": {"type": "radial", "stops": [[0.1, "#123"], [0.4, keys("#000000", "#ffffff")], [0.4, "#f00"], [1, "#00f"]]}},
        {"gradient": {"type": "radial", "stops": [[0.1, "#123"], [0.4, [0.5, 0.5, 0.5]], [0.4, "#f00"], [1, "#00f"]]}},
    ),
    "stops_of_paints": (
        path(
            fill={"gradient": {"start": keys([0, 0, 0], [1, 1, 1]), "end": "#f00"}},
            stroke={"width": 5, "color": {"gradient": {"start": "#0f0", "end": keys([1, 1, 1], [0, 0, 0])}}},
        ),
        path(
            fill={"gradient": {"start": [0.5, 0.5, 0.5], "end": "#f00"}},
            stroke={"width": 5, "color": {"gradient": {"start": "#0f0", "end": [0.5, 0.5, 0.5]}}},
        ),
    ),
    "size": (text(size_px=keys(10, 30)), text(size_px=20)),
    "size_expression": (text(size_px="=10 + time.frame * 2", max_width_px=60), text(size_px=20, max_width_px=60)),
    "size_of_lines": (
        text(size_px=keys(10, 30), max_width_px=50, max_lines=2, overflow="ellipsis", align="center", letter_spacing_px=2),
        text(size_px=20, max_width_px=50, max_lines=2, overflow="ellipsis", align="center", letter_spacing_px=2),
    ),
    "size_of_a_reveal": (
        text(size_px=keys(10, 30), max_width_px=50, reveal={"unit": "line", "end": 0.6, "transform": {"translate": [3, 9]}}),
        text(size_px=20, max_width_px=50, reveal={"unit": "line", "end": 0.6, "transform": {"translate": [3, 9]}}),
    ),
    "no_size": (text(size_px="=min(0, time.frame - 100)"), "null"),
    "size_is_no_number": (text(size_px="=log(-1 - time.frame)"), "null"),
    "huge_size": (text(size_px="=1e9 + time.frame"), text(size_px=100000)),
    "width": (
        path(stroke={"width": keys(2, 6), "dash": [7, 3], "dash_offset": "=time.frame - 8"}),
        path(stroke={"width": 4, "dash": [7, 3], "dash_offset": -3}),
    ),
    "width_and_trim": (
        {"path": {"svg_path_d": D, "fill": "none", "stroke": {"width": "=time.frame"}, "trim": {"end": keys(0, 1)}}},
        {"path": {"svg_path_d": D, "fill": "none", "stroke": {"width": 5}, "trim": {"end": 0.5}}},
    ),
    "width_of_gradient": (
        path(fill=gradient(), stroke={"width": keys(2, 6), "color": gradient(type="radial")}),
        path(fill=gradient(), stroke={"width": 4, "color": gradient(type="radial")}),
    ),
    "no_width": (path(fill="#f00", stroke={"width": "=-time.frame"}), path(fill="#f00")),
    "width_is_no_number": (path(fill="#f00", stroke={"width": "=log(-1 - time.frame)"}), path(fill="#f00")),
    "huge_width": (path(stroke={"width": "=1e9 + time.frame"}), path(stroke={"width": 1e6})),
    "runaway_gradient": (
        gradient(**{"from": [0, 0], "to": "=vec2(1e300 + time.frame, 1)"}),
        gradient(**{"from": [0, 0], "to": [1e6, 1]}),
    ),
}


STILL = (
    *("one_key", "negative_radius", "runaway_gradient", "self", "no_size", "size_is_no_number", "huge_size"),
    *("no_width", "width_is_no_number", "huge_width"),
)


def shown(asset: Any, second: Any = None) -> wv.RenderSession:
    sized = asset != "null" and "path" not in asset and "text" not in asset
    nodes = [leaf("x", "n", range=[3, 20], transform={"translate": [4, 3]}, **({"size": [48, 32]} if sized else {}))]
    assets = {"x": asset}
    if second is not None:
        assets["y"] = second
        nodes.append(
            leaf("y", "m", range=[0, 20], transform={"translate": [30, 20]}, **({"size": [30, 20]} if sized else {}))
        )
    comp = wv.Composition.from_json(scene(*nodes, assets=assets, duration=20, variables={"brand": "#ff00ff"}))
    return wv.RenderSession(comp, options=wv.SessionOptions(backend="reference"))


@pytest.mark.parametrize("name", CASES)
def test_a_moment_of_what_moves(name: str) -> None:
    moving, still = CASES[name]
    with shown(moving) as a, shown(still) as b:
        assert a.render_frame(8).hash == b.render_frame(8).hash
        frames = {a.render_frame(f).hash for f in (3, 8, 12)}
        assert (len(frames) == 1) == (name in STILL)


def test_each_leaf_has_its_own_time() -> None:
    asset = {"solid_rect": {"color": keys([0, 0, 0], [1, 1, 1])}}
    with shown(asset, asset) as a:
        rgba = a.render_frame(8).rgba
        assert rgba[5, 6].tolist() == [128, 128, 128, 255]  # local frame 5
        assert rgba[38, 55].tolist() == [204, 204, 204, 255]  # local frame 8


def test_colours_follow_variables() -> None:
    with shown(CASES["solid_expression"][0]) as a:
        before = a.render_frame(3).rgba[5, 6].tolist()
        a.set_variables({"brand": "#00ff0080"})
        assert (before, a.render_frame(3).rgba[5, 6].tolist()) == ([255, 0, 255, 255], [0, 128, 0, 128])


def test_a_moving_solid_hides_nothing_that_it_does_not_cover() -> None:
    faded = {"solid_rect": {"color": keys([1, 1, 1, 1], [1, 1, 1, 0])}}
    document = scene(leaf("#ff0000", "below"), leaf("x", "above"), assets={"x": faded}, duration=20)
    with wv.RenderSession(wv.Composition.from_json(document), options=wv.SessionOptions(backend="reference")) as a:
        assert a.render_frame(10).rgba[5, 5].tolist() == [255, 0, 0, 255]


@pytest.mark.parametrize("name", ["text", "stroke"])
def test_boxes_of_a_layout_are_measured_anew(name: str) -> None:
    def row(asset: Any) -> dict[str, Any]:
        items = [leaf("x", "x"), leaf("#00ff00", "rest", layout={"flex_grow": 1})]
        made = collection("row", *items, mode="stack", layout={"display": "flex", "size": [60, "auto"], "align_items": "end"})
        return scene(made, assets={"x": asset}, duration=20)

    moving, still = {
        "text": (text(size_px=keys(8, 20)), text(size_px=14)),
        "stroke": (path(stroke={"width": keys(2, 12)}), path(stroke={"width": 7})),
    }[name]
    options = wv.SessionOptions(backend="reference")
    a, b = (wv.Composition.from_json(row(asset)) for asset in (moving, still))
    with wv.RenderSession(a, options=options) as session:
        later = session.render_frame(9).hash
        assert session.render_frame(5).hash == wv.render_frame(b, 5, options=options).hash
        assert later == session.render_frame(9).hash != session.render_frame(5).hash


def test_the_anchor_follows_the_size() -> None:
    document = scene(
        leaf("x", "n", transform={"translate": [32, 24], "anchor": "center"}), assets={"x": text(size_px="=time.frame + 1")}
    )
    options = wv.SessionOptions(backend="reference")
    with wv.RenderSession(wv.Composition.from_json(document), options=options) as session:
        for frame in (3, 8):
            ink = np.argwhere(session.render_frame(frame).rgba[..., 3])
            assert abs(ink[:, 1].min() + ink[:, 1].max() + 1 - 64) <= 2


def test_too_many_dashes_are_found_before_the_first_frame() -> None:
    stroke = {"width": 1, "dash": [1e-4, 1e-4], "dash_offset": "=time.frame"}
    document = scene(leaf("x", "n"), assets={"x": path(stroke=stroke)})
    with pytest.raises(wv.LimitError) as caught:
        wv.RenderSession(wv.Composition.from_json(document), options=wv.SessionOptions(backend="reference"))
    assert [p.path for p in caught.value.problems] == ["/assets/x"]
