"""What a transition is: its parameters, and how it shows two sides at a progress.

A transition is an entry of `transitions.TRANSITIONS`. Where neighbours pair, one side goes while the other comes; a side alone goes
through the same change without the other.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from wavyte_gpu.foundation.params import ParamSchema

__all__ = ["Change", "Move", "Sweep", "TransitionDef"]


class Sweep(NamedTuple):
    """A weight for each pixel of the canvas, from 0 to 255: how much of what comes in is shown.

    Attributes:
        shape: "fade" (the same everywhere), "left_to_right", "right_to_left", "top_to_bottom", "bottom_to_top", "circle", "rect" or
            "diamond".
        progress: eased, nominally 0..1.
        origin: of the last three shapes, in fractions of the canvas.
        soft: width of the soft edge in canvas lengths.
        incoming: what is swept appears; False: it goes. Evaluation sets it.
        canvas: width and height in px of the nested composition whose canvas is swept, with the map from rendered px to it, (a, c, e, b,
            d, f); None for the whole canvas. Evaluation sets it.
    """

    shape: str
    progress: float
    origin: tuple[float, float] = (0.5, 0.5)
    soft: float = 0.0
    incoming: bool = True
    canvas: tuple[tuple[float, float], tuple[float, ...]] | None = None


class Move(NamedTuple):
    """Scale a side about a point, then shift it; the point and the shift are fractions of the canvas."""

    scale: float = 1.0
    origin: tuple[float, float] = (0.0, 0.0)
    shift: tuple[float, float] = (0.0, 0.0)


class Change(NamedTuple):
    """A transition at one progress.

    Attributes:
        sweep: how the coming side is mixed into the going one; None lays it over.
        coming, going: how the sides are moved; None leaves a side where it is.
    """

    sweep: Sweep | None = None
    coming: Move | None = None
    going: Move | None = None


@dataclass(frozen=True)
class TransitionDef:
    """A kind of transition.

    Attributes:
        kind: its name in documents. params: they are static.
        lower: the change from the parameters' values, given as attributes (float, (x, y), `Rgba`, bool, str, list or None), the eased
            progress, and whether there is one side alone.
    """

    kind: str
    params: tuple[ParamSchema, ...]
    lower: Callable[[Any, float, bool], Change]
    values: Callable[..., Any] = field(init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.kind, self.params, self.lower)

    def __post_init__(self) -> None:
        names = [param.name for param in self.params]
        object.__setattr__(self, "values", namedtuple(f"{self.kind}_values", names, rename=True))
