"""The mix: clips at their places, with their gains, summed and limited. Any part of it equals that part of the whole, bit for bit.

Samples are computed in blocks that lie on a fixed grid of the composition, so what was read before never matters.
"""

from __future__ import annotations

import bisect
from collections import OrderedDict
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from wavyte_gpu.audio.manifest import SAMPLE_RATE, Clip, sample_at
from wavyte_gpu.audio.resample import resample
from wavyte_gpu.eval.expressions import sample_lanes
from wavyte_gpu.eval.properties import lane_values
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.foundation.enums import Lane
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["BLOCK", "HEADROOM", "AudioMix", "MixPart", "limit"]

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

BLOCK = 1 << 14  # samples
HEADROOM = 10.0 ** (1.0 / 20.0) - 1.0
_KEPT = 4  # blocks


def limit(samples: F64) -> F64:
    """Return samples limited softly: x up to full scale; beyond it `sign(x) (1 + h tanh((|x| - 1) / h))`, h = 1 dB.

    Continuous with its slope, and never more than 1 dB above full scale, where integer formats clip.
    """
    size = np.abs(samples)
    over = size > 1.0
    if not over.any():
        return samples
    out = samples.copy()
    out[over] = np.sign(samples[over]) * (1.0 + HEADROOM * np.tanh((size[over] - 1.0) / HEADROOM))
    return out


class AudioMix:
    """The sound of a composition, 48 kHz stereo; sample 0 is where frame 0 begins.

    Args:
        clips: of `build_manifest`.
        program: the composition's expressions with the values of its variables.
        gain: of the sum, before it is limited.
    """

    def __init__(
        self, ir: CompositionIR, clips: list[Clip], program: BoundProgram | None = None, gain: float = 1.0
    ) -> None:
        self._ir = ir
        self._program = program
        self._clips = clips
        self._firsts = [clip.first for clip in clips]
        self._gain = gain
        self._blocks: OrderedDict[int, F32] = OrderedDict()
        volumes = np.isin(ir.track_lane, (Lane.VOLUME, Lane.ASSET_VOLUME))
        self._moving = set(ir.track_node[volumes].tolist())

    def with_gain(self, gain: float) -> AudioMix:
        """Return the same mix at another gain."""
        return AudioMix(self._ir, self._clips, self._program, gain)

    def read(self, first: int, count: int) -> F32:
        """Return (count, 2) float32 from composition sample `first` on; full scale is 1."""
        out = np.empty((count, 2), np.float32)
        at = 0
        while at < count:
            number, begin = divmod(first + at, BLOCK)
            block = self._block(number)
            size = min(count - at, BLOCK - begin)
            out[at : at + size] = block[begin : begin + size]
            at += size
        return out

    def part(self, first_frame: int, frames: int) -> MixPart:
        """Return the sound of a range of frames."""
        return MixPart(self, first_frame, frames, self._ir.fps)

    def _block(self, number: int) -> F32:
        found = self._blocks.get(number)
        if found is None:
            found = self._blocks[number] = self._mixed(number * BLOCK)
            if len(self._blocks) > _KEPT:
                self._blocks.popitem(last=False)
        return found

    def _mixed(self, start: int) -> F32:
        total = np.zeros((BLOCK, 2))
        for clip in self._clips[: bisect.bisect_left(self._firsts, start + BLOCK)]:
            first, last = max(clip.first, start), min(clip.last, start + BLOCK)
            if first < last:
                total[first - start : last - start] += self._gains(clip, first, last)[:, None] * _samples(
                    clip, first, last
                )
        return limit(total * self._gain).astype(np.float32)

    def _gains(self, clip: Clip, first: int, last: int) -> F64:
        """Return the volume of a clip at samples [first, last): its lanes times its fades."""
        at = np.arange(first, last, dtype=np.float64)
        gain = self._volume(clip.node, first, last)
        if clip.fade_in > 0.0:
            gain = gain * np.clip((at - clip.first) / clip.fade_in, 0.0, 1.0)
        if clip.fade_out > 0.0:
            gain = gain * np.clip((clip.last - at) / clip.fade_out, 0.0, 1.0)
        return gain

    def _volume(self, node: int, first: int, last: int) -> F64:
        """Return the volume lanes at samples: what they are where frames begin, on straight lines between."""
        if node not in self._moving:
            base = self._ir.nodes.base[node]
            return np.full(last - first, max(float(base[Lane.VOLUME]), 0.0) * max(float(base[Lane.ASSET_VOLUME]), 0.0))
        per_frame = SAMPLE_RATE / self._ir.fps
        frames = np.arange(int(first / per_frame), int(last / per_frame) + 2, dtype=np.int64)
        tracks, _ = sample_lanes(self._ir, self._program, frames)
        values = np.ones(len(frames))
        for lane in (Lane.VOLUME, Lane.ASSET_VOLUME):
            values *= np.maximum(np.nan_to_num(lane_values(self._ir, tracks, lane)[:, node]), 0.0)
        place = np.arange(first, last) * float(1 / per_frame)
        volume: F64 = np.interp(place, frames.astype(np.float64), values)
        return volume


def _samples(clip: Clip, first: int, last: int) -> F32:
    """Return what a clip plays at samples [first, last), before its gains."""

    def read(begin: int, count: int) -> F32:
        return clip.sound.read(clip.start + begin, count)

    return resample(read, first - clip.anchor, last - first, clip.step)


class MixPart:
    """The sound of a range of frames: what a sink is given. Sample 0 is where its first frame begins.

    Attributes:
        sample_rate: Hz. length: samples.
    """

    sample_rate = SAMPLE_RATE

    def __init__(self, mix: AudioMix, first_frame: int, frames: int, fps: Fraction) -> None:
        self._mix = mix
        self._first_frame = first_frame
        self._fps = fps
        self._first = sample_at(first_frame, fps)
        self.length = self.samples_until(frames)

    def read(self, first: int, count: int) -> F32:
        """Return (count, 2) float32 from sample `first`."""
        return self._mix.read(self._first + first, count)

    def samples_until(self, frames: int) -> int:
        """Return how many samples lie before the end of the first `frames` frames."""
        return sample_at(self._first_frame + frames, self._fps) - self._first
