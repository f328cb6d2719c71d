"""Deep and large documents: bounded nesting, no recursion error, linear time."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
import schema_examples as examples

import wavyte_gpu as wv
from tests.support.growth import assert_proportional
from wavyte_gpu import validate_schema
from wavyte_gpu.schema import parse_document


def nested(levels: int) -> dict[str, Any]:
    """Return a document whose deepest node lies `levels` nodes deep."""
    node: dict[str, Any] = examples.leaf(f"n{levels}")
    for level in range(levels - 1, 1, -1):
        node = {"id": f"n{level}", "kind": {"collection": {"mode": "group", "children": [node]}}}
    return examples.document([node] if levels > 1 else [])


def test_256_levels_are_allowed_and_257_are_not() -> None:
    document = parse_document(nested(256))
    text = document.to_text()
    assert parse_document(document.to_json()) == document
    assert pickle.loads(pickle.dumps(document)) == document
    assert not validate_schema(text)
    assert [p.code for p in validate_schema(nested(257))] == ["limit"]


def test_very_deep_documents_are_a_limit() -> None:
    assert [p.code for p in validate_schema(nested(100_000))] == ["limit"]


def test_very_deep_json_is_a_limit() -> None:
    for text in ('{"a":' * 100_000, '{"a":' + "[" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000):
        assert [p.code for p in validate_schema(text)] == ["limit"]


def test_deep_meta_is_a_limit() -> None:
    meta: Any = 1
    for _ in range(10_000):
        meta = [meta]
    assert [p.code for p in validate_schema(examples.document([], meta=meta))] == ["limit"]


def test_inline_compositions_count_as_nesting() -> None:
    node: dict[str, Any] = examples.leaf("r", asset="n")
    for _ in range(300):
        inner = {"canvas": {"width": 1, "height": 1}, "duration": 1, "assets": {"n": "null"}, "root": node}
        node = {"id": "r", "kind": {"comp_ref": {"composition": inner}}}
    assert [p.code for p in validate_schema(examples.document([node]))] == ["limit"]


@pytest.mark.parametrize(
    "fields", [{"opacity": 0.5}, {"asset": "rectt", "blend": "x"}, {"mask": {"source": {"node": "q"}}}]
)
def test_time_is_linear_in_the_number_of_nodes(fields: dict[str, Any]) -> None:
    def make(count: int) -> dict[str, Any]:
        return examples.document([examples.leaf(f"n{i}", **fields) for i in range(count)])

    assert_proportional(make, validate_schema, 8_000)


def test_many_unknown_fields_are_cheap() -> None:
    def make(count: int) -> dict[str, Any]:
        return examples.document([], **{f"x{i}": i for i in range(count)})

    assert len(validate_schema(make(20_000))) == 20_000
    assert_proportional(make, validate_schema, 12_000)


def test_large_texts_are_located_in_linear_time() -> None:
    def make(count: int) -> str:
        return json.dumps(examples.document([examples.leaf(f"n{i}", blend="x") for i in range(count)]), indent=1)

    problems = validate_schema(make(3000))
    assert len(problems) == 3000 and len({p.line for p in problems}) == 3000
    assert_proportional(make, validate_schema, 4_000)


@pytest.mark.parametrize("kind", ["rect", "rounded_rect", "ellipse"])
@pytest.mark.parametrize("far", [1e8, 1e9, 1e30, 1.7e308])
def test_shapes_of_masks_are_bounded_where_they_are_written(kind: str, far: float) -> None:
    sides = {"rx": far, "ry": far, "cx": -far} if kind == "ellipse" else {"x": -far, "y": far, "width": far, "height": far}
    shape = {kind: {**sides, **({"radius": far} if kind == "rounded_rect" else {})}}
    document = examples.document([examples.leaf("a", mask={"source": {"shape": shape}})])
    found = {p.path.rsplit("/", 1)[1] for p in wv.validate_schema(document)}
    assert found == (set() if far == 1e8 else set(sides))
    if not found:
        assert wv.Composition.from_json(document).check() == []
