"""`wavyte bench`: how long each stage of a frame takes."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from wavyte_gpu.cli.context import Context
from wavyte_gpu.cli.engine import load_document, open_session, telling
from wavyte_gpu.cli.options import add_backend, add_document, add_frames, add_output, add_range, natural, parse_range
from wavyte_gpu.cli.output import write_file

__all__ = ["add_verbs"]

_WARMUP = 5


def add_verbs(verbs: Any) -> None:
    """Add this file's verb to the parser."""
    parser = verbs.add_parser("bench", help="per-stage times, dispatches, pool bytes", allow_abbrev=False)
    add_document(parser)
    add_frames(parser)
    parser.add_argument("--warmup", metavar="N", type=natural, default=_WARMUP, help=f"frames not counted ({_WARMUP})")
    parser.add_argument("-o", "--out", metavar="FILE.json", help="write the JSON form there too")
    add_backend(parser)
    add_range(parser)
    add_output(parser, json_help="the numbers as one JSON object")
    parser.set_defaults(run=run_bench)


def run_bench(args: Namespace, context: Context) -> int:
    """Measure a range and print a table or JSON."""
    document = load_document(args)
    frames = parse_range(args.frames, document.comp.duration, document.comp.fps)
    with open_session(document, args, context.ui, enable_audio=False, trace=True) as session, telling(session, args, context.ui):
        result = {"schema": 1, **session.bench(frames, args.warmup)}
    if args.out:
        write_file(Path(args.out), (json.dumps(result, indent=2) + "\n").encode())
    if args.json:
        context.ui.object(result, indent=2)
    elif not args.quiet:
        _table(document.file, result)
    return 0


def _table(file: str, result: dict[str, Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    adapter = result["adapter"]
    name = f"{adapter['name']}{' (software)' if adapter['software'] else ''}" if adapter else "reference backend"
    width, height = result["size"]
    table = Table(box=box.SIMPLE)
    table.add_column("stage")
    table.add_column("median ms", justify="right")
    table.add_column("p90 ms", justify="right")
    for stage, times in result["stages"].items():
        if times is not None:
            table.add_row(stage, f"{times['median_ms']:.2f}", f"{times['p90_ms']:.2f}")
    console = Console(width=None if sys.stdout.isatty() else 160)
    title = f"{file}: {result['frames']} frames of {width}x{height} on {name}"
    console.print(title, highlight=False, markup=False)
    console.print(table)
    console.print(
        f"first frame {result['first_frame_ms']:.0f} ms, {result['dispatches']} dispatches a frame, "
        f"pool {result['pool_bytes'] / 2**20:.1f} MiB, peak memory {result['peak_rss_bytes'] / 2**20:.0f} MiB",
        highlight=False,
    )
