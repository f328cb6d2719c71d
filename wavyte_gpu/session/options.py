"""How a session renders: backend, memory and the threading profile of the spec's section 14.2.1."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Literal

from wavyte_gpu.foundation.errors import Problem, SchemaError

__all__ = ["SessionOptions"]

BackendName = Literal["auto", "gpu", "reference"]
_SWITCHES = ("require_hardware", "frame_parallel", "static_elision", "reuse", "enable_audio", "trace")
_BACKENDS = ("auto", "gpu", "reference")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """Options of a RenderSession. The pixels are the same for every choice.

    Attributes:
        backend: "gpu" fails without an adapter, "auto" falls back to "reference" with a warning. The environment's WAVYTE_BACKEND
            replaces "auto".
        adapter: part of an adapter's name, or its index (as `wavyte doctor` lists them). Default WAVYTE_ADAPTER.
        require_hardware: refuse software adapters.
        max_pool_bytes: cap of the memory that surfaces may take.
        frame_parallel: render several frames of a range at once.
        workers: frames under way at once, 0 for as many as the cores allow.
        chunk_size: frames that are evaluated together.
        op_parallelism: threads for the ops of one frame on the reference backend, 0 for what the workers leave over.
        static_elision: render frames that cannot differ only once.
        reuse: on a GPU redraw only what changed since the frame before, and keep the surfaces that stay the same; give the last single
            frame back while nothing changes.
        enable_audio: mix sound into exports.
        trace: log how long each stage takes. Default whether WAVYTE_TRACE is 1.
        loudness: integrated loudness that an export's sound is brought to, LUFS (EBU R 128); None leaves it.
    """

    backend: BackendName = "auto"
    adapter: str | int | None = None
    require_hardware: bool = False
    max_pool_bytes: int = 512 * 2**20
    frame_parallel: bool = True
    workers: int = 0
    chunk_size: int = 32
    op_parallelism: int = 0
    static_elision: bool = True
    reuse: bool = True
    enable_audio: bool = True
    loudness: float | None = None
    trace: bool = field(default_factory=lambda: os.environ.get("WAVYTE_TRACE") == "1")

    def __post_init__(self) -> None:
        problems = []
        if self.backend not in _BACKENDS:
            problems.append(_bad("backend", self.backend, ", ".join(_BACKENDS)))
        for name, low in (("max_pool_bytes", 1), ("workers", 0), ("chunk_size", 1), ("op_parallelism", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                problems.append(_bad(name, value, f"an integer from {low}"))
        for name in _SWITCHES:
            if not isinstance(value := getattr(self, name), bool):
                problems.append(_bad(name, value, "True or False"))
        if isinstance(self.adapter, bool) or not isinstance(self.adapter, str | int | None):
            problems.append(_bad("adapter", self.adapter, "a text, an integer or None"))
        loud = self.loudness
        if loud is not None and (isinstance(loud, bool) or not isinstance(loud, int | float) or not -70.0 < loud <= 0.0):
            problems.append(_bad("loudness", loud, "LUFS above -70, at most 0"))
        if problems:
            raise SchemaError(problems)

    def resolved_backend(self) -> str:
        """Return the backend asked for, the environment included."""
        if self.backend != "auto":
            return self.backend
        name = os.environ.get("WAVYTE_BACKEND", "auto")
        if name not in _BACKENDS:
            raise SchemaError(_bad("WAVYTE_BACKEND", name, ", ".join(_BACKENDS)))
        return name

    def threads(self) -> tuple[int, int]:
        """Return (frame workers, op threads); their product never exceeds the cores. Ranges favour frames."""
        cores = os.cpu_count() or 1
        if not self.frame_parallel:
            return 1, min(self.op_parallelism or cores, cores)
        workers = min(self.workers or cores, cores)
        ops = min(self.op_parallelism or 1, max(cores // workers, 1))
        return workers, ops


def _bad(name: str, found: object, allowed: str) -> Problem:
    return Problem("error", "option", f"option '{name}' is out of range", found=repr(found), allowed=allowed)
