"""Where frames go: the sink that OUT's name asks for, stdout, and single PNG files."""

from __future__ import annotations

import os
import re
import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from wavyte_gpu.cli.options import UsageError
from wavyte_gpu.foundation.errors import nearest

if TYPE_CHECKING:
    from wavyte_gpu import Frame, FrameSink

__all__ = ["RawSink", "binary_stdout", "make_sink", "refuse_existing", "write_atomic"]

_VIDEO = (".mp4", ".mov", ".webm", ".mkv", ".gif", ".apng", ".webp")
_SOUND = (".wav", ".flac")
_ENCODER_OPTIONS = ("codec", "crf", "preset", "pix_fmt")
_PATTERN = re.compile(r"%0?\d*d")


class RawSink:
    """Writes straight-alpha RGBA8, top row first, frame after frame."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def begin(self, config: Any) -> None:
        """Write nothing: the reader knows size and rate."""

    def push_frame(self, index: int, frame: Frame) -> None:
        """Write H * W * 4 bytes."""
        self._stream.write(frame.straight().tobytes())

    def end(self) -> None:
        """Hand the last bytes over."""
        self._stream.flush()

    def abort(self) -> None:
        """Stop; what was written can't be taken back."""


def make_sink(args: Namespace, frames: range) -> FrameSink:
    """Return the sink for `-o`, with the encoder's options, and check that it may write there.

    Raises:
        UsageError: the name has no known form, an option does not act on it, or it exists without `--overwrite`.
    """
    out = str(args.out)
    path = Path(out)
    suffix = path.suffix.lower()
    encoder = {name: value for name in _ENCODER_OPTIONS if (value := getattr(args, name)) is not None}
    if out == "-":
        _reject(encoder, "raw frames on stdout")
        if args.overwrite:
            raise UsageError("--overwrite: there is nothing to overwrite on stdout")
        return RawSink(binary_stdout())
    if _is_sequence(out, path):
        from wavyte_gpu.encode import PngSequenceSink

        _reject(encoder, "a PNG sequence")
        pattern = out if "%" in path.name else str(path / "%05d.png")
        if not args.overwrite:
            refuse_existing([pattern % frame for frame in frames])
        return PngSequenceSink(pattern)
    if suffix == ".png":
        raise UsageError(
            f"{out} is one file for many frames: name a pattern (out/%05d.png), a folder, or use wavyte frame"
        )
    if suffix not in (*_VIDEO, *_SOUND):
        known = [*_VIDEO, ".png (with %05d)", *_SOUND]
        hint = nearest(suffix, [*_VIDEO, *_SOUND]) if suffix else None
        raise UsageError(f"{out}: no format '{suffix}'; {hint or 'known: ' + ' '.join(known)}")
    from wavyte_gpu.encode import FfmpegSink

    if not args.overwrite:
        refuse_existing([out])
    path.parent.mkdir(parents=True, exist_ok=True)
    return FfmpegSink(path, **encoder)


def refuse_existing(names: Iterable[str]) -> None:
    """Raise `UsageError` when one of the files exists."""
    for name in names:
        if os.path.exists(name):
            raise UsageError(f"{name} exists; --overwrite replaces it")


def binary_stdout() -> IO[bytes]:
    """Return stdout for bytes.

    Raises:
        UsageError: it is a terminal.
    """
    if sys.stdout.isatty():
        raise UsageError("stdout is a terminal: pixels need a pipe or a file")
    return sys.stdout.buffer


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file beside its final name and move it there, so that it is whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _is_sequence(out: str, path: Path) -> bool:
    if "%" in path.name:
        if path.suffix.lower() != ".png" or len(_PATTERN.findall(path.name)) != 1 or path.name.count("%") != 1:
            raise UsageError(f"{out}: a sequence is named like out/%05d.png, with one frame number")
        return True
    return out.endswith(("/", os.sep)) or path.is_dir() or path.suffix == ""


def _reject(encoder: dict[str, Any], what: str) -> None:
    if encoder:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in encoder)
        raise UsageError(f"{names}: {what} has no encoder")
