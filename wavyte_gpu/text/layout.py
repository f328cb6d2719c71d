"""Layout: an analysed text becomes positioned glyphs in lines.

The box has its origin at the top left, y down, lengths in px. Its width is `max_width_px` where the alignment needs a box
(`center`, `right`, `end`, `justify`), else that of the widest line, as CSS shrinks to fit. Its height is the sum of the lines'.
A line is as high as the highest `line_height * size` on it, half of what that leaves around ascent and descent above, half
below (CSS 2.2, section 10.8.1). Spaces at the end of a line hang: they count for no width.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.errors import Problem
from wavyte_gpu.text import bidi
from wavyte_gpu.text.analyse import Analysis, join_glyphs
from wavyte_gpu.text.breaker import SOFT_HYPHEN, Breaker, Span
from wavyte_gpu.text.fonts import FontInstance
from wavyte_gpu.text.shape import Glyphs, shape_run
from wavyte_gpu.text.shaped import Align, LayoutOptions, Line, ShapedText

__all__ = ["lay_out", "least_width"]

F64s = npt.NDArray[np.float64]
I32s = npt.NDArray[np.int32]

TAB_SPACES = 8
SHRINK_STEPS, MIN_SHRINK = 4096, 64


class _Piece(NamedTuple):
    """A part of a line: glyphs of one font, from left to right, with advances in px by kind."""

    glyphs: Glyphs
    font: FontInstance
    style: int
    level: int
    place: int  # its first character
    scale: float
    is_tab: bool


class _Laid(NamedTuple):
    """A line before it is aligned: glyphs with x from its own left edge, hanging spaces included."""

    span: Span
    pieces: list[_Piece]
    x: F64s
    width: float
    lead: float  # px of hanging spaces left of the visible text
    height: float
    above: float  # of it, what is above the baseline
    base: int


class _Layout:
    """One text's layout at one set of sizes."""

    def __init__(
        self, text: Analysis, sizes_px: Sequence[float], spacings_px: Sequence[float], options: LayoutOptions
    ) -> None:
        self.text, self.options = text, options
        self.sizes, self.spacings = list(sizes_px), list(spacings_px)
        count = len(text.chars)
        self._shapes: dict[tuple[int, int, int], Glyphs] = {}
        scale = np.zeros(count)
        for item in text.items:
            if not item.is_tab:
                scale[item.start : item.end] = self._scale(item.style, text.fonts[item.font])
        style_spacing = np.array(self.spacings, np.float64)[text.style_of] if count else np.zeros(0)
        self.spacing = np.where(text.spaceable, style_spacing, 0.0)
        first = [style.fonts[0] for style in text.styles]
        stops = [
            TAB_SPACES * (font.space_advance * self._scale(index, font) + self.spacings[index])
            for index, font in enumerate(first)
        ]
        tab_px = np.array(stops, np.float64)[text.style_of] if count else np.zeros(0)
        self.breaker = Breaker(
            text, text.advances * scale + self.spacing, self.spacing, tab_px, self._hyphen_px, self._reshaped_px
        )
        boxes = []
        for index, font in enumerate(first):
            ascent, descent = font.ascent * self._scale(index, font), font.descent * self._scale(index, font)
            half = (options.line_height * self.sizes[index] - (ascent + descent)) * 0.5
            boxes.append((ascent + half, descent + half, options.line_height * self.sizes[index]))
        self._boxes = boxes

    def _scale(self, style: int, font: FontInstance) -> float:
        return self.sizes[style] / font.upem

    # Lines

    def spans(self, width_px: float | None) -> tuple[list[Span], bool]:
        """Return the lines that are shown, and whether something is left out."""
        limit = self.options.max_lines
        out: list[Span] = []
        for span in self.breaker.lines(width_px):
            if limit is not None and len(out) == limit:
                return out, True
            out.append(span)
        if not out:
            out.append(Span(0, 0, False, False, 0))
        return out, False

    def fits(self, width_px: float) -> bool:
        """Return whether all lines fit: no more than `max_lines`, and no word divided."""
        limit = self.options.max_lines
        most = math.inf if limit is None else max(limit, self.breaker.hard_count())
        lines = enumerate(self.breaker.lines(width_px), 1)
        return not any(count > most or span.emergency for count, span in lines)

    def build(self, span: Span, tail: _Piece | None = None, gap_px: float = 0.0) -> _Laid:
        """Return the glyphs of a line.

        Args:
            tail: an ellipsis or a hyphen at its end, after which nothing hangs.
            gap_px: what justification adds to every space.
        """
        text, start, end = self.text, span.start, span.end
        stop = max(int(self.breaker.ends[end]), start)
        if tail is not None:
            end = stop
        base = int(text.base[start]) if start < len(text.base) else int(text.base[-1]) if len(text.base) else 0
        pieces = self._pieces(start, end, base)
        last = int(text.cluster[stop - 1]) if stop > start and tail is None else -1
        if tail is not None:
            pieces.append(tail._replace(level=base))
        widths, advances = [], []
        x, last_tab = 0.0, self._last_tab(start, stop)
        for piece in pieces:
            if piece.is_tab:
                width = self.breaker.next_stop(x, piece.place) - x
                advances.append((np.zeros(0), np.zeros(0)))
            else:
                before, advance = self._advances(piece, last)
                if gap_px:
                    self._justify(piece, before, advance, last_tab, stop, gap_px)
                advances.append((before, advance))
                width = float(before.sum() + advance.sum())
            widths.append(width)
            x += width
        hanging = self._hanging(pieces, widths, advances, stop) if tail is None and stop < end else 0.0
        order = bidi.visual_order([piece.level for piece in pieces])
        xs, pen = [], 0.0
        for index in order:
            before, advance = advances[index]
            steps = before + advance
            xs.append(pen + before + np.concatenate((np.zeros(1), np.cumsum(steps)[:-1])) if len(steps) else steps)
            pen += widths[index]
        height, above = self._line_box(span)
        ordered = [pieces[index] for index in order]
        placed = np.concatenate(xs) if xs else np.zeros(0)
        return _Laid(span, ordered, placed, x - hanging, hanging if base else 0.0, height, above, base)

    def _last_tab(self, start: int, stop: int) -> int:
        """Return the last tab of a line, or what comes before the line."""
        tabs = self.breaker.tabs
        at = int(np.searchsorted(tabs, stop)) - 1
        return int(tabs[at]) if at >= 0 and tabs[at] >= start else start - 1

    def _hanging(
        self, pieces: list[_Piece], widths: list[float], advances: list[tuple[F64s, F64s]], stop: int
    ) -> float:
        """Return the width of what hangs, the characters from `stop` on."""
        total = 0.0
        for piece, width, (before, advance) in zip(reversed(pieces), reversed(widths), reversed(advances), strict=True):
            if piece.place >= stop:
                total += width
                continue
            if not piece.is_tab:
                total += float((before + advance)[piece.glyphs.clusters >= stop].sum())
            break
        return total

    def _line_box(self, span: Span) -> tuple[float, float]:
        """Return the height of a line and where in it the baseline is."""
        styles = self.text.style_of[span.start : max(span.end, span.start + 1)]
        if len(self._boxes) == 1 or len(styles) == 0:
            at = int(self.text.style_of[-1]) if len(self.text.style_of) else 0
            above, _, height = self._boxes[at if len(self._boxes) > 1 else 0]
            return height, above
        boxes = [self._boxes[style] for style in np.unique(styles).tolist()]
        above, below = max(box[0] for box in boxes), max(box[1] for box in boxes)
        return (boxes[0][2] if len(boxes) == 1 else above + below), above

    def _pieces(self, start: int, end: int, base: int) -> list[_Piece]:
        """Return a line's pieces in reading order."""
        text = self.text
        if start >= end:
            return []
        levels = text.levels[start:end]
        cuts: list[int] = []
        if (levels != base).any():
            levels = bidi.line_levels(text.bidi[start:end], levels, base)
            cuts = (np.flatnonzero(levels[1:] != levels[:-1]) + 1 + start).tolist()
        out = []
        index = int(text.item_of[start])
        while index >= 0 and index < len(text.items) and text.items[index].start < end:
            item = text.items[index]
            low, high = max(item.start, start), min(item.end, end)
            font = text.fonts[item.font]
            for first, last in _divide(low, high, cuts):
                glyphs = self._glyphs(index, first, last)
                level = int(levels[first - start])
                if item.level & 1 != level & 1:  # only white space changes its level on a line
                    glyphs = glyphs.reversed()
                scale = self._scale(item.style, font)
                out.append(_Piece(glyphs, font, item.style, level, first, scale, item.is_tab))
            index += 1
        return out

    def _glyphs(self, index: int, start: int, end: int) -> Glyphs:
        """Return the glyphs of a part of an item, shaped anew where it may not simply be cut."""
        text = self.text
        item = text.items[index]
        low, high = item.first_glyph, item.end_glyph
        if (start, end) == (item.start, item.end) or item.is_tab:
            return text.glyphs.part(low, high)
        clusters = text.glyphs.clusters[low:high]
        safe = all(
            place in (item.start, item.end) or (not text.unsafe[place] and int(text.cluster[place]) == place)
            for place in (start, end)
        )
        if safe and len(clusters):
            if item.level & 1:
                backward = clusters[::-1]
                a, b = np.searchsorted(backward, (start, end))
                return text.glyphs.part(high - int(b), high - int(a))
            a, b = np.searchsorted(clusters, (start, end))
            return text.glyphs.part(low + int(a), low + int(b))
        key = index, start, end
        if key not in self._shapes:
            if len(self._shapes) > 4096:
                self._shapes.clear()
            self._shapes[key] = shape_run(
                text.fonts[item.font],
                text.chars,
                start,
                end,
                script=item.script,
                rtl=bool(item.level & 1),
                features=text.styles[item.style].all_features,
            )
        return self._shapes[key]

    def _advances(self, piece: _Piece, last: int) -> tuple[F64s, F64s]:
        """Return px before each glyph and px that it advances; letter spacing is on the far side of its cluster.

        Args:
            last: the cluster that ends the line, which is not spaced.
        """
        glyphs = piece.glyphs
        advance: F64s = glyphs.advances.astype(np.float64) * piece.scale
        before = np.zeros(len(advance))
        if self.spacings[piece.style] and len(advance) and piece.place >= 0:
            owner = self.text.cluster[glyphs.clusters]
            edge = np.ones(len(owner), np.bool_)
            extra = np.where(owner == last, 0.0, self.spacing[owner])
            if piece.level & 1:
                edge[1:] = owner[1:] != owner[:-1]
                before += np.where(edge, extra, 0.0)
            else:
                edge[:-1] = owner[1:] != owner[:-1]
                advance = advance + np.where(edge, extra, 0.0)
        return before, advance

    def _justify(self, piece: _Piece, before: F64s, advance: F64s, low: int, stop: int, gap_px: float) -> None:
        """Widen the spaces of a piece in place."""
        clusters = piece.glyphs.clusters
        if piece.place >= 0 and len(clusters):
            gaps = _is_gap(self.text.chars[clusters]) & (clusters > low) & (clusters < stop)
            gaps[1:] &= clusters[1:] != clusters[:-1]  # once, where marks stand on a space
            target = before if piece.level & 1 else advance
            target += np.where(gaps, gap_px, 0.0)

    def gaps(self, span: Span) -> int:
        """Return how many spaces of a line justification widens."""
        stop = max(int(self.breaker.ends[span.end]), span.start)
        low = self._last_tab(span.start, stop)
        return int(_is_gap(self.text.chars[low + 1 : stop]).sum())

    # Tails

    def tail(self, place: int, choices: tuple[str, ...]) -> _Piece:
        """Return the first of `choices` that a font of the style at `place` has, shaped in that style."""
        text = self.text
        style = int(text.style_of[place]) if len(text.style_of) else 0
        fonts = text.styles[style].fonts
        for choice in choices:
            chars = np.array([ord(char) for char in choice], np.uint32)
            for font in fonts:
                if font.file.covers(chars).all():
                    return self._tail(font, style, place, chars)
        return self._tail(fonts[0], style, place, np.array([ord(char) for char in choices[-1]], np.uint32))

    def _tail(self, font: FontInstance, style: int, place: int, chars: npt.NDArray[np.uint32]) -> _Piece:
        glyphs = shape_run(font, chars, 0, len(chars), features=self.text.styles[style].all_features)
        rows = glyphs.rows.copy()
        rows[:, 1] = max(place, 0)
        glyphs = Glyphs(rows)
        return _Piece(glyphs, font, style, 0, -1, self._scale(style, font), False)

    def _hyphen_px(self, place: int) -> float:
        piece = self.tail(place, ("‐", "-"))
        return float(piece.glyphs.advances.sum() * piece.scale)

    def _reshaped_px(self, start: int, end: int) -> float:
        return self.build(Span(start, end, True, False, end)).width

    def with_tail(self, span: Span) -> _Laid:
        """Return a line, its hyphen made visible where a soft hyphen ends it."""
        end = span.end
        if span.soft and end > span.start and self.text.chars[end - 1] == SOFT_HYPHEN:
            return self.build(span, self.tail(end - 1, ("‐", "-")))
        return self.build(span)

    def ellipsis(self, span: Span, width_px: float | None) -> _Laid:
        """Return a line that ends in an ellipsis, shortened by clusters until it fits."""
        places = np.flatnonzero(self.text.cluster == np.arange(len(self.text.chars)))
        end = span.end
        while True:
            stop = max(int(self.breaker.ends[end]), span.start)
            piece = self.tail(max(stop - 1, 0), ("…", "..."))
            laid = self.build(span._replace(end=stop, soft=False), piece)
            if width_px is None or laid.width <= width_px + 2.0**-10 or stop <= span.start:
                return laid
            excess = laid.width - width_px
            aim = float(self.breaker.sums[stop]) - excess
            low, high = np.searchsorted(places, (span.start, stop))
            inner = places[low:high]
            at = int(np.searchsorted(self.breaker.sums[inner], aim, "right")) - 1
            end = int(inner[min(max(at, 0), len(inner) - 1)]) if len(inner) else span.start


