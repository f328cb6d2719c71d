"""draw/video: the kernel equals its twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import gpu_kernel as gpu
from wavyte_gpu.ops import quantise, registry
from wavyte_gpu.ops.draw import video
from wavyte_gpu.ops.source import join
from wavyte_gpu.ops.video_words import plane_words, video_values

pytestmark = pytest.mark.gpu


def check(
    seed: int,
    width: int,
    height: int,
    matrix: str,
    full: bool,
    bits: int,
    subsampling: str,
    siting: str,
    level: int,
    alpha: bool = False,
    part: tuple[float, float, float, float] = (0, 0, 1, 1),
) -> None:
    rng = np.random.default_rng(seed)
    last_x, last_y = (-(-side >> level) - 1 for side in (width, height))
    x0, x1 = sorted(int(v * last_x) for v in part[::2])
    y0, y1 = sorted(int(v * last_y) for v in part[1::2])
    window = (x0 & ~7, y0, x1 + 1, y1 + 1)
    params = quantise.video_params(
        width,
        height,
        matrix=matrix,
        full_range=full,
        bits=bits,
        subsampling=subsampling,
        siting=siting,
        level=level,
        alpha=alpha,
        window=window,
    )
    nx, ny = quantise.SUBSAMPLING[subsampling]
    chroma = (-(-height // ny), -(-width // nx))
    kind = np.uint8 if bits == 8 else np.uint16
    y, u, v = (rng.integers(0, 1 << bits, shape).astype(kind) for shape in ((height, width), chroma, chroma))
    a = rng.integers(0, 1 << bits, (height, width)).astype(kind)
    a[rng.random(a.shape) < 0.4] = (1 << bits) - 1
    want = video.execute(params[()], (y, u, v, a) if alpha else (y, u, v))
    assert want.shape == (window[3] - window[1], window[2] - window[0])
    channels = want[..., None] >> np.arange(0, 32, 8) & 255
    assert (channels[..., :3] <= channels[..., 3:]).all()
    dest = gpu.upload(np.zeros(want.shape, np.uint32))
    resources = {
        "params": np.frombuffer(params.tobytes(), np.uint8),
        "dest": dest,
        "plane_y": gpu.upload(plane_words(y)),
        "plane_u": gpu.upload(plane_words(u)),
        "plane_v": gpu.upload(plane_words(v)),
        "plane_a": gpu.upload(plane_words(a)),
    }
    values = video_values(params[()])
    groups = (-(-want.shape[1] // registry.WIDTH), -(-want.shape[0] // int(values["ROWS"])), 1)
    gpu.dispatch(join("draw/video", values), resources, groups)
    np.testing.assert_array_equal(gpu.download(dest), want)


@pytest.mark.parametrize("siting", sorted(quantise.SITINGS))
@pytest.mark.parametrize("subsampling", sorted(quantise.SUBSAMPLING))
@pytest.mark.parametrize("bits", [8, 10])
def test_formats(bits: int, subsampling: str, siting: str) -> None:
    for width, height in ((1, 1), (2, 2), (37, 19), (130, 33)):
        for matrix in quantise.LUMA_WEIGHTS:
            check(width, width, height, matrix, matrix == "bt601", bits, subsampling, siting, 0)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.integers(1, 150),
    height=st.integers(1, 150),
    matrix=st.sampled_from(sorted(quantise.LUMA_WEIGHTS)),
    full=st.booleans(),
    bits=st.sampled_from([8, 10, 12]),
    subsampling=st.sampled_from(sorted(quantise.SUBSAMPLING)),
    siting=st.sampled_from(sorted(quantise.SITINGS)),
    level=st.integers(0, registry.VIDEO_LEVELS - 1),
    alpha=st.booleans(),
    part=st.tuples(*(st.floats(0, 1),) * 4),
)
def test_random_frames(
    seed: int,
    width: int,
    height: int,
    matrix: str,
    full: bool,
    bits: int,
    subsampling: str,
    siting: str,
    level: int,
    alpha: bool,
    part: tuple[float, float, float, float],
) -> None:
    check(seed, width, height, matrix, full, bits, subsampling, siting, level, alpha, part)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_planes_of_green_blue_and_red(bits: int, alpha: bool) -> None:
    for level in (0, 1, 3):
        check(level, 61, 23, "rgb", True, bits, "444", "topleft", level, alpha)
    params = quantise.video_params(256, 1, matrix="rgb", full_range=True, subsampling="444", alpha=True)
    row = np.arange(256, dtype=np.uint8)[None]
    opaque = video.execute(params[()], (row, row[:, ::-1], row, np.full_like(row, 255)))
    assert (opaque == row.astype(np.uint32) * 0x101 | row[:, ::-1].astype(np.uint32) << 16 | 0xFF000000).all()


@pytest.mark.parametrize("level", range(6, registry.VIDEO_LEVELS))
def test_large_blocks(level: int) -> None:
    """A loop of more than 65,535 rounds ends early on some drivers."""
    check(level, 530, 270, "bt709", False, 8, "420", "left", level)
