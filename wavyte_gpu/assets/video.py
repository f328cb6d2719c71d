"""Videos: which frame shows at a time, and that frame's planes, the same bits in whatever order frames are asked for.

What holds the pictures, a stream that FFmpeg decodes or still images, is a `FrameReader`.
"""

from __future__ import annotations

import bisect
import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, Protocol

import xxhash

from wavyte_gpu.assets.frame_cache import FrameCache
from wavyte_gpu.assets.media_file import growing
from wavyte_gpu.assets.paths import source_name
from wavyte_gpu.assets.picture_sequence import AnimatedWebp, ImageSequence, is_animated_webp
from wavyte_gpu.assets.video_decoder import VideoDecoder
from wavyte_gpu.assets.video_index import VideoIndex
from wavyte_gpu.assets.video_planes import AlphaPlanes, Planes, VideoFormat
from wavyte_gpu.foundation.errors import AssetError, Problem, WavyteError
from wavyte_gpu.foundation.hashing import Hasher

__all__ = [
    "WHOLE",
    "AlphaPlanes",
    "Planes",
    "PreparedVideo",
    "VideoFormat",
    "VideoTrim",
    "hash_file",
    "prepare_sequence",
    "prepare_video",
]


_STEP = 4
"""Frames that lie no further apart are asked for in order."""


class FrameReader(Protocol):
    """Decodes frames by number, in any order; see `VideoDecoder`."""

    index: VideoIndex
    format: VideoFormat
    size: tuple[int, int]
    turned: bool
    problems: tuple[Problem, ...]

    def read(self, frame: int) -> Planes | AlphaPlanes: ...

    def close(self) -> None: ...


class VideoTrim(NamedTuple):
    """Which part of a source is shown, how fast: the document's media controls, in seconds."""

    start_s: Fraction = Fraction(0)
    end_s: Fraction | None = None
    rate: Fraction = Fraction(1)

    def source_time(self, local_s: Fraction) -> Fraction:
        """Return the source time of a node-local time: `start + local * rate`, not before `start` nor after `end`."""
        time = self.start_s + max(Fraction(0), local_s) * self.rate
        return time if self.end_s is None else min(time, self.end_s)

    def duration_s(self, source_duration_s: Fraction) -> Fraction:
        """Return how long the trimmed part of a source lasts in node-local seconds."""
        end = source_duration_s if self.end_s is None else min(self.end_s, source_duration_s)
        return max(Fraction(0), end - self.start_s) / self.rate


WHOLE = VideoTrim()


