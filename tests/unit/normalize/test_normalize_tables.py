"""The IR: numbering, time, lanes, what is left out, bounds. Expectations are written by hand from the semantics."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from math import pi
from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene
from wavyte_gpu.foundation.enums import AssetKind, Blend, Fit, Lane, NodeKind, SizeMode
from wavyte_gpu.normalize import normalizer
from wavyte_gpu.normalize.expand import expand
from wavyte_gpu.normalize.ir import CompositionIR
from wavyte_gpu.normalize.normalizer import normalize


def lower(document: dict[str, Any], seconds: Fraction = Fraction(1)) -> CompositionIR:
    comp = wv.Composition.from_json(document)
    return normalize(expand(comp.document, {}).document, lambda _key: seconds, comp.render_size, comp.scale)


TREE = scene(
    leaf("#ff0000", "a", range=[3, 9]),
    collection(
        "g",
        leaf("#00ff00", "b", range=[1, 5]),
        collection(
            "s", leaf("#ff0000", "c", range=[0, 4]), leaf("#0000ff", "d", range=[0, 6]), mode="sequence", range=[2, 20]
        ),
        leaf("#00ff00", "e"),
        range=[10, 28],
    ),
    leaf("#ff0000", "f"),
)


def test_preorder_ids() -> None:
    ir = lower(TREE)
    assert ir.names.nodes == ("root", "a", "g", "b", "s", "c", "d", "e", "f")
    nodes = ir.nodes
    assert nodes.parent.tolist() == [-1, 0, 0, 2, 2, 4, 4, 2, 0]
    assert nodes.subtree_end.tolist() == [9, 2, 8, 4, 7, 6, 7, 8, 9]
    assert nodes.slot.tolist() == [0, 0, 1, 0, 1, 0, 1, 2, 2]
    assert nodes.child_start.tolist() == [0, 3, 3, 6, 6, 8, 8, 8, 8, 8]
    assert nodes.children.tolist() == [1, 2, 8, 3, 4, 7, 5, 6]
    assert [level.tolist() for level in nodes.levels] == [[0], [1, 2, 8], [3, 4, 7], [5, 6]]
    kinds = [NodeKind.STACK, NodeKind.LEAF, NodeKind.GROUP, NodeKind.LEAF, NodeKind.SEQUENCE, *[NodeKind.LEAF] * 4]
    assert nodes.kind.tolist() == kinds


def test_time_of_nested_nodes() -> None:
    """Offsets are composition frames of local 0: ranges are in the parent's time, a sequence's children start end to end."""
    nodes = lower(TREE).nodes
    #                     root a  g   b   s   c   d   e   f
    assert (-nodes.time_add).tolist() == [0, 3, 10, 11, 12, 12, 16, 10, 0]
    assert nodes.duration.tolist() == [30, 6, 18, 4, 18, 4, 6, 18, 30]


def test_root_range_shifts_everything() -> None:
    document = scene(leaf("#ff0000", "a", range=[2, 4]))
    document["root"]["range"] = [5, 20]
    nodes = lower(document).nodes
    assert (-nodes.time_add).tolist() == [5, 7]
    assert nodes.duration.tolist() == [15, 2]


def test_sequence_prefixes_with_empty_and_disabled_children() -> None:
    children = [
        leaf("#ff0000", "a", range=[0, 3]),
        leaf("#ff0000", "empty", range=[0, 0]),
        leaf("#ff0000", "off", range=[0, 50], enabled=False),
        leaf("#ff0000", "b", range=[0, 7]),
    ]
    ir = lower(scene(collection("s", *children, mode="sequence")))
    assert ir.names.nodes == ("root", "s", "a", "empty", "b")
    assert (-ir.nodes.time_add).tolist() == [0, 0, 0, 3, 3]
    assert ir.nodes.slot.tolist() == [0, 0, 0, 1, 2]


@pytest.mark.parametrize(
    "seconds, fps, frames",
    [(Fraction(2), 30, 60), (Fraction(1001, 1000), 30, 31), (Fraction(1), 29.97, 30), (Fraction(1, 1000), 30, 1)],
)
def test_media_length_of_sequence_children(seconds: Fraction, fps: float, frames: int) -> None:
    """A child without a range lasts as long as its video: rounded up, so that its last frame is seen."""
    video = {"video": {"source": "clip.mp4"}}
    parts = [leaf("clip", "a"), leaf("#ff0000", "b", range=[0, 5])]
    ir = lower(scene(collection("s", *parts, mode="sequence"), assets={"clip": video}, fps=fps), seconds)
    assert ir.nodes.duration.tolist()[2:] == [frames, 5]
    assert (-ir.nodes.time_add).tolist()[2:] == [0, frames]


def test_disabled_root_draws_nothing() -> None:
    document = scene(leaf("#ff0000", "a"), background="#102030")
    document["root"]["enabled"] = False
    ir = lower(document)
    assert ir.names.nodes == ("root",)


def test_constant_lanes() -> None:
    node = leaf(
        "#ff0000",
        "a",
        opacity=0.25,
        size=[7, 9],
        transform={"translate": [1, 2], "rotation_deg": 90, "scale": [3, 4], "anchor": [5, 6], "skew_deg": [45, -30]},
    )
    ir = lower(scene(node))
    row = ir.nodes.base[1]
    wanted = {
        Lane.OPACITY: 0.25,
        Lane.TRANSLATE_X: 1.0,
        Lane.TRANSLATE_Y: 2.0,
        Lane.ROTATION_RAD: pi / 2,
        Lane.SCALE_X: 3.0,
        Lane.SCALE_Y: 4.0,
        Lane.ANCHOR_X: 5.0,
        Lane.ANCHOR_Y: 6.0,
        Lane.SKEW_X: pi / 4,
        Lane.SKEW_Y: -pi / 6,
        Lane.SIZE_X: 7.0,
        Lane.SIZE_Y: 9.0,
        Lane.TRIM_END: 1.0,
        Lane.VOLUME: 1.0,
        Lane.ASSET_VOLUME: 1.0,
    }
    for lane in Lane:
        if lane == Lane.PARAM:
            continue
        assert row[lane] == pytest.approx(wanted.get(lane, 0.0), abs=1e-15), lane
    assert not len(ir.track_node)


def test_default_lanes() -> None:
    row = lower(scene(leaf("#ff0000", "a"))).nodes.base[1]
    ones = (Lane.OPACITY, Lane.SCALE_X, Lane.SCALE_Y, Lane.TRIM_END, Lane.VOLUME, Lane.ASSET_VOLUME)
    assert row.tolist() == [1.0 if lane in ones else 0.0 for lane in Lane if lane != Lane.PARAM]


def test_anchor_fractions() -> None:
    centred = leaf("#ff0000", "a", transform={"anchor": "center"})
    placed = leaf("#ff0000", "b", transform={"anchor": ["25%", "100%"]})
    plain = leaf("#ff0000", "c", transform={"anchor": [4, 5]})
    nodes = lower(scene(centred, placed, plain)).nodes
    assert nodes.anchor_fraction.tolist() == [[0, 0], [0.5, 0.5], [0.25, 1.0], [0, 0]]
    assert nodes.base[3, [Lane.ANCHOR_X, Lane.ANCHOR_Y]].tolist() == [4, 5]


def test_tracks_drive_their_lanes() -> None:
    def keys(a: Any, b: Any) -> dict[str, Any]:
        return {"keyframes": [{"frame": 0, "value": a}, {"frame": 10, "value": b}]}

    moving = leaf(
        "#ff0000", "a", opacity=keys(0, 1), transform={"translate": [keys(0, 20), 7], "scale": keys([1, 2], [3, 4])}
    )
    switch = collection("s", leaf("#00ff00", "b"), mode={"switch": {"active": keys(0, 4)}})
    ir = lower(scene(moving, switch))
    made = sorted(zip(ir.track_node.tolist(), ir.track_lane.tolist(), strict=True))
    assert made == [
        (1, Lane.OPACITY),
        (1, Lane.TRANSLATE_X),
        (1, Lane.SCALE_X),
        (1, Lane.SCALE_Y),
        (2, Lane.SWITCH_ACTIVE),
    ]
    assert [lane for lane, mine in enumerate(ir.lane_tracks) for _ in mine] == sorted(ir.track_lane.tolist())
    assert all((ir.track_lane[mine] == lane).all() for lane, mine in enumerate(ir.lane_tracks))
    assert ir.nodes.base[1, Lane.TRANSLATE_Y] == 7
    middle = ir.tracks.sample(np.full((1, len(made)), 5.0))[0]
    by_lane = {
        (n, k): v for n, k, v in zip(ir.track_node.tolist(), ir.track_lane.tolist(), middle.tolist(), strict=True)
    }
    assert by_lane == {
        (1, Lane.OPACITY): 0.5,
        (1, Lane.TRANSLATE_X): 10.0,
        (1, Lane.SCALE_X): 2.0,
        (1, Lane.SCALE_Y): 3.0,
        (2, Lane.SWITCH_ACTIVE): 2.0,
    }


def test_one_key_is_a_constant_and_none_is_the_default() -> None:
    one = leaf("#ff0000", "a", opacity={"keyframes": [{"frame": 12, "value": 0.5}]})
    none = leaf("#ff0000", "b", opacity={"keyframes": {"keys": [], "mode": "linear", "default": 0.25}})
    ir = lower(scene(one, none))
    assert not len(ir.track_node)
    assert ir.nodes.base[:, Lane.OPACITY].tolist() == [1.0, 0.5, 0.25]


def test_leaf_fields() -> None:
    assets = {
        "g": {"gradient": {"start": "#000", "end": "#fff"}},
        "i": {"image": {"source": "x.png", "filter": "nearest"}},
    }
    parts = [
        leaf("g", "default"),
        leaf("i", "image"),
        leaf("i", "cover", fit="cover", align=[0.25, 1], size="canvas", blend="color_dodge"),
        leaf("g", "sized", size=[3, 4]),
    ]
    ir = lower(scene(*parts, assets=assets))
    nodes = ir.nodes
    assert nodes.fit.tolist()[1:] == [Fit.FILL, Fit.CONTAIN, Fit.COVER, Fit.FILL]
    assert nodes.size_mode.tolist()[1:] == [SizeMode.DEFAULT, SizeMode.DEFAULT, SizeMode.CANVAS, SizeMode.LANES]
    assert nodes.align.tolist()[1:] == [[0.5, 0.5], [0.5, 0.5], [0.25, 1.0], [0.5, 0.5]]
    assert nodes.blend.tolist()[1:] == [Blend.NORMAL, Blend.NORMAL, Blend.COLOR_DODGE, Blend.NORMAL]
    assert nodes.asset.tolist() == [-1, 0, 1, 1, 0]
    assert ir.assets.kind.tolist() == [AssetKind.GRADIENT, AssetKind.IMAGE]


def test_assets_that_nothing_shows_are_not_used() -> None:
    assets = {"spare": {"image": {"source": "missing.png"}}, "#ff0000": {"solid_rect": {"color": "#ff0000"}}}
    off = leaf("spare", "off", enabled=False)
    ir = lower(scene(leaf("#ff0000", "a"), off, assets=assets))
    assert ir.assets.used.tolist() == [False, True]
    assert ir.names.assets == ("spare", "#ff0000")


@pytest.mark.parametrize(
    "colour, pixel", [("#ff0000", 0xFF0000FF), ("#ff000080", 0x80000080), ("#00000000", 0), ("#80ff40", 0xFF40FF80)]
)
def test_colours_are_premultiplied_once(colour: str, pixel: int) -> None:
    ir = lower(scene(leaf(colour, "a"), background=colour))
    assert int(ir.assets.color[0]) == pixel
    assert ir.background == pixel


@pytest.mark.parametrize(
    "fps, exact", [(30, Fraction(30)), (23.976, Fraction(24000, 1001)), ({"num": 25, "den": 2}, Fraction(25, 2))]
)
def test_clock(fps: Any, exact: Fraction) -> None:
    assert lower(scene(fps=fps)).fps == exact


def flat(ir: CompositionIR) -> list[bytes]:
    arrays = [getattr(ir.nodes, n) for n in ir.nodes.__slots__ if n != "levels"]
    arrays += [*ir.nodes.levels, ir.assets.kind, ir.assets.color, ir.track_node, ir.track_lane]
    grid = np.tile(np.linspace(0, 29, 7)[:, None], (1, ir.tracks.count))
    arrays += [ir.tracks.sample(grid)] if ir.tracks.count else []
    return [a.tobytes() for a in arrays] + [repr(ir.names).encode()]


def test_same_document_same_tables() -> None:
    from random import Random

    from tests.support.documents import document

    for seed in range(8):
        text = json.dumps(document(Random(seed)))
        assert flat(lower(json.loads(text))) == flat(lower(json.loads(text)))


_PROBE = """
import hashlib, json, sys
sys.path.insert(0, {here!r})
from random import Random
from tests.support.documents import document
sys.path.insert(0, {folder!r})
from test_normalize_tables import flat, lower
h = hashlib.sha256()
for seed in range(6):
    for part in flat(lower(document(Random(seed)))):
        h.update(part)
