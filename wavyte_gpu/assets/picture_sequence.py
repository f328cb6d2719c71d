"""Still images played as video: numbered files, and animated WebP, which Pillow decodes."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.image import MAX_SIDE_PX, decode_image
from wavyte_gpu.assets.paths import read_source, resolve_source
from wavyte_gpu.assets.video_index import VideoIndex
from wavyte_gpu.assets.video_planes import AlphaPlanes, VideoFormat
from wavyte_gpu.foundation.errors import AssetError, LimitError, Problem, SchemaError, UnsupportedError

__all__ = ["AnimatedWebp", "ImageSequence", "is_animated_webp", "is_pattern", "sequence_files"]

_NUMBER = re.compile(r"%(0[1-9]\d?)?d")
_FORMAT = VideoFormat(8, 0, 0, True, "rgb", (0, 0), True)
_SHORTEST_MS = 10  # browsers show frames of up to 10 ms for 100 ms


def is_pattern(source: str) -> bool:
    """Tell whether a source names an image sequence: `%d` or `%04d` in the file's name."""
    return source[:5].lower() != "data:" and len(_NUMBER.findall(Path(source).name)) == 1


def sequence_files(source: str, base_dir: Path, root: Path, *, path: str = "") -> list[Path]:
    """Return the files of an image sequence in order, from the first that exists to the last.

    Args:
        source: with one `%d` or `%0Nd` in the file's name; relative to `base_dir`.
        root: nothing outside it is opened. path: JSON Pointer for problems.

    Raises:
        SchemaError: there is no file, one is missing in between, or it lies outside the root.
    """
    pattern = Path(source)
    number = _NUMBER.search(pattern.name)
    assert number is not None
    before, after = pattern.name[: number.start()], pattern.name[number.end() :]
    folder = Path(os.path.realpath(base_dir / pattern.parent))
    found: dict[int, str] = {}
    if folder.is_relative_to(os.path.realpath(root)):
        shape = re.compile(re.escape(before) + r"([0-9]{1,18})" + re.escape(after))
        try:
            names = os.listdir(folder)
        except OSError:
            names = []
        for name in names:
            match = shape.fullmatch(name)
            if match and number.group() % int(match[1]) == match[1]:
                found[int(match[1])] = name
    if not found:  # the first file that could be is refused with what is wrong about it
        first = str(pattern.parent / f"{before}{number.group() % 0}{after}")
        resolve_source(first, base_dir, root, path=path)
    numbers = sorted(found)
    for at, given in enumerate(numbers):
        if given != numbers[0] + at:
            missing = folder / f"{before}{number.group() % (numbers[0] + at)}{after}"
            raise SchemaError(
                Problem(
                    "error",
                    "missing_frame",
                    f"the image sequence has a gap, there is no file {missing}",
                    path=path,
                    found=f"{found[numbers[at - 1]]}, then {found[given]}",
                    allowed="files numbered without gaps",
                )
            )
    files = []
    for given in numbers:
        file = resolve_source(str(pattern.parent / found[given]), base_dir, root, path=path)
        assert isinstance(file, Path)
        files.append(file)
    return files


class ImageSequence:
    """Numbered image files as the frames of a video; a `FrameReader`.

    Raises:
        AssetError: the first file is no image. LimitError: it is too large.
    """

    turned = False
    problems: tuple[Problem, ...] = ()
    format = _FORMAT

    def __init__(self, files: Sequence[Path], rate: Fraction, name: str) -> None:
        self.name = name
        self._files = files
        self.index = _index("images", 1 / rate, list(range(len(files))), len(files))
        rgba = decode_image(read_source(files[0]), str(files[0]))
        self.size = (rgba.shape[1], rgba.shape[0])

    def read(self, frame: int) -> AlphaPlanes:
        """Return the planes of a file.

        Raises:
            AssetError: it can't be read. UnsupportedError: it has another size than the first.
        """
        file = self._files[frame]
        rgba = decode_image(read_source(file), str(file))
        if (rgba.shape[1], rgba.shape[0]) != self.size:
            raise UnsupportedError(
                Problem(
                    "error",
                    "video_changes",
                    f"{file}: the images of a sequence have one size",
                    file=str(file),
                    found=f"{rgba.shape[1]}x{rgba.shape[0]}",
                    allowed="{}x{}".format(*self.size),
                )
            )
        return _planes(rgba)

    def close(self) -> None:
        """Nothing is held open."""


