"""The nodes of an expanded document, and the assets that they show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wavyte_gpu.normalize.masks import mask_assets
from wavyte_gpu.schema.assets import Path, TextAsset
from wavyte_gpu.schema.node import Collection, CompRef, Leaf, Node
from wavyte_gpu.schema.paint import Gradient

__all__ = [
    "all_assets",
    "paint_key",
    "shown_assets",
    "text_copies",
    "walk",
]


def walk(document: Any) -> Iterator[Node]:
    """Yield every node of an expanded document, in preorder. Without recursion."""
    stack = [document.root]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node.kind, Collection):
            stack += reversed(node.kind.children)
        elif isinstance(node.kind, CompRef):
            inside: Any = node.kind.composition
            stack.append(inside.root)


def paint_key(key: str, which: str) -> str:
    """Return the key of the gradient that fills ("fill") or strokes ("stroke") the path at an asset key."""
    return f"{key}\0{which}"


def text_copies(document: Any) -> dict[str, str]:
    """Return by node id the keys of the copies that the texts of layouts have where several leaves show one: each breaks its own lines."""
    users: dict[str, int] = {}
    placed: list[Node] = []
    for node in walk(document):
        if isinstance(node.kind, Leaf):
            users[str(node.kind.asset)] = users.get(str(node.kind.asset), 0) + 1
            placed += [node] if node.layout is not None else []
        elif isinstance(node.kind, Collection) and node.layout is not None:
            placed += [child for child in node.kind.children if isinstance(child.kind, Leaf) and child.layout is None]
    keys = [(node.id, str(node.kind.asset)) for node in placed if isinstance(node.kind, Leaf)]
    return {
        node_id: f"{key}\0{node_id}"
        for node_id, key in keys
        if users.get(key, 0) > 1 and isinstance(document.assets[key], TextAsset)
    }


def all_assets(document: Any) -> dict[str, Any]:
    """Return the assets by key: the document's, then the gradients of its paths and the shapes of its masks."""
    out = dict(document.assets)
    for key, asset in document.assets.items():
        if isinstance(asset, Path):
            if isinstance(asset.fill, Gradient):
                out[paint_key(key, "fill")] = asset.fill
            if asset.stroke is not None and isinstance(asset.stroke.color, Gradient):
                out[paint_key(key, "stroke")] = asset.stroke.color
    out.update((key, document.assets[key.partition("\0")[0]]) for key in text_copies(document).values())
    out.update((key, asset) for key, asset in mask_assets(walk(document)) if asset is not None)
    return out


def shown_assets(document: Any) -> set[str]:
    """Return the keys of the assets that leaves and masks name, with the gradients that they use."""
    named = {node.kind.asset for node in walk(document) if isinstance(node.kind, Leaf)}
    named |= {key for key, _ in mask_assets(walk(document))}
    return {key for key in all_assets(document) if key in named or key.partition("\0")[0] in named}
