"""Plans: snapshots written by hand, determinism, lifetimes, culling, fusion, hashes. No device needed."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, document, leaf, png_data, scene
from wavyte_gpu.compile.emit import DraftSurface, Layer
from wavyte_gpu.compile.fuse import cull, fuse_runs, pad
from wavyte_gpu.compile.lifetimes import assign_slots, size_class
from wavyte_gpu.compile.plan import Op, RenderPlan, SurfaceId
from wavyte_gpu.foundation.enums import Blend
from wavyte_gpu.foundation.rect import Rect
from wavyte_gpu.ops.registry import layout_of

REFERENCE = wv.SessionOptions(backend="reference")


def session(source: dict[str, Any]) -> wv.RenderSession:
    return wv.RenderSession(wv.Composition.from_json(source), options=REFERENCE)


def plan_of(source: dict[str, Any], frame: int = 0) -> RenderPlan:
    with session(source) as s:
        return s.plan(frame)


def text_of(source: dict[str, Any], frame: int = 0) -> str:
    """The plan as text from its slots on, without hashes."""
    with session(source) as s:
        text = s.plan_text(frame)
    lines = [line for line in text.splitlines() if re.match("slot|surface|op|roots", line)]
    return re.sub(r"; hash [0-9a-f]{32}", "", "\n".join(lines))


def red(name: str, box: tuple[float, float, float, float], **more: Any) -> dict[str, Any]:
    return leaf("#ff0000", name, box=box, **more)


def blue(name: str, box: tuple[float, float, float, float], **more: Any) -> dict[str, Any]:
    return leaf("#0000ff", name, box=box, **more)


# --- snapshots: is every op needed, and right?


def test_snapshot_empty() -> None:
    """A frame without leaves is one op that clears."""
    assert text_of(scene(background="#102030")) == (
        "slot 0 64x48\n"
        "surface 0 [0,0 64,48) rgba8_premul slot 0 ops 0..1\n"
        "op 0 draw solid normal; edges 0; -> s0 [0,0 64,48); init ff302010; layers -@0\n"
        "roots s0"
    )


def test_snapshot_flat() -> None:
    """Three solids on whole pixels share one kernel that also starts the surface; the fourth layer is padding."""
    parts = [leaf("#102030", "back"), red("a", (4, 4, 20, 10)), blue("b", (30, 20, 8, 8), opacity=0.5)]
    assert text_of(scene(*parts)) == (
        "slot 0 64x48\n"
        "surface 0 [0,0 64,48) rgba8_premul slot 0 ops 0..1\n"
        "op 0 draw solid normal; edges 0; -> s0 [0,0 64,48); init 00000000; layers back@255 a@255 b@128 b@0\n"
        "roots s0"
    )


def test_snapshot_isolated_group() -> None:
    """The group's surface covers its content, [4, 30) x [4, 18), is drawn first and composited once, at 128."""
    group = collection("g", red("a", (4, 4, 20, 10)), blue("b", (10, 8, 20, 10)), opacity=0.5, blend="multiply")
    assert text_of(scene(leaf("#ffffff", "back"), group)) == (
        "slot 0 64x48\n"
        "slot 1 64x48\n"
        "surface 0 [0,0 64,48) rgba8_premul slot 1 ops 1..3\n"
        "surface 1 [4,4 30,18) rgba8_premul slot 0 ops 0..2\n"
        "op 0 draw solid normal; edges 0; -> s1 [4,4 30,18); init 00000000; layers a@255 b@255\n"
        "op 1 draw solid normal; edges 0; -> s0 [0,0 64,48); init 00000000; layers back@255\n"
        "op 2 composite image_copy multiply; edges 0; -> s0 [4,4 30,18); reads s1; after 0 1; layers g@128\n"
        "roots s0"
    )


