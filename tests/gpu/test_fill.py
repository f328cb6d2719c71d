"""Shapes: composite/fill on the adapter equals its twin, which knows no tiles."""

from __future__ import annotations

from typing import Any

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
    SlotDesc,
    SurfaceDesc,
    SurfaceId,
)
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.reflect import layer_dtype
from wavyte_gpu.ops.registry import BLENDS, EDGE_COUNTS, PROGRAMS
from wavyte_gpu.raster.bin import ShapeTiles, bin_edges, polygon_edges
from wavyte_gpu.render.backend import OutputRequest
from wavyte_gpu.render.reference import ReferenceBackend


class NoAssets:
    pages: tuple[Any, ...] = ()
    page_sizes: tuple[Any, ...] = ()
    uploads: tuple[Any, ...] = ()


def shape_plan(width: int, height: int, shapes: list[tuple[ShapeTiles, Rect, int, int, int, bool]]) -> RenderPlan:
    """Return a plan: an opaque grey canvas, then (tiles, region, colour, weight, blend, even-odd) each."""
    records = np.zeros(1 + len(shapes), layer_dtype(0, 0))
    records["bounds"] = (0, 0, width, height)
    canvas = Rect(0, 0, width, height)
    common = (NO_PAGE, (), SurfaceId(0))
    ops = [Op(OpId(0), OpKind.DRAW, 0, 0, 0, 0, 1, True, 0xFF303030, True, canvas, None, *common, ())]
    for i, (tiles, region, colour, weight, blend, even_odd) in enumerate(shapes):
        records["source"]["color"][1 + i, 0] = colour
        records["weight"][1 + i, 0] = weight
        head = (OpId(i + 1), OpKind.DRAW, 0, blend, 0, 1 + i, 1, False, 0, True, region, None)
        ops.append(Op(*head, *common, (OpId(i),), None, (), tiles, even_odd))
    tables: list[Any] = [None] * (len(PROGRAMS) * len(EDGE_COUNTS))
    tables[0] = records
    surface = SurfaceDesc(canvas, PixelFormat.RGBA8_PREMUL, OpId(0), OpId(len(ops)), 0)
    return RenderPlan(width, height, (surface,), (SlotDesc(width, height),), tuple(ops), tuple(tables), (SurfaceId(0),))


def random_shape(rng: np.random.Generator, width: int, height: int) -> tuple[ShapeTiles, Rect, int, int, int, bool]:
    x0, y0 = int(rng.integers(0, width)), int(rng.integers(0, height))
    region = Rect(x0, y0, int(rng.integers(x0 + 1, width + 1)), int(rng.integers(y0 + 1, height + 1)))
    sizes = rng.integers(0, 9, int(rng.integers(1, 4)))
    points = rng.normal(0, 1, (int(sizes.sum()), 2)) * rng.choice([0.3, 5, 50, 200, 30000, 1e9]) + rng.normal(50, 50, 2)
    if rng.random() < 0.3:
        points = np.round(points)
    even_odd = bool(rng.integers(2))
    edges = polygon_edges(points, np.concatenate([[0], np.cumsum(sizes)]), region)
    alpha = int(rng.choice([0, 7, 128, 255]))
    colour = alpha << 24 | alpha // 2 << 16 | alpha
    blend = int(rng.choice([0, int(rng.integers(len(BLENDS)))]))
    return bin_edges(edges, region, even_odd=even_odd), region, colour, int(rng.choice([255, 77])), blend, even_odd


@pytest.mark.gpu
@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_random_shapes_are_equal(device: Any, seed: int) -> None:
    from wavyte_gpu.render.gpu.backend import GpuBackend

    rng = np.random.default_rng(seed)
    width, height = int(rng.choice([1, 3, 16, 17, 100, 211])), int(rng.choice([1, 2, 31, 64, 130]))
    plan = shape_plan(width, height, [random_shape(rng, width, height) for _ in range(3)])
    with GpuBackend(NoAssets(), device=device) as gpu:
        drawn = gpu.submit(plan, OutputRequest()).result().rgba
    defined = ReferenceBackend(NoAssets()).submit(plan, OutputRequest()).result().rgba
    assert drawn is not None and defined is not None
    assert np.array_equal(drawn, defined)
