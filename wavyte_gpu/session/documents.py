"""Documents that references by file name: found below the assets root, read and checked once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from wavyte_gpu.assets.paths import resolve_source
from wavyte_gpu.foundation.errors import Problem, SchemaError
from wavyte_gpu.registry import Registry, registry_of
from wavyte_gpu.schema import load_document
from wavyte_gpu.schema.reader import brief

__all__ = ["DocumentFiles"]


class DocumentFiles:
    """Reads the documents of references.

    Args:
        base_dir: folder of the top document.
        root: nothing outside it is opened; default `base_dir`.
        registry: kinds that documents may name besides the built-in ones; None for those of installed packages.
    """

    def __init__(self, base_dir: Path, root: str | os.PathLike[str] | None, registry: Registry | None) -> None:
        self._base_dir = base_dir
        self._root = base_dir if root is None else Path(root)
        kinds = registry_of(registry)
        self._extra = (kinds.effect_kinds(), kinds.transition_kinds())
        self._read: dict[Path, Any] = {}

    def load(self, source: str, base_dir: Path | None, path: str) -> tuple[Any, Path, str]:
        """Return a document, its file and what messages call the file; see `normalize.references.Load`.

        Raises:
            SchemaError: there is no such file below the root, or it is no valid document.
        """
        folder = base_dir or self._base_dir
        file = resolve_source(source, folder, self._root, path=path)
        if isinstance(file, bytes):
            text = "a composition is a file below the assets root"
            raise SchemaError(Problem("error", "source", text, path=path, found=brief(source)))
        name = os.path.normpath(folder / source)
        if file not in self._read:
            document, _file, problems = load_document(file, None, *self._extra)
            if document is None:
                raise SchemaError([p.with_file(name) for p in problems if p.severity == "error"])
            self._read[file] = document
        return self._read[file], file, name
