"""Where in an expression something is wrong: line, column and a caret under the text."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from wavyte_gpu.foundation.errors import Problem, nearest

__all__ = ["Fault", "located"]

_WIDTH = 72  # characters of the line that an excerpt shows
_LISTED = 12


class Fault(Exception):
    """Something is wrong at an offset of an expression. `located` turns it into a `Problem`."""

    def __init__(
        self,
        at: int,
        message: str,
        *,
        found: str | None = None,
        allowed: str | None = None,
        hint: str | None = None,
        code: str = "expression",
    ) -> None:
        super().__init__(message)
        self.at, self.message, self.found, self.allowed, self.hint, self.code = at, message, found, allowed, hint, code

    @classmethod
    def unknown(cls, at: int, what: str, name: str, known: Iterable[str], empty: str = "none") -> Fault:
        """Return the fault of a name that is not among the known ones."""
        first = list(islice(known, 2000))
        listed = ", ".join([*first[:_LISTED], "..."] if len(first) > _LISTED else first)
        return cls(
            at, f"unknown {what}", found=f"'{name[:60]}'", allowed=listed or empty, hint=nearest(name[:80], first)
        )


def located(source: str, fault: Fault, path: str = "", node_id: str | None = None) -> Problem:
    """Return a fault of an expression as a problem.

    Args:
        source: the expression as the document has it, with its `=`.
        path, node_id: where the document has it.
    """
    at = min(fault.at, len(source))
    start = source.rfind("\n", 0, at) + 1
    line, column = source.count("\n", 0, at) + 1, at - start + 1
    end = source.find("\n", at)
    text = source[start : end if end >= 0 else len(source)]
    first = max(0, column - 1 - _WIDTH // 2) if len(text) > _WIDTH else 0
    shown = "".join(c if c.isprintable() else " " for c in text[first : first + _WIDTH])
    head, tail = "..." * (first > 0), "..." * (first + _WIDTH < len(text))
    return Problem(
        "error",
        fault.code,
        f"{fault.message}, at line {line}, column {column} of the expression",
        path=path,
        node_id=node_id,
        found=fault.found,
        allowed=fault.allowed,
        hint=fault.hint,
        excerpt=f"{head}{shown}{tail}\n{' ' * (len(head) + column - 1 - first)}^",
        offset=at,
    )
