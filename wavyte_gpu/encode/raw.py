"""A sink that writes raw frames to a binary file: straight RGBA8, top row first, nothing between frames."""

from __future__ import annotations

from typing import BinaryIO, ClassVar

from wavyte_gpu.encode.files import disk_error
from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.sink import SinkConfig

__all__ = ["RawSink"]


class RawSink:
    """Writes straight RGBA8 to a binary file object, such as standard output, which is left open."""

    wants: ClassVar[str] = "rgba"

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def begin(self, config: SinkConfig) -> None:
        """Nothing to get ready."""

    def push_frame(self, index: int, frame: Frame) -> None:
        """Write a frame.

        Raises:
            EncodeError: the file failed.
        """
        view = memoryview(frame.straight().reshape(-1).data)
        try:
            while view:
                written = self._file.write(view)
                view = view[len(view) if written is None else written :]
        except (OSError, ValueError) as error:
            raise disk_error(getattr(self._file, "name", "the output"), error) from error

    def end(self) -> None:
        """Flush.

        Raises:
            EncodeError: the file failed.
        """
        try:
            self._file.flush()
        except (OSError, ValueError) as error:
            raise disk_error(getattr(self._file, "name", "the output"), error) from error

    def abort(self) -> None:
        """Nothing can be taken back."""
