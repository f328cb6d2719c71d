"""Parts of one render into one file: pictures are copied as they were encoded, sound is encoded once, here."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.encode.files import disk_error, writing
from wavyte_gpu.encode.formats import CONTAINERS, SUFFIXES
from wavyte_gpu.encode.normalise import normalised
from wavyte_gpu.encode.part import PartLabel
from wavyte_gpu.encode.sink import AudioSource
from wavyte_gpu.encode.sound import SoundTrack
from wavyte_gpu.encode.writer import close_output, open_output
from wavyte_gpu.foundation.errors import AssetError, Cancelled, Problem, SchemaError, WavyteError

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer

__all__ = ["Joined", "JoinedSound", "join"]

# FFmpeg's names of what the encoders make
_ENCODERS = {
    "h264": "libx264",
    "hevc": "libx265",
    "av1": "libsvtav1",
    "vp9": "libvpx-vp9",
    "prores": "prores_ks",
    "ffv1": "ffv1",
}
_SOUND = "pcm_f32le"  # the mix itself: what the one encoding at the join starts from
_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Joined:
    """What a join made: `frames`, composition frames [first, stop), samples of sound, and what was recovered from."""

    frames: int
    first: int
    stop: int
    samples: int
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """A part that was looked through.

    `picture` is what must be equal in all parts: codec, size, pixel format, colours and the encoder's own header.
    `delay` is by how many frames decoding runs ahead of showing.
    """

    path: Path
    label: PartLabel
    picture: tuple[Any, ...]
    delay: int
    codec: str


def join(
    parts: Sequence[str | os.PathLike[str]],
    target: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    loudness: float | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    cancel: threading.Event | None = None,
) -> Joined:
    """Join videos that were rendered from one composition with `--frames`, in timeline order, without a gap.

    Sound is taken from parts that keep the mix as it is (`.mkv`), and encoded as the target's container wants it. Parts in which
    nothing is heard are silent.

    Args:
        parts: two files or more.
        target: a video file; its ending names the container.
        overwrite: replace a target that exists.
        loudness: integrated loudness that the whole sound is brought to, LUFS (EBU R 128); None leaves it.
        on_progress: called with frames done and frames in all.
        cancel: set it to stop; nothing is left then.

    Raises:
        SchemaError: the parts do not fit each other or the target. AssetError: a part is no media file or damaged.
        EncodeError: the disk failed. Cancelled: `cancel` was set.
    """
    out = Path(target)
    suffix = out.suffix.lower()
    containers = {name: kind for name, kind in SUFFIXES.items() if CONTAINERS[kind].sound}
    if suffix not in containers:
        raise _unfit("there is no such container to join into", out, suffix or "none", " ".join(containers))
    if len(parts) < 2:
        raise _unfit("a join takes two parts or more", out, str(len(parts)))
    looked = [_look(Path(part)) for part in parts]
    _check_sequence(looked)
    if loudness is not None and not -70.0 < loudness <= 0.0:
        raise _unfit("the loudness is out of range", out, f"{loudness:g}", "LUFS above -70, at most 0")
    container = CONTAINERS[containers[suffix]]
    if _ENCODERS[looked[0].codec] not in container.codecs:
        allowed = ", ".join(known for known, name in _ENCODERS.items() if name in container.codecs)
        raise _unfit(f"{suffix} does not hold the parts' codec", looked[0].path, looked[0].codec, allowed)
    label = replace(looked[0].label, stop=looked[-1].label.stop)
    label = replace(label, samples=label.sample_count if any(part.label.samples for part in looked) else 0)
    with writing(out, overwrite) as temporary:
        try:
            file = open_output(temporary, container.name, label.fps)
            try:
                encoder = "pcm_s24le" if suffix == ".mov" and looked[0].codec == "prores" else container.sound
                warnings = _copy(file, looked, label, encoder, loudness, on_progress, cancel)
                close_output(file, temporary, label.frames / label.fps)
            finally:
                file.close()
        except (OSError, ValueError, RuntimeError) as error:
            raise error if isinstance(error, WavyteError) else disk_error(out, error) from error
    return Joined(label.frames, label.first, label.stop, label.samples, warnings)


def _copy(
    file: OutputContainer,
    parts: Sequence[_Part],
    label: PartLabel,
    encoder: str,
    loudness: float | None,
    on_progress: Callable[[int, int], None] | None,
    cancel: threading.Event | None,
) -> tuple[Problem, ...]:
    """Write all pictures with new times, and the sound beside them; return warnings."""
    source = JoinedSound([part.path for part in parts], [part.label for part in parts]) if label.samples else None
    heard: AudioSource | None = source
    warnings: tuple[Problem, ...] = ()
    try:
        if source is not None and loudness is not None:
            heard, warnings = normalised(source, loudness)
        delay = max(part.delay for part in parts)
        done = 0
        stream: Any = None
        track: SoundTrack | None = None
        for part in parts:
            with _open(part.path) as held:
                video = held.streams.video[0]
                if stream is None:
                    stream = file.add_stream_from_template(video, opaque=True)
                    if part.codec in ("hevc", "prores") and file.format.name in ("mp4", "mov"):
                        stream.codec_context.codec_tag = "hvc1" if part.codec == "hevc" else video.codec_tag
                    stream.time_base = 1 / label.fps
                    if heard is not None:
                        track = SoundTrack(file, heard, encoder)
                    file.metadata["comment"] = label.text()
                    file.start_encoding()
                first = done
                for packet in held.demux(video):
                    if packet.pts is None or not packet.size:
                        continue
                    if cancel is not None and cancel.is_set():
                        raise Cancelled(f"cancelled after {done} of {label.frames} frames")
                    packet.pts = first + _frame_of(packet, label.fps)
                    packet.dts = done - delay
                    packet.time_base = 1 / label.fps
                    packet.duration = 1
                    packet.stream = stream
                    file.mux(packet)
                    done += 1
                    if track is not None:
                        track.write_until(done)
                    if on_progress is not None:
                        on_progress(done, label.frames)
        if track is not None:
            track.finish()
        return warnings
    finally:
        if source is not None:
            source.close()


class JoinedSound:
    """The sound of parts, one after the other, as the source of a sink. Reading forward is a stream; going back starts anew."""

    sample_rate = _RATE

    def __init__(self, paths: Sequence[Path], labels: Sequence[PartLabel]) -> None:
        self._paths = paths
        self._labels = labels
        self._whole = replace(labels[0], stop=labels[-1].stop)
        self.length = self._whole.sample_count
        self._blocks: Iterator[npt.NDArray[np.float32]] = iter(())
        self._block = np.empty((0, 2), np.float32)
        self._at = 0  # of the block's first sample
        self._restart()

    def samples_until(self, frames: int) -> int:
        """Return how many samples lie before the end of the first `frames` frames."""
        return replace(self._whole, stop=self._whole.first + frames).sample_count

    def read(self, first: int, count: int) -> npt.NDArray[np.float32]:
        """Return (count, 2) samples from `first`."""
        if first < self._at:
            self._restart()
        out = np.empty((count, 2), np.float32)
        done = 0
        while done < count:
            skip = first + done - self._at
            here = self._block[skip : skip + count - done]
            out[done : done + len(here)] = here
            done += len(here)
            if done < count:
                self._at += len(self._block)
                self._block = next(self._blocks)
        return out

    def close(self) -> None:
        """Close the files."""
        self._blocks.close()  # type: ignore[attr-defined]

    def _restart(self) -> None:
        self._blocks, self._block, self._at = self._all_blocks(), np.empty((0, 2), np.float32), 0

    def _all_blocks(self) -> Iterator[npt.NDArray[np.float32]]:
        for path, label in zip(self._paths, self._labels, strict=True):
            if not label.samples:
                for at in range(0, label.sample_count, _RATE):
                    yield np.zeros((min(_RATE, label.sample_count - at), 2), np.float32)
                continue
            with _open(path) as file:
                for packet in file.demux(file.streams.audio[0]):
                    if packet.size:
                        yield np.frombuffer(bytes(packet), "<f4").reshape(-1, 2)


def _look(path: Path) -> _Part:
    """Read through a part: its label, its headers, and whether every frame is there."""
    with _open(path) as file:
        metadata = {key.lower(): value for key, value in file.metadata.items()}
        label = PartLabel.parse(metadata.get("comment", ""))
        if label is None or not file.streams.video:
            raise _unfit(
                "this file does not say which frames of a render it holds", path, allowed="files of wavyte render"
            )
        video = file.streams.video[0]
        context: Any = video.codec_context
        codec = str(video.codec.canonical_name)
        if codec not in _ENCODERS:
            raise _unfit("a part's codec can't be joined", path, codec, ", ".join(_ENCODERS))
        sound = file.streams.audio[0] if file.streams.audio else None
        if sound is not None and sound.codec_context.name != _SOUND:
            raise SchemaError(
                Problem(
                    "error",
                    "join",
                    "a part's sound was encoded already, and sound is encoded once",
                    file=str(path),
                    found=sound.codec_context.name,
                    hint="render the parts to .mkv, which keeps the mix as it is, or with --no-audio",
                )
            )
        frames: list[int] = []
        samples = 0
        for packet in file.demux(*(s for s in (video, sound) if s is not None)):
            if packet.stream is video and packet.pts is not None and packet.size:
                if not frames and not packet.is_keyframe:
                    raise _damaged(path, "it does not begin with a key frame")
                frames.append(_frame_of(packet, label.fps))
            elif packet.stream is sound:
                samples += packet.size // 8
        if sorted(frames) != list(range(label.frames)):
            raise _damaged(path, f"it holds {len(frames)} frames of {label.frames}")
        if samples != label.samples or samples not in (0, label.sample_count):
            raise _damaged(path, f"it holds {samples} samples of sound of {label.sample_count}")
        picture = (
            codec,
            (video.width, video.height),
            str(context.pix_fmt),
            (int(context.color_primaries), int(context.color_trc), int(context.colorspace), int(context.color_range)),
            bytes(context.extradata or b""),
        )
        delay = max(i - frame for i, frame in enumerate(frames))
        return _Part(path, label, picture, delay, codec)


def _check_sequence(parts: Sequence[_Part]) -> None:
    """Refuse parts that are not one render, in order, without a gap.

    Raises:
        SchemaError: naming the part and what differs.
    """
    first = parts[0]
    names = ("codec", "size", "pixel format", "colour tags", "encoder's settings")
    for before, part in pairwise(parts):
        if part.label.fps != first.label.fps:
            raise _unfit("the parts have different frame rates", part.path, str(part.label.fps), str(first.label.fps))
        for name, mine, other in zip(names, part.picture, first.picture, strict=True):
            if mine != other:
                found, allowed = (_shown(mine), _shown(other)) if name != "encoder's settings" else (None, None)
                raise _unfit(f"the parts differ in {name} from {first.path}", part.path, found, allowed)
        if part.label.digest != first.label.digest:
            raise SchemaError(
                Problem(
                    "error",
                    "join",
                    f"the parts are of different renders; the first is {first.path}",
                    file=str(part.path),
                    hint="document, variables, size and --no-audio must be the same; --loudness belongs to the join",
                )
            )
        if part.label.first != before.label.stop:
            ordered = sorted(parts, key=lambda p: p.label.first)
            complete = all(a.label.stop == b.label.first for a, b in pairwise(ordered))
            what = "overlap" if part.label.first < before.label.stop else "leave a gap"
            raise SchemaError(
                Problem(
                    "error",
                    "join",
                    "the parts are in the wrong order" if complete else f"the parts {what}",
                    file=str(part.path),
                    found=f"frames {part.label.first}:{part.label.stop} after {before.label.first}:{before.label.stop}",
                    hint="in order: " + " ".join(str(p.path) for p in ordered) if complete else None,
                )
            )


def _open(path: Path) -> InputContainer:
    import av

    if not path.is_file():
        raise _unfit("there is no such part", path)
    try:
        return av.open(f"file:{path}")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise _damaged(path, f"it is no media file: {getattr(error, 'strerror', None) or error}") from error


def _frame_of(packet: Any, fps: Fraction) -> int:
    """Return which frame of its part a packet shows; containers round times."""
    frame: int = round(packet.pts * packet.time_base * fps)
    return frame


def _shown(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _unfit(message: str, path: Path, found: str | None = None, allowed: str | None = None) -> SchemaError:
    return SchemaError(Problem("error", "join", message, file=str(path), found=found, allowed=allowed))


def _damaged(path: Path, message: str) -> AssetError:
    return AssetError(Problem("error", "join", f"the part is damaged: {message}", file=str(path)))
