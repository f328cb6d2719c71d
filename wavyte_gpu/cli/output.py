"""Where results go: the sink that OUT's name asks for, stdout as bytes, and small files."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from wavyte_gpu.cli.options import UsageError

if TYPE_CHECKING:
    from wavyte_gpu.encode.sink import FrameSink

__all__ = ["binary_stdout", "make_sink", "write_file"]

_ENCODER_OPTIONS = ("codec", "crf", "preset", "pix_fmt", "profile")


def make_sink(args: Namespace) -> FrameSink:
    """Return the sink for `-o`, with the encoder's options.

    Raises:
        WavyteError: the name has no known form, or an option does not act on it.
    """
    from wavyte_gpu.encode.formats import CONTAINERS, SUFFIXES
    from wavyte_gpu.encode.output import sink_for_output
    from wavyte_gpu.encode.sound_file import SOUND_CONTAINERS

    out = str(args.out)
    if out == "-":
        binary_stdout()
        if args.overwrite:
            raise UsageError("--overwrite: there is nothing to overwrite on stdout")
    encoder = {name: value for name in _ENCODER_OPTIONS if (value := getattr(args, name)) is not None}
    suffix = Path(out).suffix.lower()
    video, sound = suffix in SUFFIXES, suffix in SOUND_CONTAINERS
    idle = [name for name in encoder if not (video or (sound and name == "codec"))]
    if idle:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in idle)
        raise UsageError(f"{names}: only videos have such an encoder, {out} is none")
    heard = sound or (video and CONTAINERS[SUFFIXES[suffix]].sound)
    if args.loudness is not None and (args.no_audio or not heard):
        raise UsageError(f"--loudness: {'--no-audio leaves' if args.no_audio else out + ' holds'} no sound")
    sink = sink_for_output(out, overwrite=args.overwrite, **encoder)
    if video or sound:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
    return sink


def binary_stdout() -> BinaryIO:
    """Return stdout for bytes.

    Raises:
        UsageError: it is a terminal.
    """
    if sys.stdout.isatty():
        raise UsageError("stdout is a terminal: pixels need a pipe or a file")
    return sys.stdout.buffer


def write_file(path: Path, data: bytes) -> None:
    """Write a file, with the folders it needs, so that it appears whole or not at all."""
    from wavyte_gpu.encode.files import writing

    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path, True) as temporary:
        temporary.write_bytes(data)
