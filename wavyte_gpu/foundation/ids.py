"""Dense integer ids. `...Idx` index tables of one composition, `...Id` name registered kinds. Widths are those of the spec, section 4.2."""

from __future__ import annotations

from typing import NewType

from wavyte_gpu.foundation.errors import LimitError

__all__ = [
    "U16_MAX",
    "U32_MAX",
    "AssetIdx",
    "EffectKindId",
    "NodeIdx",
    "ParamId",
    "PropertyId",
    "TransitionKindId",
    "VarId",
    "check_width",
]

NodeIdx = NewType("NodeIdx", int)  # u32
AssetIdx = NewType("AssetIdx", int)  # u32
PropertyId = NewType("PropertyId", int)  # u32
EffectKindId = NewType("EffectKindId", int)  # u16
TransitionKindId = NewType("TransitionKindId", int)  # u16
ParamId = NewType("ParamId", int)  # u16
VarId = NewType("VarId", int)  # u16

U16_MAX = 2**16 - 1
U32_MAX = 2**32 - 1


def check_width(what: str, count: int, highest: int) -> None:
    """Raise LimitError when `count` ids of one kind do not fit ids up to `highest`."""
    if count > highest + 1:
        raise LimitError(f"too many {what}: {count}, at most {highest + 1}")
