"""The track table: key semantics, agreement with the easings, and batches that equal their frames in every bit."""

from __future__ import annotations

import bisect
import math
import pickle
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from wavyte_gpu.animation.ease import EASES, EaseId
from wavyte_gpu.animation.procedural import noise1d
from wavyte_gpu.animation.tracks import TrackBuilder, TrackTable

Array = npt.NDArray[Any]

FPS = Fraction(30000, 1001)
PARAMS: dict[EaseId, tuple[float, ...]] = {
    EaseId.CUBIC_BEZIER: (0.25, 0.1, 0.25, 1.0),
    EaseId.SPRING: (120.0, 12.0, 1.0),
}
Ease = tuple[EaseId, tuple[float, ...]]
LINEAR: Ease = (EaseId.LINEAR, ())
HOLD: Ease = (EaseId.HOLD, ())


def table(*tracks: tuple[Sequence[int], Sequence[float], Sequence[Ease]], fps: Fraction = FPS) -> TrackTable:
    builder = TrackBuilder()
    for frames, values, eases in tracks:
        builder.add_keyframes(frames, values, eases)
    return builder.build(fps)


def column(tracks: TrackTable, frames: npt.ArrayLike) -> Array:
    """Sample a table of one track."""
    return tracks.sample(np.asarray(frames, dtype=np.float64)[:, None])[:, 0]


def test_before_between_and_after() -> None:
    one = table(([10, 20, 40], [1.0, 3.0, -1.0], [LINEAR, LINEAR, LINEAR]))
    frames = [-1e9, 0, 9.999, 10, 15, 19.5, 20, 30, 40, 40.5, 1e12]
    np.testing.assert_array_equal(column(one, frames), [1.0, 1.0, 1.0, 1.0, 2.0, 2.9, 3.0, 1.0, -1.0, -1.0, -1.0])


def test_hold_jumps_at_the_key() -> None:
    one = table(([0, 5], [2.0, 7.0], [HOLD, HOLD]))
    np.testing.assert_array_equal(column(one, [0, 4, math.nextafter(5.0, 0.0), 5, 6]), [2.0, 2.0, 2.0, 7.0, 7.0])


def test_the_ease_shapes_the_segment_that_starts_at_its_key() -> None:
    one = table(([0, 10, 20], [0.0, 1.0, 0.0], [(EaseId.QUAD_IN, ()), HOLD, LINEAR]))
    np.testing.assert_allclose(column(one, [5, 10, 15, 20]), [0.25, 1.0, 1.0, 0.0], rtol=0.0, atol=1e-15)


def test_one_key_is_constant() -> None:
    np.testing.assert_array_equal(column(table(([7], [0.1], [LINEAR])), [0, 7, 100]), [0.1, 0.1, 0.1])


def test_keys_are_met_exactly() -> None:
    rng = np.random.default_rng(5)
    for i, definition in enumerate(EASES):
        kind = EaseId(i)
        values = rng.normal(size=6) * 1000.0
        frames = [-40, -3, 0, 1, 17, 400]
        one = table((frames, list(values), [(kind, PARAMS.get(kind, ()))] * 6))
        np.testing.assert_array_equal(column(one, frames), values, err_msg=definition.name)


@pytest.mark.parametrize("kind", list(EaseId))
def test_segments_follow_the_registry(kind: EaseId) -> None:
    params = PARAMS.get(kind, ())
    one = table(([3, 27], [-2.0, 6.0], [(kind, params), LINEAR]))
    frames = np.arange(3.0, 27.0, 0.25)
    eased = EASES[kind]((frames - 3.0) / 24.0, *params, seconds=float(24 / FPS))
    np.testing.assert_array_equal(column(one, frames), -2.0 + 8.0 * eased)


