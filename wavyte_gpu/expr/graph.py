"""The order of expressions: what one reads is computed before it, and a cycle is an error that names its chain."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

__all__ = ["evaluation_order"]

K = TypeVar("K", bound=Hashable)


def evaluation_order(reads: Mapping[K, Iterable[K]]) -> tuple[list[K], list[list[K]]]:
    """Return an order in which nothing comes before what it reads, without recursion.

    Args:
        reads: what each property reads; reads of others than its keys don't matter.

    Returns:
        The properties in order, and for each cycle met its chain, the first one again at its end.
    """
    order: list[K] = []
    cycles: list[list[K]] = []
    done: set[K] = set()
    for start in reads:
        if start in done:
            continue
        chain, place = [start], {start: 0}
        stack = [iter(reads[start])]
        while stack:
            name = next(stack[-1], None)
            if name is None:
                stack.pop()
                last = chain.pop()
                del place[last]
                done.add(last)
                order.append(last)
            elif name in place:
                cycles.append([*chain[place[name] :], name])
            elif name in reads and name not in done:
                place[name] = len(chain)
                chain.append(name)
                stack.append(iter(reads[name]))
    return order, cycles
