"""What a command says, and where: results on stdout, problems and progress on stderr, JSON lines when asked for."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple, Protocol

from wavyte_gpu.foundation.errors import Problem

__all__ = ["ProgressLike", "Step", "Ui"]

_JSON_INTERVAL_S = 0.2


class ProgressLike(Protocol):
    """What the session reports while it renders a range."""

    @property
    def stage(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def fps(self) -> float: ...
    @property
    def eta_s(self) -> float | None: ...


class Step(NamedTuple):
    """Progress of a loop that the session does not run itself."""

    stage: str
    done: int
    total: int
    fps: float
    eta_s: float | None


class Ui:
    """The three voices of a command.

    Args:
        json_lines: results and errors as JSON objects, errors as text on stderr too.
        stream: the verb writes JSON events, not one object, so warnings are events as well.
        progress: `bar` (drawn only on a terminal), `json` or `none`.
        quiet: no results in text, no warnings, no bar.
        verbose: 0, 1 or 2: how much of the log is shown.
        stdout_taken: stdout carries pixels, so JSON goes to stderr and text results too.
    """

    def __init__(
        self,
        *,
        json_lines: bool = False,
        stream: bool = False,
        progress: str = "bar",
        quiet: bool = False,
        verbose: int = 0,
        stdout_taken: bool = False,
    ) -> None:
        self.json_lines = json_lines
        self._stream = stream
        self._lock = threading.Lock()  # a range's sink is fed on a thread of its own
        self.progress_mode = progress
        self.quiet = quiet
        self._taken = stdout_taken
        if verbose:
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
            log = logging.getLogger("wavyte_gpu")
            log.addHandler(handler)
            log.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)

    @property
    def _results(self) -> IO[str]:
        return sys.stderr if self._taken else sys.stdout

    def say(self, text: str) -> None:
        """Write a line of result for people."""
        if not self.json_lines and not self.quiet:
            self._write(text, self._results)

    def data(self, text: str) -> None:
        """Write text that was asked for as such (a plan, hashes): `-q` does not silence it."""
        self._write(text, sys.stdout)

    def object(self, fields: dict[str, Any], *, indent: int | None = None) -> None:
        """Write one JSON object, with `"schema": 1` in it, on stdout."""
        self._write(json.dumps({"schema": 1, **fields}, ensure_ascii=False, indent=indent), self._results)

    def event(self, name: str, **fields: Any) -> None:
        """Write a JSON event, when JSON was asked for by `--json` or `--progress json`."""
        if self.json_lines or self.progress_mode == "json":
            self.object({"event": name, **fields})

    def warn(self, problem: Problem) -> None:
        """Report something that does not stop the work."""
        if not self.quiet:
            print(f"warning: {_one_line(problem)}", file=sys.stderr, flush=True)
        if self._stream:
            self.event("warning", problem=problem.to_dict(), exit=0)

    def error(self, problem: Problem, exit_code: int, *, event: bool = True) -> None:
        """Report what stopped the work; `event` is off where the verb's own object tells of it."""
        print(f"{problem.severity}: {_one_line(problem)}", file=sys.stderr, flush=True)
        if event:
            self.event(problem.severity, problem=problem.to_dict(), exit=exit_code)

    def _write(self, text: str, stream: IO[str]) -> None:
        with self._lock:
            stream.write(text + "\n")
            stream.flush()

    @contextmanager
    def progress(self, label: str) -> Iterator[Callable[[ProgressLike], None]]:
        """Show how far the work is.

        Args:
            label: what is being made, before the bar.

        Yields:
            The function to call with each `Progress`.
        """
        if self.progress_mode == "json":
            yield self._json_progress()
        elif self.progress_mode == "bar" and not self.quiet and sys.stderr.isatty():
            with _bar(label) as update:
                yield update
        else:
            yield lambda report: None

    def _json_progress(self) -> Callable[[ProgressLike], None]:
        last = 0.0

        def update(report: ProgressLike) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= _JSON_INTERVAL_S or report.done == report.total:
                last = now
                self.event(
                    "progress",
                    stage=report.stage,
                    done=report.done,
                    total=report.total,
                    fps=report.fps,
                    eta_s=report.eta_s,
                )

        return update


@contextmanager
def _bar(label: str) -> Iterator[Callable[[ProgressLike], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[fps]:.1f} fps"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(label, total=None, fps=0.0)

        def update(report: ProgressLike) -> None:
            what = f"{label}: {report.stage}" if report.stage != label else label
            bar.update(task, description=what, completed=report.done, total=report.total, fps=report.fps)

        yield update


def _one_line(problem: Problem) -> str:
    """Return a problem on one line; below it, the line of an expression with its caret."""
    return " ".join(str(problem).split("\n")) if problem.excerpt is None else str(problem)
