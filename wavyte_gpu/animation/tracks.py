"""All animated lanes of a composition as one table of arrays, sampled at once.

A keyframe track of n keys takes n + 1 rows: one for the time before the first key, then one for each key and the
segment that starts at it. Rows of all tracks follow each other in one array, keyed by track * 2^33 + frame, so that
one binary search finds the row of every lane.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from wavyte_gpu.animation.bezier import build_curves
from wavyte_gpu.animation.ease import FAMILY_KERNELS, EaseId, Family, Mode, Segment, compile_ease
from wavyte_gpu.animation.procedural import sample_noise, sample_sine

__all__ = ["TrackBuilder", "TrackTable"]

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
_T = TypeVar("_T", bound=np.generic)

_STRIDE = 1 << 33
_FIRST = -(1 << 32)  # the row before a track's first key
_BOUND = float((1 << 32) - 1)
_LOW, _HIGH, _ONE = np.array(-_BOUND), np.array(_BOUND), np.array(1.0)
_STILL = Segment(Family.LINEAR)  # a row whose value does not move


@dataclass(frozen=True, slots=True)
class _Group:
    """The rows of one ease family: its kernel and the coefficients, indexed by row."""

    family: Family
    kernel: Callable[..., F64]
    coefficients: tuple[F64 | I64, ...]


@dataclass(frozen=True, slots=True)
class _Keyframes:
    """Keyframe tracks: K of them, R rows. `columns` (K,) are their places among all tracks."""

    columns: I64
    offsets: I64  # (K + 1,) the rows of track k are offsets[k] .. offsets[k + 1]
    base: I64  # (K,) track * 2^33
    row_key: I64  # (R,) track * 2^33 + frame
    row_frame: F64
    row_span: F64  # frames to the next key, 1 where there is none
    row_value: F64
    row_delta: F64  # 0 where the value holds
    row_family: npt.NDArray[np.int8]
    row_flip: F64 | None  # None when every segment has mode IN
    row_scale: F64 | None
    groups: tuple[_Group, ...]

    def sample(self, x: F64) -> F64:
        """Return (F, K) values at (F, K) local frames within +-2^32, which are overwritten."""
        key = np.floor(x).astype(np.int64)
        key += self.base
        row = self.row_key.searchsorted(key.reshape(-1), side="right")
        row -= 1
        u = x.reshape(-1)
        u -= self.row_frame.take(row)
        u /= self.row_span.take(row)
        if self.groups:
            u = self._ease(u, row)
        u *= self.row_delta.take(row)
        u += self.row_value.take(row)
        values: F64 = u.reshape(x.shape)
        return values

    def _ease(self, u: F64, row: npt.NDArray[np.intp]) -> F64:
        """Apply the eases of `row` to the progress `u`, flat, in place or not."""
        flip = scale = None
        if self.row_flip is not None and self.row_scale is not None:
            flip = u >= self.row_flip.take(row)
            scale = self.row_scale.take(row)
            u = np.where(flip, _ONE - u, u)
            u *= scale
        family = self.row_family.take(row)
        for group in self.groups:
            at = (family == group.family).nonzero()[0]
            if at.size == u.size:
                u = group.kernel(u, *[c.take(row) for c in group.coefficients])
            elif at.size:
                rows = row.take(at)
                u[at] = group.kernel(u.take(at), *[c.take(rows) for c in group.coefficients])
        if flip is not None and scale is not None:
            u /= scale
            u = np.where(flip, _ONE - u, u)
        return u


@dataclass(frozen=True, slots=True)
class _Sines:
    columns: I64
    frame_s: tuple[F64, F64]  # denominators and numerators of the frames a second
    amp: F64
    omega: F64  # rad/s
    phase: F64  # rad
    offset: F64


@dataclass(frozen=True, slots=True)
class _Noises:
    columns: I64
    frame_s: tuple[F64, F64]  # denominators and numerators of the frames a second
    amp: F64
    freq_hz: F64
    offset: F64
    seed: U64


@dataclass(frozen=True, slots=True)
class TrackTable:
    """Immutable table of `count` tracks; a track's index is the order in which it was added.

    Results depend on a track and its frame alone: a batch equals its frames one by one, bit for bit, on every machine.
    """

    count: int
    keyframes: _Keyframes | None
    sines: _Sines | None
    noises: _Noises | None

    def sample(self, local_frames: F64) -> F64:
        """Return the value of every track at its own local frame.

        Args:
            local_frames: (F, T) float64, finite, may be fractional; column t is for track t. Frames beyond +-2^32
                count as that.

        Returns:
            (F, T) float64, freshly allocated.
        """
        frames = np.asarray(local_frames, dtype=np.float64)
        if frames.ndim != 2 or frames.shape[1] != self.count:
            raise ValueError(f"local_frames must have shape (F, {self.count}), found {frames.shape}")
        frames = np.maximum(frames, _LOW)
        np.minimum(frames, _HIGH, out=frames)
        if self.keyframes is not None and self.sines is None and self.noises is None:
            return self.keyframes.sample(frames)
        out = np.empty(frames.shape)
        if self.keyframes is not None:
            columns = self.keyframes.columns
            out[:, columns] = self.keyframes.sample(frames[:, columns])
        if self.sines is not None:
            s = self.sines
            out[:, s.columns] = sample_sine(_seconds(frames[:, s.columns], s.frame_s), s.amp, s.omega, s.phase, s.offset)
        if self.noises is not None:
            n = self.noises
            out[:, n.columns] = sample_noise(_seconds(frames[:, n.columns], n.frame_s), n.amp, n.freq_hz, n.offset, n.seed)
        return out


def _seconds(frames: F64, frame_s: tuple[F64, F64]) -> F64:
    seconds = frames * frame_s[0]
    seconds /= frame_s[1]
    return seconds


@dataclass(frozen=True, slots=True)
class _Keys:
    track: int
    fps: Fraction | None
    frames: tuple[int, ...]
    values: tuple[float, ...]
    eases: tuple[tuple[EaseId, tuple[float, ...]], ...]


class TrackBuilder:
    """Collects tracks in order; `build` freezes them into a `TrackTable`. For the normalise stage.

    Attributes:
        fps: frames a second of the tracks that are added next, None for those of `build`.
    """

    def __init__(self) -> None:
        self.fps: Fraction | None = None
        self._count = 0
        self._keys: list[_Keys] = []
        self._checked: set[tuple[EaseId, tuple[float, ...]]] = set()
        self._sines: list[tuple[int, Fraction | None, float, float, float, float]] = []
        self._noises: list[tuple[int, Fraction | None, float, float, float, int]] = []

    def __len__(self) -> int:
        return self._count

    def add_keyframes(
        self, frames: Sequence[int], values: Sequence[float], eases: Sequence[tuple[EaseId, tuple[float, ...]]]
    ) -> int:
        """Add a keyframe track.

        Args:
            frames: local frames, strictly ascending, at least one.
            values: as many, finite.
            eases: as many: kind and parameters of the segment that starts at the key; the last one has no effect.

        Returns:
            The track's index.

        Raises:
            ValueError: any of the above does not hold, or an ease's parameters are wrong.
        """
        keys = _Keys(self._count, self.fps, tuple(map(int, frames)), tuple(map(float, values)), tuple(eases))
        if not keys.frames or not len(keys.frames) == len(keys.values) == len(keys.eases):
            raise ValueError("a keyframe track needs at least one key, and a value and an ease for each")
        if any(b <= a for a, b in zip(keys.frames, keys.frames[1:], strict=False)):
            raise ValueError("key frames must ascend strictly")
        if abs(keys.frames[0]) > _BOUND or abs(keys.frames[-1]) > _BOUND:
            raise ValueError("key frames must lie within +-(2^32 - 1)")
        if not all(abs(v) < 1e300 for v in keys.values):
            raise ValueError("key values must be finite and below 1e300")
        for kind, params in keys.eases:
            if (kind, params) not in self._checked:
                segment = compile_ease(kind, params, 1.0)
                if segment.family is Family.BEZIER:
                    build_curves([segment.coefficients])
                self._checked.add((kind, params))
        self._keys.append(keys)
        return self._next()

    def add_sine(self, amp: float, freq_hz: float, phase: float, offset: float) -> int:
        """Add offset + amp sin(2 pi freq t + phase), phase in rad; return the track's index."""
        self._check(amp, freq_hz, phase, offset)
        self._sines.append((self._count, self.fps, amp, 2.0 * math.pi * freq_hz, phase, offset))
        return self._next()

    def add_noise(self, amp: float, freq_hz: float, offset: float, seed: int) -> int:
        """Add offset + amp noise(freq t), `seed` from `noise_seed`; return the track's index."""
        self._check(amp, freq_hz, offset)
        self._noises.append((self._count, self.fps, amp, freq_hz, offset, seed & ((1 << 64) - 1)))
        return self._next()

    def build(self, fps: Fraction) -> TrackTable:
        """Freeze the tracks; `fps` gives springs and procedural tracks their seconds."""
        if fps <= 0:
            raise ValueError("fps must be > 0")
        return TrackTable(
            self._count,
            _build_keyframes(self._keys, fps) if self._keys else None,
            _build_sines(self._sines, fps) if self._sines else None,
            _build_noises(self._noises, fps) if self._noises else None,
        )

    def _next(self) -> int:
        self._count += 1
        return self._count - 1

    @staticmethod
    def _check(*values: float) -> None:
        if not all(abs(v) < 1e150 for v in values):
            raise ValueError("parameters of procedural tracks must be finite and below 1e150")


