"""Shapes of a frame: outlines put in place, cut into edges and sorted into tiles. What does not move is kept."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.eval.graph import LeafTable
from wavyte_gpu.foundation.enums import AssetKind
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.raster.bin import ShapeTiles, bin_edges, polygon_edges

__all__ = ["Contours", "ShapeSource", "ShapeTiler"]

_KEPT_BYTES = 64 << 20


class Contours(Protocol):
    """Closed polygons: contour c is points[offsets[c]:offsets[c + 1]], (N, 2) float64."""

    @property
    def points(self) -> npt.NDArray[np.float64]: ...
    @property
    def offsets(self) -> npt.NDArray[np.int64]: ...


class ShapeSource(Protocol):
    """What the compiler asks of prepared shapes."""

    def contours(self, asset: int, part: int, scale: float, trim_to: tuple[float, float, float]) -> Contours:
        """Return a part's outline as polygons, fine enough to be drawn `scale` times as large.

        Args:
            trim_to: start, end and offset of the part of a path that is drawn, in fractions of its length.
        """

    def rounded_box(self, asset: int, width: float, height: float, scale: float) -> Contours:
        """Return the outline of a rounded rectangle with an asset's radius."""

    def part_even_odd(self, asset: int, part: int) -> bool: ...


class _Kept(NamedTuple):
    tiles: ShapeTiles
    byte_size: int


class ShapeTiler:
    """Makes the tiles of shapes. One compiling thread uses it."""

    def __init__(self, ir: CompositionIR, source: ShapeSource) -> None:
        self._kinds = ir.assets.kind
        self._source = source
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._bytes = 0

    def tiles(self, leaves: LeafTable, row: int, region: Rect) -> tuple[ShapeTiles, bool]:
        """Return a leaf's shape in tiles of a region, and whether its rule is even-odd."""
        asset, part = int(leaves.asset[row]), int(leaves.part[row])
        rounded = self._kinds[asset] == AssetKind.ROUNDED
        even_odd = False if rounded else self._source.part_even_odd(asset, part)
        world = leaves.world_from_content[row]
        content, trim = leaves.content[row], leaves.trim[row]
        key = b"".join(
            (
                np.array([asset, part, *region], np.int64).tobytes(),
                world.tobytes(),
                content.tobytes() if rounded else trim.tobytes(),
            )
        )
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept.tiles, even_odd
        scale = _largest_scale(world)
        if rounded:
            contours = self._source.rounded_box(asset, float(content[0]), float(content[1]), scale)
        else:
            contours = self._source.contours(asset, part, scale, (float(trim[0]), float(trim[1]), float(trim[2])))
        x, y = contours.points[:, 0], contours.points[:, 1]
        points = np.stack(
            [world[0, 0] * x + world[0, 1] * y + world[0, 2], world[1, 0] * x + world[1, 1] * y + world[1, 2]], axis=-1
        )
        tiles = bin_edges(polygon_edges(points, contours.offsets, region), region, even_odd=even_odd)
        self._keep(key, tiles)
        return tiles, even_odd

    def _keep(self, key: bytes, tiles: ShapeTiles) -> None:
        size = tiles.edges.nbytes + tiles.touching.nbytes + tiles.backdrop.nbytes + 4 * tiles.codes.nbytes
        self._kept[key] = _Kept(tiles, size)
        self._bytes += size
        while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].byte_size


def _largest_scale(m: npt.NDArray[np.float64]) -> float:
    """Return the largest singular value of a transform's linear part."""
    a, b, c, d = float(m[0, 0]), float(m[0, 1]), float(m[1, 0]), float(m[1, 1])
    sums = a * a + b * b + c * c + d * d
    det = a * d - b * c
    return math.sqrt(0.5 * (sums + math.sqrt(max(sums * sums - 4.0 * det * det, 0.0))))
