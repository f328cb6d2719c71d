"""Text elements as outlines: shaped by the package's own text engine, with the font that ships with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from wavyte_gpu.raster.outline import Outline, concat
from wavyte_gpu.svg.context import Context
from wavyte_gpu.svg.source import SVG, Element
from wavyte_gpu.svg.values import length
from wavyte_gpu.text import FontBook, ShapedText, shape_text
from wavyte_gpu.text.glyphs import glyph_outline

__all__ = ["Span", "is_plain", "text_spans"]

_SPACE = re.compile(r"[ \t\r\n\f]+")
_WEIGHTS = {"normal": 400.0, "bold": 700.0, "bolder": 700.0, "lighter": 300.0}
_BASELINES = {
    **{"middle": 0.25, "central": 0.33, "hanging": 0.75, "text-before-edge": 0.93, "before-edge": 0.93},
    **{"text-top": 0.93, "text-after-edge": -0.24, "after-edge": -0.24, "text-bottom": -0.24, "ideographic": -0.24},
}
"""By how much of the size the text moves down."""
_MAX_CHARACTERS = 20_000


@dataclass(slots=True)
class Span:
    """Outlines of one style, in the space of the text element."""

    context: Context
    outline: Outline


@dataclass(slots=True)
class _Run:
    text: str
    context: Context


@dataclass(slots=True)
class _Chunk:
    """Runs that are placed together: at x, y, or where the chunk before ends, moved by dx, dy."""

    x: float | None
    y: float | None
    dx: float = 0.0
    dy: float = 0.0
    runs: list[_Run] = field(default_factory=list)


def is_plain(element: Element) -> bool:
    """Return whether all of a text element can be laid out here."""
    for e in element.iter(SVG + "*"):
        if e.tag.removeprefix(SVG) not in ("text", "tspan", "a", "title", "desc"):
            return False
        if e.get("rotate") or e.get("textLength") or e.get("baseline-shift", "baseline") not in ("baseline", "0"):
            return False
        if e.get("writing-mode", "lr-tb") not in ("lr", "lr-tb", "horizontal-tb", "rl", "rl-tb"):
            return False
        if e.get("text-decoration", "none") != "none":
            return False
    return True


def text_spans(element: Element, context: Context, book: FontBook, note: Callable[[str], None]) -> list[Span]:
    """Return the outlines of a text element, one for each style in each chunk.

    Args:
        context: that of the element itself.

    Raises:
        ValueError: an attribute is wrong.
    """
    chunks: list[_Chunk] = []
    keep = element.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"
    _collect(element, context, chunks, keep)
    if not keep:
        _trim(chunks)
    if sum(len(run.text) for chunk in chunks for run in chunk.runs) > _MAX_CHARACTERS:
        raise ValueError(f"a text of more than {_MAX_CHARACTERS} characters")
    out: list[Span] = []
    x = y = 0.0
    for line in _anchored(chunks):
        anchor = {"middle": 0.5, "end": 1.0}.get(line[0].runs[0].context.get("text-anchor", "start"), 0.0)
        shaped = [_shaped(chunk.runs, book) for chunk in line]
        whole = sum(text.content_width for text in shaped) + sum(chunk.dx for chunk in line[1:])
        x = (x if line[0].x is None else line[0].x) - whole * anchor
        y = y if line[0].y is None else line[0].y
        for chunk, text in zip(line, shaped, strict=True):
            x, y = x + chunk.dx, y + chunk.dy
            out += _spans(chunk, text, x, y, book, note)
            x += text.content_width
    return out


def _anchored(chunks: list[_Chunk]) -> list[list[_Chunk]]:
    """Return the chunks that draw something, in sets that are anchored together: a stated x or y begins one."""
    out: list[list[_Chunk]] = []
    for chunk in chunks:
        chunk.runs = [run for run in chunk.runs if run.text and run.context.font_px > 0.0]
        if not chunk.runs:
            continue
        if not out or chunk.x is not None or chunk.y is not None:
            out.append([])
        out[-1].append(chunk)
    return out


def _spans(
    chunk: _Chunk, shaped: ShapedText, x: float, y: float, book: FontBook, note: Callable[[str], None]
) -> list[Span]:
    """Return the outlines of a chunk whose first baseline begins at (x, y)."""
    families = {run.context.get("font-family", "") for run in chunk.runs} - {""}
    if families:
        note(f"text in '{sorted(families)[0][:60]}' is drawn in the font of the package")
    for warning in shaped.warnings:
        note(warning.message)
    out = []
    for index, run in enumerate(chunk.runs):
        down = _BASELINES.get(run.context.get("dominant-baseline", "auto"), 0.0) * run.context.font_px
        outline = _outline(shaped, index, x, y - shaped.baseline + down, book)
        if not outline.is_empty:
            out.append(Span(run.context, outline))
    return out


def _collect(element: Element, context: Context, chunks: list[_Chunk], keep: bool) -> None:
    """Append the texts of an element and its children, cut where a position is stated."""

    def values(name: str, whole: float) -> list[float]:
        words = re.split(r"[\s,]+", element.get(name, "").strip())
        return [length(word, whole, context.font_px) for word in words if word]

    width, height = context.viewport
    places = [values(name, whole) for name, whole in (("x", width), ("y", height), ("dx", width), ("dy", height))]
    most = max(map(len, places))

    def chunk(k: int) -> _Chunk:
        x, y, dx, dy = (v[k] if k < len(v) else None for v in places)
        return _Chunk(x, y, dx or 0.0, dy or 0.0)

    started = not most
    for text, child in _pieces(element):
        if child is not None:
            if child.get("display") != "none" and child.tag in (SVG + "tspan", SVG + "a"):
                chunks += [] if started else [chunk(0)]
                started = True
                _collect(child, context.inside(child), chunks, keep)
            continue
        text = text.replace("\n", " ").replace("\t", " ").replace("\r", "") if keep else _SPACE.sub(" ", text)
        if not started and text.strip():
            text = text if keep else text.lstrip(" ")
            # One chunk for each character that has a place of its own, the rest follows the last.
            for k in range(min(most, len(text)) - 1):
                chunks.append(chunk(k))
                chunks[-1].runs.append(_Run(text[k], context))
            text = text[min(most, len(text)) - 1 :]
            chunks.append(chunk(most - 1))
            started = True
        if not chunks:
            chunks.append(_Chunk(None, None))
        chunks[-1].runs.append(_Run(text, context))


def _pieces(element: Element) -> list[tuple[str, Element | None]]:
    out: list[tuple[str, Element | None]] = [(element.text or "", None)]
    for child in element:
        out += [("", child), (child.tail or "", None)]
    return [piece for piece in out if piece[0] or piece[1] is not None]


def _trim(chunks: list[_Chunk]) -> None:
    """Collapse spaces across runs; leave those out at both ends."""
    before = " "
    for run in (run for chunk in chunks for run in chunk.runs):
        if before == " ":
            run.text = run.text.lstrip(" ")
        before = run.text[-1:] or before
    for chunk in reversed(chunks):
        for run in reversed(chunk.runs):
            run.text = run.text.rstrip(" ")
            if run.text:
                return


def _shaped(runs: list[_Run], book: FontBook) -> ShapedText:
    first = runs[0].context

    def spacing(context: Context) -> float:
        text = context.get("letter-spacing", "normal")
        return 0.0 if text == "normal" else length(text, context.font_px, context.font_px)

    def weight(context: Context) -> float:
        text = context.get("font-weight", "normal")
        return _WEIGHTS.get(text) or (float(text) if text.isdigit() else 400.0)

    plain = [
        SimpleNamespace(
            text=run.text.replace(" ", "\u00a0"),  # no space hangs, none is a break
            font_source=None,
            size_px=run.context.font_px,
            letter_spacing_px=spacing(run.context),
            weight=weight(run.context),
            axes=None,
            features=None,
        )
        for run in runs
    ]
    asset = SimpleNamespace(
        text=None,
        runs=plain,
        font_source=None,
        size_px=first.font_px,
        max_width_px=None,
        max_lines=None,
        overflow="clip",
        align="left",
        line_height=1.2,
        letter_spacing_px=0.0,
        weight=400.0,
        axes={},
        features={},
    )
    return shape_text(asset, lambda source: b"", book=book)


def _outline(shaped: ShapedText, run: int, x: float, y: float, book: FontBook) -> Outline:
    found = []
    for i in np.flatnonzero(shaped.run == run).tolist():
        font = shaped.fonts[int(shaped.font[i])]
        outline = glyph_outline(book, font, int(shaped.glyph[i]))
        scale = float(shaped.size_px[i]) / font.upem
        if not outline.is_empty:
            at = np.array([float(shaped.x[i]) + x, float(shaped.y[i]) + y])
            found.append(Outline(outline.points * scale + at, outline.verbs))
    return concat(found)
