"""What fuzzing found: a test for each."""

from __future__ import annotations

from typing import Any

import pytest

import wavyte_gpu as wv
from tests.support.documents import leaf, scene

REFERENCE = wv.SessionOptions(backend="reference")


def render(document: dict[str, Any], frame: int = 0) -> Any:
    return wv.render_frame(wv.Composition.from_json(document), frame, options=REFERENCE).rgba


@pytest.mark.parametrize(
    "signal",
    [
        {"sine": {"amp": 1e308, "freq_hz": 1, "phase": 0, "offset": 0}},
        {"noise1d": {"amp": 1, "freq_hz": 1e300, "offset": 0}},
    ],
)
def test_procedural_parameters_beyond_all_bounds(signal: dict[str, Any]) -> None:
    """Was a ValueError without a place."""
    wild = {"procedural": {"kind": "scalar", "params": signal}}
    with pytest.raises(wv.LimitError, match="opacity") as caught:
        render(scene(leaf("#ff0000", "a", opacity=wild)))
    assert caught.value.problems[0].node_id == "a"


def test_boxes_beyond_all_bounds() -> None:
    """Warned of an overflow in the fit."""
    assets = {"ramp": {"gradient": {"start": "#f00", "end": "#00f"}}}
    for size in ([1e300, 2], [1e308, 1e308], [1e-300, 5]):
        for fit in ("fill", "contain", "cover", "none"):
            assert render(scene(leaf("ramp", "a", size=size, fit=fit), assets=assets)).shape == (48, 64, 4)


@pytest.mark.parametrize(
    "where", [{"scale": 1e200}, {"translate": [1e300, 0]}, {"anchor": [1e308, 1e308], "scale": 1e10}]
)
def test_transforms_beyond_all_bounds(where: dict[str, Any]) -> None:
    """Warned of an overflow in the product; what lands beyond all bounds is not drawn."""
    nested = {
        "id": "g",
        "transform": where,
        "kind": {"collection": {"mode": "group", "children": [leaf("#ff0000", "a", transform=where)]}},
    }
    assert not render(scene(nested)).any()


@pytest.mark.parametrize("to", [[1e200, 1], [1e308, 1e308]])
def test_gradients_beyond_all_bounds(to: list[float]) -> None:
    """A NaN would become another integer on another machine: such geometry is refused."""
    document = scene(
        leaf("ramp", "a"), assets={"ramp": {"gradient": {"start": "#f00", "end": "#00f", "from": [0, 0], "to": to}}}
    )
    with pytest.raises(wv.LimitError, match=r"gradient 'ramp' is out of bounds"):
        render(document)


def test_bezier_handles_beyond_all_bounds() -> None:
    far = {"cubic_bezier": [0.2, 1e300, 0.8, -1e300]}
    keys = [{"frame": 0, "value": 0, "ease": far}, {"frame": 9, "value": 1}]
    with pytest.raises(wv.SchemaError, match="cubic_bezier") as caught:
        wv.Composition.from_json(scene(leaf("#ff0000", "a", opacity={"keyframes": keys})))
    assert all("1000000" in (p.allowed or "") or "1e+06" in (p.allowed or "") for p in caught.value.problems)


@pytest.mark.parametrize("scale", [[1e300, 1], [1e200, 1e200], [0, 5]])
def test_effects_of_nodes_beyond_all_bounds(scale: list[float]) -> None:
    effects = [{"blur": {"radius_x": 12, "radius_y": 0.5}}, {"drop_shadow": {"offset": [1e300, -3], "spread": 1e300}}]
    document = scene(leaf("#ff0000", "a", size=[9, 9], transform={"scale": scale, "rotation_deg": 30}, effects=effects))
    with wv.RenderSession(wv.Composition.from_json(document), options=wv.SessionOptions(backend="reference")) as session:
        session.render_frame(0)


FAR = 1.7e308
FAR_EFFECTS: list[Any] = [
    {"blur": {"radius_x": FAR, "radius_y": 0}},
    {"blur": {"sigma": "=exp(time.frame + 709)"}},
    {"drop_shadow": {"offset": [-FAR, FAR], "spread": FAR, "radius_px": FAR}},
    {"inner_shadow": {"offset": "=vec2(exp(709), 0)", "spread": -FAR}},
    {"color_matrix": [FAR, -FAR] * 10},
    {"contrast": FAR},
    {"saturate": "=exp(709.5)"},
    {"hue_rotate": FAR},
    {"tint": {"color": "red", "amount": FAR}},
    {"clip_rect": {"rect": [-FAR, -FAR, FAR, FAR], "radius": FAR}},
    {"transform_post": {"affine": [FAR] * 6}},
    {"transform_post": {"scale": FAR, "translate": [-FAR, FAR]}},
]


@pytest.mark.parametrize("scale", [1.5, 1e300])
@pytest.mark.parametrize("effect", FAR_EFFECTS, ids=lambda e: next(iter(e)))
def test_effects_beyond_all_bounds(effect: dict[str, Any], scale: float) -> None:
    node = leaf("#ff0080", "a", size=[9, 9], transform={"scale": scale}, effects=[effect, {"invert": 0.2}])
    assert render(scene(node)).shape == (48, 64, 4)


@pytest.mark.parametrize("field", ["letter_spacing_px", "line_height"])
def test_texts_beyond_all_bounds(field: str) -> None:
    for value in (1e6, 1e30, FAR):
        document = scene(leaf("t", "t"), assets={"t": {"text": {"text": "one\ntwo\nthree", field: value}}})
        if value == 1e6:
            assert render(document).shape == (48, 64, 4)
        else:
            (problem,) = wv.validate_schema(document)
            assert problem.code == "range" and problem.path.endswith(field)
