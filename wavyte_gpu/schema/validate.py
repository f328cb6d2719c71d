"""The doors of the schema: parse a document, or list every problem of one. Pure: opens no asset, no device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from wavyte_gpu.foundation.errors import Problem, SchemaError
from wavyte_gpu.schema.document import Document, read_document
from wavyte_gpu.schema.kinds import KindSpec
from wavyte_gpu.schema.source import Source, locate, parse_json, read_source
from wavyte_gpu.schema.spec import errors_of

__all__ = ["load_document", "parse_document"]

Kinds = Mapping[str, KindSpec] | None


def parse_document(source: dict[str, Any], extra_effects: Kinds = None, extra_transitions: Kinds = None) -> Document:
    """Return the canonical document of a JSON object.

    Args:
        source: the parsed JSON.
        extra_effects, extra_transitions: kinds of third parties by name.

    Raises:
        SchemaError: with every error found.
    """
    document, problems = read_document(source, extra_effects, extra_transitions)
    if document is None:
        raise SchemaError(errors_of(problems))
    return document


def load_document(
    source: Source,
    stdin: IO[bytes] | IO[str] | None = None,
    extra_effects: Kinds = None,
    extra_transitions: Kinds = None,
) -> tuple[Document | None, str | None, list[Problem]]:
    """Return the document of a path, a text, `-` or a dict, its file, and every problem with its place in the text.

    The document is None when there are errors.
    """
    data, file, text, problems = read_source(source, stdin)
    if problems:
        return None, file, problems
    found: list[Problem] = []
    if text is not None:
        data, found = parse_json(text)
        if data is None and found:
            return None, file, _with_file(found, file)
    document, more = read_document(data, extra_effects, extra_transitions)
    if text is not None:
        more = locate(text, more)
    return (None if found else document), file, _with_file([*found, *more], file)


def _with_file(problems: list[Problem], file: str | None) -> list[Problem]:
    return [problem.with_file(file) for problem in problems] if file else problems
