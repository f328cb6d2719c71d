"""Where in a JSON text things are: a scan that walks tokens and keeps the path, without recursion."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

__all__ = ["Positions"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_CHARACTER = re.compile(r'\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|[^"]')  # of a string, as JSON writes it
_HERE = ""
"""Key of a trie node that holds its position (no path part is looked up under it: parts have a "/" before them)."""


class Positions:
    """Line and column (1-based) of the values at some JSON Pointers of a valid JSON text.

    `duplicates` has (path, key, line, column) of every key that its object has already, `constants` (path, name, line,
    column) of every NaN and Infinity.
    """

    def __init__(self, text: str, wanted: Iterable[str]) -> None:
        self._text = text
        self._lines = [match.end() for match in re.finditer("\n", text)]
        self._trie: dict[str, Any] = {}
        for path in wanted:
            node = self._trie
            for part in path.split("/")[1:]:
                node = node.setdefault("/" + part, {})
        self.duplicates: list[tuple[str, str, int, int]] = []
        self.constants: list[tuple[str, str, int, int]] = []
        self._scan(text)

    def of(self, path: str, offset: int | None = None) -> tuple[int, int]:
        """Return line and column of a wanted path, or of the nearest part above it that the text has.

        Args:
            offset: of a character of the text at the path, for its place.
        """
        node, at = self._trie, self._trie.get(_HERE, 0)
        for part in path.split("/")[1:]:
            node = node.get("/" + part, {})
            if _HERE not in node:
                return self._place(at)
            at = node[_HERE]
        if offset is not None and self._text[at] == '"':
            at += 1
            for _ in range(offset):
                character = _CHARACTER.match(self._text, at)
                at = at if character is None else character.end()
        return self._place(at)

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._lines, offset)
        return line + 1, offset - (self._lines[line - 1] if line else 0) + 1

    def _scan(self, text: str) -> None:
        # One frame an open container: [keys seen or None for a list, part, trie node of it, trie node of its value].
        frames: list[list[Any]] = []
        value_node: dict[str, Any] | None = self._trie
        key_next = False
        for match in _TOKEN.finditer(text):
            token, at = match.group(), match.start()
            if token == "," or token == ":":
                if token == ",":
                    top = frames[-1]
                    if top[0] is None:
                        top[1] += 1
                        value_node = _child(top[2], str(top[1]))
                    else:
                        key_next = True
                continue
            if token in "]}":
                frames.pop()
                key_next = False
                continue
            if key_next:
                key_next = False
                top = frames[-1]
                key = json.loads(token)
                top[1] = key
                if key in top[0]:
                    self.duplicates.append((_path(frames), key, *self._place(at)))
                top[0].add(key)
                value_node = _child(top[2], key.replace("~", "~0").replace("/", "~1"))
                continue
            if value_node is not None:
                value_node[_HERE] = at
            if token == "{":
                frames.append([set(), "", value_node])
                key_next = True
            elif token == "[":
                frames.append([None, 0, value_node])
                value_node = _child(value_node, "0")
            elif token[0] in "NI" or token == "-Infinity":
                self.constants.append((_path(frames), token, *self._place(at)))


def _child(node: dict[str, Any] | None, part: str) -> dict[str, Any] | None:
    return None if node is None else node.get("/" + part)


def _path(frames: list[list[Any]]) -> str:
    return "".join("/" + str(frame[1]).replace("~", "~0").replace("/", "~1") for frame in frames)
