"""The session: order and equality for every threading choice, elision, errors, cancelling, ownership, fallback, memory."""

from __future__ import annotations

import dataclasses
import gc
import os
import pickle
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, document, leaf, png_data, scene
from tests.support.rendering import Renderer
from wavyte_gpu.encode.sink import SinkConfig
from wavyte_gpu.foundation.errors import DeviceError

REFERENCE = wv.SessionOptions(backend="reference")
FADE = {"keyframes": [{"frame": 0, "value": 0.1}, {"frame": 12, "value": 0.9}]}
MOVE = {"keyframes": [{"frame": 4, "value": [0, 0]}, {"frame": 25, "value": [30, 20]}]}


def moving(duration: int = 30) -> dict[str, Any]:
    """Stills at both ends, animated parts, an isolated group whose bounds move, a part that lives for some frames."""
    group = collection(
        "g",
        leaf("#ff0000", "a", box=(2, 2, 12, 12)),
        leaf("photo", "p", transform={"translate": MOVE, "rotation_deg": 20}),
        opacity=FADE,
    )
    assets = {
        "photo": {"image": {"source": png_data(23, 17, 5, False)}},
        "ramp": {"gradient": {"start": "#123", "end": "#fed"}},
    }
    late = leaf("#00ff00", "late", box=(40, 30, 10, 10), range=[27, 29])
    return scene(leaf("ramp", "back"), group, late, assets=assets, duration=duration)


class Listener:
    """A sink that notes what it is told."""

    wants: ClassVar[Any] = "rgba"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.indices: list[int] = []
        self.hashes: list[str] = []
        self.fail_at: int | None = None
        self.error: BaseException = OSError("full")

    def begin(self, config: SinkConfig) -> None:
        self.calls.append("begin")
        self.config = config

    def push_frame(self, index: int, frame: wv.Frame) -> None:
        if index == self.fail_at:
            raise self.error
        assert frame.index == index
        self.indices.append(index)
        self.hashes.append(frame.hash)

    def end(self) -> None:
        self.calls.append("end")

    def abort(self) -> None:
        self.calls.append("abort")


# --- order and equality


