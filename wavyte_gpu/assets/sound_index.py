"""The index of a sound stream: which samples a frame of the decoder holds, so that decoding may begin anywhere.

Most streams have frames of one length whose times say so, within the rounding of the file's clock; demuxing is enough then. The others
(Vorbis, clocks that jump) are decoded once to count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.media_file import MAX_GAP_S, cut_off, refuse_encrypted
from wavyte_gpu.foundation.errors import AssetError, Problem
from wavyte_gpu.foundation.timebase import round_half_up

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

__all__ = ["SoundIndex", "decoded_frames", "read_sound_index", "sound_stream"]

I64 = npt.NDArray[np.int64]

MAX_PACKETS = 1 << 26
_TOLERANCE_S = Fraction(1, 50)  # a clock may wander so far from the samples before it counts as a jump
_ATTACHED_PICTURE = 0x400


@dataclass(frozen=True, slots=True, eq=False)
class SoundIndex:
    """Frames of a sound stream.

    Attributes:
        stream: the stream's index in the file. codec: its decoder's name. rate: Hz.
        time_base: seconds of a tick. pts: (N,) int64 ascending, ticks. pos: (N,) int64, the first sample of each frame; sample 0 is
            where the file's time line begins.
        length: samples to the end of the last frame.
        sequential: times can't identify frames, so they are counted from the start.
        cut_off: the warning of a file that ends too early.
        jumps: the samples at which the clock jumped. damaged: packets that could not be decoded, as far as was decoded.
    """

    stream: int
    codec: str
    rate: int
    time_base: Fraction
    pts: I64
    pos: I64
    length: int
    sequential: bool
    jumps: tuple[int, ...]
    damaged: int
    cut_off: Problem | None = None

    def position(self, pts: int, samples: int) -> int:
        """Return the first sample of a frame of so many samples at a time in ticks."""
        at = max(int(np.searchsorted(self.pts, pts, side="right")) - 1, 0)
        if pts == self.pts[at]:
            return int(self.pos[at])
        told = int(self.pos[at]) + round_half_up((pts - int(self.pts[at])) * self.time_base * self.rate)
        if at + 1 < len(self.pos):  # a frame without its beginning, as the first one may be, ends where it would
            cut = int(self.pos[at + 1]) - samples
            if abs(cut - told) <= self.time_base * self.rate:
                return cut
        return told


def sound_stream(container: InputContainer, name: str) -> AudioStream:
    """Return the first sound stream that can be decoded."""
    unknown = None
    for stream in container.streams.audio:
        if stream.codec_context is not None:
            return stream
        unknown = stream.index
    if unknown is not None:
        raise _corrupt(name, f"stream {unknown} is of a codec that is not known")
    raise _corrupt(name, "there is no sound stream")


def decoded_frames(container: InputContainer, stream: AudioStream, damage: list[float]) -> Iterator[AudioFrame]:
    """Yield frames from where a container stands; the times of packets that can't be decoded go to `damage`."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:  # a damaged tail: what follows can't be read
            damage.append(-1.0)
            return
        if packet is None:
            return
        try:
            frames = packet.decode()
        except av.FFmpegError:
            damage.append(-1.0 if packet.pts is None else float(packet.pts * (stream.time_base or 0)))
            continue
        for frame in frames:
            if frame.samples:
                yield frame


def read_sound_index(
    reopen: Callable[[], InputContainer], source: Path | bytes, name: str, origin_s: Fraction | None
) -> SoundIndex:
    """Read the index of a file's sound.

    Args:
        reopen: opens the file `source`. name: the file, for messages.
        origin_s: the file's time that counts as 0; default the earliest start of its sound and pictures.

    Raises:
        AssetError: there is no sound stream, or no sample in it.
    """
    with reopen() as container:
        stream = sound_stream(container, name)
        base = stream.time_base or Fraction(1, stream.codec_context.sample_rate or 48000)
        number, codec = stream.index, stream.codec_context.name
        pts, last_duration, broken = _packet_times(container, stream, name)
        end_s = Fraction(0) if pts is None else (int(pts[-1]) + last_duration) * base
        cut = None if pts is None else cut_off(container, stream, source, name, end_s, broken)
    damage: list[float] = []
    with reopen() as container:
        again = cast("AudioStream", container.streams[number])
        head: list[AudioFrame] = []
        for frame in decoded_frames(container, again, damage):
            head.append(frame)
            if len(head) == 3:
                break
        if not head:
            raise _corrupt(name, f"no sample of stream {number} can be decoded")
        rate = head[0].sample_rate
        start = (head[0].pts or 0) * base
        if origin_s is None:
            origin_s = min([start, *_picture_starts(container)])
    lead = round_half_up((start - origin_s) * rate)
    whole = len(head) > 1 and all(frame.pts is not None for frame in head) and pts is not None
    if whole and pts is not None:
        spaced = _even(pts, cast(int, head[1].pts), head[1].samples, base, rate)
        if spaced is not None:
            pos = spaced + (lead + head[0].samples)
            index = SoundIndex(number, codec, rate, base, pts, pos, 0, False, (), len(damage), cut)
            return _with_length(index, reopen, head[1].samples, last_duration)
    return replace(_counted(reopen, number, codec, base, rate, lead), cut_off=cut)


