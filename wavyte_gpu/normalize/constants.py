"""Expressions that are evaluated once, when a document is expanded: over variables and the element of a repeat, never over time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wavyte_gpu.expr.constant import Element, evaluate_constant
from wavyte_gpu.normalize.scope import Instance, Scope, look_up

__all__ = ["constant"]

_NAME = re.compile(r"=\s*((?:vars|item|index|count)(?:\.\w+)*)\s*", re.ASCII)


class _Declared(Mapping[str, Any]):
    """The variables of a composition by name, None where one has no value."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def __getitem__(self, name: str) -> Any:
        if name not in self._instance.composition.variables:
            raise KeyError(name)
        return self._instance.variables.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._instance.composition.variables)

    def __len__(self) -> int:
        return len(self._instance.composition.variables)


def constant(source: str, scope: Scope, path: str, node_id: str | None) -> Any:
    """Return the value of a constant expression; a name alone gives the value as it is written, lists and texts too.

    Raises:
        KeyError: with a sentence that says which name is missing.
        ExpressionError: the expression is wrong.
    """
    match = _NAME.fullmatch(source)
    if match is not None:
        return look_up(scope, tuple(match.group(1).split(".")))
    instance = scope.instance
    element = Element(scope.item, scope.index, scope.count) if scope.outer is not None else None
    return evaluate_constant(
        source, _Declared(instance), element=element, seed=instance.composition.seed, path=path, node_id=node_id
    )
