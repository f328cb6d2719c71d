"""Ctrl-C, SIGTERM and a terminal that goes away: a range render is asked to stop, everything else is interrupted at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

__all__ = ["Interrupted", "Interrupts"]

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Interrupted(KeyboardInterrupt):
    """A signal arrived where nothing could be asked to stop."""


class Interrupts:
    """The signal handlers of one command.

    Attributes:
        cancel: set by the first signal; `render_range` watches it.
        signum: the last signal, or None.
    """

    def __init__(self) -> None:
        self.cancel = threading.Event()
        self.signum: int | None = None
        self._cooperative = False
        self._previous: dict[signal.Signals, Any] = {}

    @property
    def exit_code(self) -> int:
        """130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP."""
        return 128 + (self.signum or signal.SIGINT)

    @contextmanager
    def cooperative(self) -> Iterator[threading.Event]:
        """In this block the first signal only sets `cancel`, so that the sink is aborted; a second one interrupts."""
        self._cooperative = True
        try:
            yield self.cancel
        finally:
            self._cooperative = False

    def check(self) -> None:
        """Raise `Interrupted` when a signal arrived."""
        if self.cancel.is_set():
            raise Interrupted

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        first = self.signum is None
        self.signum = signum
        self.cancel.set()
        if not (self._cooperative and first):
            raise Interrupted

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if number != signal.SIGINT and signal.getsignal(number) == signal.SIG_IGN:
                    continue  # nohup
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous.clear()
