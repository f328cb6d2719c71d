"""output/flatten and output/nv12: the kernels equal their twins."""

from __future__ import annotations

import numpy as np
import pytest
import wgpu
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import gpu_kernel as gpu
from tests.twins import cases
from wavyte_gpu.ops import quantise, reflect, registry
from wavyte_gpu.ops.output import flatten, nv12
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


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=SIZES,
    matrix=st.sampled_from(sorted(quantise.LUMA_WEIGHTS)),
    full=st.booleans(),
)
def test_nv12(seed: int, size: tuple[int, int], matrix: str, full: bool) -> None:
    rng = np.random.default_rng(seed)
    width, height = size
    image = cases.pixels(rng, height, width)
    color = int(rng.integers(0, 2**24)) | 0xFF000000
    params = quantise.nv12_params(width, height, color=color, matrix=matrix, full_range=full)
    want = nv12.execute(params[()], image)
    usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC
    out = gpu.device().create_buffer(size=want.size, usage=usage)
    resources = {"params": np.frombuffer(params.tobytes(), np.uint8), "bytes": out, "image": gpu.upload(image)}
    groups = (-(-int(params["size"][2]) // registry.WIDTH), want.shape[0] // 3, 1)
    gpu.dispatch(join("output/nv12", registry.kernel_values()), resources, groups)
    got = np.frombuffer(gpu.device().queue.read_buffer(out), np.uint8).reshape(want.shape)
    np.testing.assert_array_equal(got, want)
