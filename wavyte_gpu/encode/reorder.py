"""A bounded buffer that takes numbered items in any order and gives them in order.

It is the only queue between rendering and encoding: a producer may run ahead of the consumer by at most `capacity` items, and the
item that the consumer waits for is always admitted, so that workers can't lock each other out.
"""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

from wavyte_gpu.foundation.errors import Cancelled

__all__ = ["ReorderBuffer"]

T = TypeVar("T")


class ReorderBuffer(Generic[T]):
    """Items at positions 0, 1, 2, ... from any number of producers to one consumer.

    Args:
        capacity: how far a producer may be ahead; at least 1.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a reorder buffer holds at least one item")
        self._capacity = capacity
        self._items: dict[int, T] = {}
        self._next = 0
        self._closed = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def put(self, position: int, item: T) -> None:
        """Hand in an item; wait while it is `capacity` or more ahead of what the consumer takes next.

        Raises:
            ValueError: the position was handed in before, or the buffer is closed.
            Cancelled: the buffer was cancelled; or the error that it was failed with.
        """
        with self._changed:
            if self._closed or position < self._next or position in self._items:
                self._raise_error()
                raise ValueError(f"position {position} is taken, or the buffer is closed")
            while position >= self._next + self._capacity:
                self._raise_error()
                self._changed.wait()
            self._raise_error()
            self._items[position] = item
            self._changed.notify_all()

    def get(self) -> T | None:
        """Return the next item in order, or None when the buffer is closed and all were taken.

        Raises:
            ValueError: the buffer was closed while a position was missing.
            Cancelled: it was cancelled; or the error that it was failed with.
        """
        with self._changed:
            while self._next not in self._items:
                self._raise_error()
                if self._closed:
                    if self._items:
                        raise ValueError(f"position {self._next} was never handed in")
                    return None
                self._changed.wait()
            self._raise_error()
            item = self._items.pop(self._next)
            self._next += 1
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Say that nothing more will be handed in."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def fail(self, error: BaseException | None = None) -> None:
        """Wake everybody with an error, by default Cancelled; what is buffered is dropped. The first error stays."""
        with self._changed:
            if self._error is None:
                self._error = Cancelled("rendering was cancelled") if error is None else error
            self._items.clear()
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._items)

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error
