"""What the backend's textures still hold of the last frame, so that only what changed is rendered again.

Two units with equal keys draw the same pixels, because a key holds every integer that reaches a kernel. So the canvas is redrawn only
inside the bounds of units that are new, gone or changed, and the surface of an isolated unit that stays the same for two frames is
kept and not drawn again. Both act on one backend that executes every plan, in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.compile.lower import Lowered
from wavyte_gpu.compile.records import row_bytes
from wavyte_gpu.compile.shapes import ShapeTiler
from wavyte_gpu.eval.effects import EffectStep
from wavyte_gpu.eval.graph import EvaluatedGraph, MaskStep, RenderUnit, Step
from wavyte_gpu.foundation.rect import Rect, corners
from wavyte_gpu.ops.registry import EDGE_COUNTS

__all__ = ["FrameMemory", "UnitKeys"]

Key = tuple[object, ...]
_Corners = npt.NDArray[np.int64]  # of rectangles, (n, 4), each number of them larger further inside: x0, y0, -x1, -y1

_MOST_RECTS = 4
_SLACK_PX = 20_000  # px that a dispatch of its own is worth
_OUTWARD = np.array([1, 1, -1, -1])
_AXES = np.arange(2)


class UnitKeys:
    """The keys of a frame's units."""

    def __init__(self, lowered: Lowered, graph: EvaluatedGraph, shapes: ShapeTiler) -> None:
        self._first, last = graph.leaves.start[graph.at : graph.at + 2].tolist()
        self._rows = _row_keys(lowered, graph, shapes, np.arange(self._first, last))
        self._known: dict[int, Key] = {}  # by id of the unit, which lives as long as its frame

    def all(self, units: Sequence[RenderUnit]) -> list[tuple[Key, Rect]]:
        """Return the keys of units, each with its bounds."""
        rows, first = self._rows, self._first
        return [
            ((int(255.0 * u.opacity + 0.5), u.blend, u.bounds, rows[u.row - first]) if u.row >= 0 else self.of(u), u.bounds)
            for u in units
        ]

    def of(self, unit: RenderUnit) -> Key:
        """Return a unit's key."""
        weight = int(255.0 * unit.opacity + 0.5)
        if unit.row >= 0:
            return (weight, unit.blend, unit.bounds, self._rows[unit.row - self._first])
        key = self._known.get(id(unit))
        if key is None:
            key = self._known[id(unit)] = (
                unit.node,
                weight,
                unit.blend,
                unit.bounds,
                unit.content,
                unit.pair,
                *(self._step(step) for step in unit.steps),
                *(self.of(inner) for inner in unit.units),
            )
        return key

    def _step(self, step: Step) -> Key:
        if isinstance(step, MaskStep):
            rule = step.rule
            return (rule.mode, rule.threshold, rule.inverted, step.bounds, *(self.of(unit) for unit in step.units))
        if isinstance(step, EffectStep):
            return (type(step.stage), step.stage, step.world.tobytes(), step.margins, step.clip)
        return (step,)


def _row_keys(
    lowered: Lowered, graph: EvaluatedGraph, shapes: ShapeTiler, rows: npt.NDArray[np.int64]
) -> list[bytes]:
    """Return what tells each leaf row, drawn as it is, from all others."""
    leaves = graph.leaves
    layout, level = lowered.program[rows] * len(EDGE_COUNTS) + lowered.variant[rows], lowered.level[rows]
    shaped = lowered.shape[rows]
    facts = [layout, lowered.page[rows], level, *np.where(level >= 0, (leaves.asset[rows], leaves.source_frame[rows]), -1)]
    columns = [np.stack(facts, axis=1)]
    if shaped.any():
        outlines = np.concatenate([shapes.facts(leaves)[rows], leaves.world_from_content[rows].reshape(-1, 6)], axis=1)
        outlines[~shaped] = 0.0
        columns.append(outlines.view(np.int64))
    records = [
        (np.flatnonzero(layout == chosen), table)
        for chosen in sorted(set(layout.tolist()))
        if (table := lowered.tables[chosen]) is not None
    ]
    head = 8 * sum(column.shape[1] for column in columns)
    size = head + max((table.dtype.itemsize for _, table in records), default=0)
    every = np.zeros((len(rows), size), np.uint8)
    every[:, :head] = np.concatenate(columns, axis=1).view(np.uint8)
    for mine, table in records:
        end = head + table.dtype.itemsize
        every[mine, head:end] = table[lowered.record[rows[mine]]].view(np.uint8).reshape(len(mine), -1)
    keys = row_bytes(every)
    for i in np.flatnonzero(lowered.inner[rows] >= 0).tolist():
        inside = lowered.tables[layout[i] - layout[i] % len(EDGE_COUNTS)]
        assert inside is not None
        keys[i] += inside[lowered.inner[rows[i]]].tobytes()
    if colours := lowered.frame_tables.digests:
        for i, row in enumerate(rows.tolist()):
            keys[i] += b"colours" + colours[row] if row in colours else b""
    if leaves.reveal is not None:
        for i in np.flatnonzero(shaped).tolist():
            moves = leaves.moves_of(rows[i])
            keys[i] += b"" if moves is None else b"units" + moves.key
    return keys


class _Held(NamedTuple):
    """A surface in a texture of its own."""

    key: Key
    bounds: Rect
    byte_size: int


