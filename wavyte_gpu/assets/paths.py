"""Where a `source` points: a file below the assets root, or the bytes of a `data:` URI."""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from pathlib import Path
from urllib.parse import unquote_to_bytes

from wavyte_gpu.foundation.errors import AssetError, LimitError, Problem, SchemaError, nearest

__all__ = ["MAX_DATA_URI_BYTES", "read_source", "resolve_source", "source_name"]

MAX_DATA_URI_BYTES = 256 << 20

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+:")  # two letters or more, so that a Windows drive is a path


def source_name(source: str | Path | bytes) -> str:
    """Return how messages name a source: the path, or the head of a `data:` URI."""
    if isinstance(source, bytes):
        return f"data of {len(source)} bytes"
    text = str(source)
    return text if len(text) <= 120 and not text.startswith("data:") else text[:60] + "..."


def resolve_source(
    source: str, base_dir: str | os.PathLike[str], assets_root: str | os.PathLike[str] | None = None, *, path: str = ""
) -> Path | bytes:
    """Return the file that `source` names, or the bytes of a `data:` URI.

    Args:
        source: as the document states it; relative to `base_dir`.
        base_dir: folder of the file that contains the source.
        assets_root: the folder that nothing may leave, symbolic links followed; default `base_dir`.
        path: JSON Pointer for the problem.

    Returns:
        An absolute path without symbolic links to a readable regular file, or the bytes.

    Raises:
        SchemaError: `missing_asset`, `outside_assets_root`, `not_a_file`, `remote_source`.
        AssetError: it can't be read, or a `data:` URI is malformed.
        LimitError: a `data:` URI is too long.
    """
    if source[:5].lower() == "data:":
        return _decode_data_uri(source, path)
    match = _SCHEME.match(source)
    if match:
        raise SchemaError(
            Problem(
                "error",
                "remote_source",
                f"sources are files below the assets root or data: URIs, '{match.group()}' is neither",
                path=path,
                found=source_name(source),
                allowed="a relative path, data:",
                hint="download it next to the document",
            )
        )
    if not source or "\0" in source:
        raise SchemaError(
            Problem("error", "missing_asset", "the source names no file", path=path, found=repr(source[:60]))
        )
    root = Path(os.path.realpath(base_dir if assets_root is None else assets_root))
    try:
        resolved = Path(os.path.realpath(Path(base_dir) / source))
        inside = resolved.is_relative_to(root)
        info = resolved.stat() if inside else None
    except FileNotFoundError as error:
        hint = None
        if resolved.parent.is_dir():
            files = [Path(name) for name in sorted(os.listdir(resolved.parent))[:2000]]
            alike = [file.name for file in files if file.suffix == resolved.suffix or file.stem == resolved.stem]
            hint = nearest(resolved.name, alike)
        raise SchemaError(
            Problem("error", "missing_asset", f"no such file: {resolved}", path=path, found=source, hint=hint)
        ) from error
    except NotADirectoryError as error:
        raise SchemaError(
            Problem("error", "missing_asset", f"no such file: {resolved}", path=path, found=source)
        ) from error
    except (OSError, ValueError) as error:  # too long a name, a loop of links, a folder that may not be entered
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AssetError(
            Problem("error", "unreadable_asset", f"can't open {source_name(source)}: {reason}", path=path)
        ) from error
    if info is None:
        raise SchemaError(
            Problem(
                "error",
                "outside_assets_root",
                f"'{source_name(source)}' leaves the assets root {root}",
                path=path,
                found=str(resolved),
                allowed=f"files below {root}",
                hint="give a wider root with --assets",
            )
        )
    if not stat.S_ISREG(info.st_mode):
        what = "a directory" if stat.S_ISDIR(info.st_mode) else "no regular file"
        raise SchemaError(Problem("error", "not_a_file", f"{resolved} is {what}", path=path, found=source))
    if not os.access(resolved, os.R_OK):
        raise AssetError(
            Problem("error", "unreadable_asset", f"{resolved} can't be read: permission denied", path=path)
        )
    return resolved


def read_source(source: Path | bytes) -> bytes:
    """Return a resolved source's bytes.

    Raises:
        AssetError: the file can't be read.
    """
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError as error:
        raise AssetError(
            Problem("error", "unreadable_asset", f"{source} can't be read: {error.strerror}", file=str(source))
        ) from error


def _decode_data_uri(source: str, path: str) -> bytes:
    """Decode `data:[type][;base64],payload` (RFC 2397)."""
    if len(source) > 2 * MAX_DATA_URI_BYTES:
        raise LimitError(
            Problem(
                "error",
                "data_uri_size",
                "the data: URI is too long",
                path=path,
                found=f"{len(source)} characters",
                allowed=f"{MAX_DATA_URI_BYTES} bytes",
            )
        )
    head, comma, payload = source[5:].partition(",")
    try:
        if not comma:
            raise ValueError("there is no comma between type and data")
        raw = unquote_to_bytes(payload)
        if head.lower().replace(" ", "").endswith(";base64"):
            raw = b"".join(raw.split())
            raw = base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=None, validate=True)
    except (ValueError, binascii.Error) as error:
        raise AssetError(
            Problem(
                "error",
                "data_uri",
                f"malformed data: URI: {error}",
                path=path,
                found=source_name(source),
                allowed="data:[type][;base64],payload",
            )
        ) from error
    return raw
