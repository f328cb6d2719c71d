"""Decoded frames of all videos of a store, bounded in bytes; the frames used longest ago go first."""

from __future__ import annotations

import threading
from collections import OrderedDict

from wavyte_gpu.assets.video_planes import AlphaPlanes, Planes

__all__ = ["FrameCache"]

CACHE_BYTES = 256 << 20

Key = tuple[bytes, int]
"""The hash of a file, and the frame: clips of one file share its frames."""


class FrameCache:
    """Planes by file and frame. It holds at most `limit` bytes, or one frame where that is larger. Any thread may call."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._frames: OrderedDict[Key, Planes | AlphaPlanes] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._bytes

    def get(self, key: Key) -> Planes | AlphaPlanes | None:
        """Return a frame that is held."""
        with self._lock:
            found = self._frames.get(key)
            if found is not None:
                self._frames.move_to_end(key)
            return found

    def put(self, key: Key, planes: Planes | AlphaPlanes) -> None:
        """Hold a frame; drop others to keep within the limit."""
        with self._lock:
            if key in self._frames:
                return
            self._frames[key] = planes
            self._bytes += _nbytes(planes)
            while self._bytes > self.limit and len(self._frames) > 1:
                self._bytes -= _nbytes(self._frames.popitem(last=False)[1])

    def close(self) -> None:
        """Drop all frames."""
        with self._lock:
            self._frames.clear()
            self._bytes = 0


def _nbytes(planes: Planes | AlphaPlanes) -> int:
    return sum(plane.nbytes for plane in planes)
