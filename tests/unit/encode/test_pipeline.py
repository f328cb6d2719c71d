"""The reorder buffer and the encoder's thread."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavyte_gpu.encode import EncodePipeline, Frame, InMemorySink, ReorderBuffer, SinkConfig
from wavyte_gpu.foundation.errors import Cancelled, EncodeError

CONFIG = SinkConfig(2, 2, Fraction(30))


def frame(index: int) -> Frame:
    return Frame(index, np.full((2, 2, 4), index % 256, np.uint8))


class Recorder:
    """Notes what is called; may be slow or fail."""

    wants: ClassVar[str] = "rgba"

    def __init__(self, fail_at: int | None = None, fail_in: str = "push", error: BaseException | None = None) -> None:
        self.calls: list[object] = []
        self.fail_at, self.fail_in = fail_at, fail_in
        self.error = error or EncodeError("disk full")
        self.gate = threading.Event()
        self.gate.set()

    def begin(self, config: SinkConfig) -> None:
        self.calls.append("begin")
        if self.fail_in == "begin":
            raise self.error

    def push_frame(self, index: int, frame: Frame) -> None:
        assert self.gate.wait(10)
        if index == self.fail_at and self.fail_in == "push":
            raise self.error
        self.calls.append(index)

    def end(self) -> None:
        if self.fail_in == "end":
            raise self.error
        self.calls.append("end")

    def abort(self) -> None:
        self.calls.append("abort")


def encoder_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "wavyte-encode"]


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(12)), st.integers(1, 5))
def test_any_order_comes_out_in_order(order: list[int], capacity: int) -> None:
    buffer: ReorderBuffer[int] = ReorderBuffer(capacity)
    out = []

    def consume() -> None:
        while (item := buffer.get()) is not None:
            out.append(item)

    consumer = threading.Thread(target=consume)
    consumer.start()
    # A worker for each item: every item can wait for its turn, whatever the order.
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda k: buffer.put(k, k), order))
    buffer.close()
    consumer.join(10)
    assert out == list(range(12))


def test_the_awaited_item_is_always_admitted() -> None:
    buffer: ReorderBuffer[str] = ReorderBuffer(2)
    buffer.put(1, "b")
    late = threading.Thread(target=buffer.put, args=(2, "c"))
    late.start()
    time.sleep(0.02)
    assert late.is_alive() and len(buffer) == 1
    buffer.put(0, "a")
    assert [buffer.get(), buffer.get(), buffer.get()] == ["a", "b", "c"]
    late.join(5)


def test_mistakes() -> None:
    buffer: ReorderBuffer[str] = ReorderBuffer(3)
    buffer.put(1, "b")
    with pytest.raises(ValueError, match="taken"):
        buffer.put(1, "b")
    buffer.close()
    with pytest.raises(ValueError, match="never handed in"):
        buffer.get()
    buffer.fail()
    with pytest.raises(Cancelled):
        buffer.put(0, "a")
    with pytest.raises(Cancelled):
        buffer.get()
    with pytest.raises(ValueError):
        ReorderBuffer(0)


def test_frames_reach_the_sink_in_order() -> None:
    sink = InMemorySink()
    frames = range(10, 40, 3)
    with EncodePipeline(sink, CONFIG, frames, capacity=3) as pipeline, ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda k: pipeline.push(k, frame(k)), frames))
        pipeline.finish()
    assert [f.index for f in sink.frames] == list(frames) and sink.finished and pipeline.encoded == 10
    assert encoder_threads() == []


def test_backpressure() -> None:
    sink = Recorder()
    sink.gate.clear()
    with EncodePipeline(sink, CONFIG, range(10), capacity=2) as pipeline:
        pushed = []

        def produce() -> None:
            for k in range(10):
                pipeline.push(k, frame(k))
                pushed.append(k)

        producer = threading.Thread(target=produce)
        producer.start()
        time.sleep(0.1)
        assert len(pushed) <= 3
        sink.gate.set()
        producer.join(10)
    assert sink.calls == ["begin", *range(10), "end"]


@pytest.mark.parametrize("error", [EncodeError("disk full"), RuntimeError("bug"), MemoryError()])
def test_the_sinks_error_reaches_the_producer(error: BaseException) -> None:
    sink = Recorder(fail_at=3, error=error)
    with pytest.raises(type(error)), EncodePipeline(sink, CONFIG, range(100), capacity=2) as pipeline:
        for k in range(100):
            pipeline.push(k, frame(k))
        pipeline.finish()
    assert sink.calls == ["begin", 0, 1, 2, "abort"] and encoder_threads() == []


def test_errors_of_begin_and_end() -> None:
    sink = Recorder(fail_in="begin")
    with pytest.raises(EncodeError):
        EncodePipeline(sink, CONFIG, range(3))
    assert sink.calls == ["begin", "abort"]
    sink = Recorder(fail_in="end")
    with pytest.raises(EncodeError), EncodePipeline(sink, CONFIG, range(1)) as pipeline:
        pipeline.push(0, frame(0))
        pipeline.finish()
    assert sink.calls == ["begin", 0, "abort"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Cancelled("stop"), ValueError("render bug")])
def test_an_error_of_the_renderer_aborts_the_sink(error: BaseException) -> None:
    sink = Recorder()
    with pytest.raises(type(error)), EncodePipeline(sink, CONFIG, range(9)) as pipeline:
        pipeline.push(0, frame(0))
        raise error
    assert sink.calls[-1] == "abort" and "end" not in sink.calls and encoder_threads() == []


def test_cancel_wakes_a_waiting_producer() -> None:
    sink = Recorder()
    sink.gate.clear()
    pipeline = EncodePipeline(sink, CONFIG, range(9), capacity=1)
    caught = []

    def produce() -> None:
        try:
            for k in range(9):
                pipeline.push(k, frame(k))
        except Cancelled as error:
            caught.append(error)

    producer = threading.Thread(target=produce)
    producer.start()
    time.sleep(0.05)
    threading.Timer(0.05, sink.gate.set).start()
    pipeline.cancel()
    producer.join(5)
    pipeline.cancel()
    assert len(caught) == 1 and sink.calls[-1] == "abort"
    with pytest.raises(Cancelled):
        pipeline.finish()


def test_missing_frames_abort() -> None:
    sink = Recorder()
    with pytest.raises(Cancelled, match="1 of 3"), EncodePipeline(sink, CONFIG, range(3)) as pipeline:
        pipeline.push(0, frame(0))
        pipeline.finish()
    assert sink.calls == ["begin", 0, "abort"]


def test_foreign_frames_are_refused() -> None:
    with EncodePipeline(InMemorySink(), CONFIG, range(1)) as pipeline:
        with pytest.raises(ValueError):
            pipeline.push(5, frame(5))
        pipeline.push(0, frame(0))
