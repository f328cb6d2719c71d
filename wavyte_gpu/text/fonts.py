"""Fonts: files checked and loaded once by content, instances of variable fonts, and the font that ships with the package.

System fonts are never searched, so that a document looks the same everywhere: a text uses the files that it names, then the
shipped font.
"""

from __future__ import annotations

import math
import struct
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
import uharfbuzz as hb  # type: ignore[import-untyped]

from wavyte_gpu.foundation.errors import AssetError, Problem, nearest
from wavyte_gpu.foundation.hashing import Hasher
from wavyte_gpu.raster.outline import Outline

__all__ = ["DEFAULT_FONT", "MAX_FONT_BYTES", "Axis", "FontBook", "FontFile", "FontInstance", "Lru", "check_font"]

DEFAULT_FONT = Path(__file__).parent / "data" / "InterVariable.ttf"
MAX_FONT_BYTES = 256 << 20
MAX_FILES, MAX_INSTANCES, MAX_CACHE_BYTES = 64, 512, 64 << 20

_WRAPPED = {b"wOFF": "WOFF", b"wOF2": "WOFF2"}
_KINDS = (b"\0\1\0\0", b"OTTO", b"true")
_OUTLINES = frozenset((b"glyf", b"CFF ", b"CFF2", b"CBDT", b"sbix", b"COLR", b"SVG "))

K = TypeVar("K")
V = TypeVar("V")


class Lru(Generic[K, V]):
    """A cache bounded by a sum of costs, safe between threads; what was used longest ago goes first."""

    def __init__(self, bound: int, cost: Callable[[V], int] = lambda _: 1) -> None:
        self.bound = bound
        self._cost = cost
        self._items: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._total = 0
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return what is stored under `key`; `make` it first if it is not there."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key][0]
        value = make()
        with self._lock:
            if key in self._items:
                return self._items[key][0]
            cost = self._cost(value)
            self._items[key] = value, cost
            self._total += cost
            while self._total > self.bound and len(self._items) > 1:
                self._total -= self._items.popitem(last=False)[1][1]
        return value

    def __contains__(self, key: K) -> bool:
        return key in self._items

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._items.clear()
            self._total = 0

    def __len__(self) -> int:
        return len(self._items)


@dataclass(frozen=True, slots=True)
class Axis:
    """A variation axis in design units."""

    tag: str
    low: float
    default: float
    high: float


