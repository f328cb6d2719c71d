"""RenderSession: the only place that joins the stages.

schema -> normalize -> assets -> eval -> compile -> render -> encode
"""

from __future__ import annotations

import io
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.compile.dump import plan_dot, plan_json, plan_text
from wavyte_gpu.compile.fingerprint import op_hashes, plan_fingerprint
from wavyte_gpu.compile.plan import RenderPlan
from wavyte_gpu.encode.ffmpeg import FfmpegSink
from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.pipeline import EncodePipeline
from wavyte_gpu.encode.sink import FrameSink, SinkConfig, sink_wants
from wavyte_gpu.foundation.errors import Cancelled, DeviceError, Problem, SchemaError, WavyteError
from wavyte_gpu.foundation.hashing import FramesHash, Hasher
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.registry import Registry, registry_of
from wavyte_gpu.render.backend import AdapterInfo, OutputRequest, Pixels
from wavyte_gpu.session.backends import open_backend
from wavyte_gpu.session.composition import Composition
from wavyte_gpu.session.documents import DocumentFiles
from wavyte_gpu.session.frame_source import FrameSource
from wavyte_gpu.session.measure import machine, measure, peak_rss_bytes
from wavyte_gpu.session.media import SessionMedia
from wavyte_gpu.session.options import SessionOptions
from wavyte_gpu.session.plan_views import reuse_json, reuse_text, units_text
from wavyte_gpu.session.scene import Scene, make_scene
from wavyte_gpu.session.sound import SessionSound, push_sound
from wavyte_gpu.session.stages import StageTimes
from wavyte_gpu.session.stats import Progress, RenderStats, progress, zero_warnings
from wavyte_gpu.session.variables import missing_variables, read_variables

__all__ = ["RenderSession"]

_log = logging.getLogger("wavyte_gpu.session")


