"""What `validate` finds beyond the schema: templates and references resolved, assets opened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.foundation.errors import Problem, WavyteError
from wavyte_gpu.normalize.expand import expand
from wavyte_gpu.session.documents import DocumentFiles
from wavyte_gpu.session.scene import asset_entries, lower
from wavyte_gpu.session.variables import missing_variables

if TYPE_CHECKING:
    from wavyte_gpu.session.composition import Composition

__all__ = ["check_composition"]


def check_composition(comp: Composition, assets_root: str | os.PathLike[str] | None) -> list[Problem]:
    """Return the problems of a composition whose document the schema has checked."""
    files = DocumentFiles(comp.base_dir, assets_root, comp.registry)
    missing = missing_variables(comp.document, {})
    try:
        expansion = expand(comp.document, {}, files.load)
    except WavyteError as error:
        if not missing:
            return list(error.problems)
        text = "not checked beyond the schema, required variables have no value: " + ", ".join(missing)
        return [Problem("warning", "missing_variable", text, path="/variables")]
    entries, shown = asset_entries(expansion)
    try:
        with AssetStore(entries, comp.base_dir, assets_root, only=shown, strict=False) as store:
            found = store.check()
            if all(p.severity == "warning" for p in found):
                lower(comp, expansion, entries, store)
            return found
    except WavyteError as error:
        return list(error.problems)
