"""The encoder's thread: frames go in from rendering in any order, a sink gets them in timeline order (spec, section 15.2)."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.reorder import ReorderBuffer
from wavyte_gpu.encode.sink import FrameSink, SinkConfig
from wavyte_gpu.foundation.errors import Cancelled

__all__ = ["EncodePipeline"]


class EncodePipeline:
    """Runs a sink on a thread of its own. Use as a context manager: leaving it by an exception aborts the sink.

    ```python
    with EncodePipeline(sink, config, frames) as pipeline:
        for index in frames:
            pipeline.push(index, render(index))
        pipeline.finish()
    ```

    Args:
        sink: its `begin` is called here, on the caller's thread; the rest on the encoder's.
        config: what `begin` is told.
        frames: the composition frames, in timeline order.
        capacity: how many frames rendering may be ahead; `push` waits beyond that.
    """

    def __init__(self, sink: FrameSink, config: SinkConfig, frames: range, capacity: int = 4) -> None:
        self._sink = sink
        self._frames = frames
        self._buffer: ReorderBuffer[tuple[int, Frame]] = ReorderBuffer(capacity)
        self._error: BaseException | None = None
        self._ended = False
        self._done = 0
        try:
            sink.begin(config)
        except BaseException:
            sink.abort()
            raise
        self._thread = threading.Thread(target=self._run, name="wavyte-encode", daemon=True)
        self._thread.start()

    @property
    def encoded(self) -> int:
        """How many frames the sink has taken."""
        return self._done

    @property
    def alive(self) -> bool:
        """Whether the encoder's thread still runs."""
        return self._thread.is_alive()

    def push(self, index: int, frame: Frame) -> None:
        """Hand in a composition frame, from any thread, in any order; wait while rendering is too far ahead.

        Raises:
            WavyteError: what the sink failed with, or Cancelled.
            ValueError: it is none of the frames, or was handed in before.
        """
        self._buffer.put(self._frames.index(index), (index, frame))

    def finish(self) -> None:
        """Wait until everything is encoded and the sink has ended.

        Raises:
            WavyteError: what the sink failed with, or Cancelled.
        """
        self._buffer.close()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def cancel(self) -> None:
        """Stop: drop what waits, abort the sink, wait for the thread. Harmless after the end and when called twice."""
        self._buffer.fail()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.cancel()
        elif self._thread.is_alive() or not (self._ended or self._error):
            self.finish()

    def _run(self) -> None:
        """Feed the sink until there is nothing more, or something fails."""
        try:
            while (item := self._buffer.get()) is not None:
                self._sink.push_frame(*item)
                self._done += 1
            if self._done != len(self._frames):
                raise Cancelled(f"{self._done} of {len(self._frames)} frames were handed in")
            self._sink.end()
            self._ended = True
        except BaseException as error:  # carried to the thread that pushes
            self._error = error
            try:
                self._sink.abort()
            finally:
                self._buffer.fail(error)
