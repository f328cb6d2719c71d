"""Step 5 of evaluation: the drawable leaves of a batch: where each one's content lands on the canvas."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from wavyte_gpu.assets.shape import Form, PreparedShape
from wavyte_gpu.assets.text import TextFlow
from wavyte_gpu.eval.boxes import fit_content
from wavyte_gpu.eval.forms import Forms
from wavyte_gpu.eval.graph import LeafTable, PartRange
from wavyte_gpu.eval.reveal import Reveals
from wavyte_gpu.eval.transforms import compose
from wavyte_gpu.foundation.enums import AssetKind, NodeKind
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.ops import quantise
from wavyte_gpu.text.reveal import RevealUnits

__all__ = ["LeafIndex", "MediaClock", "leaf_table"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_FAR_SHAPE_PX = 2.0**40  # those of a shape are bounds alone, its edges are cut before they are rounded
_FAR_PX = 1e7  # corners beyond this are not drawn: float64 no longer places them to 1/256 px after the products


class MediaClock(Protocol):
    """What evaluation asks of prepared media."""

    def intrinsic_size(self, asset: int) -> tuple[float, float] | None:
        """Return the size in px, None for what has none."""

    def text_flow(self, asset: int) -> TextFlow | None:
        """Return how much room a text of a layout takes, None for what is no such text."""

    def pixel_size(self, asset: int) -> tuple[float, float] | None:
        """Return the size of what is stored, which differs from the intrinsic size where pixels are not square."""

    def part_count(self, asset: int) -> int:
        """Return how many outlines a shape draws, each with a paint of its own; 1 for what is no shape."""

    def part_bounds(self, asset: int, part: int) -> tuple[float, float, float, float]:
        """Return x0, y0, x1, y1 of a shape's outline, in the px of its content."""

    def shape(self, asset: int) -> PreparedShape:
        """Return what an asset that is a shape was prepared to."""

    def reveal_units(self, asset: int, form: Form) -> RevealUnits | None:
        """Return the units of a text that is revealed, None for all else."""

    def part_groups(self, asset: int) -> Sequence[PartRange]:
        """Return which parts of a shape are composited together, inner groups before the outer."""

    def source_frames(self, asset: int, times: I64, per_second: Fraction) -> I64:
        """Return the media frame that a video shows at each of the node's local times, `per_second` of which are a second."""


class LeafIndex:
    """The leaves that can draw, found once a session: node, asset, part, intrinsic content size. A shape has a row for each part."""

    def __init__(self, ir: CompositionIR, media: MediaClock) -> None:
        nodes, assets = ir.nodes, ir.assets
        leaf = np.flatnonzero(nodes.kind == NodeKind.LEAF).astype(np.int32)
        kind = assets.kind[nodes.asset[leaf]] if len(leaf) else np.zeros(0, np.uint8)
        drawn = (kind != AssetKind.NULL) & (kind != AssetKind.AUDIO)
        leaf, kind = leaf[drawn], kind[drawn]
        counts = np.array([media.part_count(int(a)) for a in nodes.asset[leaf]], dtype=np.int64)
        counts[nodes.form_slot[leaf] >= 0] = 1  # their parts are those of each frame's form
        self.node: npt.NDArray[np.int32] = np.repeat(leaf, counts)
        self.part: npt.NDArray[np.int32] = np.concatenate([np.arange(0), *(np.arange(n) for n in counts)]).astype(
            np.int32
        )
        self.asset: npt.NDArray[np.int32] = nodes.asset[self.node] if len(leaf) else np.zeros(0, np.int32)
        kind = np.repeat(kind, counts)
        self.is_shape = kind == AssetKind.SHAPE
        self.outline_bounds: F64 = np.zeros((len(self.node), 4))
        for i in np.flatnonzero(self.is_shape & (nodes.form_slot[self.node] < 0)):
            self.outline_bounds[i] = media.part_bounds(int(self.asset[i]), int(self.part[i]))
        shown = np.unique(self.node[self.is_shape & (nodes.form_slot[self.node] < 0)]).tolist()
        groups = {node: media.part_groups(int(nodes.asset[node])) for node in shown}
        self.part_groups = {node: found for node, found in groups.items() if found}
        media_size, stored = np.zeros((len(assets), 2)), np.zeros((len(assets), 2))
        has_media = np.zeros(len(assets), bool)
        for asset in range(len(assets)):
            size = media.intrinsic_size(asset)
            if size is not None:
                media_size[asset], has_media[asset] = size, True
                stored[asset] = media.pixel_size(asset)
        self.has_media = has_media[self.asset]
        self.media_size: F64 = media_size[self.asset]
        self.pixel_size: F64 = stored[self.asset]
        aspect = np.divide(media_size, stored, out=np.ones_like(stored), where=stored > 0.0)
        self.pixel_aspect: F64 = aspect[self.asset]
        self.intrinsic: F64 = nodes.canvas.copy()
        self.intrinsic[self.node[self.has_media]] = self.media_size[self.has_media]
        self.is_video = kind == AssetKind.VIDEO
        self.reveals = Reveals(ir, media.reveal_units)
        self._still: tuple[F64, _Fit] | None = None

    def fit_once(self, ir: CompositionIR, box: F64) -> None:
        """Fit the content of all leaves into boxes that never move, (1, N, 2), for every frame that has them."""
        sizes = box[0, self.node], self.media_size, self.pixel_size
        self._still = box, _fit(ir, self, np.arange(len(self.node)), *sizes, self.outline_bounds)

    def fitted(self, leaf: I64, box: F64) -> _Fit | None:
        """Return how leaves were fitted into boxes, None where `fit_once` had others."""
        return self._still[1].take(leaf) if self._still is not None and self._still[0] is box else None


