"""What moves in an asset equals the still asset of that moment: colours, radii, gradients, strokes of leaves with times of their own."""

from __future__ import annotations

from typing import Any

import pytest

import wavyte_gpu as wv
from tests.support.documents import leaf, scene

D = "M2 2H40V30H10Z"


def keys(a: Any, b: Any) -> Any:
    return {"keyframes": [{"frame": 0, "value": a}, {"frame": 10, "value": b}]}


def path(**fields: Any) -> Any:
    return {"path": {"svg_path_d": D, **fields}}


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
    "runaway_gradient": (
        gradient(**{"from": [0, 0], "to": "=vec2(1e300 + time.frame, 1)"}),
        gradient(**{"from": [0, 0], "to": [1e6, 1]}),
    ),
}


def shown(asset: Any, second: Any = None) -> wv.RenderSession:
    sized = "path" not in asset and "text" not in asset
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
        assert (len(frames) == 1) == (name in ("one_key", "negative_radius", "runaway_gradient", "self"))


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
