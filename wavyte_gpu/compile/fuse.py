"""Culling, fusion and scattering: which layers of a surface are drawn at all, and which share a dispatch.

A layer inside a running kernel costs about a third of a pass of its own (benches), so neighbours of one kind are drawn together
where their common rectangle is not much larger than what they touch. Layers of one kind that do not touch are drawn by one dispatch,
each in its own tiles: fifty leaves take a few dispatches, and so do forty icons. Pixels never change: a fused kernel rounds after
every layer, and layers that touch keep their order.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.compile.emit import Layer
from wavyte_gpu.foundation.rect import Rect, corners
from wavyte_gpu.ops.reflect import most_layers
from wavyte_gpu.ops.registry import EDGE_COUNTS, MAX_LAYERS

__all__ = ["Run", "cull", "filling", "fuse_runs", "pad", "scatter"]


class Run(NamedTuple):
    """Layers that share a dispatch, and the px that they may touch together; `scattered`: each one in tiles of its own."""

    layers: list[Layer]
    region: Rect
    scattered: bool = False


_PASS = 3  # cost of loading and storing a pixel, in plain layers
_LAYER = (1, 9, 17)  # cost of a layer by its edge variant: an edge costs about as much as two plain layers
_MOST = (
    MAX_LAYERS,
    1,
    1,
)  # layers of a kernel by edge variant: outlines make kernels large, and sharing saves them little
_DISPATCH_PX = 100_000  # cost of one more dispatch, in pixel layers
_MOST_RUNS = 256  # that are compared with each other


def cull(layers: list[Layer]) -> list[Layer]:
    """Drop layers that an opaque layer above hides wholly."""
    if True not in [layer.covers for layer in layers]:
        return layers
    kept: list[Layer] = []
    covers: list[Rect] = []
    for layer in reversed(layers):
        if covers and any(c.contains(layer.region) for c in covers):
            continue
        kept.append(layer)
        if layer.covers:
            covers = [*[c for c in covers if not layer.region.contains(c)][-3:], layer.region]
    kept.reverse()
    return kept


def _kind(layer: Layer) -> Hashable:
    """Return what layers of one dispatch have in common."""
    shaped = None if layer.shape is None else (type(layer.shape), layer.even_odd)
    matrix = None if layer.matrix is None else layer.matrix.tobytes()
    return layer.layout, layer.blend, layer.page, layer.input, matrix, shaped


def filling(runs: list[Run], bounds: Rect) -> int:
    """Return how many videos at the bottom fill the bounds, each a part of its own; 0 where they do not."""
    left = bounds.area
    for count, run in enumerate(runs, 1):
        if run.layers[0].video is None or any(run.region.touches(other.region) for other in runs[: count - 1]):
            return 0
        left -= run.region.area
        if left == 0:
            return count
    return 0


def _cost(region: Rect, layers: int, edge_variant: int) -> int:
    return region.area * (_PASS + layers * _LAYER[edge_variant]) + _DISPATCH_PX


def fuse_runs(layers: list[Layer]) -> list[Run]:
    """Group neighbouring layers that touch into runs of at most MAX_LAYERS that share a kernel."""
    runs: list[Run] = []
    for layer in layers:
        if layer.shape is not None or layer.tiles is not None:
            runs.append(Run([layer], layer.region, True))
            continue
        if layer.video is None and runs and not runs[-1].scattered and runs[-1].layers[0].video is None:
            run, region, _ = runs[-1]
            edges = layer.layout % len(EDGE_COUNTS)
            if len(run) < _MOST[edges] and _kind(run[-1]) == _kind(layer) and region.touches(layer.region):
                both = region.union(layer.region)
                if _cost(both, len(run) + 1, edges) <= _cost(region, len(run), edges) + _cost(layer.region, 1, edges):
                    run.append(layer)
                    runs[-1] = Run(run, both)
                    continue
        runs.append(Run([layer], layer.region))
    return runs


def pad(count: int) -> list[int]:
    """Split a run of `count` layers into kernels: each entry is how many layers of the run one takes.

    Kernels exist for 1, 2, 4 and 8 layers; 3, 6 and 7 are filled up with layers of weight 0, 5 is 4 and 1.
    """
    return [4, 1] if count == 5 else [count]


def scatter(runs: list[Run]) -> list[Run]:
    """Join runs of one layer each that are of one kind and do not touch; return the runs in an order that gives the same pixels.

    A run goes into the first group of its kind behind all groups that hold an earlier run that it touches.
    """
    if len(runs) > _MOST_RUNS:
        return scatter(runs[:_MOST_RUNS]) + scatter(runs[_MOST_RUNS:])
    numbers: dict[Hashable, int] = {}
    kinds = [
        numbers.setdefault(~i if len(run.layers) > 1 or run.layers[0].video else _kind(run.layers[0]), len(numbers))
        for i, run in enumerate(runs)
    ]
    if len(numbers) == len(runs):
        return runs
    regions = corners([run.region for run in runs])
    below, ends = _below(regions)
    place: list[int] = []  # by run: its group
    groups: list[list[int]] = []
    of_kind: list[tuple[list[int], int]] = []
    begin = 0
    for i, (kind, end) in enumerate(zip(kinds, ends, strict=True)):
        if kind == len(of_kind):
            of_kind.append(([], _room(runs[i].layers[0])))
        mine, room = of_kind[kind]
        first = max([place[j] for j in below[begin:end]]) + 1 if end > begin else 0
        begin = end
        for at in mine:
            if at >= first and len(groups[at]) < room:
                groups[at].append(i)
                break
        else:
            at = len(groups)
            mine.append(at)
            groups.append([i])
        place.append(at)
    return [
        runs[group[0]] if len(group) == 1 else _joined([runs[i] for i in group], regions[group]) for group in groups
    ]


def _below(regions: npt.NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Return for each of rectangles, (n, 4), the earlier ones that it touches: those of the first one, of the second, ..., and where
    those of each end."""
    count = len(regions)
    order = np.argsort(regions[:, 0])
    x0, y0, x1, y1 = regions[order].T
    ahead = np.searchsorted(x0, x1) - np.arange(1, count + 1)  # how many that follow begin left of its end
    first = np.repeat(np.arange(count), ahead)
    second = np.arange(len(first)) + np.repeat(np.arange(1, count + 1) - np.cumsum(ahead) + ahead, ahead)
    touch = (y0[first] < y1[second]) & (y1[first] > y0[second])
    one, other = order[first[touch]], order[second[touch]]
    lower, upper = np.minimum(one, other), np.maximum(one, other)
    return lower[np.argsort(upper)].tolist(), np.cumsum(np.bincount(upper, minlength=count)).tolist()


def _joined(runs: list[Run], regions: npt.NDArray[np.int64]) -> Run:
    region = Rect(*regions[:, :2].min(axis=0).tolist(), *regions[:, 2:].max(axis=0).tolist())
    return Run([run.layers[0] for run in runs], region, True)


def _room(layer: Layer) -> int:
    """Return how many layers of a kind share a dispatch."""
    return most_layers(layer.program, layer.layout % len(EDGE_COUNTS))
