"""What the tests of text share: assets without a schema, fonts of the tests, HarfBuzz by itself."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uharfbuzz as hb

from wavyte_gpu.text import FontBook, ShapedText, shape_text

FONTS = Path(__file__).parent / "fonts"
DATA = Path(__file__).parent / "data"
BOOK = FontBook()

_ASSET: dict[str, Any] = {
    "text": None,
    "runs": None,
    "font_source": None,
    "size_px": 32.0,
    "max_width_px": None,
    "max_lines": None,
    "overflow": "clip",
    "align": "start",
    "line_height": 1.2,
    "letter_spacing_px": 0.0,
    "weight": 400.0,
    "axes": {},
    "features": {},
}
_RUN = dict.fromkeys(("font_source", "size_px", "color", "weight", "letter_spacing_px", "axes", "features"))


def asset(text: str | None = None, **fields: Any) -> Any:
    """Return what looks like a `TextAsset`."""
    assert fields.keys() <= _ASSET.keys()
    return SimpleNamespace(**{**_ASSET, "text": text, **fields})


def run(text: str, **fields: Any) -> Any:
    """Return what looks like a `TextRun`."""
    assert fields.keys() <= _RUN.keys()
    return SimpleNamespace(**{**_RUN, "text": text, **fields})


def resolve(source: str) -> bytes:
    """Return a font of the tests."""
    return (FONTS / source).read_bytes()


def shape(text: str | None = None, *, width: float | None = None, **fields: Any) -> ShapedText:
    """Shape a text with the fonts of the tests, `font="arabic"` for short."""
    if "font" in fields:
        fields["font_source"] = f"{fields.pop('font')}.ttf"
    return shape_text(asset(text, max_width_px=width, **fields), resolve, book=BOOK)


def alone(
    data: bytes, text: str, rtl: bool = False, script: str | None = None, **axes: float
) -> tuple[list[int], list[int], list[int]]:
    """Return glyph ids, advances and horizontal offsets in font units as HarfBuzz gives them for a text by itself."""
    font = hb.Font(hb.Face(data))
    if axes:
        font.set_variations(axes)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.language = "und"
    buffer.direction = "rtl" if rtl else "ltr"
    if script:
        buffer.script = script
    hb.shape(font, buffer)
    places = buffer.glyph_positions
    return [i.codepoint for i in buffer.glyph_infos], [p.x_advance for p in places], [p.x_offset for p in places]


def visual(shaped: ShapedText, text: str, line: int = 0) -> str:
    """Return the characters of a line from left to right, one for each glyph."""
    at = shaped.lines[line]
    return "".join(text[c] for c in shaped.cluster[at.first_glyph : at.end_glyph].tolist())


def line_texts(shaped: ShapedText, text: str) -> list[str]:
    """Return the characters of every line."""
    return [text[line.start : line.end] for line in shaped.lines]
