"""Mask sources as hidden nodes: a copy of a node, a leaf with an asset, or a leaf with a path of the shape.

A masked node's mask is the last node below it, in its local space, so evaluation treats it like any other node.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from wavyte_gpu.schema.assets import Path
from wavyte_gpu.schema.mask import EllipseShape, Mask, MaskAsset, MaskNode, PathShape, RectShape, RoundedRectShape
from wavyte_gpu.schema.node import Collection, Leaf, Node

__all__ = ["mask_assets", "mask_leaf", "nothing", "shape_key"]


def shape_key(shape: Any) -> str:
    """Return the key of the hidden asset that draws a mask's shape; equal shapes share one."""
    return "\0".join(("", *_path_of(shape)))


def mask_assets(nodes: Iterator[Node]) -> Iterator[tuple[str, Any]]:
    """Yield (key, asset) of every asset that the masks of some nodes show; asset None for the document's own."""
    for node in nodes:
        if node.mask is None or isinstance(node.mask.source, MaskNode):
            continue
        source = node.mask.source
        if isinstance(source, MaskAsset):
            yield source.asset, None
        else:
            rule, d = _path_of(source)
            yield shape_key(source), Path(svg_path_d=d, fill_rule=rule)


def mask_leaf(owner: Node, mask: Mask) -> Node:
    """Return the hidden node of a mask that is no node: in the owner's local space, in its box where that is stated."""
    source = mask.source
    if isinstance(source, MaskAsset):
        size = owner.kind.size if isinstance(owner.kind, Leaf) else None
        leaf = Leaf(asset=source.asset) if size is None else Leaf(asset=source.asset, size=size, fit="fill")
    else:
        leaf = Leaf(asset=shape_key(source))
    return Node(id=f"{owner.id}.mask", kind=leaf)


def nothing(owner: Node) -> Node:
    """Return a hidden node that draws nothing: the mask of a node whose source is switched off."""
    return Node(id=f"{owner.id}.mask", kind=Collection(mode="group", children=()))


def _path_of(shape: Any) -> tuple[Literal["nonzero", "evenodd"], str]:
    """Return the fill rule and the path data of a mask's shape."""
    match shape:
        case PathShape():
            return shape.fill_rule, shape.svg_path_d
        case EllipseShape():
            rx, ry = shape.rx, shape.ry
            cx, cy = rx if shape.cx is None else shape.cx, ry if shape.cy is None else shape.cy
            arc = f"a{rx!r} {ry!r} 0 0 1 "
            return "nonzero", f"M{cx - rx!r} {cy!r}{arc} {2 * rx!r} 0{arc} {-2 * rx!r} 0z"
        case RoundedRectShape():
            x, y, w, h = shape.x, shape.y, shape.width, shape.height
            r = min(shape.radius, w / 2, h / 2)
            if r > 0:
                a = f"a{r!r} {r!r} 0 0 1 "
                top, side = w - 2 * r, h - 2 * r
                corners = f"h{top!r}{a}{r!r} {r!r}v{side!r}{a}{-r!r} {r!r}h{-top!r}{a}{-r!r} {-r!r}v{-side!r}"
                return "nonzero", f"M{x + r!r} {y!r}{corners}{a}{r!r} {-r!r}z"
            return _rect(shape)
        case RectShape():
            return _rect(shape)
    raise TypeError(f"unknown shape {shape!r}")


def _rect(shape: RectShape) -> tuple[Literal["nonzero"], str]:
    return "nonzero", f"M{shape.x!r} {shape.y!r}h{shape.width!r}v{shape.height!r}h{-shape.width!r}z"
