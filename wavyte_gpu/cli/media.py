"""`wavyte inspect` and `wavyte join`: media files as they are."""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from wavyte_gpu.cli.context import Context
from wavyte_gpu.cli.options import add_output
from wavyte_gpu.cli.ui import Step

__all__ = ["add_verbs"]

_PICTURE = ("pixel_format", "matrix", "primaries", "transfer", "range")


def add_verbs(verbs: Any) -> None:
    """Add this file's verbs to the parser."""
    parser = verbs.add_parser("inspect", help="what a media file holds, and how it would be used", allow_abbrev=False)
    parser.add_argument("file", metavar="FILE")
    add_output(parser, json_help="one JSON object")
    parser.set_defaults(run=run_inspect)

    parser = verbs.add_parser(
        "join",
        help="join parts of one render without encoding the picture again",
        description="Join videos that `wavyte render COMP --frames A:B -o PART.mkv` made: the picture is copied, the sound, "
        "which .mkv keeps as it was mixed, is encoded once, here.",
        allow_abbrev=False,
    )
    parser.add_argument("parts", metavar="PART", nargs="+", help="in timeline order, without a gap")
    parser.add_argument("-o", "--out", metavar="OUT", required=True, help=".mp4 .mov .mkv .webm")
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")
    parser.add_argument(
        "--loudness", metavar="LUFS", type=float, help="bring the whole sound to a loudness, such as -14 (EBU R 128)"
    )
    add_output(parser, json_help="events as JSON lines on stdout", progress=True)
    parser.set_defaults(run=run_join)


def run_inspect(args: Namespace, context: Context) -> int:
    """Print what a file holds."""
    from wavyte_gpu.session.inspect import inspect_media

    ui = context.ui
    found = inspect_media(args.file)
    if ui.json_lines:
        ui.object(found, indent=2)
        return 0
    lasts = "" if found["duration_s"] is None else f", {found['duration_s']:.3f} s"
    ui.data(f"{found['file']}: {found['container']}, {found['bytes']} bytes{lasts}")
    for stream in found["streams"]:
        ui.data(f"  {stream['index']} {stream['type']}: {_stream_text(stream)}")
    for kind, use in found["use"].items():
        facts = ", ".join(f"{key} {_fact(value)}" for key, value in use.items() if key != "warnings")
        ui.data(f"  used as {kind}: {facts}" if "problem" not in use else f"  not used as {kind}: {use['problem']}")
        for warning in use.get("warnings", ()):
            ui.data(f"    {warning}")
    return 0


def run_join(args: Namespace, context: Context) -> int:
    """Join parts into OUT."""
    from wavyte_gpu.encode.join_parts import join

    ui = context.ui
    out = Path(args.out)
    started = time.perf_counter()
    ui.event("start", parts=len(args.parts), out=args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with context.interrupts.cooperative() as cancel, ui.progress(out.name) as report:

        def on_progress(done: int, total: int) -> None:
            fps = done / max(time.perf_counter() - started, 1e-9)
            report(Step("join", done, total, fps, (total - done) / fps))

        joined = join(
            args.parts, out, overwrite=args.overwrite, loudness=args.loudness, on_progress=on_progress, cancel=cancel
        )
    for warning in joined.warnings:
        ui.warn(warning)
    seconds = time.perf_counter() - started
    ui.event("done", out=args.out, frames=joined.frames, seconds=seconds, bytes=out.stat().st_size)
    ui.say(f"{args.out}: frames {joined.first}:{joined.stop} of {len(args.parts)} parts in {seconds:.2f} s")
    return 0


def _fact(value: Any) -> str:
    words = {None: "unknown", True: "yes", False: "no"}
    return words[value] if value is None or isinstance(value, bool) else str(round(value, 3) if isinstance(value, float) else value)


def _stream_text(stream: dict[str, Any]) -> str:
    parts = [str(stream["codec"])]
    if stream["type"] == "video" and "width" in stream:
        aspect = f", samples {stream['sample_aspect']}" if stream["sample_aspect"] not in (None, "1:1") else ""
        turned = f", rotated by {stream['rotation_deg']} degrees" if stream.get("rotation_deg") else ""
        parts += [f"{stream['width']}x{stream['height']}{aspect}{turned}", f"{stream['fps']} fps"]
        parts += [f"{key} {stream[key]}" for key in _PICTURE]
        parts += [key for key in ("alpha", "interlaced", "cover") if stream.get(key)]
    elif stream["type"] == "audio" and "layout" in stream:
        parts += [f"{stream['sample_rate']} Hz", str(stream["layout"])]
    if stream["duration_s"] is not None:
        parts.append(f"{stream['duration_s']:.3f} s")
    return ", ".join(parts)
