"""Glyphs whose edges meet, as those of joined letters do, made to one outline: no pixel counts twice what they share.

A group is united in font units and kept, so that a word costs once, whatever its place and size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.raster.flatten import flatten
from wavyte_gpu.raster.outline import Outline
from wavyte_gpu.raster.overlaps import without_overlaps
from wavyte_gpu.raster.unite import MOST_VERBS, next_points
from wavyte_gpu.text.fonts import FontBook

__all__ = ["GlyphShape", "Joined", "unite_joined"]

F64s = npt.NDArray[np.float64]
I64s = npt.NDArray[np.int64]
I32s = npt.NDArray[np.int32]
Place = tuple[int, float, float, float]
"""A glyph of a group: its shape, how much larger its font unit is than the first one's, and x, y in units of the first."""

_MOST_BOXES = 1 << 21  # pairs of glyphs of a text whose boxes are compared
_MOST_PAIRS = 1 << 14  # different pairs of a text that are looked at, about 10 us each
_MOST_VERBS = 100_000  # of a text's different groups that are united, about 8 us each
_GRID = 64.0  # places are rounded to this part of a font unit
_FINE = 8.0  # groups are united in this part of one
_EM = 64.0  # edges are compared at this size, px,
_SLACK = 1.0 / 32.0  # which is what flattening moves them by
_CHUNK = 64  # pairs at once
_MOST_EDGES = 1 << 16  # pairs of edges of one pair of glyphs: of more they are taken to meet
_FAR = 16.0  # em that a glyph may reach
_FAR_PX = 1e9  # glyphs further away meet no other
_NOTHING = np.full((2, 2), np.nan)


class GlyphShape(NamedTuple):
    """A glyph of a font: its key in the book, font units to the em, and its outline in font units."""

    key: tuple[bytes, int]
    upem: int
    outline: Outline


class Joined(NamedTuple):
    """Glyphs of a text, ascending, and the outline in px that fills as they do."""

    glyphs: list[int]
    outline: Outline


def unite_joined(
    book: FontBook,
    shapes: Sequence[GlyphShape],
    drawn_as: Sequence[int],
    size: F64s,
    at: F64s,
    unit: I32s | None = None,
) -> list[Joined]:
    """Return the groups of glyphs that meet; all others stay as they are, and so does what is beyond the limits.

    Args:
        drawn_as: which of `shapes` each glyph has, G in all.
        size: (G,) px to the em.
        at: (G, 2) px, the glyphs' origins.
        unit: (G,) glyphs of different units move apart and are not united.
    """
    kinds = np.array(drawn_as, np.int64)
    unit_px = size / np.array([shape.upem for shape in shapes])[kinds]
    groups = _groups(shapes, kinds, size, at, unit)
    keys: list[tuple[object, ...]] = []
    new: dict[tuple[object, ...], list[Place]] = {}
    verbs = 0
    for group in groups:
        first = group[0]
        ratio = unit_px[group] / unit_px[first]
        xy = np.floor((at[group] - at[first]) / unit_px[first] * _GRID + 0.5) / _GRID + 0.0
        places = list(zip(kinds[group].tolist(), ratio.tolist(), *xy.T.tolist(), strict=True))
        key: tuple[object, ...] = tuple((shapes[kind].key, *place) for kind, *place in places)
        if key not in new:
            verbs += sum(len(shapes[kind].outline.verbs) for kind, *_ in places)
            if verbs > _MOST_VERBS:
                break
            new[key] = places
        keys.append(key)
    made = _unite(shapes, {key: places for key, places in new.items() if key not in book.joined})

    def find(key: tuple[object, ...]) -> Outline:
        return book.joined.get(key, lambda: made[key] if key in made else _unite(shapes, {key: new[key]})[key])

    out = []
    for group, key in zip(groups, keys, strict=False):
        united = find(key)
        out.append(Joined(group, Outline(united.points * unit_px[group[0]] + at[group[0]], united.verbs)))
    return out


def _unite(
    shapes: Sequence[GlyphShape], groups: dict[tuple[object, ...], list[Place]]
) -> dict[tuple[object, ...], Outline]:
    """Return the outlines of groups in font units of their first glyphs."""
    if not groups:
        return {}
    whole = []
    for places in groups.values():
        outlines = [shapes[kind].outline for kind, *_ in places]
        points = [
            o.points * (k * _FINE) + (x * _FINE, y * _FINE) for o, (_, k, x, y) in zip(outlines, places, strict=True)
        ]
        whole.append(Outline(np.concatenate(points), np.concatenate([o.verbs for o in outlines])))
    united = without_overlaps(whole)
    return {key: Outline(one.points / _FINE, one.verbs) for key, one in zip(groups, united, strict=True)}


