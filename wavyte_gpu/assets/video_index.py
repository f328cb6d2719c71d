"""The index of a video stream: when each frame is presented and where decoding may begin, read by demuxing once."""

from __future__ import annotations

import bisect
import itertools
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from wavyte_gpu.assets.media_file import MAX_GAP_S, cut_off, refuse_encrypted
from wavyte_gpu.foundation.errors import AssetError, Problem

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["VideoIndex", "read_index"]

MAX_FRAMES = 1 << 24

_ATTACHED_PICTURE = 0x400


@dataclass(frozen=True, slots=True, eq=False)
class VideoIndex:
    """Frames in presentation order.

    Attributes:
        stream: the stream's index in the file. codec: its codec's name.
        time_base: seconds of a tick.
        pts: when each frame begins, in ticks, ascending, jumps of the clock closed.
        by_pts: ticks as the file has them -> frame.
        keys: frames where decoding may begin, ascending, 0 among them.
        seek_ticks: key frame -> the time to seek to. key_bytes: ticks of a key frame -> bytes of its packet.
        end_s: when the last frame ends. origin_s: the earliest start of the file's video and audio streams.
        has_alpha: each packet carries a second one, of alpha (VP8 and VP9 in Matroska).
        sequential: times in the file can't identify frames, so they are counted from the start, in the decoder's order.
        jumps: where the clock jumped backwards, or further than MAX_GAP_S, in seconds from the start.
        cut_off: the warning of a file that ends too early.
    """

    stream: int
    codec: str
    time_base: Fraction
    pts: list[int]
    by_pts: dict[int, int]
    keys: list[int]
    seek_ticks: dict[int, int]
    key_bytes: dict[int, int]
    origin_s: Fraction
    end_s: Fraction
    has_audio: bool
    sample_aspect: Fraction
    has_alpha: bool
    sequential: bool
    jumps: tuple[Fraction, ...] = ()
    cut_off: Problem | None = None

    def key_before(self, frame: int) -> int:
        """Return the last key frame at or before a frame; 0 where there is none."""
        at = bisect.bisect_right(self.keys, frame) - 1
        return self.keys[at] if at >= 0 else 0


def read_index(
    container: InputContainer, reopen: Callable[[], InputContainer], source: Path | bytes, name: str
) -> VideoIndex:
    """Read the index of a file's main video stream.

    Args:
        container: the file `source`, just opened. reopen: opens it once more, for files that must be decoded to be understood.
        name: the file, for messages.

    Raises:
        AssetError: there is no video stream, or no frame in it.
    """
    import av

    stream = _video_stream(container, name)
    time_base = stream.time_base or Fraction(1, 1000)
    codec = stream.codec_context.name
    pts: list[int] = []
    keys: dict[int, int] = {}  # pts -> where to seek
    key_bytes: dict[int, int] = {}
    whole = True
    last_duration = 0
    last_pts: int | None = None
    last_dts: int | None = None
    broken = False  # the packet before this one
    stills: set[int] = set()  # frames that are stated to last so long
    first_key: int | None = None
    try:
        for packet in container.demux(stream):
            if not packet.size or _is_invisible(codec, packet):
                continue
            refuse_encrypted(packet, name)
            if packet.pts is None or (packet.dts is not None and last_dts is not None and packet.dts < last_dts):
                whole = False
                break
            last_dts, broken = packet.dts, packet.is_corrupt
            if (packet.duration or 0) * time_base > MAX_GAP_S:
                stills.add(packet.pts)
            if packet.is_keyframe:
                keys[packet.pts] = packet.pts if packet.dts is None else min(packet.pts, packet.dts)
                key_bytes[packet.pts] = packet.size
                first_key = packet.pts if first_key is None else first_key
            if first_key is None or packet.is_discard:
                continue  # it can't be decoded, or an edit list hides it
            pts.append(packet.pts)
            if last_pts is None or packet.pts >= last_pts:
                last_pts, last_duration = packet.pts, packet.duration or 0
            if len(pts) > MAX_FRAMES:
                raise _no_video(name, f"stream {stream.index} has more than {MAX_FRAMES} frames")
    except av.FFmpegError as error:
        at = float(pts[-1] * time_base) if pts else 0.0
        raise AssetError(
            Problem(
                "error",
                "corrupt_video",
                f"{name}: stream {stream.index} can't be read after {at:.3f} s: {error.strerror}",
                file=name,
            )
        ) from error
    if broken and len(pts) > 1:
        pts.pop()
    if whole and len(set(pts)) == len(pts):
        if first_key is not None and pts and min(pts) < first_key:
            pts = _decodable(reopen, stream.index, pts, first_key)
        pts.sort()
        sequential = False
    else:
        pts = _decode_times(reopen, stream.index, name)
        keys, sequential, last_duration = {}, True, 0
    if not pts:
        raise _no_video(name, f"stream {stream.index} has no frame")
    by_pts = {ticks: i for i, ticks in enumerate(pts)}
    raw_end_s = (max(pts) + last_duration) * time_base
    pts, jumps = _without_jumps(pts, stills, int(MAX_GAP_S / time_base))
    key_frames = sorted({0, *(by_pts[ticks] for ticks in keys if ticks in by_pts)})
    if last_duration <= 0:
        last_duration = _usual_duration(pts, stream, time_base)
    origin = pts[0] * time_base
    for other in container.streams:
        if other is not stream and _counts(other) and other.start_time is not None and other.time_base is not None:
            origin = min(origin, other.start_time * other.time_base)
    return VideoIndex(
        stream=stream.index,
        codec=codec,
        time_base=time_base,
        pts=pts,
        by_pts=by_pts,
        keys=key_frames,
        seek_ticks={by_pts[ticks]: at for ticks, at in keys.items() if ticks in by_pts},
        key_bytes=key_bytes,
        origin_s=origin,
        end_s=(pts[-1] + last_duration) * time_base,
        has_audio=bool(container.streams.audio),
        sample_aspect=_sample_aspect(stream),
        has_alpha=codec in ("vp8", "vp9") and "1" in (stream.metadata.get("alpha_mode"), stream.metadata.get("ALPHA_MODE")),
        sequential=sequential,
        jumps=tuple(ticks * time_base - origin for ticks in jumps),
        cut_off=cut_off(container, stream, source, name, raw_end_s, broken) if whole else None,
    )


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    """Return the first video stream that is no cover picture."""
    for stream in container.streams.video:
        if not _is_picture(stream):
            if stream.codec_context is None:
                raise _no_video(name, f"stream {stream.index} is of a codec that is not known")
            return stream
    raise _no_video(name, "there is no video stream")


