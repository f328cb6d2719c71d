"""Shapes: composite/fill on the adapter equals its twin, which knows no tiles, whoever sorts the edges into them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavyte_gpu.compile.plan import (
    NO_PAGE,
    Op,
    OpId,
    OpKind,
    PixelFormat,
    RenderPlan,
    Shape,
    SlotDesc,
    SurfaceDesc,
    SurfaceId,
)
from wavyte_gpu.foundation.rect import SHAPE_TILE, Rect
from wavyte_gpu.ops.reflect import layer_dtype
from wavyte_gpu.ops.registry import BLENDS, EDGE_COUNTS, PROGRAMS
from wavyte_gpu.raster.bin import bin_spans
from wavyte_gpu.raster.spans import MOST_EDGES, Placed, count_entries, crowded, polygon_spans
from wavyte_gpu.render.backend import OutputRequest
from wavyte_gpu.render.reference import ReferenceBackend


class NoAssets:
    pages: tuple[Any, ...] = ()
    page_sizes: tuple[Any, ...] = ()
    uploads: tuple[Any, ...] = ()


class Layer(NamedTuple):
    """A shape in a colour, inside a region."""

    shape: Shape
    region: Rect
    colour: int
    weight: int


def shape_plan(width: int, height: int, ops: list[tuple[list[Layer], int, bool]]) -> RenderPlan:
    """Return a plan: an opaque grey canvas, then ops of (layers, blend, even-odd) each."""
    layers = [layer for op, _, _ in ops for layer in op]
    canvas = Rect(0, 0, width, height)
    records = np.zeros(1 + len(layers), layer_dtype(0, 0))
    records["bounds"] = [canvas, *(layer.region for layer in layers)]
    records["source"]["color"][1:, 0] = [layer.colour for layer in layers]
    records["weight"][1:, 0] = [layer.weight for layer in layers]
    common = (NO_PAGE, (), SurfaceId(0))
    made = [Op(OpId(0), OpKind.DRAW, 0, 0, 0, 0, 1, True, 0xFF303030, True, canvas, None, *common, ())]
    first = 1
    for i, (mine, blend, even_odd) in enumerate(ops):
        head = (OpId(i + 1), OpKind.DRAW, 0, blend, 0, first, len(mine), False, 0, True, canvas, None)
        shapes = tuple(layer.shape for layer in mine)
        made.append(Op(*head, *common, (OpId(i),), shapes=shapes, even_odd=even_odd))
        first += len(mine)
    tables: list[Any] = [None] * (len(PROGRAMS) * len(EDGE_COUNTS))
    tables[0] = records
    surface = SurfaceDesc(canvas, PixelFormat.RGBA8_PREMUL, OpId(0), OpId(len(made) - 1), 0)
    return RenderPlan(
        width, height, (surface,), (SlotDesc(width, height),), tuple(made), tuple(tables), (SurfaceId(0),)
    )


def random_shape(rng: np.random.Generator, region: Rect, even_odd: bool, unsorted: bool) -> Layer:
    sizes = rng.integers(0, 9, int(rng.integers(1, 4)))
    points = rng.normal(0, 1, (int(sizes.sum()), 2)) * rng.choice([0.3, 5, 50, 200, 30000, 1e9]) + rng.normal(50, 50, 2)
    if rng.random() < 0.3:
        points = np.round(points)
    spans = polygon_spans([Placed(points, np.concatenate([[0], np.cumsum(sizes)]), region, even_odd)])
    alpha = int(rng.choice([0, 7, 128, 255]))
    colour = alpha << 24 | alpha // 2 << 16 | alpha
    count_entries(spans)
    shape = spans[0] if unsorted else bin_spans(spans)[0]
    return Layer(shape, region, colour, int(rng.choice([255, 77])))


def random_op(rng: np.random.Generator, width: int, height: int) -> tuple[list[Layer], int, bool]:
    """Return shapes side by side, a blend mode and a rule."""
    x0, y0 = int(rng.integers(0, width)), int(rng.integers(0, height))
    x1, y1 = int(rng.integers(x0 + 1, width + 1)), int(rng.integers(y0 + 1, height + 1))
    inner = rng.permutation(np.arange(x0 + 1, x1))[: int(rng.integers(4))]
    even_odd, unsorted = rng.integers(2, size=2).astype(bool).tolist()
    regions = [Rect(a, y0, b, y1) for a, b in pairwise([x0, *np.sort(inner).tolist(), x1])]
    blend = int(rng.choice([0, int(rng.integers(len(BLENDS)))]))
    return [random_shape(rng, region, even_odd, unsorted) for region in regions], blend, even_odd


@pytest.mark.gpu
@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_random_shapes_are_equal(device: Any, seed: int) -> None:
    check(device, seed)


@pytest.mark.gpu
def test_crowded_tiles_are_equal(device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavyte_gpu.raster.bin.MOST_EDGES", 1)
    for seed in range(12):
        check(device, seed)


@pytest.mark.gpu
@pytest.mark.parametrize("count", [MOST_EDGES - 1, 3 * MOST_EDGES])
def test_very_many_edges_in_one_tile(device: Any, count: int) -> None:
    """A loop of more than 65,535 rounds ends early on some drivers."""
    rng, region = np.random.default_rng(count), Rect(0, 0, SHAPE_TILE, SHAPE_TILE)
    spans = polygon_spans([Placed(rng.uniform(1, SHAPE_TILE - 1, (count, 2)), np.array([0, count]), region, True)])
    assert crowded(spans[0]) == (count > MOST_EDGES)
    tiles = bin_spans(spans)[0]
    assert (len(tiles.crowded), len(tiles.codes)) == ((1, 0) if count > MOST_EDGES else (0, 1))
    equal(device, shape_plan(SHAPE_TILE, SHAPE_TILE, [([Layer(tiles, region, 0xFFFFFFFF, 255)], 0, True)]))


@pytest.mark.gpu
@pytest.mark.parametrize("width", [16, 1000, 4000])
def test_long_edges_sorted_by_the_gpu(device: Any, width: int) -> None:
    """Edges over many tiles, steep and flat, whose slopes need all of their bits."""
    rng, region = np.random.default_rng(width), Rect(3, 5, width, 300)
    points = rng.uniform(-15000, 15000, (60, 2)) * rng.choice([1.0, 0.02], (60, 1)) + (0, 150)
    points[::3, 1] = points[1::3, 1] + rng.uniform(-0.02, 0.02, 20)
    spans = polygon_spans([Placed(points, np.array([0, 60]), region)])
    count_entries(spans)
    equal(device, shape_plan(width, 300, [([Layer(spans[0], region, 0xFFFFFFFF, 255)], 0, False)]))


@pytest.mark.gpu
@pytest.mark.parametrize("unsorted", [False, True])
@pytest.mark.parametrize("even_odd", [False, True])
@pytest.mark.parametrize("kind", ["tangle", "grid", "flat", "upright", "far"])
def test_thousands_of_edges(device: Any, kind: str, even_odd: bool, unsorted: bool) -> None:
    """Long lists of edges of each sort; `flat` ones run so far in a row that their 16.16 positions wrap."""
    rng = np.random.default_rng(len(kind))
    region = Rect(3, 5, 90, 77)
    points = rng.uniform(-20, 120, (3000, 2))
    across = np.where(np.arange(3000) % 2, 1, -1) * rng.uniform(15000, 15999, 3000)
    along = 40 + rng.integers(-512, 512, 3000) / 256
    if kind == "grid":
        points = np.round(points / SHAPE_TILE) * SHAPE_TILE  # many of no height, no width or no length, along the sides of tiles
    elif kind == "flat":
        points = np.stack([across, along], axis=-1)
    elif kind == "upright":
        points = np.stack([along, across], axis=-1)
    elif kind == "far":
        points[::2] *= 10.0 ** rng.uniform(0, 4, (1500, 1))
    spans = polygon_spans([Placed(points, np.array([0, 1000, 1000, 3000]), region, even_odd)])
    count_entries(spans)
    tiles = bin_spans(spans)[0]
    assert tiles.count.max() > 100
    shape = spans[0] if unsorted else tiles
    equal(device, shape_plan(100, 80, [([Layer(shape, region, 0xFF80C0FF, 255)], 0, even_odd)]))


def check(device: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    width, height = int(rng.choice([1, 3, 16, 17, 100, 211])), int(rng.choice([1, 2, 31, 64, 130]))
    equal(device, shape_plan(width, height, [random_op(rng, width, height) for _ in range(3)]))


def equal(device: Any, plan: RenderPlan) -> None:
    from wavyte_gpu.render.gpu.backend import GpuBackend

    with GpuBackend(NoAssets(), device=device) as gpu:
        drawn = gpu.submit(plan, OutputRequest()).result().rgba
    defined = ReferenceBackend(NoAssets()).submit(plan, OutputRequest()).result().rgba
    assert drawn is not None and defined is not None
    assert np.array_equal(drawn, defined)
