"""How long a finished Matroska or WebM file says it lasts (RFC 9559).

FFmpeg rounds the length to milliseconds and counts the encoder's delay of Opus in, which players take off again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

__all__ = ["set_duration"]

_SEGMENT, _INFO, _TAGS, _TAG, _SIMPLE_TAG = 0x18538067, 0x1549A966, 0x1254C367, 0x7373, 0x67C8
_CLUSTER, _TIMESTAMP_SCALE, _DURATION, _TAG_NAME, _TAG_STRING = 0x1F43B675, 0x2AD7B1, 0x4489, 0x45A3, 0x4487
_HOLD_OTHERS = {_SEGMENT, _INFO, _TAGS, _TAG, _SIMPLE_TAG}


def set_duration(path: Path, seconds: Fraction) -> None:
    """Write how long the film lasts into its head, in place: its duration and the one in the tags of each track.

    Raises:
        ValueError: the head has no duration of 64 bits.
    """
    with path.open("r+b") as file:
        scale, found, tag = 1_000_000, False, b""
        for kind, at, size in _elements(file):
            value: bytes | None = None
            if kind == _TIMESTAMP_SCALE:
                scale = int.from_bytes(file.read(size), "big")
            elif kind == _DURATION and size == 8:
                value, found = struct.pack(">d", seconds * 10**9 / scale), True
            elif kind == _TAG_NAME:
                tag = file.read(size)
            elif kind == _TAG_STRING and tag == b"DURATION":
                value = _clock(seconds)
            if value is not None and len(value) <= size:
                file.seek(at)
                file.write(value.ljust(size, b"\0"))
        if not found:
            raise ValueError("the file has no duration of 64 bits")


def _clock(seconds: Fraction) -> bytes:
    """Return a time as FFmpeg writes it into tags."""
    minutes, rest = divmod(round(seconds * 10**9), 60 * 10**9)
    return b"%02d:%02d:%02d.%09d" % (*divmod(minutes, 60), *divmod(rest, 10**9))


def _elements(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Yield kind, place and size in bytes of each element before the first cluster, with the file at its content."""
    at = 0
    while True:
        file.seek(at)
        kind = _number(file, marked=True)
        size = _number(file, marked=False)
        at = file.tell()
        if kind in (0, _CLUSTER):
            return
        if kind in _HOLD_OTHERS:
            continue
        yield kind, at, size
        at += size


def _number(file: BinaryIO, *, marked: bool) -> int:
    """Return a number of variable length, with or without the bit that tells its length; 0 at the end."""
    first = file.read(1)
    if not first or not first[0]:
        return 0
    length = 9 - first[0].bit_length()
    value = int.from_bytes(first + file.read(length - 1), "big")
    return value if marked else value & ((1 << 7 * length) - 1)