@pytest.fixture(scope="module")
def truth() -> list[str]:
    """Hashes of every frame, rendered one by one on the reference backend."""
    with wv.RenderSession(wv.Composition.from_json(moving()), options=REFERENCE) as session:
        return [session.render_frame(f).hash for f in range(30)]


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("chunk_size", [1, 3, 32])
def test_output_is_ordered_and_equal(
    draw: Renderer, truth: list[str], workers: int, chunk_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    sink = Listener()
    with draw.session(moving(), workers=workers, chunk_size=chunk_size) as session:
        stats = session.render_range(range(30), sink)
    assert sink.indices == list(range(30))
    assert sink.hashes == truth
    assert sink.calls == ["begin", "end"]
    assert stats.frames == 30
    assert stats.elided == 30 - len(distinct(truth))


def distinct(hashes: list[str]) -> list[str]:
    """Runs of equal neighbours, as elision finds them."""
    return [h for i, h in enumerate(hashes) if i == 0 or h != hashes[i - 1]]


@pytest.mark.parametrize("op_parallelism", [1, 4])
def test_op_parallelism_changes_nothing(truth: list[str], op_parallelism: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    options = wv.SessionOptions(backend="reference", frame_parallel=False, op_parallelism=op_parallelism)
    with wv.RenderSession(wv.Composition.from_json(moving()), options=options) as session:
        assert [session.render_frame(f).hash for f in (0, 9, 27)] == [truth[f] for f in (0, 9, 27)]


@pytest.mark.parametrize("frames", [range(5, 9), range(1, 30, 7), range(29, 30), range(0, 30, 29)])
def test_ranges_are_slices_of_the_whole(draw: Renderer, truth: list[str], frames: range) -> None:
    sink = Listener()
    with draw.session(moving(), chunk_size=2) as session:
        session.render_range(frames, sink)
    assert sink.indices == list(frames)
    assert sink.hashes == [truth[f] for f in frames]
    config = sink.config
    assert (config.width, config.height, config.fps) == (64, 48, 30)
    assert (config.first_frame, config.frame_count, config.step) == (frames[0], len(frames), frames.step)


@pytest.mark.parametrize("elide", [True, False])
@pytest.mark.parametrize("seed", [3, 8])
def test_elision_changes_no_hash(draw: Renderer, elide: bool, seed: int) -> None:
    source = document(Random(seed), max_side=24, leaves=3)
    with draw.session(source, static_elision=elide, chunk_size=4) as session:
        sink = Listener()
        stats = session.render_range(range(30), sink)
        assert sink.hashes == [session.render_frame(f).hash for f in range(30)]
    assert elide or stats.elided == 0


def test_a_still_is_rendered_once(draw: Renderer) -> None:
    source = scene(leaf("#ff0000", "a"), duration=100)
    with draw.session(source, chunk_size=7) as session:
        sink = wv.InMemorySink()
        assert session.render_range(range(100), sink).elided == 99
        assert [f.index for f in sink.frames] == list(range(100))
        assert session.counters().get("frames", 1) == 1


def test_progress_counts_up(draw: Renderer) -> None:
    seen: list[wv.Progress] = []
    with draw.session(moving()) as session:
        session.render_range(range(10), Listener(), on_progress=seen.append)
    rendered = [p.done for p in seen if p.stage == "render"]
    assert rendered == list(range(1, 11))
    assert all(p.total == 10 for p in seen)


def test_frames_hash_is_over_the_frames_in_order(truth: list[str]) -> None:
    from wavyte_gpu.foundation.hashing import frames_hash

    with wv.RenderSession(wv.Composition.from_json(moving()), options=REFERENCE) as session:
        assert session.render_range(range(30), Listener()).frames_hash == frames_hash(truth)


def test_render_frame_with_a_sink(draw: Renderer, truth: list[str]) -> None:
    sink = Listener()
    with draw.session(moving()) as session:
        frame = session.render_frame(9, sink=sink)
    assert sink.indices == [9] and sink.hashes == [truth[9]] == [frame.hash]


# --- errors


@pytest.mark.parametrize("frames", [range(0), range(-1, 3), range(0, 31), range(5, 2), range(9, 3, -1), range(30, 31)])
def test_frames_outside_are_refused(frames: range) -> None:
    sink = Listener()
    with (
        wv.RenderSession(wv.Composition.from_json(moving()), options=REFERENCE) as session,
        pytest.raises(wv.SchemaError, match=r"no such frames.*\[0, 30\)"),
    ):
        session.render_range(frames, sink)
    assert sink.calls == []


@pytest.mark.parametrize("frame", [-1, 30, 10**12])
def test_a_frame_outside_is_refused(frame: int) -> None:
    with wv.RenderSession(wv.Composition.from_json(moving()), options=REFERENCE) as session:
        for call in (session.render_frame, session.plan, session.plan_text):
            with pytest.raises(wv.SchemaError, match="no such frames"):
                call(frame)


VARIABLES = {
    "brand": "#ff5500",
    "size": {"type": "number", "default": 3, "min": 1, "max": 9},
    "on": True,
    "at": [1, 2],
    "kind": {"type": "choice", "choices": ["a", "b"], "default": "a"},
}


@pytest.mark.parametrize(
    "values, message",
    [
        ({"brnd": "#fff"}, "did you mean 'brand'"),
        ({"brand": "no colour"}, "brand"),
        ({"size": 10}, "size"),
        ({"size": "big"}, "size"),
        ({"on": "maybe"}, "on"),
        ({"at": [1, 2, 3]}, "at"),
        ({"kind": "c"}, "kind"),
    ],
)
def test_variables_that_do_not_fit(values: dict[str, Any], message: str) -> None:
    comp = wv.Composition.from_json(scene(leaf("#ff0000", "a"), variables=VARIABLES))
    with wv.RenderSession(comp, options=REFERENCE) as session:
        with pytest.raises(wv.SchemaError, match=message):
            session.set_variables({"size": 4, **values})
        session.set_variables({"size": 4, "brand": "#000", "on": False, "at": [0, 0], "kind": "b"})
        session.render_frame(0)


def test_all_wrong_variables_are_named() -> None:
    comp = wv.Composition.from_json(scene(leaf("#ff0000", "a"), variables=VARIABLES))
    with wv.RenderSession(comp, options=REFERENCE) as session, pytest.raises(wv.SchemaError) as caught:
        session.set_variables({"nope": 1, "size": 99, "on": 7})
    assert len(caught.value.problems) == 3


def test_closed_session(draw: Renderer) -> None:
    with draw.session(moving()) as session:
        frame = session.render_frame(3)
        session.close()
        session.close()
        for call in (
            lambda: session.render_frame(0),
            lambda: session.render_range(range(3), Listener()),
            lambda: session.plan(0),
            lambda: session.set_variables({}),
            lambda: list(session.trace(None)),
        ):
            with pytest.raises(wv.DeviceError, match="closed"):
                call()
    assert frame.rgba.shape == (48, 64, 4) and frame.hash


def test_a_session_belongs_to_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    with wv.RenderSession(wv.Composition.from_json(moving()), options=REFERENCE) as session:
        mine = os.getpid()
        monkeypatch.setattr(os, "getpid", lambda: mine + 1)
        with pytest.raises(wv.DeviceError, match="process"):
            session.render_frame(0)
        monkeypatch.undo()
        session.render_frame(0)


@pytest.mark.parametrize(
    "options",
    [
        {"backend": "cuda"},
        {"backend": None},
        {"workers": -1},
        {"workers": 1.5},
        {"workers": True},
        {"chunk_size": 0},
        {"max_pool_bytes": 0},
        {"max_pool_bytes": "1G"},
        {"op_parallelism": -2},
        {"loudness": 1.0},
        {"loudness": float("nan")},
        {"loudness": "-14"},
        {"adapter": 1.5},
        {"adapter": True},
        {"require_hardware": 1},
        {"frame_parallel": None},
        {"static_elision": "no"},
        {"reuse": 0},
        {"enable_audio": "off"},
        {"trace": "1"},
    ],
)
def test_options_out_of_range(options: dict[str, Any]) -> None:
    assert {field.name for field in dataclasses.fields(wv.SessionOptions)} >= set(options)
    with pytest.raises(wv.SchemaError, match=next(iter(options))):
        wv.SessionOptions(**options)


def test_every_option_has_a_range() -> None:
    for field in dataclasses.fields(wv.SessionOptions):
        with pytest.raises(wv.SchemaError, match=f"'{field.name}' is out of range"):
            wv.SessionOptions(**{field.name: object()})


@pytest.mark.parametrize(
    "options",
    [
        {"static_elision": False},
        {"reuse": False},
        {"workers": 3, "chunk_size": 2},
        {"frame_parallel": False, "chunk_size": 100_000},
        {"max_pool_bytes": 2**80},
        {"enable_audio": False},
    ],
)
def test_no_option_changes_a_pixel(draw: Renderer, truth: list[str], options: dict[str, Any]) -> None:
    sink = Listener()
    with draw.session(moving(), **options) as session:
        stats = session.render_range(range(30), sink)
    assert sink.hashes == truth and (stats.elided == 0) == (options.get("static_elision") is False)


def test_all_bad_options_are_named() -> None:
    with pytest.raises(wv.SchemaError) as caught:
        wv.SessionOptions(workers=-1, chunk_size=0, backend="x")  # type: ignore[arg-type]
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("cores", [1, 2, 3, 8, 64])
def test_workers_times_op_threads_fit_the_cores(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    for parallel in (True, False):
        for workers in (0, 1, 2, 7, 100):
            for ops in (0, 1, 3, 100):
                frames, threads = wv.SessionOptions(
                    frame_parallel=parallel, workers=workers, op_parallelism=ops
                ).threads()
                assert frames >= 1 and threads >= 1 and frames * threads <= cores
                assert parallel or frames == 1


def test_backend_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAVYTE_BACKEND", "reference")
    assert wv.SessionOptions().resolved_backend() == "reference"
    assert wv.SessionOptions(backend="gpu").resolved_backend() == "gpu"
    monkeypatch.setenv("WAVYTE_BACKEND", "vulkan")
    with pytest.raises(wv.SchemaError, match="WAVYTE_BACKEND"):
        wv.SessionOptions().resolved_backend()


# --- stopping


def test_cancel(draw: Renderer) -> None:
    cancel = threading.Event()
    sink = Listener()

    def progress(p: wv.Progress) -> None:
        if p.done == 5:
            cancel.set()

    with draw.session(moving(), chunk_size=4) as session:
        with pytest.raises(wv.Cancelled) as caught:
            session.render_range(range(30), sink, on_progress=progress, cancel=cancel)
        assert caught.value.exit_code == 130
        assert sink.calls == ["begin", "abort"]
        assert sink.indices == list(range(len(sink.indices))) and len(sink.indices) <= 5
        again = Listener()
        session.render_range(range(30), again)  # the session goes on
        assert again.calls == ["begin", "end"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), wv.EncodeError("no room"), ValueError("boom")])
def test_an_error_in_the_sink_aborts_it(draw: Renderer, error: BaseException) -> None:
    sink = Listener()
    sink.fail_at, sink.error = 7, error
    with draw.session(moving()) as session:
        with pytest.raises(type(error)):
            session.render_range(range(30), sink)
        assert sink.calls == ["begin", "abort"]
        assert sink.indices == list(range(7))
        session.render_frame(0)


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "frames/%05d.png"])
def test_interrupt_leaves_no_file(tmp_path: Path, draw: Renderer, name: str) -> None:
    sink: Any = wv.PngSequenceSink(tmp_path / name) if "%" in name else wv.FfmpegSink(tmp_path / name)

    def interrupt(p: wv.Progress) -> None:
        if p.done == 6:
            raise KeyboardInterrupt

    with draw.session(moving()) as session, pytest.raises(KeyboardInterrupt):
        session.render_range(range(30), sink, on_progress=interrupt)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_an_error_of_the_backend_aborts_the_sink(monkeypatch: pytest.MonkeyPatch) -> None:
    sink = Listener()
    with wv.RenderSession(wv.Composition.from_json(moving()), options=REFERENCE) as session:
        submit = session._backend.submit
        calls: list[int] = []

        def fail(*args: Any) -> Any:
            calls.append(1)
            if len(calls) == 6:
                raise DeviceError("the GPU was lost")
            return submit(*args)

        monkeypatch.setattr(session._backend, "submit", fail)
        with pytest.raises(wv.DeviceError, match="lost"):
            session.render_range(range(30), sink)
    assert sink.calls == ["begin", "abort"]


