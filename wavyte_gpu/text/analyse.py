"""Analysis of a text apart from its sizes: fonts and fallback, directions, break opportunities, shaped items."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from wavyte_gpu.text import bidi, segment
from wavyte_gpu.text import unicode as uc
from wavyte_gpu.text.dictionary import word_starts
from wavyte_gpu.text.fonts import FontInstance
from wavyte_gpu.text.shape import CONTEXT, CURSIVE, Glyphs, shape_run

__all__ = ["TAB", "Analysis", "Item", "Missing", "ShapeStyle", "analyse", "join_glyphs"]

U32s = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
I32s = npt.NDArray[np.int32]

REPLACEMENT = 0xFFFD
TAB = 9
_ALLOWED_CONTROLS = (9, 10, 11, 12, 13, 0x85)
_NO_LIGATURES = (("liga", 0), ("clig", 0), ("dlig", 0), ("hlig", 0))
_BIDI_B = uc.BIDI.index("B")
_TERMINATORS = np.array([uc.LINE.index(name) for name in ("BK", "CR", "LF", "NL")], np.uint8)
# Spaces that hang at the end of a line: white space but for the ones that glue, and the tab.
_HANGING = np.array([9, 0x20, 0x1680, *range(0x2000, 0x2007), *range(0x2008, 0x200B), 0x205F, 0x3000], np.uint32)
_GLUE = np.array([0xA0, 0x2007, 0x202F], np.uint32)
_SHORT, _MAX_KNOWN = 32, 65_536
_VS15, _VS16 = 0xFE0E, 0xFE0F


@dataclass(frozen=True, slots=True)
class ShapeStyle:
    """What of a style decides about glyphs: fonts in order of preference, features, whether letters are spaced."""

    fonts: tuple[FontInstance, ...]
    features: tuple[tuple[str, int], ...] = ()
    spaced: bool = False

    @property
    def all_features(self) -> tuple[tuple[str, int], ...]:
        """The features that HarfBuzz gets; spaced letters form no optional ligatures unless asked for."""
        if not self.spaced:
            return self.features
        given = {tag for tag, _ in self.features}
        return (*(pair for pair in _NO_LIGATURES if pair[0] not in given), *self.features)


@dataclass(frozen=True, slots=True)
class Missing:
    """A character that no font of its text has.

    Attributes:
        char: as the text has it; a lone surrogate stays one.
        index: of its first occurrence, in code points.
        count: occurrences.
        reason: `no_glyph`, `unassigned`, `control` or `surrogate`.
    """

    char: str
    index: int
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """A run of one font, style, script and level, shaped as a whole; glyphs first_glyph to end_glyph of the analysis."""

    start: int
    end: int
    style: int
    font: int
    level: int
    script: str
    is_tab: bool
    first_glyph: int
    end_glyph: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """A text of N characters, analysed and shaped; G glyphs.

    Attributes:
        chars: (N,) uint32, what can't be shown replaced by U+FFFD.
        fonts: every font that an item uses, and the first of every style.
        items: in the order of the text, together all of it but line terminators.
        item_of: (N,) int32, -1 for line terminators.
        style_of: (N,) int32.
        base: (N,) uint8, level of the paragraph.
        levels, bidi: (N,) uint8, resolved levels before L1, and classes.
        breaks: (N + 1,) as `segment.line_breaks`.
        hangs, space, terminator: (N,) bool; `space` is white space of every kind.
        words: (N,) int32, as `segment.word_units`.
        cluster: (N,) int32, the first character of each character's cluster: HarfBuzz's joined with the grapheme's.
        advances: (N,) int64 font units, of a cluster's glyphs at its first character.
        unsafe: (N,) bool, a line that begins here must be shaped anew.
        spaceable: (N,) bool, letter spacing follows the cluster that starts here.
        glyphs: all glyphs, item by item, from left to right in each.
    """

    chars: U32s
    styles: tuple[ShapeStyle, ...]
    fonts: tuple[FontInstance, ...]
    items: tuple[Item, ...]
    item_of: I32s
    style_of: I32s
    base: npt.NDArray[np.uint8]
    levels: npt.NDArray[np.uint8]
    bidi: npt.NDArray[np.uint8]
    breaks: npt.NDArray[np.uint8]
    hangs: Bools
    space: Bools
    terminator: Bools
    words: I32s
    cluster: I32s
    advances: npt.NDArray[np.int64]
    unsafe: Bools
    spaceable: Bools
    glyphs: Glyphs
    missing: tuple[Missing, ...]

    @property
    def nbytes(self) -> int:
        """About how much memory it holds."""
        return 64 * len(self.chars) + 24 * len(self.glyphs) + 200 * len(self.items) + 1024


def analyse(chars: U32s, style_of: I32s, styles: Sequence[ShapeStyle]) -> Analysis:
    """Analyse and shape a text.

    Args:
        chars: (N,) code points as the text has them.
        style_of: (N,) index into `styles`; a cluster has the style of its first character.
    """
    source, chars, reasons = chars, chars.copy(), np.zeros(len(chars), np.uint8)
    surrogate = (chars >= 0xD800) & (chars < 0xE000)
    control = ((chars < 32) | (chars >= 127) & (chars < 160)) & ~np.isin(chars, _ALLOWED_CONTROLS)
    chars[surrogate | control] = REPLACEMENT
    reasons[surrogate], reasons[control] = 1, 2
    properties = uc.lookup(chars)
    unassigned = ~uc.is_assigned(properties) & ~np.isin(chars, _ALLOWED_CONTROLS)
    if unassigned.any():  # a font may be newer than the table
        known = np.zeros(len(chars), np.bool_)
        for index, style in enumerate(styles):
            for font in style.fonts:
                known |= (style_of == index) & font.file.covers(chars)
        unassigned &= ~known & ~uc.is_ignorable(properties)
        chars[unassigned], reasons[unassigned] = REPLACEMENT, 3
        properties = uc.lookup(chars)

    starts = segment.grapheme_starts(properties)
    cluster = np.maximum.accumulate(np.where(starts, np.arange(len(chars)), 0)).astype(np.int32)
    style_of = style_of[cluster]
    line_class = uc.line_class(properties)
    terminator = np.isin(line_class, _TERMINATORS)
    hangs = np.isin(chars, _HANGING) & np.append(starts[1:], np.ones(min(len(starts), 1), np.bool_))  # no mark on it
    space = hangs | terminator | np.isin(chars, _GLUE)
    classes = uc.bidi_class(properties)
    base, levels = _levels(chars, classes)
    levels = levels[cluster]
    script_of = _cluster_scripts(chars, properties, cluster)
    fonts, font_of = _choose_fonts(chars, properties, starts, style_of, styles, terminator)
    items, glyphs, item_of = _shape(chars, style_of, font_of, script_of, levels, base, terminator, styles, fonts)

    divided = word_starts(chars, properties, starts)
    breaks = segment.line_breaks(properties)
    breaks[:-1][divided & (breaks[:-1] == segment.NO_BREAK)] = segment.BREAK
    count = len(chars)
    first = np.zeros(count, np.bool_)
    first[glyphs.clusters] = True
    first |= terminator | (chars == TAB)
    first &= starts
    if count:
        first[0] = True
    cluster = np.maximum.accumulate(np.where(first, np.arange(count), 0)).astype(np.int32)
    owner = cluster[glyphs.clusters]
    advances = np.bincount(owner, weights=glyphs.advances, minlength=count).astype(np.int64)
    unsafe = np.zeros(count, np.bool_)
    unsafe[glyphs.clusters[glyphs.unsafe]] = True
    names = uc.tables().scripts
    cursive = np.array([name in CURSIVE for name in names], np.bool_)
    spaceable = first & (advances != 0) & ~cursive[script_of]
    return Analysis(
        chars=chars,
        styles=tuple(styles),
        fonts=fonts,
        items=items,
        item_of=item_of,
        style_of=style_of,
        base=base,
        levels=levels,
        bidi=classes,
        breaks=breaks,
        hangs=hangs,
        space=space,
        terminator=terminator,
        words=segment.word_units(properties, space, divided),
        cluster=cluster,
        advances=advances,
        unsafe=unsafe,
        spaceable=spaceable,
        glyphs=glyphs,
        missing=_missing(source, chars, properties, reasons, glyphs, cluster, font_of, fonts),
    )


def _levels(chars: U32s, classes: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return the paragraph's level and the resolved level of every character.

    A paragraph without a strong character has the direction of the one before it (HL1).
    """
    count = len(chars)
    base, levels = np.zeros(count, np.uint8), np.zeros(count, np.uint8)
    if not np.isin(classes, (bidi.R, bidi.AL, bidi.AN)).any() and (classes < bidi.LRE).all():
        return base, levels
    ends = np.flatnonzero(classes == _BIDI_B) + 1
    start, direction = 0, 0
    for end in (*ends.tolist(), count):
        if end > start:
            part = slice(start, end)
            found = bidi.base_level(classes[part])
            direction = direction if found is None else found
            base[part] = direction
            levels[part] = bidi.levels(chars[part], classes[part], direction)
        start = end
    return base, levels


