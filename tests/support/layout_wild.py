"""How many random trees of everything that layouts have lie as in Chromium: `python -m tests.support.layout_wild [COUNT [SEED]]`."""

from __future__ import annotations

import sys
from random import Random
from typing import Any

from tests.support.chromium_layout import CANVASES, measure
from tests.support.layout_trees import _ALIGN, _SIDES, _SPACES, html
from tests.support.layouts import laid_out

_LINES = ("span 2", 1, 2, 3, [1, 3], -1, -2, [2, -1])
_TRACKS = ("1fr", "2fr", "auto", "auto", "30%")


def tree(r: Random) -> dict[str, Any]:
    """Return the root node of a random layout, three levels deep, with no feature left out."""
    ids = iter(f"n{i}" for i in range(1000))
    return _container(r, ids, 0, "")


def _container(r: Random, ids: Any, depth: int, parent: str) -> dict[str, Any]:
    kind = "grid" if r.random() < 0.4 else "flex"
    layout: dict[str, Any] = {"display": kind}
    for name, choices, chance in (
        ("justify_content", _SPACES, 0.3),
        ("align_content", _SPACES, 0.2),
        ("align_items", (*_ALIGN, "baseline"), 0.4),
    ):
        if r.random() < chance:
            layout[name] = r.choice(choices)
    if r.random() < 0.5:
        layout["gap_px"] = [r.randrange(20), r.randrange(20)]
    if r.random() < 0.4:
        layout["padding_px"] = [r.randrange(20) for _ in range(4)]
    if kind == "grid":
        for name, most, chance in (("template_columns", 5, 0.85), ("template_rows", 4, 0.5)):
            if r.random() < chance:
                layout[name] = [r.choice((*_TRACKS, r.randrange(20, 120))) for _ in range(r.randrange(1, most))]
    else:
        layout["direction"] = r.choice(("row", "row", "row", "column", "column", "row_reverse", "column_reverse"))
        layout["wrap"] = r.choice(("no_wrap", "no_wrap", "no_wrap", "wrap", "wrap_reverse"))
    node: dict[str, Any] = {"id": next(ids), "layout": layout | _item(r, parent, leaf=False)}
    children = [
        _container(r, ids, depth + 1, kind) if depth < 2 and r.random() < 0.3 else _leaf(r, ids, kind)
        for _ in range(r.randrange(1, 6))
    ]
    node["kind"] = {"collection": {"mode": "group", "children": children}}
    return node


def _leaf(r: Random, ids: Any, parent: str) -> dict[str, Any]:
    layout = _item(r, parent, leaf=True)
    if r.random() < 0.75:
        layout.setdefault("size", [r.choice((r.randrange(5, 90), r.randrange(5, 90), "auto")) for _ in range(2)])
    return {"id": next(ids), "layout": layout, "kind": {"leaf": {"asset": "box"}}}


def _item(r: Random, parent: str, *, leaf: bool) -> dict[str, Any]:
    def length(low: int, high: int) -> Any:
        return r.choice((r.randrange(low, high), r.randrange(low, high), "auto", f"{r.randrange(1, 10) * 10}%"))

    out: dict[str, Any] = {}
    if r.random() < 0.25:
        out["margin_px"] = [r.randrange(-5, 15) for _ in range(4)]
    if r.random() < 0.2:
        out["align_self"] = r.choice((*_ALIGN, "baseline"))
    for name, low, high, chance in (("size", 10, 100, 0.3), ("min_size", 10, 60, 0.12), ("max_size", 60, 150, 0.12)):
        if r.random() < chance:
            out[name] = [length(low, high), length(low, high)]
    if parent == "flex":
        for name, choices, chance in (("flex_grow", (1, 2, 0.25, 0.5), 0.3), ("flex_shrink", (0, 0.5, 2), 0.2)):
            if r.random() < chance:
                out[name] = r.choice(choices)
        if r.random() < 0.15:
            out["flex_basis"] = length(0, 150)
    if parent == "grid":
        out |= {name: r.choice(_LINES) for name in ("column", "row") if r.random() < 0.25}
    if parent and r.random() < 0.1:
        out["position"] = "absolute"
        out["inset_px"] = {side: r.choice((r.randrange(-10, 40), "10%")) for side in _SIDES if r.random() < 0.6}
    if leaf and r.random() < 0.06:
        out["aspect_ratio"] = r.choice((1, 1.5, 0.5))
    return out


def main() -> None:
    """Print how many trees, and how many of their boxes, lie within half a px."""
    given = [int(text) for text in sys.argv[1:]]
    count, seed = (given + [200, 1][len(given) :])[:2]
    roots = [tree(Random(seed * 1000 + i)) for i in range(count)]
    pages = [html(root, *CANVASES[i % 3], i) for i, root in enumerate(roots)]
    trees = boxes = near = 0
    for i, (root, theirs) in enumerate(zip(roots, measure(pages), strict=True)):
        ours = laid_out(root, CANVASES[i % 3])
        close = [max(abs(a - b) for a, b in zip(ours[key], box, strict=True)) <= 0.5 for key, box in theirs.items()]
        trees, boxes, near = trees + all(close), boxes + len(close), near + sum(close)
    print(f"{trees} of {count} trees, {near} of {boxes} boxes")


if __name__ == "__main__":
    main()