def _f64(values: Sequence[float]) -> F64:
    return _frozen(np.array(values, dtype=np.float64))


def _i64(values: Sequence[int]) -> I64:
    return _frozen(np.array(values, dtype=np.int64))


def _frozen(array: npt.NDArray[_T]) -> npt.NDArray[_T]:
    array.setflags(write=False)
    return array


def _frame_s(rates: Sequence[Fraction | None], fps: Fraction) -> tuple[F64, F64]:
    own = [fps if rate is None else rate for rate in rates]
    return _f64([float(rate.denominator) for rate in own]), _f64([float(rate.numerator) for rate in own])


def _build_sines(tracks: Sequence[tuple[int, Fraction | None, float, float, float, float]], fps: Fraction) -> _Sines:
    track, rates, amp, omega, phase, offset = zip(*tracks, strict=True)
    return _Sines(_i64(track), _frame_s(rates, fps), _f64(amp), _f64(omega), _f64(phase), _f64(offset))


def _build_noises(tracks: Sequence[tuple[int, Fraction | None, float, float, float, int]], fps: Fraction) -> _Noises:
    track, rates, amp, freq_hz, offset, seed = zip(*tracks, strict=True)
    return _Noises(_i64(track), _frame_s(rates, fps), _f64(amp), _f64(freq_hz), _f64(offset), _frozen(np.array(seed, dtype=np.uint64)))


