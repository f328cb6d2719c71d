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
from wavyte_gpu.ops.output import nv12

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


def round_trip(colours: Array, matrix: str, full: bool) -> Array:
    """Return what (n, 3) flat colours become by way of NV12."""
    out = np.empty_like(colours)
    for i, (r, g, b) in enumerate(colours):
        image = np.full((2, 4), int(r) | int(g) << 8 | int(b) << 16 | 255 << 24, np.uint32)
        encoded = nv12.execute(quantise.nv12_params(4, 2, color=0xFF000000, matrix=matrix, full_range=full)[()], image)
        planes = (encoded[:2], encoded[2:, 0::2], encoded[2:, 1::2])
        decoded = video.execute(quantise.video_params(4, 2, matrix=matrix, full_range=full)[()], planes)
        assert np.all(decoded == decoded[0, 0])
        out[i] = rgb(decoded)[0, 0]
    return out


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


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", MATRICES)
def test_rows_of_the_way_out_sum_exactly(matrix: str, full: bool) -> None:
    p = quantise.nv12_params(8, 8, color=0xFF000000, matrix=matrix, full_range=full)
    assert p["luma"][:3].sum() == (65536 if full else 56284)
    assert p["u"][:3].sum() == 0 and p["v"][:3].sum() == 0


def test_nv12_against_float64() -> None:
    rng = np.random.default_rng(10)
    image = (rng.integers(0, 2**24, (7, 9)) | 0xFF000000).astype(np.uint32)
    encoded = nv12.execute(quantise.nv12_params(9, 7, color=0xFF000000)[()], image).astype(np.float64)
    assert encoded.shape == (12, 12)
    kr, kb = quantise.LUMA_WEIGHTS["bt709"]
    padded = np.pad(rgb(image), ((0, 1), (0, 3), (0, 0)), mode="edge") / 255
    y = padded @ [kr, 1 - kr - kb, kb]
    assert np.abs(encoded[:8] - (16 + 219 * y)).max() <= 0.51
    u, v = (padded[..., 2] - y) / (2 - 2 * kb), (padded[..., 0] - y) / (2 - 2 * kr)
    for k, c in enumerate((u, v)):
        wide = np.pad(c, ((0, 0), (1, 0)), mode="edge")
        sited = (wide[:, 0:-2:2] + 2 * wide[:, 1:-1:2] + wide[:, 2::2]) / 4
        want = 128 + 224 * (sited[0::2] + sited[1::2]) / 2
        assert np.abs(encoded[8:, k::2] - want).max() <= 0.51


def test_nv12_flattens() -> None:
    clear = np.zeros((2, 4), np.uint32)
    white = np.full((2, 4), 0xFFFFFFFF, np.uint32)
    over_white = nv12.execute(quantise.nv12_params(4, 2, color=0xFFFFFFFF)[()], clear)
    np.testing.assert_array_equal(over_white, nv12.execute(quantise.nv12_params(4, 2, color=0xFF000000)[()], white))
    assert np.all(over_white[:2] == 235) and np.all(over_white[2:] == 128)
