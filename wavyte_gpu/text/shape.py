"""Shaping: a run of one font, script and direction becomes glyphs, by HarfBuzz, in font units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import uharfbuzz as hb  # type: ignore[import-untyped]

from wavyte_gpu.text.fonts import FontInstance

__all__ = ["CONTEXT", "CURSIVE", "LANGUAGE", "Glyphs", "shape_run"]

CONTEXT = 8  # characters on either side that HarfBuzz may look at; it looks at five
LANGUAGE = "und"  # never the machine's locale
CURSIVE = frozenset(
    ("Adlm", "Arab", "Chrs", "Mand", "Mani", "Mong", "Nkoo", "Ougr", "Phag", "Phlp", "Rohg", "Sogd", "Syrc")
)
"""Scripts whose letters join: letter spacing is not applied to them (CSS Text 4, section 8.2.1)."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Shaped glyphs from left to right, G in all, integers in font units, y up as HarfBuzz has it.

    Attributes:
        ids: (G,) uint32 glyph ids of the font, 0 where there is none for the character.
        clusters: (G,) int32, the first character that each glyph stands for; rising, or falling from right to left.
        advances, dx, dy: (G,) int32.
        unsafe: (G,) bool, a line may not begin at this cluster without shaping anew.
    """

    ids: npt.NDArray[np.uint32]
    clusters: npt.NDArray[np.int32]
    advances: npt.NDArray[np.int32]
    dx: npt.NDArray[np.int32]
    dy: npt.NDArray[np.int32]
    unsafe: npt.NDArray[np.bool_]

    def part(self, first: int, end: int) -> Glyphs:
        """Return the glyphs first to end."""
        at = slice(first, end)
        return Glyphs(self.ids[at], self.clusters[at], self.advances[at], self.dx[at], self.dy[at], self.unsafe[at])


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
    count = len(infos)
    if count == 0:
        none = np.zeros(0, np.int32)
        return Glyphs(np.zeros(0, np.uint32), none, none, none, none, np.zeros(0, np.bool_))
    rows = np.array([(info.codepoint, info.cluster, info.flags & 1) for info in infos], np.int64)
    places = np.array([position.position for position in positions], np.int64)  # dx, dy, advance, vertical advance
    narrow = places.clip(-(2**30), 2**30).astype(np.int32)
    clusters = (rows[:, 1] + low).astype(np.int32)
    return Glyphs(rows[:, 0].astype(np.uint32), clusters, narrow[:, 2], narrow[:, 0], narrow[:, 1], rows[:, 2] != 0)
