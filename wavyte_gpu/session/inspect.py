"""What a media file holds, and how the engine would use it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any

from wavyte_gpu.assets.image import prepare_image
from wavyte_gpu.assets.picture_sequence import is_animated_webp
from wavyte_gpu.assets.sound import prepare_sound
from wavyte_gpu.assets.video import prepare_video
from wavyte_gpu.audio.loudness import measure
from wavyte_gpu.foundation.errors import AssetError, Problem, SchemaError, WavyteError

__all__ = ["inspect_media"]

_PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 9: "bt2020", 11: "smpte431", 12: "smpte432"}
_TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 8: "linear", 13: "iec61966-2-1", 14: "bt2020-10"}
_TRANSFERS |= {15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67"}
_MATRICES = {0: "rgb", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc", 10: "bt2020c"}
_RANGES = {1: "limited", 2: "full"}
_STILLS = ("image2", "png_pipe", "jpeg_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe")
_CLOCK_S = 0.0021  # containers that count milliseconds hold steps this far apart


def inspect_media(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a file holds, as JSON data.

    Returns:
        `file`, `bytes`, `container`, `duration_s`, `streams` (each with `type`, `codec` and what belongs to its type), and
        `use`: what the engine would make of it as `image`, `video` or `audio`, with `warnings` of what it would recover from, or the
        `problem` that keeps it from that.

    Raises:
        SchemaError: there is no such file. AssetError: it is no media file, or nothing in it can be read.
    """
    import av

    path = Path(path)
    name = str(path)
    if not path.exists():
        raise SchemaError(Problem("error", "missing_file", "there is no such file", file=name))
    if not path.is_file():
        raise SchemaError(Problem("error", "missing_file", "this is no file", file=name))
    try:
        size = path.stat().st_size
        if size == 0:
            raise AssetError(Problem("error", "no_media", "the file is empty", file=name))
        with av.open(f"file:{path}", metadata_errors="replace", options={"protocol_whitelist": "file"}) as container:
            container_name = container.format.name
            streams = [_stream(stream) for stream in container.streams]
            for facts, frame in _first_pictures(container, streams):
                facts |= {"rotation_deg": frame.rotation, "interlaced": bool(frame.interlaced_frame)}
            duration = container.duration / av.time_base if container.duration is not None else None
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AssetError(Problem("error", "no_media", f"this is no media file: {reason}", file=name)) from error
    if not any(stream["type"] in ("video", "audio") for stream in streams):
        raise AssetError(Problem("error", "no_media", "the file holds neither picture nor sound", file=name))
    return {
        "file": name,
        "bytes": size,
        "container": container_name,
        "duration_s": duration,
        "streams": streams,
        "use": _use(path, name, container_name, streams),
    }


