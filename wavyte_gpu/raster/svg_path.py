"""Path data as SVG 2 writes it (chapter 9, "Paths") to outlines. Here an error is an error: nothing is rendered up to it."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt

from wavyte_gpu.raster.arcs import expand_arcs
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.pen import Pen

__all__ = ["MAX_COORDINATE", "PathSyntaxError", "parse_path"]

MAX_COORDINATE = 1e9
"""Coordinates beyond it, either way, are errors."""

# Possessive throughout: nothing is ever read twice.
_WS = r"[\t\n\f\r ]*+"
_NUM = r"[+-]?+(?:[0-9]++(?:\.[0-9]++)?+|\.[0-9]++)(?:[eE][+-]?+[0-9]++)?+"
_SEP = rf"{_WS}(?:,{_WS})?+"
_ARC = rf"{_NUM}{_SEP}{_NUM}{_SEP}{_NUM}{_SEP}[01]{_SEP}[01]{_SEP}{_NUM}{_SEP}{_NUM}"
_COMMAND = re.compile(
    rf"(?:[MmLlHhVvCcSsQqTt]{_WS}{_NUM}(?:{_SEP}{_NUM})*+|[Aa]{_WS}{_ARC}(?:{_SEP}{_ARC})*+|[Zz]){_WS}"
)
_NUMBER = re.compile(_NUM)
_SPACE = re.compile(_WS)
_SEPARATOR = re.compile(_SEP)
_FLAGS = re.compile(rf"({_NUM}{_SEP}{_NUM}{_SEP}{_NUM}{_SEP})([01])({_SEP})([01])({_SEP})({_NUM}{_SEP}{_NUM})")
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 1}
_ARGUMENTS |= {letter.lower(): count for letter, count in _ARGUMENTS.items()}
_COMMANDS = "M L H V C S Q T A Z or their small letters"


class PathSyntaxError(ValueError):
    """Path data is not what the grammar allows.

    Attributes:
        column: 0-based index of the character at fault; the text's length where something is missing at its end.
        found, allowed: short texts.
    """

    def __init__(self, message: str, column: int, found: str, allowed: str) -> None:
        super().__init__(f"column {column}: {message}; found {found}; allowed: {allowed}")
        self.message, self.column, self.found, self.allowed = message, column, found, allowed

    def __reduce__(self) -> tuple[Any, ...]:
        return PathSyntaxError, (self.message, self.column, self.found, self.allowed)


class _Run(NamedTuple):
    """A command letter with all of its arguments, and where it lies in the text."""

    letter: str
    column: int
    end: int


@lru_cache(maxsize=8)  # a document is checked, then prepared
def parse_path(d: str) -> Outline:
    """Parse path data.

    Moves that draw nothing are dropped; arcs become cubics, arcs without a radius lines, arcs to where they start nothing;
    negative radii count as positive (B.2.5). An empty text is an empty outline.

    Args:
        d: what SVG writes in the attribute `d`.

    Raises:
        PathSyntaxError: the text does not follow the grammar, or a coordinate lies beyond MAX_COORDINATE.
    """
    runs = _scan(d)
    numbers, counts = _numbers(d, runs)
    pen = Pen(numbers)
    first_points = []
    at = begin = 0
    for index, (run, count) in enumerate(zip(runs, counts, strict=True)):
        letter = run.letter
        if count % _ARGUMENTS[letter]:
            _fail_count(d, run, count)
        at += count
        first_points.append(len(pen.points) >> 1)
        # Equal letters in a row are one command, as if the letter were not repeated.
        if letter in "MmZz" or index + 1 == len(runs) or runs[index + 1].letter != letter:
            pen.draw(letter, begin, at)
            begin = at
    points = np.frombuffer(pen.points, np.float64).reshape(-1, 2) if pen.points else np.zeros((0, 2))
    verbs = np.frombuffer(bytes(pen.verbs), np.uint8)
    beyond = (np.abs(points) > MAX_COORDINATE).any(axis=1)
    if beyond.any():
        run = runs[bisect_right(first_points, int(np.flatnonzero(beyond)[0])) - 1]
        _fail_range("this command leads beyond the coordinates that are allowed", run.column, d[run.column : run.end])
    if pen.arcs:
        points, verbs = expand_arcs(points, verbs, np.array(pen.arcs, np.float64).reshape(-1, 5))
    return Outline(points, verbs)


def _scan(d: str) -> list[_Run]:
    """Split the text into commands; their arguments are numbers, not yet counted."""
    at = start = _skip(_SPACE, d, 0)
    runs: list[_Run] = []
    for match in _COMMAND.finditer(d, at):
        if match.start() != at:
            break
        runs.append(_Run(d[at], at, match.end()))
        at = match.end()
    if start < len(d) and d[start] not in "Mm":
        _fail(d, "a path starts with a move", start, "M or m")
    if at < len(d):
        _fail_scan(d, at, runs)
    return runs


def _numbers(d: str, runs: list[_Run]) -> tuple[array[float], list[int]]:
    """Return every number of the text, and how many each command has."""
    values, counts = array("d"), [0] * len(runs)
    for first, texts in _chunks(d, runs):
        numbers, per_text = _split_numbers(texts)
        if not (np.abs(numbers) <= MAX_COORDINATE).all():
            _fail_large(d, runs)
        values.frombytes(numbers.tobytes())
        for index, count in enumerate(per_text, first):
            counts[index] += count
    return values, counts


def _chunks(d: str, runs: list[_Run]) -> Iterator[tuple[int, list[str]]]:
    """Yield the arguments of consecutive commands in parts that fit a cache: the first command's index, one text each."""
    texts: list[str] = []
    first = length = 0
    for index, run in enumerate(runs):
        text = d[run.column + 1 : run.end]
        if run.letter in "Aa":
            text = _FLAGS.sub(r"\1 \2 \4 \6", text)
        start = 0
        while len(text) - start > _CHUNK and (space := _SPLIT.search(text, start + _CHUNK)):
            yield first, [*texts, text[start : space.start()]]
            texts, first, length, start = [], index, 0, space.start()
        text = text[start:]
        texts.append(text)
        length += len(text)
        if length > _CHUNK:
            yield first, texts
            texts, first, length = [], index + 1, 0
    yield first, texts


