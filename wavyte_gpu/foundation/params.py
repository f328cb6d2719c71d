"""The parameters of kinds that a document names: effects and transitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["ParamSchema", "ParamType"]

ParamType = Literal["f64", "vec2", "color", "bool", "string", "path", "list"]


@dataclass(frozen=True, slots=True)
class ParamSchema:
    """One parameter of a kind. f64, vec2 and colour parameters of effects animate; the others are static.

    Attributes:
        name: in documents. type: what it holds; a path is a text of SVG path data. required: whether it must be given.
        aliases: other names that are accepted.
        default: of one that is not given: a number, (x, y), `Rgba`, bool or text; None leaves its value None.
        minimum: of numbers. count: of a list of numbers, or of an f64 that is a list of animated numbers.
        choices: of a string, name to canonical name. uniform: a vec2 may be given as one number.
    """

    name: str
    type: ParamType
    required: bool = False
    aliases: tuple[str, ...] = ()
    default: Any = None
    minimum: float | None = None
    count: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    uniform: bool = False
