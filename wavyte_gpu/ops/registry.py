"""The explicit, ordered tables of what kernels exist. An id is the position in its tuple; new entries go to the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from wavyte_gpu.foundation.enums import PixelFormat
from wavyte_gpu.foundation.errors import LimitError
from wavyte_gpu.foundation.ids import U16_MAX, check_width
from wavyte_gpu.foundation.rect import SHAPE_TILE

__all__ = [
    "BIN_TEXELS",
    "BIN_WORDS",
    "BLENDS",
    "EDGE_COUNTS",
    "FILL_TILES",
    "MAX_LAYERS",
    "PARAM_BYTES",
    "PASSES",
    "PLANE_FORMS",
    "PROGRAMS",
    "ROWS",
    "SHEET",
    "SHEET_TEXELS",
    "SPAN_TEXELS",
    "TILE",
    "TILE_LAYER",
    "TILE_ROW",
    "TILE_WIDTH",
    "VIDEO_LEVELS",
    "WIDTH",
    "PassKernel",
    "PlaneForm",
    "Program",
    "add_pass",
    "bin_values",
    "fill_values",
    "kernel_values",
    "layout_of",
    "over_values",
    "pass_id",
    "pass_kernel",
    "pass_values",
    "plane_values",
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
PLANE_LANES = (8, 8)  # of a workgroup of output/planes
TILE = 32  # side of the tiles of a tile list
TILE_WIDTH = TILE * TILE // ROWS  # lanes of a workgroup that writes one tile
PARAM_BYTES = 8192  # most bytes of an op's header and layers: a binding with a dynamic offset has one size for all ops


# A tile of a list: layer << TILE_LAYER | row << TILE_ROW | column, counted from the corner of what the layer may write.
TILE_ROW = 11
TILE_LAYER = 22


def layout_of(program: int, edge_variant: int) -> int:
    """Return the index of the record table of a program with `EDGE_COUNTS[edge_variant]` edges."""
    return program * len(EDGE_COUNTS) + edge_variant


FILL_TILES = 32  # tiles of a workgroup of composite/fill, a lane each
SHEET = 1024  # texels in a row of the texture that holds a frame's shapes
SPAN_TEXELS = SHEET << 12  # most of them of shapes that the GPU sorts into tiles
SHEET_TEXELS = (SHEET << 14) - SPAN_TEXELS  # most of the others: more rows than 16384 no texture has
BIN_TEXELS = 1 + SHAPE_TILE // 4  # of a tile that it sorts into: the tile and its backdrop
BIN_WORDS = 2 + SHAPE_TILE  # of a tile in the buffer in which it sorts


def bin_values(stage: str) -> dict[str, int | str]:
    """Return the values that `ops.source.join` needs for shapes/edges, a lane an edge, or shapes/tiles, a lane a row of tiles."""
    return {
        "TILE": SHAPE_TILE,
        "QUADS": SHAPE_TILE // 4,
        "SPAN": (SHAPE_TILE * 256).bit_length() - 1,  # shifts from 24.8 and 22.10 to tiles
        "SIZE": (SHAPE_TILE * 1024).bit_length() - 1,
        "MARGIN": 3,  # 1/1024 px: rounding of crossings
        "BIN": BIN_WORDS,
        "LANES": 64 if stage == "edges" else 8,  # rows are few: all cores shall have some
    }


def fill_values(
    *, blend: int, even_odd: bool, count: int = 1, matrix: bool = False, linked: bool = False
) -> dict[str, int | str]:
    """Return the values that `ops.source.join` needs for composite/fill.

    Args:
        count: most layers of a dispatch. linked: the GPU sorted the edges into tiles.
    """
    return {
        "LINKED": int(linked),
        "COUNT": count,
        "BLEND": BLENDS[blend],
        "RULE": "coverage_even_odd" if even_odd else "coverage_of",
        "MATRIX": int(matrix),
        "TWO": 2,
        "FOUR": 4,
        "NINE": 9,
        "SHEET": SHEET,
        "TILE": SHAPE_TILE,
        "WIDTH": FILL_TILES,
    }


def over_values(
    *, layers: int, edge_variant: int, blend: int, init: bool, full: bool, tiles: int = 0, matrix: bool = False
) -> dict[str, int | str]:
    """Return the values that `ops.source.join` needs for composite/over; `matrix`: a colour matrix precedes the layers.

    Args:
        layers: 1 .. MAX_LAYERS.
        edge_variant: index into EDGE_COUNTS.
        blend: index into BLENDS.
        init: the target starts as the header's `origin[2]`.
        full: every layer covers the region.
        tiles: most layers of a dispatch that draws one of them a tile, dispatched a workgroup a tile; a list of tiles is bound at
            binding 3, and `layers`, `init` and `full` say nothing. 0: all layers over the region, ceil(width / WIDTH) times
            ceil(height / ROWS) workgroups.
    """
    if tiles:
        layers, init, full = 1, False, True
    return {
        "LAYERS": layers,
        "COUNT": tiles or layers,
        "EDGES": EDGE_COUNTS[edge_variant],
        "BLEND": BLENDS[blend],
        "INIT": int(init),
        "FULL": int(full),
        "TILES": int(tiles > 0),
        "MATRIX": int(matrix),
        "ROWS": ROWS,
        "STEP": 2 if edge_variant and layers > 1 else ROWS,
        "WIDTH": TILE_WIDTH if tiles else WIDTH,
    }


VIDEO_LEVELS = 9  # mip levels of videos: the blocks of a further one have more pixels than a loop has rounds on some drivers


def kernel_values() -> dict[str, int | str]:
    """Return the values that `ops.source.join` needs for output/flatten; a workgroup writes WIDTH x ROWS px."""
    return {"ROWS": ROWS, "WIDTH": WIDTH}


class PlaneForm(NamedTuple):
    """A form that output/planes gives a frame: planes of YUV, or packed RGB.

    Attributes:
        name: unique; but for packed RGB that of FFmpeg's pixel format.
        bits: of a sample; more than 8 take two bytes. half_x, half_y: chroma has half the columns, half the rows.
        alpha: straight and full range, in a plane of its own or packed; without it frames are flattened.
        pairs: U and V in turn in one plane. order: of packed R, G, B and A, () for YUV.
    """

    name: str
    bits: int
    half_x: bool
    half_y: bool
    alpha: bool = False
    pairs: bool = False
    order: tuple[int, ...] = ()

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of a sample."""
        return np.dtype(np.uint8 if self.bits == 8 else np.uint16)

    @property
    def top(self) -> int:
        """The largest sample."""
        return (1 << self.bits) - 1

    @property
    def shift(self) -> int:
        """The binary logarithm of the sum of a chroma sample's weights."""
        return 2 * self.half_x + self.half_y

    @property
    def samples(self) -> int:
        """Samples in a word, pixels of packed RGB."""
        return 1 if self.order else 4 // self.dtype.itemsize

    @property
    def lane(self) -> tuple[int, int]:
        """Pixels that a lane writes in x and y: four words of each plane, or eight of luma."""
        if self.order:
            return 4, 1
        return 4 * self.samples << (self.half_x and not self.pairs), 1 << self.half_y

    @property
    def words(self) -> int:
        """Words of a row of luma that a lane writes."""
        return self.lane[0] // self.samples

    @property
    def chroma_samples(self) -> int:
        """Samples of U that a lane writes."""
        return self.lane[0] >> self.half_x