def _sample_aspect(stream: VideoStream) -> Fraction:
    """Return a stream's sample aspect; 1 where it says nothing, or nothing that can be meant."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    return Fraction(aspect) if Fraction(1, 16) <= aspect <= 16 else Fraction(1)


def _is_picture(stream: object) -> bool:
    return bool(int(getattr(stream, "disposition", 0) or 0) & _ATTACHED_PICTURE)


def _counts(stream: object) -> bool:
    return getattr(stream, "type", "") in ("video", "audio") and not _is_picture(stream)


def _is_invisible(codec: str, packet: object) -> bool:
    """Return whether a VP8 packet is decoded but never shown (RFC 6386, section 9.1)."""
    return codec == "vp8" and not (bytes(packet)[0] >> 4) & 1  # type: ignore[call-overload]


def _decodable(reopen: Callable[[], InputContainer], index: int, pts: list[int], first_key: int) -> list[int]:
    """Drop frames shown before the first key frame that the decoder does not give (an open group of pictures cut off)."""
    given: set[int] = set()
    with reopen() as container:
        for frame in container.decode(cast("VideoStream", container.streams[index])):
            if frame.pts is None:
                continue
            if frame.pts >= first_key:
                break
            given.add(frame.pts)
    return [ticks for ticks in pts if ticks >= first_key or ticks in given]


def _decode_times(reopen: Callable[[], InputContainer], index: int, name: str) -> list[int]:
    """Return the decoder's times of all frames, for files whose packets do not say, or do not ascend.

    Where the decoder does not say either, frames follow each other at the stream's average rate.
    """
    import av

    times: list[int] = []
    known = True
    try:
        with reopen() as container:
            stream = cast("VideoStream", container.streams[index])
            stream.thread_type = "AUTO"
            rate = stream.average_rate or stream.guessed_rate or Fraction(25)
            step = 1 / (rate * (stream.time_base or Fraction(1, 1000)))
            for frame in container.decode(stream):
                known = known and frame.pts is not None
                times.append(frame.pts or 0)
                if len(times) > MAX_FRAMES:
                    raise _no_video(name, f"stream {index} has more than {MAX_FRAMES} frames")
    except av.FFmpegError as error:
        raise AssetError(
            Problem(
                "error",
                "corrupt_video",
                f"{name}: frame {len(times)} of stream {index} can't be decoded: {error.strerror}",
                file=name,
            )
        ) from error
    if known:
        return times
    start = times[0] if times else 0
    return [start + max(i, int(i * step + Fraction(1, 2))) for i in range(len(times))]


def _without_jumps(times: list[int], stills: set[int], most: int) -> tuple[list[int], list[int]]:
    """Return times that ascend, and those at which the clock jumped: backwards, or further than `most` beyond a frame.

    A frame after a jump comes as long after the one before it as frames do elsewhere in the file.
    """
    steps = [b - a for a, b in itertools.pairwise(times)]
    good = [step for step in steps if 0 < step <= most]
    if len(good) == len(steps):
        return times, []
    usual = int(statistics.median_low(good)) if good else 1
    out, jumps = times[:1], []
    for before, step in zip(times, steps, strict=False):
        fits = 0 < step <= most or (step > 0 and before in stills)
        out.append(out[-1] + (step if fits else usual))
        if not fits:
            jumps.append(out[-1])
    return out, jumps


def _usual_duration(pts: list[int], stream: VideoStream, time_base: Fraction) -> int:
    """Return the ticks that the last frame lasts where the file does not say: as the one before it."""
    if len(pts) > 1:
        return max(1, pts[-1] - pts[-2])
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    return max(1, int(1 / (rate * time_base) + Fraction(1, 2)))


def _no_video(name: str, reason: str) -> AssetError:
    return AssetError(Problem("error", "corrupt_video", f"{name} can't be used as a video: {reason}", file=name))
