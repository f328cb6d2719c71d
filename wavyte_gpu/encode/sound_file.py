"""A sink that writes the sound alone, as WAV or FLAC; frames are not looked at."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from wavyte_gpu.encode.files import check_target, disk_error, publish, temporary_beside
from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.sink import SinkConfig
from wavyte_gpu.encode.sound import SoundTrack
from wavyte_gpu.foundation.errors import EncodeError, Problem, SchemaError, UnsupportedError, WavyteError

if TYPE_CHECKING:
    from av.container import OutputContainer

__all__ = ["SOUND_CONTAINERS", "SoundFileSink"]

SOUND_CONTAINERS = {".wav": "wav", ".flac": "flac"}
_CODECS = {"wav": ("pcm_s24le", "pcm_s16le", "pcm_f32le"), "flac": ("flac",)}  # the first is the default


class SoundFileSink:
    """Writes a range's sound. `picture` tells a session that no frame need be rendered.

    Args:
        path: ends in .wav or .flac.
        codec: for .wav pcm_s24le (default), pcm_s16le or pcm_f32le; FLAC holds 24 bits.
        overwrite: replace a file that exists.

    Raises:
        UnsupportedError: the codec does not go with the container.
    """

    wants: ClassVar[str] = "rgba"
    picture: ClassVar[bool] = False
    sound: ClassVar[bool] = True

    def __init__(self, path: str | os.PathLike[str], *, codec: str | None = None, overwrite: bool = False) -> None:
        self._path = Path(path)
        self._format = SOUND_CONTAINERS[self._path.suffix.lower()]
        allowed = _CODECS[self._format]
        if codec is not None and codec not in allowed:
            raise UnsupportedError(
                Problem("error", "output_format", "no such codec here", found=codec, allowed=", ".join(allowed))
            )
        self._codec = codec or allowed[0]
        self._overwrite = overwrite
        self._temporary: Path | None = None
        self._container: OutputContainer | None = None
        self._track: SoundTrack | None = None
        self._frames = 0

    def begin(self, config: SinkConfig) -> None:
        """Open the file under a temporary name.

        Raises:
            SchemaError: the path is a directory, has no folder or exists; or the range has no sound at all.
            EncodeError: the disk refuses.
        """
        import av

        if config.audio is None:
            raise SchemaError(Problem("error", "no_sound", f"{self._path}: there is no sound to write"))
        check_target(self._path, self._overwrite, config.sources)
        self._temporary, self._frames = temporary_beside(self._path), 0
        try:
            self._container = av.open(f"file:{self._temporary}", "w", format=self._format)
            self._track = SoundTrack(self._container, config.audio, self._codec)
        except BaseException as error:
            self.abort()
            raise self._translated(error) from error

    def push_frame(self, index: int, frame: Frame | None) -> None:
        """Write the sound of the next frame.

        Raises:
            EncodeError: the disk failed; the sink is aborted.
        """
        if self._track is None:
            raise EncodeError(f"{self._path}: a frame was pushed before begin or after the end")
        try:
            self._frames += 1
            self._track.write_until(self._frames)
        except BaseException as error:
            self.abort()
            raise self._translated(error) from error

    def end(self) -> None:
        """Write the rest and give the file its final name.

        Raises:
            EncodeError: the disk failed; nothing is left then.
        """
        if self._track is None or self._container is None or self._temporary is None:
            raise EncodeError(f"{self._path}: end was called before begin")
        try:
            self._track.finish()
            self._container.close()
            self._container = self._track = None
            publish(self._temporary, self._path, self._overwrite)
        except BaseException as error:
            self.abort()
            raise self._translated(error) from error
        self._temporary = None

    def abort(self) -> None:
        """Stop and remove what was written."""
        if self._container is not None:
            with contextlib.suppress(Exception):
                self._container.close()
        self._container = self._track = None
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                self._temporary.unlink()
        self._temporary = None

    def _translated(self, error: BaseException) -> BaseException:
        import av

        if isinstance(error, av.FFmpegError | OSError) and not isinstance(error, WavyteError):
            return disk_error(self._path, error)
        return error
