"""Which clips of sound a composition plays: where on its time line, from where in their sources, how fast (spec, section 15.4).

A clip's first source sample lands on the composition's sample nearest to its node's local time 0, and every later one at an exact
rational distance from it, so that nothing drifts and sound at 48 kHz and normal speed is copied sample for sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np

from wavyte_gpu.eval.expressions import sample_lanes
from wavyte_gpu.eval.properties import lane_values
from wavyte_gpu.expr.machine import BoundProgram
from wavyte_gpu.foundation.enums import Lane, NodeKind
from wavyte_gpu.foundation.errors import LimitError, Problem, SchemaError
from wavyte_gpu.foundation.timebase import round_half_up
from wavyte_gpu.normalize.ir import CompositionIR

__all__ = ["SAMPLE_RATE", "Clip", "Sound", "SoundMedia", "build_manifest", "sample_at"]

SAMPLE_RATE = 48_000
_MAX_STEP = 128
_SWITCH_BATCH = 1024  # frames


class Sound(Protocol):
    """Prepared sound: any samples of it, silence outside."""

    sample_rate: int
    duration_s: Fraction

    def read(self, first: int, count: int) -> np.typing.NDArray[np.float32]:
        """Return (count, 2) samples."""


class SoundMedia(Protocol):
    """What the mix asks of prepared media."""

    def sound(self, asset: int) -> Sound | None:
        """Return an asset's sound, None for what has none."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One sound on the composition's time line. Samples are the composition's unless they say otherwise.

    Attributes:
        node: the leaf. sound: what it plays.
        first, last: where it is heard, `last` exclusive: fades run over this.
        anchor: where the source's sample `start` lands. step: source samples from one sample to the next; below 0 it runs backwards.
        fade_in, fade_out: samples.
    """

    node: int
    sound: Sound
    first: int
    last: int
    anchor: int
    start: int
    step: Fraction
    fade_in: float
    fade_out: float


class _Clock(NamedTuple):
    """A node's time: local seconds = start + composition seconds * scale. A scale of 0 stands still, below 0 it runs backwards."""

    start: Fraction
    scale: Fraction
    fps: Fraction

    def span(self, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
        """Return the composition seconds of a span of local seconds; all or nothing where time stands still."""
        if self.scale == 0:
            return (-_EVER, _EVER) if low <= self.start < high else (_EVER, -_EVER)
        a, b = (low - self.start) / self.scale, (high - self.start) / self.scale
        return min(a, b), max(a, b)


_EVER = Fraction(1 << 40)


def sample_at(frame: int, fps: Fraction) -> int:
    """Return the composition's sample at which a frame begins, the nearest one."""
    return round_half_up(Fraction(frame) / fps * SAMPLE_RATE)


def build_manifest(
    ir: CompositionIR, media: SoundMedia, frames: range, program: BoundProgram | None = None
) -> list[Clip]:
    """Return the clips of a composition, by when they begin. They do not depend on the rendered frames, but for switches.

    Args:
        frames: what is rendered; a switch must not change in it.
        program: the composition's expressions with the values of its variables.

    Raises:
        SchemaError: a switch that holds sound changes within the rendered frames.
        LimitError: a sound runs too fast.
    """
    nodes = ir.nodes
    clips: list[Clip] = []
    stack = [(0, -_EVER, _EVER)]
    while stack:
        node, low, high = stack.pop()
        if not nodes.drawn[node]:
            continue
        clock = _clock(ir, node)
        begin, end = clock.span(Fraction(0), int(nodes.duration[node]) / clock.fps)
        low, high = max(low, begin), min(high, end)
        if low >= high:
            continue
        if nodes.kind[node] == NodeKind.LEAF:
            clip = _clip(ir, media, node, clock, low, high)
            if clip is not None:
                clips.append(clip)
            continue
        children = nodes.children[nodes.child_start[node] : nodes.child_start[node + 1]].tolist()
        if nodes.kind[node] == NodeKind.SWITCH and children and _holds_sound(ir, media, node):
            chosen = _chosen(ir, program, node, len(children), _frames_within(frames, low, high, ir.fps))
            children = [] if chosen is None else [children[chosen]]
        stack += [(child, low, high) for child in reversed(children)]
    return sorted(clips, key=lambda clip: (clip.first, clip.node))


def _clock(ir: CompositionIR, node: int) -> _Clock:
    """Return a node's clock: the one place that knows how the IR keeps time."""
    nodes = ir.nodes
    fps = Fraction(int(nodes.fps_num[node]), int(nodes.fps_den[node]))
    den = int(nodes.time_den[node])
    return _Clock(Fraction(int(nodes.time_add[node]), den) / fps, Fraction(int(nodes.time_num[node]), den) * ir.fps / fps, fps)


def _clip(
    ir: CompositionIR, media: SoundMedia, node: int, clock: _Clock, low: Fraction, high: Fraction
) -> Clip | None:
    """Return a leaf's clip within [low, high) seconds, None where nothing is heard."""
    asset = int(ir.nodes.asset[node])
    define = ir.assets.sounds.get(asset)
    sound = None if define is None or define.mute or clock.scale == 0 else media.sound(asset)
    if define is None or sound is None:
        return None
    step = clock.scale * define.rate * sound.sample_rate / SAMPLE_RATE
    if abs(step) > _MAX_STEP:
        text = "sound can't be played so fast; mute it, or render without sound (--no-audio)"
        found, allowed = f"{float(abs(step)):g} source samples for one", f"at most {_MAX_STEP}"
        raise LimitError(Problem("error", "limit", text, node_id=ir.names.nodes[node], found=found, allowed=allowed))
    end_s = sound.duration_s if define.trim_end_s is None else min(define.trim_end_s, sound.duration_s)
    begin, end = clock.span(Fraction(0), max(end_s - define.trim_start_s, Fraction(0)) / define.rate)
    first = round_half_up(max(low, begin) * SAMPLE_RATE)
    last = round_half_up(min(high, end) * SAMPLE_RATE)
    if first >= last:
        return None
    return Clip(
        node,
        sound,
        first,
        last,
        round_half_up(-clock.start / clock.scale * SAMPLE_RATE),
        round_half_up(define.trim_start_s * sound.sample_rate),
        step,
        float(define.fade_in_s * SAMPLE_RATE),
        float(define.fade_out_s * SAMPLE_RATE),
    )


def _holds_sound(ir: CompositionIR, media: SoundMedia, node: int) -> bool:
    """Return whether anything below a node sounds."""
    for leaf in range(node, int(ir.nodes.subtree_end[node])):
        asset = int(ir.nodes.asset[leaf])
        define = ir.assets.sounds.get(asset)
        if define is not None and not define.mute and ir.nodes.drawn[leaf] and media.sound(asset) is not None:
            return True
    return False


def _frames_within(frames: range, low: Fraction, high: Fraction, fps: Fraction) -> range:
    """Return the frames that begin in [low, high) seconds."""
    first, last = -((-low * fps).__floor__()), -((-high * fps).__floor__())
    return range(max(frames.start, first), min(frames.stop, last))


def _chosen(
    ir: CompositionIR, program: BoundProgram | None, switch: int, count: int, frames: range
) -> int | None:
    """Return the child that a switch shows in all of the frames, None without any frame."""
    if not frames:
        return None
    found: set[int] = set()
    animated = ((ir.track_node == switch) & (ir.track_lane == Lane.SWITCH_ACTIVE)).any()
    for start in range(frames.start, frames.stop if animated else frames.start + 1, _SWITCH_BATCH):
        batch = np.arange(start, min(start + _SWITCH_BATCH, frames.stop), dtype=np.int64)
        tracks, _ = sample_lanes(ir, program, batch)
        active = lane_values(ir, tracks, Lane.SWITCH_ACTIVE)[:, switch]
        found.update(np.clip(np.floor(np.nan_to_num(active)), 0, count - 1).astype(int).tolist())
        if len(found) > 1:
            text = "a switch that holds sound changes its child within the rendered frames"
            shown = ", ".join(str(child) for child in sorted(found)[:4])
            raise SchemaError(
                Problem(
                    "error",
                    "switch_sound",
                    text,
                    node_id=ir.names.nodes[switch],
                    found=f"children {shown}",
                    allowed="one child, or no sound",
                    hint="--no-audio renders the picture alone; muted sounds do not count",
                )
            )
    return found.pop()
