"""The planes of decoded pictures: which pixel formats are read, what their samples mean, and which way is up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.errors import LimitError, Problem, UnsupportedError

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["AlphaPlanes", "Matrix", "Plane", "Planes", "VideoFormat", "orientation", "read_format", "split"]

MAX_SIDE_PX = 16384

Plane = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Matrix = Literal["601", "709", "2020", "rgb"]

# name -> (bits, log2 of the chroma subsampling in x and y, what full range is assumed where nothing is said)
_PIXEL_FORMATS: dict[str, tuple[int, int, int, bool]] = {
    **{
        f"yuv{alpha}{form}p{'' if bits == 8 else f'{bits}le'}": (bits, *log2, False)
        for form, log2 in (("420", (1, 1)), ("422", (1, 0)), ("444", (0, 0)))
        for alpha in ("", "a")
        for bits in (8, 10, 12)
    },
    "yuvj420p": (8, 1, 1, True),
    "yuvj422p": (8, 1, 0, True),
    "yuvj444p": (8, 0, 0, True),
    "nv12": (8, 1, 1, False),
    "gray": (8, 1, 1, True),
    "gray10le": (10, 1, 1, True),
    **{f"{name}p{'' if bits == 8 else f'{bits}le'}": (bits, 0, 0, True) for name in ("gbr", "gbra") for bits in (8, 10, 12)},
    **dict.fromkeys(("rgb24", "bgr24", "rgba", "bgra", "argb", "abgr", "rgb0", "bgr0", "pal8"), (8, 0, 0, True)),
}
_PACKED = {  # where green, blue, red and alpha lie in a pixel
    "rgb24": (1, 2, 0),
    "bgr24": (1, 0, 2),
    "rgba": (1, 2, 0, 3),
    "bgra": (1, 0, 2, 3),
    "argb": (2, 3, 1, 0),
    "abgr": (2, 1, 3, 0),
    "rgb0": (1, 2, 0),
    "bgr0": (1, 0, 2),
}
_WITH_ALPHA = ("yuva", "gbra", "rgba", "bgra", "argb", "abgr", "pal8")
_VIDEO_CODECS_OF_LIMITED_GREY = (
    "h264",
    "hevc",
    "av1",
    "vp8",
    "vp9",
    "mpeg4",
    "mpeg2video",
    "mpeg1video",
    "ffv1",
    "prores",
)
_CENTRE_SITED_CODECS = ("mjpeg", "mpeg1video")
_MATRICES: dict[int, Matrix] = {1: "709", 5: "601", 6: "601", 4: "601", 9: "2020"}
_UNTAGGED_MATRIX = 2
_FULL_RANGE = 2
_LIMITED_RANGE = 1


class Planes(NamedTuple):
    """The planes of one frame, turned upright: (H, W) uint8, or uint16 for more than 8 bits, read-only.

    Of matrix "rgb" they are green, blue and red.
    """

    y: Plane
    u: Plane
    v: Plane


class AlphaPlanes(NamedTuple):
    """The planes of one frame with straight alpha, in full range."""

    y: Plane
    u: Plane
    v: Plane
    a: Plane


class VideoFormat(NamedTuple):
    """What the samples of the planes mean.

    Attributes:
        bits: of a sample, 8 or 10; values are 0..2^bits - 1.
        log2_x, log2_y: chroma planes have ceil(size / 2^log2) samples.
        full_range: luma fills 0..2^bits - 1, not 16..235 of 8 bits.
        matrix: the YCbCr matrix, "601", "709" or "2020" (non-constant luminance), or "rgb".
        siting: (x, y) of chroma sample (0, 0) minus that of luma sample (0, 0), in half luma pixels: left-sited 4:2:0 is (0, 1),
            centred (1, 1), 4:4:4 (0, 0). Rotation moves it with the planes.
        alpha: a fourth plane holds it.
    """

    bits: int
    log2_x: int
    log2_y: int
    full_range: bool
    matrix: Matrix
    siting: tuple[int, int]
    alpha: bool = False


def read_format(frame: VideoFrame, codec: str, orientation: tuple[int, bool], name: str) -> VideoFormat:
    """Return what a frame's planes mean once they are turned upright.

    Raises:
        UnsupportedError: its pixel format or its matrix is not handled yet.
    """
    turns, flip = orientation
    form = frame.format.name
    if form not in _PIXEL_FORMATS:
        raise UnsupportedError(
            Problem(
                "error",
                "pixel_format",
                f"{name}: videos of pixel format {form} are planned",
                file=name,
                found=form,
                allowed=", ".join(_PIXEL_FORMATS),
            )
        )
    bits, log2_x, log2_y, full = _PIXEL_FORMATS[form]
    alpha = form.startswith(_WITH_ALPHA)
    if form.startswith("gbr") or form in _PACKED or form == "pal8":
        return VideoFormat(bits, 0, 0, True, "rgb", (0, 0), alpha)
    if form.startswith("gray"):
        full = codec not in _VIDEO_CODECS_OF_LIMITED_GREY
    if frame.color_range in (_LIMITED_RANGE, _FULL_RANGE):
        full = int(frame.color_range) == _FULL_RANGE
    tag = int(frame.colorspace)
    matrix = _MATRICES.get(tag)
    if matrix is None:
        if tag not in (_UNTAGGED_MATRIX, 3):
            raise UnsupportedError(
                Problem(
                    "error",
                    "colour_matrix",
                    f"{name}: the YCbCr matrix with number {tag} is planned",
                    file=name,
                    allowed="BT.601, BT.709, BT.2020 non-constant luminance",
                )
            )
        matrix = "709" if frame.height >= 720 else "601"
    centre = codec in _CENTRE_SITED_CODECS
    x = 1 if log2_x and centre else 0
    y = 1 if log2_y else 0
    sub_x, sub_y, width, height = log2_x, log2_y, frame.width, frame.height
    if flip:
        x = _mirrored(x, width, sub_x)
    for _ in range(turns):  # clockwise: what was the bottom edge becomes the left one
        x, y = _mirrored(y, height, sub_y), x
        sub_x, sub_y, width, height = sub_y, sub_x, height, width
    return VideoFormat(bits, sub_x, sub_y, full, matrix, (x, y), alpha)


def split(frame: VideoFrame) -> tuple[Plane, ...]:
    """Return views of a frame's planes without padding; grey gets neutral chroma."""
    if frame.format.name == "pal8":
        frame = frame.reformat(format="rgba")
    name = frame.format.name
    bits, log2_x, log2_y, _ = _PIXEL_FORMATS[name]
    dtype: type[Any] = np.uint16 if bits > 8 else np.uint8
    width, height = frame.width, frame.height
    chroma = (-(-height >> log2_y), -(-width >> log2_x))

    def view(i: int, rows: int, columns: int) -> npt.NDArray[Any]:
        plane = frame.planes[i]
        pitch = plane.line_size // np.dtype(dtype).itemsize
        samples: npt.NDArray[Any] = np.frombuffer(memoryview(plane), dtype)
        return samples[: rows * pitch].reshape(rows, pitch)[:, :columns]

    if name in _PACKED:
        size = len(name) if name[-1] != "4" else 3
        pixels = view(0, height, size * width).reshape(height, width, size)
        return tuple(pixels[..., at] for at in _PACKED[name])
    y = view(0, height, width)
    if name.startswith(("yuva", "gbra")):
        return y, view(1, *chroma), view(2, *chroma), view(3, height, width)
    if name.startswith("gray"):
        neutral = np.full(chroma, 1 << (bits - 1), dtype)
        return y, neutral, neutral.copy()
    if name == "nv12":
        uv = view(1, chroma[0], 2 * chroma[1])
        return y, uv[:, 0::2], uv[:, 1::2]
    return y, view(1, *chroma), view(2, *chroma)


