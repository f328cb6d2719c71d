"""No JSON makes a traceback, what is accepted reads as itself, and the JSON Schema accepts what the reader accepts."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import schema_examples as examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavyte_gpu import validate_schema
from wavyte_gpu.schema import document_schema, parse_document

SCHEMA = jsonschema.Draft202012Validator(document_schema())
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
QUICK = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))

WORDS = st.sampled_from(
    [
        "",
        "=1",
        "=",
        "x",
        "red",
        "#fff",
        "1.5s",
        "50%",
        "auto",
        "a",
        "root",
        "rect",
        "inner",
        "{{x}}",
        "center",
        "�",
        "1fr",
        "id",
        "kind",
        "leaf",
        "collection",
        "keyframes",
        "procedural",
        "sine",
        "expr",
        "name",
        "meta",
        "null",
        "canvas",
        "x",
    ]
)
NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from([0, 1, -1, 0.5, 2**31, 10**400, -0.0]))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS, st.text(max_size=5))
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(WORDS, st.text(max_size=4)), inner, max_size=4)
    ),
    max_leaves=12,
)
EVERYTHING = examples.everything()


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of every value inside a JSON value."""
    found = [at] if at else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += paths(item, (*at, key))
    return found


PATHS = paths(EVERYTHING)


def mutate(source: Any, path: tuple[Any, ...], value: Any, how: str) -> Any:
    """Return a copy of `source` with the value at `path` replaced, removed, doubled or wrapped."""
    out = copy.deepcopy(source)
    parent = out
    for key in path[:-1]:
        parent = parent[key]
    key = path[-1]
    if how == "replace":
        parent[key] = value
    elif how == "remove":
        del parent[key]
    elif how == "add" and isinstance(parent, dict):
        parent[str(value)[:5]] = value
    elif how == "add":
        parent.insert(0, value)
    else:
        parent[key] = [parent[key]] if how == "list" else {"x": parent[key]}
    return out


MUTATIONS = st.tuples(
    st.sampled_from(PATHS), JSON, st.sampled_from(["replace", "replace", "remove", "add", "list", "object"])
)


@QUICK
@given(JSON)
def test_any_json(value: Any) -> None:
    validate_schema(value if not isinstance(value, str) else [value])


@QUICK
@given(st.dictionaries(st.sampled_from(list(EVERYTHING)), JSON, max_size=4))
def test_any_json_in_known_fields(fields: dict[str, Any]) -> None:
    for problem in validate_schema({**EVERYTHING, **fields}):
        str(problem), json.dumps(problem.to_dict())


@QUICK
@given(st.lists(MUTATIONS, min_size=1, max_size=2))
def test_mutated_documents(mutations: list[tuple[tuple[Any, ...], Any, str]]) -> None:
    source = EVERYTHING
    for path, value, how in mutations:
        try:
            source = mutate(source, path, value, how)
        except (KeyError, IndexError, TypeError):
            continue
    problems = validate_schema(source)
    json.dumps([problem.to_dict() for problem in problems])
    if any(problem.severity == "error" for problem in problems):
        return
    document = parse_document(source)
    assert parse_document(document.to_json()) == document
    assert not list(SCHEMA.iter_errors(json.loads(json.dumps(source))))
    assert not list(SCHEMA.iter_errors(document.to_json()))


@QUICK
@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    validate_schema("{" + text)


EXPRESSIONS = {
    "f64": ["=time.progress", "=sin(time.seconds) * 2", "=vars.size % 3", "=vars.flag ? 1 : vars.point.x"],
    "vec2": ["=vars.point", "=vec2(time.frame, 1) * 2", "=lerp(vars.point, vec2(0, 0), time.progress)"],
    "colour": ["=vars.brand", "=hsl(time.progress, 1, 0.5)", "=vars.flag ? rgb(1, 0, 0) : vars.brand"],
}


