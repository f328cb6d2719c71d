"""Reveal: the leaf rows of texts that are shown unit by unit.

The units of a text that have equal opacity in a frame are drawn as one shape, their outlines moved by their transforms; those
without any are left out. A text at rest is one row for each of its outlines, as it is without a reveal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xxhash

from wavyte_gpu.animation.ease import ease
from wavyte_gpu.assets.shape import Form
from wavyte_gpu.eval.transforms import compose
from wavyte_gpu.foundation import detmath
from wavyte_gpu.normalize.ir import CompositionIR, RevealDef
from wavyte_gpu.text.reveal import PartUnits, RevealUnits, unit_weights

__all__ = ["LeafRows", "Reveals", "UnitMoves"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_FAR_PX = 1e6  # units moved further or made larger are not drawn
_MOST = 1e12  # values are held in it
_IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True, eq=False)
class UnitMoves:
    """Units of a text that are one shape.

    Attributes:
        units: (K,) int64, ascending. matrix: (K, 2, 3) float64, what moves each, px of the text; None where all are at rest.
        opacity: 0..255.
        scale: the largest singular value of the matrices.
        key: 16 bytes over units and matrices.
    """

    units: I64
    matrix: F64 | None
    opacity: int
    scale: float
    key: bytes

    def place(self, world: F64, points: F64, offsets: I64, of_contour: npt.NDArray[np.int32]) -> tuple[F64, I64]:
        """Return the contours of these units on the canvas, and their offsets.

        Args:
            world: (2, 3), the text's px to the canvas's. points, offsets: the contours of an outline.
            of_contour: (C,) the unit of each contour.
        """
        place = np.full(int(max(of_contour.max(initial=0), self.units[-1])) + 2, -1)
        place[self.units] = np.arange(len(self.units))
        at = place[of_contour]  # a contour of no unit reads the last entry
        kept = at >= 0
        sizes = np.diff(offsets)
        points = points[np.repeat(kept, sizes)]
        sizes = sizes[kept]
        maps = world if self.matrix is None else np.repeat(compose(world, self.matrix)[at[kept]], sizes, axis=0)
        x, y = points[:, 0], points[:, 1]
        columns = [maps[..., row, 0] * x + maps[..., row, 1] * y + maps[..., row, 2] for row in (0, 1)]
        return np.stack(columns, axis=-1), np.concatenate([[0], np.cumsum(sizes)])


class LeafRows(NamedTuple):
    """Rows that leaves became. `source` is the row that each was.

    Attributes:
        moves: index into `sets`, -1 where the whole outline is drawn as it is.
        group: rows of a leaf and frame with one group are composited together before `opacity` counts; -1 for what is no part of it.
        opacity: 0..1, of its own.
        inner: (R, 2, 3) what moves the content before all else. bounds: (R, 4) of what is drawn then, content px; NaN where the
            outline's own hold.
    """

    source: I64
    moves: I64
    group: I64
    opacity: F64
    inner: F64
    bounds: F64
    sets: tuple[UnitMoves, ...]

    def take(self, rows: I64) -> LeafRows:
        """Return some of the rows."""
        source, moves, group, opacity, inner, bounds, sets = self
        return LeafRows(source[rows], moves[rows], group[rows], opacity[rows], inner[rows], bounds[rows], sets)

    def moves_of(self, row: int) -> UnitMoves | None:
        """Return which units of the outline a row draws, None for all of them as they are."""
        index = int(self.moves[row])
        return None if index < 0 else self.sets[index]


class Reveals:
    """The texts of a composition that are revealed.

    Args:
        units_of: gives the units of an asset's text at a form.
    """

    def __init__(self, ir: CompositionIR, units_of: Callable[[int, Form], RevealUnits | None]) -> None:
        self._by_node = {reveal.node: reveal for reveal in ir.reveals}
        self._asset = ir.nodes.asset
        self._units_of = units_of

    def __len__(self) -> int:
        return len(self._by_node)

    def rows(self, frame: I64, node: npt.NDArray[np.int32], part: npt.NDArray[np.int32], form: F64, params: F64) -> LeafRows:
        """Return the rows to draw for leaf rows in painter's order, all parts of a leaf in a frame one after the other.

        Args:
            form: (R, 2), see LeafTable. params: (F or 1, P).
        """
        table = _Rows()
        mine = np.isin(node, np.fromiter(self._by_node, np.int64))
        change = np.flatnonzero((np.diff(node, prepend=-1) != 0) | (np.diff(frame, prepend=-1) != 0) | ~mine)
        known: dict[tuple[int, int, Form], tuple[UnitMoves, ...]] = {}
        for first, last in pairwise([*change.tolist(), len(node)]):
            if not mine[first]:
                table.plain(first)
                continue
            reveal = self._by_node[int(node[first])]
            size, width = form[first].tolist()
            units = self._units_of(int(self._asset[reveal.node]), (size, width))
            assert units is not None
            at = int(frame[first]) if len(params) > 1 else 0
            key = (at, reveal.node, (size, width))
            if key not in known:
                known[key] = unit_moves(reveal, units.pivot, params[at, reveal.first_param : reveal.first_param + 9])
            for group, moves in enumerate(known[key]):
                for row in range(first, last):
                    table.moved(row, group, moves, units.parts[int(part[row])], len(units.pivot))
        return table.freeze()


class _Rows:
    """Collects rows."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, int, float, F64, Sequence[float]]] = []
        self._sets: dict[int, int] = {}
        self._kept: list[UnitMoves] = []

    def plain(self, row: int) -> None:
        self._rows.append((row, -1, -1, 1.0, _IDENTITY, _NO_BOUNDS))

    def moved(self, row: int, group: int, moves: UnitMoves, part: PartUnits, count: int) -> None:
        """Append what the units of a group show of an outline, if anything."""
        here = np.isin(moves.units, part.unit, assume_unique=True)
        if not here.any():
            return
        opacity = moves.opacity / 255.0
        if len(part.unit) == 1:  # the whole outline moves, with its paint
            inner = _IDENTITY if moves.matrix is None else moves.matrix[here][0]
            self._rows.append((row, -1, group, opacity, inner, _NO_BOUNDS))
            return
        if moves.matrix is None and len(moves.units) == count:
            self._rows.append((row, -1, group, opacity, _IDENTITY, _NO_BOUNDS))
            return
        index = self._sets.setdefault(id(moves), len(self._kept))
        if index == len(self._kept):
            self._kept.append(moves)
        box = part.box[np.searchsorted(part.unit, moves.units[here])]
        if moves.matrix is not None:
            box = _moved_boxes(moves.matrix[here], box)
        bounds = (*box[:, :2].min(axis=0).tolist(), *box[:, 2:].max(axis=0).tolist())
        self._rows.append((row, index, group, opacity, _IDENTITY, bounds))

    def freeze(self) -> LeafRows:
        source, moves, group, opacity, inner, bounds = zip(*self._rows, strict=True) if self._rows else [()] * 6
        return LeafRows(
            np.array(source, np.int64),
            np.array(moves, np.int64),
            np.array(group, np.int64),
            np.array(opacity, np.float64),
            np.array(inner, np.float64).reshape(-1, 2, 3),
            np.array(bounds, np.float64).reshape(-1, 4),
            tuple(self._kept),
        )


