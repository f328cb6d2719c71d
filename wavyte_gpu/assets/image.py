"""Still images: any file that Pillow decodes, as one premultiplied RGBA8 pixel a texel, with exact mip levels.

Pillow is what imageio decodes stills with; it is called directly because the formats that it may try are limited here (some of
its others start programs), and because EXIF, palettes and 16 bits need its modes.
"""

from __future__ import annotations

import io
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.paths import read_source, source_name
from wavyte_gpu.foundation.errors import AssetError, LimitError, Problem, UnsupportedError
from wavyte_gpu.foundation.hashing import Hasher

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MAX_PIXELS", "MAX_SIDE_PX", "PreparedImage", "decode_image", "mip_size", "premultiply", "prepare_image"]

MAX_SIDE_PX = 16384
MAX_PIXELS = 268_435_456

_FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "TIFF", "PPM", "QOI", "AVIF", "JPEG2000")
_STRIP_PIXELS = 1 << 20  # worked on at a time

_pillow_lock = threading.Lock()  # guards Pillow's bomb limit and the process-wide warning filters

Pixels = npt.NDArray[np.uint32]


def mip_size(size: tuple[int, int], level: int) -> tuple[int, int]:
    """Return (width, height) of a mip level: the base size over 2^level, rounded up."""
    return -(-size[0] >> level), -(-size[1] >> level)