def test_snapshot_nested_isolation() -> None:
    """Two inner groups inside an outer one: three surfaces besides the root; the first inner slot is free for the root."""
    inner = [
        collection("i1", red("a", (4, 4, 20, 10)), blue("b", (10, 8, 20, 10)), opacity=0.5),
        collection("i2", red("c", (24, 14, 20, 10)), blue("d", (30, 18, 20, 10)), opacity=0.25),
    ]
    assert text_of(scene(collection("o", *inner, opacity=0.5))) == (
        "slot 0 64x48\n"
        "slot 1 64x48\n"
        "slot 2 64x48\n"
        "surface 0 [0,0 64,48) rgba8_premul slot 0 ops 5..7\n"
        "surface 1 [4,4 50,28) rgba8_premul slot 2 ops 2..6\n"
        "surface 2 [4,4 30,18) rgba8_premul slot 0 ops 0..3\n"
        "surface 3 [24,14 50,28) rgba8_premul slot 1 ops 1..4\n"
        "op 0 draw solid normal; edges 0; -> s2 [4,4 30,18); init 00000000; layers a@255 b@255\n"
        "op 1 draw solid normal; edges 0; -> s3 [24,14 50,28); init 00000000; layers c@255 d@255\n"
        "op 2 draw solid normal; edges 0; -> s1 [4,4 50,28); init 00000000; layers -@0\n"
        "op 3 composite image_copy normal; edges 0; -> s1 [4,4 30,18); reads s2; after 0 2; layers i1@128\n"
        "op 4 composite image_copy normal; edges 0; -> s1 [24,14 50,28); reads s3; after 1 3; layers i2@64\n"
        "op 5 draw solid normal; edges 0; -> s0 [0,0 64,48); init 00000000; layers -@0\n"
        "op 6 composite image_copy normal; edges 0; -> s0 [4,4 50,28); reads s1; after 4 5; layers o@128\n"
        "roots s0"
    )


def test_snapshot_rotated_picture() -> None:
    """A turned picture has an outline of four edges and touches a part of the canvas; what draws nothing leaves no op."""
    assets = {
        "p": {"image": {"source": png_data(23, 17, 5, False)}},
        "g": {"gradient": {"start": "#f00", "end": "#00f"}},
    }
    parts = [
        leaf("p", "p", transform={"translate": [20, 10], "rotation_deg": 30}),
        leaf("g", "see_through", size=[20, 20], opacity=0),
        leaf("g", "flat", size=[0, 20]),
    ]
    # Corners: (20, 10), (39.92, 21.5), (31.42, 36.22), (11.5, 24.72)
    assert text_of(scene(*parts, assets=assets, background="#336699")) == (
        "slot 0 64x48\n"
        "surface 0 [0,0 64,48) rgba8_premul slot 0 ops 0..2\n"
        "op 0 draw solid normal; edges 0; -> s0 [0,0 64,48); init ff996633; layers -@0\n"
        "op 1 draw image_bilinear normal; edges 4; -> s0 [11,10 40,37); page 0; after 0; layers p@255\n"
        "roots s0"
    )


# --- determinism


def test_plan_does_not_depend_on_what_was_rendered_before() -> None:
    for seed in range(12):
        source = document(Random(seed))
        with session(source) as fresh, session(source) as used:
            for frame in (29, 3, 17):
                used.render_frame(frame)
            for frame in (0, 11, 29):
                assert fresh.plan_text(frame) == used.plan_text(frame)


_PROBE = """
import sys
sys.path.insert(0, {root!r})
from random import Random
import wavyte_gpu as wv
from tests.support.documents import document
for seed in range(8):
    comp = wv.Composition.from_json(document(Random(seed)))
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as s:
        for frame in (0, 7, 23):
            sys.stdout.write(s.plan_text(frame))
"""


def test_same_plans_in_two_processes() -> None:
    code = _PROBE.format(root=str(Path(__file__).parents[3]))
    texts = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("0", "4711")
    ]
    assert texts[0] == texts[1] and texts[0].count(b"roots") == 24


# --- surfaces, lifetimes


