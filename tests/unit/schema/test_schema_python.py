"""Documents built in typed Python run the same checks and are the same values."""

from __future__ import annotations

import pytest
import schema_examples as examples
from pydantic import ValidationError

from wavyte_gpu import schema as doc
from wavyte_gpu.foundation.colour import Rgba
from wavyte_gpu.foundation.errors import SchemaError


def hello(**fields: object) -> doc.Document:
    """Return a small document built from models, shorthands and plain values."""
    node = doc.Node(
        id="a",
        kind=doc.Leaf(asset="bg"),
        opacity=0.5,  # type: ignore[arg-type]
        transform=doc.Transform(translate=(3, 4), scale=2),  # type: ignore[arg-type]
        effects=[doc.Effect(kind="blur", params={"sigma": 2}), {"tint": "red"}],  # type: ignore[arg-type]
        mask=doc.Mask(source=doc.RectShape(width=3, height=4)),
    )
    values = {
        "version": "0.3",
        "canvas": doc.Canvas(width=64, height=48),
        "duration": 30,
        "assets": {"bg": doc.SolidRect(color="red")},  # type: ignore[arg-type]
        "root": doc.Node(id="root", kind=doc.Collection(mode="stack", children=(node,))),
    }
    return doc.Document(**{**values, **fields})  # type: ignore[arg-type]


def test_building_equals_parsing() -> None:
    built = hello()
    assert built == doc.parse_document(built.to_json())
    assert built.root.range == (0, 30)
    assert isinstance(built.root.kind, doc.Collection)
    (node,) = built.root.kind.children
    assert node.range == (0, 30) and node.opacity == doc.Constant(value=0.5)
    assert isinstance(node.kind, doc.Leaf) and node.kind.fit == "fill"
    assert [effect.kind for effect in node.effects] == ["blur", "tint"]
    assert node.effects[1].params["color"] == doc.Constant(value=Rgba(1.0, 0.0, 0.0, 1.0))
    assert len({built, hello()}) == 1


def test_building_checks_the_whole() -> None:
    with pytest.raises(SchemaError) as caught:
        hello(root=doc.Node(id="r", kind=doc.Leaf(asset="bgg")))
    assert caught.value.problems[0].code == "unknown_asset" and caught.value.problems[0].path == "/root/kind/leaf/asset"


def test_building_checks_each_field() -> None:
    with pytest.raises(SchemaError):
        doc.SolidRect(radius_px=-1)  # type: ignore[arg-type]
    with pytest.raises(SchemaError):
        doc.Leaf(asset=3)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        doc.Leaf(asset="x", assett="y")  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        doc.Leaf()  # type: ignore[call-arg]


def test_models_are_frozen() -> None:
    with pytest.raises(ValidationError):
        hello().duration = 3  # type: ignore[misc]


def test_every_kind_can_be_built() -> None:
    keys = doc.Keyframes(keys=(doc.Key(frame=0, value=0.0), doc.Key(frame=5, value=1.0, ease="hold")))  # type: ignore[arg-type]
    inner = doc.Composition(
        canvas=doc.Canvas(width=4, height=4),
        duration=3,
        root=doc.Node(id="r", kind=doc.Collection(mode="group", children=())),
    )
    switch = doc.Collection(mode="switch", active=keys, children=(doc.Node(id="s", kind=doc.Leaf(asset="bg")),))
    children = (
        doc.Node(id="sw", kind=switch),
        doc.Node(id="ref", kind=doc.CompRef(composition=inner, time=doc.TimeMap(offset=2))),
        doc.Node(id="key", kind=doc.CompRef(composition="k")),
        doc.Node(id="rep", kind=doc.Repeat(items=3, child=doc.Node(id="c", kind=doc.Leaf(asset="bg")))),
        doc.Node(id="sine", kind=doc.Leaf(asset="bg"), opacity=doc.Procedural(x=doc.Sine(amp=1.0, freq_hz=2.0))),
        doc.Node(
            id="lay", kind=doc.Leaf(asset="bg"), layout=doc.Layout(size=doc.Size(width=doc.Percent(fraction=0.5)))
        ),
    )
    built = hello(
        root=doc.Node(id="root", kind=doc.Collection(mode="stack", children=children)), compositions={"k": inner}
    )
    assert doc.parse_document(built.to_json()) == built
    kind = built.root.kind
    assert isinstance(kind, doc.Collection) and isinstance(kind.children[1].kind, doc.CompRef)


def test_canonical_models_build_again() -> None:
    document = doc.parse_document(examples.everything())
    again = doc.Document(**{name: getattr(document, name) for name in type(document).model_fields})
    assert again == document