def premultiply(rgba: npt.NDArray[np.uint8]) -> Pixels:
    """Return packed premultiplied pixels: colour = floor(c * a / 255 + 1/2), exact.

    Args:
        rgba: (H, W, 4) uint8, straight, sRGB-encoded.

    Returns:
        (H, W) uint32, R in bits 0..7.
    """
    height, width = rgba.shape[:2]
    out = np.empty((height, width, 4), np.uint8)
    rows = max(1, _STRIP_PIXELS // max(1, width))
    for y in range(0, height, rows):
        part = rgba[y : y + rows]
        alpha = part[..., 3:]
        if int(alpha.min(initial=255)) == 255:
            out[y : y + rows] = part
            continue
        t = part[..., :3].astype(np.uint16) * alpha + np.uint16(128)
        out[y : y + rows, :, :3] = (t + (t >> np.uint16(8))) >> np.uint16(8)
        out[y : y + rows, :, 3:] = alpha
    return out.view("<u4")[..., 0].astype(np.uint32, copy=False)


class PreparedImage:
    """One decoded image. Immutable; its mip levels are computed on first use, each from the base.

    Attributes:
        pixels: (H, W) uint32, premultiplied, sRGB-encoded; level 0.
        width, height: px, after EXIF orientation.
        opaque: every alpha is 255.
        content_hash: 16 bytes over the file's bytes.
        name: the file, for messages.
    """

    def __init__(self, pixels: Pixels, content_hash: bytes, name: str) -> None:
        self.pixels = pixels
        self.height, self.width = pixels.shape
        self.opaque = bool((pixels >= np.uint32(0xFF000000)).all())
        self.content_hash = content_hash
        self.name = name
        self._levels: dict[int, Pixels] = {}
        self._lock = threading.Lock()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px."""
        return self.width, self.height

    @property
    def levels(self) -> int:
        """How many mip levels there are, the base included; the last is 1x1."""
        return int(max(self.width, self.height) - 1).bit_length() + 1

    def level(self, m: int) -> Pixels:
        """Return mip level `m` (0 is the base), computed once.

        A texel is one rounding of the exact mean of its 2^m x 2^m block of the base, whose edge texels are replicated where a
        block reaches beyond it.

        Raises:
            ValueError: there is no such level.
        """
        if not 0 <= m < self.levels:
            raise ValueError(f"{self.name} has mip levels 0..{self.levels - 1}, not {m}")
        if m == 0:
            return self.pixels
        with self._lock:
            if m not in self._levels:
                self._levels[m] = _mip(self.pixels, m)
            return self._levels[m]

    def _adopt_base(self, view: Pixels) -> None:
        """Let `pixels` be an equal array elsewhere (its place in the atlas), so that the base is held once."""
        self.pixels = view


def _mip(base: Pixels, m: int) -> Pixels:
    """Return level `m` >= 1 of `base`: sums of blocks, exact, then one rounding."""
    height, width = base.shape
    block = 1 << m
    if block > 2 * min(height, width):
        return _mip_of_narrow(base, m)
    out_width, out_height = mip_size((width, height), m)
    out = np.empty((out_height, out_width), np.uint32)
    strip = max(1, _STRIP_PIXELS // (width * block))
    for y in range(0, out_height, strip):
        rows = min(strip, out_height - y)
        part = base[y * block : (y + rows) * block]
        pad = (0, rows * block - part.shape[0]), (0, out_width * block - width)
        out[y : y + rows] = _block_means(np.pad(part, pad, mode="edge"), m)
    return out


def _block_means(pixels: Pixels, m: int) -> Pixels:
    """Return the rounded means of 2^m x 2^m blocks; sizes are multiples of 2^m.

    Two channels share a word for the first four halvings: 255 * 4^4 fits 16 bits.
    """
    total: type[np.unsignedinteger[Any]] = np.uint32 if m <= 12 else np.uint64  # 255 * 4^12 and half fit 32 bits
    packed = min(m, 4)
    out = np.zeros((pixels.shape[0] >> m, pixels.shape[1] >> m), np.uint32)
    for low in (0, 8):
        pair = _halved((pixels >> np.uint32(low)) & np.uint32(0x00FF00FF), packed)
        for high in (0, 16):
            sums = _halved(((pair >> np.uint32(high)) & np.uint32(0xFFFF)).astype(total), m - packed)
            mean = (sums + total(1 << (2 * m - 1))) >> total(2 * m)
            out |= mean.astype(np.uint32) << np.uint32(low + high)
    return out


def _halved(values: npt.NDArray[Any], times: int) -> npt.NDArray[Any]:
    """Return sums of 2^times x 2^times blocks."""
    for _ in range(times):
        values = values[0::2] + values[1::2]
    for _ in range(times):
        values = values[:, 0::2] + values[:, 1::2]
    return values


def _mip_of_narrow(base: Pixels, m: int) -> Pixels:
    """Return level `m` of an image much narrower than a block: the same sums, the replicated texels counted, not stored."""
    height, width = base.shape
    block = 1 << m
    total: type[np.unsignedinteger[Any]] = np.uint32 if m <= 12 else np.uint64
    channels = np.ascontiguousarray(base).view(np.uint8).reshape(height, width, 4)
    rows = np.add.reduceat(channels, np.arange(0, height, block), axis=0, dtype=total)
    rows[-1] += total(-height % block) * channels[-1].astype(total)
    sums = np.add.reduceat(rows, np.arange(0, width, block), axis=1)
    sums[:, -1] += total(-width % block) * rows[:, -1]
    mean = (sums + total(1 << (2 * m - 1))) >> total(2 * m)
    return np.ascontiguousarray(mean.astype(np.uint8)).view(np.uint32)[..., 0]


def prepare_image(source: Path | bytes, name: str | None = None) -> PreparedImage:
    """Decode an image file once.

    Args:
        source: a file, or a file's bytes.
        name: how messages call it; default the path.

    Raises:
        AssetError: it is no image, truncated or corrupt.
        LimitError: it is larger than 16384 px a side or 268 megapixels.
        UnsupportedError: its pixels are of a kind that is not read yet.
    """
    name = source_name(source) if name is None else name
    data = read_source(source)
    pixels = premultiply(decode_image(data, name))
    return PreparedImage(pixels, Hasher().text("image").bytes(data).digest(), name)


def decode_image(data: bytes, name: str) -> npt.NDArray[np.uint8]:
    """Return an encoded image as (H, W, 4) uint8, straight alpha, sRGB-encoded, EXIF orientation applied.

    The first frame of an animation. Sixteen bits are rounded to eight once, CMYK is converted without a profile, and embedded
    colour profiles are not applied.

    Raises:
        AssetError, LimitError, UnsupportedError: see `prepare_image`.
    """
    if not data:
        raise _corrupt(name, "the file is empty")
    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _decode(data, name)
        except (AssetError, LimitError, UnsupportedError):
            raise
        except MemoryError:
            raise LimitError(f"{name}: not enough memory to decode the image") from None
        except Exception as error:  # Pillow's decoders raise nearly anything on damaged files
            raise _corrupt(name, str(error) or type(error).__name__) from error


def _corrupt(name: str, reason: str) -> AssetError:
    return AssetError(Problem("error", "corrupt_image", f"{name} can't be decoded as an image: {reason}", file=name))


def _decode(data: bytes, name: str) -> npt.NDArray[np.uint8]:
    from PIL import Image, UnidentifiedImageError

    Image.init()
    bomb_limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # our own limits follow
    try:
        try:
            image = Image.open(io.BytesIO(data), formats=[f for f in _FORMATS if f in Image.OPEN])
        except UnidentifiedImageError:
            known = ", ".join(sorted(f for f in _FORMATS if f not in ("MPO", "PPM")))
            raise AssetError(
                Problem("error", "corrupt_image", f"{name} is no image that can be read", file=name, allowed=known)
            ) from None
        with image:
            width, height = image.size
            if max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
                raise LimitError(
                    Problem(
                        "error",
                        "image_size",
                        f"{name} is too large an image",
                        file=name,
                        found=f"{width}x{height}",
                        allowed=f"at most {MAX_SIDE_PX} px a side and {MAX_PIXELS} px in all",
                    )
                )
            if width < 1 or height < 1:
                raise _corrupt(name, f"its size is {width}x{height}")
            rgba = _straight_rgba(image, data, name)
            return np.ascontiguousarray(_oriented(rgba, _exif_orientation(image)))
    finally:
        Image.MAX_IMAGE_PIXELS = bomb_limit


def _straight_rgba(image: Image, data: bytes, name: str) -> npt.NDArray[np.uint8]:
    """Return a loaded image's pixels as (H, W, 4) uint8, not yet oriented."""
    if image.format == "PNG" and data[24:25] == b"\x10" and data[25:26] in (b"\x02", b"\x04", b"\x06"):
        return _png_16_bit(image, data, name)
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM")):
        grey = np.asarray(image).astype(np.uint32)
        key = image.info.get("transparency")
        rgba = np.empty((*grey.shape, 4), np.uint8)
        rgba[..., :3] = _eight_bits(grey)[..., None]
        rgba[..., 3] = np.where(grey == key, 0, 255) if isinstance(key, int) else 255
        return rgba
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        raise UnsupportedError(
            Problem(
                "error",
                "image_mode",
                f"{name}: 32-bit and floating-point pixels are planned",
                file=name,
                found=image.mode,
                allowed="8 or 16 bits a channel",
            )
        )
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        return np.asarray(image.convert("RGB").convert("RGBA"))
    return np.asarray(image.convert("RGBA"))


def _png_16_bit(image: Image, data: bytes, name: str) -> npt.NDArray[np.uint8]:
    """Decode a colour PNG of 16 bits a channel, of which Pillow would drop the low byte."""
    import av

    image.load()  # Pillow checks the checksums and that nothing is missing
    with av.open(io.BytesIO(data), "r", format="png_pipe") as container:
        frame = next(container.decode(video=0))
    channels = {"rgb48be": 3, "rgba64be": 4, "ya16be": 2}.get(frame.format.name)
    if channels is None or (frame.width, frame.height) != image.size:
        raise _corrupt(name, f"unexpected pixel format {frame.format.name}")
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), ">u2").reshape(frame.height, plane.line_size // 2)[
        :, : frame.width * channels
    ]
    values = _eight_bits(rows.astype(np.uint32)).reshape(frame.height, frame.width, channels)
    rgba = np.full((frame.height, frame.width, 4), 255, np.uint8)
    rgba[..., :3] = values[..., :1] if channels == 2 else values[..., :3]
    if channels != 3:
        rgba[..., 3] = values[..., -1]
    return rgba


def _eight_bits(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """Return 0..65535 as 0..255: floor(v / 257 + 1/2)."""
    rounded = np.minimum((values + np.uint32(128)) // np.uint32(257), np.uint32(255))
    result: npt.NDArray[np.uint8] = rounded.astype(np.uint8)
    return result


def _exif_orientation(image: Image) -> int:
    """Return the EXIF orientation, 1..8; 1 where there is none or the block is damaged."""
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _oriented(rgba: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[np.uint8]:
    """Return pixels turned as EXIF (section 4.6.4, tag 274) says, as a view."""
    if orientation in (5, 6, 7, 8):
        rgba = rgba.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        rgba = rgba[::-1]
    if orientation in (2, 3, 6, 7):
        rgba = rgba[:, ::-1]
    return rgba
