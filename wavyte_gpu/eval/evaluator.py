"""Evaluation of frames, in the order of the spec's section 12.1. It reads like a table of contents; each step is a module.

A batch of frames is evaluated as arrays; a preview frame is a batch of one. The first half (`sample`) is all that is needed to tell
whether a frame differs from another; the second half (`evaluate`) places the leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xxhash

from wavyte_gpu.eval.boxes import content_boxes
from wavyte_gpu.eval.effects import EffectIndex, FrameEffects, content_clips
from wavyte_gpu.eval.expressions import sample_lanes
from wavyte_gpu.eval.forms import Forms
from wavyte_gpu.eval.graph import FrameBatch
from wavyte_gpu.eval.layout import LayoutStage
from wavyte_gpu.eval.leaves import LeafIndex, MediaClock, leaf_table
from wavyte_gpu.eval.properties import lane_values, param_values
from wavyte_gpu.eval.time_context import exact_times, local_frames
from wavyte_gpu.eval.transforms import local_transforms, moved_inside, world_transforms
from wavyte_gpu.eval.transitions import FrameTransitions, TransitionIndex, place_sweeps
from wavyte_gpu.eval.visibility import visible_nodes
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.foundation.enums import Lane
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.registry import Registry

__all__ = ["Evaluator", "Samples"]

_UNSEEN = (Lane.SWITCH_ACTIVE, Lane.VOLUME, Lane.ASSET_VOLUME)  # what shows elsewhere, or not at all
_MOST_FORMS = 16  # frames of a batch whose shapes differ
_TRIM = (Lane.TRIM_START, Lane.TRIM_END, Lane.TRIM_OFFSET)


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Steps 1 to 3 of a batch, and the key of each frame (see FrameBatch).

    Attributes:
        zeros: (E, F) divisions by zero of each expression, None where there are none.
    """

    frames: npt.NDArray[np.int64]
    tracks: npt.NDArray[np.float64]
    visible: npt.NDArray[np.bool_]
    source: npt.NDArray[np.int64]
    progress: npt.NDArray[np.float64]
    keys: tuple[bytes, ...]
    zeros: npt.NDArray[np.int64] | None = None

    def take(self, chosen: list[int]) -> Samples:
        """Return the samples of some of the frames."""
        keys = tuple(self.keys[i] for i in chosen)
        return Samples(
            self.frames[chosen],
            self.tracks[chosen],
            self.visible[chosen],
            self.source[chosen],
            self.progress[chosen],
            keys,
            None if self.zeros is None else self.zeros[:, chosen],
        )


