"""Lower a checked document to the IR: the last place that sees names."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from wavyte_gpu.foundation.enums import Blend, Fit, Lane, NodeKind, SizeMode
from wavyte_gpu.foundation.errors import LimitError, Problem
from wavyte_gpu.foundation.ids import U32_MAX, check_width
from wavyte_gpu.normalize.asset_table import asset_table, pixel_of, sound_def
from wavyte_gpu.normalize.expand import MAX_DEPTH
from wavyte_gpu.normalize.expressions import ExpressionTable, NodeFacts
from wavyte_gpu.normalize.ir import (
    LANE_COUNT,
    CompositionIR,
    EffectInstance,
    MaskDef,
    NameTables,
    NodeStages,
    NodeTable,
    RevealDef,
    TransitionInstance,
)
from wavyte_gpu.normalize.lanes import LaneBuilder
from wavyte_gpu.normalize.layouts import LayoutBuilder
from wavyte_gpu.normalize.masks import mask_leaf, nothing
from wavyte_gpu.normalize.paints import PaintSlots, lower_paints
from wavyte_gpu.normalize.scope import Definition, Instance, Scope
from wavyte_gpu.normalize.stages import StageLowering
from wavyte_gpu.normalize.support import all_assets, text_copies
from wavyte_gpu.normalize.times import Clock, Side, overlaps
from wavyte_gpu.schema.assets import Audio, Path, TextAsset, Video
from wavyte_gpu.schema.effects import Transition
from wavyte_gpu.schema.kinds import EFFECTS, TRANSITIONS, KindSpec
from wavyte_gpu.schema.mask import Mask, MaskAsset, MaskNode, Stencil
from wavyte_gpu.schema.node import Collection, CompRef, Leaf, Node

__all__ = ["MAX_DEPTH", "MAX_NODES", "normalize"]

MAX_NODES = 200_000
_MODES = {
    "group": NodeKind.GROUP,
    "stack": NodeKind.STACK,
    "sequence": NodeKind.SEQUENCE,
    "switch": NodeKind.SWITCH,
}
_TEXT_ALIGN = {"center": 0.5, "right": 1.0, "end": 1.0}
_DEFAULTS = [0.0] * LANE_COUNT
for _lane in (Lane.OPACITY, Lane.SCALE_X, Lane.SCALE_Y, Lane.TRIM_END, Lane.VOLUME, Lane.ASSET_VOLUME):
    _DEFAULTS[_lane] = 1.0


def normalize(
    document: Any,
    media_seconds: Callable[[str], Fraction],
    size: tuple[int, int],
    scale: float = 1.0,
    effects: Mapping[str, KindSpec] = EFFECTS,
    transitions: Mapping[str, KindSpec] = TRANSITIONS,
    scopes: Mapping[str, Scope] | None = None,
) -> CompositionIR:
    """Return the IR of a document.

    Args:
        document: checked by the schema, and expanded.
        media_seconds: length of the whole video or sound at an asset key, for children of sequences that state no range.
        size: width and height to render at, px.
        scale: how much larger than the document's canvas that is.
        effects, transitions: the kinds that the document was checked against, in the order of their ids.
        scopes: what names mean at each node, by id; default the document's own names.

    Raises:
        LimitError: ids, nesting or values exceed what the IR holds.
    """
    assets = all_assets(document)
    keys = list(assets)
    builder = _NodeBuilder(document, media_seconds, assets, effects, transitions)
    builder.add_all()
    expressions = builder.expressions(scopes)
    check_width("assets", len(keys), U32_MAX)
    background = document.canvas.background
    track_lane = np.array(builder.lanes.track_lane, dtype=np.uint8)
    return CompositionIR(
        width=size[0],
        height=size[1],
        canvas=(float(document.canvas.width), float(document.canvas.height)),
        scale=scale,
        fps=builder.fps,
        duration=document.duration,
        seed=document.seed,
        background=0 if background is None else pixel_of(background),
        nodes=builder.table(),
        stages=builder.stages,
        assets=asset_table(document),
        tracks=builder.lanes.tracks.build(builder.fps),
        track_node=np.array(builder.lanes.track_node, dtype=np.int32),
        track_lane=track_lane,
        track_param=np.array(builder.lanes.track_param, dtype=np.int32),
        lane_tracks=tuple(np.flatnonzero(track_lane == lane) for lane in range(LANE_COUNT)),
        params=builder.lanes.params(),
        layout=builder.layouts.table(builder.ids),
        expressions=expressions,
        names=NameTables(tuple(builder.ids), tuple(keys)),
        reveals=tuple(builder.reveals),
    )


@dataclass(slots=True)
class _Home:
    """The composition that nodes belong to.

    Attributes:
        node: the node whose local space is its canvas, -1 for the document's.
        prefix: of the ids of its nodes.
    """

    composition: Any
    prefix: str = ""
    node: int = -1


class _Place(NamedTuple):
    """A node, when it plays, and how long its transitions may take, in frames."""

    node: Node
    clock: Clock
    duration: int
    home: _Home
    coming: int
    going: int


class _NodeBuilder:
    def __init__(
        self,
        document: Any,
        media_seconds: Callable[[str], Fraction],
        assets: dict[str, Any],
        effects: Mapping[str, KindSpec],
        transitions: Mapping[str, KindSpec],
    ) -> None:
        self.document = document
        self.media_seconds = media_seconds
        self.fps = Fraction(document.fps.num, document.fps.den)
        self.homes: dict[str, _Home] = {}
        self.assets = assets
        self.copies = text_copies(document)
        self.asset_index = {key: i for i, key in enumerate(assets)}
        self.lanes = LaneBuilder()
        self.layouts = LayoutBuilder(self.lanes, assets)
        self.lowering = StageLowering(self.lanes, effects, transitions)
        self.stages = NodeStages({}, {}, {}, {})
        self.places: dict[str, _Place] = {}  # by id, of what masks may name
        self.ids: list[str] = []
        self.kind: list[int] = []
        self.blend: list[int] = []
        self.fit: list[int] = []
        self.size_mode: list[int] = []
        self.parent: list[int] = []
        self.depth: list[int] = []
        self.slot: list[int] = []
        self.time: list[tuple[int, int, int]] = []
        self.fps_of: list[Fraction] = []
        self.duration: list[int] = []
        self.canvas: list[tuple[int, int]] = []
        self.home: list[int] = []
        self.asset: list[int] = []
        self.drawn: list[bool] = []
        self._mask_root: dict[int, int] = {}
        self.align: list[tuple[float, float]] = []
        self.paints: list[PaintSlots] = []
        self.anchor_fraction: list[tuple[float, float]] = []
        self.base: list[list[float]] = []
        self.reveals: list[RevealDef] = []

    def add_all(self) -> None:
        """Number all nodes in preorder, without recursion."""
        root = self.document.root
        first, last = root.range or (0, self.document.duration)
        clock = Clock(Fraction(1), Fraction(-first), self.fps)
        top = _Place(root, clock, last - first, _Home(self.document), last - first, last - first)
        self._find_places(top)
        none: Mask | None = None
        stack = [(top, -1, 0, none)]  # place, parent, slot among its siblings, the parent's mask where it is that
        while stack:
            place, parent, slot, masks = stack.pop()
            index = self._add(place, parent, slot, masks)
            inner = [(child, index, i, none) for i, child in enumerate(self._children(place))]
            if place.node.mask is not None:
                inner.append((self._mask_place(place), index, -1, place.node.mask))
            stack += reversed(inner)
        for node, mask in self.stages.masks.items():
            self.stages.masks[node] = mask._replace(source=self._mask_root[node])

    def _find_places(self, top: _Place) -> None:
        stack = [top]
        while stack:
            place = stack.pop()
            self.places[place.node.id] = place
            stack += self._children(place)

    def _children(self, place: _Place) -> Iterator[_Place]:
        """Yield what a node holds, in painter's order, with the times that its mode gives them."""
        node, clock, _, home, _, _ = place
        if isinstance(node.kind, CompRef):
            yield self._canvas(node, node.kind, clock)
            return
        if not isinstance(node.kind, Collection):
            return
        children = node.kind.children
        ranges = [c.range if c.range is not None else (0, self._media_frames(c, clock.fps)) for c in children]
        if node.kind.mode != "sequence":
            for child, (low, high) in zip(children, ranges, strict=True):
                yield _Place(child, clock.later(low), high - low, home, high - low, high - low)
            return
        durations = [high for _, high in ranges]
        ins = [self._side(child.transition_in, d) for child, d in zip(children, durations, strict=True)]
        outs = [self._side(child.transition_out, d) for child, d in zip(children, durations, strict=True)]
        shared = overlaps(durations, ins, outs)
        start = 0
        for i, (child, frames) in enumerate(zip(children, durations, strict=True)):
            coming = shared[i - 1] if i and _shares(outs[i - 1], ins[i]) else frames
            going = shared[i] if i < len(shared) and _shares(outs[i], ins[i + 1]) else frames
            yield _Place(child, clock.later(start), frames, home, coming, going)
            start += frames - (shared[i] if i < len(shared) else 0)

    def _canvas(self, node: Node, ref: CompRef, clock: Clock) -> _Place:
        """Return the node that holds a reference's composition: its canvas, in its own time."""
        inner: Any = ref.composition
        home = self.homes.setdefault(node.id, _Home(inner, node.id + "/"))
        time = ref.time
        first, last = inner.root.range
        inner_clock = clock.inside(time.offset, time.scale, Fraction(inner.fps.num, inner.fps.den))
        return _Place(inner.root, inner_clock.later(first), last - first, home, last - first, last - first)

    def _side(self, transition: Transition | None, duration: int) -> Side | None:
        made = self.lowering.transition(transition, duration)
        return None if made is None or transition is None else Side((made.kind, made.params), transition.duration_frames)

    def _mask_place(self, owner: _Place) -> _Place:
        """Return the hidden node of a mask. A node keeps its own times; assets and shapes have their owner's."""
        mask = owner.node.mask
        assert mask is not None
        if not isinstance(mask.source, MaskNode):
            return owner._replace(node=mask_leaf(owner.node, mask))
        return self.places.get(mask.source.node) or owner._replace(node=nothing(owner.node))

    def _media_frames(self, node: Node, fps: Fraction) -> int:
        assert isinstance(node.kind, Leaf)
        controls = sound_def(self.document.assets[str(node.kind.asset)])
        end = self.media_seconds(str(node.kind.asset))
        if controls.trim_end_s is not None:
            end = min(end, controls.trim_end_s)
        return max(1, math.ceil((end - controls.trim_start_s) / controls.rate * fps))

    def _add(self, place: _Place, parent: int, slot: int, masks: Mask | None) -> int:
        is_mask = masks is not None
        node, clock, duration, home, _, _ = place
        index = len(self.ids)
        check_width("nodes", index + 1, MAX_NODES)
        depth = self.depth[parent] + 1 if parent >= 0 else 0
        if depth > MAX_DEPTH:
            raise LimitError(
                Problem("error", "limit", "nodes nest too deep", node_id=node.id, allowed=f"{MAX_DEPTH} levels")
            )
        row = list(_DEFAULTS)
        self.lanes.seed, self.lanes.prefix, self.lanes.tracks.fps = home.composition.seed, home.prefix, clock.fps
        self.lanes.node(row, index, node)
        kind, mode, fit, asset, align = NodeKind.LEAF, SizeMode.DEFAULT, Fit.FILL, -1, (0.5, 0.5)
        shown, paints = None, PaintSlots()
        if isinstance(node.kind, Leaf):
            asset = self.asset_index[self.copies.get(node.id, str(node.kind.asset))]
            shown = self.assets[str(node.kind.asset)]
            if isinstance(shown, Path) and shown.trim is not None:
                self.lanes.trim(row, index, node.id, shown.trim)
            if isinstance(shown, Video | Audio):
                self.lanes.scalar(row, index, node.id, Lane.VOLUME, node.kind.volume)
                self.lanes.scalar(row, index, node.id, Lane.ASSET_VOLUME, shown.volume)
            if isinstance(shown, TextAsset) and shown.reveal is not None:
                self.reveals.append(self.lanes.reveal(index, node.id, shown.reveal))
            paints = lower_paints(self.lanes, index, node.id, shown)
            align = (float(node.kind.align[0]), float(node.kind.align[1]))
            if node.kind.size is not None:
                mode = SizeMode.CANVAS if isinstance(node.kind.size, str) else SizeMode.LANES
            if node.kind.fit is not None:
                fit = Fit[node.kind.fit.upper()]
        elif isinstance(node.kind, CompRef):
            kind = NodeKind.COMP_REF
        else:
            assert isinstance(node.kind, Collection)
            kind = _MODES[node.kind.mode]
        if parent >= 0 and self.kind[parent] == NodeKind.COMP_REF and not is_mask:
            home.node = index
        self._add_stages(index, place)
        if masks is not None:
            self._mask_root[parent] = index
            if isinstance(masks.source, MaskAsset):
                self.layouts.add_mask(index, node, parent)
        self.layouts.canvas = (float(home.composition.canvas.width), float(home.composition.canvas.height))
        placed = self.layouts.add(index, node, -1 if is_mask else parent)
        if placed and mode == SizeMode.DEFAULT and isinstance(shown, TextAsset):
            fit = Fit.SCALE_DOWN if fit == Fit.CONTAIN else fit  # its box never enlarges a text
            align = (_TEXT_ALIGN.get(shown.align, 0.0), align[1])
        anchor = node.transform.anchor
        unset = (0.5, 0.5) if placed else (0.0, 0.0)
        self.ids.append(node.id)
        self.paints.append(paints)
        self.kind.append(kind)
        self.blend.append(Blend[node.blend.upper()])
        self.fit.append(fit)
        self.size_mode.append(mode)
        self.parent.append(parent)
        self.depth.append(depth)
        self.slot.append(slot)
        self.time.append(clock.integers(self.document.duration, node.id))
        self.fps_of.append(clock.fps)
        self.duration.append(duration)
        space: Any = node.kind.composition if isinstance(node.kind, CompRef) else home.composition
        self.canvas.append((space.canvas.width, space.canvas.height))
        self.home.append(home.node if home.node != index else -1)
        self.asset.append(asset)
        self.drawn.append(is_mask or not node.mask_only)
        self.align.append(align)
        self.anchor_fraction.append(
            unset if anchor is None else (float(anchor.fraction[0]), float(anchor.fraction[1]))
        )
        self.base.append(row)
        return index

    def _add_stages(self, index: int, place: _Place) -> None:
        node = place.node
        if node.mask is not None:
            mode = node.mask.mode
            name, threshold = ("stencil", float(mode.threshold)) if isinstance(mode, Stencil) else (mode, 0.0)
            self.stages.masks[index] = MaskDef(-1, name, threshold, node.mask.inverted)
        effects: tuple[EffectInstance, ...] = self.lowering.effects(index, node)
        if effects:
            self.stages.effects[index] = effects
        for transition, longest, where in (
            (node.transition_in, place.coming, self.stages.transitions_in),
            (node.transition_out, place.going, self.stages.transitions_out),
        ):
            lowered: TransitionInstance | None = self.lowering.transition(transition, longest)
            if lowered is not None:
                where[index] = lowered

    def expressions(self, scopes: Mapping[str, Scope] | None) -> ExpressionTable | None:
        """Compile the expressions of all nodes; what is constant changes the rows of `table`."""
        facts = NodeFacts(self.ids, self.kind, self.duration, self.base, self.anchor_fraction)
        alone = Scope(Instance(Definition(self.document, "the document"), "", {}), nodes={i: i for i in self.ids})
        self.lanes.seed = self.document.seed
        return self.lanes.expressions(facts, lambda node_id: (scopes or {}).get(node_id, alone))

    def table(self) -> NodeTable:
        """Return the rows as arrays."""
        count = len(self.ids)
        parent = np.array(self.parent, dtype=np.int32)
        depth = np.array(self.depth, dtype=np.int32)
        end = np.arange(1, count + 1, dtype=np.int32)
        ends = end.tolist()
        for i in range(count - 1, 0, -1):
            p = self.parent[i]
            if ends[i] > ends[p]:
                ends[p] = ends[i]
        listed = np.flatnonzero(np.array(self.slot) >= 0)[1:]  # without masks and the root
        by_parent = listed[np.argsort(parent[listed], kind="stable")].astype(np.int32)
        counts = np.bincount(parent[listed], minlength=count)
        order = np.argsort(depth, kind="stable").astype(np.int32)
        cuts = np.searchsorted(depth[order], np.arange(1, int(depth.max()) + 1))
        return NodeTable(
            kind=np.array(self.kind, dtype=np.uint8),
            blend=np.array(self.blend, dtype=np.uint8),
            fit=np.array(self.fit, dtype=np.uint8),
            size_mode=np.array(self.size_mode, dtype=np.uint8),
            parent=parent,
            subtree_end=np.array(ends, dtype=np.int32),
            child_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            children=by_parent,
            slot=np.array(self.slot, dtype=np.int32),
            time_num=np.array([num for num, _, _ in self.time], dtype=np.int64),
            time_add=np.array([add for _, add, _ in self.time], dtype=np.int64),
            time_den=np.array([den for _, _, den in self.time], dtype=np.int64),
            fps_num=np.array([fps.numerator for fps in self.fps_of], dtype=np.int64),
            fps_den=np.array([fps.denominator for fps in self.fps_of], dtype=np.int64),
            duration=np.array(self.duration, dtype=np.int64),
            canvas=np.array(self.canvas, dtype=np.float64).reshape(-1, 2),
            home=np.array(self.home, dtype=np.int32),
            asset=np.array(self.asset, dtype=np.int32),
            color_slot=np.array([p.color for p in self.paints], dtype=np.int32),
            radius_slot=np.array([p.radius for p in self.paints], dtype=np.int32),
            geometry_slot=np.array([(p.fill, p.stroke) for p in self.paints], dtype=np.int32),
            stops_slot=np.array([(p.fill_stops, p.stroke_stops) for p in self.paints], dtype=np.int32),
            form_slot=np.array([p.form for p in self.paints], dtype=np.int32),
            drawn=np.array(self.drawn, dtype=bool),
            align=np.array(self.align, dtype=np.float64).reshape(-1, 2),
            anchor_fraction=np.array(self.anchor_fraction, dtype=np.float64).reshape(-1, 2),
            base=np.array(self.base, dtype=np.float64),
            levels=tuple(np.split(order, cuts)),
        )


def _shares(going: Side | None, coming: Side | None) -> bool:
    """Tell whether two neighbours overlap by their transitions, which then last as long as the overlap."""
    return going is None or coming is None or going == coming
