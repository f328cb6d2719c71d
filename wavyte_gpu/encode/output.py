"""Which sink an output name means."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from wavyte_gpu.encode.ffmpeg import FfmpegSink
from wavyte_gpu.encode.formats import SUFFIXES
from wavyte_gpu.encode.png_sequence import PngSequenceSink
from wavyte_gpu.encode.raw import RawSink
from wavyte_gpu.encode.sink import FrameSink
from wavyte_gpu.encode.sound_file import SOUND_CONTAINERS, SoundFileSink
from wavyte_gpu.foundation.errors import Problem, SchemaError

__all__ = ["sink_for_output"]

ALLOWED = f"{' '.join((*SUFFIXES, *SOUND_CONTAINERS))}, a PNG sequence (out/%05d.png or a folder), - for raw RGBA"


def sink_for_output(output: str | os.PathLike[str], *, overwrite: bool = False, **encoder: Any) -> FrameSink:
    """Return the sink for an output name.

    Args:
        output: a name with an ending of `formats.SUFFIXES`, a PNG pattern, a folder, or `-` for standard output.
        overwrite: replace files that exist.
        encoder: settings of `FfmpegSink` (codec, crf, preset, pix_fmt, profile) or of `SoundFileSink` (codec).

    Raises:
        SchemaError: there is no such format.
    """
    text = os.fspath(output)
    path = Path(text)
    suffix = path.suffix.lower()
    if text == "-":
        return RawSink(sys.stdout.buffer)
    if suffix in SUFFIXES:
        return FfmpegSink(path, overwrite=overwrite, **encoder)
    if suffix in SOUND_CONTAINERS:
        return SoundFileSink(path, overwrite=overwrite, **encoder)
    if text and (suffix == ".png" or not suffix or text.endswith(("/", os.sep)) or path.is_dir()):
        return PngSequenceSink(path, overwrite=overwrite)
    raise SchemaError(
        Problem("error", "output_format", "there is no such output format", found=suffix or repr(text), allowed=ALLOWED)
    )
