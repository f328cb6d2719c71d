"""`wavyte render`, `wavyte frame` and `wavyte hash`."""

from __future__ import annotations

import argparse
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from wavyte_gpu.cli.context import Context
from wavyte_gpu.cli.engine import load_document, open_session, session_facts, telling, with_strict
from wavyte_gpu.cli.options import (
    UsageError,
    add_backend,
    add_document,
    add_frames,
    add_output,
    add_range,
    parse_frame,
    parse_range,
)
from wavyte_gpu.cli.output import binary_stdout, make_sink
from wavyte_gpu.cli.ui import Ui

if TYPE_CHECKING:
    from wavyte_gpu import Frame, FrameSink, RenderSession

__all__ = ["add_render", "add_verbs", "render_into"]


def add_verbs(verbs: Any) -> None:
    """Add this file's verbs to the parser."""
    parser = verbs.add_parser("render", help="render to a video, a PNG sequence, a sound file or stdout", allow_abbrev=False)
    add_document(parser)
    parser.add_argument(
        "-o",
        "--out",
        metavar="OUT",
        required=True,
        help=".mp4 .mov .webm .mkv .gif .apng .webp, out/%%05d.png, a folder, .wav .flac (sound alone), "
        "or - (straight RGBA8 to stdout)",
    )
    add_render(parser)
    add_output(parser, json_help="events as JSON lines on stdout (on stderr with -o -)", progress=True)
    parser.set_defaults(run=run_render)

    parser = verbs.add_parser("frame", help="render one frame to a PNG", allow_abbrev=False)
    add_document(parser)
    parser.add_argument("frame", metavar="N", help="frame number, or a time such as 1.5s")
    parser.add_argument(
        "-o", "--out", metavar="F.png", required=True, help="straight-alpha PNG, or - (straight RGBA8 to stdout)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the file")
    add_backend(parser)
    add_output(parser, json_help="the result as a JSON object on stdout (on stderr with -o -)")
    parser.set_defaults(run=run_frame)

    parser = verbs.add_parser("hash", help="one XXH3-128 hash a frame", allow_abbrev=False)
    add_document(parser)
    add_frames(parser)
    add_backend(parser)
    add_range(parser)
    add_output(parser, json_help="JSON lines {frame, hash}, then a done event", progress=True)
    parser.set_defaults(run=run_hash)


