"""shapes/edges makes the words of `edges_between`, and those are the lines rounded exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import wgpu

from tests.support import gpu_kernel as gpu
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.quantise import edges_between
from wavyte_gpu.ops.registry import BIN_WORDS, SHEET, bin_values
from wavyte_gpu.ops.source import join
from wavyte_gpu.raster.spans import ShapeSpans
from wavyte_gpu.render.gpu.bins import ShapeBins

I32 = npt.NDArray[np.int32]
FAR = 16000 * 256


def ends(seed: int, count: int) -> I32:
    """Return (4, count) ends in 24.8, from a sixteenth of a px to the whole range apart, upright and flat ones among them."""
    rng = np.random.default_rng(seed)
    reach = 2.0 ** rng.integers(0, 22, (2, count))
    first = rng.integers(-FAR, FAR, (2, count))
    second = np.clip(first + np.round(rng.normal(0, 1, (2, count)) * reach), -FAR, FAR)
    second[rng.integers(2, size=count // 16), rng.integers(count, size=count // 16)] = 0
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
    spans = ends(seed, 500)
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


@pytest.mark.gpu
@pytest.mark.parametrize("seed", range(8))
def test_edges_are_equal(seed: int) -> None:
    spans = ends(seed, 3000)
    shape = ShapeSpans(spans, Rect(16000, -16000, 16001, 16001), False)  # edges left of it count
    bins = ShapeBins(gpu.device())
    _, texels = bins.prepare([[shape]], 0)
    device: Any = gpu.device()
    usage = wgpu.TextureUsage.STORAGE_BINDING | wgpu.TextureUsage.COPY_SRC
    rows = -(-texels // SHEET)
    sheet = device.create_texture(size=(SHEET, rows, 1), format="rgba32uint", usage=usage)
    resources = {"bins": np.zeros(1 + BIN_WORDS * shape.tile_count, np.int32), "input": bins.input, "sheet": sheet}
    gpu.dispatch(join("shapes/edges", bin_values()), resources, (-(-3000 // 64), 1, 1))
    data = device.queue.read_texture(
        {"texture": sheet}, {"bytes_per_row": 16 * SHEET, "rows_per_image": rows}, (SHEET, rows, 1)
    )
    made = np.frombuffer(data, np.int32)[: 12 * 3000].reshape(-1, 12)
    wanted = edges_between(*spans).view(np.int32).reshape(-1, 12)
    live = spans[1] != spans[3]
    np.testing.assert_array_equal(made[live], wanted[live])