class RenderSession:
    """A composition made ready on one backend. Use as a context manager, or `close` it.

    Calls from several threads are taken one at a time. A session belongs to the process that made it.

    Args:
        comp: what to render.
        registry: the kinds that `comp` may name besides the built-in ones; default those that it was read with.
        assets_root: nothing outside this folder is opened; default the document's folder.
        options: backend, memory, threads.
        variables: values to begin with, as `set_variables` takes them.

    Raises:
        SchemaError: a kind is named that `registry` lacks. LimitError: a bound is exceeded.
        SchemaError, AssetError: an asset is missing or corrupt. UnsupportedError: its pixels are of a kind that is not read.
        DeviceError: the backend asked for is not there.
    """

    def __init__(
        self,
        comp: Composition,
        registry: Registry | None = None,
        assets_root: str | os.PathLike[str] | None = None,
        options: SessionOptions | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self.comp = comp if registry is None else comp.with_registry(registry)
        self.options = options or SessionOptions()
        self.warnings: list[Problem] = []
        self._lock = threading.RLock()
        self._closed = False
        self._pid = os.getpid()
        self._last: tuple[bytes, Frame] | None = None
        self._variables = read_variables(comp.document, variables or {})
        self._store = AssetStore((), comp.base_dir, assets_root)
        self._files = DocumentFiles(comp.base_dir, assets_root, self.comp.registry)
        self._sound = SessionSound(self._store, self.options)
        self._scene: Scene | None = None
        self._frames: FrameSource | None = None
        try:
            self._build()
            self._backend = open_backend(self.options, self._store, self.warnings.append)
        except BaseException:
            self._store.close()
            raise

    def _build(self) -> None:
        """Make the scene of the present variables; without the required ones there is none."""
        if missing_variables(self.comp.document, self._variables):
            return
        try:
            scene = make_scene(self.comp, self._variables, self._store, self._files.load)
        except WavyteError as error:
            raise type(error)(self.comp.located(error.problems)) from error
        first = self._scene is None
        self._scene = scene
        if self._frames is not None:
            self._frames.close()
            self._frames = None
        if scene.moved and not first:
            self._backend.forget_assets()
        if first:
            self.warnings += self._store.warnings()

    @property
    def _source(self) -> FrameSource:
        if self._frames is None:
            kinds = registry_of(self.comp.registry)
            self._frames = FrameSource(self._ir, self._media, self._backend, self.options, self._values, kinds)
        return self._frames

    @property
    def _values(self) -> dict[str, Any]:
        """The values of all variables that have one."""
        defaults = {n: v.default for n, v in self.comp.document.variables.items() if v.default is not None}
        return {**defaults, **self._variables}

    @property
    def _ir(self) -> CompositionIR:
        assert self._scene is not None
        return self._scene.ir

    @property
    def _digest(self) -> bytes:
        assert self._scene is not None
        return self._scene.digest

    @property
    def _media(self) -> SessionMedia:
        assert self._scene is not None
        return self._scene.media

    @property
    def backend_name(self) -> str:
        """ "gpu" or "reference"."""
        return self._backend.name

    @property
    def adapter(self) -> AdapterInfo | None:
        """The adapter that renders, None on the reference backend."""
        return self._backend.adapter

    @property
    def width(self) -> int:
        """Width of the frames in px."""
        return self.comp.render_size[0]

    @property
    def height(self) -> int:
        """Height of the frames in px."""
        return self.comp.render_size[1]

    def set_variables(self, values: Mapping[str, Any]) -> None:
        """Set variables for the frames to come.

        Raises:
            SchemaError: a name is unknown or a value does not fit its declaration; then none is set.
        """
        with self._use():
            before = self._variables
            self._variables = {**before, **read_variables(self.comp.document, values)}
            changed = {name for name, value in self._variables.items() if name not in before or before[name] != value}
            scene = self._scene
            # texts of layouts may break elsewhere when any value changes
            if scene is not None and not (changed & scene.expansion.reads or (changed and scene.media.flows)):
                if changed and self._frames is not None:
                    self._frames.bind(self._values)
                    self._last = None
                return
            try:
                self._build()
            except BaseException:
                self._variables = before
                raise
            self._last = None

    def render_frame(self, frame: int, sink: FrameSink | None = None) -> Frame:
        """Render one frame.

        Args:
            frame: composition frame, in [0, duration).
            sink: also given the frame, as a range of one.

        Raises:
            SchemaError: the frame is outside the composition.
        """
        with self._use():
            frame = self._check_frames(range(frame, frame + 1))[0]
            samples = self._source.sample([frame])
            self._note_zeros(samples.zeros, frame)
            one = range(frame, frame + 1)
            with nullcontext() if sink is None else EncodePipeline(sink, self._sink_config(one, sink), one) as pipeline:
                request = OutputRequest(planes=None if sink is None else sink_wants(sink))
                last = self._last if self.options.reuse else None
                if last is not None and last[0] == samples.keys[0] and request.planes in (None, last[1].form):
                    out = last[1].at(frame)
                else:
                    result, _ = self._source.render(samples, request)
                    assert result.rgba is not None
                    out = Frame.adopt(frame, result.rgba, result.planes)
                    self._last = (samples.keys[0], out)
                if pipeline is not None:
                    pipeline.push(frame, out)
                    pipeline.finish()
            return out

    def render_range(
        self,
        frames: range,
        sink: FrameSink,
        on_progress: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> RenderStats:
        """Render frames into a sink, in order, with bounded memory.

        Args:
            frames: composition frames, ascending.
            sink: begun, fed and ended here; aborted when anything fails.
            on_progress: called after every frame, on this thread.
            cancel: set it to stop.

        Raises:
            Cancelled: `cancel` was set; the sink was aborted.
            WavyteError: whatever failed; the sink was aborted.
        """
        started = time.perf_counter()
        with self._use():
            frames = self._check_frames(frames)
            hashes = FramesHash()
            done = elided = 0
            times = StageTimes() if self.options.trace else None
            config = replace(self._sink_config(frames, sink), cancel=cancel)
            if not getattr(sink, "picture", True):
                return self._render_sound(config, frames, sink, on_progress, cancel)
            with EncodePipeline(sink, config, frames) as pipeline:
                request = OutputRequest(planes=sink_wants(sink))
                for frame, same in self._source.frames(frames, request, elide=self.options.static_elision, times=times):
                    if cancel is not None and cancel.is_set():
                        raise Cancelled(f"cancelled after {done} of {len(frames)} frames")
                    hashes.add(frame.hash)
                    done += 1
                    elided += same
                    pipeline.push(frame.index, frame)
                    if on_progress is not None:
                        on_progress(progress("render", done, len(frames), started))
                while on_progress is not None and pipeline.encoded < len(frames) and pipeline.alive:
                    if cancel is not None and cancel.is_set():
                        raise Cancelled("cancelled while the last frames were encoded")
                    on_progress(progress("encode", pipeline.encoded, len(frames), started))
                    time.sleep(0.02)
                pipeline.finish()
            if times is not None:
                _log.info("stages of %d frames: %s", done - elided, times.summary())
            warnings = (*self.comp.located(zero_warnings(self._ir, self._source.zeros)), *self._new_warnings())
            return RenderStats(len(frames), elided, time.perf_counter() - started, hashes.hexdigest(), warnings)

    def _note_zeros(self, zeros: npt.NDArray[np.int64] | None, frame: int | None) -> None:
        """Warn of divisions by zero, of each expression once a session."""
        known = {(w.node_id, w.message) for w in self.warnings}
        new = [w for w in zero_warnings(self._ir, zeros, frame) if (w.node_id, w.message) not in known]
        self.warnings += self.comp.located(new)

    def _render_sound(
        self,
        config: SinkConfig,
        frames: range,
        sink: FrameSink,
        on_progress: Callable[[Progress], None] | None,
        cancel: threading.Event | None,
    ) -> RenderStats:
        started = time.perf_counter()

        def on_frame(done: int) -> None:
            if cancel is not None and cancel.is_set():
                raise Cancelled(f"cancelled after the sound of {done} of {len(frames)} frames")
            if on_progress is not None:
                on_progress(progress("sound", done, len(frames), started))

        push_sound(sink, config, frames, on_frame)
        seconds = time.perf_counter() - started
        return RenderStats(len(frames), 0, seconds, FramesHash().hexdigest(), self._new_warnings())

    def _new_warnings(self) -> tuple[Problem, ...]:
        """Return what was recovered from while rendering, each once a session."""
        found = [p for p in [*self._sound.warnings, *self._store.warnings()] if p not in self.warnings]
        self.warnings += found
        return tuple(found)

    def plan(self, frame: int) -> RenderPlan:
        """Return the render plan of one frame."""
        with self._use():
            frame = self._check_frames(range(frame, frame + 1))[0]
            plan = next(self._source.plans(self._source.sample([frame])))
            return replace(plan, fingerprint=plan_fingerprint(plan, self._op_hashes(plan)))

    def plan_text(self, frame: int) -> str:
        """Return the frame's render units and its plan as stable text, and what of it runs after the frames before."""
        plan, names = self.plan(frame), self._ir.names.nodes
        with self._use():
            graph = self._source.graph(self._source.sample([frame]))
            after = self._source.plan_after(frame)
        whole = plan_text(plan, names, self._op_hashes(plan))
        return units_text(graph, names) + whole + reuse_text(plan, after, names)

    def plan_json(self, frame: int) -> dict[str, Any]:
        """Return the plan as JSON data."""
        plan, names = self.plan(frame), self._ir.names.nodes
        with self._use():
            after = self._source.plan_after(frame)
        return {**plan_json(plan, names, self._op_hashes(plan)), "reuse": reuse_json(plan, after, names)}

    def plan_dot(self, frame: int) -> str:
        """Return the plan as a Graphviz digraph."""
        return plan_dot(self.plan(frame), self._ir.names.nodes)

    def trace(self, plan: RenderPlan) -> Iterator[tuple[int, Pixels]]:
        """Execute a plan op by op; yield each op's index and its output surface, (H, W) uint32."""
        with self._use():
            self._source.forget()
            yield from self._backend.trace(plan)

    def node_id(self, node: int) -> str | None:
        """Return the id of a node of a plan."""
        return self._ir.names.nodes[node] if node >= 0 else None

    @property
    def source_files(self) -> frozenset[Path]:
        """The files that frames and sound are made of."""
        return frozenset(self._store.files)

    def counters(self) -> dict[str, int]:
        """Return what the backend has created so far, and the bytes that it holds."""
        return self._backend.counters()

    def bench(self, frames: range, warmup: int = 5) -> dict[str, Any]:
        """Measure stages over frames.

        Returns:
            The JSON form of `wavyte bench`: medians and 90th percentiles in ms by stage, dispatches and pool bytes.
        """
        with self._use():
            frames = self._check_frames(frames)
            sink = FfmpegSink(io.BytesIO())
            sink.begin(replace(self._sink_config(frames, sink), audio=None))
            try:
                measured, zeros = measure(self._source, frames, warmup, sink)
            finally:
                sink.abort()
            self._note_zeros(zeros, None)
            adapter = self.adapter
            return {
                "machine": machine(),
                "adapter": adapter and {"name": adapter.name, "driver": adapter.driver, "software": adapter.software},
                "size": [self.width, self.height],
                **measured,
                "pool_bytes": self.counters().get("pool_bytes", 0),
                "peak_rss_bytes": peak_rss_bytes(),
            }

    def close(self) -> None:
        """Release device, decoders and threads; a second call does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._frames is not None:
                self._frames.close()
            self._backend.close()
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _use(self) -> threading.RLock:
        if self._closed:
            raise DeviceError("the session is closed")
        if os.getpid() != self._pid:
            raise DeviceError("a session belongs to the process that made it; make a new one in this process")
        return self._lock

    def _sink_config(self, frames: range, sink: FrameSink) -> SinkConfig:
        digest = Hasher().text(self.comp.to_json()).text(f"{self.width}x{self.height} {self.comp.scale}")
        alone = self.options.loudness is not None and frames  # measured over these frames: no part of anything
        digest.text(repr((sorted(self._variables.items()), self.options.enable_audio, alone))).bytes(self._digest)
        return SinkConfig(
            self.width,
            self.height,
            self._ir.fps,
            frames[0],
            len(frames),
            frames.step,
            opaque=self._ir.background >> 24 == 255,
            digest=digest.hexdigest(),
            sources=self.source_files,
            audio=self._sound.of(self._ir, self._source.program, frames, sink),
        )

    def _check_frames(self, frames: range) -> range:
        missing = missing_variables(self.comp.document, self._variables)
        if missing:
            text = "required variables have no value: " + ", ".join(missing)
            raise SchemaError(Problem("error", "missing_variable", text, path="/variables", hint="set them"))
        if len(frames) and frames.step > 0 and frames[0] >= 0 and frames[-1] < self._ir.duration:
            return frames
        found = f"[{frames.start}, {frames.stop})" if len(frames) != 1 else str(frames.start)
        allowed = f"frames of [0, {self._ir.duration}), ascending, at least one"
        raise SchemaError(Problem("error", "frame_range", "no such frames", found=found, allowed=allowed))

    def _op_hashes(self, plan: RenderPlan) -> list[bytes]:
        return op_hashes(plan, self._media.content_hash, lambda _page: self._digest)
