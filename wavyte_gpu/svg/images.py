"""`image` elements: pictures inside the file, in place."""

from __future__ import annotations

import base64
import binascii
import io
import warnings
from urllib.parse import unquote_to_bytes

from PIL import Image

from wavyte_gpu.raster.gradient import compose, invert
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.shapes import rect
from wavyte_gpu.svg.context import Context
from wavyte_gpu.svg.painting import NeedsRaster
from wavyte_gpu.svg.scene import Fill, ImageFill
from wavyte_gpu.svg.source import XLINK, Element
from wavyte_gpu.svg.values import fit_viewbox, length

__all__ = ["image_fill"]

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def image_fill(element: Element, context: Context) -> tuple[Outline, Fill] | None:
    """Return an image's outline in its own space, and what it fills in px of the picture.

    Raises:
        ValueError: its data is damaged. NeedsRaster: it is an SVG picture itself.
    """
    target = element.get("href", element.get(XLINK + "href", "")).strip()
    if not target.startswith("data:"):
        return None
    head, comma, payload = target[5:].partition(",")
    if not comma:
        raise ValueError("its data: URI lacks a comma")
    data = unquote_to_bytes(payload)
    if head.lower().replace(" ", "").endswith(";base64"):
        try:
            data = base64.b64decode(b"".join(data.split()))
        except binascii.Error as error:
            raise ValueError(f"its data: URI is damaged: {error}") from None
    if "svg" in head:
        raise NeedsRaster("an SVG picture inside")
    width, height = _pixel_size(data)
    vw, vh = context.viewport
    x, y = (length(element.get(n, "0"), v, context.font_px) for n, v in (("x", vw), ("y", vh)))
    texts = [element.get(name, "auto").strip() for name in ("width", "height")]
    w, h = (None if t == "auto" else length(t, v, context.font_px) for t, v in zip(texts, (vw, vh), strict=True))
    if w is None or h is None:
        w, h = w or (h * width / height if h else width), h or (w * height / width if w else height)
    if not (w > 0.0 and h > 0.0):
        return None
    fit = fit_viewbox([0.0, 0.0, width, height], element.get("preserveAspectRatio", ""), w, h)
    place = compose((1.0, 0.0, 0.0, 1.0, x, y), fit)
    left, top = max(place[4], x), max(place[5], y)
    right, bottom = min(place[4] + width * place[0], x + w), min(place[5] + height * place[3], y + h)
    outline = rect(left, top, right - left, bottom - top)
    whole = compose(compose(context.matrix, place), (width, 0.0, 0.0, height, 0.0, 0.0))
    matrix = invert(whole)
    if matrix is None:
        return None
    m = context.matrix
    placed = outline.transform([[m[0], m[2], m[4]], [m[1], m[3], m[5]]])
    return outline, Fill(placed, False, ImageFill(data, matrix))


def _pixel_size(data: bytes) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                return float(image.width), float(image.height)
        except Exception as error:  # decoders of damaged files raise anything
            raise ValueError(f"its picture can't be read: {error}") from None
