"""Write `data/unicode15.npz` from a folder of the Unicode Character Database: `python -m wavyte_gpu.text.build_tables FOLDER`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.text.unicode import BIDI, GRAPHEME, LINE, PAGE_BITS, WORD

__all__ = ["build"]

_SIZE = 0x110000
_LINE = re.compile(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*(\w+)")


def _ranges(path: Path) -> Iterator[tuple[int, int, str]]:
    """Yield (first, end, value) of a UCD property file, `@missing` lines first."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith("# @missing:"):
            match = _LINE.match(line[11:].strip())
            if match:
                yield int(match[1], 16), int(match[2] or match[1], 16) + 1, match[3]
    for line in lines:
        match = _LINE.match(line)
        if match:
            yield int(match[1], 16), int(match[2] or match[1], 16) + 1, match[3]


def _column(path: Path, default: str) -> list[str]:
    out = [default] * _SIZE
    for first, end, value in _ranges(path):
        out[first:end] = [value] * (end - first)
    return out


def _flag(path: Path, name: str) -> list[bool]:
    out = [False] * _SIZE
    for first, end, value in _ranges(path):
        if value == name:
            out[first:end] = [True] * (end - first)
    return out


def _aliases(folder: Path, prop: str) -> dict[str, str]:
    """Return long value names -> short ones, and short ones -> themselves."""
    out = {}
    for line in (folder / "PropertyValueAliases.txt").read_text(encoding="utf-8").splitlines():
        fields = [part.strip() for part in line.split("#")[0].split(";")]
        if fields[0] == prop:
            out.update(dict.fromkeys(fields[1:], fields[1]))
    return out


def build(folder: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of the table.

    Args:
        folder: with `LineBreak.txt`, `auxiliary/`, `extracted/`, `emoji/` and the rest, as the UCD is published.
    """
    category = _column(folder / "extracted" / "DerivedGeneralCategory.txt", "Cn")
    width = _column(folder / "EastAsianWidth.txt", "N")
    line = _column(folder / "LineBreak.txt", "XX")
    word = _column(folder / "auxiliary" / "WordBreakProperty.txt", "Other")
    grapheme = _column(folder / "auxiliary" / "GraphemeBreakProperty.txt", "Other")
    bidi_names = _aliases(folder, "bc")
    bidi = [bidi_names[name] for name in _column(folder / "extracted" / "DerivedBidiClass.txt", "L")]
    script_names = _aliases(folder, "sc")
    script = [script_names[name] for name in _column(folder / "Scripts.txt", "Zzzz")]
    pictographic = _flag(folder / "emoji" / "emoji-data.txt", "Extended_Pictographic")
    presentation = _flag(folder / "emoji" / "emoji-data.txt", "Emoji_Presentation")
    ignorable = _flag(folder / "DerivedCoreProperties.txt", "Default_Ignorable_Code_Point")

    scripts = ["Zyyy", "Zinh", "Zzzz", *sorted(set(script) - {"Zyyy", "Zinh", "Zzzz"})]
    values = np.zeros(_SIZE, np.uint32)
    line_of, word_of = {n: i for i, n in enumerate(LINE)}, {n: i for i, n in enumerate(WORD)}
    grapheme_of, bidi_of = {n: i for i, n in enumerate(GRAPHEME)}, {n: i for i, n in enumerate(BIDI)}
    script_of = {n: i for i, n in enumerate(scripts)}
    word_of["E_Base"] = 0
    for char in range(_SIZE):
        name, kind = line[char], category[char]
        if name in ("AI", "SG", "XX"):
            name = "AL"
        elif name == "CJ":
            name = "NS"
        elif name == "SA":
            name = "CM" if kind in ("Mn", "Mc") else "AL"
        elif name in ("OP", "CP") and width[char] in "FWH":
            name += "W"
        if pictographic[char] and kind == "Cn":
            name = "IDX"
        packed = (
            line_of[name] | word_of[word[char]] << 6 | grapheme_of[grapheme[char]] << 11 | bidi_of[bidi[char]] << 15
        )
        packed |= script_of[script[char]] << 20 | pictographic[char] << 28 | presentation[char] << 29
        packed |= (kind not in ("Cn", "Cs", "Cc")) << 30 | ignorable[char] << 31
        values[char] = packed
    pages: list[int] = []
    stored: list[npt.NDArray[np.uint32]] = []
    seen: dict[bytes, int] = {}
    for page in values.reshape(-1, 1 << PAGE_BITS):
        key = page.tobytes()
        if key not in seen:
            seen[key] = len(stored)
            stored.append(page)
        pages.append(seen[key])
    return {
        "pages": np.array(pages, np.uint16),
        "values": np.concatenate(stored),
        "scripts": np.frombuffer(" ".join(scripts).encode("ascii"), np.uint8),
        "brackets": _brackets(folder),
    }


def _brackets(folder: Path) -> npt.NDArray[np.uint32]:
    """Return rows (character, canonical opening bracket, opens); canonical equivalents of angle brackets are one."""
    same = {0x2329: 0x3008, 0x232A: 0x3009}
    rows = []
    for line in (folder / "BidiBrackets.txt").read_text(encoding="utf-8").splitlines():
        fields = line.split("#")[0].split(";")
        if len(fields) == 3:
            char, pair, opens = int(fields[0], 16), int(fields[1], 16), fields[2].strip() == "o"
            opening = char if opens else pair
            rows.append((char, same.get(opening, opening), opens))
    return np.array(rows, np.uint32)


if __name__ == "__main__":
    np.savez_compressed(Path(__file__).parent / "data" / "unicode15.npz", **build(Path(sys.argv[1])))  # type: ignore[arg-type]
