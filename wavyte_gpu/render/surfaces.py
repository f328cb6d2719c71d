"""From a plan's slots to keys that frames share, and the bytes that they need."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.compile.plan import RenderPlan, SlotDesc
from wavyte_gpu.foundation.enums import PixelFormat
from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.registry import TILE, TILE_LAYER, TILE_ROW

__all__ = [
    "SlotKey",
    "check_plan_bytes",
    "from_words",
    "plan_bytes",
    "slot_bytes",
    "slot_keys",
    "tile_rects",
    "zeros",
]


class SlotKey(NamedTuple):
    """The `ordinal`-th texture of a size: plans of different frames that need as many of a size share them."""

    width: int
    height: int
    ordinal: int
    words: int = 1
    name: str = ""


def slot_keys(slots: tuple[SlotDesc, ...]) -> list[SlotKey]:
    """Return the pool key of each slot: slots of one size are numbered in order."""
    seen: dict[SlotDesc, int] = {}
    keys: list[SlotKey] = []
    for slot in slots:
        n = seen.get(slot, 0)
        seen[slot] = n + 1
        keys.append(SlotKey(slot.width, slot.height, n, slot.words, slot.name))
    return keys


def slot_bytes(slot: SlotKey | SlotDesc) -> int:
    """Return the bytes of one texture."""
    return slot.width * slot.height * 4 * slot.words


def plan_bytes(plan: RenderPlan) -> int:
    """Return the bytes of all textures that a plan holds at once."""
    return sum(slot_bytes(slot) for slot in plan.slots)


def check_plan_bytes(plan: RenderPlan, cap: int) -> None:
    """Refuse a plan that can't fit the pool.

    Raises:
        LimitError: the sum of its slots exceeds `cap`.
    """
    need = plan_bytes(plan)
    if need > cap:
        raise LimitError(
            f"the frame needs {_mib(need)} of surfaces, the cap is {_mib(cap)}; raise max_pool_bytes "
            "(--max-pool-bytes) or use a smaller canvas, fewer nested groups or smaller blurs"
        )


def _mib(n: int) -> str:
    return f"{n / (1 << 20):.1f} MiB ({n} bytes)"


def zeros(bounds: Rect, pixel_format: PixelFormat) -> npt.NDArray[Any]:
    """Return an empty surface in the NumPy form of its format."""
    shape = (bounds.height, bounds.width)
    match pixel_format:
        case PixelFormat.RGBA16_PREMUL:
            return np.zeros((*shape, 4), np.uint16)
        case PixelFormat.ALPHA16:
            return np.zeros(shape, np.uint16)
    return np.zeros(shape, np.uint32)


def from_words(texels: npt.NDArray[np.uint32], pixel_format: PixelFormat) -> npt.NDArray[Any]:
    """Return the NumPy form of a surface read back as (H, W * words) uint32."""
    match pixel_format:
        case PixelFormat.RGBA16_PREMUL:
            return texels.view(np.uint16).reshape(texels.shape[0], -1, 4)
        case PixelFormat.ALPHA16:
            return texels.astype(np.uint16)
    return texels


def tile_rects(tiles: npt.NDArray[np.uint32], bounds: npt.NDArray[np.int32]) -> list[tuple[int, Rect]]:
    """Return the rectangles that an op's tiles cover, each with its layer: neighbours in a row joined, then equal rows.

    Args:
        tiles: those of an op, in any order, without duplicates. bounds: (n, 4) of the layers.
    """
    rects: list[tuple[int, Rect]] = []
    layers = tiles >> np.uint32(TILE_LAYER)
    for layer in np.unique(layers).tolist():
        region = Rect(*bounds[layer].tolist())
        rects += [(layer, r) for r in _rects(tiles[layers == layer] & np.uint32((1 << TILE_LAYER) - 1), region)]
    return rects


def _rects(tiles: npt.NDArray[np.uint32], region: Rect) -> list[Rect]:
    runs: list[list[int]] = []  # first row, end row, first column, end column
    open_runs: dict[tuple[int, int], list[int]] = {}  # by columns: the run that ends at the row above
    ordered = np.sort(tiles)
    breaks = np.flatnonzero(np.diff(ordered) != 1) + 1
    for part in np.split(ordered, breaks):
        row, first = divmod(int(part[0]), 1 << TILE_ROW)
        end = first + len(part)
        above = open_runs.get((first, end))
        if above is not None and above[1] == row:
            above[1] = row + 1
        else:
            open_runs[first, end] = run = [row, row + 1, first, end]
            runs.append(run)
    rects = (
        Rect(
            region.x0 + first * TILE, region.y0 + row * TILE, region.x0 + end * TILE, region.y0 + row_end * TILE
        ).intersect(region)
        for row, row_end, first, end in runs
    )
    return [r for r in rects if not r.empty]
