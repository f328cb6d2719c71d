"""Exact time maps, and the overlaps of a sequence's children."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene
from wavyte_gpu.normalize.expand import expand
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.normalize.normalizer import normalize
from wavyte_gpu.normalize.times import Clock, Side, overlaps, time_map

SIDES = st.none() | st.builds(Side, st.sampled_from("ab"), st.integers(1, 30))
CHILDREN = st.lists(st.tuples(st.integers(0, 30), SIDES, SIDES), min_size=1, max_size=8)


def lower(source: dict[str, Any]) -> CompositionIR:
    comp = wv.Composition.from_json(source)
    return normalize(expand(comp.document, {}).document, lambda _key: Fraction(1), comp.render_size)


@given(CHILDREN)
def test_overlaps_fit(children: list[tuple[int, Side | None, Side | None]]) -> None:
    durations, ins, outs = (list(column) for column in zip(*children, strict=True))
    shared = overlaps(durations, ins, outs)
    assert len(shared) == len(durations) - 1
    for i, overlap in enumerate(shared):
        going, coming = outs[i], ins[i + 1]
        assert 0 <= overlap <= min(durations[i], durations[i + 1])
        if (going is None and coming is None) or (going is not None and coming is not None and going != coming):
            assert overlap == 0
        else:
            wanted = (going or coming).frames  # type: ignore[union-attr]
            before = shared[i - 1] if i else 0
            assert overlap == min(wanted, durations[i] - before, durations[i + 1])
    for i, duration in enumerate(durations):
        assert (shared[i - 1] if i else 0) + (shared[i] if i < len(shared) else 0) <= duration
    starts = [0]
    for i, overlap in enumerate(shared):
        starts.append(starts[-1] + durations[i] - overlap)
    assert starts == sorted(starts)
    for i in range(len(starts) - 2):
        assert starts[i] + durations[i] <= starts[i + 2]  # never three at once


def fade(frames: int, kind: str = "crossfade", **params: Any) -> dict[str, Any]:
    return {"kind": kind, "duration_frames": frames, **({"params": params} if params else {})}


def shown(frames: int, node_id: str, **fields: Any) -> dict[str, Any]:
    return leaf("#ff0000", node_id, range=[0, frames], **fields)


def starts(*children: dict[str, Any]) -> list[int]:
    ir = lower(scene(collection("s", *children, mode="sequence"), duration=100))
    return (-ir.nodes.time_add[2:]).tolist()


def test_children_of_a_sequence_overlap_by_their_transitions() -> None:
    a, b = shown(20, "a", transition_out=fade(6)), shown(20, "b", transition_in=fade(6))
    assert starts(a, b, shown(5, "c")) == [0, 14, 34]
    assert starts(a, shown(20, "b"), shown(5, "c")) == [0, 14, 34]
    assert starts(shown(20, "a"), b, shown(5, "c")) == [0, 14, 34]
    assert starts(a, shown(20, "b", transition_in=fade(5)), shown(5, "c")) == [0, 20, 40]
    assert starts(a, shown(20, "b", transition_in=fade(6, "wipe"))) == [0, 20]
    assert starts(shown(4, "a", transition_out=fade(6)), b) == [0, 0]
    assert starts(a, shown(9, "b", transition_in=fade(6), transition_out=fade(6)), shown(9, "c")) == [0, 14, 20]


def test_transitions_last_as_long_as_their_overlap() -> None:
    children = [
        shown(20, "a", transition_out=fade(6)),
        shown(9, "b", transition_in=fade(6), transition_out=fade(6)),
        shown(9, "c", transition_in=fade(6)),
    ]
    ir = lower(scene(collection("s", *children, mode="sequence"), duration=100))
    assert {n: t.frames for n, t in ir.stages.transitions_in.items()} == {3: 6, 4: 3}
    assert {n: t.frames for n, t in ir.stages.transitions_out.items()} == {2: 6, 3: 3}


def test_a_stack_keeps_its_times() -> None:
    children = [shown(20, "a", transition_out=fade(30)), shown(20, "b", transition_in=fade(30))]
    ir = lower(scene(*children))
    assert ir.nodes.time_add.tolist() == [0, 0, 0]
    assert [t.frames for t in (ir.stages.transitions_in[2], ir.stages.transitions_out[1])] == [20, 20]


FRACTIONS = st.fractions(min_value=-8, max_value=8, max_denominator=99)


@given(FRACTIONS, FRACTIONS, st.integers(0, 10**6))
def test_integers_of_a_clock_are_exact(scale: Fraction, add: Fraction, frame: int) -> None:
    num, plus, den = Clock(scale, add, Fraction(30)).integers(10**6, "n")
    assert Fraction(frame * num + plus, den) == frame * scale + add


def test_a_clock_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(wv.LimitError, match="64-bit"):
        Clock(Fraction(1, 2**40 + 1), Fraction(1, 2**40 - 1), Fraction(30)).integers(10, "n")


def test_time_map_in_seconds() -> None:
    """inner = (local - offset) * scale, in seconds; children of the composition begin later."""
    inner = {
        "canvas": {"width": 8, "height": 8},
        "fps": 24,
        "duration": 48,
        "assets": {"r": {"solid_rect": {"color": "#f00"}}},
        "root": collection("in", leaf("r", "x", range=[12, 40])),
    }
    time = {"offset": 15, "scale": -2, "clip": [3, 40]}
    ir = lower(
        scene({"id": "r", "kind": {"comp_ref": {"composition": inner, "time": time}}, "range": [30, 60]}, fps=30)
    )
    x = ir.names.nodes.index("r/x")
    # t seconds: local of the reference t - 1, inner (t - 1 - 0.5) * -2, of x half a second less
    assert time_map(ir, x) == (Fraction(-2), Fraction(3) - Fraction(1, 2))
    assert ir.times_a_second(x) == int(ir.nodes.time_den[x]) * 24
    assert ir.nodes.canvas[x].tolist() == [8.0, 8.0] and ir.nodes.canvas[1].tolist() == [8.0, 8.0]
    assert ir.names.nodes[ir.nodes.home[x]] == "r/(canvas)" and ir.nodes.home[1] == -1