def _mirrored(siting: int, length: int, log2: int) -> int:
    """Return a chroma siting (half luma pixels) along an axis of `length` luma samples after mirroring it."""
    samples = -(-length >> log2)
    return 2 * (length - 1) - 2 * (samples - 1) * (1 << log2) - siting


def orientation(frame: VideoFrame, name: str) -> tuple[int, bool]:
    """Return how to turn a picture upright: quarter turns clockwise, and whether to mirror it left to right before that.

    Raises:
        UnsupportedError: the display matrix is none of the eight upright ones.
        LimitError: the picture is too large.
    """
    if max(frame.width, frame.height) > MAX_SIDE_PX:
        raise LimitError(
            Problem(
                "error",
                "video_size",
                f"{name} is too large a video",
                file=name,
                found=f"{frame.width}x{frame.height}",
                allowed=f"at most {MAX_SIDE_PX} px a side",
            )
        )
    matrix = None
    side_data: Any = frame.side_data
    for side in side_data:  # iterating gives the values
        if side.type.name == "DISPLAYMATRIX":
            matrix = np.frombuffer(bytes(side), "=i4")[:9]
    if matrix is None:
        return 0, False
    a, b, c, d = (int(matrix[i]) for i in (0, 1, 3, 4))
    # A source pixel (x, y) is shown at (a x + c y, b x + d y), y down.
    signs = tuple((v > 0) - (v < 0) for v in (a, b, c, d))
    turns = {
        (1, 0, 0, 1): (0, False),
        (0, 1, -1, 0): (1, False),
        (-1, 0, 0, -1): (2, False),
        (0, -1, 1, 0): (3, False),
        (-1, 0, 0, 1): (0, True),
        (0, -1, -1, 0): (1, True),
        (1, 0, 0, -1): (2, True),
        (0, 1, 1, 0): (3, True),
    }
    if signs not in turns:
        raise UnsupportedError(
            Problem(
                "error",
                "video_rotation",
                f"{name}: rotation by other than quarter turns is planned",
                file=name,
                found=f"display matrix {a / 65536:g} {b / 65536:g} {c / 65536:g} {d / 65536:g}",
                allowed="0, 90, 180 and 270 degrees, mirrored or not",
            )
        )
    return turns[signs]
