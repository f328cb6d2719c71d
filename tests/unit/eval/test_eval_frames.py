"""Evaluation: time, visibility, transforms, boxes, batches and frame keys, against values by hand and float64 matrices."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import wavyte_gpu as wv
from tests.support.documents import clip_data, collection, document, leaf, png_data, scene
from wavyte_gpu.assets.store import AssetStore
from wavyte_gpu.eval.boxes import content_boxes
from wavyte_gpu.eval.evaluator import Evaluator
from wavyte_gpu.eval.graph import FrameBatch
from wavyte_gpu.eval.properties import sample_tracks
from wavyte_gpu.eval.time_context import local_frames, sampling_frames
from wavyte_gpu.eval.transforms import local_transforms, world_transforms
from wavyte_gpu.normalize.expand import expand
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.normalize.normalizer import normalize
from wavyte_gpu.normalize.support import all_assets
from wavyte_gpu.session.media import SessionMedia

F64 = npt.NDArray[np.float64]


class Evaluated:
    """A document made ready for evaluation."""

    def __init__(self, source: dict[str, Any]) -> None:
        self.comp = wv.Composition.from_json(source)
        document = expand(self.comp.document, {}).document
        self.store = AssetStore(list(all_assets(document).items()), ".")
        self.ir: CompositionIR = normalize(document, lambda _k: 1, self.comp.render_size, self.comp.scale)
        self.media = SessionMedia(self.store, self.ir)
        self.evaluator = Evaluator(self.ir, self.media)

    def batch(self, *frames: int) -> FrameBatch:
        return self.evaluator.evaluate(self.evaluator.sample(np.array(frames, dtype=np.int64)))

    def shown(self, frame: int) -> list[str]:
        """Ids of the leaves of a frame, in painter's order."""
        return [self.ir.names.nodes[n] for n in self.batch(frame).leaves.node]

    def quad(self, name: str, frame: int = 0) -> F64:
        leaves = self.batch(frame).leaves
        return leaves.quad[leaves.node.tolist().index(self.ir.names.nodes.index(name))]

    def key(self, frame: int) -> bytes:
        return self.evaluator.sample(np.array([frame], dtype=np.int64)).keys[0]

    def world(self, name: str, frame: int = 0) -> F64:
        frames = np.array([frame], dtype=np.int64)
        tracks = sample_tracks(self.ir, frames)
        box = content_boxes(self.ir, tracks, self.evaluator._index.intrinsic[None])
        return world_transforms(self.ir, local_transforms(self.ir, tracks, box))[0, self.ir.names.nodes.index(name)]


def keys(*pairs: tuple[int, Any], ease: str = "linear") -> dict[str, Any]:
    return {"keyframes": [{"frame": f, "value": v, "ease": ease} for f, v in pairs]}


# --- time and visibility


def nested() -> Evaluated:
    """root [0, 60) > g [10, 50) > s (sequence, g's [5, 35)): a 4, b 0, c 8 frames; sw (switch) in g's [0, 20)."""
    parts = [leaf("#ff0000", "a", range=[0, 4]), leaf("#ff0000", "b", range=[0, 0]), leaf("#ff0000", "c", range=[0, 8])]
    sequence = collection("s", *parts, mode="sequence", range=[5, 35])
    active = keys((0, -1.5), (10, 3.5))
    switch = collection(
        "sw",
        leaf("#00ff00", "x"),
        leaf("#00ff00", "y", range=[2, 7]),
        leaf("#00ff00", "z"),
        mode={"switch": {"active": active}},
        range=[0, 20],
    )
    return Evaluated(scene(collection("g", sequence, switch, range=[10, 50]), duration=60))


@pytest.mark.parametrize(
    "frame, shown",
    [
        (0, []),
        (9, []),
        (10, ["x"]),  # switch -1.5: clamped to 0
        (14, ["x"]),  # 0.5
        (15, ["a", "y"]),  # s starts at 15; switch exactly 1.0, y lives in [12, 17)
        (16, ["a", "y"]),  # 1.5
        (17, ["a", "z"]),  # 2.0
        (18, ["a", "z"]),
        (19, ["c", "z"]),  # b has no frames
        (20, ["c", "z"]),  # 3.5: clamped to 2
        (26, ["c", "z"]),
        (27, ["z"]),  # the sequence ran out
        (29, ["z"]),
        (30, []),  # sw ends at local 20
        (59, []),
    ],
)
def test_what_is_visible(frame: int, shown: list[str]) -> None:
    assert nested().shown(frame) == shown