def test_random_plans_are_sound() -> None:
    """By an interpreter of its own: what each op reads was written, by the op it names, and still lies in its slot."""
    for seed in range(60):
        with session(document(Random(seed))) as s:
            for frame in (0, 13):
                check(s.plan(frame))


def check(plan: RenderPlan) -> None:
    texels: dict[int, tuple[int, int]] = {}  # slot -> (surface, op that wrote it last)
    for op in plan.ops:
        out = plan.surfaces[op.output]
        needs = []
        for s in op.inputs:
            surface, writer = texels[plan.surfaces[s].slot]
            assert surface == s
            needs.append(writer)
        if not op.init:
            surface, writer = texels[out.slot]
            assert surface == op.output
            needs.append(writer)
        assert sorted(set(needs)) == list(op.deps)
        texels[out.slot] = (op.output, op.id)
        assert out.bounds.contains(op.region) and not op.region.empty
        assert plan.slots[out.slot].width >= out.bounds.width and plan.slots[out.slot].height >= out.bounds.height
    assert texels[plan.surfaces[plan.roots[0]].slot][0] == plan.roots[0]
    for a, first in enumerate(plan.surfaces):
        for second in plan.surfaces[a + 1 :]:
            if first.slot == second.slot:
                assert first.last_use < second.first_use or second.last_use < first.first_use


def test_surfaces_are_as_large_as_their_content() -> None:
    a, b = red("a", (-30, 5, 50, 10)), blue("b", (10, 8, 7.5, 100))
    plan = plan_of(scene(collection("g", a, b, opacity=0.5), size=(64, 48)))
    assert [tuple(s.bounds) for s in plan.surfaces] == [(0, 0, 64, 48), (0, 5, 20, 48)]


def ops_of(*uses: tuple[int, tuple[int, ...]]) -> list[Any]:
    """Ops as (output, inputs)."""
    return [SimpleNamespace(id=i, output=out, inputs=inputs) for i, (out, inputs) in enumerate(uses)]


def drafts(*sizes: tuple[int, int]) -> list[DraftSurface]:
    return [DraftSurface(Rect(0, 0, w, h)) for w, h in sizes]


def test_dead_surfaces_of_one_class_share_a_slot() -> None:
    """1 and 2 are read by the root one after the other, so the second may take the first one's place."""
    surfaces, slots = assign_slots(
        drafts((500, 400), (100, 100), (90, 120)),
        ops_of((0, ()), (1, ()), (0, (1,)), (2, ()), (0, (2,))),
        SurfaceId(0),
        500,
        400,
    )
    assert [s.slot for s in surfaces] == [0, 1, 1]
    assert [tuple(s)[:3] for s in slots] == [(500, 400, 1), (128, 128, 1)]
    assert [(s.first_use, s.last_use) for s in surfaces] == [(0, 5), (1, 2), (3, 4)]


def test_live_surfaces_never_share() -> None:
    surfaces, slots = assign_slots(
        drafts((500, 400), (100, 100), (90, 120)),
        ops_of((1, ()), (2, ()), (0, (1,)), (0, (2,))),
        SurfaceId(0),
        500,
        400,
    )
    assert len({s.slot for s in surfaces}) == 3 == len(slots)


def test_a_surface_read_by_an_op_is_not_its_output() -> None:
    """1 dies in the op that starts 2: they are both alive in it."""
    surfaces, _ = assign_slots(
        drafts((500, 400), (90, 90), (90, 90)), ops_of((1, ()), (2, (1,)), (0, (2,))), SurfaceId(0), 500, 400
    )
    assert surfaces[1].slot != surfaces[2].slot


def test_other_classes_do_not_share() -> None:
    surfaces, slots = assign_slots(
        drafts((500, 400), (100, 100), (10, 10)),
        ops_of((0, ()), (1, ()), (0, (1,)), (2, ()), (0, (2,))),
        SurfaceId(0),
        500,
        400,
    )
    assert surfaces[1].slot != surfaces[2].slot
    assert tuple(slots[surfaces[2].slot])[:3] == (64, 64, 1)


