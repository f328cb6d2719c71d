"""Frames of one session, from indices to pixels: sample, evaluate, lower, compile, submit. The stages in order, a batch at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.compile.compiler import compile_frame
from wavyte_gpu.compile.lower import Lowering
from wavyte_gpu.compile.memory import FrameMemory
from wavyte_gpu.compile.plan import RenderPlan
from wavyte_gpu.compile.shapes import ShapeTiler
from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.eval.evaluator import Evaluator, Samples
from wavyte_gpu.eval.graph import EvaluatedGraph
from wavyte_gpu.eval.traverse import build_graph
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.registry import Registry
from wavyte_gpu.render.backend import Backend, FrameBytes, OutputRequest, Pending
from wavyte_gpu.render.surfaces import plan_bytes
from wavyte_gpu.session.media import SessionMedia
from wavyte_gpu.session.options import SessionOptions
from wavyte_gpu.session.stages import StageTimes

__all__ = ["FrameSource", "Rendered"]

_GPU_IN_FLIGHT = 3
_KEPT_PART = 4  # surfaces that are kept take at most this part of the pool


class Rendered(NamedTuple):
    """A finished frame, and whether it was rendered or is the picture of an equal frame before it."""

    frame: Frame
    elided: bool


class _Future:
    """A frame that a worker thread renders."""

    def __init__(self, future: Future[Pending]) -> None:
        self._future = future

    def result(self) -> FrameBytes:
        return self._future.result().result()


class FrameSource:
    """Renders frames of a normalised composition on one backend.

    Attributes:
        zeros: (E,) divisions by zero of each expression in the frames that `frames` gave last, None where there are none.
    """

    def __init__(
        self,
        ir: CompositionIR,
        media: SessionMedia,
        backend: Backend,
        options: SessionOptions,
        variables: Mapping[str, Any],
        kinds: Registry,
    ) -> None:
        self._ir = ir
        self._media = media
        self._backend = backend
        self._evaluator = Evaluator(ir, media, kinds)
        self.bind(variables)
        self.zeros: npt.NDArray[np.int64] | None = None
        self._lowering = Lowering(ir, media)
        self._shapes = ShapeTiler(ir, media)
        self._max_pool_bytes = options.max_pool_bytes
        # The reference backend draws every frame from nothing: that is what reuse is compared with.
        self._memory = FrameMemory(options.max_pool_bytes // _KEPT_PART) if options.reuse and backend.name == "gpu" else None
        self._chunk = self._evaluator.batch_size(options.chunk_size)
        workers, _ = options.threads()
        self._in_flight = _GPU_IN_FLIGHT if backend.name == "gpu" else workers
        self._pool = (
            ThreadPoolExecutor(workers, "wavyte-frame") if backend.name == "reference" and workers > 1 else None
        )
        if workers == 1:
            self._in_flight = 1

    def close(self) -> None:
        """End the worker threads, and free what evaluation holds."""
        self._evaluator.close()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    @property
    def program(self) -> BoundProgram | None:
        """The composition's expressions with the present values of its variables."""
        return self._evaluator.program

    def bind(self, variables: Mapping[str, Any]) -> None:
        """Set the variables that expressions read, for the frames to come."""
        if self._ir.expressions is not None:
            self._evaluator.program = self._ir.expressions.bind(variables)

    def sample(self, frames: Sequence[int]) -> Samples:
        """Return steps 1 to 3 of evaluation, which tell equal frames apart."""
        return self._evaluator.sample(np.asarray(frames, dtype=np.int64))

    def forget(self) -> None:
        """Draw the next frame from nothing: the backend has done something else, or less, than its last plans said."""
        if self._memory is not None:
            self._memory.forget()

    def next_plans(self, samples: Samples, times: StageTimes | None = None) -> Iterator[RenderPlan]:
        """Return the plans of sampled frames that draw what changed. Each must be executed before the next is made."""
        for full, plan in self._plans(samples, times, self._memory):
            if self._memory is not None and plan_bytes(plan) > self._max_pool_bytes:
                self._memory = None  # what is kept leaves too little room
                yield full()
            else:
                yield plan

    def plans(self, samples: Samples, times: StageTimes | None = None) -> Iterator[RenderPlan]:
        """Return the plans of sampled frames, in order, that draw everything."""
        for _, plan in self._plans(samples, times, None):
            yield plan

    def _plans(
        self, samples: Samples, times: StageTimes | None, memory: FrameMemory | None
    ) -> Iterator[tuple[Callable[[], RenderPlan], RenderPlan]]:
        """Yield each frame's plan, after a function that makes the one that needs no memory."""
        times = times or StageTimes()
        count = len(samples.frames)
        with times.measure("evaluate", count):
            batch = self._evaluator.evaluate(samples)
        with times.measure("compile", count):
            lowered = self._lowering.lower(batch.leaves)
        for at in range(count):
            with times.measure("evaluate"):
                graph = build_graph(self._ir, batch, at)
            with times.measure("compile"):
                plan = compile_frame(self._ir, graph, lowered, self._media, self._shapes, memory)
            yield partial(compile_frame, self._ir, graph, lowered, self._media, self._shapes), plan

    def plan_after(self, frame: int) -> RenderPlan:
        """Return the plan of a frame that is rendered after those before it: it draws what changed."""
        memory = FrameMemory(self._max_pool_bytes // _KEPT_PART)
        frames = range(max(frame - 2, 0), frame + 1)  # a surface is kept from the second frame in which it is the same
        *_, (_, plan) = self._plans(self.sample(frames), None, memory)
        return plan

    def graph(self, samples: Samples) -> EvaluatedGraph:
        """Return the evaluated form of the first sampled frame."""
        return build_graph(self._ir, self._evaluator.evaluate(samples), 0)

    def render(self, samples: Samples, request: OutputRequest, times: StageTimes | None = None) -> tuple[FrameBytes, int]:
        """Render the first sampled frame now; return it and the number of its ops."""
        try:
            plan = next(self.next_plans(samples, times))
            return self._backend.submit(plan, request).result(), len(plan.ops)
        except BaseException:
            self.forget()
            raise

    def submit(self, plan: RenderPlan, request: OutputRequest) -> Pending:
        """Start a frame, on a worker thread where the backend computes in the call."""
        if self._pool is not None:
            return _Future(self._pool.submit(self._backend.submit, plan, request))
        return self._backend.submit(plan, request)

    def frames(
        self, wanted: range, request: OutputRequest, *, elide: bool, times: StageTimes | None = None
    ) -> Iterator[Rendered]:
        """Yield the wanted frames in order, several under way at once.

        Args:
            elide: render frames of equal keys once, within a chunk and from one chunk to the next.
        """
        try:
            yield from self._frames(wanted, request, elide, times)
        except BaseException:
            self.forget()
            raise

    def _frames(
        self, wanted: range, request: OutputRequest, elide: bool, times: StageTimes | None
    ) -> Iterator[Rendered]:
        waiting: deque[tuple[int, Pending | None]] = deque()  # None: the same picture as the frame before
        last: Frame | None = None
        last_key = b""
        self.zeros = None
        for start in range(0, len(wanted), self._chunk):
            chunk = wanted[start : start + self._chunk]
            samples = self.sample(chunk)
            if samples.zeros is not None:
                divided = samples.zeros.sum(axis=1)
                self.zeros = divided if self.zeros is None else self.zeros + divided
            fresh = []
            for i, key in enumerate(samples.keys):
                if not elide or key != last_key:
                    fresh.append(i)
                last_key = key
            plans = self.next_plans(samples.take(fresh), times) if fresh else iter(())
            rendered = set(fresh)
            for i, index in enumerate(chunk):
                waiting.append((index, self.submit(next(plans), request) if i in rendered else None))
                while len(waiting) > self._in_flight:
                    out = _finish(*waiting.popleft(), last, times)
                    last = out.frame
                    yield out
        while waiting:
            out = _finish(*waiting.popleft(), last, times)
            last = out.frame
            yield out


def _finish(index: int, pending: Pending | None, last: Frame | None, times: StageTimes | None) -> Rendered:
    if pending is None:
        assert last is not None
        return Rendered(last.at(index), True)
    result = pending.result()
    assert result.rgba is not None
    if times is not None:
        times.take(result.timings)
    return Rendered(Frame.adopt(index, result.rgba, result.planes), False)
