"""What `validate` finds beyond the schema: templates and references resolved, assets opened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.foundation.errors import Problem, WavyteError
from wavyte_gpu.normalize.expand import Expansion, expand
from wavyte_gpu.normalize.normalizer import normalize
from wavyte_gpu.registry import registry_of
from wavyte_gpu.session.documents import DocumentFiles
from wavyte_gpu.session.scene import asset_entries
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
                _lower(comp, expansion, {entry.key: i for i, entry in enumerate(entries)}, store)
            return found
    except WavyteError as error:
        return list(error.problems)


def _lower(comp: Composition, expansion: Expansion, index: dict[str, int], store: AssetStore) -> None:
    """Raise what only the lowering to the IR finds: bounds of values, counts and nesting."""
    kinds = registry_of(comp.registry)
    normalize(
        expansion.document,
        lambda key: store.media_seconds(index[key]),
        comp.render_size,
        comp.scale,
        kinds.all_effect_kinds(),
        kinds.all_transition_kinds(),
        scopes=expansion.scopes,
    )
