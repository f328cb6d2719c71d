"""Every written form is read into its one canonical form, which reads as itself and fits the JSON Schema."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import jsonschema
import pytest
import schema_examples as examples

from wavyte_gpu import schema as wv
from wavyte_gpu import validate_schema
from wavyte_gpu.foundation.colour import Rgba
from wavyte_gpu.schema import document_schema, parse_document

SCHEMA = jsonschema.Draft202012Validator(document_schema())


def node(source: dict[str, Any], index: int = 0, mode: Any = "stack", **fields: Any) -> wv.Node:
    """Return one child of a document that has the given children."""
    kind = parse_document(examples.document([source], mode=mode, **fields)).root.kind
    assert isinstance(kind, wv.Collection)
    return kind.children[index]


def test_hello_is_read_as_the_interface_says() -> None:
    document = parse_document(examples.HELLO)
    assert (document.canvas.width, document.canvas.height, document.fps.fraction, document.duration) == (
        640,
        360,
        30,
        60,
    )
    assert document.root.range == (0, 60)
    assert isinstance(document.root.kind, wv.Collection)
    back, cat = document.root.kind.children
    assert back.range == (0, 60) and cat.range == (5, 60)
    assert isinstance(back.kind, wv.Leaf) and back.kind.fit == "fill"
    assert isinstance(cat.kind, wv.Leaf) and cat.kind.fit == "contain"
    assert cat.transform.scale == wv.Constant(value=(0.5, 0.5))
    assert cat.transform.anchor == wv.Anchor(fraction=(0.5, 0.5))
    assert cat.opacity == wv.Expr(source="=clamp(time.seconds * 2, 0, 1)")
    assert isinstance(cat.transform.rotation_deg, wv.Keyframes)
    assert [key.ease for key in cat.transform.rotation_deg.keys] == [
        wv.NamedEase(name="ease_in_out"),
        wv.NamedEase(name="linear"),
    ]
    assert cat.effects[0].kind == "blur" and cat.effects[0].params == {"radius_px": wv.Constant(value=6.0)}
    assert cat.transition_in is not None and cat.transition_in.params == {
        "origin": (0.5, 0.5),
        "shape": "circle",
        "soft_edge": 0.1,
    }


@pytest.mark.parametrize("source", [examples.HELLO, examples.everything()], ids=["hello", "everything"])
def test_canonical_form_is_a_fixed_point(source: dict[str, Any]) -> None:
    before = copy.deepcopy(source)
    document = parse_document(source)
    assert source == before
    again = parse_document(document.to_json())
    assert again == document and hash(again) == hash(document) and again.to_json() == document.to_json()
    assert pickle.loads(pickle.dumps(document)) == document
    assert not [p for p in validate_schema(document.to_json()) if p.severity == "error"]


@pytest.mark.parametrize("source", [examples.HELLO, examples.everything()], ids=["hello", "everything"])
def test_forms_fit_the_json_schema(source: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(document_schema())
    assert not list(SCHEMA.iter_errors(source))
    assert not list(SCHEMA.iter_errors(parse_document(source).to_json()))


def test_json_schema_rejects_garbage() -> None:
    for garbage in (
        None,
        3,
        [],
        {},
        {"version": "0.3"},
        {**examples.HELLO, "x": 1},
        {**examples.HELLO, "duration": "x"},
    ):
        assert list(SCHEMA.iter_errors(garbage)), garbage
    for bad in ({"id": "a"}, {"id": "", "kind": {"leaf": {"asset": "rect"}}}, examples.leaf("a", blend="dodge")):
        assert list(SCHEMA.iter_errors(examples.document([bad]))), bad


def test_eases_are_resolved_on_every_key() -> None:
    track = {
        "keyframes": {"keys": [{"frame": 0, "value": 0}, {"frame": 5, "value": 1, "ease": "linear"}], "mode": "hold"}
    }
    opacity = node(examples.leaf("a", opacity=track)).opacity
    assert isinstance(opacity, wv.Keyframes)
    assert [key.ease for key in opacity.keys] == [wv.NamedEase(name="hold"), wv.NamedEase(name="linear")]


def test_seconds_become_frames_rounded_half_up() -> None:
    keys = {"keyframes": [{"frame": "0.5s", "value": 0}, {"frame": "0.55s", "value": 1}]}
    made = node(examples.leaf("a", opacity=keys, range=["0.1s", "1.05s"]), fps=30)
    assert made.range == (3, 32)
    assert isinstance(made.opacity, wv.Keyframes) and [key.frame for key in made.opacity.keys] == [15, 17]


@pytest.mark.parametrize(
    ("written", "num", "den"),
    [
        (30, 30, 1),
        (23.976, 24000, 1001),
        (29.97, 30000, 1001),
        (59.94, 60000, 1001),
        (12.5, 25, 2),
        ({"num": 60, "den": 2}, 30, 1),
        ({"num": 30000, "den": 1001}, 30000, 1001),
    ],
)
def test_frame_rates(written: Any, num: int, den: int) -> None:
    fps = parse_document(examples.document([], fps=written)).fps
    assert (fps.num, fps.den) == (num, den)


def test_split_vectors_keep_their_components() -> None:
    made = node(examples.leaf("a", transform={"translate": ["=time.frame", 2]}))
    assert made.transform.translate == wv.SplitVec2(x=wv.Expr(source="=time.frame"), y=wv.Constant(value=2.0))


def test_effect_aliases_and_defaults() -> None:
    effects = [{"blur": {"blur_radius_px": 3}}, {"drop_shadow": {"radius": 2}}, {"tint": "#f00"}, {"blur": {}}]
    blur, shadow, tint, plain = node(examples.leaf("a", effects=effects)).effects
    assert blur.params == {"radius_px": wv.Constant(value=3.0)}
    assert plain.params == {"radius_px": wv.Constant(value=8.0)}
    assert list(shadow.params) == ["offset", "radius_px", "color", "spread", "only"]
    assert tint.params["color"] == wv.Constant(value=Rgba(1.0, 0.0, 0.0, 1.0))


def test_gradient_ends_become_stops() -> None:
    asset = parse_document(examples.HELLO).assets["bg"]
    assert isinstance(asset, wv.Gradient) and [stop[0] for stop in asset.stops] == [0.0, 1.0]


def test_variables_are_typed() -> None:
    variables = parse_document(examples.document([])).variables
    kinds = {name: variable.type for name, variable in variables.items()}
    assert kinds["size"] == "number" and kinds["flag"] == "bool" and kinds["point"] == "vec2"
    assert kinds["brand"] == "color" and kinds["title"] == "text" and kinds["rows"] == "list"
    assert variables["t"].required and variables["t"].default is None
    assert variables["brand"].default == Rgba(1.0, 1 / 3, 0.0, 1.0)


def test_sequence_children_take_the_length_of_their_content() -> None:
    inner = {**examples.INNER, "variables": {}}
    reference = {"id": "r", "kind": {"comp_ref": {"composition": inner}}}
    assert node(reference, mode="sequence").range == (0, 60)
    slow = {"id": "r", "kind": {"comp_ref": {"composition": inner, "time": {"scale": 0.5, "offset": 3}}}}
    assert node(slow, mode="sequence").range == (0, 123)
    back = {"id": "r", "kind": {"comp_ref": {"composition": inner, "time": {"scale": -1, "offset": "2s"}}}}
    assert node(back, mode="sequence").range == (0, 60)
    assert node(examples.leaf("v", asset="video"), mode="sequence").range is None


def test_inner_compositions_inherit_the_frame_rate() -> None:
    inner = {key: value for key, value in examples.INNER.items() if key != "fps"}
    document = parse_document(examples.document([], fps=24, compositions={"k": inner}))
    assert document.compositions["k"].fps.num == 24 and document.compositions["k"].duration == 48


def test_forms_of_the_v03_branch_stay_valid() -> None:
    transform = {
        "translate": {"x": 1, "y": 2},
        "rotation_deg": 3,
        "scale": {"x": 1, "y": 1},
        "anchor": {"x": 4, "y": 5},
        "skew_deg": {"x": 0, "y": 0},
    }
    source = examples.document(
        [examples.leaf("a", transform=transform, effects=[{"kind": "blur", "params": {"value": 3}}])]
    )
    problems = validate_schema(source)
    assert {p.code for p in problems} == {"anchor_moved", "blur_sigma"}
    assert {p.severity for p in problems} == {"warning"}


def test_third_parties_add_kinds() -> None:
    from wavyte_gpu.schema.anim_spec import AnimSpec

    kind = wv.KindSpec("acme.wobble", (wv.ParamSpec("speed", AnimSpec("f64"), required=True),), main="speed")
    source = examples.document([examples.leaf("a", effects=[{"acme.wobble": 3}])])
    assert [p.code for p in validate_schema(source)] == ["unknown_effect"]
    document = parse_document(source, extra_effects={"acme.wobble": kind})
    assert document.root.kind.children[0].effects[0].params == {"speed": wv.Constant(value=3.0)}  # type: ignore[union-attr]
    assert pickle.loads(pickle.dumps(document)) == document
    assert not list(jsonschema.Draft202012Validator(document_schema({"acme.wobble": kind})).iter_errors(source))
