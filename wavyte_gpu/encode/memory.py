"""A sink that keeps frames."""

from __future__ import annotations

from typing import ClassVar

from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.sink import SinkConfig

__all__ = ["InMemorySink"]


class InMemorySink:
    """Keeps every frame.

    Attributes:
        frames: in the order they came. config: what `begin` was told, None before. finished: whether `end` was called.
    """

    wants: ClassVar[str] = "rgba"

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.config: SinkConfig | None = None
        self.finished = False

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def by_index(self) -> dict[int, Frame]:
        """Frames by composition frame."""
        return {frame.index: frame for frame in self.frames}

    def begin(self, config: SinkConfig) -> None:
        """Forget the frames of an earlier run."""
        self.frames, self.config, self.finished = [], config, False

    def push_frame(self, index: int, frame: Frame) -> None:
        """Keep a frame under the index that it is pushed with (an elided duplicate may carry another)."""
        self.frames.append(frame if frame.index == index else Frame.adopt(index, frame.rgba, frame.planes))

    def end(self) -> None:
        """Mark the run as complete."""
        self.finished = True

    def abort(self) -> None:
        """Forget the frames."""
        if not self.finished:
            self.frames = []