def _build_keyframes(tracks: Sequence[_Keys], fps: Fraction) -> _Keyframes:
    """Lay out the rows of all keyframe tracks and bind their eases."""
    keys: list[int] = []
    frames: list[int] = []
    spans: list[int] = []
    values: list[float] = []
    deltas: list[float] = []
    segments: list[Segment] = []
    offsets = [0]
    bound: dict[tuple[EaseId, tuple[float, ...], int, Fraction], Segment] = {}

    def add_row(base: int, frame: int, span: int, value: float, delta: float, segment: Segment) -> None:
        keys.append(base + frame)
        frames.append(frame)
        spans.append(span)
        values.append(value + 0.0)  # no -0.0, whose sign a sum of zeros would lose or keep by chance
        deltas.append(delta)
        segments.append(segment)

    for k, track in enumerate(tracks):
        base = k * _STRIDE
        rate = fps if track.fps is None else track.fps
        add_row(base, _FIRST, 1, track.values[0], 0.0, _STILL)
        last = len(track.frames) - 1
        for i, (frame, value) in enumerate(zip(track.frames, track.values, strict=True)):
            delta = track.values[i + 1] - value if i < last else 0.0
            kind, params = track.eases[i]
            if delta == 0.0 or kind is EaseId.HOLD:
                add_row(base, frame, 1, value, 0.0, _STILL)
                continue
            span = track.frames[i + 1] - frame
            name = (kind, params, span, rate)
            if name not in bound:
                bound[name] = compile_ease(kind, params, float(span / rate))
            add_row(base, frame, span, value, delta, bound[name])
        offsets.append(len(keys))

    moded = any(s.mode is not Mode.IN for s in segments)
    return _Keyframes(
        columns=_i64([t.track for t in tracks]),
        offsets=_i64(offsets),
        base=_i64([k * _STRIDE for k in range(len(tracks))]),
        row_key=_i64(keys),
        row_frame=_f64(frames),
        row_span=_f64(spans),
        row_value=_f64(values),
        row_delta=_f64(deltas),
        row_family=_frozen(np.array([s.family for s in segments], dtype=np.int8)),
        row_flip=_f64([s.flip_at for s in segments]) if moded else None,
        row_scale=_f64([s.scale for s in segments]) if moded else None,
        groups=_build_groups(segments),
    )


def _build_groups(segments: Sequence[Segment]) -> tuple[_Group, ...]:
    """Return the ease families that occur, each with its coefficients by row."""
    groups = []
    for family in sorted({s.family for s in segments} - {Family.HOLD, Family.LINEAR}):
        rows = [s.coefficients if s.family is family else None for s in segments]
        if family is Family.BEZIER:
            controls = sorted({c for c in rows if c is not None})
            index = {c: i for i, c in enumerate(controls)}
            curve = _i64([index[c] if c is not None else 0 for c in rows])
            groups.append(_Group(family, build_curves(controls).evaluate, (curve,)))
            continue
        entry = FAMILY_KERNELS[family]
        assert entry is not None
        kernel, count = entry
        columns = tuple(_f64([c[j] if c is not None else 0.0 for c in rows]) for j in range(count))
        groups.append(_Group(family, kernel, columns))
    return tuple(groups)
