"""Common parts and unions against point sampling."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from wavyte_gpu.raster.clip import contains_box, intersect, join
from wavyte_gpu.raster.flatten import flatten
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.shapes import ellipse, rect
from wavyte_gpu.raster.svg_path import parse_path


def inside(outline: Outline, even_odd: bool, points: np.ndarray) -> np.ndarray:
    """Return whether points lie inside, by the crossings to their right."""
    contours = flatten(outline, 8.0)
    winding = np.zeros(len(points), int)
    for c in range(len(contours.offsets) - 1):
        p = contours.points[contours.offsets[c] : contours.offsets[c + 1]]
        for (x0, y0), (x1, y1) in zip(p, np.roll(p, -1, axis=0), strict=True):
            if y0 == y1:
                continue
            crosses = (points[:, 1] >= min(y0, y1)) & (points[:, 1] < max(y0, y1))
            x = x0 + (x1 - x0) * (points[:, 1] - y0) / (y1 - y0)
            winding += np.where(crosses & (x > points[:, 0]), 1 if y1 > y0 else -1, 0)
    return winding % 2 == 1 if even_odd else winding != 0


def polygon(r: Random) -> Outline:
    corners = "L".join(f"{r.uniform(0, 100)} {r.uniform(0, 100)}" for _ in range(r.randrange(3, 9)))
    return parse_path(f"M{corners}Z")


@pytest.mark.parametrize("seed", range(12))
def test_random_shapes(seed: int) -> None:
    r = Random(seed)
    a, b = polygon(r), r.choice((polygon(r), ellipse(50, 50, 30, 20)))
    rules = r.random() < 0.5, r.random() < 0.5
    points = np.random.default_rng(seed).uniform(0, 100, (2000, 2))
    in_a, in_b = inside(a, rules[0], points), inside(b, rules[1], points)
    for found, wanted in (
        (intersect(a, rules[0], b, rules[1]), in_a & in_b),
        (join(a, rules[0], b, rules[1]), in_a | in_b),
    ):
        assert found is not None
        assert (inside(found, False, points) != wanted).mean() < 0.005


def test_what_a_rectangle_holds_stays_as_it_is() -> None:
    shape = ellipse(50, 50, 20, 20)
    assert intersect(shape, True, rect(0, 0, 100, 100), False) is shape
    assert intersect(rect(0, 0, 100, 100), False, shape, False) is shape
    assert contains_box(parse_path("M0 0V9H9V0Z"), (1, 1, 8, 8)) and not contains_box(
        parse_path("M0 0L9 9 0 9 9 0Z"), (1, 1, 8, 8)
    )


def test_apart_and_flat_shapes_have_nothing_in_common() -> None:
    for other in (rect(50, 50, 9, 9), parse_path("M0 5H40"), Outline.empty()):
        common = intersect(rect(0, 0, 40, 40), False, other, False)
        assert common is not None and (common.is_empty or common is other)


def test_a_path_too_long_for_skia_is_no_answer() -> None:
    long = parse_path("M" + " ".join(f"{i * 37 % 64} {i * 53 % 64}" for i in range(3000)) + "Z")
    assert intersect(long, False, ellipse(30, 30, 20, 20), False) is None