# --- compositions and frames


@pytest.mark.parametrize("seed", range(8))
def test_composition_round_trips(seed: int) -> None:
    comp = wv.Composition.from_json(document(Random(seed)))
    copies = [wv.Composition.from_json(comp.to_json()), pickle.loads(pickle.dumps(comp))]
    for copy in copies:
        assert copy == comp and hash(copy) == hash(comp)
        assert wv.render_frame(copy, 7, options=REFERENCE).hash == wv.render_frame(comp, 7, options=REFERENCE).hash


def test_text_round_trips() -> None:
    for seed in range(8):
        comp = wv.Composition.from_json(document(Random(seed)))
        assert wv.Composition.from_json(comp.to_json()).to_json() == comp.to_json()


def test_a_pickled_composition_has_the_same_plans() -> None:
    comp = wv.Composition.from_json(document(Random(1)))
    copy = pickle.loads(pickle.dumps(comp))
    with wv.RenderSession(comp, options=REFERENCE) as a, wv.RenderSession(copy, options=REFERENCE) as b:
        assert copy.to_json() == comp.to_json()
        assert a.plan_text(7) == b.plan_text(7)


def test_pickle_keeps_where_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(wv.Composition.from_json(moving()).to_json())
    comp = wv.load(path).with_overrides(scale=2.0, seed=9)
    copy = pickle.loads(pickle.dumps(comp))
    assert (copy.file, copy.base_dir, copy.scale) == (comp.file, comp.base_dir, 2.0)
    assert copy == comp and copy != wv.load(path)
    assert copy.render_size == (128, 96)


