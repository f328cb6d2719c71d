"""Fusion and culling: which layers of a surface are drawn at all, and which share a kernel.

A layer inside a running kernel costs about a third of a pass of its own (benches), so neighbours of one kind are drawn together
where their common rectangle is not much larger than what they touch. Pixels never change: a fused kernel rounds after every layer.
"""

from __future__ import annotations

from wavyte_gpu.compile.emit import Layer
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.registry import EDGE_COUNTS, MAX_LAYERS

__all__ = ["cull", "fuse_runs", "pad"]

_PASS = 3  # cost of loading and storing a pixel, in plain layers
_LAYER = (1, 9, 17)  # cost of a layer by its edge variant: an edge costs about as much as two plain layers
_MOST = (
    MAX_LAYERS,
    1,
    1,
)  # layers of a kernel by edge variant: outlines make kernels large, and sharing saves them little
_DISPATCH_PX = 100_000  # cost of one more dispatch, in pixel layers


def cull(layers: list[Layer]) -> list[Layer]:
    """Drop layers that an opaque layer above hides wholly."""
    kept: list[Layer] = []
    covers: list[Rect] = []
    for layer in reversed(layers):
        if any(c.contains(layer.region) for c in covers):
            continue
        kept.append(layer)
        if layer.covers and not any(c.contains(layer.region) for c in covers):
            covers = [*[c for c in covers if not layer.region.contains(c)][-3:], layer.region]
    kept.reverse()
    return kept


def _joins(a: Layer, b: Layer) -> bool:
    return (
        a.layout == b.layout
        and a.blend == b.blend
        and a.page == b.page
        and a.input == b.input
        and a.tiles is None
        and b.tiles is None
        and a.matrix is b.matrix
        and a.shape is None
        and b.shape is None
    )


def _cost(region: Rect, layers: int, edge_variant: int) -> int:
    return region.area * (_PASS + layers * _LAYER[edge_variant]) + _DISPATCH_PX


def fuse_runs(layers: list[Layer]) -> list[tuple[list[Layer], Rect]]:
    """Group neighbouring layers into runs of at most MAX_LAYERS that share a kernel; return each with its region."""
    runs: list[tuple[list[Layer], Rect]] = []
    for layer in layers:
        if runs:
            run, region = runs[-1]
            edges = layer.layout % len(EDGE_COUNTS)
            if len(run) < _MOST[edges] and _joins(run[-1], layer):
                both = region.union(layer.region)
                if _cost(both, len(run) + 1, edges) <= _cost(region, len(run), edges) + _cost(layer.region, 1, edges):
                    run.append(layer)
                    runs[-1] = (run, both)
                    continue
        runs.append(([layer], layer.region))
    return runs


def pad(count: int) -> list[int]:
    """Split a run of `count` layers into kernels: each entry is how many layers of the run one takes.

    Kernels exist for 1, 2, 4 and 8 layers; 3, 6 and 7 are filled up with layers of weight 0, 5 is 4 and 1.
    """
    return [4, 1] if count == 5 else [count]
