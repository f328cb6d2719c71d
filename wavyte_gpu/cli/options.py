"""Options shared by the verbs, and the texts that they accept. Each verb adds only the groups that act on it."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

from wavyte_gpu.foundation.errors import WavyteError, nearest
from wavyte_gpu.foundation.timebase import frames_from_seconds, parse_seconds

__all__ = [
    "UsageError",
    "add_backend",
    "add_document",
    "add_frames",
    "add_output",
    "add_range",
    "natural",
    "parse_frame",
    "parse_range",
    "parse_value",
    "variable_type",
]

_SIZE = re.compile(r"(\d+)[xX](\d+)")


class UsageError(WavyteError):
    """The command line asks for something that makes no sense."""

    exit_code = 2
    code = "usage"


def add_document(parser: argparse.ArgumentParser, *, overrides: bool = True) -> None:
    """Add COMP and what changes the document before it is used."""
    parser.add_argument("comp", metavar="COMP", help="composition file, folder with a composition.json, or - for stdin")
    parser.add_argument(
        "--assets", metavar="DIR", help="assets root (default: the folder of COMP, or the working folder)"
    )
    parser.add_argument("--strict", action="store_true", help="warnings are errors")
    if overrides:
        group = parser.add_argument_group("document")
        group.add_argument(
            "--set",
            dest="sets",
            metavar="NAME=VALUE",
            action="append",
            default=[],
            type=_assignment,
            help="set a variable, parsed by its declared type; repeatable",
        )
        group.add_argument("--vars", metavar="FILE", help="JSON object of variables; --set beats it")
        group.add_argument("--size", metavar="WxH", type=_size, help="canvas size in px")
        group.add_argument("--scale", metavar="S", type=_positive, help="scale canvas and content")
        group.add_argument("--seed", metavar="N", type=natural, help="the document's seed")


def add_backend(parser: argparse.ArgumentParser, *, choose: bool = True) -> None:
    """Add what says where pixels are made; `choose` is off for verbs that use both backends."""
    group = parser.add_argument_group("backend")
    if choose:
        group.add_argument("--backend", choices=("auto", "gpu", "reference"), help="default: auto, or WAVYTE_BACKEND")
    group.add_argument(
        "--adapter", metavar="SUBSTRING|INDEX", help="which GPU, by a part of its name or its number in `wavyte doctor`"
    )
    group.add_argument("--require-hardware", action="store_true", help="a software adapter is exit 3")
    group.add_argument("--max-pool-bytes", metavar="N", type=_positive_int, help="cap of the surface pool")
    group.add_argument("--no-reuse", action="store_true", help="compute every op of every frame")


def add_range(parser: argparse.ArgumentParser, *, elision: bool = True) -> None:
    """Add what shapes a range render."""
    group = parser.add_argument_group("range")
    group.add_argument("--workers", metavar="N", type=_positive_int, help="frames evaluated in parallel")
    group.add_argument("--chunk-size", metavar="N", type=_positive_int, help="frames evaluated as one batch")
    if elision:
        group.add_argument("--no-elision", action="store_true", help="render frames again that equal an earlier one")


def add_frames(parser: argparse.ArgumentParser) -> None:
    """Add `--frames`."""
    parser.add_argument(
        "--frames", metavar="A:B", help="frames A to B, B excluded; A:, :B and a single N too; 1.5s is a time"
    )


def add_output(parser: argparse.ArgumentParser, *, json_help: str, progress: bool = False) -> None:
    """Add how the command speaks."""
    group = parser.add_argument_group("messages")
    group.add_argument("--json", action="store_true", help=json_help)
    if progress:
        group.add_argument(
            "--progress", choices=("bar", "json", "none"), help="default: bar, drawn on stderr if that is a terminal"
        )
    group.add_argument("-v", "--verbose", action="count", default=0, help="show the log; twice for all of it")
    group.add_argument("-q", "--quiet", action="store_true", help="no warnings, no bar, no summary")


def parse_frame(text: str, fps: Fraction) -> int:
    """Return the frame that `12` or `0.5s` names; seconds round half up.

    Raises:
        UsageError: it is neither.
    """
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    seconds = parse_seconds(text)
    if seconds is None:
        raise UsageError(f"'{text}' is no frame number and no time such as 1.5s")
    return frames_from_seconds(seconds, fps)


def parse_range(text: str | None, duration: int, fps: Fraction) -> range:
    """Return the frames that `A:B`, `A:`, `:B` or `N` names, within a duration.

    Args:
        text: the option's value; None means all frames.
        duration: of the composition, in frames.
        fps: frames per second, for times.

    Raises:
        UsageError: it is malformed, empty, or leaves [0, duration).
    """
    if text is None:
        return range(duration)
    first, colon, last = text.partition(":")
    if not text:
        raise UsageError("--frames is empty")
    start = parse_frame(first, fps) if first else 0
    if not colon:
        stop = start + 1
    else:
        stop = parse_frame(last, fps) if last else duration
    if not 0 <= start < duration or stop > duration:
        raise UsageError(f"--frames {text} leaves the composition's frames [0, {duration})")
    if stop <= start:
        raise UsageError(f"--frames {text} holds no frame: the end is excluded")
    return range(start, stop)


def variable_type(declaration: Any) -> str:
    """Return the type name of a variable as a document declares it: in full, or by a bare value."""
    if isinstance(declaration, Mapping):
        if "type" in declaration:
            return str(declaration["type"])
        if declaration.keys() >= {"x", "y"}:
            return "vec2"
        return "color"
    if isinstance(declaration, bool):
        return "bool"
    if isinstance(declaration, int | float):
        return "number"
    if isinstance(declaration, list):
        return "vec2" if len(declaration) == 2 else "list"
    if isinstance(declaration, str) and re.fullmatch(
        r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", declaration
    ):
        return "color"
    return "text"


def parse_value(name: str, text: str, declaration: Any) -> Any:
    """Return the value that a `--set` text stands for.

    Args:
        name: of the variable, for messages.
        text: what follows the `=`.
        declaration: the variable as the document declares it.

    Raises:
        UsageError: the text is no value of the variable's type.
    """
    kind = variable_type(declaration)
    if kind == "number":
        try:
            value = float(text)
            if not isfinite(value):
                raise ValueError
        except ValueError:
            raise _bad_value(name, text, "a number") from None
        return int(value) if value.is_integer() and re.fullmatch(r"[+-]?\d+", text) else value
    if kind == "bool":
        known = {
            "true": True,
            "1": True,
            "yes": True,
            "on": True,
            "false": False,
            "0": False,
            "no": False,
            "off": False,
        }
        if text.lower() not in known:
            raise _bad_value(name, text, "true or false")
        return known[text.lower()]
    if kind == "vec2":
        parts = text.strip("[] ").split(",")
        try:
            x, y = (float(part) for part in parts)
            if not (isfinite(x) and isfinite(y)):
                raise ValueError
        except ValueError:
            raise _bad_value(name, text, "two numbers, X,Y") from None
        return [x, y]
    if kind == "list":
        return _json_value(name, text, list, "a JSON list")
    if kind == "color" and text[:1] in "[{" and text:
        return _json_value(name, text, (list, dict), "a colour")
    if kind == "choice" and isinstance(declaration, Mapping):
        choices = [str(choice) for choice in declaration.get("choices") or ()]
        if choices and text not in choices:
            raise UsageError(f"--set {name}: '{text}' is none of {', '.join(choices)}{_hint(text, choices)}")
    return text


def _json_value(name: str, text: str, kinds: type | tuple[type, ...], wanted: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        raise _bad_value(name, text, wanted) from None
    if not isinstance(value, kinds):
        raise _bad_value(name, text, wanted)
    return value


def _bad_value(name: str, text: str, wanted: str) -> UsageError:
    return UsageError(f"--set {name}: '{text}' is not {wanted}")


def _hint(name: str, known: list[str]) -> str:
    found = nearest(name, known)
    return f"; {found}" if found else ""


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE")
    return name, value


def _size(text: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(text)
    if match is None or "0" in (match.group(1).lstrip("0") or "0", match.group(2).lstrip("0") or "0"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a size such as 1280x720")
    return int(match.group(1)), int(match.group(2))


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive number")
    return value


def _positive_int(text: str) -> int:
    value = natural(text)
    if value == 0:
        raise argparse.ArgumentTypeError("0 is not a positive whole number")
    return value


def natural(text: str) -> int:
    """Return a whole number from 0; a type of argparse."""
    if not re.fullmatch(r"\d+", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number")
    return int(text)
