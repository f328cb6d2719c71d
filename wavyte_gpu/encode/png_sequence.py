"""A sink that writes numbered PNGs with straight alpha."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import ClassVar

from wavyte_gpu.encode.files import check_target, disk_error
from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.sink import SinkConfig
from wavyte_gpu.encode.stills import write_png
from wavyte_gpu.foundation.errors import Problem, SchemaError

__all__ = ["PngSequenceSink"]

_NUMBER = re.compile(r"%(0\d+)?d")


class PngSequenceSink:
    """Writes one PNG a frame, numbered by composition frame. Each appears complete or not at all; `abort` removes them.

    Args:
        target: a pattern with one `%d` or `%05d` in its file name (`out/%05d.png`), or a folder, which means `%05d.png` in it.
            Missing folders are made.
        overwrite: replace files that exist; otherwise they are refused before the first frame.
        compression: zlib's level, 0..9.
    """

    wants: ClassVar[str] = "rgba"

    def __init__(self, target: str | os.PathLike[str], *, overwrite: bool = False, compression: int = 1) -> None:
        path = Path(target)
        name = path.name
        if "%" not in name:
            if path.suffix.lower() == ".png":
                raise _bad_pattern(path, "a single PNG can't hold a sequence")
            path, name = path / "%05d.png", "%05d.png"
        rest = name.replace("%%", "")
        if len(_NUMBER.findall(rest)) != 1 or "%" in _NUMBER.sub("", rest):
            raise _bad_pattern(path, "the file name needs one number")
        if path.suffix.lower() != ".png":
            raise _bad_pattern(path, "sequences are written as PNG")
        self._folder, self._pattern = path.parent, name
        self._overwrite = overwrite
        self._compression = compression
        self._written: list[Path] = []
        self._made: list[Path] = []

    @property
    def written(self) -> tuple[Path, ...]:
        """The files written so far."""
        return tuple(self._written)

    def path_of(self, index: int) -> Path:
        """Return the file of a composition frame."""
        return self._folder / (self._pattern % index)

    def begin(self, config: SinkConfig) -> None:
        """Make the folder and refuse files that exist.

        Raises:
            SchemaError: a file exists and `overwrite` is False or is a source, or something else is where the folder should be.
            EncodeError: the folder can't be made.
        """
        self._written, self._made = [], []
        missing = self._folder
        try:
            while not missing.exists():
                self._made.append(missing)
                missing = missing.parent
            if not missing.is_dir():
                self._made = []
                raise SchemaError(Problem("error", "output_folder", f"{missing} is no folder", file=str(self._folder)))
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.abort()
            raise disk_error(self._folder, error) from error
        try:
            taken = {entry.name for entry in os.scandir(self._folder)}
        except OSError as error:
            raise disk_error(self._folder, error) from error
        for i in range(config.frame_count):
            path = self.path_of(config.first_frame + i * config.step)
            if path.name in taken:
                check_target(path, self._overwrite, config.sources)

    def push_frame(self, index: int, frame: Frame) -> None:
        """Write a frame.

        Raises:
            SchemaError: its file exists. EncodeError: the disk failed.
        """
        path = self.path_of(index)
        if path in self._written[-1:]:
            raise ValueError(f"frame {index} was pushed twice")
        existed = path.exists()
        write_png(path, frame, overwrite=self._overwrite, compression=self._compression)
        if not existed or self._overwrite:
            self._written.append(path)

    def end(self) -> None:
        """Keep what was written."""
        self._written, self._made = [], []

    def abort(self) -> None:
        """Remove the files written since `begin`, and the folders that it made if they are empty."""
        for path in self._written:
            with contextlib.suppress(OSError):
                path.unlink()
        for folder in self._made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        self._written, self._made = [], []


def _bad_pattern(path: Path, message: str) -> SchemaError:
    return SchemaError(
        Problem(
            "error",
            "output_format",
            f"{message}: {path}",
            allowed="a pattern such as out/%05d.png, or a folder",
        )
    )
