"""Boxes of layouts as evaluation finds them, by node id."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

import wavyte_gpu as wv
from wavyte_gpu.assets.text import TextFlow
from wavyte_gpu.eval.boxes import content_boxes
from wavyte_gpu.eval.layout import LayoutStage
from wavyte_gpu.eval.properties import sample_tracks
from wavyte_gpu.eval.time_context import local_frames
from wavyte_gpu.eval.visibility import visible_nodes
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.normalize.normalizer import normalize

__all__ = ["Sizes", "boxes_of", "item", "items", "laid_out", "lowered"]

SOLID = {"solid_rect": {"color": "#336699"}}


class Sizes:
    """Media that only have sizes, by asset key."""

    def __init__(self, ir: CompositionIR, sizes: dict[str, tuple[float, float]]) -> None:
        self._keys, self._sizes = ir.names.assets, sizes

    def intrinsic_size(self, asset: int) -> tuple[float, float] | None:
        return self._sizes.get(self._keys[asset])

    def text_flow(self, asset: int) -> TextFlow | None:
        return None


def item(node_id: str, asset: str = "box", leaf: dict[str, Any] | None = None, **layout: Any) -> dict[str, Any]:
    """Return a leaf, an item with a layout where fields of one are given."""
    out: dict[str, Any] = {"id": node_id, "kind": {"leaf": {"asset": asset, **(leaf or {})}}}
    return out | ({"layout": layout} if layout else {})


def items(node_id: str, *children: dict[str, Any], mode: Any = "group", **layout: Any) -> dict[str, Any]:
    """Return a collection with a layout."""
    return {"id": node_id, "layout": layout, "kind": {"collection": {"mode": mode, "children": list(children)}}}


def lowered(
    root: dict[str, Any],
    canvas: tuple[int, int] = (200, 100),
    sizes: dict[str, tuple[float, float]] | None = None,
    duration: int = 30,
) -> CompositionIR:
    """Return the IR of a document with one root; assets with a size are squares of paths."""
    assets = {"box": SOLID} | {key: {"path": {"svg_path_d": "M0 0h1v1z"}} for key in sizes or {}}
    top = {"version": "0.3", "canvas": {"width": canvas[0], "height": canvas[1]}, "duration": duration}
    comp = wv.Composition.from_json({**top, "assets": assets, "root": root})
    return normalize(comp.document, lambda _key: Fraction(1), canvas)


def boxes_of(
    ir: CompositionIR, frames: Sequence[int], stage: LayoutStage | None = None, sizes: Any = None
) -> list[dict[str, tuple[float, ...]]]:
    """Return by frame the content boxes of the items: x, y in the space of their layout's root, width, height in px."""
    own = stage or LayoutStage(ir, Sizes(ir, sizes or {}))
    local = local_frames(ir, np.array(frames, dtype=np.int64))
    tracks = sample_tracks(ir, np.array(frames, dtype=np.int64))
    visible = visible_nodes(ir, local, tracks)
    box, origin = own.place(tracks, visible, content_boxes(ir, tracks, np.zeros((1, len(ir.nodes), 2))))
    if stage is None:
        own.close()
    table, out = ir.layout, []
    for f in range(len(frames)):
        size, at = box[f if len(box) > 1 else 0], origin[f if len(origin) > 1 else 0]
        corner: dict[int, tuple[float, float]] = {}
        named = {}
        for row in range(len(table)):
            px, py = corner.get(int(table.parent[row]), (0.0, 0.0))
            corner[row] = (px + float(at[row, 0]), py + float(at[row, 1]))
            node = int(table.node[row])
            named[ir.names.nodes[node]] = (*corner[row], *map(float, size[node]))
        out.append(named)
    return out


def laid_out(root: dict[str, Any], canvas: tuple[int, int] = (200, 100), frame: int = 0, **more: Any) -> Any:
    """Return the boxes of one frame of a document."""
    sizes = more.pop("sizes", None)
    return boxes_of(lowered(root, canvas, sizes, **more), [frame], sizes=sizes)[0]
