"""The vector engine's goals at 1920x1080, next to Skia's CPU raster: `python -m benches.pictures [NAME ...]`, a JSON line for each.

`host_ms` is the processor time of the thread that makes a frame, `gpu_ms` the time between two timestamps, `frame_ms` all of a frame
with its readback. `skia_ms` is the same picture by Skia on one core, `copy_ms` the copy of a full frame by the GPU: what other machines
compare by. Frames follow each other as in a session, so what stays is not drawn again. `differs` compares the pixels.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import skia

import wavyte_gpu as wv
from benches.frames import FLAT_ICON
from benches.kernels import HEIGHT, WIDTH, machine, over, page
from benches.shapes import star
from tests.support import gpu_kernel as gpu
from wavyte_gpu.assets.shape import PreparedShape
from wavyte_gpu.raster.outline import Outline, Verb
from wavyte_gpu.render.backend import OutputRequest

FRAMES = 16
WORDS = "The quick brown fox jumps over the lazy dog, while 12 wizards (quickly!) jinxed a gnome & 3 zebras. "
ICON = "M50 0 L61 35 L98 35 L68 57 L79 91 L50 70 L21 91 L32 57 L2 35 L39 35 Z M50 20 A30 30 0 1 0 50 80 A30 30 0 1 0 50 20 Z"
TURN = {"keyframes": [{"frame": 0, "value": 0}, {"frame": 60, "value": 30}]}
ICON_PX = 96

Draw = Callable[[skia.Canvas], None]


class Picture(NamedTuple):
    """A document and how long a frame of it may take. `svg`: the file that its one asset shows."""

    goal_ms: float
    document: dict[str, Any]
    svg: str | None = None


def document(assets: dict[str, Any], nodes: list[dict[str, Any]]) -> dict[str, Any]:
    root = {"id": "root", "kind": {"collection": {"mode": "stack", "children": nodes}}}
    canvas = {"width": WIDTH, "height": HEIGHT}
    return {"version": "0.3", "canvas": canvas, "duration": 60, "assets": assets, "root": root}


def leaf(name: str, asset: str, x: float, y: float, turn: Any = 0.0, size: float | None = None) -> dict[str, Any]:
    at = {"translate": [x, y], "anchor": "center", "rotation_deg": turn}
    shown = {"asset": asset} if size is None else {"asset": asset, "size": [size, size]}
    return {"id": name, "kind": {"leaf": shown}, "transform": at}


def text_page(turn: Any) -> dict[str, Any]:
    """2,000 glyphs at 24 px."""
    text = {"text": (WORDS * 40)[:2480], "size_px": 24, "max_width_px": 1700, "line_height": 1.1}
    return document({"page": {"text": text}}, [leaf("page", "page", 960, 540, turn)])


def forty(asset: dict[str, Any]) -> dict[str, Any]:
    """Forty icons of 96 px, turning."""
    at = [(150 + i % 8 * 220, 150 + i // 8 * 190) for i in range(40)]
    return document({"icon": asset}, [leaf(f"n{i}", "icon", x, y, TURN, ICON_PX) for i, (x, y) in enumerate(at)])


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


def drawn_by_skia(session: wv.RenderSession, picture: Picture) -> Draw:
    """Return what draws the one asset of a picture, from the same outlines or the same file."""
    if picture.svg is not None:
        dom = skia.SVGDOM.MakeFromStream(skia.MemoryStream(picture.svg.encode()))
        dom.setContainerSize(skia.Size(*session._store.shape(0).size))
        return lambda canvas: dom.render(canvas)
    path, paint = skia_path(session._store.shape(0)), skia.Paint(AntiAlias=True, Color=0xFFFFFFFF)
    return lambda canvas: canvas.drawPath(path, paint)


def by_skia(session: wv.RenderSession, frame: int, draw: Draw) -> np.ndarray:
    """Return a frame's alpha by Skia, every leaf in the same place."""
    surface = skia.Surface(WIDTH, HEIGHT)
    canvas = surface.getCanvas()
    leaves = session._source._evaluator.evaluate(session._source.sample([frame])).leaves
    for row in np.flatnonzero(leaves.part == 0).tolist():
        (a, c, e), (b, d, f) = leaves.world_from_content[row].tolist()
        canvas.save()
        canvas.concat(skia.Matrix.MakeAll(a, c, e, b, d, f, 0, 0, 1))
        draw(canvas)
        canvas.restore()
    return surface.toarray()[..., 3]


