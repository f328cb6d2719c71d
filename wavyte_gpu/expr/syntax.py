"""Text to syntax: an arena of nodes in postorder, so that every pass over it is a loop and no expression is too deep."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from wavyte_gpu.expr.errors import Fault

__all__ = ["MAX_CHARACTERS", "Form", "Part", "Syntax", "parse"]

MAX_CHARACTERS = 65_536
"""Length of one expression; the time of every pass is linear in it."""
_PARTS = 16  # of one dotted name


class Form(Enum):
    """What a node of the arena is."""

    NUMBER = 0
    PATH = 1  # a dotted name: `nodes.a.opacity`
    MEMBER = 2  # a component of a value: `vec2(1, 2).x`
    CALL = 3  # a function or an operator, which goes by its symbol
    NEGATE = 4
    NOT = 5


@dataclass(frozen=True, slots=True)
class Part:
    """A name within a path and its offset in the expression."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Syntax:
    """A node. `args` are places in the arena, all before the node's own.

    Attributes:
        at: offset in the expression, `=` included.
        name: of the function, operator or member. value: of the number. path: of the name.
    """

    form: Form
    at: int
    name: str = ""
    value: float = 0.0
    path: tuple[Part, ...] = ()
    args: tuple[int, ...] = ()


class _Builder(Transformer[Token, int]):
    """Called at every reduction, bottom up; returns places in the arena."""

    def __init__(self) -> None:
        super().__init__()
        self.arena: list[Syntax] = []

    def _add(self, node: Syntax) -> int:
        self.arena.append(node)
        return len(self.arena) - 1

    def number(self, items: list[Any]) -> int:
        token = items[0]
        value = float(token)
        if not math.isfinite(value):
            raise Fault(_at(token), "the number is too large", found=str(token)[:40], allowed="below 1.8e308")
        return self._add(Syntax(Form.NUMBER, _at(token), value=value))

    def name(self, items: list[Any]) -> int:
        return self._add(Syntax(Form.PATH, _at(items[0]), path=(Part(str(items[0]), _at(items[0])),)))

    def member(self, items: list[Any]) -> int:
        base, token = items
        part = Part(token[1:-1] if token.type == "STRING" else str(token), _at(token))
        node = self.arena[base]
        if node.form is Form.PATH and base == len(self.arena) - 1:
            if len(node.path) == _PARTS:
                raise Fault(part.at, "the name has too many parts", allowed=f"at most {_PARTS}")
            self.arena[base] = Syntax(Form.PATH, node.at, path=(*node.path, part))
            return int(base)
        return self._add(Syntax(Form.MEMBER, part.at, part.name, args=(base,)))

    def call(self, items: list[Any]) -> int:
        token, *args = items
        return self._add(Syntax(Form.CALL, _at(token), str(token), args=tuple(a for a in args if a is not None)))

    def binary(self, items: list[Any]) -> int:
        left, token, right = items
        return self._add(Syntax(Form.CALL, _at(token), str(token), args=(left, right)))

    def unary(self, items: list[Any]) -> int:
        token, operand = items
        if token == "+":
            raise Fault(_at(token), "`+` needs a value on its left")
        form = Form.NOT if token == "!" else Form.NEGATE
        return self._add(Syntax(form, _at(token), str(token), args=(operand,)))

    def choose(self, items: list[Any]) -> int:
        return self._add(Syntax(Form.CALL, self.arena[items[0]].at, "if", args=tuple(items)))

    def start(self, items: list[Any]) -> int:
        return int(items[0])


def _at(token: Token) -> int:
    return (token.start_pos or 0) + 1  # after the "="


@cache
def _parser() -> tuple[Lark, _Builder]:
    builder = _Builder()
    text = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer="contextual", maybe_placeholders=False, transformer=builder), builder


_LOCK = threading.Lock()  # the parser calls one builder


@lru_cache(maxsize=8192)
def parse(source: str) -> tuple[Syntax, ...]:
    """Return an expression's arena; the last node is its value.

    Args:
        source: the text with its leading `=`.

    Raises:
        Fault: it is too long or does not follow the grammar.
    """
    if len(source) > MAX_CHARACTERS:
        found, allowed = f"{len(source)} characters", f"at most {MAX_CHARACTERS}"
        raise Fault(0, "the expression is too long", found=found, allowed=allowed, code="limit")
    if not source.startswith("="):
        raise Fault(0, "an expression begins with `=`", allowed='"=..."')
    with _LOCK:
        parser, builder = _parser()
        builder.arena = []
        try:
            parser.parse(source[1:])
        except UnexpectedCharacters as error:
            at = int(error.pos_in_stream or 0)
            raise Fault(at + 1, "this character has no meaning here", found=repr(source[at + 1])) from None
        except UnexpectedToken as error:
            raise _unexpected(error, len(source)) from None
        return tuple(builder.arena)


def _unexpected(error: UnexpectedToken, end: int) -> Fault:
    token = error.token
    value_next = "NUMBER" in error.expected
    allowed = "a number, a name, a function or `(`" if value_next else "an operator"
    if not value_next and "RPAR" in error.expected:
        allowed += ", or `)`"
    if error.expected == {"NAME"}:
        allowed = "a name"
    if token.type == "$END":
        return Fault(end, "the expression ends too early", allowed=allowed)
    hint = "a comparison is `==`" if token == "=" else None
    return Fault(_at(token), "this is not expected here", found=f"'{str(token)[:40]}'", allowed=allowed, hint=hint)