def every_kind(fps: Fraction = FPS) -> TrackTable:
    """Return a table of every ease, with procedural tracks among them."""
    builder = TrackBuilder()
    for i in range(len(EASES)):
        ease = (EaseId(i), PARAMS.get(EaseId(i), ()))
        builder.add_keyframes([0, 10 + i, 60, 61], [1.0, -3.0 * i, 0.5, 8.0], [ease, LINEAR, ease, ease])
        if i % 9 == 0:
            builder.add_sine(2.0, 0.5 + i, 0.3, 1.0)
        if i % 10 == 0:
            builder.add_noise(2.0, 3.0, -1.0, 12345 + i)
    builder.add_keyframes([0, 50], [0.0, 1.0], [(EaseId.SPRING, (100.0, 55.0, 1.0)), LINEAR])
    return builder.build(fps)


EVERY = every_kind()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_batch_equals_its_frames_bit_for_bit(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    frame = st.one_of(
        st.integers(-5, 80).map(float), st.floats(-10.0, 90.0), st.floats(allow_nan=False, allow_infinity=False)
    )
    flat = data.draw(st.lists(frame, min_size=count, max_size=count))
    shift = np.arange(EVERY.count) % data.draw(st.integers(1, 7))
    frames: npt.NDArray[np.float64] = np.array(flat)[:, None] + shift.astype(np.float64)
    batch = EVERY.sample(frames)
    assert np.isfinite(batch).all()
    for i in range(count):
        np.testing.assert_array_equal(EVERY.sample(frames[i : i + 1]).view(np.uint64)[0], batch.view(np.uint64)[i])
    np.testing.assert_array_equal(EVERY.sample(np.asfortranarray(frames)).view(np.uint64), batch.view(np.uint64))
    spread = np.repeat(frames, 2, axis=0)[::2]
    np.testing.assert_array_equal(EVERY.sample(spread).view(np.uint64), batch.view(np.uint64))


def test_a_track_does_not_depend_on_its_neighbours() -> None:
    frames = np.arange(-3.0, 70.0, 0.5)
    whole = EVERY.sample(np.repeat(frames[:, None], EVERY.count, axis=1))
    alone = table(([0, 60], [0.0, 1.0], [(EaseId.ELASTIC_OUT, ()), LINEAR]))
    builder = TrackBuilder()
    for i in range(len(EASES)):
        builder.add_keyframes([0, 9], [0.0, 1.0], [(EaseId(i), PARAMS.get(EaseId(i), ())), LINEAR])
    place = builder.add_keyframes([0, 60], [0.0, 1.0], [(EaseId.ELASTIC_OUT, ()), LINEAR])
    crowd = builder.build(FPS)
    many = crowd.sample(np.repeat(frames[:, None], crowd.count, axis=1))
    np.testing.assert_array_equal(many[:, place], column(alone, frames))
    assert whole.shape == (len(frames), EVERY.count)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-1000, 1000), st.floats(-1e6, 1e6)), min_size=1, max_size=9, unique_by=lambda k: k[0]
    ),
    st.lists(st.floats(-1100.0, 1100.0), min_size=1, max_size=9),
)
def test_linear_against_a_plain_search(keys: list[tuple[int, float]], at: list[float]) -> None:
    keys.sort()
    frames, values = [k for k, _ in keys], [v for _, v in keys]
    want = []
    for f in at:
        i = bisect.bisect_right(frames, f) - 1
        if i < 0 or i == len(keys) - 1:
            want.append(values[max(i, 0)])
        else:
            u = (f - frames[i]) / (frames[i + 1] - frames[i])
            want.append(values[i] + (values[i + 1] - values[i]) * u)
    np.testing.assert_array_equal(column(table((frames, values, [LINEAR] * len(keys))), at), want)


def test_columns_have_their_own_frames() -> None:
    two = table(([0, 10], [0.0, 10.0], [LINEAR] * 2), ([0, 10], [0.0, 100.0], [LINEAR] * 2))
    np.testing.assert_array_equal(two.sample(np.array([[1.0, 9.0], [2.0, -4.0]])), [[1.0, 90.0], [2.0, 0.0]])


