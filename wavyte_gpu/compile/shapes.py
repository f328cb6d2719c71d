"""Shapes of a frame: outlines put in place, cut into edges and sorted into tiles. What does not move is kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.shape import WHOLE, Form
from wavyte_gpu.compile.plan import Shape
from wavyte_gpu.compile.records import row_bytes
from wavyte_gpu.eval.graph import LeafTable
from wavyte_gpu.foundation.enums import AssetKind
from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.foundation.rect import Rect, corners
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.ops.registry import BIN_TEXELS, SPAN_TEXELS
from wavyte_gpu.raster.bin import ShapeTiles, bin_polygons, bin_spans
from wavyte_gpu.raster.flatten import flatten, scale_levels
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.spans import MOST_EDGES, Placed, PointSets, ShapeSpans, crowded
from wavyte_gpu.text.reveal import RevealUnits

__all__ = ["Contours", "ShapeSource", "ShapeTiler"]

F64 = npt.NDArray[np.float64]

_KEPT_BYTES = 64 << 20
_MOST_SHOWN = 1 << 20  # points that are joined and kept for the next frame
_MANY_EDGES = (
    3000  # of new shapes in a frame: fewer are sorted on the host in the time that the GPU's two dispatches take
)
_MOST_CELLS = 1 << 18  # tiles that the GPU sorts into: what it clears and sums
_ROUNDED = int(AssetKind.ROUNDED)
_STILL: Form = (0.0, 0.0)


class Contours(Protocol):
    """Closed polygons: contour c is points[offsets[c]:offsets[c + 1]], (N, 2) float64."""

    @property
    def points(self) -> npt.NDArray[np.float64]: ...
    @property
    def offsets(self) -> npt.NDArray[np.int64]: ...


class ShapeSource(Protocol):
    """What the compiler asks of prepared shapes."""

    def contours(
        self, asset: int, part: int, scale: float, trim_to: tuple[float, float, float], form: Form
    ) -> Contours:
        """Return a part's outline as polygons, fine enough to be drawn `scale` times as large.

        Args:
            trim_to: start, end and offset of the part of a path that is drawn, in fractions of its length.
            form: of a moving shape.
        """

    def rounded_box(self, width: float, height: float, radius: float, scale: float) -> Contours:
        """Return the outline of a rounded rectangle."""

    def part_even_odd(self, asset: int, part: int, form: Form) -> bool: ...
    def reveal_units(self, asset: int, form: Form) -> RevealUnits | None:
        """Return the units of a text that is revealed."""


class _Kept(NamedTuple):
    tiles: ShapeTiles
    even_odd: bool
    byte_size: int


class _Shown(NamedTuple):
    """The outlines of a frame's new shapes, told by all that they depend on: while only their places change, they stay."""

    key: bytes
    points: PointSets
    even_odd: list[bool]