def _cluster_scripts(chars: U32s, properties: U32s, cluster: I32s) -> npt.NDArray[np.uint8]:
    """Return the script of every character's grapheme cluster: the base's, or its first mark's if the base has none."""
    script = segment.script_runs(chars, properties)
    real = uc.script_index(properties) > 2
    lent = np.flatnonzero(real & ~real[cluster])[::-1]  # backwards: the first mark is written last
    script[cluster[lent]] = script[lent]
    return script[cluster]


def _choose_fonts(
    chars: U32s, properties: U32s, starts: Bools, style_of: I32s, styles: Sequence[ShapeStyle], skip: Bools
) -> tuple[tuple[FontInstance, ...], I32s]:
    """Return the fonts in use and the index of each character's.

    A grapheme cluster takes the first font that has all of it (emoji the first coloured one), else the first that has its
    composed or decomposed form, else the first that has its first character, else the first. A space stays in the font
    of what precedes it, and so does what is never seen.
    """
    fonts: list[FontInstance] = []
    number: dict[bytes, int] = {}

    def index_of(font: FontInstance) -> int:
        if font.key not in number:
            number[font.key] = len(fonts)
            fonts.append(font)
        return number[font.key]

    firsts = [index_of(style.fonts[0]) for style in styles]
    font_of = np.array(firsts, np.int32)[style_of] if len(chars) else np.zeros(0, np.int32)
    easy = skip | uc.is_ignorable(properties) | (chars == TAB)
    at = np.flatnonzero(starts)
    for index, style in enumerate(styles):
        mine = style_of == index
        if not mine.any():
            continue
        has = easy | ~mine | style.fonts[0].file.covers(chars)
        emoji = (uc.is_emoji_presentation(properties) | (chars == _VS16)) & mine
        if has.all() and not (emoji.any() and len(style.fonts) > 1):
            continue
        table = np.stack([easy | ~mine | font.file.covers(chars) for font in style.fonts])
        whole = np.logical_and.reduceat(table, at, axis=1)
        pick = np.where(whole.any(axis=0), whole.argmax(axis=0), -1)
        if emoji.any():
            coloured = np.array([font.file.has_colour for font in style.fonts])
            wants = np.logical_or.reduceat(emoji, at) & ~np.logical_or.reduceat(chars == _VS15, at)
            fit = whole & coloured[:, None] & wants
            pick = np.where(fit.any(axis=0), fit.argmax(axis=0), pick)
        known: dict[bytes, int] = {}
        bounds = np.append(at, len(chars))
        for place in np.flatnonzero(pick < 0).tolist():
            part = chars[bounds[place] : bounds[place + 1]]
            key = part.tobytes()
            if key not in known:
                known[key] = _fallback(part, style.fonts)
            pick[place] = known[key]
        indices = np.array([index_of(font) for font in style.fonts], np.int32)
        chosen = np.repeat(indices[pick], np.diff(bounds))
        font_of = np.where(mine, chosen, font_of)
        unseen = np.logical_and.reduceat(uc.is_ignorable(properties), at)
        lengths = np.diff(bounds)
        hidden = np.repeat(unseen, lengths)
        blank = ((chars == 0x20) & np.repeat(lengths == 1, lengths) | hidden) & mine
        solid = np.maximum.accumulate(np.where(blank, -1, np.arange(len(chars))))
        source = np.maximum(solid, 0)
        follow = blank & (solid >= 0) & (style_of[source] == index) & ~skip[source]
        for font in set(font_of[source[follow]].tolist()):
            file = fonts[font].file  # the space of emoji is as wide as they are
            spaced = not file.has_colour and bool(file.covers(np.array([0x20], np.uint32))[0])
            font_of = np.where(follow & (hidden | spaced) & (font_of[source] == font), font, font_of)
    return tuple(fonts), font_of.astype(np.int32)