class _Fit(NamedTuple):
    """How the content of leaves lies in their nodes' space, a row each.

    Attributes:
        content: (R, 2), its size in its own px. placed: (R, 2, 3), content px to the node's.
        low, high: (R, 2), what is drawn of it, content px.
    """

    content: F64
    placed: F64
    low: F64
    high: F64

    def take(self, rows: I64) -> _Fit:
        """Return some of the rows."""
        return _Fit(*(column[rows] for column in self))


def _fit(ir: CompositionIR, index: LeafIndex, leaf: I64, size: F64, own_size: F64, stored: F64, outline: F64) -> _Fit:
    """Fit content into boxes.

    Args:
        leaf: (R,) of the index. size: (R, 2) of the boxes. own_size, stored: (R, 2), as `media_size` and `pixel_size` of the index.
        outline: (R, 4), bounds of shapes.
    """
    node, has_media = index.node[leaf], index.has_media[leaf][:, None]
    scale, offset = fit_content(ir.nodes.fit[node], ir.nodes.align[node], size[None], np.where(has_media, own_size, size)[None])
    scale, offset = scale[0] * index.pixel_aspect[leaf], offset[0]
    content = np.where(has_media, stored, size)
    placed = np.zeros((len(leaf), 2, 3))
    placed[:, 0, 0], placed[:, 1, 1], placed[:, :, 2] = scale[:, 0], scale[:, 1], offset
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        low = np.where(scale > 0, np.maximum(-offset / scale, 0.0), 0.0)
        high = np.where(scale > 0, np.minimum((size - offset) / scale, content), 0.0)
    is_shape = index.is_shape[leaf][:, None]  # a shape is not cut to its box
    return _Fit(content, placed, np.where(is_shape, outline[:, :2], low), np.where(is_shape, outline[:, 2:], high))