def add_render(parser: argparse.ArgumentParser) -> None:
    """Add what shapes the rendering of a range into files."""
    add_frames(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")
    encoder = parser.add_argument_group("encoder")
    encoder.add_argument("--codec", metavar="NAME", help="h264, h265, av1, vp9, prores, ffv1, or an encoder of FFmpeg")
    encoder.add_argument("--crf", metavar="N", type=int, help="quality, smaller is better")
    encoder.add_argument("--preset", metavar="NAME", help="the encoder's speed")
    encoder.add_argument("--pix-fmt", metavar="NAME", help="for example yuv420p, yuva444p10le")
    encoder.add_argument(
        "--profile", metavar="NAME", help="web, master, social or preview: codec, quality and speed for a purpose"
    )
    encoder.add_argument("--no-audio", action="store_true", help="without sound")
    encoder.add_argument(
        "--loudness", metavar="LUFS", type=float, help="bring the sound to an integrated loudness, such as -14 (EBU R 128)"
    )
    add_backend(parser)
    add_range(parser)


def run_render(args: Namespace, context: Context) -> int:
    """Render a range into the sink that OUT names."""
    ui = context.ui
    document = load_document(args)
    frames = parse_range(args.frames, document.comp.duration, document.comp.fps)
    sink = make_sink(args)
    with open_session(document, args, ui) as session:
        render_into(session, sink, frames, args.out, context, strict=args.strict)
    return 0


def render_into(
    session: RenderSession, sink: FrameSink, frames: range, out: str, context: Context, *, strict: bool
) -> None:
    """Render a range into a sink, and tell how it went; under `--strict` what it warns of is raised, the file stays."""
    ui = context.ui
    ui.event("start", frames=len(frames), out=out, **session_facts(session))
    with context.interrupts.cooperative() as cancel, ui.progress(Path(out).name) as on_progress:
        stats = session.render_range(frames, sink, on_progress=on_progress, cancel=cancel)
    with_strict(stats.warnings, strict=strict, ui=ui)
    ui.event(
        "done",
        out=out,
        frames=stats.frames,
        seconds=stats.seconds,
        bytes=_bytes_of(out),
        frames_hash=stats.frames_hash,
        warnings=len(session.warnings),
    )
    fps = stats.frames / stats.seconds if stats.seconds > 0 else 0.0
    ui.say(f"{out}: {stats.frames} frames in {stats.seconds:.2f} s, {fps:.1f} fps, {_where(session)}")


def run_frame(args: Namespace, context: Context) -> int:
    """Render one frame into a PNG file."""
    ui = context.ui
    document = load_document(args)
    number = parse_frame(args.frame, document.comp.fps)
    if not 0 <= number < document.comp.duration:
        raise UsageError(f"frame {args.frame} is outside the composition's frames [0, {document.comp.duration})")
    if args.out == "-":
        if args.overwrite:
            raise UsageError("--overwrite: there is nothing to overwrite on stdout")
        stream = binary_stdout()
    else:
        from wavyte_gpu.encode.files import check_target
        from wavyte_gpu.encode.stills import write_png

        path = Path(args.out)
        if path.suffix.lower() != ".png":
            raise UsageError(f"{args.out}: a frame is written as .png or to - (raw)")
        path.parent.mkdir(parents=True, exist_ok=True)
        check_target(path, args.overwrite)
    started = time.perf_counter()
    with open_session(document, args, ui) as session:
        if args.out != "-":
            check_target(path, args.overwrite, session.source_files)
        with telling(session, args, ui):
            frame = session.render_frame(number)
        if args.out == "-":
            size = stream.write(frame.straight().tobytes())
            stream.flush()
        else:
            write_png(path, frame, overwrite=args.overwrite, compression=6)
            size = path.stat().st_size
        seconds = time.perf_counter() - started
        if ui.json_lines:
            ui.event("done", out=args.out, frames=1, seconds=seconds, bytes=size, frame=number, hash=frame.hash)
        width, height = document.comp.render_size
        ui.say(f"{args.out}: frame {number}, {width}x{height}, {seconds:.2f} s, {_where(session)}")
    return 0


def run_hash(args: Namespace, context: Context) -> int:
    """Print the hash of every frame."""
    ui = context.ui
    document = load_document(args)
    frames = parse_range(args.frames, document.comp.duration, document.comp.fps)
    with open_session(document, args, ui, enable_audio=False) as session:
        with context.interrupts.cooperative() as cancel, ui.progress("hash") as on_progress:
            stats = session.render_range(frames, _HashSink(ui), on_progress=on_progress, cancel=cancel)
        with_strict(stats.warnings, strict=args.strict, ui=ui)
        if ui.json_lines:
            ui.event("done", frames=stats.frames, frames_hash=stats.frames_hash)
    return 0


class _HashSink:
    """Prints hashes in timeline order."""

    wants: ClassVar[str] = "rgba"

    def __init__(self, ui: Ui) -> None:
        self._ui = ui

    def begin(self, config: Any) -> None:
        """Nothing to open."""

    def push_frame(self, index: int, frame: Frame) -> None:
        if self._ui.json_lines:
            self._ui.object({"frame": index, "hash": frame.hash})
        else:
            self._ui.data(f"{index} {frame.hash}")

    def end(self) -> None:
        """Nothing to close."""

    def abort(self) -> None:
        """Nothing to take back."""


def _where(session: RenderSession) -> str:
    return f"on {session.adapter}" if session.adapter else f"on the {session.backend_name} backend"


def _bytes_of(out: str) -> int | None:
    path = Path(out)
    return path.stat().st_size if path.is_file() else None
