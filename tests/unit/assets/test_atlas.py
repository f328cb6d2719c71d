"""Places of levels and tables in pages."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wavyte_gpu.assets.atlas import OWN_PAGE_ABOVE_PX, PAGE_SIDE_PX, Atlas
from wavyte_gpu.assets.image import mip_size

SIDE = st.one_of(st.integers(1, 300), st.integers(300, 4096), st.integers(4097, 16384))


def levels_of(size: tuple[int, int]) -> int:
    return (max(size) - 1).bit_length() + 1


def check(atlas: Atlas, images: dict[int, tuple[int, int]], gradients: list[int]) -> None:
    """Every level has its size, lies in its page, and overlaps nothing."""
    per_page: dict[int, list[tuple[int, int, int, int]]] = {}
    for owner, size in images.items():
        for m in range(levels_of(size)):
            place = atlas.place(owner, m)
            assert (place.width, place.height) == mip_size(size, m)
            per_page.setdefault(place.page, []).append(
                (place.x, place.y, place.x + place.width, place.y + place.height)
            )
    for owner in gradients:
        for k in range(5):
            place = atlas.place(owner, k)
            assert (place.width, place.height) == (1024, 1 << k)
            per_page.setdefault(place.page, []).append(
                (place.x, place.y, place.x + place.width, place.y + place.height)
            )
    for page, rects in per_page.items():
        width, height = atlas.page_sizes[page]
        r = np.array(rects)
        assert (r[:, :2] >= 0).all() and (r[:, 2] <= width).all() and (r[:, 3] <= height).all()
        apart_x = (r[:, None, 2] <= r[None, :, 0]) | (r[None, :, 2] <= r[:, None, 0])
        apart_y = (r[:, None, 3] <= r[None, :, 1]) | (r[None, :, 3] <= r[:, None, 1])
        assert (apart_x | apart_y | np.eye(len(r), dtype=bool)).all()
        assert max(width, height) <= PAGE_SIDE_PX or len(rects) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SIDE, SIDE), max_size=12), st.integers(0, 6))
def test_nothing_overlaps(sizes: list[tuple[int, int]], gradients: int) -> None:
    images = dict(enumerate(sizes))
    owners = list(range(len(sizes), len(sizes) + gradients))
    check(Atlas(images, owners), images, owners)


def test_eight_full_hd_images_share_a_page() -> None:
    images = dict.fromkeys(range(8), (1920, 1080))
    atlas = Atlas(images)
    assert len(atlas.page_sizes) == 1
    assert atlas.page_sizes[0][1] <= 2 * 1630
    check(atlas, images, [])


def test_large_images_have_pages_of_their_size() -> None:
    atlas = Atlas({0: (16384, 16384), 1: (100, 100), 2: (OWN_PAGE_ABOVE_PX + 1, 10)})
    assert atlas.page_sizes[atlas.place(0, 0).page] == (16384, 16384)
    assert atlas.page_sizes[atlas.place(0, 1).page] == (8192, 8192)
    assert atlas.place(2, 1).page == atlas.place(1, 0).page
    assert atlas.page_sizes[atlas.place(2, 0).page] == (4097, 10)


def test_places_depend_on_the_assets_alone() -> None:
    images = {i: (100 + 37 * i % 211, 80 + 53 * i % 170) for i in range(40)}
    a, b = Atlas(images, [40, 41]), Atlas(dict(images), [40, 41])
    assert [a.place(i, m) for i in images for m in range(3)] == [b.place(i, m) for i in images for m in range(3)]


def test_no_assets_no_pages() -> None:
    assert Atlas({}).page_sizes == []


def test_pages_are_as_large_as_used() -> None:
    assert Atlas({0: (451, 300)}).page_sizes == [(451, 453)]
    assert Atlas({}, [0]).page_sizes == [(1024, 31)]