def _divide(low: int, high: int, cuts: list[int]) -> list[tuple[int, int]]:
    """Return the parts of a range between ascending cuts."""
    if not cuts:
        return [(low, high)]
    bounds = [low, *cuts[bisect_right(cuts, low) : bisect_left(cuts, high)], high]
    return list(pairwise(bounds))


def _is_gap(chars: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (chars == 0x20) | (chars == 0xA0)
    return found


def lay_out(
    text: Analysis,
    sizes_px: Sequence[float],
    spacings_px: Sequence[float],
    run_of: I32s,
    options: LayoutOptions,
    warnings: tuple[Problem, ...] = (),
) -> ShapedText:
    """Break lines and place glyphs.

    Args:
        text: analysed and shaped.
        sizes_px, spacings_px: font size and letter spacing of every style.
        run_of: (N,) which run of the asset every character comes from.
    """
    layout = _Layout(text, sizes_px, spacings_px, options)
    width = options.max_width_px
    scale = 1.0
    if options.overflow == "shrink" and width is not None and not layout.fits(width):
        scale = _shrink(layout, width)
        width = width / scale
    spans, truncated = layout.spans(width)
    laid = [layout.with_tail(span) for span in spans[:-1]]
    if truncated and options.overflow == "ellipsis":
        laid.append(layout.ellipsis(spans[-1], width))
    else:
        laid.append(layout.with_tail(spans[-1]))
    content = max(0.0, *(line.width for line in laid))
    boxed = width is not None and options.align in ("center", "right", "end", "justify")
    box = width if boxed and width is not None else content
    if options.align == "justify":
        for index, line in enumerate(laid):
            gaps = layout.gaps(line.span) if line.span.soft else 0
            if gaps and line.width < box:
                laid[index] = layout.build(line.span, None, (box - line.width) / gaps)
    return _emit(layout, laid, box, content, scale, run_of, truncated, warnings)


def least_width(
    text: Analysis, sizes_px: Sequence[float], spacings_px: Sequence[float], options: LayoutOptions
) -> float:
    """Return the width in px in which no word is divided, to 1/64 px, at most `max_width_px`; arguments as of `lay_out`."""
    layout = _Layout(text, sizes_px, spacings_px, replace(options, max_lines=None))
    whole = max((layout.build(span).width for span in layout.spans(options.max_width_px)[0]), default=0.0)
    low, high = 0, int(whole * 64.0) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if layout.fits(middle / 64.0):
            high = middle
        else:
            low = middle
    return high / 64.0


def _shrink(layout: _Layout, width: float) -> float:
    """Return the largest multiple of 1/4096 at which all fits, at least 1/64. Sizes by s are widths by 1/s."""
    low, high = SHRINK_STEPS // MIN_SHRINK, SHRINK_STEPS
    while high - low > 1:
        middle = (low + high) // 2
        if layout.fits(width * SHRINK_STEPS / middle):
            low = middle
        else:
            high = middle
    return low / SHRINK_STEPS


def _emit(
    layout: _Layout,
    laid: list[_Laid],
    box: float,
    content: float,
    scale: float,
    run_of: I32s,
    truncated: bool,
    warnings: tuple[Problem, ...],
) -> ShapedText:
    """Align the lines and join their glyphs."""
    text, options = layout.text, layout.options
    number: dict[bytes, int] = {}
    fonts: list[FontInstance] = []
    parts: list[Glyphs] = []
    rows: list[tuple[int, int, float, float]] = []  # per piece: glyphs, font, size, scale
    shift, baselines, counts = [], [], []
    lines = []
    y, first = 0.0, 0
    for line in laid:
        x = _offset(options.align, line.base, box - line.width)
        baseline = y + line.above
        total = 0
        for piece in line.pieces:
            count = len(piece.glyphs)
            if count == 0:
                continue
            if piece.font.key not in number:
                number[piece.font.key] = len(fonts)
                fonts.append(piece.font)
            parts.append(piece.glyphs)
            rows.append((count, number[piece.font.key], layout.sizes[piece.style], piece.scale))
            total += count
        shift.append(x - line.lead)
        baselines.append(baseline)
        counts.append(total)
        bottom = y + line.height
        lines.append(
            Line(
                line.span.start,
                line.span.end,
                first,
                first + total,
                x * scale,
                line.width * scale,
                y * scale,
                baseline * scale,
                bottom * scale,
                bool(line.base),
            )
        )
        first += total
        y = bottom
    glyphs = join_glyphs(parts)
    repeats = [row[0] for row in rows]
    font = np.repeat(np.array([row[1] for row in rows], np.int32), repeats)
    sizes = np.repeat(np.array([row[2] for row in rows], np.float64), repeats)
    scales = np.repeat(np.array([row[3] for row in rows], np.float64), repeats)
    line_of = np.repeat(np.arange(len(laid), dtype=np.int32), counts)
    x_px = np.concatenate([line.x for line in laid]) + np.repeat(np.array(shift), counts) + glyphs.dx * scales
    y_px = np.repeat(np.array(baselines), counts) - glyphs.dy * scales
    owner = text.cluster[glyphs.clusters] if len(text.chars) else np.zeros(len(glyphs), np.int32)
    words = text.words[owner] if len(text.chars) else np.zeros(len(owner), np.int32)
    seen = words >= 0
    word, word_count = _dense(words, seen)
    unit, unit_count = _dense(owner, seen)
    arrays = {
        "font": font,
        "glyph": glyphs.ids.astype(np.uint32),
        "x": x_px * scale + 0.0,
        "y": y_px * scale + 0.0,
        "size_px": sizes * scale,
        "run": run_of[owner] if len(text.chars) else np.zeros(len(owner), np.int32),
        "cluster": owner,
        "unit": unit,
        "word": word,
        "line": line_of,
    }
    for array in arrays.values():
        array.flags.writeable = False
    return ShapedText(
        fonts=tuple(fonts),
        **arrays,
        units=(unit_count, word_count, len(lines)),
        lines=tuple(lines),
        size=(box * scale, y * scale),
        content_width=content * scale,
        baseline=lines[0].baseline,
        scale=scale,
        truncated=truncated,
        missing=text.missing,
        warnings=warnings,
    )


def _dense(values: I32s, seen: npt.NDArray[np.bool_]) -> tuple[I32s, int]:
    """Return the rank of every value among those seen, -1 for the others, and how many ranks there are."""
    out = np.full(len(values), -1, np.int32)
    ranks, inverse = np.unique(values[seen], return_inverse=True)
    out[seen] = inverse
    return out, len(ranks)


def _offset(align: Align, base: int, free: float) -> float:
    """Return where a line begins that leaves `free` px of the box; what is too wide overflows at its far side."""
    side = {
        "start": "right" if base else "left",
        "end": "left" if base else "right",
        "justify": "right" if base else "left",
    }
    place = side.get(align, align)
    return free if place == "right" else free * 0.5 if place == "center" else 0.0
