"""The error tree and the `Problem` record that every diagnostic is made of.

    WavyteError                 exit code 1 unless a subclass says otherwise
    ├── SchemaError             2   the document is not what the schema allows (carries every problem found)
    ├── UnsupportedError        2   the document is valid, this version can't render a feature of it
    ├── LimitError              2   a bound (ids, nesting, canvas, pool) is exceeded
    ├── AssetError              1   a file is corrupt or changed under us (missing files, and SVG files written wrong, exit 2)
    ├── ExpressionError         2   an expression does not parse, resolve or type-check
    ├── DeviceError             3   the backend or device asked for is not there, or was lost
    ├── EncodeError             1   an encoder or the disk failed
    └── Cancelled               130 the caller asked to stop
"""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

__all__ = [
    "AssetError",
    "Cancelled",
    "DeviceError",
    "EncodeError",
    "ExpressionError",
    "LimitError",
    "Problem",
    "SchemaError",
    "UnsupportedError",
    "WavyteError",
    "nearest",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about a document: where it is, what was found and what is allowed.

    `path` is a JSON Pointer (`/root/kind/leaf/asset`); `found` and `allowed` are short texts; `hint` is advice, such as the
    nearest known name. `line` and `column` are those of the document's text, 1-based, where it has one. Problems of an expression
    have an `offset`, the character of it that is wrong, from 0, and an `excerpt`: its line with a caret under the place.
    """

    severity: Literal["error", "warning"]
    code: str
    message: str
    path: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    node_id: str | None = None
    found: str | None = None
    allowed: str | None = None
    hint: str | None = None
    excerpt: str | None = None
    offset: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of `interface.md`, with `schema` 1."""
        return {"schema": 1, **asdict(self)}

    def with_file(self, file: str) -> Problem:
        """Return the same problem, located in `file` unless it already names one."""
        return self if self.file else replace(self, file=file)

    def __str__(self) -> str:
        named = self.file is not None and self.line is None and self.file in self.message
        where = "" if named else self.file or ""
        if self.line is not None:
            at = f"{self.line}" + (f":{self.column}" if self.column is not None else "")
            where = f"{where}:{at}" if where else f"line {at}"
        if self.path:
            where += (" " if where else "") + _dotted(self.path)
        if self.node_id:
            where += f" (node '{self.node_id}')" if where else f"node '{self.node_id}'"
        parts = [f"{where}: {self.message}" if where else self.message]
        if self.found is not None:
            parts.append(f"found {self.found}")
        if self.allowed is not None:
            parts.append(f"allowed: {self.allowed}")
        if self.hint is not None:
            parts.append(self.hint)
        text = "; ".join(parts)
        return text if self.excerpt is None else text + "\n" + textwrap.indent(self.excerpt, "    ")


def _dotted(pointer: str) -> str:
    """Write a JSON Pointer the way people write paths: `root.children[2].opacity`."""
    out = ""
    for raw in pointer.split("/")[1:]:
        part = raw.replace("~1", "/").replace("~0", "~")
        out += f"[{part}]" if part.isdigit() else (f".{part}" if out else part)
    return out


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return `did you mean 'x'?` for the known name nearest to `name`, or None when none is near."""
    hits = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean '{hits[0]}'?" if hits else None


class WavyteError(Exception):
    """Base of every exception raised on purpose. `problems` says what was found; `exit_code` is the command line's."""

    exit_code = 1
    code = "error"

    def __init__(self, message: str | Problem | Sequence[Problem]) -> None:
        if isinstance(message, str):
            message = Problem("error", self.code, message)
        self.problems: tuple[Problem, ...] = (message,) if isinstance(message, Problem) else tuple(message)
        super().__init__("\n".join(str(p) for p in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


class SchemaError(WavyteError):
    """The document is not what the schema allows; `problems` holds all of them."""

    exit_code = 2
    code = "schema"


class UnsupportedError(WavyteError):
    """The document is valid, but this version can't render a feature of it."""

    exit_code = 2
    code = "unsupported"


class LimitError(WavyteError):
    """A bound is exceeded: ids, nesting, canvas size, pool bytes."""

    exit_code = 2
    code = "limit"


class AssetError(WavyteError):
    """A media file can't be read as what it should be."""

    code = "asset"


class ExpressionError(WavyteError):
    """An expression does not parse, resolve or type-check."""

    exit_code = 2
    code = "expression"


class DeviceError(WavyteError):
    """The requested backend or device is not there, or was lost."""

    exit_code = 3
    code = "device"


class EncodeError(WavyteError):
    """An encoder, a container or the disk failed while writing."""

    code = "encode"


class Cancelled(WavyteError):
    """The caller asked to stop; the sink was aborted."""

    exit_code = 130
    code = "cancelled"
