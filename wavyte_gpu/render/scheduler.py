"""Run the ops of one frame by their dependencies: counts, ready queues, a pool of threads (spec, section 14.2)."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

__all__ = ["Scheduler", "levels"]


def levels(deps: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the ops by level: an op stands one level above the highest of its dependencies.

    Args:
        deps: for each op the ops that it waits for, all of them earlier in the sequence.
    """
    level: list[int] = []
    out: list[list[int]] = []
    for index, needs in enumerate(deps):
        at = 1 + max((level[d] for d in needs), default=-1)
        level.append(at)
        if at == len(out):
            out.append([])
        out[at].append(index)
    return out


class Scheduler:
    """Runs ops whose dependencies are done, the lowest index first, on up to `parallelism` threads.

    The caller's thread takes part, so that frames that run at once never wait for a free thread of the pool.
    """

    def __init__(self, parallelism: int = 1) -> None:
        self.parallelism = max(1, parallelism)
        self._pool: ThreadPoolExecutor | None = None
        if self.parallelism > 1:
            self._pool = ThreadPoolExecutor(self.parallelism - 1, thread_name_prefix="wavyte-op")

    def run(self, deps: Sequence[Sequence[int]], execute: Callable[[int], None]) -> None:
        """Call `execute(index)` once for every op, after those it depends on.

        Raises:
            Exception: what `execute` raised; of several the one of the lowest index. No further op starts after it.
        """
        if self._pool is None or len(deps) < 2:
            for index in range(len(deps)):
                execute(index)
            return
        run = _Run(deps, execute)
        helpers = [self._pool.submit(run.work) for _ in range(min(self.parallelism - 1, len(deps) - 1))]
        run.work()
        for helper in helpers:
            # One that never got a thread has nothing left to do; the others are past their last op or about to be.
            if not helper.cancel():
                helper.result()
        run.raise_first()

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)


class _Run:
    """The state of one frame: how many dependencies each op still waits for, and which ops are ready."""

    def __init__(self, deps: Sequence[Sequence[int]], execute: Callable[[int], None]) -> None:
        self._execute = execute
        self._waiting = [len(set(needs)) for needs in deps]
        self._dependents: list[list[int]] = [[] for _ in deps]
        for index, needs in enumerate(deps):
            for need in set(needs):
                self._dependents[need].append(index)
        self._ready = [index for index, n in enumerate(self._waiting) if n == 0]
        self._left = len(deps)
        self._errors: dict[int, BaseException] = {}
        self._changed = threading.Condition()

    def work(self) -> None:
        """Take ready ops until none is left in the frame."""
        while (index := self._take()) is not None:
            error: BaseException | None = None
            try:
                self._execute(index)
            except BaseException as caught:  # raised again by raise_first, in the thread that asked for the frame
                error = caught
            self._finish(index, error)

    def _take(self) -> int | None:
        with self._changed:
            while not self._ready:
                if self._left == 0 or self._errors:
                    return None
                self._changed.wait()
            return None if self._errors else heapq.heappop(self._ready)

    def _finish(self, index: int, error: BaseException | None) -> None:
        with self._changed:
            self._left -= 1
            if error is not None:
                self._errors[index] = error
            for dependent in self._dependents[index]:
                self._waiting[dependent] -= 1
                if self._waiting[dependent] == 0:
                    heapq.heappush(self._ready, dependent)
            self._changed.notify_all()

    def raise_first(self) -> None:
        """Raise the error of the lowest op, if any."""
        if self._errors:
            raise self._errors[min(self._errors)]
        assert self._left == 0, "the plan's dependencies have a cycle"
