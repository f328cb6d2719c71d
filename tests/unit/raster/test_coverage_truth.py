"""Coverage of shapes against other truth: exact areas of polygons, areas under true curves, FreeType's grey renderer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import freetype
import numpy as np
import numpy.typing as npt
import pytest

from tests.support.polygons import polygon_edges
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.shared.coverage import coverage_even_odd, coverage_of, shape_area
from wavyte_gpu.raster.flatten import flatten
from wavyte_gpu.raster.outline import Outline, Verb
from wavyte_gpu.raster.overlaps import without_overlaps
from wavyte_gpu.text.fonts import DEFAULT_FONT

F64 = npt.NDArray[np.float64]
SIZE = 12
REGION = Rect(0, 0, SIZE, SIZE)


def areas(points: F64, offsets: npt.ArrayLike, region: Rect = REGION) -> npt.NDArray[np.int32]:
    edges = polygon_edges(points, np.asarray(offsets, np.int64), region)
    return shape_area(edges, region.x0, region.y0, region.width, region.height)


def integral(contours: list[F64], region: Rect = REGION) -> F64:
    """Return the integral of the winding number over each pixel: contours cut to rows, then to pixels, and measured."""
    out = np.zeros((region.height, region.width))
    for contour in contours:
        for j in range(region.height):
            row = cut(cut(contour, 1, region.y0 + j, 1.0), 1, region.y0 + j + 1, -1.0)
            if len(row) < 3:
                continue
            low, high = int(np.floor(row[:, 0].min())), int(np.ceil(row[:, 0].max()))
            for x in range(max(low, region.x0), min(high, region.x1)):
                p = cut(cut(row, 0, x, 1.0), 0, x + 1, -1.0)
                q = np.roll(p, -1, axis=0)
                out[j, x - region.x0] += 0.5 * float(np.sum(p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]))
    return out


def cut(p: F64, axis: int, at: float, side: float) -> F64:
    """Return a contour's part on one side of a line (Sutherland and Hodgman); its signed area stays that of the windings there."""
    if not len(p):
        return p
    q = np.roll(p, -1, axis=0)
    d, e = (p[:, axis] - at) * side, (q[:, axis] - at) * side
    crosses = (d > 0.0) != (e > 0.0)
    t = np.where(crosses, d / np.where(crosses, d - e, 1.0), 0.0)
    meets = p + t[:, None] * (q - p)
    meets[:, axis] = at
    out = np.stack([p, meets], axis=1)
    return out[np.stack([d > 0.0, crosses], axis=1)]


def polygons() -> Iterator[list[F64]]:
    """Yield polygons in 1/256 px, self-intersecting and nested ones too, some far larger than the pixels that are looked at."""
    rng = np.random.default_rng(21)
    for _ in range(150):
        contours = []
        for _ in range(rng.integers(1, 4)):
            reach = 10.0 ** rng.uniform(-0.5, 2.5)
            points = rng.uniform(-reach, reach, (rng.integers(3, 9), 2)) + rng.uniform(0, SIZE, 2)
            contours.append(np.floor(points * 256 + 0.5) / 256)
        yield contours


def joined(contours: list[F64]) -> tuple[F64, list[int]]:
    return np.concatenate(contours), np.cumsum([0, *map(len, contours)]).tolist()


def test_polygons_have_the_area_that_their_windings_say() -> None:
    worst = 0.0
    for contours in polygons():
        area = areas(*joined(contours))
        wanted = integral(contours)
        got = coverage_of(area).astype(float)
        worst = max(worst, float(np.abs(got - 255 * np.minimum(np.abs(wanted), 1.0)).max()))
        folded = np.abs(wanted) % 2.0
        even_odd = coverage_even_odd(area).astype(float)
        worst = max(worst, float(np.abs(even_odd - 255 * np.minimum(folded, 2.0 - folded)).max()))
    assert worst <= 1.0


