"""The atlas: where every mip level and gradient table lies in a few large pages that both backends share.

Places are decided once, from sizes alone: they depend on the set of assets, never on which frame is rendered first. Rectangles are
packed on shelves, the highest first. Pages take memory only where something is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from wavyte_gpu.assets.gradient import TABLE_ENTRIES, TABLE_LEVELS
from wavyte_gpu.assets.image import mip_size

__all__ = ["OWN_PAGE_ABOVE_PX", "PAGE_SIDE_PX", "Atlas", "Placement"]

PAGE_SIDE_PX = 8192
OWN_PAGE_ABOVE_PX = 4096

Size = tuple[int, int]


class Placement(NamedTuple):
    """A rectangle of texels in a page."""

    page: int
    x: int
    y: int
    width: int
    height: int


@dataclass(slots=True)
class _Shelf:
    y: int
    height: int
    x: int = 0


@dataclass(slots=True)
class _Page:
    """A page that is being filled. `width` and `height` are what is used so far."""

    width: int = 0
    height: int = 0
    closed: bool = False
    shelves: list[_Shelf] = field(default_factory=list)

    def insert(self, width: int, height: int) -> tuple[int, int] | None:
        """Return the corner where the rectangle lies from now on, or None where it does not fit."""
        if self.closed:
            return None
        for shelf in self.shelves:
            if height <= shelf.height and shelf.x + width <= PAGE_SIDE_PX:
                x, shelf.x = shelf.x, shelf.x + width
                self.width = max(self.width, shelf.x)
                return x, shelf.y
        y = self.height
        if y + height > PAGE_SIDE_PX:
            return None
        self.shelves.append(_Shelf(y, height, width))
        self.width = max(self.width, width)
        self.height = y + height
        return 0, y


class _Block(NamedTuple):
    """Levels that lie together: `parts` are (level, x, y, width, height) inside a rectangle of `width` x `height`."""

    owner: int
    width: int
    height: int
    parts: tuple[tuple[int, int, int, int, int], ...]
    own_page: bool


class Atlas:
    """Places for images and gradients.

    Args:
        images: by asset, (width, height) of its base level.
        gradients: assets that are gradients; each holds tables of 1024 * 2^k entries, k in 0..4, as 2^k rows of 1024.
        drawn: by asset, (width, height) of pictures of which few levels are used: each level lies in a page of its own.
    """

    def __init__(
        self, images: dict[int, Size], gradients: Sequence[int] = (), drawn: dict[int, Size] | None = None
    ) -> None:
        self._places: dict[tuple[int, int], Placement] = {}
        self._pages: list[_Page] = []
        blocks = [block for owner, size in images.items() for block in _image_blocks(owner, size)]
        blocks += [_gradient_block(owner) for owner in gradients]
        blocks += [block for owner, size in (drawn or {}).items() for block in _level_blocks(owner, size)]
        for block in sorted(blocks, key=lambda b: (-b.height, -b.width, b.owner)):
            page, x, y = self._insert(block)
            for level, dx, dy, width, height in block.parts:
                self._places[block.owner, level] = Placement(page, x + dx, y + dy, width, height)

    @property
    def page_sizes(self) -> list[Size]:
        """(width, height) of every page, as far as it is used."""
        return [(page.width, page.height) for page in self._pages]

    def place(self, owner: int, level: int) -> Placement:
        """Return where a mip level of an image, or a gradient's table of 1024 * 2^level entries, lies.

        Raises:
            KeyError: there is no such asset or level.
        """
        return self._places[owner, level]

    def _insert(self, block: _Block) -> tuple[int, int, int]:
        if not block.own_page:
            for index, page in enumerate(self._pages):
                corner = page.insert(block.width, block.height)
                if corner is not None:
                    return index, *corner
        page = _Page()
        self._pages.append(page)
        if block.own_page:
            page.width, page.height, page.closed = block.width, block.height, True
            return len(self._pages) - 1, 0, 0
        corner = page.insert(block.width, block.height)
        assert corner is not None, "a shared block is smaller than a page"
        return len(self._pages) - 1, *corner


def _image_blocks(owner: int, size: Size) -> Iterator[_Block]:
    """Yield the blocks of an image: each level above 4096 px alone in a page of its size, the rest of the chain in one block."""
    level = 0
    while max(size) > OWN_PAGE_ABOVE_PX:
        yield _Block(owner, *size, ((level, 0, 0, *size),), True)
        level += 1
        size = mip_size(size, 1)
    yield _chain_block(owner, level, size)


def _chain_block(owner: int, first: int, size: Size) -> _Block:
    """Return `size` and its smaller levels: level 1 below it (at its right where it is tall), the others stacked beside that."""
    width, height = size
    wide = width >= height
    parts = [(first, 0, 0, width, height)]
    right, bottom = size
    x, y = (0, height) if wide else (width, 0)
    level = first
    while size != (1, 1):
        size = mip_size(size, 1)
        level += 1
        parts.append((level, x, y, *size))
        right, bottom = max(right, x + size[0]), max(bottom, y + size[1])
        if level == first + 1:
            x, y = (x + size[0], y) if wide else (x, y + size[1])
        else:
            x, y = (x, y + size[1]) if wide else (x + size[0], y)
    return _Block(owner, right, bottom, tuple(parts), False)


def _level_blocks(owner: int, size: Size) -> Iterator[_Block]:
    for level in range((max(size) - 1).bit_length() + 1):
        width, height = mip_size(size, level)
        yield _Block(owner, width, height, ((level, 0, 0, width, height),), True)


def _gradient_block(owner: int) -> _Block:
    rows = [(k, 0, (1 << k) - 1, TABLE_ENTRIES, 1 << k) for k in range(TABLE_LEVELS)]
    return _Block(owner, TABLE_ENTRIES, (1 << TABLE_LEVELS) - 1, tuple(rows), False)
