"""Colour matrices as integers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.reflect import pass_dtype
from wavyte_gpu.ops.registry import pass_id

__all__ = ["color_matrix", "keeps_alpha"]

F64 = npt.NDArray[np.float64]
_ROWS = "rgba"
_KEPT = np.array([0.0, 0.0, 0.0, 1.0, 0.0])
_LARGEST_KEEP = (2.0**31 - 2.0**16) / 255.0  # sums of 255 * matrix fit 32 bits
_LARGEST_ANY = 2.0**19 - 2.0**10  # matrix_value


def keeps_alpha(matrix: F64) -> bool:
    """Tell whether a matrix (4, 5) keeps alpha and feeds nothing of it into the colours."""
    return bool(np.array_equal(matrix[3], _KEPT) and not matrix[:3, 3].any())


def color_matrix(matrix: F64) -> tuple[int, npt.NDArray[np.void]]:
    """Return the kernel and the parameters that apply a matrix.

    Args:
        matrix: (4, 5) float64, rows R, G, B, A over straight R, G, B, A and 1, all in 0..1 (CSS feColorMatrix). Entries are rounded to
            2^-16; of a matrix with large entries to less, so that sums fit 32 bits.
    """
    m = np.asarray(matrix, np.float64)
    keep = keeps_alpha(m)
    kernel = pass_id("color_matrix" if keep else "color_matrix_any")
    p = np.zeros((), pass_dtype(kernel))
    record = p["matrix"]
    sums = np.abs(m[:3]).sum() if keep else max(np.abs(m[:, :3]).sum(axis=1).max(), np.abs(m[:, 3:]).max())
    largest = _LARGEST_KEEP if keep else _LARGEST_ANY
    m = m * min(1.0, largest / 2.0 / max(sums, 1.0))  # beyond it all but a hair of the channel is clamped anyway
    sums = min(sums, largest / 2.0)
    shift = 16
    while shift > 1 and sums * 2.0**shift > largest:
        shift -= 1
    q = np.floor(m * 2.0**shift + 0.5).astype(np.int64)
    for i, row in enumerate(_ROWS[: 3 if keep else 4]):
        record[row][:3] = q[i, :3]
        record[row][3] = q[i, 4] if keep else q[i, 3]
        if not keep:
            record["bias"][i] = q[i, 4]
    record["shift"][0] = shift
    return kernel, p
