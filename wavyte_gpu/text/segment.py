"""Where text may be divided: line breaks (UAX #14), words and grapheme clusters (UAX #29), runs of one script (UAX #24).

Every function takes the packed properties of `unicode.lookup`. Rules are evaluated for all places at once, in their order:
the first that applies decides. What is written without spaces between words is divided by `dictionary`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wavyte_gpu.text import unicode as uc

__all__ = [
    "BREAK",
    "MANDATORY",
    "NO_BREAK",
    "grapheme_starts",
    "line_breaks",
    "script_runs",
    "word_starts",
    "word_units",
]

NO_BREAK, BREAK, MANDATORY = 0, 1, 2

U32s = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Index = npt.NDArray[np.intp]


class _Rules:
    """Decisions for places, the first rule that applies to a place wins."""

    def __init__(self, count: int) -> None:
        self.result = np.zeros(count, np.uint8)
        self.open = np.ones(count, np.bool_)

    def __call__(self, where: Bools, value: int) -> None:
        hit = self.open & where
        self.result[hit] = value
        self.open &= ~where


def _table(names: Sequence[str]) -> dict[str, int]:
    return {name: index for index, name in enumerate(names)}


def _last_true(mask: Bools) -> Index:
    """Return for every place the index of the last True at or before it, or -1."""
    return np.maximum.accumulate(np.where(mask, np.arange(len(mask)), -1))


def _odd_in_run(mask: Bools) -> Bools:
    """Return True where a place is the first, third, fifth ... of a run of True."""
    since = np.arange(len(mask)) - _last_true(~mask)
    found: Bools = mask & (since % 2 == 1)
    return found


_L = _table(uc.LINE)
# Characters of the class string are chr(65 + class); the expression is that of UAX #14, section 8.2, example 7.
_SYMBOL = {name: re.escape(chr(65 + index)) for name, index in _L.items()}
_NUMBER = re.compile("{NU}[{NU}{SY}{IS}]*[{CL}{CP}{CPW}]?[{PR}{PO}]?".format_map(_SYMBOL))


def line_breaks(properties: U32s) -> Bytes:
    """Return what may happen before every character, and at the end.

    Returns:
        (N + 1,) uint8 of `NO_BREAK`, `BREAK`, `MANDATORY`; the first is no break (LB2), the last mandatory (LB3).
    """
    count = len(properties)
    out = np.zeros(count + 1, np.uint8)
    if count == 0:
        return out
    out[count] = MANDATORY
    raw = uc.line_class(properties)
    mark = (raw == _L["CM"]) | (raw == _L["ZWJ"])
    base = _last_true(~mark)
    hard = _in(raw, _L, "BK CR LF NL SP ZW")
    orphan = mark & ((base < 0) | hard[base])
    first_orphan = orphan & ~np.concatenate(([False], orphan[:-1]))
    kept = np.flatnonzero(~mark | first_orphan)  # LB9: what stays when marks go with their bases
    cls = np.where(first_orphan[kept], _L["AL"], raw[kept]).astype(np.uint8)  # LB10
    if len(kept) > 1:
        after_joiner = raw[kept[1:] - 1] == _L["ZWJ"]
        out[kept[1:]] = _line_rules(cls, after_joiner)
    return out


def _in(cls: Bytes, table: dict[str, int], names: str) -> Bools:
    member: Bools = np.zeros(64, np.bool_)
    member[[table[name] for name in names.split()]] = True
    found: Bools = member[cls]
    return found


def _line_rules(cls: Bytes, after_joiner: Bools) -> Bytes:
    """Return the decisions between neighbours of `cls`, marks already taken away. Shape (K - 1,)."""

    def is_(values: Bytes, names: str) -> Bools:
        return _in(values, _L, names)

    p, q = cls[:-1], cls[1:]
    pp = np.concatenate((np.full(1, 63, np.uint8), cls[:-2]))
    nn = np.concatenate((cls[2:], np.full(1, 63, np.uint8)))
    solid = _last_true(cls != _L["SP"])[:-1]
    before = np.where(solid >= 0, cls[solid], 63).astype(np.uint8)  # the last class before any spaces
    letters, hangul = "AL HL", "JL JV JT H2 H3"
    rule = _Rules(len(q))
    rule(is_(p, "BK"), MANDATORY)  # LB4
    rule(is_(p, "CR") & is_(q, "LF"), NO_BREAK)  # LB5
    rule(is_(p, "CR LF NL"), MANDATORY)
    rule(is_(q, "BK CR LF NL"), NO_BREAK)  # LB6
    rule(is_(q, "SP ZW"), NO_BREAK)  # LB7
    rule(is_(before, "ZW"), BREAK)  # LB8
    rule(after_joiner, NO_BREAK)  # LB8a
    rule(is_(p, "WJ") | is_(q, "WJ"), NO_BREAK)  # LB11
    rule(is_(p, "GL"), NO_BREAK)  # LB12
    rule(is_(q, "GL") & ~is_(p, "SP BA HY"), NO_BREAK)  # LB12a
    number = _numbers(cls)
    rule(is_(q, "EX"), NO_BREAK)  # LB13, as the numbers of LB25 ask
    rule(is_(q, "CL CP CPW IS SY") & ~is_(p, "NU"), NO_BREAK)
    rule(is_(before, "OP OPW"), NO_BREAK)  # LB14
    rule(is_(before, "QU") & is_(q, "OP OPW"), NO_BREAK)  # LB15
    rule(is_(before, "CL CP CPW") & is_(q, "NS"), NO_BREAK)  # LB16
    rule(is_(before, "B2") & is_(q, "B2"), NO_BREAK)  # LB17
    rule(is_(p, "SP"), BREAK)  # LB18
    rule(is_(p, "QU") | is_(q, "QU"), NO_BREAK)  # LB19
    rule(is_(p, "CB") | is_(q, "CB"), BREAK)  # LB20
    rule(is_(q, "BA HY NS") | is_(p, "BB"), NO_BREAK)  # LB21
    rule(is_(pp, "HL") & is_(p, "HY BA"), NO_BREAK)  # LB21a
    rule(is_(p, "SY") & is_(q, "HL"), NO_BREAK)  # LB21b
    rule(is_(q, "IN"), NO_BREAK)  # LB22
    rule(is_(p, letters) & is_(q, "NU") | is_(p, "NU") & is_(q, letters), NO_BREAK)  # LB23
    rule(is_(p, "PR") & is_(q, "ID IDX EB EM") | is_(p, "ID IDX EB EM") & is_(q, "PO"), NO_BREAK)  # LB23a
    rule(is_(p, "PR PO") & is_(q, letters) | is_(p, letters) & is_(q, "PR PO"), NO_BREAK)  # LB24
    rule(number, NO_BREAK)  # LB25
    rule(is_(p, "PR PO OP OPW HY") & is_(q, "NU") | is_(p, "PR PO") & is_(q, "OP OPW HY") & is_(nn, "NU"), NO_BREAK)
    rule(is_(p, "JL") & is_(q, "JL JV H2 H3"), NO_BREAK)  # LB26
    rule(is_(p, "JV H2") & is_(q, "JV JT") | is_(p, "JT H3") & is_(q, "JT"), NO_BREAK)
    rule(is_(p, hangul) & is_(q, "PO") | is_(p, "PR") & is_(q, hangul), NO_BREAK)  # LB27
    rule(is_(p, letters) & is_(q, letters), NO_BREAK)  # LB28
    rule(is_(p, "IS") & is_(q, letters), NO_BREAK)  # LB29
    rule(is_(p, "AL HL NU") & is_(q, "OP") | is_(p, "CP") & is_(q, "AL HL NU"), NO_BREAK)  # LB30
    rule(_odd_in_run(is_(cls, "RI"))[:-1] & is_(q, "RI"), NO_BREAK)  # LB30a
    rule(is_(p, "EB IDX") & is_(q, "EM"), NO_BREAK)  # LB30b
    rule(rule.open.copy(), BREAK)  # LB31
    return rule.result


def _numbers(cls: Bytes) -> Bools:
    """Return True between neighbours of which the first digit of a number comes before the second."""
    inside = np.zeros(len(cls), np.int32)
    if (cls == _L["NU"]).any():
        for match in _NUMBER.finditer((cls + 65).tobytes().decode("latin-1")):
            inside[match.start() + 1 : match.end()] = 1
    return inside[1:] > 0


_G = _table(uc.GRAPHEME)


def grapheme_starts(properties: U32s) -> Bools:
    """Return True for every character that starts an extended grapheme cluster (GB1 to GB999). Shape (N,)."""
    count = len(properties)
    out = np.ones(count, np.bool_)
    if count < 2:
        return out
    cls = uc.grapheme_class(properties)

    def is_(values: Bytes, names: str) -> Bools:
        return _in(values, _G, names)

    p, q = cls[:-1], cls[1:]
    picture = uc.is_pictographic(properties)
    stem = _last_true(~is_(cls, "Extend"))
    before = np.concatenate(([-1], stem[:-1]))  # the last that does not extend, before each character
    joined = is_(p, "ZWJ") & (before[:-1] >= 0) & picture[before[:-1]] & picture[1:]
    rule = _Rules(count - 1)
    rule(is_(p, "CR") & is_(q, "LF"), 0)  # GB3
    rule(is_(p, "Control CR LF") | is_(q, "Control CR LF"), 1)  # GB4, GB5
    rule(is_(p, "L") & is_(q, "L V LV LVT"), 0)  # GB6
    rule(is_(p, "LV V") & is_(q, "V T") | is_(p, "LVT T") & is_(q, "T"), 0)  # GB7, GB8
    rule(is_(q, "Extend ZWJ SpacingMark") | is_(p, "Prepend"), 0)  # GB9, GB9a, GB9b
    rule(joined, 0)  # GB11
    rule(_odd_in_run(is_(cls, "Regional_Indicator"))[:-1] & is_(q, "Regional_Indicator"), 0)  # GB12, GB13
    rule(rule.open.copy(), 1)
    out[1:] = rule.result > 0
    return out


_W = _table(uc.WORD)


def word_starts(properties: U32s) -> Bools:
    """Return True for every character that starts a word segment (WB1 to WB999). Shape (N,)."""
    count = len(properties)
    out = np.ones(count, np.bool_)
    if count < 2:
        return out
    raw = uc.word_class(properties)
    extends = _in(raw, _W, "Extend Format ZWJ")
    base = _last_true(~extends)
    orphan = extends & ((base < 0) | _in(raw, _W, "CR LF Newline")[base])
    attached = extends & ~(orphan & ~np.concatenate(([False], orphan[:-1])))  # WB4
    kept = np.flatnonzero(~attached)
    out[attached] = False
    if len(kept) > 1:
        at = kept[1:]
        out[at] = _word_rules(raw[kept], raw[at - 1], uc.is_pictographic(properties)[at]) > 0
    return out


def _word_rules(cls: Bytes, previous: Bytes, picture: Bools) -> Bytes:
    """Return the decisions between neighbours of `cls`; `previous` is the class of the character just before."""

    def is_(values: Bytes, names: str) -> Bools:
        return _in(values, _W, names)

    p, q = cls[:-1], cls[1:]
    pp = np.concatenate((np.zeros(1, np.uint8), cls[:-2]))
    nn = np.concatenate((cls[2:], np.zeros(1, np.uint8)))
    letter, mid, mid_number = (
        "ALetter Hebrew_Letter",
        "MidLetter MidNumLet Single_Quote",
        "MidNum MidNumLet Single_Quote",
    )
    wordy = "ALetter Hebrew_Letter Numeric Katakana"
    rule = _Rules(len(q))
    rule(is_(p, "CR") & is_(q, "LF"), 0)  # WB3
    rule(is_(p, "CR LF Newline") | is_(q, "CR LF Newline"), 1)  # WB3a, WB3b
    rule(is_(previous, "ZWJ") & picture, 0)  # WB3c
    rule(is_(previous, "WSegSpace") & is_(q, "WSegSpace"), 0)  # WB3d
    rule(is_(p, letter) & is_(q, letter), 0)  # WB5
    rule(is_(p, letter) & is_(q, mid) & is_(nn, letter), 0)  # WB6
    rule(is_(pp, letter) & is_(p, mid) & is_(q, letter), 0)  # WB7
    rule(is_(p, "Hebrew_Letter") & is_(q, "Single_Quote"), 0)  # WB7a
    rule(is_(p, "Hebrew_Letter") & is_(q, "Double_Quote") & is_(nn, "Hebrew_Letter"), 0)  # WB7b
    rule(is_(pp, "Hebrew_Letter") & is_(p, "Double_Quote") & is_(q, "Hebrew_Letter"), 0)  # WB7c
    rule(is_(p, "Numeric " + letter) & is_(q, "Numeric"), 0)  # WB8, WB9
    rule(is_(p, "Numeric") & is_(q, letter), 0)  # WB10
    rule(is_(pp, "Numeric") & is_(p, mid_number) & is_(q, "Numeric"), 0)  # WB11
    rule(is_(p, "Numeric") & is_(q, mid_number) & is_(nn, "Numeric"), 0)  # WB12
    rule(is_(p, "Katakana") & is_(q, "Katakana"), 0)  # WB13
    rule(is_(p, wordy + " ExtendNumLet") & is_(q, "ExtendNumLet"), 0)  # WB13a
    rule(is_(p, "ExtendNumLet") & is_(q, wordy), 0)  # WB13b
    rule(_odd_in_run(is_(cls, "Regional_Indicator"))[:-1] & is_(q, "Regional_Indicator"), 0)  # WB15, WB16
    rule(rule.open.copy(), 1)
    return rule.result


def word_units(properties: U32s, spaces: Bools, divided: Bools | None = None) -> npt.NDArray[np.int32]:
    """Return which word every character belongs to, -1 for white space. Shape (N,), int32.

    A word begins after white space, and where UAX #29 divides two characters that both are more than punctuation: so
    "Hello," is one unit, "well-known" is one, and every ideograph is one.

    Args:
        divided: (N,) where words begin that a dictionary knows.
    """
    count = len(properties)
    if count == 0:
        return np.zeros(0, np.int32)
    starts = word_starts(properties)
    line = uc.line_class(properties)
    plain = _in(uc.word_class(properties), _W, "Other Single_Quote Double_Quote MidNumLet MidLetter MidNum")
    solid = ~plain | _in(line, _L, "ID IDX EB EM")
    fresh = np.zeros(count, np.bool_)
    fresh[0] = True
    fresh[1:] = spaces[:-1] | (starts[1:] & solid[1:] & solid[:-1])
    if divided is not None:
        fresh |= divided
    fresh &= ~spaces
    unit = np.cumsum(fresh, dtype=np.int32) - 1
    unit[spaces] = -1
    return unit


def script_runs(chars: U32s, properties: U32s) -> Bytes:
    """Return the script of every character, an index into `Tables.scripts`. Shape (N,).

    Common and inherited characters take the script before them (at the start the one that follows), a closing bracket that
    of its opening one.
    """
    script = uc.script_index(properties)
    real = script > 2
    if not real.any():
        return np.zeros(len(script), np.uint8)
    last = _last_true(real)
    out = script[np.where(last >= 0, last, int(np.argmax(real)))]
    if not (script[0] == out).all():
        brackets = uc.tables().brackets
        stack: list[tuple[int, int]] = []
        shift = False
        for index in np.flatnonzero(np.isin(chars, np.fromiter(brackets, np.uint32))).tolist():
            opening, opens = brackets[int(chars[index])]
            if opens:
                stack.append((opening, int(out[index])))
                del stack[:-64]
                continue
            while stack:
                known, value = stack.pop()
                if known == opening:
                    script[index], shift = value, True
                    break
        if shift:
            last = _last_true(script > 2)
            out = script[np.where(last >= 0, last, int(np.argmax(real)))]
    return out
