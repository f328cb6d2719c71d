"""output/flatten and output/planes: the kernels equal their twins."""

from __future__ import annotations

import numpy as np
import pytest
import wgpu
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import gpu_kernel as gpu
from tests.twins import cases
from wavyte_gpu.ops import quantise, reflect, registry
from wavyte_gpu.ops.output import flatten, planes
from wavyte_gpu.ops.planes import PlaneLayout, plane_params
from wavyte_gpu.ops.registry import PLANE_FORMS
from wavyte_gpu.ops.source import join

pytestmark = pytest.mark.gpu

SIZES = st.tuples(st.integers(1, 200), st.integers(1, 90))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=SIZES)
def test_flatten(seed: int, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    width, height = size
    image = cases.pixels(rng, height, width)
    params = np.zeros((), reflect.params_dtype("output/flatten"))
    params["size"][:2] = size
    params["color"][0] = rng.integers(0, 2**24) | 0xFF000000
    dest = gpu.upload(np.zeros((height, width), np.uint32))
    resources = {"params": np.frombuffer(params.tobytes(), np.uint8), "dest": dest, "image": gpu.upload(image)}
    groups = (-(-width // registry.WIDTH), -(-height // registry.ROWS), 1)
    gpu.dispatch(join("output/flatten", registry.kernel_values()), resources, groups)
    want = flatten.execute(params[()], image)
    np.testing.assert_array_equal(gpu.download(dest), want)
    assert np.all(want >> 24 == 255)


EDGES = st.sampled_from([(1, 1), (2, 1), (1, 2), (3, 5), (8, 2), (9, 3), (511, 2)])


@pytest.mark.parametrize("name", PLANE_FORMS)
@settings(max_examples=16, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=SIZES | EDGES,
    matrix=st.sampled_from(sorted(quantise.LUMA_WEIGHTS)),
    full=st.booleans(),
    black=st.booleans(),
)
def test_planes(name: str, seed: int, size: tuple[int, int], matrix: str, full: bool, black: bool) -> None:
    form = PLANE_FORMS[name]
    rng = np.random.default_rng(seed)
    width, height = size
    image = cases.pixels(rng, height, width)
    color = int(rng.integers(0, 2**24)) * (not black) | 0xFF000000
    params = plane_params(form, width, height, color=color, matrix=matrix, full_range=full)
    want = planes.execute(params[()], image, form)
    assert want.dtype == np.uint32 and len(want) == PlaneLayout.of(form, width, height).total
    usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC
    out = gpu.device().create_buffer(size=want.nbytes, usage=usage)
    resources = {"params": np.frombuffer(params.tobytes(), np.uint8), "quads": out, "image": gpu.upload(image)}
    columns, rows = form.lane
    groups = (-(-width // (registry.PLANE_LANES[0] * columns)), -(-height // (registry.PLANE_LANES[1] * rows)), 1)
    gpu.dispatch(join("output/planes", registry.plane_values(form, color)), resources, groups)
    got = np.frombuffer(gpu.device().queue.read_buffer(out), np.uint32)
    np.testing.assert_array_equal(got, want)
