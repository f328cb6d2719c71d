"""What names mean: the types of values, and the interface through which an expression asks for its surroundings."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from wavyte_gpu.expr.syntax import Part
from wavyte_gpu.foundation.colour import ColourError, Rgba, parse_colour

__all__ = ["OPAQUE", "Input", "Resolver", "Symbol", "Type", "constant_symbol", "json_constant"]

Input = Hashable
"""Names one scalar that is known when frames are evaluated only; the program's caller says which column it is."""


class Type(Enum):
    """Types of values. ANY is what is not known yet; it fits everywhere. The last two pass through, nothing computes with them."""

    F64 = "a number"
    BOOL = "a bool"
    VEC2 = "a vec2"
    COLOUR = "a colour"
    ANY = "any value"
    TEXT = "a text"
    LIST = "a list"

    @property
    def size(self) -> int:
        """How many scalars a value has."""
        return {Type.VEC2: 2, Type.COLOUR: 4}.get(self, 1)


OPAQUE = (Type.TEXT, Type.LIST)


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a path names: a value of a type, and how many parts of the path that took.

    Attributes:
        parts: one scalar a component, a constant or an `Input`; colours are straight.
        value: the constant itself where its type is opaque.
    """

    type: Type
    parts: tuple[float | Input, ...]
    used: int
    value: Any = None


class Resolver(Protocol):
    """The surroundings of one expression."""

    def resolve(self, path: tuple[Part, ...]) -> Symbol:
        """Return what the longest known beginning of a path names.

        Raises:
            Fault: it names nothing.
        """


def constant_symbol(value: Any, used: int) -> Symbol | None:
    """Return the symbol of a constant: bool, number, (x, y) as a tuple, `Rgba`, text or list. None for anything else."""
    if isinstance(value, bool):
        return Symbol(Type.BOOL, (float(value),), used)
    if isinstance(value, int | float):
        return Symbol(Type.F64, (float(value),), used)
    if isinstance(value, Rgba):
        return Symbol(Type.COLOUR, tuple(value), used)
    if isinstance(value, tuple):
        return Symbol(Type.VEC2, value, used)
    if isinstance(value, str):
        return Symbol(Type.TEXT, (), used, value)
    return Symbol(Type.LIST, (), used, value) if isinstance(value, list) else None


def json_constant(value: Any) -> Any:
    """Return a JSON value as a constant: `#hex` texts and objects of colour components are colours, two numbers are a vec2."""
    if isinstance(value, list | tuple) and len(value) == 2 and all(_is_number(v) for v in value):
        return float(value[0]), float(value[1])
    if isinstance(value, dict) and value.keys() == {"x", "y"} and all(_is_number(v) for v in value.values()):
        return float(value["x"]), float(value["y"])
    if (isinstance(value, str) and value.startswith("#")) or (isinstance(value, dict) and {"r", "h"} & value.keys()):
        try:
            return parse_colour(value)
        except ColourError:
            return value
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
