"""Step 1 of evaluation: the local time of every node (spec, sections 5.1.1 and 12.2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["local_frames", "sampling_frames"]


def local_frames(ir: CompositionIR, frames: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return each node's local frame, before clamping: (F, N) int64 for F composition frames."""
    local: npt.NDArray[np.int64] = frames[:, None] - ir.nodes.offset[None, :]
    return local


def sampling_frames(
    ir: CompositionIR, local: npt.NDArray[np.int64], nodes: npt.NDArray[np.int32]
) -> npt.NDArray[np.float64]:
    """Return the frames at which lanes of `nodes` are sampled: local time clamped to [0, duration - 1], (F, len(nodes))."""
    last = np.maximum(ir.nodes.duration[nodes] - 1, 0)
    return np.clip(local[:, nodes], 0, last[None, :]).astype(np.float64)