def test_deep_compositions_pickle() -> None:
    node: dict[str, Any] = leaf("#ff0000", "leaf")
    for i in range(250):
        node = collection(f"g{i}", node)
    comp = wv.Composition.from_json(scene(node))
    assert pickle.loads(pickle.dumps(comp)) == comp


def test_composition_is_content() -> None:
    a, b = wv.Composition.from_json(moving()), wv.Composition.from_json(moving())
    assert a == b and hash(a) == hash(b) and len({a, b, wv.Composition.from_json(moving(31))}) == 2
    assert a != "x"


def test_frames_own_their_bytes(draw: Renderer) -> None:
    with draw.session(moving()) as session:
        first = session.render_frame(0)
        kept = first.rgba.copy()
        sink = wv.InMemorySink()
        session.render_range(range(30), sink)
        assert np.array_equal(first.rgba, kept)
        with pytest.raises(ValueError):
            first.rgba[0, 0] = 0
        straight = first.straight()
        straight[:] = 0  # a copy
    assert np.array_equal(first.rgba, kept)
    assert len({f.rgba.ctypes.data for f in sink.frames}) > 20
    loaded = pickle.loads(pickle.dumps(first))
    assert loaded.hash == first.hash and loaded.index == 0


def test_an_unchanged_frame_gives_equal_pixels(draw: Renderer) -> None:
    with draw.session(scene(leaf("#ff000080", "a"), leaf("#00ff00", "b", box=(0, 0, 9, 9), range=[10, 20]))) as session:
        frames = [session.render_frame(f) for f in (0, 1, 9, 12, 12, 25, 0)]
    assert [f.index for f in frames] == [0, 1, 9, 12, 12, 25, 0]
    hashes = [f.hash for f in frames]
    assert hashes[0] == hashes[1] == hashes[2] == hashes[5] == hashes[6] != hashes[3] == hashes[4]


