"""Small pieces of layer records that several lowerings share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from wavyte_gpu.ops.reflect import layer_dtype

__all__ = ["at_centres", "empty_sources", "joined", "row_bytes"]

F64 = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


def empty_sources(program: int, count: int) -> Records:
    """Return zeroed `source` records of a program, (count,)."""
    fields = layer_dtype(program, 0).fields
    assert fields is not None
    return np.zeros(count, dtype=fields["source"][0])


def at_centres(m: F64) -> F64:
    """Move the origin so that a map is read at whole pixels and gives the value at their centres."""
    out = m.copy()
    out[..., 2] = m[..., 2] + 0.5 * m[..., 0] + 0.5 * m[..., 1]
    return out


def row_bytes(table: npt.NDArray[Any]) -> list[bytes]:
    """Return the rows of a table as bytes."""
    raw, size = table.tobytes(), table.nbytes // max(len(table), 1)
    return [raw[i * size : (i + 1) * size] for i in range(len(table))]


def joined(tables: Sequence[Records]) -> Records:
    """Return the records of tables of one type, one table's after the other's. Joining them as such takes ten times as long."""
    return np.concatenate([table.view(np.uint8) for table in tables]).view(tables[0].dtype)