def anims(scalar: st.SearchStrategy[Any], lane: str) -> st.SearchStrategy[Any]:
    """Animated values over constants of a lane."""
    eases = st.one_of(
        st.sampled_from(["hold", "linear", "ease_in", "back_out"]),
        st.builds(lambda x, y: {"cubic_bezier": [x, y, x, y]}, st.floats(0, 1), st.floats(-2, 2)),
        st.builds(lambda k: {"spring": {"stiffness": k, "damping": 1}}, st.floats(0.1, 100)),
    )
    frames = st.lists(st.integers(-50, 50), unique=True, min_size=1, max_size=4).map(sorted)
    keys = frames.flatmap(
        lambda listed: st.tuples(
            *(st.fixed_dictionaries({"frame": st.just(f), "value": scalar}, optional={"ease": eases}) for f in listed)
        ).map(list)
    )
    tracks = st.one_of(keys, st.fixed_dictionaries({"keys": keys}, optional={"mode": eases, "default": scalar}))
    forms = [scalar, st.sampled_from(EXPRESSIONS[lane]), tracks.map(lambda track: {"keyframes": track})]
    if lane != "colour":
        sine = st.builds(lambda a: {"sine": {"amp": a, "freq_hz": 1}}, st.floats(-5, 5))
        forms.append(sine.map(lambda s: {"procedural": {"kind": "scalar", "params": s}}))
    return st.one_of(forms)


FLOATS = st.floats(-1e6, 1e6)
F64 = anims(FLOATS, "f64")
VEC2 = anims(st.lists(FLOATS, min_size=2, max_size=2), "vec2") | st.lists(F64, min_size=2, max_size=2)
COLOUR = anims(st.sampled_from(examples.COLOURS), "colour")
LEAVES = st.fixed_dictionaries(
    {"kind": st.sampled_from(list(examples.ASSETS)).map(lambda key: {"leaf": {"asset": key}})},
    optional={
        "opacity": F64,
        "range": st.tuples(st.integers(0, 50), st.integers(50, 99)).map(list),
        "transform": st.fixed_dictionaries(
            {}, optional={"translate": VEC2, "rotation_deg": F64, "scale": VEC2, "anchor": VEC2 | st.just("center")}
        ),
        "effects": st.lists(
            st.sampled_from(examples.EFFECTS) | COLOUR.map(lambda c: {"tint": {"color": c}}), max_size=2
        ),
        "layout": st.sampled_from(examples.LAYOUTS),
        "mask": st.sampled_from(examples.MASKS[1:]),
        "transition_in": st.sampled_from(examples.TRANSITIONS),
        "meta": JSON.filter(lambda value: value is not None),
        "enabled": st.booleans(),
    },
)


def in_collection(children: list[dict[str, Any]], mode: Any) -> dict[str, Any]:
    return {"kind": {"collection": {"mode": mode, "children": children}}}


MODES = st.sampled_from(["group", "stack", {"switch": {"active": "=time.frame"}}])
NODES = st.recursive(
    LEAVES, lambda inner: st.builds(in_collection, st.lists(inner, min_size=1, max_size=4), MODES), max_leaves=8
)


def number(node: dict[str, Any], counter: list[int]) -> dict[str, Any]:
    """Return a node with ids of its own, all through."""
    counter[0] += 1
    out = {"id": f"n{counter[0]}", **node}
    if "collection" in node["kind"]:
        body = node["kind"]["collection"]
        out["kind"] = {"collection": {**body, "children": [number(child, counter) for child in body["children"]]}}
    return out


@SLOW
@given(st.lists(NODES, max_size=4), st.sampled_from([30, 29.97, {"num": 25, "den": 1}]))
def test_random_documents_read_as_themselves(nodes: list[dict[str, Any]], fps: Any) -> None:
    counter = [0]
    source = examples.document([number(node, counter) for node in nodes], fps=fps)
    problems = [problem for problem in validate_schema(source) if problem.severity == "error"]
    if problems:
        assert all(problem.path.partition("/meta")[1] for problem in problems), [str(problem) for problem in problems]
        return
    document = parse_document(source)
    again = parse_document(document.to_json())
    assert again == document and again.to_json() == document.to_json()
    assert not list(SCHEMA.iter_errors(document.to_json()))


REPLACEMENTS: list[Any] = [None, 0, 1.5, -1, True, "x", "=1", "red", "1.5s", "50%", [], [1, 2], {}, {"x": 1, "y": 2}]
REPLACEMENTS += [
    {"expr": "=1"},
    "auto",
    "none",
    {"px": 1},
    ["=1", "=2"],
    {"keyframes": [{"frame": 0, "value": 1}]},
    3.0,
]
CHILDREN = EVERYTHING["root"]["kind"]["collection"]["children"]


@SLOW
@given(st.sampled_from(CHILDREN), st.data())
def test_one_changed_value(child: dict[str, Any], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(paths(child)))
    changed = mutate(child, path, data.draw(st.sampled_from(REPLACEMENTS)), "replace")
    source = examples.document([changed], compositions=EVERYTHING["compositions"])
    if all(problem.severity == "warning" for problem in validate_schema(source)):
        assert not list(SCHEMA.iter_errors(source))