def least(call: Callable[[int], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the least time of a call for one of several frames, ms."""
    found = math.inf
    for k in range(FRAMES):
        start = clock()
        call(k + 10)
        found = min(found, (clock() - start) * 1e3)
    return round(found, 2)


def measure(picture: Picture) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        (folder / "icon.svg").write_text(picture.svg or "")
        (folder / "c.json").write_text(json.dumps(picture.document))
        options = wv.SessionOptions(backend="gpu", trace=True)
        with wv.RenderSession(wv.load(folder / "c.json"), options=options) as session:
            source = session._source
            start = time.perf_counter()
            ours = session.render_frame(7).rgba[..., 3].astype(int)
            first = round((time.perf_counter() - start) * 1e3, 1)
            draw = drawn_by_skia(session, picture)
            off = np.abs(ours - by_skia(session, 7, draw))
            touched = off[(ours > 0) & (ours < 255)]
            gpu_ms: list[float] = []

            def frame(n: int) -> None:
                result, _ = source.render(source.sample([n]), OutputRequest())
                gpu_ms.append(result.timings.gpu_ms or 0.0)

            host = least(frame, time.thread_time)
            return {
                "goal_ms": picture.goal_ms,
                "host_ms": host,
                "gpu_ms": round(min(gpu_ms[2:]), 2),
                "frame_ms": least(session.render_frame),
                "skia_ms": least(lambda n: by_skia(session, n, draw)),
                "first_ms": first,
                "differs": {
                    "edge_mean": round(float(touched.mean()), 2),
                    "edge_p99": round(float(np.percentile(touched, 99)), 1),
                    "max": int(off.max()),
                },
            }


def first_text() -> dict[str, Any]:
    """Give a running session a text of 200 glyphs that it has not seen; its font is open."""
    shown = document(
        {"t": {"text": {"text": "{{words}}", "size_px": 24, "max_width_px": 900}}}, [leaf("t", "t", 960, 540)]
    )
    shown["variables"] = {"words": {"type": "text", "default": "."}}
    prepared, framed, skia_ms = [], [], math.inf
    for _ in range(5):
        with wv.RenderSession(wv.Composition.from_json(shown), options=wv.SessionOptions(backend="gpu")) as session:
            session.render_frame(0)
            start = time.thread_time()
            session.set_variables({"words": (WORDS * 3)[:240]})
            session._source.sample([0])
            prepared.append((time.thread_time() - start) * 1e3)
            start = time.thread_time()
            session.render_frame(1)
            framed.append((time.thread_time() - start) * 1e3)
            draw = drawn_by_skia(session, Picture(0.0, shown))
            skia_ms = min(skia_ms, least(lambda n, s=session, d=draw: by_skia(s, n, d)))
    return {
        "goal_ms": 30.0,
        "prepare_ms": round(min(prepared), 2),
        "host_ms": round(min(framed), 2),
        "skia_ms": round(skia_ms, 2),
    }


PICTURES: dict[str, Callable[[], Picture]] = {
    "page_still": lambda: Picture(3.0, text_page(0.0)),
    "page_turning": lambda: Picture(20.0, text_page(TURN)),
    "icons": lambda: Picture(6.0, forty({"path": {"svg_path_d": ICON, "fill_rule": "evenodd"}})),
    "svg_icons": lambda: Picture(6.0, forty({"svg": {"source": "icon.svg"}}), FLAT_ICON),
    "star": lambda: Picture(15.0, great_star()),
}
CASES: dict[str, Callable[[], dict[str, Any]]] = {
    **{name: lambda made=made: measure(made()) for name, made in PICTURES.items()},
    "first_text": first_text,
}


def main(names: list[str]) -> None:
    """Measure the named pictures, or all."""
    shared = {"dest": gpu.upload(np.zeros((HEIGHT, WIDTH), np.uint32)), "image": page()}
    copy = over("image_copy", 1, weight=255)(shared)
    print(json.dumps({**machine(), "copy_ms": round(copy.wall, 2)}), flush=True)
    for name in names or CASES:
        print(json.dumps({"picture": name, **CASES[name]()}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