def test_local_frames() -> None:
    """g starts at 10, s at 15, c after 4 frames of s, y at 12: local time is the composition's less that."""
    e = nested()
    local = local_frames(e.ir, np.array([0, 19, 40]))
    at = [e.ir.names.nodes.index(n) for n in ("root", "g", "s", "c", "sw", "y")]
    assert local[:, at].tolist() == [[0, -10, -15, -19, -10, -12], [19, 9, 4, 0, 9, 7], [40, 30, 25, 21, 30, 28]]


def test_lanes_are_sampled_at_clamped_local_frames() -> None:
    node = leaf("#ff0000", "a", range=[10, 16], opacity=keys((-5, 0.0), (15, 1.0)))
    e = Evaluated(scene(node))
    frames = np.array([0, 9, 10, 13, 15, 16, 29])
    assert sampling_frames(e.ir, frames, e.ir.track_node)[:, 0].tolist() == [0, 0, 0, 3, 5, 5, 5]
    # value at local f: (f + 5) / 20
    sampled = sample_tracks(e.ir, frames)[:, 0]
    assert sampled == pytest.approx([0.25, 0.25, 0.25, 0.4, 0.5, 0.5, 0.5])


def test_a_child_reaches_no_further_than_its_parent() -> None:
    e = Evaluated(scene(collection("g", leaf("#ff0000", "a", range=[0, 50]), range=[4, 9])))
    assert [f for f in range(30) if e.shown(f)] == [4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    "active, shown",
    [(-7, "a"), (-0.01, "a"), (0.999, "a"), (1, "b"), (1.999, "b"), (2, "c"), (1e300, "c"), (-1e300, "a")],
)
def test_switch_floors_and_clamps(active: float, shown: str) -> None:
    parts = [leaf("#ff0000", n) for n in "abc"]
    assert Evaluated(scene(collection("s", *parts, mode={"switch": {"active": active}}))).shown(0) == [shown]


def test_switch_counts_enabled_children_only() -> None:
    parts = [leaf("#ff0000", "a"), leaf("#ff0000", "off", enabled=False), leaf("#ff0000", "c")]
    assert Evaluated(scene(collection("s", *parts, mode={"switch": {"active": 1}}))).shown(0) == ["c"]


def test_switch_whose_children_are_all_disabled() -> None:
    parts = [leaf("#ff0000", "off", enabled=False)]
    assert Evaluated(scene(collection("s", *parts, mode={"switch": {"active": 0}}))).shown(0) == []


def test_inactive_child_of_a_switch_emits_nothing_below_it() -> None:
    a = collection("a", leaf("#ff0000", "a1"), collection("a2", leaf("#ff0000", "a3")))
    e = Evaluated(scene(collection("s", a, leaf("#00ff00", "b"), mode={"switch": {"active": 1}})))
    assert e.shown(0) == ["b"]


# --- transforms


def test_the_example_of_the_semantics() -> None:
    where = {"translate": [200, 100], "anchor": "center", "rotation_deg": 90}
    quad = Evaluated(scene(leaf("#ff0000", "a", size=[100, 50], transform=where), size=(400, 300))).quad("a")
    # top-left, top-right, bottom-right, bottom-left of the box: y is down, positive is clockwise
    assert quad == pytest.approx(np.array([[225, 50], [225, 150], [175, 150], [175, 50]]))


