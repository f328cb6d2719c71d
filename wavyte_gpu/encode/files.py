"""Files that appear complete or not at all: written under a temporary name beside the final one, then renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from wavyte_gpu.foundation.errors import EncodeError, Problem, SchemaError

__all__ = ["check_target", "disk_error", "publish", "temporary_beside", "writing"]


def check_target(path: Path, overwrite: bool, sources: Iterable[Path] = ()) -> None:
    """Refuse an output path before work begins.

    Raises:
        SchemaError: it is a directory, its folder is missing, it exists and may not be overwritten, or it is one of the sources.
        EncodeError: the folder can't be written to.
    """
    try:
        if path.is_dir():
            raise SchemaError(
                Problem("error", "output_is_directory", f"the output {path} is a directory", file=str(path))
            )
        if not path.parent.is_dir():
            raise SchemaError(
                Problem("error", "output_folder", f"there is no folder {path.parent} for the output", file=str(path))
            )
        if path.exists() and not overwrite:
            raise SchemaError(
                Problem(
                    "error",
                    "output_exists",
                    f"{path} exists",
                    file=str(path),
                    hint="--overwrite (overwrite=True) replaces it",
                )
            )
        if path.exists() and any(source.exists() and path.samefile(source) for source in sources):
            text = "the output is a source of what is rendered"
            raise SchemaError(Problem("error", "output_is_source", text, file=str(path), hint="choose another name"))
        if not os.access(path.parent, os.W_OK):
            raise EncodeError(Problem("error", "output_folder", f"{path.parent} can't be written to", file=str(path)))
    except (OSError, ValueError) as error:
        raise disk_error(path, error) from error


def temporary_beside(path: Path) -> Path:
    """Return a name that nobody uses, in the folder of `path`, for what will become `path`."""
    return path.with_name(f".{path.stem[:80]}.{secrets.token_hex(6)}.partial{path.suffix}")


def publish(temporary: Path, path: Path, overwrite: bool) -> None:
    """Give a finished file its final name.

    Raises:
        SchemaError: the final name appeared meanwhile and may not be overwritten.
        EncodeError: the disk failed.
    """
    check_target(path, overwrite)
    try:
        os.replace(temporary, path)
    except OSError as error:
        raise disk_error(path, error) from error


@contextlib.contextmanager
def writing(path: Path, overwrite: bool) -> Iterator[Path]:
    """Give the body a temporary path to write; rename it when the body returns, remove it when it raises.

    Raises:
        SchemaError, EncodeError: see `check_target` and `publish`.
    """
    check_target(path, overwrite)
    temporary = temporary_beside(path)
    try:
        yield temporary
        publish(temporary, path, overwrite)
    except OSError as error:
        raise disk_error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def disk_error(path: object, error: BaseException) -> EncodeError:
    """Return what to raise when writing `path` failed."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return EncodeError(Problem("error", "encode", f"writing {path} failed: {reason}", file=str(path)))
