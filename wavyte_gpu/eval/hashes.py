"""Hashes of what evaluation found: leaves and render units (spec, sections 12.3 and 16).

XXH3-128 over little-endian fields in a fixed order; floats by their bits. Equal hashes mean equal content in equal places. They are
made when someone asks: a frame's key (see FrameBatch) is enough to tell equal frames.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import xxhash

from wavyte_gpu.eval.graph import EvaluatedGraph, LeafTable, RenderUnit
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["content_hash", "graph_hash", "leaf_hash", "unit_hash"]

ContentHash = Callable[[int], bytes]
_NO_EFFECTS = xxhash.xxh3_128_digest(b"")


def content_hash(ir: CompositionIR, leaves: LeafTable, row: int, media: ContentHash) -> bytes:
    """Return the hash of what a leaf shows: its asset, and which frame of it.

    Args:
        media: the content hash of a prepared asset, 16 bytes.
    """
    asset = int(leaves.asset[row])
    table = ir.assets
    h = xxhash.xxh3_128(
        struct.pack("<BBII", table.kind[asset], table.filter[asset], table.color[asset], table.seed[asset])
    )
    h.update(struct.pack("<qId", leaves.source_frame[row], leaves.part[row], table.radius[asset]))
    if table.gradient[asset] >= 0:
        g = table.gradients[int(table.gradient[asset])]
        h.update(struct.pack("<BB9d", g.type, g.by_angle, *g.start, *g.end, *g.center, *g.radius, g.angle_rad))
    h.update(media(asset))
    return h.digest()


def leaf_hash(ir: CompositionIR, leaves: LeafTable, row: int, media: ContentHash) -> bytes:
    """Return the hash of a leaf: content, effects and place."""
    h = xxhash.xxh3_128(content_hash(ir, leaves, row, media))
    h.update(_NO_EFFECTS)
    mine = np.flatnonzero(ir.params.node == leaves.node[row])
    moving = leaves.params[int(leaves.frame[row]) if len(leaves.params) > 1 else 0, mine]
    h.update(np.ascontiguousarray(moving, dtype="<f8").tobytes())
    for part in (leaves.world_from_content, leaves.content, leaves.quad, leaves.trim):
        h.update(np.ascontiguousarray(part[row], dtype="<f8").tobytes())
    moves = leaves.moves_of(row)
    if moves is not None:
        h.update(moves.key)
    return h.digest()


def unit_hash(ir: CompositionIR, leaves: LeafTable, unit: RenderUnit, media: ContentHash) -> bytes:
    """Return the hash of a render unit: its leaf or its units, then opacity and blend mode."""
    h = xxhash.xxh3_128(struct.pack("<BdB", unit.row >= 0, unit.opacity, unit.blend))
    if unit.row >= 0:
        h.update(leaf_hash(ir, leaves, unit.row, media))
    for inner in unit.units:
        h.update(unit_hash(ir, leaves, inner, media))
    return h.digest()


def graph_hash(ir: CompositionIR, graph: EvaluatedGraph, media: ContentHash) -> bytes:
    """Return the fingerprint of an evaluated frame: canvas and units in painter's order."""
    h = xxhash.xxh3_128(struct.pack("<III", ir.width, ir.height, ir.background))
    for unit in graph.units:
        h.update(unit_hash(ir, graph.leaves, unit, media))
    return h.digest()
