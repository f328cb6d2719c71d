"""What an SVG file becomes: filled outlines and groups, in px of the picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from wavyte_gpu.raster.gradient import Affine, Colour, GradientFill, TwoCircles
from wavyte_gpu.raster.outline import Outline

__all__ = ["Fill", "Group", "ImageFill", "Item", "Paint", "Remains", "Scene", "SvgError"]


class SvgError(Exception):
    """A file is no SVG picture, or exceeds a bound.

    Attributes:
        line: 1-based, or None. limit: it is a bound that is exceeded.
    """

    def __init__(self, message: str, line: int | None = None, limit: bool = False) -> None:
        super().__init__(message)
        self.message, self.line, self.limit = message, line, limit


@dataclass(frozen=True, slots=True)
class ImageFill:
    """The texels of a picture file; `matrix` maps px of the SVG to fractions of its width and height."""

    data: bytes = field(repr=False)
    matrix: Affine


@dataclass(frozen=True, slots=True)
class Remains:
    """What resvg renders: a whole SVG document without a root element's size; see `remains.document`."""

    body: str = field(repr=False)
    element: str


Paint: TypeAlias = Colour | GradientFill | TwoCircles | ImageFill | Remains


@dataclass(frozen=True, slots=True)
class Fill:
    """An outline and what fills it. That of `Remains` is all that may be seen of them."""

    outline: Outline
    even_odd: bool
    paint: Paint


@dataclass(frozen=True, slots=True)
class Group:
    """Items that are composited once, in painter's order.

    Attributes:
        blend: a name of CSS. isolated: nothing in it sees what lies below.
        mask: what weighs it, None for nothing; luma: by brightness times alpha instead of alpha.
    """

    items: tuple[Item, ...]
    opacity: float = 1.0
    blend: str = "normal"
    isolated: bool = False
    mask: tuple[Item, ...] | None = None
    luma: bool = True


Item: TypeAlias = Fill | Group


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture of `size` px. `notes` are (message, line) of what could not be followed."""

    size: tuple[float, float]
    items: tuple[Item, ...]
    notes: tuple[tuple[str, int | None], ...]
