"""The one hash family: XXH3-128 with seed 0 over an explicit little-endian byte encoding (spec, section 16).

Integers are little-endian bytes, floats their IEEE 754 bits, variable-length fields are preceded by their length, arrays
by dtype and shape.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import xxhash

__all__ = ["FramesHash", "Hasher", "frame_hash", "frames_hash"]

Digest = bytes  # inside `Hasher` the name `bytes` is a method
Buffer = bytes | bytearray | memoryview

_U8 = struct.Struct("<B")
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_I64 = struct.Struct("<q")
_F64 = struct.Struct("<d")


class Hasher:
    """A growing XXH3-128 hash. Every method appends one field and returns the hasher, so that calls chain."""

    __slots__ = ("_state",)

    def __init__(self) -> None:
        self._state = xxhash.xxh3_128(seed=0)

    def u8(self, value: int) -> Self:
        """Append an integer in 0..255 as one byte."""
        self._state.update(_U8.pack(value))
        return self

    def u32(self, value: int) -> Self:
        """Append an integer in 0..2^32 - 1 as four bytes."""
        self._state.update(_U32.pack(value))
        return self

    def i64(self, value: int) -> Self:
        """Append a signed 64-bit integer as eight bytes."""
        self._state.update(_I64.pack(value))
        return self

    def f64(self, value: float) -> Self:
        """Append the bit pattern of a float64 (so 0.0 and -0.0 differ: formatted text is never hashed)."""
        self._state.update(_F64.pack(value))
        return self

    def bytes(self, value: Buffer) -> Self:
        """Append a byte string, preceded by its length as u64."""
        view = memoryview(value).cast("B")
        self._state.update(_U64.pack(view.nbytes))
        self._state.update(view)
        return self

    def text(self, value: str) -> Self:
        """Append a text as UTF-8, preceded by its length in bytes."""
        return self.bytes(value.encode("utf-8", "surrogatepass"))

    def array(self, value: npt.NDArray[Any]) -> Self:
        """Append an array: dtype, number of axes, shape, then its elements little-endian in C order.

        Strides and byte order of the array in memory do not matter, dtype and shape do.
        """
        normal = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
        self.text(value.dtype.newbyteorder("<").str)
        self._state.update(_U8.pack(value.ndim))
        for length in value.shape:
            self._state.update(_U64.pack(length))
        if normal.size:
            self._state.update(normal.reshape(-1).view(np.uint8).data)
        return self

    def digest(self) -> Digest:
        """Return the 16 bytes of the hash so far."""
        return self._state.digest()

    def hexdigest(self) -> str:
        """Return the hash so far as 32 hex digits."""
        return self._state.hexdigest()


def frame_hash(rgba: npt.NDArray[np.uint8]) -> str:
    """Return the hash of a frame as 32 hex digits: XXH3-128, seed 0, of nothing but its bytes in C order.

    Args:
        rgba: (H, W, 4) uint8, premultiplied, sRGB-encoded.
    """
    return xxhash.xxh3_128_hexdigest(np.ascontiguousarray(rgba).reshape(-1).data, seed=0)


class FramesHash:
    """One hash over frame hashes, fed one by one: what `frames_hash` gives, in constant memory."""

    def __init__(self) -> None:
        self._state = xxhash.xxh3_128(seed=0)

    def add(self, frame: str) -> None:
        """Take the next frame's hash, 32 hex digits."""
        self._state.update(bytes.fromhex(frame))

    def hexdigest(self) -> str:
        """Return the hash of the frames so far."""
        return self._state.hexdigest()


def frames_hash(hashes: Iterable[str]) -> str:
    """Return one hash over frame hashes (32 hex digits each) in their order."""
    state = FramesHash()
    for item in hashes:
        state.add(item)
    return state.hexdigest()
