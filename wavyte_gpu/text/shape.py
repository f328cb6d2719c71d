"""Shaping: a run of one font, script and direction becomes glyphs, by HarfBuzz, in font units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import uharfbuzz as hb  # type: ignore[import-untyped]

from wavyte_gpu.text.fonts import FontInstance

__all__ = ["CONTEXT", "CURSIVE", "LANGUAGE", "Glyphs", "shape_run"]

CONTEXT = 5  # characters on either side that HarfBuzz looks at
I32s = npt.NDArray[np.int32]

LANGUAGE = "und"  # never the machine's locale
CURSIVE = frozenset(
    ("Adlm", "Arab", "Chrs", "Mand", "Mani", "Mong", "Nkoo", "Ougr", "Phag", "Phlp", "Rohg", "Sogd", "Syrc")
)
"""Scripts whose letters join: letter spacing is not applied to them (CSS Text 4, section 8.2.1)."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Shaped glyphs from left to right, G in all, integers in font units, y up as HarfBuzz has it.

    Attributes:
        rows: (G, 6) int32, the columns that the properties name.
    """

    rows: I32s

    @classmethod
    def none(cls) -> Glyphs:
        """Return no glyphs."""
        return cls(np.zeros((0, 6), np.int32))

    @property
    def ids(self) -> I32s:
        """Glyph ids of the font, 0 where there is none for the character."""
        return self.rows[:, 0]

    @property
    def clusters(self) -> I32s:
        """The first character that each glyph stands for; rising, or falling from right to left."""
        return self.rows[:, 1]

    @property
    def advances(self) -> I32s:
        """How far the pen moves."""
        return self.rows[:, 2]

    @property
    def dx(self) -> I32s:
        """From the pen to the glyph's origin."""
        return self.rows[:, 3]

    @property
    def dy(self) -> I32s:
        """From the pen to the glyph's origin, upwards."""
        return self.rows[:, 4]

    @property
    def unsafe(self) -> npt.NDArray[np.bool_]:
        """A line may not begin at this cluster without shaping anew."""
        found: npt.NDArray[np.bool_] = self.rows[:, 5] != 0
        return found

    def part(self, first: int, end: int) -> Glyphs:
        """Return the glyphs first to end."""
        return Glyphs(self.rows[first:end])

    def reversed(self) -> Glyphs:
        """Return the glyphs in the opposite order."""
        return Glyphs(self.rows[::-1])

    def moved(self, by: int) -> Glyphs:
        """Return the glyphs with `by` added to their clusters."""
        return Glyphs(self.rows + np.array([0, by, 0, 0, 0, 0], np.int32))

    def __len__(self) -> int:
        return len(self.rows)


def shape_run(
    font: FontInstance,
    chars: npt.NDArray[np.uint32],
    start: int,
    end: int,
    *,
    script: str = "Zyyy",
    rtl: bool = False,
    features: tuple[tuple[str, int], ...] = (),
) -> Glyphs:
    """Shape `chars[start:end]`; what stands before and after is context, so that Arabic joins across borders of runs.

    Args:
        chars: (N,) code points of the paragraph, none of them a surrogate.
        script: ISO 15924 tag.
        features: OpenType tags and their values for the whole run.

    Returns:
        Glyphs, `clusters` counted in `chars`.
    """
    low, high = max(0, start - CONTEXT), min(len(chars), end + CONTEXT)
    buffer = hb.Buffer()
    buffer.add_codepoints(chars[low:high].tolist(), start - low, end - start)
    buffer.direction = "rtl" if rtl else "ltr"
    buffer.script = script
    buffer.language = LANGUAGE
    hb.shape(font.font, buffer, dict(features))
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    if not infos:
        return Glyphs.none()
    glyphs = [(info.codepoint, info.cluster, info.flags.value & 1) for info in infos]
    places = [position.position for position in positions]  # dx, dy, advance, vertical advance
    rows = [
        (i, cluster + low, place[2], place[0], place[1], unsafe)
        for (i, cluster, unsafe), place in zip(glyphs, places, strict=True)
    ]
    return Glyphs(np.array(rows, np.int32))