def _groups(shapes: Sequence[GlyphShape], kinds: I64s, size: F64s, at: F64s, unit: I32s | None) -> list[list[int]]:
    """Return what is connected by pairs that meet, each ascending, in the order of their first glyphs."""
    first, second = _near(shapes, kinds, size, at)
    if unit is not None:
        same = unit[first] == unit[second]
        first, second = first[same], second[same]
    if not len(first):
        return []
    ratio = size[second] / size[first]
    shift = np.floor((at[second] - at[first]) / size[first, None] * (_EM * 1024.0) + 0.5) / 1024.0
    numbers: dict[tuple[float, ...], int] = {}
    rows = zip(kinds[first].tolist(), kinds[second].tolist(), ratio.tolist(), *shift.T.tolist(), strict=True)
    which = np.array([numbers.setdefault(row, len(numbers)) for row in rows])
    meets = np.zeros(len(numbers), np.bool_)
    meets[:_MOST_PAIRS] = _meet(shapes, np.array(list(numbers)[:_MOST_PAIRS]))
    head = list(range(len(kinds)))  # of each glyph, an earlier one of its group
    linked = meets[which]
    for i, j in zip(first[linked].tolist(), second[linked].tolist(), strict=True):
        a, b = sorted((_head(head, i), _head(head, j)))
        head[b] = a
    out: dict[int, list[int]] = {}
    for i in np.unique(np.concatenate([first[linked], second[linked]])).tolist():
        out.setdefault(_head(head, i), []).append(i)
    return list(out.values())


def _head(head: list[int], i: int) -> int:
    while head[i] != i:
        head[i] = i = head[head[i]]
    return i


