"""The command line's entry: parse, dispatch to a verb, turn every outcome into an exit code.

Exit codes: 0 done; 1 the work failed or differs; 2 bad input or usage; 3 the requested backend, device or verb is not
there; 130 interrupted; 143 terminated; 129 hung up.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from typing import NoReturn

from wavyte_gpu.cli import batch, bench, check, doctor, golden, media, render, verify
from wavyte_gpu.cli.context import Context
from wavyte_gpu.cli.interrupts import Interrupted, Interrupts
from wavyte_gpu.cli.options import UsageError
from wavyte_gpu.cli.ui import Ui
from wavyte_gpu.foundation.errors import Cancelled, Problem, WavyteError, nearest

__all__ = ["entry"]

PLANNED = ("preview", "signal", "bake", "init", "watch", "cache")
_LOGGING = ("WAVYTE_TRACE", "WAVYTE_ALLOC_TRACK")  # what they measure is written to the log
_STREAMS = ("render", "frame", "hash", "join", "batch")  # verbs whose JSON form is a stream of events
GROUPS = (render, batch, media, verify, check, bench, doctor, golden)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}{_near_choice(message)}; see `{self.prog} --help`")


def entry(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: arguments without the program's name; None takes `sys.argv`.

    Returns:
        The exit code.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    taken = any(pair in (("-o", "-"), ("--out", "-")) for pair in pairwise(arguments)) or "--out=-" in arguments
    ui = Ui(json_lines="--json" in arguments, stdout_taken=taken)
    with Interrupts() as interrupts:
        try:
            args = _parse(arguments)
            ui = _ui(args)
            code = int(args.run(args, Context(ui, interrupts)))
            sys.stdout.flush()
            return code
        except SystemExit as stop:  # argparse: --help and --version
            return int(stop.code or 0)
        except (Interrupted, Cancelled, KeyboardInterrupt):
            with contextlib.suppress(OSError):  # the terminal may be gone
                print("interrupted" if interrupts.exit_code == 130 else "terminated", file=sys.stderr)
            return interrupts.exit_code
        except BrokenPipeError:
            return _closed_stdout()
        except WavyteError as error:
            if isinstance(error.__cause__, BrokenPipeError):
                return _closed_stdout()
            _debug_trace()
            for problem in error.problems:
                ui.error(problem, error.exit_code)
            return error.exit_code
        except OSError as error:
            _debug_trace()
            ui.error(Problem("error", "io", error.strerror or str(error), file=_file_of(error)), 1)
            return 1
        except Exception as error:
            _debug_trace()
            text = f"internal error: {type(error).__name__}: {error}"
            ui.error(Problem("error", "internal", text, hint="WAVYTE_DEBUG=1 shows where"), 1)
            return 1


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every verb in it."""
    parser = _Parser(
        prog="wavyte",
        description="Render JSON compositions on the GPU.",
        epilog=f"planned: {', '.join(PLANNED)}",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"wavyte {_version()}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for group in GROUPS:
        group.add_verbs(verbs)
    return parser


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = build_parser()
    if not arguments:
        parser.print_help(sys.stderr)
        raise SystemExit(2)
    if arguments[0] in PLANNED:
        print(f"error: wavyte {arguments[0]} is planned, it is not in this version", file=sys.stderr)
        raise SystemExit(3)
    verbs = _verbs(parser)
    if not arguments[0].startswith("-") and arguments[0] not in verbs:
        found = nearest(arguments[0], [*verbs, *PLANNED])
        known = found or f"known: {', '.join(verbs)}"
        raise UsageError(f"no verb '{arguments[0]}'; {known}")
    args, extra = parser.parse_known_args(arguments)
    if extra:
        verb = verbs[args.verb]
        options = [name for action in verb._actions for name in action.option_strings]
        found = nearest(extra[0].partition("=")[0], options) if extra[0].startswith("-") else None
        what = "option" if extra[0].startswith("-") else "argument"
        hint = f"; {found}" if found else f"; see `{verb.prog} --help`"
        raise UsageError(f"wavyte {args.verb} takes no {what} '{extra[0]}'{hint}")
    for action in verbs[args.verb]._actions:
        value = getattr(args, action.dest, None)
        if value == "" or (isinstance(value, list) and "" in value):
            raise UsageError(f"{'/'.join(action.option_strings) or action.metavar}: the value is empty")
    return args


def _verbs(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError("the parser has no verbs")


def _ui(args: argparse.Namespace) -> Ui:
    quiet = bool(getattr(args, "quiet", False))
    progress = getattr(args, "progress", None)
    as_json = bool(getattr(args, "json", False))
    if quiet and progress is not None and progress != "none":
        raise UsageError(f"-q and --progress {progress} contradict each other")
    return Ui(
        json_lines=as_json,
        stream=args.verb in _STREAMS,
        progress=progress or (("json" if args.verb in ("render", "join") else "none") if as_json else "bar"),
        quiet=quiet,
        verbose=max(int(getattr(args, "verbose", 0)), int(any(os.environ.get(name) == "1" for name in _LOGGING))),
        stdout_taken=getattr(args, "out", None) == "-",
    )


def _near_choice(message: str) -> str:
    """Add the nearest name to argparse's `invalid choice: 'x' (choose from ...)`."""
    head, found, tail = message.partition("(choose from ")
    if not found or "'" not in head:
        return ""
    wrong = head.split("'")[1]
    hint = nearest(wrong, [choice.strip(" '") for choice in tail.rstrip(")").split(",")])
    return f"; {hint}" if hint else ""


def _closed_stdout() -> int:
    """Point stdout at nothing, so that Python's flush at exit stays silent, and fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 1


def _debug_trace() -> None:
    if os.environ.get("WAVYTE_DEBUG") == "1":
        traceback.print_exc()


def _file_of(error: OSError) -> str | None:
    return os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else None


def _version() -> str:
    try:
        return version("wavyte-gpu")
    except PackageNotFoundError:
        return "unknown"