def _split_numbers(texts: list[str]) -> tuple[npt.NDArray[np.float64], list[int]]:
    """Return the numbers of texts that follow the grammar, and how many each has.

    Where one starts follows from the characters alone: at a sign that no exponent precedes, at the first digit after a
    separator, and at a point that another point or an exponent of the same number precedes.
    """
    text = np.frombuffer(" ".join(texts).encode("ascii"), np.uint8)
    kind = _CLASS[text]
    before = np.append(np.uint8(_OTHER), kind[:-1]) if len(kind) else kind
    point, digit = kind == _POINT, kind == _DIGIT
    starts = ((kind == _SIGN) & (before != _EXPONENT)) | ((digit | point) & (before == _OTHER))
    mark = point | (kind == _EXPONENT)
    marks = np.cumsum(mark, dtype=np.int32)
    piece = np.flatnonzero(starts)
    if len(piece):
        # A point is at least the second mark since the last start.
        since = np.repeat(marks[piece] - mark[piece], np.diff(np.append(piece, len(text))))
        starts[piece[0] :] |= point[piece[0] :] & (marks[piece[0] :] - since > 1)
    at = np.flatnonzero(starts)
    spaced = np.full(len(text) + len(at), 32, np.uint8)
    spaced[np.arange(len(text)) + np.cumsum(starts)] = np.where(kind == _OTHER, np.uint8(32), text)
    values = np.fromstring(spaced.tobytes().decode("ascii"), np.float64, sep=" ") if len(at) else np.zeros(0)
    ends = np.searchsorted(at, np.cumsum([len(t) + 1 for t in texts]))
    return values, np.diff(ends, prepend=0).tolist()


