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
from wavyte_gpu.eval.forms import FormRows, Forms
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
        self._limits = np.array([ir.width, ir.height] * 2, np.int32)
        self._still: tuple[F64, _Fit] | None = None
        self._last: tuple[bytes, _Rows] | None = None

    def fit_once(self, ir: CompositionIR, box: F64) -> None:
        """Fit the content of all leaves into boxes that never move, (1, N, 2), for every frame that has them."""
        sizes = box[0, self.node], self.media_size, self.pixel_size
        self._still = box, _fit(ir, self, np.arange(len(self.node)), *sizes, self.outline_bounds)

    def rows(self, shown: npt.NDArray[np.bool_]) -> _Rows:
        """Return the rows of leaves that are shown, (F, L); the last ones of a single frame again while they stay."""
        if len(shown) != 1:
            return self._rows(*np.nonzero(shown))
        key = shown.tobytes()
        if self._last is None or self._last[0] != key:
            leaf = np.flatnonzero(shown[0])
            self._last = key, self._rows(np.zeros_like(leaf), leaf)
        return self._last[1]

    def _rows(self, frame: I64, leaf: I64) -> _Rows:
        fit = None if self._still is None else self._still[1].take(leaf)
        return _Rows(frame, leaf, self.node[leaf], self.asset[leaf], self.part[leaf], np.zeros((len(leaf), 2)), fit)

    def fitted(self, ir: CompositionIR, rows: _Rows, box: F64, formed: FormRows | None) -> _Fit:
        """Return how rows fit into boxes, (F or 1, N, 2)."""
        if rows.fit is not None and self._still is not None and self._still[0] is box:
            return rows.fit
        leaf = rows.leaf
        own_size, stored, outline = self.media_size[leaf], self.pixel_size[leaf], self.outline_bounds[leaf]
        if formed is not None:
            own_size, stored, outline = (
                np.where(formed.moving[:, None], moving, still)
                for moving, still in ((formed.size, own_size), (formed.size, stored), (formed.bounds, outline))
            )
        return _fit(ir, self, leaf, box[rows.frame if len(box) > 1 else 0, rows.node], own_size, stored, outline)

    def clipped(self, touched: npt.NDArray[np.int32], clips: npt.NDArray[np.int32] | None) -> npt.NDArray[np.int32]:
        """Return rectangles cut to the canvas, or to a rectangle each."""
        if clips is None:
            return np.minimum(np.maximum(touched, np.int32(0)), self._limits)
        return np.minimum(np.maximum(touched, clips[:, [0, 1, 0, 1]]), clips[:, [2, 3, 2, 3]])


class _Rows(NamedTuple):
    """Leaves of frames, in painter's order. `fit`: into boxes that never move, where they do not."""

    frame: I64
    leaf: I64
    node: npt.NDArray[np.int32]
    asset: npt.NDArray[np.int32]
    part: npt.NDArray[np.int32]
    form: F64
    fit: _Fit | None

    def take(self, rows: I64) -> _Rows:
        """Return some of the rows."""
        frame, leaf, node, asset, part, form, fit = self
        moved = None if fit is None else fit.take(rows)
        return _Rows(frame[rows], leaf[rows], node[rows], asset[rows], part[rows], form[rows], moved)


class _Fit(NamedTuple):
    """How the content of leaves lies in their nodes' space, a row each.

    Attributes:
        content: (R, 2), its size in its own px. placed: (R, 2, 3), content px to the node's.
        low, high: (R, 2), what is drawn of it, content px. x, y: (R, 4), its corners in order.
        some: (R,) bool, whether it is more than nothing.
        far: (R, 1), how far out a corner may lie.
    """

    content: F64
    placed: F64
    low: F64
    high: F64
    x: F64
    y: F64
    some: npt.NDArray[np.bool_]
    far: F64

    def take(self, rows: I64) -> _Fit:
        """Return some of the rows."""
        content, placed, low, high, x, y, some, far = self
        return _Fit(content[rows], placed[rows], low[rows], high[rows], x[rows], y[rows], some[rows], far[rows])


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
    low, high = np.where(is_shape, outline[:, :2], low), np.where(is_shape, outline[:, 2:], high)
    return _Fit(content, placed, low, high, *_corners(low, high), np.where(is_shape, _FAR_SHAPE_PX, _FAR_PX))


def _corners(low: F64, high: F64) -> tuple[F64, F64, npt.NDArray[np.bool_]]:
    """Return the x and y of the corners of boxes, (R, 4), and whether there is something in each."""
    both = np.concatenate([low, high], axis=1)
    return both[:, [0, 2, 2, 0]], both[:, [1, 1, 3, 3]], np.asarray((high > low).all(axis=1))


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
    rows = index.rows((visible & (opacity > 0.0))[:, index.node])
    formed, revealed = None, None
    if len(forms):
        formed = forms.rows(rows.frame, rows.node, rows.part, form_values)
        rows = rows.take(formed.source)._replace(part=formed.part, form=formed.form)
    if len(index.reveals):
        revealed = index.reveals.rows(rows.frame, rows.node, rows.part, rows.form, params)
        rows = rows.take(revealed.source)
        if formed is not None:
            formed = formed.take(revealed.source)
    frame, leaf, node = rows.frame, rows.leaf, rows.node
    fit = index.fitted(ir, rows, box, formed)
    m = compose(world[frame if len(world) > 1 else 0, node], fit.placed)
    if revealed is not None:
        m = compose(m, revealed.inner)
        low, high = revealed.bounds[:, :2], revealed.bounds[:, 2:]
        low, high = (np.where(np.isnan(own), whole, own) for own, whole in ((low, fit.low), (high, fit.high)))
        x, y, some = _corners(low, high)
        fit = fit._replace(x=x, y=y, some=some)

    quad = np.empty((len(leaf), 4, 2))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        quad[..., 0] = m[:, 0, 0, None] * fit.x + m[:, 0, 1, None] * fit.y + m[:, 0, 2, None]
        quad[..., 1] = m[:, 1, 0, None] * fit.x + m[:, 1, 1, None] * fit.y + m[:, 1, 2, None]
        along, down = quad[:, 2] - quad[:, 0], quad[:, 3] - quad[:, 1]
        area = np.abs(along[:, 0] * down[:, 1] - down[:, 0] * along[:, 1])
        near = np.abs(quad).reshape(-1, 8) < fit.far
        drawn = near.all(axis=1) & fit.some & (area > 1e-9)
    touched = quantise.pixel_bounds(quad if drawn.all() else np.where(drawn[:, None, None], quad, 0.0))
    bounds = index.clipped(touched, None if clips is None else clips[frame, node])
    drawn &= bounds[:, 2] > bounds[:, 0]
    drawn &= bounds[:, 3] > bounds[:, 1]
    content = fit.content
    if not drawn.all():
        keep = np.flatnonzero(drawn)
        rows, revealed = rows.take(keep), None if revealed is None else revealed.take(keep)
        m, content, quad, bounds = m[keep], content[keep], quad[keep], bounds[keep]
    frame, leaf, node = rows.frame, rows.leaf, rows.node
    return LeafTable(
        start=np.searchsorted(frame, np.arange(len(visible) + 1)),
        node=node,
        asset=rows.asset,
        part=rows.part,
        form=rows.form,
        trim=trim[frame if len(trim) > 1 else 0, node],
        world_from_content=m,
        content=content,
        quad=quad,
        bounds=bounds,
        source_frame=source[frame, leaf],
        frame=frame,
        params=params,
        reveal=revealed,
        part_groups=index.part_groups,
        form_groups={} if formed is None else formed.groups,
    )
