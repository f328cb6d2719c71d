"""shapes/edges and shapes/tiles equal their twins, but for the order in lists, and edges are lines rounded exactly."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
import wgpu
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import gpu_kernel as gpu
from wavyte_gpu.foundation.rect import SHAPE_TILE, Rect
from wavyte_gpu.ops.quantise import edges_between
from wavyte_gpu.ops.registry import BIN_WORDS, SHEET, bin_values
from wavyte_gpu.ops.shapes import edges, tiles
from wavyte_gpu.ops.shapes.layout import header
from wavyte_gpu.ops.source import join
from wavyte_gpu.raster.spans import ShapeSpans, count_entries
from wavyte_gpu.render.gpu.bins import ShapeBins

I32 = npt.NDArray[np.int32]
U32 = npt.NDArray[np.uint32]
FAR = 16000 * 256


def ends(rng: np.random.Generator, count: int) -> I32:
    """Return (4, count) ends in 24.8, from a sixteenth of a px to the whole range apart, upright and flat ones among them."""
    reach = 2.0 ** rng.integers(0, 22, (2, count))
    first = rng.integers(-FAR, FAR, (2, count))
    second = np.clip(first + np.round(rng.normal(0, 1, (2, count)) * reach), -FAR, FAR)
    axis, which = rng.integers(2, size=count // 16), rng.integers(count, size=count // 16)
    second[axis, which] = first[axis, which]
    out = np.concatenate([first, second]).astype(np.int32)
    out[:, :8] = np.array([[-1, -1, 1, 1], [1, -1, -1, 1], [0, 0, 0, 1], [0, 0, 1, 1]]).T.repeat(2, axis=1) * FAR
    return out


def line(rise: int, run: int, start: int, at: int) -> tuple[int, int, int]:
    """Return the words of the line through `start` at `at` from its definition."""
    slope = ((rise << 33) + run) // (2 * run)
    origin = (start << 24) - ((slope * at + 128) >> 8)
    words = origin >> 16, slope >> 16, (slope & 0xFFFF) << 16 | origin & 0xFFFF
    x, y, z = ((w + (1 << 31)) % (1 << 32) - (1 << 31) for w in words)
    return x, y, z


@pytest.mark.parametrize("seed", range(4))
def test_lines_are_rounded_exactly(seed: int) -> None:
    spans = ends(np.random.default_rng(seed), 500)
    for (x0, y0, x1, y1), edge in zip(spans.T.tolist(), edges_between(*spans), strict=True):
        if y0 == y1:
            assert not edge["span"].any() and not edge["line"].any()
            continue
        (tx, ty), (bx, by) = ((x0, y0), (x1, y1)) if y0 <= y1 else ((x1, y1), (x0, y0))
        assert tuple(edge["span"]) == (tx * 4, ty * 4, bx * 4, by * 4)
        assert tuple(edge["line"]) == (*line(bx - tx, by - ty, tx, ty), 1 if y0 <= y1 else -1)
        if tx != bx:
            sign = 1 if bx > tx else -1
            assert tuple(edge["column"]) == (*line(sign * (by - ty), abs(bx - tx), ty, tx), 0)


class Sorted(NamedTuple):
    """What the two kernels leave."""

    bins: I32
    made: U32
    nodes: U32


def room(words: I32, cells: int, entries: int) -> tuple[int, int, int]:
    """Return how many words of bins, texels and entries of lists there may be."""
    head = header(words)
    return 1 + BIN_WORDS * cells, head.backdrops_at + SHAPE_TILE // 4 * cells, 1 + head.edges + entries


def by_gpu(words: I32, rows: int, cells: int, entries: int) -> Sorted:
    device: Any = gpu.device()
    usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC
    sizes = zip(("bins", "made", "nodes"), room(words, cells, entries), (4, 16, 8), strict=True)
    buffers = {name: device.create_buffer(size=size * width, usage=usage) for name, size, width in sizes}
    for stage, lanes in (("edges", header(words).edges), ("tiles", rows)):
        values = bin_values(stage)
        groups = (max(-(-lanes // int(values["LANES"])), 1), 1, 1)
        gpu.dispatch(join(f"shapes/{stage}", values), {**buffers, "input": words}, groups)
    bins, made, nodes = (np.frombuffer(device.queue.read_buffer(buffer), np.uint32) for buffer in buffers.values())
    return Sorted(bins.view(np.int32), made.reshape(-1, 4), nodes.reshape(-1, 2))


def by_twin(words: I32, cells: int, entries: int) -> Sorted:
    bins, made, nodes = room(words, cells, entries)
    result = Sorted(np.zeros(bins, np.int32), np.zeros((made, 4), np.uint32), np.zeros((nodes, 2), np.uint32))
    edges.execute(words, *result)
    tiles.execute(words, result.bins, result.made)
    return result


def lists(found: Sorted, cells: int) -> list[list[int]]:
    """Return the edges of every tile's list, in order."""
    out = []
    for cell in range(cells):
        node, mine = int(found.bins[1 + cell * BIN_WORDS]), []
        while node:
            edge, node = found.nodes[node].tolist()
            mine.append(edge)
        out.append(sorted(mine))
    return out


def equal(shapes: list[list[ShapeSpans]], begin: int = 0) -> None:
    flat = [s for op in shapes for s in op]
    count_entries(flat)
    bins = ShapeBins(gpu.device())
    firsts, end = bins.prepare(shapes, begin)
    cells, rows = sum(s.tile_count for s in flat), sum(s.rows for s in flat)
    entries = sum(s.entries for s in flat)
    a, b = by_gpu(bins.input, rows, cells, entries), by_twin(bins.input, cells, entries)
    head = header(bins.input)
    assert begin <= head.sheet_at < begin + SHEET and head.sheet_at % SHEET == 0
    assert firsts[0] == head.sheet_at + head.tiles_at and end == head.sheet_at + len(a.made)
    assert a.bins[0] == b.bins[0] <= entries
    assert lists(a, cells) == lists(b, cells)
    places = 1 + np.arange(cells)[:, None] * BIN_WORDS + np.arange(1, BIN_WORDS)
    np.testing.assert_array_equal(a.bins[places], b.bins[places])
    mine, twins = a.made.copy(), b.made.copy()
    np.testing.assert_array_equal(mine[head.tiles_at : head.backdrops_at, 1], a.bins[1::BIN_WORDS])
    for made in mine, twins:
        made[head.tiles_at : head.backdrops_at, 1] = 0  # lists begin with any of their entries
    np.testing.assert_array_equal(mine, twins)


@pytest.mark.gpu
@pytest.mark.parametrize("seed", range(6))
def test_edges_of_all_lengths_are_equal(seed: int) -> None:
    spans = ends(np.random.default_rng(seed), 300)
    equal([[ShapeSpans(spans, Rect(15990, -16000, 16001, 16001), False)]])  # edges left of it count


@pytest.mark.gpu
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_random_shapes_are_equal(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def shape() -> ShapeSpans:
        count = int(rng.integers(0, 60))
        first = rng.normal(60, 50, (2, count))
        spans = np.concatenate([first, first + rng.normal(0, 1, (2, count)) * rng.choice([1, 8, 60, 3000], count)]) * 256
        x, y = rng.integers(-20, 60, 2).tolist()
        region = Rect(x, y, x + int(rng.integers(1, 120)), y + int(rng.integers(1, 120)))
        return ShapeSpans(np.clip(spans, -FAR, FAR).astype(np.int32), region, bool(rng.integers(2)))

    equal([[shape() for _ in range(rng.integers(1, 4))] for _ in range(rng.integers(1, 4))], int(rng.integers(1, 3000)))
