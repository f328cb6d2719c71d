"""SVG files as outlines, paints and groups; what has no such form is named and rendered by resvg."""

from __future__ import annotations

from wavyte_gpu.svg.reader import read_svg
from wavyte_gpu.svg.scene import Fill, Group, ImageFill, Item, Remains, Scene, SvgError

__all__ = ["Fill", "Group", "ImageFill", "Item", "Remains", "Scene", "SvgError", "read_svg"]
