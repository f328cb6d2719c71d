"""Compile one evaluated frame to a plan. The passes, in order:

lower      leaves -> layer records (a batch at a time, `lower.py`)
layers     units -> layers of a surface; isolated units become surfaces of their own, drawn before they are used
cull       what an opaque layer hides (`fuse.py`)
fuse       neighbours that share a kernel, and scattered layers of one kind (`fuse.py`)
lifetimes  first and last use, shared memory (`lifetimes.py`)
verify     the finished plan (`verify.py`)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from weakref import proxy

import numpy as np
import numpy.typing as npt

from wavyte_gpu.compile.emit import Emitter, Layer
from wavyte_gpu.compile.fuse import Run, cull, filling, fuse_runs, pad, scatter
from wavyte_gpu.compile.lifetimes import assign_slots
from wavyte_gpu.compile.lower import Lowered, level_size, video_record
from wavyte_gpu.compile.memory import FrameMemory, UnitKeys
from wavyte_gpu.compile.plan import NO_PAGE, NO_SURFACE, OpKind, RenderPlan, SurfaceId, VideoFrameRef
from wavyte_gpu.compile.prepared import PreparedAssets
from wavyte_gpu.compile.programs import IMAGE_COPY, SOLID, VIDEO
from wavyte_gpu.compile.shapes import ShapeTiler
from wavyte_gpu.compile.steps import StepEmitter, last_matrix, matrix_leaf
from wavyte_gpu.compile.tiles import classify_tiles
from wavyte_gpu.compile.verify import verify_plan
from wavyte_gpu.effects.definition import Clip
from wavyte_gpu.eval.effects import EffectStep
from wavyte_gpu.eval.graph import EvaluatedGraph, MaskStep, RenderUnit, Step
from wavyte_gpu.foundation.enums import Blend
from wavyte_gpu.foundation.rect import Rect, corners
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.ops.registry import EDGE_COUNTS, layout_of
from wavyte_gpu.transitions.definition import Sweep

__all__ = ["compile_frame"]


def compile_frame(
    ir: CompositionIR,
    graph: EvaluatedGraph,
    lowered: Lowered,
    assets: PreparedAssets,
    shapes: ShapeTiler,
    memory: FrameMemory | None = None,
) -> RenderPlan:
    """Return the plan of one frame.

    Args:
        graph: the frame's render units. lowered: the records of the batch that it belongs to.
        shapes: sorts outlines into tiles and keeps what does not move.
        memory: of what the backend holds, where it executes every plan that is made with it; None draws everything.
    """
    return _FrameCompiler(ir, graph, lowered, assets, shapes, memory).compile()


class _FrameCompiler:
    def __init__(
        self,
        ir: CompositionIR,
        graph: EvaluatedGraph,
        lowered: Lowered,
        assets: PreparedAssets,
        shapes: ShapeTiler,
        memory: FrameMemory | None,
    ) -> None:
        self.ir = ir
        self.graph = graph
        self.lowered = lowered
        self.assets = assets
        self.shapes = shapes
        self.memory = memory
        self.emit = Emitter(lowered.tables, ir.names.nodes)
        me = proxy(self)  # nothing of a frame waits for the garbage collector
        self.steps = StepEmitter(
            self.emit,
            (ir.width, ir.height),
            lambda surfaces, bounds: me._over(surfaces, bounds),
            lambda clip, world, bounds, node: me._outline(clip, world, bounds, node),
        )
        self.videos: dict[tuple[int, int, int], SurfaceId] = {}  # asset, frame, level
        self.plane_sets: dict[int, list[int]] = {}  # asset -> its frames in order of first use
        self.first, last = graph.leaves.start[graph.at : graph.at + 2].tolist()
        own = slice(self.first, last)  # the rows of this frame, which the lists hold
        self.program = lowered.program[own].tolist()
        self.layout = (lowered.program[own] * len(EDGE_COUNTS) + lowered.variant[own]).tolist()
        self.page = lowered.page[own].tolist()
        self.record = lowered.record[own].tolist()
        self.inner = lowered.inner[own].tolist()
        self.level = lowered.level[own].tolist()
        self.shape = lowered.shape[own].tolist()
        self.opaque = lowered.opaque[own].tolist()
        self.any_opaque = any(self.opaque)

    def compile(self) -> RenderPlan:
        canvas = Rect(0, 0, self.ir.width, self.ir.height)
        root = self.emit.surface(canvas)
        parts: list[Rect] | None = None
        if self.memory is not None:
            parts = self.memory.begin(self.graph.units, UnitKeys(self.lowered, self.graph, self.shapes))
            self.emit.surfaces[root].name = "canvas"
            self.emit.surfaces[root].held = parts is not None
        units = self.graph.units
        wanted = [(canvas, units)]
        if parts is not None:
            inside = [part.intersect(canvas) for part in parts]
            bounds = corners([unit.bounds for unit in units])
            wanted = [(part, self._inside(units, bounds, part)) for part in inside if not part.empty]
        shaped: list[RenderUnit] = []
        for _, seen in wanted:
            self._find_shaped(seen, shaped)
        made = self.shapes.shapes(self.graph.leaves, [unit.row for unit in shaped], [unit.bounds for unit in shaped])
        self.placed = dict(zip(map(id, shaped), made, strict=True))
        runs = [run for part, seen in wanted for run in self._start(root, self._layers(seen, root), self.ir.background, part)]
        self._draw_runs(root, runs)
        if self.memory is not None:
            self._list_held()
            self.memory.end()
        surfaces, slots = assign_slots(self.emit.surfaces, self.emit.ops, root, self.ir.width, self.ir.height)
        plan = RenderPlan(
            self.ir.width,
            self.ir.height,
            surfaces,
            slots,
            tuple(self.emit.ops),
            self.emit.records(),
            (root,),
            self.lowered.frame_tables.of(self.graph.at),
        )
        verify_plan(plan)
        return plan

    def _inside(self, units: list[RenderUnit], bounds: npt.NDArray[np.int64], part: Rect) -> list[RenderUnit]:
        """Return what of units, of these bounds, is seen in a part of the canvas. A surface that stays is drawn whole, to be kept."""
        out = []
        x0, y0, x1, y1 = bounds.T
        seen = (x0 < part.x1) & (x1 > part.x0) & (y0 < part.y1) & (y1 > part.y0)
        whole = (x0 >= part.x0) & (x1 <= part.x1) & (y0 >= part.y0) & (y1 <= part.y1)
        chosen = np.flatnonzero(seen)
        for i, all_seen in zip(chosen.tolist(), whole[chosen].tolist(), strict=True):
            unit = units[i]
            if all_seen:
                out.append(unit)
                continue
            shown = unit.bounds.intersect(part)
            cut = replace(unit, bounds=shown)
            if (leaf := matrix_leaf(unit)) is not None:
                cut.units, cut.content = [replace(leaf, bounds=shown)], shown
            if unit.row < 0 and not unit.steps and unit.pair is None and not self._stays(unit):
                cut.units = self._inside(unit.units, corners([inner.bounds for inner in unit.units]), part)
                cut.content = shown
            out.append(cut)
        return out

    def _stays(self, unit: RenderUnit) -> bool:
        return self.memory is not None and (self.memory.holds(unit.node) is not None or self.memory.stays(unit))

    def _list_held(self) -> None:
        """Name what is held and not drawn in this frame, so that the backend does not give it up."""
        assert self.memory is not None
        listed = {surface.name for surface in self.emit.surfaces}
        for node in self.memory.held:
            if _name(node) not in listed:
                self._held_surface(node)

    def _held_surface(self, node: int) -> SurfaceId:
        assert self.memory is not None
        bounds = self.memory.holds(node)
        assert bounds is not None
        name = _name(node)
        for i, known in enumerate(self.emit.surfaces):
            if known.name == name:
                return SurfaceId(i)
        surface = self.emit.surface(bounds)
        self.emit.surfaces[surface].name, self.emit.surfaces[surface].held = name, True
        return surface

    def _layers(self, units: list[RenderUnit], target: SurfaceId) -> list[Layer]:
        """Return the layers of units in painter's order, to be drawn on a target; what they read is drawn before."""
        layers: list[Layer] = []
        for unit in self._seen(units):
            weight = int(255.0 * unit.opacity + 0.5)
            if weight > 0:
                layers += self._leaf(unit, weight, target) if unit.row >= 0 else self._isolated(unit, weight)
        return cull(layers)

    def _draw(self, target: SurfaceId, layers: list[Layer], init_pixel: int, bounds: Rect) -> None:
        """Emit the ops that fill a part of a surface with layers."""
        self._draw_runs(target, self._start(target, layers, init_pixel, bounds))

    def _start(self, target: SurfaceId, layers: list[Layer], init_pixel: int, bounds: Rect) -> list[Run]:
        """Emit the op that starts a part of a surface, with its lowest layers where they fill it; return what goes over it."""
        runs = fuse_runs(layers)
        if videos := filling(runs, bounds):
            for i, run in enumerate(runs[:videos]):
                self._convert(target, run.layers[0], init=i == 0)
            return runs[videos:]
        if not runs or runs[0].scattered or runs[0].layers[0].video is not None or 2 * runs[0].region.area < bounds.area:
            self._clear(target, bounds, init_pixel)
            return runs
        self._draw_run(target, runs[0], bounds, init_pixel)
        return runs[1:]

    def _draw_runs(self, target: SurfaceId, runs: list[Run]) -> None:
        """Emit the ops that draw runs over what a surface holds."""
        for run in scatter(runs):
            self._draw_run(target, run)

    def _draw_run(self, target: SurfaceId, run: Run, start: Rect | None = None, init_pixel: int = 0) -> None:
        """Emit the ops of a run; the first one starts the part `start` of the surface."""
        layers, region, scattered = run
        if layers[0].video is not None:
            self._convert(target, layers[0], init=False)
            return
        kind = OpKind.COMPOSITE if layers[0].program == IMAGE_COPY and layers[0].own else OpKind.DRAW
        if scattered:
            self.emit.op(kind, layers, [layer.weight for layer in layers], target, region, init=False, scattered=True)
            return
        at = 0
        for count in pad(len(layers)):
            part = layers[at : at + count]
            if count < len(layers):
                region = part[0].region
                for layer in part[1:]:
                    region = region.union(layer.region)
            weights = [layer.weight for layer in part]
            size = 1 << (count - 1).bit_length()
            part += [part[-1]] * (size - count)
            weights += [0] * (size - count)
            init = start is not None
            self.emit.op(kind, part, weights, target, start or region, init=init, init_pixel=init_pixel)
            start = None
            at += count

    def _find_shaped(self, units: list[RenderUnit], found: list[RenderUnit]) -> None:
        """Append the shapes to draw among units, in what they hold, and in what masks them."""
        for unit in units:
            if unit.row >= 0:
                if self.shape[unit.row - self.first]:
                    found.append(unit)
            elif self.memory is None or self.memory.holds(unit.node) is None:
                self._find_shaped(unit.units, found)
                for step in unit.steps:
                    if isinstance(step, MaskStep):
                        self._find_shaped(step.units, found)

    def _seen(self, units: list[RenderUnit]) -> list[RenderUnit]:
        """Drop units that an opaque leaf above hides, before anything is drawn for them."""
        if not self.any_opaque:
            return units
        kept: list[RenderUnit] = []
        cover: Rect | None = None
        for unit in reversed(units):
            if cover is not None and cover.contains(unit.bounds):
                continue
            kept.append(unit)
            if (
                unit.row >= 0
                and self.opaque[unit.row - self.first]
                and unit.opacity == 1.0
                and unit.blend == Blend.NORMAL
                and (cover is None or unit.bounds.area > cover.area)
            ):
                cover = unit.bounds
        kept.reverse()
        return kept

    def _clear(self, target: SurfaceId, bounds: Rect, pixel: int) -> None:
        row, record = self.emit.own_record(SOLID)
        record["bounds"][0] = bounds
        layer = Layer(-1, SOLID, layout_of(SOLID, 0), row, True, 0, Blend.NORMAL, bounds, False, NO_PAGE, NO_SURFACE)
        self.emit.op(OpKind.DRAW, [layer], [0], target, bounds, init=True, init_pixel=pixel)

    def _leaf(self, unit: RenderUnit, weight: int, target: SurfaceId = NO_SURFACE) -> list[Layer]:
        """Return the layers of a leaf. On a `target` that is known a video may be converted in its place."""
        row = unit.row
        at = row - self.first
        program = self.program[at]
        if self.shape[at]:
            shape, rule = self.placed[id(unit)]
            record, page = self.record[at], self.page[at]
            head = unit.node, program, self.layout[at], record, False, weight, unit.blend, unit.bounds, False, page, NO_SURFACE
            return [Layer(*head, None, shape, rule)] if shape.tile_count else []
        covers = self.opaque[at] and weight == 255 and unit.blend == Blend.NORMAL
        if covers and target != NO_SURFACE and (shown := self._video_in_place(unit, target)) is not None:
            return [shown]
        source = self._video_surface(row) if self.level[at] >= 0 else NO_SURFACE
        layer = Layer(
            unit.node,
            program,
            self.layout[at],
            self.record[at],
            False,
            weight,
            unit.blend,
            unit.bounds,
            covers,
            self.page[at],
            source,
        )
        if self.inner[at] < 0:
            return [layer]
        edge, inside = classify_tiles(self.graph.leaves.quad[row], unit.bounds)
        layer.tiles = edge
        out = [layer] if len(edge) else []
        if len(inside):
            out.append(
                Layer(
                    unit.node,
                    program,
                    layout_of(program, 0),
                    self.inner[at],
                    False,
                    weight,
                    unit.blend,
                    unit.bounds,
                    False,
                    self.page[at],
                    source,
                    inside,
                )
            )
        return out

    def _isolated(self, unit: RenderUnit, weight: int) -> list[Layer]:
        matrix, leaf = last_matrix(unit), matrix_leaf(unit)
        if leaf is not None:
            layers = self._leaf(leaf, weight)
        elif matrix is not None and not self._stays(unit):
            surface = self._made(unit, unit.steps[:-1])
            layers = [self._copy(unit.node, surface, unit.bounds, weight, unit.blend)]
        else:
            return [self._copy(unit.node, self._surface(unit), unit.bounds, weight, unit.blend)]
        for layer in layers:
            layer.matrix, layer.blend = matrix, unit.blend
            layer.covers = layer.covers and unit.blend == Blend.NORMAL
        return layers

    def _copy(self, node: int, surface: SurfaceId, region: Rect, weight: int, blend: int) -> Layer:
        """Return the layer that shows a part of a surface in its place."""
        bounds = self.emit.surfaces[surface].bounds
        row, record = self.emit.own_record(IMAGE_COPY)
        record["bounds"][0] = region
        record["source"]["offset"][0, :2] = (-bounds.x0, -bounds.y0)
        layout = layout_of(IMAGE_COPY, 0)
        return Layer(node, IMAGE_COPY, layout, row, True, weight, blend, region, False, NO_PAGE, surface)

    def _surface(self, unit: RenderUnit) -> SurfaceId:
        """Return the surface that holds what a unit shows, all its steps done; one that stays the same is kept."""
        if self.memory is None or not self._stays(unit):
            return self._made(unit, unit.steps)
        if self.memory.holds(unit.node) is not None:
            return self._held_surface(unit.node)
        surface = self._made(unit, unit.steps)
        draft = self.emit.surfaces[surface]
        if not draft.name and self.memory.keep(unit.node, draft.bounds, 4 * draft.bounds.area):
            draft.name = _name(unit.node)
        return surface

    def _made(self, unit: RenderUnit, steps: Sequence[Step]) -> SurfaceId:
        """Return a new surface that holds what a unit shows, steps done."""
        if unit.pair is not None:
            going, coming = (self._content([side], side.bounds) for side in unit.units)
            surface = self.steps.sweep(unit.pair, going, coming, unit.content, unit.node)
        else:
            surface = self._content(unit.units, unit.content)
        for step in steps:
            match step:
                case MaskStep():
                    surface = self.steps.mask(surface, self._content(step.units, step.bounds), step.rule, step.node)
                case EffectStep():
                    surface = self.steps.effect(step, surface)
                case Sweep():
                    going, coming = (NO_SURFACE, surface) if step.incoming else (surface, NO_SURFACE)
                    bounds = self.emit.surfaces[surface].bounds
                    surface = self.steps.sweep(step, going, coming, bounds, unit.node)
        return surface

    def _over(self, surfaces: Sequence[int], bounds: Rect) -> SurfaceId:
        """Return surfaces laid over each other."""
        target = self.emit.surface(bounds)
        inside = [(SurfaceId(s), self.emit.surfaces[s].bounds.intersect(bounds)) for s in surfaces]
        self._draw(
            target, [self._copy(-1, s, part, 255, Blend.NORMAL) for s, part in inside if not part.empty], 0, bounds
        )
        return target

    def _outline(self, clip: Clip, world: npt.NDArray[np.float64], bounds: Rect, node: int) -> SurfaceId | None:
        """Return a surface in which a clip's outline is opaque white."""
        tiles = self.shapes.outline(clip.outline, world, bounds, clip.even_odd, node)
        if not tiles.tile_count:
            return None
        row, record = self.emit.own_record(SOLID)
        record["bounds"][0], record["source"]["color"][0, 0] = bounds, 0xFFFFFFFF
        layer = Layer(-1, SOLID, layout_of(SOLID, 0), row, True, 255, Blend.NORMAL, bounds, False, NO_PAGE, NO_SURFACE)
        layer.shape, layer.even_odd = tiles, clip.even_odd
        target = self.emit.surface(bounds)
        self._draw(target, [layer], 0, bounds)
        return target

    def _content(self, units: list[RenderUnit], bounds: Rect) -> SurfaceId:
        """Return a surface that holds units in painter's order."""
        only = units[0] if len(units) == 1 else None
        if only is not None and only.row < 0 and only.opacity == 1.0 and only.bounds == bounds:
            surface = self._surface(only)
            if self.emit.surfaces[surface].bounds == bounds:
                return surface
        surface = self.emit.surface(bounds)
        self._draw(surface, self._layers(units, surface), 0, bounds)
        return surface

    def _video_surface(self, row: int) -> SurfaceId:
        """Return the surface that holds what is seen of a video frame at a mip level, converted once a frame."""
        leaves = self.graph.leaves
        key = (int(leaves.asset[row]), int(leaves.source_frame[row]), self.level[row - self.first])
        if key not in self.videos:
            bounds = Rect(*self.lowered.window[row].tolist())
            surface = self.videos[key] = self.emit.surface(bounds)
            self._convert(surface, self._video(row, bounds, bounds), init=True)
        return self.videos[key]

    def _video_in_place(self, unit: RenderUnit, target: SurfaceId) -> Layer | None:
        """Return the layer of an opaque video that is shown once, texel by texel; None for others.

        A lane of the kernel writes eight px: a part that begins or ends within these takes a surface of its own.
        """
        row, region = unit.row, unit.bounds
        level, bounds = self.level[row - self.first], self.emit.surfaces[target].bounds
        if level < 0 or self.program[row - self.first] != IMAGE_COPY or not self.lowered.alone[row]:
            return None
        records = self.lowered.tables[layout_of(IMAGE_COPY, 0)]
        assert records is not None
        x, y = (records["source"]["offset"][self.record[row - self.first], :2] + self.lowered.window[row, :2]).tolist()
        window = Rect(region.x0 + x, region.y0 + y, region.x1 + x, region.y1 + y)
        ends = level > 0 or (window.x0 % 8 == 0 and (window.x1 % 8 == 0 or region.x1 == bounds.x1))
        if not ends or not Rect(0, 0, *level_size(self.graph.leaves.content[row], level)).contains(window):
            return None
        return self._video(row, window, region, (bounds.x0 + x, bounds.y0 + y))

    def _video(self, row: int, window: Rect, region: Rect, origin: tuple[int, int] | None = None) -> Layer:
        """Return the layer that converts a window of a row's video frame."""
        leaves = self.graph.leaves
        asset, frame = int(leaves.asset[row]), int(leaves.source_frame[row])
        frames = self.plane_sets.setdefault(asset, [])
        if frame not in frames:
            frames.append(frame)
        at, record = self.emit.own_record(VIDEO)
        form = self.assets.video_format(asset)
        record[0] = video_record(form, leaves.content[row], self.level[row - self.first], window, origin)
        node, layout = int(leaves.node[row]), layout_of(VIDEO, 0)
        layer = Layer(node, VIDEO, layout, at, True, 255, Blend.NORMAL, region, True, NO_PAGE, NO_SURFACE)
        layer.video = VideoFrameRef(asset, frame, frames.index(frame))
        return layer

    def _convert(self, target: SurfaceId, layer: Layer, *, init: bool) -> None:
        self.emit.op(OpKind.DRAW, [layer], [255], target, layer.region, init=init)


def _name(node: int) -> str:
    """Return the name of the slot that keeps a node's surface."""
    return f"node {node}"
