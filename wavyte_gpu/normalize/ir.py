"""The index-first IR: struct of arrays, dense ids, no strings but the diagnostics tables (spec, section 4.2).

Nodes are numbered in depth-first preorder, so a subtree is the half-open range [n, subtree_end[n]) and painter's order is index order.
Times are exact: a node's local frames are a linear function of the document's, in 64-bit fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.animation.ease import EaseId
from wavyte_gpu.animation.tracks import TrackTable
from wavyte_gpu.foundation.enums import AssetKind, Lane
from wavyte_gpu.normalize.expressions import ExpressionTable
from wavyte_gpu.normalize.layout_ir import LayoutTable

__all__ = [
    "GEOMETRY",
    "LANE_COUNT",
    "MAX_GRADIENT",
    "AssetTable",
    "CompositionIR",
    "EffectInstance",
    "GradientDef",
    "MaskDef",
    "NameTables",
    "NodeStages",
    "NodeTable",
    "ParamTable",
    "RevealDef",
    "SoundDef",
    "Static",
    "TransitionInstance",
]

LANE_COUNT = len(Lane) - 1  # PARAM has no column of `base`

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class NodeTable:
    """One row a node, in preorder; N rows.

    Attributes:
        kind, blend, fit, size_mode: (N,) uint8, members of the enums.
        parent: (N,) int32, -1 for the root. subtree_end: (N,) int32.
        child_start: (N + 1,) int32 into children; children: int32 in painter's order, without masks. slot: (N,) int32, index among
            its siblings.
        time_num, time_add, time_den: (N,) int64: local frame = (frame of the document * num + add) / den, exactly.
        fps_num, fps_den: (N,) int64, frames a second of the node's composition.
        duration: (N,) int64 frames.
        canvas: (N, 2) float64 px, of the node's composition; a reference has the one that it shows.
        home: (N,) int32, the node whose local space is the canvas of the composition, -1 for the document's.
        asset: (N,) int32, -1 for collections.
        color_slot: (N,) int32, the first parameter of the colours of what a leaf shows where one moves, else -1: four of each colour,
            premultiplied. radius_slot: (N,) int32 of a corner radius, px. geometry_slot: (N, 2) int32 of the fill (or the gradient that
            it shows) and of the stroke, where its geometry moves: the fields of `GEOMETRY`. stops_slot: (N, 2) int32 of the colours of
            their stops where one moves: four of each, premultiplied. form_slot: (N,) int32 of what the outlines depend on where that moves:
            the size of a text, width and dash offset of a stroke, px.
        drawn: (N,) bool, False for nodes that only serve as masks.
        align: (N, 2) float64. anchor_fraction: (N, 2) float64, added to the anchor lanes in units of the box.
        base: (N, LANE_COUNT) float64, the constant value of each lane.
        levels: node indices by depth, root first.
    """

    kind: U8
    blend: U8
    fit: U8
    size_mode: U8
    parent: I32
    subtree_end: I32
    child_start: I32
    children: I32
    slot: I32
    time_num: I64
    time_add: I64
    time_den: I64
    fps_num: I64
    fps_den: I64
    duration: I64
    canvas: F64
    home: I32
    asset: I32
    color_slot: I32
    radius_slot: I32
    geometry_slot: I32
    stops_slot: I32
    form_slot: I32
    drawn: npt.NDArray[np.bool_]
    align: F64
    anchor_fraction: F64
    base: F64
    levels: tuple[I32, ...]

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True, slots=True, eq=False)
class AssetTable:
    """One row an asset, in document order; the gradients that shapes are filled with follow.

    Attributes:
        kind: (A,) uint8. used: (A,) bool, whether a leaf shows it.
        moving: (A,) bool, whether the colour of a solid moves.
        color: (A,) uint32 premultiplied pixel of solids. seed: (A,) uint32 of noise.
        filter: (A,) uint8. radius: (A,) float64 px, of rounded solids.
        gradient: index into gradients or -1.
        sounds: by asset, the media controls of videos and sounds.
    """

    kind: U8
    used: npt.NDArray[np.bool_]
    moving: npt.NDArray[np.bool_]
    color: npt.NDArray[np.uint32]
    seed: npt.NDArray[np.uint32]
    filter: U8
    radius: F64
    gradient: I32
    gradients: tuple[GradientDef, ...]
    sounds: dict[int, SoundDef]

    def __len__(self) -> int:
        return len(self.kind)

    def kind_of(self, asset: int) -> AssetKind:
        return AssetKind(int(self.kind[asset]))


GEOMETRY = ("start x", "start y", "end x", "end y", "center x", "center y", "radius", "angle")
"""Parameters of a gradient that moves: fractions of its box, and radians."""
MAX_GRADIENT = 1e6
"""Bound of them."""


@dataclass(frozen=True, slots=True)
class SoundDef:
    """The media controls of an asset that sounds (spec, section 9.2.1): trims in source seconds, fades in seconds of the clip."""

    trim_start_s: Fraction = Fraction(0)
    trim_end_s: Fraction | None = None
    rate: Fraction = Fraction(1)
    mute: bool = False
    fade_in_s: Fraction = Fraction(0)
    fade_out_s: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class GradientDef:
    """A gradient's shape, in fractions of its box. `type`: 0 linear, 1 radial, 2 conic.

    Linear runs from `start` to `end`, or with `by_angle` as CSS has it: along `angle_rad` (0 up, clockwise), just long enough for the
    corners. Radial is the ellipse around `center` with radii `radius`. Conic starts at `angle_rad` (0 up) and turns clockwise.
    `moving_stops`: positions of the stops where a colour moves.
    """

    type: int
    start: tuple[float, float] = (0.0, 0.0)
    end: tuple[float, float] = (0.0, 1.0)
    center: tuple[float, float] = (0.5, 0.5)
    radius: tuple[float, float] = (0.5, 0.5)
    angle_rad: float = 0.0
    by_angle: bool = False
    moving_stops: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ParamTable:
    """Scalars that may animate and are no lanes: of effects, layouts, assets; P rows.

    Attributes:
        node: (P,) int32, whose local time samples it. base: (P,) float64, its value where nothing drives it.
    """

    node: I32
    base: F64

    def __len__(self) -> int:
        return len(self.node)


class Static(NamedTuple):
    """A parameter that never changes, of any type."""

    value: Any


class EffectInstance(NamedTuple):
    """One effect of a node.

    Attributes:
        kind: id of its kind (see `registry.Registry`).
        params: in the order of the kind's parameters: places in the parameter table (one for f64, two for vec2, four for a
            premultiplied colour, one for each item of an animated list), a Static, or None for one that is not given.
    """

    kind: int
    params: tuple[tuple[int, ...] | Static | None, ...]


class TransitionInstance(NamedTuple):
    """A transition at one end of a node.

    Attributes:
        kind: id of its kind. frames: its length, 1 or more, at most the node's.
        params: static, in the order of the kind's parameters.
    """

    kind: int
    frames: int
    ease: EaseId
    ease_params: tuple[float, ...]
    params: tuple[Any, ...]


class MaskDef(NamedTuple):
    """A node's mask. `source` is the hidden node that draws it: the last child below the masked node.

    Attributes:
        mode: "alpha", "luma" or "stencil". threshold: of a stencil, 0..1: alpha from there on counts as inside.
        outside: whether content shows where the mask draws nothing.
    """

    source: int
    mode: str
    threshold: float
    inverted: bool

    @property
    def outside(self) -> bool:
        everywhere = self.mode == "stencil" and 255.0 * self.threshold + 0.5 < 1.0
        return self.inverted != everywhere


@dataclass(frozen=True, slots=True)
class NodeStages:
    """What happens to the content of nodes before they are composited, by NodeIdx; most nodes have none of it."""

    masks: dict[int, MaskDef]
    effects: dict[int, tuple[EffectInstance, ...]]
    transitions_in: dict[int, TransitionInstance]
    transitions_out: dict[int, TransitionInstance]


@dataclass(frozen=True, slots=True)
class RevealDef:
    """How the text that a leaf shows is revealed. Of its parameters, from `first_param` on: start, end and offset of the range; opacity,
    translate x and y, rotation (rad) and scale x and y of the units outside."""

    node: int
    softness: float
    ease: EaseId
    ease_params: tuple[float, ...]
    first_param: int


@dataclass(frozen=True, slots=True)
class NameTables:
    """id -> name, for diagnostics and patching only."""

    nodes: tuple[str, ...]
    assets: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CompositionIR:
    """A composition below names.

    Attributes:
        width, height: the rendered canvas in px, the document's times `scale`, rounded.
        canvas: the document's canvas in px: the space of the root node and the box of what fills the canvas.
        background: premultiplied pixel that the canvas starts with.
        tracks: every animated lane; track k drives lane `track_lane[k]` of node `track_node[k]`, or where that is Lane.PARAM
            the parameter `track_param[k]` (else -1). lane_tracks: by lane, the tracks that drive it.
        expressions: their columns follow those of the tracks; None where there are none.
    """

    width: int
    height: int
    canvas: tuple[float, float]
    scale: float
    fps: Fraction
    duration: int
    seed: int
    background: int
    nodes: NodeTable
    stages: NodeStages
    assets: AssetTable
    tracks: TrackTable
    track_node: I32
    track_lane: U8
    track_param: I32
    lane_tracks: tuple[I64, ...]
    params: ParamTable
    layout: LayoutTable
    expressions: ExpressionTable | None
    names: NameTables
    reveals: tuple[RevealDef, ...] = ()

    def times_a_second(self, node: int) -> Fraction:
        """Return how many of a node's exact times (see NodeTable) are a second."""
        nodes = self.nodes
        return Fraction(int(nodes.time_den[node]) * int(nodes.fps_num[node]), int(nodes.fps_den[node]))

    @property
    def spaces(self) -> F64:
        """The canvas that each node lies in, (N, 2) px: its composition's."""
        home = self.nodes.home
        return np.where((home >= 0)[:, None], self.nodes.canvas[home], np.array(self.canvas))
