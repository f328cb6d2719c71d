"""The gates of the spec's section 19.9, through the real session: steady state, pool, determinism of plans, large documents."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest

import wavyte_gpu as wv
from tests.support.documents import collection, leaf, png_data, scene
from tests.support.growth import assert_proportional
from wavyte_gpu.compile.plan import RenderPlan
from wavyte_gpu.encode.sink import SinkConfig

OBJECTS = ("buffers", "textures", "views", "bind_groups", "pipelines", "modules", "query_sets", "textures_destroyed")
BYTES = ("pool_bytes", "page_bytes", "plane_bytes", "buffer_bytes")
REFERENCE = wv.SessionOptions(backend="reference")


class _Nothing:
    """A sink that keeps nothing."""

    wants: ClassVar[Any] = "rgba"

    def begin(self, config: SinkConfig) -> None: ...

    def push_frame(self, index: int, frame: wv.Frame) -> None: ...

    def end(self) -> None: ...

    def abort(self) -> None: ...


def keys(*pairs: tuple[int, Any]) -> dict[str, Any]:
    return {"keyframes": [{"frame": f, "value": v} for f, v in pairs]}


def breathing(smallest: float, largest: float, duration: int = 301) -> dict[str, Any]:
    """An isolated group that grows, turns and comes back every 50 frames, over a picture."""
    beat = keys(*[(25 * i, [largest, largest] if i % 2 else [smallest, smallest]) for i in range(13)])
    turn_deg = keys(*[(25 * i, 77 if i % 2 else 3) for i in range(13)])
    turn = {"translate": [150, 110], "anchor": "center", "rotation_deg": turn_deg}
    group = collection(
        "g",
        leaf("ramp", "a", size=beat, transform=turn),
        leaf("photo", "b", size=beat, transform=turn, opacity=0.7),
        opacity=keys((0, 0.2), (300, 0.9)),
        blend="screen",
    )
    assets = {
        "photo": {"image": {"source": png_data(65, 48, 2, False)}},
        "ramp": {"gradient": {"start": "#ff8000", "end": "#0040ff"}},
    }
    return scene(
        leaf("photo", "back", size="canvas", fit="cover"), group, size=(300, 220), duration=duration, assets=assets
    )


@pytest.mark.gpu
def test_nothing_is_created_in_the_steady_state(renderer: Any) -> None:
    """Bounds are 147 to 212 px, in one size class: after two frames no GPU object is made, and Python's memory stays."""
    counters: dict[int, dict[str, int]] = {}
    blocks: dict[int, int] = {}
    with renderer("gpu").session(breathing(140, 150)) as session:
        for frame in range(301):
            session.render_frame(frame)
            if frame in (2, 300):
                counters[frame] = dict(session.counters())
            if frame in (100, 300):
                gc.collect()
                blocks[frame] = sys.getallocatedblocks()
        assert {s.slot for s in session.plan(300).surfaces} == {0, 1}
    for name in OBJECTS + BYTES:
        assert counters[300][name] == counters[2][name], name
    assert counters[300]["frames"] == 301
    assert abs(blocks[300] - blocks[100]) <= 200, blocks


@pytest.mark.gpu
def test_the_pool_plateaus(renderer: Any) -> None:
    """Bounds run through the size classes every 50 frames: after one round nothing more is made."""
    seen: list[int] = []
    with renderer("gpu").session(breathing(20, 240)) as session:
        for frame in range(300):
            session.render_frame(frame)
            seen.append(session.counters()["pool_bytes"])
            if frame == 99:
                warm = dict(session.counters())
        after = session.counters()
    assert seen[299] == seen[99] == max(seen)
    for name in ("textures", "views", "textures_destroyed", "buffers"):
        assert after[name] == warm[name], name
    # No more than the root and two of each class up to the canvas.
    assert max(seen) <= 300 * 220 * 4 + 2 * 4 * (64 * 64 + 128 * 128 + 256 * 220 + 300 * 220)


