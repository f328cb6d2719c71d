"""What the compiler asks of prepared assets."""

from __future__ import annotations

from typing import Protocol

from wavyte_gpu.assets.atlas import Placement
from wavyte_gpu.assets.video import VideoFormat

__all__ = ["PreparedAssets"]


class PreparedAssets(Protocol):
    """What the compiler asks of the asset store."""

    def part_paint(self, asset: int, part: int) -> tuple[int, int]:
        """Return (premultiplied pixel, -1) or (0, asset index of the gradient) of a shape's part."""

    def part_bounds(self, asset: int, part: int) -> tuple[float, float, float, float]: ...

    def place_image(self, asset: int, level: int) -> Placement: ...

    def place_table(self, asset: int, log2_size: int) -> Placement: ...

    def image_levels(self, asset: int) -> int:
        """Return how many mip levels an image or a video has, 1 or more."""

    def is_opaque(self, asset: int) -> bool: ...

    def video_format(self, asset: int) -> VideoFormat: ...
