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
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn, cast

import numpy as np
import numpy.typing as npt
import xxhash

from wavyte_gpu.assets.paths import source_name
from wavyte_gpu.assets.video_index import VideoIndex, read_index
from wavyte_gpu.foundation.errors import AssetError, LimitError, Problem, UnsupportedError
from wavyte_gpu.foundation.hashing import Hasher

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["WHOLE", "Planes", "PreparedVideo", "VideoFormat", "VideoTrim", "hash_file", "prepare_video"]

CACHE_FRAMES = 8
CACHE_BYTES = 64 << 20
MAX_SIDE_PX = 16384

Plane = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Matrix = Literal["601", "709", "2020"]

# name -> (bits, log2 of the chroma subsampling in x and y, what full range is assumed where nothing is said)
_PIXEL_FORMATS: dict[str, tuple[int, int, int, bool]] = {
    "yuv420p": (8, 1, 1, False),
    "yuv422p": (8, 1, 0, False),
    "yuv444p": (8, 0, 0, False),
    "yuvj420p": (8, 1, 1, True),
    "yuvj422p": (8, 1, 0, True),
    "yuvj444p": (8, 0, 0, True),
    "yuv420p10le": (10, 1, 1, False),
    "yuv422p10le": (10, 1, 0, False),
    "yuv444p10le": (10, 0, 0, False),
    "nv12": (8, 1, 1, False),
    "gray": (8, 1, 1, True),
    "gray10le": (10, 1, 1, True),
}
_VIDEO_CODECS_OF_LIMITED_GREY = (
    "h264",
    "hevc",
    "av1",
    "vp8",
    "vp9",
    "mpeg4",
    "mpeg2video",
    "mpeg1video",
    "ffv1",
    "prores",
)
_CENTRE_SITED_CODECS = ("mjpeg", "mpeg1video")
_MATRICES: dict[int, Matrix] = {1: "709", 5: "601", 6: "601", 4: "601", 9: "2020"}
_UNTAGGED_MATRIX = 2
_FULL_RANGE = 2
_LIMITED_RANGE = 1


class Planes(NamedTuple):
    """The planes of one frame, turned upright: (H, W) uint8, or uint16 for more than 8 bits, read-only."""

    y: Plane
    u: Plane
    v: Plane


class VideoFormat(NamedTuple):
    """What the samples of the planes mean.

    Attributes:
        bits: of a sample, 8 or 10; values are 0..2^bits - 1.
        log2_x, log2_y: chroma planes have ceil(size / 2^log2) samples.
        full_range: luma fills 0..2^bits - 1, not 16..235 of 8 bits.
        matrix: the YCbCr matrix, "601", "709" or "2020" (non-constant luminance).
        siting: (x, y) of chroma sample (0, 0) minus that of luma sample (0, 0), in half luma pixels: left-sited 4:2:0 is (0, 1),
            centred (1, 1), 4:4:4 (0, 0). Rotation moves it with the planes.
    """

    bits: int
    log2_x: int
    log2_y: int
    full_range: bool
    matrix: Matrix
    siting: tuple[int, int]


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
        sample_aspect: width over height of one sample; recorded, not applied.
        content_hash: 16 bytes over the file's bytes and the trim.
        name: the file, for messages.
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
        self._cache: OrderedDict[int, Planes] = OrderedDict()
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
            self._turns, self._flip = _orientation(first, name)
            self.format = self._read_format(first)
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

    def planes(self, frame: int) -> Planes:
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
        for packet in self._container.demux(stream):
            if lowest is None and packet.size and packet.pts is not None:
                lowest = packet.pts  # what precedes the key frame in presentation may lack what it was predicted from
            for frame in packet.decode():
                if self._index.sequential:
                    index: int | None = count
                    count += 1
                elif frame.pts is None or (not from_start and lowest is not None and frame.pts < lowest):
                    continue
                else:
                    index = self._index.by_pts.get(frame.pts)
                if index is not None and index < self.frame_count:
                    yield index, frame

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

    def _read_format(self, frame: VideoFrame) -> VideoFormat:
        name = frame.format.name
        if name not in _PIXEL_FORMATS:
            raise UnsupportedError(
                Problem(
                    "error",
                    "pixel_format",
                    f"{self.name}: videos of pixel format {name} are planned",
                    file=self.name,
                    found=name,
                    allowed=", ".join(_PIXEL_FORMATS),
                )
            )
        bits, log2_x, log2_y, full = _PIXEL_FORMATS[name]
        codec = self._index.codec
        if name.startswith("gray"):
            full = codec not in _VIDEO_CODECS_OF_LIMITED_GREY
        if frame.color_range in (_LIMITED_RANGE, _FULL_RANGE):
            full = int(frame.color_range) == _FULL_RANGE
        tag = int(frame.colorspace)
        matrix = _MATRICES.get(tag)
        if matrix is None:
            if tag not in (_UNTAGGED_MATRIX, 3):
                raise UnsupportedError(
                    Problem(
                        "error",
                        "colour_matrix",
                        f"{self.name}: the YCbCr matrix with number {tag} is planned",
                        file=self.name,
                        allowed="BT.601, BT.709, BT.2020 non-constant luminance",
                    )
                )
            matrix = "709" if frame.height >= 720 else "601"
        centre = codec in _CENTRE_SITED_CODECS
        x = 1 if log2_x and centre else 0
        y = 1 if log2_y else 0
        sub_x, sub_y, width, height = log2_x, log2_y, frame.width, frame.height
        if self._flip:
            x = _mirrored(x, width, sub_x)
        for _ in range(self._turns):  # clockwise: what was the bottom edge becomes the left one
            x, y = _mirrored(y, height, sub_y), x
            sub_x, sub_y, width, height = sub_y, sub_x, height, width
        return VideoFormat(bits, sub_x, sub_y, full, matrix, (x, y))

    def _planes_of(self, frame: VideoFrame, index: int) -> Planes:
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
        planes = [self._upright(plane) for plane in _split(frame)]
        for plane in planes:
            plane.flags.writeable = False
        return Planes(*planes)

    def _upright(self, plane: Plane) -> Plane:
        turned = plane[:, ::-1] if self._flip else plane
        return cast(Plane, np.array(np.rot90(turned, -self._turns), order="C"))

    def _keep(self, frame: int, planes: Planes) -> None:
        self._cache[frame] = planes
        self._cache_bytes += sum(plane.nbytes for plane in planes)
        while len(self._cache) > CACHE_FRAMES or (self._cache_bytes > CACHE_BYTES and len(self._cache) > 1):
            _, old = self._cache.popitem(last=False)
            self._cache_bytes -= sum(plane.nbytes for plane in old)


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


