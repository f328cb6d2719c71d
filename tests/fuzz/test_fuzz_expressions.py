"""Any text after `=` either is an expression or has faults with a place inside it; nothing else comes out of the compiler."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wavyte_gpu.expr.compiler import ExpressionCompiler
from wavyte_gpu.expr.errors import located
from wavyte_gpu.expr.functions import FUNCTIONS
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.expr.names import Symbol, Type
from wavyte_gpu.expr.syntax import Part

WORDS = [
    *FUNCTIONS,
    "x",
    "p",
    "c",
    "t",
    "b",
    "any",
    "true",
    "pi",
    "e",
    "0",
    "1.5",
    ".5",
    "1e3",
    "9e999",
    "'a'",
    '"a b"',
]
SIGNS = [
    "(",
    ")",
    ",",
    "+",
    "-",
    "*",
    "/",
    "%",
    "?",
    ":",
    "&&",
    "||",
    "!",
    "==",
    "!=",
    "<",
    ">=",
    ".",
    ".x",
    ".r",
    "[",
    "]",
    " ",
    "\n",
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(WORDS + SIGNS * 2), max_size=30).map("".join),
    st.lists(st.sampled_from(WORDS + SIGNS * 2), max_size=30).map(" ".join),
    st.text(max_size=40),
)
SYMBOLS = {
    "x": Symbol(Type.F64, ("x",), 1),
    "p": Symbol(Type.VEC2, ("p0", "p1"), 1),
    "c": Symbol(Type.COLOUR, ("c0", "c1", "c2", "c3"), 1),
    "b": Symbol(Type.BOOL, ("b",), 1),
    "t": Symbol(Type.TEXT, (), 1, "text"),
    "any": Symbol(Type.ANY, (), 1),
}


class Names:
    """Knows one name of each type."""

    def resolve(self, path: tuple[Part, ...]) -> Symbol:
        return SYMBOLS.get(path[0].name, SYMBOLS["any"])


@settings(max_examples=800, deadline=None)
@given(TEXTS)
def test_any_text(text: str) -> None:
    compiler = ExpressionCompiler()
    typed, value, faults = compiler.add("=" + text, Names(), [])
    assert (typed is None) == bool(faults)
    for fault in faults:
        problem = located("=" + text, fault)
        assert 0 <= fault.at <= len(text) + 1 and str(problem)
        assert problem.excerpt is not None and problem.excerpt.endswith("^")
    if value is not None:
        program = BoundProgram.bind(
            compiler.builder.build([compiler.builder.emit_finite(v) for v in value]), lambda _: 0.0
        )
        for frames in (1, 2):
            out, _ = program.run(np.full((len(program.program.varying), frames), 0.75))
            assert np.isfinite(out).all()
