"""Step 2 of evaluation: the value of every canonical lane."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.eval.time_context import sampling_frames
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["lane_values", "param_values", "sample_tracks"]

F64 = npt.NDArray[np.float64]


def sample_tracks(ir: CompositionIR, frames: npt.NDArray[np.int64]) -> F64:
    """Return the animated lanes' values at frames of the document, (F, T) float64."""
    if not ir.tracks.count:
        return np.zeros((len(frames), 0))
    return ir.tracks.sample(sampling_frames(ir, frames, ir.track_node[: ir.tracks.count]))


def lane_values(ir: CompositionIR, tracks: F64, lane: int) -> F64:
    """Return one lane of all nodes: (F, N), or (1, N) where nothing animates it."""
    base = ir.nodes.base[None, :, lane]
    mine = ir.lane_tracks[lane]
    if not len(mine):
        return base
    values = np.repeat(base, len(tracks), axis=0)
    values[:, ir.track_node[mine]] = tracks[:, mine]
    return values


def param_values(ir: CompositionIR, tracks: F64) -> F64:
    """Return the parameters that are no lanes: (F, P), or (1, P) where nothing animates them."""
    base = ir.params.base[None, :]
    mine = ir.track_param >= 0
    if not mine.any():
        return base
    values = np.repeat(base, len(tracks), axis=0)
    values[:, ir.track_param[mine]] = tracks[:, mine]
    return values