def _split(frame: VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Return views of a frame's planes without padding; grey gets neutral chroma."""
    name = frame.format.name
    bits, log2_x, log2_y, _ = _PIXEL_FORMATS[name]
    dtype: type[Any] = np.uint16 if bits > 8 else np.uint8
    width, height = frame.width, frame.height
    chroma = (-(-height >> log2_y), -(-width >> log2_x))

    def view(i: int, rows: int, columns: int) -> npt.NDArray[Any]:
        plane = frame.planes[i]
        pitch = plane.line_size // np.dtype(dtype).itemsize
        samples: npt.NDArray[Any] = np.frombuffer(memoryview(plane), dtype)
        return samples[: rows * pitch].reshape(rows, pitch)[:, :columns]

    y = view(0, height, width)
    if name.startswith("gray"):
        neutral = np.full(chroma, 1 << (bits - 1), dtype)
        return y, neutral, neutral.copy()
    if name == "nv12":
        uv = view(1, chroma[0], 2 * chroma[1])
        return y, uv[:, 0::2], uv[:, 1::2]
    return y, view(1, *chroma), view(2, *chroma)


def _mirrored(siting: int, length: int, log2: int) -> int:
    """Return a chroma siting (half luma pixels) along an axis of `length` luma samples after mirroring it."""
    samples = -(-length >> log2)
    return 2 * (length - 1) - 2 * (samples - 1) * (1 << log2) - siting


def _orientation(frame: VideoFrame, name: str) -> tuple[int, bool]:
    """Return how to turn a picture upright: quarter turns clockwise, and whether to mirror it left to right before that.

    Raises:
        UnsupportedError: the display matrix is none of the eight upright ones.
        LimitError: the picture is too large.
    """
    if max(frame.width, frame.height) > MAX_SIDE_PX:
        raise LimitError(
            Problem(
                "error",
                "video_size",
                f"{name} is too large a video",
                file=name,
                found=f"{frame.width}x{frame.height}",
                allowed=f"at most {MAX_SIDE_PX} px a side",
            )
        )
    matrix = None
    side_data: Any = frame.side_data
    for side in side_data:  # iterating gives the values
        if side.type.name == "DISPLAYMATRIX":
            matrix = np.frombuffer(bytes(side), "=i4")[:9]
    if matrix is None:
        return 0, False
    a, b, c, d = (int(matrix[i]) for i in (0, 1, 3, 4))
    # A source pixel (x, y) is shown at (a x + c y, b x + d y), y down.
    signs = tuple((v > 0) - (v < 0) for v in (a, b, c, d))
    turns = {
        (1, 0, 0, 1): (0, False),
        (0, 1, -1, 0): (1, False),
        (-1, 0, 0, -1): (2, False),
        (0, -1, 1, 0): (3, False),
        (-1, 0, 0, 1): (0, True),
        (0, -1, -1, 0): (1, True),
        (1, 0, 0, -1): (2, True),
        (0, 1, 1, 0): (3, True),
    }
    if signs not in turns:
        raise UnsupportedError(
            Problem(
                "error",
                "video_rotation",
                f"{name}: rotation by other than quarter turns is planned",
                file=name,
                found=f"display matrix {a / 65536:g} {b / 65536:g} {c / 65536:g} {d / 65536:g}",
                allowed="0, 90, 180 and 270 degrees, mirrored or not",
            )
        )
    return turns[signs]
