"""`wavyte golden`: frame hashes and a small picture beside each composition of a folder.

`NAME.json` has `NAME.golden.json`, the hashes of the first, middle and last frame or of those that `meta.golden` lists,
and `NAME.golden.png`, the same frames, small, side by side, for the eye.
"""

from __future__ import annotations

import json
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wavyte_gpu.cli.context import Context
from wavyte_gpu.cli.engine import Document, assets_root, load_document, open_session, telling
from wavyte_gpu.cli.golden_report import write_junit, write_report
from wavyte_gpu.cli.options import UsageError, add_backend, add_output, parse_frame
from wavyte_gpu.cli.output import write_file
from wavyte_gpu.cli.ui import Step
from wavyte_gpu.foundation.errors import Problem, SchemaError, WavyteError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from wavyte_gpu import Frame

__all__ = ["Case", "add_verbs"]

_THUMBNAIL_WIDTH = 192
_SUFFIX = ".golden.json"


@dataclass
class Case:
    """One composition of the folder and what came of it.

    Attributes:
        path: of the composition. name: relative to the folder, for reports.
        hashes: by frame, what was rendered. expected: by frame, what the golden says (None where it has none).
        thumbnail: PNG bytes of the frames, small. pictures: PNG bytes of the frames that differ, in full.
        failures: sentences; empty means passed.
    """

    path: Path
    name: str
    hashes: dict[int, str] = field(default_factory=dict)
    expected: dict[int, str] | None = None
    thumbnail: bytes = b""
    pictures: dict[int, bytes] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    exit_code: int = 0
    seconds: float = 0.0

    @property
    def golden(self) -> Path:
        """The file of hashes."""
        return self.path.with_suffix(_SUFFIX)

    @property
    def picture(self) -> Path:
        """The small picture."""
        return self.path.with_suffix(".golden.png")


def add_verbs(verbs: Any) -> None:
    """Add this file's verb to the parser."""
    parser = verbs.add_parser("golden", help="update or check golden frames of a folder", allow_abbrev=False)
    parser.add_argument("action", choices=("update", "check"), help="bless what is rendered now, or compare with it")
    parser.add_argument("dir", metavar="DIR", help="searched with its subfolders for compositions")
    parser.add_argument("--assets", metavar="DIR", help="assets root (default: the folder of each composition)")
    parser.add_argument("--strict", action="store_true", help="warnings are errors")
    parser.add_argument("--report", metavar="DIR", help="check: expected, actual and difference, with an index.html")
    parser.add_argument("--junit", metavar="FILE", help="check: a JUnit XML file")
    add_backend(parser)
    add_output(parser, json_help="one JSON object {ok, cases}", progress=True)
    parser.set_defaults(run=run_golden)


def run_golden(args: Namespace, context: Context) -> int:
    """Render the golden frames of every composition and write or compare their hashes."""
    update = args.action == "update"
    for option in ("report", "junit"):
        if update and getattr(args, option):
            raise UsageError(f"--{option}: only `golden check` writes one")
    root = Path(args.dir)
    if not root.is_dir():
        raise UsageError(f"{args.dir}: no such folder")
    assets_root(args)
    cases = list(_cases(root))
    if not cases:
        raise UsageError(f"{args.dir}: no composition in it or below")
    ui = context.ui
    with ui.progress("golden") as on_progress:
        for done, case in enumerate(cases, 1):
            context.interrupts.check()
            started = time.perf_counter()
            _run(case, args, context, update=update)
            case.seconds = time.perf_counter() - started
            on_progress(Step("golden", done, len(cases), 1 / max(case.seconds, 1e-9), None))
    if args.report:
        write_report(Path(args.report), cases)
    if args.junit:
        write_junit(Path(args.junit), cases)
    failed = [case for case in cases if case.failures]
    for case in cases:
        for failure in case.failures:
            ui.error(Problem("error", "golden", failure, file=str(case.path)), case.exit_code, event=False)
    if ui.json_lines:
        ui.object({"ok": not failed, "cases": [_case_json(case) for case in cases]})
    frames = sum(len(case.hashes) for case in cases)
    verb = "updated" if update else "checked"
    ui.say(f"{verb} {frames} frames of {len(cases)} compositions: " + (f"{len(failed)} failed" if failed else "ok"))
    return max((case.exit_code for case in failed), default=0)


def _cases(root: Path) -> Iterator[Case]:
    """Find compositions, and goldens whose composition is gone."""
    for path in sorted(root.rglob("*.json")):
        name = path.relative_to(root).as_posix()
        if path.name.endswith(_SUFFIX):
            source = path.with_name(path.name.removesuffix(_SUFFIX) + ".json")
            if not source.is_file():
                yield Case(source, name, failures=["has a golden, but is not there"], exit_code=1)
        elif _is_composition(path):
            yield Case(path, name)


