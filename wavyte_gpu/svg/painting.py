"""Fill and stroke of a shape, as fills of outlines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from wavyte_gpu.raster.gradient import GradientFill, TwoCircles
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.overlaps import apart
from wavyte_gpu.raster.stroke import Cap, Join, stroke
from wavyte_gpu.raster.unite import Budget
from wavyte_gpu.svg.context import Context
from wavyte_gpu.svg.scene import Fill, Group, Item, Paint
from wavyte_gpu.svg.servers import GRADIENTS, gradient_paint
from wavyte_gpu.svg.source import SVG, Element
from wavyte_gpu.svg.values import number, parse_colour, premultiplied

__all__ = ["NeedsRaster", "faded", "paint_shape"]

_STROKE_SCALE = 8.0  # strokes are fine enough to be drawn this much larger
_SERVER = re.compile(r"url\(\s*['\"]?#([^'\")]*)['\"]?\s*\)\s*(.*)", re.DOTALL)

Find = Callable[[str], Element | None]


class NeedsRaster(Exception):
    """An element can't be told in outlines; says why."""


def paint_shape(outline: Outline, context: Context, find: Find, budget: Budget) -> list[Item]:
    """Return fill and stroke of an outline given in the space of its context, in the order that `paint-order` asks for.

    Args:
        budget: of the file, for uniting what overlaps.

    Raises:
        ValueError: a property is wrong. NeedsRaster: a paint is a pattern, or there are markers.
    """
    if outline.is_empty or context.get("visibility", "visible") != "visible":
        return []
    for name in ("marker-start", "marker-mid", "marker-end"):
        if context.get(name, "none") != "none":
            raise NeedsRaster("markers")
    out: list[Item] = []
    for which in _order(context.get("paint-order", "normal")):
        draw = _fill if which == "fill" else _stroke
        item = draw(outline, context, find, budget)
        out += [] if item is None else [item]
    return out


def faded(items: Sequence[Item], alpha: float) -> list[Item]:
    """Return items at an opacity: in the paint where there is one alone, else as a group."""
    if alpha >= 1.0:
        return list(items)
    if len(items) == 1:
        item = items[0]
        if isinstance(item, Group):
            return [replace(item, opacity=item.opacity * alpha)]
        paint = _faded_paint(item.paint, alpha)
        if paint is not None:
            return [replace(item, paint=paint)]
    return [Group(tuple(items), alpha)]


def _faded_paint(paint: Paint, alpha: float) -> Paint | None:
    if isinstance(paint, tuple):
        r, g, b, a = paint
        return r * alpha, g * alpha, b * alpha, a * alpha
    if isinstance(paint, GradientFill | TwoCircles):
        stops = tuple((t, (r * alpha, g * alpha, b * alpha, a * alpha)) for t, (r, g, b, a) in paint.stops)
        return replace(paint, stops=stops)
    return None


def _order(text: str) -> list[str]:
    words = [word for word in text.split() if word in ("fill", "stroke")]
    return [*dict.fromkeys([*words, "fill", "stroke"])]


def _fill(outline: Outline, context: Context, find: Find, budget: Budget) -> Fill | None:
    text = context.get("fill", "black")
    if text == "none":
        return None
    placed = _placed(outline, context)
    paint = _paint(text, context.fraction("fill-opacity"), outline, placed, context, find)
    if paint is None:
        return None
    return Fill(*apart(placed, context.get("fill-rule", "nonzero") == "evenodd", budget), paint)


def _stroke(outline: Outline, context: Context, find: Find, budget: Budget) -> Fill | None:
    text = context.get("stroke", "none")
    if text == "none":
        return None
    width = context.px(context.get("stroke-width", "1"))
    if width <= 0.0:
        return None
    cap = Cap.__members__.get(context.get("stroke-linecap", "butt").upper(), Cap.BUTT)
    join = Join.__members__.get(context.get("stroke-linejoin", "miter").upper(), Join.MITER)
    limit = max(number(context.get("stroke-miterlimit", "4")), 1.0)
    dash, offset = _dashes(context)
    scale = _STROKE_SCALE * max(context.scale, 1e-6)
    placed = _placed(stroke(outline, width, cap, join, limit, dash, offset, scale, budget), context)
    if placed.is_empty:
        return None
    paint = _paint(text, context.fraction("stroke-opacity"), outline, placed, context, find)
    return None if paint is None else Fill(placed, False, paint)


def _dashes(context: Context) -> tuple[list[float], float]:
    text = context.get("stroke-dasharray", "none")
    if text == "none":
        return [], 0.0
    dash = [context.px(word) for word in re.split(r"[\s,]+", text.strip()) if word]
    if any(v < 0.0 for v in dash):
        return [], 0.0
    return dash, context.px(context.get("stroke-dashoffset", "0"))


def _paint(text: str, alpha: float, outline: Outline, placed: Outline, context: Context, find: Find) -> Paint | None:
    """Return a paint, None for nothing."""
    match = _SERVER.fullmatch(text.strip())
    if match is not None:
        server = find(match[1].strip())
        if server is not None and server.tag in GRADIENTS:
            return gradient_paint(server, find, outline.bounds(), context, placed.bounds(), alpha)
        if server is not None and server.tag == SVG + "pattern":
            raise NeedsRaster("a pattern")
        text = match[2].strip() or "none"
        if text == "none":
            return None
    text = re.sub(r"\s*icc-color\(.*", "", text.strip())
    if text in ("context-fill", "context-stroke", ""):
        text = "black"
    colour = parse_colour(text) or parse_colour(context.get("color", "black"))
    return None if colour is None else premultiplied(colour, alpha)


def _placed(outline: Outline, context: Context) -> Outline:
    a, b, c, d, e, f = context.matrix
    return outline.transform([[a, c, e], [b, d, f]])
