"""Media files on their way into FFmpeg: how they are opened, and what is refused of all of them.

PyAV is imported inside functions, so that documents are checked without it.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wavyte_gpu.foundation.errors import AssetError, Problem

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = ["MAX_GAP_S", "cut_off", "growing", "open_media", "refuse_encrypted", "unchanged"]

MAX_GAP_S = 3600
"""A clock that jumps further than this, or backwards, is taken to be wrong: what follows goes on where it was."""

_SLACK_S = Fraction(1, 10)
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")

_PLAYLISTS = {"concat", "concatf", "dash", "hls", "imf", "rtp", "rtsp", "sap", "sdp", "webm_dash_manifest", "image2", "lavfi"}

Use = Literal["video", "sound"]


def open_media(source: Path | bytes, name: str, use: Use) -> InputContainer:
    """Open a file, or a file's bytes. Nothing but that file is read.

    Raises:
        AssetError: it can't be opened.
    """
    import av

    options = {"format_whitelist": _formats()}
    article = "a video" if use == "video" else "sound"
    try:
        if not (len(source) if isinstance(source, bytes) else source.stat().st_size):
            raise ValueError("the file is empty")
        if isinstance(source, bytes):
            return av.open(io.BytesIO(source), "r", metadata_errors="replace", options=options)
        options["protocol_whitelist"] = "file"
        return av.open(f"file:{source}", "r", metadata_errors="replace", options=options)
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if isinstance(error, av.error.InvalidDataError):
            reason = "it is no media file, or its beginning or end is missing"
        text = f"{name} can't be opened as {article}: {reason}"
        raise AssetError(Problem("error", f"corrupt_{use}", text, file=name)) from error


@cache
def _formats() -> str:
    """Return the formats that files may have: all but those that name other files, which might lie anywhere."""
    import av

    return ",".join(sorted(av.formats_available - _PLAYLISTS))


def refuse_encrypted(packet: Any, name: str) -> None:
    """Raise where a packet is encrypted: decoded without its key it would be an error, or a picture of noise.

    Raises:
        AssetError: it is; the message names file, stream and time.
    """
    stream = packet.stream
    if not packet.has_sidedata("encryption_info") and "enc_key_id" not in stream.metadata:
        return
    time = 0.0 if packet.pts is None else max(0.0, float(packet.pts * stream.time_base))
    text = f"{name}: {stream.type} stream {stream.index} is encrypted from {time:.3f} s on"
    raise AssetError(Problem("error", "encrypted_media", text, file=name, allowed="media without encryption"))


@contextmanager
def unchanged(source: Path | bytes, name: str) -> Iterator[None]:
    """Refuse a file that grows or shrinks meanwhile.

    Raises:
        AssetError: it did.
    """
    before = _size(source)
    yield
    if _size(source) != before:
        raise growing(name)


def growing(name: str) -> AssetError:
    """Return the error of a file that something still writes."""
    text = f"{name} changes while it is read; wait until it is complete"
    return AssetError(Problem("error", "growing_file", text, file=name))


def _size(source: Path | bytes) -> int:
    if isinstance(source, bytes):
        return len(source)
    try:
        return os.stat(source).st_size
    except OSError:
        return -1


def cut_off(container: InputContainer, stream: Any, source: Path | bytes, name: str, end_s: Fraction, broken: bool) -> Problem | None:
    """Return the warning of a stream that ends before its file says it does, None for others.

    MPEG-TS and other formats that state no length are told by a last packet that is incomplete, if at all.

    Args:
        end_s: where the last packet ends. broken: the last packet is incomplete.
    """
    form = container.format.name
    stated: Fraction | None = None
    if "mov" in form:
        entries = stream.index_entries
        broken = broken or (len(entries) > 0 and entries[-1].pos + entries[-1].size > _size(source))
    elif "matroska" in form:
        stated = _clock_time(stream.metadata.get("DURATION", ""))
    elif form == "flac" and stream.duration:
        stated = stream.duration * stream.time_base
    if not broken and (stated is None or stated - end_s < _SLACK_S):
        return None
    found = "the last packet is incomplete" if stated is None else f"the file states {float(stated):.3f} s"
    text = f"{name}: {stream.type} stream {stream.index} is cut off at {float(end_s):.3f} s"
    return Problem("warning", "cut_off_media", text, file=name, found=found)


def _clock_time(text: str) -> Fraction | None:
    """Return the seconds of `HH:MM:SS.sss`, None for other texts."""
    match = _CLOCK.fullmatch(text)
    return None if match is None else Fraction(int(match[1]) * 3600 + int(match[2]) * 60) + Fraction(match[3])
