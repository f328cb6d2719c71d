"""Laws of growth, measured in processor time: the same on a slow or busy machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["assert_proportional"]

T = TypeVar("T")
_TIMES = 8
_ALLOWED = 3 * _TIMES  # a square law gives 64
_TRIES = 3


def assert_proportional(make: Callable[[int], T], work: Callable[[T], object], count: int) -> None:
    """Check that work on `count` things takes about eight times as long as on an eighth of them, and not sixty-four times.

    Args:
        make: what to work on, from a number of things; not measured. work: must not keep anything from one call to the next.
    """
    few, many = make(count // _TIMES), make(count)

    def seconds(what: T) -> float:
        started = time.process_time()
        work(what)
        return time.process_time() - started

    seconds(few)  # what is loaded on first use
    tries: list[float] = []
    while not tries or (tries[-1] > _ALLOWED and len(tries) < _TRIES):
        tries.append(seconds(many) / min(seconds(few) for _ in range(_TRIES)))
    assert tries[-1] <= _ALLOWED, f"{_TIMES} times as many take {tries} times as long"
