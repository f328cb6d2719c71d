"""What this version renders of a valid document, and what it names as not supported yet. Nothing is silently ignored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from wavyte_gpu.foundation.errors import Problem, UnsupportedError
from wavyte_gpu.normalize.expand import Expansion
from wavyte_gpu.normalize.masks import mask_assets
from wavyte_gpu.schema.anim import Constant
from wavyte_gpu.schema.assets import Audio, Image, Noise, Null, Path, SolidRect, Svg, TextAsset, Video
from wavyte_gpu.schema.mask import MaskAsset
from wavyte_gpu.schema.node import Collection, CompRef, Leaf, Node
from wavyte_gpu.schema.paint import Gradient

__all__ = [
    "all_assets",
    "as_written",
    "document_warnings",
    "paint_key",
    "require_supported",
    "shown_assets",
    "text_copies",
    "walk",
]


def walk(document: Any) -> Iterator[tuple[Node, str]]:
    """Yield every node of an expanded document, in preorder, with its JSON Pointer. Without recursion."""
    stack = [(document.root, "/root")]
    while stack:
        node, path = stack.pop()
        yield node, path
        if isinstance(node.kind, Collection):
            inner = f"{path}/kind/collection/children"
            stack += [(child, f"{inner}/{i}") for i, child in reversed(list(enumerate(node.kind.children)))]
        elif isinstance(node.kind, CompRef):
            inside: Any = node.kind.composition
            stack.append((inside.root, f"{path}/kind/comp_ref/composition/root"))


def paint_key(key: str, which: str) -> str:
    """Return the key of the gradient that fills ("fill") or strokes ("stroke") the path at an asset key."""
    return f"{key}\0{which}"


def text_copies(document: Any) -> dict[str, str]:
    """Return by node id the keys of the copies that the texts of layouts have where several leaves show one: each breaks its own lines."""
    users: dict[str, int] = {}
    placed: list[Node] = []
    for node, _ in walk(document):
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
    out.update((key, asset) for key, asset in mask_assets(node for node, _ in walk(document)) if asset is not None)
    return out


def shown_assets(document: Any) -> set[str]:
    """Return the keys of the assets that leaves and masks name, with the gradients that they use."""
    named = {node.kind.asset for node, _ in walk(document) if isinstance(node.kind, Leaf)}
    named |= {key for key, _ in mask_assets(node for node, _ in walk(document))}
    return {key for key in all_assets(document) if key in named or key.partition("\0")[0] in named}


def _asset_feature(asset: Any) -> str | None:
    lanes: list[Any]
    match asset:
        case Null() | Noise() | Image() | Svg() | Video() | Audio():
            return None
        case TextAsset():
            return None if isinstance(asset.size_px, Constant) else "animated sizes of text"
        case SolidRect():
            return None
        case Gradient():
            return None
        case Path():
            lanes = []
            if asset.stroke is not None:
                lanes += [asset.stroke.width, asset.stroke.dash_offset]
            return None if all(isinstance(lane, Constant) for lane in lanes) else "animated strokes of paths"
    return f"assets of kind {getattr(asset, 'TAG', None) or type(asset).__name__}"


def unsupported(document: Any) -> list[Problem]:
    """Return one problem for each feature of the document that this version can't render."""
    found: list[Problem] = []

    def add(feature: str, path: str, node_id: str | None) -> None:
        text = f"{feature} can't be rendered by this version yet"
        found.append(Problem("error", UnsupportedError.code, text, path=path, node_id=node_id, found=feature))

    first_user: dict[str, str] = {}
    for node, _ in walk(document):
        if isinstance(node.kind, Leaf):
            first_user.setdefault(str(node.kind.asset), node.id)
        if node.mask is not None and isinstance(node.mask.source, MaskAsset):
            first_user.setdefault(node.mask.source.asset, node.id)
    for key, node_id in first_user.items():
        missing = _asset_feature(document.assets[key])
        if missing is not None:
            add(missing, "/assets/" + key.replace("~", "~0").replace("/", "~1"), node_id)
    return found


def require_supported(expansion: Expansion) -> None:
    """Raise UnsupportedError naming every feature that can't be rendered yet, with its node."""
    problems = unsupported(expansion.document)
    if problems:
        raise UnsupportedError(as_written(expansion, problems))


def as_written(expansion: Expansion, problems: list[Problem]) -> list[Problem]:
    """Return problems of an expanded document, each at its place in the document as it is written; one for each place."""
    paths = {node.id: path for node, path in walk(expansion.document)}
    out: dict[Problem, None] = {}
    for problem in problems:
        node, below = problem.node_id, None
        if problem.path.startswith("/assets/"):
            for key, place in expansion.assets.items():
                start = "/assets/" + key.replace("~", "~0").replace("/", "~1")
                if problem.path == start or problem.path.startswith(start + "/"):
                    below, problem = problem.path[len(start) :], replace(problem, path=place.path, file=place.file)
        elif node in paths and problem.path.startswith(paths[node]):
            written = expansion.places[node]
            below, problem = problem.path[len(paths[node]) :], replace(problem, path=written.path, file=written.file)
        out[replace(problem, path=problem.path + (below or ""))] = None
    return list(out)


def document_warnings(expansion: Expansion) -> list[Problem]:
    """Return what `validate` says of a valid document that this version can't render wholly."""
    return [replace(p, severity="warning") for p in as_written(expansion, unsupported(expansion.document))]