def matrix(t: dict[str, Any], box: tuple[float, float]) -> F64:
    """T(translate) R ShearY ShearX S T(-anchor), in homogeneous float64."""
    x, y = t.get("translate", (0, 0))
    a = math.radians(t.get("rotation_deg", 0))
    sx, sy = t.get("scale", (1, 1))
    kx, ky = (math.tan(math.radians(v)) for v in t.get("skew_deg", (0, 0)))
    anchor = t.get("anchor", (0, 0))
    ax, ay = (box[0] / 2, box[1] / 2) if anchor == "center" else anchor
    move = np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
    turn = np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1.0]])
    shear_y = np.array([[1, 0, 0], [ky, 1, 0], [0, 0, 1.0]])
    shear_x = np.array([[1, kx, 0], [0, 1, 0], [0, 0, 1.0]])
    size = np.diag([sx, sy, 1.0])
    back = np.array([[1, 0, -ax], [0, 1, -ay], [0, 0, 1.0]])
    return move @ turn @ shear_y @ shear_x @ size @ back


def random_transform(r: Random) -> dict[str, Any]:
    return {
        "translate": [r.uniform(-50, 50), r.uniform(-50, 50)],
        "rotation_deg": r.uniform(-720, 720),
        "scale": [r.uniform(-3, 3), r.uniform(-3, 3)],
        "skew_deg": [r.uniform(-70, 70), r.uniform(-70, 70)],
        "anchor": r.choice(("center", [r.uniform(-20, 20), r.uniform(-20, 20)])),
    }


@pytest.mark.parametrize("seed", range(12))
def test_world_transforms_against_float64_products(seed: int) -> None:
    r = Random(seed)
    outer, middle, inner = (random_transform(r) for _ in range(3))
    box = (17.0, 9.0)
    node = leaf("#ff0000", "a", size=list(box), transform=inner)
    size = (64, 48)
    e = Evaluated(scene(collection("o", collection("m", node, transform=middle), transform=outer), size=size))
    # The box of a collection is the canvas.
    expected = matrix(outer, size) @ matrix(middle, size) @ matrix(inner, box)
    assert e.world("a") == pytest.approx(expected[:2], rel=1e-11, abs=1e-9)


def test_animated_transforms_against_float64_products() -> None:
    moving = {
        "translate": keys((0, [0, 10]), (20, [40, -30])),
        "rotation_deg": keys((0, 0), (20, 180)),
        "scale": keys((0, [1, 1]), (20, [3, 0.5])),
    }
    e = Evaluated(scene(leaf("#ff0000", "a", size=[8, 8], transform=moving)))
    for frame, t in ((0, 0.0), (5, 0.25), (13, 0.65), (20, 1.0), (29, 1.0)):
        still = {"translate": [40 * t, 10 - 40 * t], "rotation_deg": 180 * t, "scale": [1 + 2 * t, 1 - 0.5 * t]}
        assert e.world("a", frame) == pytest.approx(matrix(still, (8, 8))[:2], rel=1e-11, abs=1e-9)


def test_quarter_turns_are_exact() -> None:
    for quarter, rows in (
        (1, [[0, -1], [1, 0]]),
        (2, [[-1, 0], [0, -1]]),
        (3, [[0, 1], [-1, 0]]),
        (4, [[1, 0], [0, 1]]),
    ):
        world = Evaluated(scene(leaf("#ff0000", "a", transform={"rotation_deg": 90 * quarter}))).world("a")
        assert np.abs(world[:, :2] - rows).max() < 1e-15


# --- boxes

PHOTO = {"photo": {"image": {"source": png_data(40, 30, 2, True)}}}


def test_default_boxes() -> None:
    assets = {**PHOTO, "noise": {"noise": {"seed": 1}}, "ramp": {"gradient": {"start": "#000", "end": "#fff"}}}
    e = Evaluated(scene(*[leaf(n, n) for n in ("photo", "noise", "ramp", "#ff0000")], size=(64, 48), assets=assets))
    assert e.quad("photo")[2].tolist() == [40, 30]
    for name in ("noise", "ramp", "#ff0000"):
        assert e.quad(name)[2].tolist() == [64, 48]


def test_canvas_box_contains_the_picture() -> None:
    """40x30 in 64x48: scale 1.6 fits both sides exactly; in 64x64 it is centred."""
    for size, quad in (((64, 48), [[0, 0], [64, 48]]), ((64, 64), [[0, 8], [64, 56]])):
        e = Evaluated(scene(leaf("photo", "p", size="canvas"), size=size, assets=PHOTO))
        assert e.quad("p")[[0, 2]] == pytest.approx(np.array(quad))