class AnimatedWebp:
    """An animated WebP; a `FrameReader`. Frames are decoded in order; going back begins anew.

    Raises:
        AssetError: it is damaged. LimitError: it is too large.
    """

    turned = False
    problems: tuple[Problem, ...] = ()
    format = _FORMAT

    def __init__(self, source: Path | bytes, name: str) -> None:
        from PIL import Image

        self.name = name
        data = read_source(source)
        durations = [ms if ms > _SHORTEST_MS else 100 for ms in _webp_durations(data)]
        width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        if max(width, height) > MAX_SIDE_PX:
            raise LimitError(
                Problem(
                    "error",
                    "video_size",
                    f"{name} is too large a video",
                    file=name,
                    found=f"{width}x{height}",
                    allowed=f"at most {MAX_SIDE_PX} px a side",
                )
            )
        try:
            image: Any = Image.open(io.BytesIO(data), formats=["WEBP"])
            count = image.n_frames
        except Exception as error:  # Pillow raises nearly anything on damaged files
            raise _corrupt(name, "it can't be opened") from error
        if count != len(durations):
            raise _corrupt(name, f"it states {count} frames and holds {len(durations)}")
        self._image = image
        starts = [0, *accumulate(durations)]
        self.index = _index("webp", Fraction(1, 1000), starts[:-1], starts[-1])
        self.size = self._image.size
        self.read(0)

    def read(self, frame: int) -> AlphaPlanes:
        """Return the planes of a frame.

        Raises:
            AssetError: it can't be decoded.
        """
        try:
            self._image.seek(frame)
            rgba = np.asarray(self._image.convert("RGBA"))
        except Exception as error:
            raise _corrupt(self.name, f"frame {frame} can't be decoded: {error}") from error
        return _planes(rgba)

    def close(self) -> None:
        """Release the decoder."""
        self._image.close()


def is_animated_webp(source: Path | bytes) -> bool:
    """Tell by the first bytes whether a file is an animated WebP."""
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                head = file.read(21)
        except OSError:
            return False
    else:
        head = source[:21]
    return len(head) == 21 and head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and bool(head[20] & 2)


def _webp_durations(data: bytes) -> list[int]:
    """Return how many ms each frame states (the ANMF chunks of the container)."""
    out, at = [], 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"ANMF" and at + 8 + size <= len(data):
            out.append(int.from_bytes(data[at + 20 : at + 23], "little"))
        at += 8 + size + size % 2
    return out


def _index(codec: str, time_base: Fraction, starts: list[int], end: int) -> VideoIndex:
    return VideoIndex(
        stream=0,
        codec=codec,
        time_base=time_base,
        pts=starts,
        by_pts={ticks: i for i, ticks in enumerate(starts)},
        keys=[0],
        seek_ticks={},
        key_bytes={},
        origin_s=Fraction(0),
        end_s=end * time_base,
        has_audio=False,
        sample_aspect=Fraction(1),
        has_alpha=False,
        sequential=False,
    )


def _planes(rgba: npt.NDArray[np.uint8]) -> AlphaPlanes:
    planes = [np.ascontiguousarray(rgba[..., channel]) for channel in (1, 2, 0, 3)]
    for plane in planes:
        plane.flags.writeable = False
    return AlphaPlanes(*planes)


def _corrupt(name: str, reason: str) -> AssetError:
    return AssetError(Problem("error", "corrupt_video", f"{name}: {reason}", file=name))