_CHUNK = 1 << 17
_SPLIT = re.compile(r"[\t\n\f\r ,]")
_OTHER, _DIGIT, _POINT, _SIGN, _EXPONENT = range(5)
_CLASS = np.zeros(256, np.uint8)
_CLASS[[ord(c) for c in "0123456789"]] = _DIGIT
_CLASS[ord(".")] = _POINT
_CLASS[[ord(c) for c in "+-"]] = _SIGN
_CLASS[[ord(c) for c in "eE"]] = _EXPONENT


def _skip(pattern: re.Pattern[str], d: str, at: int) -> int:
    match = pattern.match(d, at)
    return match.end() if match else at


def _fail_scan(d: str, at: int, runs: list[_Run]) -> NoReturn:
    """Say what is wrong at `at`, where no whole command follows."""
    if d[at] not in _ARGUMENTS:
        # What stands after the last number of a command: a comma wants another one.
        after = _skip(_SEPARATOR, d, at)
        if after > at and runs and runs[-1].letter not in "Zz":
            _fail(d, "a comma is followed by a number", after, "a number")
        if runs and runs[-1].letter in "Zz":
            _fail(d, "a command is expected", at, _COMMANDS)
        if runs and runs[-1].letter in "Aa":
            _fail_arc(d, at, runs[-1].letter, True)
        _fail(d, "a number or a command is expected", at, f"a number, {_COMMANDS}")
    after = _skip(_SPACE, d, at + 1)
    if d[at] in "Aa":
        _fail_arc(d, after, d[at], False)
    _fail(d, f"{d[at]} is followed by numbers", after, "a number")


def _fail_arc(d: str, at: int, letter: str, more: bool) -> NoReturn:
    """Walk through the arguments of an arc to the one at fault; `more`: a command may stand here as well."""
    names = ("rx", "ry", "a rotation", "a large-arc flag", "a sweep flag", "x", "y")
    k = 0
    while True:
        flag = k % 7 in (3, 4)
        match = None if at >= len(d) else (re.compile("[01]") if flag else _NUMBER).match(d, at)
        if match is None:
            allowed = "0 or 1" if flag else "a number"
            if more and k == 0:
                allowed += f", {_COMMANDS}"
            _fail(d, f"{letter} takes {names[k % 7]} here", at, allowed)
        k, at = k + 1, _skip(_SEPARATOR, d, match.end())


def _fail_large(d: str, runs: list[_Run]) -> NoReturn:
    for run in runs:
        matches: list[re.Match[str]] = []
        if run.letter in "Aa":
            for arc in _FLAGS.finditer(d, run.column, run.end):
                matches += [m for k in (1, 6) for m in _NUMBER.finditer(d, *arc.span(k))]
        else:
            matches += _NUMBER.finditer(d, run.column, run.end)
        for match in matches:
            if not abs(float(match.group())) <= MAX_COORDINATE:
                _fail_range("a number is too large", match.start(), match.group())
    raise AssertionError("no number is too large")


def _fail_count(d: str, run: _Run, count: int) -> NoReturn:
    wanted = _ARGUMENTS[run.letter]
    message = f"{run.letter} takes numbers by {wanted}, {count % wanted} of {wanted} are here"
    _fail(d, message, run.end, "a number")


def _fail_range(message: str, column: int, found: str) -> NoReturn:
    raise PathSyntaxError(message, column, _brief(found), f"-{MAX_COORDINATE:g} .. {MAX_COORDINATE:g}")


def _fail(d: str, message: str, column: int, allowed: str) -> NoReturn:
    found = repr(d[column]) if column < len(d) else "the end of the path"
    raise PathSyntaxError(message, column, found, allowed)


def _brief(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
