"""A composition with values for its variables, ready to be evaluated: expanded, its assets prepared, its IR made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wavyte_gpu.assets.request import AssetEntry
from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.eval.evaluator import Evaluator
from wavyte_gpu.foundation.errors import WavyteError
from wavyte_gpu.normalize.expand import Expansion, expand
from wavyte_gpu.normalize.expand_assets import AssetPlace
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.normalize.normalizer import normalize
from wavyte_gpu.normalize.references import Load
from wavyte_gpu.normalize.support import all_assets, shown_assets
from wavyte_gpu.registry import registry_of
from wavyte_gpu.session.composition import Composition
from wavyte_gpu.session.media import SessionMedia
from wavyte_gpu.session.wrapping import wrap_texts

__all__ = ["Scene", "asset_entries", "lower", "make_scene"]


_NOWHERE = AssetPlace("")


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a session renders until its variables change.

    Attributes:
        digest: the content hashes of all stills and gradients.
        moved: whether what backends mirror of the assets is out of date.
    """

    expansion: Expansion
    ir: CompositionIR
    media: SessionMedia
    digest: bytes
    moved: bool


def asset_entries(expansion: Expansion) -> tuple[list[AssetEntry], list[int]]:
    """Return every asset of an expanded document, and the indices of those that something shows."""
    entries = []
    rate = expansion.document.fps.fraction
    for key, asset in all_assets(expansion.document).items():
        place = expansion.assets.get(key.partition("\0")[0], _NOWHERE)  # shapes of masks have no key
        entries.append(AssetEntry(key, asset, place.base_dir, place.path, place.file, rate))
    shown = shown_assets(expansion.document)
    return entries, [i for i, entry in enumerate(entries) if entry.key in shown]


def lower(comp: Composition, expansion: Expansion, entries: Sequence[AssetEntry], store: AssetStore) -> CompositionIR:
    """Return the IR of an expanded composition.

    Args:
        store: holds the assets that `entries` lists.

    Raises:
        WavyteError: values, counts or nesting exceed what the IR holds, an expression is wrong.
    """
    kinds = registry_of(comp.registry)
    index = {entry.key: i for i, entry in enumerate(entries)}
    try:
        return normalize(
            expansion.document,
            lambda key: store.media_seconds(index[key]),
            comp.render_size,
            comp.scale,
            kinds.all_effect_kinds(),
            kinds.all_transition_kinds(),
            scopes=expansion.scopes,
        )
    except WavyteError as error:
        raise type(error)([expansion.placed(problem) for problem in error.problems]) from error


def make_scene(comp: Composition, values: Mapping[str, Any], store: AssetStore, load: Load) -> Scene:
    """Expand a composition, prepare what is new of its assets, and normalise it.

    Args:
        values: canonical values of variables.
        store: its assets become those of the composition.

    Raises:
        WavyteError: see `RenderSession`. The store then holds what it held before.
    """
    expansion = expand(comp.document, values, load)
    entries, shown = asset_entries(expansion)
    before = store.snapshot()
    moved = store.update(entries, only=shown)
    try:
        ir = lower(comp, expansion, entries, store)
        media = SessionMedia(store, ir)

        def evaluator() -> Evaluator:
            program = ir.expressions.bind(values) if ir.expressions is not None else None
            return Evaluator(ir, media, registry_of(comp.registry), program)

        wrapped = wrap_texts(entries, ir, media, store, evaluator) if len(ir.layout) else None
        if wrapped is not None:
            moved |= store.update(wrapped, only=shown)
        return Scene(expansion, ir, media, media.content_digest(ir), moved)
    except BaseException:
        store.update(*before)
        raise
