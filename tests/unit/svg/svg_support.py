"""SVG files drawn by this program and by resvg."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import resvg_py
from PIL import Image

import wavyte_gpu as wv
from wavyte_gpu.assets.shape import PreparedShape
from wavyte_gpu.assets.svg import prepare_svg
from wavyte_gpu.text import FontBook
from wavyte_gpu.text.fonts import DEFAULT_FONT

FILES = Path(__file__).parent / "files"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64">'

Pixels = npt.NDArray[np.int64]


def prepared(svg: str | bytes) -> PreparedShape:
    """Return a prepared SVG text; without a root element it is put into one of 64 x 64 px."""
    if isinstance(svg, str):
        svg = (svg if svg.startswith(("<svg", "<?xml", "<!")) else HEAD + svg + "</svg>").encode()
    with FontBook() as book:
        return prepare_svg(svg, "test.svg", book, "/assets/icon")


def notes(shape: PreparedShape) -> str:
    """Return all warnings of a shape as one text."""
    return "\n".join(w.message for w in shape.warnings)


def document(source: str, width: int, height: int, **leaf: Any) -> dict[str, Any]:
    """Return a composition that shows an SVG file over its canvas."""
    return {
        "version": "0.3",
        "canvas": {"width": width, "height": height},
        "fps": {"num": 30, "den": 1},
        "duration": 1,
        "assets": {"icon": {"svg": {"source": source}}},
        "root": {"id": "icon", "kind": {"leaf": {"asset": "icon", "size": [width, height]}}, **leaf},
    }


def ours(file: Path, width: int, height: int) -> Pixels:
    """Return a file as this program draws it, (H, W, 4) premultiplied."""
    comp = wv.Composition.from_json(document(file.name, width, height))
    comp.base_dir = file.parent
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        return session.render_frame(0).rgba.astype(np.int64)


def theirs(file: Path, width: int, height: int) -> Pixels:
    """Return a file as resvg draws it, (H, W, 4) premultiplied."""
    png = resvg_py.svg_to_bytes(
        svg_path=str(file),
        dpi=96.0,
        skip_system_fonts=True,
        font_files=[str(DEFAULT_FONT)],
        font_family="Inter Variable",
        languages=["en"],
        width=width,
        height=height,
    )
    rgba = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), np.float64)
    return np.concatenate([np.floor(rgba[..., :3] * rgba[..., 3:] / 255.0 + 0.5), rgba[..., 3:]], axis=-1).astype(int)
