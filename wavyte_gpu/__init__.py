"""wavyte_gpu: JSON compositions rendered by GPU compute, the same pixels on every machine.

    import wavyte_gpu as wv

    comp = wv.load("composition.json")
    with wv.RenderSession(comp) as session:
        frame = session.render_frame(12)

Names are loaded when they are first used, so that importing and validating need neither a GPU library nor a codec.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wavyte_gpu.foundation.errors import (
    AssetError,
    Cancelled,
    DeviceError,
    EncodeError,
    ExpressionError,
    LimitError,
    Problem,
    SchemaError,
    UnsupportedError,
    WavyteError,
)

if TYPE_CHECKING:
    from wavyte_gpu import schema as doc
    from wavyte_gpu.encode.ffmpeg import FfmpegSink
    from wavyte_gpu.encode.frame import Frame
    from wavyte_gpu.encode.join_parts import Joined, join
    from wavyte_gpu.encode.memory import InMemorySink
    from wavyte_gpu.encode.png_sequence import PngSequenceSink
    from wavyte_gpu.encode.sink import FrameSink, SinkConfig
    from wavyte_gpu.registry import AssetKindDef, EffectDef, ParamSchema, Registry, TransitionDef
    from wavyte_gpu.session.composition import Composition, load, validate_schema
    from wavyte_gpu.session.inspect import inspect_media
    from wavyte_gpu.session.options import SessionOptions
    from wavyte_gpu.session.render_session import RenderSession
    from wavyte_gpu.session.shortcuts import render_frame, render_to_mp4
    from wavyte_gpu.session.stats import Progress, RenderStats

__version__ = "0.1.0"

_HOMES = (
    ("encode.ffmpeg", ("FfmpegSink",)),
    ("encode.frame", ("Frame",)),
    ("encode.join_parts", ("Joined", "join")),
    ("encode.memory", ("InMemorySink",)),
    ("encode.png_sequence", ("PngSequenceSink",)),
    ("encode.sink", ("FrameSink", "SinkConfig")),
    ("registry", ("AssetKindDef", "EffectDef", "ParamSchema", "Registry", "TransitionDef")),
    ("session.composition", ("Composition", "load", "validate_schema")),
    ("session.inspect", ("inspect_media",)),
    ("session.options", ("SessionOptions",)),
    ("session.render_session", ("RenderSession",)),
    ("session.shortcuts", ("render_frame", "render_to_mp4")),
    ("session.stats", ("Progress", "RenderStats")),
)

__all__ = [
    "AssetError",
    "AssetKindDef",
    "Cancelled",
    "Composition",
    "DeviceError",
    "EffectDef",
    "EncodeError",
    "ExpressionError",
    "FfmpegSink",
    "Frame",
    "FrameSink",
    "InMemorySink",
    "Joined",
    "LimitError",
    "ParamSchema",
    "PngSequenceSink",
    "Problem",
    "Progress",
    "Registry",
    "RenderSession",
    "RenderStats",
    "SchemaError",
    "SessionOptions",
    "SinkConfig",
    "TransitionDef",
    "UnsupportedError",
    "WavyteError",
    "doc",
    "inspect_media",
    "join",
    "load",
    "render_frame",
    "render_to_mp4",
    "validate_schema",
]


def __getattr__(name: str) -> Any:
    if name == "doc":
        return import_module("wavyte_gpu.schema")
    for home, names in _HOMES:
        if name in names:
            value = getattr(import_module(f"wavyte_gpu.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'wavyte_gpu' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
