"""composite/over, every draw kind and blend mode: the kernel equals its twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import gpu_kernel as gpu
from tests.twins import cases
from wavyte_gpu.compile.tiles import tile_list
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.composite import over
from wavyte_gpu.ops.registry import BLENDS, EDGE_COUNTS, MAX_LAYERS, PROGRAMS
from wavyte_gpu.ops.source import uses_image

pytestmark = pytest.mark.gpu

LAYERED = [i for i, p in enumerate(PROGRAMS) if p.layered]
SIZES = [(1, 1), (7, 3), (33, 17), (64, 8), (129, 41), (200, 90)]
IMAGE = cases.pixels(np.random.default_rng(9), 150, 1100)


def name_of(program: int) -> str:
    return PROGRAMS[program].name


def check(
    seed: int,
    program: int,
    blend: int,
    edge_variant: int,
    size: tuple[int, int],
    count: int = 1,
    init: bool = False,
    full: bool = False,
    tiled: bool = False,
) -> None:
    """Draw random layers on a random surface with both, and compare."""
    rng = np.random.default_rng(seed)
    width, height = size
    layers = cases.layers(rng, program, edge_variant, count, size, IMAGE)
    # A surface somewhere on the canvas, a region somewhere in it.
    origin = (int(rng.integers(-5, 5)), int(rng.integers(-5, 5)))
    dest = cases.pixels(rng, height, width)
    x0, y0 = int(rng.integers(0, width // 3 + 1)), int(rng.integers(0, height // 3 + 1))
    x1, y1 = int(rng.integers(x0, width)) + 1, int(rng.integers(y0, height)) + 1
    region = (x0 + origin[0], y0 + origin[1], x1 + origin[0], y1 + origin[1])
    header = gpu.draw_header(region, origin, int(cases.pixels(rng, 1, 1)[0, 0]))
    if tiled:  # strips of the region, one a layer
        cuts = np.sort(rng.integers(region[0], region[2] + 1, count + 1))
        cuts[[0, -1]] = region[0], region[2]
        layers["bounds"] = np.stack([cuts[:-1], np.full(count, region[1]), cuts[1:], np.full(count, region[3])], axis=1)
    if full:
        layers["bounds"] = region
    if (full or tiled) and name_of(program) == "image_copy":
        layers["source"]["offset"][:, :2] = (5, 5)
    tiles = tile_list([(None, Rect(*b)) for b in layers["bounds"].tolist()]) if tiled else None
    if tiles is not None:
        rng.shuffle(tiles)
    image = IMAGE if uses_image(f"draw/{name_of(program)}") else None
    got = gpu.run_over(dest, header, layers, program, blend, init, full, image, tiles)
    want = dest.copy()
    if tiled:
        for i in range(count):
            header["region"] = layers["bounds"][i]
            over.execute(want, header[()], layers[i : i + 1], program, blend, False, True, image)
    else:
        over.execute(want, header[()], layers, program, blend, init, full, image)
    np.testing.assert_array_equal(got, want)
    alpha = want >> 24
    assert all(np.all((want >> shift & 255) <= alpha) for shift in (0, 8, 16)), "colour above alpha"


@pytest.mark.parametrize("blend", range(len(BLENDS)), ids=BLENDS)
@pytest.mark.parametrize("program", LAYERED, ids=name_of)
def test_every_draw_kind_with_every_blend(program: int, blend: int) -> None:
    for i, size in enumerate(SIZES):
        for k in range(3):
            check(i * 10 + k + 100 * blend, program, blend, 0, size)


@pytest.mark.parametrize("edge_variant", [1, 2], ids=lambda v: f"{EDGE_COUNTS[v]}edges")
@pytest.mark.parametrize("program", LAYERED, ids=name_of)
def test_every_draw_kind_with_edges(program: int, edge_variant: int) -> None:
    for i, size in enumerate(SIZES):
        for k in range(5):
            check(i * 10 + k, program, 0, edge_variant, size)


@pytest.mark.parametrize("blend", range(1, len(BLENDS)), ids=BLENDS[1:])
def test_every_blend_with_edges(blend: int) -> None:
    for i, size in enumerate(SIZES):
        check(i + 100 * blend, 0, blend, 1, size)


@pytest.mark.parametrize("count", [1, 2, 4, MAX_LAYERS])
@pytest.mark.parametrize(
    "init, full, tiled",
    [(True, False, False), (True, True, False), (False, True, False), (False, False, True), (False, False, False)],
)
@pytest.mark.parametrize("kind", ["image_copy", "solid"])
def test_variants(kind: str, init: bool, full: bool, tiled: bool, count: int) -> None:
    program = [p.name for p in PROGRAMS].index(kind)
    for i, size in enumerate(SIZES):
        check(i + count, program, 0, 0, size, count, init, full, tiled)


@pytest.mark.parametrize("tiled", [False, True], ids=["rectangle", "tiles"])
@pytest.mark.parametrize("count", [1, 4])
def test_several_layers_with_edges(count: int, tiled: bool) -> None:
    program = [p.name for p in PROGRAMS].index("image_bilinear")
    for i, size in enumerate([*SIZES, (300, 200)]):
        check(i, program, 1, 1, size, count, False, False, tiled)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    program=st.sampled_from(LAYERED),
    edge_variant=st.integers(0, 2),
    width=st.integers(1, 140),
    height=st.integers(1, 140),
)
def test_random_layers(seed: int, program: int, edge_variant: int, width: int, height: int) -> None:
    check(seed, program, 0, edge_variant, (width, height))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    blend=st.integers(0, len(BLENDS) - 1),
    width=st.integers(1, 140),
    height=st.integers(1, 140),
)
def test_random_blends(seed: int, blend: int, width: int, height: int) -> None:
    check(seed, 5, blend, 0, (width, height))


def test_large_surface() -> None:
    check(3, 7, 0, 1, (1090, 140))
    check(4, 5, 8, 0, (1090, 140))


@pytest.mark.parametrize("blend", range(len(BLENDS)), ids=BLENDS)
def test_blends_on_a_grid_of_pixels(blend: int) -> None:
    """All alphas against all alphas, with colours from none to full."""
    a = np.arange(256, dtype=np.uint32)
    sa, da = np.meshgrid(a, a)
    half = [sa // 2, sa // 3, sa, (sa * 3) // 4]
    s = sa << 24 | half[0] | half[1] << 8 | (half[2] if blend % 2 else half[3]) << 16
    d = da << 24 | (da // 4) | (da - da // 3) << 8 | (da // 2) << 16
    layer = np.zeros(1, gpu.reflect.layer_dtype(5, 0))
    layer["bounds"] = (0, 0, 256, 256)
    layer["weight"][:, 0] = 255
    header = gpu.draw_header((0, 0, 256, 256), (0, 0))
    got = gpu.run_over(d, header, layer, 5, blend, False, False, s)
    want = d.copy()
    over.execute(want, header[()], layer, 5, blend, False, False, s)
    np.testing.assert_array_equal(got, want)
