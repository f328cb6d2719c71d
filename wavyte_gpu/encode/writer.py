"""Frames into one media file through PyAV: stream set-up, tags, times, muxing. PyAV is imported inside functions."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from wavyte_gpu.encode.formats import CODECS, Encoding
from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.matroska import set_duration
from wavyte_gpu.encode.part import PartLabel
from wavyte_gpu.encode.planes import planes_of
from wavyte_gpu.encode.sink import SinkConfig
from wavyte_gpu.encode.sound import SoundTrack
from wavyte_gpu.foundation.errors import EncodeError, Problem, SchemaError

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

__all__ = ["VideoWriter", "Writer", "close_output", "file_pix_fmt", "frame_pix_fmt", "open_output", "picture_of"]

_BT709 = 1
_LIMITED_RANGE = 1
_FULL_RANGE = 2
_SRGB_TRANSFER = 13
_RGB_MATRIX = 0
_ISO = ("mp4", "mov")
_MUXER = {"apng": {"plays": "0"}, "webp": {"loop": "0"}}  # for ever
_AUDIO_HZ = 48_000
_MOST_DELAY = 1 << 16  # between decoding and showing a frame, in units of the encoder's clock
_MILLISECONDS = Fraction(1, 1000)


class Writer(Protocol):
    """What writes one file: `open`, `write` for each frame, `finish`; `close` at any time."""

    def open(self, path: Path, config: SinkConfig) -> None:
        """Create the file and open the encoder."""
        ...

    def write(self, frame: Frame) -> None:
        """Encode the next frame."""
        ...

    def finish(self) -> None:
        """Flush the encoder and close the file."""
        ...

    def close(self) -> None:
        """Drop everything; harmless after `finish` and when called twice. The file is the caller's to remove."""
        ...


class VideoWriter:
    """Writes every format but GIF.

    Args:
        encoding: container, codec, pixel format.
        threads: of the encoder; 0 lets it choose.
    """

    def __init__(self, encoding: Encoding, threads: int = 0) -> None:
        self._encoding = encoding
        self._threads = threads
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._sound: SoundTrack | None = None
        self._path = Path()
        self._config = SinkConfig(0, 0, Fraction(1))
        self._pix_fmt = self._frame_fmt = ""  # of the file, and of what the encoder is given
        self._count = 0
        self._last: tuple[npt.NDArray[np.uint8], Any] | None = None

    def open(self, path: Path, config: SinkConfig) -> None:
        """Create the file and open the encoder."""
        import av

        encoding = self._encoding
        self._path, self._config, self._count = path, config, 0
        self._pix_fmt = file_pix_fmt(encoding, config)
        self._frame_fmt = frame_pix_fmt(encoding, self._pix_fmt)
        muxer = encoding.container.name
        if encoding.codec == "libsvtav1":
            os.environ.setdefault("SVT_LOG", "1")  # errors alone; it writes to stderr by itself
        if encoding.codec not in av.codecs_available:
            raise EncodeError(Problem("error", "no_encoder", f"this FFmpeg has no encoder {encoding.codec}"))
        rate = Fraction(config.fps)
        self._container = open_output(path, muxer, rate)
        stream = cast(
            "VideoStream", self._container.add_stream(encoding.codec, rate=rate, options=dict(encoding.options))
        )
        self._stream = stream
        stream.width, stream.height = config.width, config.height
        stream.pix_fmt = self._frame_fmt
        context: Any = stream.codec_context
        context.time_base = _MILLISECONDS if muxer == "webp" else 1 / rate
        _tag(context, self._pix_fmt)
        if encoding.codec == "libx265" and muxer in _ISO:
            context.codec_tag = "hvc1"  # players of Apple take no other
        if encoding.keyframe_seconds:
            context.gop_size = max(1, round(encoding.keyframe_seconds * rate))
        if self._threads:
            context.thread_count = self._threads
        if config.audio is not None and encoding.sound:
            self._sound = SoundTrack(self._container, config.audio, encoding.sound)
        self._container.metadata["comment"] = PartLabel.of(config).text()
        try:
            context.open(strict=False)
        except (av.FFmpegError, ValueError) as error:
            raise EncodeError(
                Problem(
                    "error",
                    "encoder",
                    f"the encoder {encoding.codec} does not start: {getattr(error, 'strerror', None) or error}",
                    found=f"{config.width}x{config.height} {stream.pix_fmt}",
                    hint="is its hardware there?" if CODECS[encoding.codec].hardware else None,
                )
            ) from error
        self._container.start_encoding()

    def write(self, frame: Frame) -> None:
        """Encode the next frame. The picture of an equal frame before it is used again."""
        assert self._container is not None and self._stream is not None
        if self._last is None or self._last[0] is not frame.rgba:
            self._last = (frame.rgba, self._picture(frame))
        picture = self._last[1]
        time_base = self._stream.codec_context.time_base
        picture.pts = math.floor(self._count / self._config.fps / time_base + Fraction(1, 2))
        picture.time_base = time_base
        self._container.mux(self._stream.encode(picture))
        self._count += 1
        if self._sound is not None:
            self._sound.write_until(self._count)

    def finish(self) -> None:
        """Flush the encoder, write the index and close the file."""
        assert self._container is not None and self._stream is not None
        packets = list(self._stream.encode(None))
        if len(packets) == self._count:
            _set_decoding_times(packets)
        self._container.mux(packets)
        if self._sound is not None:
            self._sound.finish()
        close_output(self._container, self._path, self._count / Fraction(self._config.fps))
        self._container = self._stream = self._sound = None

    def close(self) -> None:
        """Drop everything."""
        self._last = None
        if self._container is not None:
            with contextlib.suppress(Exception):
                self._container.close()
        self._container = self._stream = self._sound = None

    def _picture(self, frame: Frame) -> Any:
        planes = planes_of(frame, self._frame_fmt, self._config.background)
        picture = picture_of(frame.width, frame.height, self._frame_fmt, planes)
        _tag(picture, self._pix_fmt)
        return picture


