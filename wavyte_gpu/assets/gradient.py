"""Gradients: colour stops, and the tables that backends look positions up in."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.hashing import Hasher

__all__ = ["TABLE_ENTRIES", "TABLE_LEVELS", "PreparedGradient", "Stop", "prepare_gradient"]

TABLE_ENTRIES = 1024  # entries of the smallest table
TABLE_LEVELS = 5  # tables of 1024 * 2^k entries, k in 0..4

Stop = tuple[float, tuple[float, float, float, float]]
"""Position in 0..1, and a colour: premultiplied, sRGB-encoded RGBA in 0..1."""


class PreparedGradient:
    """Stops in order. Immutable; its tables are computed on first use.

    Attributes:
        stops: at least one, positions ascending, colours premultiplied and sRGB-encoded.
        opaque: every stop's alpha is 1.
        content_hash: 16 bytes over the stops.
    """

    def __init__(self, stops: Sequence[Stop]) -> None:
        if not stops:
            raise ValueError("a gradient needs a stop")
        self.stops = tuple(stops)
        self.opaque = all(colour[3] >= 1.0 for _, colour in self.stops)
        hasher = Hasher().text("gradient").u32(len(self.stops))
        for position, colour in self.stops:
            hasher.f64(position)
            for value in colour:
                hasher.f64(value)
        self.content_hash = hasher.digest()
        self._tables: dict[int, npt.NDArray[np.uint32]] = {}
        self._lock = threading.Lock()

    def table(self, k: int) -> npt.NDArray[np.uint32]:
        """Return the table of 1024 * 2^k premultiplied pixels, (N,) uint32, computed once.

        Raises:
            ValueError: `k` is not in 0..4.
        """
        if not 0 <= k < TABLE_LEVELS:
            raise ValueError(f"gradient tables have 1024 * 2^k entries, k in 0..{TABLE_LEVELS - 1}, not {k}")
        with self._lock:
            if k not in self._tables:
                from wavyte_gpu.ops.quantise import gradient_table

                table = np.ascontiguousarray(gradient_table(self.stops, TABLE_ENTRIES << k), np.uint32)
                table.flags.writeable = False
                self._tables[k] = table
            return self._tables[k]


def prepare_gradient(stops: Sequence[tuple[float, Sequence[float]]]) -> PreparedGradient:
    """Prepare a gradient from straight colours.

    Args:
        stops: (position in 0..1, straight sRGB-encoded RGBA in 0..1), as the document orders them. A position below its
            predecessor's is moved up to it, as CSS does.
    """
    out: list[Stop] = []
    highest = 0.0
    for position, (r, g, b, a) in stops:
        highest = max(highest, float(position))
        out.append((highest, (r * a, g * a, b * a, float(a))))
    return PreparedGradient(out)
