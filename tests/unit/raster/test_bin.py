"""Tiles of shapes against sums over all edges for every pixel."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.polygons import polygon_edges, polygon_tiles
from wavyte_gpu.foundation.rect import SHAPE_TILE, Rect
from wavyte_gpu.ops.registry import TILE_ROW
from wavyte_gpu.ops.shared.coverage import coverage_even_odd, coverage_of, edge_area, shape_area
from wavyte_gpu.raster.bin import ShapeTiles, bin_polygons, bin_spans
from wavyte_gpu.raster.spans import Placed, count_entries, crowded, polygon_spans

I32 = npt.NDArray[np.int32]
Polygon = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]

FULL = 1 << 21


def direct(edges: npt.NDArray[np.void], region: Rect) -> I32:
    """Return the area of all edges in each pixel."""
    x = np.arange(region.x0, region.x1, dtype=np.int32)[None]
    y = np.arange(region.y0, region.y1, dtype=np.int32)[:, None]
    area = np.zeros((region.height, region.width), np.int32)
    for e in edges:
        area += edge_area(e, x, y)
    return area


def check(tiles: ShapeTiles, region: Rect, even_odd: bool) -> None:
    """Compare tiles with the sums over their edges: equal where there is edge work, whole where they say so, else nothing."""
    want = direct(tiles.edges, region)
    rule = coverage_even_odd if even_odd else coverage_of
    drawn = np.zeros(want.shape, bool)
    rows, columns = np.arange(SHAPE_TILE, dtype=np.int32)[:, None], np.arange(SHAPE_TILE, dtype=np.int32)[None]
    for k, code in enumerate(tiles.codes.tolist()):
        ty, tx = code >> TILE_ROW, code & ((1 << TILE_ROW) - 1)
        at = np.s_[ty * SHAPE_TILE : (ty + 1) * SHAPE_TILE, tx * SHAPE_TILE : (tx + 1) * SHAPE_TILE]
        area = np.repeat(tiles.backdrop[k][:, None] * 2048, SHAPE_TILE, axis=1)
        for i in tiles.touching[tiles.first[k] : tiles.first[k] + tiles.count[k]]:
            area = area + edge_area(
                tiles.edges[i], region.x0 + tx * SHAPE_TILE + columns, region.y0 + ty * SHAPE_TILE + rows
            )
        part = want[at]
        assert part.size and not drawn[at].any()
        np.testing.assert_array_equal(area[: part.shape[0], : part.shape[1]], part)
        drawn[at] = True
    for code in tiles.inside.tolist():
        ty, tx = code >> TILE_ROW, code & ((1 << TILE_ROW) - 1)
        at = np.s_[ty * SHAPE_TILE : (ty + 1) * SHAPE_TILE, tx * SHAPE_TILE : (tx + 1) * SHAPE_TILE]
        assert want[at].size and not drawn[at].any()
        assert (rule(want[at]) == 255).all()
        drawn[at] = True
    for code, areas in zip(tiles.crowded.tolist(), tiles.areas, strict=True):
        ty, tx = code >> TILE_ROW, code & ((1 << TILE_ROW) - 1)
        at = np.s_[ty * SHAPE_TILE : (ty + 1) * SHAPE_TILE, tx * SHAPE_TILE : (tx + 1) * SHAPE_TILE]
        part = want[at]
        assert part.size and not drawn[at].any()
        np.testing.assert_array_equal(areas.T[: part.shape[0], : part.shape[1]], part)
        drawn[at] = True
    assert tiles.tile_count == len(tiles.codes) + len(tiles.inside) + len(tiles.crowded)
    assert (rule(want[~drawn]) == 0).all()
    assert tiles.touching.size == int(tiles.count.sum())
    assert (np.diff(tiles.inside.astype(np.int64)) > 0).all()


def random_polygon(rng: np.random.Generator) -> Polygon:
    sizes = rng.integers(0, 9, int(rng.integers(1, 5)))
    points = rng.normal(0, 1, (int(sizes.sum()), 2)) * rng.choice([0.3, 5, 50, 200, 3000, 30000, 1e9])
    points += rng.normal(50, 50, 2)
    kind = rng.integers(0, 6)
    if kind == 0:
        points = np.round(points)
    elif kind == 1 and len(points):
        points[:, rng.integers(2)] = points[0, 0]  # all on one line
    elif kind == 2 and len(points):
        points[:] = points[0]
    return points, np.concatenate([[0], np.cumsum(sizes)])


def random_region(rng: np.random.Generator) -> Rect:
    x0, y0 = (int(v) for v in rng.integers(-60, 60, 2))
    return Rect(x0, y0, x0 + int(rng.integers(1, 90)), y0 + int(rng.integers(1, 90)))


def same(a: ShapeTiles, b: ShapeTiles) -> None:
    for name in ("edges", "codes", "first", "count", "touching", "backdrop", "inside", "crowded", "areas"):
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype, name
        np.testing.assert_array_equal(x, y, err_msg=name)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_tiles_hold_the_area_of_every_pixel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    region, even_odd = random_region(rng), bool(rng.integers(2))
    points, offsets = random_polygon(rng)
    check(polygon_tiles(points, offsets, region, even_odd), region, even_odd)


@pytest.mark.parametrize("most", [0, 1, 3])
def test_crowded_tiles_hold_areas(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavyte_gpu.raster.bin.MOST_EDGES", most)
    crowded = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        region, even_odd = random_region(rng), bool(rng.integers(2))
        tiles = polygon_tiles(*random_polygon(rng), region, even_odd)
        assert (tiles.count <= most).all()
        check(tiles, region, even_odd)
        crowded += len(tiles.crowded)
    assert crowded


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_shape_area_is_the_sum_over_edges(seed: int) -> None:
    rng = np.random.default_rng(seed)
    region = random_region(rng)
    edges = polygon_edges(*random_polygon(rng), region)
    got = shape_area(edges, region.x0, region.y0, region.width, region.height)
    np.testing.assert_array_equal(got, direct(edges, region))


def test_many_edges_are_summed_by_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one strip holds is bounded: a million edges take the memory of a few thousand."""
    rng, region = np.random.default_rng(4), Rect(0, 0, 60, 50)
    edges = polygon_edges(rng.uniform(-20, 80, (200, 2)), np.array([0, 200]), region)
    whole = shape_area(edges, 0, 0, 60, 50)
    for strip in (1, 7, len(edges)):
        monkeypatch.setattr("wavyte_gpu.ops.shared.coverage._STRIP", strip)
        np.testing.assert_array_equal(shape_area(edges, 0, 0, 60, 50), whole)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(0, 12))
