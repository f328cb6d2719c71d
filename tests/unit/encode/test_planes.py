"""Planes against BT.709 in float."""

from __future__ import annotations

import numpy as np
import pytest

from wavyte_gpu.encode import Frame
from wavyte_gpu.encode.planes import planes_of
from wavyte_gpu.ops.planes import Planes
from wavyte_gpu.ops.registry import PLANE_FORMS

BLACK = (0, 0, 0)
SIZES = [(16, 12), (17, 13), (1, 1), (2, 1), (1, 5), (300, 700)]


def noise(width: int, height: int, *, opaque: bool, seed: int = 1) -> Frame:
    rng = np.random.default_rng(seed)
    alpha = np.full((height, width), 255) if opaque else rng.choice([0, 1, 90, 254, 255], (height, width))
    colour = rng.integers(0, 256, (height, width, 3)) * alpha[..., None] // 255
    return Frame(0, np.concatenate([colour, alpha[..., None]], -1).astype(np.uint8))


def yuv_of(rgb: np.ndarray, bits: int) -> list[np.ndarray]:
    """Return Y, U and V in float, BT.709, limited range."""
    r, g, b = np.moveaxis(rgb / 255, -1, 0)
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    unit = 1 << (bits - 8)
    chroma = ((b - y) / 1.8556, (r - y) / 1.5748)
    return [(16 + 219 * y) * unit, *((128 + 224 * c) * unit for c in chroma)]


def gathered(pixels: np.ndarray, half_x: bool, half_y: bool) -> np.ndarray:
    """Return weighted sums of the pixels of each chroma sample: [1, 2, 1] in x at even columns, [1, 1] in y."""
    if half_y:
        rows = np.concatenate([pixels, pixels[-1:]]) if len(pixels) % 2 else pixels
        pixels = rows[0::2] + rows[1::2]
    if half_x:
        wide = np.concatenate([pixels[:, :1], pixels, pixels[:, -1:], pixels[:, -1:]], axis=1)
        columns = range(0, pixels.shape[1], 2)
        pixels = np.stack([wide[:, k] + 2 * wide[:, k + 1] + wide[:, k + 2] for k in columns], axis=1)
    return pixels


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("opaque", [True, False])
@pytest.mark.parametrize("name", [name for name, form in PLANE_FORMS.items() if not form.order])
def test_planes_are_bt709(name: str, opaque: bool, size: tuple[int, int]) -> None:
    form = PLANE_FORMS[name]
    frame = noise(*size, opaque=opaque)
    planes = planes_of(frame, name, BLACK)
    if form.pairs:
        planes = (planes[0], planes[1][:, 0::2], planes[1][:, 1::2])
    premultiplied = frame.rgba.astype(float)
    shown = frame.straight() if form.alpha else frame.rgba  # on black, premultiplied colours are the flat ones
    luma = yuv_of(shown[..., :3].astype(float), form.bits)[0]
    assert np.abs(planes[0] - luma).max() <= 0.51
    sums = gathered(premultiplied, form.half_x, form.half_y)
    total = 4**form.half_x * 2**form.half_y
    weight = sums[..., 3:] / 255 if form.alpha else np.full_like(sums[..., 3:], total)
    colour = np.minimum(np.divide(sums[..., :3], weight, out=np.zeros_like(sums[..., :3]), where=weight > 0), 255)
    for got, want in zip(planes[1:3], yuv_of(colour, form.bits)[1:], strict=True):
        assert got.shape == want.shape
        rounded = 0.51
        if form.alpha and not opaque:  # straight sums are rounded too, and straight colours of 4:4:4 are bytes
            rounded += 0.06 if form.half_x else 0.5 * (1 << (form.bits - 8))
        assert np.abs(got - want).max() <= rounded
    if form.alpha:
        top = (1 << form.bits) - 1
        assert np.array_equal(planes[3], (frame.rgba[..., 3].astype(int) * top + 127) // 255)


@pytest.mark.parametrize("size", SIZES[:2])
def test_alpha_elsewhere_changes_nothing(size: tuple[int, int]) -> None:
    pixels = noise(*size, opaque=True).rgba.copy()
    luma, pairs = planes_of(Frame(0, pixels), "nv12", BLACK)
    pixels[-1, -1] = 0
    planes = planes_of(Frame(0, pixels), "yuva420p", BLACK)
    assert np.array_equal(planes[0][:-1], luma[:-1])
    assert np.array_equal(planes[1][:-1], pairs[:-1, 0::2]) and np.array_equal(planes[2][:-1], pairs[:-1, 1::2])


def test_the_kernels_planes_are_taken_as_they_are() -> None:
    made = (np.arange(48, dtype=np.uint8).reshape(6, 8), np.arange(24, dtype=np.uint8).reshape(3, 8))
    frame = Frame(0, np.full((6, 8, 4), 255, np.uint8), Planes(PLANE_FORMS["nv12"], made))
    assert all(np.array_equal(a, b) for a, b in zip(planes_of(frame, "nv12", BLACK), made, strict=True))
    assert (planes_of(frame, "yuv420p", BLACK)[0] == 235).all()  # another form is made of the pixels


def test_rgb_forms() -> None:
    frame = noise(5, 4, opaque=False)
    straight = frame.straight()
    assert np.array_equal(planes_of(frame, "rgba", BLACK)[0], straight.reshape(4, -1))
    assert np.array_equal(planes_of(frame, "bgra", BLACK)[0], straight[..., (2, 1, 0, 3)].reshape(4, -1))
    on_white = planes_of(frame, "bgr0", (255, 255, 255))[0].reshape(4, 5, 4)
    want = frame.rgba[..., :3].astype(int) + 255 - frame.rgba[..., 3:].astype(int)
    assert np.array_equal(on_white[..., 2::-1], want)
