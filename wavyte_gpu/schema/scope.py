"""Names of a composition: opening and closing its scope, and the cycles that references can make."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from wavyte_gpu.foundation.errors import Problem
from wavyte_gpu.foundation.timebase import frames_from_seconds
from wavyte_gpu.schema.expressions import check_expressions
from wavyte_gpu.schema.reader import BAD, MAX_FRAMES, Reader, Scope, brief

__all__ = ["check_cycles", "enter_scope", "leave_scope", "time_map_frames"]


def enter_scope(ctx: Reader, parent: Scope | None, definition: int, raw: dict[str, Any]) -> Scope:
    """Return the scope of a raw composition, its composition keys and variable names known already."""
    scope = Scope(parent, definition)
    compositions, variables = raw.get("compositions"), raw.get("variables")
    if isinstance(compositions, dict):
        for key, item in compositions.items():
            ctx.definitions += 1
            scope.compositions[key] = (ctx.definitions, item)
    if isinstance(variables, dict):
        scope.variables = dict.fromkeys(variables)
    return scope


def leave_scope(ctx: Reader, scope: Scope) -> None:
    """Check what needs every node of a composition: the nodes that masks name, and names that need a repeat."""
    if not scope.has_repeat:
        ctx.problems.extend(scope.repeat_names)
    check_expressions(ctx, scope)
    edges: dict[str, list[str]] = {}
    for path, node_id, target in scope.mask_refs:
        written = scope.written_id(target)
        if written is None:
            ctx.problems.append(
                Problem(
                    "error",
                    "unknown_node",
                    "unknown node",
                    path=path,
                    node_id=node_id,
                    found=brief(target),
                    allowed="the id of a node of this composition",
                    hint=ctx.nearest(target, scope.node_ids),
                )
            )
        elif node_id is not None:
            edges.setdefault(node_id, []).append(written)
    if edges:
        for node_id, parent in scope.parents.items():
            edges.setdefault(parent, []).append(node_id)
        at = {node_id: (path, node_id) for path, node_id, _target in scope.mask_refs if node_id is not None}
        for chain in _cycles(list(at), lambda node: edges.get(node, ())):
            path, owner = next((at[node] for node in chain if node in at), ("", chain[0]))
            text = " -> ".join(brief(node)[1:-1] for node in chain[:12])
            ctx.problems.append(
                Problem("error", "mask_cycle", f"a mask draws itself: {text}", path=path, node_id=owner)
            )


def check_cycles(ctx: Reader) -> None:
    """Note a problem for every composition that contains itself by way of its references."""
    targets = {source: [ref[0] for ref in refs] for source, refs in ctx.references.items()}
    for chain in _cycles(list(targets), lambda node: targets.get(node, ())):
        refs = [next(ref for ref in ctx.references[a] if ref[0] == b) for a, b in pairwise(chain)]
        _target, path, node_id, key = refs[-1]
        text = "a composition contains itself: " + " -> ".join([key, *(ref[3] for ref in refs[:12])])
        ctx.problems.append(Problem("error", "comp_cycle", text, path=path, node_id=node_id, found=brief(key)))


def _cycles(starts: list[Any], targets: Callable[[Any], Iterable[Any]]) -> list[list[Any]]:
    """Return one chain, its first node at its end again, for every back edge met in a walk of the graph."""
    done: set[Any] = set()
    found = []
    for start in starts:
        if start in done:
            continue
        chain, on_chain = [start], {start: 0}
        stack = [iter(targets(start))]
        while stack:
            node = next(stack[-1], None)
            if node is None:
                stack.pop()
                last = chain.pop()
                del on_chain[last]
                done.add(last)
            elif node in on_chain:
                found.append([*chain[on_chain[node] :], node])
            elif node not in done:
                on_chain[node] = len(chain)
                chain.append(node)
                stack.append(iter(targets(node)))
    return found


def time_map_frames(
    duration: int, inner_fps: Fraction, outer_fps: Fraction, offset: int, scale: float, clip: tuple[int, int] | None
) -> Any:
    """Return how many outer frames a time-mapped composition lasts, or `BAD` where it never ends.

    Args:
        duration: inner frames.
        inner_fps, outer_fps: frames a second.
        offset: outer frames.
        scale: inner seconds for an outer second; below 0 runs backwards.
        clip: inner frames, by default all of them.
    """
    if scale == 0.0:
        return BAD
    first, last = clip or (0, duration)
    end = (Fraction(last) if scale > 0 else Fraction(first)) / inner_fps
    frames = offset + frames_from_seconds(end / Fraction(repr(scale)), outer_fps)
    return min(max(frames, 0), MAX_FRAMES)