def leaf_table(
    ir: CompositionIR,
    index: LeafIndex,
    visible: npt.NDArray[np.bool_],
    source: I64,
    opacity: F64,
    world: F64,
    box: F64,
    trim: F64,
    params: F64,
    clips: npt.NDArray[np.int32] | None,
    forms: Forms,
    form_values: F64,
) -> LeafTable:
    """Collect the leaves that may touch a pixel, frame by frame in painter's order.

    Args:
        visible: (F, N). source: (F, L) media frames of the indexed leaves. opacity: (F or 1, N).
        world: (F or 1, N, 2, 3). box: (F or 1, N, 2).
        trim: (F or 1, N, 3). params: (F or 1, P).
        clips: (F, N, 4) what is needed of a node's content, canvas px; None for the canvas.
        form_values: (F or 1, K, 2), of `forms`.
    """
    shown = visible[:, index.node] & (opacity[:, index.node] > 0.0)
    frame, leaf = np.nonzero(shown)
    part, formed = index.part[leaf], None
    form = np.zeros((len(leaf), 2))
    if len(forms):
        formed = forms.rows(frame, index.node[leaf], part, form_values)
        frame, leaf, part, form = frame[formed.source], leaf[formed.source], formed.part, formed.form
    revealed = None
    if len(index.reveals):
        revealed = index.reveals.rows(frame, index.node[leaf], part, form, params)
        rows = revealed.source
        frame, leaf, part, form = frame[rows], leaf[rows], part[rows], form[rows]
        if formed is not None:
            formed = formed.take(rows)
    node = index.node[leaf]
    fit = index.fitted(leaf, box)
    if fit is None:
        own_size, stored, outline = index.media_size[leaf], index.pixel_size[leaf], index.outline_bounds[leaf]
        if formed is not None:
            own_size, stored, outline = (
                np.where(formed.moving[:, None], moving, still)
                for moving, still in ((formed.size, own_size), (formed.size, stored), (formed.bounds, outline))
            )
        fit = _fit(ir, index, leaf, box[frame if len(box) > 1 else 0, node], own_size, stored, outline)
    content, placed, low, high = fit
    world_from_content = compose(world[frame if len(world) > 1 else 0, node], placed)
    if revealed is not None:
        world_from_content = compose(world_from_content, revealed.inner)
        bounds = revealed.bounds
        low, high = (np.where(np.isnan(own), whole, own) for own, whole in ((bounds[:, :2], low), (bounds[:, 2:], high)))

    is_shape = index.is_shape[leaf][:, None]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        corners = np.stack(
            [low, np.stack([high[:, 0], low[:, 1]], -1), high, np.stack([low[:, 0], high[:, 1]], -1)], axis=1
        )
        m = world_from_content[:, None]
        x = m[..., 0, 0] * corners[..., 0] + m[..., 0, 1] * corners[..., 1] + m[..., 0, 2]
        y = m[..., 1, 0] * corners[..., 0] + m[..., 1, 1] * corners[..., 1] + m[..., 1, 2]
        quad = np.stack([x, y], axis=-1)
        area = np.abs((x[:, 2] - x[:, 0]) * (y[:, 3] - y[:, 1]) - (x[:, 3] - x[:, 1]) * (y[:, 2] - y[:, 0]))
        near = np.abs(quad) < np.where(is_shape[..., None], _FAR_SHAPE_PX, _FAR_PX)
        drawn = near.all(axis=(1, 2)) & (high > low).all(axis=1) & (area > 1e-9)
    touched = quantise.pixel_bounds(np.where(drawn[:, None, None], quad, 0.0))
    clip = np.array([0, 0, ir.width, ir.height], dtype=np.int32) if clips is None else clips[frame, node]
    first = np.clip(touched[:, :2], clip[..., :2], clip[..., 2:])
    last = np.clip(touched[:, 2:], clip[..., :2], clip[..., 2:])
    drawn &= (last > first).all(axis=1)
    keep = np.flatnonzero(drawn)
    return LeafTable(
        start=np.searchsorted(frame[keep], np.arange(len(visible) + 1)),
        node=node[keep],
        asset=index.asset[leaf[keep]],
        part=part[keep],
        form=form[keep],
        trim=trim[frame[keep] if len(trim) > 1 else 0, node[keep]],
        world_from_content=world_from_content[keep],
        content=content[keep],
        quad=quad[keep],
        bounds=np.concatenate([first, last], axis=1)[keep],
        source_frame=source[frame[keep], leaf[keep]],
        frame=frame[keep],
        params=params,
        reveal=None if revealed is None else revealed.take(keep),
        part_groups=index.part_groups,
        form_groups={} if formed is None else formed.groups,
    )
