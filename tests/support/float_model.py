"""A float64 model of W3C group compositing over rectangles on whole px: what a scene of any kind of node looks like.

Order within a node: content, mask, effects, transition, opacity, blend (Compositing-1, sections 5 and 10).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["expected", "over"]

F64 = npt.NDArray[np.float64]
_CROSSFADE = 10
"""Frames of the only transition that the model knows, from a node's first frame on."""


def blend_channel(mode: str, cb: F64, cs: F64) -> F64:
    """B(cb, cs) on straight colours, one line a mode, from the text of the specification."""
    with np.errstate(divide="ignore", invalid="ignore"):
        match mode:
            case "normal":
                return cs
            case "multiply":
                return cb * cs
            case "screen":
                return cb + cs - cb * cs
            case "overlay":
                return blend_channel("hard_light", cs, cb)
            case "darken":
                return np.minimum(cb, cs)
            case "lighten":
                return np.maximum(cb, cs)
            case "color_dodge":
                return np.where(cb == 0, 0.0, np.where(cs >= 1, 1.0, np.minimum(1.0, cb / (1 - cs))))
            case "color_burn":
                return np.where(cb >= 1, 1.0, np.where(cs <= 0, 0.0, 1 - np.minimum(1.0, (1 - cb) / cs)))
            case "hard_light":
                return np.where(cs <= 0.5, cb * 2 * cs, cb + (2 * cs - 1) - cb * (2 * cs - 1))
            case "soft_light":
                d = np.where(cb <= 0.25, ((16 * cb - 12) * cb + 4) * cb, np.sqrt(cb))
                return np.where(cs <= 0.5, cb - (1 - 2 * cs) * cb * (1 - cb), cb + (2 * cs - 1) * (d - cb))
            case "difference":
                return np.abs(cb - cs)
            case "exclusion":
                return cb + cs - 2 * cb * cs
    raise AssertionError(mode)


def over(backdrop: F64, source: F64, mode: str) -> F64:
    """Composite premultiplied float layers: co = cs as (1 - ab) + cb ab (1 - as) + as ab B(cb, cs)."""
    ab, as_ = backdrop[..., 3:], source[..., 3:]
    cb = np.divide(backdrop[..., :3], ab, out=np.zeros_like(backdrop[..., :3]), where=ab > 0)
    cs = np.divide(source[..., :3], as_, out=np.zeros_like(source[..., :3]), where=as_ > 0)
    colour = source[..., :3] * (1 - ab) + backdrop[..., :3] * (1 - as_) + as_ * ab * blend_channel(mode, cb, cs)
    return np.concatenate([colour, as_ + ab * (1 - as_)], axis=-1)


def expected(document: dict[str, Any], frame: int = 0) -> F64:
    """Return the picture of a document of nodes that all begin at frame 0: premultiplied, (H, W, 4), 0..255.

    It may have leaves of solids with a `size`, groups, stacks, sequences whose first child lasts, switches and repeats of constants,
    and references in place of the size of the canvas; rectangles as masks, `invert`, `opacity_mul` and `clip_rect`; crossfades of
    ten frames in.
    """
    width, height = document["canvas"]["width"], document["canvas"]["height"]
    target = np.zeros((height, width, 4))
    return _Model(document["assets"], frame).draw(document["root"], target, (0, 0)) * 255.0


class _Model:
    def __init__(self, assets: dict[str, Any], frame: int) -> None:
        self.assets, self.frame = assets, frame

    def draw(self, node: dict[str, Any], backdrop: F64, origin: tuple[int, int]) -> F64:
        """Draw a node onto a backdrop; one that acts on its content as a whole is drawn apart first."""
        x, y = (int(v) for v in node.get("transform", {}).get("translate", (0, 0)))
        origin = (origin[0] + x, origin[1] + y)
        acts = ("opacity", "blend", "mask", "effects", "transition_in")
        if not any(name in node for name in acts) and "comp_ref" not in node["kind"]:
            return self.content(node["kind"], backdrop, origin)
        layer = self.content(node["kind"], np.zeros_like(backdrop), origin)
        if "comp_ref" in node["kind"]:
            canvas = node["kind"]["comp_ref"]["composition"]["canvas"]
            layer *= _inside(backdrop, origin, (0, 0, canvas["width"], canvas["height"]))
        if "mask" in node:
            shape = node["mask"]["source"]["shape"]["rect"]
            weight = _inside(backdrop, origin, (shape["x"], shape["y"], shape["width"], shape["height"]))
            layer = layer * (1 - weight if node["mask"].get("inverted") else weight)
        for effect in node.get("effects", ()):
            ((kind, value),) = effect.items()
            match kind:
                case "invert":
                    layer = np.concatenate([layer[..., 3:] - layer[..., :3], layer[..., 3:]], axis=-1)
                case "opacity_mul":
                    layer = layer * value
                case "clip_rect":
                    layer = layer * _inside(backdrop, origin, value)
                case _:
                    raise AssertionError(kind)
        if "transition_in" in node:
            assert node["transition_in"] == {"kind": "crossfade", "duration_frames": _CROSSFADE}
            layer = layer * min(self.frame / _CROSSFADE, 1.0)
        return over(backdrop, layer * node.get("opacity", 1.0), node.get("blend", "normal"))

    def content(self, kind: dict[str, Any], backdrop: F64, origin: tuple[int, int]) -> F64:
        ((tag, body),) = kind.items()
        match tag:
            case "leaf":
                digits = self.assets[body["asset"]]["solid_rect"]["color"][1:] + "ff"
                rgba = np.array([int(digits[i : i + 2], 16) / 255.0 for i in (0, 2, 4, 6)])
                rgba[:3] *= rgba[3]
                return over(backdrop, rgba * _inside(backdrop, origin, (0, 0, *body["size"])), "normal")
            case "collection":
                nodes = body["children"]
                if body["mode"] == "sequence":
                    nodes = nodes[:1]
                elif isinstance(body["mode"], dict):
                    nodes = [nodes[body["mode"]["switch"]["active"]]]
            case "repeat":
                nodes = [body["child"]] * body["items"]
            case "comp_ref":
                return _Model(body["composition"]["assets"], self.frame).draw(body["composition"]["root"], backdrop, origin)
            case _:
                raise AssertionError(tag)
        for node in nodes:
            backdrop = self.draw(node, backdrop, origin)
        return backdrop


def _inside(like: F64, origin: tuple[int, int], rect: Any) -> F64:
    """Return 1 inside a rectangle (x, y, width, height) and 0 outside, (H, W, 1)."""
    out = np.zeros((*like.shape[:2], 1))
    x, y, w, h = (int(v) for v in rect)
    x, y = x + origin[0], y + origin[1]
    out[max(y, 0) : max(y + h, 0), max(x, 0) : max(x + w, 0)] = 1.0
    return out
