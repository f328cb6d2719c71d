"""`{"kind": "dive", "duration_frames": n, "params": {"origin": [x, y], "depth": d}}`: dives through a growing circle into what comes.

Made of what wavyte-gpu has: the going side grows by `depth` about the origin, and the circle sweep opens onto the coming side, which
grows from `1 / (1 + depth)` to its size.
"""

from __future__ import annotations

from typing import Any

from wavyte_gpu import ParamSchema, TransitionDef
from wavyte_gpu.transitions.definition import Change, Move, Sweep


def lower(v: Any, t: float, alone: bool) -> Change:
    """Return what both sides do at progress `t`; a side alone does the same without the other."""
    return Change(
        Sweep("circle", t, v.origin, v.soft_edge),
        coming=Move((1.0 + v.depth * t) / (1.0 + v.depth), v.origin),
        going=Move(1.0 + v.depth * t, v.origin),
    )


DIVE = TransitionDef(
    "dive",
    (
        ParamSchema("origin", "vec2", default=(0.5, 0.5)),
        ParamSchema("depth", "f64", default=1.0, minimum=0.0),
        ParamSchema("soft_edge", "f64", default=0.05, minimum=0.0),
    ),
    lower,
)
