"""What a range render tells: progress on the way, figures and warnings at the end."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavyte_gpu.foundation.errors import Problem
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["Progress", "RenderStats", "progress", "zero_warnings"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a range is. `eta_s` is None before the first frame."""

    stage: str
    done: int
    total: int
    fps: float
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class RenderStats:
    """What a range took. `elided` frames were equal to the one before and not rendered again.

    `frames_hash` is XXH3-128 over the frames' hashes, in order. `warnings` is what was recovered from on the way: expressions that
    divided by zero and how often, damaged media.
    """

    frames: int
    elided: int
    seconds: float
    frames_hash: str
    warnings: tuple[Problem, ...] = ()


def zero_warnings(
    ir: CompositionIR, zeros: npt.NDArray[np.int64] | None, frame: int | None = None
) -> tuple[Problem, ...]:
    """Return a warning for each expression that divided by zero.

    Args:
        zeros: (E,) or (E, F) counts. frame: the one that they are of, where it is one.
    """
    if zeros is None or ir.expressions is None:
        return ()
    counts = zeros.reshape(len(zeros), -1).sum(axis=1)
    out = []
    for label, count in zip(ir.expressions.labels, counts.tolist(), strict=True):
        if count:
            times = ("once" if count == 1 else f"{count} times") + (f" at frame {frame}" if frame is not None else "")
            text, found = f"`{label.what}` divides by zero, which gives 0", f"{times} in {label.source[:60]}"
            where = label.path, label.file
            out.append(Problem("warning", "division_by_zero", text, *where, node_id=label.node_id, found=found))
    return tuple(out)


def progress(stage: str, done: int, total: int, started: float) -> Progress:
    """Return how far a range is that began at `started` of `time.perf_counter`."""
    seconds = time.perf_counter() - started
    fps = done / seconds if seconds > 0 else 0.0
    eta = (total - done) / fps if fps > 0 and math.isfinite(fps) else None
    return Progress(stage, done, total, fps, eta)
