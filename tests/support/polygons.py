"""Edges and tiles of one polygon."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.raster.bin import ShapeTiles, bin_polygons
from wavyte_gpu.raster.spans import Placed, polygon_spans

Points = npt.NDArray[np.float64]
Offsets = npt.NDArray[np.int64]


def polygon_edges(points: Points, offsets: Offsets, region: Rect) -> npt.NDArray[np.void]:
    """Return the edges of closed polygons that may matter inside a region, of EDGE_DTYPE."""
    return polygon_spans([Placed(points, offsets, region)])[0].edges


def polygon_tiles(points: Points, offsets: Offsets, region: Rect, even_odd: bool = False) -> ShapeTiles:
    """Return the tiles of closed polygons over a region."""
    return bin_polygons([Placed(points, offsets, region, even_odd)])[0]
