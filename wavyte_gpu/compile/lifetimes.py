"""First and last use of every surface, and which surfaces share memory."""

from __future__ import annotations

from wavyte_gpu.compile.emit import DraftSurface
from wavyte_gpu.compile.plan import Op, OpId, SlotDesc, SurfaceDesc, SurfaceId

__all__ = ["assign_slots", "size_class"]

_SMALLEST = 64


def size_class(length: int, canvas: int) -> int:
    """Round a length in px up to a power of two from 64; what fits the canvas never asks for more than the canvas.

    Coarse on purpose: bounds that move seldom change their class, so a steady animation makes no textures.
    """
    size = max(_SMALLEST, 1 << (length - 1).bit_length())
    return canvas if length <= canvas < size else size


def assign_slots(
    surfaces: list[DraftSurface], ops: list[Op], root: SurfaceId, width: int, height: int
) -> tuple[tuple[SurfaceDesc, ...], tuple[SlotDesc, ...]]:
    """Give every surface a slot; one whose last use lies before another's first use may lend it its slot.

    The root lives to the end. Deterministic: slots are numbered in order of first use, the lowest free one is taken.
    """
    first = [-1] * len(surfaces)
    last = [-1] * len(surfaces)
    for op in ops:
        for s in (op.output, *op.inputs):
            first[s] = op.id if first[s] < 0 else first[s]
            last[s] = op.id
    last[root] = len(ops)
    named = [SurfaceId(s) for s, surface in enumerate(surfaces) if surface.name]
    for s in named:
        first[s], last[s] = 0 if surfaces[s].held else max(first[s], 0), len(ops)
    slots: list[SlotDesc] = []
    free: list[list[int]] = [[] for _ in range(len(ops) + 1)]  # by op: slots that are free after it
    idle: list[int] = []
    slot_of = [-1] * len(surfaces)
    for s in named:
        b = surfaces[s].bounds
        size = size_class(b.width, width), size_class(b.height, height)
        slot_of[s] = len(slots)
        slots.append(SlotDesc(*size, surfaces[s].format.words, surfaces[s].name))
    for op in ops:
        s = op.output
        if first[s] == op.id and slot_of[s] < 0:
            b = surfaces[s].bounds
            wanted = SlotDesc(size_class(b.width, width), size_class(b.height, height), surfaces[s].format.words)
            slot = next((i for i in idle if slots[i] == wanted), -1)
            if slot < 0:
                slots.append(wanted)
                slot = len(slots) - 1
            else:
                idle.remove(slot)
            slot_of[s] = slot
            free[last[s]].append(slot)
        idle = sorted(idle + free[op.id])
    descs = tuple(
        SurfaceDesc(d.bounds, d.format, OpId(first[i]), OpId(last[i]), slot_of[i], d.held)
        for i, d in enumerate(surfaces)
    )
    return descs, tuple(slots)
