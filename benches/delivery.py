"""Measure what turns rendered frames into files: planes and their readback, exports against x264 alone, memory. Prints JSON.

python benches/delivery.py [--only planes|static|split|memory] [--seconds N]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

import wavyte_gpu as wv
from tests.gpu.plans import FakeStore, PlanBuilder, solid
from wavyte_gpu.encode.writer import picture_of
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.planes import Planes
from wavyte_gpu.ops.registry import PLANE_FORMS
from wavyte_gpu.render.backend import OutputRequest
from wavyte_gpu.render.gpu.backend import GpuBackend

WIDTH, HEIGHT = 1920, 1080


def planes(folder: Path, seconds: float) -> dict[str, Any]:
    """Return ms a frame of converting and reading back a surface that is drawn already: RGBA, planes of each form, or both."""
    canvas = Rect(0, 0, WIDTH, HEIGHT)
    builder = PlanBuilder(WIDTH, HEIGHT)
    root = builder.surface()
    builder.draw(root, [solid(canvas, 0xFF102030)], init=True, full=True)
    drawn = builder.build(root)
    drawn = replace(drawn, slots=tuple(slot._replace(name="canvas") for slot in drawn.slots))
    plan = replace(drawn, surfaces=tuple(replace(surface, held=True) for surface in drawn.surfaces), ops=())
    requests = {
        "rgba": OutputRequest(),
        "both": OutputRequest(planes=PLANE_FORMS["nv12"]),
        **{name: OutputRequest(rgba=False, planes=form) for name, form in PLANE_FORMS.items()},
    }
    wall: dict[str, list[float]] = {name: [] for name in requests}
    cpu: dict[str, list[float]] = {name: [] for name in requests}
    with GpuBackend(FakeStore()) as backend:
        backend.submit(drawn).result()
        for _ in range(30):
            for name, request in requests.items():
                start, used = time.perf_counter(), time.process_time()
                backend.submit(plan, request).result()
                cpu[name].append((time.process_time() - used) * 1e3)
                wall[name].append((time.perf_counter() - start) * 1e3)
    return {
        "median_ms": {name: statistics.median(values[5:]) for name, values in wall.items()},
        "best_ms": {name: min(values) for name, values in wall.items()},
        "best_cpu_ms": {name: min(values) for name, values in cpu.items()},  # of all threads of a software driver
    }


def static(folder: Path, seconds: float) -> dict[str, Any]:
    """Return frames a second of exporting a static scene, and of x264 alone fed its NV12 from memory, in turns."""
    frames = int(seconds * 60)
    document = {
        "version": "0.3",
        "canvas": {"width": WIDTH, "height": HEIGHT},
        "duration": frames,
        "assets": {"bg": {"gradient": {"start": "#102040", "end": "#e0a030"}}, "n": {"noise": {"seed": 3}}},
        "root": {
            "id": "root",
            "kind": {
                "collection": {
                    "mode": "stack",
                    "children": [
                        {"id": "bg", "kind": {"leaf": {"asset": "bg"}}},
                        {"id": "n", "kind": {"leaf": {"asset": "n"}}, "opacity": 0.2},
                    ],
                }
            },
        },
    }
    ours, alone, cpu = [], [], []
    with wv.RenderSession(wv.Composition.from_json(document)) as session:
        sink = wv.FfmpegSink(folder / "one.mkv")
        planes = session.render_frame(0, sink).planes
        assert planes is not None
        for _ in range(3):
            start = time.process_time()
            alone.append(frames / _x264(folder / "x.mp4", planes, frames))
            middle = time.process_time()
            stats = session.render_range(range(frames), wv.FfmpegSink(folder / "o.mp4", overwrite=True))
            ours.append(frames / stats.seconds)
            cpu.append((middle - start) / (time.process_time() - middle))
    ratio = statistics.median(a / b for a, b in zip(ours, alone, strict=True))
    return {
        "frames": frames,
        "export_fps": ours,
        "x264_fps": alone,
        "ratio": ratio,
        "cpu_ratio": statistics.median(cpu),  # steadier where others use the machine too
    }


def _x264(path: Path, planes: Planes, frames: int) -> float:
    """Return the seconds that x264 takes for equal pictures, muxed as the sink muxes them."""
    start = time.perf_counter()
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as file:
        stream = file.add_stream("libx264", rate=30, options={"crf": "18", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "nv12"
        picture = picture_of(WIDTH, HEIGHT, "nv12", planes.parts)
        for k in range(frames):
            picture.pts, picture.time_base = k, Fraction(1, 30)
            file.mux(stream.encode(picture))
        file.mux(stream.encode(None))
    return time.perf_counter() - start


def split(folder: Path, seconds: float) -> dict[str, Any]:
    """Return frames a second of two moving 1080p H.264 clips side by side, exported with x264 veryfast."""
    frames = int(seconds * 12)
    for name, source in (("a", "testsrc2"), ("b", "mandelbrot")):
        _clip(folder / f"{name}.mp4", source, frames)
    document = {
        "version": "0.3",
        "canvas": {"width": WIDTH, "height": HEIGHT},
        "duration": frames,
        "assets": {"a": {"video": {"source": "a.mp4"}}, "b": {"video": {"source": "b.mp4"}}},
        "root": {
            "id": "root",
            "kind": {
                "collection": {
                    "mode": "stack",
                    "children": [
                        {
                            "id": name,
                            "range": [0, frames],
                            "kind": {"leaf": {"asset": name, "size": [WIDTH // 2, HEIGHT], "fit": "cover"}},
                            "transform": {"translate": [x, 0]},
                        }
                        for name, x in (("a", 0), ("b", WIDTH // 2))
                    ],
                }
            },
        },
    }
    (folder / "split.json").write_text(json.dumps(document))
    rates, cpu = [], []
    with wv.RenderSession(wv.load(folder / "split.json"), options=wv.SessionOptions(enable_audio=False)) as session:
        for _ in range(3):
            before = time.process_time()
            stats = session.render_range(range(frames), wv.FfmpegSink(folder / "s.mp4", overwrite=True))
            rates.append(frames / stats.seconds)
            cpu.append((time.process_time() - before) * 1e3 / frames)
    # On a machine that others use too, the processor time of all threads says what a quiet one would do.
    return {"frames": frames, "fps": rates, "cpu_ms_a_frame": cpu, "fps_of_two_cores": 2e3 / statistics.median(cpu)}


def _clip(path: Path, source: str, frames: int) -> None:
    """Write a moving 1080p clip."""
    import av.filter

    graph = av.filter.Graph()
    maker = graph.add(source, f"size={WIDTH}x{HEIGHT}:rate=30")
    graph.link_nodes(maker, graph.add("format", "yuv420p"), graph.add("buffersink")).configure()
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=30, options={"crf": "20", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(frames):
            file.mux(stream.encode(graph.pull()))
        file.mux(stream.encode(None))


def memory(folder: Path, seconds: float) -> dict[str, Any]:
    """Return the resident bytes every 10 s of film over an export that moves in every frame: of ten minutes by default."""
    frames = int(seconds * 1800)
    document = {
        "version": "0.3",
        "canvas": {"width": 320, "height": 180},
        "duration": frames,
        "assets": {
            "bg": {"gradient": {"start": "#102040", "end": "#e0a030"}},
            "box": {"solid_rect": {"color": "#fff"}},
        },
        "root": {
            "id": "root",
            "kind": {
                "collection": {
                    "mode": "stack",
                    "children": [
                        {"id": "bg", "kind": {"leaf": {"asset": "bg"}}},
                        {
                            "id": "box",
                            "kind": {"leaf": {"asset": "box", "size": [60, 60]}},
                            "transform": {
                                "rotation_deg": {
                                    "keyframes": [{"frame": 0, "value": 0}, {"frame": frames, "value": 36_000}]
                                },
                                "translate": [160, 90],
                            },
                        },
                    ],
                }
            },
        },
    }
    seen: list[int] = []

    def on_progress(progress: wv.Progress) -> None:
        if progress.done % 300 == 0 and progress.stage == "render":
            seen.append(_resident())

    with wv.RenderSession(wv.Composition.from_json(document)) as session:
        sink = wv.FfmpegSink(folder / "m.mp4", preset="ultrafast")
        stats = session.render_range(range(frames), sink, on_progress=on_progress)
    settled = seen[3:]
    return {
        "frames": frames,
        "fps": frames / stats.seconds,
        "mib": [round(b / 2**20, 1) for b in seen],
        "growth_mib_after_40_s": round((settled[-1] - settled[0]) / 2**20, 2),
    }


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


MEASURES = {"planes": planes, "static": static, "split": split, "memory": memory}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=MEASURES)
    parser.add_argument("--seconds", type=float, default=10.0, help="of work, about")
    args = parser.parse_args()
    out: dict[str, Any] = {"machine": platform.platform(), "cpus": os.cpu_count()}
    for name, measure in MEASURES.items():
        if args.only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                out[name] = measure(Path(folder), args.seconds)
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