def test_procedural_tracks() -> None:
    builder = TrackBuilder()
    sine = builder.add_sine(3.0, 2.0, 0.5, 10.0)
    key = builder.add_keyframes([0, 10], [0.0, 1.0], [LINEAR] * 2)
    noise = builder.add_noise(4.0, 1.5, -2.0, 99)
    mixed = builder.build(Fraction(24))
    frames = np.arange(0.0, 48.0, 0.5)
    got = mixed.sample(np.repeat(frames[:, None], 3, axis=1))
    want = [10.0 + 3.0 * math.sin(2 * math.pi * 2.0 * float(f) / 24 + 0.5) for f in frames]
    np.testing.assert_allclose(got[:, sine], want, rtol=0.0, atol=1e-12)
    np.testing.assert_array_equal(got[:, key], np.minimum(frames / 10.0, 1.0))
    seed = np.array([99], dtype=np.uint64)
    np.testing.assert_array_equal(got[:, noise], noise1d(frames[:, None] / 24.0 * 1.5, seed)[:, 0] * 4.0 - 2.0)


def test_springs_use_the_frame_rate() -> None:
    ease = (EaseId.SPRING, (200.0, 8.0, 1.0))
    fast = column(table(([0, 30], [0.0, 1.0], [ease, LINEAR]), fps=Fraction(60)), range(31))
    slow = column(table(([0, 15], [0.0, 1.0], [ease, LINEAR]), fps=Fraction(30)), np.arange(31) / 2)
    np.testing.assert_array_equal(fast, slow)
    assert fast.max() > 1.1


def test_empty_tables_and_no_frames() -> None:
    assert TrackBuilder().build(FPS).sample(np.zeros((3, 0))).shape == (3, 0)
    assert EVERY.sample(np.zeros((0, EVERY.count))).shape == (0, EVERY.count)


def test_input_is_kept_and_tables_are_immutable() -> None:
    frames = np.full((2, EVERY.count), 3.0)
    frames.setflags(write=False)
    EVERY.sample(frames)
    assert EVERY.keyframes is not None
    with pytest.raises(ValueError, match="read-only"):
        EVERY.keyframes.row_value[0] = 1.0


def test_tables_pickle() -> None:
    frames = np.repeat(np.arange(70.0)[:, None], EVERY.count, axis=1)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(EVERY)).sample(frames), EVERY.sample(frames))


@pytest.mark.parametrize(
    ("frames", "values", "eases"),
    [
        ([], [], []),
        ([0, 1], [0.0], [LINEAR] * 2),
        ([1, 1], [0.0, 1.0], [LINEAR] * 2),
        ([2, 1], [0.0, 1.0], [LINEAR] * 2),
        ([0], [math.nan], [LINEAR]),
        ([0], [math.inf], [LINEAR]),
        ([1 << 33], [0.0], [LINEAR]),
        ([0], [0.0], [(EaseId.SPRING, (0.0, 1.0, 1.0))]),
        ([0], [0.0], [(EaseId.CUBIC_BEZIER, (2.0, 1.0, 1.0, 1.0))]),
    ],
)
def test_wrong_tracks(frames: list[int], values: list[float], eases: list[Ease]) -> None:
    with pytest.raises(ValueError, match=r"key|spring|bezier"):
        TrackBuilder().add_keyframes(frames, values, eases)


def test_wrong_shapes() -> None:
    with pytest.raises(ValueError, match="shape"):
        EVERY.sample(np.zeros((1, EVERY.count + 1)))
    with pytest.raises(ValueError, match="fps"):
        TrackBuilder().build(Fraction(0))
    with pytest.raises(ValueError, match="finite"):
        TrackBuilder().add_sine(math.nan, 1.0, 0.0, 0.0)


def test_known_bits() -> None:
    """The same on every machine: computed once, must not move."""
    frames = np.repeat(np.arange(-2.0, 70.0, 0.5)[:, None], EVERY.count, axis=1)
    digest = xxhash.xxh3_128_hexdigest(EVERY.sample(frames).astype("<f8").tobytes())
    assert digest == "dd63caa180e90eee35c2b491ae0efe60"
