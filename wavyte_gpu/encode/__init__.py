"""Frames and where they go: memory, PNG files, encoded video."""

from __future__ import annotations

from wavyte_gpu.encode.ffmpeg import FfmpegSink
from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.join_parts import Joined, join
from wavyte_gpu.encode.memory import InMemorySink
from wavyte_gpu.encode.output import sink_for_output
from wavyte_gpu.encode.pipeline import EncodePipeline
from wavyte_gpu.encode.png_sequence import PngSequenceSink
from wavyte_gpu.encode.raw import RawSink
from wavyte_gpu.encode.reorder import ReorderBuffer
from wavyte_gpu.encode.sink import AudioSource, FrameSink, SinkConfig, sink_wants
from wavyte_gpu.encode.stills import write_png

__all__ = [
    "AudioSource",
    "EncodePipeline",
    "FfmpegSink",
    "Frame",
    "FrameSink",
    "InMemorySink",
    "Joined",
    "PngSequenceSink",
    "RawSink",
    "ReorderBuffer",
    "SinkConfig",
    "join",
    "sink_for_output",
    "sink_wants",
    "write_png",
]
