"""Vector pictures of 1920x1080 next to Skia's CPU raster: `python -m benches.pictures [NAME ...]` prints a JSON line for each.

`frame_ms` is all of a frame, host, GPU and readback; `skia_ms` the same picture by Skia on one core. `differs` compares the pixels.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import skia

import wavyte_gpu as wv
from benches.kernels import HEIGHT, WIDTH, machine
from benches.shapes import star
from wavyte_gpu.assets.shape import PreparedShape
from wavyte_gpu.raster.outline import Outline, Verb

FRAMES = 12
WORDS = "The quick brown fox jumps over the lazy dog, while 12 wizards (quickly!) jinxed a gnome & 3 zebras. "
ICON = "M50 0 L61 35 L98 35 L68 57 L79 91 L50 70 L21 91 L32 57 L2 35 L39 35 Z M50 20 A30 30 0 1 0 50 80 A30 30 0 1 0 50 20 Z"
TURN = {"keyframes": [{"frame": 0, "value": 0}, {"frame": 60, "value": 30}]}


def document(assets: dict[str, Any], nodes: list[dict[str, Any]]) -> dict[str, Any]:
    root = {"id": "root", "kind": {"collection": {"mode": "stack", "children": nodes}}}
    canvas = {"width": WIDTH, "height": HEIGHT}
    return {"version": "0.3", "canvas": canvas, "duration": 60, "assets": assets, "root": root}


def leaf(name: str, asset: str, x: float, y: float, turn: Any = 0.0) -> dict[str, Any]:
    at = {"translate": [x, y], "anchor": "center", "rotation_deg": turn}
    return {"id": name, "kind": {"leaf": {"asset": asset}}, "transform": at}


def page(turn: Any) -> dict[str, Any]:
    """2,000 glyphs at 24 px."""
    text = {"text": (WORDS * 40)[:2480], "size_px": 24, "max_width_px": 1700, "line_height": 1.1}
    return document({"page": {"text": text}}, [leaf("page", "page", 960, 540, turn)])


def icons() -> dict[str, Any]:
    """Forty icons of 96 px, turning."""
    nodes = [leaf(f"n{i}", "icon", 150 + i % 8 * 220, 150 + i // 8 * 190, TURN) for i in range(40)]
    return document({"icon": {"path": {"svg_path_d": ICON, "fill_rule": "evenodd"}}}, nodes)


def great_star() -> dict[str, Any]:
    """A star of 10,000 edges, turning."""
    points, _ = star()
    data = "M" + "L".join(f"{x - 460:.3f} {y - 40:.3f}" for x, y in points.tolist()) + "Z"
    return document({"star": {"path": {"svg_path_d": data}}}, [leaf("star", "star", 960, 540, TURN)])


def skia_path(shape: PreparedShape) -> skia.Path:
    path = skia.Path()
    for part in shape.parts:
        add(path, part.outline)
        path.setFillType(skia.PathFillType.kEvenOdd if part.even_odd else skia.PathFillType.kWinding)
    return path


def add(path: skia.Path, outline: Outline) -> None:
    draw = {Verb.MOVE: path.moveTo, Verb.LINE: path.lineTo, Verb.QUAD: path.quadTo, Verb.CUBIC: path.cubicTo}
    at = 0
    for verb in outline.verbs.tolist():
        if verb == Verb.CLOSE:
            path.close()
            continue
        count = max(verb, 1)
        draw[Verb(verb)](*map(float, outline.points[at : at + count].ravel()))
        at += count


def by_skia(session: wv.RenderSession, frame: int, paths: dict[int, skia.Path]) -> np.ndarray:
    """Return a frame's alpha by Skia, from the same outlines in the same places."""
    surface = skia.Surface(WIDTH, HEIGHT)
    canvas = surface.getCanvas()
    paint = skia.Paint(AntiAlias=True, Color=0xFFFFFFFF)
    batch = session._source._evaluator.evaluate(session._source.sample([frame]))
    for row in range(len(batch.leaves.node)):
        (a, c, e), (b, d, f) = batch.leaves.world_from_content[row].tolist()
        canvas.save()
        canvas.concat(skia.Matrix.MakeAll(a, c, e, b, d, f, 0, 0, 1))
        canvas.drawPath(paths[int(batch.leaves.asset[row])], paint)
        canvas.restore()
    return surface.toarray()[..., 3]


def best(call: Callable[[int], object]) -> float:
    least = math.inf
    for k in range(FRAMES):
        start = time.perf_counter()
        call(k)
        least = min(least, (time.perf_counter() - start) * 1e3)
    return round(least, 2)


def measure(source: dict[str, Any]) -> dict[str, Any]:
    options = wv.SessionOptions(backend="gpu", reuse=False)
    with wv.RenderSession(wv.Composition.from_json(source), options=options) as session:
        start = time.perf_counter()
        ours = session.render_frame(7).rgba[..., 3].astype(int)
        first = round((time.perf_counter() - start) * 1e3, 1)
        paths = {0: skia_path(session._store.shape(0))}
        off = np.abs(ours - by_skia(session, 7, paths))
        touched = off[(ours > 0) & (ours < 255)]
        return {
            "first_ms": first,
            "frame_ms": best(lambda k: session.render_frame(k + 10)),
            "skia_ms": best(lambda k: by_skia(session, k + 10, paths)),
            "differs": {
                "edge_mean": round(float(touched.mean()), 2),
                "edge_p99": round(float(np.percentile(touched, 99)), 1),
                "max": int(off.max()),
            },
        }


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "page_still": lambda: page(0.0),
    "page_turning": lambda: page(TURN),
    "icons": icons,
    "star": great_star,
}


def main(names: list[str]) -> None:
    """Measure the named pictures, or all."""
    print(json.dumps(machine()), flush=True)
    for name in names or CASES:
        print(json.dumps({"picture": name, **measure(CASES[name]())}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
