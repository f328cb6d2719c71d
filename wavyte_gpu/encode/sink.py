"""What a sink is: frames in, in timeline order (spec, section 15.1)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.foundation.errors import Problem, SchemaError
from wavyte_gpu.ops.registry import PLANE_FORMS, PlaneForm

__all__ = ["AudioSource", "FrameSink", "SinkConfig", "sink_wants"]


class AudioSource(Protocol):
    """The sound of the frames that a sink gets, in stereo; sample 0 is at the start of the first frame.

    Attributes:
        sample_rate: Hz. length: samples of all frames.
    """

    sample_rate: int
    length: int

    def read(self, first: int, count: int) -> npt.NDArray[np.float32]:
        """Return (count, 2) samples from `first`; full scale is 1. Any part equals that part of the whole."""
        ...

    def samples_until(self, frames: int) -> int:
        """Return how many samples lie before the end of the first `frames` frames, exact on the whole range."""
        ...


@dataclass(frozen=True, slots=True)
class SinkConfig:
    """What a sink is told before the first frame.

    Attributes:
        width, height: px.
        fps: frames a second, exact.
        first_frame: composition frame of the first push. frame_count: how many will follow.
        step: composition frames from one push to the next.
        background: (r, g, b), 0..255: what formats without alpha flatten on.
        audio: the range's sound, None for none. A sink pulls it from the thread that pushes frames.
        opaque: no frame has a transparent pixel, by the document's own word.
        sources: the files that frames and sound are made of, which are not to be written to.
        cancel: once set, a sink that has much to do at its end stops with Cancelled.
        digest: of all that decides the frames, so that parts of one render know each other; "" for unknown.
    """

    width: int
    height: int
    fps: Fraction
    first_frame: int = 0
    frame_count: int = 0
    step: int = 1
    background: tuple[int, int, int] = (0, 0, 0)
    audio: AudioSource | None = None
    opaque: bool = False
    digest: str = ""
    cancel: threading.Event | None = None
    sources: frozenset[Path] = frozenset()


@runtime_checkable
class FrameSink(Protocol):
    """Takes frames. `begin`, any number of `push_frame` in timeline order, then `end`; or `abort` at any time after `begin`.

    Only one thread calls a sink at a time. After an exception from any method the caller calls `abort`, which never raises on
    purpose and leaves nothing half-written under a final name. `wants` names the form of frames that is read, "rgba" or one of
    `ops.registry.PLANE_FORMS`; it is asked for after `begin`, and "rgba" if absent.
    A sink whose attribute `sound` is true is given the sound of its frames; one whose attribute `picture` is false gets None for
    every frame.
    """

    @property
    def wants(self) -> str:
        """The form of frames that is read."""
        ...

    def begin(self, config: SinkConfig) -> None:
        """Get ready; bad paths and settings are reported here."""
        ...

    def push_frame(self, index: int, frame: Frame) -> None:
        """Take the next frame; `index` is the composition frame."""
        ...

    def end(self) -> None:
        """Finish: everything is under its final name when this returns."""
        ...

    def abort(self) -> None:
        """Stop and remove what was written; harmless after `end` and when called twice."""
        ...


def sink_wants(sink: object) -> PlaneForm | None:
    """Return the form of planes that a sink reads, None for RGBA; sinks that do not say read RGBA.

    Raises:
        SchemaError: there is no such form.
    """
    wants = getattr(sink, "wants", "rgba")
    if wants == "rgba":
        return None
    if wants not in PLANE_FORMS:
        allowed = ", ".join(("rgba", *PLANE_FORMS))
        text = f"the sink {type(sink).__name__} wants frames in a form that there is not"
        raise SchemaError(Problem("error", "sink_wants", text, found=repr(wants), allowed=allowed))
    return PLANE_FORMS[wants]
