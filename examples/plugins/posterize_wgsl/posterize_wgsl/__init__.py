"""`{"posterize": 4}`: reduces colours to a few levels, by a WGSL kernel and the NumPy twin that defines its pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu import EffectDef, ParamSchema
from wavyte_gpu.effects.definition import PassBuilder, Stage, Surface
from wavyte_gpu.foundation.rect import NOWHERE, Rect
from wavyte_gpu.ops.registry import PassKernel
from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.pixel import U32, channels, div_round, pack
from wavyte_gpu.ops.shared.pixelwise import run

F64 = npt.NDArray[np.float64]


def nearest_level(c: U32, a: U32, steps: U32) -> U32:
    """Return the level nearest to c / a, times a; rounded both times."""
    return div_round(div_round(c * steps, np.maximum(a, np.uint32(1))) * a, steps)


def execute(params: np.void, dest: U32, inputs: Sequence[U32]) -> None:
    """Write the surface in fewer levels. Twin of posterize.wgsl."""

    def pixel(x: I32, y: I32, s: U32) -> U32:
        r, g, b, a = channels(s)
        n = params["steps"][0]
        return pack(*(nearest_level(c, a, n) for c in (r, g, b)), a)

    run(params, dest, inputs, pixel)


KERNEL = PassKernel(
    "posterize_wgsl/posterize",
    code=files(__name__).joinpath("posterize.wgsl").read_text(encoding="utf-8"),
    twin=execute,
)


class Posterize(NamedTuple):
    """The stage."""

    levels: int

    def margins(self, world: F64) -> Rect:
        return NOWHERE

    def reads(self, world: F64, needed: Rect) -> Rect:
        return needed

    def emit(self, build: PassBuilder, content: Surface, world: F64, bounds: Rect) -> Surface:
        """Return the content in fewer levels."""
        params = build.params(KERNEL.name)
        params["steps"][0] = self.levels - 1
        return build.run(KERNEL.name, [content], bounds, params)


def lower(v: Any) -> tuple[Stage, ...]:
    """Return the stage of the parameters' values: 2 to 255 levels; with more nothing changes."""
    levels = max(math.floor(v.levels + 0.5), 2)
    return (Posterize(levels),) if levels < 256 else ()


POSTERIZE = EffectDef(
    "posterize", (ParamSchema("levels", "f64", aliases=("value",), required=True, minimum=2.0),), "levels", lower
)
