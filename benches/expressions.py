"""Time the evaluation of expressions and print JSON: milliseconds a frame, best and median, alone and in batches of 64."""

from __future__ import annotations

import json
import platform
import statistics
import time
from typing import Any

import numpy as np

from wavyte_gpu.eval.expressions import run_expressions
from wavyte_gpu.eval.properties import sample_tracks
from wavyte_gpu.eval.time_context import exact_frames
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.normalize.normalizer import normalize
from wavyte_gpu.schema import parse_document

FORMS = (
    "=sin(time.seconds * {a} + {b}) * 0.5 + 0.5",
    "=clamp(time.progress * {a} - {b}, 0, 1)",
    "=lerp({a}, {b}, smoothstep(0, 1, time.seconds - {b}))",
    "=nodes.n{before}.opacity * {a} + {b}",
    "=time.frame % 7 > {b} ? {a} : vars.x * {b}",
    "=abs(fract(time.seconds * {a}) - 0.5) / ({b} + 1)",
)


def compiled(count: int, chain: bool) -> tuple[CompositionIR, BoundProgram]:
    """Return a composition of `count` expressions: of six forms, or each reading the one before."""
    nodes: list[dict[str, Any]] = []
    for i in range(count):
        form = FORMS[3] if chain and i else FORMS[i % 3 if not i else i % len(FORMS)]
        text = form.format(a=i % 7 + 0.5, b=i % 5 / 10, before=i - 1)
        nodes.append({"id": f"n{i}", "kind": {"leaf": {"asset": "a"}}, "opacity": text})
    document = {
        "version": "0.3",
        "canvas": {"width": 64, "height": 36},
        "duration": 300,
        "variables": {"x": 2},
        "assets": {"a": "null"},
        "root": {"id": "root", "kind": {"collection": {"mode": "stack", "children": nodes}}},
    }
    ir = normalize(parse_document(document), lambda _key: 1, (64, 36))  # type: ignore[arg-type,return-value]
    assert ir.expressions is not None
    return ir, ir.expressions.bind({"x": 2.0})


def measure(ir: CompositionIR, program: BoundProgram, frames: int, repeats: int) -> dict[str, float]:
    """Return the best and the median milliseconds a frame."""
    assert ir.expressions is not None
    times = []
    for r in range(repeats):
        numbers = np.arange(frames, dtype=np.int64) + r
        local = exact_frames(ir, numbers, ir.expressions.time_nodes)
        tracks = sample_tracks(ir, numbers)
        start = time.perf_counter()
        run_expressions(ir.expressions, program, ir.nodes.duration, local, tracks)
        times.append((time.perf_counter() - start) * 1e3 / frames)
    return {"best_ms": round(min(times), 4), "median_ms": round(statistics.median(times), 4)}


def main() -> None:
    """Print the figures."""
    results = {}
    for chain in (False, True):
        for count in (500, 2000):
            start = time.perf_counter()
            ir, program = compiled(count, chain)
            name = f"{count} {'in a chain' if chain else 'of six forms'}"
            results[name] = {
                "load_ms": round((time.perf_counter() - start) * 1e3),
                "steps": len(program.program.steps),
                "one_frame": measure(ir, program, 1, 200),
                "batch_of_64": measure(ir, program, 64, 30),
            }
    print(json.dumps({"machine": platform.machine(), "numpy": np.__version__, "ms_a_frame": results}, indent=2))


if __name__ == "__main__":
    main()
