"""Bytes to an element tree: bounded, and without reading any other file."""

from __future__ import annotations

import zlib
from typing import Any, TypeAlias

from lxml import etree

from wavyte_gpu.svg.scene import SvgError

__all__ = ["MAX_BYTES", "MAX_ELEMENTS", "SVG", "XLINK", "Element", "parse"]

MAX_BYTES = 64 << 20
MAX_ELEMENTS = 200_000

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"

Element: TypeAlias = Any  # etree._Element; lxml has no types


def parse(data: bytes) -> Element:
    """Return the root element of a file, which may be compressed by gzip.

    Entities that the file defines itself are resolved, as far as libxml2's bounds on their growth allow; others are not.

    Raises:
        SvgError: it is no XML, its root is no `svg`, or a bound is exceeded.
    """
    if data[:2] == b"\x1f\x8b":
        data = _unzip(data)
    if len(data) > MAX_BYTES:
        raise SvgError(f"the file has {len(data)} bytes; allowed: {MAX_BYTES}", limit=True)
    parser = etree.XMLParser(
        resolve_entities="internal",
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root: Element = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = error.position[0] if isinstance(error, etree.XMLSyntaxError) else None
        raise SvgError(
            f"it is not well-formed XML: {str(error).splitlines()[0] if str(error) else 'empty'}", line
        ) from None
    if root.tag not in (SVG + "svg", "svg"):
        raise SvgError(f"its root element is '{str(root.tag).rpartition('}')[2]}', not 'svg'", root.sourceline)
    if root.tag == "svg":
        raise SvgError('its root element lacks xmlns="http://www.w3.org/2000/svg"', root.sourceline)
    count = sum(1 for _ in root.iter())
    if count > MAX_ELEMENTS:
        raise SvgError(f"it has {count} elements; allowed: {MAX_ELEMENTS}", limit=True)
    return root


def _unzip(data: bytes) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    try:
        out = unzip.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise SvgError(f"it is damaged gzip data: {error}") from None
    if len(out) <= MAX_BYTES and not unzip.eof:
        raise SvgError("its gzip data ends too early")
    return out
