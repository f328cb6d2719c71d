"""Texts in layouts: their lines are broken once, to the width that they have in the first frame that shows them.

Later frames move the lines and keep the breaks, so that a text does not jump while its box grows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from wavyte_gpu.assets.request import AssetEntry
from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.eval.evaluator import Evaluator
from wavyte_gpu.eval.forms import wrap_width
from wavyte_gpu.eval.layout import LayoutStage
from wavyte_gpu.foundation.enums import NodeKind, SizeMode
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.session.media import SessionMedia

__all__ = ["wrap_texts"]


def wrap_texts(
    entries: Sequence[AssetEntry],
    ir: CompositionIR,
    media: SessionMedia,
    store: AssetStore,
    evaluator: Callable[[], Evaluator],
) -> list[AssetEntry] | None:
    """Return the assets with the texts of layouts as wide as their boxes, None where all have the room that they want.

    `media` knows from then on how much room they take.

    Args:
        evaluator: makes one for these values of the variables.
    """
    nodes, table = ir.nodes, ir.layout
    plain = (nodes.kind[table.node] == NodeKind.LEAF) & (nodes.size_mode[table.node] == SizeMode.DEFAULT)
    for asset in np.unique(nodes.asset[table.node[plain]]).tolist():
        flow = store.text_flow(asset)
        if flow is not None:
            media.flows[asset] = flow
    if not media.flows:
        return None
    widths = _first_widths(ir, media, evaluator(), [n for n in table.node[plain].tolist() if int(nodes.asset[n]) in media.flows])
    out, changed = list(entries), False
    for node, width in widths.items():
        asset = int(nodes.asset[node])
        flow = media.flows[asset]
        width = wrap_width(width)
        height = flow.height
        if width < flow.width:
            height, changed = flow.height_in(width), True
            out[asset] = replace(out[asset], asset=out[asset].asset.model_copy(update={"max_width_px": width}))
        media.flows[asset] = replace(flow, height_in=_always(height))
    return out if changed else None


def _always(height: float) -> Callable[[float], float]:
    return lambda _width: height


def _first_widths(ir: CompositionIR, media: SessionMedia, evaluator: Evaluator, texts: list[int]) -> dict[int, float]:
    """Return the width in px of each text's box in the first frame that shows it, of what is never shown as if frame 0 did."""
    stage = LayoutStage(ir, media)
    box = np.zeros((1, len(ir.nodes), 2))
    out: dict[int, float] = {}
    missing = set(texts)
    start, count = 0, 1
    try:
        while missing and start < ir.duration:
            frames = np.arange(start, min(start + count, ir.duration), dtype=np.int64)
            samples = evaluator.sample(frames)
            for at in range(len(frames)):
                found = {node for node in missing if samples.visible[at, node]}
                if found:
                    one = samples.take([at])
                    sizes, _ = stage.place(one.tracks, one.visible, box)
                    out.update((node, float(sizes[0, node, 0])) for node in found)
                    missing -= found
            start, count = start + count, evaluator.batch_size(64)
        if missing:
            first = evaluator.sample(np.zeros(1, dtype=np.int64))
            sizes, _ = stage.place(first.tracks, np.ones_like(first.visible), box)
            out.update((node, float(sizes[0, node, 0])) for node in missing)
    finally:
        evaluator.close()
        stage.close()
    return out