def test_the_root_lives_to_the_end() -> None:
    """The root may be written early and never lends its slot."""
    surfaces, _ = assign_slots(drafts((80, 80), (80, 80)), ops_of((0, ()), (1, ()), (1, ())), SurfaceId(0), 80, 80)
    assert surfaces[0].last_use == 3 and surfaces[0].slot != surfaces[1].slot


def test_siblings_share_and_nested_do_not() -> None:
    def group(name: str, x: int, *more: Any) -> dict[str, Any]:
        return collection(name, red(f"{name}a", (x, 0, 9, 9)), blue(f"{name}b", (x + 3, 3, 9, 9)), *more, opacity=0.5)

    back = leaf("#ffffff", "back")
    row = plan_of(scene(back, *[group(f"g{i}", 14 * i) for i in range(4)], size=(300, 200)))
    chain: Any = group("g0", 0)
    for i in range(1, 4):
        chain = group(f"g{i}", 2 * i, chain)
    deep = plan_of(scene(back, chain, size=(300, 200)))
    assert len(row.surfaces) == len(deep.surfaces) == 5
    check(row)
    check(deep)
    assert len(deep.slots) <= 3  # the root, and two of the chain at a time


@pytest.mark.parametrize("canvas", [64, 100, 1920])
def test_size_classes(canvas: int) -> None:
    for length in range(1, 2 * canvas):
        size = size_class(length, canvas)
        assert size >= length
        assert size <= max(2 * length, 64)  # bounded waste
        if length <= canvas:
            assert size <= canvas
    assert len({size_class(n, canvas) for n in range(1, canvas + 1)}) <= 7
    steps = [size_class(n, canvas) for n in range(1, canvas + 1)]
    assert steps == sorted(steps)


# --- culling and identity


def nodes_drawn(source: dict[str, Any], frame: int = 0) -> set[str]:
    with session(source) as s:
        plan = s.plan(frame)
        return {s.node_id(n) or "" for op in plan.ops for n in op.nodes} - {""}


def test_what_an_opaque_layer_hides_is_not_drawn() -> None:
    cover = leaf("#102030", "cover", box=(0, 0, 40, 40))
    parts = [red("in", (4, 4, 20, 10)), red("across", (30, 4, 20, 10)), cover, blue("above", (8, 8, 8, 8))]
    assert nodes_drawn(scene(*parts)) == {"across", "cover", "above"}


@pytest.mark.parametrize(
    "cover",
    [
        {"asset": "#102030fe"},
        {"asset": "#102030", "opacity": 0.99},
        {"asset": "#102030", "blend": "multiply"},
        {"asset": "#102030", "transform": {"rotation_deg": 0.5, "translate": [0, -5]}},
        {"asset": "#102030", "transform": {"translate": [0.5, 0]}},
        {"asset": "holes"},
    ],
)
def test_what_is_seen_through_or_beside_is_drawn(cover: dict[str, Any]) -> None:
    name = cover.pop("asset")
    assets = {"holes": {"image": {"source": png_data(64, 48, 5, False)}}}
    hidden = red("below", (0, 0, 20, 10))
    assert "below" in nodes_drawn(scene(hidden, leaf(name, "cover", **cover), assets=assets))


def test_an_opaque_picture_culls() -> None:
    assets = {"full": {"image": {"source": png_data(64, 48, 6, True)}}}
    assert nodes_drawn(scene(red("below", (0, 0, 20, 10)), leaf("full", "cover"), assets=assets)) == {"cover"}


def test_hidden_parts_of_an_isolated_group_are_not_drawn() -> None:
    hidden = red("hidden", (4, 4, 10, 10))
    group = collection("g", hidden, blue("cover", (2, 2, 20, 20)), red("above", (6, 6, 4, 4)), opacity=0.5)
    assert "hidden" not in nodes_drawn(scene(group))


def test_a_hidden_isolated_group_is_not_drawn() -> None:
    group = collection("g", red("c", (4, 4, 20, 10)), blue("d", (10, 8, 20, 10)), opacity=0.5)
    plan = plan_of(scene(group, leaf("#102030", "cover")))
    assert len(plan.ops) == 1 and len(plan.surfaces) == 1


