"""Random trees of flex and grid items as nodes of a document, and the same trees as HTML with styles of CSS."""

from __future__ import annotations

from random import Random
from typing import Any

PICTURES = {"wide": (80, 40), "tall": (30, 60)}
"""Assets with a size of their own, px; everything else is a solid, which has none."""

ASSETS: dict[str, Any] = {"box": {"solid_rect": {"color": "#336699"}}}
_SIDES = ("top", "right", "bottom", "left")


_SPACES = ("start", "end", "center", "stretch", "space_between", "space_around", "space_evenly", "flex_start", "flex_end")
_ALIGN = ("start", "end", "center", "stretch", "flex_start", "flex_end")


def tree(r: Random) -> dict[str, Any]:
    """Return the root node of a random layout, three levels deep, of what Taffy does as CSS has it.

    What is left out is listed with its differences in tests/unit/layout/data/differences.json.
    """
    ids = iter(f"n{i}" for i in range(1000))
    return _container(r, ids, 0, "", r.random() < 0.4)


def _container(r: Random, ids: Any, depth: int, parent: str, grid: bool) -> dict[str, Any]:
    layout = _container_style(r, grid, depth)
    node: dict[str, Any] = {"id": next(ids), "layout": layout | _item_style(r, parent, depth, False)}
    inner = "grid" if grid else "flex"
    children = []
    for _ in range(r.randrange(1, 6)):
        if depth < 2 and r.random() < 0.3:
            children.append(_container(r, ids, depth + 1, inner, r.random() < 0.3))
        else:
            children.append(_leaf(r, ids, inner, depth + 1, layout))
    node["kind"] = {"collection": {"mode": "group", "children": children}}
    return node


def _leaf(r: Random, ids: Any, parent: str, depth: int, around: dict[str, Any]) -> dict[str, Any]:
    node: dict[str, Any] = {"id": next(ids)}
    picture = parent == "flex" and around.get("align_items") in ("start", "end", "center") and r.random() < 0.4
    node["kind"] = {"leaf": {"asset": r.choice((*PICTURES,)) if picture else "box"}}
    if not picture:
        style = _item_style(r, parent, depth, True)
        if "size" not in style:
            style["size"] = [r.randrange(5, 70), r.randrange(5, 50)]
            if r.random() < 0.2 and "aspect_ratio" not in style:
                style["size"][r.randrange(2)] = "auto"
        node["layout"] = style
    elif r.random() < 0.5:
        node["layout"] = {"margin_px": [r.randrange(0, 12) for _ in range(4)], "flex_shrink": 0}
    return node


def _container_style(r: Random, grid: bool, depth: int) -> dict[str, Any]:
    out: dict[str, Any] = {"display": "grid" if grid else "flex"}
    for name, choices, chance in (
        ("justify_content", _SPACES, 0.4),
        ("align_content", _SPACES, 0.3),
        ("align_items", _ALIGN, 0.5),
    ):
        if r.random() < chance:
            out[name] = r.choice(choices)
    if r.random() < 0.5:
        out["gap_px"] = [r.randrange(0, 20), r.randrange(0, 20)]
    if r.random() < 0.4:
        out["padding_px"] = [r.randrange(0, 20) for _ in range(4)]
    if grid:
        def track() -> Any:
            return r.choice(("1fr", "2fr", "auto", r.randrange(20, 120)))

        out["template_columns"] = [track() for _ in range(r.randrange(1, 5))]
        if r.random() < 0.5:
            out["template_rows"] = [track() for _ in range(r.randrange(1, 4))]
    else:
        out["direction"] = r.choice(("row", "row", "column", "column", "row_reverse", "column_reverse"))
        out["wrap"] = r.choice(("no_wrap", "no_wrap", "wrap", "wrap_reverse")) if depth == 0 else "no_wrap"
    return out