def _packet_times(container: InputContainer, stream: AudioStream, name: str) -> tuple[I64 | None, int, bool]:
    """Return the times of all packets, None where they miss or do not ascend, the last one's duration, and if it is incomplete."""
    import av

    times: list[int] = []
    ascending, broken = True, False
    duration = 0
    try:
        for packet in container.demux(stream):
            if not packet.size:
                continue
            refuse_encrypted(packet, name)
            if packet.pts is None or (times and packet.pts <= times[-1]):
                ascending = False
                break
            times.append(packet.pts)
            duration, broken = packet.duration or 0, packet.is_corrupt
            if len(times) > MAX_PACKETS:
                raise _corrupt(name, f"stream {stream.index} has more than {MAX_PACKETS} packets")
    except av.FFmpegError:
        pass  # what was read so far counts
    return (np.array(times, np.int64) if ascending and times else None), duration, broken


def _even(pts: I64, anchor: int, samples: int, base: Fraction, rate: int) -> I64 | None:
    """Return each frame's first sample counted from the one at `anchor`, if all frames last `samples`; else None."""
    at = int(np.searchsorted(pts, anchor))
    if at >= len(pts) or int(pts[at]) != anchor or int(pts[-1] - pts[0]) * rate * base.numerator >= 1 << 62:
        return None
    pos: I64 = (np.arange(len(pts), dtype=np.int64) - at) * samples
    error = np.abs((pts - anchor) * (base.numerator * rate) - pos * base.denominator)
    return pos if int(error.max()) <= max(base.denominator * 0.51, base.numerator * rate) else None


def _with_length(
    index: SoundIndex, reopen: Callable[[], InputContainer], samples: int, last_duration: int
) -> SoundIndex:
    """Find where the last frame ends by decoding the end."""
    end = 0
    with reopen() as container:
        stream = cast("AudioStream", container.streams[index.stream])
        tail = max(len(index.pts) - 8, 0)
        if tail > 8:
            container.seek(int(index.pts[tail]), stream=stream, backward=True)
        for frame in decoded_frames(container, stream, []):
            if frame.pts is not None:
                end = max(end, index.position(frame.pts, frame.samples) + frame.samples)
    if index.time_base * index.rate <= 1:  # the container may cut the last frame where the decoder does not
        duration = round_half_up(last_duration * index.time_base * index.rate)
        if 0 < duration < samples:
            end = min(end, int(index.pos[-1]) + duration)
    return replace(index, length=end)


def _counted(
    reopen: Callable[[], InputContainer], number: int, codec: str, base: Fraction, rate: int, lead: int
) -> SoundIndex:
    """Decode everything once; frames follow each other, up to jumps of the clock."""
    damage: list[float] = []
    times: list[int] = []
    places: list[int] = []
    position, shift = lead, 0
    jumps: list[int] = []
    first: int | None = None
    sequential = False
    tolerance = max(_TOLERANCE_S * rate, 2 * base * rate)
    with reopen() as container:
        stream = cast("AudioStream", container.streams[number])
        for frame in decoded_frames(container, stream, damage):
            if frame.pts is None:
                sequential = True
            else:
                first = frame.pts if first is None else first
                told = lead + round_half_up((frame.pts - first) * base * rate) + shift
                if abs(told - position) > tolerance:
                    jumps.append(position)
                    if 0 < told - position <= MAX_GAP_S * rate:
                        position = told
                    else:
                        shift += position - told
                sequential = sequential or (bool(times) and frame.pts <= times[-1])
            times.append(frame.pts or 0)
            places.append(position)
            position += frame.samples
    pts, pos = np.array(times, np.int64), np.array(places, np.int64)
    return SoundIndex(number, codec, rate, base, pts, pos, position, sequential, tuple(jumps), len(damage))


def _picture_starts(container: InputContainer) -> list[Fraction]:
    starts = []
    for stream in container.streams.video:
        picture = int(cast(Any, stream).disposition or 0) & _ATTACHED_PICTURE
        if not picture and stream.start_time is not None and stream.time_base is not None:
            starts.append(stream.start_time * stream.time_base)
    return starts


def _corrupt(name: str, reason: str) -> AssetError:
    return AssetError(Problem("error", "corrupt_sound", f"{name} can't be used as sound: {reason}", file=name))
