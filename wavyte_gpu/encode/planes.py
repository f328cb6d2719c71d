"""Frames as the planes that encoders take: those that a backend made, or computed here by the output kernel's twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.ops.planes import make_planes
from wavyte_gpu.ops.registry import PLANE_FORMS

__all__ = ["form_name", "planes_of"]

_PACKED = {"rgba": "rgba_straight", "bgra": "bgra_straight"}


def form_name(pix_fmt: str) -> str:
    """Return the key of PLANE_FORMS for a pixel format by FFmpeg's name."""
    return _PACKED.get(pix_fmt, pix_fmt)


def planes_of(frame: Frame, pix_fmt: str, background: tuple[int, int, int]) -> tuple[npt.NDArray[Any], ...]:
    """Return the planes of a frame in a pixel format, read-only: (H, W) of luma, chroma rounded up, alpha.

    Packed RGB is one plane of (H, 4 W). Forms without alpha are put over the background.
    """
    form = PLANE_FORMS[form_name(pix_fmt)]
    if frame.planes is not None and frame.form == form:
        return frame.planes.parts
    r, g, b = background
    words = np.ascontiguousarray(frame.rgba).view(np.uint32)[..., 0]
    return make_planes(words, form, 0xFF000000 | b << 16 | g << 8 | r).parts