def _set_decoding_times(packets: list[Any]) -> None:
    """Give all packets of a film times to decode them at, where those are not times: libx265 leaves them unset for very few frames."""
    if all(p.dts is not None and 0 <= p.pts - p.dts <= _MOST_DELAY for p in packets):
        return
    shown = sorted(p.pts for p in packets)
    delay = max(first - p.pts for first, p in zip(shown, packets, strict=True))
    for first, packet in zip(shown, packets, strict=True):
        packet.dts = first - delay


def open_output(path: Path, muxer: str, fps: Fraction) -> OutputContainer:
    """Open a file for writing: the index comes first, images repeat for ever, durations are exact."""
    import av

    options = dict(_MUXER.get(muxer, {}))
    if muxer in _ISO:
        scale = math.lcm(_AUDIO_HZ, fps.numerator)  # of the edit lists, so that they cut where picture and sound end
        options = {"movflags": "+faststart", "movie_timescale": str(scale if scale < 1 << 31 else _AUDIO_HZ)}
    return av.open(f"file:{path}", "w", format=muxer, options=options)


def close_output(container: OutputContainer, path: Path, seconds: Fraction) -> None:
    """Write the index of a file that is complete, and how long it lasts, and close it."""
    container.close()
    if container.format.name in ("matroska", "webm"):
        set_duration(path, seconds)


def file_pix_fmt(encoding: Encoding, config: SinkConfig) -> str:
    """Return the pixel format of a file.

    Raises:
        SchemaError: the size is odd, and the pixel format that was asked for has no odd sizes.
    """
    width, height = config.width, config.height
    halved = encoding.pix_fmt.startswith("yuv420")
    odd = width % 2 or (halved and height % 2)
    if not (encoding.needs_even and odd):
        return encoding.opaque_pix_fmt if config.opaque and encoding.opaque_pix_fmt else encoding.pix_fmt
    if encoding.odd_pix_fmt:
        return encoding.odd_pix_fmt
    raise SchemaError(
        Problem(
            "error",
            "odd_size",
            f"{encoding.codec} in {encoding.pix_fmt} needs an even width and height",
            found=f"{width}x{height}",
            allowed=f"such as {width + width % 2}x{height + height % 2} (--size), or --pix-fmt yuv444p",
        )
    )


def frame_pix_fmt(encoding: Encoding, pix_fmt: str) -> str:
    """Return the pixel format of the frames that the encoder is given for a file's: NV12 where it takes that as well."""
    takes_nv12 = encoding.codec == "libx264" or CODECS[encoding.codec].hardware
    return "nv12" if pix_fmt == "yuv420p" and takes_nv12 else pix_fmt


def picture_of(width: int, height: int, pix_fmt: str, planes: Sequence[npt.NDArray[Any]]) -> Any:
    """Return a frame of the library's over a copy of the planes."""
    import av

    picture = av.VideoFrame(width, height, pix_fmt)
    for plane, part in zip(picture.planes, planes, strict=True):
        target = np.frombuffer(memoryview(plane), part.dtype).reshape(-1, plane.line_size // part.itemsize)
        target[: part.shape[0], : part.shape[1]] = part
    return picture


def _tag(target: Any, pix_fmt: str) -> None:
    """Say what the samples mean: BT.709 in limited range, or sRGB."""
    yuv = pix_fmt.startswith("yuv")
    target.color_primaries = _BT709
    target.color_trc = _BT709 if yuv else _SRGB_TRANSFER
    target.colorspace = _BT709 if yuv else _RGB_MATRIX
    target.color_range = _LIMITED_RANGE if yuv else _FULL_RANGE