class PreparedVideo:
    """One video. Owns its reader: `close` it. Calls may come from any thread.

    Attributes:
        width, height: px as shown, rotation applied.
        frame_count: frames that can be shown.
        duration_s: seconds from the start of the file's time line to the end of the last frame.
        origin_s: the file's own time that counts as source time 0: the earliest start of its video and audio.
        has_audio: the file has an audio stream.
        sample_aspect: width over height of one sample as it is stored.
        content_hash: 16 bytes over the file's bytes and the trim.
        name: the file, for messages.
    """

    def __init__(
        self,
        source: Path | bytes,
        reader: FrameReader,
        name: str,
        file_hash: bytes,
        trim: VideoTrim,
        cache: FrameCache | None,
    ) -> None:
        self.name = name
        self.content_hash = _content_hash(file_hash, reader.index, trim)
        self.trim = trim
        self.source = source
        self._lock = threading.Lock()  # of the reader
        self._closed = False
        self._reader = reader
        self._index = reader.index
        self._cache = FrameCache() if cache is None else cache
        self._owns_cache = cache is None
        self._file_hash = file_hash
        self._last = -1 - _STEP  # the frame asked for before
        self._until = 0  # where decoding ahead ends
        self._urgent = False  # somebody waits for the decoder
        self._job: Future[None] | None = None
        self.frame_count = len(self._index.pts)
        self.origin_s = self._index.origin_s
        self.has_audio = self._index.has_audio
        self.sample_aspect = self._index.sample_aspect
        self.duration_s = self._index.end_s - self.origin_s
        self.format = reader.format
        self.width, self.height = reader.size
        samples = self.width * self.height * (4 if self.format.alpha else 3)
        self._cache.join(self, samples * (2 if self.format.bits > 8 else 1))

    def __enter__(self) -> PreparedVideo:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px as shown."""
        return self.width, self.height

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings of what is shown otherwise than it was meant; it grows where damage is met."""
        return self._reader.problems

    @property
    def times_s(self) -> list[Fraction]:
        """When each frame begins, in source seconds."""
        return [pts * self._index.time_base - self.origin_s for pts in self._index.pts]

    @property
    def display_size(self) -> tuple[float, float]:
        """(width, height) in square px as shown: one side grows by the sample aspect, as HTML has it."""
        aspect = 1 / self.sample_aspect if self._reader.turned else self.sample_aspect
        one = Fraction(1)
        return float(self.width * max(aspect, one)), float(self.height * max(1 / aspect, one))

    def frame_at(self, source_time: Fraction) -> int:
        """Return the frame whose presentation interval contains a source time, clamped to the first and the last.

        Files whose clock ticks in milliseconds hold rounded times; there a frame begins half a tick early, so that frames at
        29.97 a second fall on the frames they were made from.
        """
        ticks = (source_time + self.origin_s) / self._index.time_base
        if self._index.time_base == Fraction(1, 1000):
            ticks += Fraction(1, 2)
        index = bisect.bisect_right(self._index.pts, ticks.numerator // ticks.denominator) - 1
        return min(max(index, 0), self.frame_count - 1)

    def frame_at_local(self, local_s: Fraction) -> int:
        """Return the frame for a node-local time: `frame_at` after trim and rate; the end of the trim is exclusive."""
        index = self.frame_at(self.trim.source_time(local_s))
        if self.trim.end_s is not None and self.trim.source_time(local_s) >= self.trim.end_s:
            start = self._index.pts[index] * self._index.time_base - self.origin_s
            if start >= self.trim.end_s and index > self.frame_at(self.trim.start_s):
                index -= 1
        return index

    def planes(self, frame: int) -> Planes | AlphaPlanes:
        """Return the planes of a frame, counted in presentation order.

        Raises:
            AssetError: the frame can't be decoded, or the video is closed.
            UnsupportedError: the picture changes its size or pixel format there.
            IndexError: there is no such frame.
        """
        if not 0 <= frame < self.frame_count:
            raise IndexError(f"{self.name} has {self.frame_count} frames, there is no frame {frame}")
        found = None if self._closed else self._cache.get((self._file_hash, frame))
        if found is None:
            self._urgent = True
            with self._lock:
                self._urgent = False
                if -_STEP <= frame - self._last < 0:  # backwards: decode a run forward, once
                    for before in range(max(0, frame - self._cache.ahead() + 1), frame):
                        with suppress(WavyteError):
                            self._read(before)
                found = self._read(frame)
        self._look_ahead(frame)
        return found

    def _read(self, frame: int) -> Planes | AlphaPlanes:
        """Return a frame that is held, or decode it. The lock is held."""
        if self._closed:
            raise AssetError(Problem("error", "closed_video", f"{self.name} was closed", file=self.name))
        key = self._file_hash, frame
        found = self._cache.get(key)
        if found is None:
            found = self._cache.put(key, self._reader.read(frame))
        return found

    def _look_ahead(self, frame: int) -> None:
        """Let the thread decode what will be asked for next, where frames are asked for in order."""
        step = frame - self._last
        if step == 0:
            return
        self._last = frame
        self._until = 0
        if 0 < step <= _STEP:
            self._until = min(frame + 1 + self._cache.ahead(), self.frame_count)
            if self._job is None or self._job.done():
                self._job = self._cache.run(self._decode_ahead, frame + 1)

    def _decode_ahead(self, frame: int) -> None:
        """Decode up to `_until`; stop where the decoder is wanted, and at errors, which whoever asks for the frame will meet."""
        while frame < self._until and not self._urgent and not self._closed:
            if (self._file_hash, frame) not in self._cache:
                with self._lock:
                    try:
                        self._read(frame)
                    except WavyteError:
                        return
            frame += 1

    def close(self) -> None:
        """Release decoder and frames; a second call does nothing."""
        self._closed = True
        self._cache.leave(self)
        if self._owns_cache:
            self._cache.close()
        with self._lock:
            self._reader.close()


def prepare_video(
    source: Path | bytes,
    name: str | None = None,
    trim: VideoTrim = WHOLE,
    *,
    content_hash: bytes | None = None,
    cache: FrameCache | None = None,
) -> PreparedVideo:
    """Open a video, index it and decode its first frame.

    Args:
        content_hash: over the file, where it is known. cache: keeps frames; default one of its own.

    Raises:
        AssetError: no video, corrupt, or without a frame; the message names file, stream and time.
        UnsupportedError: its pixel format, matrix or orientation is not handled yet.
        LimitError: it is larger than 16384 px a side.
    """
    name = source_name(source) if name is None else name
    file_hash = hash_file(source, name) if content_hash is None else content_hash
    reader: FrameReader = AnimatedWebp(source, name) if is_animated_webp(source) else VideoDecoder(source, name)
    return PreparedVideo(source, reader, name, file_hash, trim, cache)


def prepare_sequence(
    files: Sequence[Path], rate: Fraction, name: str, trim: VideoTrim = WHOLE, *, cache: FrameCache | None = None
) -> PreparedVideo:
    """Open an image sequence, one file a frame, as a video of `rate` frames a second.

    Raises:
        AssetError: a file can't be read, or the first is no image. LimitError: it is too large.
    """
    hasher = Hasher().text("sequence")
    for file in files:
        hasher.bytes(hash_file(file, str(file)))
    return PreparedVideo(b"", ImageSequence(files, rate, name), name, hasher.digest(), trim, cache)


def _content_hash(file_hash: bytes, index: VideoIndex, trim: VideoTrim) -> bytes:
    hasher = Hasher().text("video").bytes(file_hash)
    for value in (trim.start_s, trim.end_s, trim.rate, index.time_base):
        hasher.text("" if value is None else f"{value.numerator}/{value.denominator}")
    return hasher.digest()


def hash_file(source: Path | bytes, name: str) -> bytes:
    """Return 16 bytes over a file's bytes, read in pieces.

    Raises:
        AssetError: it can't be read, or grows meanwhile.
    """
    state = xxhash.xxh3_128(seed=0)
    if isinstance(source, bytes):
        state.update(source)
        return state.digest()
    try:
        with source.open("rb") as file:
            left = os.fstat(file.fileno()).st_size
            while piece := file.read(min(1 << 20, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise growing(name)
                state.update(piece)
    except OSError as error:
        raise AssetError(
            Problem("error", "unreadable_asset", f"{name} can't be read: {error.strerror}", file=name)
        ) from error
    return state.digest()
