"""Shapes of a frame: outlines put in place, cut into edges and sorted into tiles. What does not move is kept."""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.shape import WHOLE, Form
from wavyte_gpu.compile.records import row_bytes
from wavyte_gpu.eval.graph import LeafTable
from wavyte_gpu.foundation.enums import AssetKind
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.raster.bin import ShapeTiles, bin_polygons
from wavyte_gpu.raster.flatten import flatten, scale_level
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.text.reveal import RevealUnits

__all__ = ["Contours", "ShapeSource", "ShapeTiler"]

F64 = npt.NDArray[np.float64]
Polygon = tuple[F64, npt.NDArray[np.int64]]  # points and offsets, as those of Contours

_KEPT_BYTES = 64 << 20
_SHORT = 2000  # points of a shape that is placed together with others: above, an own product is as fast
_ROUNDED = int(AssetKind.ROUNDED)
_STILL: Form = (0.0, 0.0)
_RECT = struct.Struct("<4q")


class Contours(Protocol):
    """Closed polygons: contour c is points[offsets[c]:offsets[c + 1]], (N, 2) float64."""

    @property
    def points(self) -> npt.NDArray[np.float64]: ...
    @property
    def offsets(self) -> npt.NDArray[np.int64]: ...


class ShapeSource(Protocol):
    """What the compiler asks of prepared shapes."""

    def contours(self, asset: int, part: int, scale: float, trim_to: tuple[float, float, float], form: Form) -> Contours:
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
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._bytes = 0
        self._keys_of: LeafTable | None = None
        self._keys: list[bytes] = []
        self._facts: F64 = np.zeros((0, 7))
        self._even_odd: dict[tuple[int, int, float, float], bool] = {}

    def tiles(self, leaves: LeafTable, shapes: Sequence[tuple[int, Rect]]) -> list[tuple[ShapeTiles, bool]]:
        """Return shapes in tiles of their regions, and whether their rule is even-odd. New ones are sorted all at once.

        Args:
            shapes: leaf row and region in canvas px.
        """
        placed = self.keys(leaves)
        keys = [placed[row] + _RECT.pack(*region) for row, region in shapes]
        rules = self._rules(leaves, [row for row, _ in shapes])
        kept = [self._kept.get(key) for key in keys]
        for key, known in zip(keys, kept, strict=True):
            if known is not None:
                self._kept.move_to_end(key)
        wanted = [i for i, known in enumerate(kept) if known is None]
        polygons = self._polygons(leaves, [shapes[i][0] for i in wanted])
        made = bin_polygons([(*p, shapes[i][1], rules[i]) for p, i in zip(polygons, wanted, strict=True)])
        for i, tiles in zip(wanted, made, strict=True):
            kept[i] = self._keep(keys[i], tiles)
        return [(known.tiles, rule) for known, rule in zip(kept, rules, strict=True) if known is not None]

    def outline(self, outline: Outline, world: F64, region: Rect, even_odd: bool) -> ShapeTiles:
        """Return an outline that is no leaf's, in tiles of a region.

        Args:
            world: (2, 3) its px to canvas px.
        """
        contours = flatten(outline, float(_largest_scales(world[None])[0]))
        points = _placed(contours.points, world)
        return bin_polygons([(points, contours.offsets, region, even_odd)])[0]

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

    def _polygons(self, leaves: LeafTable, rows: Sequence[int]) -> list[Polygon]:
        """Return the contours of shapes on the canvas."""
        if not rows:
            return []
        world = leaves.world_from_content[rows]
        flat = self._contours(leaves, rows, _largest_scales(world))
        moved = [] if leaves.reveal is None else [i for i, row in enumerate(rows) if leaves.moves_of(row) is not None]
        alone = {i for i, contours in enumerate(flat) if len(contours.points) > _SHORT}.union(moved)
        made = {i: self._placed(leaves, rows[i], flat[i], world[i]) for i in alone}
        short = [i for i in range(len(rows)) if i not in alone]
        made.update(zip(short, _placed_together([flat[i] for i in short], world[short]), strict=True))
        return [made[i] for i in range(len(rows))]

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

    def _placed(self, leaves: LeafTable, row: int, contours: Contours, world: F64) -> Polygon:
        """Return a shape's contours on the canvas, each unit of a text in its place."""
        moves = leaves.moves_of(row)
        if moves is None:
            return _placed(contours.points, world), contours.offsets
        units = self._source.reveal_units(int(leaves.asset[row]), leaves.form_of(row))
        assert units is not None
        return moves.place(world, contours.points, contours.offsets, units.parts[int(leaves.part[row])].of_contour)

    def _radius_of(self, leaves: LeafTable, row: int) -> float:
        """Return the radius of a rounded rectangle: its leaf's where it moves."""
        slot = int(self._radius_slot[leaves.node[row]])
        if slot < 0:
            return float(self._radius[leaves.asset[row]])
        return max(0.0, float(leaves.param(np.array([row]), np.array([slot]))[0]))

    def _keep(self, key: bytes, tiles: ShapeTiles) -> _Kept:
        size = tiles.edges.nbytes + tiles.touching.nbytes + tiles.backdrop.nbytes + 4 * tiles.codes.nbytes
        self._bytes += size - (self._kept[key].byte_size if key in self._kept else 0)
        kept = self._kept[key] = _Kept(tiles, size)
        while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].byte_size
        return kept


def _placed_together(contours: Sequence[Contours], world: F64) -> list[Polygon]:
    """Return `_placed` of many contours, each by its own transform of (n, 2, 3)."""
    if not contours:
        return []
    counts = [len(c.points) for c in contours]
    a, c, e, b, d, f = np.repeat(world.reshape(-1, 6), counts, axis=0).T
    x, y = np.concatenate([c.points for c in contours]).T
    points = np.stack([a * x + c * y + e, b * x + d * y + f], axis=-1)
    ends = np.cumsum(counts).tolist()
    return [(points[end - n : end], of.offsets) for of, end, n in zip(contours, ends, counts, strict=True)]


def _placed(points: F64, world: F64) -> F64:
    (a, c, e), (b, d, f) = world.tolist()
    x, y = points[:, 0], points[:, 1]
    out = np.empty((len(points), 2))
    out[:, 0], out[:, 1] = a * x + c * y + e, b * x + d * y + f
    return out


def _largest_scales(m: F64) -> F64:
    """Return the largest singular values of the linear parts of (n, 2, 3) transforms."""
    a, b, c, d = m[:, 0, 0], m[:, 0, 1], m[:, 1, 0], m[:, 1, 1]
    with np.errstate(over="ignore", invalid="ignore"):
        sums = a * a + b * b + c * c + d * d
        det = a * d - b * c
        scales: F64 = np.sqrt(0.5 * (sums + np.sqrt(np.maximum(sums * sums - 4.0 * det * det, 0.0))))
    return scales
