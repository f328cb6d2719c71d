"""The asset store: every asset of a composition, prepared once, immutable, addressed by its content, used by both backends."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.atlas import Atlas, Placement
from wavyte_gpu.assets.frame_cache import FrameCache
from wavyte_gpu.assets.gradient import PreparedGradient, prepare_gradient
from wavyte_gpu.assets.image import PreparedImage, prepare_image
from wavyte_gpu.assets.known import KnownAssets
from wavyte_gpu.assets.paths import read_source, resolve_source, source_name
from wavyte_gpu.assets.picture import Picture, PreparedPicture
from wavyte_gpu.assets.picture_sequence import is_pattern, sequence_files
from wavyte_gpu.assets.request import (
    AssetEntry,
    GradientRequest,
    ImageRequest,
    SoundRequest,
    SvgRequest,
    VideoRequest,
    needs_nothing,
    request_of,
)
from wavyte_gpu.assets.shape import PathRequest, PreparedShape, prepare_path
from wavyte_gpu.assets.sound import PreparedSound, SegmentCache, prepare_sound
from wavyte_gpu.assets.text import TextFlow, TextRequest, font_sources, prepare_text, text_flow
from wavyte_gpu.assets.video import AlphaPlanes, Planes, PreparedVideo, prepare_sequence, prepare_video
from wavyte_gpu.foundation.errors import AssetError, Problem, SchemaError, WavyteError
from wavyte_gpu.ops.registry import VIDEO_LEVELS
from wavyte_gpu.raster.gradient import GradientFill
from wavyte_gpu.text import FontBook, FontFile

__all__ = ["AssetStore", "Prepared"]

Prepared = PreparedImage | PreparedVideo | PreparedSound | PreparedGradient | PreparedShape | PreparedPicture
Pixels = npt.NDArray[np.uint32]
T = TypeVar("T")
Fonts = Sequence[tuple[Path | None, str]]
"""Font sources with the folders that they are relative to."""


class AssetStore:
    """Assets by index, in document order. Calls may come from any thread.

    Args:
        entries: `AssetEntry`s, or (key, asset) pairs.
        base_dir: folder of the document.
        assets_root: nothing outside it is opened; default `base_dir`.
        only: the indices to prepare (those that something shows); default all.
        strict: raise when an asset can't be prepared. Otherwise `check` tells, and asking for such an asset raises.

    Raises:
        WavyteError: with every problem found; its class is that of the first asset that failed.
    """

    def __init__(
        self,
        entries: Iterable[AssetEntry | tuple[str, object]],
        base_dir: str | os.PathLike[str] = ".",
        assets_root: str | os.PathLike[str] | None = None,
        *,
        only: Iterable[int] | None = None,
        strict: bool = True,
    ) -> None:
        self._base_dir = Path(base_dir)
        self._root = self._base_dir if assets_root is None else Path(assets_root)
        self._strict = strict
        self._lock = threading.RLock()
        self._entries: list[AssetEntry] = []
        self._prepared: list[Prepared | None] = []
        self._errors: dict[int, WavyteError] = {}
        self._book = FontBook()
        self._atlas = Atlas({}, [])
        self._owner: list[int] = []
        self._own_paints: dict[int, tuple[int, ...]] = {}
        self._stills: dict[int, bytes] = {}
        self._sound_lock = threading.Lock()
        self._segments = SegmentCache()
        self._frames = FrameCache()
        self._sounds: dict[tuple[Path | bytes, Fraction | None], PreparedSound | None] = {}
        self._silent: list[Problem] = []
        self.files: set[Path] = set()  # whatever was read
        self._clear_pages()
        try:
            self.update(entries, only=only)
        except BaseException:
            self.close()
            raise

    def update(self, entries: Iterable[AssetEntry | tuple[str, object]], only: Iterable[int] | None = None) -> bool:
        """Replace the assets. What was prepared for equal ones stays, and the pages stay unless a still is new or moved.

        Returns:
            Whether what backends mirror, pages and video planes, is out of date.

        Raises:
            WavyteError: as the constructor does; then nothing changed.
        """
        new = [e if isinstance(e, AssetEntry) else AssetEntry(e[0], e[1]) for e in entries]
        wanted = range(len(new)) if only is None else sorted(set(only))
        with self._lock:
            before = self._prepared[: len(self._entries)]
            known = KnownAssets[Prepared](zip(self._entries, before, strict=True))
            prepared, errors = self._prepare(new, wanted, known)
            if self._strict and errors:
                _close(prepared, but=before)
                raise _combined(errors)
            self._entries, self._prepared, self._errors = new, prepared, errors
            _close(before, but=prepared)
            self._own_paints = self._add_paints()
            self._owner = self._owners()
            return self._lay_out() or _videos(before) != _videos(prepared)

    def snapshot(self) -> tuple[list[AssetEntry], list[int]]:
        """Return the assets and the indices of those that are prepared, for `update`."""
        return list(self._entries), [i for i in range(len(self._entries)) if self._prepared[i] is not None]

    def _lay_out(self) -> bool:
        """Find places for stills and gradients; keep those of before where they are the same. Return whether they are not."""
        images: dict[int, tuple[int, int]] = {}
        drawn: dict[int, tuple[int, int]] = {}
        gradients: list[int] = []
        stills: dict[int, bytes] = {}
        for i, asset in enumerate(self._prepared):
            if self._owner[i] != i or not isinstance(asset, PreparedImage | PreparedGradient | PreparedPicture):
                continue
            stills[i] = asset.content_hash
            if isinstance(asset, PreparedImage):
                images[i] = asset.size
            elif isinstance(asset, PreparedGradient):
                gradients.append(i)
            else:
                drawn[i] = asset.size
        if stills == self._stills:
            return False
        self._stills = stills
        self._atlas = Atlas(images, gradients, drawn)
        self._clear_pages()
        return True

    def _clear_pages(self) -> None:
        self._pages: list[Pixels] | None = None
        self._filled: set[tuple[int, int]] = set()
        self.uploads: list[tuple[int, int, int, int, int]] = []

    def __enter__(self) -> AssetStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._entries)

    # what assets are

    def check(self) -> list[Problem]:
        """Return every problem found while assets were opened, each at `/assets/KEY`."""
        return [*(problem for i in sorted(self._errors) for problem in self._errors[i].problems), *self.warnings()]

    def warnings(self) -> list[Problem]:
        """Return what assets could not follow, such as characters without a glyph."""
        shapes = [problem for shape in self._prepared if isinstance(shape, PreparedShape) for problem in shape.warnings]
        with self._sound_lock:
            sounds = [problem for sound in self._sounds.values() if sound is not None for problem in sound.problems]
            videos = [p for video in self._prepared if isinstance(video, PreparedVideo) for p in video.problems]
            return [*shapes, *dict.fromkeys(videos), *self._silent, *sounds]

    def image(self, asset: int) -> PreparedImage:
        """Return the image at an index."""
        return self._get(asset, PreparedImage)

    def video(self, asset: int) -> PreparedVideo:
        """Return the video at an index."""
        return self._get(asset, PreparedVideo)

    def gradient(self, asset: int) -> PreparedGradient:
        """Return the gradient at an index."""
        return self._get(asset, PreparedGradient)

    def shape(self, asset: int) -> PreparedShape:
        """Return the shape at an index."""
        return self._get(asset, PreparedShape)

    def own_paints(self, asset: int) -> tuple[int, ...]:
        """Return for each part of a shape the index, beyond those of the document's assets, of the gradient or picture that is the
        part's own, or -1. `place_table` and `place_image` know them."""
        return self._own_paints.get(asset, ())

    def is_shape(self, asset: int) -> bool:
        """Return whether the asset at an index is a prepared shape."""
        return isinstance(self._prepared[asset], PreparedShape)

    def intrinsic_size(self, asset: int) -> tuple[float, float] | None:
        """Return (width, height) in px of an image, a video or a shape, None for what takes the size it is given."""
        prepared = self._prepared[asset]
        if prepared is None and asset in self._errors:
            raise self._errors[asset]
        if isinstance(prepared, PreparedVideo):
            return prepared.display_size
        return None if prepared is None or isinstance(prepared, PreparedGradient | PreparedSound) else prepared.size

    def text_flow(self, asset: int) -> TextFlow | None:
        """Return how much room a text of a constant size takes, None for all else."""
        entry = self._entries[asset]
        request = request_of(entry.asset) if self.is_shape(asset) else None
        if not isinstance(request, TextRequest) or request.moves:
            return None
        pointer = _pointer(entry)
        others = [source for folder, source in _fonts(self._entries) if folder == entry.base_dir]
        return text_flow(request, partial(self._font, entry=entry, pointer=pointer), self._book, pointer, others)

    def pixel_size(self, asset: int) -> tuple[float, float] | None:
        """Return (width, height) of what is stored: the intrinsic size, but for videos whose pixels are not square."""
        prepared = self._prepared[asset]
        return prepared.size if isinstance(prepared, PreparedVideo) else self.intrinsic_size(asset)

    def sound(self, asset: int) -> PreparedSound | None:
        """Return the sound of an audio or of a video, None for what has none. That of a video is opened on the first call.

        A video whose sound can't be decoded is silent, which `warnings` tells.
        """
        prepared = self._prepared[asset]
        if isinstance(prepared, PreparedVideo):
            return self._open_sound(prepared.source, prepared.name, prepared.origin_s) if prepared.has_audio else None
        if prepared is None and asset in self._errors:
            raise self._errors[asset]
        return prepared if isinstance(prepared, PreparedSound) else None

    def media_seconds(self, asset: int) -> Fraction:
        """Return how long a video or a sound lasts, from the start of its file's time line."""
        prepared = self._prepared[asset]
        if isinstance(prepared, PreparedSound):
            return prepared.duration_s
        return self.video(asset).duration_s

    def is_opaque(self, asset: int) -> bool:
        """Return whether every pixel of an image, a video or a gradient has alpha 255."""
        prepared = self._prepared[asset]
        if isinstance(prepared, PreparedImage | PreparedGradient | PreparedShape):
            return prepared.opaque
        if isinstance(prepared, PreparedVideo):
            return not prepared.format.alpha
        return prepared is not None

    def image_levels(self, asset: int) -> int:
        """Return how many mip levels an image or a video has, the base included."""
        size = self.pixel_size(asset)
        if size is None:
            return 1
        levels = (int(max(size)) - 1).bit_length() + 1
        return min(levels, VIDEO_LEVELS) if isinstance(self._prepared[asset], PreparedVideo) else levels

    def content_hash(self, asset: int) -> bytes:
        """Return 16 bytes over all that decides an asset's pixels; 16 zeros for what needs no preparation."""
        prepared = self._prepared[asset]
        return bytes(16) if prepared is None or isinstance(prepared, PreparedSound) else prepared.content_hash

    def planes(self, asset: int, frame: int) -> Planes | AlphaPlanes:
        """Return the planes of frame `frame` (presentation order) of video `asset`."""
        return self.video(asset).planes(frame)

    # where pixels lie

    @property
    def page_sizes(self) -> list[tuple[int, int]]:
        """(width, height) of each page."""
        return self._atlas.page_sizes

    @property
    def pages(self) -> Sequence[Pixels]:
        """The pages, (H, W) uint32 each, premultiplied; they take memory where something was placed."""
        with self._lock:
            if self._pages is None:
                self._pages = [np.zeros((height, width), np.uint32) for width, height in self._atlas.page_sizes]
            return self._pages

    def place_image(self, asset: int, level: int) -> Placement:
        """Return where a mip level of an image lies; its texels are written there on the first call."""
        owner = self._owner[asset]
        place = self._place(owner, level)
        if (owner, level) not in self._filled:
            with self._lock:
                if (owner, level) not in self._filled:
                    image = self._prepared[owner]
                    assert isinstance(image, PreparedImage | PreparedPicture)
                    view = self._fill(place, image.level(level))
                    if level == 0 and isinstance(image, PreparedImage):
                        image._adopt_base(view)
                    self._filled.add((owner, level))
        return place

    def place_table(self, asset: int, log2_size: int) -> Placement:
        """Return where a gradient's table of 2^log2_size entries lies, 10 to 14: rows of 1024, one below the other."""
        owner = self._owner[asset]
        k = log2_size - 10
        place = self._place(owner, k)
        if (owner, k) not in self._filled:
            with self._lock:
                if (owner, k) not in self._filled:
                    self._fill(place, self.gradient(owner).table(k).reshape(place.height, place.width))
                    self._filled.add((owner, k))
        return place

    def close(self) -> None:
        """Release decoders; a second call does nothing."""
        with self._lock:
            _close(self._prepared)
            for sound in self._sounds.values():
                if sound is not None:
                    sound.close()
            self._frames.close()
            self._book.close()

    # inside

    def _prepare(
        self, entries: list[AssetEntry], wanted: Iterable[int], known: KnownAssets[Prepared]
    ) -> tuple[list[Prepared | None], dict[int, WavyteError]]:
        """Prepare assets that are not known, several at a time; decoders run outside Python's lock."""
        prepared: list[Prepared | None] = [None] * len(entries)
        jobs: list[int] = []
        same: dict[int, int] = {}
        fresh: KnownAssets[int] = KnownAssets(())
        for i in wanted:
            if needs_nothing(entries[i].asset):
                continue
            prepared[i] = known.find(entries[i])
            if prepared[i] is None:
                first = fresh.find(entries[i])
                if first is None:
                    fresh.add(entries[i], i)
                    jobs.append(i)
                else:
                    same[i] = first
        fonts = _fonts(entries)
        if len(jobs) > 1:
            with ThreadPoolExecutor(min(len(jobs), os.cpu_count() or 1), "wavyte-prepare") as pool:
                results = list(pool.map(lambda i: self._prepare_one(entries[i], fonts), jobs))
        else:
            results = [self._prepare_one(entries[i], fonts) for i in jobs]
        errors: dict[int, WavyteError] = {}
        images = {p.content_hash: p for p in self._prepared if isinstance(p, PreparedImage)}
        for i, result in zip(jobs, results, strict=True):
            if isinstance(result, WavyteError):
                errors[i] = result
            else:
                prepared[i] = (
                    images.setdefault(result.content_hash, result) if isinstance(result, PreparedImage) else result
                )
        for i, first in same.items():
            prepared[i] = prepared[first]
        return prepared, errors

    def _prepare_one(self, entry: AssetEntry, fonts: Fonts) -> Prepared | WavyteError | None:
        pointer = _pointer(entry)
        try:
            request = request_of(entry.asset)
            if isinstance(request, VideoRequest) and is_pattern(request.source):
                files = sequence_files(request.source, entry.base_dir or self._base_dir, self._root, path=pointer)
                self.files.update(files)
                rate = request.fps or entry.fps
                return prepare_sequence(files, rate, request.source, request.trim, cache=self._frames)
            if isinstance(request, ImageRequest | VideoRequest | SoundRequest | SvgRequest):
                source = self._source(request.source, entry, pointer)
                name = source_name(request.source if isinstance(source, bytes) else source)
                if isinstance(request, ImageRequest):
                    return prepare_image(source, name)
                if isinstance(request, SvgRequest):
                    from wavyte_gpu.assets.svg import prepare_svg

                    return prepare_svg(read_source(source), name, self._book, pointer)
                if isinstance(request, SoundRequest):
                    return self._sound_file(source, name)
                if request.fps is not None:
                    text = f"{name}: `fps` is for image sequences; a video has its own times"
                    raise SchemaError(Problem("error", "video_fps", text, path=pointer, hint="playback_rate"))
                return prepare_video(source, name, request.trim, cache=self._frames)
            if isinstance(request, GradientRequest):
                return prepare_gradient(request.stops)
            if isinstance(request, PathRequest):
                return prepare_path(request, entry.key, pointer)
            if isinstance(request, TextRequest):
                others = [source for folder, source in fonts if folder == entry.base_dir]
                find = partial(self._font, entry=entry, pointer=pointer)
                return prepare_text(request, find, self._book, pointer, others)
            return None
        except WavyteError as error:
            found = [p if p.path else replace(p, path=pointer) for p in error.problems]
            located = type(error)([p.with_file(entry.file) if entry.file else p for p in found])
            return located.with_traceback(error.__traceback__)

    def _sound_file(self, source: Path | bytes, name: str) -> PreparedSound:
        """Return a file's sound, opened once however many assets play it."""
        with self._sound_lock:
            found = self._sounds.get((source, None))
            if found is None:
                found = self._sounds[source, None] = prepare_sound(source, name, self._segments)
            return found

    def _open_sound(self, source: Path | bytes, name: str, origin_s: Fraction) -> PreparedSound | None:
        with self._sound_lock:
            if (source, origin_s) not in self._sounds:
                found = None
                try:
                    found = prepare_sound(source, name, self._segments, origin_s)
                except AssetError as error:
                    text = f"{name} is played without its sound: {error.problems[0].message}"
                    self._silent.append(Problem("warning", "silent_video", text, file=name))
                self._sounds[source, origin_s] = found
            return self._sounds[source, origin_s]

    def _source(self, source: str, entry: AssetEntry, pointer: str) -> Path | bytes:
        found = resolve_source(source, entry.base_dir or self._base_dir, self._root, path=pointer)
        if isinstance(found, Path):
            self.files.add(found)
        return found

    def _font(self, source: str, entry: AssetEntry, pointer: str) -> FontFile:
        found = self._source(source, entry, pointer)
        name = source_name(found)
        try:
            data = found if isinstance(found, bytes) else found.read_bytes()
        except OSError as error:
            raise AssetError(f"{name}: the font can't be read: {error.strerror or error}") from error
        return self._book.load(data, name)

    def _owners(self) -> list[int]:
        """Return for each asset the first one of equal content, whose place it shares."""
        first: dict[tuple[type, bytes], int] = {}
        owners = []
        for i, asset in enumerate(self._prepared):
            if isinstance(asset, PreparedImage | PreparedGradient | PreparedPicture):
                owners.append(first.setdefault((type(asset), asset.content_hash), i))
            else:
                owners.append(i)
        return owners

    def _add_paints(self) -> dict[int, tuple[int, ...]]:
        """Put the gradients and pictures of shapes behind the document's assets; return their places by asset and part."""
        out: dict[int, tuple[int, ...]] = {}
        for index, shape in enumerate(list(self._prepared)):
            if not isinstance(shape, PreparedShape):
                continue
            places = []
            for part in shape.parts:
                if isinstance(part.paint, GradientFill | Picture):
                    places.append(len(self._prepared))
                    paint = part.paint
                    self._prepared.append(paint.source if isinstance(paint, Picture) else PreparedGradient(paint.stops))
                else:
                    places.append(-1)
            out[index] = tuple(places)
        return out

    def _get(self, asset: int, kind: type[T]) -> T:
        prepared = self._prepared[asset]
        if not isinstance(prepared, kind):
            if asset in self._errors:
                raise self._errors[asset]
            raise TypeError(f"asset '{self._entries[asset].key}' is no {kind.__name__}")
        return prepared

    def _place(self, owner: int, level: int) -> Placement:
        try:
            return self._atlas.place(owner, level)
        except KeyError:
            if owner in self._errors:
                raise self._errors[owner] from None
            raise ValueError(f"asset '{self._entries[owner].key}' has no level {level}") from None

    def _fill(self, place: Placement, pixels: Pixels) -> Pixels:
        page = self.pages[place.page]
        view = page[place.y : place.y + place.height, place.x : place.x + place.width]
        view[...] = pixels
        self.uploads.append((place.page, place.x, place.y, place.width, place.height))
        return view


def _combined(found: dict[int, WavyteError]) -> WavyteError:
    errors = [found[i] for i in sorted(found)]
    if len(errors) == 1:
        return errors[0]
    return type(errors[0])([problem for error in errors for problem in error.problems])


def _videos(prepared: Sequence[Prepared | None]) -> dict[int, int]:
    """Return which indices hold which video."""
    return {i: id(p) for i, p in enumerate(prepared) if isinstance(p, PreparedVideo)}


def _close(prepared: Iterable[Prepared | None], *, but: Iterable[Prepared | None] = ()) -> None:
    """Close videos, except those that are also among others."""
    kept = {id(p) for p in but}
    for one in prepared:
        if isinstance(one, PreparedVideo) and id(one) not in kept:
            one.close()


def _pointer(entry: AssetEntry) -> str:
    return entry.pointer or "/assets/" + entry.key.replace("~", "~0").replace("/", "~1")


def _fonts(entries: Iterable[AssetEntry]) -> Fonts:
    """Return every font that a document's texts name, once."""
    return list(dict.fromkeys((entry.base_dir, source) for entry in entries for source in font_sources(entry.asset)))
