"""How large the automatic columns or rows of a grid are at least, where items lie in several of them (CSS Grid 1, section 12.5)."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

__all__ = ["are_asked", "least_tracks"]

Span = tuple[int, int]  # from which track to which, the last one not within
_NONE_PX = 1e-6


def are_asked(given: Sequence[float | None], spans: Sequence[Span]) -> bool:
    """Return whether an item lies in several tracks, all of which that have no size have items of their own.

    Taffy 0.7 enlarges them only where there is room.

    Args:
        given: by track, its size in px, `inf` for a share, None for neither.
    """
    single = {first for first, last in spans if last - first == 1}
    for first, last in spans:
        tracks = given[first:last]
        free = {i for i in range(first, last) if given[i] is None}
        if last - first > 1 and inf not in tracks and free and free <= single:
            return True
    return False


def least_tracks(
    given: Sequence[float | None], gap: float, spans: Sequence[Span], least: Sequence[float], most: Sequence[float]
) -> list[float]:
    """Return the sizes in px that tracks have at least by what the items ask for that lie in no share.

    Args:
        given: as above. gap: px between two tracks. least, most: how large each item is with its margins, at least and at most.
    """
    base = [0.0 if size is None or size == inf else size for size in given]
    limit = [inf if size is None or size == inf else size for size in given]
    items = [item for item in zip(spans, least, most, strict=True) if inf not in given[slice(*item[0])]]
    for (first, last), low, high in items:
        if last - first == 1 and given[first] is None:
            base[first] = max(base[first], low)
            limit[first] = max(0.0 if limit[first] == inf else limit[first], high, base[first])
    for width in sorted({last - first for (first, last), _, _ in items} - {1}):
        group = [item for item in items if item[0][1] - item[0][0] == width]
        gaps = gap * (width - 1)
        more = [0.0] * len(base)
        for (first, last), low, _ in group:
            free = [i for i in range(first, last) if given[i] is None]
            parts = _shared(low - gaps - sum(base[first:last]), [limit[i] - base[i] for i in free])
            for i, part in zip(free, parts, strict=True):
                more[i] = max(more[i], part)
        base = [size + part for size, part in zip(base, more, strict=True)]
        limit = [max(pair) for pair in zip(limit, base, strict=True)]
        endless = {i for i, end in enumerate(limit) if end == inf}
        for at_most in (False, True):
            more = [0.0] * len(base)
            ends = [size if end == inf else end for size, end in zip(base, limit, strict=True)]
            for (first, last), low, high in group:
                extra = max((high if at_most else low) - gaps - sum(ends[first:last]), 0.0)
                free = [i for i in range(first, last) if given[i] is None]
                to = [i for i in free if i in endless] or free
                for i in to:
                    more[i] = max(more[i], extra / len(to))
            limit = [ends[i] + part if part > 0.0 else limit[i] for i, part in enumerate(more)]
    return base


def _shared(space: float, rooms: Sequence[float]) -> list[float]:
    """Return what each track takes of a space: equal parts up to its room, then equal parts of the rest."""
    out = [0.0] * len(rooms)
    while rooms and space > _NONE_PX:
        growing = [i for i, room in enumerate(rooms) if out[i] < room]
        if not growing:
            return [size + space / len(rooms) for size in out]
        part = min(space / len(growing), min(rooms[i] - out[i] for i in growing))
        for i in growing:
            out[i] = rooms[i] if rooms[i] - out[i] <= part else out[i] + part
        space -= part * len(growing)
    return out
