"""What a file says about the range that it holds, in its comment, so that parts of one render can be joined."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Self

from wavyte_gpu.encode.sink import SinkConfig

__all__ = ["PartLabel"]

_SAMPLE_RATE = 48_000
_TEXT = re.compile(r"wavyte frames (\d+):(\d+) fps (\d+)/(\d+) samples (\d+) of ([0-9a-f]*)")


@dataclass(frozen=True, slots=True)
class PartLabel:
    """Composition frames [first, stop), frames a second, samples of sound (0 for none), and the digest of what was rendered."""

    first: int
    stop: int
    fps: Fraction
    samples: int
    digest: str

    @classmethod
    def of(cls, config: SinkConfig) -> Self:
        """Return the label of what a sink is about to get."""
        samples = config.audio.length if config.audio is not None else 0
        stop = config.first_frame + config.frame_count
        return cls(config.first_frame, stop, Fraction(config.fps), samples, config.digest)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the label that a comment holds, None if it holds none."""
        found = _TEXT.fullmatch(text)
        if found is None or int(found[4]) == 0 or int(found[3]) == 0:
            return None
        first, stop, num, den, samples = (int(found[i]) for i in range(1, 6))
        return cls(first, stop, Fraction(num, den), samples, found[6]) if first < stop else None

    def text(self) -> str:
        """Return the comment."""
        fps = f"{self.fps.numerator}/{self.fps.denominator}"
        return f"wavyte frames {self.first}:{self.stop} fps {fps} samples {self.samples} of {self.digest}"

    @property
    def sample_count(self) -> int:
        """How many samples lie between the first frame's and the stop's, each the nearest to its frame's time."""
        first, stop = (floor(frame * _SAMPLE_RATE / self.fps + Fraction(1, 2)) for frame in (self.first, self.stop))
        return stop - first

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return self.stop - self.first
