"""Lower the assets of a document: colours, gradients and sounds as numbers."""

from __future__ import annotations

from fractions import Fraction
from math import pi
from typing import Any

import numpy as np

from wavyte_gpu.foundation.colour import premultiply_8bit
from wavyte_gpu.foundation.enums import AssetKind, Filter
from wavyte_gpu.foundation.errors import LimitError, Problem
from wavyte_gpu.foundation.ids import U32_MAX
from wavyte_gpu.normalize.ir import MAX_GRADIENT, AssetTable, GradientDef, SoundDef
from wavyte_gpu.normalize.support import all_assets, shown_assets
from wavyte_gpu.schema.anim import Constant
from wavyte_gpu.schema.assets import Audio, Image, Noise, Null, Path, SolidRect, Svg, TextAsset, Video
from wavyte_gpu.schema.paint import Gradient

__all__ = ["asset_table", "pixel_of", "sound_def"]

_GRADIENTS = ("linear", "radial", "conic")


def _constant(value: Any) -> Any:
    return value.value if isinstance(value, Constant) else value


def pixel_of(value: Any) -> int:
    """Return a colour as a premultiplied RGBA8 pixel."""
    r, g, b, a = premultiply_8bit(_constant(value))
    return r | g << 8 | b << 16 | a << 24


def asset_table(document: Any) -> AssetTable:
    """Return the table of a document's assets, those of masks included."""
    assets = all_assets(document)
    count = len(assets)
    shown = shown_assets(document)
    kind = np.zeros(count, dtype=np.uint8)
    color = np.zeros(count, dtype=np.uint32)
    moving = np.zeros(count, dtype=bool)
    seed = np.zeros(count, dtype=np.uint32)
    filters = np.zeros(count, dtype=np.uint8)
    radius = np.zeros(count)
    gradient = np.full(count, -1, dtype=np.int32)
    gradients: list[GradientDef] = []
    sounds: dict[int, SoundDef] = {}
    for i, (key, asset) in enumerate(assets.items()):
        if key not in shown:
            continue
        match asset:
            case Null():
                pass
            case SolidRect():
                turning = not isinstance(asset.radius_px, Constant)
                radius[i] = 0.0 if turning else _constant(asset.radius_px)
                kind[i] = AssetKind.ROUNDED if turning or radius[i] > 0.0 else AssetKind.SOLID
                moving[i] = not isinstance(asset.color, Constant)
                color[i] = 0 if moving[i] else pixel_of(asset.color)
            case Path() | Svg() | TextAsset():
                kind[i] = AssetKind.SHAPE
            case Noise():
                kind[i], seed[i] = AssetKind.NOISE, (asset.seed ^ asset.seed >> 32) & U32_MAX
            case Gradient():
                kind[i], gradient[i] = AssetKind.GRADIENT, len(gradients)
                gradients.append(_gradient(asset, key.partition("\0")[0]))
            case Image() | Video():
                kind[i] = AssetKind.IMAGE if isinstance(asset, Image) else AssetKind.VIDEO
                filters[i] = Filter[asset.filter.upper()]
            case Audio():
                kind[i] = AssetKind.AUDIO
            case other:
                raise TypeError(f"asset of kind {type(other).__name__}")
        if isinstance(asset, Video | Audio):
            sounds[i] = sound_def(asset)
    return AssetTable(
        kind=kind,
        used=np.array([key in shown for key in assets], dtype=bool),
        moving=moving,
        color=color,
        seed=seed,
        filter=filters,
        radius=radius,
        gradient=gradient,
        gradients=tuple(gradients),
        sounds=sounds,
    )


def sound_def(asset: Video | Audio) -> SoundDef:
    """Return what a video or an audio plays, exactly as it was written."""
    def exact(value: float) -> Fraction:
        return Fraction(repr(value))  # the decimal that was written

    return SoundDef(
        exact(asset.trim_start_sec),
        None if asset.trim_end_sec is None else exact(asset.trim_end_sec),
        exact(asset.playback_rate),
        asset.mute,
        exact(asset.fade_in_sec),
        exact(asset.fade_out_sec),
    )


def _gradient(asset: Gradient, key: str) -> GradientDef:
    def bounded(value: float) -> float:
        if not abs(value) <= MAX_GRADIENT:
            text = f"the geometry of gradient '{key}' is out of bounds"
            found, allowed = repr(value), f"at most {MAX_GRADIENT:g} boxes or degrees"
            raise LimitError(Problem("error", "limit", text, path=f"/assets/{key}", found=found, allowed=allowed))
        return float(value)

    def pair(value: Any, default: tuple[float, float]) -> tuple[float, float]:
        got = _constant(value) if isinstance(value, Constant) else default  # what moves is a parameter
        return bounded(got[0]), bounded(got[1])

    radius = bounded(_constant(asset.radius)) if isinstance(asset.radius, Constant) else 0.5
    angle = bounded(_constant(asset.angle_deg)) * pi / 180.0 if isinstance(asset.angle_deg, Constant) else 0.0
    return GradientDef(
        type=_GRADIENTS.index(asset.type),
        start=pair(asset.from_, (0.0, 0.0)),
        end=pair(asset.to, (0.0, 1.0)),
        center=pair(asset.center, (0.5, 0.5)),
        radius=(radius, radius),
        angle_rad=angle,
        by_angle=asset.angle_deg is not None and asset.type == "linear",
        moving_stops=tuple(float(t) for t, _ in asset.stops) if asset.moves else (),
    )
