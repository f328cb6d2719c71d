"""Paint servers: gradients with what they inherit from others by `href`, in the space of the element that they fill."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import cast

from wavyte_gpu.raster import gradient as gradients
from wavyte_gpu.raster.gradient import Affine, Box, Colour, GradientFill, Spread, Stop, TwoCircles
from wavyte_gpu.svg.context import Context, opacity
from wavyte_gpu.svg.source import SVG, XLINK, Element
from wavyte_gpu.svg.values import Straight, length, number, parse_colour, premultiplied, transform

__all__ = ["GRADIENTS", "gradient_paint", "href"]

GRADIENTS = (SVG + "linearGradient", SVG + "radialGradient")
_MAX_CHAIN = 64
_MAX_STOPS = 1024
_PIECES = 16
_BLACK = Straight(0.0, 0.0, 0.0, 1.0)


def href(element: Element) -> str | None:
    """Return the id that an element refers to."""
    target = element.get("href", element.get(XLINK + "href"))
    return target.strip()[1:] if target is not None and target.strip().startswith("#") else None


def gradient_paint(
    element: Element,
    find: Callable[[str], Element | None],
    box: Box,
    context: Context,
    content: Box,
    alpha: float,
) -> GradientFill | TwoCircles | Colour | None:
    """Return what a gradient element paints, None for nothing.

    Args:
        find: the element of an id.
        box: of the filled shape, in its own space. context: the shape's.
        content: bounds of the outline that is filled, px of the picture.
        alpha: multiplies all stops.

    Raises:
        ValueError: an attribute is wrong.
    """
    chain = list(_chain(element, find))
    stops = next((found for e in chain if (found := _stops(e, context, alpha))), [])
    if len(stops) < 2:
        return stops[0][1] if stops else None

    def get(name: str, default: str, mine: bool = True) -> str:
        kinds = (element.tag,) if mine else GRADIENTS
        return next((e.get(name, "") for e in chain if e.tag in kinds and e.get(name) is not None), default)

    spread = cast(Spread, get("spreadMethod", "pad", False))
    if spread not in ("pad", "repeat", "reflect"):
        spread = "pad"
    in_box = get("gradientUnits", "objectBoundingBox", False) != "userSpaceOnUse"
    user_from_gradient = transform(get("gradientTransform", "", False))
    width, height = (1.0, 1.0) if in_box else context.viewport
    if in_box:
        if not (box[2] > box[0] and box[3] > box[1]):
            return None
        place: Affine = (box[2] - box[0], 0.0, 0.0, box[3] - box[1], box[0], box[1])
        user_from_gradient = gradients.compose(place, user_from_gradient)
    matrix = gradients.invert(gradients.compose(context.matrix, user_from_gradient))
    if matrix is None:
        return stops[-1][1]
    diagonal = math.sqrt((width * width + height * height) / 2.0)

    def px(name: str, default: str, whole: float) -> float:
        return length(get(name, default), whole, context.font_px)

    if element.tag == GRADIENTS[0]:
        x1, y1 = px("x1", "0%", width), px("y1", "0%", height)
        dx, dy = px("x2", "100%", width) - x1, px("y2", "0%", height) - y1
        square = dx * dx + dy * dy
        if not square > 1e-18:
            return stops[-1][1]
        unit = (dx / square, 0.0, dy / square, 0.0, -(x1 * dx + y1 * dy) / square, 0.0)
        return gradients.linear(stops, spread, gradients.compose(unit, matrix), content)
    r = px("r", "50%", diagonal)
    if not r > 0.0:
        return stops[-1][1]
    cx, cy = px("cx", "50%", width), px("cy", "50%", height)
    fx, fy = px("fx", repr(cx), width), px("fy", repr(cy), height)
    fr = max(px("fr", "0%", diagonal), 0.0)
    return gradients.circles((fx, fy, fr), (cx, cy, r), stops, spread, matrix, content)


def _chain(element: Element, find: Callable[[str], Element | None]) -> Iterator[Element]:
    """Yield a gradient and those that it refers to."""
    seen: list[Element] = []
    found: Element | None = element
    while found is not None and found not in seen and len(seen) < _MAX_CHAIN and found.tag in GRADIENTS:
        seen.append(found)
        yield found
        target = href(found)
        found = None if target is None else find(target)


def _stops(element: Element, context: Context, alpha: float) -> list[Stop]:
    """Return an element's own stops, positions ascending."""
    found: list[tuple[float, Straight]] = []
    highest = 0.0
    for stop in element.iterchildren(SVG + "stop"):
        try:
            at = number(stop.get("offset", "0"))
        except ValueError:
            at = 0.0
        highest = max(highest, min(max(at, 0.0), 1.0))
        try:
            colour = parse_colour(stop.get("stop-color", "black"))
            if colour is None:
                colour = parse_colour(stop.get("color", context.get("color", "black")))
        except ValueError:
            colour = None
        r, g, b, a = colour or _BLACK
        found.append((highest, Straight(r, g, b, a * opacity(stop.get("stop-opacity")) * alpha)))
        if len(found) == _MAX_STOPS:
            break
    return _premultiplied(found)


def _premultiplied(stops: list[tuple[float, Straight]]) -> list[Stop]:
    """Return premultiplied stops that are at most a quarter of a step away from mixing the colours as they are, as SVG does."""
    out: list[Stop] = []
    for (at, a), (after, b) in zip(stops, [*stops[1:], stops[-1]] if stops else [], strict=True):
        out.append((at, premultiplied(a, 1.0)))
        if a[:3] != b[:3] and a.a != b.a and after > at:
            for k in range(1, _PIECES):
                w = k / _PIECES
                mixed = Straight(*(u * (1.0 - w) + v * w for u, v in zip(a, b, strict=True)))
                out.append((at + (after - at) * w, premultiplied(mixed, 1.0)))
    return out
