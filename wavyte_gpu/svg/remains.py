"""What resvg renders: one element, cut out of its document with all that it refers to."""

from __future__ import annotations

import copy
from xml.sax.saxutils import quoteattr

from lxml import etree

from wavyte_gpu.raster.gradient import Box
from wavyte_gpu.svg.context import Context
from wavyte_gpu.svg.scene import Remains
from wavyte_gpu.svg.source import SVG, Element

__all__ = ["cut_out", "definitions", "document"]

_OWN = ("opacity", "mix-blend-mode", "isolation")


def definitions(root: Element) -> str:
    """Return all of a document as definitions, which draw nothing themselves."""
    inner = "".join(_text(child) for child in root.iterchildren(etree.Element))
    return f"<defs>{inner}</defs>"


def cut_out(element: Element, parent: Context, shared: str) -> Remains:
    """Return an element in its place, without its opacity and blend mode.

    Args:
        parent: the context around it. shared: `definitions` of its document.
    """
    own = copy.deepcopy(element)
    own.tail = None
    for name in _OWN:
        own.attrib.pop(name, None)
    for inner in own.iter(etree.Element):
        inner.attrib.pop("id", None)
        inner.attrib.pop("font-family", None)  # there is only the font of the package
    inherited = {name: value for name, value in parent.style.items() if name != "font-family"}
    style = "".join(f" {name}={quoteattr(value)}" for name, value in inherited.items())
    matrix = " ".join(repr(v) for v in parent.matrix)
    width, height = parent.viewport
    body = (
        f'<g transform="matrix({matrix})" font-size="{parent.font_px!r}"{style}>'
        f'<svg width="{width!r}" height="{height!r}" overflow="visible">{_text(own)}</svg></g>'
    )
    return Remains(shared + body, element.tag.removeprefix(SVG))


def document(remains: Remains, box: Box, width: int, height: int) -> str:
    """Return the SVG document of a box, px of the picture, at a size."""
    x0, y0, x1, y1 = box
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="{x0!r} {y0!r} {x1 - x0!r} {y1 - y0!r}" preserveAspectRatio="none">'
        f"{remains.body}</svg>"
    )


def _text(element: Element) -> str:
    return str(etree.tostring(element, encoding="unicode", with_tail=False))
