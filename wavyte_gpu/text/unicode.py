"""Properties of characters, Unicode 15.0, from one table in the package: the same on every Python.

`lookup` packs the properties of a character into a u32; `line_class` and its like unpack a column of them.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "BIDI",
    "GRAPHEME",
    "LINE",
    "PAGE_BITS",
    "UNICODE_VERSION",
    "WORD",
    "Tables",
    "bidi_class",
    "code_points",
    "grapheme_class",
    "is_assigned",
    "is_emoji_presentation",
    "is_ignorable",
    "is_pictographic",
    "line_class",
    "lookup",
    "script_index",
    "tables",
    "word_class",
]

UNICODE_VERSION = "15.0.0"
PAGE_BITS = 7

U32s = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Line_Break after LB1 (AI, SG, XX -> AL; CJ -> NS; SA -> CM or AL). OPW and CPW are the East Asian wide ones (LB30),
# IDX is Extended_Pictographic and unassigned (LB30b).
LINE = _names(
    "AL B2 BA BB BK CB CL CM CP CPW CR EB EM EX GL H2 H3 HL HY ID IDX IN IS JL JT JV LF NL NS NU OP OPW PO PR QU RI SP SY WJ ZW ZWJ"
)
WORD = _names(
    "Other CR LF Newline Extend ZWJ Format Katakana Hebrew_Letter ALetter Single_Quote Double_Quote MidNumLet MidLetter MidNum "
    "Numeric ExtendNumLet Regional_Indicator WSegSpace"
)
GRAPHEME = _names("Other CR LF Control Extend ZWJ Regional_Indicator Prepend SpacingMark L V T LV LVT")
BIDI = _names("L R AL EN ES ET AN CS NSM BN B S WS ON LRE LRO RLE RLO PDF LRI RLI FSI PDI")


class Tables(NamedTuple):
    """The two-stage table, the names of scripts (ISO 15924), and the paired brackets."""

    pages: npt.NDArray[np.uint16]
    values: U32s
    scripts: tuple[str, ...]
    brackets: dict[int, tuple[int, bool]]  # character -> (canonical opening bracket, opens)


_READING = threading.Lock()


def tables() -> Tables:
    """Return the tables, read once."""
    with _READING:  # two threads that parse an array's header at a time upset Python 3.11
        return _read()


@cache
def _read() -> Tables:
    with np.load(Path(__file__).parent / "data" / "unicode15.npz", allow_pickle=False) as stored:
        scripts = tuple(bytes(stored["scripts"]).decode("ascii").split())
        brackets = {int(char): (int(opening), bool(opens)) for char, opening, opens in stored["brackets"]}
        return Tables(stored["pages"], stored["values"], scripts, brackets)


def code_points(text: str) -> U32s:
    """Return the code points of `text`, lone surrogates as they are. Shape (N,), uint32."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)


def lookup(chars: U32s) -> U32s:
    """Return the packed properties of every character. Shape (N,), uint32."""
    table = tables()
    page = table.pages[chars >> PAGE_BITS].astype(np.uint32)
    found: U32s = table.values[(page << PAGE_BITS) | (chars & ((1 << PAGE_BITS) - 1))]
    return found


def line_class(properties: U32s) -> Bytes:
    """Return indices into `LINE`."""
    return (properties & 63).astype(np.uint8)


def word_class(properties: U32s) -> Bytes:
    """Return indices into `WORD`."""
    return (properties >> 6 & 31).astype(np.uint8)


def grapheme_class(properties: U32s) -> Bytes:
    """Return indices into `GRAPHEME`."""
    return (properties >> 11 & 15).astype(np.uint8)


def bidi_class(properties: U32s) -> Bytes:
    """Return indices into `BIDI`."""
    return (properties >> 15 & 31).astype(np.uint8)


def script_index(properties: U32s) -> Bytes:
    """Return indices into `Tables.scripts`; 0 is Common, 1 Inherited, 2 unknown."""
    return (properties >> 20 & 255).astype(np.uint8)


def is_pictographic(properties: U32s) -> Bools:
    """Return the property Extended_Pictographic."""
    return (properties >> 28 & 1).astype(np.bool_)


def is_emoji_presentation(properties: U32s) -> Bools:
    """Return the property Emoji_Presentation: coloured unless asked otherwise."""
    return (properties >> 29 & 1).astype(np.bool_)


def is_assigned(properties: U32s) -> Bools:
    """Return False for unassigned code points (Cn), surrogates and control characters."""
    return (properties >> 30 & 1).astype(np.bool_)


def is_ignorable(properties: U32s) -> Bools:
    """Return the property Default_Ignorable_Code_Point."""
    return (properties >> 31 & 1).astype(np.bool_)
