"""What happens to the content of nodes in random documents: masks, effects, transitions."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

__all__ = ["add_node_masks", "add_pairs", "effect", "mask", "shape", "transition"]


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


def transition(r: Random) -> dict[str, Any]:
    """Return a transition."""
    kind = r.choice(("crossfade", "wipe", "slide", "zoom", "iris"))
    soft, origin = r.choice((0, 0.1, 0.7)), r.choice(([0.5, 0.5], [0, 0.2], [1.3, -0.2]))
    params: dict[str, Any] = {
        "crossfade": {},
        "wipe": {"dir": r.choice(("ltr", "rtl", "ttb", "btt")), "soft_edge": soft},
        "slide": {"dir": r.choice(("left", "right", "up", "down")), "push": r.random() < 0.5},
        "zoom": {"origin": origin, "from_scale": r.choice((0, 0.5, 1.5))},
        "iris": {"origin": origin, "shape": r.choice(("circle", "rect", "diamond")), "soft_edge": soft},
    }[kind]
    ease = r.choice(("linear", "ease_in_out", "back_out", "hold"))
    return {"kind": kind, "duration_frames": r.randrange(0, 25), "ease": ease, "params": params}


def add_pairs(r: Random, top: dict[str, Any]) -> None:
    """Let some neighbours below `top` change places by a transition that both carry, in the same frames."""
    collection = top["kind"].get("collection", {})
    children = collection.get("children", [])
    for child in children:
        add_pairs(r, child)
    for a, b in pairwise(children):
        if collection["mode"] in ("group", "stack") and r.random() < 0.15:
            both = {**transition(r), "duration_frames": r.randrange(1, 20)}
            start = r.randrange(0, 8)
            a["range"], b["range"] = [0, start + both["duration_frames"]], [start, 30]
            a["transition_out"], b["transition_in"] = both, both


def effect(r: Random) -> dict[str, Any]:
    """Return an effect."""
    amount = r.choice((0, 0.4, 1, 1.7, {"keyframes": [{"frame": 0, "value": 0}, {"frame": 20, "value": 1.5}]}))
    colour = r.choice(("#ff8000", "#20406080", "#000"))
    kind = r.choice(
        (
            *("brightness", "contrast", "saturate", "grayscale", "sepia", "invert"),
            *("blur", "drop_shadow", "inner_shadow", "glow"),
            *("hue_rotate", "tint", "color_matrix", "clip_rect", "clip_path", "opacity_mul", "transform_post"),
        )
    )
    matrix = [r.choice((0, 0, 1, -0.5, 0.25, 2.5)) for _ in range(20)]
    shadow = {
        "offset": r.choice(([0, 0], [3.5, -2], [-40, 8])),
        "sigma": r.choice((0, 0.7, 2.5, 9, 30)),
        "color": colour,
        "spread": r.choice((0, 2.5, -1)),
        "only": r.random() < 0.3,
    }
    return {
        kind: {
            "blur": r.choice((0, 1, 5, 17.3, {"sigma": 40}, {"radius_x": 12, "radius_y": 0.5}, amount)),
            "drop_shadow": shadow,
            "inner_shadow": shadow,
            "glow": shadow,
            "tint": {"color": colour, "amount": amount},
            "color_matrix": matrix,
            "clip_rect": {"rect": [r.choice((-5, 0, 2.5)), 1, 30, r.choice((0, 22.5))], "radius": r.choice((0, 6))},
            "clip_path": "M0 0L40 10L5 45Z M10 10h12v12h-12z",
            "opacity_mul": r.choice((0, 0.3, 1, 3)),
            "transform_post": {"translate": [3.5, -4], "rotation_deg": r.choice((0, 30)), "scale": r.choice((1, 0.6))},
        }.get(kind, amount)
    }
