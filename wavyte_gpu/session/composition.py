"""A composition as users hold it: a checked document, where it came from, and how large it renders. Immutable and picklable."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xxhash

from wavyte_gpu.foundation.errors import LimitError, Problem, SchemaError

if TYPE_CHECKING:
    from wavyte_gpu.registry import Registry
    from wavyte_gpu.schema import Document

__all__ = ["Composition", "load", "validate_schema"]

_MAX_SIDE_PX = 16383


class Composition:
    """A valid document.

    Attributes:
        document: the canonical models (`wavyte_gpu.doc`).
        file: where it was read from, or None. base_dir: the folder that its sources are relative to.
        scale: how much larger than its canvas it renders.
        warnings: what the schema warned of.
    """

    __slots__ = ("_hash", "base_dir", "document", "file", "registry", "scale", "warnings")

    def __init__(
        self,
        document: Document,
        *,
        base_dir: Path | None = None,
        file: str | None = None,
        scale: float = 1.0,
        registry: Registry | None = None,
        warnings: Sequence[Problem] = (),
    ) -> None:
        self.document = document
        self.base_dir = base_dir or Path()
        self.file = file
        self.scale = scale
        self.registry = registry
        self.warnings = tuple(warnings)
        text = json.dumps(document.to_json(), sort_keys=True, separators=(",", ":")) + repr(scale)
        self._hash = xxhash.xxh3_128_hexdigest(text.encode())

    @classmethod
    def from_json(
        cls, source: str | os.PathLike[str] | Mapping[str, Any], registry: Registry | None = None
    ) -> Composition:
        """Read a document.

        Args:
            source: a path, a text that begins with "{", or a dict.
            registry: the kinds that it may name besides the built-in ones; default those of installed packages.

        Raises:
            SchemaError: with every problem found. LimitError: it nests too deep.
        """
        document, file, problems = _read(source, registry)
        if document is None:
            errors = [p for p in problems if p.severity == "error"]
            raise (LimitError if all(p.code == "limit" for p in errors) else SchemaError)(errors)
        return cls(
            document,
            base_dir=Path(file).parent if file is not None else None,
            file=file,
            registry=registry,
            warnings=problems,
        )

    def to_json(self) -> str:
        """Return the canonical text; `from_json` of it gives an equal composition."""
        return json.dumps(self.document.to_json(), indent=2, ensure_ascii=False) + "\n"

    @property
    def width(self) -> int:
        """Width of the canvas in px, before `scale`."""
        return int(self.document.canvas.width)

    @property
    def height(self) -> int:
        """Height of the canvas in px, before `scale`."""
        return int(self.document.canvas.height)

    @property
    def fps(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.document.fps.num, self.document.fps.den)

    @property
    def duration(self) -> int:
        """Length in frames."""
        return int(self.document.duration)

    @property
    def render_size(self) -> tuple[int, int]:
        """Width and height of the frames in px."""
        w, h = (int(n * self.scale + 0.5) for n in (self.width, self.height))
        return max(w, 1), max(h, 1)

    def with_overrides(
        self, *, size: tuple[int, int] | None = None, scale: float | None = None, seed: int | None = None
    ) -> Composition:
        """Return the same composition on another canvas, at another scale or with another seed.

        Raises:
            SchemaError: a value is not allowed.
        """
        raw = self.document.to_json()
        if size is not None:
            raw["canvas"] = {**raw["canvas"], "width": size[0], "height": size[1]}
        if seed is not None:
            raw["seed"] = seed
        changed = self if size is None and seed is None else Composition.from_json(raw, self.registry)
        wanted = self.scale if scale is None else scale
        if not 0.0 < wanted <= 64.0:
            raise SchemaError(
                Problem(
                    "error", "option", "the scale is out of range", found=repr(scale), allowed="above 0, at most 64"
                )
            )
        made = self._copy(changed.document, wanted, self.registry)
        if max(made.render_size) > _MAX_SIDE_PX:
            found = "{}x{}".format(*made.render_size)
            allowed = f"at most {_MAX_SIDE_PX} px a side"
            raise LimitError(Problem("error", "limit", "the scaled canvas is too large", found=found, allowed=allowed))
        return made

    def with_registry(self, registry: Registry) -> Composition:
        """Return the same composition, read with other kinds.

        Raises:
            SchemaError: it names kinds that neither `registry` nor the built-in ones hold.
        """
        if registry == self.registry:
            return self
        document = Composition.from_json(self.document.to_json(), registry).document
        return self._copy(document, self.scale, registry)

    def _copy(self, document: Document, scale: float, registry: Registry | None) -> Composition:
        return _restore(document, self.base_dir, self.file, scale, registry, self.warnings)

    def check(self, assets_root: str | os.PathLike[str] | None = None) -> list[Problem]:
        """Return every problem of the document and its assets, which are opened.

        Variables have their defaults; where a required one has none, what depends on it is not checked.
        """
        from wavyte_gpu.session.check import check_composition

        return self.located([*self.warnings, *check_composition(self, assets_root)])

    def located(self, problems: Sequence[Problem]) -> list[Problem]:
        """Return problems of this composition with file, line and column, where those can be told."""
        from wavyte_gpu.schema.source import locate_in_files

        return locate_in_files(problems, self.file)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Composition) and self._hash == other._hash

    def __hash__(self) -> int:
        return hash(self._hash)

    def __repr__(self) -> str:
        w, h = self.render_size
        return f"<Composition {w}x{h}, {self.duration} frames at {self.fps} fps>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.document, self.base_dir, self.file, self.scale, self.registry, self.warnings)


def _restore(
    document: Document,
    base_dir: Path,
    file: str | None,
    scale: float,
    registry: Registry | None,
    warnings: Sequence[Problem],
) -> Composition:
    return Composition(document, base_dir=base_dir, file=file, scale=scale, registry=registry, warnings=warnings)


def validate_schema(
    source: str | os.PathLike[str] | Mapping[str, Any], registry: Registry | None = None
) -> list[Problem]:
    """Return every problem of a document, warnings included; opens no asset and no device.

    Args:
        source, registry: as `Composition.from_json` takes them.
    """
    return _read(source, registry)[2]


def _read(
    source: str | os.PathLike[str] | Mapping[str, Any], registry: Registry | None
) -> tuple[Document | None, str | None, list[Problem]]:
    from wavyte_gpu.registry import registry_of
    from wavyte_gpu.schema import load_document

    kinds = registry_of(registry)
    if isinstance(source, Mapping):
        source = dict(source)
    return load_document(source, None, kinds.effect_kinds(), kinds.transition_kinds())


def load(path: str | os.PathLike[str]) -> Composition:
    """Read a composition from a file."""
    return Composition.from_json(Path(path))