PLANE_FORMS = {
    form.name: form
    for form in (
        PlaneForm("nv12", 8, True, True, pairs=True),
        PlaneForm("yuv420p", 8, True, True),
        PlaneForm("yuv422p", 8, True, False),
        PlaneForm("yuv444p", 8, False, False),
        PlaneForm("yuv420p10le", 10, True, True),
        PlaneForm("yuv422p10le", 10, True, False),
        PlaneForm("yuv444p10le", 10, False, False),
        PlaneForm("yuva420p", 8, True, True, alpha=True),
        PlaneForm("yuva444p10le", 10, False, False, alpha=True),
        PlaneForm("rgba_straight", 8, False, False, alpha=True, order=(0, 1, 2, 3)),
        PlaneForm("bgra_straight", 8, False, False, alpha=True, order=(2, 1, 0, 3)),
        PlaneForm("bgr0", 8, False, False, order=(2, 1, 0, 3)),
    )
}


def plane_values(form: PlaneForm, color: int) -> dict[str, int | str]:
    """Return the values that `ops.source.join` needs for output/planes. What is flattened on black keeps its R, G and B."""
    bits = 8 * form.dtype.itemsize
    step = form.lane[0] // 4
    return {
        "LANESX": PLANE_LANES[0],
        "LANESY": PLANE_LANES[1],
        "COLUMNS": form.lane[0],
        "ROWS": form.lane[1],
        "FOUR": 4,
        "STEP": step,
        "SPAN": step + 1,
        "QUADS": form.words // 4,
        "SAMPLES": form.samples,
        "CHROMA": form.chroma_samples // 4,
        "BITS": bits,
        "EVERY": bits * (1 + form.pairs),
        "TOP": form.top,
        "SHIFT": form.shift,
        "HALFX": int(form.half_x),
        "HALFY": int(form.half_y),
        "ALPHA": int(form.alpha),
        "FLATTEN": int(not form.alpha and (bool(form.order) or color & 0xFFFFFF != 0)),
        "PAIRS": int(form.pairs),
        "PACKED": int(bool(form.order)),
        "RED": 8 * form.order.index(0) if form.order else 0,
        "BLUE": 8 * form.order.index(2) if form.order else 0,
    }