@dataclass(frozen=True, eq=False)
class FontFile:
    """One face of a font file, immutable.

    Attributes:
        name: how messages name it.
        digest: 16 bytes over the file's content and the face's index.
        upem: font units to the em.
        axes: of a variable font, in the file's order.
        coverage: sorted code points that have a glyph, uint32.
        warnings: what is wrong with the file without stopping it.
    """

    name: str
    digest: bytes
    index: int
    face: hb.Face = field(repr=False)
    upem: int
    axes: tuple[Axis, ...]
    coverage: npt.NDArray[np.uint32] = field(repr=False)
    warnings: tuple[Problem, ...]

    def covers(self, chars: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
        """Return which characters have a glyph of their own. Same shape as `chars`."""
        at = np.searchsorted(self.coverage, chars)
        found: npt.NDArray[np.bool_] = self.coverage[np.minimum(at, len(self.coverage) - 1)] == chars
        return found

    @cached_property
    def has_colour(self) -> bool:
        """Whether some glyphs carry colours of their own."""
        face = self.face
        return bool(face.has_color_layers or face.has_color_paint or face.has_color_png or face.has_color_svg)

    @cached_property
    def family(self) -> str:
        """The family's name as the file states it, or an empty text."""
        return self.face.get_name(hb.OTNameIdPredefined.FONT_FAMILY) or ""


class FontInstance:
    """A face at one place of its design space, scaled so that one unit is one font unit. Immutable.

    Attributes:
        file: the face.
        coords: the axes that differ from their defaults, sorted by tag.
        key: 16 bytes that name the instance by content.
        ascent, descent: font units above and below the baseline, both positive as a rule.
    """

    __slots__ = ("ascent", "coords", "descent", "file", "font", "key", "space_advance")

    def __init__(self, file: FontFile, coords: tuple[tuple[str, float], ...]) -> None:
        self.file = file
        self.coords = coords
        self.font = hb.Font(file.face)
        if coords:
            self.font.set_variations(dict(coords))
        extents = self.font.get_font_extents("ltr")
        self.ascent, self.descent = extents.ascender, -extents.descender
        if self.ascent + self.descent <= 0:
            self.ascent, self.descent = round(0.8 * file.upem), round(0.2 * file.upem)
        space = self.font.get_nominal_glyph(0x20)
        self.space_advance = self.font.get_glyph_h_advance(space) if space else file.upem // 4
        hasher = Hasher().bytes(file.digest).u32(len(coords))
        for tag, value in coords:
            hasher.text(tag).f64(value)
        self.key = hasher.digest()

    @property
    def upem(self) -> int:
        """Font units to the em."""
        return self.file.upem

    def __repr__(self) -> str:
        return f"FontInstance({self.file.name!r}, {dict(self.coords)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FontInstance) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __reduce__(self) -> str:
        raise TypeError("a font instance belongs to its process")


class FontBook:
    """The owner of loaded fonts and of what is cached of them. Safe between threads; `close` lets everything go."""

    def __init__(self) -> None:
        self._files: Lru[tuple[bytes, int], FontFile] = Lru(MAX_FILES)
        self._instances: Lru[tuple[bytes, tuple[tuple[str, float], ...]], FontInstance] = Lru(MAX_INSTANCES)
        self._default: FontFile | None = None
        self._lock = threading.Lock()
        self._closed = False
        self.glyphs: Lru[tuple[bytes, int, str], object] = Lru(MAX_CACHE_BYTES, _bytes_of)
        self.joined: Lru[tuple[object, ...], Outline] = Lru(MAX_CACHE_BYTES, _bytes_of)
        self.shaped: Lru[bytes, object] = Lru(MAX_CACHE_BYTES, _bytes_of)

    def load(self, data: bytes, name: str, index: int = 0) -> FontFile:
        """Return the face `index` of a font file, checked and loaded once by content.

        Raises:
            AssetError: `corrupt_font`, `unsupported_font`; the message names `name` and the reason.
        """
        self._alive()
        return self._files.get((Hasher().bytes(data).digest(), index), lambda: _load(data, name, index))

    def default(self) -> FontFile:
        """Return the font that ships with the package."""
        self._alive()
        with self._lock:
            if self._default is None:
                self._default = _load(DEFAULT_FONT.read_bytes(), DEFAULT_FONT.name, 0)
            return self._default

    def instance(self, file: FontFile, axes: Mapping[str, float] | None = None) -> FontInstance:
        """Return `file` at `axes`; unknown axes are left out and values clamped, as `design_coords` reports."""
        self._alive()
        coords, _ = design_coords(file, axes or {}, None)
        return self._instances.get((file.digest, coords), lambda: FontInstance(file, coords))

    def close(self) -> None:
        """Let every font go. Instances that are still referenced stay usable."""
        self._closed = True
        self._default = None
        for cache in (self._files, self._instances, self.glyphs, self.joined, self.shaped):
            cache.clear()

    def _alive(self) -> None:
        if self._closed:
            raise ValueError("the font book is closed")

    def __enter__(self) -> FontBook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _bytes_of(value: object) -> int:
    return int(getattr(value, "nbytes", 256))


def design_coords(
    file: FontFile, axes: Mapping[str, float], weight: float | None
) -> tuple[tuple[tuple[str, float], ...], list[Problem]]:
    """Return the coordinates that differ from the defaults, sorted by tag, and what could not be followed.

    Args:
        axes: values by tag.
        weight: value of `wght` where `axes` has none.
    """
    known = {axis.tag: axis for axis in file.axes}
    wanted = dict(axes)
    problems = []
    if weight is not None and "wght" not in wanted:
        if "wght" in known:
            wanted["wght"] = min(max(weight, known["wght"].low), known["wght"].high)
        elif weight != 400.0:
            text = f"{file.name} has one weight only, {weight:g} is not followed"
            problems.append(Problem("warning", "font_axis", text, found=f"{weight:g}"))
    coords = []
    for tag in sorted(wanted):
        value = float(wanted[tag])
        axis = known.get(tag)
        if axis is None:
            allowed = ", ".join(known) or "none: the font does not vary"
            text = f"{file.name} has no axis '{tag}'"
            problems.append(Problem("warning", "font_axis", text, found=tag, allowed=allowed, hint=nearest(tag, known)))
            continue
        if math.isnan(value):
            value = axis.default
        inside = min(max(value, axis.low), axis.high)
        if inside != value:
            text = f"axis '{tag}' of {file.name} is clamped to {inside:g}"
            span = f"{axis.low:g} to {axis.high:g}"
            problems.append(Problem("warning", "font_axis", text, found=f"{value:g}", allowed=span))
        if inside != axis.default:
            coords.append((tag, inside + 0.0))
    return tuple(coords), problems


def _load(data: bytes, name: str, index: int) -> FontFile:
    warnings = check_font(data, name, index)
    try:
        face = hb.Face(data, index)
        coverage = np.sort(np.fromiter(face.unicodes, np.uint32))
        axes = tuple(
            Axis(a.tag, min(a.min_value, a.default_value), a.default_value, max(a.max_value, a.default_value))
            for a in (face.axis_infos if face.has_var_data else ())
        )
        glyphs, upem = face.glyph_count, face.upem
    except (hb.HarfBuzzError, ValueError, UnicodeError, MemoryError) as error:
        raise _corrupt(name, str(error)) from error
    if glyphs == 0:
        raise _corrupt(name, "it has no glyphs")
    if len(coverage) == 0:
        raise _corrupt(name, "its character map is empty or damaged")
    digest = Hasher().bytes(data).u32(index).digest()
    return FontFile(name, digest, index, face, upem, axes, coverage, tuple(warnings))


def _corrupt(name: str, reason: str) -> AssetError:
    return AssetError(Problem("error", "corrupt_font", f"{name} is not a font that can be used: {reason}", file=name))


def check_font(data: bytes, name: str, index: int = 0) -> list[Problem]:
    """Check the frame of an OpenType file and return warnings; HarfBuzz checks every table that it reads.

    Raises:
        AssetError: with the file's name and the reason.
    """
    size = len(data)
    head = data[:4]
    if size > MAX_FONT_BYTES:
        raise _corrupt(name, f"{size} bytes are more than the {MAX_FONT_BYTES} that are read")
    if head in _WRAPPED:
        text = f"{name} is a compressed web font ({_WRAPPED[head]})"
        hint = "convert it to TTF or OTF"
        raise AssetError(Problem("error", "unsupported_font", text, file=name, allowed="TTF, OTF, TTC, OTC", hint=hint))
    start = 0
    if head == b"ttcf":
        if size < 12:
            raise _corrupt(name, "the collection is cut short")
        (count,) = struct.unpack_from(">I", data, 8)
        if not 0 <= index < count:
            raise _corrupt(name, f"the collection has {count} faces, there is no number {index}")
        if 12 + 4 * (index + 1) > size:
            raise _corrupt(name, "the collection is cut short")
        (start,) = struct.unpack_from(">I", data, 12 + 4 * index)
        head = data[start : start + 4]
    elif index:
        raise _corrupt(name, f"it holds one face, there is no number {index}")
    if head not in _KINDS:
        raise _corrupt(name, "it does not begin as TrueType or OpenType does" if size else "it is empty")
    if start + 12 > size:
        raise _corrupt(name, "the file is cut short")
    (count,) = struct.unpack_from(">H", data, start + 4)
    if start + 12 + 16 * count > size:
        raise _corrupt(name, "the table directory is cut short")
    found: dict[bytes, tuple[int, int]] = {}
    changed = []
    for record in range(count):
        tag, checksum, offset, length = struct.unpack_from(">4sIII", data, start + 12 + 16 * record)
        if offset + length > size:
            raise _corrupt(name, f"table '{_tag(tag)}' reaches beyond the end of the file")
        found.setdefault(tag, (offset, length))
        if _checksum(data, tag, offset, length) != checksum:
            changed.append(_tag(tag))
    for tag in (b"cmap", b"head", b"maxp", b"hhea", b"hmtx"):
        if not found.get(tag, (0, 0))[1]:
            raise _corrupt(name, f"table '{_tag(tag)}' is missing")
    if not _OUTLINES & found.keys():
        raise _corrupt(name, "it has neither outlines nor pictures")
    offset, length = found[b"head"]
    if length < 54 or struct.unpack_from(">I", data, offset + 12)[0] != 0x5F0F3CF5:
        raise _corrupt(name, "table 'head' is damaged")
    upem = struct.unpack_from(">H", data, offset + 18)[0]
    if not 16 <= upem <= 16384:
        raise _corrupt(name, f"{upem} units per em are outside 16 to 16384")
    if found[b"hhea"][1] < 36 or found[b"maxp"][1] < 6:
        raise _corrupt(name, "table 'hhea' or 'maxp' is cut short")
    if changed:
        text = f"{name} may be damaged: the checksum of {', '.join(changed)} is wrong"
        return [Problem("warning", "font_checksum", text, file=name)]
    return []


def _tag(tag: bytes) -> str:
    return tag.decode("latin-1").encode("ascii", "backslashreplace").decode("ascii")


def _checksum(data: bytes, tag: bytes, offset: int, length: int) -> int:
    """Return the sum of a table's big-endian u32 words modulo 2^32, that of `head` without its adjustment."""
    table = data[offset : offset + length]
    if tag == b"head" and length >= 12:
        table = table[:8] + bytes(4) + table[12:]
    table += bytes(-length % 4)
    return int(np.frombuffer(table, ">u4").sum(dtype=np.uint64)) & 0xFFFFFFFF
