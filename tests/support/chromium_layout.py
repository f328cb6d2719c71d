"""Measure random layout trees in headless Chromium: `python -m tests.support.chromium_layout OUT.json.xz [--seed N] [--count N]`."""

from __future__ import annotations

import argparse
import json
import lzma
import re
import shutil
import subprocess
import tempfile
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

from tests.support.layout_trees import html, tree

CANVASES = ((1280, 720), (720, 1280), (900, 900))
_SCRIPT = """
window.onload = async () => {
  if (FONT) await document.fonts.load(FONT);
  const out = [];
  for (const t of document.querySelectorAll('.t')) {
    const boxes = {};
    const o = t.getBoundingClientRect();
    for (const n of t.querySelectorAll('[data-n]')) {
      const b = n.getBoundingClientRect();
      boxes[n.dataset.n] = [b.x - o.x, b.y - o.y, b.width, b.height];
    }
    out.push(boxes);
  }
  document.body.innerHTML = '';
  const pre = document.createElement('pre');
  pre.textContent = JSON.stringify(out);
  document.body.appendChild(pre);
};
"""


def measure(pages: list[str], font: str = "") -> list[dict[str, list[float]]]:
    """Return the border boxes (x, y from the canvas, width, height in px) of every tree, by node id.

    Args:
        font: as CSS has it, one to wait for.
    """
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("Chromium is not installed")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        style = "<style>*{margin:0;border:0}img{display:block}</style>"
        script = _SCRIPT.replace("FONT", json.dumps(font))
        page.write_text(f"<!doctype html><meta charset=utf-8>{style}<script>{script}</script>{''.join(pages)}")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000", f"--user-data-dir={folder}/p", "--dump-dom"]
        done = subprocess.run([browser, *flags, page.as_uri()], capture_output=True, text=True, timeout=120)
    found = re.search(r"<pre>(.*?)</pre>", done.stdout, re.DOTALL)
    if found is None:
        raise SystemExit(f"Chromium gave no boxes: {done.stderr[-2000:]}")
    result: list[dict[str, list[float]]] = json.loads(unescape(found.group(1)))
    return result


def main() -> None:
    """Write the fixture."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    args = parser.parse_args()
    cases: list[dict[str, Any]] = []
    for i in range(args.count):
        cases.append({"canvas": CANVASES[i % 3], "root": tree(Random(args.seed * 100_000 + i))})
    pages = [html(case["root"], *case["canvas"], i) for i, case in enumerate(cases)]
    for case, boxes in zip(cases, measure(pages), strict=True):
        case["boxes"] = {key: [round(v, 3) for v in box] for key, box in boxes.items()}
    text = json.dumps(cases, separators=(",", ":"))
    args.out.write_bytes(lzma.compress(text.encode(), preset=9))


if __name__ == "__main__":
    main()
