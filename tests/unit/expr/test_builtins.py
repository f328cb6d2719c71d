"""Every built-in against mpmath at 60 digits, within the bounds that `foundation.detmath` states."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Any

import mpmath
import numpy as np
import pytest

from wavyte_gpu.expr.compiler import ExpressionCompiler
from wavyte_gpu.expr.functions import FUNCTIONS
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.expr.names import Symbol, Type
from wavyte_gpu.expr.syntax import Part

mpmath.mp.dps = 60
COUNT = 400


class Plain:
    """Resolves every name to a varying input."""

    def resolve(self, path: tuple[Part, ...]) -> Symbol:
        return Symbol(Type.F64, (path[0].name,), 1)


def run(text: str, columns: dict[str, list[float]]) -> list[float]:
    compiler = ExpressionCompiler()
    _, value, faults = compiler.add("=" + text, Plain(), [])
    assert value is not None and not faults
    program = BoundProgram.bind(compiler.builder.build(value[:1]), lambda name: 0.0)
    varying = np.array([columns[str(name)] for name in program.program.varying])
    return [float(x) for x in program.run(varying)[0][0]]


def ulps(got: float, exact: Any) -> float:
    return float(abs(mpmath.mpf(got) - exact) / mpmath.mpf(math.ulp(float(exact)) or 5e-324))


# name: (arguments, exact value, range of each argument, units in the last place)
CASES: dict[str, tuple[str, Callable[..., Any], list[tuple[float, float]], float]] = {
    "sin": ("x", mpmath.sin, [(-50, 50)], 2),
    "cos": ("x", mpmath.cos, [(-50, 50)], 2),
    "tan": ("x", mpmath.tan, [(-50, 50)], 4),
    "exp": ("x", mpmath.exp, [(-50, 50)], 1),
    "log": ("x", mpmath.log, [(1e-6, 1e6)], 0.51),
    "sqrt": ("x", mpmath.sqrt, [(0, 1e6)], 0.5),
    "pow": ("x, y", mpmath.power, [(0.01, 50), (-9, 9)], 1),
    "atan2": ("x, y", mpmath.atan2, [(-9, 9), (-9, 9)], 1.5),
    "abs": ("x", abs, [(-9, 9)], 0),
    "sign": ("x", mpmath.sign, [(-9, 9)], 0),
    "floor": ("x", mpmath.floor, [(-9, 9)], 0),
    "ceil": ("x", mpmath.ceil, [(-9, 9)], 0),
    "round": ("x", lambda x: mpmath.floor(x + mpmath.mpf(1) / 2), [(-9, 9)], 0),
    "fract": ("x", lambda x: x - mpmath.floor(x), [(0, 9)], 0.5),
    "min": ("x, y, z", min, [(-9, 9)] * 3, 0),
    "max": ("x, y, z", max, [(-9, 9)] * 3, 0),
    "step": ("x, y", lambda e, x: mpmath.mpf(x >= e), [(-9, 9)] * 2, 0),
    "clamp": ("x, 2, 5", lambda x: min(max(x, 2), 5), [(-9, 9)], 0),
    "mod": ("x, y", lambda x, y: x - y * mpmath.floor(x / y), [(-90, 90), (0.5, 9)], 1),
    "if": ("x > y, x, y", max, [(-9, 9)] * 2, 0),
}
ABSOLUTE: dict[str, tuple[str, Callable[..., Any], list[tuple[float, float]]]] = {
    "lerp": ("x, y, z", lambda a, b, t: a + (b - a) * t, [(-9, 9), (-9, 9), (0, 1)]),
    "smoothstep": ("1, 4, x", lambda x: (lambda t: t * t * (3 - 2 * t))(min(max((x - 1) / 3, 0), 1)), [(-9, 9)]),
}
ELSEWHERE = {"random", "noise", "vec2", "rgb", "hsl"}  # test_machine.py, test_constants.py


def test_every_function_is_held_to_something() -> None:
    assert CASES.keys() | ABSOLUTE.keys() | ELSEWHERE == FUNCTIONS.keys()


def arguments(name: str, ranges: list[tuple[float, float]]) -> dict[str, list[float]]:
    r = Random(name)
    return {v: [r.uniform(*bounds) for _ in range(COUNT)] for v, bounds in zip("xyz", ranges, strict=False)}


@pytest.mark.parametrize("name", CASES)
def test_within_units_in_the_last_place(name: str) -> None:
    text, exact, ranges, bound = CASES[name]
    columns = arguments(name, ranges)
    for got, *args in zip(run(f"{name}({text})", columns), *columns.values(), strict=True):
        assert ulps(got, exact(*map(mpmath.mpf, args))) <= bound, (name, args)


@pytest.mark.parametrize("name", ABSOLUTE)
def test_within_rounding(name: str) -> None:
    text, exact, ranges = ABSOLUTE[name]
    columns = arguments(name, ranges)
    for got, *args in zip(run(f"{name}({text})", columns), *columns.values(), strict=True):
        assert abs(got - exact(*map(mpmath.mpf, args))) <= 1e-14, (name, args)


@pytest.mark.parametrize("hue", [0.0, 0.1, 1 / 3, 0.5, 0.75, 0.99])
def test_hsl_is_that_of_colorsys(hue: float) -> None:
    import colorsys

    for saturation, lightness in ((1.0, 0.5), (0.3, 0.8), (0.7, 0.2), (0.0, 0.4)):
        exact = colorsys.hls_to_rgb(hue, lightness, saturation)
        for axis, channel in zip("rgb", exact, strict=True):
            (got,) = run(f"hsl(x, {saturation}, {lightness}).{axis}", {"x": [hue]})
            assert abs(got - channel) < 1e-12