class PassKernel(NamedTuple):
    """A kernel of its own, which makes one surface of up to four: a shader and its twin.

    Attributes:
        name: unique, in plans and plugins.
        shader: `shaders/passes/SHADER.wgsl` and `wavyte_gpu/ops/passes/SHADER.py`.
        values: what the shader's directives and `$NAME` refer to; the twin takes the same as keywords in lower case.
        lane: px that a lane writes in x and y, `$COLUMNS` and `$ROWS`.
        code, twin: of a third party, instead of `shader`: the WGSL text and the `execute` function.

    `execute(params, dest, inputs, **values)` writes `dest` in place. Arrays are whole surfaces, in the NumPy form of their PixelFormat;
    texel (0, 0) of `dest` lies at `params["head"]["origin"][:2]`, that of input i at `params["head"]["bounds"][i, :2]`.
    """

    name: str
    shader: str = ""
    values: tuple[tuple[str, int | str], ...] = ()
    lane: tuple[int, int] = (1, ROWS)
    code: str = ""
    twin: Callable[..., None] | None = None

    @property
    def execute(self) -> Callable[..., None]:
        """The twin."""
        twin = self.twin or import_module(f"wavyte_gpu.ops.passes.{self.shader}").execute

        def run(params: Any, dest: Any, inputs: Sequence[Any]) -> None:
            twin(params, dest, inputs, **{name.lower(): value for name, value in self.values})

        return run


