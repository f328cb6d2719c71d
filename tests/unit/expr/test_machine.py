"""The machine against a recursion over plain Python floats, on random expressions: batches, frames and chains agree in every bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavyte_gpu.expr.compiler import ExpressionCompiler
from wavyte_gpu.expr.constant import evaluate_constant
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.expr.names import Symbol, Type
from wavyte_gpu.expr.opcodes import Op
from wavyte_gpu.expr.ops import KERNELS
from wavyte_gpu.expr.syntax import Part
from wavyte_gpu.expr.tape import _SCALAR, Tape
from wavyte_gpu.foundation import detmath

INPUTS = ("p", "q", "r")


@dataclass(frozen=True)
class Tree:
    """An expression: a text form with its precedence, and a value by recursion."""

    text: str
    level: int  # of its outermost operator: higher binds tighter
    value: Callable[[dict[str, float]], float]


class Plain:
    """Resolves p, q and r to varying inputs."""

    def resolve(self, path: tuple[Part, ...]) -> Symbol:
        return Symbol(Type.F64, (path[0].name,), 1)


def wrap(tree: Tree, level: int) -> str:
    return tree.text if tree.level >= level else f"({tree.text})"


def divide(a: float, b: float) -> float:
    return 0.0 if b == 0 else a / b


def modulo(a: float, b: float) -> float:
    if b == 0:
        return 0.0
    return float(np.remainder(np.float64(a), np.float64(b)))


def whole(of: Callable[[float], int]) -> Callable[[float], float]:
    return lambda x: float(of(x)) if math.isfinite(x) else x


def low(a: float, b: float) -> float:
    return math.nan if a != a or b != b else min(a, b)


def high(a: float, b: float) -> float:
    return math.nan if a != a or b != b else max(a, b)


def det(of: Callable[..., Any]) -> Callable[..., float]:
    return lambda *args: float(of(*(np.array([a]) for a in args))[0])


NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 1e9, 0.1]), st.floats(-100, 100, allow_subnormal=False)
)


def number(x: float) -> Tree:
    return Tree(repr(abs(x)) if x >= 0 else f"-{abs(x)!r}", 9 if x >= 0 else 7, lambda _: x)


LEAVES = st.one_of(NUMBERS.map(number), st.sampled_from(INPUTS).map(lambda n: Tree(n, 9, lambda v: v[n])))
BINARY: dict[str, tuple[int, Callable[[float, float], float]]] = {
    "+": (5, lambda a, b: a + b),
    "-": (5, lambda a, b: a - b),
    "*": (6, lambda a, b: a * b),
    "/": (6, divide),
    "%": (6, modulo),
}
COMPARE: dict[str, tuple[int, Callable[[float, float], bool]]] = {
    "<": (4, lambda a, b: a < b),
    "<=": (4, lambda a, b: a <= b),
    ">": (4, lambda a, b: a > b),
    ">=": (4, lambda a, b: a >= b),
    "==": (3, lambda a, b: a == b),
    "!=": (3, lambda a, b: a != b),
}
CALLS: dict[str, tuple[int, Callable[..., float]]] = {
    "min": (2, low),
    "max": (2, high),
    "abs": (1, abs),
    "sign": (1, lambda x: x if x != x else math.copysign(1.0, x) if x else 0.0),
    "floor": (1, whole(math.floor)),
    "ceil": (1, whole(math.ceil)),
    "round": (1, whole(lambda x: math.floor(x) + (x - math.floor(x) >= 0.5))),
    "fract": (1, lambda x: x - math.floor(x) if math.isfinite(x) else math.nan),
    "sqrt": (1, lambda x: math.sqrt(x) if x >= 0 else math.nan),
    "mod": (2, modulo),
    "step": (2, lambda edge, x: 1.0 if x >= edge else 0.0),
    "lerp": (3, lambda a, b, t: a + (b - a) * t),
    "clamp": (3, lambda x, a, b: low(high(x, a), b)),
    "smoothstep": (3, lambda a, b, x: (lambda t: t * t * (3 - 2 * t))(low(high(divide(x - a, b - a), 0.0), 1.0))),
    "sin": (1, det(detmath.sin)),
    "cos": (1, det(detmath.cos)),
    "tan": (1, det(detmath.tan)),
    "exp": (1, det(detmath.exp)),
    "log": (1, det(detmath.log)),
    "pow": (2, det(detmath.pow)),
    "atan2": (2, det(lambda y, x: detmath.atan2(y + 0.0, x + 0.0))),  # a zero has no sign
}


def binary(op: str, a: Tree, b: Tree) -> Tree:
    level, of = BINARY[op]
    return Tree(f"{wrap(a, level)} {op} {wrap(b, level + 1)}", level, lambda v: of(a.value(v), b.value(v)))


def call(name: str, args: list[Tree]) -> Tree:
    count, of = CALLS[name]
    args = args[:count]
    if name == "clamp":  # constants in the wrong order are an error of their own
        args = [args[0], Tree(f"min({args[1].text}, p)", 9, lambda v, a=args[1]: low(a.value(v), v["p"])), args[2]]
    return Tree(f"{name}({', '.join(a.text for a in args)})", 9, lambda v: of(*(a.value(v) for a in args)))


def choose(op: str, a: Tree, b: Tree, yes: Tree, no: Tree, negate: bool) -> Tree:
    level, of = COMPARE[op]
    test = f"{wrap(a, level)} {op} {wrap(b, level + 1)}"
    test = f"!({test})" if negate else test
    return Tree(
        f"{test} ? {yes.text} : {no.text}",
        0,
        lambda v: yes.value(v) if of(a.value(v), b.value(v)) is not negate else no.value(v),
    )


TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(binary, st.sampled_from(list(BINARY)), inner, inner),
        inner.map(lambda a: Tree(f"-{wrap(a, 7)}", 7, lambda v: -a.value(v))),
        st.builds(call, st.sampled_from(list(CALLS)), st.lists(inner, min_size=3, max_size=3)),
        st.builds(choose, st.sampled_from(list(COMPARE)), inner, inner, inner, inner, st.booleans()),
    ),
    max_leaves=14,
)


def finished(x: float) -> float:
    return x + 0.0 if math.isfinite(x) else 0.0


def expected(tree: Tree, values: dict[str, float]) -> float:
    try:
        return finished(tree.value(values))
    except OverflowError:
        return 0.0


def compiled(texts: list[str]) -> BoundProgram:
    compiler = ExpressionCompiler()
    outputs = []
    for text in texts:
        _, value, faults = compiler.add("=" + text, Plain(), [Type.F64])
        assert not faults and value is not None, (text, [str(f) for f in faults])
        outputs.append(compiler.builder.emit_finite(value[0]))
    return BoundProgram.bind(compiler.builder.build(outputs), lambda name: 0.0)


def run(program: BoundProgram, rows: list[dict[str, float]]) -> np.ndarray:
    varying = np.array([[row[str(name)] for row in rows] for name in program.program.varying]).reshape(-1, len(rows))
    return program.run(varying)[0]


VALUES = st.fixed_dictionaries(dict.fromkeys(INPUTS, NUMBERS))


@settings(max_examples=400, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=4), st.lists(VALUES, min_size=1, max_size=5))
def test_random_expressions(trees: list[Tree], rows: list[dict[str, float]]) -> None:
    program = compiled([tree.text for tree in trees])
    batch = run(program, rows)
    truth = np.array([[expected(tree, row) for row in rows] for tree in trees])
    assert batch.tobytes() == truth.tobytes(), [tree.text for tree in trees]
    for i, row in enumerate(rows):
        assert run(program, [row])[:, 0].tobytes() == truth[:, i].tobytes()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 - 3 - 4", -5),
        ("24 / 4 / 2", 3),
        ("7 % 4 * 2", 6),
        ("-2 * -3", 6),
        ("-7 % 3", 2),
        ("7 % -3", -2),
        ("1 < 2 == true ? 1 : 0", 1),
        ("true || false && false ? 1 : 0", 1),
        ("1 + 1 < 3 && 2 > 1 ? 1 : 0", 1),
        ("!false && false ? 1 : 0", 0),
        ("true ? 1 : false ? 2 : 3", 1),
        ("false ? 1 : false ? 2 : 3", 3),
        ("true ? false ? 1 : 2 : 3", 2),
        ("1 == 1 != false ? 1 : 0", 1),
        ("round(2.5)", 3),
        ("round(-2.5)", -2),
        ("round(0.49999999999999994)", 0),
        ("step(1, 1)", 1),
        ("lerp(2, 4, 0.5)", 3),
        ("smoothstep(0, 1, 0.5)", 0.5),
        ("smoothstep(1, 1, 2)", 0),
        ("vec2(3, 4).y", 4),
        ("(vec2(3, 4) % vec2(2, 3)).y", 1),
        ("hsl(0, 1, 0.5).r", 1),
        ("tau / pi", 2),
        ("log(e)", 1),
        ("1 / 0", 0),
        ("5 % 0", 0),
    ],
)
def test_values_by_hand(text: str, value: float) -> None:
    assert run(compiled([text]), [dict.fromkeys(INPUTS, 0.0)])[0, 0] == value


SPECIAL = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.0,
    -1.0,
    2.5,
    -2.5,
    3.0,
    1e300,
    -1e300,
    2.0**52 + 1,
    5e-324,
    math.inf,
    -math.inf,
    math.nan,
]


@pytest.mark.parametrize("op", sorted(_SCALAR), ids=lambda op: op.name)
def test_a_float_is_an_array_of_one(op: Op) -> None:
    count = {Op.SELECT: 3}.get(op, 2 if op in (0, 1, 2, 3, 4, 12, 13, 14, 15, 16) else 1)
    with np.errstate(all="ignore"):
        for args in np.array(np.meshgrid(*[SPECIAL] * count)).reshape(count, -1).T.tolist():
            scalar = float(_SCALAR[op](*args))
            array = float(KERNELS[op](*(np.array([a]) for a in args))[0])
            assert scalar == array or (scalar != scalar and array != array), (op, args)
            if scalar == 0.0 and op not in (Op.SIGN, Op.MOD):
                assert math.copysign(1, scalar) == math.copysign(1, array), (op, args)


@pytest.mark.parametrize("frames", [1, 3])
def test_a_chain_runs_as_a_tape(frames: int) -> None:
    compiler = ExpressionCompiler()
    b = compiler.builder
    for i in range(300):
        _, value, _ = compiler.add("=p * 0.5 + q" if i else "=p / (p - 1)", Plain() if not i else Linked(i), [Type.F64])
        assert value is not None
        b.link(f"n{i}", b.emit_finite(value[0]))
    program = BoundProgram.bind(b.build([b.input("n299")]), lambda name: 0.0)
    assert any(isinstance(step, Tape) for step in program.code)
    rows = [{"p": 1.0 + i, "q": 3.0} for i in range(frames)]
    varying = np.array([[row[str(name)] for row in rows] for name in program.program.varying])
    got, zeros = program.run(varying)
    for i, row in enumerate(rows):
        x = divide(row["p"], row["p"] - 1)
        for _ in range(299):
            x = x * 0.5 + row["q"]
        assert got[0, i] == x
    assert zeros is not None and zeros[0].tolist() == [1] + [0] * (frames - 1)


class Linked:
    """Resolves p to the result of the expression before."""

    def __init__(self, i: int) -> None:
        self.i = i

    def resolve(self, path: tuple[Part, ...]) -> Symbol:
        return Symbol(Type.F64, (f"n{self.i - 1}" if path[0].name == "p" else path[0].name,), 1)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("1 / p", [1, 0]),
        ("p == 0 ? 0 : 1 / p", [0, 0]),
        ("p != 0 && 1 / p > 0 ? 1 : 2", [0, 0]),
        ("p == 0 || 1 / p > 0 ? 1 : 2", [0, 0]),
        ("p == 0 ? 1 / p : 1 / q", [1, 0]),
        ("q > 0 ? (p == 0 ? 7 : 3 % p) : 1 / 0", [0, 0]),
        ("1 / 0 + 1 / p", [2, 1]),
        ("smoothstep(p, p, 1)", [1, 1]),
        ("lerp(rgb(0, 0, 0, 0), rgb(1, 1, 1, 0), p).r", [0, 0]),
    ],
)
def test_divisions_by_zero_count_where_they_are_taken(text: str, counts: list[int]) -> None:
    program = compiled([text])
    rows = [{"p": 0.0, "q": 1.0, "r": 0.0}, {"p": 2.0, "q": 1.0, "r": 0.0}]
    varying = np.array([[row[str(name)] for row in rows] for name in program.program.varying]).reshape(-1, 2)
    zeros = program.run(varying)[1]
    assert (np.zeros((1, 2), int) if zeros is None else zeros)[0].tolist() == counts


def test_a_large_batch_is_cut_and_equals_its_frames() -> None:
    program = compiled([f"sin(p * {i}.5) + 1 / q" for i in range(3000)])
    assert program.program.rows * 64 > 2**18
    p = np.linspace(-5, 5, 64)
    inputs = {"p": p, "q": np.where(np.arange(64) == 40, 0.0, 1.0)}
    varying = np.array([inputs[str(name)] for name in program.program.varying])
    got, zeros = program.run(varying)
    assert zeros is not None and zeros.sum() == 3000 and (zeros[:, 40] == 1).all()
    for f in (0, 17, 40, 63):
        assert program.run(varying[:, f : f + 1])[0][:, 0].tobytes() == got[:, f].tobytes()


def test_steps_do_not_grow_with_expressions_of_like_shape() -> None:
    few, many = (compiled([f"clamp(p * {i}.25 + {i}, 0, {i + 1}) % 7" for i in range(n)]) for n in (10, 1000))
    assert len(few.program.steps) == len(many.program.steps)


def test_random_and_noise_depend_on_the_seed_alone() -> None:
    def value(text: str, seed: int) -> float:
        compiler = ExpressionCompiler()
        _, made, _ = compiler.add("=" + text, Plain(), [], seed)
        assert made is not None
        return float(
            run(BoundProgram.bind(compiler.builder.build(made), lambda name: 0.0), [dict.fromkeys(INPUTS, 0.25)])[0, 0]
        )

    for text in ("random(3)", "noise(1.5)", "random(p)"):
        assert value(text, 1) == value(text, 1) != value(text, 2)
    draws = [value(f"random({i})", 9) for i in range(200)]
    assert 0 <= min(draws) < 0.1 and 0.9 < max(draws) < 1 and 0.4 < sum(draws) / 200 < 0.6
    assert all(-1 <= value(f"noise({i / 7})", 9) <= 1 for i in range(50))
    assert value("random(0)", 1) == value("random(-0)", 1)


@pytest.mark.parametrize("zero", ["-min(-0.0, 0)", "-max(-0.0, -0.0)", "-floor(-0.0)", "floor(-0.0)", "-0", "0 * -1"])
def test_a_zero_has_no_sign(zero: str) -> None:
    assert evaluate_constant(f"=atan2(0, {zero})", {}) == 0.0
    assert evaluate_constant(f"=atan2({zero}, -1)", {}) == math.pi
