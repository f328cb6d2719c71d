"""The shared functions on a million inputs each, many at the edges of their ranges: what a pixel's 8 bits would hide."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import wgpu

from tests.support import gpu_kernel as gpu
from tests.twins import cases
from wavyte_gpu.ops import quantise
from wavyte_gpu.ops.draw import gradient_conic
from wavyte_gpu.ops.reflect import struct_dtype
from wavyte_gpu.ops.registry import BLENDS
from wavyte_gpu.ops.shared import blend, noise, pixel
from wavyte_gpu.ops.shared.affine import affine_at
from wavyte_gpu.ops.shared.coverage import coverage_of, edge_area
from wavyte_gpu.ops.source import read

pytestmark = pytest.mark.gpu

U32 = npt.NDArray[np.uint32]
COUNT = 1 << 20

KERNEL = """
@group(0) @binding(0) var<storage, read> given: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = given[id.x];
    result[id.x] = EXPRESSION;
}
"""


def evaluate(expression: str, parts: tuple[str, ...], *inputs: npt.NDArray[Any], declare: str = "") -> U32:
    """Return a WGSL expression of `n`, a vec4 of the inputs, for each element."""
    words = np.zeros((len(inputs[0]), 4), np.uint32)
    for i, values in enumerate(inputs):
        words[:, i] = values.astype(np.uint32) if values.dtype != np.int32 else values.view(np.uint32)
    code = "".join(read(part) for part in parts) + declare + KERNEL.replace("EXPRESSION", expression)
    usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC
    out = gpu.device().create_buffer(size=4 * len(words), usage=usage)
    gpu.dispatch(code, {"given": words, "result": out}, (len(words) // 64, 1, 1))
    return np.frombuffer(gpu.device().queue.read_buffer(out), np.uint32)


def rng() -> np.random.Generator:
    return np.random.default_rng(21)


def test_div_round() -> None:
    r = rng()
    d = np.minimum(2.0 ** r.uniform(0, 30, COUNT), 2.0**30 - 1).astype(np.uint64)
    q = np.minimum(2.0 ** r.uniform(0, 20, COUNT), (2.0**32 - 1 - d) / d).astype(np.uint64)
    n = np.clip(q * d + r.integers(-2, 3, COUNT) + d // 2 * r.integers(-1, 2, COUNT), 0, 2**32 - 1 - d // 2)
    n, d = n.astype(np.uint32), d.astype(np.uint32)
    got = evaluate("div_round(n.x, n.y)", ("shared/pixel",), n, d)
    np.testing.assert_array_equal(got, pixel.div_round(n, d))


def test_isqrt() -> None:
    r = rng()
    root = r.integers(1, 65536, COUNT).astype(np.int64)
    n = np.clip(root * root + r.integers(-2, 3, COUNT), 0, 2**32 - 1).astype(np.uint32)
    n[:4] = (0, 1, 2**32 - 1, 65535 * 65535)
    got = evaluate("isqrt(n.x)", ("shared/pixel",), n)
    np.testing.assert_array_equal(got, pixel.isqrt(n))
    wide = got.astype(np.uint64)
    assert np.all((wide * wide <= n) & ((wide + 1) * (wide + 1) > n))


def test_scale_pixel() -> None:
    r = rng()
    p, w = r.integers(0, 2**32, COUNT).astype(np.uint32), r.integers(0, 256, COUNT).astype(np.uint32)
    got = evaluate("scale_pixel(n.x, n.y)", ("shared/pixel",), p, w)
    np.testing.assert_array_equal(got, pixel.scale_pixel(p, w))
    exact = (p & 255) * w.astype(np.float64) / 255
    np.testing.assert_array_equal(got & 255, np.floor(exact + 0.5))


@pytest.mark.parametrize("mode", BLENDS)
def test_blends(mode: str) -> None:
    s, d = cases.pixels(rng(), 2, COUNT)
    got = evaluate(f"blend_{mode}(n.x, n.y)", ("shared/pixel", "shared/blend"), s, d)
    np.testing.assert_array_equal(got, getattr(blend, f"blend_{mode}")(s, d))


def test_hash() -> None:
    seed, x, y = rng().integers(0, 2**32, (3, COUNT)).astype(np.uint32)
    got = evaluate("hash3(n.x, n.y, n.z)", ("shared/noise",), seed, x, y)
    np.testing.assert_array_equal(got, noise.hash3(seed, x, y))


def test_turn() -> None:
    r = rng()
    u, v = (np.rint(r.normal(0, 1, (2, COUNT)) * 2.0 ** r.uniform(0, 28, COUNT))).astype(np.int32)
    v[::5] = u[::5] + r.integers(-2, 3, len(v[::5]), dtype=np.int32)
    v[1::50] = 0
    u[2::50] = 0
    u[:3], v[:3] = 131071, (131071, 131070, -131071)
    text = read("draw/gradient_conic")
    turn = text[text.index("fn turn") : text.index("fn source")]
    got = evaluate("turn(i32(n.x), i32(n.y))", ("shared/pixel",), u, v, declare=turn)
    np.testing.assert_array_equal(got, gradient_conic.turn(u, v))


def positions(r: np.random.Generator) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    x, y = r.integers(-16383, 16384, (2, COUNT)).astype(np.int32)
    return x, y


@pytest.mark.parametrize("seed", range(4))
def test_affine_at(seed: int) -> None:
    r = np.random.default_rng(seed)
    x, y = positions(r)
    hi, lo = cases.affine(r, 1, 1000.0)
    code = f"""
    fn words() -> Affine {{
        return Affine(vec4<i32>({", ".join(map(str, hi[0]))}), vec4<i32>({", ".join(map(str, lo[0]))}));
    }}
    """
    got = evaluate("u32(affine_at(words(), i32(n.x), i32(n.y)))", ("shared/affine",), x, y, declare=code)
    record = np.zeros((), struct_dtype(read("shared/affine"), "Affine"))
    record["hi"], record["lo"] = hi[0], lo[0]
    np.testing.assert_array_equal(got.view(np.int32), affine_at(record[()], x, y))


@pytest.mark.parametrize("seed", range(12))
def test_edge_area(seed: int) -> None:
    r = np.random.default_rng(seed)
    quad = cases.quads(r, 1, 64, 64)
    edges = quantise.edge_records(quad)[0]
    x0, y0 = (int(v) for v in np.clip(np.floor(quad[0].mean(axis=0)), -16000, 15900) - 32)
    x = (x0 + r.integers(0, 64, COUNT)).astype(np.int32)
    y = (y0 + r.integers(0, 64, COUNT)).astype(np.int32)
    x[::7], y[::7] = (v[::7] for v in positions(r))
    for edge in edges:
        literals = ", ".join(f"vec4<i32>({', '.join(map(str, edge[f]))})" for f in ("span", "line", "column"))
        declare = f"fn edge() -> Edge {{ return Edge({literals}); }}\n"
        area = "u32(edge_area(edge(), i32(n.x), i32(n.y)))"
        got = evaluate(area, ("shared/coverage",), x, y, declare=declare)
        np.testing.assert_array_equal(got.view(np.int32), edge_area(edge, x, y))


def test_coverage_of() -> None:
    area = rng().integers(-(2**23), 2**23, COUNT).astype(np.int32)
    got = evaluate("coverage_of(i32(n.x))", ("shared/coverage",), area)
    np.testing.assert_array_equal(got, coverage_of(area))
