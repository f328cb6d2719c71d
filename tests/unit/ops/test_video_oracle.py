"""Video conversion against float64 and FFmpeg, and the round trip through NV12."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from wavyte_gpu.ops import quantise
from wavyte_gpu.ops.draw import video
from wavyte_gpu.ops.output import planes as planes_op
from wavyte_gpu.ops.planes import make_planes, plane_params, split_planes
from wavyte_gpu.ops.registry import PLANE_FORMS, PlaneForm

Array = npt.NDArray[Any]
MATRICES = sorted(quantise.LUMA_WEIGHTS)
FFMPEG_MATRIX = {"bt601": Colorspace.ITU601, "bt709": Colorspace.ITU709}
PIXEL_FORMATS = {
    ("444", 8): "yuv444p",
    ("444", 10): "yuv444p10le",
    ("422", 8): "yuv422p",
    ("420", 8): "yuv420p",
    ("420", 10): "yuv420p10le",
}


def rgb(p: Array) -> Array:
    return np.stack([p & 255, p >> 8 & 255, p >> 16 & 255], axis=-1).astype(np.float64)


def planes_of(colour: Array, matrix: str, full: bool, bits: int, subsampling: str) -> tuple[Array, Array, Array]:
    """Return planes that hold (3, h, w) colours of 0..1, chroma taken at the first pixel of each block."""
    kr, kb = quantise.LUMA_WEIGHTS[matrix]
    y = kr * colour[0] + (1 - kr - kb) * colour[1] + kb * colour[2]
    u, v = (colour[2] - y) / (2 - 2 * kb), (colour[0] - y) / (2 - 2 * kr)
    top, unit = (1 << bits) - 1, 1 << (bits - 8)
    nx, ny = quantise.SUBSAMPLING[subsampling]
    if full:
        values = [y * top, u * top + (1 << (bits - 1)), v * top + (1 << (bits - 1))]
    else:
        values = [(y * 219 + 16) * unit, (u * 224 + 128) * unit, (v * 224 + 128) * unit]
    kind = np.uint8 if bits == 8 else np.uint16
    luma, cb, cr = (np.clip(np.rint(c), 0, top).astype(kind) for c in values)
    return luma, cb[::ny, ::nx], cr[::ny, ::nx]


def scene(width: int = 64, height: int = 48) -> Array:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([0.5 + 0.3 * np.sin(x / 5 + k) + 0.15 * np.cos(y / 6 + 2 * k) for k in range(3)])


def upsample(c: Array, width: int, height: int, siting: str, subsampling: str) -> Array:
    """Return chroma at every pixel, in float64."""
    nx, ny = quantise.SUBSAMPLING[subsampling]
    between = quantise.SITINGS[siting]
    px = (np.arange(width) + 0.5 - (0.5 if nx == 1 or not between[0] else nx / 2)) / nx
    py = (np.arange(height) + 0.5 - (0.5 if ny == 1 or not between[1] else ny / 2)) / ny

    def along(values: Array, at: Array) -> Array:
        return np.stack([np.interp(at, np.arange(len(row)), row) for row in values])

    return along(along(c.astype(np.float64), px).T, py).T


@pytest.mark.parametrize("subsampling", sorted(quantise.SUBSAMPLING))
@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", MATRICES)
def test_against_float64(matrix: str, full: bool, bits: int, subsampling: str) -> None:
    rng = np.random.default_rng(6)
    width, height = 37, 23
    nx, ny = quantise.SUBSAMPLING[subsampling]
    chroma = (-(-height // ny), -(-width // nx))
    kind = np.uint8 if bits == 8 else np.uint16
    y, u, v = (rng.integers(0, 1 << bits, s).astype(kind) for s in ((height, width), chroma, chroma))
    kr, kb = quantise.LUMA_WEIGHTS[matrix]
    kg = 1 - kr - kb
    for siting in quantise.SITINGS:
        params = quantise.video_params(
            width, height, matrix=matrix, full_range=full, bits=bits, subsampling=subsampling, siting=siting
        )
        got = rgb(video.execute(params[()], (y, u, v)))
        top, unit = (1 << bits) - 1, 1 << (bits - 8)
        luma = y / top if full else (y - 16.0 * unit) / (219 * unit)
        cb, cr = (
            (upsample(c, width, height, siting, subsampling) - (1 << (bits - 1))) / (top if full else 224 * unit)
            for c in (u, v)
        )
        r, b = luma + 2 * (1 - kr) * cr, luma + 2 * (1 - kb) * cb
        g = (luma - kr * r - kb * b) / kg
        want = np.clip(np.stack([r, g, b], axis=-1) * 255, 0, 255)
        assert np.abs(got - want).max() <= 0.53  # Q16 of a 12-bit sample


@pytest.mark.parametrize("subsampling, bits", sorted(PIXEL_FORMATS))
@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", sorted(FFMPEG_MATRIX))
def test_against_ffmpeg(matrix: str, full: bool, subsampling: str, bits: int) -> None:
    """FFmpeg's scaler sites untagged chroma in the centre, and its float output has 1.0 at 256 * 255."""
    colour = scene() if subsampling != "444" else np.random.default_rng(7).uniform(0.02, 0.98, (3, 48, 64))
    planes = planes_of(colour, matrix, full, bits, subsampling)
    frame = av.VideoFrame(64, 48, PIXEL_FORMATS[subsampling, bits])
    for target, plane in zip(frame.planes, planes, strict=True):
        padded = np.zeros((target.height, target.line_size // plane.dtype.itemsize), plane.dtype)
        padded[:, : plane.shape[1]] = plane
        target.update(padded.tobytes())
    frame.color_range = ColorRange.JPEG if full else ColorRange.MPEG
    quality = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    converted = frame.reformat(
        format="gbrpf32le",
        src_colorspace=FFMPEG_MATRIX[matrix],
        src_color_range=frame.color_range,
        dst_color_range=ColorRange.JPEG,
        interpolation=quality | Interpolation.FULL_CHR_H_INP | Interpolation.BITEXACT,
    )
    scale = 65535 / 256
    if full and bits == 10:  # FFmpeg only shifts: full range ends at 1023 / 1024, not at 255 / 256
        scale *= (255 / 256) / (1023 / 1024)
    want = converted.to_ndarray().astype(np.float64) * scale
    params = quantise.video_params(
        64, 48, matrix=matrix, full_range=full, bits=bits, subsampling=subsampling, siting="center"
    )
    got = rgb(video.execute(params[()], planes))
    assert np.abs(got - want)[2:-2, 2:-2].max() <= 0.6


@pytest.mark.parametrize("level", [1, 2, 3, 6])
def test_mip_level_is_the_exact_mean(level: int) -> None:
    rng = np.random.default_rng(8)
    width, height = 45, 30
    planes = tuple(rng.integers(0, 256, s).astype(np.uint8) for s in ((30, 45), (15, 23), (15, 23)))
    base = rgb(video.execute(quantise.video_params(width, height, matrix="bt709", full_range=False)[()], planes))
    params = quantise.video_params(width, height, matrix="bt709", full_range=False, level=level)
    got = rgb(video.execute(params[()], planes))
    side = 1 << level
    rows, columns = -(-height // side), -(-width // side)
    padded = np.pad(base, ((0, rows * side - height), (0, columns * side - width), (0, 0)), mode="edge")
    mean = padded.reshape(rows, side, columns, side, 3).mean(axis=(1, 3))
    np.testing.assert_array_equal(got, np.floor(mean + 0.5))


def encoded(image: Array, form: PlaneForm, matrix: str = "bt709", full: bool = False) -> list[Array]:
    """Return Y, U and V of an image on black; U and V of pairs are taken apart."""
    height, width = image.shape
    params = plane_params(form, width, height, color=0xFF000000, matrix=matrix, full_range=full)
    y, *chroma = split_planes(planes_op.execute(params[()], image, form), form, width, height).parts
    return [y, chroma[0][:, 0::2], chroma[0][:, 1::2]] if form.pairs else [y, *chroma[:2]]


def round_trip(colours: Array, matrix: str, full: bool, form: PlaneForm = PLANE_FORMS["nv12"]) -> Array:
    """Return what (n, 3) flat colours become by way of planes."""
    out = np.empty_like(colours)
    decode = quantise.video_params(4, 2, matrix=matrix, full_range=full, bits=form.bits)
    for i, (r, g, b) in enumerate(colours):
        image = np.full((2, 4), int(r) | int(g) << 8 | int(b) << 16 | 255 << 24, np.uint32)
        planes = tuple(p.copy() for p in encoded(image, form, matrix, full))
        decoded = video.execute(decode[()], planes)
        assert np.all(decoded == decoded[0, 0])
        out[i] = rgb(decoded)[0, 0]
    return out


YUV = [form for form in PLANE_FORMS.values() if not form.order]


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", MATRICES)
def test_round_trip(matrix: str, full: bool) -> None:
    greys = np.repeat(np.arange(0, 256, 5), 3).reshape(-1, 3)
    decoded = round_trip(greys, matrix, full)
    assert np.all(decoded == decoded[:, :1]), "greys stay grey"
    assert np.abs(decoded - greys).max() <= 1
    primaries = np.array([[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)])
    assert np.abs(round_trip(primaries, matrix, full) - primaries).max() <= 1
    colours = np.random.default_rng(9).integers(0, 256, (300, 3))
    assert np.abs(round_trip(colours, matrix, full) - colours).max() <= (1 if full else 2)


@pytest.mark.parametrize("form", YUV, ids=[form.name for form in YUV])
def test_round_trip_of_every_form(form: PlaneForm) -> None:
    """In limited range: greys and primaries within 1, all colours within 2, with 10 bits within 1."""
    exact = np.concatenate(
        [
            np.repeat(np.arange(0, 256, 9), 3).reshape(-1, 3),
            255 * np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T,
        ]
    )
    assert np.abs(round_trip(exact, "bt709", False, form) - exact).max() <= 1
    colours = np.random.default_rng(9).integers(0, 256, (100, 3))
    assert np.abs(round_trip(colours, "bt709", False, form) - colours).max() <= (2 if form.bits == 8 else 1)


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", MATRICES)
def test_rows_of_the_way_out_sum_exactly(matrix: str, full: bool) -> None:
    p = plane_params(PLANE_FORMS["nv12"], 8, 8, color=0xFF000000, matrix=matrix, full_range=full)
    assert p["luma"][:3].sum() == (65536 if full else 56284)
    assert p["u"][:3].sum() == 0 and p["v"][:3].sum() == 0


@pytest.mark.parametrize("form", YUV, ids=[form.name for form in YUV])
@pytest.mark.parametrize("size", [(9, 7), (1, 1), (2, 1), (1, 2), (8, 4)])
def test_planes_against_float64(form: PlaneForm, size: tuple[int, int]) -> None:
    width, height = size
    rng = np.random.default_rng(10)
    image = (rng.integers(0, 2**24, (height, width)) | 0xFF000000).astype(np.uint32)
    luma, *chroma = encoded(image, form)
    kr, kb = quantise.LUMA_WEIGHTS["bt709"]
    unit = 1 << (form.bits - 8)
    colour = rgb(image) / 255
    y = colour @ [kr, 1 - kr - kb, kb]
    assert np.abs(luma - (16 + 219 * y) * unit).max() <= 0.51
    for got, c in zip(chroma, ((colour[..., 2] - y) / (2 - 2 * kb), (colour[..., 0] - y) / (2 - 2 * kr)), strict=True):
        want = c
        if form.half_x:
            wide = np.pad(want, ((0, 0), (1, 2)), mode="edge")
            want = (wide[:, 0:-2:2] + 2 * wide[:, 1:-1:2] + wide[:, 2::2])[:, : (width + 1) // 2] / 4
        if form.half_y:
            tall = np.pad(want, ((0, height % 2), (0, 0)), mode="edge")
            want = (tall[0::2] + tall[1::2]) / 2
        assert got.shape == want.shape
        assert np.abs(got - (128 + 224 * want) * unit).max() <= 0.51


@pytest.mark.parametrize("form", PLANE_FORMS.values(), ids=PLANE_FORMS)
def test_forms_without_alpha_flatten(form: PlaneForm) -> None:
    clear = np.zeros((2, 4), np.uint32)
    white = np.full((2, 4), 0xFFFFFFFF, np.uint32)
    over_white = make_planes(clear, form, 0xFFFFFFFF).parts
    opaque = make_planes(white, form, 0xFF000000).parts
    same = [np.array_equal(a, b) for a, b in zip(over_white, opaque, strict=True)]
    assert not same[0] and not same[-1] if form.alpha else all(same)
