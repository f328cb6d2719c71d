"""Each file shows one feature of SVG; resvg draws the same picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from svg_support import FILES, notes, ours, prepared, theirs

from wavyte_gpu.assets.shape import PreparedShape
from wavyte_gpu.raster.gradient import GradientFill

LIMITS = {"texts": (2.0, 0.03), "masks": (0.5, 0.002)}
"""Mean difference and the share of channels that differ by more than 64; the default is (0.5, 0.002)."""

# What keeps the file from being outlines alone.
RASTER = {"filters": "a filter", "patterns": "a pattern", "markers": "markers"}


def files() -> list[Path]:
    return sorted(FILES.glob("*.svg"))


@pytest.mark.parametrize("file", files(), ids=lambda f: f.stem)
def test_as_resvg(file: Path) -> None:
    shape = prepared(file.read_bytes())
    width = 128
    height = round(width * shape.size[1] / shape.size[0])
    if abs(height * shape.size[0] - width * shape.size[1]) > 1e-9:  # resvg keeps the shape of the picture
        width, height = round(shape.size[0]), round(shape.size[1])
    a, b = ours(file, width, height), theirs(file, width, height)
    assert a.shape == b.shape and a[..., 3].any()
    mean, share = LIMITS.get(file.stem, (0.5, 0.002))
    apart = np.abs(a - b)
    assert apart.mean() <= mean
    assert (apart > 64).mean() <= share


@pytest.mark.parametrize("scale", [1, 2])
def test_what_resvg_draws_keeps_its_pixels(scale: int, tmp_path: Path) -> None:
    """Its texels meet the canvas's pixels, wherever it begins: nothing is blurred."""
    file = tmp_path / "dots.svg"
    dot = '<pattern id="p" width="7" height="7" patternUnits="userSpaceOnUse"><circle cx="3" cy="3" r="2.3"/></pattern>'
    size = 'xmlns="http://www.w3.org/2000/svg" width="90" height="60"'
    file.write_text(f'<svg {size}>{dot}<rect x="13" y="9" width="57" height="41" fill="url(#p)"/></svg>')
    apart = np.abs(ours(file, 90 * scale, 60 * scale) - theirs(file, 90 * scale, 60 * scale))
    assert apart.max() <= 1.0


@pytest.mark.parametrize("file", files(), ids=lambda f: f.stem)
def test_notes_name_what_is_drawn_as_pixels(file: Path) -> None:
    shape = prepared(file.read_bytes())
    reason = RASTER.get(file.stem)
    assert ("drawn as pixels" in notes(shape)) == (reason is not None)
    assert reason is None or f"with {reason}" in notes(shape)


def colours(shape: PreparedShape) -> list[int]:
    return [part.paint for part in shape.parts if isinstance(part.paint, int)]


RED, GREEN = 0xFF0000FF, 0xFF008000


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="10" height="20"', (10.0, 20.0)),
        ('viewBox="0 0 30 40"', (30.0, 40.0)),
        ('viewBox="0 0 30 40" width="60"', (60.0, 80.0)),
        ('viewBox="0 0 30 40" height="20"', (15.0, 20.0)),
        ('width="1in" height="3pc"', (96.0, 48.0)),
        ('width="50%" height="100%" viewBox="0 0 8 6"', (4.0, 6.0)),
        ("", (300.0, 150.0)),
    ],
)
def test_intrinsic_size(attributes: str, size: tuple[float, float]) -> None:
    shape = prepared(f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}><rect width="1" height="1"/></svg>')
    assert shape.size == pytest.approx(size)


def test_a_shape_keeps_its_place_and_colour() -> None:
    shape = prepared('<g transform="translate(10 20) scale(2)"><rect x="1" y="2" width="3" height="4" fill="red"/></g>')
    assert colours(shape) == [RED] and shape.bounds(0) == (12.0, 24.0, 18.0, 32.0)


@pytest.mark.parametrize(
    ("svg", "colour"),
    [
        ("<style>rect{fill:red}</style><rect fill='blue' width='9' height='9'/>", RED),
        ("<style>.a{fill:blue} #b{fill:red}</style><rect id='b' class='a' width='9' height='9'/>", RED),
        ("<style>rect{fill:red!important}</style><rect style='fill:blue' width='9' height='9'/>", RED),
        ("<g fill='red'><rect width='9' height='9'/></g>", RED),
        ("<g color='red'><rect fill='currentColor' width='9' height='9'/></g>", RED),
        ("<g fill='red'><rect fill='inherit' width='9' height='9'/></g>", RED),
        ("<rect fill='url(#no) green' width='9' height='9'/>", GREEN),
        ("<rect fill='#f00 icc-color(x, 1)' width='9' height='9'/>", RED),
        ("<rect fill='red' fill-opacity='50%' width='9' height='9'/>", 0x80000080),
        ("<g opacity='.5'><rect fill='red' width='9' height='9'/></g>", 0x80000080),
    ],
)
def test_the_cascade(svg: str, colour: int) -> None:
    assert colours(prepared(svg)) == [colour]


def test_a_group_of_several_is_composited_once() -> None:
    shape = prepared('<g opacity=".5"><rect width="9" height="9"/><rect x="4" width="9" height="9"/></g>')
    assert [(g.first, g.content, g.end, g.opacity) for g in shape.groups] == [(0, 0, 2, 0.5)]


def test_a_mask_lies_before_what_it_weighs() -> None:
    shape = prepared(
        '<mask id="m"><rect width="9" height="9" fill="#fff"/></mask><g mask="url(#m)"><rect width="20" height="20"/></g>'
    )
    (group,) = shape.groups
    assert (group.first, group.content, group.end, group.luma) == (0, 1, 2, True)


def test_what_a_mask_without_content_weighs_is_nothing() -> None:
    assert not prepared('<mask id="m"/><rect width="9" height="9" mask="url(#m)"/>').parts


def test_clips_are_cut_into_outlines() -> None:
    shape = prepared(
        '<clipPath id="c"><rect x="5" width="50" height="50"/></clipPath><circle r="20" clip-path="url(#c)"/>'
    )
    x0, y0, x1, y1 = shape.bounds(0)
    assert not shape.groups and (x0, y0) == (5.0, 0.0) and x1 == pytest.approx(20.0, abs=0.01) and y1 < 20.0


def test_gradients_mix_colours_that_are_not_premultiplied() -> None:
    shape = prepared(
        '<linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue" stop-opacity="0"/></linearGradient>'
        '<rect width="64" height="9" fill="url(#g)"/>'
    )
    paint = shape.parts[0].paint
    assert isinstance(paint, GradientFill)
    at, colour = paint.stops[len(paint.stops) // 2]
    assert at == 0.5 and colour == pytest.approx((0.25, 0.0, 0.25, 0.5))


def test_blend_modes_stay_inside_the_picture() -> None:
    shape = prepared('<rect width="9" height="9" style="mix-blend-mode:multiply"/>')
    assert shape.groups[-1].first == 0 and shape.groups[-1].end == len(shape.parts) and shape.groups[-1].blend == 0