def _first_pictures(container: Any, streams: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield each video stream's facts with its first frame, where one can be decoded."""
    import av

    for facts in streams:
        if facts["type"] == "video":
            with contextlib.suppress(av.FFmpegError, StopIteration):
                container.seek(0)
                yield facts, next(container.decode(container.streams[facts["index"]]))


def _stream(stream: Any) -> dict[str, Any]:
    """Return one stream's facts."""
    codec = stream.codec_context
    facts: dict[str, Any] = {
        "index": stream.index,
        "type": stream.type,
        "codec": codec.codec.canonical_name if codec is not None else None,
        "profile": getattr(stream, "profile", None),
        "duration_s": _seconds(stream.duration, stream.time_base),
        "start_s": _seconds(stream.start_time, stream.time_base),
        "language": stream.language,
    }
    if stream.type == "video" and codec is not None:
        aspect = stream.sample_aspect_ratio
        average, base = stream.average_rate, stream.base_rate
        facts |= {
            "width": codec.width,
            "height": codec.height,
            "pixel_format": codec.pix_fmt,
            "sample_aspect": f"{aspect.numerator}:{aspect.denominator}" if aspect else None,
            "fps": _number(average),
            "fps_exact": str(average) if average else None,
            "fps_base": _number(base),
            "frames": stream.frames or None,
            "cover": bool(stream.disposition & stream.disposition.attached_pic),
            "alpha": stream.metadata.get("alpha_mode", stream.metadata.get("ALPHA_MODE")) == "1"
            or (codec.format is not None and any(part.is_alpha for part in codec.format.components)),
            "primaries": _PRIMARIES.get(int(codec.color_primaries), _untagged(codec.color_primaries)),
            "transfer": _TRANSFERS.get(int(codec.color_trc), _untagged(codec.color_trc)),
            "matrix": _MATRICES.get(int(codec.colorspace), _untagged(codec.colorspace)),
            "range": _RANGES.get(int(codec.color_range), "untagged"),
        }
    elif stream.type == "audio" and codec is not None:
        facts |= {
            "sample_rate": codec.sample_rate,
            "channels": codec.channels,
            "layout": {"1 channels": "mono", "2 channels": "stereo"}.get(codec.layout.name, codec.layout.name),
            "sample_format": codec.format.name if codec.format is not None else None,
            "bit_rate": codec.bit_rate,
        }
    return facts


def _use(path: Path, name: str, container: str, streams: list[dict[str, Any]]) -> dict[str, Any]:
    """Say how the engine would use a file, by opening it as the engine does."""
    use: dict[str, Any] = {}
    if any(stream["type"] == "video" and not stream["cover"] for stream in streams):
        try:
            if container in _STILLS:
                image = prepare_image(path, name)
                use["image"] = {"width": image.width, "height": image.height, "opaque": image.opaque}
                for stream in streams:  # FFmpeg reads no size of an animated WebP
                    stream |= {"width": image.width, "height": image.height}
                if is_animated_webp(path):
                    use["video"] = _as_video(path, name)
            else:
                use["video"] = _as_video(path, name)
        except WavyteError as error:
            if isinstance(error, AssetError) and all(stream["type"] != "audio" for stream in streams):
                raise  # it is damaged, and there is nothing else in it
            use["image" if container in _STILLS else "video"] = {"problem": str(error)}
    if any(stream["type"] == "audio" for stream in streams):
        try:
            use["audio"] = _as_sound(path, name)
        except WavyteError as error:
            if isinstance(error, AssetError) and not use:
                raise
            use["audio"] = {"problem": str(error)}
    return use


def _as_video(path: Path, name: str) -> dict[str, Any]:
    with prepare_video(path, name) as video:
        times = video.times_s
        steps = [float(b - a) for a, b in pairwise(times)]
        form = video.format
        return {
            "width": video.width,
            "height": video.height,
            "frames": video.frame_count,
            "duration_s": float(video.duration_s),
            "variable_rate": bool(steps) and max(steps) - min(steps) > _CLOCK_S,
            "sample_aspect": str(video.sample_aspect),
            "chroma": {(0, 0): "4:4:4", (1, 0): "4:2:2", (1, 1): "4:2:0"}.get((form.log2_x, form.log2_y)),
            "bits": form.bits,
            "alpha": form.alpha,
            "matrix": "rgb" if form.matrix == "rgb" else f"BT.{form.matrix}",
            "range": "full" if form.full_range else "limited",
            "warnings": [str(problem) for problem in video.problems],
        }


def _as_sound(path: Path, name: str) -> dict[str, Any]:
    with contextlib.closing(prepare_sound(path, name)) as sound:
        found = measure(sound)
        loudness, peak = (round(v, 2) if isfinite(v) else None for v in found)
        return {
            "sample_rate": sound.sample_rate,
            "mixed_at": 48_000,
            "layout": "stereo",
            "duration_s": float(sound.duration_s),
            "loudness_lufs": loudness,
            "true_peak_dbtp": peak,
            "warnings": [str(problem) for problem in sound.problems],
        }


def _seconds(ticks: int | None, time_base: Fraction | None) -> float | None:
    return float(ticks * time_base) if ticks is not None and time_base is not None else None


def _number(value: Any) -> float | None:
    return round(float(value), 6) if value and isfinite(float(value)) else None


def _untagged(value: Any) -> str:
    return "untagged" if int(value) in (2, 3) else f"number {int(value)}"
