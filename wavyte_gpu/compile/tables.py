"""Tables of gradients whose colours move: made for the frames of a batch, and sent with their plans."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.gradient import TABLE_ENTRIES
from wavyte_gpu.foundation.errors import LimitError, Problem
from wavyte_gpu.foundation.hashing import Hasher
from wavyte_gpu.ops import quantise

__all__ = ["FrameTables"]

U32 = npt.NDArray[np.uint32]
F64 = npt.NDArray[np.float64]

_MOST_ROWS = 8192  # of a texture
_KEPT = 64


class _Table(NamedTuple):
    texels: U32
    digest: bytes


class FrameTables:
    """The tables of a batch by frame; equal ones of a frame are one.

    Attributes:
        digests: by leaf row, 16 bytes over the entries of its table.
    """

    def __init__(self) -> None:
        self.digests: dict[int, bytes] = {}
        self._frames: dict[int, list[U32]] = {}
        self._places: dict[tuple[int, bytes], int] = {}
        self._rows: dict[int, int] = {}

    def place(self, frame: int, row: int, positions: tuple[float, ...], colours: F64, size: int, node_id: str) -> int:
        """Return the first row of a table in its frame's texture.

        Args:
            frame: index in the batch. row: the leaf row that reads it.
            positions, colours: of the stops, (n, 4) premultiplied in 0..1. size: entries.
            node_id: for the message.

        Raises:
            LimitError: the frame has too many of them.
        """
        table = _table(positions, colours.tobytes(), size)
        self.digests[row] = table.digest
        key = frame, table.digest
        at = self._places.get(key)
        if at is None:
            at = self._places[key] = self._rows.get(frame, 0)
            self._rows[frame] = at + len(table.texels)
            if self._rows[frame] > _MOST_ROWS:
                text = "one frame holds too many gradients whose colours move"
                raise LimitError(Problem("error", "limit", text, node_id=node_id, allowed=f"{_MOST_ROWS // 16} large ones"))
            self._frames.setdefault(frame, []).append(table.texels)
        return at

    def of(self, frame: int) -> U32 | None:
        """Return a frame's tables one below the other, (rows, 1024), None where there are none."""
        parts = self._frames.get(frame)
        return None if parts is None else np.concatenate(parts)


@lru_cache(_KEPT)
def _table(positions: tuple[float, ...], colours: bytes, size: int) -> _Table:
    values = np.frombuffer(colours).reshape(-1, 4).tolist()
    texels = quantise.gradient_table(list(zip(positions, values, strict=True)), size).reshape(-1, TABLE_ENTRIES)
    texels.flags.writeable = False
    return _Table(texels, Hasher().array(texels).digest())