def test_canvas_box_at_another_scale() -> None:
    comp = wv.Composition.from_json(scene(leaf("photo", "p", size="canvas"), size=(64, 64), assets=PHOTO))
    e = Evaluated.__new__(Evaluated)
    e.comp = comp.with_overrides(scale=2.5)
    e.store = AssetStore(list(all_assets(comp.document).items()), ".")
    e.ir = normalize(expand(e.comp.document, {}).document, lambda _k: 1, e.comp.render_size, e.comp.scale)
    e.media = SessionMedia(e.store, e.ir)
    e.evaluator = Evaluator(e.ir, e.media)
    assert (e.ir.width, e.ir.height) == (160, 160)
    assert e.quad("p")[[0, 2]] == pytest.approx(np.array([[0, 20], [160, 140]]))


FITS = ("fill", "contain", "cover", "none", "scale_down")


def css_object_fit(fit: str, box: tuple[float, float], content: tuple[float, float], align: list[float]) -> F64:
    """The drawn rectangle [x0, y0, x1, y1] by CSS Images 3, sections 5.5 and 5.6, clipped to the box."""
    ratio = min(box[0] / content[0], box[1] / content[1])
    most = max(box[0] / content[0], box[1] / content[1])
    drawn = {
        "fill": box,
        "contain": (content[0] * ratio, content[1] * ratio),
        "cover": (content[0] * most, content[1] * most),
        "none": content,
        "scale_down": content
        if content[0] <= box[0] and content[1] <= box[1]
        else (content[0] * ratio, content[1] * ratio),
    }[fit]
    x, y = ((b - d) * a for b, d, a in zip(box, drawn, align, strict=True))
    return np.array([max(x, 0.0), max(y, 0.0), min(x + drawn[0], box[0]), min(y + drawn[1], box[1])])


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("box", [(20, 20), (80, 25), (25, 80), (40, 30), (200, 120), (7, 100)])
def test_fit_and_align(fit: str, box: tuple[int, int]) -> None:
    for align in ([0.5, 0.5], [0, 0], [1, 1], [0.25, 0.75], [1, 0]):
        e = Evaluated(scene(leaf("photo", "p", size=list(box), fit=fit, align=align), size=(256, 256), assets=PHOTO))
        quad = e.quad("p")
        assert np.concatenate([quad[0], quad[2]]) == pytest.approx(css_object_fit(fit, box, (40, 30), align), abs=1e-9)
        assert np.concatenate([quad[3][:1], quad[1][1:]]) == pytest.approx([quad[0][0], quad[0][1]])


@pytest.mark.parametrize("fit", ["cover", "none"])
@pytest.mark.parametrize("turn", [0, 30])
def test_what_overflows_the_box_is_clipped(draw: Any, fit: str, turn: float) -> None:
    where = {"translate": [20, 15], "rotation_deg": turn}
    clipped = draw(scene(leaf("photo", "p", size=[12, 10], fit=fit, transform=where), assets=PHOTO))
    plain = draw(scene(leaf("#ffffff", "p", size=[12, 10], transform=where)))
    # The same outline: the picture is opaque, so its alpha is the box's coverage.
    assert np.array_equal(clipped[..., 3], plain[..., 3])


def test_none_shows_texels_one_to_one(draw: Any) -> None:
    """Aligned at 0 the box shows the top-left texels, at 1 the bottom-right ones."""
    whole = draw(scene(leaf("photo", "p"), size=(40, 30), assets=PHOTO))
    for align, part in (([0, 0], whole[:10, :12]), ([1, 1], whole[20:, 28:]), ([0.5, 0.5], whole[10:20, 14:26])):
        node = leaf("photo", "p", size=[12, 10], fit="none", align=align)
        assert np.array_equal(draw(scene(node, size=(12, 10), assets=PHOTO)), part)


