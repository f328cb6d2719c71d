"""`wavyte batch`: one composition, a file for each row of a table."""

from __future__ import annotations

import csv
import json
import re
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from wavyte_gpu.cli.context import Context
from wavyte_gpu.cli.engine import Document, given_variables, load_document, open_session
from wavyte_gpu.cli.options import UsageError, add_document, add_output, parse_range, parse_value
from wavyte_gpu.cli.output import make_sink
from wavyte_gpu.cli.render import add_render, render_into
from wavyte_gpu.foundation.errors import SchemaError, WavyteError, nearest

__all__ = ["add_verbs"]

_PLACE = re.compile(r"\{([^{}]*)\}")
_NUMBER = "row"


class _Row(NamedTuple):
    """What a row renders: where to, and the values of all variables that have one."""

    number: int
    out: str
    values: dict[str, Any]


def add_verbs(verbs: Any) -> None:
    """Add this file's verb to the parser."""
    parser = verbs.add_parser("batch", help="one composition, a file for each row of a table", allow_abbrev=False)
    add_document(parser)
    parser.add_argument(
        "--rows",
        metavar="F.csv",
        required=True,
        help="CSV with the names of variables in its first line (lists and objects as JSON; an empty cell leaves the default), "
        "or a JSON list of objects",
    )
    parser.add_argument(
        "-o", "--out", metavar="OUT", required=True, help="for example out/{id}.mp4; {row} is the row's number, from 1"
    )
    add_render(parser)
    add_output(parser, json_help="events as JSON lines on stdout", progress=True)
    parser.set_defaults(run=run_batch)


def run_batch(args: Namespace, context: Context) -> int:
    """Render every row; what is wrong with the options, or with any row's cells or file, is told before the first one."""
    document = load_document(args)
    rows = _rows(document, args)
    frames = parse_range(args.frames, document.comp.duration, document.comp.fps)
    sinks = [make_sink(Namespace(**{**vars(args), "out": row.out})) for row in rows]
    with open_session(document, args, context.ui, variables=rows[0].values) as session:
        for row, sink in zip(rows, sinks, strict=True):
            try:
                if row is not rows[0]:
                    session.set_variables(row.values)
                render_into(session, sink, frames, row.out, context, strict=args.strict)
            except WavyteError:
                context.ui.say(f"{args.rows}: stopped at row {row.number}")
                raise
    return 0


def _rows(document: Document, args: Namespace) -> list[_Row]:
    """Return the rows, checked.

    Raises:
        UsageError: the table can't be read, has no row, or names files that can't be.
        SchemaError: values do not fit.
    """
    from wavyte_gpu.session.variables import missing_variables, read_variables

    declared = document.comp.document.variables
    always = given_variables(document, args)
    defaults = {name: v.default for name, v in declared.items() if v.default is not None}
    rows: list[_Row] = []
    problems = []
    for number, cells in enumerate(_table(args.rows), 1):
        used = _names(args.out, cells, args.rows)
        values = {**defaults, **always}
        for name, cell in cells.items():
            if name not in declared:
                if name not in used:
                    hint = nearest(name, declared) or f"known: {', '.join(declared)}"
                    raise UsageError(
                        f"{args.rows}: the column '{name}' is no variable, and OUT does not use it; {hint}"
                    )
            elif isinstance(cell, str) and declared[name].type not in ("text", "asset", "choice"):
                values[name] = parse_value(name, cell, document.variables[name])
            else:
                values[name] = cell
        try:
            read_variables(document.comp.document, values)
        except SchemaError as error:
            problems += [_at_row(p, args.rows, number) for p in error.problems]
        missing = missing_variables(document.comp.document, values)
        if missing:
            raise UsageError(f"{args.rows}, row {number}: no value for {', '.join(missing)}")
        out = _PLACE.sub(lambda m, c=cells, n=number: _piece(m.group(1), c, n, args.rows), args.out)  # type: ignore[misc]
        rows.append(_Row(number, out, values))
    if problems:
        raise SchemaError(problems)
    if not rows:
        raise UsageError(f"{args.rows}: no rows")
    taken: dict[str, int] = {}
    for row in rows:
        if row.out in taken:
            raise UsageError(f"{args.rows}: rows {taken[row.out]} and {row.number} are both written to {row.out}")
        taken[row.out] = row.number
    return rows


def _table(name: str) -> list[dict[str, Any]]:
    """Return the rows of a table; cells of a CSV are texts, empty ones are left out."""
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--rows {name}: {getattr(error, 'strerror', None) or error}") from None
    if text.lstrip()[:1] in ("[", "{"):
        try:
            rows = json.loads(text)
        except ValueError as error:
            raise UsageError(f"--rows {name}: {error}") from None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise UsageError(f"--rows {name}: not a JSON list of objects")
        return rows
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(reader, [])
        double = next((column for column in header if header.count(column) > 1), None)
        if double is not None:
            raise UsageError(f"--rows {name}: the column '{double}' occurs twice")
        table = []
        for cells in reader:
            if not any(cells):
                continue
            if len(cells) != len(header):
                where = f"line {reader.line_num}"
                raise UsageError(f"--rows {name}, {where}: {len(cells)} cells, the first line has {len(header)}")
            table.append({column: cell for column, cell in zip(header, cells, strict=True) if cell})
    except csv.Error as error:
        raise UsageError(f"--rows {name}, line {reader.line_num}: {error}") from None
    return table


def _names(out: str, cells: Mapping[str, Any], rows: str) -> set[str]:
    names = {match.group(1) for match in _PLACE.finditer(out)}
    for name in names - set(cells) - {_NUMBER}:
        hint = nearest(name, cells) or f"known: {', '.join([*cells, _NUMBER])}"
        raise UsageError(f"-o {out}: a row of {rows} has no '{name}'; {hint}")
    return names


def _piece(name: str, cells: Mapping[str, Any], number: int, rows: str) -> str:
    """Return the part of a file's name that a cell stands for."""
    text = str(cells[name]) if name in cells else str(number)
    if (
        not text
        or text.startswith(".")
        or any(c in '/\\:*?"<>|' or not c.isprintable() for c in text)
        or len(text) > 120
    ):
        raise UsageError(f"{rows}, row {number}: '{text[:60]}' can't be a part of a file's name")
    return text


def _at_row(problem: Any, rows: str, number: int) -> Any:
    from dataclasses import replace

    return replace(problem, file=rows, message=f"row {number}: {problem.message}")