@pytest.mark.gpu
@pytest.mark.parametrize("chunk_size", [1, 32])
def test_steady_state_of_a_range(renderer: Any, chunk_size: int) -> None:
    """The same for exports, whose frames overlap in flight."""
    counters: dict[int, dict[str, int]] = {}
    blocks: dict[int, int] = {}

    with renderer("gpu").session(breathing(140, 150), chunk_size=chunk_size) as session:

        def note(p: wv.Progress) -> None:
            if p.stage != "render":
                return
            if p.done in (40, 300):
                counters[p.done] = dict(session.counters())
            if p.done in (100, 292):
                gc.collect()
                blocks[p.done] = sys.getallocatedblocks()

        session.render_range(range(300), _Nothing(), on_progress=note)
    for name in OBJECTS + BYTES:
        assert counters[300][name] == counters[40][name], name
    # The same place in a chunk; what stays is a hash a frame, two blocks.
    assert abs(blocks[292] - blocks[100]) <= 200 + 2 * 192, blocks


_PROBE = """
import sys
sys.path.insert(0, {root!r})
import wavyte_gpu as wv
from tests.regression.test_gates import breathing
with wv.RenderSession(wv.Composition.from_json(breathing(20, 240)), options=wv.SessionOptions(backend="reference")) as s:
    for frame in range(0, 300, 37):
        sys.stdout.write(s.plan_text(frame))
"""


def test_plans_are_the_same_in_two_processes() -> None:
    code = _PROBE.format(root=str(Path(__file__).parents[2]))
    texts = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        texts.add(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=env).stdout)
    assert len(texts) == 1


# --- large documents

SMALL = [(x, y) for y in range(0, 44, 4) for x in range(0, 60, 4)]


def flat(count: int) -> dict[str, Any]:
    """`count` small boxes, one above the other."""
    return scene(
        *[leaf("#c04020" if i % 2 else "#2060c0", f"n{i}", box=(*SMALL[i % len(SMALL)], 3, 3)) for i in range(count)]
    )


def test_a_hundred_thousand_nodes(draw_reference: Any) -> None:
    """Load, normalise, evaluate, compile and render; culling leaves the topmost box of each place."""
    count = 100_000

    def drawn(source: dict[str, Any]) -> tuple[RenderPlan, Any]:
        with draw_reference.session(wv.Composition.from_json(source)) as session:
            return session.plan(0), session.render_frame(0).rgba

    plan, pixels = drawn(flat(count))
    assert_proportional(flat, drawn, count // 8)
    top = {SMALL[i % len(SMALL)]: i for i in range(count)}
    for (x, y), i in top.items():
        assert pixels[y + 1, x + 1].tolist() == ([192, 64, 32, 255] if i % 2 else [32, 96, 192, 255])
    assert sum(op.count for op in plan.ops) >= len(SMALL)


def test_ten_thousand_animated_switches(draw_reference: Any) -> None:
    """Their lane is sampled once for all of them: this took minutes when each switch looked at every node."""

    def switches(count: int) -> dict[str, Any]:
        parts = [
            collection(
                f"s{i}",
                leaf("#ff0000", f"a{i}", box=(*SMALL[i % len(SMALL)], 3, 3)),
                leaf("#00ff00", f"b{i}", box=(*SMALL[i % len(SMALL)], 3, 3)),
                mode={"switch": {"active": keys((0, 0), (10, 2))}},
            )
            for i in range(count)
        ]
        return scene(*parts)

    with ExitStack() as stack:
        assert_proportional(
            lambda count: stack.enter_context(draw_reference.session(switches(count))), lambda s: s.plan(0), 4_000
        )
    with draw_reference.session(switches(10_000)) as session:
        assert session.render_frame(0).rgba[1, 1].tolist() == [255, 0, 0, 255]
        assert session.render_frame(7).rgba[1, 1].tolist() == [0, 255, 0, 255]


def test_deepest_nesting_of_isolated_groups(draw: Any) -> None:
    """250 groups, each a surface of its own inside the other. 0.98^250 = 0.0064, but every level rounds."""
    node: dict[str, Any] = leaf("#ffffff", "leaf")
    for i in range(250):
        node = collection(f"g{i}", leaf("#00000001", f"l{i}", box=(0, 0, 2, 2)), node, blend="screen")
    pixels = draw(scene(node, size=(8, 8)))
    assert (pixels == 255).all()
