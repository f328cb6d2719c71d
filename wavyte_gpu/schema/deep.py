"""Room on the stack for documents that nest as deep as they may, and quiet for large ones.

Reading and writing recurse a few Python frames a level, at most `MAX_NESTING` levels, which can pass the interpreter's
default limit. Python frames take no room on the C stack, so the limit is raised for good the first time it is met.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["STACK_FRAMES", "no_collection", "with_deep_stack"]

STACK_FRAMES = 8000
T = TypeVar("T")


def with_deep_stack(call: Callable[[], T]) -> T:
    """Return `call()`, run again with a higher recursion limit when the present one is met.

    Raises:
        RecursionError: when even that is not enough.
    """
    try:
        return call()
    except RecursionError:
        if sys.getrecursionlimit() >= STACK_FRAMES:
            raise
        sys.setrecursionlimit(STACK_FRAMES)
        return call()


@contextmanager
def no_collection() -> Iterator[None]:
    """Pause the cyclic garbage collector: reading makes many small objects and no cycles, and scans would dominate."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
