"""`wavyte doctor`: what this machine can render with."""

from __future__ import annotations

import os
import platform
import sys
from argparse import Namespace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from wavyte_gpu.cli.context import Context
from wavyte_gpu.cli.engine import backend_choice
from wavyte_gpu.cli.options import UsageError, add_output
from wavyte_gpu.foundation.errors import DeviceError

__all__ = ["add_verbs"]

_PACKAGES = (
    *("wavyte-gpu", "wgpu", "numpy", "av", "pydantic", "imageio", "pillow", "xxhash", "rich"),
    *("uharfbuzz", "skia-pathops", "resvg_py"),
)
_LATER = ("audio devices", "cameras")


def add_verbs(verbs: Any) -> None:
    """Add this file's verb to the parser."""
    parser = verbs.add_parser(
        "doctor", help="adapters, codecs and versions, and what would be chosen", allow_abbrev=False
    )
    parser.add_argument("--backend", choices=("auto", "gpu", "reference"), help="default: auto, or WAVYTE_BACKEND")
    parser.add_argument("--adapter", metavar="SUBSTRING|INDEX", help="as `render` takes it")
    parser.add_argument("--require-hardware", action="store_true", help="exit 3 when only software adapters answer")
    add_output(parser, json_help="one JSON object")
    parser.set_defaults(run=run_doctor)


def _fonts() -> list[str]:
    """Return the fonts that ship with the package: the only ones that a document need not name."""
    from wavyte_gpu.text.fonts import DEFAULT_FONT

    return [DEFAULT_FONT.name]


def run_doctor(args: Namespace, context: Context) -> int:
    """Report; 3 when what is asked for is not there."""
    backend = backend_choice(args)
    wanted = args.adapter or os.environ.get("WAVYTE_ADAPTER") or None
    if backend == "reference" and (args.adapter or args.require_hardware):
        raise UsageError("--adapter and --require-hardware: the reference backend uses no adapter")
    adapters, failure = _adapters(wanted, args.require_hardware)
    chosen = next((adapter for adapter in adapters if adapter["chosen"]), None)
    if backend == "reference":
        used, why = "reference", "it was asked for"
    elif chosen is not None:
        used, why = "gpu", f"{chosen['name']}: {chosen['why']}"
    else:
        used, why = "reference", failure or "no adapter is fit"
    missing = (
        backend != "reference" and chosen is None and (backend == "gpu" or args.require_hardware or wanted is not None)
    )
    report = {
        "ok": not missing,
        "machine": {
            "system": platform.platform(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
        },
        "packages": {name: _version(name) for name in _PACKAGES},
        "fonts": _fonts(),
        "backend": used,
        "why": why,
        "adapters": adapters,
        "codecs": _codecs(),
        "later": list(_LATER),
    }
    if context.ui.json_lines:
        context.ui.object(report, indent=2)
    elif not args.quiet:
        _print(report)
    if missing:
        raise DeviceError(why)
    return 0


def _adapters(wanted: str | None, require_hardware: bool) -> tuple[list[dict[str, Any]], str | None]:
    """Return the adapters, and why none is chosen."""
    from wavyte_gpu.render.gpu.device import describe_adapters

    try:
        reports = describe_adapters(wanted, require_hardware)
    except DeviceError as error:
        return [], str(error)
    rows = []
    for info, limits, chosen, why in reports:
        facts = info._asdict()
        rows.append({"index": facts.pop("number"), **facts, "chosen": chosen, "why": why, "limits": dict(limits)})
    return rows, reports[0].why if reports else "no adapter was found"


def _codecs() -> dict[str, bool]:
    """Tell which encoders of ours the media library has; whether hardware is there shows when it is asked for."""
    from wavyte_gpu.encode.formats import CODECS, CONTAINERS

    sounds = {container.sound for container in CONTAINERS.values()} - {""}
    names = [*(name for name, codec in CODECS.items() if not codec.hardware), *sorted(sounds)]
    try:
        import av
    except ImportError:
        return dict.fromkeys(names, False)

    def there(name: str) -> bool:
        try:
            av.Codec(name, "w")
        except Exception:  # the library's own exception type differs between its versions
            return False
        return True

    return {name: there(name) for name in names}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _print(report: dict[str, Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160)
    machine = report["machine"]
    console.print(
        f"{machine['system']}, {machine['cpus']} CPUs, Python {machine['python']}", highlight=False, markup=False
    )
    packages = ", ".join(f"{name} {found or 'missing'}" for name, found in report["packages"].items())
    console.print(packages, highlight=False, markup=False)
    table = Table("", "#", "adapter", "API", "kind", "driver", "why", box=box.SIMPLE)
    for row in report["adapters"]:
        mark = "->" if row["chosen"] else ""
        table.add_row(mark, str(row["index"]), row["name"], row["api"], row["kind"], row["driver"], row["why"])
    console.print(table)
    for row in report["adapters"]:
        if row["chosen"]:
            for name, value in row["limits"].items():
                console.print(f"  {name} {value}", highlight=False, markup=False)
    console.print(f"backend: {report['backend']} ({report['why']})", highlight=False, markup=False)
    there = [name for name, found in report["codecs"].items() if found]
    missing = [name for name, found in report["codecs"].items() if not found]
    console.print(f"encoders: {' '.join(there)}" + (f"; missing: {' '.join(missing)}" if missing else ""), markup=False)
    console.print(f"font without a `font_source`: {', '.join(report['fonts'])}", highlight=False, markup=False)
    console.print(f"not in this version: {', '.join(report['later'])}", highlight=False, markup=False)
