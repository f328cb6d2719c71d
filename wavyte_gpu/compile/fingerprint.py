"""Fingerprints by the spec's byte rules (section 16): XXH3-128 over explicit little-endian fields, never over text.

An op's hash covers what it computes and the hashes of what it reads, so equal hashes mean equal pixels. A frame's fingerprint is the
hash of its roots.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import xxhash

from wavyte_gpu.compile.plan import NO_KERNEL, TABLES_PAGE, RenderPlan
from wavyte_gpu.ops.registry import pass_kernel

__all__ = ["op_hashes", "plan_fingerprint"]

_HEAD = struct.Struct("<BBBBIIiiiiII")


def op_hashes(plan: RenderPlan, content_hash: Callable[[int], bytes], page_hash: Callable[[int], bytes]) -> list[bytes]:
    """Return one 16-byte hash an op, of the op's output surface after it.

    Args:
        content_hash: the content hash of an asset (of videos). page_hash: the hash of an asset page's content.
    """
    out: list[bytes] = []
    state: list[bytes] = [b""] * len(plan.surfaces)
    for op in plan.ops:
        region = op.region
        h = xxhash.xxh3_128()
        h.update(
            _HEAD.pack(
                op.kind, op.program, op.blend, op.init, op.layout, op.init_pixel, *region, op.count, len(op.inputs)
            )
        )
        if op.kernel != NO_KERNEL:
            assert op.params is not None
            kernel = pass_kernel(op.kernel)
            h.update(f"{kernel.name} {kernel.values} {kernel.code}".encode())
            h.update(bytes([plan.surfaces[s].format for s in (op.output, *op.inputs)]))
            h.update(op.params.tobytes())
        else:
            records = plan.records[op.layout]
            assert records is not None
            h.update(np.ascontiguousarray(records[op.first : op.first + op.count]).tobytes())
        if op.matrix is not None:
            h.update(op.matrix.tobytes())
        if op.tiles is not None:
            h.update(op.tiles.astype("<u4").tobytes())
        for shape in op.shapes:
            h.update(struct.pack("<BI", op.even_odd, len(shape.edges)))
            h.update(np.ascontiguousarray(shape.edges).tobytes())
        if not op.init:
            h.update(state[op.output])
        for s in op.inputs:
            h.update(struct.pack("<iiii", *plan.surfaces[s].bounds))
            h.update(state[s])
        if op.page >= 0:
            h.update(page_hash(op.page))
        if op.page == TABLES_PAGE:
            h.update(np.ascontiguousarray(plan.tables, "<u4").tobytes())
        if op.video is not None:
            h.update(content_hash(op.video.asset))
            h.update(struct.pack("<q", op.video.frame))
        state[op.output] = h.digest()
        out.append(state[op.output])
    return out


def plan_fingerprint(plan: RenderPlan, hashes: list[bytes]) -> bytes:
    """Return the 16-byte fingerprint of the frame: its size and the last state of its roots."""
    last = {op.output: hashes[op.id] for op in plan.ops}
    h = xxhash.xxh3_128(struct.pack("<II", plan.width, plan.height))
    for root in plan.roots:
        h.update(last[root])
    return h.digest()
