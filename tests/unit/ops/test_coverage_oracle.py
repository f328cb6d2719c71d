"""Coverage of quads against the exact area of the polygon in each pixel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from wavyte_gpu.ops import quantise
from wavyte_gpu.ops.shared.coverage import coverage_of, edge_area

SIZE = 10


def coverage(edges: npt.NDArray[np.void], x0: int, y0: int, size: int = SIZE) -> npt.NDArray[np.int64]:
    x = np.arange(x0, x0 + size, dtype=np.int32)[None, :]
    y = np.arange(y0, y0 + size, dtype=np.int32)[:, None]
    area = np.zeros((size, size), np.int32)
    for e in edges:
        area += edge_area(e, x, y)
    return coverage_of(area).astype(np.int64)


def area(points: npt.NDArray[np.float64]) -> float:
    x, y = points[:, 0], points[:, 1]
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2


def exact(points: npt.NDArray[np.float64], x0: int, y0: int, size: int = SIZE) -> npt.NDArray[np.float64]:
    """Return 255 times the area of a convex polygon in each pixel."""
    out = np.zeros((size, size))
    for j in range(size):
        for i in range(size):
            x, y = float(x0 + i), float(y0 + j)
            cut = quantise._clip_polygon(points - (x, y), (0.0, 0.0, 1.0, 1.0))
            out[j, i] = 255 * area(cut) if len(cut) else 0.0
    return out


def convex(rng: np.random.Generator, low: float, high: float) -> npt.NDArray[np.float64]:
    """Return a random convex quad around the middle of the pixels, either way round."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, 4))
    axes = 10.0 ** rng.uniform(low, high, 2)
    turn = rng.uniform(0, np.pi)
    p = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * axes
    p = p @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    p += rng.uniform(0, SIZE, 2)
    return p[::-1] if rng.random() < 0.5 else p


@pytest.mark.parametrize(
    "low, high",
    [(-0.5, 0.8), (-2.0, 1.5), (1.0, 4.1)],
    ids=["pixels", "slivers", "large"],
)
def test_random_convex_quads(low: float, high: float) -> None:
    rng = np.random.default_rng(11)
    worst = 0.0
    for _ in range(120):
        points = convex(rng, low, high)
        points = np.floor(points * 256 + 0.5) / 256
        edges = quantise.edge_records(points[None])[0]
        worst = max(worst, np.abs(coverage(edges, 0, 0) - exact(points, 0, 0)).max())
    assert worst <= 1.0


def test_far_from_the_origin() -> None:
    rng = np.random.default_rng(12)
    for _ in range(30):
        at = rng.integers(-200, 15900, 2)
        points = np.floor((convex(rng, 0.0, 1.0) + at) * 256 + 0.5) / 256
        edges = quantise.edge_records(points[None])[0]
        x, y = int(at[0]), int(at[1])
        assert np.abs(coverage(edges, x, y) - exact(points, x, y)).max() <= 1.0


def test_whole_pixels_are_exact() -> None:
    points = np.array([[2.0, 3], [7, 3], [7, 8], [2, 8]])
    got = coverage(quantise.edge_records(points[None])[0], 0, 0)
    want = np.zeros((SIZE, SIZE), np.int64)
    want[3:8, 2:7] = 255
    np.testing.assert_array_equal(got, want)


def test_abutting_quads_are_full_together() -> None:
    rng = np.random.default_rng(13)
    for _ in range(200):
        # Two quads that share an edge across the square.
        (a, b), (c, d) = rng.uniform(-3, SIZE + 3, 2), rng.uniform(-3, SIZE + 3, 2)
        p, q = np.array([(a + b) / 2, -4.0]), np.array([(c + d) / 2, SIZE + 4.0])
        left = np.array([[-20.0, -4], p, q, [-20, SIZE + 4]])
        right = np.array([p, [30.0, -4], [30, SIZE + 4], q])
        edges = quantise.edge_records(np.stack([left, right]))
        total = coverage(edges[0], 0, 0) + coverage(edges[1], 0, 0)
        assert np.abs(total - 255).max() <= 1


def test_clipped_quads_keep_their_coverage() -> None:
    rng = np.random.default_rng(14)
    for _ in range(60):
        points = convex(rng, 0.5, 1.0) + 0.0
        points[rng.integers(0, 4)] *= 10.0 ** rng.uniform(3.5, 6.0)
        edges = quantise.edge_records(points[None], 8, (0.0, 0.0, 100.0, 100.0))[0]
        hull = convex_hull(points)
        if len(hull) < 4:
            continue
        assert np.abs(coverage(edges, 0, 0) - exact(points, 0, 0)).max() <= 2.0


def convex_hull(points: npt.NDArray[np.float64]) -> list[int]:
    """Return the corners on the convex hull."""
    turns = [np.cross(np.append(points[i] - points[i - 1], 0), np.append(points[(i + 1) % 4] - points[i], 0))[2]
             for i in range(4)]  # fmt: skip
    return [i for i in range(4) if all(t >= 0 for t in turns) or all(t <= 0 for t in turns)]


def test_the_way_round_does_not_matter() -> None:
    rng = np.random.default_rng(15)
    for _ in range(50):
        points = convex(rng, 0.0, 2.0)
        a = coverage(quantise.edge_records(points[None])[0], 0, 0)
        b = coverage(quantise.edge_records(points[None, ::-1])[0], 0, 0)
        np.testing.assert_array_equal(a, b)


def test_edge_records_of_many_equal_those_of_one() -> None:
    rng = np.random.default_rng(16)
    quads = np.stack([convex(rng, 0.0, 3.0) for _ in range(20)])
    together = quantise.edge_records(quads, 8)
    for i in range(20):
        np.testing.assert_array_equal(together[i : i + 1], quantise.edge_records(quads[i : i + 1], 8))


def test_pixel_bounds_hold_all_coverage() -> None:
    rng = np.random.default_rng(17)
    for _ in range(100):
        points = convex(rng, -1.0, 0.5)
        c = coverage(quantise.edge_records(points[None])[0], -10, -10, 40)
        x0, y0, x1, y1 = quantise.pixel_bounds(points[None])[0] + 10
        c[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = 0
        assert not c.any()