@pytest.mark.parametrize(
    "ghost",
    [
        leaf("#ff0000", "ghost", opacity=0),
        leaf("#ff0000", "ghost", opacity=0.0019),  # 255 times it rounds to 0
        leaf("#ff0000", "ghost", size=[0, 10]),
        leaf("#ff0000", "ghost", transform={"scale": [0, 1]}),
        leaf("#ff0000", "ghost", transform={"translate": [64, 0]}),
        leaf("#ff0000", "ghost", range=[5, 9]),
        collection("g", leaf("#ff0000", "ghost"), opacity=0),
        collection("g", leaf("#ff0000", "ghost"), blue("b", (0, 0, 9, 9)), opacity=0.0001),
        collection("g", collection("h", leaf("#ff0000", "ghost", opacity=0.04)), opacity=0.04),
    ],
)
def test_what_cannot_be_seen_leaves_no_op(ghost: dict[str, Any]) -> None:
    drawn = nodes_drawn(scene(leaf("#102030", "back", box=(0, 0, 64, 48)), ghost))
    assert drawn == {"back"}


# --- fusion


def test_fusion_keeps_painters_order() -> None:
    """On every surface layers that touch run in preorder, across ops too (an isolated node stands where its subtree does)."""
    for seed in range(80):
        with session(document(Random(seed))) as s:
            for frame in (0, 13):
                plan = s.plan(frame)
                order: dict[int, list[tuple[int, Rect]]] = {}
                for op in plan.ops:
                    records = plan.records[op.layout]
                    if op.count and records is not None and "weight" in (records.dtype.names or ()):
                        boxes = records["bounds"][op.first : op.first + op.count].tolist()
                        drawn = [(n, Rect(*box)) for n, box in zip(op.nodes, boxes, strict=True) if n >= 0]
                        order.setdefault(op.output, []).extend(drawn)
                for layers in order.values():
                    for i, (node, box) in enumerate(layers):
                        assert all(node <= n for n, other in layers[i:] if not box.intersect(other).empty)


def layer(node: int, region: Rect, **more: Any) -> Layer:
    fields = {
        "program": 0,
        "blend": int(Blend.NORMAL),
        "covers": False,
        "page": -1,
        "input": -1,
        "tiles": None,
        "edges": 0,
        **more,
    }
    layout = layout_of(fields["program"], fields.pop("edges"))
    return Layer(
        node,
        fields["program"],
        layout,
        node,
        False,
        255,
        fields["blend"],
        region,
        fields["covers"],
        fields["page"],
        fields["input"],
        fields["tiles"],
    )


BOX = Rect(0, 0, 16, 16)


@pytest.mark.parametrize("count, sizes", [(1, [1]), (2, [2]), (3, [3]), (8, [8]), (9, [8, 1]), (20, [8, 8, 4])])
def test_runs_hold_at_most_eight(count: int, sizes: list[int]) -> None:
    runs = fuse_runs([layer(i, BOX) for i in range(count)])
    assert [len(run.layers) for run in runs] == sizes
    assert [x.node for run in runs for x in run.layers] == list(range(count))


@pytest.mark.parametrize(
    "other",
    [
        {"blend": int(Blend.SCREEN)},
        {"page": 3},
        {"input": 2},
        {"program": 1},
        {"edges": 1},
        {"tiles": np.zeros(1, np.uint32)},
    ],
)
def test_unlike_layers_do_not_share_a_kernel(other: dict[str, Any]) -> None:
    runs = fuse_runs([layer(0, BOX), layer(1, BOX, **other), layer(2, BOX)])
    assert [[x.node for x in run.layers] for run in runs] == [[0], [1], [2]]


