"""What the compiler asks of prepared assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.atlas import Placement
from wavyte_gpu.assets.shape import Form
from wavyte_gpu.assets.video import VideoFormat
from wavyte_gpu.raster.gradient import Stop

__all__ = ["PartPaints", "PreparedAssets"]

I64 = npt.NDArray[np.int64]


class PartPaints(NamedTuple):
    """What fills every part of every shape, P in all; the parts of asset a begin at `start[a]`.

    Attributes:
        color: (P,) uint32 premultiplied pixel. moving: (P,) place among the colours of its asset that move, or -1.
        gradient: (P,) index of the asset that is the gradient, or -1.
        picture: (P,) index of the picture, or -1.
        kind: (P,) the type of a gradient of the part's own (0 linear, 1 radial, 2 conic), or -1.
        matrix: (P, 2, 3) float64, px of the content to the space of the part's own gradient, or to texels of its picture.
        box: (P, 4) float64, left, top, width, height of the outline, px of the content.
        stops: by part, those of a gradient that has no table in the store.
    """

    start: I64
    color: npt.NDArray[np.uint32]
    moving: I64
    gradient: I64
    picture: I64
    kind: I64
    matrix: npt.NDArray[np.float64]
    box: npt.NDArray[np.float64]
    stops: Mapping[int, Sequence[Stop]]


class PreparedAssets(Protocol):
    """What the compiler asks of the asset store."""

    @property
    def part_paints(self) -> PartPaints: ...

    def form_paints(self, asset: int, form: Form) -> PartPaints:
        """Return what fills the parts of a moving shape at a form."""

    def place_image(self, asset: int, level: int) -> Placement: ...

    def place_table(self, asset: int, log2_size: int) -> Placement: ...

    def image_levels(self, asset: int) -> int:
        """Return how many mip levels an image or a video has, 1 or more."""

    def is_opaque(self, asset: int) -> bool: ...

    def video_format(self, asset: int) -> VideoFormat: ...