def test_a_divided_square_has_neither_gaps_nor_overlaps() -> None:
    rng = np.random.default_rng(22)
    for _ in range(60):
        # Triangles around points inside, over a square far larger than the pixels: in all, each pixel is covered once.
        rim = [(-60.0, -50.0), (70.0, -55.0), (75.0, 66.0), (-52.0, 71.0)]
        middle = rng.uniform(-2, SIZE + 2, 2)
        total = np.zeros((SIZE, SIZE), np.int64)
        covered = np.zeros((SIZE, SIZE), np.int64)
        touched = np.zeros((SIZE, SIZE), np.int64)
        for a, b in zip(rim, [*rim[1:], rim[0]], strict=True):
            inner = rng.uniform(0, 1, 3)
            inner /= inner.sum()
            split = inner @ np.array([a, b, middle])
            for corners in ((a, b, split), (b, middle, split), (middle, a, split)):
                area = areas(np.array(corners), [0, 3])
                total += area
                covered += coverage_of(area)
                touched += area != 0
        assert (np.abs(total) == 1 << 21).all()
        assert (np.abs(covered - 255) <= np.where(touched <= 2, 1, touched // 2)).all()


CURVED, STRAIGHT = "aegSR&@%8\u0416\u03b2\u00c5", "EFHILTklz147/[]#+="
SIZES = (7.0, 12.0, 24.0, 61.5)


def loaded(chars: str, size_px: float, finer: int = 1) -> Iterator[tuple[str, freetype.Face]]:
    """Yield glyphs of the shipped font without hints, `finer` times as large."""
    face = freetype.Face(str(DEFAULT_FONT))
    face.set_char_size(int(size_px * 64 * finer))
    for char in chars:
        face.load_char(char, freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_NO_BITMAP)
        yield char, face


def as_outline(face: freetype.Face, shift: tuple[int, int] = (0, 0), finer: int = 1) -> Outline:
    """Return FreeType's scaled outline moved by 1/64 px, with y down, brought back to its size."""
    points: list[tuple[float, float]] = []
    verbs: list[int] = []
    unit = 64.0 * finer

    def add(verb: Verb, *at: freetype.FT_Vector) -> None:
        verbs.append(verb)
        points.extend((v.x / unit + shift[0] / 64.0, -v.y / unit - shift[1] / 64.0) for v in at)

    face.glyph.outline.decompose(
        None,
        move_to=lambda a, _: add(Verb.MOVE, a),
        line_to=lambda a, _: add(Verb.LINE, a),
        conic_to=lambda a, b, _: add(Verb.QUAD, a, b),
        cubic_to=lambda a, b, c, _: add(Verb.CUBIC, a, b, c),
    )
    return Outline(np.array(points), np.array(verbs, np.uint8))


def alone(outline: Outline) -> Outline:
    """Return an outline without overlaps, as texts get it: in units far below a pixel."""
    (made,) = without_overlaps([Outline(outline.points * 64.0, outline.verbs)])
    return Outline(made.points / 64.0, made.verbs)


def rendered(face: freetype.Face, shift: tuple[int, int], finer: int = 1) -> tuple[F64, Rect]:
    """Return what FreeType's grey renderer draws, 0..255, means of `finer` pixels a side, and where."""
    at = freetype.FT_Vector(shift[0] * finer, shift[1] * finer)
    glyph = face.glyph.get_glyph()  # owns the bitmap
    drawn = glyph.to_bitmap(freetype.FT_RENDER_MODE_NORMAL, at)
    image, x, y = drawn.bitmap, drawn.left, -drawn.top
    pixels = np.array(image.buffer, np.uint8).reshape(image.rows, image.pitch)[:, : image.width].astype(float)
    before, after = (y % finer, x % finer), (-(y + image.rows) % finer, -(x + image.width) % finer)
    pixels = np.pad(pixels, list(zip(before, after, strict=True)))
    rows, columns = pixels.shape[0] // finer, pixels.shape[1] // finer
    corner = ((x - before[1]) // finer, (y - before[0]) // finer)
    means = pixels.reshape(rows, finer, columns, finer).mean(axis=(1, 3))
    return means, Rect(*corner, corner[0] + columns, corner[1] + rows)


def drawn(outline: Outline, region: Rect) -> F64:
    contours = flatten(outline, 1.0)
    around = Rect(region.x0 - 2, region.y0 - 2, region.x1 + 2, region.y1 + 2)
    coverage = coverage_of(areas(contours.points, contours.offsets, around)).astype(float)
    inner = coverage[2:-2, 2:-2]
    assert coverage.sum() == inner.sum()
    return inner


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shift", [(0, 0), (16, 40), (53, 7)])
def test_straight_glyphs_are_those_of_freetype(size: float, shift: tuple[int, int]) -> None:
    """Both see one outline in one place; FreeType cuts coverage off where it rounds here."""
    for char, face in loaded(STRAIGHT, size):
        outline = as_outline(face, shift)
        assert outline.verbs.max() <= Verb.LINE
        want, region = rendered(face, shift)
        assert np.abs(drawn(outline, region) - want).max() <= 2.0, char


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shift", [(0, 0), (53, 7)])
def test_curved_glyphs_are_those_of_freetype(size: float, shift: tuple[int, int]) -> None:
    """FreeType's chords leave a curve by up to 1/16 px. Sixteen times as large that is nothing."""
    for char, face in loaded(CURVED, size, finer=16):
        want, region = rendered(face, shift, finer=16)
        outline = alone(as_outline(face, shift, finer=16))
        assert np.abs(drawn(outline, region) - want).max() <= 3.0, char


def test_glyphs_have_the_area_under_their_curves() -> None:
    for size in SIZES[:3]:
        for char, face in loaded(CURVED, size):
            outline = as_outline(face)
            x0, y0, x1, y1 = outline.bounds()
            region = Rect(int(np.floor(x0)), int(np.floor(y0)), int(np.ceil(x1)), int(np.ceil(y1)))
            fine = flatten(outline, 4096.0)
            want = integral([fine.points[a:b] for a, b in pairwise(fine.offsets.tolist())], region)
            assert np.abs(drawn(outline, region) - 255 * np.minimum(np.abs(want), 1.0)).max() <= 3.0, (char, size)
