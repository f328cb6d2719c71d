"""Compiles the expressions of a scene into one program: check, lower, find the order, link what reads each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wavyte_gpu.expr.check import Typed, check
from wavyte_gpu.expr.errors import Fault
from wavyte_gpu.expr.functions import Value
from wavyte_gpu.expr.graph import evaluation_order
from wavyte_gpu.expr.lower import lower
from wavyte_gpu.expr.names import OPAQUE, Input, Resolver, Type
from wavyte_gpu.expr.program import ProgramBuilder
from wavyte_gpu.expr.scene import Prop, Var, property_name

__all__ = ["ExpressionCompiler", "chain_text"]


class ExpressionCompiler:
    """Compiles expressions one by one; properties that expressions drive are linked at the end."""

    def __init__(self) -> None:
        self.builder = ProgramBuilder()

    def add(
        self, source: str, resolver: Resolver, want: Sequence[Type], seed: int = 0
    ) -> tuple[Typed | None, Value | None, list[Fault]]:
        """Check an expression and add its instructions.

        Args:
            want: the types that it may have; none for any. seed: its composition's, for `random` and `noise`.

        Returns:
            The expression, one register a component of its value, and all that is wrong. No registers where a type is not
            known, or the value is a text or a list.
        """
        typed, faults = check(source, resolver, want)
        if typed is None or Type.ANY in typed.types or typed.type in OPAQUE:
            return typed, None, faults
        try:
            return typed, lower(typed, self.builder, _input, seed), []
        except Fault as fault:
            return None, None, [fault]

    def order(self, driven: Mapping[Prop, int]) -> list[list[Prop]]:
        """Return the cycles among properties that expressions drive, by the registers of their values."""
        reads = {
            prop: [name for name in self.builder.reads(register) if isinstance(name, Prop) and name in driven]
            for prop, register in driven.items()
        }
        return evaluation_order(reads)[1]


def _input(builder: ProgramBuilder, name: Input) -> int:
    return builder.input(name, fixed=isinstance(name, Var))


def chain_text(chain: list[Prop], names: Mapping[Any, str] | None = None) -> str:
    """Return a cycle as `a.opacity -> b.transform.translate.x -> a.opacity`, a long one in part."""
    shown = [f"{names[p.node] if names is not None else p.node}.{property_name(p.lane)}" for p in chain]
    return " -> ".join(shown if len(shown) <= 12 else [*shown[:10], f"... {len(shown) - 11} more ...", shown[-1]])