PASSES = (
    PassKernel("mask", "mask"),
    PassKernel("mix", "mix", (("SHAPE", "constant"),)),
    PassKernel("wipe", "mix", (("SHAPE", "linear"),)),
    PassKernel("iris_circle", "mix", (("SHAPE", "circle"),)),
    PassKernel("iris_rect", "mix", (("SHAPE", "rect"),)),
    PassKernel("iris_diamond", "mix", (("SHAPE", "diamond"),)),
    PassKernel("color_matrix", "color_matrix", (("FORM", "keep"),)),
    PassKernel("color_matrix_any", "color_matrix", (("FORM", "any"),)),
    *(
        PassKernel(f"blur_down_{axes}", "blur_down", (("X", int("x" in axes)), ("Y", int("y" in axes))), (1, 4))
        for axes in ("x", "y", "xy")
    ),
    *(
        PassKernel(f"blur_up_{axes}", "blur_up", (("X", int("x" in axes)), ("Y", int("y" in axes)), ("PAIRS", 4)))
        for axes in ("x", "y", "xy")
    ),
    PassKernel("blur_fir_x", "blur_fir", (("ALONG", 1), ("FOUR", 4)), (4, 1)),
    PassKernel("blur_fir_y", "blur_fir", (("ALONG", 0), ("FOUR", 4)), (1, 4)),
    PassKernel("spread_x", "spread", (("AXIS", 1),), (1, 1)),
    PassKernel("spread_y", "spread", (("AXIS", 0),), (1, 1)),
    PassKernel("shadow", "shadow", (("CONTENT", 1), ("INNER", 0), ("ONLY", 0))),
    PassKernel("shadow_only", "shadow", (("CONTENT", 0), ("INNER", 0), ("ONLY", 1))),
    PassKernel("shadow_inner", "shadow", (("CONTENT", 1), ("INNER", 1), ("ONLY", 0))),
    PassKernel("shadow_inner_only", "shadow", (("CONTENT", 1), ("INNER", 1), ("ONLY", 1))),
)
MAX_INPUTS = 4  # surfaces that a pass reads

_added: list[PassKernel] = []  # by third parties, in the order of their ids


def pass_kernel(kernel: int) -> PassKernel:
    """Return the kernel of an id: the position in PASSES, then the order of `add_pass`."""
    return PASSES[kernel] if kernel < len(PASSES) else _added[kernel - len(PASSES)]


def pass_id(name: str) -> int:
    """Return the id of a kernel.

    Raises:
        KeyError: no kernel has that name.
    """
    for i, kernel in enumerate((*PASSES, *_added)):
        if kernel.name == name:
            return i
    raise KeyError(name)


def add_pass(kernel: PassKernel) -> int:
    """Add a third party's kernel to those of this process; return its id. Adding an equal kernel again is no error.

    Raises:
        LimitError: another kernel has the name, or there are more kernels than ids.
    """
    try:
        known = pass_id(kernel.name)
    except KeyError:
        check_width("pass kernels", len(PASSES) + len(_added) + 1, U16_MAX)
        _added.append(kernel)
        return len(PASSES) + len(_added) - 1
    if pass_kernel(known) != kernel:
        raise LimitError(f"two different kernels are named '{kernel.name}'")
    return known


def pass_values(kernel: PassKernel, output: PixelFormat, inputs: Sequence[PixelFormat]) -> dict[str, int | str]:
    """Return the values that `ops.source.join` needs for a kernel between surfaces of these formats.

    `$OUT` and `$IN` are the texture formats of the output and of the first input; OUTWIDE, INWIDE, OUTALPHA and INALPHA tell which.
    SECOND tells whether there is a second input.
    """
    first = inputs[0] if inputs else PixelFormat.RGBA8_PREMUL
    return {
        **dict(kernel.values),
        "COLUMNS": kernel.lane[0],
        "ROWS": kernel.lane[1],
        "WIDTH": WIDTH,
        "OUT": output.texture,
        "OUTWIDE": int(output == PixelFormat.RGBA16_PREMUL),
        "OUTALPHA": int(output == PixelFormat.ALPHA16),
        "IN": first.texture,
        "INWIDE": int(first == PixelFormat.RGBA16_PREMUL),
        "INALPHA": int(first == PixelFormat.ALPHA16),
        "SECOND": int(len(inputs) > 1),
    }
