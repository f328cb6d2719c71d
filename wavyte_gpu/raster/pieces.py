"""Long outlines in pieces of few verbs, each small enough to be united by itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wavyte_gpu.raster.outline import POINTS_OF, Outline, Verb

__all__ = ["Piece", "cut_contours"]

F64 = npt.NDArray[np.float64]


class Piece(NamedTuple):
    """A part of a path to stroke.

    Attributes:
        outline: of few segments.
        cut: it is a part of a contour; then `ends` are those of its ends that are the contour's own, and the directions outwards.
    """

    outline: Outline
    cut: bool
    ends: list[tuple[F64, F64]]


def cut_contours(outline: Outline, most: int) -> list[Piece]:
    """Return contours in pieces, cut across in the middle of long segments: strokes of flat ends meet there without overlap.

    Args:
        outline: each contour has a length.
        most: segments of a piece, at least 4.
    """
    segments = outline.segments
    ends = np.searchsorted(segments.contour, np.arange(len(segments.closed) + 1))
    out: list[Piece] = []
    for contour, closed in enumerate(segments.closed.tolist()):
        mine = slice(int(ends[contour]), int(ends[contour + 1]))
        kinds, points = segments.kind[mine], segments.points[mine]
        moved = (points[:, 1:] != points[:, :1]).any(axis=(1, 2))
        kinds, points = kinds[moved], points[moved]
        if not len(kinds):
            continue
        if len(kinds) <= most:
            drawn = ~segments.closes[mine][moved]
            made = _outline(kinds[drawn], points[drawn], closed)
            out.append(Piece(made, False, []))
            continue
        lengths = np.abs(np.diff(points, axis=1)).sum(axis=(1, 2))
        if closed:  # begin in the middle of a segment, so that the seam is a join as any other
            turn = int(np.argmax(lengths))
            first, second = _halves(points[turn])
            points = np.concatenate([second[None], np.roll(points, -turn - 1, axis=0)[:-1], first[None]])
            kinds = np.concatenate([kinds[turn : turn + 1], np.roll(kinds, -turn - 1)])
            lengths = np.concatenate([[0.0], np.roll(lengths, -turn - 1)[:-1], [0.0]])
        out += _pieces(kinds, points, lengths, [] if closed else _ends(points), most)
    return out


def _pieces(
    kinds: npt.NDArray[np.uint8], points: F64, lengths: F64, ends: list[tuple[F64, F64]], most: int
) -> list[Piece]:
    out: list[Piece] = []
    head: list[F64] = []  # the second half of the segment that was cut last
    head_kind: list[int] = []
    at, least = 0, most // 3
    while len(kinds) - at + len(head) > most:
        cut = at + least + int(np.argmax(lengths[at + least : at + most - 1]))
        first, second = _halves(points[cut])
        body = np.stack([*head, *points[at:cut], first])
        out.append(Piece(_outline(np.array([*head_kind, *kinds[at : cut + 1]], np.uint8), body, False), True, []))
        head, head_kind, at = [second], [int(kinds[cut])], cut + 1
    out.append(
        Piece(_outline(np.array([*head_kind, *kinds[at:]], np.uint8), np.stack([*head, *points[at:]]), False), True, [])
    )
    if ends:
        out[0].ends.append(ends[0])
        out[-1].ends.append(ends[1])
    return out


def _halves(points: F64) -> tuple[F64, F64]:
    """Return both halves of a segment, (4, 2) each, by de Casteljau; what a kind does not have repeats its end."""
    degree = 1 + int((points[1] != points[3]).any()) + int((points[2] != points[3]).any())
    rows = [points[: degree + 1]]
    while len(rows[-1]) > 1:
        rows.append((rows[-1][:-1] + rows[-1][1:]) * 0.5)
    first, second = np.stack([row[0] for row in rows]), np.stack([row[-1] for row in rows[::-1]])
    pad = 3 - degree
    return np.concatenate([first, first[-1:].repeat(pad, axis=0)]), np.concatenate(
        [second, second[-1:].repeat(pad, axis=0)]
    )


def _ends(points: F64) -> list[tuple[F64, F64]]:
    """Return where a contour begins and ends, and the directions outwards."""
    first, last = points[0], points[-1, ::-1]
    out = []
    for way in (first, last):
        away = way[0] - way[1:]
        along = away[(away != 0.0).any(axis=1)][0]
        out.append((way[0], along / np.hypot(*along)))
    return out


def _outline(kinds: npt.NDArray[np.uint8], points: F64, closed: bool) -> Outline:
    takes = POINTS_OF[kinds]
    kept = np.arange(1, 4) <= takes[:, None]
    verbs = [np.array([Verb.MOVE], np.uint8), kinds, np.array([Verb.CLOSE] if closed else [], np.uint8)]
    return Outline(np.concatenate([points[:1, 0], points[:, 1:][kept]]), np.concatenate(verbs))