def test_far_layers_do_not_share_a_kernel() -> None:
    a, b = layer(0, Rect(0, 0, 64, 64)), layer(1, Rect(4000, 4000, 4064, 4064))
    assert len(fuse_runs([a, b])) == 2
    runs = fuse_runs([a, layer(1, Rect(60, 0, 124, 64))])
    assert [tuple(run.region) for run in runs] == [(0, 0, 124, 64)]


@pytest.mark.parametrize("count", range(1, 9))
def test_padding_fills_kernels(count: int) -> None:
    parts = pad(count)
    assert sum(parts) == count and all(0 < n <= 8 for n in parts)
    drawn = sum(1 << (n - 1).bit_length() for n in parts)
    assert drawn <= count + 2


def test_cull_is_conservative() -> None:
    """Random rectangles: every pixel still sees each layer that it saw, down to the topmost cover."""
    for seed in range(50):
        r = Random(seed)
        layers = []
        for i in range(12):
            x0, y0 = r.randrange(8), r.randrange(8)
            box = Rect(x0, y0, x0 + 1 + r.randrange(8), y0 + 1 + r.randrange(8))
            layers.append(layer(i, box, covers=r.random() < 0.4))
        kept = cull(layers)
        assert [x.node for x in kept] == sorted(x.node for x in kept)
        for x in range(16):
            for y in range(16):
                assert visible(layers, x, y) == visible(kept, x, y)


def visible(layers: list[Layer], x: int, y: int) -> list[int]:
    out: list[int] = []
    for item in layers:
        b = item.region
        if b.x0 <= x < b.x1 and b.y0 <= y < b.y1:
            out = [item.node] if item.covers else [*out, item.node]
    return out


# --- hashes


def fingerprint(source: dict[str, Any], frame: int = 0) -> bytes:
    return plan_of(source, frame).fingerprint


PHOTO = {"photo": {"image": {"source": png_data(23, 17, 5, False)}}}


def sample_scene(**change: Any) -> dict[str, Any]:
    get = {
        "colour": "#ff0000",
        "x": 3.5,
        "opacity": 0.5,
        "blend": "normal",
        "photo": PHOTO["photo"],
        "node_id": "a",
        **change,
    }
    back = leaf("photo", "p", transform={"rotation_deg": 5})
    stages = {k: v for k, v in get.items() if k in ("mask", "effects", "transition_in", "transition_out")}
    top = leaf(
        get["colour"], get["node_id"], box=(get["x"], 4, 20, 10), opacity=get["opacity"], blend=get["blend"], **stages
    )
    extra = {k: v for k, v in get.items() if k in ("background", "size")}
    return scene(back, top, assets={"photo": get["photo"]}, **extra)


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "#ff0001"},
        {"x": 3.5 + 1 / 256},
        {"opacity": 0.504},
        {"blend": "screen"},
        {"photo": {"image": {"source": png_data(23, 17, 6, False)}}},
        {"photo": {"image": {"source": png_data(23, 17, 5, False), "filter": "nearest"}}},
        {"background": "#000"},
        {"size": (64, 49)},
    ],
)
def test_fingerprint_follows_the_pixels(change: dict[str, Any]) -> None:
    assert fingerprint(sample_scene(**change)) != fingerprint(sample_scene())


@pytest.mark.parametrize(
    "change", [{"node_id": "renamed"}, {"opacity": 0.5001}, {"x": 3.5 + 1 / 2048}, {"colour": "#ff0000ff"}]
)
def test_fingerprint_ignores_what_no_pixel_shows(change: dict[str, Any]) -> None:
    assert fingerprint(sample_scene(**change)) == fingerprint(sample_scene())


