"""Layouts read from WGSL against offsets worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from wavyte_gpu.ops import reflect
from wavyte_gpu.ops.registry import EDGE_COUNTS, PROGRAMS, over_values
from wavyte_gpu.ops.source import join

BILINEAR = [p.name for p in PROGRAMS].index("image_bilinear")


def offsets(dtype: np.dtype) -> dict[str, int]:
    return {n: dtype.fields[n][1] for n in dtype.names}


def test_header() -> None:
    dtype = reflect.draw_header_dtype()
    assert offsets(dtype) == {"region": 0, "origin": 16}
    assert dtype.itemsize == 32


def test_layer_with_edges() -> None:
    dtype = reflect.layer_dtype(BILINEAR, 1)
    assert offsets(dtype) == {"bounds": 0, "weight": 16, "source": 32, "edges": 112}
    assert dtype.itemsize == 112 + 4 * 48
    assert offsets(dtype["source"]) == {"rect": 0, "u": 16, "v": 48}
    assert offsets(dtype["source"]["u"]) == {"hi": 0, "lo": 16}
    records = np.zeros(3, dtype)
    assert records["bounds"].shape == (3, 4) and records["bounds"].dtype == np.int32
    assert records["weight"].dtype == np.uint32
    assert records["edges"]["span"].shape == (3, 4, 4) and records["edges"]["column"].shape == (3, 4, 4)
    assert records["source"]["u"]["hi"].shape == (3, 4)


@pytest.mark.parametrize("variant", range(len(EDGE_COUNTS)))
@pytest.mark.parametrize("program", [i for i, p in enumerate(PROGRAMS) if p.layered])
def test_layers_of_every_draw_kind(program: int, variant: int) -> None:
    dtype = reflect.layer_dtype(program, variant)
    assert dtype.itemsize % 16 == 0
    assert ("edges" in dtype.names) == (variant > 0)
    assert reflect.layer_dtype(program, variant) is dtype


def test_fields_with_gaps() -> None:
    code = """
    struct Inner { a: vec2<u32>, b: i32 }  // 16 bytes
    struct Outer {
        x: i32,           // 0
        v: vec4<i32>,     // 16: aligned to 16
        y: u32,           // 32
        z: vec2<i32>,     // 40: aligned to 8
        w: array<vec4<u32>, 3>,  // 48
        last: u32,        // 96
    }
    """
    dtype = reflect.struct_dtype(code, "Outer")
    assert offsets(dtype) == {"x": 0, "v": 16, "y": 32, "z": 40, "w": 48, "last": 96}
    assert dtype.itemsize == 112
    assert reflect.struct_dtype(code, "Inner").itemsize == 16


@pytest.mark.parametrize(
    "code",
    [
        "struct A { x: array<i32, 4> }",  # stride 4
        "struct B { x: vec2<i32> } struct A { n: vec4<i32>, m: vec2<i32>, b: B }",  # a struct at 24
        "struct A { x: mat3x3<f32> }",
        "struct B { x: i32 }",
    ],
)
def test_what_a_uniform_cannot_hold(code: str) -> None:
    with pytest.raises(ValueError):
        reflect.struct_dtype(code, "A")


def test_bindings_and_workgroup() -> None:
    values = over_values(layers=2, edge_variant=1, blend=0, init=False, full=False, tiles=True)
    code = join("composite/over", values, "draw/image_copy")
    found = reflect.bindings(code)
    assert [(b.binding, b.name, b.space) for b in found] == [
        (0, "draw", "uniform"),
        (1, "dest", ""),
        (2, "image", ""),
        (3, "tiles", "storage"),
    ]
    assert found[3].access == "read"
    assert found[1].type == "texture_storage_2d<r32uint, read_write>"
    assert reflect.workgroup_size(code) == (128, 1, 1)
    with pytest.raises(ValueError):
        reflect.workgroup_size("fn f() {}")


def test_params_of_kernels_of_their_own() -> None:
    planes = {"size": 0, "first": 16, "color": 32, "luma": 48, "u": 64, "v": 80}
    assert offsets(reflect.params_dtype("output/planes")) == planes
    assert reflect.params_dtype("draw/image_bilinear").itemsize == 80
    video = [p.name for p in PROGRAMS].index("video")
    assert reflect.layer_dtype(video, 0) == reflect.params_dtype("draw/video")