_NO_BOUNDS = (np.nan,) * 4


def unit_moves(reveal: RevealDef, pivot: F64, values: F64) -> tuple[UnitMoves, ...]:
    """Return the units that are seen, in sets of equal opacity, in the order of their first units.

    Args:
        pivot: (U, 2) what each unit turns about.
        values: (9,) as `RevealDef` lists them.
    """
    if not len(pivot):
        return ()
    start, end, offset, hidden, dx, dy, angle, sx, sy = np.clip(np.nan_to_num(values), -_MOST, _MOST).tolist()
    shown: F64 = ease(reveal.ease, unit_weights(len(pivot), start, end, offset, reveal.softness), reveal.ease_params)
    away = 1.0 - shown
    opacity = np.floor(np.clip(hidden * away + shown, 0.0, 1.0) * 255.0 + 0.5).astype(np.int64)
    scales = np.stack([1.0 + (sx - 1.0) * away, 1.0 + (sy - 1.0) * away], axis=-1)
    turned = scales.prod(axis=1)
    still = (dx, dy, angle, sx, sy) == (0.0, 0.0, 0.0, 1.0, 1.0)
    near = (np.abs(away) * max(abs(dx), abs(dy)) < _FAR_PX) & (np.abs(scales) < _FAR_PX).all(axis=1)
    # Mirrored outlines wind the other way round: they are no shape with the others.
    kind = np.where((opacity > 0) & (turned != 0.0) & near, opacity * 2 + (turned < 0.0), -1)
    kinds, first = np.unique(kind, return_index=True)
    sets: list[UnitMoves] = []
    for value in kinds[np.argsort(first)].tolist():
        if value < 0:
            continue
        units = np.flatnonzero(kind == value)
        matrix, scale = None, 1.0
        if not still and away[units].any():
            matrix = _unit_matrices(pivot[units], away[units], (dx, dy), angle, scales[units])
            scale = float(np.abs(scales[units]).max())
        key = xxhash.xxh3_128_digest(units.tobytes() + (b"" if matrix is None else matrix.tobytes()))
        sets.append(UnitMoves(units, matrix, value >> 1, scale, key))
    return tuple(sets)


def _unit_matrices(pivot: F64, away: F64, translate: tuple[float, float], angle: float, scale: F64) -> F64:
    """Return `T(pivot + translate) R S T(-pivot)` of every unit, (K, 2, 3), the share `away` of the way."""
    sin, cos = detmath.sincos(angle * away)
    out = np.empty((len(away), 2, 3))
    out[:, 0, 0], out[:, 0, 1] = cos * scale[:, 0], -sin * scale[:, 1]
    out[:, 1, 0], out[:, 1, 1] = sin * scale[:, 0], cos * scale[:, 1]
    x, y = pivot[:, 0], pivot[:, 1]
    out[:, 0, 2] = x + translate[0] * away - (out[:, 0, 0] * x + out[:, 0, 1] * y)
    out[:, 1, 2] = y + translate[1] * away - (out[:, 1, 0] * x + out[:, 1, 1] * y)
    return out


def _moved_boxes(matrix: F64, box: F64) -> F64:
    """Return the bounds of moved boxes, (K, 4)."""
    x, y = box[:, [0, 2, 2, 0]], box[:, [1, 1, 3, 3]]
    corners = [matrix[:, row, 0, None] * x + matrix[:, row, 1, None] * y + matrix[:, row, 2, None] for row in (0, 1)]
    return np.stack([*(c.min(axis=1) for c in corners), *(c.max(axis=1) for c in corners)], axis=-1)
