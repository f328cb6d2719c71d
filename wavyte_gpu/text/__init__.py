"""Text: characters become positioned glyphs and their outlines, on the host, the same on every machine."""

from __future__ import annotations

from wavyte_gpu.text.api import ResolveFont, least_text_width, shape_text
from wavyte_gpu.text.fonts import FontBook, FontFile, FontInstance
from wavyte_gpu.text.shaped import Line, ShapedText

__all__ = ["FontBook", "FontFile", "FontInstance", "Line", "ResolveFont", "ShapedText", "least_text_width", "shape_text"]
