"""Path data as SVG 2 writes it (chapter 9, "Paths") to outlines. Here an error is an error: nothing is rendered up to it."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from typing import Any, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt

from wavyte_gpu.raster.arcs import ARC, expand_arcs
from wavyte_gpu.raster.outline import Outline, Verb

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
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
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
    pen = _Pen(array("d", numbers.tobytes()))
    first_points = []
    at = 0
    for run, count in zip(runs, counts, strict=True):
        wanted = _ARGUMENTS[run.letter.upper()]
        if count and count % wanted:
            _fail_count(d, run, count)
        first_points.append(len(pen.points) >> 1)
        pen.draw(run.letter, at, at + count)
        at += count
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


def _numbers(d: str, runs: list[_Run]) -> tuple[npt.NDArray[np.float64], list[int]]:
    """Return every number of the text, and how many each command has.

    Where a number starts follows from the characters alone once the grammar holds: at a sign that no exponent precedes, at
    the first digit after a separator, and at a point that another point or an exponent of the same number precedes.
    """
    text = np.frombuffer(d.encode("ascii"), np.uint8)
    if not len(text):
        return np.zeros(0), []
    kind = _CLASS[text]
    before = np.append(np.uint8(_OTHER), kind[:-1])
    sign_starts = (kind == _SIGN) & (before != _EXPONENT)
    starts = sign_starts | (((kind == _DIGIT) | (kind == _POINT)) & (before == _OTHER))
    # Points after a mark (a point or an exponent) since the last start.
    mark = (kind == _POINT) | (kind == _EXPONENT)
    marks = np.cumsum(mark)
    piece = np.flatnonzero(starts)
    if len(piece):
        since = np.repeat(marks[piece] - mark[piece], np.diff(np.append(piece, len(text))))
        starts[piece[0] :] |= (kind == _POINT)[piece[0] :] & (marks[piece[0] :] - since > 1)
    for run in runs:
        if run.letter in "Aa":
            _split_flags(d, run, starts)
    at = np.flatnonzero(starts)
    chars = np.where((kind == _OTHER), np.uint8(32), text)
    spaced = np.full(len(text) + len(at), 32, np.uint8)
    spaced[np.arange(len(text)) + np.cumsum(starts)] = chars
    values = np.fromstring(spaced.tobytes().decode("ascii"), np.float64, sep=" ") if len(at) else np.zeros(0)
    ends = np.searchsorted(at, np.array([run.end for run in runs], np.int64))
    counts = np.diff(ends, prepend=0).tolist()
    if not (np.abs(values) <= MAX_COORDINATE).all():
        column = int(at[np.flatnonzero(~(np.abs(values) <= MAX_COORDINATE))[0]])
        found = _NUMBER.match(d, column)
        _fail_range("a number is too large", column, found.group() if found else "")
    return values, counts


_OTHER, _DIGIT, _POINT, _SIGN, _EXPONENT = range(5)
_CLASS = np.zeros(256, np.uint8)
_CLASS[[ord(c) for c in "0123456789"]] = _DIGIT
_CLASS[ord(".")] = _POINT
_CLASS[[ord(c) for c in "+-"]] = _SIGN
_CLASS[[ord(c) for c in "eE"]] = _EXPONENT


def _split_flags(d: str, run: _Run, starts: npt.NDArray[np.bool_]) -> None:
    """Mark the starts of the flags of arcs, and of what follows them: both may stand without a separator."""
    at = _skip(_SPACE, d, run.column + 1)
    while match := _FLAGS.match(d, at):
        # Digits of flags that touch form a number with what follows for the rule above.
        inside = slice(match.start(2), match.end(6))
        starts[inside] = False
        starts[[match.start(2), match.start(4)]] = True
        for number in _NUMBER.finditer(d, match.start(6), match.end(6)):
            starts[number.start()] = True
        at = _skip(_SEPARATOR, d, match.end())


class _Pen:
    """Draws commands into flat lists: absolute points, and verbs with unfinished arcs."""

    def __init__(self, numbers: array[float]) -> None:
        self.numbers = numbers
        self.points: array[float] = array("d")
        self.verbs = bytearray()
        self.arcs: list[float] = []
        self.x = self.y = self.start_x = self.start_y = 0.0
        self.down = False  # the contour has its MOVE
        self.closed = False  # the last command was Z
        self.control_x = self.control_y = 0.0
        self.control_of = ""  # "C" or "Q" where the last command left a control point

    def draw(self, letter: str, first: int, end: int) -> None:
        """Draw a command with the numbers from `first` to `end`."""
        command, relative = letter.upper(), letter.islower()
        if command == "Z":
            self._close()
            return
        values = self.numbers[first:end]
        if command == "M":
            x, y = values[0], values[1]
            if relative:
                x, y = x + self.x, y + self.y
            self.x, self.y, self.start_x, self.start_y = x, y, x, y
            self.down, self.closed, self.control_of = False, False, ""
            values = values[2:]
            if not values:
                return
            command = "L"
        if command == "A":
            self._arcs(values, relative)
            return
        self._put_down()
        if command in "CSQT":
            self._curves(command, values, relative)
        else:
            self._lines(command, values, relative)

    def _put_down(self) -> None:
        if not self.down:
            self.points.extend((self.start_x, self.start_y))
            self.verbs.append(Verb.MOVE)
        self.down, self.closed = True, False

    def _close(self) -> None:
        if not self.closed:
            self._put_down()
            self.verbs.append(Verb.CLOSE)
        self.down, self.closed, self.control_of = False, True, ""
        self.x, self.y = self.start_x, self.start_y

    def _lines(self, command: str, values: array[float], relative: bool) -> None:
        x, y, put = self.x, self.y, self.points.extend
        if command == "L":
            pairs = iter(values)
            for vx, vy in zip(pairs, pairs, strict=True):
                if relative:
                    x, y = x + vx, y + vy
                else:
                    x, y = vx, vy
                put((x, y))
            count = len(values) >> 1
        else:
            for v in values:
                if command == "H":
                    x = x + v if relative else v
                else:
                    y = y + v if relative else v
                put((x, y))
            count = len(values)
        self.verbs.extend(bytes((Verb.LINE,)) * count)
        self.x, self.y, self.control_of = x, y, ""

    def _curves(self, command: str, values: array[float], relative: bool) -> None:
        cubic = command in "CS"
        x, y = self.x, self.y
        # The control point to reflect: the current point unless a curve of the same degree came before.
        kx, ky = (self.control_x, self.control_y) if self.control_of == ("C" if cubic else "Q") else (x, y)
        put, wanted = self.points.extend, _ARGUMENTS[command]
        for i in range(0, len(values), wanted):
            args = values[i : i + wanted]
            if relative:
                for k in range(0, wanted, 2):
                    args[k] += x
                    args[k + 1] += y
            if command in "ST":
                args = array("d", (2.0 * x - kx, 2.0 * y - ky)) + args
            put(args)
            kx, ky, x, y = args[-4:]
        self.verbs.extend(bytes((Verb.CUBIC if cubic else Verb.QUAD,)) * (len(values) // wanted))
        self.x, self.y, self.control_x, self.control_y = x, y, kx, ky
        self.control_of = "C" if cubic else "Q"

    def _arcs(self, values: array[float], relative: bool) -> None:
        for i in range(0, len(values), 7):
            rx, ry, rotation, large, sweep, x, y = values[i : i + 7]
            if relative:
                x, y = x + self.x, y + self.y
            if x == self.x and y == self.y:
                continue
            self._put_down()
            self.points.extend((x, y))
            if rx == 0.0 or ry == 0.0:
                self.verbs.append(Verb.LINE)
            else:
                self.verbs.append(ARC)
                self.arcs.extend((abs(rx), abs(ry), rotation, large, sweep))
            self.x, self.y = x, y
        self.control_of = ""


def _skip(pattern: re.Pattern[str], d: str, at: int) -> int:
    match = pattern.match(d, at)
    return match.end() if match else at


def _fail_scan(d: str, at: int, runs: list[_Run]) -> NoReturn:
    """Say what is wrong at `at`, where no whole command follows."""
    if d[at].upper() not in _ARGUMENTS:
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


def _fail_count(d: str, run: _Run, count: int) -> NoReturn:
    wanted = _ARGUMENTS[run.letter.upper()]
    message = f"{run.letter} takes numbers by {wanted}, {count % wanted} of {wanted} are here"
    _fail(d, message, run.end, "a number")


def _fail_range(message: str, column: int, found: str) -> NoReturn:
    raise PathSyntaxError(message, column, _brief(found), f"-{MAX_COORDINATE:g} .. {MAX_COORDINATE:g}")


def _fail(d: str, message: str, column: int, allowed: str) -> NoReturn:
    found = repr(d[column]) if column < len(d) else "the end of the path"
    raise PathSyntaxError(message, column, found, allowed)


def _brief(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
