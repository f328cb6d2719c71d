"""The result of layout: glyphs in their places, lines and box; and the fields of an asset that decide about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.errors import Problem
from wavyte_gpu.foundation.hashing import Hasher
from wavyte_gpu.text.analyse import Missing
from wavyte_gpu.text.fonts import FontInstance

__all__ = ["Align", "LayoutOptions", "Line", "Overflow", "ShapedText"]

Align = Literal["start", "end", "left", "center", "right", "justify"]
Overflow = Literal["clip", "ellipsis", "shrink"]

F64s = npt.NDArray[np.float64]
I32s = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class LayoutOptions:
    """The fields of a text asset that place glyphs."""

    max_width_px: float | None = None
    max_lines: int | None = None
    overflow: Overflow = "clip"
    align: Align = "start"
    line_height: float = 1.2


class Line(NamedTuple):
    """One line: characters start to end, glyphs first_glyph to end_glyph of the text; lengths in px of the box.

    `x` and `width` are those of the text without hanging spaces; `top`, `baseline` and `bottom` are y.
    """

    start: int
    end: int
    first_glyph: int
    end_glyph: int
    x: float
    width: float
    top: float
    baseline: float
    bottom: float
    rtl: bool


@dataclass(frozen=True, eq=False)
class ShapedText:
    """Glyphs in their places, G in all, line by line from left to right. Immutable.

    Attributes:
        fonts: what `font` counts.
        font: (G,) int32.
        glyph: (G,) uint32, 0 where a character has none.
        x, y: (G,) float64, the glyph's origin on the baseline, px from the box's top left, y down.
        size_px: (G,) float64, px to the em.
        run: (G,) int32, the run of the asset, which has the colour.
        cluster: (G,) int32, the first code point that the glyph stands for.
        unit, word, line: (G,) int32, which glyph unit (visible cluster), word and line it belongs to, in reading order;
            -1 for `unit` and `word` of spaces.
        units: how many units, words and lines there are.
        size: width and height of the box.
        content_width: of the widest line; `size` has it too unless the alignment asks for more.
        baseline: y of the first line's.
        scale: what `shrink` multiplied all sizes by.
        truncated: `max_lines` left something out.
        missing: characters without a glyph.
        warnings: all that was not followed, missing glyphs too.
    """

    fonts: tuple[FontInstance, ...]
    font: I32s
    glyph: npt.NDArray[np.uint32]
    x: F64s
    y: F64s
    size_px: F64s
    run: I32s
    cluster: I32s
    unit: I32s
    word: I32s
    line: I32s
    units: tuple[int, int, int]
    lines: tuple[Line, ...]
    size: tuple[float, float]
    content_width: float
    baseline: float
    scale: float = 1.0
    truncated: bool = False
    missing: tuple[Missing, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.glyph)

    @cached_property
    def content_hash(self) -> bytes:
        """16 bytes over fonts, glyphs, places and box."""
        hasher = Hasher().text("text").u32(len(self.fonts))
        for font in self.fonts:
            hasher.bytes(font.key)
        for array in (self.font, self.glyph, self.x, self.y, self.size_px, self.run, self.unit, self.word, self.line):
            hasher.array(array)
        return hasher.f64(self.size[0]).f64(self.size[1]).f64(self.baseline).digest()