def test_many_shapes_at_once_equal_each_alone(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = [Placed(*random_polygon(rng), random_region(rng), bool(rng.integers(2))) for _ in range(count)]
    alone = [polygon_tiles(p, o, r, e) for p, o, r, e, _ in shapes]
    made = bin_polygons(shapes)
    assert len(made) == count
    for a, b in zip(made, alone, strict=True):
        same(a, b)


def test_a_grid_that_is_full_begins_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from wavyte_gpu.raster import bin as module

    rng = np.random.default_rng(3)
    shapes = [Placed(*random_polygon(rng), random_region(rng)) for _ in range(9)]
    together = bin_polygons(shapes)
    monkeypatch.setattr(module, "_MOST_TILES", 30)
    for a, b in zip(bin_polygons(shapes), together, strict=True):
        same(a, b)


def square(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), np.array([0, 4])


@pytest.mark.parametrize("reach", [1e3, 15999.0, 16001.0, 1e6, 1e9, 1e15])
def test_a_shape_over_the_whole_region_is_inside(reach: float) -> None:
    region = Rect(0, 0, 200, 100)
    tiles = polygon_tiles(*square(-reach, -reach, reach, reach), region)
    assert len(tiles.codes) == 0 and len(tiles.inside) == -(-200 // SHAPE_TILE) * -(-100 // SHAPE_TILE)


@pytest.mark.parametrize("at", [(-500.0, 0.0), (500.0, 0.0), (0.0, -500.0), (0.0, 500.0), (1e9, 1e9), (-1e9, 0.0)])
def test_a_shape_outside_leaves_nothing(at: tuple[float, float]) -> None:
    region = Rect(0, 0, 200, 100)
    points, offsets = square(0, 0, 90, 90)
    tiles = polygon_tiles(points + at, offsets, region)
    assert len(tiles.codes) == 0 and len(tiles.inside) == 0


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
def test_points_that_are_no_places_have_no_edges(axis: int, bad: float) -> None:
    """Other shapes and other edges stay as they are."""
    region = Rect(0, 0, 50, 40)
    points, offsets = square(5, 5, 30, 30)
    broken = points.astype(np.float64)
    broken[2, axis] = bad
    good = Placed(points, offsets, region)
    with np.errstate(all="ignore"):
        alone, _, together = bin_polygons([good, Placed(broken, offsets, region), good])
    same(alone, together)
    same(alone, polygon_tiles(points, offsets, region))


def test_crowds_are_found_by_rows_of_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavyte_gpu.raster.spans.MOST_EDGES", 9)
    flat, tall = (np.array([[0.0, 0], [9, high], [0, high]]) for high in (2, 90))
    many = np.concatenate([flat + np.array([0, 20 * i]) for i in range(5)])
    offsets = np.arange(6) * 3
    region = Rect(0, 0, 20, 100)
    assert not crowded(polygon_spans([Placed(many, offsets, region)])[0])
    many = np.concatenate([tall + np.array([0, i]) for i in range(5)])
    assert crowded(polygon_spans([Placed(many, offsets, region)])[0])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.01, 1.0, 30.0]), st.booleans())