class FrameMemory:
    """The last frame's units and the surfaces that are held. `forget` it whenever a plan was made and not executed."""

    def __init__(self, most_bytes: int) -> None:
        """Make an empty memory that lets kept surfaces take `most_bytes` (the canvas not counted)."""
        self._most_bytes = most_bytes
        self._units: list[tuple[Key, Rect]] | None = None
        self._isolated: dict[int, Key | None] = {}  # by node, of the last frame; None for a node with several units
        self._next: dict[int, Key | None] = {}
        self._held: dict[int, _Held] = {}

    def forget(self) -> None:
        """Start anew: the next frame is drawn whole."""
        self._units = None
        self._isolated, self._next, self._held = {}, {}, {}

    def begin(self, units: Sequence[RenderUnit], keys: UnitKeys) -> list[Rect] | None:
        """Take a frame's units; return the parts of the canvas to redraw, None for all of it."""
        self._next = {}
        made = keys.all(units)
        for unit in units:
            if unit.row < 0:
                self._note(unit, keys)
        self._held = {node: held for node, held in self._held.items() if self._next.get(node) == held.key}
        before, self._units = self._units, made
        return None if before is None else _cluster(_changed(before, made))

    def end(self) -> None:
        """Close a frame."""
        self._isolated = self._next

    def _note(self, unit: RenderUnit, keys: UnitKeys) -> None:
        """Note the keys of isolated units, without what compositing them adds."""
        if unit.row >= 0:
            return
        self._next[unit.node] = None if unit.node in self._next else (*keys.of(unit)[4:], unit.bounds)
        for inner in unit.units:
            self._note(inner, keys)
        for step in unit.steps:
            if isinstance(step, MaskStep):
                for inner in step.units:
                    self._note(inner, keys)

    def holds(self, node: int) -> Rect | None:
        """Return the bounds of a node's surface that is held and still right."""
        held = self._held.get(node)
        return None if held is None else held.bounds

    def stays(self, unit: RenderUnit) -> bool:
        """Tell whether a unit's surface is the same as in the last frame."""
        key = self._next.get(unit.node)
        return key is not None and self._isolated.get(unit.node) == key

    def keep(self, node: int, bounds: Rect, byte_size: int) -> bool:
        """Hold a surface from this frame on; False where there is no room for it."""
        if sum(held.byte_size for held in self._held.values()) + byte_size > self._most_bytes:
            return False
        key = self._next[node]
        assert key is not None
        self._held[node] = _Held(key, bounds, byte_size)
        return True

    @property
    def held(self) -> list[int]:
        """The nodes whose surfaces are held."""
        return list(self._held)


def _changed(before: list[tuple[Key, Rect]], after: list[tuple[Key, Rect]]) -> list[Rect]:
    """Return the bounds of what two lists of units do not share."""
    first = 0
    shortest = min(len(before), len(after))
    while first < shortest and before[first][0] == after[first][0]:
        first += 1
    last = 0
    while last < shortest - first and before[-1 - last][0] == after[-1 - last][0]:
        last += 1
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    if len(old) != len(new):
        return [bounds for _, bounds in (*old, *new)]
    pairs = [(a, b) for a, b in zip(old, new, strict=True) if a[0] != b[0]]
    return [bounds for pair in pairs for _, bounds in pair]


def _cluster(rects: Sequence[Rect]) -> list[Rect]:
    """Return a few disjoint rectangles that cover all: cut apart where that saves more than a dispatch costs."""
    if not rects:
        return []
    whole = corners(rects) * _OUTWARD
    parts = [whole]
    cuts = [_best_cut(whole)]
    while len(parts) < _MOST_RECTS:
        at = max(range(len(cuts)), key=lambda i: cuts[i].saved)
        if cuts[at].saved <= _SLACK_PX:
            break
        two = cuts[at].first, cuts[at].last
        parts[at : at + 1] = two
        if len(parts) < _MOST_RECTS:
            cuts[at : at + 1] = [_best_cut(part) for part in two]
    return [Rect(*(part.min(axis=0) * _OUTWARD).tolist()) for part in parts]


class _Cut(NamedTuple):
    """Rectangles of which the first ones lie left of or above the last ones, and the px that lie between."""

    first: _Corners
    last: _Corners
    saved: int


def _best_cut(rects: _Corners) -> _Cut:
    """Cut rectangles apart where most is saved of what covers them; nothing is where no cut is possible."""
    if len(rects) == 1:
        return _Cut(rects, rects[:0], 0)
    ordered = rects[rects[:, :2].argsort(axis=0)]  # along both axes, (n, 2, 4)
    below = np.minimum.accumulate(ordered)  # corners of what covers the first rectangles, and the last ones
    above = np.minimum.accumulate(ordered[::-1])[::-1]
    first, last = below[:-1], above[1:]
    saved = _areas(below[-1]) - _areas(first) - _areas(last)
    saved *= last[:, _AXES, _AXES] >= -first[:, _AXES, _AXES + 2]
    at, axis = divmod(int(saved.argmax()), 2)
    return _Cut(ordered[: at + 1, axis], ordered[at + 1 :, axis], int(saved[at, axis]))


def _areas(rects: _Corners) -> npt.NDArray[np.int64]:
    return (rects[..., 0] + rects[..., 2]) * (rects[..., 1] + rects[..., 3])
