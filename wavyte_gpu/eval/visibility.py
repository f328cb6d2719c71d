"""Step 3 of evaluation: which nodes are visible (range checks and switch selection)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wavyte_gpu.eval.properties import lane_values
from wavyte_gpu.foundation.enums import Lane, NodeKind
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["visible_nodes"]


def visible_nodes(
    ir: CompositionIR, local: npt.NDArray[np.int64], tracks: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Return (F, N) bool: in range, chosen by every switch above, and all ancestors visible."""
    nodes = ir.nodes
    visible = (local >= 0) & (local < nodes.duration[None, :]) & nodes.drawn[None, :]
    for switch in np.flatnonzero(nodes.kind == NodeKind.SWITCH):
        active = lane_values(ir, tracks, Lane.SWITCH_ACTIVE)
        children = nodes.children[nodes.child_start[switch] : nodes.child_start[switch + 1]]
        chosen = np.clip(np.floor(active[:, switch]), 0, len(children) - 1).astype(np.int64)
        visible[:, children] &= chosen[:, None] == np.arange(len(children))[None, :]
    if len(ir.layout):
        visible[:, ir.layout.node[ir.layout.codes[:, 0] == 0]] = False  # display: none
    for level in nodes.levels[1:]:
        visible[:, level] &= visible[:, nodes.parent[level]]
    return visible
