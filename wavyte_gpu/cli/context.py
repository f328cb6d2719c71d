"""What a verb is given beside its arguments."""

from __future__ import annotations

from dataclasses import dataclass

from wavyte_gpu.cli.interrupts import Interrupts
from wavyte_gpu.cli.ui import Ui

__all__ = ["Context"]


@dataclass(frozen=True)
class Context:
    """The command's voice and its signal handlers."""

    ui: Ui
    interrupts: Interrupts