def test_shapes_are_put_in_place_at_once(seed: int, scale: float, near: bool) -> None:
    """Against each point by itself; and what is reckoned from all edges together is enough for every one."""
    rng = np.random.default_rng(seed)
    at = 900.0 if near else 20000.0
    shapes = []
    for _ in range(6):
        world = np.concatenate([rng.normal(0, scale, (2, 2)), rng.uniform(-at, at, (2, 1))], axis=1)
        shapes.append(Placed(*random_polygon(rng), random_region(rng), bool(rng.integers(2)), world))
    for placed, spans in zip(shapes, polygon_spans(shapes), strict=True):
        assert placed.world is not None and (spans.region, spans.even_odd) == (placed.region, placed.even_odd)
        x, y = placed.points.T
        (a, c, e), (b, d, f) = placed.world.tolist()
        points = np.array([a * x + c * y + e, b * x + d * y + f])
        entries, row = spans.entries, SHAPE_TILE * 256
        if (np.abs(points) < 16000.0).all():
            ends = np.floor(points * 256.0 + 0.5)
            edges = [np.concatenate([ends[:, i:j], np.roll(ends[:, i:j], -1, axis=1)]) for i, j in pairwise(placed.offsets)]
            assert np.array_equal(spans.spans, np.concatenate(edges, axis=1))
        count_entries([spans])
        assert entries >= spans.entries
        low, high = np.sort(spans.spans[1::2], axis=0)
        tops = spans.region.y0 * 256 + np.arange(spans.rows) * row
        touching = [int(((low <= top + row) & (high >= top)).sum()) for top in tops.tolist()]
        if most := max(touching):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("wavyte_gpu.raster.spans.MOST_EDGES", most - 1)
                assert crowded(spans)


def test_no_shapes_and_no_points() -> None:
    assert bin_polygons([]) == [] and bin_spans([]) == []
    region = Rect(3, 4, 5, 6)
    none: Any = np.zeros((0, 2))
    for offsets in ([0], [0, 0, 0]):
        tiles = bin_polygons([Placed(none, np.array(offsets), region)])[0]
        assert len(tiles.codes) == len(tiles.inside) == len(tiles.edges) == 0


def test_many_edges_left_of_the_region() -> None:
    """Their heights meet in one step: tens of thousands of parts of a row must not spill into the whole ones."""
    rng = np.random.default_rng(5)
    n = 40000
    y = np.sort(rng.uniform(0, 1, n))[:: rng.choice([1, -1])]
    points = np.stack([np.where(np.arange(n) % 2, -5.0, -9.0), np.where(np.arange(n) % 2, y, 15.99)], axis=-1)
    region = Rect(0, 0, 20, 20)
    tiles = polygon_tiles(points, np.array([0, n]), region)
    assert len(tiles.codes) == 0 and len(tiles.inside) == 0


def test_region_corners_do_not_change_pixels() -> None:
    rng = np.random.default_rng(6)
    for _ in range(20):
        points, offsets = random_polygon(rng)
        if np.abs(points).max(initial=0.0) > 15000:
            continue
        wide = Rect(-40, -40, 100, 100)
        part = Rect(-7, 11, 61, 83)
        whole = shape_area(polygon_edges(points, offsets, wide), *wide[:2], wide.width, wide.height)
        cut = shape_area(polygon_edges(points, offsets, part), *part[:2], part.width, part.height)
        np.testing.assert_array_equal(whole[51:123, 33:101], cut)
