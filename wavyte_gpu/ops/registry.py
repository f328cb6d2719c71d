"""The explicit, ordered tables of what kernels exist. An id is the position in its tuple; new entries go to the end."""

from __future__ import annotations

from typing import NamedTuple

from wavyte_gpu.foundation.rect import SHAPE_TILE

__all__ = [
    "BLENDS",
    "EDGE_COUNTS",
    "MAX_LAYERS",
    "PROGRAMS",
    "ROWS",
    "SHEET",
    "TILE",
    "TILE_WIDTH",
    "WIDTH",
    "Program",
    "fill_values",
    "kernel_values",
    "layout_of",
    "over_values",
]


class Program(NamedTuple):
    """A draw kind: `shaders/draw/NAME.wgsl` and its twin `wavyte_gpu/ops/draw/NAME.py`."""

    name: str
    layered: bool = True  # runs inside composite/over; otherwise a kernel of its own that fills a new surface


PROGRAMS = (
    Program("solid"),
    Program("gradient_linear"),
    Program("gradient_radial"),
    Program("gradient_conic"),
    Program("noise"),
    Program("image_copy"),
    Program("image_nearest"),
    Program("image_bilinear"),
    Program("video", layered=False),
)

BLENDS = (
    "normal",
    "multiply",
    "screen",
    "overlay",
    "darken",
    "lighten",
    "color_dodge",
    "color_burn",
    "soft_light",
    "hard_light",
    "difference",
    "exclusion",
)

EDGE_COUNTS = (0, 4, 8)  # how many outline edges a layer may carry

MAX_LAYERS = 8  # in one kernel; a run is split into powers of two

# The shape of a dispatch of composite/over. Measured on a software driver (benches/kernels.py), where lanes lie along x
# and the rows of a lane are unrolled: fewer rows repeat the work that rows share, more rows spill registers.
ROWS = 8  # pixels of a lane, one below the other
WIDTH = 64  # lanes of a workgroup, side by side: a workgroup writes WIDTH x ROWS pixels
TILE = 32  # side of the tiles of a tile list
TILE_WIDTH = TILE * TILE // ROWS  # lanes of a workgroup that writes one tile


def layout_of(program: int, edge_variant: int) -> int:
    """Return the index of the record table of a program with `EDGE_COUNTS[edge_variant]` edges."""
    return program * len(EDGE_COUNTS) + edge_variant


SHEET = 1024  # texels in a row of the texture that holds a frame's shapes


def fill_values(*, blend: int, even_odd: bool) -> dict[str, int | str]:
    """Return the values that `ops.source.join` needs for composite/fill."""
    return {
        "BLEND": BLENDS[blend],
        "NORMAL": int(BLENDS[blend] == "normal"),
        "EVENODD": int(even_odd),
        "QUARTERS": 4,
        "FOUR": 4,
        "SHEET": SHEET,
        "TILE": SHAPE_TILE,
        "WIDTH": SHAPE_TILE,
    }


def over_values(
    *, layers: int, edge_variant: int, blend: int, init: bool, full: bool, tiles: bool
) -> dict[str, int | str]:
    """Return the values that `ops.source.join` needs for composite/over.

    Args:
        layers: 1 .. MAX_LAYERS.
        edge_variant: index into EDGE_COUNTS.
        blend: index into BLENDS.
        init: the target starts as the header's `origin[2]`.
        full: every layer covers the region.
        tiles: a tile list is bound at binding 3: dispatch a workgroup a tile; otherwise ceil(width / WIDTH) times
            ceil(height / ROWS).
    """
    return {
        "LAYERS": layers,
        "EDGES": EDGE_COUNTS[edge_variant],
        "BLEND": BLENDS[blend],
        "INIT": int(init),
        "FULL": int(full),
        "TILES": int(tiles),
        "ROWS": ROWS,
        "STEP": 2 if edge_variant and layers > 1 else ROWS,
        "WIDTH": TILE_WIDTH if tiles else WIDTH,
    }


def kernel_values(*, mip: bool = False) -> dict[str, int | str]:
    """Return the values that `ops.source.join` needs for draw/video, output/flatten and output/nv12.

    Args:
        mip: draw/video writes a mip level above 0.

    A workgroup of the first two writes WIDTH x ROWS pixels, one of output/nv12 WIDTH words (4 px) of two rows.
    """
    return {"ROWS": ROWS, "WIDTH": WIDTH, "MIP": int(mip), "FOUR": 4}
