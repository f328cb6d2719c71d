"""The results of a composition's expressions for a batch of frames: further columns beside the tracks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.eval.properties import sample_tracks
from wavyte_gpu.eval.time_context import exact_frames
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.normalize.expressions import ExpressionTable
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["run_expressions", "sample_lanes"]

F64 = npt.NDArray[np.float64]
_PROGRESS, _SECONDS = 1, 2


def sample_lanes(
    ir: CompositionIR, program: BoundProgram | None, frames: npt.NDArray[np.int64]
) -> tuple[F64, npt.NDArray[np.int64] | None]:
    """Return the values of every track and expression at frames of the document, (F, T + X), and the divisions by zero."""
    tracks = sample_tracks(ir, frames)
    table = ir.expressions
    if table is None or program is None:
        return tracks, None
    local = exact_frames(ir, frames, table.time_nodes)
    columns, zeros = run_expressions(table, program, ir.nodes.duration, local, tracks)
    return np.concatenate([tracks, columns], axis=1), zeros


def run_expressions(
    table: ExpressionTable, bound: BoundProgram, duration: npt.NDArray[np.int64], local: F64, tracks: F64
) -> tuple[F64, npt.NDArray[np.int64] | None]:
    """Evaluate all expressions.

    Args:
        duration: (N,) frames of the nodes. local: (F, B) local frames of the table's time nodes. tracks: (F, T).

    Returns:
        (F, X) results, and (E, F) divisions by zero of each expression, or None where there are none.
    """
    varying = np.empty((len(table.program.varying), len(local)))
    varying[table.track_rows] = tracks.T[table.tracks]
    length = duration[table.time_nodes].astype(np.float64)[:, None]
    frame = np.clip(local.T, 0.0, length)
    for field, of in ((_PROGRESS, _progress), (_SECONDS, _seconds)):
        mine = np.flatnonzero(table.time_field == field)
        if len(mine):
            frame[mine] = of(frame[mine], length[mine], table.seconds[mine])
    varying[table.time_rows] = frame
    columns, zeros = bound.run(varying)
    return columns.T, zeros


def _progress(frame: F64, length: F64, _rate: F64) -> F64:
    out: F64 = np.where(length > 0.0, frame / np.maximum(length, 1.0), 0.0)
    return out


def _seconds(frame: F64, _length: F64, rate: F64) -> F64:
    return frame * rate[:, :1] / rate[:, 1:]
