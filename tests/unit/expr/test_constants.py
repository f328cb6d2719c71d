"""Expressions evaluated once: values, types, and what every fault says."""

from __future__ import annotations

from typing import Any

import pytest

from wavyte_gpu.expr.constant import Element, evaluate_constant
from wavyte_gpu.expr.names import Type
from wavyte_gpu.foundation.colour import Rgba
from wavyte_gpu.foundation.errors import ExpressionError

VARIABLES = {
    "x": 3.0,
    "on": True,
    "p": (1.0, 2.0),
    "t": "hello",
    "l": [1, 2],
    "none": None,
    "c": Rgba(1.0, 0.5, 0.0, 1.0),
}
ELEMENT = Element({"name": "Ann", "colour": "#f00", "pos": [4, 5], "deep": {"n": 7}}, 3, 5)


def value(source: str, **options: Any) -> Any:
    return evaluate_constant(source, VARIABLES, element=ELEMENT, **options)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("=1 + 2 * 3", 7.0),
        ("=vars.x * 2", 6.0),
        ("=vars['x']", 3.0),
        ("=vars.on", True),
        ("=!vars.on || 1 > 2", False),
        ("=vars.p", (1.0, 2.0)),
        ("=vars.p.y", 2.0),
        ("=(vars.p * 2 + vec2(1, 1)).x", 3.0),
        ("=vars.t", "hello"),
        ("=vars.l", [1, 2]),
        ("=vars.c.g", 0.5),
        ("=vars.c", Rgba(1.0, 0.5, 0.0, 1.0)),
        ("=item.name", "Ann"),
        ("=item.colour", Rgba(1.0, 0.0, 0.0, 1.0)),
        ("=item.pos.x + item.deep.n", 11.0),
        ("=index % 2 == 1 && count == 5", True),
        ("=rgb(1, 0.5, 2)", Rgba(1.0, 0.5, 1.0, 1.0)),
        ("=hsl(1 / 3, 1, 0.5)", Rgba(0.0, 1.0, 0.0, 1.0)),
        ("=lerp(rgb(1, 0, 0, 0), rgb(0, 0, 1), 0.5)", Rgba(0.0, 0.0, 1.0, 0.5)),
        ("=1 / 0", 0.0),
        ("=sqrt(-1)", 0.0),
        ("=exp(1000)", 0.0),
    ],
)
def test_values(source: str, expected: Any) -> None:
    got = value(source)
    assert got == expected
    assert type(got) is type(expected)


def test_a_bare_item_is_its_element() -> None:
    assert evaluate_constant("=item * 2", {}, element=Element(21, 0, 1)) == 42.0


@pytest.mark.parametrize(
    ("source", "column", "text"),
    [
        ("=", 2, "the expression ends too early"),
        ("=1 +", 5, "the expression ends too early"),
        ("=1 2", 4, "this is not expected here"),
        ("=a = b", 4, "this character has no meaning here"),
        ("=(1", 4, "or `)`"),
        ("=+5", 2, "`+` needs a value on its left"),
        ("=2 ^ 3", 4, "no meaning"),
        ("=1e999", 2, "too large"),
        ("=vars.y", 7, "unknown variable"),
        ("=vars.none", 7, "has no value"),
        ("=vars", 2, "needs the name of a variable"),
        ("=vars.l + 1", 9, "found a list, a number"),
        ("=1 + vec2(1, 2)", 4, "found a number, a vec2"),
        ("=if(1, 2, 3)", 5, "compare it, as in `x != 0`"),
        ("=vars.x ? 1 : 2", 2, "compare it"),
        ("=true ? 1 : vec2(1, 1)", 2, "a and b of one type"),
        ("=foo", 2, "allowed: vars, item, index, count"),
        ("=sine(3)", 2, "did you mean 'sin'?"),
        ("=sin", 2, "write sin(rad)"),
        ("=sin(1, 2)", 2, "found 2 of them"),
        ("=vars.p.z", 9, "unknown part of a vec2"),
        ("=item.nme", 7, "did you mean 'name'?"),
        ("=item", 2, "item.name"),
        ("=time.frame", 2, "evaluated once"),
        ("=clamp(1, 3, 2)", 2, "above the upper"),
        ("=clamp(1, vars.x, pi - 1)", 2, "above the upper"),
        ("=1 +\n  bad", 3, "line 2, column 3"),
    ],
)
def test_faults_have_a_place(source: str, column: int, text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        value(source, path="/root/enabled", node_id="n")
    problem = caught.value.problems[0]
    assert text in str(problem)
    line = source.count("\n", 0, source.find("bad")) + 1 if "bad" in source else 1
    assert problem.line is None and f"at line {line}, column {column} of the expression" in problem.message
    assert problem.offset == len("".join(source.splitlines(keepends=True)[: line - 1])) + column - 1
    assert (problem.path, problem.node_id) == ("/root/enabled", "n")
    shown, caret = (problem.excerpt or "").split("\n")
    assert shown == source.split("\n")[line - 1]
    assert caret == " " * (column - 1) + "^"


def test_the_wanted_type_is_checked() -> None:
    with pytest.raises(ExpressionError, match="a bool is expected"):
        value("=vars.x", want=[Type.BOOL])
    assert value("=vars.x > 2", want=[Type.BOOL]) is True


def test_every_fault_is_told() -> None:
    with pytest.raises(ExpressionError) as caught:
        value("=vars.y + foo + sine(2)")
    assert len(caught.value.problems) == 3


def test_a_long_line_is_shown_in_part() -> None:
    with pytest.raises(ExpressionError) as caught:
        value("=" + "1 + " * 100 + "bad" + " + 1" * 100)
    shown, caret = (caught.value.problems[0].excerpt or "").split("\n")
    assert shown[caret.index("^") :].startswith("bad")
    assert len(shown) < 90


@pytest.mark.parametrize(
    "source",
    [
        "=" + "(" * 10_000 + "1" + ")" * 10_000,
        "=" + "-" * 10_000 + "1",
        "=" + "!" * 10_000 + "true ? 1 : 2",
        "=max(" + "1," * 10_000 + "1)",
        "=" + "1 + " * 10_000 + "1",
        "=" + "true ? 1 : " * 2_000 + "1",
        "=" + "1 + (" * 5_000 + "1" + ")" * 5_000,
    ],
    ids=["parentheses", "minus", "not", "arguments", "sum", "conditions", "nested sum"],
)
def test_depth_is_no_limit(source: str) -> None:
    assert isinstance(value(source), float)


def test_length_is() -> None:
    with pytest.raises(ExpressionError) as caught:
        value("=" + "1+" * 40_000 + "1")
    assert caught.value.problems[0].code == "limit"