def test_size_lanes() -> None:
    e = Evaluated(scene(leaf("#ff0000", "a", size=keys((0, [10, 20]), (10, [30, 0])))))
    assert e.quad("a", 5)[2].tolist() == [20, 10]
    assert e.shown(10) == []  # nothing of no height
    # "center" follows the animated box
    moving = leaf(
        "#ff0000", "a", size=keys((0, [10, 20]), (10, [30, 40])), transform={"anchor": "center", "translate": [32, 24]}
    )
    assert Evaluated(scene(moving)).quad("a", 5)[[0, 2]].tolist() == [[22, 9], [42, 39]]


@pytest.mark.parametrize(
    "where", [{"scale": 0}, {"scale": [1, 0]}, {"translate": [500, 0]}, {"translate": [-64, 0]}, {"skew_deg": [90, 90]}]
)
def test_what_has_no_area_on_the_canvas_is_no_leaf(where: dict[str, Any]) -> None:
    assert Evaluated(scene(leaf("#ff0000", "a", transform=where))).shown(0) == []


def test_bounds_are_the_touched_pixels() -> None:
    e = Evaluated(scene(leaf("#ff0000", "a", box=(2.5, 3, 10, 4.25)), leaf("#ff0000", "b", box=(-9, 40, 12, 99))))
    assert e.batch(0).leaves.bounds.tolist() == [[2, 3, 13, 8], [0, 40, 3, 48]]


@pytest.mark.parametrize("value, seen", [(-1, 0.0), (0.5, 0.5), (7, 1.0)])
def test_animated_opacity_is_clamped(value: float, seen: float) -> None:
    e = Evaluated(scene(leaf("#ff0000", "a", opacity=keys((0, value), (1, value)))))
    assert e.batch(0).opacity[0, 1] == seen


# --- batches and keys


@pytest.mark.parametrize("seed", range(10))
def test_batch_equals_single_frames(seed: int) -> None:
    e = Evaluated(document(Random(seed)))
    frames = list(range(30))
    batch = e.batch(*frames)
    for i, frame in enumerate(frames):
        one = e.batch(frame)
        rows = slice(int(batch.leaves.start[i]), int(batch.leaves.start[i + 1]))
        for name in ("node", "asset", "world_from_content", "content", "quad", "bounds", "source_frame"):
            assert getattr(batch.leaves, name)[rows].tobytes() == getattr(one.leaves, name).tobytes(), (frame, name)
        assert np.array_equal(batch.visible[i], one.visible[0])
        assert batch.opacity[i if len(batch.opacity) > 1 else 0].tobytes() == one.opacity[0].tobytes()
        assert batch.keys[i] == one.keys[0]


FADE = keys((0, 0.2), (29, 1.0))


def test_key_is_the_same_while_nothing_moves() -> None:
    e = Evaluated(scene(leaf("#ff0000", "a"), leaf("#00ff00", "b", range=[10, 20])))
    assert e.key(0) == e.key(9) == e.key(20) == e.key(29)
    assert e.key(10) == e.key(19) != e.key(0)


def test_key_ignores_what_is_invisible_but_animated() -> None:
    hidden = leaf("#ff0000", "h", range=[50, 60], opacity=FADE)
    gone = collection("s", leaf("#00ff00", "a"), leaf("#00ff00", "b", opacity=FADE), mode={"switch": {"active": 0}})
    e = Evaluated(scene(hidden, gone))
    assert len({e.key(f) for f in range(30)}) == 1


def test_key_follows_what_is_visible_and_animated() -> None:
    e = Evaluated(scene(leaf("#ff0000", "a", opacity=FADE)))
    assert len({e.key(f) for f in range(30)}) == 30
    inherited = Evaluated(
        scene(collection("g", leaf("#ff0000", "a"), transform={"rotation_deg": keys((0, 0), (29, 90))}))
    )
    assert len({inherited.key(f) for f in range(30)}) == 30


def test_key_follows_the_chosen_child_not_the_lane_of_a_switch() -> None:
    parts = [leaf("#ff0000", "a"), leaf("#00ff00", "b")]
    e = Evaluated(scene(collection("s", *parts, mode={"switch": {"active": keys((0, 0.0), (20, 2.0))}})))
    assert len({e.key(f) for f in range(10)}) == 1
    assert len({e.key(f) for f in range(10, 30)}) == 1
    assert e.key(0) != e.key(10)


