"""A small engine with the real one's interface, so that the command line is tested without a schema or a backend."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from wavyte_gpu.encode.frame import Frame
from wavyte_gpu.encode.sink import SinkConfig
from wavyte_gpu.foundation.errors import Cancelled, Problem, SchemaError

DOCUMENT: dict[str, Any] = {
    "canvas": {"width": 4, "height": 2},
    "fps": {"num": 30, "den": 1},
    "duration": 6,
    "root": {},
    "variables": {
        "count": 3,
        "on": True,
        "place": [1, 2],
        "brand": "#ff5500",
        "title": "Hello",
        "size": {"type": "choice", "choices": ["small", "large"], "default": "small"},
        "rows": {"type": "list", "default": []},
    },
}


class Composition:
    """The document, as given."""

    def __init__(self, document: dict[str, Any], base_dir: Any = None) -> None:
        self.document = document
        self.base_dir = base_dir

    @classmethod
    def from_json(cls, source: Any) -> Composition:
        text = source if isinstance(source, str) else Path(source).read_text()
        try:
            document = json.loads(text)
        except ValueError as error:
            raise SchemaError(Problem("error", "json", str(error), line=1, column=2)) from None
        if "broken" in document:
            raise SchemaError([Problem("error", "a", "first\nline"), Problem("error", "b", "second", path="/root")])
        return cls(document)

    def to_json(self) -> str:
        return json.dumps(self.document)

    def with_overrides(self, **overrides: Any) -> Composition:
        return Composition({**self.document, "overrides": overrides})

    @property
    def duration(self) -> int:
        return int(self.document["duration"])

    @property
    def fps(self) -> Fraction:
        return Fraction(self.document["fps"]["num"], self.document["fps"]["den"])

    @property
    def render_size(self) -> tuple[int, int]:
        return self.document["canvas"]["width"], self.document["canvas"]["height"]

    def check(self, assets_root: Any) -> list[Problem]:
        return [Problem("warning", "w", "looks odd", path="/root")] if "odd" in self.document else []


class Session:
    """Frame n: every texel is (n, 0, 0, 255), halved in alpha on odd frames."""

    log: list[tuple[str, Any]]
    hook: Callable[[int], None] | None = None

    def __init__(
        self,
        comp: Composition,
        registry: Any = None,
        assets_root: Any = None,
        options: Any = None,
        variables: dict[str, Any] | None = None,
    ) -> None:
        Session.log.append(("variables", variables))
        self.options = options
        self.document = comp.document
        self.width, self.height = comp.render_size
        self.warnings = comp.check(assets_root)
        self.source_files: frozenset[Path] = frozenset()
        self.backend_name = "reference" if options.backend == "reference" else "gpu"
        self.adapter = None
        if self.backend_name == "gpu":
            self.adapter = SimpleNamespace(name="fake adapter", software=True)
        Session.log.append(("open", self))

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        Session.log.append(("close", self))

    def set_variables(self, values: dict[str, Any]) -> None:
        Session.log.append(("variables", values))

    def render_frame(self, number: int) -> Frame:
        alpha = 255 if number % 2 == 0 else 128
        pixels = np.zeros((self.height, self.width, 4), dtype=np.uint8)
        pixels[..., 0], pixels[..., 3] = number, alpha
        if self.document.get("differs") == number and self.backend_name == "gpu":
            pixels[1, 2, 1] = 9
        return Frame(number, pixels)

    def render_range(self, frames: range, sink: Any, on_progress: Any = None, cancel: Any = None) -> Any:
        sink.begin(SinkConfig(self.width, self.height, Fraction(30), frames[0], len(frames)))
        try:
            for done, number in enumerate(frames, 1):
                if Session.hook is not None:
                    Session.hook(number)
                if cancel is not None and cancel.is_set():
                    raise Cancelled("asked to stop")
                sink.push_frame(number, self.render_frame(number))
                if on_progress:
                    step = SimpleNamespace(stage="render", done=done, total=len(frames), fps=1.0, eta_s=0.0)
                    on_progress(step)
        except BaseException:
            sink.abort()
            Session.log.append(("abort", sink))
            raise
        sink.end()
        return SimpleNamespace(frames=len(frames), seconds=0.5, frames_hash="f" * 32, elided=0, warnings=())

    def plan(self, number: int) -> Any:
        ops = [SimpleNamespace(id=index, nodes=(index,)) for index in range(3)]
        return SimpleNamespace(ops=ops)

    def trace(self, plan: Any) -> Iterator[tuple[int, Any]]:
        for index in range(3):
            odd = index == 1 and self.backend_name == "gpu"
            yield index, np.full((2, 4), 7 if odd else 0, dtype=np.uint32)

    def node_id(self, node: int) -> str:
        return f"node_{node}"

    def plan_text(self, number: int) -> str:
        return f"plan of {number}\n"

    def plan_json(self, number: int) -> dict[str, Any]:
        return {"frame": number}

    def plan_dot(self, number: int) -> str:
        return "digraph {}\n"

    def bench(self, frames: range, warmup: int) -> dict[str, Any]:
        times = {"median_ms": 1.0, "p90_ms": 2.0}
        return {
            "machine": {},
            "adapter": {"name": "fake adapter", "driver": "none", "software": True},
            "size": [4, 2],
            "frames": len(frames),
            "warmup": warmup,
            "first_frame_ms": 3.0,
            "stages": {"total": times},
            "dispatches": 1,
            "pool_bytes": 32,
            "peak_rss_bytes": 1024,
        }


def slow(number: int) -> None:
    """A hook that makes frames take a while."""
    time.sleep(0.05)


def install(setter: Callable[..., Any]) -> None:
    """Put the fakes into `wavyte_gpu`; `setter` is `monkeypatch.setattr` or `setattr`-like."""
    import wavyte_gpu as wv

    Session.log = []
    Session.hook = None
    setter(wv, "Composition", Composition)
    setter(wv, "load", Composition.from_json)
    setter(wv, "RenderSession", Session)
    setter(wv, "SessionOptions", Options)


class Options(SimpleNamespace):
    """Any option that is given."""

    backend = "auto"
