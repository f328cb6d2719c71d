"""The ids of the draw programs that the compiler chooses from, by name of their shader."""

from __future__ import annotations

from typing import Final

from wavyte_gpu.ops.registry import PROGRAMS

__all__ = [
    "GRADIENT_CONIC",
    "GRADIENT_LINEAR",
    "GRADIENT_RADIAL",
    "IMAGE_BILINEAR",
    "IMAGE_COPY",
    "IMAGE_NEAREST",
    "NOISE",
    "SOLID",
    "VIDEO",
]

_NAMES = tuple(p.name for p in PROGRAMS)

SOLID: Final = _NAMES.index("solid")
GRADIENT_LINEAR: Final = _NAMES.index("gradient_linear")
GRADIENT_RADIAL: Final = _NAMES.index("gradient_radial")
GRADIENT_CONIC: Final = _NAMES.index("gradient_conic")
NOISE: Final = _NAMES.index("noise")
IMAGE_COPY: Final = _NAMES.index("image_copy")
IMAGE_NEAREST: Final = _NAMES.index("image_nearest")
IMAGE_BILINEAR: Final = _NAMES.index("image_bilinear")
VIDEO: Final = _NAMES.index("video")