def test_calls_from_several_threads(draw: Renderer, truth: list[str]) -> None:
    wrong: list[int] = []
    with draw.session(moving()) as session:

        def work(seed: int) -> None:
            r = Random(seed)
            for _ in range(6):
                f = r.randrange(30)
                if session.render_frame(f).hash != truth[f]:
                    wrong.append(f)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert wrong == []


@pytest.mark.parametrize("scale", [0.5, 2.0, 1.7])
def test_scale_is_that_of_the_root(draw: Renderer, scale: float) -> None:
    """A scaled composition is the same scene inside a scaled group on a canvas of that size."""
    base = scene(leaf("#ff8000", "a", box=(5.5, 6, 30, 20)), leaf("#0000ff80", "b", box=(20, 3, 20, 30), opacity=0.5))
    comp = wv.Composition.from_json(base).with_overrides(scale=scale)
    size = comp.render_size
    inner = base["root"]["kind"]["collection"]["children"]
    with draw.session(comp) as session:
        scaled = session.render_frame(0).rgba
    assert scaled.shape[:2] == size[::-1] == (int(48 * scale + 0.5), int(64 * scale + 0.5))
    assert np.array_equal(scaled, draw(scene(collection("g", *inner, transform={"scale": scale}), size=size)))


# --- backends and limits


