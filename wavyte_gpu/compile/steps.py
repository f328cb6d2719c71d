"""What happens to a unit's surface before it is composited: masks, effects and sweeps as ops."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from wavyte_gpu.compile.emit import Emitter
from wavyte_gpu.compile.plan import NO_SURFACE, SurfaceId
from wavyte_gpu.effects.definition import Clip, Matrix, Opacity
from wavyte_gpu.eval.effects import EffectStep
from wavyte_gpu.eval.graph import RenderUnit
from wavyte_gpu.foundation.enums import Blend, PixelFormat
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.normalize.ir import MaskDef
from wavyte_gpu.ops.matrices import color_matrix, keeps_alpha
from wavyte_gpu.ops.reflect import pass_dtype
from wavyte_gpu.ops.registry import pass_id
from wavyte_gpu.ops.weights import WIPE_DIRECTIONS, crossfade, iris, mask_rule, wipe
from wavyte_gpu.transitions.definition import Sweep

__all__ = ["StepEmitter", "last_matrix", "matrix_leaf"]

_MASK = pass_id("mask")
_INSIDE = MaskDef(-1, "alpha", 0.0, False)

Laying = Callable[[Sequence[int], Rect], SurfaceId]
Outlining = Callable[[Clip, npt.NDArray[np.float64], Rect, int], SurfaceId | None]


class StepEmitter:
    """Emits the ops of steps; the `PassBuilder` of effects with passes of their own."""

    def __init__(self, emit: Emitter, size: tuple[int, int], lay: Laying, outline: Outlining) -> None:
        """Make an emitter.

        Args:
            size: of the canvas, px.
            lay: composites surfaces over each other. outline: draws a clip's outline, None where it covers nothing.
        """
        self._emit = emit
        self._size = (float(size[0]), float(size[1]))
        self._node = -1
        self._lay = lay
        self._outline = outline

    def bounds(self, surface: int) -> Rect:
        return self._emit.surfaces[surface].bounds

    def params(self, kernel: str) -> npt.NDArray[np.void]:
        return np.zeros((), pass_dtype(pass_id(kernel)))

    def run(
        self,
        kernel: str,
        inputs: Sequence[int],
        bounds: Rect,
        params: npt.NDArray[np.void] | None = None,
        pixel_format: PixelFormat = PixelFormat.RGBA8_PREMUL,
    ) -> SurfaceId:
        surfaces = [SurfaceId(surface) for surface in inputs]
        return self._emit.pass_(pass_id(kernel), surfaces, bounds, params, pixel_format, node=self._node)

    def over(self, surfaces: Sequence[int], bounds: Rect) -> SurfaceId:
        return self._lay(surfaces, bounds)

    def mask(self, content: SurfaceId, mask: SurfaceId, rule: MaskDef, node: int) -> SurfaceId:
        """Return the content weighed by a mask."""
        params = mask_rule(rule.mode, threshold=rule.threshold, inverted=rule.inverted)
        return self._emit.pass_(_MASK, (content, mask), self.bounds(content), params, node=node)

    def effect(self, step: EffectStep, content: SurfaceId) -> SurfaceId:
        """Return what an effect makes of the content."""
        self._node = step.node
        bounds = self.bounds(content)
        match step.stage:
            case Opacity(value):
                return self.sweep(Sweep("fade", value), NO_SURFACE, content, bounds, step.node)
            case Matrix(rows):
                kernel, params = color_matrix(np.array(rows).reshape(4, 5))
                return self._emit.pass_(kernel, (content,), bounds, params, node=step.node)
            case Clip() as clip:
                inside = self._outline(clip, step.world, bounds, step.node)
                if inside is None:
                    return self.sweep(Sweep("fade", 0.0), NO_SURFACE, content, bounds, step.node)
                return self.mask(content, inside, _INSIDE, step.node)
            case stage:
                grown = bounds.grow(step.margins).intersect(step.clip)
                return SurfaceId(stage.emit(self, content, step.world, grown))

    def sweep(self, sweep: Sweep, going: SurfaceId, coming: SurfaceId, bounds: Rect, node: int) -> SurfaceId:
        """Return the surface in which one side goes while the other comes; NO_SURFACE is a transparent side."""
        size, from_px = self._size, None
        if sweep.canvas is not None:
            size, from_px = sweep.canvas[0], np.array(sweep.canvas[1]).reshape(2, 3)
        if sweep.shape == "fade":
            kernel, params = crossfade(sweep.progress)
        elif sweep.shape in WIPE_DIRECTIONS:
            kernel, params = wipe(sweep.progress, size, sweep.shape, sweep.soft, from_px)
        else:
            kernel, params = iris(sweep.progress, size, sweep.shape, sweep.origin, sweep.soft, from_px)
        sides = (going, coming)
        for i, side in enumerate(sides):
            if side == NO_SURFACE:
                params["sides"][i] = 0
        inputs = [side if side != NO_SURFACE else sides[1 - i] for i, side in enumerate(sides)]
        return self._emit.pass_(kernel, inputs, bounds, params, node=node)


def last_matrix(unit: RenderUnit) -> np.void | None:
    """Return the colour matrix that a unit's steps end with, if it keeps alpha: it then acts where the unit is composited."""
    last = unit.steps[-1] if unit.steps else None
    if not isinstance(last, EffectStep) or not isinstance(last.stage, Matrix):
        return None
    rows = np.array(last.stage.rows).reshape(4, 5)
    if not keeps_alpha(rows):
        return None
    record: np.void = color_matrix(rows)[1].reshape(1)[0]["matrix"]
    return record


def matrix_leaf(unit: RenderUnit) -> RenderUnit | None:
    """Return the leaf of a unit that is no more than a leaf with a colour matrix: it is drawn where the unit is, to no surface."""
    if unit.row >= 0 or len(unit.steps) != 1 or len(unit.units) != 1 or last_matrix(unit) is None:
        return None
    leaf = unit.units[0]
    plain = leaf.row >= 0 and leaf.opacity == 1.0 and leaf.blend == Blend.NORMAL and leaf.bounds == unit.content
    return leaf if plain and unit.content == unit.bounds else None
