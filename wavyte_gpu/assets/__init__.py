"""Assets: files and definitions, prepared once into immutable pixels, tables and decoders that both backends share."""

from __future__ import annotations

from wavyte_gpu.assets.atlas import Placement
from wavyte_gpu.assets.gradient import PreparedGradient
from wavyte_gpu.assets.image import PreparedImage
from wavyte_gpu.assets.paths import resolve_source
from wavyte_gpu.assets.request import AssetEntry, GradientRequest, ImageRequest, NothingRequest, VideoRequest
from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.assets.video import Planes, PreparedVideo, VideoFormat, VideoTrim

__all__ = [
    "AssetEntry",
    "AssetStore",
    "GradientRequest",
    "ImageRequest",
    "NothingRequest",
    "Placement",
    "Planes",
    "PreparedGradient",
    "PreparedImage",
    "PreparedVideo",
    "VideoFormat",
    "VideoRequest",
    "VideoTrim",
    "resolve_source",
]
