"""Finding what was prepared for an equal asset, so that equal assets are prepared once and survive changes of others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Generic, TypeVar

from wavyte_gpu.assets.request import AssetEntry

__all__ = ["KnownAssets"]

T = TypeVar("T")


class KnownAssets(Generic[T]):
    """Assets and what belongs to them. Those that name no file and hold no text are equal only under the same key."""

    def __init__(self, pairs: Iterable[tuple[AssetEntry, T | None]]) -> None:
        self._buckets: dict[Hashable, list[tuple[AssetEntry, T]]] = {}
        for entry, value in pairs:
            if value is not None:
                self.add(entry, value)

    def add(self, entry: AssetEntry, value: T) -> None:
        """Remember what belongs to an asset."""
        self._buckets.setdefault(_bucket(entry), []).append((entry, value))

    def find(self, entry: AssetEntry) -> T | None:
        """Return what belongs to an equal asset."""
        for known, value in self._buckets.get(_bucket(entry), ()):
            if known.asset is entry.asset or known.asset == entry.asset:
                return value
        return None


def _bucket(entry: AssetEntry) -> Hashable:
    asset: Any = entry.asset
    runs = getattr(asset, "runs", None)
    texts = (
        getattr(asset, "source", None),
        getattr(asset, "text", None),
        getattr(asset, "svg_path_d", None),
        tuple(run.text for run in runs) if runs else None,
    )
    return type(asset), entry.base_dir, texts if any(t is not None for t in texts) else entry.key