def _fallback(part: U32s, fonts: tuple[FontInstance, ...]) -> int:
    """Return which font shows a cluster best that none has as it stands."""
    text = "".join(map(chr, part.tolist()))
    for form in ("NFC", "NFD"):
        other = uc.code_points(unicodedata.normalize(form, text))
        ignorable = uc.is_ignorable(uc.lookup(other))
        for index, font in enumerate(fonts):
            if (ignorable | font.file.covers(other)).all():
                return index
    for index, font in enumerate(fonts):
        if font.file.covers(part[:1])[0]:
            return index
    return 0


def _shape(
    chars: U32s,
    style_of: I32s,
    font_of: I32s,
    script_of: npt.NDArray[np.uint8],
    levels: npt.NDArray[np.uint8],
    base: npt.NDArray[np.uint8],
    terminator: Bools,
    styles: Sequence[ShapeStyle],
    fonts: tuple[FontInstance, ...],
) -> tuple[tuple[Item, ...], Glyphs, I32s]:
    """Divide the text into items and shape each. Styles that differ in nothing that shapes were made one before."""
    count = len(chars)
    tab = chars == TAB
    key = np.stack([style_of, font_of, script_of, levels, base, terminator]).astype(np.int32)
    change = np.ones(count, np.bool_)
    if count:
        change[1:] = (key[:, 1:] != key[:, :-1]).any(axis=0) | tab[1:] | tab[:-1] | terminator[:-1]
    bounds = [*np.flatnonzero(change).tolist(), count]
    names = uc.tables().scripts
    features = [style.all_features for style in styles]
    items: list[Item] = []
    parts: list[I32s] = []
    moves: list[int] = []
    sizes: list[int] = []
    total = 0
    known: dict[tuple[object, ...], Glyphs] = {}

    def shape(start: int, end: int, style: int, font: int, script: str, rtl: bool) -> Glyphs:
        """Return the glyphs of an item with clusters from its start; short ones are often repeated."""
        low, high = max(0, start - CONTEXT), min(count, end + CONTEXT)
        window = chars[low:high]
        key = (window.tobytes(), start - low, end - start, style, font, script, rtl)
        if end - start <= _SHORT and key in known:
            return known[key]
        part = shape_run(
            fonts[font], window, start - low, end - low, script=script, rtl=rtl, features=features[style]
        ).moved(low - start)
        if end - start <= _SHORT and len(known) < _MAX_KNOWN:
            known[key] = part
        return part

    item_of = np.full(count, -1, np.int32)
    for start, end in pairwise(bounds):
        if terminator[start]:
            continue
        style, font, level = int(style_of[start]), int(font_of[start]), int(levels[start])
        script = names[int(script_of[start])]
        is_tab = bool(tab[start])
        size = 0
        if not is_tab:
            part = shape(start, end, style, font, script, bool(level & 1))
            parts.append(part.rows)
            moves.append(start)
            size = len(part)
            sizes.append(size)
        item_of[start:end] = len(items)
        items.append(Item(start, end, style, font, level, script, is_tab, total, total + size))
        total += size
    if not parts:
        return tuple(items), Glyphs.none(), item_of
    rows = np.concatenate(parts)
    rows[:, 1] += np.repeat(np.array(moves, np.int32), sizes)
    return tuple(items), Glyphs(rows), item_of


