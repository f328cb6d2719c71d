"""Sound files: any samples asked for, the same bits in whatever order they are asked for, in bounded memory.

A stream is decoded in chapters of several segments. Each chapter begins with a decoder of its own that runs in for a second, so that
what a decoder remembers never depends on what was read before. Decoders that forget (all but their overlaps and reservoirs) give the
same samples as one that ran from the start of the file; the others, whose noise generators never forget, do so in their first, long
chapter. Segments are kept in a cache that all sounds share.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.channels import stereo
from wavyte_gpu.assets.media_file import open_media, unchanged
from wavyte_gpu.assets.paths import source_name
from wavyte_gpu.assets.sound_index import SoundIndex, decoded_frames, read_sound_index
from wavyte_gpu.foundation.errors import AssetError, Problem

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["SEGMENT", "PreparedSound", "SegmentCache", "prepare_sound"]

F32 = npt.NDArray[np.float32]

SEGMENT = 1 << 18  # samples
_CACHE_BYTES = 128 << 20
_RUN_IN_S = 1
_FORGETFUL = ("pcm_", "flac", "alac", "mp3", "mp2", "vorbis", "opus")
_CHAPTER, _LONG_CHAPTER = 4, 128  # segments
_numbers = itertools.count()


class SegmentCache:
    """Decoded segments, the least recently used dropped first. Calls may come from any thread."""

    def __init__(self, max_bytes: int = _CACHE_BYTES) -> None:
        self.max_bytes = max_bytes
        self.held_bytes = 0
        self._segments: OrderedDict[tuple[int, int], F32] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, sound: int, number: int) -> F32 | None:
        """Return a segment that is held."""
        with self._lock:
            found = self._segments.get((sound, number))
            if found is not None:
                self._segments.move_to_end((sound, number))
            return found

    def put(self, sound: int, number: int, samples: F32) -> None:
        """Keep a segment."""
        with self._lock:
            self._segments[sound, number] = samples
            self.held_bytes += samples.nbytes
            while self.held_bytes > self.max_bytes and len(self._segments) > 1:
                _, old = self._segments.popitem(last=False)
                self.held_bytes -= old.nbytes


class PreparedSound:
    """One sound stream. Holds no open file.

    Attributes:
        sample_rate: Hz. length: samples from the start of the file's time line. duration_s: the same in seconds.
        problems: warnings of what was recovered from.
    """

    def __init__(self, source: Path | bytes, name: str, cache: SegmentCache, origin_s: Fraction | None = None) -> None:
        import av

        self.name = name
        self._source = source
        self._cache = cache
        self._lock = threading.Lock()
        self._number = next(_numbers)
        self._container: InputContainer | None = None
        self._frames: Iterator[tuple[int, AudioFrame]] = iter(())
        self._last: tuple[int, AudioFrame] | None = None  # the frame that reaches into the next segment
        self._next = -1  # the segment that `_frames` leads to
        self._damaged: set[float] = set()
        try:
            with unchanged(source, name):
                self._index: SoundIndex = read_sound_index(self._open, source, name, origin_s)
        except (av.FFmpegError, ValueError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise AssetError(
                Problem("error", "corrupt_sound", f"{name} can't be read as sound: {reason}", file=name)
            ) from error
        if self._index.length <= 0:
            raise AssetError(Problem("error", "corrupt_sound", f"{name} holds no sample", file=name))
        forgetful = self._index.codec.startswith(_FORGETFUL)
        self._chapter = 1 << 62 if self._index.sequential else _CHAPTER if forgetful else _LONG_CHAPTER
        self.sample_rate = self._index.rate
        self.length = self._index.length
        self.duration_s = Fraction(self.length, self.sample_rate)

    @property
    def problems(self) -> list[Problem]:
        """Warnings: what was recovered from while indexing and decoding so far."""
        out = [] if self._index.cut_off is None else [self._index.cut_off]
        damaged = max(len(self._damaged), self._index.damaged)
        stream = f"{self.name}: stream {self._index.stream}"
        if self._index.jumps:
            at = self._index.jumps[0] / self.sample_rate
            text = f"{stream}: its clock jumps, first at {at:.3f} s; gaps of up to an hour are silence, others are closed"
            found = f"{len(self._index.jumps)} jumps"
            out.append(Problem("warning", "sound_jumps", text, file=self.name, found=found))
        if damaged:
            text = f"{stream} has {damaged} damaged packets, which are silent"
            out.append(Problem("warning", "sound_damaged", text, file=self.name))
        return out

    def read(self, first: int, count: int) -> F32:
        """Return (count, 2) float32 from sample `first`; silence outside the file.

        Raises:
            AssetError: the file can't be read any more, or its sample rate changes on the way.
        """
        out = np.zeros((count, 2), np.float32)
        low, high = max(first, 0), min(first + count, self.length)
        while low < high:
            number = low // SEGMENT
            segment = self._segment(number)
            begin = low - number * SEGMENT
            size = min(high - low, len(segment) - begin)
            out[low - first : low - first + size] = segment[begin : begin + size]
            low += size
        return out

    def close(self) -> None:
        """Close what decoding in order holds open."""
        with self._lock:
            self._stop()

    def _segment(self, number: int) -> F32:
        import av

        with self._lock:
            found = self._cache.get(self._number, number)
            if found is not None:
                return found
            try:
                chapter = number - number % self._chapter
                if not chapter < self._next <= number:
                    self._start(chapter)
                for _ in range(self._next, number + 1):
                    found = self._decode_next()
            except (av.FFmpegError, OSError) as error:
                self._stop()
                self._fail(number * SEGMENT, getattr(error, "strerror", None) or str(error))
            assert found is not None
            return found

    def _decode_next(self) -> F32:
        """Decode the segment that the decoder stands before, and keep it."""
        first = self._next * SEGMENT
        last = min(first + SEGMENT, self.length)
        out = np.zeros((last - first, 2), np.float32)
        pending = () if self._last is None else (self._last,)
        for position, frame in itertools.chain(pending, self._frames):
            self._last = position, frame
            if frame.sample_rate != self.sample_rate:
                self._fail(position, f"the sample rate changes from {self.sample_rate} to {frame.sample_rate} Hz")
            low, high = max(position, first), min(position + frame.samples, last)
            if low < high:
                out[low - first : high - first] = stereo(frame)[low - position : high - position]
            if position + frame.samples >= last:
                break
        out.flags.writeable = False
        self._cache.put(self._number, self._next, out)
        self._next += 1
        if last == self.length:
            self._stop()
        return out

    def _start(self, segment: int) -> None:
        """Let a new decoder lead to a segment, from a second before it."""
        self._stop()
        index = self._index
        self._container = self._open()
        stream = cast("AudioStream", self._container.streams[index.stream])
        run_in = segment * SEGMENT - _RUN_IN_S * index.rate
        at = int(np.searchsorted(index.pos, run_in, side="right")) - 1
        if at > 0 and not index.sequential:
            self._container.seek(int(index.pts[at]), stream=stream, backward=True)
        self._frames = self._placed(self._container, stream)
        self._next = segment

    def _placed(self, container: InputContainer, stream: AudioStream) -> Iterator[tuple[int, AudioFrame]]:
        """Yield (position, frame) from where the container stands; frames without a time are left out."""
        damage: list[float] = []
        for number, frame in enumerate(decoded_frames(container, stream, damage)):
            self._damaged.update(damage)
            if self._index.sequential:
                if number < len(self._index.pos):
                    yield int(self._index.pos[number]), frame
            elif frame.pts is not None:
                yield self._index.position(frame.pts, frame.samples), frame

    def _stop(self) -> None:
        self._last, self._frames, self._next = None, iter(()), -1
        if self._container is not None:
            self._container.close()
            self._container = None

    def _open(self) -> InputContainer:
        return open_media(self._source, self.name, "sound")

    def _fail(self, position: int, reason: str) -> NoReturn:
        time = position / self.sample_rate
        text = f"{self.name}: sound of stream {self._index.stream} at {time:.3f} s: {reason}"
        raise AssetError(Problem("error", "corrupt_sound", text, file=self.name))


def prepare_sound(
    source: Path | bytes, name: str | None = None, cache: SegmentCache | None = None, origin_s: Fraction | None = None
) -> PreparedSound:
    """Open a sound file and index it.

    Args:
        source: a file, or a file's bytes. name: how messages call it.
        cache: where decoded segments are kept; default one of its own.
        origin_s: the file's time that counts as 0; default the earliest start of its sound and pictures.

    Raises:
        AssetError: it holds no sound that can be decoded; the message names file, stream and time.
    """
    return PreparedSound(source, source_name(source) if name is None else name, cache or SegmentCache(), origin_s)
