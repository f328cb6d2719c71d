"""Words of scripts that are written without spaces: Thai, Lao, Khmer, Burmese, by ICU's word lists.

A run of such letters is divided into the fewest words of its list; letters that no word holds cost more and stay together. Where
divisions are as good, the one whose first word is longest is taken.
"""

from __future__ import annotations

import lzma
import threading
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.text import unicode as uc

__all__ = ["word_starts"]

Bools = npt.NDArray[np.bool_]
U32s = npt.NDArray[np.uint32]

_SCRIPTS = ("Thai", "Laoo", "Khmr", "Mymr")
_UNKNOWN = 3  # words that a step over letters of no word costs
_FAR = 1 << 30
_LETTERS = (uc.LINE.index("AL"), uc.LINE.index("CM"))  # what UAX #14 makes of the class SA
_SIGNS = frozenset("\u0e2f\u0e46\u0eaf\u0ec6\u17d7")  # of repetition and omission: they end a word
# What stays with the letter before it, and what with the one after: vowels written behind or in front.
_NOT_BEFORE = _SIGNS | frozenset("\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3\u0ebd")
_NOT_AFTER = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4\u17d2\u1039")
_KILLERS = frozenset("\u1039\u103a")  # the consonant before one ends a syllable
_READING = threading.Lock()


class _Words(NamedTuple):
    """A script's words, and the lengths of those that begin with each two characters (or one at the end), longest first."""

    known: frozenset[str]
    lengths: dict[str, tuple[int, ...]]


@cache
def _read(script: str) -> _Words:
    path = Path(__file__).parent / "data" / f"words_{script}.txt.xz"
    listed = lzma.decompress(path.read_bytes()).decode().split("\n")
    known = frozenset(listed)
    lengths: dict[str, set[int]] = {}
    for word in listed:
        lengths.setdefault(word[:2], {1} & {int(word[0] in known)}).add(len(word))
    return _Words(known, {head: tuple(sorted(sizes, reverse=True)) for head, sizes in lengths.items()})


def _words(script: str) -> _Words:
    with _READING:
        return _read(script)


def word_starts(chars: U32s, properties: U32s, starts: Bools) -> Bools:
    """Return True for the characters inside runs of these scripts at which a new word begins. Shape (N,).

    Args:
        starts: (N,) where grapheme clusters begin.
    """
    out = np.zeros(len(chars), np.bool_)
    names = uc.tables().scripts
    numbers = [names.index(script) for script in _SCRIPTS]
    script = uc.script_index(properties)
    mine = np.isin(script, numbers) & np.isin(uc.line_class(properties), _LETTERS)
    if not mine.any():
        return out
    script = np.where(mine, script, 0)
    bounds = np.flatnonzero(np.diff(script, prepend=0, append=0))
    for first, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if mine[first] and end - first > 1:
            text = "".join(map(chr, chars[first:end].tolist()))
            legal = starts[first:end].tolist()
            for at in _divide(text, legal, _words(names[int(script[first])])):
                out[first + at] = True
    return out


def _divide(text: str, legal: list[bool], words: _Words) -> list[int]:
    """Return where in a run its second and later words begin."""
    count = len(text)
    for i in range(1, count):
        if legal[i] and (
            text[i] in _NOT_BEFORE or text[i - 1] in _NOT_AFTER or (i + 1 < count and text[i + 1] in _KILLERS)
        ):
            legal[i] = False
    legal = [*legal, True]
    cost, step, known = [_FAR] * (count + 1), [0] * (count + 1), [False] * (count + 1)
    cost[count] = 0
    following = count
    for i in range(count - 1, -1, -1):
        if i and not legal[i]:
            continue
        # Unknown letters up to the next place where a word may begin; a run of them costs once more than its steps.
        cost[i], step[i] = cost[following] + _UNKNOWN, following
        for length in words.lengths.get(text[i : i + 2]) or words.lengths.get(text[i], ()):
            j = i + length
            if j > count or text[i:j] not in words.known:
                continue
            while j < count and text[j] in _SIGNS:
                j += 1
            if legal[j] and cost[j] + 1 < cost[i]:
                cost[i], step[i], known[i] = cost[j] + 1, j, True
        following = i
    out = []
    at = 0
    while step[at] < count:
        after = step[at]
        if known[at] or known[after]:
            out.append(after)
        at = after
    return out
