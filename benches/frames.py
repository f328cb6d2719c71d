"""Whole frames through a session: host cost, GPU time, steady state. Prints JSON.

    python -m benches.frames [NAME ...] [--frames N]

Host times are what Python does for a frame; GPU times come from timestamp queries. The machine's other work shows in the medians:
the minima are the fair figures of a shared machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import wavyte_gpu as wv
from wavyte_gpu.render.backend import OutputRequest

Document = dict[str, Any]


def document(children: list[Document], assets: Document, size: tuple[int, int] = (1920, 1080)) -> Document:
    return {
        "version": "0.3",
        "canvas": {"width": size[0], "height": size[1]},
        "duration": 300,
        "assets": assets,
        "root": {"id": "root", "kind": {"collection": {"mode": "stack", "children": children}}},
    }


def photos(folder: Path, count: int, size: tuple[int, int]) -> Document:
    """Write noisy opaque pictures and return their assets."""
    from PIL import Image

    rng = np.random.default_rng(1)
    assets = {}
    for i in range(count):
        Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)).save(
            folder / f"p{i}.png", compress_level=0
        )
        assets[f"p{i}"] = {"image": {"source": f"p{i}.png"}}
    return assets


def spin(low: float, high: float) -> Document:
    return {"keyframes": [{"frame": 0, "value": low, "ease": "ease_in_out"}, {"frame": 299, "value": high}]}


def eight_layers(folder: Path) -> Document:
    """Eight full-frame images at 1:1, each with an opacity."""
    children = [{"id": f"n{i}", "kind": {"leaf": {"asset": f"p{i}"}}, "opacity": spin(0.3, 0.8)} for i in range(8)]
    return document(children, photos(folder, 8, (1920, 1080)))


def rotated(folder: Path) -> Document:
    """One full-frame image, rotated and a little larger than the canvas."""
    transform = {"translate": [960, 540], "anchor": "center", "scale": 1.3, "rotation_deg": spin(1, 9)}
    return document(
        [{"id": "n", "kind": {"leaf": {"asset": "p0"}}, "transform": transform}], photos(folder, 1, (1920, 1080))
    )


def fifty(folder: Path) -> Document:
    """Fifty small leaves that move: solids, gradients and photos."""
    assets = photos(folder, 1, (120, 90)) | {
        "s": {"solid_rect": {"color": "#7f56d9"}},
        "g": {"gradient": {"start": "#06d6a0", "end": "#118ab2"}},
    }
    children = []
    for i in range(50):
        x, y = 60 + (i % 10) * 185, 60 + (i // 10) * 205
        path = {"keyframes": [{"frame": 0, "value": [x, y]}, {"frame": 299, "value": [x + 40, y + 9]}]}
        leaf: Document = {"asset": ("s", "g", "p0")[i % 3]}
        if i % 3 < 2:
            leaf["size"] = [120, 90]
        children.append({"id": f"n{i}", "kind": {"leaf": leaf}, "transform": {"translate": path}, "opacity": 0.9})
    return document(children, assets)


def titles(folder: Path) -> Document:
    """Forty rotating stars and a page of text."""
    star = "M50 0 L61 35 L98 35 L68 57 L79 91 L50 70 L21 91 L32 57 L2 35 L39 35 Z"
    words = "The same document gives the same pixels on any GPU, any system, or none. " * 27
    assets = {
        "star": {"path": {"svg_path_d": star, "fill": "#ffd166"}},
        "page": {"text": {"text": words, "size_px": 24, "max_width_px": 1800}},
    }
    children: list[Document] = [
        {"id": "page", "kind": {"leaf": {"asset": "page"}}, "transform": {"translate": [60, 20]}}
    ]
    for i in range(40):
        at = [80 + (i % 10) * 190, 120 + (i // 10) * 260]
        turn = {"translate": at, "anchor": "center", "rotation_deg": spin(0, 360)}
        children.append({"id": f"s{i}", "kind": {"leaf": {"asset": "star"}}, "transform": turn})
    return document(children, assets)


def one_moves(folder: Path) -> Document:
    """A leaf of 64x64 px that moves over a page of text and a card with a shadow."""
    words = "The same document gives the same pixels on any GPU, any system, or none. " * 27
    assets = {
        "back": {"gradient": {"start": "#112233", "end": "#ffcc88"}},
        "page": {"text": {"text": words, "size_px": 24, "max_width_px": 1800}},
        "card": {"solid_rect": {"color": "#e02040", "radius_px": 20}},
        "dot": {"solid_rect": {"color": "#2040ff"}},
    }
    path = {"keyframes": [{"frame": 0, "value": [100, 300]}, {"frame": 299, "value": [1500, 700]}]}
    shadow = [{"drop_shadow": {"sigma": 10}}]
    children: list[Document] = [
        {"id": "back", "kind": {"leaf": {"asset": "back"}}},
        {"id": "page", "kind": {"leaf": {"asset": "page"}}, "transform": {"translate": [60, 20]}},
        {
            "id": "card",
            "kind": {"leaf": {"asset": "card", "size": [400, 280]}},
            "transform": {"translate": [800, 450]},
            "effects": shadow,
        },
        {"id": "dot", "kind": {"leaf": {"asset": "dot", "size": [64, 64]}}, "transform": {"translate": path}},
    ]
    return document(children, assets)


FLAT_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><linearGradient id="g" x2="0" y2="1">'
    '<stop stop-color="#62a0ea"/><stop offset="1" stop-color="#1a5fb4"/></linearGradient>'
    '<rect x="1" y="3" width="22" height="18" rx="3" fill="url(#g)"/><path d="M1 8h22v3H1z" fill="#fff" fill-opacity=".3"/>'
    '<circle cx="17" cy="15" r="3" fill="#f6d32d"/><path d="M4 14h8v1.5H4zM4 17h6v1.5H4z" fill="#fff"/>'
    '<path d="M5 5.5h14" stroke="#deddda" stroke-linecap="round" fill="none"/></svg>'
)


def icons(folder: Path) -> Document:
    """Forty rotating icons of 96 px from one SVG file of five parts, one of them a gradient."""
    return _turning(folder, FLAT_ICON)


def rich_icons(folder: Path) -> Document:
    """Forty rotating icons of 96 px with clips, a mask, groups and blend modes."""
    scenes = Path(__file__).parents[1] / "tests/golden/scenes"
    return _turning(folder, (scenes / "icon.svg").read_text())


def _turning(folder: Path, svg: str) -> Document:
    (folder / "icon.svg").write_text(svg)
    children: list[Document] = []
    for i in range(40):
        at = [100 + (i % 10) * 190, 130 + (i // 10) * 260]
        leaf = {"asset": "icon", "size": [96, 96]}
        turn = {"translate": at, "anchor": "center", "rotation_deg": spin(0, 360)}
        children.append({"id": f"s{i}", "kind": {"leaf": leaf}, "transform": turn})
    return document(children, {"icon": {"svg": {"source": "icon.svg"}}})


def contract(folder: Path) -> Document:
    """Fifty leaves and ten passes of every kind: the scene that the budget of a frame is for."""
    examples = Path(__file__).parents[1] / "examples/02_footage"
    for name in ("cockatoo.mp4", "chelsea.png"):
        (folder / name).write_bytes((examples / name).read_bytes())
    star = "M50 0 L61 35 L98 35 L68 57 L79 91 L50 70 L21 91 L32 57 L2 35 L39 35 Z"
    assets: Document = {
        "film": {"video": {"source": "cockatoo.mp4"}},
        "light": {"gradient": {"start": "#ffffff", "end": "#8090b0"}},
        "sheet": {"solid_rect": {"color": "#f4f4f8", "radius_px": 18}},
        "photo": {"image": {"source": "chelsea.png"}},
        "star": {"path": {"svg_path_d": star, "fill": "#ffd166"}},
        "red": {"solid_rect": {"color": "#e02040"}},
        "blue": {"solid_rect": {"color": "#2040e0"}},
    }
    children: list[Document] = [
        {"id": "film", "kind": {"leaf": {"asset": "film", "size": [1920, 1080], "fit": "cover"}}},
        {"id": "light", "kind": {"leaf": {"asset": "light"}}, "blend": "multiply"},
    ]

    def group(name: str, parts: list[Document], **more: Any) -> Document:
        return {"id": name, "kind": {"collection": {"mode": "group", "children": parts}}, **more}

    for i in range(12):
        assets[f"line{i}"] = {"text": {"text": f"Card {i:02} of twelve, said twice"[:30], "size_px": 32, "color": "#202030"}}
        picture: Document = {
            "id": f"photo{i}",
            "kind": {"leaf": {"asset": "photo", "size": [160, 160], "fit": "cover"}},
            "transform": {"translate": [24, 24]},
        }
        words = {"id": f"line{i}", "kind": {"leaf": {"asset": f"line{i}"}}, "transform": {"translate": [20, 210]}}
        content: Document = group(f"content{i}", [picture, words])
        if i in (4, 5):
            content["effects"] = [{"blur": {"sigma": 8}}]
        elif i in (6, 7):
            content["effects"] = [{"sepia": 0.8}]
        elif i == 8:
            content["mask"] = {"source": {"shape": {"ellipse": {"cx": 200, "cy": 140, "rx": 190, "ry": 130}}}}
        sheet = {"id": f"sheet{i}", "kind": {"leaf": {"asset": "sheet", "size": [400, 280]}}}
        sway = {"keyframes": [{"frame": 0, "value": -5, "ease": "ease_in_out"}, {"frame": 150, "value": 5}]}
        at = [240 + i % 4 * 480, 190 + i // 4 * 350]
        place = {"translate": at, "anchor": [200, 140], "rotation_deg": sway}
        shadow = {"effects": [{"drop_shadow": {"sigma": 10, "offset": [0, 8]}}]} if i < 4 else {}
        children.append(group(f"card{i}", [sheet, content], transform=place, **shadow))
    for i in range(8):
        turn = {"translate": [120 + i * 240, 540], "anchor": "center", "rotation_deg": spin(0, 360)}
        children.append({"id": f"star{i}", "kind": {"leaf": {"asset": "star"}}, "transform": turn})
    for i in range(4):
        assets[f"title{i}"] = {"text": {"text": ("Moving", "Titles", "Scale", "Too")[i], "size_px": 96, "weight": 800}}
        path = {"keyframes": [{"frame": 0, "value": [300 + i * 440, 900]}, {"frame": 299, "value": [340 + i * 440, 980]}]}
        move = {"translate": path, "anchor": "center", "scale": spin(0.8, 1.2)}
        children.append({"id": f"title{i}", "kind": {"leaf": {"asset": f"title{i}"}}, "transform": move})
    fade = {"kind": "crossfade", "duration_frames": 300}
    for name, way in (("red", "transition_out"), ("blue", "transition_in")):
        parts = [{"id": f"{name}{k}", "kind": {"leaf": {"asset": name, "size": [240, 240]}}} for k in range(2)]
        parts[1]["transform"] = {"translate": [240, 0]}
        children.append(group(name, parts, transform={"translate": [720, 420]}, range=[0, 300], **{way: fade}))
    return document(children, assets)


SCENES: dict[str, Callable[[Path], Document]] = {
    "eight_layers": eight_layers,
    "rotated": rotated,
    "fifty": fifty,
    "titles": titles,
    "icons": icons,
    "rich_icons": rich_icons,
    "one_moves": one_moves,
    "contract": contract,
}


def figures(times: list[float]) -> dict[str, float]:
    return {"min_ms": round(min(times), 3), "median_ms": round(statistics.median(times), 3)}


def measure(name: str, frames: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        (folder / "c.json").write_text(json.dumps(SCENES[name](folder)))
        with wv.RenderSession(wv.load(folder / "c.json"), options=wv.SessionOptions(trace=True)) as session:
            source, backend = session._source, session._backend
            evaluate, compiled, record, gpu, unchanged = [], [], [], [], []
            for n in range(frames + 5):
                start = time.perf_counter()
                samples = source.sample([n % 300])
                plans = source.plans(samples)
                sampled = time.perf_counter()
                plan = next(plans)
                ready = time.perf_counter()
                result = backend.submit(plan, OutputRequest()).result()
                if n < 5:
                    continue
                evaluate.append((sampled - start) * 1e3)
                compiled.append((ready - sampled) * 1e3)
                record.append(result.timings.record_ms)
                gpu.append(result.timings.gpu_ms or 0.0)
            changed = []
            for n in range(frames):
                result, _ = source.render(source.sample([n]), OutputRequest())
                if n >= 5:
                    changed.append(result.timings.gpu_ms or 0.0)
            batch = time.perf_counter()
            for _ in source.plans(source.sample(range(32))):
                pass
            batched = (time.perf_counter() - batch) * 1e3 / 32
            session.render_frame(7)
            for _ in range(50):
                start = time.perf_counter()
                session.render_frame(7)
                unchanged.append((time.perf_counter() - start) * 1e3)
            host = [a + b + c for a, b, c in zip(evaluate, compiled, record, strict=True)]
            adapter = session.adapter
            return {
                "scene": name,
                "adapter": str(adapter) if adapter else "reference",
                "ops": len(plan.ops),
                "host": figures(host),
                "record": figures(record),
                "gpu": figures(gpu),
                "gpu_of_what_changed": figures(changed),
                "evaluate_and_compile_in_a_batch_of_32_ms": round(batched, 3),
                "unchanged_frame": figures(unchanged),
                "pool_bytes": session.counters()["pool_bytes"],
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", metavar="NAME", help=", ".join(SCENES))
    parser.add_argument("--frames", type=int, default=40)
    args = parser.parse_args()
    unknown = set(args.scenes) - set(SCENES)
    if unknown:
        parser.error(f"no such scene: {', '.join(sorted(unknown))}; there are {', '.join(SCENES)}")
    json.dump(
        {
            "machine": {"system": platform.platform(), "cpus": os.cpu_count(), "python": platform.python_version()},
            "scenes": [measure(name, args.frames) for name in args.scenes or SCENES],
        },
        sys.stdout,
        indent=2,
    )
    print()


if __name__ == "__main__":
    main()
