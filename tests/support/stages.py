"""What happens to the content of nodes in random documents: masks, effects, transitions."""

from __future__ import annotations

from random import Random
from typing import Any

__all__ = ["add_node_masks", "mask", "shape"]


def shape(r: Random) -> dict[str, Any]:
    """Return the shape of a mask."""
    w, h = r.choice((0, 8, 30.5, 60)), r.choice((1, 12, 25.25, 50))
    place = {"x": r.choice((0, -4, 3.3)), "y": r.choice((0, 5, -2.7)), "width": w, "height": h}
    kind = r.choice(("rect", "rounded_rect", "ellipse", "path"))
    match kind:
        case "rect":
            return {kind: place}
        case "rounded_rect":
            return {kind: {**place, "radius": r.choice((0, 4, 100))}}
        case "ellipse":
            return {kind: {"rx": w, "ry": h, **({"cx": 5, "cy": -3.5} if r.random() < 0.5 else {})}}
    return {kind: {"svg_path_d": "M0 0L40 10L5 45Z M10 10h12v12h-12z", "fill_rule": r.choice(("nonzero", "evenodd"))}}


def mask(r: Random, names: list[str]) -> dict[str, Any]:
    """Return a mask by a shape or an asset."""
    source: Any = {"shape": shape(r)} if r.random() < 0.6 else {"asset": r.choice(names)}
    mode: Any = r.choice(("alpha", "luma", {"stencil": {"threshold": r.choice((0, 0.5, 1))}}))
    return {"source": source, "mode": mode, "inverted": r.random() < 0.3}


def add_node_masks(r: Random, top: dict[str, Any]) -> None:
    """Let some nodes below `top` be masked by later siblings' subtrees, which may then be masks alone."""
    children = top["kind"].get("collection", {}).get("children", [])
    for i, child in enumerate(children):
        add_node_masks(r, child)
        later = children[i + 1 :]
        if later and "mask" not in child and r.random() < 0.1:
            source = r.choice(later)
            child["mask"] = {"source": {"node": source["id"]}, "inverted": r.random() < 0.3}
            if r.random() < 0.5:
                source["mask_only"] = True
