"""The explicit, ordered tables of what kernels exist. An id is the position in its tuple; new entries go to the end."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["BLENDS", "EDGE_COUNTS", "MAX_LAYERS", "PROGRAMS", "Program", "layout_of"]


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


def layout_of(program: int, edge_variant: int) -> int:
    """Return the index of the record table of a program with `EDGE_COUNTS[edge_variant]` edges."""
    return program * len(EDGE_COUNTS) + edge_variant
