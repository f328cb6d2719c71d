"""What an element has from those around it: inherited properties, viewport, place."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace

from wavyte_gpu.raster.gradient import IDENTITY, Affine, compose
from wavyte_gpu.svg.source import Element
from wavyte_gpu.svg.style import INHERITED
from wavyte_gpu.svg.values import length, number

__all__ = ["Context", "opacity"]

_FONT_SIZES = {
    **{"xx-small": 0.5625, "x-small": 0.625, "small": 0.8125, "medium": 1.0, "large": 1.125, "x-large": 1.5},
    "xx-large": 2.0,
}


@dataclass(frozen=True, slots=True)
class Context:
    """The state below an element.

    Attributes:
        style: inherited properties as texts. font_px: the size that `em` refers to.
        viewport: width and height that percentages refer to. matrix: from the present space to px of the picture.
        depth: how deep elements and references nest. uses: the elements that are being referred to.
    """

    viewport: tuple[float, float]
    style: dict[str, str]
    font_px: float = 16.0
    matrix: Affine = IDENTITY
    depth: int = 0
    uses: tuple[Element, ...] = ()

    def inside(self, element: Element) -> Context:
        """Return the context with what an element sets for itself and its children."""
        own = {name: value.strip() for name, value in element.attrib.items() if name in INHERITED}
        own = {name: value for name, value in own.items() if value not in ("inherit", "unset")}
        font_px = self.font_px
        size = own.pop("font-size", None)
        if size is not None:
            with suppress(ValueError):
                font_px = self._font_size(size)
        if not own and font_px == self.font_px:
            return replace(self, depth=self.depth + 1)
        return replace(self, style={**self.style, **own}, font_px=font_px, depth=self.depth + 1)

    def moved(self, matrix: Affine) -> Context:
        """Return the context in the space of a transform."""
        return self if matrix == IDENTITY else replace(self, matrix=compose(self.matrix, matrix))

    def get(self, name: str, default: str) -> str:
        """Return an inherited property."""
        return self.style.get(name, default)

    def fraction(self, name: str) -> float:
        """Return an inherited opacity."""
        return opacity(self.style.get(name))

    def px(self, text: str) -> float:
        """Return a length whose percentages refer to the viewport's diagonal."""
        width, height = self.viewport
        return length(text, math.sqrt((width * width + height * height) / 2.0), self.font_px)

    @property
    def scale(self) -> float:
        """How much larger than its unit a px of the picture is, at most."""
        a, b, c, d, _, _ = self.matrix
        return max(math.hypot(a, b), math.hypot(c, d))

    def _font_size(self, text: str) -> float:
        if text in _FONT_SIZES:
            return 16.0 * _FONT_SIZES[text]
        if text in ("smaller", "larger"):
            return self.font_px * (1.2 if text == "larger" else 1.0 / 1.2)
        return max(length(text, self.font_px, self.font_px), 0.0)


def opacity(text: str | None) -> float:
    """Return an opacity in 0..1; what is no number counts as 1."""
    if text is None:
        return 1.0
    try:
        return min(max(number(text), 0.0), 1.0)
    except ValueError:
        return 1.0