def _item_style(r: Random, parent: str, depth: int, leaf: bool) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if r.random() < 0.3:
        out["margin_px"] = [r.randrange(-5, 15) for _ in range(4)]
    if r.random() < 0.25:
        out["align_self"] = r.choice(("start", "end", "center", "stretch"))
    if r.random() < 0.3:
        relative = [f"{r.randrange(1, 10) * 10}%"] if depth == 1 and parent == "flex" else []
        out["size"] = [r.choice((r.randrange(10, 120), *relative)), r.choice((r.randrange(10, 90), *relative))]
    if r.random() < 0.15:
        out["min_size"] = [r.choice((r.randrange(10, 60), "auto")), r.choice((r.randrange(10, 50), "auto"))]
    if r.random() < 0.15:
        out["max_size"] = [r.choice((r.randrange(60, 150), "auto")), r.choice((r.randrange(50, 120), "auto"))]
    if parent == "flex":
        if r.random() < 0.35 and (depth == 1):
            out["flex_grow"] = r.choice((1, 2, 3))
        if r.random() < 0.25:
            out["flex_shrink"] = r.choice((0, 0.5, 2))
        if depth == 1 and r.random() < 0.2:
            out["flex_basis"] = r.choice((r.randrange(0, 150), "30%"))
    if parent == "grid":
        if r.random() < 0.15:
            out["column"] = "span 2"
        elif r.random() < 0.15:
            out |= {"column": r.choice((1, 2, [1, 3])), "row": r.choice((1, 2))}
    if leaf and "column" not in out and r.random() < 0.12:
        out["position"] = "absolute"
        sides = {side: r.choice((r.randrange(-10, 40), "10%")) for side in _SIDES if r.random() < 0.6}
        out["inset_px"] = sides or {"top": 3, "left": 7}
        out.pop("align_self", None)
    elif leaf and r.random() < 0.08 and parent == "flex":
        out |= {"aspect_ratio": r.choice((1, 1.5, 0.5)), "size": [r.randrange(10, 80), "auto"], "align_self": "start"}
        for name in ("flex_grow", "flex_basis", "min_size", "max_size"):
            out.pop(name, None)
    return out


def html(root: dict[str, Any], width: int, height: int, number: int) -> str:
    """Return the HTML of a tree: a box of the canvas's size that holds the root as the one cell of a grid."""
    around = f"display:grid;grid-template:{height}px/{width}px;width:{width}px;height:{height}px;position:absolute;left:0;top:0"
    return f'<div class="t" data-t="{number}" style="{around}">{_html(root)}</div>'


def _html(node: dict[str, Any]) -> str:
    kind = node["kind"]
    layout = node.get("layout", {})
    style = _css(layout)
    if "leaf" in kind:
        asset = kind["leaf"]["asset"]
        if asset in PICTURES:
            w, h = PICTURES[asset]
            source = f"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='{w}' height='{h}'/%3E"
            return f'<img data-n="{node["id"]}" src="{source}" style="{_text(style)}">'
        return f'<div data-n="{node["id"]}" style="{_text(style)}"></div>'
    if layout.get("display") == "grid":  # what is placed in a cell fills it, a picture too
        style = {"justify-items": "stretch", "align-items": "stretch", **style}
    inner = "".join(_html(child) for child in kind["collection"]["children"])
    return f'<div data-n="{node["id"]}" style="{_text(style)}">{inner}</div>'


def _text(style: dict[str, str]) -> str:
    return ";".join(f"{name}:{value}" for name, value in style.items())


def _length(value: Any) -> str:
    return f"{value}px" if isinstance(value, int | float) else str(value)


def _line(value: Any) -> str:
    return f"{value[0]}/{value[1]}" if isinstance(value, list) else str(value)


def _css(layout: dict[str, Any]) -> dict[str, str]:
    out = {"box-sizing": "border-box", "position": layout.get("position", "relative")}
    out["display"] = layout.get("display", "flex")
    plain = {
        "direction": "flex-direction",
        "wrap": "flex-wrap",
        "justify_content": "justify-content",
        "align_items": "align-items",
        "align_content": "align-content",
        "align_self": "align-self",
        "flex_grow": "flex-grow",
        "flex_shrink": "flex-shrink",
        "aspect_ratio": "aspect-ratio",
    }
    for name, css in plain.items():
        if name in layout:
            out[css] = str(layout[name]).replace("no_wrap", "nowrap").replace("_", "-")
    if "flex_basis" in layout:
        out["flex-basis"] = _length(layout["flex_basis"])
    if "gap_px" in layout:
        out["column-gap"], out["row-gap"] = (_length(v) for v in layout["gap_px"])
    for name, css in (("padding_px", "padding"), ("margin_px", "margin")):
        if name in layout:
            out[css] = " ".join(map(_length, layout[name]))
    for name, css in (("size", ""), ("min_size", "min-"), ("max_size", "max-")):
        for axis, value in zip(("width", "height"), layout.get(name, ("auto", "auto")), strict=True):
            if value != "auto":
                out[css + axis] = _length(value)
    for side, value in layout.get("inset_px", {}).items():
        out[side] = _length(value)
    for name, css in (("template_columns", "grid-template-columns"), ("template_rows", "grid-template-rows")):
        if name in layout:
            out[css] = " ".join(map(_length, layout[name]))
    for name, css in (("column", "grid-column"), ("row", "grid-row")):
        if name in layout:
            out[css] = _line(layout[name])
    return out
