"""What an effect is: its parameters, and the stages that its values turn into.

An effect is one file that defines an `EffectDef`, and one line in `effects.EFFECTS`. `lower` is called once a frame with the values of
the parameters; it returns stages, which evaluation and compilation know how to run, or nothing where the effect changes nothing.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.enums import PixelFormat
from wavyte_gpu.foundation.params import ParamSchema
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.raster.outline import Outline

__all__ = [
    "Affine",
    "Clip",
    "EffectDef",
    "Matrix",
    "Opacity",
    "PassBuilder",
    "PassStage",
    "Stage",
    "Surface",
]

F64 = npt.NDArray[np.float64]


class Opacity(NamedTuple):
    """Weigh everything by a factor of 0..1."""

    value: float


class Affine(NamedTuple):
    """Transform the content before the node's own transform does, in node-local px: (x, y) to (a x + c y + e, b x + d y + f)."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float


class Matrix(NamedTuple):
    """Multiply straight colours (R, G, B, A, 1), each 0..1, by rows of five; results are clamped."""

    rows: tuple[float, ...]


class Clip(NamedTuple):
    """Keep what lies inside an outline in node-local px, antialiased."""

    outline: Outline
    even_odd: bool


Surface = int
"""A surface of the frame that is being compiled."""


class PassBuilder(Protocol):
    """What a stage with passes of its own is compiled with. Bounds are canvas px, unless a kernel says otherwise."""

    def bounds(self, surface: Surface) -> Rect:
        """Return the bounds of a surface; beyond them it is transparent."""
        ...

    def params(self, kernel: str) -> npt.NDArray[np.void]:
        """Return a zeroed zero-dimensional record of a kernel's `Params`, its own fields to be filled in.

        Raises:
            KeyError: no kernel has that name.
        """
        ...

    def run(
        self,
        kernel: str,
        inputs: Sequence[Surface],
        bounds: Rect,
        params: npt.NDArray[np.void] | None = None,
        pixel_format: PixelFormat = PixelFormat.RGBA8_PREMUL,
    ) -> Surface:
        """Run a kernel of `ops.registry` over at most four surfaces; return the new one, whose bounds must not be empty."""
        ...

    def over(self, surfaces: Sequence[Surface], bounds: Rect) -> Surface:
        """Return RGBA8 surfaces laid over each other, the last one on top."""
        ...


@runtime_checkable
class PassStage(Protocol):
    """A stage with passes of its own."""

    def margins(self, world: F64) -> Rect:
        """Return how many px the result reaches beyond the content on the left, top, right and bottom; none below 0.

        Args:
            world: (2, 3) float64, node-local px to canvas px.
        """
        ...

    def reads(self, world: F64, needed: Rect) -> Rect:
        """Return the part of the content that a part of the result depends on, canvas px."""
        ...

    def emit(self, build: PassBuilder, content: Surface, world: F64, bounds: Rect) -> Surface:
        """Return the surface that the content turns into; its bounds are `bounds`, which `margins` and the canvas allow."""
        ...


Stage = Opacity | Affine | Matrix | Clip | PassStage


@dataclass(frozen=True)
class EffectDef:
    """A kind of effect.

    Attributes:
        kind: its name in documents. main: the parameter that a bare value sets.
        lower: stages from the parameters' values, given as attributes: float, (x, y), premultiplied (r, g, b, a) in 0..1, tuple of
            floats, bool, str, or None.
        exclusive: (name, others): they can't be given together.
        fallback: (names, name, value): where none of the names is given, `name` is `value`.
        note: (name, code, message, hint): a warning of validation where `name` is not given.
    """

    kind: str
    params: tuple[ParamSchema, ...] = ()
    main: str | None = None
    lower: Callable[[Any], Sequence[Stage]] = lambda values: ()
    exclusive: tuple[tuple[str, tuple[str, ...]], ...] = ()
    fallback: tuple[tuple[str, ...], str, float] | None = None
    note: tuple[str, str, str, str] | None = None
    values: Callable[..., Any] = field(init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.kind, self.params, self.main, self.lower, self.exclusive, self.fallback, self.note)
        return type(self), parts

    def __post_init__(self) -> None:
        names = [param.name for param in self.params]
        object.__setattr__(self, "values", namedtuple(f"{self.kind}_values", names, rename=True))
