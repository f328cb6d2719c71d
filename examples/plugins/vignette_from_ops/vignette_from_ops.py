"""`{"vignette": {"center": [x, y], "radius": r, "softness": 0..1, "amount": 0..1}}`: darkens content away from a point.

Made of two kernels of wavyte-gpu: `color_matrix` makes a dark copy, `iris_circle` mixes the content into it around the point.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu import EffectDef, ParamSchema
from wavyte_gpu.effects.definition import PassBuilder, Stage, Surface
from wavyte_gpu.foundation.rect import NOWHERE, Rect
from wavyte_gpu.ops.matrices import color_matrix
from wavyte_gpu.ops.weights import iris

F64 = npt.NDArray[np.float64]


class Vignette(NamedTuple):
    """The stage; lengths are node-local px."""

    center: tuple[float, float]
    radius: float
    softness: float
    amount: float

    def margins(self, world: F64) -> Rect:
        return NOWHERE

    def reads(self, world: F64, needed: Rect) -> Rect:
        return needed

    def emit(self, build: PassBuilder, content: Surface, world: F64, bounds: Rect) -> Surface:
        """Return the content mixed with its dark copy."""
        matrix = np.diag([1.0 - self.amount] * 3 + [1.0])
        dark = build.run("color_matrix", [content], bounds, color_matrix(np.c_[matrix, np.zeros(4)])[1])
        # The iris of a square canvas of 2 * radius, whose edge lies in the middle of the ramp.
        ramp = 0.5 * self.softness * self.radius
        reach = self.radius * math.sqrt(2.0)
        size = (2.0 * self.radius, 2.0 * self.radius)
        t = self.radius / (reach + 2.0 * ramp)
        local = _inverse(world)
        local[:, 2] += self.radius - np.array(self.center)
        _, weights = iris(t, size, "circle", (0.5, 0.5), ramp / reach, local)
        return build.run("iris_circle", [dark, content], bounds, weights)


def _inverse(world: F64) -> F64:
    """Return node-local px from canvas px; nodes with a determinant of 0 are not drawn."""
    (a, c, e), (b, d, f) = world.tolist()
    det = a * d - b * c
    return np.array([[d, -c, c * f - d * e], [-b, a, b * e - a * f]]) / det


def lower(v: Any) -> tuple[Stage, ...]:
    """Return the stage of the parameters' values, or none where nothing would change."""
    amount, softness = min(max(v.amount, 0.0), 1.0), min(max(v.softness, 0.0), 1.0)
    return (Vignette(v.center, v.radius, softness, amount),) if amount > 0.0 and v.radius > 0.0 else ()


VIGNETTE = EffectDef(
    "vignette",
    (
        ParamSchema("center", "vec2", required=True),
        ParamSchema("radius", "f64", required=True, minimum=0.0),
        ParamSchema("softness", "f64", default=0.5, minimum=0.0),
        ParamSchema("amount", "f64", default=0.7, minimum=0.0),
    ),
    lower=lower,
)