def join_glyphs(parts: Sequence[Glyphs]) -> Glyphs:
    """Return all glyphs in one."""
    return Glyphs(np.concatenate([part.rows for part in parts])) if parts else Glyphs.none()


_REASONS = ("no_glyph", "surrogate", "control", "unassigned")


def _missing(
    source: U32s,
    chars: U32s,
    properties: U32s,
    reasons: npt.NDArray[np.uint8],
    glyphs: Glyphs,
    cluster: I32s,
    font_of: I32s,
    fonts: tuple[FontInstance, ...],
) -> tuple[Missing, ...]:
    """Return the characters without a glyph, each once, in order of first occurrence."""
    lost = reasons > 0
    blank = glyphs.clusters[glyphs.ids == 0]
    if len(blank):
        damaged = np.zeros(len(chars), np.bool_)
        damaged[cluster[blank]] = True
        damaged = damaged[cluster]  # all characters of a cluster that shows a missing glyph
        here = damaged & ~uc.is_ignorable(properties)
        for index, font in enumerate(fonts):
            here &= (font_of != index) | ~font.file.covers(chars)
        explained = np.zeros(len(chars), np.bool_)
        explained[cluster[here]] = True
        lost |= here
        lost[cluster[blank][~explained[cluster[blank]]]] = True
    at = np.flatnonzero(lost)
    if len(at) == 0:
        return ()
    values, first, counts = np.unique(source[at], return_index=True, return_counts=True)
    found = sorted(zip(at[first].tolist(), values.tolist(), counts.tolist(), strict=True))
    return tuple(Missing(chr(char), index, count, _REASONS[reasons[index]]) for index, char, count in found)
