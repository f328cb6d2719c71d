"""`verify_plan` finds every fault that is planted in a good plan."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, scene
from wavyte_gpu.compile.plan import RenderPlan, SlotDesc
from wavyte_gpu.compile.verify import PlanError, verify_plan
from wavyte_gpu.foundation.rect import Rect


@pytest.fixture(scope="module")
def good() -> RenderPlan:
    """Root and two groups that overlap: seven ops on three surfaces."""

    def group(name: str, x: int) -> dict[str, Any]:
        a = leaf("#ff0000", f"{name}a", box=(x, 4, 20, 10))
        return collection(name, a, leaf("#0000ff", f"{name}b", box=(x + 6, 8, 20, 10)), opacity=0.5, blend="screen")

    source = scene(leaf("#ffffff", "back"), group("g", 2), group("h", 30))
    options = wv.SessionOptions(backend="reference")
    with wv.RenderSession(wv.Composition.from_json(source), options=options) as session:
        plan = session.plan(0)
    verify_plan(plan)
    assert [(op.output, op.inputs, op.deps) for op in plan.ops] == [
        (1, (), ()),
        (2, (), ()),
        (0, (), ()),
        (0, (1,), (0, 2)),
        (0, (2,), (1, 3)),
    ]
    return plan


def with_op(plan: RenderPlan, at: int, **change: Any) -> RenderPlan:
    return replace(plan, ops=(*plan.ops[:at], replace(plan.ops[at], **change), *plan.ops[at + 1 :]))


def with_surface(plan: RenderPlan, at: int, **change: Any) -> RenderPlan:
    made = replace(plan.surfaces[at], **change)
    return replace(plan, surfaces=(*plan.surfaces[:at], made, *plan.surfaces[at + 1 :]))


def without_op(plan: RenderPlan, at: int) -> RenderPlan:
    return replace(plan, ops=plan.ops[:at] + plan.ops[at + 1 :])


FAULTS: dict[str, tuple[Callable[[RenderPlan], RenderPlan], str]] = {
    "missing dependency on an input": (lambda p: with_op(p, 3, deps=(2,)), "depends on"),
    "missing dependency on the output": (lambda p: with_op(p, 3, deps=(0,)), "depends on"),
    "dependency on an older version": (lambda p: with_op(p, 4, deps=(1, 2)), "depends on"),
    "needless dependency": (lambda p: with_op(p, 1, deps=(0,)), "depends on"),
    "region outside its surface": (lambda p: with_op(p, 3, region=Rect(0, 0, 65, 10)), "not inside"),
    "region of another surface": (lambda p: with_op(p, 0, region=p.ops[1].region), "not inside"),
    "empty region": (lambda p: with_op(p, 3, region=Rect(5, 5, 5, 9)), "not inside"),
    "surface started in part": (lambda p: with_op(p, 0, region=Rect(2, 4, 20, 10)), "start its surface"),
    "surface started twice": (
        lambda p: with_op(p, 4, init=True, deps=(1,), region=Rect(0, 0, 64, 48)),
        "start its surface",
    ),
    "surface never started": (lambda p: with_op(p, 0, init=False), "nothing wrote"),
    "input that nothing wrote": (lambda p: without_op(p, 0), "nothing wrote"),
    "reads what it writes": (lambda p: with_op(p, 3, inputs=(0,), deps=(2,)), "reads the surface that it writes"),
    "two live surfaces in a slot": (lambda p: with_surface(p, 2, slot=p.surfaces[1].slot), "still holds"),
    "life too short": (lambda p: with_surface(p, 1, last_use=2), "outside its life"),
    "life begins too late": (lambda p: with_surface(p, 1, first_use=1), "outside its life"),
    "slot too small": (
        lambda p: replace(p, slots=(*p.slots[:-1], SlotDesc(8, 8))),
        "does not fit",
    ),
    "no records": (lambda p: replace(p, records=(None,) * len(p.records)), "no records"),
    "records too few": (lambda p: with_op(p, 0, first=1000), "no records"),
    "nothing writes the root": (lambda p: replace(p, ops=p.ops[:2]), "root"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_found(good: RenderPlan, fault: str) -> None:
    plant, message = FAULTS[fault]
    with pytest.raises(PlanError, match=message):
        verify_plan(plant(good))


def test_slots_taken_over_too_early() -> None:
    """The second group takes the first one's slot, which is read after that."""

    def group(name: str, x: int) -> dict[str, Any]:
        a = leaf("#ff0000", f"{name}a", box=(x, 4, 20, 10))
        return collection(name, a, leaf("#0000ff", f"{name}b", box=(x + 6, 8, 20, 10)), opacity=0.5)

    source = scene(collection("o", group("g", 2), group("h", 8), opacity=0.5), size=(300, 200))
    with wv.RenderSession(wv.Composition.from_json(source), options=wv.SessionOptions(backend="reference")) as session:
        plan = session.plan(0)
    g, h = plan.ops[0].output, plan.ops[1].output
    stolen = with_surface(with_surface(plan, h, slot=plan.surfaces[g].slot), g, last_use=plan.ops[0].id)
    with pytest.raises(PlanError):
        verify_plan(stolen)


def test_videos_that_do_not_fill_their_surface() -> None:
    clip = (Path(__file__).parents[2] / "golden/scenes/clip.mp4").read_bytes()
    video = {"source": f"data:video/mp4;base64,{base64.b64encode(clip).decode()}"}
    assets = {"v": {"video": video}, "w": {"video": {**video, "trim_start_sec": 0.1}}}
    box = {"size": [16, 32], "fit": "none", "align": [0, 0]}
    halves = [
        {"id": asset, "kind": {"leaf": {"asset": asset, **box}}, "range": [0, 1], "transform": {"translate": [x, 0]}}
        for asset, x in (("v", 0), ("w", 16))
    ]
    comp = wv.Composition.from_json(scene(*halves, leaf("#ff0000", "box", box=(4, 4, 9, 9)), assets=assets, size=(32, 32)))
    with wv.RenderSession(comp, options=wv.SessionOptions(backend="reference")) as session:
        plan = session.plan(0)
    verify_plan(plan)
    assert [op.video is not None for op in plan.ops] == [True, True, False]
    for region in (Rect(0, 0, 16, 32), Rect(8, 0, 24, 32)):
        with pytest.raises(PlanError, match="not filled"):
            verify_plan(with_op(plan, 1, region=region))
    with pytest.raises(PlanError, match="not filled"):
        verify_plan(with_op(plan, 1, region=Rect(16, 0, 32, 31)))
    with pytest.raises(PlanError, match="not all of it"):
        verify_plan(replace(plan, ops=plan.ops[:1]))
