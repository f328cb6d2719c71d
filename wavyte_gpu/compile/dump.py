"""Plans as stable text, JSON and Graphviz, for people and for snapshot tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wavyte_gpu.compile.plan import NO_KERNEL, TABLES_PAGE, Op, RenderPlan
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.registry import BLENDS, EDGE_COUNTS, PROGRAMS, pass_kernel

__all__ = ["plan_dot", "plan_json", "plan_text"]


def _rect(r: Rect) -> str:
    return f"[{r.x0},{r.y0} {r.x1},{r.y1})"


def _name(names: Sequence[str], node: int) -> str:
    return names[node] if node >= 0 else "-"


def _program(op: Op) -> str:
    return PROGRAMS[op.program].name if op.kernel == NO_KERNEL else pass_kernel(op.kernel).name


def _weights(plan: RenderPlan, op: Op) -> list[int]:
    records = plan.records[op.layout]
    if not op.count or records is None or "weight" not in (records.dtype.names or ()):
        return []
    return [int(w) for w in records["weight"][op.first : op.first + op.count, 0]]


def plan_text(plan: RenderPlan, names: Sequence[str], hashes: Sequence[bytes]) -> str:
    """Return the plan as text, the same for equal plans. `names` are node ids, `hashes` those of `op_hashes`."""
    lines = [f"plan {plan.width}x{plan.height} fingerprint {plan.fingerprint.hex()}"]
    lines += [
        f"slot {i} {s.width}x{s.height}" + (f"x{s.words}" if s.words > 1 else "") for i, s in enumerate(plan.slots)
    ]
    for i, s in enumerate(plan.surfaces):
        lines.append(
            f"surface {i} {_rect(s.bounds)} {s.format.name.lower()} slot {s.slot} ops {s.first_use}..{s.last_use}"
        )
    for op in plan.ops:
        parts = [f"op {op.id} {op.kind.name.lower()} {_program(op)}"]
        if op.kernel == NO_KERNEL:
            parts[0] += f" {BLENDS[op.blend]}"
            parts.append(f"edges {EDGE_COUNTS[op.layout % len(EDGE_COUNTS)]}")
        parts.append("-> s" + str(op.output) + " " + _rect(op.region))
        if op.init and op.kernel == NO_KERNEL:
            parts.append(f"init {op.init_pixel:08x}")
        if op.tiles is not None:
            parts.append(f"tiles {len(op.tiles)}")
        if op.shapes:
            rule = "even-odd" if op.even_odd else "nonzero"
            parts.append(f"shapes {len(op.shapes)} of {sum(len(s.edges) for s in op.shapes)} edges {rule}")
        if op.matrix is not None:
            parts.append("matrix")
        if op.inputs:
            parts.append("reads " + " ".join(f"s{s}" for s in op.inputs))
        if op.page >= 0:
            parts.append(f"page {op.page}")
        if op.page == TABLES_PAGE:
            parts.append("tables")
        if op.video is not None:
            parts.append(f"video asset {op.video.asset} frame {op.video.frame} planes {op.video.plane_set}")
        if op.deps:
            parts.append("after " + " ".join(str(d) for d in op.deps))
        weights = _weights(plan, op)
        layers = [f"{_name(names, n)}@{w}" for n, w in zip(op.nodes, weights, strict=False)] or [
            _name(names, n) for n in op.nodes
        ]
        parts.append("layers " + " ".join(layers))
        parts.append(f"hash {hashes[op.id].hex()}")
        lines.append("; ".join(parts))
    lines.append("roots " + " ".join(f"s{r}" for r in plan.roots))
    return "\n".join(lines) + "\n"


def plan_json(plan: RenderPlan, names: Sequence[str], hashes: Sequence[bytes]) -> dict[str, Any]:
    """Return the plan as JSON data."""
    return {
        "schema": 1,
        "width": plan.width,
        "height": plan.height,
        "fingerprint": plan.fingerprint.hex(),
        "slots": [[s.width, s.height, s.words] for s in plan.slots],
        "surfaces": [
            {
                "id": i,
                "bounds": list(s.bounds),
                "format": s.format.name.lower(),
                "slot": s.slot,
                "first_use": s.first_use,
                "last_use": s.last_use,
            }
            for i, s in enumerate(plan.surfaces)
        ],
        "ops": [
            {
                "id": op.id,
                "kind": op.kind.name.lower(),
                "program": _program(op),
                "blend": BLENDS[op.blend],
                "edges": EDGE_COUNTS[op.layout % len(EDGE_COUNTS)],
                "output": op.output,
                "region": list(op.region),
                "init": op.init,
                "tiles": None if op.tiles is None else len(op.tiles),
                "shapes": {"edges": sum(len(s.edges) for s in op.shapes), "even_odd": op.even_odd}
                if op.shapes
                else None,
                "matrix": op.matrix is not None,
                "inputs": list(op.inputs),
                "page": op.page if op.page >= 0 else None,
                "video": None if op.video is None else list(op.video),
                "deps": list(op.deps),
                "nodes": [_name(names, n) for n in op.nodes],
                "weights": _weights(plan, op),
                "hash": hashes[op.id].hex(),
            }
            for op in plan.ops
        ],
        "roots": list(plan.roots),
    }


def plan_dot(plan: RenderPlan, names: Sequence[str]) -> str:
    """Return the plan as a Graphviz digraph: ops as boxes, dependencies as arrows."""
    lines = ["digraph plan {", "  rankdir=LR; node [shape=box, fontname=monospace];"]
    for op in plan.ops:
        layers = ", ".join(_name(names, n) for n in op.nodes)
        text = f"{op.id} {op.kind.name.lower()} {_program(op)}\n{layers}\ns{op.output} {_rect(op.region)}"
        label = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        lines.append(f'  op{op.id} [label="{label}"];')
        lines += [f"  op{d} -> op{op.id};" for d in op.deps]
    return "\n".join([*lines, "}"]) + "\n"
