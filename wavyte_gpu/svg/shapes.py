"""Basic shapes and paths as outlines (SVG 2, chapters 9 and 10). A shape with an error is an error, broken path data ends there."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from wavyte_gpu.raster.outline import Outline, Verb
from wavyte_gpu.raster.shapes import ellipse, rect
from wavyte_gpu.raster.svg_path import PathSyntaxError, parse_path
from wavyte_gpu.svg.source import SVG, Element
from wavyte_gpu.svg.values import length, numbers

__all__ = ["SHAPES", "shape_outline"]

SHAPES = frozenset(SVG + name for name in ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"))


def shape_outline(
    element: Element, viewport: tuple[float, float], font_px: float, note: Callable[[str], None]
) -> Outline:
    """Return the outline of a shape in its own space, empty where it draws nothing.

    Args:
        viewport: width and height that percentages refer to. note: takes what could not be followed.

    Raises:
        ValueError: an attribute is wrong.
    """
    width, height = viewport
    diagonal = math.sqrt((width * width + height * height) / 2.0)

    def size(name: str, whole: float, default: float | None = 0.0) -> float | None:
        text = element.get(name)
        if text is None or text.strip() in ("", "auto"):
            return default
        return length(text, whole, font_px)

    def at(name: str, whole: float) -> float:
        found = size(name, whole)
        assert found is not None
        return found

    kind = element.tag.removeprefix(SVG)
    if kind == "path":
        return _path(element.get("d") or "", note)
    if kind == "rect":
        x, y, w, h = at("x", width), at("y", height), at("width", width), at("height", height)
        rx, ry = size("rx", width, None), size("ry", height, None)
        return _rounded(x, y, w, h, rx, ry)
    if kind == "circle":
        r = at("r", diagonal)
        return ellipse(at("cx", width), at("cy", height), r, r) if r > 0.0 else Outline.empty()
    if kind == "ellipse":
        rx, ry = size("rx", width, None), size("ry", height, None)
        rx, ry = ry if rx is None else rx, rx if ry is None else ry
        drawn = rx is not None and ry is not None and rx > 0.0 and ry > 0.0
        return ellipse(at("cx", width), at("cy", height), rx, ry) if drawn else Outline.empty()  # type: ignore[arg-type]
    if kind == "line":
        ends = [(at("x1", width), at("y1", height)), (at("x2", width), at("y2", height))]
        return Outline(np.array(ends), np.array([Verb.MOVE, Verb.LINE], np.uint8))
    found = numbers(element.get("points") or "")
    points = np.array(found[: len(found) // 2 * 2]).reshape(-1, 2)
    if len(points) < 2:
        return Outline.empty()
    verbs = [Verb.MOVE, *[Verb.LINE] * (len(points) - 1), *([Verb.CLOSE] if kind == "polygon" else [])]
    return Outline(points, np.array(verbs, np.uint8))


def _path(d: str, note: Callable[[str], None]) -> Outline:
    """Parse path data; where it is broken, what comes before the broken command is drawn (SVG 2, 9.5.4)."""
    try:
        return parse_path(d)
    except PathSyntaxError as error:
        note(f"path data is broken at column {error.column + 1}: {error.message}; what precedes it is drawn")
        for end in _ends(d, error.column):
            try:
                return parse_path(d[:end])
            except PathSyntaxError:
                continue
    return Outline.empty()


def _ends(d: str, column: int) -> list[int]:
    """Return where the path may be cut: at the error, and at the starts of the few commands before it."""
    starts = [i for i in range(min(column, len(d) - 1), -1, -1) if d[i].isalpha() and d[i] not in "eE"][:8]
    return [column, *starts]


def _rounded(x: float, y: float, w: float, h: float, rx: float | None, ry: float | None) -> Outline:
    if not (w > 0.0 and h > 0.0):
        return Outline.empty()
    rx, ry = ry if rx is None else rx, rx if ry is None else ry
    if rx is None or ry is None or rx <= 0.0 or ry <= 0.0:
        return rect(x, y, w, h)
    rx, ry = min(rx, w / 2.0), min(ry, h / 2.0)
    arc = f"A{rx!r} {ry!r} 0 0 1"
    return parse_path(
        f"M{x + rx!r} {y!r}H{x + w - rx!r}{arc} {x + w!r} {y + ry!r}V{y + h - ry!r}{arc} {x + w - rx!r} {y + h!r}"
        f"H{x + rx!r}{arc} {x!r} {y + h - ry!r}V{y + ry!r}{arc} {x + rx!r} {y!r}Z"
    )
