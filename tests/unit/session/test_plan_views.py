"""What `plan` says of a frame after the frames before it: which ops run, which are reused."""

from __future__ import annotations

from typing import Any

import wavyte_gpu as wv
from tests.support.documents import leaf, scene

REFERENCE = wv.SessionOptions(backend="reference")
SHADOW = [{"drop_shadow": {"offset": [0, 4], "sigma": 4}}]


def reuse(frame: int, **more: Any) -> tuple[dict[str, Any], dict[int, set[str]], str]:
    """Return the JSON of a frame's reuse, the layers of each op of its plan, and the text."""
    document = scene(
        leaf("g", "back"),
        leaf("#ffffff", "card", box=(10, 10, 60, 40), effects=SHADOW),
        leaf("#ff0000", "dot", size=[8, 8], transform={"translate": "=vec2(min(time.frame, 15) * 8, 100)"}, **more),
        size=(256, 128),
        assets={"g": {"gradient": {"start": "#102030", "end": "#405060"}}},
    )
    with wv.RenderSession(wv.Composition.from_json(document), options=REFERENCE) as session:
        plan, text = session.plan_json(frame), session.plan_text(frame)
    return plan["reuse"], {op["id"]: set(op["nodes"]) for op in plan["ops"]}, text


def test_a_moving_dot_redraws_its_surroundings_and_reuses_the_card() -> None:
    made, layers, text = reuse(10)
    assert {name for op in made["runs"] for name in layers[op]} == {"back", "dot"}
    assert made["reuses"] and {name for op in made["reuses"] for name in layers[op]} <= {"card", "-"}
    assert sorted(made["runs"] + made["reuses"]) == sorted(layers)
    assert made["ops"] == len(made["runs"]) == 2
    ((x0, y0, x1, y1),) = made["redraws"]
    assert (x0, y0, x1, y1) == (72, 100, 88, 108)  # where it was and where it is
    assert made["keeps"] == []  # the canvas keeps what the card left there
    assert text.count(f"2 ops run instead of {len(layers)}") == 1 and "  redraws 72 100 88 108\n" in text
    assert f"  reuses op {' '.join(map(str, made['reuses']))}\n" in text


def test_the_first_frame_runs_everything_and_a_still_one_nothing() -> None:
    made, layers, _ = reuse(0)
    assert made["runs"] == sorted(layers) and made["reuses"] == []
    made, layers, text = reuse(20)
    assert (made["ops"], made["runs"], made["reuses"]) == (0, [], sorted(layers))
    assert f"0 ops run instead of {len(layers)}" in text


def test_what_lies_over_a_kept_surface_composites_it_again() -> None:
    made, layers, _ = reuse(10, blend="multiply", effects=[{"transform_post": {"translate": [0, -60]}}])
    ran = [layers[op] for op in made["runs"]]
    assert {"back"} in ran and {"dot"} in ran and ran.count({"card"}) == 1
    assert [kept[0] for kept in made["keeps"]] == ["card"]