print(h.hexdigest())
"""


def test_same_tables_in_two_processes() -> None:
    from pathlib import Path

    root = Path(__file__).parents[3]
    code = _PROBE.format(here=str(root), folder=str(Path(__file__).parent))
    digests = set()
    for seed in ("1", "77"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env={**_env(), "PYTHONHASHSEED": seed},
            check=True,
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1


def _env() -> dict[str, str]:
    import os

    return dict(os.environ)


def test_noise_lanes_depend_on_seed_id_and_lane_not_on_place() -> None:
    wiggle = {"procedural": {"kind": "scalar", "params": {"noise1d": {"amp": 1, "freq_hz": 3, "offset": 0}}}}

    def track(document: dict[str, Any], name: str) -> bytes:
        ir = lower(document)
        at = ir.names.nodes.index(name)
        column = ir.track_node.tolist().index(at)
        frames = np.tile(np.arange(20.0)[:, None], (1, ir.tracks.count))
        return bytes(ir.tracks.sample(frames)[:, column].tobytes())

    node = leaf("#ff0000", "n", opacity=wiggle)
    base = track(scene(node), "n")
    assert track(scene(leaf("#00ff00", "before"), collection("g", node)), "n") == base
    assert track(scene(leaf("#ff0000", "m", opacity=wiggle)), "m") != base
    assert track(scene(node, seed=5), "n") != base
    turned = leaf("#ff0000", "n", transform={"skew_deg": [wiggle, 0]})
    assert track(scene(turned), "n") != base


def test_ids_that_do_not_fit_are_a_limit_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalizer, "MAX_NODES", 4)
    lower(scene(*[leaf("#ff0000", f"n{i}") for i in range(4)]))  # five nodes: ids up to 4
    with pytest.raises(wv.LimitError, match="too many nodes"):
        lower(scene(*[leaf("#ff0000", f"n{i}") for i in range(5)]))


def test_assets_that_do_not_fit_are_a_limit_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        normalizer, "check_width", lambda what, count, _high: _refuse(what) if what == "assets" else None
    )
    with pytest.raises(wv.LimitError, match="assets"):
        lower(scene(leaf("#ff0000", "a")))


def _refuse(what: str) -> None:
    raise wv.LimitError(f"too many {what}")


def nested(levels: int) -> dict[str, Any]:
    """Return a document with nodes at depth 0 .. levels."""
    node: dict[str, Any] = leaf("#ff0000", "leaf")
    for i in range(levels - 1):
        node = collection(f"g{i}", node)
    return scene(node)


def test_nesting_above_256_is_a_limit_error() -> None:
    with pytest.raises(wv.LimitError, match="nest too deep"):
        wv.Composition.from_json(nested(300))
    with pytest.raises(wv.LimitError, match="nest too deep"):
        wv.Composition.from_json(nested(5000))


def test_nesting_of_255_levels_renders(draw: Any) -> None:
    pixels = draw(nested(255))
    assert (pixels == [255, 0, 0, 255]).all()


def test_normalizer_refuses_depth_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalizer, "MAX_DEPTH", 3)
    lower(nested(3))
    with pytest.raises(wv.LimitError, match="nest too deep"):
        lower(nested(4))


def test_parameters_are_sampled_like_lanes() -> None:
    from wavyte_gpu.foundation.colour import Rgba
    from wavyte_gpu.normalize.lanes import LaneBuilder
    from wavyte_gpu.schema.anim import Constant, Key, Keyframes
    from wavyte_gpu.schema.model import build

    lanes = LaneBuilder(seed=1)
    half = build(Constant, {"value": Rgba(1.0, 0.5, 0.0, 0.5)})
    slots = [lanes.param(3, "a", "colour", half, axis) for axis in range(4)]
    keys = build(Keyframes, {"keys": (Key(frame=0, value=1.0), Key(frame=10, value=3.0)), "default": None})
    moving = lanes.param(3, "a", "amount", keys, factor=2.0)
    table = lanes.params()
    assert slots == [0, 1, 2, 3] and table.base.tolist() == [0.5, 0.25, 0.0, 0.5, 0.0]
    assert lanes.track_param == [moving] and lanes.track_lane == [Lane.PARAM] and lanes.track_node == [3]
    assert lanes.tracks.build(Fraction(30)).sample(np.array([[5.0]])).tolist() == [[4.0]]
