"""Strokes: areas of simple ones, every point of random ones, caps, joins, dots, Skia's own raster."""

from __future__ import annotations

import math

import numpy as np
import pytest
import skia
from hypothesis import given, settings
from hypothesis import strategies as st
from raster_oracles import distance, green_area, sampled, winding

from wavyte_gpu.raster.flatten import flatten
from wavyte_gpu.raster.outline import Outline, concat
from wavyte_gpu.raster.shapes import ellipse, rect
from wavyte_gpu.raster.stroke import Cap, Join, stroke
from wavyte_gpu.raster.svg_path import parse_path

LINE = parse_path("M0 0h100")


@pytest.mark.parametrize(
    ("outline", "options", "area"),
    [
        (LINE, {}, 1000.0),
        (LINE, {"cap": Cap.SQUARE}, 1100.0),
        (LINE, {"cap": Cap.ROUND}, 1000.0 + 25 * math.pi),
        (rect(0, 0, 100, 50), {}, 110 * 60 - 90 * 40),
        (rect(0, 0, 100, 50), {"join": Join.ROUND}, 110 * 60 - 90 * 40 - 100 + 25 * math.pi),
        (rect(0, 0, 100, 50), {"join": Join.BEVEL}, 110 * 60 - 90 * 40 - 50),
        (rect(0, 0, 100, 50), {"miter_limit": 1.0}, 110 * 60 - 90 * 40 - 50),
        (parse_path("M0 0h100v50h-100v-50"), {}, 110 * 60 - 90 * 40 - 25),  # open: no join at the seam
        (ellipse(0, 0, 100, 100), {}, math.pi * (105**2 - 95**2)),
        (parse_path("M0 0z"), {}, 0.0),
        (parse_path("M0 0z"), {"cap": Cap.ROUND}, 25 * math.pi),
        (parse_path("M7 7L7 7"), {"cap": Cap.SQUARE}, 100.0),
        (parse_path("M7 7"), {"cap": Cap.SQUARE}, 0.0),
        (LINE, {"dash": (10,)}, 500.0),
        (LINE, {"dash": (10, 10), "dash_offset": 5.0}, 500.0),
        (LINE, {"dash": (10, 30, 5)}, 10 * (10 + 5 + 30 + 10)),  # 10 on, 30 off, 5 on, 10 off, 30 on, 5 off
        (LINE, {"dash": (0, 20), "cap": Cap.ROUND}, 6 * 25 * math.pi),
        (LINE, {"dash": (0, 20)}, 0.0),
        (rect(0, 0, 100, 100), {"dash": (20, 20), "dash_offset": 10.0}, 2000 - 25),  # two dashes cross at the seam
        (parse_path("M0 0L100 100M0 100L100 0"), {}, 2 * 1000 * 2**0.5 - 100),
    ],
)
def test_areas(outline: Outline, options: dict[str, object], area: float) -> None:
    found = stroke(outline, 10.0, **options)  # type: ignore[arg-type]
    assert abs(green_area(found) - area) < 0.05 + 2e-4 * area
    for level in (0.5, 8.0):
        assert abs(green_area(stroke(outline, 10.0, scale=level, **options)) - area) < 0.2 / level + 2e-4 * area  # type: ignore[arg-type]


def test_nothing_to_draw() -> None:
    assert stroke(LINE, 0.0).is_empty
    assert stroke(Outline.empty(), 5.0, Cap.ROUND).is_empty
    for options in (
        {"width": -1.0},
        {"width": float("nan")},
        {"width": 1.0, "miter_limit": 0.5},
        {"width": 1.0, "scale": -1.0},
    ):
        with pytest.raises(ValueError):
            stroke(LINE, **options)


def test_square_dots_follow_the_path() -> None:
    diagonal = stroke(parse_path("M0 0L30 30"), 10.0, Cap.SQUARE, dash=(0, 100))
    half = 5 * 2**0.5
    assert np.allclose(diagonal.bounds(), (-half, -half, half, half), atol=2e-3)


def test_strokes_are_as_exact_as_the_scale_asks() -> None:
    shape = stroke(ellipse(0, 0, 1000, 1000), 10.0, scale=1.0)
    radii = np.hypot(*np.concatenate(sampled(shape, 30)).T)
    assert np.minimum(np.abs(radii - 995), np.abs(radii - 1005)).max() < 1 / 64
    fine = stroke(ellipse(0, 0, 10, 10), 1.0, scale=64.0)
    radii = np.hypot(*np.concatenate(sampled(fine, 30)).T)
    assert np.minimum(np.abs(radii - 9.5), np.abs(radii - 10.5)).max() < 1 / 64 / 64


def test_far_from_the_origin() -> None:
    near = stroke(ellipse(0, 0, 50, 50), 7.0)
    far = stroke(ellipse(100_000, -50_000, 50, 50), 7.0)
    assert np.abs(far.points - near.points - [100_000, -50_000]).max() < 1e-2
    assert np.isfinite(stroke(parse_path("M-1e9-1e9L1e9 1e9"), 1e8, Cap.ROUND).points).all()