def _is_composition(path: Path) -> bool:
    """Tell compositions from other JSON files; what does not parse is one, so that it fails aloud."""
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return True
    return isinstance(document, dict) and ("root" in document or "canvas" in document)


def _run(case: Case, args: Namespace, context: Context, *, update: bool) -> None:
    if case.failures:
        return
    try:
        if not update:
            case.expected = _read_golden(case)
        _render(case, args, context)
        if update:
            _bless(case)
        else:
            _compare(case)
    except WavyteError as error:
        case.failures += [str(problem) for problem in error.problems]
        case.exit_code = error.exit_code


def _render(case: Case, args: Namespace, context: Context) -> None:
    document = load_document(Namespace(comp=str(case.path), assets=args.assets))
    numbers = _frames(document)
    strip = []
    ui = context.ui
    with open_session(document, args, ui, enable_audio=False) as session, telling(session, args, ui):
        for number in numbers:
            context.interrupts.check()
            frame = session.render_frame(number)
            case.hashes[number] = frame.hash
            strip.append(_shrink(frame))
            if case.expected is not None and case.expected.get(number) != frame.hash:
                case.pictures[number] = _png(frame.straight())
    case.thumbnail = _strip(strip)


def _frames(document: Document) -> list[int]:
    if isinstance(document.meta, Mapping) and "golden" in document.meta:
        wanted = document.meta["golden"]
        if not isinstance(wanted, list) or not wanted:
            raise _bad_meta(document, "a list of frames that is not empty")
        frames = sorted({parse_frame(str(frame), document.comp.fps) for frame in wanted})
        if frames[0] < 0 or frames[-1] >= document.comp.duration:
            raise _bad_meta(document, f"frames in [0, {document.comp.duration})")
        return frames
    last = document.comp.duration - 1
    return sorted({0, document.comp.duration // 2, last}) if last >= 0 else []


def _bad_meta(document: Document, allowed: str) -> SchemaError:
    return SchemaError(
        Problem("error", "golden", "meta.golden", path="/meta/golden", file=document.file, allowed=allowed)
    )


def _read_golden(case: Case) -> dict[int, str]:
    try:
        golden = json.loads(case.golden.read_bytes())
        return {int(frame): str(digest) for frame, digest in golden["frames"].items()}
    except FileNotFoundError:
        case.failures.append("has no golden; `wavyte golden update` makes one")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        case.failures.append(f"its golden can't be read: {error}")
    case.exit_code = 1
    return {}


def _compare(case: Case) -> None:
    expected = case.expected or {}
    if not case.failures:
        for number, digest in case.hashes.items():
            if number not in expected:
                case.failures.append(f"frame {number} is not in the golden")
            elif expected[number] != digest:
                case.failures.append(f"frame {number} differs: expected {expected[number]}, found {digest}")
        gone = sorted(expected.keys() - case.hashes.keys())
        case.failures += [f"frame {number} of the golden was not rendered" for number in gone]
    if not case.hashes:
        case.failures.append("no frame was rendered")
    case.exit_code = 1 if case.failures else 0


def _bless(case: Case) -> None:
    if not case.hashes:
        case.failures.append("no frame was rendered")
        case.exit_code = 1
        return
    golden = {"schema": 1, "frames": {str(number): digest for number, digest in case.hashes.items()}}
    text = json.dumps(golden, indent=2) + "\n"
    if not case.golden.is_file() or case.golden.read_text(encoding="utf-8") != text or not case.picture.is_file():
        write_file(case.golden, text.encode())
        write_file(case.picture, case.thumbnail)


def _case_json(case: Case) -> dict[str, Any]:
    return {
        "composition": case.name,
        "ok": not case.failures,
        "frames": {str(number): digest for number, digest in case.hashes.items()},
        "failures": case.failures,
    }


def _shrink(frame: Frame) -> npt.NDArray[np.uint8]:
    """Return a frame, straight alpha, averaged down by a whole factor to at most the width of a thumbnail."""
    import numpy as np
    from PIL import Image

    pixels = frame.straight()
    factor = -(-pixels.shape[1] // _THUMBNAIL_WIDTH)
    small = Image.fromarray(pixels, "RGBA").reduce(factor) if factor > 1 else Image.fromarray(pixels, "RGBA")
    return np.asarray(small, dtype=np.uint8)


def _strip(pictures: list[npt.NDArray[np.uint8]]) -> bytes:
    import numpy as np

    return _png(np.concatenate(pictures, axis=1)) if pictures else b""


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    from wavyte_gpu.encode.stills import encode_png

    return encode_png(pixels, compression=9)
