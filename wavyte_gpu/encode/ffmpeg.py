"""A sink that encodes H.264 into MP4, MOV or Matroska through PyAV.

Encoders get the NV12 bytes of our own kernel, so no other code touches a pixel; streams and frames are tagged BT.709, limited range.
PyAV is imported inside functions.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, cast

import numpy as np
import numpy.typing as npt

from wavyte_gpu.encode.files import check_target, disk_error, publish, temporary_beside
from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.sink import SinkConfig, Wants
from wavyte_gpu.foundation.errors import EncodeError, Problem, SchemaError, UnsupportedError, WavyteError, nearest

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

__all__ = ["CODECS", "CONTAINERS", "PRESETS", "FfmpegSink"]

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
CODECS = {"libx264": "libx264", "h264": "libx264"}
PIXEL_FORMATS = ("yuv420p", "nv12")
PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
)
MAX_CRF = 51

_BT709 = 1
_LIMITED_RANGE = 1


class FfmpegSink:
    """Encodes frames as they come, in bounded memory. The file appears complete or not at all.

    Args:
        target: a path that ends in .mp4, .mov or .mkv, or a binary file object. An object gets the finished file when `end` is
            called; it need not seek and is left open.
        codec: "libx264" (or "h264").
        crf: quality, 0 (lossless) to 51.
        preset: the encoder's speed, one of `PRESETS`.
        pix_fmt: "yuv420p"; NV12 in another order.
        container: "mp4", "mov" or "matroska"; default by the name's ending, "mp4" for objects without a name.
        overwrite: replace a file that exists.
        threads: of the encoder; 0 lets it choose.

    Raises:
        SchemaError: a setting is out of range or unknown.
        UnsupportedError: the container, the codec or the pixel format is planned.
    """

    wants: ClassVar[Wants] = "nv12"

    def __init__(
        self,
        target: str | os.PathLike[str] | BinaryIO,
        *,
        codec: str = "libx264",
        crf: float = 18,
        preset: str = "veryfast",
        pix_fmt: str = "yuv420p",
        container: str | None = None,
        overwrite: bool = False,
        threads: int = 0,
    ) -> None:
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        if isinstance(target, str | os.PathLike):
            self._path = Path(target)
            suffix = self._path.suffix.lower()
        else:
            if not hasattr(target, "write"):
                raise TypeError(f"the target is a path or a binary file object, not {type(target).__name__}")
            self._file = target
            name = getattr(target, "name", None)
            suffix = Path(name).suffix.lower() if isinstance(name, str) and Path(name).suffix else ".mp4"
        if container is None and suffix not in CONTAINERS:
            raise _unsupported("container", suffix or "a name without ending", ".mp4 .mov .mkv")
        if container is not None and container not in CONTAINERS.values():
            raise _unsupported("container", container, "mp4, mov, matroska")
        if codec not in CODECS:
            raise _unsupported("codec", codec, ", ".join(CODECS))
        if pix_fmt not in PIXEL_FORMATS:
            raise _unsupported("pixel format", pix_fmt, ", ".join(PIXEL_FORMATS))
        if preset not in PRESETS:
            raise _setting("preset", preset, ", ".join(PRESETS), nearest(preset, PRESETS))
        if not 0 <= crf <= MAX_CRF:
            raise _setting("crf", f"{crf}", f"0 to {MAX_CRF}")
        self._format = CONTAINERS[suffix] if container is None else container
        self._codec = CODECS[codec]
        self._options = {"crf": f"{crf:g}", "preset": preset}
        self._overwrite = overwrite
        self._threads = threads
        self._temporary: Path | None = None
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._config: SinkConfig | None = None
        self._count = 0

    @property
    def name(self) -> str:
        """What messages call the output."""
        return str(self._path) if self._path is not None else str(getattr(self._file, "name", "the output"))

    def begin(self, config: SinkConfig) -> None:
        """Open encoder and container under a temporary name.

        Raises:
            SchemaError: the path is a directory, has no folder or exists.
            UnsupportedError: the size is odd, which 4:2:0 does not have.
            EncodeError: encoder, container or disk refuse.
        """
        if self._container is not None:
            raise EncodeError(f"{self.name}: begin was called twice")
        if config.width % 2 or config.height % 2:
            raise UnsupportedError(
                Problem(
                    "error",
                    "odd_size",
                    "H.264 in 4:2:0 needs an even width and height",
                    file=self.name,
                    found=f"{config.width}x{config.height}",
                    allowed=f"such as {config.width + config.width % 2}x{config.height + config.height % 2} (--size)",
                )
            )
        self._config, self._count = config, 0
        try:
            if self._path is not None:
                check_target(self._path, self._overwrite)
                self._temporary = temporary_beside(self._path)
            else:
                handle, name = tempfile.mkstemp(prefix="wavyte-", suffix=".partial")
                os.close(handle)
                self._temporary = Path(name)
            self._open(config, self._temporary)
        except BaseException as error:
            self.abort()
            raise self._translated(error) from error

    def push_frame(self, index: int, frame: Frame) -> None:
        """Encode the next frame.

        Raises:
            EncodeError: encoder or disk failed; the sink is aborted.
        """
        if self._stream is None or self._container is None or self._config is None:
            raise EncodeError(f"{self.name}: a frame was pushed before begin or after the end")
        try:
            picture = _picture(self._nv12(frame))
            picture.pts = self._count
            picture.time_base = 1 / self._config.fps
            picture.color_primaries = picture.color_trc = picture.colorspace = _BT709
            picture.color_range = _LIMITED_RANGE
            self._container.mux(self._stream.encode(picture))
            self._count += 1
        except BaseException as error:
            self.abort()
            raise self._translated(error) from error

    def end(self) -> None:
        """Flush the encoder, write the index and give the file its final name.

        Raises:
            EncodeError: encoder or disk failed, or no frame was pushed; nothing is left then.
        """
        if self._stream is None or self._container is None or self._temporary is None:
            raise EncodeError(f"{self.name}: end was called before begin")
        try:
            if self._count == 0:
                raise EncodeError(Problem("error", "no_frames", f"{self.name}: no frame was rendered"))
            self._container.mux(self._stream.encode(None))
            self._container.close()
            self._container = self._stream = None
            if self._path is not None:
                publish(self._temporary, self._path, self._overwrite)
            else:
                assert self._file is not None
                with self._temporary.open("rb") as finished:
                    shutil.copyfileobj(finished, self._file, 1 << 20)
                self._file.flush()
        except BaseException as error:
            self.abort()
            raise self._translated(error) from error
        self._forget()

    def abort(self) -> None:
        """Stop and remove what was written."""
        if self._container is not None:
            with contextlib.suppress(Exception):
                self._container.close()
        self._container = self._stream = None
        self._forget()

    # inside

    def _open(self, config: SinkConfig, temporary: Path) -> None:
        import av

        options = {"movflags": "+faststart"} if self._format in ("mp4", "mov") else {}
        self._container = av.open(f"file:{temporary}", "w", format=self._format, options=options)
        rate = Fraction(config.fps)
        stream = cast("VideoStream", self._container.add_stream(self._codec, rate=rate, options=dict(self._options)))
        self._stream = stream
        stream.width, stream.height, stream.pix_fmt = config.width, config.height, "nv12"
        context: Any = stream.codec_context
        context.time_base = 1 / rate
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _LIMITED_RANGE
        if self._threads:
            context.thread_count = self._threads
        self._container.start_encoding()

    def _nv12(self, frame: Frame) -> npt.NDArray[np.uint8]:
        """Return (H * 3 / 2, W) uint8, the frame's NV12, made by the op's reference when nobody made it."""
        assert self._config is not None
        width, height = self._config.width, self._config.height
        if (frame.width, frame.height) != (width, height):
            raise EncodeError(
                Problem(
                    "error",
                    "frame_size",
                    f"{self.name}: frame {frame.index} has another size than the output",
                    found=f"{frame.width}x{frame.height}",
                    allowed=f"{width}x{height}",
                )
            )
        planes = frame.nv12
        if planes is None:
            from wavyte_gpu.ops import quantise
            from wavyte_gpu.ops.output import nv12

            r, g, b = self._config.background
            packed = np.ascontiguousarray(frame.rgba).view(np.uint32)[..., 0]
            params = quantise.nv12_params(width, height, color=0xFF000000 | b << 16 | g << 8 | r)
            planes = np.ascontiguousarray(nv12.execute(cast(np.void, params[()]), packed)[:, :width])
        return np.asarray(planes, np.uint8).reshape(height * 3 // 2, width)

    def _translated(self, error: BaseException) -> BaseException:
        """Return what to raise for an error: the library's and the disk's become EncodeError, interrupts stay."""
        import av

        if isinstance(error, WavyteError) or not isinstance(error, Exception):
            return error
        if isinstance(error, av.FFmpegError | OSError | ValueError | RuntimeError):
            return disk_error(self.name, error)
        return error

    def _forget(self) -> None:
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                self._temporary.unlink()
        self._temporary = None
        self._config = None


def _unsupported(what: str, found: str, allowed: str) -> UnsupportedError:
    return UnsupportedError(
        Problem("error", "output_format", f"this {what} is planned for output", found=found, allowed=allowed)
    )


def _setting(name: str, found: Mapping[str, str] | str, allowed: str, hint: str | None = None) -> SchemaError:
    return SchemaError(
        Problem("error", "encoder_setting", f"bad value for {name}", found=str(found), allowed=allowed, hint=hint)
    )


def _picture(rows: npt.NDArray[np.uint8]) -> Any:
    """Return a video frame of (H * 3 / 2, W) NV12 rows. `from_numpy_buffer` loses rows unless the height divides by four."""
    import av

    height, width = rows.shape[0] * 2 // 3, rows.shape[1]
    frame = av.VideoFrame(width, height, "nv12")
    for plane, part in zip(frame.planes, (rows[:height], rows[height:]), strict=True):
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: len(part), :width] = part
    return frame
