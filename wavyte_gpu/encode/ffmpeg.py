"""The sink of every format that moves: MP4, MOV, Matroska, WebM, GIF, APNG and animated WebP, through PyAV."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import traceback
from pathlib import Path
from typing import BinaryIO

from wavyte_gpu.encode.files import check_target, disk_error, publish, temporary_beside
from wavyte_gpu.encode.formats import SUFFIXES, choose
from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.gif import GifWriter
from wavyte_gpu.encode.planes import form_name
from wavyte_gpu.encode.sink import SinkConfig
from wavyte_gpu.encode.writer import VideoWriter, Writer, file_pix_fmt, frame_pix_fmt
from wavyte_gpu.foundation.errors import EncodeError, Problem, SchemaError, WavyteError

__all__ = ["FfmpegSink"]


class FfmpegSink:
    """Encodes frames as they come, in bounded memory. The file appears complete or not at all.

    Args:
        target: a path, or a binary file object. An object gets the finished file when `end` is called; it need not seek and is
            left open.
        codec: an encoder's name or a codec's; default by the container. Hardware encoders are used only when named here.
        crf: quality, smaller is better; 0 is lossless, except with ProRes and hardware.
        preset: the encoder's speed.
        pix_fmt: of the encoded picture; by default it keeps alpha where the container's default codec can.
        profile: "web", "master", "social" or "preview": defaults for all of the above.
        container: a key of `formats.CONTAINERS`; default by the name's ending, "mp4" for objects without a name.
        overwrite: replace a file that exists.
        threads: of the encoder; 0 lets it choose.

    Raises:
        SchemaError: a setting is unknown or does not fit the others.
    """

    wants: str
    sound: bool

    def __init__(
        self,
        target: str | os.PathLike[str] | BinaryIO,
        *,
        codec: str | None = None,
        crf: float | None = None,
        preset: str | None = None,
        pix_fmt: str | None = None,
        profile: str | None = None,
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
        if container is None:
            if suffix not in SUFFIXES:
                found = suffix or "a name without ending"
                text = "there is no such output format"
                raise SchemaError(
                    Problem("error", "output_format", text, found=found, allowed=" ".join(SUFFIXES), file=self.name)
                )
            container = SUFFIXES[suffix]
        self.encoding = choose(container, codec, crf, preset, pix_fmt, profile)
        self.wants = "rgba"
        self.sound = bool(self.encoding.sound)
        self._overwrite = overwrite
        self._threads = threads
        self._temporary: Path | None = None
        self._writer: Writer | None = None
        self._config: SinkConfig | None = None
        self._count = 0

    @property
    def name(self) -> str:
        """What messages call the output."""
        return str(self._path) if self._path is not None else str(getattr(self._file, "name", "the output"))

    def begin(self, config: SinkConfig) -> None:
        """Open encoder and container under a temporary name.

        Raises:
            SchemaError: the path is a directory, has no folder or exists; the size does not fit the pixel format.
            EncodeError: encoder, container or disk refuse.
        """
        if self._writer is not None:
            raise EncodeError(f"{self.name}: begin was called twice")
        self._config, self._count = config, 0
        try:
            if self._path is not None:
                check_target(self._path, self._overwrite, config.sources)
                self._temporary = temporary_beside(self._path)
            else:
                handle, name = tempfile.mkstemp(prefix="wavyte-", suffix=".partial")
                os.close(handle)
                self._temporary = Path(name)
            gif = self.encoding.container.name == "gif"
            self._writer = GifWriter() if gif else VideoWriter(self.encoding, self._threads)
            self._writer.open(self._temporary, config)
            self.wants = form_name("bgra" if gif else frame_pix_fmt(self.encoding, file_pix_fmt(self.encoding, config)))
        except WavyteError as error:
            self.abort()
            raise type(error)([problem.with_file(self.name) for problem in error.problems]) from error
        except BaseException as error:
            self.abort()
            raise self._translated(error) from error

    def push_frame(self, index: int, frame: Frame) -> None:
        """Encode the next frame.

        Raises:
            EncodeError: encoder or disk failed; the sink is aborted.
        """
        if self._writer is None or self._config is None:
            raise EncodeError(f"{self.name}: a frame was pushed before begin or after the end")
        try:
            if (frame.width, frame.height) != (self._config.width, self._config.height):
                raise EncodeError(
                    Problem(
                        "error",
                        "frame_size",
                        f"{self.name}: frame {frame.index} has another size than the output",
                        found=f"{frame.width}x{frame.height}",
                        allowed=f"{self._config.width}x{self._config.height}",
                    )
                )
            self._writer.write(frame)
            self._count += 1
        except BaseException as error:
            self.abort()
            raise self._translated(error) from error

    def end(self) -> None:
        """Flush the encoder, write the index and give the file its final name.

        Raises:
            EncodeError: encoder or disk failed, or no frame was pushed; nothing is left then.
        """
        if self._writer is None or self._temporary is None:
            raise EncodeError(f"{self.name}: end was called before begin")
        try:
            if self._count == 0:
                raise EncodeError(Problem("error", "no_frames", f"{self.name}: no frame was rendered"))
            self._writer.finish()
            self._writer = None
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
        if self._writer is not None:
            self._writer.close()
        self._writer = None
        self._forget()

    def _translated(self, error: BaseException) -> BaseException:
        """Return what to raise for an error: the library's and the disk's become EncodeError, interrupts stay."""
        import av

        traceback.clear_frames(error.__traceback__)  # packets in them would keep the encoder and its threads
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
