"""Shapes of a frame: outlines put in place, cut into edges and sorted into tiles. What does not move is kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.shape import WHOLE, Form
from wavyte_gpu.compile.plan import Shape
from wavyte_gpu.compile.records import row_bytes
from wavyte_gpu.eval.graph import LeafTable
from wavyte_gpu.foundation.enums import AssetKind
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.ops.registry import BIN_TEXELS, SPAN_TEXELS
from wavyte_gpu.raster.bin import ShapeTiles, bin_polygons, bin_spans
from wavyte_gpu.raster.flatten import flatten, scale_level
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.spans import Placed, ShapeSpans, count_entries, crowded, polygon_spans
from wavyte_gpu.text.reveal import RevealUnits

__all__ = ["Contours", "ShapeSource", "ShapeTiler"]

F64 = npt.NDArray[np.float64]
_Key = tuple[bytes, Rect]  # of a shape in its place, and of its region

_KEPT_BYTES = 64 << 20
_MANY_EDGES = (
    3000  # of new shapes in a frame: fewer are sorted on the host in the time that the GPU's two dispatches take
)
_MOST_CELLS = 1 << 16  # tiles that the GPU sorts into: what it clears and sums
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
    byte_size: int


class ShapeTiler:
    """Makes the tiles of shapes. One compiling thread uses it."""

    def __init__(self, ir: CompositionIR, source: ShapeSource) -> None:
        self._kinds = ir.assets.kind
        self._radius = ir.assets.radius
        self._radius_slot = ir.nodes.radius_slot
        self._source = source
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._bytes = 0
        self._new: set[_Key] = set()  # shapes that were not kept in the last frame
        self._moved = False  # whether they had many edges
        self._keys_of: LeafTable | None = None
        self._keys: list[bytes] = []
        self._facts: F64 = np.zeros((0, 7))
        self._even_odd: dict[tuple[int, int, float, float], bool] = {}

    def shapes(self, leaves: LeafTable, wanted: Sequence[tuple[int, Rect]]) -> list[tuple[Shape, bool]]:
        """Return shapes over their regions, and whether their rule is even-odd.

        They are sorted into tiles, all at once, and kept. Where much is new in frame after frame, the backend sorts what was not there
        in the last one: it will move on.

        Args:
            wanted: leaf row and region in canvas px.
        """
        placed = self.keys(leaves)
        keys = [(placed[row], region) for row, region in wanted]
        rules = self._rules(leaves, [row for row, _ in wanted])
        found: list[Shape | None] = []
        for key in keys:
            kept = self._kept.get(key)
            found.append(None if kept is None else kept.tiles)
            if kept is not None:
                self._kept.move_to_end(key)
        new = [i for i, shape in enumerate(found) if shape is None]
        made = polygon_spans(self._placed(leaves, [(*wanted[i], rules[i]) for i in new]))
        spans = dict(zip(new, made, strict=True))
        moving = self._moving(keys, spans)
        still = [i for i in new if i not in moving]
        for i, tiles in zip(still, bin_spans([spans[i] for i in still]), strict=True):
            found[i] = self._keep(keys[i], tiles).tiles
        return [(spans[i] if shape is None else shape, rules[i]) for i, shape in enumerate(found)]

    def _moving(self, keys: list[_Key], spans: dict[int, ShapeSpans]) -> set[int]:
        """Return which of new shapes the backend sorts."""
        fresh = [i for i in spans if keys[i] not in self._new]
        self._new = {keys[i] for i in fresh}
        room, texels, edges = _MOST_CELLS, SPAN_TEXELS, 0
        out: set[int] = set()
        moved, self._moved = self._moved, sum(spans[i].count for i in fresh) >= _MANY_EDGES
        if not (moved and self._moved):
            return out
        count_entries([spans[i] for i in fresh])
        for i in fresh:
            shape = spans[i]
            count, tiles = shape.count, shape.tile_count
            cost = shape.entries + 3 * count + BIN_TEXELS * tiles
            if count and tiles <= room and cost <= texels and not crowded(shape):
                room, texels, edges = room - tiles, texels - cost, edges + count
                out.add(i)
        return out if edges >= _MANY_EDGES else set()

    def outline(self, outline: Outline, world: F64, region: Rect, even_odd: bool) -> ShapeTiles:
        """Return an outline that is no leaf's, in tiles of a region.

        Args:
            world: (2, 3) its px to canvas px.
        """
        contours = flatten(outline, float(_largest_scales(world[None])[0]))
        return bin_polygons([Placed(contours.points, contours.offsets, region, even_odd, world)])[0]

    def keys(self, leaves: LeafTable) -> list[bytes]:
        """Return by row what tells a shape in its place from all others."""
        if self._keys_of is not leaves:
            own = leaves.trim.copy()
            for i in np.flatnonzero(self._kinds[leaves.asset] == AssetKind.ROUNDED).tolist():
                own[i] = (*leaves.content[i], self._radius_of(leaves, i))
            self._facts = np.column_stack([leaves.asset, leaves.part, own, leaves.form]).astype(np.float64)
            self._keys = row_bytes(np.concatenate([self._facts, leaves.world_from_content.reshape(-1, 6)], axis=1))
            if leaves.reveal is not None:
                for row in range(len(self._keys)):
                    moves = leaves.moves_of(row)
                    self._keys[row] += b"" if moves is None else moves.key
            self._keys_of = leaves
        return self._keys

    def _rules(self, leaves: LeafTable, rows: Sequence[int]) -> list[bool]:
        """Return whether shapes are filled by the even-odd rule."""
        out = []
        columns = (leaves.asset, leaves.part, leaves.form)
        for asset, part, (first, second) in zip(*(column[rows].tolist() for column in columns), strict=True):
            key = (asset, part, first, second)
            known = self._even_odd.get(key)
            if known is None:
                known = not self._is_rounded(asset) and self._source.part_even_odd(asset, part, (first, second))
                if (first, second) == _STILL:
                    self._even_odd[key] = known
            out.append(known)
        return out

    def _is_rounded(self, asset: int) -> bool:
        return int(self._kinds[asset]) == _ROUNDED

    def _placed(self, leaves: LeafTable, shapes: Sequence[tuple[int, Rect, bool]]) -> list[Placed]:
        """Return the contours of shapes and where they lie, each unit of a text in its place. Shapes are row, region and rule."""
        if not shapes:
            return []
        rows = [row for row, _, _ in shapes]
        world = leaves.world_from_content[rows]
        out = []
        for (row, region, even_odd), contours, place in zip(
            shapes, self._contours(leaves, rows, _largest_scales(world)), world, strict=True
        ):
            points, offsets = contours.points, contours.offsets
            moves = None if leaves.reveal is None else leaves.moves_of(row)
            if moves is not None:
                units = self._source.reveal_units(int(leaves.asset[row]), leaves.form_of(row))
                assert units is not None
                points, offsets = moves.place(place, points, offsets, units.parts[int(leaves.part[row])].of_contour)
            out.append(Placed(points, offsets, region, even_odd, place if moves is None else None))
        return out

    def _contours(self, leaves: LeafTable, rows: Sequence[int], scales: F64) -> list[Contours]:
        """Return shapes' contours in their own px, made once for all rows that show them as large."""
        facts = self._facts[rows]
        if leaves.reveal is not None:
            for i, row in enumerate(rows):
                if (moves := leaves.moves_of(row)) is not None:
                    scales[i] *= moves.scale
                    facts[i, 2:5] = WHOLE
        known: dict[bytes, Contours] = {}
        out = []
        for i, key in enumerate(row_bytes(np.column_stack([facts, [scale_level(scale) for scale in scales.tolist()]]))):
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

    def _keep(self, key: _Key, tiles: ShapeTiles) -> _Kept:
        size = tiles.edges.nbytes + tiles.touching.nbytes + tiles.backdrop.nbytes + 4 * tiles.codes.nbytes
        self._bytes += size - (self._kept[key].byte_size if key in self._kept else 0)
        kept = self._kept[key] = _Kept(tiles, size)
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
