"""Videos: which frame shows at a time, and that frame's planes, the same bits in whatever order frames are asked for.

The index of presentation times is built once by demuxing. Frames are decoded as they are asked for: forward from where the decoder
stands, or from the nearest key frame. PyAV is imported inside functions, so that documents are checked without it.
"""

from __future__ import annotations

import bisect
import io
import threading
from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, cast

import numpy as np
import xxhash

from wavyte_gpu.assets.paths import source_name
from wavyte_gpu.assets.video_index import VideoIndex, read_index
from wavyte_gpu.assets.video_planes import AlphaPlanes, Plane, Planes, VideoFormat, orientation, read_format, split
from wavyte_gpu.foundation.errors import AssetError, Problem, UnsupportedError
from wavyte_gpu.foundation.hashing import Hasher

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["WHOLE", "AlphaPlanes", "Planes", "PreparedVideo", "VideoFormat", "VideoTrim", "hash_file", "prepare_video"]

CACHE_FRAMES = 8
CACHE_BYTES = 64 << 20

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
    """One video stream. Owns its decoder: `close` it. Calls may come from any thread.

    Attributes:
        width, height: px as shown, rotation applied.
        frame_count: frames that can be shown.
        duration_s: seconds from the start of the file's time line to the end of the last frame.
        origin_s: the file's own time that counts as source time 0: the earliest start of its video and audio.
        has_audio: the file has an audio stream.
        sample_aspect: width over height of one sample as it is stored.
        content_hash: 16 bytes over the file's bytes and the trim.
        name: the file, for messages.
        problems: warnings of what is shown otherwise than it was meant.
    """

    def __init__(self, source: Path | bytes, name: str, content_hash: bytes, trim: VideoTrim) -> None:
        self.name = name
        self.content_hash = content_hash
        self.trim = trim
        self.source = source
        self._lock = threading.RLock()
        self._closed = False
        self._container: InputContainer | None = None
        self._frames: Iterator[tuple[int, VideoFrame]] | None = None
        self._next = 0  # no frame below it will come out of `_frames`
        self._cache: OrderedDict[int, Planes | AlphaPlanes] = OrderedDict()
        self._cache_bytes = 0
        self._index = self._read_index()
        self.stream_index = self._index.stream
        self.frame_count = len(self._index.pts)
        self.origin_s = self._index.origin_s
        self.has_audio = self._index.has_audio
        self.sample_aspect = self._index.sample_aspect
        self.duration_s = self._index.end_s - self.origin_s
        try:
            _, first = self._decode(0)
            self._first_shape = (first.width, first.height, first.format.name)
            self._turns, self._flip = orientation(first, name)
            self.problems = _interlaced(first, name)
            self.format = read_format(first, self._index.codec, (self._turns, self._flip), name)
            self.width, self.height = (first.height, first.width) if self._turns % 2 else (first.width, first.height)
            self._keep(0, self._planes_of(first, 0))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> PreparedVideo:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px as shown."""
        return self.width, self.height

    @property
    def times_s(self) -> list[Fraction]:
        """When each frame begins, in source seconds."""
        return [pts * self._index.time_base - self.origin_s for pts in self._index.pts]

    @property
    def display_size(self) -> tuple[float, float]:
        """(width, height) in square px as shown: one side grows by the sample aspect, as HTML has it."""
        aspect = 1 / self.sample_aspect if self._turns % 2 else self.sample_aspect
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
        with self._lock:
            cached = self._cache.get(frame)
            if cached is not None:
                self._cache.move_to_end(frame)
                return cached
            _, decoded = self._decode(frame)
            planes = self._planes_of(decoded, frame)
            self._keep(frame, planes)
            return planes

    def close(self) -> None:
        """Release decoder and cache; a second call does nothing."""
        with self._lock:
            self._closed = True
            self._drop_decoder()
            self._cache.clear()
            self._cache_bytes = 0

    # decoding

    def _decode(self, target: int) -> tuple[int, VideoFrame]:
        """Return (target, its decoded frame), continuing, seeking, or at last from the start of the file."""
        import av

        if self._closed:
            raise AssetError(Problem("error", "closed_video", f"{self.name} was closed", file=self.name))
        key = self._index.key_before(target)
        starts: list[int | None] = []  # key frames to begin at; None continues where the decoder stands
        if self._frames is not None and key <= self._next <= target:
            starts.append(None)
        while key > 0 and len(starts) < 3:
            starts.append(key)
            key = self._index.key_before(key - 1)
        starts.append(0)
        try:
            for start in starts:
                if start is not None:
                    self._start_at(start)
                assert self._frames is not None
                for index, frame in self._frames:
                    self._next = index + 1
                    if index == target:
                        if frame.is_corrupt:
                            self._fail(target, "the decoder marks it as damaged")
                        return index, frame
                    if index > target:
                        break
        except av.FFmpegError as error:
            self._drop_decoder()
            self._fail(target, error.strerror or str(error), error)
        except BaseException:
            self._drop_decoder()
            raise
        self._drop_decoder()
        self._fail(target, "the decoder gives no picture")

    def _start_at(self, key: int) -> None:
        """Let the decoder begin at key frame `key`, or at the very start of the file for 0."""
        if self._container is None or key == 0 or self._index.sequential:
            self._drop_decoder()
            self._container = _open(self.source, self.name)
            fresh = cast("VideoStream", self._container.streams[self.stream_index])
            fresh.thread_type = "AUTO"
            if self._index.codec == "mjpeg":  # what it conceals in a damaged picture is left over from others
                fresh.codec_context.options = {"err_detect": "explode"}
        stream = cast("VideoStream", self._container.streams[self.stream_index])
        if key > 0 and not self._index.sequential:
            self._container.seek(self._index.seek_ticks[key], stream=stream, backward=True)
        self._next = 0
        self._frames = self._decoded(stream, from_start=key == 0 or self._index.sequential)

    def _decoded(self, stream: VideoStream, from_start: bool) -> Iterator[tuple[int, VideoFrame]]:
        """Yield (index, frame) in presentation order from where the container stands."""
        assert self._container is not None
        lowest: int | None = None
        count = 0
        decoder = self._alpha_decoder()
        for packet in self._container.demux(stream):
            if lowest is None and packet.size and packet.pts is not None:
                lowest = packet.pts  # what precedes the key frame in presentation may lack what it was predicted from
            frames = packet.decode() if decoder is None else decoder.decode(packet if packet.size else None)
            for frame in frames:
                if self._index.sequential:
                    index: int | None = count
                    count += 1
                elif frame.pts is None or (not from_start and lowest is not None and frame.pts < lowest):
                    continue
                else:
                    index = self._index.by_pts.get(frame.pts)
                if index is not None and index < self.frame_count:
                    yield index, frame

    def _alpha_decoder(self) -> Any:
        """Return a decoder that reads the alpha of VP8 and VP9, which FFmpeg's own leave out; None for other videos."""
        import av

        if not self._index.has_alpha:
            return None
        return av.CodecContext.create(cast(Any, f"libvpx{'-vp9' if self._index.codec == 'vp9' else ''}"), "r")

    def _read_index(self) -> VideoIndex:
        import av

        try:
            with _open(self.source, self.name) as container:
                return read_index(container, lambda: _open(self.source, self.name), self.name)
        except (av.FFmpegError, ValueError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise AssetError(
                Problem("error", "corrupt_video", f"{self.name} can't be read as a video: {reason}", file=self.name)
            ) from error

    def _drop_decoder(self) -> None:
        self._frames = None
        self._next = 0
        if self._container is not None:
            self._container.close()
            self._container = None

    def _fail(self, frame: int, reason: str, cause: BaseException | None = None) -> NoReturn:
        time = float(self._index.pts[frame] * self._index.time_base - self.origin_s)
        raise AssetError(
            Problem(
                "error",
                "corrupt_video",
                f"{self.name}: frame {frame} of stream {self._index.stream} at {time:.3f} s can't be decoded: {reason}",
                file=self.name,
            )
        ) from cause

    # planes

    def _planes_of(self, frame: VideoFrame, index: int) -> Planes | AlphaPlanes:
        if (frame.width, frame.height, frame.format.name) != self._first_shape:
            time = float(self._index.pts[index] * self._index.time_base - self.origin_s)
            raise UnsupportedError(
                Problem(
                    "error",
                    "video_changes",
                    f"{self.name}: the picture changes its size or pixel format at {time:.3f} s; that is planned",
                    file=self.name,
                    found=f"{frame.width}x{frame.height} {frame.format.name}",
                    allowed="{}x{} {}".format(*self._first_shape),
                )
            )
        planes = [self._upright(plane) for plane in split(frame)]
        for plane in planes:
            plane.flags.writeable = False
        return AlphaPlanes(*planes) if len(planes) == 4 else Planes(*planes)

    def _upright(self, plane: Plane) -> Plane:
        turned = plane[:, ::-1] if self._flip else plane
        return cast(Plane, np.array(np.rot90(turned, -self._turns), order="C"))

    def _keep(self, frame: int, planes: Planes | AlphaPlanes) -> None:
        self._cache[frame] = planes
        self._cache_bytes += sum(plane.nbytes for plane in planes)
        while len(self._cache) > CACHE_FRAMES or (self._cache_bytes > CACHE_BYTES and len(self._cache) > 1):
            _, old = self._cache.popitem(last=False)
            self._cache_bytes -= sum(plane.nbytes for plane in old)


def _interlaced(frame: VideoFrame, name: str) -> tuple[Problem, ...]:
    """Return the warning of pictures that hold two fields, which are shown together."""
    if not frame.interlaced_frame:
        return ()
    text = f"{name} is interlaced; both fields of a frame are shown at once"
    return (Problem("warning", "video_interlaced", text, file=name),)


def prepare_video(
    source: Path | bytes, name: str | None = None, trim: VideoTrim | None = None, *, content_hash: bytes | None = None
) -> PreparedVideo:
    """Open a video, index it and decode its first frame.

    Raises:
        AssetError: no video, corrupt, or without a frame; the message names file, stream and time.
        UnsupportedError: its pixel format, matrix or orientation is not handled yet.
        LimitError: it is larger than 16384 px a side.
    """
    name = source_name(source) if name is None else name
    trim = VideoTrim() if trim is None else trim
    hasher = Hasher().text("video").bytes(hash_file(source, name) if content_hash is None else content_hash)
    for value in (trim.start_s, trim.end_s, trim.rate):
        hasher.text("" if value is None else f"{value.numerator}/{value.denominator}")
    return PreparedVideo(source, name, hasher.digest(), trim)


def hash_file(source: Path | bytes, name: str) -> bytes:
    """Return 16 bytes over a file's bytes, read in pieces.

    Raises:
        AssetError: it can't be read.
    """
    state = xxhash.xxh3_128(seed=0)
    if isinstance(source, bytes):
        state.update(source)
        return state.digest()
    try:
        with source.open("rb") as file:
            while piece := file.read(1 << 20):
                state.update(piece)
    except OSError as error:
        raise AssetError(
            Problem("error", "unreadable_asset", f"{name} can't be read: {error.strerror}", file=name)
        ) from error
    return state.digest()


def _open(source: Path | bytes, name: str) -> InputContainer:
    import av

    try:
        if isinstance(source, bytes):
            return av.open(io.BytesIO(source), "r", metadata_errors="replace")
        return av.open(f"file:{source}", "r", metadata_errors="replace", options={"protocol_whitelist": "file"})
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AssetError(
            Problem("error", "corrupt_video", f"{name} can't be opened as a video: {reason}", file=name)
        ) from error
