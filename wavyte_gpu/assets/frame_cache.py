"""Decoded frames of all videos of a store, bounded in bytes, and the one thread that decodes them ahead of need."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from wavyte_gpu.assets.video_planes import AlphaPlanes, Planes

__all__ = ["FrameCache"]

CACHE_BYTES = 256 << 20
MAX_AHEAD = 8  # frames of one video

Key = tuple[bytes, int]
"""The hash of a file, and the frame: clips of one file share its frames."""


class FrameCache:
    """Planes by file and frame. It holds at most `limit` bytes, or one frame where that is larger; those used longest ago go first.

    Any thread may call. Its own thread starts with the first job and ends with `close`.
    """

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._frames: OrderedDict[Key, Planes | AlphaPlanes] = OrderedDict()
        self._bytes = 0
        self._users: dict[int, int] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._frames)

    def __contains__(self, key: Key) -> bool:
        return key in self._frames

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

    def put(self, key: Key, planes: Planes | AlphaPlanes) -> Planes | AlphaPlanes:
        """Hold a frame, or keep the equal one that is held, and return it; drop others to keep within the limit."""
        with self._lock:
            if key in self._frames or self._closed:
                return self._frames.get(key, planes)
            self._frames[key] = planes
            self._bytes += _nbytes(planes)
            while self._bytes > self.limit and len(self._frames) > 1:
                self._bytes -= _nbytes(self._frames.popitem(last=False)[1])
            return planes

    def join(self, user: object, frame_bytes: int) -> None:
        """Count an open video, whose frames have so many bytes."""
        with self._lock:
            self._users[id(user)] = frame_bytes

    def leave(self, user: object) -> None:
        """Count a video no longer."""
        with self._lock:
            self._users.pop(id(user), None)

    def ahead(self) -> int:
        """Return how many frames each video may decode ahead, so that together they fill a quarter of the limit."""
        with self._lock:
            return min(MAX_AHEAD, self.limit // max(1, 4 * sum(self._users.values())))

    def run(self, job: Callable[[int], None], frame: int) -> Future[None] | None:
        """Let the thread do a job, after those of before; None when closed."""
        with self._lock:
            if self._closed:
                return None
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "wavyte-decode")
            return self._pool.submit(job, frame)

    def close(self) -> None:
        """End the thread and drop all frames; a second call does nothing."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)
        with self._lock:
            self._frames.clear()
            self._bytes = 0


def _nbytes(planes: Planes | AlphaPlanes) -> int:
    return sum(plane.shape[0] * max(plane.strides[0], plane.shape[1] * plane.itemsize) for plane in planes)
