"""Containers, codecs and profiles: which may be combined, and what an encoder is told. No pixel is touched here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from wavyte_gpu.foundation.errors import Problem, SchemaError, nearest

__all__ = ["CODECS", "CONTAINERS", "PROFILES", "SUFFIXES", "Codec", "Container", "Encoding", "choose"]


class Container(NamedTuple):
    """A file format.

    Attributes:
        name: FFmpeg's muxer.
        codecs: keys of CODECS, the default first.
        sound: FFmpeg's audio encoder, "" where the format holds no sound.
    """

    name: str
    codecs: tuple[str, ...]
    sound: str


CONTAINERS = {
    "mp4": Container("mp4", ("libx264", "libx265", "libsvtav1", "libvpx-vp9"), "aac"),
    "mov": Container("mov", ("libx264", "libx265", "prores_ks"), "aac"),
    "matroska": Container(
        "matroska", ("libx264", "libx265", "libsvtav1", "libvpx-vp9", "prores_ks", "ffv1"), "pcm_f32le"
    ),
    "webm": Container("webm", ("libvpx-vp9", "libsvtav1"), "libopus"),
    "gif": Container("gif", ("gif",), ""),
    "apng": Container("apng", ("apng",), ""),
    "webp": Container("webp", ("libwebp_anim",), ""),
}
SUFFIXES = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".gif": "gif",
    ".apng": "apng",
    ".webp": "webp",
}

_X26X = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo")
_NVENC = ("p1", "p2", "p3", "p4", "p5", "p6", "p7")
_QSV = _X26X[2:9]
_H26X = ("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le")


@dataclass(frozen=True, slots=True)
class Codec:
    """A video encoder of FFmpeg and its settings.

    Attributes:
        pix_fmts: allowed, the default first. alias: other names for `--codec`.
        max_crf: of `crf`, 0 where it has none. crf: the default. presets: slow or fast, "" in front is none.
        odd: the pixel format for odd sizes, where the default needs even ones.
        even: pixel formats that need even sizes.
        hardware: used only when asked for by name; takes NV12.
    """

    pix_fmts: tuple[str, ...]
    alias: tuple[str, ...] = ()
    max_crf: int = 0
    crf: float = 0
    presets: tuple[str, ...] = ()
    preset: str = ""
    odd: str = ""
    even: tuple[str, ...] = ()
    hardware: bool = False
    quality: str = "crf"  # the name of FFmpeg's option


# SVT-AV1 4.1 gets flat pictures wrong at faster presets: by up to 120/255 with 8 bits, by half of the range with 10. FFmpeg takes its
# crf of 0 for none.
_AV1_FASTEST = (9, 7)
_EVEN = ("yuv420p", "yuv422p", "yuv420p10le", "yuv422p10le")


def _hardware(alias: tuple[str, ...], presets: tuple[str, ...], preset: str, quality: str) -> Codec:
    return Codec(("yuv420p",), alias, 51, 23, presets, preset, "", ("yuv420p",), True, quality)


CODECS = {
    "libx264": Codec(_H26X, ("h264", "avc", "x264"), 51, 18, _X26X, "veryfast", "yuv444p", _EVEN),
    "libx265": Codec(_H26X, ("h265", "hevc", "x265"), 51, 20, _X26X, "veryfast", "yuv444p", _EVEN),
    "libsvtav1": Codec(("yuv420p", "yuv420p10le"), ("av1", "svtav1"), 63, 30, tuple(map(str, range(14))), "8"),
    "libvpx-vp9": Codec(
        ("yuva420p", "yuv420p", "yuv422p", "yuv444p"), ("vp9",), 63, 28, tuple(map(str, range(9))), "4"
    ),
    "prores_ks": Codec(
        ("yuv422p10le", "yuva444p10le", "yuv444p10le"),
        ("prores",),
        presets=("proxy", "lt", "standard", "hq", "4444", "4444xq"),
    ),
    "ffv1": Codec(("bgra", "bgr0", "yuv420p", "yuv444p", "yuva444p10le")),
    "gif": Codec(("pal8",)),
    "apng": Codec(("rgba",)),
    "libwebp_anim": Codec(("bgra",), ("webp", "libwebp"), 100, 0, tuple(map(str, range(7))), "4", quality=""),
    "h264_nvenc": _hardware((), _NVENC, "p4", "cq"),
    "hevc_nvenc": _hardware((), _NVENC, "p4", "cq"),
    "av1_nvenc": _hardware((), _NVENC, "p4", "cq"),
    "h264_qsv": _hardware((), _QSV, "medium", "global_quality"),
    "hevc_qsv": _hardware((), _QSV, "medium", "global_quality"),
    "h264_videotoolbox": _hardware((), (), "", "q:v"),
    "hevc_videotoolbox": _hardware((), (), "", "q:v"),
}
_ON_HARDWARE = {
    "mp4": tuple(name for name, codec in CODECS.items() if codec.hardware),
    "mov": tuple(name for name, codec in CODECS.items() if codec.hardware and not name.startswith("av1")),
    "matroska": tuple(name for name, codec in CODECS.items() if codec.hardware),
    "webm": ("av1_nvenc",),
}

# container: (codec, crf, preset, pixel format); None takes the codec's default
PROFILES: dict[str, dict[str, tuple[str, float | None, str | None, str | None]]] = {
    "web": {
        "mp4": ("libx264", 21, "slow", "yuv420p"),
        "webm": ("libvpx-vp9", 31, "2", None),
        "webp": ("libwebp_anim", 15, "4", None),
    },
    "master": {
        "mov": ("prores_ks", None, "4444", "yuva444p10le"),
        "matroska": ("ffv1", None, None, "bgra"),
    },
    "social": {
        "mp4": ("libx264", 18, "medium", "yuv420p"),
        "mov": ("libx264", 18, "medium", "yuv420p"),
    },
    "preview": {
        "mp4": ("libx264", 28, "ultrafast", "yuv420p"),
        "mov": ("libx264", 28, "ultrafast", "yuv420p"),
        "matroska": ("libx264", 28, "ultrafast", "yuv420p"),
        "webm": ("libvpx-vp9", 40, "8", None),
    },
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """What was chosen for a file.

    Attributes:
        container: a value of CONTAINERS. codec: FFmpeg's encoder. options: what it is told.
        pix_fmt: of the frames, by FFmpeg's name. odd_pix_fmt: what odd sizes get instead, "" where nothing else is needed.
        opaque_pix_fmt: what frames without a transparent pixel get instead, "" for the same.
        needs_even: the pixel format has no odd sizes.
        sound: FFmpeg's audio encoder, "" for none.
        keyframe_seconds: at most this far apart, 0 for the encoder's choice.
    """

    container: Container
    codec: str
    pix_fmt: str
    odd_pix_fmt: str = ""
    opaque_pix_fmt: str = ""
    needs_even: bool = False
    sound: str = ""
    keyframe_seconds: int = 0
    options: dict[str, str] = field(default_factory=dict)


def choose(
    container: str,
    codec: str | None = None,
    crf: float | None = None,
    preset: str | None = None,
    pix_fmt: str | None = None,
    profile: str | None = None,
) -> Encoding:
    """Return the encoding for a container; what is None is the profile's, else the codec's default.

    Raises:
        SchemaError: a name is unknown, or the combination does not exist; `allowed` lists what does.
    """
    if container not in CONTAINERS:
        raise _bad("container", container, CONTAINERS)
    held = CONTAINERS[container]
    allowed_codecs = held.codecs + _ON_HARDWARE.get(container, ())
    if profile is not None:
        if profile not in PROFILES:
            raise _bad("profile", profile, PROFILES)
        if container not in PROFILES[profile]:
            names = [suffix for suffix, name in SUFFIXES.items() if name in PROFILES[profile]]
            raise _bad(f"container for the profile {profile}", _suffix_of(container), names)
        of_profile = PROFILES[profile][container]
        if codec is None or _codec_name(codec) == of_profile[0]:
            codec = of_profile[0]
            crf = of_profile[1] if crf is None else crf
            preset = of_profile[2] if preset is None else preset
            pix_fmt = of_profile[3] if pix_fmt is None else pix_fmt
    name = held.codecs[0] if codec is None else _codec_name(codec)
    if name not in CODECS:
        known = [*CODECS, *(alias for entry in CODECS.values() for alias in entry.alias)]
        raise _bad("codec", name, allowed_codecs, nearest(name, known))
    if name not in allowed_codecs:
        raise _bad(f"codec for {_suffix_of(container)}", name, allowed_codecs)
    entry = CODECS[name]
    crf, preset = _settings(name, entry, crf, preset)
    if pix_fmt == "nv12" and "yuv420p" in entry.pix_fmts:
        pix_fmt = "yuv420p"
    if pix_fmt is not None and pix_fmt not in entry.pix_fmts:
        raise _bad(f"pixel format for {name}", pix_fmt, entry.pix_fmts)
    if name == "prores_ks":
        pix_fmt, preset = _prores(pix_fmt, preset)
    if container == "mp4" and name == "libvpx-vp9":
        if pix_fmt == "yuva420p":
            raise _bad("pixel format for VP9 in .mp4, which holds no alpha", pix_fmt, entry.pix_fmts[1:])
        pix_fmt = pix_fmt or "yuv420p"
    chosen = pix_fmt or entry.pix_fmts[0]
    free = pix_fmt is None or profile is not None
    return Encoding(
        held,
        name,
        chosen,
        opaque_pix_fmt="yuv420p" if pix_fmt is None and chosen == "yuva420p" else "",
        odd_pix_fmt=entry.odd if free and chosen in entry.even else "",
        needs_even=chosen in entry.even,
        sound="pcm_s24le" if name == "prores_ks" and container == "mov" else held.sound,
        keyframe_seconds=2 if profile == "social" else 0,
        options=_options(name, entry, chosen, crf, preset),
    )


def _settings(name: str, entry: Codec, crf: float | None, preset: str | None) -> tuple[float, str]:
    if crf is not None:
        if not entry.max_crf:
            raise SchemaError(
                Problem("error", "encoder_setting", f"{name} has no crf", found=f"{crf:g}", hint="leave --crf out")
            )
        if not (math.isfinite(crf) and 0 <= crf <= entry.max_crf):
            raise _setting(f"crf of {name}", f"{crf:g}", f"0 to {entry.max_crf}")
    if preset is not None and preset not in entry.presets:
        if not entry.presets:
            raise SchemaError(
                Problem("error", "encoder_setting", f"{name} has no presets", found=preset, hint="leave --preset out")
            )
        raise _setting(f"preset of {name}", preset, ", ".join(entry.presets), nearest(preset, entry.presets))
    return entry.crf if crf is None else crf, preset or entry.preset


def _prores(pix_fmt: str | None, preset: str | None) -> tuple[str, str]:
    """Return pixel format and preset that fit each other: 4:2:2 presets or 4444 ones."""
    if pix_fmt is None:
        pix_fmt = "yuva444p10le" if preset and preset.startswith("4444") else "yuv422p10le"
    full = pix_fmt != "yuv422p10le"
    if not preset:
        preset = "4444" if full else "hq"
    if full != preset.startswith("4444"):
        allowed = "4444, 4444xq" if full else "proxy, lt, standard, hq"
        raise _setting(f"preset of ProRes with {pix_fmt}", preset, allowed)
    return pix_fmt, preset


def _options(name: str, entry: Codec, pix_fmt: str, crf: float, preset: str) -> dict[str, str]:
    """Return the encoder's private options."""
    match name:
        case "libx265":
            lossless = ":lossless=1" if crf == 0 else ""
            return {"crf": f"{crf:g}", "preset": preset, "x265-params": f"log-level=error{lossless}"}
        case "libsvtav1":
            preset = str(min(int(preset), _AV1_FASTEST["10" in pix_fmt]))
            return {"preset": preset, **({"crf": f"{crf:g}"} if crf else {"svtav1-params": "lossless=1"})}
        case "libvpx-vp9":
            speed = {"cpu-used": preset, "row-mt": "1", "deadline": "good"}
            return {**speed, "lossless": "1"} if crf == 0 else {**speed, "crf": f"{crf:g}", "b": "0"}
        case "prores_ks":
            return {"profile": preset, "vendor": "apl0"}
        case "ffv1":
            return {"level": "3", "slices": "4", "slicecrc": "1"}
        case "libwebp_anim":
            lossy = {"lossless": "0", "quality": f"{100 - crf:g}"}
            return {**({"lossless": "1"} if crf == 0 else lossy), "compression_level": preset}
        case "apng":
            return {"pred": "mixed"}
        case "gif":
            return {}
        case _:
            options = {entry.quality: f"{crf:g}"}
            return {**options, "preset": preset} if preset else options


def _codec_name(name: str) -> str:
    """Return FFmpeg's name for a codec's common one."""
    return next((key for key, entry in CODECS.items() if name.lower() in entry.alias), name)


def _suffix_of(container: str) -> str:
    return next(suffix for suffix, name in SUFFIXES.items() if name == container)


def _bad(what: str, found: str, allowed: object, hint: str | None = None) -> SchemaError:
    names = [str(name) for name in allowed] if not isinstance(allowed, str) else [allowed]  # type: ignore[attr-defined]
    hint = hint or nearest(found, names)
    return SchemaError(
        Problem("error", "output_format", f"no such {what}", found=found, allowed=", ".join(names), hint=hint)
    )


def _setting(name: str, found: str, allowed: str, hint: str | None = None) -> SchemaError:
    return SchemaError(
        Problem("error", "encoder_setting", f"bad value for the {name}", found=found, allowed=allowed, hint=hint)
    )