def _near(shapes: Sequence[GlyphShape], kinds: I64s, size: F64s, at: F64s) -> tuple[I64s, I64s]:
    """Return the pairs of glyphs whose boxes overlap, first and second of each, ascending."""
    low, high = (corners[kinds] * (size / _EM)[:, None] + at for corners in _corners(shapes))
    drawn = np.flatnonzero((np.maximum(np.abs(low), np.abs(high)) < _FAR_PX).all(axis=1))  # where something is drawn, too
    if len(drawn) < 2:
        return drawn[:0], drawn[:0]
    low, high = low[drawn], high[drawn]
    # Strips as high as the highest box: each box lies in one or two, and meets what comes before its end there.
    strips = np.floor((low[:, 1] - low[:, 1].min()) / max(float((high[:, 1] - low[:, 1]).max()), 1e-9))
    entry = np.tile(np.arange(len(drawn)), 2)
    base = np.concatenate([strips, strips + 1.0]) * (2.0 * (high[:, 0].max() - low[:, 0].min()) + 1.0)
    begin = base + low[entry, 0]
    order = np.argsort(begin, kind="stable")
    entry, begin, end = entry[order], begin[order], (base + high[entry, 0])[order]
    count = np.maximum(np.searchsorted(begin, end) - np.arange(1, len(begin) + 1), 0)  # far away a box may have no width
    count = np.where(np.cumsum(count) <= _MOST_BOXES, count, 0)
    which, other = _ramps(np.arange(1, len(begin) + 1), count)
    a, b = np.sort([entry[which], entry[other]], axis=0)
    meets = (np.minimum(high[a], high[b]) > np.maximum(low[a], low[b])).all(axis=1)
    found = np.unique(a[meets] * len(drawn) + b[meets])
    return drawn[found // len(drawn)], drawn[found % len(drawn)]


def _corners(shapes: Sequence[GlyphShape]) -> tuple[F64s, F64s]:
    """Return the least and greatest x and y of shapes at `_EM` px, (S, 2) each; NaN where nothing is drawn or too much."""
    shown = [shape.outline.hull if len(shape.outline.verbs) <= MOST_VERBS else _NOTHING for shape in shapes]
    boxes = np.array(shown) * (_EM / np.array([shape.upem for shape in shapes]))[:, None, None]
    boxes[(np.abs(boxes) > _FAR * _EM).any(axis=(1, 2))] = np.nan
    return boxes[:, 0], boxes[:, 1]


def _meet(shapes: Sequence[GlyphShape], pairs: F64s) -> npt.NDArray[np.bool_]:
    """Return of which pairs edges come nearer to each other than `_SLACK`.

    Args:
        pairs: (P, 5) which shapes, how much larger the second is, and where: x, y at `_EM` px to the em.
    """
    used, named = np.unique(pairs[:, :2].astype(np.int64), return_inverse=True)
    shown = [shapes[i] for i in used.tolist()]
    points = np.concatenate([shape.outline.points * (_EM / shape.upem) for shape in shown])
    contours = flatten(Outline(points, np.concatenate([shape.outline.verbs for shape in shown])), 1.0)
    edges = np.stack([contours.points, next_points(contours)], axis=1)
    ends = contours.offsets[np.append(0, np.cumsum([shape.outline.drawn_contours for shape in shown]))]
    low, high = _corners(shown)
    a, b = named.reshape(-1, 2).T
    ratio, shift = pairs[:, 2, None], pairs[:, 3:]
    boxes = np.stack([np.maximum(low[a], low[b] * ratio + shift), np.minimum(high[a], high[b] * ratio + shift)], axis=1)
    out = np.zeros(len(pairs), np.bool_)
    for start in range(0, len(pairs), _CHUNK):
        part = slice(start, start + _CHUNK)
        pair_a, one = _within(edges, ends, a[part], boxes[part], np.ones_like(ratio[part]), np.zeros_like(shift[part]))
        pair_b, other = _within(edges, ends, b[part], boxes[part], ratio[part], shift[part])
        out[part] = _cross(pair_a, one, pair_b, other, len(boxes[part]))
    return out


def _ramps(first: I64s, count: I64s) -> tuple[I64s, I64s]:
    """Return which of the ranges from `first` each number of them all belongs to, and the numbers."""
    which = np.repeat(np.arange(len(count)), count)
    return which, np.arange(len(which)) + (first - np.cumsum(count) + count)[which]


def _within(edges: F64s, ends: I64s, shape: I64s, boxes: F64s, ratio: F64s, shift: F64s) -> tuple[I64s, F64s]:
    """Return the edges of the pairs' shapes, placed, that reach into the pairs' boxes, and which pair each belongs to."""
    pair, at = _ramps(ends[shape], ends[shape + 1] - ends[shape])
    placed = edges[at] * ratio[pair, None] + shift[pair, None]
    low, high = _spans(placed)
    inside = (high >= boxes[pair, 0] - _SLACK) & (low <= boxes[pair, 1] + _SLACK)
    kept = inside[:, 0] & inside[:, 1]
    return pair[kept], placed[kept]


def _spans(edges: F64s) -> tuple[F64s, F64s]:
    """Return the least and greatest x and y of edges, (N, 2) each."""
    return np.minimum(edges[:, 0], edges[:, 1]), np.maximum(edges[:, 0], edges[:, 1])


def _cross(pair_a: I64s, one: F64s, pair_b: I64s, other: F64s, count: int) -> npt.NDArray[np.bool_]:
    """Return of which pairs an edge of the first meets one of the second. (count,)"""
    number_a, number_b = np.bincount(pair_a, minlength=count), np.bincount(pair_b, minlength=count)
    many = number_a * number_b > _MOST_EDGES
    products = np.where(many, 0, number_a * number_b)
    pair, k = _ramps(np.zeros(count, np.int64), products)
    a = (np.cumsum(number_a) - number_a)[pair] + k // number_b[pair]
    b = (np.cumsum(number_b) - number_b)[pair] + k % number_b[pair]
    (low_a, high_a), (low_b, high_b) = _spans(one), _spans(other)
    near = (high_a[a] >= low_b[b] - _SLACK) & (high_b[b] >= low_a[a] - _SLACK)
    near = near[:, 0] & near[:, 1]
    pair, e, f = pair[near], one[a[near]], other[b[near]]
    out = many
    out[pair[~_beside(e, f) & ~_beside(f, e)]] = True
    return out


def _beside(e: F64s, f: F64s) -> npt.NDArray[np.bool_]:
    """Return whether both ends of f lie on one side of the line of e, further away than `_SLACK`."""
    along = e[:, 1] - e[:, 0]
    way = f - e[:, :1]
    side = along[:, None, 0] * way[..., 1] - along[:, None, 1] * way[..., 0]
    far = _SLACK * np.hypot(along[:, 0], along[:, 1])
    beside: npt.NDArray[np.bool_] = (side.min(axis=1) > far) | (side.max(axis=1) < -far)
    return beside
