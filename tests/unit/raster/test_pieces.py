"""Strokes too long to be united at once: pieces follow the path, and where they meet coverage is that of the true area."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.polygons import polygon_edges
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.shared.coverage import coverage_of, shape_area
from wavyte_gpu.raster import stroke as strokes
from wavyte_gpu.raster.arclength import arc_table
from wavyte_gpu.raster.flatten import flatten
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.pieces import cut_contours
from wavyte_gpu.raster.stroke import Cap, Join, stroke
from wavyte_gpu.raster.svg_path import parse_path

WIDTH, HEIGHT, FINER = 120, 60, 16


def polyline(points: np.ndarray, end: str = "") -> str:
    return "M" + "L".join(f"{x:.3f} {y:.3f}" for x, y in points.tolist()) + end


def chart(count: int) -> str:
    y = np.clip(np.cumsum(np.random.default_rng(2).uniform(-3, 3, count)) + 30, 5, 55)
    return polyline(np.stack([np.linspace(6, 114, count), y], axis=-1))


def ring(count: int, depth: float) -> str:
    turn = np.arange(count) * (2 * np.pi / count)
    r = 26 - depth * (np.arange(count) % 2)
    return polyline(np.stack([60 + np.cos(turn) * r, 30 + np.sin(turn) * r], axis=-1), "Z")


def waves(count: int) -> str:
    dy = np.random.default_rng(3).uniform(-3, 3, (count, 2))
    return "M10 30" + "".join(f"q.25 {a:.3f} .5 {b:.3f}" for a, b in dy.tolist())


PATHS = {"chart": chart(700), "ring": ring(900, 0.15), "waves": waves(200)}


def covered(outline: Outline, finer: int = 1) -> np.ndarray:
    """Return the coverage of WIDTH x HEIGHT pixels, means of `finer` pixels a side."""
    contours = flatten(outline.transform([[finer, 0, 0], [0, finer, 0]]), 1.0)
    region = Rect(0, 0, WIDTH * finer, HEIGHT * finer)
    area = shape_area(polygon_edges(contours.points, contours.offsets, region), 0, 0, region.width, region.height)
    return coverage_of(area).astype(float).reshape(HEIGHT, finer, WIDTH, finer).mean(axis=(1, 3))


@pytest.mark.parametrize(("cap", "join"), [(Cap.BUTT, Join.MITER), (Cap.ROUND, Join.ROUND), (Cap.SQUARE, Join.BEVEL)])
@pytest.mark.parametrize("name", PATHS)
def test_long_strokes_have_their_area(name: str, cap: Cap, join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn sixteen times as large, overlaps err a sixteenth of what they do."""
    outline = parse_path(PATHS[name])
    made = stroke(outline, 2.0, cap, join, scale=8.0)
    monkeypatch.setattr(strokes, "_MOST_IN_PIECES", 0)
    plain = stroke(outline, 2.0, cap, join, scale=8.0)
    truth = covered(plain, FINER)
    edges = np.count_nonzero((truth > 0) & (truth < 255))
    wrong, before = (np.count_nonzero(np.abs(covered(o) - truth) > 12) / edges for o in (made, plain))
    assert wrong < 0.1 and before > 4 * wrong
    assert np.abs(covered(made, FINER) - truth).max() < 25  # nothing is lost or added


def test_pieces_follow_the_path() -> None:
    rng = np.random.default_rng(7)
    curves = "M0 0" + "".join(f"c{' '.join(f'{v:.2f}' for v in row)}" for row in rng.uniform(-9, 9, (90, 6)).tolist())
    for data in (*PATHS.values(), curves + "z", curves + "l0 0l0 0" + PATHS["ring"]):
        outline = parse_path(data)
        pieces = cut_contours(outline, 20)
        assert max(len(piece.outline.segments.kind) for piece in pieces) <= 21
        assert sum(arc_table(piece.outline).length for piece in pieces) == pytest.approx(
            arc_table(outline).length, rel=1e-6
        )
        starts = [piece.outline.points[0] for piece in pieces]
        stops = [piece.outline.points[-1] for piece in pieces]
        joined = [np.array_equal(a, b) for a, b in zip(stops, starts[1:], strict=False)]
        assert joined.count(False) == np.count_nonzero(np.diff(outline.segments.contour))
        ends = [end for piece in pieces for end in piece.ends]
        assert len(ends) == 2 * np.count_nonzero(~outline.segments.closed)
    (first, last) = [piece for piece in cut_contours(parse_path(PATHS["chart"]), 20) if piece.ends]
    assert first.ends[0][1][0] < 0 < last.ends[0][1][0]


def test_short_contours_stay_whole() -> None:
    outline = parse_path("M0 0L5 5Z M3 3q1 2 3 4 m5 5l0 0 M9 9h5")
    pieces = cut_contours(outline, 20)
    assert [piece.cut for piece in pieces] == [False] * 3
    assert [piece.outline for piece in pieces] == [
        parse_path("M0 0L5 5Z"),
        parse_path("M3 3q1 2 3 4"),
        parse_path("M9 9h5"),
    ]
