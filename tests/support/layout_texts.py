"""Texts in layouts, here and in headless Chromium with the same font: `python -m tests.support.layout_texts OUT.json`."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import wavyte_gpu as wv
from tests.support import layout_trees
from tests.support.chromium_layout import measure
from tests.support.layouts import boxes_of, item, items
from wavyte_gpu.eval.layout import LayoutStage

TEXTS = {"big": ("Hxg", 64), "small": ("small print", 32), "long": ("a text that breaks into lines", 32)}
CANVAS = (700, 300)
CASES = {
    "Texts and a box in a row.": items(
        "r", item("a", "big"), item("b", "small"), item("c", size=[20, 30]), align_items="baseline"
    ),
    "Margins and several lines.": items(
        "r",
        item("a", "small", margin_px=[5, 0, 0, 0]),
        item("b", "big", margin_px=[4, 4, 4, 4]),
        item("c", "long"),
        align_items="baseline",
        align_self="start",
        size=[400, "auto"],
    ),
    "Boxes around texts.": items(
        "r",
        item("a", "big"),
        items("g", item("b", "small"), item("d", size=[9, 50]), direction="column"),
        items("h", item("e", "small"), align_items="center", padding_px=[10, 2, 3, 4]),
        align_items="baseline",
    ),
    "Rows of a grid.": items(
        "r",
        item("a", "big"),
        item("b", "small"),
        item("c", "long"),
        item("d", size=["auto", 20]),
        align_items="baseline",
        align_self="start",
        display="grid",
        template_columns=[150, 200],
    ),
    "Texts side by side in the middle of a column.": items(
        "r",
        items("g", item("a", "long"), item("b", "long"), item("c", "small"), gap_px=[10, 0], align_items="baseline"),
        direction="column",
        align_items="center",
    ),
    "Some of the items.": items(
        "r",
        item("a", "big", align_self="baseline"),
        item("b", "small", align_self="baseline"),
        item("c", "small"),
        align_items="end",
    ),
}


def text_boxes(root: dict[str, Any], canvas: tuple[int, int]) -> dict[str, tuple[float, ...]]:
    """Return the boxes of the first frame of a document with the texts, by node id."""
    assets: dict[str, Any] = {"box": {"solid_rect": {"color": "#fff"}}}
    assets |= {key: {"text": {"text": text, "size_px": size}} for key, (text, size) in TEXTS.items()}
    top = {"version": "0.3", "canvas": {"width": canvas[0], "height": canvas[1]}, "duration": 1}
    comp = wv.Composition.from_json({**top, "assets": assets, "root": root})
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        stage = LayoutStage(session._scene.ir, session._scene.media)
        (found,) = boxes_of(session._scene.ir, [0], stage)
        stage.close()
    return found


def main() -> None:
    """Write the boxes that Chromium gives."""
    font = Path(wv.__file__).parent / "text" / "data" / "InterVariable.ttf"
    url = f"data:font/ttf;base64,{base64.b64encode(font.read_bytes()).decode()}"
    boxes = layout_trees._html

    def html(node: dict[str, Any]) -> str:
        key = node["kind"].get("leaf", {}).get("asset")
        if key not in TEXTS:
            return boxes(node)
        text, size = TEXTS[key]
        style = layout_trees._text({**layout_trees._css(node.get("layout", {})), "display": "block"})
        font = f"font:{size}px/1.2 Own;font-optical-sizing:none"
        return f'<div data-n="{node["id"]}" style="{style};{font}">{text}</div>'

    layout_trees._html = html
    pages = [layout_trees.html(root, *CANVAS, i) for i, root in enumerate(CASES.values())]
    face = f"<style>@font-face{{font-family:Own;src:url({url})}}</style>"
    found = measure([face + pages[0], *pages[1:]], font="32px Own")
    cases = [
        {"why": why, "canvas": CANVAS, "root": root, "boxes": {k: [round(v, 3) for v in box] for k, box in boxes.items()}}
        for (why, root), boxes in zip(CASES.items(), found, strict=True)
    ]
    Path(sys.argv[1]).write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
