"""Frame rates and times as exact rationals: frames <-> seconds, `"1.5s"`, and the NTSC rates.

Times stay `Fraction` until a lane is sampled in float64, so no two stages can round a boundary differently.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

__all__ = [
    "MAX_FPS_DENOMINATOR",
    "fps_from_number",
    "frames_from_seconds",
    "parse_seconds",
    "round_half_up",
    "seconds_from_frames",
]

MAX_FPS_DENOMINATOR = 1001

_NTSC = {
    name: Fraction(rate * 1000, 1001)
    for name, rate in {
        "23.976": 24,
        "23.98": 24,
        "29.97": 30,
        "47.952": 48,
        "47.95": 48,
        "59.94": 60,
        "119.88": 120,
    }.items()
}
_SECONDS = re.compile(r"\s*([+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15}))\s*s\s*", re.ASCII)


def round_half_up(value: Fraction) -> int:
    """Return `floor(value + 1/2)`: halves go up, for negative values too."""
    return math.floor(value + Fraction(1, 2))


def fps_from_number(value: int | float) -> Fraction:
    """Return the frame rate that a plain number means, in frames a second.

    Args:
        value: 23.976, 23.98, 29.97, 47.952, 59.94 and 119.88 mean n * 1000/1001; any other decimal is taken as written
            and limited to a denominator of 1001.

    Raises:
        ValueError: when the rate is not finite or not above zero.
    """
    if not math.isfinite(value):
        raise ValueError("a frame rate must be finite")
    text = repr(value)
    rate = _NTSC[text] if text in _NTSC else Fraction(text).limit_denominator(MAX_FPS_DENOMINATOR)
    if rate <= 0:
        raise ValueError("a frame rate must be above zero")
    return rate


def parse_seconds(text: str) -> Fraction | None:
    """Return the seconds of a text such as `"1.5s"`, or None when it is no such text."""
    match = _SECONDS.fullmatch(text)
    return Fraction(match.group(1)) if match else None


def frames_from_seconds(seconds: Fraction, fps: Fraction) -> int:
    """Return the frame nearest to a time, halves rounded up."""
    return round_half_up(seconds * fps)


def seconds_from_frames(frames: int | Fraction, fps: Fraction) -> Fraction:
    """Return the exact time of a frame in seconds."""
    return Fraction(frames) / fps
