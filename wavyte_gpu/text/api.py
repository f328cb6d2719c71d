"""Shape a text asset: the one call that the rest of the program makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.errors import LimitError, Problem, WavyteError
from wavyte_gpu.foundation.hashing import Hasher
from wavyte_gpu.text import unicode as uc
from wavyte_gpu.text.analyse import Analysis, ShapeStyle, analyse
from wavyte_gpu.text.fonts import FontBook, FontFile, design_coords
from wavyte_gpu.text.layout import lay_out, least_width
from wavyte_gpu.text.shaped import LayoutOptions, ShapedText

__all__ = ["MAX_CHARACTERS", "MAX_SIZE_PX", "ResolveFont", "TextLike", "least_text_width", "shape_text"]

MAX_CHARACTERS = 1_000_000
MAX_SIZE_PX = 100_000.0

ResolveFont = Callable[[str], "bytes | FontFile"]


class TextLike(Protocol):
    """What of the schema's `TextAsset` is read here; numbers are bare or have a `value`."""

    @property
    def text(self) -> str | None: ...
    @property
    def runs(self) -> Sequence[Any] | None: ...
    @property
    def font_source(self) -> str | None: ...
    @property
    def size_px(self) -> Any: ...
    @property
    def max_width_px(self) -> float | None: ...
    @property
    def max_lines(self) -> int | None: ...
    @property
    def overflow(self) -> Any: ...
    @property
    def align(self) -> Any: ...
    @property
    def line_height(self) -> float: ...
    @property
    def letter_spacing_px(self) -> float: ...
    @property
    def weight(self) -> float: ...
    @property
    def axes(self) -> Mapping[str, float]: ...
    @property
    def features(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class _Run:
    """A run with everything resolved but its fonts."""

    text: str
    source: str | None
    size_px: float
    spacing_px: float
    weight: float
    axes: Mapping[str, float]
    features: Mapping[str, int]


def shape_text(
    asset: TextLike,
    resolve_font: ResolveFont,
    *,
    book: FontBook | None = None,
    size_px: float | None = None,
    max_width_px: float | None = None,
    path: str = "",
    others: Sequence[str] = (),
) -> ShapedText:
    """Shape and lay out a text.

    Args:
        asset: a `TextAsset` without variables left in it.
        resolve_font: gives the bytes, or the loaded font, of a `font_source`; its errors pass through.
        book: owner of fonts and caches; without one, a book for this call.
        size_px: the size where the asset's is animated.
        max_width_px: a narrower width than the asset's, as a layout imposes it.
        path: JSON Pointer of the asset, for problems.
        others: font sources that are opened for characters which neither the text's fonts nor the shipped one has.

    Raises:
        AssetError: a font is corrupt or of an unsupported kind.
        LimitError: too many characters, or too large a size.
    """
    if book is None:
        with FontBook() as own:
            return shape_text(
                asset, resolve_font, book=own, size_px=size_px, max_width_px=max_width_px, path=path, others=others
            )
    return lay_out(*_analysis(asset, resolve_font, book, size_px, max_width_px, path, others))


def least_text_width(
    asset: TextLike,
    resolve_font: ResolveFont,
    book: FontBook,
    path: str = "",
    others: Sequence[str] = (),
    size_px: float | None = None,
) -> float:
    """Return the width in px that a text needs so that no word of it is divided; arguments and errors as of `shape_text`."""
    analysis, sizes, spacings, _, options, _ = _analysis(asset, resolve_font, book, size_px, None, path, others)
    return least_width(analysis, sizes, spacings, options)


def _analysis(
    asset: TextLike,
    resolve_font: ResolveFont,
    book: FontBook,
    size_px: float | None,
    max_width_px: float | None,
    path: str,
    others: Sequence[str],
) -> tuple[Analysis, list[float], list[float], Any, LayoutOptions, tuple[Problem, ...]]:
    """Return what `lay_out` takes."""
    size = float(size_px if size_px is not None else getattr(asset.size_px, "value", asset.size_px))
    runs = _runs(asset, size)
    _check(runs, path)
    warnings: list[Problem] = []
    chars = uc.code_points("".join(run.text for run in runs))
    shapes, sizes, spacings, style_of, run_of = _styles(asset, runs, resolve_font, book, warnings, chars, others)
    lengths = [len(run.text) for run in runs]
    owner = np.repeat(np.array(style_of, np.int32), lengths)
    analysis = _analysed(book, chars, owner, shapes)
    warnings += _missing_problems(analysis, path)
    widths = [width for width in (asset.max_width_px, max_width_px) if width is not None]
    options = LayoutOptions(
        max_width_px=min(widths, default=None),
        max_lines=asset.max_lines,
        overflow=asset.overflow,
        align=asset.align,
        line_height=asset.line_height,
    )
    run_index = np.repeat(np.array(run_of, np.int32), lengths)
    unique = tuple(dict.fromkeys(warnings))
    return analysis, sizes, spacings, run_index, options, unique


def _runs(asset: TextLike, size_px: float) -> list[_Run]:
    if asset.runs is None:
        whole = _Run(
            asset.text or "",
            asset.font_source,
            size_px,
            asset.letter_spacing_px,
            asset.weight,
            asset.axes,
            asset.features,
        )
        return [whole]

    def own(value: Any, default: Any) -> Any:
        return default if value is None else value

    return [
        _Run(
            run.text,
            own(run.font_source, asset.font_source),
            own(run.size_px, size_px),
            own(run.letter_spacing_px, asset.letter_spacing_px),
            own(run.weight, asset.weight),
            own(run.axes, asset.axes),
            own(run.features, asset.features),
        )
        for run in asset.runs
    ]


def _check(runs: list[_Run], path: str) -> None:
    count = sum(len(run.text) for run in runs)
    if count > MAX_CHARACTERS:
        text = "the text is too long"
        found, allowed = f"{count} characters", f"at most {MAX_CHARACTERS}"
        raise LimitError(Problem("error", "text_length", text, path=path, found=found, allowed=allowed))
    for run in runs:
        if not 0.0 < run.size_px <= MAX_SIZE_PX:
            text, allowed = "the font size is out of bounds", f"above 0, at most {MAX_SIZE_PX:g} px"
            raise LimitError(Problem("error", "text_size", text, path=path, found=f"{run.size_px:g}", allowed=allowed))


def _styles(
    asset: TextLike,
    runs: list[_Run],
    resolve_font: ResolveFont,
    book: FontBook,
    warnings: list[Problem],
    chars: npt.NDArray[np.uint32],
    others: Sequence[str],
) -> tuple[list[ShapeStyle], list[float], list[float], list[int], list[int]]:
    """Return shapes, sizes and spacings of the styles, and for every run its style and its number.

    A character that a run's font does not have is looked for in the text's, in those of the other runs in their order,
    in the font of the package, and in `others`.
    """
    sources = dict.fromkeys([asset.font_source, *(run.source for run in runs)])
    files = {source: book.default() if source is None else _load(source, resolve_font, book) for source in sources}
    for file in files.values():
        warnings += file.warnings
    further = _further(chars, [*files.values(), book.default()], others, resolve_font, book)
    shapes: list[ShapeStyle] = []
    sizes: list[float] = []
    spacings: list[float] = []
    known: dict[tuple[ShapeStyle, float, float], int] = {}
    style_of = []
    for run in runs:
        chain = dict.fromkeys([files[run.source], files[asset.font_source]])
        chain.update(dict.fromkeys(file for source, file in files.items() if source is not None))
        chain.update(dict.fromkeys([book.default(), *further]))
        fonts = []
        for place, file in enumerate(chain):
            coords, problems = design_coords(file, run.axes, run.weight)
            warnings += problems if place == 0 else []
            fonts.append(book.instance(file, dict(coords)))
        features = tuple(sorted((tag, int(value)) for tag, value in run.features.items()))
        shape = ShapeStyle(tuple(fonts), features, run.spacing_px != 0.0)
        key = shape, run.size_px, run.spacing_px
        if key not in known:
            known[key] = len(shapes)
            shapes.append(shape)
            sizes.append(run.size_px)
            spacings.append(run.spacing_px)
        style_of.append(known[key])
    return shapes, sizes, spacings, style_of, list(range(len(runs)))


def _further(
    chars: npt.NDArray[np.uint32],
    files: Sequence[FontFile],
    others: Sequence[str],
    resolve_font: ResolveFont,
    book: FontBook,
) -> list[FontFile]:
    """Return those of `others` that have characters which no font before them has."""
    lost = np.unique(chars)
    lost = lost[~uc.is_ignorable(uc.lookup(lost)) & (lost > 0x20)]
    for file in files:
        lost = lost[~file.covers(lost)]
    out = []
    for source in others:
        if not len(lost):
            break
        try:
            file = _load(source, resolve_font, book)
        except WavyteError:
            continue  # the text that names it says so
        has = file.covers(lost)
        if has.any():
            out.append(file)
            lost = lost[~has]
    return out


def _load(source: str, resolve_font: ResolveFont, book: FontBook) -> FontFile:
    """Return a source's font; `NAME.ttc#2` names a face of a collection."""
    index, where = 0, source
    head, mark, number = source.rpartition("#")
    if mark and number.isascii() and number.isdigit() and head.lower().endswith((".ttc", ".otc")):
        index, where = int(number[:6]), head
    found = resolve_font(where)
    if isinstance(found, FontFile):
        return found
    name = where if not where.startswith("data:") and len(where) <= 120 else where[:60] + "..."
    return book.load(found, name, index)


def _analysed(book: FontBook, chars: Any, style_of: Any, shapes: list[ShapeStyle]) -> Analysis:
    """Return the analysis, from the book's cache when the same text was shaped before at any size."""
    hasher = Hasher().array(chars).array(style_of)
    for shape in shapes:
        hasher.u32(len(shape.fonts)).u8(shape.spaced)
        for font in shape.fonts:
            hasher.bytes(font.key)
        for tag, value in shape.features:
            hasher.text(tag).i64(value)
    return cast(Analysis, book.shaped.get(hasher.digest(), lambda: analyse(chars, style_of, shapes)))


_MESSAGES = {
    "no_glyph": "no font of the text has a glyph for {}",
    "unassigned": "{} is not assigned in Unicode " + uc.UNICODE_VERSION,
    "control": "{} is a control character",
    "surrogate": "{} is half of a surrogate pair",
}


def _missing_problems(analysis: Analysis, path: str) -> list[Problem]:
    out = []
    for item in analysis.missing[:32]:
        char = f"U+{ord(item.char):04X}" + (f" '{item.char}'" if item.char.isprintable() else "")
        found = f"{item.count} in the text, first at character {item.index}"
        hint = (
            "name a font that has it in `font_source`, or in that of another run" if item.reason == "no_glyph" else None
        )
        message = _MESSAGES[item.reason].format(char)
        out.append(Problem("warning", "missing_glyph", message, path=path, found=found, hint=hint))
    rest = len(analysis.missing) - 32
    if rest > 0:
        out.append(Problem("warning", "missing_glyph", f"{rest} more characters have no glyph", path=path))
    return out
