"""Decoded sound as stereo floats: sample formats to full scale 1, any channel layout to left and right.

Surround is mixed down as ITU-R BS.775 has it: centre and surrounds at -3 dB into their sides, a back centre at -6 dB into both, no LFE,
nothing scaled to fit (the mix is limited at its end). Mono plays at full level on both sides.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

__all__ = ["stereo", "stereo_matrix"]

_H = sqrt(0.5)
_GAINS = {
    **dict.fromkeys(("FL", "FLC", "DL", "WL"), (1.0, 0.0)),
    **dict.fromkeys(("FR", "FRC", "DR", "WR"), (0.0, 1.0)),
    **dict.fromkeys(("BL", "SL", "TFL", "TBL", "TSL", "SDL"), (_H, 0.0)),
    **dict.fromkeys(("BR", "SR", "TFR", "TBR", "TSR", "SDR"), (0.0, _H)),
    "FC": (_H, _H),
    "BC": (0.5, 0.5),
}
_USUAL = {  # where a file does not say, by the number of channels
    1: "FC",
    2: "FL FR",
    3: "FL FR LFE",
    4: "FL FR FC BC",
    5: "FL FR FC BL BR",
    6: "FL FR FC LFE BL BR",
    7: "FL FR FC LFE BC SL SR",
    8: "FL FR FC LFE BL BR SL SR",
}
_OFFSETS = {"u8": 128.0}
_SCALES = {"u8": 2.0**7, "s16": 2.0**15, "s32": 2.0**31, "s64": 2.0**63, "flt": 1.0, "dbl": 1.0}


def stereo_matrix(names: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Return (channels, 2) gains of named channels; unknown names take the usual place of their number."""
    if len(names) == 1:
        return np.ones((1, 2))
    if not any(name in _GAINS for name in names):
        usual = _USUAL.get(len(names), "FL FR").split()
        names = tuple(usual + ["?"] * (len(names) - len(usual)))
    return np.array([_GAINS.get(name, (0.0, 0.0)) for name in names])


def stereo(frame: AudioFrame) -> npt.NDArray[np.float32]:
    """Return a decoded frame as (n, 2) float32, full scale 1."""
    name = frame.format.name.removesuffix("p")
    names = tuple(channel.name for channel in frame.layout.channels)
    raw: npt.NDArray[Any] = frame.to_ndarray()
    raw = raw if frame.format.is_planar else raw.reshape(-1, len(names)).T
    if name == "flt" and len(names) == 2 and names == ("FL", "FR"):
        return np.ascontiguousarray(raw.T)
    values = raw.astype(np.float64)
    values -= _OFFSETS.get(name, 0.0)
    values /= _SCALES[name]
    if len(names) == 1:
        return np.repeat(values.astype(np.float32).T, 2, axis=1)
    if names == ("FL", "FR"):
        return np.ascontiguousarray(values.T.astype(np.float32))
    matrix = stereo_matrix(names)
    out = np.zeros((values.shape[1], 2))
    for row, gains in zip(values, matrix, strict=True):  # in a fixed order, so that every length gives the same sums
        out += row[:, None] * gains
    return out.astype(np.float32)