class ShapeTiler:
    """Makes the tiles of shapes. One compiling thread uses it."""

    def __init__(self, ir: CompositionIR, source: ShapeSource) -> None:
        self._kinds = ir.assets.kind
        self._radius = ir.assets.radius
        self._radius_slot = ir.nodes.radius_slot
        self._source = source
        self._names = ir.names.nodes
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()  # by what tells a shape in its place, and its region
        self._bytes = 0
        self._new: set[bytes] = set()  # shapes that were not kept in the last frame
        self._moved = False  # whether they had many edges
        self._facts_of: LeafTable | None = None
        self._facts: F64 = np.zeros((0, 7))
        self._shown: list[_Shown] = []  # two: what turns goes from one level to another and back, by rounding
        self._even_odd: dict[tuple[int, int, float, float], bool] = {}

    def shapes(self, leaves: LeafTable, rows: Sequence[int], regions: Sequence[Rect]) -> list[tuple[Shape, bool]]:
        """Return shapes over their regions, and whether their rule is even-odd.

        They are sorted into tiles, all at once, and kept. Where much is new in frame after frame, the backend sorts what was not there
        in the last one: it will move on.

        Args:
            rows: of leaves. regions: canvas px.

        Raises:
            LimitError: with the node of the shape that has the most edges.
        """
        if not rows:
            self._new, self._moved = set(), False
            return []
        keys = self._keys(leaves, rows, corners(regions))
        kept = [self._kept.get(key) for key in keys]
        new = [i for i, found in enumerate(kept) if found is None]
        if len(new) < len(kept):
            for key, found in zip(keys, kept, strict=True):
                if found is not None:
                    self._kept.move_to_end(key)
        spans = dict(zip(new, self._spans(leaves, [rows[i] for i in new], [regions[i] for i in new]), strict=True))
        moving = self._moving(keys, spans)
        still = [i for i in new if i not in moving]
        for i, tiles in zip(still, self._sorted(leaves, [(rows[i], spans[i]) for i in still]), strict=True):
            kept[i] = self._keep(keys[i], tiles, spans[i].even_odd)
        return [
            (spans[i], spans[i].even_odd) if found is None else (found.tiles, found.even_odd)
            for i, found in enumerate(kept)
        ]

    def _sorted(self, leaves: LeafTable, shapes: Sequence[tuple[int, ShapeSpans]]) -> list[ShapeTiles]:
        """Return shapes in tiles; leaf row and edges of each are given."""
        if not shapes:
            return []
        largest, _ = max(shapes, key=lambda shape: shape[1].count)
        with self._at(int(leaves.node[largest])):
            return bin_spans([spans for _, spans in shapes])

    @contextmanager
    def _at(self, node: int) -> Iterator[None]:
        """Say of which node a limit is exceeded."""
        try:
            yield
        except LimitError as error:
            raise LimitError([replace(p, node_id=self._names[node]) for p in error.problems]) from None

    def _moving(self, keys: list[bytes], spans: dict[int, ShapeSpans]) -> set[int]:
        """Return which of new shapes the backend sorts."""
        fresh = [i for i in spans if keys[i] not in self._new]
        self._new = {keys[i] for i in fresh}
        room, texels, edges = _MOST_CELLS, SPAN_TEXELS, 0
        out: set[int] = set()
        moved, self._moved = self._moved, sum([spans[i].count for i in fresh]) >= _MANY_EDGES
        if not (moved and self._moved):
            return out
        for i in fresh:
            shape = spans[i]
            count, tiles = shape.count, shape.tile_count
            cost = shape.entries + 3 * count + BIN_TEXELS * tiles
            if count and tiles <= room and cost <= texels and (count <= MOST_EDGES or not crowded(shape)):
                room, texels, edges = room - tiles, texels - cost, edges + count
                out.add(i)
        return out if edges >= _MANY_EDGES else set()

    def outline(self, outline: Outline, world: F64, region: Rect, even_odd: bool, node: int) -> ShapeTiles:
        """Return an outline that is no leaf's, in tiles of a region.

        Args:
            world: (2, 3) its px to canvas px. node: for the message.

        Raises:
            LimitError: with the node.
        """
        with self._at(node):
            contours = flatten(outline, float(_largest_scales(world[None])[0]))
            return bin_polygons([Placed(contours.points, contours.offsets, region, even_odd, world)])[0]

    def facts(self, leaves: LeafTable) -> F64:
        """Return by row what a shape depends on besides its place: asset, part, what is the row's own, form; and units, see `moves_of`."""
        if self._facts_of is not leaves:
            own = leaves.trim
            rounded = np.flatnonzero(self._kinds[leaves.asset] == _ROUNDED).tolist()
            if rounded:
                own = own.copy()
            for i in rounded:
                own[i] = (*leaves.content[i], self._radius_of(leaves, i))
            self._facts = np.concatenate([leaves.asset[:, None], leaves.part[:, None], own, leaves.form], axis=1)
            self._facts_of = leaves
        return self._facts

    def _keys(self, leaves: LeafTable, rows: Sequence[int], regions: npt.NDArray[np.int64]) -> list[bytes]:
        """Return what tells shapes in their places, over their regions, from all others."""
        places = leaves.world_from_content[rows].reshape(-1, 6)
        keys = row_bytes(np.concatenate([self.facts(leaves)[rows], places, regions], axis=1))
        if leaves.reveal is not None:
            for i, row in enumerate(rows):
                if (moves := leaves.moves_of(row)) is not None:
                    keys[i] += moves.key
        return keys

    def _rules(self, facts: F64) -> list[bool]:
        """Return whether shapes are filled by the even-odd rule."""
        out = []
        for key in zip(*facts[:, [0, 1, 5, 6]].T.tolist(), strict=True):
            asset, part, first, second = key
            known = self._even_odd.get(key)
            if known is None:
                known = not self._is_rounded(int(asset)) and self._source.part_even_odd(int(asset), int(part), (first, second))
                if (first, second) == _STILL:
                    self._even_odd[key] = known
            out.append(known)
        return out

    def _is_rounded(self, asset: int) -> bool:
        return int(self._kinds[asset]) == _ROUNDED

    def _spans(self, leaves: LeafTable, rows: list[int], regions: list[Rect]) -> list[ShapeSpans]:
        """Return the edges of shapes in their places, each unit of a text in its own."""
        if not rows:
            return []
        world = leaves.world_from_content[rows]
        scales, facts = _largest_scales(world), self.facts(leaves)[rows]
        if leaves.reveal is not None:
            return self._revealed(leaves, rows, world, scales, facts).spans(world, regions, self._rules(facts))
        levels = scale_levels(scales)
        key = facts.tobytes() + levels.tobytes()
        shown = next((known for known in self._shown if known.key == key), None)
        if shown is None:
            made = [(c.points, c.offsets) for c in self._contours(facts, levels, scales)]
            shown = _Shown(key, PointSets(made), self._rules(facts))
            self._shown = [shown, *self._shown[:1]] if shown.points.count <= _MOST_SHOWN else []
        return shown.points.spans(world, regions, shown.even_odd)

    def _revealed(self, leaves: LeafTable, rows: list[int], world: F64, scales: F64, facts: F64) -> PointSets:
        """Return the outlines of shapes of which texts show units; `world` becomes none where units are in their places."""
        moved = {i: moves for i, row in enumerate(rows) if (moves := leaves.moves_of(row)) is not None}
        for i, moves in moved.items():
            scales[i] *= moves.scale
            facts[i, 2:5] = WHOLE
        made = [(c.points, c.offsets) for c in self._contours(facts, scale_levels(scales), scales)]
        for i, moves in moved.items():
            asset, part, form = int(facts[i, 0]), int(facts[i, 1]), leaves.form_of(rows[i])
            units = self._source.reveal_units(asset, form)
            assert units is not None
            made[i] = moves.place(world[i], *made[i], units.parts[part].of_contour)
            world[i] = np.eye(2, 3)
        return PointSets(made)

    def _contours(self, facts: F64, levels: npt.NDArray[np.int64], scales: F64) -> list[Contours]:
        """Return shapes' contours in their own px, made once for all that are shown as large."""
        known: dict[bytes, Contours] = {}
        out = []
        for i, key in enumerate(row_bytes(np.column_stack([facts, levels]))):
            found = known.get(key)
            if found is None:
                asset, part, *own, first, second = facts[i].tolist()
                if self._is_rounded(int(asset)):
                    found = self._source.rounded_box(own[0], own[1], own[2], float(scales[i]))
                else:
                    trim_to = (own[0], own[1], own[2])
                    found = self._source.contours(int(asset), int(part), float(scales[i]), trim_to, (first, second))
                known[key] = found
            out.append(found)
        return out

    def _radius_of(self, leaves: LeafTable, row: int) -> float:
        """Return the radius of a rounded rectangle: its leaf's where it moves."""
        slot = int(self._radius_slot[leaves.node[row]])
        if slot < 0:
            return float(self._radius[leaves.asset[row]])
        return max(0.0, float(leaves.param(np.array([row]), np.array([slot]))[0]))

    def _keep(self, key: bytes, tiles: ShapeTiles, even_odd: bool) -> _Kept:
        size = tiles.edges.nbytes + tiles.touching.nbytes + tiles.backdrop.nbytes + 4 * tiles.codes.nbytes
        self._bytes += size - (self._kept[key].byte_size if key in self._kept else 0)
        kept = self._kept[key] = _Kept(tiles, even_odd, size)
        while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].byte_size
        return kept


def _largest_scales(m: F64) -> F64:
    """Return the largest singular values of the linear parts of (n, 2, 3) transforms."""
    a, b, c, d = m[:, 0, 0], m[:, 0, 1], m[:, 1, 0], m[:, 1, 1]
    with np.errstate(over="ignore", invalid="ignore"):
        sums = a * a + b * b + c * c + d * d
        det = a * d - b * c
        scales: F64 = np.sqrt(0.5 * (sums + np.sqrt(np.maximum(sums * sums - 4.0 * det * det, 0.0))))
    return scales
