"""What the store is asked to prepare, and the one function that reads it off a document's asset.

The document's models live above this package; they are read by the names of their fields alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from wavyte_gpu.assets.shape import AssetPaint, MovingPaint, PathRequest, StrokeStyle
from wavyte_gpu.assets.text import TextRequest
from wavyte_gpu.assets.video import WHOLE, VideoTrim
from wavyte_gpu.foundation.colour import Rgba, premultiply_8bit

__all__ = [
    "AssetEntry",
    "AssetRequest",
    "GradientRequest",
    "ImageRequest",
    "NothingRequest",
    "SoundRequest",
    "SvgRequest",
    "VideoRequest",
    "needs_nothing",
    "request_of",
]


_GENERATED = ("solid_rect", "noise", "null")


@dataclass(frozen=True, slots=True)
class AssetEntry:
    """One asset of a document.

    Attributes:
        key: its name, for messages.
        asset: a canonical model of the document, or an `AssetRequest`.
        base_dir: folder of the file that contains it, where that is not the top document's.
        pointer: its place, for messages; default `/assets/KEY`. file: that file's name.
        fps: the composition's, the rate of image sequences that state none.
    """

    key: str
    asset: Any
    base_dir: Path | None = None
    pointer: str | None = None
    file: str | None = None
    fps: Fraction = Fraction(30)


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """An image file."""

    source: str


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """A video file or an image sequence, its part that is shown, and the rate of a sequence."""

    source: str
    trim: VideoTrim = WHOLE
    fps: Fraction | None = None


@dataclass(frozen=True, slots=True)
class SvgRequest:
    """An SVG file."""

    source: str


@dataclass(frozen=True, slots=True)
class SoundRequest:
    """A sound file."""

    source: str


@dataclass(frozen=True, slots=True)
class GradientRequest:
    """Stops: (position in 0..1, straight sRGB-encoded RGBA in 0..1)."""

    stops: Sequence[tuple[float, Sequence[float]]]


@dataclass(frozen=True, slots=True)
class NothingRequest:
    """An asset that needs no preparation: solid, noise, null."""


AssetRequest = (
    ImageRequest
    | VideoRequest
    | SoundRequest
    | GradientRequest
    | PathRequest
    | SvgRequest
    | TextRequest
    | NothingRequest
)


def needs_nothing(asset: Any) -> bool:
    """Tell whether an asset needs no preparation."""
    kind = asset if isinstance(asset, str) else getattr(type(asset), "TAG", None)
    return isinstance(asset, NothingRequest) or kind in _GENERATED


def request_of(asset: Any) -> AssetRequest:
    """Return what a canonical asset model needs."""
    if isinstance(asset, AssetRequest):
        return asset
    kind = asset if isinstance(asset, str) else getattr(type(asset), "TAG", None) or type(asset).__name__
    match kind:
        case "image":
            return ImageRequest(asset.source)
        case "video":
            end = getattr(asset, "trim_end_sec", None)
            fps = getattr(asset, "fps", None)
            return VideoRequest(
                asset.source,
                VideoTrim(
                    _fraction(getattr(asset, "trim_start_sec", None) or 0),
                    None if end is None else _fraction(end),
                    _fraction(getattr(asset, "playback_rate", None) or 1),
                ),
                None if fps is None else fps.fraction,
            )
        case "audio":
            return SoundRequest(asset.source)
        case "gradient":
            stops = [(float(t), _straight(colour)) for t, colour in asset.stops]
            still = [(t, colour) for t, colour in stops if colour is not None]
            return GradientRequest(still) if len(still) == len(stops) else NothingRequest()  # made for each frame
        case "path":
            return _path(asset)
        case "svg":
            return SvgRequest(asset.source)
        case "text":
            own = [None] if asset.runs is None else [run.color for run in asset.runs]
            colours = [asset.color if c is None else c for c in own]
            return TextRequest(asset, tuple(_colour(c, run) for run, c in enumerate(colours)), _number(asset.size_px) is None)
        case _ if kind in _GENERATED:
            return NothingRequest()
    raise TypeError(f"asset of kind {kind}")


def _path(asset: Any) -> PathRequest:
    return PathRequest(
        data=asset.svg_path_d,
        fill=None if asset.fill == "none" else _paint(asset.fill, "fill"),
        even_odd=asset.fill_rule == "evenodd",
        stroke=asset.stroke and _stroke(asset.stroke),
    )


def _stroke(style: Any) -> StrokeStyle:
    width, dash_offset = _number(style.width), _number(style.dash_offset)
    return StrokeStyle(
        paint=_paint(style.color, "stroke"),
        width=width or 0.0,
        cap=style.cap,
        join=style.join,
        miter_limit=float(style.miter_limit),
        dash=tuple(float(v) for v in style.dash),
        dash_offset=dash_offset or 0.0,
        moves=width is None or dash_offset is None,
    )


def _straight(lane: Any) -> Rgba | None:
    """Return a straight colour, None where it moves."""
    value = getattr(lane, "value", lane)
    return value if isinstance(value, Rgba) else Rgba(*value) if isinstance(value, tuple | list) else None


def _colour(lane: Any, index: int) -> Rgba | MovingPaint:
    """Return a straight colour, or where it moves its place among the asset's colours."""
    return _straight(lane) or MovingPaint(index)


def _number(lane: Any) -> float | None:
    """Return a number, None where it moves."""
    value = getattr(lane, "value", lane)
    return float(value) if isinstance(value, int | float) else None


def _paint(paint: Any, which: Literal["fill", "stroke"]) -> AssetPaint:
    """Return a constant colour's pixel, its place where it moves, or `which` for a gradient."""
    if getattr(type(paint), "TAG", None) == "gradient":
        return which
    colour = _colour(paint, 0 if which == "fill" else 1)
    if isinstance(colour, MovingPaint):
        return colour
    r, g, b, a = premultiply_8bit(colour)
    return r | g << 8 | b << 16 | a << 24


def _fraction(value: float | Fraction) -> Fraction:
    """Return the decimal that was written, exactly: 0.1 is 1/10."""
    return value if isinstance(value, Fraction) else Fraction(repr(value))
