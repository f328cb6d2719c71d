"""Step 1 of evaluation: the local time of every node (spec, sections 5.1.1 and 12.2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["exact_frames", "exact_times", "local_frames", "sampling_frames"]

I64 = npt.NDArray[np.int64]


def exact_times(ir: CompositionIR, frames: I64, nodes: npt.NDArray[np.int32] | slice = slice(None)) -> I64:
    """Return the local times of nodes in units of `1 / time_den` frames: (F, N) int64 for F frames of the document."""
    times: I64 = frames[:, None] * ir.nodes.time_num[None, nodes] + ir.nodes.time_add[None, nodes]
    return times


def local_frames(ir: CompositionIR, frames: I64) -> I64:
    """Return each node's local frame, rounded down, before clamping: (F, N) int64 for F frames of the document."""
    times = exact_times(ir, frames)
    return times if (ir.nodes.time_den == 1).all() else times // ir.nodes.time_den[None]


def exact_frames(ir: CompositionIR, frames: I64, nodes: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Return the local frames of nodes, (F, len(nodes)): fractions inside compositions of another speed or frame rate."""
    den = ir.nodes.time_den[None, nodes]
    whole, rest = np.divmod(exact_times(ir, frames, nodes), den)
    at: npt.NDArray[np.float64] = whole + rest / den
    return at


def sampling_frames(ir: CompositionIR, frames: I64, nodes: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Return the frames at which lanes of `nodes` are sampled: exact local frames clamped to [0, duration - 1], (F, len(nodes))."""
    last = np.maximum(ir.nodes.duration[nodes] - 1, 0)
    return np.minimum(np.maximum(exact_frames(ir, frames, nodes), 0.0), last[None, :])