class Evaluator:
    """Evaluates frames of one composition, for one thread at a time. No frame depends on those evaluated before.

    Args:
        kinds: those that the composition was bound to; default the built-in ones.
        program: the composition's expressions with the values of its variables; default 0 for all of them.
    """

    def __init__(
        self,
        ir: CompositionIR,
        media: MediaClock,
        kinds: Registry | None = None,
        program: BoundProgram | None = None,
    ) -> None:
        self._ir = ir
        self.program = program if program is not None or ir.expressions is None else ir.expressions.bind({})
        self._media = media
        self._index = LeafIndex(ir, media)
        self._forms = Forms(ir, media)
        kinds = kinds or Registry()
        self._transitions = TransitionIndex(ir, kinds.all_transitions())
        self._effects = EffectIndex(ir, kinds.all_effects())
        self._layout = LayoutStage(ir, media) if len(ir.layout) else None
        # What never moves is worked out once.
        self._opacity = None if len(ir.lane_tracks[Lane.OPACITY]) else _fraction(ir.nodes.base[None, :, Lane.OPACITY])
        self._params = None if (ir.track_param >= 0).any() else ir.params.base[None]
        moving = np.isin(ir.track_lane, _TRIM).any()
        self._trim = None if moving else ir.nodes.base[None][..., list(_TRIM)]
        sized = any(len(ir.lane_tracks[lane]) for lane in (Lane.SIZE_X, Lane.SIZE_Y))
        self._boxes: npt.NDArray[np.float64] | None = None  # where they never move
        if not sized and not len(self._forms):
            self._boxes = content_boxes(ir, np.zeros((1, 0)), self._index.intrinsic[None])
            self._index.fit_once(ir, self._boxes)
        self._key_tracks = np.flatnonzero(~np.isin(ir.track_lane, _UNSEEN))

    def close(self) -> None:
        """Free what the layouts hold."""
        if self._layout is not None:
            self._layout.close()

    def batch_size(self, wanted: int) -> int:
        """Return how many frames to evaluate at once, so that a batch's arrays stay small for compositions of any size."""
        most = _MOST_FORMS if len(self._forms) else wanted
        return max(1, min(wanted, most, 2**17 // max(len(self._ir.nodes), 1)))

    def sample(self, frames: npt.NDArray[np.int64]) -> Samples:
        """Return local times, lanes and visibility of composition frames, (F,) int64."""
        ir = self._ir
        local = local_frames(ir, frames)
        tracks, zeros = sample_lanes(ir, self.program, frames)
        visible = visible_nodes(ir, local, tracks)
        source = np.full((len(frames), len(self._index.node)), -1, dtype=np.int64)
        for leaf in np.flatnonzero(self._index.is_video):
            node = int(self._index.node[leaf])
            shown = visible[:, node]
            if shown.any():
                times = exact_times(ir, frames[shown], np.array([node], dtype=np.int32))[:, 0]
                source[shown, leaf] = self._media.source_frames(int(self._index.asset[leaf]), times, ir.times_a_second(node))
        progress = self._transitions.progress(frames)
        keys = self._keys(tracks, visible, source, progress)
        return Samples(frames, tracks, visible, source, progress, keys, zeros)

    def _keys(
        self,
        tracks: npt.NDArray[np.float64],
        visible: npt.NDArray[np.bool_],
        source: npt.NDArray[np.int64],
        progress: npt.NDArray[np.float64],
    ) -> tuple[bytes, ...]:
        mine = self._key_tracks
        moving = np.where(visible[:, self._ir.track_node[mine]], tracks[:, mine], 0.0) if len(mine) else tracks[:, :0]
        parts = [
            np.packbits(visible, axis=1),
            np.ascontiguousarray(moving).view(np.uint8).reshape(len(visible), -1),
            source.view(np.uint8).reshape(len(visible), -1),
            progress.view(np.uint8).reshape(len(visible), -1),
        ]
        return tuple(xxhash.xxh3_128_digest(row) for row in np.ascontiguousarray(np.concatenate(parts, axis=1)))

    def evaluate(self, samples: Samples) -> FrameBatch:
        """Return the batch's leaves in place on the canvas."""
        ir = self._ir
        opacity = self._opacity if self._opacity is not None else _fraction(lane_values(ir, samples.tracks, Lane.OPACITY))
        params = self._params if self._params is not None else param_values(ir, samples.tracks)
        transitions: tuple[FrameTransitions, ...] = ()
        if len(self._transitions):
            pairs = zip(samples.progress, samples.visible, strict=True)
            transitions = tuple(self._transitions.frame(progress, visible) for progress, visible in pairs)
            opacity = _weighed(opacity, [t.weights for t in transitions])
        effects: tuple[FrameEffects, ...] = ()
        if len(self._effects):
            rows = np.broadcast_to(params, (len(samples.frames), params.shape[1]))
            effects = tuple(self._effects.frame(row, shown) for row, shown in zip(rows, samples.visible, strict=True))
            opacity = _weighed(opacity, [e.weights for e in effects])
        forms, box, origin = self._forms.values(params), self._boxes, None
        if box is None:
            intrinsic = self._index.intrinsic[None]
            if len(self._forms):
                intrinsic = self._forms.intrinsic(forms, samples.visible, self._index.intrinsic)
            box = content_boxes(ir, samples.tracks, intrinsic)
        if self._layout is not None:
            box, origin = self._layout.place(samples.tracks, samples.visible, box)
            forms = self._forms.wrapped(forms, samples.visible, box)
        trim = self._trim
        if trim is None:
            trim = np.stack(np.broadcast_arrays(*(lane_values(ir, samples.tracks, lane) for lane in _TRIM)), axis=-1)
        with np.errstate(over="ignore", invalid="ignore"):  # what lands beyond all bounds is not drawn
            local = moved_inside(local_transforms(ir, samples.tracks, box, origin), [e.moves for e in effects])
            world = world_transforms(ir, local, [t.moves for t in transitions])
            clips = None
            if transitions or effects:
                by_frame = np.broadcast_to(world, (len(samples.frames), *world.shape[1:]))
                for frame, at in zip(transitions, by_frame, strict=False):
                    place_sweeps(ir, frame, at)
                if effects:
                    clips = np.stack([content_clips(ir, e, w) for e, w in zip(effects, by_frame, strict=True)])
            leaves = leaf_table(
                ir, self._index, samples.visible, samples.source, opacity, world, box, trim, params, clips, self._forms, forms
            )
        return FrameBatch(samples.frames, samples.visible, opacity, leaves, transitions, effects, samples.keys)


def _fraction(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return values in 0..1; 0 for what is no number."""
    return np.fmin(np.fmax(values, 0.0), 1.0)


def _weighed(
    opacity: npt.NDArray[np.float64], weights: Sequence[Mapping[int, float]]
) -> npt.NDArray[np.float64]:
    """Return opacities times factors of nodes, by frame: (F, N) where there are any."""
    if not any(weights):
        return opacity
    out = np.repeat(opacity, len(weights), axis=0) if len(opacity) < len(weights) else opacity.copy()
    for f, frame in enumerate(weights):
        for node, weight in frame.items():
            out[f, node] *= weight
    return out
