"""Entries of a gradient's table, which lies in a page in rows of 1024 texels. Twin of shaders/shared/gradient.wgsl."""

from __future__ import annotations

from wavyte_gpu.ops.shared.affine import I32
from wavyte_gpu.ops.shared.pixel import U32

__all__ = ["table_entry"]


def table_entry(image: U32, table: I32, k: I32) -> U32:
    """Return entry k of the table at texel (table[0], table[1]) with 2^table[2] entries."""
    return image[table[1] + (k >> 10), table[0] + (k & 1023)]
