"""Images: formats, modes, orientation, premultiplying, mip levels, damage."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wavyte_gpu.assets.image import PreparedImage, decode_image, mip_size, premultiply, prepare_image
from wavyte_gpu.foundation.errors import AssetError, LimitError, UnsupportedError, WavyteError

RNG = np.random.default_rng(7)
RGBA = RNG.integers(0, 256, (11, 13, 4), np.uint8)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, bits: int, colour: int, rows: bytes, extra: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "QOI"])
def test_lossless_rgba(kind: str) -> None:
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    assert (decode_image(encoded(Image.fromarray(RGBA), kind, **options), "x") == RGBA).all()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "WEBP"])
def test_rgb_is_opaque(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    image = prepare_image(encoded(Image.fromarray(RGBA[..., :3]), kind, **options))
    assert image.opaque and image.size == (13, 11)
    assert (image.pixels.view(np.uint8).reshape(11, 13, 4)[..., :3] == RGBA[..., :3]).all()


def test_jpeg_is_as_pillow_decodes_it() -> None:
    data = encoded(Image.fromarray(RGBA[..., :3]), "JPEG", quality=90)
    with Image.open(io.BytesIO(data)) as image:
        assert (decode_image(data, "x")[..., :3] == np.asarray(image)).all()


def test_grey_palette_bilevel_and_grey_alpha() -> None:
    grey = RGBA[..., 0]
    assert (
        decode_image(encoded(Image.fromarray(grey), "PNG"), "x") == np.dstack([grey, grey, grey, grey * 0 + 255])
    ).all()
    la = Image.merge("LA", [Image.fromarray(grey), Image.fromarray(RGBA[..., 3])])
    assert (decode_image(encoded(la, "PNG"), "x")[..., 3] == RGBA[..., 3]).all()
    bilevel = Image.fromarray((grey > 99).astype(np.uint8) * 255).convert("1")
    assert set(np.unique(decode_image(encoded(bilevel, "PNG"), "x"))) == {0, 255}
    palette = Image.fromarray((grey % 3).astype(np.uint8), "L").convert("P")
    palette.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    got = decode_image(encoded(palette, "PNG", transparency=b"\x00\x80\xff"), "x")
    expected = np.array([[10, 20, 30, 0], [40, 50, 60, 128], [70, 80, 90, 255]], np.uint8)[grey % 3]
    assert (got == expected).all()
    gif = decode_image(encoded(palette, "GIF", transparency=1, save_all=True, append_images=[palette]), "x")
    assert (gif[..., 3] == np.where(grey % 3 == 1, 0, 255)).all()


def test_colour_keys() -> None:
    rows = b"".join(b"\0" + bytes([1, 2, 3, 9, 9, 9]) for _ in range(2))
    got = decode_image(png(2, 2, 8, 2, rows, chunk(b"tRNS", struct.pack(">3H", 1, 2, 3))), "x")
    assert (got == [[[1, 2, 3, 0], [9, 9, 9, 255]]] * 2).all()
    rows = b"\0" + struct.pack(">2H", 500, 501)
    got = decode_image(png(2, 1, 16, 0, rows, chunk(b"tRNS", struct.pack(">H", 500))), "x")
    assert got[0, :, 3].tolist() == [0, 255]


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_sixteen_bits_are_rounded_once(colour: int, channels: int) -> None:
    values = RNG.integers(0, 65536, (5, 7, channels), np.uint16)
    values[0, 0], values[0, 1], values[0, 2] = 65535, 128, 129
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    got = decode_image(png(7, 5, 16, colour, rows), "x")
    want = np.floor(values.astype(np.float64) * 255 / 65535 + 0.5).astype(np.uint8)
    assert (got[..., 0] == want[..., 0]).all()
    if channels >= 3:
        assert (got[..., :3] == want[..., :3]).all()
    assert (got[..., 3] == (want[..., -1] if channels in (2, 4) else 255)).all()


def test_cmyk() -> None:
    cmyk = Image.new("CMYK", (4, 3), (255, 0, 0, 0))
    for kind, tolerance in (("TIFF", 0), ("JPEG", 4)):
        got = decode_image(encoded(cmyk, kind), "x").astype(int)
        assert np.abs(got - [0, 255, 255, 255]).max() <= tolerance


def test_floats_are_planned() -> None:
    with pytest.raises(UnsupportedError, match=r"pic.*planned"):
        decode_image(encoded(Image.fromarray(np.zeros((2, 2), np.float32)), "TIFF"), "pic")


@pytest.mark.parametrize("orientation", range(9))
def test_exif_orientation(orientation: int) -> None:
    from PIL import ImageOps

    plain = Image.fromarray(RGBA[..., :3])
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(plain, "PNG", exif=exif)
    with Image.open(io.BytesIO(data)) as image:
        want = np.asarray(ImageOps.exif_transpose(image))
    got = decode_image(data, "x")[..., :3]
    assert got.shape == want.shape and (got == want).all()


def test_premultiply_is_exact_for_all_pairs() -> None:
    c, a = np.meshgrid(np.arange(256), np.arange(256))
    rgba = np.stack([c, c, c, a], -1).astype(np.uint8)
    got = premultiply(rgba).view(np.uint8).reshape(256, 256, 4)
    assert (got[..., 0] == (2 * c * a + 255) // 510).all()
    assert (got[..., 3] == a).all() and (got[..., :3] <= got[..., 3:]).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32))
def test_mip_levels_are_exact_means(width: int, height: int, seed: int) -> None:
    rgba = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    image = PreparedImage(premultiply(rgba), b"", "x")
    base = image.pixels.view(np.uint8).reshape(height, width, 4)
    for m in range(image.levels):
        w, h = mip_size((width, height), m)
        block = 1 << m
        ys = np.minimum(np.arange(h * block), height - 1)
        xs = np.minimum(np.arange(w * block), width - 1)
        sums = base[np.ix_(ys, xs)].astype(np.int64).reshape(h, block, w, block, 4).sum(axis=(1, 3))
        want = (2 * sums + block**2) // (2 * block**2)
        got = image.level(m).view(np.uint8).reshape(h, w, 4)
        assert (got == want).all()
        assert (got[..., :3] <= got[..., 3:]).all()
    assert image.level(image.levels - 1).shape == (1, 1)
    assert image.level(image.levels - 1) is image.level(image.levels - 1)
    with pytest.raises(ValueError, match="mip levels"):
        image.level(image.levels)


def test_mips_of_wide_images_keep_their_sums() -> None:
    image = PreparedImage(np.full((3, 16384), 0xFFFFFFFF, np.uint32), b"", "x")
    for m in range(image.levels):
        assert (image.level(m) == 0xFFFFFFFF).all()


def test_content_hash_is_of_the_bytes() -> None:
    a, b = encoded(Image.fromarray(RGBA), "PNG"), encoded(Image.fromarray(RGBA), "PNG", compress_level=0)
    assert prepare_image(a).content_hash == prepare_image(a).content_hash != prepare_image(b).content_hash
    assert len(prepare_image(a).content_hash) == 16


@pytest.mark.parametrize("size", [(16385, 1), (1, 16385), (60000, 60000)])
def test_too_large_is_refused_before_decoding(size: tuple[int, int]) -> None:
    with pytest.raises(LimitError, match=f"{size[0]}x{size[1]}"):
        decode_image(png(*size, 8, 6, b""), "big.png")


def test_the_bomb_limit_of_pillow_is_restored() -> None:
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(AssetError):
        decode_image(png(12000, 12000, 1, 0, b""), "bomb")
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_truncated(tmp_path: Path, kind: str) -> None:
    data = encoded(Image.fromarray(RNG.integers(0, 256, (64, 64, 3), np.uint8)), kind)
    file = tmp_path / "cut.img"
    for keep in (0, 1, 20, len(data) // 2):
        file.write_bytes(data[:keep])
        with pytest.raises(AssetError, match=r"cut\.img"):
            prepare_image(file)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"\0" * 999, b"<svg/>"]
)
def test_what_is_no_image(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "renamed.png"
    file.write_bytes(data)
    with pytest.raises(AssetError, match=r"renamed\.png"):
        prepare_image(file)


SAMPLES = [
    encoded(Image.fromarray(RGBA), "PNG"),
    encoded(Image.fromarray(RGBA[..., :3]), "JPEG"),
    encoded(Image.fromarray(RGBA), "WEBP"),
    encoded(Image.fromarray(RGBA[..., :3]).convert("P"), "GIF"),
    encoded(Image.fromarray(RGBA), "TIFF", compression="tiff_lzw"),
    encoded(Image.fromarray(RGBA[..., :3]), "BMP"),
    encoded(Image.fromarray(RGBA[..., :3]), "JPEG2000"),
    encoded(Image.fromarray(RGBA), "QOI"),
]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_files_never_give_anything_else(data: st.DataObject) -> None:
    good = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(good) - 1))
        junk = data.draw(st.binary(min_size=1, max_size=8))
        good[at : at + len(junk)] = junk
    cut = data.draw(st.integers(0, len(good)))
    try:
        image = prepare_image(bytes(good[:cut]), "fuzz")
        assert image.pixels.dtype == np.uint32
    except WavyteError as error:
        assert "fuzz" in str(error)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_image(data: bytes) -> None:
    with pytest.raises(WavyteError, match="fuzz"):
        prepare_image(data, "fuzz")
