"""Documents as text: finding and decoding the file, strict JSON, and the line and column of every problem."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from wavyte_gpu.foundation.errors import Problem
from wavyte_gpu.schema.deep import with_deep_stack
from wavyte_gpu.schema.positions import Positions
from wavyte_gpu.schema.reader import brief

__all__ = ["Source", "load_source", "locate", "locate_in_files", "parse_json"]

Source = dict[str, Any] | str | os.PathLike[str]


def load_source(source: Source, stdin: IO[bytes] | IO[str] | None = None) -> tuple[Any, str | None, list[Problem]]:
    """Return the JSON value, the file and the problems of a source.

    Args:
        source: a dict, a text that begins with `{`, a path, or `-` for `stdin`.
        stdin: read for `-`; the process's own by default.

    Returns:
        The parsed value (None when the text is no JSON), the file's name as given (None for a dict or a text), problems.
    """
    data, file, text, problems = read_source(source, stdin)
    if text is None:
        return data, file, problems
    data, found = parse_json(text)
    return data, file, [problem.with_file(file) if file else problem for problem in (*problems, *found)]


def read_source(
    source: Source, stdin: IO[bytes] | IO[str] | None = None
) -> tuple[Any, str | None, str | None, list[Problem]]:
    """Return the value of a dict, or the text of anything else: (value, file, text, problems)."""
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("{"):
        return None, None, source, []
    if not isinstance(source, str | os.PathLike):
        return source, None, None, []
    file = os.fspath(source)
    try:
        if file == "-":
            raw: Any = (stdin or sys.stdin.buffer).read()
            file = "<stdin>"
        else:
            raw = Path(file).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return None, file, None, [Problem("error", "file", f"the document can't be read: {reason}", file=file)]
    if isinstance(raw, str):
        return None, file, raw, []
    try:
        return None, file, raw.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        problem = Problem("error", "encoding", "the document is not UTF-8", file=file, line=line, column=column)
        return None, file, None, [problem]


def parse_json(text: str) -> tuple[Any, list[Problem]]:
    """Return the value of a JSON text and what is wrong with the text.

    Keys that occur twice in one object, `NaN` and `Infinity` are errors.
    """
    suspicious = False

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal suspicious
        made = dict(items)
        suspicious = suspicious or len(made) != len(items)
        return made

    def constant(name: str) -> float:
        nonlocal suspicious
        suspicious = True
        return 0.0

    text = text.removeprefix("\ufeff")
    try:
        value = with_deep_stack(lambda: json.loads(text, object_pairs_hook=pairs, parse_constant=constant))
    except json.JSONDecodeError as error:
        found = brief(text[error.pos : error.pos + 20]) if error.pos < len(text) else "the end of the text"
        message = f"this is no JSON: {error.msg[0].lower()}{error.msg[1:]}"
        return None, [Problem("error", "json", message, line=error.lineno, column=error.colno, found=found)]
    except RecursionError:
        return None, [Problem("error", "limit", "the JSON nests too deep")]
    except ValueError:
        return None, [Problem("error", "json", "this is no JSON: a number has too many digits")]
    if not suspicious:
        return value, []
    positions = Positions(text, ())
    problems = []
    for path, key, line, column in positions.duplicates:
        message = f"the key {brief(key)} occurs twice"
        problems.append(Problem("error", "duplicate_key", message, path=path, line=line, column=column))
    for path, name, line, column in positions.constants:
        message = "numbers must be finite"
        problems.append(Problem("error", "value", message, path=path, line=line, column=column, found=name))
    return value, problems


def locate(text: str, problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems with line and column of the place that their path names, or of the nearest part above it.

    Those that have a line keep it.
    """
    listed = list(problems)
    wanted = {problem.path for problem in listed if problem.line is None}
    if not wanted:
        return listed
    positions = Positions(text.removeprefix("\ufeff"), wanted)
    out = []
    for problem in listed:
        if problem.line is None:
            line, column = positions.of(problem.path, problem.offset)
            problem = replace(problem, line=line, column=column)
        out.append(problem)
    return out


def locate_in_files(problems: Iterable[Problem], file: str | None) -> list[Problem]:
    """Return problems of documents that were read before: each with its file, and its place in that where it can be read again.

    Args:
        file: of those that name none.
    """
    listed = [problem.with_file(file) if file else problem for problem in problems]
    for name in {problem.file for problem in listed if problem.file and problem.path and problem.line is None}:
        text = _document_text(name)
        if text is not None:
            of_it = iter(locate(text, [problem for problem in listed if problem.file == name]))
            listed = [next(of_it) if problem.file == name else problem for problem in listed]
    return listed


def _document_text(file: str) -> str | None:
    """Return the JSON text of a file, None where it is another or can't be read."""
    try:
        with Path(file).open("rb") as opened:
            if not opened.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
                return None
    except (OSError, ValueError):
        return None
    text = read_source(Path(file))[2]
    return text if text is not None and not parse_json(text)[1] else None