@st.composite
def tangles(draw: st.DrawFn) -> Outline:
    """Paths that cross themselves; on a coarse grid, so that pieces meet exactly."""
    place = (
        st.integers(0, 10).map(lambda v: v * 10) if draw(st.booleans()) else st.integers(0, 400).map(lambda v: v / 4)
    )
    d = f"M{draw(place)} {draw(place)}"
    for letter in draw(st.lists(st.sampled_from("LLQQCCMz"), min_size=1, max_size=8)):
        d += letter + " ".join(str(draw(place)) for _ in range({"L": 2, "Q": 4, "C": 6, "M": 2, "z": 0}[letter]))
    return parse_path(d)


@settings(max_examples=60)
@given(tangles(), st.sampled_from([0.5, 3.0, 10.0, 30.0]), st.randoms(use_true_random=False))
def test_round_strokes_are_all_that_is_near(outline: Outline, width: float, random: object) -> None:
    """A point is inside exactly when it is nearer to the path than half the width."""
    rng = np.random.default_rng(random.randrange(1 << 30))  # type: ignore[attr-defined]
    lines = sampled(outline, 300)
    dots = [np.array([p, p]) for p in outline.points]  # ends of contours without length, which caps draw
    if not lines and outline.is_empty:
        return
    x0, y0, x1, y1 = outline.bounds()
    at = rng.uniform((x0 - width, y0 - width), (x1 + width, y1 + width), (60, 2))
    on_path = np.concatenate([*(s[rng.integers(0, len(s), 4)] for s in lines), outline.points[:1]])
    at = np.concatenate([at, on_path + rng.uniform(-width, width, on_path.shape)])
    far = distance(at, lines + ([] if lines else dots))
    if len(lines) == 0 or (outline.segments.closed.size > len(set(outline.segments.contour.tolist()))):
        return  # dots beside lines: test_areas has them
    inside = winding(flatten(stroke(outline, width, Cap.ROUND, Join.ROUND), 4.0), at) != 0
    clear = np.abs(far - width / 2) > 0.05
    assert np.array_equal(inside[clear], far[clear] < width / 2)


@pytest.mark.parametrize(
    ("cap", "join", "miter"),
    [
        (Cap.BUTT, Join.MITER, 4.0),
        (Cap.SQUARE, Join.MITER, 30.0),
        (Cap.BUTT, Join.BEVEL, 4.0),
        (Cap.ROUND, Join.ROUND, 4.0),
    ],
)
def test_against_skias_raster(cap: Cap, join: Join, miter: float) -> None:
    """The exact coverage of our outline lies near Skia's own antialiased stroke of the same path."""
    d = "M20 20L90 30 30 40Q60 120 100 60C140 20 60 10 130 110zM15 90L50 100 20 105"
    surface = np.zeros((128, 160, 4), np.uint8)
    canvas = skia.Surface(surface).getCanvas()
    paint = skia.Paint(
        Style=skia.Paint.kStroke_Style, StrokeWidth=6.0, AntiAlias=True, Color=0xFFFFFFFF, StrokeMiter=miter
    )
    paint.setStrokeCap((skia.Paint.kButt_Cap, skia.Paint.kRound_Cap, skia.Paint.kSquare_Cap)[cap])
    paint.setStrokeJoin((skia.Paint.kMiter_Join, skia.Paint.kRound_Join, skia.Paint.kBevel_Join)[join])
    canvas.drawPath(_skia_path(skia, parse_path(d)), paint)
    outline = stroke(parse_path(d), 6.0, cap, join, miter)
    grid = (np.arange(4) + 0.5) / 4
    x, y = np.meshgrid((np.arange(160)[:, None] + grid).reshape(-1), (np.arange(128)[:, None] + grid).reshape(-1))
    at = np.stack([x.reshape(-1), y.reshape(-1)], axis=1)
    contours = flatten(outline, 1.0)
    inside = np.concatenate([winding(contours, part) != 0 for part in np.array_split(at, 40)])
    ours = inside.reshape(128, 4, 160, 4).mean(axis=(1, 3)) * 255
    off = np.abs(ours - surface[..., 3])
    assert off.mean() < 0.8 and np.percentile(off, 99.5) < 40 and off.max() < 80  # sixteen samples are steps of 16


def _skia_path(skia: object, outline: Outline) -> object:
    path = skia.Path() if not hasattr(skia, "PathBuilder") else skia.PathBuilder()  # type: ignore[attr-defined]
    values = iter(outline.points.tolist())
    for verb in outline.verbs:
        taken = [v for _ in range((1, 1, 2, 3, 0)[verb]) for v in next(values)]
        (path.moveTo, path.lineTo, path.quadTo, path.cubicTo, path.close)[verb](*taken)
    return path.detach() if hasattr(path, "detach") else path


def test_the_same_every_time() -> None:
    shapes = concat([ellipse(40 * i, 30, 25, 20) for i in range(5)])
    first = stroke(shapes, 9.0, Cap.ROUND, Join.ROUND, dash=(7, 5))
    assert stroke(shapes, 9.0, Cap.ROUND, Join.ROUND, dash=(7, 5)) == first
    assert np.array_equal(first.points * 1024, np.round(first.points * 1024))
