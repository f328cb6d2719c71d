"""The op scheduler: order, errors, and no dependence on the number of threads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavyte_gpu.render.scheduler import Scheduler, levels

DAGS = st.lists(st.sets(st.integers(0, 40), max_size=4), max_size=40).map(
    lambda sets: [tuple(sorted({d % i for d in s})) if i else () for i, s in enumerate(sets)]
)


def test_levels() -> None:
    assert levels([]) == []
    assert levels([(), (), (0,), (1, 2), (0,)]) == [[0, 1], [2, 4], [3]]


@given(DAGS, st.sampled_from([1, 2, 3, 8]))
@settings(max_examples=60, deadline=None)
def test_every_op_runs_once_after_its_dependencies(deps: list[tuple[int, ...]], parallelism: int) -> None:
    scheduler = Scheduler(parallelism)
    lock = threading.Lock()
    done: list[int] = []

    def execute(index: int) -> None:
        with lock:
            assert all(d in done for d in deps[index])
        with lock:
            done.append(index)

    scheduler.run(deps, execute)
    scheduler.close()
    assert sorted(done) == list(range(len(deps)))


def test_one_thread_runs_in_order() -> None:
    order: list[int] = []
    Scheduler(1).run([(), (), (0,), ()], order.append)
    assert order == [0, 1, 2, 3]


def test_independent_ops_overlap() -> None:
    scheduler = Scheduler(3)
    meet = threading.Barrier(3, timeout=10)

    def execute(_: int) -> None:
        meet.wait()

    scheduler.run([(), (), ()], execute)
    scheduler.close()


@pytest.mark.parametrize("parallelism", [1, 4])
def test_an_error_stops_what_follows(parallelism: int) -> None:
    scheduler = Scheduler(parallelism)
    ran: list[int] = []

    def execute(index: int) -> None:
        ran.append(index)
        if index == 1:
            raise ValueError("op 1")

    with pytest.raises(ValueError, match="op 1"):
        scheduler.run([(), (0,), (1,), (2,)], execute)
    assert ran == [0, 1]
    scheduler.run([(), ()], lambda _: None)  # still usable
    scheduler.close()


def test_frames_share_the_threads() -> None:
    """More frames at once than threads: none waits for ever."""
    scheduler = Scheduler(2)
    deps = [(), (), (0, 1), (2,), (2,)]
    count = [0]
    lock = threading.Lock()

    def execute(_: int) -> None:
        time.sleep(0.0005)
        with lock:
            count[0] += 1

    with ThreadPoolExecutor(6) as frames:
        for future in [frames.submit(scheduler.run, deps, execute) for _ in range(24)]:
            future.result(timeout=30)
    scheduler.close()
    assert count[0] == 24 * len(deps)
