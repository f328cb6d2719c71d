"""Render SVG files beside resvg: mean and largest difference of each, and pictures of the worst.

Usage: python tools/svg_report.py OUT.json FILES... [--sizes 64,256] [--worst 10] [--pictures DIR] [--backend reference]

Differences are those of premultiplied 8-bit channels: `mean` over all of a picture's, `most` of any, `off` the share of channels
that differ by more than 16.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import resvg_py
from PIL import Image

import wavyte_gpu as wv
from wavyte_gpu.assets.svg import prepare_svg
from wavyte_gpu.text import FontBook
from wavyte_gpu.text.fonts import DEFAULT_FONT

Pixels = npt.NDArray[np.float64]


def ours(file: Path, width: int, height: int, backend: Any) -> Pixels:
    """Return a file as this program draws it, (H, W, 4) premultiplied 0..255."""
    document = {
        "version": "0.3",
        "canvas": {"width": width, "height": height},
        "fps": {"num": 30, "den": 1},
        "duration": 1,
        "assets": {"icon": {"svg": {"source": file.name}}},
        "root": {"id": "icon", "kind": {"leaf": {"asset": "icon", "size": [width, height]}}},
    }
    comp = wv.Composition.from_json(document)
    comp.base_dir = file.parent
    with wv.RenderSession(comp, assets_root="/", options=wv.SessionOptions(backend=backend)) as session:
        return session.render_frame(0).rgba.astype(np.float64)


def theirs(file: Path, width: int, height: int) -> Pixels:
    """Return a file as resvg draws it, stretched to the same size."""
    text = re.sub(r"font-family\s*:[^;\"']*;?|font-family=\"[^\"]*\"", "", file.read_text(errors="replace"))
    png = resvg_py.svg_to_bytes(
        svg_string=text,
        dpi=96.0,
        skip_system_fonts=True,
        font_files=[str(DEFAULT_FONT)],
        width=width,
        height=height,
        languages=["en"],
        font_family="Inter Variable",
        sans_serif_family="Inter Variable",
    )
    rgba = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA").resize((width, height)), np.float64)
    return np.concatenate([np.floor(rgba[..., :3] * rgba[..., 3:] / 255.0 + 0.5), rgba[..., 3:]], axis=-1)


def compare(file: Path, size: int, backend: Any) -> tuple[dict[str, Any], Pixels, Pixels]:
    """Return the figures of one file at a size, and both pictures."""
    with FontBook() as book:
        shape = prepare_svg(file.read_bytes(), file.name, book, "")
    scale = size / max(shape.size)
    width, height = (max(1, round(v * scale)) for v in shape.size)
    start = time.perf_counter()
    a, b = ours(file, width, height, backend), theirs(file, width, height)
    apart = np.abs(a - b)
    notes = [re.sub(r"^.*?: (line \d+: )?", "", w.message) for w in shape.warnings]
    figures = {
        "file": str(file), "size": size, "mean": round(float(apart.mean()), 4), "most": int(apart.max()),
        "off": round(float((apart > 16).mean()), 5), "parts": len(shape.parts), "groups": len(shape.groups),
        "seconds": round(time.perf_counter() - start, 3), "notes": notes,
    }  # fmt: skip
    return figures, a, b


def picture(a: Pixels, b: Pixels) -> Image.Image:
    """Return ours, theirs and the difference side by side on grey."""
    grey = [p[..., :3] + (255.0 - p[..., 3:]) * (160.0 / 255.0) for p in (a, b)]
    apart = np.abs(a - b).max(axis=-1, keepdims=True).repeat(3, axis=-1)
    return Image.fromarray(np.concatenate([*grey, apart], axis=1).clip(0, 255).astype(np.uint8), "RGB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--sizes", default="64,256")
    parser.add_argument("--worst", type=int, default=10)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--backend", default="reference")
    args = parser.parse_args()
    sizes = [int(size) for size in args.sizes.split(",")]
    found: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    kept: dict[tuple[str, int], tuple[Pixels, Pixels]] = {}
    for file in args.files:
        for size in sizes:
            try:
                figures, a, b = compare(file.resolve(), size, args.backend)
            except (wv.WavyteError, ValueError) as error:
                failed.append({"file": str(file), "error": str(error)})
                break
            found.append(figures)
            kept[figures["file"], size] = a, b
            if len(kept) > 4 * args.worst:
                ranked = sorted(found, key=lambda f: -f["mean"])[: args.worst]
                kept = {
                    (f["file"], f["size"]): kept[f["file"], f["size"]] for f in ranked if (f["file"], f["size"]) in kept
                }
    report: dict[str, Any] = {"resvg": resvg_py.__resvg_version__, "failed": failed, "sizes": {}}
    for size in sizes:
        mine = sorted((f for f in found if f["size"] == size), key=lambda f: -f["mean"])
        if not mine:
            continue
        means = [f["mean"] for f in mine]
        report["sizes"][size] = {
            "files": len(mine),
            "mean": round(float(np.mean(means)), 4),
            "median": round(float(np.median(means)), 4),
            "p99": round(float(np.percentile(means, 99)), 4),
            "worst": mine[: args.worst],
        }
    args.out.write_text(json.dumps(report, indent=1) + "\n")
    if args.pictures:
        args.pictures.mkdir(parents=True, exist_ok=True)
        for rank, f in enumerate(sorted(found, key=lambda f: -f["mean"])[: args.worst]):
            if (f["file"], f["size"]) in kept:
                name = f"{rank:02d}-{Path(f['file']).stem}-{f['size']}.png"
                picture(*kept[f["file"], f["size"]]).save(args.pictures / name)
    for size, figures in report["sizes"].items():
        print(size, {k: v for k, v in figures.items() if k != "worst"})
    for f in sorted(found, key=lambda f: -f["mean"])[: args.worst]:
        print(f["mean"], f["most"], f["size"], Path(f["file"]).name, f["notes"][:2], f["seconds"])
    for entry in failed[:10]:
        print("failed", entry)


if __name__ == "__main__":
    main()