def test_held_keyframes_give_equal_keys() -> None:
    e = Evaluated(scene(leaf("#ff0000", "a", opacity=keys((0, 0.2), (10, 0.7), (20, 1.0), ease="hold"))))
    assert [len({e.key(f) for f in part}) for part in (range(10), range(10, 20), range(20, 30))] == [1, 1, 1]
    assert len({e.key(f) for f in range(30)}) == 3


@pytest.mark.parametrize("seed", range(100, 112))
def test_equal_keys_mean_equal_pixels(draw_reference: Any, seed: int) -> None:
    source = document(Random(seed), max_side=24, leaves=3)
    e = Evaluated(source)
    frames = list(range(0, 30, 3))
    pictures: dict[bytes, bytes] = {}
    for frame in frames:
        drawn = draw_reference(source, frame).tobytes()
        assert pictures.setdefault(e.key(frame), drawn) == drawn


# --- video time


@pytest.mark.parametrize(
    "asset, shown",
    [
        ({}, lambda s: s),
        ({"playback_rate": 2}, lambda s: 2 * s),
        ({"playback_rate": 0.5}, lambda s: s / 2),
        ({"trim_start_sec": 0.5}, lambda s: Fraction(1, 2) + s),
        ({"trim_start_sec": 0.3, "playback_rate": 3}, lambda s: Fraction(3, 10) + 3 * s),
    ],
)
def test_video_frames(asset: dict[str, Any], shown: Any) -> None:
    """Source time is trim_start + local seconds * rate, clamped to the last of 12 frames at 10 fps; local 0 is at frame 4."""
    assets = {"clip": {"video": {"source": clip_data(), **asset}}}
    e = Evaluated(scene(leaf("clip", "v", range=[4, 60]), assets=assets, duration=60, fps=24))
    batch = e.batch(*range(4, 60))
    expected = [min(math.floor(shown(Fraction(f, 24)) * 10), 11) for f in range(56)]
    assert batch.leaves.source_frame.tolist() == expected
    assert e.shown(3) == []
    keys_ = [e.key(f) for f in range(4, 60)]
    assert all((a == b) == (x == y) for (a, b), (x, y) in zip(pairwise(keys_), pairwise(expected), strict=True))


def test_video_frames_at_ntsc_rates() -> None:
    """At 24000/1001 fps frame 12 lies at 0.5005 s: frame 5 of the clip, not 4."""
    assets = {"clip": {"video": {"source": clip_data()}}}
    e = Evaluated(scene(leaf("clip", "v"), assets=assets, fps=23.976))
    wanted = [min(math.floor(Fraction(f * 1001, 24000) * 10), 11) for f in range(30)]
    assert e.batch(*range(30)).leaves.source_frame.tolist() == wanted
    assert wanted[12] == 5


def test_a_trimmed_video_holds_its_last_frame() -> None:
    """Up to 0.6 s, end exclusive: frame 5 is the last."""
    assets = {"clip": {"video": {"source": clip_data(), "trim_start_sec": 0.2, "trim_end_sec": 0.6}}}
    e = Evaluated(scene(leaf("clip", "v"), assets=assets, fps=10))
    assert e.batch(*range(8)).leaves.source_frame.tolist() == [2, 3, 4, 5, 5, 5, 5, 5]


@pytest.mark.parametrize("seed", range(8))
def test_boxes_that_never_move_are_fitted_once(seed: int) -> None:
    e = Evaluated(document(Random(seed * 31 + 5), leaves=6))
    frames = (0, 3, 11, 20)
    once = e.batch(*frames).leaves
    if e.evaluator._boxes is None:
        e = Evaluated(scene(leaf("#ff0000", "a", size=[30, 20]), leaf("#00ff00", "b", size=[5, 9])))
        once = e.batch(*frames).leaves
    index = e.evaluator._index
    assert e.evaluator._boxes is not None and index.rows(np.ones((2, len(index.node)), bool)).fit is not None
    e.evaluator._boxes = None
    anew = e.batch(*frames).leaves
    for name in ("content", "world_from_content", "quad", "bounds", "node"):
        assert getattr(once, name).tobytes() == getattr(anew, name).tobytes(), name
