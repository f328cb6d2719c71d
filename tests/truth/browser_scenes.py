"""Scenes written twice: as our documents, and as HTML that a browser renders. 160x120 px on white, nothing but what they compare.

CSS applies filters before masks and opacity; where ours is another order, the HTML nests elements so that the order is ours.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["SIZE", "BrowserScene", "document", "scenes"]

SIZE = (160, 120)

_BLENDS = (
    *("multiply", "screen", "overlay", "darken", "lighten", "color_dodge", "color_burn"),
    *("hard_light", "soft_light", "difference", "exclusion"),
)
_FILTERS: tuple[tuple[str, Any, str], ...] = (
    ("brightness", {"brightness": 1.4}, "brightness(1.4)"),
    ("contrast", {"contrast": 1.7}, "contrast(1.7)"),
    ("saturate", {"saturate": 2.5}, "saturate(2.5)"),
    ("grayscale", {"grayscale": 0.8}, "grayscale(0.8)"),
    ("sepia", {"sepia": 0.7}, "sepia(0.7)"),
    ("invert", {"invert": 0.9}, "invert(0.9)"),
    ("hue_rotate", {"hue_rotate": 100}, "hue-rotate(100deg)"),
    ("blur", {"blur": {"sigma": 4}}, "blur(4px)"),
    ("blur_wide", {"blur": {"sigma": 12}}, "blur(12px)"),
    ("drop_shadow", {"drop_shadow": {"offset": [8, 6], "sigma": 3, "color": "#000000"}}, "drop-shadow(8px 6px 3px #000)"),
)


class BrowserScene(NamedTuple):
    """A document, and the body of the page that should look like it; `masked` where an ellipse cuts it."""

    name: str
    document: dict[str, Any]
    html: str

    @property
    def masked(self) -> bool:
        return "border-radius" in self.html


def _box(node_id: str, x: float, y: float, w: float, h: float, colour: str, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "kind": {"leaf": {"asset": colour, "size": [w, h]}}, "transform": {"translate": [x, y]}, **more}


def _div(x: float, y: float, w: float, h: float, colour: str, style: str = "", inner: str = "") -> str:
    at = f"position:absolute;left:{x}px;top:{y}px;width:{w}px;height:{h}px;background:{colour};{style}"
    return f'<div style="{at}">{inner}</div>'


def _group(node_id: str, *children: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": node_id, "kind": {"collection": {"mode": "group", "children": list(children)}}, **more}


def _whole(style: str, inner: str) -> str:
    return f'<div style="position:absolute;inset:0;{style}">{inner}</div>'


def document(*nodes: dict[str, Any]) -> dict[str, Any]:
    """Return a document of nodes whose assets are colours, "fade" or "light"."""
    colours: set[str] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        kind = node["kind"]
        if "leaf" in kind:
            colours.add(kind["leaf"]["asset"])
        else:
            stack += kind["collection"]["children"]
    assets: dict[str, Any] = {c: {"solid_rect": {"color": c}} for c in colours if c.startswith("#")}
    assets["fade"] = {"gradient": {"start": "#000000", "end": "#00000000", "from": [0, 0], "to": [1, 0]}}
    assets["light"] = {"gradient": {"start": "#000000", "end": "#ffffff", "from": [0, 0], "to": [1, 0]}}
    return {
        "version": "0.3",
        "canvas": {"width": SIZE[0], "height": SIZE[1], "background": "#ffffff"},
        "duration": 1,
        "assets": assets,
        "root": {"id": "root", "kind": {"collection": {"mode": "stack", "children": list(nodes)}}},
    }


_LOWER = (_box("low1", 0, 0, 160, 70, "#3a86c8"), _box("low2", 30, 40, 90, 80, "#e0a030c0"))
_LOWER_HTML = _div(0, 0, 160, 70, "#3a86c8") + _div(30, 40, 90, 80, "#e0a030c0")
_PAIR = (_box("a", 30, 20, 60, 60, "#d02050"), _box("b", 60, 40, 60, 60, "#20a060b0"))
_PAIR_HTML = _div(30, 20, 60, 60, "#d02050") + _div(60, 40, 60, 60, "#20a060b0")


def scenes() -> list[BrowserScene]:
    """Return all scenes."""
    made = []

    def add(name: str, node: dict[str, Any], html: str) -> None:
        made.append(BrowserScene(name, document(*_LOWER, node), _LOWER_HTML + html))

    for blend in _BLENDS:
        css = f"mix-blend-mode:{blend.replace('_', '-')}"
        upper = _box("x", 20, 10, 110, 90, "#c86432b0", blend=blend)
        add(f"blend_{blend}", upper, _div(20, 10, 110, 90, "#c86432b0", css))
        add(f"group_{blend}", _group("g", *_PAIR, blend=blend), _whole(css, _PAIR_HTML))
    add("group_opacity", _group("g", *_PAIR, opacity=0.5), _whole("opacity:0.5", _PAIR_HTML))
    inner = _box("x", 20, 10, 110, 90, "#c86432b0", blend="multiply")
    inner_html = _div(20, 10, 110, 90, "#c86432b0", "mix-blend-mode:multiply")
    add(
        "blend_inside_an_isolated_group",
        _group("g", *_PAIR, inner, opacity=0.8),
        _whole("opacity:0.8;isolation:isolate", _PAIR_HTML + inner_html),
    )
    add(
        "opacity_three_deep",
        _group("g1", _group("g2", _group("g3", *_PAIR, opacity=0.7), inner, opacity=0.9), opacity=0.6),
        _whole(
            "opacity:0.6",
            _whole("opacity:0.9", _whole("opacity:0.7", _PAIR_HTML) + inner_html),
        ),
    )
    for name, effect, css in _FILTERS:
        filtered = _group("g", *_PAIR, effects=[effect])
        add(f"filter_{name}", filtered, _whole(f"filter:{css}", _PAIR_HTML))
    add(
        "filters_in_order",
        _group("g", *_PAIR, effects=[{"sepia": 1}, {"blur": {"sigma": 3}}, {"invert": 1}], opacity=0.8),
        _whole("filter:sepia(1) blur(3px) invert(1);opacity:0.8", _PAIR_HTML),
    )
    ellipse = {"source": {"shape": {"ellipse": {"rx": 50, "ry": 40, "cx": 80, "cy": 60}}}}
    inside = '<div style="position:absolute;left:-30px;top:-20px;width:160px;height:120px">' + _PAIR_HTML + "</div>"
    clipped = _div(30, 20, 100, 80, "transparent", "overflow:hidden;border-radius:50px/40px", inside)
    add("mask_ellipse", _group("g", *_PAIR, mask=ellipse), clipped)
    add(
        "mask_before_shadow_and_opacity",
        _group("g", *_PAIR, mask=ellipse, opacity=0.7, effects=[{"drop_shadow": {"offset": [6, 6], "sigma": 2}}]),
        _whole("opacity:0.7", _whole("filter:drop-shadow(6px 6px 2px rgba(0,0,0,0.75294))", clipped)),
    )
    for mode, asset, css in (
        ("alpha", "fade", "mask-image:linear-gradient(to right,#000,transparent)"),
        ("luma", "light", "mask-image:linear-gradient(to right,#000,#fff);mask-mode:luminance"),
    ):
        mask = {"source": {"asset": asset}, "mode": mode}
        add(f"mask_{mode}", _group("g", *_PAIR, mask=mask), _whole(css, _PAIR_HTML))
    add(
        "masked_blend_with_effect_inside_opacity",
        _group("o", _group("g", *_PAIR, mask=ellipse, blend="screen", effects=[{"saturate": 2}]), inner, opacity=0.75),
        _whole(
            "opacity:0.75",
            _whole("mix-blend-mode:screen;filter:saturate(2)", clipped) + inner_html,
        ),
    )
    return made
