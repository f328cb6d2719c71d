"""The only file of the command line that touches the engine: documents in, sessions out. Imports happen on use."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wavyte_gpu.cli.options import UsageError, parse_value
from wavyte_gpu.cli.ui import Ui
from wavyte_gpu.foundation.errors import DeviceError, Problem, SchemaError, WavyteError, nearest

if TYPE_CHECKING:
    from wavyte_gpu import Composition, RenderSession

__all__ = [
    "Document",
    "as_error",
    "assets_root",
    "backend_choice",
    "given_variables",
    "load_document",
    "open_session",
    "read_composition",
    "read_source",
    "session_facts",
    "telling",
    "with_strict",
]

_BACKENDS = ("auto", "gpu", "reference")
_COMPOSITION_NAME = "composition.json"


@dataclass(frozen=True)
class Document:
    """A composition as the command line found it, with the overrides applied.

    Attributes:
        comp: the composition.
        file: what messages call it.
        assets_root: `--assets`, or None for the folder of the file.
        variables: declarations by name. meta: the document's free data.
    """

    comp: Composition
    file: str
    assets_root: str | None
    variables: Mapping[str, Any]
    meta: Any


def read_source(name: str) -> tuple[str | Path, str]:
    """Find the document that COMP names.

    Args:
        name: a file, a folder that holds a composition.json, or `-`.

    Returns:
        What `Composition.from_json` takes, and the name for messages.

    Raises:
        SchemaError: nothing readable is there.
    """
    if name == "-":
        try:
            text = sys.stdin.buffer.read().decode("utf-8-sig").lstrip()
        except UnicodeDecodeError as error:
            raise _unreadable("stdin", f"it is not UTF-8: {error}") from None
        if not text.startswith("{"):
            raise _unreadable("stdin", "it does not begin with a JSON object")
        return text, "<stdin>"
    path = Path(name)
    if path.is_dir():
        path = path / _COMPOSITION_NAME
    if not path.is_file():
        raise _unreadable(str(path), "no such file", hint=_near_file(path))
    try:
        path.open("rb").close()
    except OSError as error:
        raise _unreadable(str(path), error.strerror or str(error)) from None
    return path, str(path)


def read_composition(args: Namespace) -> tuple[Composition, str]:
    """Read COMP as it is; a document from stdin has its sources below `--assets`.

    Raises:
        SchemaError: the document is not what the schema allows.
    """
    import wavyte_gpu as wv

    source, file = read_source(args.comp)
    comp = wv.Composition.from_json(source)
    root = assets_root(args)
    if args.comp == "-" and root is not None:
        comp = wv.Composition(comp.document, base_dir=Path(root))
    return comp, file


def load_document(args: Namespace) -> Document:
    """Load COMP and apply `--size`, `--scale` and `--seed`.

    Raises:
        SchemaError: the document is not what the schema allows.
    """
    comp, file = read_composition(args)
    overrides = {name: value for name in ("size", "scale", "seed") if (value := getattr(args, name, None)) is not None}
    if overrides:
        comp = comp.with_overrides(**overrides)
    raw = json.loads(comp.to_json())
    return Document(comp, file, assets_root(args), raw.get("variables") or {}, raw.get("meta"))


def assets_root(args: Namespace) -> str | None:
    """Return `--assets`, checked, or None."""
    if args.assets is not None and not Path(args.assets).is_dir():
        raise UsageError(f"--assets {args.assets}: no such folder")
    return str(args.assets) if args.assets is not None else None


def open_session(
    document: Document, args: Namespace, ui: Ui, *, variables: Mapping[str, Any] | None = None, **forced: Any
) -> RenderSession:
    """Open a session with the options and variables given, and report the warnings.

    Args:
        document: what to render.
        args: the parsed options; those that the verb does not have keep their defaults.
        ui: where warnings go.
        variables: values; default those of the options.
        forced: session options that beat the command line's.

    Raises:
        WavyteError: the session can't be opened, a variable is wrong, or `--strict` met a warning.
    """
    import wavyte_gpu as wv

    options: dict[str, Any] = {"backend": backend_choice(args)}
    if options["backend"] == "reference" and (
        getattr(args, "adapter", None) or getattr(args, "require_hardware", False)
    ):
        raise UsageError("--adapter and --require-hardware: the reference backend uses no adapter")
    for name in ("adapter", "require_hardware", "max_pool_bytes", "workers", "chunk_size"):
        value = getattr(args, name, None)
        if value:
            options[name] = value
    for flag, name in (("no_elision", "static_elision"), ("no_reuse", "reuse"), ("no_audio", "enable_audio")):
        if getattr(args, flag, False):
            options[name] = False
    if getattr(args, "loudness", None) is not None:
        options["loudness"] = args.loudness
    values = given_variables(document, args) if variables is None else variables
    session = wv.RenderSession(
        document.comp,
        assets_root=document.assets_root,
        options=wv.SessionOptions(**{**options, **forced}),
        variables=values,
    )
    try:
        with_strict(session.warnings, strict=args.strict, ui=ui)
    except BaseException:
        session.close()
        raise
    return session


def backend_choice(args: Namespace) -> str:
    """Return `--backend`, else `WAVYTE_BACKEND`, else `auto`."""
    chosen = getattr(args, "backend", None) or os.environ.get("WAVYTE_BACKEND") or "auto"
    if chosen not in _BACKENDS:
        raise UsageError(f"WAVYTE_BACKEND is '{chosen}'; allowed: {', '.join(_BACKENDS)}")
    return chosen


@contextmanager
def telling(session: RenderSession, args: Namespace, ui: Ui) -> Iterator[None]:
    """Report what a session warns of while it renders, or raise it under `--strict`."""
    told = len(session.warnings)
    yield
    with_strict(session.warnings[told:], strict=args.strict, ui=ui)


def with_strict(warnings: Sequence[Problem], *, strict: bool, ui: Ui) -> None:
    """Report warnings, or raise them under `--strict`."""
    if strict and warnings:
        kind = DeviceError if any(problem.code == "no_adapter" for problem in warnings) else SchemaError
        raise kind([as_error(problem) for problem in warnings])
    for problem in warnings:
        ui.warn(problem)


def as_error(problem: Problem) -> Problem:
    """Return a problem as `--strict` sees it."""
    return replace(problem, severity="error")


def session_facts(session: RenderSession) -> dict[str, Any]:
    """Return the backend, its adapter and whether that is software, for events."""
    adapter = session.adapter
    return {
        "backend": session.backend_name,
        "adapter": adapter.name if adapter else None,
        "software": adapter.software if adapter else True,
    }


def given_variables(document: Document, args: Namespace) -> dict[str, Any]:
    """Return the values that `--vars` and `--set` give."""
    values: dict[str, Any] = {}
    if getattr(args, "vars", None):
        values.update(_vars_file(args.vars))
    for name in values:
        _known(name, f"--vars {args.vars}", document)
    for name, text in getattr(args, "sets", ()):
        _known(name, "--set", document)
        values[name] = parse_value(name, text, document.variables[name])
    return values


def _known(name: str, option: str, document: Document) -> None:
    if name not in document.variables:
        hint = nearest(name, document.variables)
        known = hint or (f"known: {', '.join(document.variables)}" if document.variables else "the document has none")
        raise UsageError(f"{option}: no variable '{name}'; {known}")


def _vars_file(name: str) -> dict[str, Any]:
    try:
        values = json.loads(Path(name).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"--vars {name}: {error.strerror or error}") from None
    except ValueError as error:
        raise UsageError(f"--vars {name}: {error}") from None
    if not isinstance(values, dict):
        raise UsageError(f"--vars {name}: not a JSON object")
    return values


def _near_file(path: Path) -> str | None:
    folder = path.parent
    try:
        return nearest(path.name, [entry.name for entry in folder.iterdir()])
    except OSError:
        return None


def _unreadable(file: str, message: str, hint: str | None = None) -> WavyteError:
    return SchemaError(Problem("error", "document", message, file=file, hint=hint))
