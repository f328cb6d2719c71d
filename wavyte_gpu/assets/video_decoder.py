"""Decoding videos with FFmpeg: any frame in any order, forward from where the decoder stands, or from the nearest key frame.

PyAV is imported inside functions, so that documents are checked without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import numpy as np

from wavyte_gpu.assets.media_file import open_media, unchanged
from wavyte_gpu.assets.video_index import VideoIndex, read_index
from wavyte_gpu.assets.video_planes import AlphaPlanes, Plane, Planes, orientation, read_format, split
from wavyte_gpu.foundation.errors import AssetError, Problem, UnsupportedError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["VideoDecoder"]

_LAST_GROUPS, _LAST_FRAMES = 3, 250
"""So many groups of pictures and frames, at least, are searched for the last good frame of a damaged file."""


class VideoDecoder:
    """The frames of one video stream; a `FrameReader`. Owns its decoder: `close` it. One thread at a time.

    Attributes:
        index: when frames are presented.
        size: (width, height) in px, upright. turned: by a quarter turn.
        format: what the planes mean.
        problems: warnings of what is shown otherwise than it was meant.
    """

    def __init__(self, source: Path | bytes, name: str) -> None:
        self.source = source
        self.name = name
        self._container: InputContainer | None = None
        self._frames: Iterator[tuple[int, VideoFrame]] | None = None
        self._good: int | None = None  # the last frame before a damaged end, once it is known
        self._next = 0  # no frame below it will come out of `_frames`
        self.index = self._read_index()
        try:
            first = self._decode(0)
            self._first_shape = (first.width, first.height, first.format.name)
            self._turns, self._flip = orientation(first, name)
            self.turned = self._turns % 2 == 1
            self.problems = (*_index_problems(self.index, name), *_interlaced(first, name))
            self.format = read_format(first, self.index.codec, (self._turns, self._flip), name)
            self.size = (first.height, first.width) if self.turned else (first.width, first.height)
            self._first: Planes | AlphaPlanes | None = self._planes_of(first, 0)
        except BaseException:
            self.close()
            raise

    def read(self, frame: int) -> Planes | AlphaPlanes:
        """Return the planes of a frame, counted in presentation order.

        Raises:
            AssetError: it can't be decoded. UnsupportedError: the picture changes its size or pixel format there.

        Where a file's end is damaged, its last good frame stands in for those after it, and `problems` tells.
        """
        if frame == 0 and self._first is not None:
            first, self._first = self._first, None
            return first
        try:
            return self._planes_of(self._decode(frame), frame)
        except AssetError:
            good = self._last_good()
            if frame <= good:
                raise
        return self._planes_of(self._decode(good), good)

    def close(self) -> None:
        """Release the decoder; `read` opens it again."""
        self._first = None
        self._drop_decoder()

    def _last_good(self) -> int:
        """Return the last frame that the last groups of pictures give; of a file without damage at its end, its last frame."""
        import av

        count = len(self.index.pts)
        if self._good is not None:
            return self._good
        self._good = count - 1
        key, given, groups = count, -1, 0
        while given < 0 and key > 0 and (groups < _LAST_GROUPS or count - key < _LAST_FRAMES):
            key = self.index.key_before(key - 1)
            groups += 1
            try:
                self._start_at(key)
                for index, frame in self._frames or ():
                    if frame.is_corrupt:
                        break
                    given = index
            except av.FFmpegError:
                pass
            self._drop_decoder()
        if 0 <= given < count - 1:
            self._good = given
            at = float(self.index.pts[given] * self.index.time_base - self.index.origin_s)
            text = f"{self.name}: the end of stream {self.index.stream} is damaged; frame {given} at {at:.3f} s is shown from there on"
            found = f"{count - 1 - given} frames that can't be decoded"
            self.problems += (Problem("warning", "damaged_tail", text, file=self.name, found=found),)
        return self._good

    def _decode(self, target: int) -> VideoFrame:
        """Return a frame, continuing, seeking, or at last from the start of the file."""
        import av

        key = self.index.key_before(target)
        starts: list[int | None] = []  # key frames to begin at; None continues where the decoder stands
        if self._frames is not None and key <= self._next <= target:
            starts.append(None)
        while key > 0 and len(starts) < 3:
            starts.append(key)
            key = self.index.key_before(key - 1)
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
                        return frame
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
        if self._container is None or key == 0 or self.index.sequential:
            self._drop_decoder()
            self._container = open_media(self.source, self.name, "video")
            fresh = cast("VideoStream", self._container.streams[self.index.stream])
            fresh.thread_type = "AUTO"
            if self.index.codec == "mjpeg":  # what it conceals in a damaged picture is left over from others
                fresh.codec_context.options = {"err_detect": "explode"}
        stream = cast("VideoStream", self._container.streams[self.index.stream])
        if key > 0 and not self.index.sequential:
            self._container.seek(self.index.seek_ticks[key], stream=stream, backward=True)
        self._next = 0
        self._frames = self._decoded(stream, from_start=key == 0 or self.index.sequential)

    def _decoded(self, stream: VideoStream, from_start: bool) -> Iterator[tuple[int, VideoFrame]]:
        """Yield (index, frame) in presentation order from where the container stands, after a seek from the first known key frame on.

        What precedes it in presentation may lack what it was predicted from. What precedes it in the file may be the end of a
        packet: MPEG program streams give that the time of the next one, and the next one a time that is not its own.
        """
        assert self._container is not None
        lowest: int | None = None
        count = 0
        decoder = self._alpha_decoder()
        for packet in self._container.demux(stream):
            if not from_start and lowest is None:
                if packet.pts is None or self.index.key_bytes.get(packet.pts) != packet.size:
                    continue
                lowest = packet.pts
            frames = packet.decode() if decoder is None else decoder.decode(packet if packet.size else None)
            for frame in frames:
                if self.index.sequential:
                    index: int | None = count
                    count += 1
                elif frame.pts is None or (lowest is not None and frame.pts < lowest):
                    continue
                else:
                    index = self.index.by_pts.get(frame.pts)
                if index is not None and index < len(self.index.pts):
                    yield index, frame

    def _alpha_decoder(self) -> Any:
        """Return a decoder that reads the alpha of VP8 and VP9, which FFmpeg's own leave out; None for other videos."""
        import av

        if not self.index.has_alpha:
            return None
        return av.CodecContext.create(cast(Any, f"libvpx{'-vp9' if self.index.codec == 'vp9' else ''}"), "r")

    def _read_index(self) -> VideoIndex:
        import av

        try:
            with unchanged(self.source, self.name), open_media(self.source, self.name, "video") as container:
                return read_index(
                    container, lambda: open_media(self.source, self.name, "video"), self.source, self.name
                )
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
        time = float(self.index.pts[frame] * self.index.time_base - self.index.origin_s)
        raise AssetError(
            Problem(
                "error",
                "corrupt_video",
                f"{self.name}: frame {frame} of stream {self.index.stream} at {time:.3f} s can't be decoded: {reason}",
                file=self.name,
            )
        ) from cause

    def _planes_of(self, frame: VideoFrame, index: int) -> Planes | AlphaPlanes:
        if (frame.width, frame.height, frame.format.name) != self._first_shape:
            time = float(self.index.pts[index] * self.index.time_base - self.index.origin_s)
            raise UnsupportedError(
                Problem(
                    "error",
                    "video_changes",
                    f"{self.name}: the picture of stream {self.index.stream} changes its size or pixel format at {time:.3f} s; "
                    "that is planned",
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
        """Return a plane turned upright: a view of what was decoded, where its rows lie in memory as they are read."""
        turned = np.rot90(plane[:, ::-1] if self._flip else plane, -self._turns)
        one = turned.itemsize
        as_it_is = turned.strides[1] == one and turned.strides[0] >= turned.shape[1] * one
        return cast(Plane, turned if as_it_is else np.array(turned, order="C"))


def _index_problems(index: VideoIndex, name: str) -> tuple[Problem, ...]:
    """Return the warnings of a file that is cut off, and of a clock that jumps."""
    cut = () if index.cut_off is None else (index.cut_off,)
    if not index.jumps:
        return cut
    text = f"{name}: the clock of stream {index.stream} jumps, first at {float(index.jumps[0]):.3f} s; frames follow on there"
    return (*cut, Problem("warning", "video_jumps", text, file=name, found=f"{len(index.jumps)} jumps"),)


def _interlaced(frame: VideoFrame, name: str) -> tuple[Problem, ...]:
    """Return the warning of pictures that hold two fields, which are shown together."""
    if not frame.interlaced_frame:
        return ()
    text = f"{name} is interlaced; both fields of a frame are shown at once"
    return (Problem("warning", "video_interlaced", text, file=name),)