@pytest.fixture
def no_adapter(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_args: Any, **_kwargs: Any) -> Any:
        raise DeviceError("no GPU adapter was found; install a driver")

    monkeypatch.delenv("WAVYTE_BACKEND", raising=False)
    monkeypatch.delenv("WAVYTE_ADAPTER", raising=False)
    monkeypatch.setattr("wavyte_gpu.render.gpu.backend.open_device", refuse)
    yield


@pytest.mark.usefixtures("no_adapter")
def test_without_adapter_the_reference_renders_with_one_warning(truth: list[str]) -> None:
    with wv.RenderSession(wv.Composition.from_json(moving())) as session:
        assert session.backend_name == "reference" and session.adapter is None
        (warning,) = session.warnings
        assert warning.code == "no_adapter" and warning.severity == "warning"
        assert "install a driver" in warning.message and "\n" not in warning.message
        assert session.render_frame(5).hash == truth[5]


@pytest.mark.usefixtures("no_adapter")
@pytest.mark.parametrize("options", [{"backend": "gpu"}, {"adapter": "llvmpipe"}, {"require_hardware": True}])
def test_a_forced_gpu_without_adapter_is_a_device_error(options: dict[str, Any]) -> None:
    with pytest.raises(wv.DeviceError) as caught:
        wv.RenderSession(wv.Composition.from_json(moving()), options=wv.SessionOptions(**options))
    assert caught.value.exit_code == 3


def test_a_canvas_that_the_schema_refuses() -> None:
    with pytest.raises(wv.WavyteError) as caught:
        wv.Composition.from_json(scene(size=(20000, 10)))
    assert caught.value.exit_code == 2


@pytest.mark.gpu
def test_a_canvas_that_the_device_refuses(renderer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with renderer("gpu").session(scene(leaf("#ff0000", "a"), size=(65, 40))) as session:
        monkeypatch.setattr(session._backend.device, "max_texture_px", 64)
        with pytest.raises(wv.LimitError, match="64"):
            session.render_frame(0)


def test_a_pool_that_is_too_small(draw: Renderer) -> None:
    """The canvas takes 64 * 48 * 4 = 12288 bytes, the group's surface as much: the error says so."""
    with (
        draw.session(moving(), max_pool_bytes=20000) as session,
        pytest.raises(wv.LimitError, match=r"24[.,]?\d|pool"),
    ):
        session.render_frame(5)
    with draw.session(moving(), max_pool_bytes=24576) as session:
        session.render_frame(5)


# --- memory


def test_memory_is_constant_over_a_long_export() -> None:
    """600 frames, all different: what stays is a hash a frame, and nothing of their pixels (4 KiB each)."""
    spin = {"keyframes": [{"frame": 0, "value": 0}, {"frame": 600, "value": 360}]}
    card = leaf(
        "#ff0000", "a", size=[20, 12], transform={"translate": [16, 16], "anchor": "center", "rotation_deg": spin}
    )
    comp = wv.Composition.from_json(scene(card, size=(32, 32), duration=600))
    held: dict[int, int] = {}

    def note(p: wv.Progress) -> None:
        if p.stage == "render" and p.done in (112, 592):  # the same place in a chunk of 32
            gc.collect()
            held[p.done] = tracemalloc.get_traced_memory()[0]

    with wv.RenderSession(comp, options=REFERENCE) as session:
        session.render_range(range(20), Listener())
        tracemalloc.start()
        try:
            stats = session.render_range(range(600), _Nothing(), on_progress=note)
        finally:
            tracemalloc.stop()
    assert stats.elided == 0
    assert held[592] - held[112] < 200_000  # 30 kB; the pixels of 480 frames would be 2 MB


class _Nothing(Listener):
    def push_frame(self, index: int, frame: wv.Frame) -> None:
        pass