CIRCLE = {"source": {"shape": {"ellipse": {"rx": 6, "ry": 4}}}}
IRIS = {"kind": "iris", "duration_frames": 8}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"mask": CIRCLE}, {}),
        ({"mask": CIRCLE}, {"mask": {**CIRCLE, "inverted": True}}),
        ({"mask": CIRCLE}, {"mask": {"source": {"shape": {"ellipse": {"rx": 6, "ry": 3}}}}}),
        ({"effects": [{"blur": 3}]}, {}),
        ({"effects": [{"blur": 3}]}, {"effects": [{"blur": 4}]}),
        ({"effects": [{"blur": 3}, {"invert": 1}]}, {"effects": [{"invert": 1}, {"clip_rect": [0, 0, 9, 9]}]}),
        ({"transition_in": IRIS}, {}),
        ({"transition_in": IRIS}, {"transition_in": {**IRIS, "params": {"shape": "diamond"}}}),
        ({"transition_in": IRIS}, {"transition_in": {**IRIS, "duration_frames": 9}}),
    ],
)
def test_fingerprint_follows_masks_effects_and_transitions(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert fingerprint(sample_scene(**before), 3) != fingerprint(sample_scene(**after), 3)


def test_fingerprint_follows_the_sweep_of_a_pair() -> None:
    def pair(kind: str, soft_edge: float) -> dict[str, Any]:
        change = {"kind": kind, "duration_frames": 10, "params": {"soft_edge": soft_edge}}
        first = red("a", (0, 0, 30, 30), range=[0, 10], transition_out=change)
        return scene(first, blue("b", (5, 5, 30, 30), transition_in=change))

    seen = {fingerprint(pair(kind, soft), 4) for kind in ("wipe", "iris") for soft in (0.1, 0.2)}
    assert len(seen) == 4


def test_a_plan_names_units_and_one_fingerprint() -> None:
    source = sample_scene(mask=CIRCLE, effects=[{"blur": 3}], transition_in=IRIS)
    with session(source) as s:
        text = s.plan_text(3)
        assert text.count("fingerprint") == 1 and s.plan(3).fingerprint.hex() in text
    assert "unit a isolated normal opacity 0.5 mask blur sweep circle\n" in text


def test_equal_fingerprints_mean_equal_pixels(draw_reference: Any) -> None:
    for seed in range(20, 28):
        source = document(Random(seed), max_side=24, leaves=3)
        seen: dict[bytes, bytes] = {}
        with draw_reference.session(source) as s:
            for frame in range(0, 30, 2):
                drawn = s.render_frame(frame).rgba.tobytes()
                assert seen.setdefault(s.plan(frame).fingerprint, drawn) == drawn


def test_op_hashes_chain() -> None:
    """A change in a group's content changes the hashes of its op, of the composite and of all after it on that surface."""

    def build(colour: str) -> dict[str, Any]:
        group = collection("g", leaf(colour, "a", box=(4, 4, 20, 10)), blue("b", (10, 8, 20, 10)), opacity=0.5)
        other = collection("h", red("c", (40, 4, 9, 9)), blue("d", (44, 8, 9, 9)), opacity=0.5)
        return scene(leaf("#ffffff", "back"), group, other)

    def hashes(source: dict[str, Any]) -> dict[str, str]:
        with session(source) as s:
            ops = s.plan_json(0)["ops"]
        return {f"{op['output']}:{'+'.join(op['nodes'])}": op["hash"] for op in ops}

    one, two = hashes(build("#ff0000")), hashes(build("#fe0000"))
    assert one.keys() == two.keys()
    changed = {name for name in one if one[name] != two[name]}
    assert changed == {name for name in one if name.split(":")[1] in ("a+b", "g", "h")}
    assert any(name.endswith("c+d") for name in one) and any(name.endswith("back") for name in one)


def test_nothing_of_a_frame_waits_for_the_garbage_collector() -> None:
    blurred = collection("group", red("a", (5, 5, 20, 20)), blue("b", (10, 10, 20, 20)), effects=[{"blur": 2}])
    drawn = scene(blurred, red("c", (1, 1, 9, 9), transform={"rotation_deg": "=time.frame * 7"}))
    with session(drawn) as open_session:
        open_session.plan(0)
        gc.collect()
        gc.disable()
        try:
            before = sum(isinstance(o, Op) for o in gc.get_objects())
            assert open_session.plan(1).ops
            assert sum(isinstance(o, Op) for o in gc.get_objects()) == before
        finally:
            gc.enable()
