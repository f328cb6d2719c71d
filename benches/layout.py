"""Time layouts of 200 nodes and print JSON: microseconds a frame, best and median, of a clean frame and of one animated lane."""

from __future__ import annotations

import json
import platform
import statistics
import time
from fractions import Fraction
from typing import Any

import numpy as np

from wavyte_gpu.assets.text import TextFlow
from wavyte_gpu.eval.boxes import content_boxes
from wavyte_gpu.eval.layout import LayoutStage
from wavyte_gpu.eval.properties import sample_tracks
from wavyte_gpu.eval.time_context import local_frames
from wavyte_gpu.eval.visibility import visible_nodes
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.normalize.normalizer import normalize
from wavyte_gpu.session.composition import Composition

FRAMES = 300
WAVE = {"procedural": {"kind": "scalar", "params": {"noise1d": {"amp": 15, "freq_hz": 3, "offset": 20}}}}


class Media:
    """Pictures of 160 x 90, solids without a size."""

    def __init__(self, ir: CompositionIR) -> None:
        self._keys = ir.names.assets

    def intrinsic_size(self, asset: int) -> tuple[float, float] | None:
        return (160.0, 90.0) if self._keys[asset] == "picture" else None

    def text_flow(self, asset: int) -> TextFlow | None:
        return None


def document(asset: str, display: str, moving: bool) -> dict[str, Any]:
    """Return 10 cards of 19 leaves each in a row that wraps, or in a grid: 201 nodes. One lane moves, or none."""
    style = {} if asset == "picture" else {"size": [40, 12]}
    cards = []
    for i in range(10):
        leaves = [{"id": f"l{i}.{j}", "layout": style, "kind": {"leaf": {"asset": asset}}} for j in range(19)]
        layout: dict[str, Any] = {"direction": "column", "align_items": "start", "padding_px": 8, "gap_px": 4}
        if moving and i == 4:
            layout["gap_px"] = [0, WAVE]
        cards.append({"id": f"c{i}", "layout": layout, "kind": {"collection": {"mode": "group", "children": leaves}}})
    top = {"display": display, "gap_px": 12, "wrap": "wrap"}
    if display == "grid":
        top["template_columns"] = ["1fr"] * 5
    root = {"id": "root", "layout": top, "kind": {"collection": {"mode": "group", "children": cards}}}
    assets = {"box": {"solid_rect": {"color": "#fff"}}, "picture": {"path": {"svg_path_d": "M0 0h160v90z"}}}
    canvas = {"width": 1920, "height": 1080}
    return {"version": "0.3", "canvas": canvas, "duration": FRAMES, "assets": assets, "root": root}


def measure(asset: str, display: str, moving: bool) -> dict[str, float]:
    """Return microseconds a frame for frames evaluated one by one, and the first one."""
    comp = Composition.from_json(document(asset, display, moving))
    ir = normalize(comp.document, lambda _key: Fraction(1), (1920, 1080))
    start = time.perf_counter()
    stage = LayoutStage(ir, Media(ir))
    times = []
    for frame in range(FRAMES):
        local = local_frames(ir, np.array([frame]))
        tracks = sample_tracks(ir, np.array([frame]))
        visible = visible_nodes(ir, local, tracks)
        box = content_boxes(ir, tracks, np.zeros((1, len(ir.nodes), 2)))
        began = start if frame == 0 else time.perf_counter()
        stage.place(tracks, visible, box)
        times.append((time.perf_counter() - began) * 1e6)
    stage.close()
    first, *rest = times
    return {"first_us": round(first, 1), "best_us": round(min(rest), 1), "median_us": round(statistics.median(rest), 1)}


def main() -> None:
    """Print the figures."""
    results = {
        f"{display} of 200 {asset}, {'one lane' if moving else 'clean'}": measure(asset, display, moving)
        for display in ("flex", "grid")
        for asset in ("box", "picture")
        for moving in (False, True)
    }
    machine = platform.processor() or platform.machine()
    print(json.dumps({"schema": 1, "machine": machine, "numpy": np.__version__, "results": results}, indent=1))


if __name__ == "__main__":
    main()
