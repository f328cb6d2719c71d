"""`wavyte verify`: the GPU's frames against the reference backend's, bit for bit."""

from __future__ import annotations

import time
from argparse import Namespace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from wavyte_gpu.cli.context import Context
from wavyte_gpu.cli.engine import load_document, open_session, telling
from wavyte_gpu.cli.options import add_backend, add_document, add_frames, add_output, parse_range
from wavyte_gpu.cli.ui import Step, Ui

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from wavyte_gpu import Frame, RenderSession

__all__ = ["add_verbs"]


def add_verbs(verbs: Any) -> None:
    """Add this file's verb to the parser."""
    parser = verbs.add_parser(
        "verify", help="compare the GPU with the reference backend, bit for bit", allow_abbrev=False
    )
    add_document(parser)
    add_frames(parser)
    add_backend(parser, choose=False)
    add_output(parser, json_help="one JSON object {ok, frames, first}", progress=True)
    parser.set_defaults(run=run_verify)


def run_verify(args: Namespace, context: Context) -> int:
    """Compare frame by frame, stop at the first difference; 1 when there is one."""
    ui = context.ui
    document = load_document(args)
    frames = parse_range(args.frames, document.comp.duration, document.comp.fps)
    first: dict[str, Any] | None = None
    done = 0
    started = time.perf_counter()
    with (
        open_session(document, args, ui, backend="gpu", enable_audio=False) as gpu,
        open_session(
            document,
            args,
            Ui(quiet=True),
            backend="reference",
            adapter=None,
            require_hardware=False,
            enable_audio=False,
        ) as reference,
    ):
        with telling(gpu, args, ui), ui.progress("verify") as on_progress:
            for number in frames:
                context.interrupts.check()
                first = _compare(gpu, reference, number)
                if first is not None:
                    break
                done += 1
                fps = done / max(time.perf_counter() - started, 1e-9)
                on_progress(Step("verify", done, len(frames), fps, (len(frames) - done) / fps))
        adapter = str(gpu.adapter)
    if ui.json_lines:
        ui.object({"ok": first is None, "frames": done, "first": first})
    elif first is None:
        ui.say(f"{document.file}: {done} frames equal in every bit on {adapter} and the reference backend")
    else:
        ui.data(
            f"frame {first['frame']} differs at ({first['x']}, {first['y']}): gpu {tuple(first['gpu'])}, "
            f"reference {tuple(first['reference'])}; {_culprit(first)}"
        )
    return 0 if first is None else 1


def _compare(gpu: RenderSession, reference: RenderSession, number: int) -> dict[str, Any] | None:
    """Return the first difference of a frame, or None."""
    ours, theirs = gpu.render_frame(number), reference.render_frame(number)
    if ours.hash == theirs.hash:
        return None
    x, y = _first_difference(ours, theirs)
    op, node = _first_op(gpu, reference, number)
    return {
        "frame": number,
        "x": x,
        "y": y,
        "gpu": [int(value) for value in ours.rgba[y, x]],
        "reference": [int(value) for value in theirs.rgba[y, x]],
        "op": op,
        "node_id": node,
    }


def _first_difference(ours: Frame, theirs: Frame) -> tuple[int, int]:
    import numpy as np

    y, x = np.argwhere((ours.rgba != theirs.rgba).any(axis=2))[0]
    return int(x), int(y)


def _first_op(gpu: RenderSession, reference: RenderSession, number: int) -> tuple[int | None, str | None]:
    """Run the plan op by op on both backends.

    Returns:
        The first op whose output differs and the node of its first layer that can be named.
    """
    import numpy as np

    def step(item: tuple[int, npt.NDArray[np.uint32]] | None) -> npt.NDArray[np.uint32] | None:
        return None if item is None else item[1]

    plan = gpu.plan(number)
    for index, (left, right) in enumerate(zip_longest(gpu.trace(plan), reference.trace(reference.plan(number)))):
        ours, theirs = step(left), step(right)
        if ours is None or theirs is None or not np.array_equal(ours, theirs):
            op = plan.ops[left[0] if left else index]
            return int(op.id), gpu.node_id(op.nodes[0]) if op.nodes else None
    return None, None


def _culprit(first: dict[str, Any]) -> str:
    if first["op"] is None:
        return "every op agrees when traced: the difference is in reuse, the pool or the readback"
    return f"first op that differs: {first['op']}" + (f" (node '{first['node_id']}')" if first["node_id"] else "")
